//! `kubectl sas can-i`: may you approve? The API server answers, for single objects by judging the very
//! request that would approve, as a dry run.

use anyhow::Result;
use jiff::Timestamp;
use k8s_openapi::api::authorization::v1::ResourceAttributes;
use sas_api::{APPROVAL_GROUP, GROUP, KindInfo, Risk};

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::decision::Decision;
use crate::object::Object;
use crate::output::{ERROR, GOOD, Page, Table, cell};
use crate::rights;
use crate::select::Selection;
use crate::{failure, judge};

/// Flags of `can-i`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
}

/// Words that stand for the comment that an R4 plan needs; a dry run keeps nothing.
const PROBE: &str = "may this be approved?";

/// Asks about objects, or without any about the kinds in the namespace. 0: yes; 3: no.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    if args.selection.names.is_empty() && args.selection.selector.is_none() {
        return about_kinds(cluster).await;
    }
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    let by = cluster.user().await?;
    let mut page = Page::default();
    page.line(format!("you are {by}"));
    let mut ended = Ended::Well;
    for object in &objects {
        let answer = about_object(cluster, object, &by).await?;
        let name = object.reference();
        match answer {
            Ok(()) => page.styled(GOOD, format!("yes, you can approve {name}")),
            Err(why) => {
                ended = Ended::No;
                page.styled(ERROR, format!("no, you cannot approve {name}: {why}"));
            }
        }
    }
    page.print()?;
    Ok(ended)
}

async fn about_object(cluster: &Cluster, object: &Object, by: &str) -> Result<Result<(), String>> {
    let Some(plan) = object.plan() else {
        return Ok(Err("there is no plan to approve yet".to_owned()));
    };
    if let Some(obstacle) = judge::obstacle(object, Some(PROBE), Timestamp::now()) {
        return Ok(Err(obstacle));
    }
    let decision = Decision::Approve {
        hash: plan.hash.clone(),
        by: by.to_owned(),
        comment: (plan.plan.risk == Risk::R4).then(|| PROBE.to_owned()),
        not_after: None,
    };
    match cluster.decide(object, &decision, true).await {
        Ok(_) => Ok(Ok(())),
        Err(kube::Error::Api(status)) if [403, 422].contains(&status.code) => {
            let allowed = allowed(
                cluster,
                object.kind,
                APPROVAL_GROUP,
                "approve",
                &object.namespace(),
                Some(object.name()),
            )
            .await?;
            let right = if allowed {
                ""
            } else {
                " (you have not the verb approve on it; the role sas-approver holds it)"
            };
            Ok(Err(format!("{}{right}", status.message)))
        }
        Err(error) => Err(failure::of_api(
            &format!("ask about {}", object.reference()),
            error,
        )),
    }
}

async fn about_kinds(cluster: &Cluster) -> Result<Ended> {
    let mut table = Table::new(&["KIND", "READ", "EDIT", "DECIDE"]);
    let mut page = Page::default();
    let mut all = true;
    // To the API server no namespace is every one.
    let namespace = if cluster.all { "" } else { &cluster.namespace };
    for kind in write_kinds() {
        let may = async |group, verb| allowed(cluster, kind, group, verb, namespace, None).await;
        let read = may(GROUP, "get").await?;
        let edit = may(GROUP, "update").await?;
        let decide = may(GROUP, "patch").await? && may(APPROVAL_GROUP, "approve").await?;
        all &= decide;
        let word = |yes: bool| cell(if yes { "yes" } else { "no" });
        table.rows.push(vec![
            cell(kind.kind.to_lowercase()),
            word(read),
            word(edit),
            word(decide),
        ]);
    }
    page.line(format!(
        "you are {}, in {}",
        cluster.user().await?,
        if cluster.all {
            "all namespaces".to_owned()
        } else {
            format!("namespace {namespace}")
        }
    ));
    page.table(&table);
    page.line("a single plan may still need somebody else: `kubectl sas can-i NAME` asks about one");
    page.print()?;
    Ok(if all { Ended::Well } else { Ended::No })
}

async fn allowed(
    cluster: &Cluster,
    kind: &KindInfo,
    group: &str,
    verb: &str,
    namespace: &str,
    name: Option<String>,
) -> Result<bool> {
    let attributes = ResourceAttributes {
        group: Some(group.to_owned()),
        resource: Some(kind.plural.to_owned()),
        verb: Some(verb.to_owned()),
        namespace: Some(namespace.to_owned()),
        name,
        ..ResourceAttributes::default()
    };
    let answer = rights::may(cluster.client.clone(), attributes).await;
    answer.map_err(|error| failure::of_api("ask about your rights", error))
}
