//! SasAuthBinding: which edition servers have, by subscription or pay-as-you-go, kept that way. Both
//! actions set a target state and take a client token, so a repeat does no harm; what cannot be taken
//! back is the licence of a subscription, for 30 days, and the protection that a server loses meanwhile.

mod change;
mod cost;
mod entitlement;
mod guards;
mod look;
mod plan;
mod settle;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sas_api::account::DataCentre;
use sas_api::kinds::SasAuthBinding;
use sas_api::kinds::auth_binding::{Edition, SasAuthBindingStatus};
use sas_api::plan::{NamedValue, Plan};
use sas_api::status::{GateStatus, Receipt};
use sas_client::action::ActionInfo;
use sas_client::actions::{
    BindAuthToMachine, DescribeCloudCenterInstances, DescribeVersionConfig, GetAuthSummary,
    GetCallerIdentity, UpdatePostPaidBindRel,
};
use sas_engine::{Cloud, Made, Operation, Planned, Reply, Settled, Unavailable, is_about_to_act, is_waiting};

use self::entitlement::Entitlement;
use self::look::Verified;
use super::{count, servers};
use crate::assets::{Server, missing};
use crate::claims::{Claim, decoded, older_claim};
use crate::prices::PriceList;
use crate::sas::Sas;

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

/// What a look at the cloud brings.
pub struct Observed {
    /// The servers that the spec means, by uuid.
    servers: Vec<Arc<Server>>,
    /// Ids of the spec that the cloud does not list.
    missing: Vec<String>,
    verified: Verified,
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
        let servers = sas.servers(centre).by_targets(&self.spec.targets, asked).await?;
        let verified = look::in_flight(self, sas, centre, asked, &servers).await?;
        let others = sas.other_bindings(self);
        Ok(Observed {
            missing: missing(&self.spec.targets, &servers),
            claim: older_claim(self, others.iter().filter_map(decoded), &servers, sas.home()),
            servers,
            verified,
            entitlement: Entitlement::of(&version, &summary),
            prices: sas.prices().await,
            centre,
            now: sas.now(),
        })
    }

    fn plan(&self, observed: &Observed, held: Option<&Plan>) -> Planned {
        if let Err(blocked) = guards::targets(observed) {
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

#[cfg(test)]
mod tests;
