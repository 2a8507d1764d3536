// Command gitops does to a namespace what one round of Argo CD or of Flux does, with the libraries that
// these tools are made of. It reads the manifests of the repository from stdin, signs in with $KUBECONFIG
// and prints a report in JSON; a round that failed is a report too, and the exit code is 0.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// patience is the longest that a round waits, such as for a resource to become healthy.
const patience = 90 * time.Second

// report says what a round did.
type report struct {
	// OutOfSync is whether the cluster differed from the repository before the round. Argo CD only.
	OutOfSync bool `json:"outOfSync"`
	// Results has one entry for each object that the round looked at, by KIND/NAME.
	Results map[string]result `json:"results"`
	// Error is why the round failed.
	Error string `json:"error,omitempty"`
}

// result says what became of one object.
type result struct {
	// Action is a word of the tool's own: Synced, Pruned, created, configured, unchanged.
	Action string `json:"action"`
	// Message is what the tool says about it.
	Message string `json:"message,omitempty"`
}

func main() {
	answer, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fmt.Fprintln(os.Stderr, "failed to print the report:", err)
		os.Exit(1)
	}
}

func run(arguments []string) (any, error) {
	if len(arguments) < 1 {
		return nil, fmt.Errorf("usage: gitops argocd|flux|health")
	}
	switch part, rest := arguments[0], arguments[1:]; part {
	case "argocd":
		return argocd(rest)
	case "flux":
		return flux(rest)
	case "health":
		return health(rest)
	default:
		return nil, fmt.Errorf("there is no part %q", part)
	}
}

// config says how to reach the API server.
func config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	if err != nil {
		return nil, fmt.Errorf("failed to read the kubeconfig: %w", err)
	}
	// Both tools ask without a limit of their own.
	config.QPS = -1
	return config, nil
}

// objects reads a JSON array of objects from stdin.
func objects() ([]*unstructured.Unstructured, error) {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, fmt.Errorf("failed to read the manifests: %w", err)
	}
	var contents []map[string]any
	// Not encoding/json, for which every number is a fraction.
	if err := utiljson.Unmarshal(input, &contents); err != nil {
		return nil, fmt.Errorf("failed to read the manifests: %w", err)
	}
	objects := make([]*unstructured.Unstructured, 0, len(contents))
	for _, content := range contents {
		objects = append(objects, &unstructured.Unstructured{Object: content})
	}
	return objects, nil
}
