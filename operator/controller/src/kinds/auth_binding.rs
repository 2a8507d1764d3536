//! SasAuthBinding: which edition servers have, by subscription or pay-as-you-go, kept that way. Both
//! actions set a target state and take a client token, so a repeat does no harm; what cannot be taken
//! back is the licence of a subscription, for 30 days, and the protection that a server loses meanwhile.

mod change;
mod cost;
mod entitlement;
mod guards;
mod plan;
mod settle;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Resource;
use sas_api::account::DataCentre;
use sas_api::kinds::SasAuthBinding;
use sas_api::kinds::auth_binding::{Edition, SasAuthBindingStatus};
use sas_api::plan::{NamedValue, Plan};
use sas_api::status::{GateStatus, Receipt};
use sas_api::{Reason, annotations};
use sas_client::action::ActionInfo;
use sas_client::actions::{
    BindAuthToMachine, DescribeCloudCenterInstances, DescribeVersionConfig, GetAuthSummary,
    GetCallerIdentity, UpdatePostPaidBindRel,
};
use sas_engine::{Blocked, Cloud, Made, Operation, Planned, Reply, Settled, Unavailable};

use self::entitlement::Entitlement;
use crate::assets::{Id, Search, Server, targets_match};
use crate::claims::{Claim, older_claim};
use crate::prices::PriceList;
use crate::sas::{CentreList, Sas};
use crate::shared::Asked;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<DescribeCloudCenterInstances>(),
    ActionInfo::of::<GetAuthSummary>(),
    ActionInfo::of::<DescribeVersionConfig>(),
    ActionInfo::of::<BindAuthToMachine>(),
    ActionInfo::of::<UpdatePostPaidBindRel>(),
];

/// Fields of a reply that are kept.
const KEPT: &[&str] = &["ResultCode", "BindCount", "UnBindCount"];
/// Names that a status lists.
const LISTED: usize = 50;
/// Ids that a message names.
const NAMED: usize = 5;

/// What a look at the cloud brings.
pub struct Observed {
    /// The servers that the spec means, by uuid.
    servers: Vec<Arc<Server>>,
    /// Ids of the spec that the cloud does not list.
    missing: Vec<String>,
    /// The servers of the calls that are being verified, whether the spec still means them or not.
    verified: Vec<Arc<Server>>,
    entitlement: Entitlement,
    claim: Option<Claim>,
    prices: PriceList,
    centre: DataCentre,
    now: Timestamp,
}

impl Operation<Sas> for SasAuthBinding {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        super::seconds(self.spec.refresh_interval_seconds)
    }

    async fn observe(&self, sas: &Sas) -> Result<Observed, Unavailable> {
        let centre = self.spec.data_centre.unwrap_or(sas.home());
        let asked = sas.asked(is_about_to_act(self));
        let summary = sas.summary(centre, asked).await?;
        let version = sas.version(centre, asked).await?;
        let servers = matched(self, sas, centre, asked).await?;
        let verified: BTreeSet<Id> = in_flight(self).map(Id::Uuid).collect();
        let verified = sas
            .servers(centre)
            .by_id(&CentreList { sas, centre }, &verified, asked)
            .await?;
        let others = sas.other_bindings(self);
        Ok(Observed {
            missing: missing(self, &servers),
            claim: older_claim(self, others.iter().map(Arc::as_ref), &servers, sas.home()),
            servers,
            verified,
            entitlement: Entitlement::of(&version, &summary),
            prices: sas.prices().await,
            centre,
            now: sas.now(),
        })
    }

    fn plan(&self, observed: &Observed, held: Option<&Plan>) -> Planned {
        if let Some(blocked) = unclear_targets(observed) {
            return Planned::Blocked(blocked);
        }
        plan::plan(self, observed, held)
    }

    fn receipt(&self, _made: &Made<'_>, reply: Option<&Reply>) -> Receipt {
        let Some(reply) = reply else {
            return Receipt::default();
        };
        let number = |name: &str| {
            let value = reply.body.get(name)?;
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
            Some(NamedValue::new(name, number.to_string()))
        };
        Receipt {
            request_id: Some(reply.request_id.clone()),
            fields: KEPT.iter().filter_map(|name| number(name)).collect(),
        }
    }

    fn settle(&self, _plan: &Plan, made: &[Made<'_>], observed: &Observed) -> Settled {
        settle::settle(made, &observed.verified)
    }

    fn report(&self, observed: &Observed, status: &mut SasAuthBindingStatus) -> String {
        let changes = change::needed(&self.spec, &observed.servers);
        let in_sync = observed.servers.len() - changes.len();
        status.matched = Some(count(observed.servers.len()));
        status.in_sync = Some(count(in_sync));
        status.locked_until_time = latest_lock(observed);
        status.not_in_plan = not_in_plan(&changes, &status.gate);
        let paid = self.spec.mode.filter(|_| self.spec.edition != Edition::Free);
        let mode = paid.map_or(String::new(), |mode| {
            format!(" ({})", crate::assets::mode_name(mode))
        });
        format!(
            "{in_sync} of {} have {}{mode}",
            servers(observed.servers.len()),
            self.spec.edition.as_str()
        )
    }
}

