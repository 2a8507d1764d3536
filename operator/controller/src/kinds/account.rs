//! SasAccount: what the cloud says about an account, per data centre and in sum. It only reads. A data
//! centre that cannot be read says so in its own `errors` and does not blank the other one.

mod centre;

use std::time::Duration;

use k8s_controller::conditions::{self, ConditionStatus, DesiredCondition};
use sas_api::account::DataCentre;
use sas_api::kinds::SasAccount;
use sas_api::kinds::account::{Quota, SasAccountStatus};
use sas_api::{Reason, condition};
use sas_client::action::ActionInfo;
use sas_client::actions::{
    AssumeRole, AssumeRoleWithOidc, DescribeVersionConfig, GetAuthSummary, GetCallerIdentity,
    GetServerlessAuthSummary, ServerlessAuth,
};
use sas_engine::{Cloud, Report, Unavailable};

use self::centre::Centre;
use crate::sas::Sas;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<AssumeRole>(),
    ActionInfo::of::<AssumeRoleWithOidc>(),
    ActionInfo::of::<DescribeVersionConfig>(),
    ActionInfo::of::<GetAuthSummary>(),
    ActionInfo::of::<GetServerlessAuthSummary>(),
];

/// What a look at the cloud brings.
pub struct Observed {
    account_id: String,
    home: DataCentre,
    centres: Vec<Centre>,
}

impl Report<Sas> for SasAccount {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        super::seconds(self.spec.refresh_interval_seconds)
    }

    async fn observe(&self, sas: &Sas) -> Result<Observed, Unavailable> {
        let [first, second] = DataCentre::ALL;
        let (first, second) = futures::join!(look(sas, first), look(sas, second));
        let home = sas.home();
        let centres = vec![first, second];
        let observed = Observed {
            account_id: sas.account_id().to_owned(),
            home,
            centres,
        };
        observed.readable()
    }

    fn unavailable(&self, why: &Unavailable, status: &mut SasAccountStatus) {
        // Any other obstacle says nothing about the key.
        if why.reason == Reason::CredentialsNotReady {
            credentials_ready(self, status, ConditionStatus::False, why.reason, &why.message);
        }
    }

    fn report(&self, observed: &Observed, status: &mut SasAccountStatus) -> String {
        status.account_id = Some(observed.account_id.clone());
        status.data_centres = observed.centres.iter().map(Centre::status).collect();
        let home = status
            .data_centres
            .iter()
            .find(|centre| centre.name == observed.home);
        status.edition = home.and_then(|centre| centre.edition.clone());
        status.quota = sum(status
            .data_centres
            .iter()
            .filter_map(|centre| centre.quota.as_ref()));
        let message = "the cloud accepts the access key";
        credentials_ready(self, status, ConditionStatus::True, Reason::InSync, message);
        summary(observed, status)
    }
}

fn credentials_ready(
    account: &SasAccount,
    status: &mut SasAccountStatus,
    value: ConditionStatus,
    reason: Reason,
    message: &str,
) {
    let condition = DesiredCondition::new(condition::CREDENTIALS_READY, value, reason.as_str(), message);
    let condition = condition.observed_generation(account.metadata.generation);
    // Whether anything changed is judged by the whole status.
    let _ = conditions::set(&mut status.common.conditions, condition);
}

/// Reads one data centre, one answer after the other, so that a missing permission is met three times
/// at most.
async fn look(sas: &Sas, name: DataCentre) -> Centre {
    let asked = sas.asked(true);
    Centre {
        name,
        version: sas.version(name, asked).await,
        summary: sas.summary(name, asked).await,
        serverless: sas
            .read(&GetServerlessAuthSummary::default(), name)
            .await
            .map(|ServerlessAuth { data }| data.unwrap_or_default()),
    }
}

impl Observed {
    /// Itself, unless the home data centre gave no answer at all.
    fn readable(self) -> Result<Self, Unavailable> {
        let home = self.centres.iter().find(|centre| centre.name == self.home);
        match home.and_then(Centre::blank) {
            Some(error) => Err(error.clone()),
            None => Ok(self),
        }
    }
}

fn sum<'a>(quotas: impl Iterator<Item = &'a Quota>) -> Option<Quota> {
    quotas.fold(None, |sum: Option<Quota>, quota| {
        let sum = sum.unwrap_or_default();
        Some(Quota {
            servers_total: super::figure(sum.servers_total + quota.servers_total),
            servers_bound: super::figure(sum.servers_bound + quota.servers_bound),
            cores_total: super::figure(sum.cores_total + quota.cores_total),
            cores_bound: super::figure(sum.cores_bound + quota.cores_bound),
        })
    })
}

fn summary(observed: &Observed, status: &SasAccountStatus) -> String {
    let edition = status.edition.as_deref().unwrap_or("an unknown edition");
    let servers = status.quota.as_ref().map_or_else(String::new, |quota| {
        format!(
            ", {} of {} servers protected",
            quota.servers_bound, quota.servers_total
        )
    });
    let errors: Vec<_> = status
        .data_centres
        .iter()
        .filter_map(|centre| Some(format!("{}: {}", centre.name.as_str(), centre.errors.first()?)))
        .collect();
    let errors = if errors.is_empty() {
        String::new()
    } else {
        format!("; not all could be read: {}", errors.join("; "))
    };
    format!(
        "account {} has {edition} in {}{servers}{errors}",
        observed.account_id,
        observed.home.as_str()
    )
}

#[cfg(test)]
mod tests;
