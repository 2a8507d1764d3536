//go:build !supervise_only

// The parts that are compiled from the Kubernetes and etcd sources. The tag supervise_only leaves them
// out: that small build supervises, and it is ready within seconds when KUBEBUILDER_ASSETS has the rest.
package main

import (
	"os"
	_ "time/tzdata" // time zones of CronJobs on machines without a zone database

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // the flag --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // metrics of the Kubernetes client
	_ "k8s.io/component-base/metrics/prometheus/version"  // metric with the version
	"k8s.io/kubectl/pkg/cmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func init() {
	applets["etcd"] = func() int { etcdmain.Main(os.Args); return 0 }
	applets["kube-apiserver"] = func() int { return cli.Run(apiserver.NewAPIServerCommand()) }
	applets["kube-controller-manager"] = func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) }
	applets["kubectl"] = kubectl
}

func kubectl() int {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		cmdutil.CheckErr(err)
	}
	return 0
}
