package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// controlPlane is one throw-away cluster without nodes: etcd, API server and controller manager on
// loopback, authorization by RBAC. An earlier cluster in the same folder is replaced.
type controlPlane struct {
	Dir string `json:"dir"` // kubeconfigs here, the rest in Dir/controlplane
	// Program is the full build of this module; Assets, a folder with separate programs, goes first.
	Program    string     `json:"program,omitempty"`
	Assets     string     `json:"assets,omitempty"`
	Identities []identity `json:"identities"`
	Restart    bool       `json:"restart,omitempty"` // start the API server again when it ends

	state  string // Dir/controlplane
	server string
	etcd   string
	peers  string
	pki    *pki
	admin  identity // the controller manager's, also used to ask whether parts are ready
	client *http.Client
}

func (s *supervisor) startControlPlane(ctx context.Context, cp *controlPlane) error {
	if err := s.holdDir(ctx, cp.Dir); err != nil {
		return err
	}
	if err := cp.prepare(); err != nil {
		return fmt.Errorf("failed to prepare the control plane: %w", err)
	}
	parts := []process{cp.etcdProcess(), cp.apiServerProcess()}
	if cp.hasControllerManager() {
		parts = append(parts, cp.controllerManagerProcess())
	}
	for _, part := range parts {
		if err := s.startAndWait(ctx, part); err != nil {
			return err
		}
	}
	s.report(event{Event: "ready", Name: "control-plane"})
	return nil
}

// holdDir locks the folder for as long as this process lives, so that a world that is still ending
// and its successor never share one.
func (s *supervisor) holdDir(ctx context.Context, dir string) error {
	lock, err := os.OpenFile(filepath.Join(dir, "controlplane.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("failed to open the lock: %w", err)
	}
	s.locks = append(s.locks, lock) // a collected file would be closed and unlocked
	for range 100 {
		if err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("another control plane runs in %s", dir)
}

// prepare writes every file that the parts read and chooses their ports.
func (cp *controlPlane) prepare() error {
	cp.state = filepath.Join(cp.Dir, "controlplane")
	if err := os.RemoveAll(cp.state); err != nil {
		return err
	}
	if err := os.MkdirAll(cp.state, 0o700); err != nil {
		return err
	}
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	cp.server = fmt.Sprintf("https://127.0.0.1:%d", ports[0])
	cp.etcd = fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	cp.peers = fmt.Sprintf("http://127.0.0.1:%d", ports[2])
	if cp.pki, err = makePKI(filepath.Join(cp.state, "pki")); err != nil {
		return err
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(cp.pki.caPEM)
	if err := os.WriteFile(cp.file("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return err
	}
	if err := errors.Join(cp.writeIdentities(), cp.linkKubectl()); err != nil {
		return err
	}
	own, err := tls.X509KeyPair(cp.admin.certificate, cp.admin.key)
	if err != nil {
		return err
	}
	trust := &tls.Config{RootCAs: authorities, Certificates: []tls.Certificate{own}}
	cp.client = &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}
	return nil
}

func (cp *controlPlane) writeIdentities() error {
	cp.admin = controllerManager()
	if err := cp.writeIdentity(cp.state, &cp.admin); err != nil {
		return err
	}
	for i := range cp.Identities {
		if err := cp.writeIdentity(cp.Dir, &cp.Identities[i]); err != nil {
			return err
		}
	}
	return nil
}

func (cp *controlPlane) writeIdentity(dir string, who *identity) error {
	if err := cp.pki.signIn(who); err != nil {
		return err
	}
	return writeKubeconfig(dir, cp.server, cp.pki.caPEM, *who)
}

// linkKubectl makes Dir/kubectl, which is the kubectl that belongs to this API server.
func (cp *controlPlane) linkKubectl() error {
	link := filepath.Join(cp.Dir, "kubectl")
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	target := cp.Program // chooses its part by the name of the link
	if cp.Assets != "" {
		target = filepath.Join(cp.Assets, "kubectl")
	}
	return os.Symlink(target, link)
}

// file is a path in the state folder.
func (cp *controlPlane) file(name string) string { return filepath.Join(cp.state, name) }

// argv begins a command line: the asset of that name, or the full build as that part.
func (cp *controlPlane) argv(part string) []string {
	if cp.Assets != "" {
		return []string{filepath.Join(cp.Assets, part)}
	}
	return []string{cp.Program, part}
}

// hasControllerManager is false only for assets that lack it, as those of envtest do.
func (cp *controlPlane) hasControllerManager() bool {
	if cp.Assets == "" {
		return true
	}
	_, err := os.Stat(filepath.Join(cp.Assets, "kube-controller-manager"))
	return err == nil
}

func (cp *controlPlane) answers(path string) func(context.Context) error {
	url := cp.server + "/" + strings.TrimPrefix(path, "/")
	return func(ctx context.Context) error { return answersOK(ctx, cp.client, url) }
}
