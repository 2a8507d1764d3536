package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

// identity is a user of the cluster who signs in with a certificate, so that the API server can tell
// these credentials from a borrowed identity (--as). Name names its kubeconfig.
type identity struct {
	Name   string   `json:"name"`
	User   string   `json:"user"`
	Groups []string `json:"groups,omitempty"`

	certificate, key []byte // PEM
}

// controllerManager acts as an administrator: with service account credentials per controller, the
// start would wait for the very tokens that it has to make.
func controllerManager() identity {
	return identity{Name: "controller-manager", User: "system:kube-controller-manager", Groups: []string{"system:masters"}}
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
    client-certificate-data: %[4]s
    client-key-data: %[5]s
contexts:
- name: %[1]s
  context:
    cluster: controlplane
    user: %[1]s
    namespace: default
`

// writeKubeconfig writes dir/NAME.kubeconfig.
func writeKubeconfig(dir, server string, caPEM []byte, who identity) error {
	file := filepath.Join(dir, who.Name+".kubeconfig")
	encode := base64.StdEncoding.EncodeToString
	content := fmt.Sprintf(kubeconfigTemplate, who.Name, server, encode(caPEM), encode(who.certificate), encode(who.key))
	return os.WriteFile(file, []byte(content), 0o600)
}
