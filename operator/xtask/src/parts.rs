//! The few facts about the world's own parts: who signs in, and the command lines of the operator and
//! the simulator.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo;
use crate::supervisor::{Identity, Process};

/// Who gets a kubeconfig. Their rights are in manifests/identities.yaml.
pub const IDENTITIES: [Identity; 6] = [
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
        name: "argocd",
        user: "system:serviceaccount:argocd:argocd-application-controller",
        groups: &["system:serviceaccounts", "system:serviceaccounts:argocd"],
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

/// Builds the simulator and says how to run it.
pub fn simulator(dir: &Path, supervisor: &Path) -> Result<Process> {
    let program = cargo::build("sas-sim", supervisor)?;
    let mut argv = vec![
        text(&program),
        "serve".into(),
        "--listen".into(),
        "127.0.0.1:0".into(),
    ];
    let credentials = dir.join(SIMULATOR_CREDENTIALS);
    argv.extend(["--write-url".into(), text(&dir.join(SIMULATOR_URL))]);
    argv.extend(["--write-credentials".into(), text(&credentials)]);
    Ok(Process {
        name: "simulator",
        argv,
        log: dir.join("simulator.log"),
        ready_file: Some(credentials), // written last
        optional: true,
        ..Process::default()
    })
}

/// Builds the operator.
pub fn operator_program(supervisor: &Path) -> Result<PathBuf> {
    cargo::build("sas-operator", supervisor)
}

/// How to run the operator: against the cloud at `cloud`, or the real one.
pub fn operator(dir: &Path, program: &Path, cloud: Option<&str>) -> Result<Process> {
    let listen = free_address()?;
    let mut argv = vec![text(program), "--listen".into(), listen.clone()];
    if let Some(cloud) = cloud {
        argv.extend([
            "--sas-endpoint".into(),
            cloud.into(),
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

/// A loopback address that nobody listens on.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("failed to find a free port")?;
    Ok(listener
        .local_addr()
        .context("failed to find a free port")?
        .to_string())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
