//! Names that only the cluster or the kubeconfig knows. Whatever goes wrong, there are just no names.

use std::time::Duration;

use clap::Parser;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::config::Kubeconfig;
use kube::{Api, ResourceExt};
use sas_api::{KINDS, KindInfo};

use super::Candidate;
use super::line::{Line, Wanted};
use crate::args::Connection;
use crate::cluster::{Cluster, write_kinds};
use crate::names;

/// Longest time that a shell is kept waiting.
const PATIENCE: Duration = Duration::from_secs(3);
/// Names of one kind that are offered.
const MOST: u32 = 500;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    connection: Connection,
}

/// What there is of what is wanted.
pub fn look(wanted: &Wanted, line: &Line) -> Vec<Candidate> {
    let words = std::iter::once("sas").chain(line.connection.iter().map(String::as_str));
    let Ok(Flags { connection }) = Flags::try_parse_from(words) else {
        return Vec::new();
    };
    match wanted {
        Wanted::Kind => KINDS
            .iter()
            .map(|kind| Candidate::new(kind.plural, kind.kind))
            .collect(),
        Wanted::Kubeconfig(what) => of_kubeconfig(what, &connection),
        Wanted::Namespace | Wanted::Object(_) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else {
                return Vec::new();
            };
            let asked = of_cluster(wanted, line, &connection);
            let answered = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await });
            answered.ok().flatten().unwrap_or_default()
        }
        Wanted::Words(_) | Wanted::File => Vec::new(),
    }
}

fn of_kubeconfig(what: &str, connection: &Connection) -> Vec<Candidate> {
    let read = match &connection.kubeconfig {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    };
    let Ok(kubeconfig) = read else {
        return Vec::new();
    };
    let names: Vec<String> = match what {
        "contexts" => kubeconfig
            .contexts
            .into_iter()
            .map(|context| context.name)
            .collect(),
        "clusters" => kubeconfig
            .clusters
            .into_iter()
            .map(|cluster| cluster.name)
            .collect(),
        _ => kubeconfig.auth_infos.into_iter().map(|user| user.name).collect(),
    };
    names.into_iter().map(|name| Candidate::new(name, "")).collect()
}

async fn of_cluster(wanted: &Wanted, line: &Line, connection: &Connection) -> Option<Vec<Candidate>> {
    let cluster = Cluster::connect(connection).await.ok()?;
    if let Wanted::Object(given) = wanted {
        return Some(objects(&cluster, line, given).await);
    }
    let namespaces = Api::<Namespace>::all(cluster.client.clone());
    let found = namespaces
        .list_metadata(&ListParams::default().limit(MOST))
        .await
        .ok()?;
    let names = found.items.iter().map(ResourceExt::name_any);
    Some(names.map(|name| Candidate::new(name, "namespace")).collect())
}

/// Objects by their names, and by `kind/name` where no kind stands before them.
async fn objects(cluster: &Cluster, line: &Line, given: &[String]) -> Vec<Candidate> {
    let kinds: Vec<&'static KindInfo> = if line.gated {
        write_kinds()
    } else {
        KINDS.iter().collect()
    };
    let said = given.first().and_then(|word| names::kind(word));
    let slash = line.begun.split_once('/').and_then(|(word, _)| names::kind(word));
    let mut candidates = Vec::new();
    for kind in kinds {
        if said.or(slash).is_some_and(|only| only.kind != kind.kind) {
            continue;
        }
        let listed = cluster
            .api(kind, &cluster.scope())
            .list_metadata(&ListParams::default().limit(MOST))
            .await;
        let Ok(listed) = listed else {
            continue;
        };
        for name in listed.items.iter().map(ResourceExt::name_any) {
            if given
                .iter()
                .any(|word| word.rsplit('/').next() == Some(name.as_str()))
            {
                continue;
            }
            if said.is_none() {
                // The kind may be written in several ways; the beginning stays as it is.
                let word = line.begun.split_once('/').map(|(word, _)| word.to_owned());
                let word = word.unwrap_or_else(|| kind.kind.to_lowercase());
                candidates.push(Candidate::new(format!("{word}/{name}"), kind.kind));
            }
            candidates.push(Candidate::new(name, kind.kind));
        }
    }
    candidates
}
