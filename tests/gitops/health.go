package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	enginehealth "github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// ourGroup is the API group of the operator.
const ourGroup = "sas-operator.io"

// ourKinds is what the health script is written for, as Argo CD's settings spell it.
const ourKinds = ourGroup + "/*"

// judgement is what the tools take an object's state for.
type judgement struct {
	// Flux is kstatus, on which `wait: true` of a Kustomization and Helm's --wait rely.
	Flux string `json:"flux"`
	// ArgoCD is the health by the script.
	ArgoCD string `json:"argocd"`
	// Message is what Argo CD shows.
	Message string `json:"message"`
}

// health judges the only object on stdin.
func health(arguments []string) (*judgement, error) {
	flags := flag.NewFlagSet("health", flag.ExitOnError)
	settings := flags.String("settings", "", "file with the ConfigMap argocd-cm")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	script, err := readHealthScript(*settings)
	if err != nil {
		return nil, err
	}
	given, err := objects()
	if err != nil {
		return nil, err
	}
	if len(given) != 1 {
		return nil, fmt.Errorf("one object is judged, not %d", len(given))
	}
	flux, err := status.Compute(given[0])
	if err != nil {
		return nil, fmt.Errorf("failed to compute kstatus: %w", err)
	}
	argo, err := enginehealth.GetResourceHealth(given[0], script)
	if err != nil {
		return nil, err
	}
	return &judgement{Flux: flux.Status.String(), ArgoCD: string(argo.Status), Message: argo.Message}, nil
}

// healthScript is Lua, run with the limits of Argo CD's util/lua: base, table and package, one second.
type healthScript string

// readHealthScript finds the script for our kinds in a ConfigMap argocd-cm.
func readHealthScript(file string) (healthScript, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("failed to read Argo CD's settings: %w", err)
	}
	var settings struct {
		Data map[string]string `json:"data"`
	}
	if err := yaml.Unmarshal(content, &settings); err != nil {
		return "", fmt.Errorf("failed to read %s: %w", file, err)
	}
	var kinds map[string]map[string]string
	if err := yaml.Unmarshal([]byte(settings.Data["resource.customizations"]), &kinds); err != nil {
		return "", fmt.Errorf("failed to read resource.customizations: %w", err)
	}
	script := kinds[ourKinds]["health.lua"]
	if script == "" {
		return "", fmt.Errorf("%s has no health.lua for %s", file, ourKinds)
	}
	return healthScript(script), nil
}

// GetResourceHealth implements enginehealth.HealthOverride.
func (script healthScript) GetResourceHealth(object *unstructured.Unstructured) (*enginehealth.HealthStatus, error) {
	if object.GroupVersionKind().Group != ourGroup {
		return nil, nil
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		call := lua.P{Fn: state.NewFunction(library.open), Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, fmt.Errorf("failed to open the library %q: %w", library.name, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object.Object))
	if err := state.DoString(string(script)); err != nil {
		return nil, fmt.Errorf("failed to run the health script: %w", err)
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return nil, errors.New("the health script returned no table")
	}
	return &enginehealth.HealthStatus{
		Status:  enginehealth.HealthStatusCode(lua.LVAsString(table.RawGetString("status"))),
		Message: lua.LVAsString(table.RawGetString("message")),
	}, nil
}

// toLua turns JSON into Lua.
func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case int64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := state.CreateTable(len(value), 0)
		for _, item := range value {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for key, item := range value {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
