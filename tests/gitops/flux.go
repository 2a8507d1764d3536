package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/normalize"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	fluxController = "kustomize-controller"
	fluxGroup      = "kustomize.toolkit.fluxcd.io"
	// kustomization is the owner of the objects, in their own namespace.
	kustomization = "sas"
)

// flux applies the manifests with the options of kustomize-controller 1.9.5 for a Kustomization that
// leaves everything at its default.
func flux(arguments []string) (*report, error) {
	flags := flag.NewFlagSet("flux", flag.ExitOnError)
	namespace := flags.String("namespace", "", "namespace of the manifests")
	force := flags.Bool("force", false, "the field force of the Kustomization")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	wanted, err := objects()
	if err != nil {
		return nil, err
	}
	config, err := config()
	if err != nil {
		return nil, err
	}
	api, err := client.New(config, client.Options{})
	if err != nil {
		return nil, fmt.Errorf("failed to make a client: %w", err)
	}
	for _, object := range wanted {
		object.SetNamespace(*namespace)
	}
	if err := normalize.UnstructuredList(wanted); err != nil {
		return nil, fmt.Errorf("failed to normalize the manifests: %w", err)
	}
	manager := ssa.NewResourceManager(api, nil, ssa.Owner{Field: fluxController, Group: fluxGroup})
	manager.SetOwnerLabels(wanted, kustomization, *namespace)
	manager.SetConcurrency(4)

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	done := &report{Results: map[string]result{}}
	changes, err := manager.ApplyAllStaged(ctx, wanted, fluxOptions(*force))
	if err != nil {
		done.Error = err.Error()
	}
	if changes == nil {
		return done, nil
	}
	for _, change := range changes.Entries {
		object := change.ObjMetadata
		done.Results[object.GroupKind.Kind+"/"+object.Name] = result{Action: change.Action.String()}
	}
	return done, nil
}

// fluxOptions are those of the function apply in kustomize-controller's kustomization_controller.go.
func fluxOptions(force bool) ssa.ApplyOptions {
	options := ssa.DefaultApplyOptions()
	options.Force = force
	options.ExclusionSelector = map[string]string{fluxGroup + "/reconcile": "disabled", fluxGroup + "/ssa": "Ignore"}
	options.IfNotPresentSelector = map[string]string{fluxGroup + "/ssa": "IfNotPresent"}
	options.ForceSelector = map[string]string{fluxGroup + "/force": "enabled"}
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{"kubectl.kubernetes.io/last-applied-configuration"},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: fluxController, OperationType: metav1.ManagedFieldsOperationUpdate},
		},
		Exclusions: map[string]string{fluxGroup + "/ssa": "Merge"},
	}
	return options
}
