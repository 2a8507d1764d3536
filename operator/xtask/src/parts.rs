//! The few facts about the world's own parts: who signs in, and the command lines of the operator and
//! the simulator.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context, Result};

use crate::supervisor::{Identity, Process};

/// Who gets a kubeconfig. Their rights are in manifests/identities.yaml.
pub const IDENTITIES: [Identity; 8] = [
    Identity {
        name: "admin",
        user: "admin",
        groups: &["system:masters"],
    },
    Identity {
        name: "developer",
        user: "developer",
        groups: &[],
    },
    Identity {
        name: "approver",
        user: "approver",
        groups: &[],
    },
    Identity {
        name: "approver2",
        user: "approver2",
        groups: &[],
    },
    Identity {
        name: "namespace-admin",
        user: "namespace-admin",
        groups: &[],
    },
    Identity {
        name: "argocd",
        user: "system:serviceaccount:argocd:argocd-application-controller",
        groups: &["system:serviceaccounts", "system:serviceaccounts:argocd"],
    },
    Identity {
        name: "flux",
        user: "system:serviceaccount:flux-system:kustomize-controller",
        groups: &["system:serviceaccounts", "system:serviceaccounts:flux-system"],
    },
    Identity {
        name: "operator",
        user: "system:serviceaccount:sas-system:sas-operator",
        groups: &["system:serviceaccounts", "system:serviceaccounts:sas-system"],
    },
];

/// File in the world's folder with the simulator's address.
pub const SIMULATOR_URL: &str = "simulator.url";
/// File in the world's folder with the simulator's seeded access key.
pub const SIMULATOR_CREDENTIALS: &str = "simulator.credentials";

/// How to run the simulator.
pub fn simulator(dir: &Path, program: &Path) -> Process {
    let mut argv = vec![
        text(program),
        "serve".into(),
        "--listen".into(),
        "127.0.0.1:0".into(),
    ];
    let credentials = dir.join(SIMULATOR_CREDENTIALS);
    argv.extend(["--write-url".into(), text(&dir.join(SIMULATOR_URL))]);
    argv.extend(["--write-credentials".into(), text(&credentials)]);
    Process {
        name: "simulator",
        argv,
        log: dir.join("simulator.log"),
        ready_file: Some(credentials), // written last
        optional: true,
        ..Process::default()
    }
}

/// How to run the operator: against the cloud at `cloud`, or the real one.
pub fn operator(dir: &Path, program: &Path, cloud: Option<&str>) -> Result<Process> {
    let listen = free_address()?;
    let mut argv = vec![text(program), "--listen".into(), listen.clone()];
    if let Some(cloud) = cloud {
        argv.extend([
            "--sas-endpoint".into(),
            // The simulator tells its two data centres apart by the first part of the path.
            format!("{cloud}/{{region}}/"),
            "--sts-endpoint".into(),
            cloud.into(),
        ]);
    }
    Ok(Process {
        name: "operator",
        argv,
        env: BTreeMap::from([("KUBECONFIG", text(&dir.join("operator.kubeconfig")))]),
        log: dir.join("operator.log"),
        ready_url: Some(format!("http://{listen}/readyz")),
        optional: true,
        ..Process::default()
    })
}

/// A loopback address that nobody listens on. Connections that leave this machine's programs are given
/// ports of 127.0.0.1, so none of them can take it before the operator does.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.2:0").context("failed to find a free port")?;
    Ok(listener
        .local_addr()
        .context("failed to find a free port")?
        .to_string())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
