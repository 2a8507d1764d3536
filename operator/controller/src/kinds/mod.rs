//! What each kind observes, wants and reports, and the RAM actions that it needs for that.

pub mod account;
pub mod alert_action;
pub mod alert_policy;
pub mod alert_report;
pub mod approval_policy;
pub mod auth_binding;
pub mod install_code;
pub mod report;
pub mod risk_report;
pub mod scan_job;
pub mod scan_schedule;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sas_api::account::DataCentre;
use sas_api::plan::{Call, Parameter};
use sas_client::action::{Action, ActionInfo, Product, parameters};
use sas_client::wire::CommaList;

use crate::recovery;

/// The cloud actions of each kind, reads and writes.
const ACTIONS: &[(&str, &[ActionInfo])] = &[
    ("SasAccount", account::ACTIONS),
    ("SasInstallCode", install_code::ACTIONS),
    ("SasAuthBinding", auth_binding::ACTIONS),
    ("SasRiskReport", risk_report::ACTIONS),
    ("SasAlertReport", alert_report::ACTIONS),
    // It approves in the cluster and asks the cloud nothing.
    ("SasApprovalPolicy", &[]),
    ("SasScanJob", scan_job::ACTIONS),
    ("SasScanSchedule", scan_schedule::ACTIONS),
    ("SasAlertAction", alert_action::ACTIONS),
    ("SasAlertPolicy", alert_policy::ACTIONS),
];

/// The RAM actions that each kind needs, sorted: the whole minimal policy of the kind. Asking whose key
/// it is needs no permission, so `sts:GetCallerIdentity` is not among them.
pub fn ram_actions() -> Vec<(&'static str, Vec<&'static str>)> {
    let sorted = |actions: &[ActionInfo]| {
        let needed = actions.iter().filter(|action| action.product != Product::Sts);
        let mut names: Vec<_> = needed.map(|action| action.ram).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    ACTIONS
        .iter()
        .map(|(kind, actions)| (*kind, sorted(actions)))
        .collect()
}

/// A call of a plan, in a data centre.
fn call<A: Action>(request: &A, centre: DataCentre) -> Call {
    let literals = parameters(request)
        .into_iter()
        .map(|(name, value)| Parameter::literal(name, value));
    Call {
        product: A::PRODUCT.name().to_owned(),
        version: A::VERSION.to_owned(),
        action: A::NAME.to_owned(),
        region_id: centre.as_str().to_owned(),
        parameters: literals.collect(),
        repeat: recovery::repeat(A::NAME),
    }
}

/// Items of one parameter. One that holds a comma would be two, and is left out.
fn comma_list(items: impl IntoIterator<Item = String>) -> CommaList {
    let whole = items.into_iter().filter(|item| !item.contains(','));
    CommaList::new(whole).expect("items with commas are left out")
}

/// How many, as a status counts.
fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How many servers, in words.
fn servers(number: usize) -> String {
    format!("{number} server{}", if number == 1 { "" } else { "s" })
}

/// A number of seconds from a spec.
fn seconds(number: i64) -> Duration {
    Duration::from_secs(number.max(1).unsigned_abs())
}

/// How long a job stays after its end, from `ttlSecondsAfterFinished`.
fn time_to_live(seconds: Option<i64>) -> Option<Duration> {
    seconds.map(|seconds| Duration::from_secs(seconds.max(0).unsigned_abs()))
}

/// Largest number of servers or cores that a status takes.
const MOST: i64 = 1_000_000_000;

/// A number of servers or cores as a status takes it, whatever the cloud says.
pub fn figure(number: i64) -> i64 {
    number.clamp(0, MOST)
}

/// A moment given in milliseconds since 1970, in whole seconds as the API server stores it. The cloud
/// says 0 where it means that there is none.
fn time(millis: i64) -> Option<Time> {
    let seconds = Some(millis.div_euclid(1000)).filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok().map(Time)
}

#[cfg(test)]
mod tests {
    use sas_client::action::Effect;

    use super::*;
    use crate::recovery::TABLE;

    #[test]
    fn every_kind_names_its_actions_and_every_write_has_a_row() {
        let kinds: Vec<_> = sas_api::KINDS.iter().map(|info| info.kind).collect();
        assert_eq!(kinds, ACTIONS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
        for (kind, actions) in ACTIONS {
            let info = sas_api::KINDS.iter().find(|info| info.kind == *kind).unwrap();
            assert_eq!(
                actions.iter().any(|action| action.effect == Effect::Write),
                info.writes,
                "{kind}"
            );
        }
        let actions = ACTIONS.iter().flat_map(|(_, actions)| *actions);
        for action in actions.filter(|action| action.effect == Effect::Write) {
            let rows = TABLE.iter().filter(|row| row.action == action.name);
            assert_eq!(rows.count(), 1, "{}", action.name);
        }
    }

    #[test]
    fn no_kind_may_delete() {
        assert!(
            ram_actions()
                .iter()
                .all(|(_, actions)| actions.iter().all(|name| !name.contains(":Delete")))
        );
    }
}
