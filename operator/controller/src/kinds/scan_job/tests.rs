//! The tables of this kind: what is planned for which servers, what forbids it, how far tasks are, and when
//! a job is done.

#![expect(
    clippy::needless_pass_by_value,
    reason = "tables read best with their specs written in place"
)]

mod planning;
mod prerequisites;
mod reach;
mod reporting;
mod settling;
mod stopping;

use std::sync::Arc;

use sas_api::account::DataCentre;
use sas_api::kinds::SasScanJob;
use serde_json::{Value, json};

use super::plan::Prospect;
use crate::assets::{Server, targets_match};

/// A job with this spec, besides its account.
fn job(spec: Value) -> SasScanJob {
    let mut full = json!({"accountRef": {"name": "main"}, "dataCentre": "cn-shanghai"});
    full.as_object_mut()
        .unwrap()
        .extend(spec.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanJob",
        "metadata": {"name": "scan", "namespace": "team", "uid": "uid-1", "generation": 1}, "spec": full,
    }))
    .unwrap()
}

/// A server that can be scanned.
fn server(number: usize) -> Server {
    Server {
        uuid: format!("u-{number:05}"),
        name: format!("web-{number}"),
        tags: vec!["web".into()],
        version: 7,
        online: true,
        ..Default::default()
    }
}

fn offline(number: usize) -> Server {
    Server {
        online: false,
        ..server(number)
    }
}

fn free(number: usize) -> Server {
    Server {
        version: 1,
        ..server(number)
    }
}

/// What a look brings in an account with these servers.
fn prospect(job: &SasScanJob, servers: Vec<Server>) -> Prospect {
    let meant = |server: &Server| {
        let targets = job.spec.targets.as_ref();
        targets.is_none_or(|targets| targets_match(targets, server))
    };
    Prospect {
        centre: DataCentre::CnShanghai,
        servers: servers.into_iter().filter(meant).map(Arc::new).collect(),
        missing: Vec::new(),
        baseline_included: true,
        strategies: Vec::new(),
        before: None,
        about_to_act: false,
        virus_in_the_way: None,
        binding: None,
    }
}
