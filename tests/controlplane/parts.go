package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
)

// The command lines of the three parts. They take the flags of the upstream programs, so the same
// lines run this program's parts and the binaries of KUBEBUILDER_ASSETS.

// auditPolicy keeps one line for each write, so that tests can count who wrote what how often.
// Leases are left out: their renewal says nothing.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  resources: [{group: coordination.k8s.io, resources: [leases]}]
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
- level: None
`

// controllers are those whose work objects without pods can see.
var controllers = []string{
	"namespace-controller",
	"garbage-collector-controller",
	"serviceaccount-controller",
	"serviceaccount-token-controller",
	"clusterrole-aggregation-controller",
	"root-ca-certificate-publisher-controller",
	"validatingadmissionpolicy-status-controller",
}

func (cp *controlPlane) etcdProcess() process {
	return process{
		Name: "etcd",
		Argv: append(cp.argv("etcd"),
			"--data-dir="+cp.file("etcd"),
			"--listen-client-urls="+cp.etcd,
			"--advertise-client-urls="+cp.etcd,
			"--listen-peer-urls="+cp.peers, // nobody connects, but etcd insists on one
			"--unsafe-no-fsync",
			"--log-level=warn",
		),
		Log:      cp.file("etcd.log"),
		ReadyURL: cp.etcd + "/health",
	}
}

func (cp *controlPlane) apiServerProcess() process {
	argv := append(cp.argv("kube-apiserver"),
		"--etcd-servers="+cp.etcd,
		"--secure-port="+cp.server[strings.LastIndexByte(cp.server, ':')+1:],
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1", // without it: "no default routes found" on an isolated machine
		"--endpoint-reconciler-type=none",
		"--cert-dir="+cp.file("pki"),
		"--tls-cert-file="+cp.pki.servingCert,
		"--tls-private-key-file="+cp.pki.servingKey,
		"--client-ca-file="+cp.pki.caCert,
		"--authorization-mode=RBAC",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+cp.pki.serviceAccountKey,
		"--service-account-signing-key-file="+cp.pki.serviceAccountKey,
		"--allow-privileged=true",
		"--enable-priority-and-fairness=false",
		"--max-requests-inflight=0",
		"--max-mutating-requests-inflight=0",
		"--profiling=false",
		"--audit-policy-file="+cp.file("audit-policy.yaml"),
		"--audit-log-path="+cp.file("audit.log"),
	)
	if !cp.hasControllerManager() {
		argv = append(argv, "--disable-admission-plugins=ServiceAccount") // nobody makes service accounts
	}
	return process{
		Name:         "kube-apiserver",
		Argv:         argv,
		Log:          cp.file("kube-apiserver.log"),
		PIDFile:      cp.file("kube-apiserver.pid"),
		GraceSeconds: 1, // with open watches it takes up to 60 s to end
		Restart:      cp.Restart,
		probe:        cp.answers("/readyz"),
	}
}

func (cp *controlPlane) controllerManagerProcess() process {
	kubeconfig := cp.file(cp.admin.Name + ".kubeconfig")
	return process{
		Name: "kube-controller-manager",
		Argv: append(cp.argv("kube-controller-manager"),
			"--kubeconfig="+kubeconfig,
			"--authentication-kubeconfig="+kubeconfig,
			"--authorization-kubeconfig="+kubeconfig,
			"--controllers="+strings.Join(controllers, ","),
			"--leader-elect=false",
			"--secure-port=0", // it serves nothing
			"--service-account-private-key-file="+cp.pki.serviceAccountKey,
			"--root-ca-file="+cp.pki.caCert,
			"--kube-api-qps=500",
			"--kube-api-burst=1000",
		),
		Log:   cp.file("kube-controller-manager.log"),
		probe: cp.answers("/api/v1/namespaces/default/serviceaccounts/default"),
	}
}

// freePorts returns loopback ports that nobody listens on. They lie below the range from which the
// kernel serves outgoing connections, so that none of those takes one before its owner binds it.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range 1000 {
		port := 20000 + rand.IntN(12000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer listener.Close() // held until all are chosen
		if ports = append(ports, port); len(ports) == count {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("failed to find %d free ports", count)
}
