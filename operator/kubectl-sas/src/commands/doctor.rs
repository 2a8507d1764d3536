//! `kubectl sas doctor`: looks at everything that has to be right before a plan can be approved and carried
//! out, and says of each finding how to put it right. It changes nothing; its one try is a dry run.

mod accounts;
mod approvers;
mod definitions;
mod finding;
mod gitops;
mod guard;
mod operator;
mod powers;
mod rights;
mod server;

use anyhow::Result;
use sas_api::KINDS;
use serde::Serialize;

use self::finding::{Finding, Level};
use super::Ended;
use crate::cluster::Cluster;
use crate::failure;
use crate::output::{Format, Page};

/// Flags of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Namespace that the operator runs in.
    #[arg(long, value_name = "NAMESPACE", default_value = "sas-system")]
    operator_namespace: String,
    /// Service account, Deployment and Lease of the operator.
    #[arg(long, value_name = "NAME", default_value = "sas-operator")]
    operator_name: String,
    /// Format.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<Format>,
}

/// Where the operator is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    namespace: String,
    name: String,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            namespace: "sas-system".to_owned(),
            name: "sas-operator".to_owned(),
        }
    }
}

impl Place {
    /// The name under which the API server knows the operator.
    pub fn user(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

#[derive(Serialize)]
struct Report<'a> {
    healthy: bool,
    findings: &'a [Finding],
}

/// Prints what is in order and what is not; the answer is no where something is wrong.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let place = Place {
        namespace: args.operator_namespace.clone(),
        name: args.operator_name.clone(),
    };
    let findings = look(cluster, &place).await?;
    let healthy = findings.iter().all(|finding| finding.level != Level::Error);
    let page = match args.output {
        None => finding::page(&findings),
        Some(format) => {
            let mut page = Page::default();
            let report = Report {
                healthy,
                findings: &findings,
            };
            page.document(&report, format)?;
            page
        }
    };
    page.print()?;
    Ok(if healthy { Ended::Well } else { Ended::No })
}

async fn look(cluster: &Cluster, place: &Place) -> Result<Vec<Finding>> {
    let version = cluster.client.apiserver_version().await;
    let version = version.map_err(|error| failure::of_api("ask for the API server's version", error))?;
    let user = cluster.user().await?;
    let kinds: Vec<_> = KINDS.iter().collect();
    let listed = cluster.list(&kinds, &cluster.wide_scope(), None).await;
    let objects = listed.as_ref().map_or(&[][..], |(objects, _)| objects);
    let mut findings = vec![server::judge(&version)];
    findings.extend(definitions::look(cluster).await);
    let (guarded, rules) = guard::look(cluster, place, &version, objects).await;
    findings.extend(guarded);
    findings.extend(gitops::look(cluster, &rules.unwrap_or_default().gitops).await);
    findings.extend(approvers::look(cluster, place).await);
    findings.extend(rights::look(cluster, &user).await);
    findings.extend(operator::look(cluster, place).await);
    findings.extend(powers::look(cluster, place).await);
    findings.extend(accounts::judge(&listed));
    Ok(findings)
}
