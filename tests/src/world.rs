//! The shared control plane, found through the environment: its folder has a kubeconfig for each
//! identity and a kubectl. The identities differ in rights only; a test acts as the one that a real
//! person would be.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use sas_api::guard::Preset;

/// Folder of the control plane, as `cargo xtask test flows` sets it.
pub const DIR_VARIABLE: &str = "SAS_TESTS_DIR";
/// The operator's program; without it the one beside the tests is taken.
pub const OPERATOR_VARIABLE: &str = "SAS_OPERATOR_BIN";
/// The program of `kubectl sas`; without it the one beside the tests is taken.
pub const PLUGIN_VARIABLE: &str = "SAS_PLUGIN_BIN";

/// Which flows run: `all`, or `admission` for those about who may do what.
pub const SUITE_VARIABLE: &str = "SAS_TESTS_SUITE";
/// The preset of the admission policies: `solo`, `standard` or `strict`.
pub const PRESET_VARIABLE: &str = "SAS_TESTS_PRESET";
/// Whether the API server writes names: `true` or `false`.
pub const STAMPS_VARIABLE: &str = "SAS_TESTS_STAMPS";

/// Somebody who signs in at the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// May do everything; sets tests up and looks.
    Admin,
    /// Writes specs.
    Developer,
    /// Approves.
    Approver,
    /// Another approver.
    Approver2,
    /// Rules namespaces with the role `admin`, where a test gives it; has no other rights.
    NamespaceAdmin,
    /// Argo CD's service account with its default rights.
    ArgoCd,
    /// Flux' service account with its default rights.
    Flux,
    /// The operator's service account.
    Operator,
}

impl Identity {
    /// Name of the kubeconfig, without its ending.
    pub fn name(self) -> &'static str {
        match self {
            Identity::Admin => "admin",
            Identity::Developer => "developer",
            Identity::Approver => "approver",
            Identity::Approver2 => "approver2",
            Identity::NamespaceAdmin => "namespace-admin",
            Identity::ArgoCd => "argocd",
            Identity::Flux => "flux",
            Identity::Operator => "operator",
        }
    }

    /// User name at the API server.
    pub fn user(self) -> &'static str {
        match self {
            Identity::ArgoCd => "system:serviceaccount:argocd:argocd-application-controller",
            Identity::Flux => "system:serviceaccount:flux-system:kustomize-controller",
            Identity::Operator => "system:serviceaccount:sas-system:sas-operator",
            person => person.name(),
        }
    }
}

/// The shared control plane.
#[derive(Clone, Debug)]
pub struct World {
    dir: PathBuf,
    operator: PathBuf,
    plugin: PathBuf,
    /// The policies that guard it.
    pub preset: Preset,
    /// Whether the API server writes names by itself.
    pub stamped: bool,
    /// Whether only flows about who may do what are asked for.
    pub admission_only: bool,
}

impl World {
    /// The control plane that the environment names; `None` where it names none.
    pub fn from_environment() -> Result<Option<Self>> {
        let Some(dir) = std::env::var_os(DIR_VARIABLE) else {
            return Ok(None);
        };
        Ok(Some(Self {
            dir: PathBuf::from(dir),
            operator: program(OPERATOR_VARIABLE, "sas-operator")?,
            plugin: program(PLUGIN_VARIABLE, "kubectl-sas")?,
            preset: choice(
                PRESET_VARIABLE,
                [Preset::Standard, Preset::Solo, Preset::Strict].map(|preset| (preset.folder(), preset)),
            )?,
            stamped: choice(STAMPS_VARIABLE, [("true", true), ("false", false)])?,
            admission_only: choice(SUITE_VARIABLE, [("all", false), ("admission", true)])?,
        }))
    }

    /// The control plane of a bench, which needs one of its own; where none is named, says how to name it.
    pub fn of_bench() -> Result<Option<Self>> {
        let world = Self::from_environment()?;
        if world.is_none() {
            println!(
                "skipped: set {DIR_VARIABLE} to the folder of a `cargo xtask up --without operator,simulator`"
            );
        }
        rustls::crypto::ring::default_provider()
            .install_default()
            .map_err(|_| anyhow::anyhow!("a TLS provider is installed already"))?;
        Ok(world)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The operator's program, which has to be built already.
    pub fn operator(&self) -> Result<&Path> {
        built(&self.operator, "sas-operator", OPERATOR_VARIABLE)
    }

    /// The program of `kubectl sas`, which has to be built already.
    pub fn plugin(&self) -> Result<&Path> {
        built(&self.plugin, "kubectl-sas", PLUGIN_VARIABLE)
    }

    /// Kubeconfig of an identity.
    pub fn kubeconfig(&self, who: Identity) -> PathBuf {
        self.dir.join(format!("{}.kubeconfig", who.name()))
    }

    /// How an identity reaches the API server; nothing is tried twice behind the test's back.
    pub async fn config(&self, who: Identity) -> Result<Config> {
        let file = self.kubeconfig(who);
        let kubeconfig =
            Kubeconfig::read_from(&file).with_context(|| format!("failed to read {}", file.display()))?;
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        config.default_retry = false;
        Ok(config)
    }

    /// A client of the admin who acts as another user (`kubectl --as`).
    pub async fn client_as(&self, user: &str) -> Result<Client> {
        self.borrowed(Identity::Admin, user, &[]).await
    }

    /// A client of somebody who acts as another user of these groups (`kubectl --as --as-group`).
    pub async fn borrowed(&self, who: Identity, user: &str, groups: &[&str]) -> Result<Client> {
        let mut config = self.config(who).await?;
        config.auth_info.impersonate = Some(user.to_owned());
        let groups: Vec<_> = groups.iter().map(|group| (*group).to_owned()).collect();
        config.auth_info.impersonate_groups = (!groups.is_empty()).then_some(groups);
        Ok(Client::try_from(config)?)
    }

    /// A client in the name of an identity.
    pub async fn client(&self, who: Identity) -> Result<Client> {
        Ok(Client::try_from(self.config(who).await?)?)
    }
}

/// The value that a variable of the environment names; the first one where it is not set.
fn choice<T: Copy, const N: usize>(variable: &str, values: [(&str, T); N]) -> Result<T> {
    let Some(wanted) = std::env::var_os(variable) else {
        return Ok(values[0].1);
    };
    let found = values.into_iter().find(|(name, _)| wanted == **name);
    let names = values.map(|(name, _)| name);
    found
        .map(|(_, value)| value)
        .with_context(|| format!("{variable} must be one of {names:?}"))
}

fn built<'a>(path: &'a Path, package: &str, variable: &str) -> Result<&'a Path> {
    anyhow::ensure!(
        path.is_file(),
        "there is no {package} at {}: run `cargo build -p {package}` or set {variable}",
        path.display()
    );
    Ok(path)
}

/// The program that a variable names, or the one beside the tests: those lie in `target/PROFILE/deps`,
/// programs in `target/PROFILE`.
fn program(variable: &str, name: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(PathBuf::from(path));
    }
    let this = std::env::current_exe().context("failed to find the test program")?;
    let profile = this
        .ancestors()
        .nth(2)
        .context("the test program lies in no target folder")?;
    Ok(profile.join(name))
}
