//! One data centre: the three answers about it, and what they mean in a status.

use std::sync::Arc;

use sas_api::account::DataCentre;
use sas_api::kinds::account::{DataCentreStatus, EditionQuota, PayAsYouGo, Quota, Serverless};
use sas_api::kinds::auth_binding::Edition;
use sas_client::actions::{
    AuthSummary, MachineSummary, ServerlessAuthSummary, VersionConfig, VersionSummary,
};
use sas_engine::Unavailable;

use crate::kinds::{figure, time};

/// Edition numbers of accounts that servers cannot have.
const SEVERAL: i64 = 8;
const VALUE_ADDED_ONLY: i64 = 10;

/// What one data centre answered.
pub(super) struct Centre {
    pub(super) name: DataCentre,
    pub(super) version: Result<Arc<VersionConfig>, Unavailable>,
    pub(super) summary: Result<Arc<AuthSummary>, Unavailable>,
    pub(super) serverless: Result<ServerlessAuthSummary, Unavailable>,
}

impl Centre {
    /// Why nothing at all could be read, if so.
    pub(super) fn blank(&self) -> Option<&Unavailable> {
        match (&self.version, &self.summary, &self.serverless) {
            (Err(error), Err(_), Err(_)) => Some(error),
            _ => None,
        }
    }

    /// What stands in the status.
    pub(super) fn status(&self) -> DataCentreStatus {
        let version = self.version.as_deref().ok();
        let summary = self.summary.as_deref().ok();
        DataCentreStatus {
            name: self.name,
            edition: version.and_then(edition),
            instance_id: version.and_then(|config| text(config.instance_id.as_deref())),
            expiry_time: version.and_then(|config| time(config.release_time?)),
            quota: summary.and_then(|summary| summary.machine.as_ref()).map(quota),
            editions: summary
                .map(|summary| editions(&summary.version_summary))
                .unwrap_or_default(),
            pay_as_you_go: version.and_then(|config| pay_as_you_go(config, summary)),
            serverless: self.serverless.as_ref().ok().map(serverless),
            errors: self.errors(),
        }
    }

    fn errors(&self) -> Vec<String> {
        let errors = [
            self.version.as_ref().err(),
            self.summary.as_ref().err(),
            self.serverless.as_ref().err(),
        ];
        let mut texts: Vec<String> = errors
            .into_iter()
            .flatten()
            .map(|error| error.message.chars().take(1024).collect())
            .collect();
        texts.dedup();
        texts
    }
}

fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty())
        .map(|text| text.chars().take(128).collect())
}

fn count(number: Option<i64>) -> i64 {
    figure(number.unwrap_or_default())
}

/// The name of the account's edition; of several the highest.
fn edition(config: &VersionConfig) -> Option<String> {
    let version = match config.version? {
        SEVERAL => config.highest_version.unwrap_or(SEVERAL),
        version => version,
    };
    let name = match Edition::from_version(version) {
        Some(edition) => edition.as_str().to_owned(),
        None if version == VALUE_ADDED_ONLY => "ValueAddedOnly".to_owned(),
        None => format!("unknown ({version})"),
    };
    Some(name)
}

fn quota(machine: &MachineSummary) -> Quota {
    Quota {
        servers_total: count(machine.total_ecs_count),
        servers_bound: figure(count(machine.bind_ecs_count) + count(machine.post_paid_bind_ecs_count)),
        cores_total: count(machine.total_core_count),
        cores_bound: figure(count(machine.bind_core_count) + count(machine.post_paid_bind_core_count)),
    }
}

fn editions(summaries: &[VersionSummary]) -> Vec<EditionQuota> {
    let mut editions: Vec<EditionQuota> = Vec::new();
    for summary in summaries {
        let Some(edition) = summary.version.and_then(Edition::from_version) else {
            continue;
        };
        if editions.iter().any(|known| known.edition == edition.as_str()) {
            continue;
        }
        editions.push(EditionQuota {
            edition: edition.as_str().to_owned(),
            counted_by: text(summary.auth_bind_type.as_deref()).map(|by| by.chars().take(32).collect()),
            servers_used: count(summary.used_ecs_count),
            servers_free: count(summary.unused_ecs_auth_count),
            cores_used: count(summary.used_core_count),
            cores_free: count(summary.unused_core_auth_count),
        });
    }
    editions
}

fn pay_as_you_go(config: &VersionConfig, summary: Option<&AuthSummary>) -> Option<PayAsYouGo> {
    let instance_id = text(config.post_pay_instance_id.as_deref());
    if instance_id.is_none() && config.is_postpay != Some(true) {
        return None;
    }
    let machine = summary.and_then(|summary| summary.machine.as_ref());
    let modules = config.modules().unwrap_or_default();
    let on = modules
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| name.chars().take(64).collect());
    Some(PayAsYouGo {
        instance_id,
        state: config.post_pay_status.map(state),
        modules_on: on.take(50).collect(),
        servers: machine.map(|machine| count(machine.post_paid_bind_ecs_count)),
        cores: machine.map(|machine| count(machine.post_paid_bind_core_count)),
    })
}

fn state(status: i64) -> String {
    match status {
        1 => "Normal".to_owned(),
        2 => "Arrears".to_owned(),
        other => format!("unknown ({other})"),
    }
}

fn serverless(summary: &ServerlessAuthSummary) -> Serverless {
    Serverless {
        pay_as_you_go: summary.is_serverless_post_paid_valid.or(summary.is_post_paid),
        instances_bound: summary.total_bind_instance_count.map(figure),
        cores_bound: summary.total_bind_core_count.map(figure),
    }
}
