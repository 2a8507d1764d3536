//! What the account may bind: the licences of its subscription, and whether pay-as-you-go of servers is
//! on. Free licences change by the hour, so they guard a plan and never enter it.

use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_client::actions::{AuthSummary, VersionConfig, VersionSummary};

/// Number of an account with nothing but value-added services.
const VALUE_ADDED_ONLY: i64 = 10;
/// The pay-as-you-go module of servers.
const POST_HOST: &str = "POST_HOST";
/// `PostPayStatus` of an account with unpaid bills.
const ARREARS: i64 = 2;

/// What the account may bind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entitlement {
    pub(super) subscription: Option<Subscription>,
    pub(super) pay_as_you_go: Option<PayAsYouGo>,
}

/// A subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subscription {
    pub(super) quotas: Vec<Quota>,
    /// The cloud allows to take a licence off at once.
    pub(super) may_unbind: bool,
}

/// Licences of one edition. A number that the cloud does not say is absent and guards nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) edition: Edition,
    pub(super) by_server: bool,
    pub(super) by_core: bool,
    pub(super) servers_free: Option<i64>,
    pub(super) cores_free: Option<i64>,
}

/// Pay-as-you-go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PayAsYouGo {
    pub(super) arrears: bool,
    /// The module of servers is on.
    pub(super) host_on: bool,
    /// The account still holds the edition Advanced, which is not sold any more.
    pub(super) holds_advanced: bool,
}

impl Entitlement {
    /// What two answers of the cloud say.
    pub(super) fn of(version: &VersionConfig, summary: &AuthSummary) -> Self {
        Self {
            subscription: subscription(version, summary),
            pay_as_you_go: pay_as_you_go(version),
        }
    }

    /// The ways in which a server can be paid.
    pub(super) fn ways(&self) -> Vec<BillingMode> {
        let subscription = self.subscription.as_ref().map(|_| BillingMode::Subscription);
        let by_use = self.pay_as_you_go.as_ref().filter(|contract| contract.host_on);
        subscription
            .into_iter()
            .chain(by_use.map(|_| BillingMode::PayAsYouGo))
            .collect()
    }
}

impl Subscription {
    /// The licences of an edition.
    pub(super) fn quota(&self, edition: Edition) -> Option<&Quota> {
        self.quotas.iter().find(|quota| quota.edition == edition)
    }
}

fn subscription(version: &VersionConfig, summary: &AuthSummary) -> Option<Subscription> {
    let quotas: Vec<_> = summary.version_summary.iter().filter_map(quota).collect();
    let bought = version.instance_id.as_deref().is_some_and(|id| !id.is_empty());
    let paid = version
        .version
        .is_some_and(|version| version > Edition::Free.version() && version != VALUE_ADDED_ONLY);
    (!quotas.is_empty() || (bought && paid)).then_some(Subscription {
        quotas,
        may_unbind: summary.allow_user_unbind == Some(1),
    })
}

fn quota(row: &VersionSummary) -> Option<Quota> {
    let edition = row
        .version
        .and_then(Edition::from_version)
        .filter(|edition| *edition != Edition::Free)?;
    let (by_server, by_core) = match row.auth_bind_type.as_deref() {
        Some("CORE") => (false, true),
        Some("ASSET_AND_CORE") => (true, true),
        _ => (true, false),
    };
    let left = |total: Option<i64>, used: Option<i64>| Some(total?.saturating_sub(used?).max(0));
    Some(Quota {
        edition,
        by_server,
        by_core,
        servers_free: row
            .unused_ecs_auth_count
            .or(row.un_used_count)
            .or_else(|| left(row.total_ecs_auth_count, row.used_ecs_count)),
        cores_free: row
            .unused_core_auth_count
            .or_else(|| left(row.total_core_auth_count, row.used_core_count)),
    })
}

fn pay_as_you_go(version: &VersionConfig) -> Option<PayAsYouGo> {
    let opened = version
        .post_pay_instance_id
        .as_deref()
        .is_some_and(|id| !id.is_empty());
    (opened || version.is_postpay == Some(true)).then(|| PayAsYouGo {
        arrears: version.post_pay_status == Some(ARREARS),
        host_on: version
            .modules()
            .unwrap_or_default()
            .get(POST_HOST)
            .copied()
            .unwrap_or(false),
        holds_advanced: version.post_pay_host_version == Some(Edition::Advanced.version()),
    })
}
