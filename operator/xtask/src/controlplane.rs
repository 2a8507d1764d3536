//! The programs of the control plane: built from the Kubernetes sources, or those that the user names
//! in `KUBEBUILDER_ASSETS`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::gobuild::{self, Build};

/// Version of Kubernetes in tests/controlplane/go.mod; a test holds the two together.
const KUBERNETES: [&str; 3] = ["1", "36", "3"];

/// Where the programs are.
pub enum Programs {
    /// One multi-call program with etcd, API server, controller manager and kubectl.
    Built(PathBuf),
    /// A folder with one program each, as for envtest; the controller manager may be missing.
    Assets(PathBuf),
}

/// Finds the programs, and builds them when they are not in the cache: about four minutes on two cores.
pub fn ensure(supervisor: &Path) -> Result<Programs> {
    if let Some(dir) = env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty()) {
        return assets(Path::new(&dir)).map(Programs::Assets);
    }
    let linker_flags = linker_flags();
    let build = Build {
        module: gobuild::CONTROL_PLANE,
        name: "controlplane",
        takes: "about four minutes on two cores",
        tags: "",
        linker_flags: &linker_flags,
        guard: Some(supervisor),
    };
    gobuild::ensure(&build).map(Programs::Built)
}

fn assets(dir: &Path) -> Result<PathBuf> {
    let dir = fs::canonicalize(dir)
        .with_context(|| format!("failed to find KUBEBUILDER_ASSETS={}", dir.display()))?;
    for name in ["etcd", "kube-apiserver", "kubectl"] {
        ensure!(
            dir.join(name).exists(),
            "KUBEBUILDER_ASSETS={} lacks {name}: complete it, or unset it to have the control plane built",
            dir.display()
        );
    }
    Ok(dir)
}

/// Without these, `/version` and `kubectl version` report an unknown development version.
fn linker_flags() -> String {
    let [major, minor, patch] = KUBERNETES;
    let version = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].map(|package| {
        format!(
            "-X {package}.gitVersion=v{major}.{minor}.{patch} -X {package}.gitMajor={major} \
             -X {package}.gitMinor={minor} -X {package}.gitTreeState=clean"
        )
    });
    format!("-s -w {}", version.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    #[test]
    fn version_that_is_linked_in_is_the_one_that_is_built() {
        let module = fs::read_to_string(paths::root().join(gobuild::CONTROL_PLANE).join("go.mod")).unwrap();
        assert!(module.contains(&format!("k8s.io/kubernetes v{}", KUBERNETES.join("."))));
        let staging = format!(" v0.{}.{}", KUBERNETES[1], KUBERNETES[2]);
        let replaced: Vec<_> = module
            .lines()
            .filter(|line| line.contains(" => k8s.io/"))
            .collect();
        assert_eq!(replaced.len(), 31);
        assert!(replaced.iter().all(|line| line.ends_with(&staging)));
    }

    #[test]
    fn incomplete_assets_are_named() {
        let dir = crate::paths::scratch("assets").unwrap();
        fs::write(dir.join("etcd"), "").unwrap();
        let message = assets(&dir).unwrap_err().to_string();
        fs::remove_dir_all(&dir).unwrap();
        assert!(message.contains("lacks kube-apiserver"), "{message}");
    }
}
