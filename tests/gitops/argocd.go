package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/cache"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	enginehealth "github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

const (
	// application is what the objects are tracked as.
	application = "sas"
	trackingID  = "argocd.argoproj.io/tracking-id"
	// argoManager is the field manager of Argo CD.
	argoManager = "argocd-controller"
)

// app is an Application in one namespace.
type app struct {
	config    *rest.Config
	namespace string
	wanted    []*unstructured.Unstructured
	cluster   cache.ClusterCache
	options   []sync.SyncOpt
}

// argocd is one sync of an Application as Argo CD 3.5 does it.
func argocd(arguments []string) (*report, error) {
	flags := flag.NewFlagSet("argocd", flag.ExitOnError)
	namespace := flags.String("namespace", "", "namespace of the manifests")
	options := flags.String("sync-options", "", "as in an Application, comma separated")
	prune := flags.Bool("prune", false, "remove what is not in the manifests any more")
	settings := flags.String("settings", "", "file with the ConfigMap argocd-cm")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	wanted, err := objects()
	if err != nil {
		return nil, err
	}
	for _, object := range wanted {
		object.SetNamespace(*namespace)
		track(object)
	}
	config, err := config()
	if err != nil {
		return nil, err
	}
	judge, err := readHealthScript(*settings)
	if err != nil {
		return nil, err
	}
	a := app{
		config:    config,
		namespace: *namespace,
		wanted:    wanted,
		cluster: cache.NewClusterCache(config,
			cache.SetNamespaces([]string{*namespace}),
			cache.SetSettings(cache.Settings{ResourceHealthOverride: judge, ResourcesFilter: ours{}}),
			cache.SetPopulateResourceInfoHandler(func(object *unstructured.Unstructured, _ bool) (any, bool) {
				return object.GetAnnotations()[trackingID], true
			}),
		),
		options: syncOptions(strings.Split(*options, ","), *prune, judge),
	}
	return a.sync()
}

// syncOptions are those of the function SyncAppState in Argo CD's controller/sync.go.
func syncOptions(options []string, prune bool, judge enginehealth.HealthOverride) []sync.SyncOpt {
	foreground := metav1.DeletePropagationForeground
	return []sync.SyncOpt{
		sync.WithHealthOverride(judge),
		sync.WithOperationSettings(false, prune, slices.Contains(options, common.SyncOptionForce), false),
		sync.WithManifestValidation(true),
		sync.WithPrunePropagationPolicy(&foreground),
		sync.WithReplace(slices.Contains(options, common.SyncOptionReplace)),
		sync.WithServerSideApply(slices.Contains(options, common.SyncOptionServerSideApply)),
		sync.WithServerSideApplyManager(argoManager),
		sync.WithClientSideApplyMigration(true, common.DefaultClientSideApplyMigrationManager),
	}
}

// sync goes on until the operation is over. Each pass compares anew, as the controller does whenever
// something changes.
func (a *app) sync() (*report, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := a.cluster.EnsureSynced(); err != nil {
		return nil, fmt.Errorf("failed to read what is live: %w", err)
	}
	defer a.cluster.Invalidate()
	pairs, err := a.compare()
	if err != nil {
		return nil, err
	}
	differences, err := diff.DiffArray(pairs.Target, pairs.Live)
	if err != nil {
		return nil, fmt.Errorf("failed to compare: %w", err)
	}
	done := &report{OutOfSync: differences.Modified, Results: map[string]result{}}
	operation := operation{phase: common.OperationRunning, started: metav1.Now()}
	for !operation.phase.Completed() && done.Error == "" {
		if err := a.pass(&operation); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			done.Error = fmt.Sprintf("the sync did not end: %s", operation.message)
		case <-time.After(200 * time.Millisecond):
		}
	}
	if !operation.phase.Successful() && done.Error == "" {
		done.Error = operation.message
	}
	for _, one := range operation.results {
		key := one.ResourceKey.Kind + "/" + one.ResourceKey.Name
		done.Results[key] = result{Action: string(one.Status), Message: one.Message}
	}
	return done, nil
}

// operation is what the controller keeps of a sync between two passes.
type operation struct {
	phase   common.OperationPhase
	message string
	results []common.ResourceSyncResult
	started metav1.Time
}

func (a *app) pass(operation *operation) error {
	pairs, err := a.compare()
	if err != nil {
		return err
	}
	kubectl := &kube.KubectlCmd{Log: klog.Background(), Tracer: tracing.NopTracer{}}
	state := sync.WithInitialState(operation.phase, operation.message, operation.results, operation.started)
	context, cleanup, err := sync.NewSyncContext("HEAD", pairs, a.config, a.config, kubectl, a.namespace, append(slices.Clone(a.options), state)...)
	if err != nil {
		return fmt.Errorf("failed to begin a sync: %w", err)
	}
	defer cleanup()
	context.Sync()
	operation.phase, operation.message, operation.results = context.GetState()
	return nil
}

// compare puts what is wanted beside what is live.
func (a *app) compare() (sync.ReconciliationResult, error) {
	managed := func(resource *cache.Resource) bool { return resource.Info == idOf(resource.ResourceKey()) }
	live, err := a.cluster.GetManagedLiveObjs(a.wanted, managed)
	if err != nil {
		return sync.ReconciliationResult{}, fmt.Errorf("failed to read what is live: %w", err)
	}
	return sync.Reconcile(a.wanted, live, a.namespace, a.cluster), nil
}

// track marks an object as the Application's, as tracking by annotation does.
func track(object *unstructured.Unstructured) {
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[trackingID] = idOf(kube.GetResourceKey(object))
	object.SetAnnotations(annotations)
}

func idOf(key kube.ResourceKey) string {
	return fmt.Sprintf("%s:%s/%s:%s/%s", application, key.Group, key.Kind, key.Namespace, key.Name)
}

// ours keeps the cache to the kinds that the tests deal with; a real one watches everything.
type ours struct{}

func (ours) IsExcludedResource(group, kind, _ string) bool {
	return group != ourGroup && (group != "" || kind != "ConfigMap")
}
