//! The programs of the control plane: built from the Kubernetes sources, or those that the user names
//! in `KUBEBUILDER_ASSETS`.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::gobuild::{self, Build};

/// The versions of Kubernetes that a control plane can be built from; a test holds them together with the
/// module files.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub enum Kubernetes {
    /// The oldest supported one, without policies that write.
    #[value(name = "1.34")]
    V1_34,
    /// The newest one.
    #[default]
    #[value(name = "1.36")]
    V1_36,
}

impl fmt::Display for Kubernetes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.version().join("."))
    }
}

impl Kubernetes {
    /// Major, minor and patch.
    fn version(self) -> [&'static str; 3] {
        match self {
            Self::V1_34 => ["1", "34", "4"],
            Self::V1_36 => ["1", "36", "3"],
        }
    }

    /// Its value on the command line.
    pub fn name(self) -> String {
        let value = self.to_possible_value().expect("every version can be chosen");
        value.get_name().to_owned()
    }

    fn module_file(self) -> &'static str {
        match self {
            Self::V1_34 => "go-1.34.mod",
            Self::V1_36 => gobuild::MODULE_FILE,
        }
    }

    /// Name of the program in the cache.
    fn program(self) -> &'static str {
        match self {
            Self::V1_34 => "controlplane-1.34",
            Self::V1_36 => "controlplane",
        }
    }

    /// Whether the API server has MutatingAdmissionPolicies, and so can write names by itself.
    pub fn can_stamp(self) -> bool {
        self == Self::V1_36
    }
}

/// Where the programs are.
pub enum Programs {
    /// One multi-call program with etcd, API server, controller manager and kubectl.
    Built(PathBuf),
    /// A folder with one program each, as for envtest; the controller manager may be missing.
    Assets(PathBuf),
}

/// Finds the programs, and builds them when they are not in the cache: about four minutes on two cores.
/// Programs that the user names are taken for the newest version.
pub fn ensure(kubernetes: Kubernetes, supervisor: &Path) -> Result<Programs> {
    if kubernetes == Kubernetes::default()
        && let Some(dir) = env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty())
    {
        return assets(Path::new(&dir)).map(Programs::Assets);
    }
    let linker_flags = linker_flags(kubernetes);
    let build = Build {
        module: gobuild::CONTROL_PLANE,
        module_file: kubernetes.module_file(),
        name: kubernetes.program(),
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
fn linker_flags(kubernetes: Kubernetes) -> String {
    let [major, minor, patch] = kubernetes.version();
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
    fn versions_that_are_linked_in_are_those_that_are_built() {
        for kubernetes in Kubernetes::value_variants() {
            let file = paths::root()
                .join(gobuild::CONTROL_PLANE)
                .join(kubernetes.module_file());
            let module = fs::read_to_string(file).unwrap();
            let [_, minor, patch] = kubernetes.version();
            assert!(module.contains(&format!("k8s.io/kubernetes v{kubernetes}")));
            let staging = format!(" v0.{minor}.{patch}");
            let replaced: Vec<_> = module
                .lines()
                .filter(|line| line.contains(" => k8s.io/"))
                .collect();
            assert!(replaced.len() >= 29, "{kubernetes:?}: {replaced:?}");
            assert!(
                replaced.iter().all(|line| line.ends_with(&staging)),
                "{replaced:?}"
            );
        }
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
