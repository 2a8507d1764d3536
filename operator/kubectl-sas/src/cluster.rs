//! The way to the API server: connection, scope of a command, and reading objects of all kinds. Kinds are
//! those of this program; nothing is discovered.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use kube::api::ListParams;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::core::DynamicObject;
use kube::{Api, Client, Config};
use sas_api::{KINDS, KindInfo};

use crate::args::Connection;
use crate::failure;
use crate::names;
use crate::object::{self, Object};
use crate::output::{Page, WARNING};

/// Objects that one request asks for.
const PAGE: u32 = 500;

/// Which namespaces a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One.
    Namespace(String),
    /// All.
    All,
}

/// The API server.
#[derive(Clone)]
pub struct Cluster {
    /// The client.
    pub client: Client,
    /// The namespace that was asked for, or the context's.
    pub namespace: String,
    /// Whether the namespace was asked for.
    pub namespace_is_given: bool,
    /// Whether all namespaces were asked for.
    pub all: bool,
}

impl Cluster {
    /// A client as the flags and the environment want it. Nothing is sent yet.
    pub async fn connect(connection: &Connection) -> Result<Self> {
        // Fails if one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = config(connection).await?;
        let timeout = connection.request_timeout.max(Duration::from_secs(1));
        config.connect_timeout = Some(timeout);
        config.read_timeout = Some(timeout);
        config.reset_reader_on_write = true;
        if let Some(user) = &connection.impersonate {
            config.auth_info.impersonate = Some(user.clone());
            config.auth_info.impersonate_groups = Some(connection.impersonate_groups.clone());
        }
        let namespace = connection.namespace.clone();
        if let Some(namespace) = &namespace {
            names::label(namespace).map_err(|error| anyhow!("the namespace {namespace} {error}"))?;
        }
        Ok(Self {
            namespace_is_given: namespace.is_some(),
            namespace: namespace.unwrap_or_else(|| config.default_namespace.clone()),
            all: connection.all_namespaces,
            client: Client::try_from(config).context(
                "failed to use the credentials; look at the user in your kubeconfig: `kubectl config view`",
            )?,
        })
    }

    /// The scope of commands about the present namespace, unless all are asked for.
    pub fn scope(&self) -> Scope {
        if self.all {
            Scope::All
        } else {
            Scope::Namespace(self.namespace.clone())
        }
    }

    /// The scope of commands about all namespaces, unless one is asked for.
    pub fn wide_scope(&self) -> Scope {
        if self.namespace_is_given {
            self.scope()
        } else {
            Scope::All
        }
    }

    /// Objects of a kind in a scope.
    pub fn api(&self, kind: &KindInfo, scope: &Scope) -> Api<DynamicObject> {
        let resource = object::resource(kind);
        match scope {
            Scope::Namespace(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            Scope::All => Api::all_with(self.client.clone(), &resource),
        }
    }

    /// Reads an object; nothing where there is none of that name.
    pub async fn find(&self, kind: &'static KindInfo, namespace: &str, name: &str) -> Result<Option<Object>> {
        self.look_up(kind, namespace, name).await?
    }

    /// As [`Self::find`]; the inner error says that the user may not read it.
    pub async fn look_up(
        &self,
        kind: &'static KindInfo,
        namespace: &str,
        name: &str,
    ) -> Result<Result<Option<Object>>> {
        let doing = format!("read {}/{name}", kind.kind.to_lowercase());
        let api = self.api(kind, &Scope::Namespace(namespace.to_owned()));
        match api.get_opt(name).await {
            Ok(Some(raw)) => {
                let object = Object::read(kind, raw).with_context(|| unreadable(&doing))?;
                Ok(Ok(Some(object)))
            }
            Ok(None) => Ok(Ok(None)),
            Err(error) if failure::is_forbidden(&error) => Ok(Err(failure::of_api(&doing, error))),
            Err(error) => Err(failure::of_api(&doing, error)),
        }
    }

    /// Lists objects of some kinds. A kind that the API server does not serve has none, one that the user may
    /// not list is left out with a warning; an object that cannot be read is named in the second list and
    /// stops no other.
    pub async fn list(
        &self,
        kinds: &[&'static KindInfo],
        scope: &Scope,
        labels: Option<&str>,
    ) -> Result<(Vec<Object>, Vec<String>)> {
        let (mut objects, mut unreadable, mut served) = (Vec::new(), Vec::new(), false);
        let mut forbidden = Vec::new();
        for kind in kinds {
            let raw = match self.list_kind(kind, scope, labels).await {
                Ok(Some(raw)) => raw,
                Ok(None) => continue,
                Err(error) if failure::is_forbidden(&error) => {
                    forbidden.push((kind.plural, not_listed(kind, scope, error)));
                    continue;
                }
                Err(error) => return Err(not_listed(kind, scope, error)),
            };
            served = true;
            for raw in raw {
                let name = raw.metadata.name.clone().unwrap_or_default();
                match Object::read(kind, raw) {
                    Ok(object) => objects.push(object),
                    Err(error) => unreadable.push(format!("{}/{name}: {error}", kind.kind.to_lowercase())),
                }
            }
        }
        if served {
            left_out(forbidden.iter().map(|(plural, _)| *plural))?;
        } else if let Some((_, error)) = forbidden.into_iter().next() {
            return Err(error);
        } else {
            bail!(
                "the API server serves none of the operator's kinds: install the CRDs (`kubectl apply --server-side -f crds/`)"
            );
        }
        Ok((objects, unreadable))
    }

    async fn list_kind(
        &self,
        kind: &KindInfo,
        scope: &Scope,
        labels: Option<&str>,
    ) -> Result<Option<Vec<DynamicObject>>, kube::Error> {
        let api = self.api(kind, scope);
        let mut params = ListParams::default().limit(PAGE);
        params.label_selector = labels.map(str::to_owned);
        let mut all = Vec::new();
        loop {
            let page = match api.list(&params).await {
                Ok(page) => page,
                Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
                Err(error) => return Err(error),
            };
            all.extend(page.items);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(Some(all)),
            }
        }
    }
}

/// All kinds that write.
pub fn write_kinds() -> Vec<&'static KindInfo> {
    KINDS.iter().filter(|kind| kind.writes).collect()
}