/// All servers that the spec means.
async fn matched(
    object: &SasAuthBinding,
    sas: &Sas,
    centre: DataCentre,
    asked: Asked,
) -> Result<Vec<Arc<Server>>, Unavailable> {
    let (targets, list) = (&object.spec.targets, CentreList { sas, centre });
    let ids = targets.uuids.iter().cloned().map(Id::Uuid);
    let ids = ids
        .chain(targets.instance_ids.iter().cloned().map(Id::Instance))
        .collect();
    let mut servers = sas.servers(centre).by_id(&list, &ids, asked).await?;
    if let Some(selector) = &targets.selector {
        let found = sas
            .servers(centre)
            .search(&list, &Search::of(selector), asked)
            .await?;
        servers.extend(found.iter().cloned());
    }
    servers.retain(|server| targets_match(targets, server));
    servers.sort_by(|a, b| a.uuid.cmp(&b.uuid));
    servers.dedup_by(|a, b| a.uuid == b.uuid);
    Ok(servers)
}

/// Ids of the spec that no server has.
fn missing(object: &SasAuthBinding, servers: &[Arc<Server>]) -> Vec<String> {
    let targets = &object.spec.targets;
    let uuids = targets
        .uuids
        .iter()
        .filter(|uuid| !servers.iter().any(|server| server.uuid == **uuid));
    let instances = targets
        .instance_ids
        .iter()
        .filter(|id| !servers.iter().any(|server| server.instance_id == **id));
    uuids.chain(instances).cloned().collect()
}

/// Why it is not clear which servers are meant, or that this resource decides about them.
fn unclear_targets(observed: &Observed) -> Option<Blocked> {
    let blocked = |reason, message| Some(Blocked { reason, message });
    if !observed.missing.is_empty() {
        let named = observed
            .missing
            .iter()
            .take(NAMED)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let more = observed.missing.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let message = format!(
            "Security Center lists no server {named}{more} in {}; correct `spec.targets` or `spec.dataCentre`",
            observed.centre.as_str()
        );
        return blocked(Reason::TargetNotFound, message);
    }
    if observed.servers.is_empty() {
        let message = format!(
            "`spec.targets.selector` matches no server in {}; correct it",
            observed.centre.as_str()
        );
        return blocked(Reason::NoTargets, message);
    }
    let claim = observed.claim.as_ref()?;
    let message = format!(
        "the older SasAuthBinding {} decides about {}; take the server out of one of the two",
        claim.owner, claim.server
    );
    blocked(Reason::TargetClaimed, message)
}

/// UUIDs of the calls that are being made or verified.
fn in_flight(object: &SasAuthBinding) -> impl Iterator<Item = String> {
    let gate = object.status.as_ref().map(|status| &status.gate);
    let open = gate
        .and_then(|gate| gate.execution.as_ref())
        .is_some_and(|execution| execution.outcome.is_none());
    let plan = gate.and_then(|gate| gate.plan.as_ref()).filter(|_| open);
    plan.into_iter()
        .flat_map(|plan| &plan.plan.calls)
        .flat_map(settle::uuids_of)
}

/// Whether this very pass may send a call or verifies one: then no cached answer will do.
fn is_about_to_act(object: &SasAuthBinding) -> bool {
    let Some(gate) = object.status.as_ref().map(|status| &status.gate) else {
        return false;
    };
    let executing = gate
        .execution
        .as_ref()
        .is_some_and(|execution| execution.outcome.is_none());
    let named = annotations::get(object.meta().annotations.as_ref(), annotations::APPROVED_PLAN);
    executing
        || gate
            .plan
            .as_ref()
            .is_some_and(|plan| named == Some(plan.hash.as_str()) && is_waiting(gate))
}

/// Whether the published plan has not been executed.
fn is_waiting(gate: &GateStatus) -> bool {
    let executed = gate
        .execution
        .as_ref()
        .filter(|execution| execution.outcome.is_some());
    gate.plan
        .as_ref()
        .is_some_and(|plan| executed.is_none_or(|execution| execution.epoch != plan.epoch))
}

/// Names of servers that need the change and are not part of the plan that waits.
fn not_in_plan(changes: &[Arc<Server>], gate: &GateStatus) -> Vec<String> {
    let Some(plan) = gate
        .plan
        .as_ref()
        .filter(|plan| is_waiting(gate) && plan.full_digest.is_none())
    else {
        return Vec::new();
    };
    let later = changes
        .iter()
        .filter(|server| !plan.plan.targets.iter().any(|target| target.uuid == server.uuid));
    later
        .take(LISTED)
        .map(|server| server.label().to_owned())
        .collect()
}

/// The latest date before which a licence of these servers cannot be taken off.
fn latest_lock(observed: &Observed) -> Option<Time> {
    let locks = observed
        .servers
        .iter()
        .filter_map(|server| guards::locked_until(server, &observed.entitlement));
    let latest = locks.filter(|lock| *lock > observed.now).max()?;
    Timestamp::from_second(latest.as_second()).ok().map(Time)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn servers(number: usize) -> String {
    format!("{number} server{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
