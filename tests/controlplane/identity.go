package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// identity is a user of the cluster who signs in with a static token. Name names its kubeconfig.
type identity struct {
	Name   string   `json:"name"`
	User   string   `json:"user"`
	Groups []string `json:"groups,omitempty"`

	token string
}

// controllerManager acts as an administrator: with service account credentials per controller, the
// start would wait for the very tokens that it has to make.
func controllerManager() identity {
	return identity{Name: "controller-manager", User: "system:kube-controller-manager", Groups: []string{"system:masters"}}
}

// writeTokens gives each identity a fresh token and writes the API server's token file.
func writeTokens(file string, identities []identity) error {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	rows := csv.NewWriter(out)
	for i := range identities {
		who := &identities[i]
		who.token = rand.Text()
		if err := rows.Write([]string{who.token, who.User, who.User, strings.Join(who.Groups, ",")}); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

const kubeconfigTemplate = `apiVersion: v1
kind: Config
current-context: %[1]s
clusters:
- name: controlplane
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[1]s
  user:
    token: %[4]s
contexts:
- name: %[1]s
  context:
    cluster: controlplane
    user: %[1]s
    namespace: default
`

// writeKubeconfig writes dir/NAME.kubeconfig and returns its path.
func writeKubeconfig(dir, server string, caPEM []byte, who identity) (string, error) {
	file := filepath.Join(dir, who.Name+".kubeconfig")
	authority := base64.StdEncoding.EncodeToString(caPEM)
	content := fmt.Sprintf(kubeconfigTemplate, who.Name, server, authority, who.token)
	return file, os.WriteFile(file, []byte(content), 0o600)
}