fn unreadable(doing: &str) -> String {
    format!("failed to {doing}: its status is not one that this version knows; compare `kubectl sas version`")
}

/// Says once which kinds were not looked at for want of a right.
pub fn left_out<'a>(plurals: impl Iterator<Item = &'a str>) -> Result<()> {
    let plurals: Vec<&str> = plurals.collect();
    let mut page = Page::default();
    if !plurals.is_empty() {
        page.styled(
            WARNING,
            format!("warning: you may not read {}, left out", plurals.join(", ")),
        );
    }
    page.print_beside()
}

fn not_listed(kind: &KindInfo, scope: &Scope, error: kube::Error) -> anyhow::Error {
    let forbidden = failure::is_forbidden(&error);
    let error = failure::of_api(&format!("list {}", kind.plural), error);
    match scope {
        Scope::All if forbidden => anyhow!("{error:#}; name one namespace with -n"),
        _ => error,
    }
}

/// Fails for a user that the kubeconfig does not have: without one, requests would go out in nobody's name.
fn has_user(kubeconfig: &Kubeconfig, connection: &Connection) -> Result<()> {
    let Some(user) = &connection.user else {
        return Ok(());
    };
    let there = kubeconfig.auth_infos.iter().any(|known| known.name == *user);
    ensure!(
        there,
        "the kubeconfig has no user {user}: `kubectl config get-users` lists those it has"
    );
    Ok(())
}

/// Flags first, then `$KUBECONFIG` or `~/.kube/config`, then the pod's service account.
async fn config(connection: &Connection) -> Result<Config> {
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        cluster: connection.cluster.clone(),
        user: connection.user.clone(),
    };
    if let Some(file) = &connection.kubeconfig {
        let doing = || format!("failed to read {}: is it a kubeconfig?", file.display());
        let kubeconfig = Kubeconfig::read_from(file).with_context(doing)?;
        has_user(&kubeconfig, connection)?;
        return Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .with_context(doing);
    }
    if let Ok(kubeconfig) = Kubeconfig::read() {
        has_user(&kubeconfig, connection)?;
    }
    match Config::from_kubeconfig(&options).await {
        Err(KubeconfigError::ReadConfig(..) | KubeconfigError::FindPath)
            if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() =>
        {
            Config::incluster().context("failed to use the pod's service account")
        }
        other => other.context("failed to find a cluster: set KUBECONFIG, or say --kubeconfig and --context"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_that_the_kubeconfig_does_not_have_is_nobody() {
        let kubeconfig: Kubeconfig =
            serde_json::from_str(r#"{"users": [{"name": "alice", "user": {}}]}"#).unwrap();
        let said = |user: Option<&str>| {
            let connection = Connection {
                user: user.map(str::to_owned),
                ..Connection::default()
            };
            has_user(&kubeconfig, &connection)
        };
        assert!(said(None).is_ok() && said(Some("alice")).is_ok());
        assert!(
            said(Some("nope"))
                .unwrap_err()
                .to_string()
                .contains("no user nope")
        );
    }
}
