//! SasAlertReport: the alerts that a selector means, each with the operation that is recommended for it. It
//! only reads: what is recommended becomes a plan in a resource of its own.

mod mask;

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use sas_api::alerts::AlertLevel;
use sas_api::kinds::SasAlertReport;
use sas_api::kinds::alert_report::{LevelCount, Recommended, ReportedAlert, SasAlertReportStatus};
use sas_api::text::shown as shown_text;
use sas_client::action::ActionInfo;
use sas_client::actions::{DescribeSuspEvents, GetCallerIdentity};
use sas_engine::{Cloud, Report, Unavailable};

use self::mask::masked;
use super::figure;
use super::report::{Age, fit, look, whole_second};
use crate::alerts::recommendation::{Advice, RecommendationList, RecommendationTable};
use crate::alerts::{self, Alert, Listed, Query, types_in_words};
use crate::errand::Pass;
use crate::sas::Sas;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<DescribeSuspEvents>(),
];

/// Room for the list of alerts, in bytes of JSON; with all else an object stays below 200 KB.
const LIST_BYTES: usize = 120_000;
/// What is counted for a level that is none of the known ones.
const OTHER: &str = "other";

/// What a look at the cloud brings.
pub enum Observed {
    /// The last look still serves.
    Kept,
    /// What was found.
    Looked(Looked),
}

/// What was found.
pub struct Looked {
    listed: Listed,
    recommendations: RecommendationList,
    now: Timestamp,
}

impl Report<Sas> for SasAlertReport {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        age(self).refresh()
    }

    async fn observe(&self, sas: &Sas) -> Result<Observed, Unavailable> {
        let now = sas.now();
        if !age(self).is_due(self, now) {
            return Ok(Observed::Kept);
        }
        let query = Query {
            centre: self.spec.data_centre.unwrap_or(sas.home()),
            selector: self.spec.selector.clone().unwrap_or_default(),
            state: self.spec.state,
            language: self.spec.language,
            now,
        };
        let pass = Pass::new(self.uid().unwrap_or_default(), sas.asked(false));
        Ok(Observed::Looked(Looked {
            listed: alerts::alerts(sas, &query, &pass).await?,
            recommendations: sas.recommendations().await,
            now,
        }))
    }

    fn report(&self, observed: &Observed, status: &mut SasAlertReportStatus) -> String {
        if let Observed::Looked(looked) = observed {
            let listed = &looked.listed;
            let table = looked.recommendations.table.as_deref();
            let matched = count(listed.alerts.len());
            let limit = usize::try_from(self.spec.limit).unwrap_or(0);
            let shown = listed.alerts.iter().take(limit);
            let mut shown: Vec<_> = shown
                .map(|alert| row(alert, self.spec.mask_addresses, table))
                .collect();
            fit(&mut shown, LIST_BYTES);
            status.matched = Some(matched);
            status.not_listed = Some(matched - count(shown.len())).filter(|number| *number > 0);
            status.unread = Some(count(listed.unread)).filter(|number| *number > 0);
            status.levels = levels(&listed.alerts);
            let selector = self.spec.selector.as_ref();
            status.other_types = selector.map_or_else(Vec::new, |selector| listed.instead(selector));
            status.alerts = shown;
            status.last_look = Some(look(self, looked.now));
        }
        summary(status)
    }
}

fn age(report: &SasAlertReport) -> Age<'_> {
    let status = report.status.as_ref();
    Age {
        look: status.and_then(|status| status.last_look.as_ref()),
        common: status.map(|status| &status.common),
        is_partial: false,
        interval: super::seconds(report.spec.refresh_interval_seconds),
    }
}

/// An alert as it stands in the status.
fn row(alert: &Alert, mask: bool, table: Option<&RecommendationTable>) -> ReportedAlert {
    let text = |text: &str| {
        let text = if mask {
            Cow::Owned(masked(text))
        } else {
            Cow::Borrowed(text)
        };
        text.into_owned()
    };
    let some = |value: &str| (!value.is_empty()).then(|| text(value));
    let addresses = [&alert.internet_ip, &alert.intranet_ip];
    ReportedAlert {
        id: alert.id.to_string(),
        name: text(&alert.name),
        type_: text(&alert.type_name),
        level: alert.level.clone(),
        status: alert.status.to_string(),
        server: some(&alert.server),
        uuid: (!alert.uuid.is_empty()).then(|| alert.uuid.clone()),
        addresses: addresses
            .into_iter()
            .filter_map(|address| some(address))
            .collect(),
        first_time: alert.first.map(whole_second),
        last_time: alert.last.map(whole_second),
        recommended: table.and_then(|table| recommended(alert, table)),
    }
}

/// What the table proposes for an alert. Which operations the cloud allows for it is asked when somebody wants
/// to handle it, so everything counts as allowed here.
fn recommended(alert: &Alert, table: &RecommendationTable) -> Option<Recommended> {
    let still_open = alert.status.is_open() != Some(false);
    let Advice::Do(advice) = table.advise(alert, |_| true) else {
        return None;
    };
    still_open.then(|| Recommended {
        operation: advice.operation.as_str().to_owned(),
        reason: shown_text(advice.reason, 512),
    })
}

fn levels(alerts: &[Alert]) -> Vec<LevelCount> {
    let known = AlertLevel::ALL.map(AlertLevel::as_str);
    let level = |alert: &Alert| {
        known
            .into_iter()
            .find(|level| alert.level == *level)
            .unwrap_or(OTHER)
    };
    let number = |wanted: &str| count(alerts.iter().filter(|alert| level(alert) == wanted).count());
    let counts = known.into_iter().chain([OTHER]).map(|level| LevelCount {
        level: level.to_owned(),
        alerts: number(level),
    });
    counts
        .filter(|count| count.level != OTHER || count.alerts > 0)
        .collect()
}

fn count(number: usize) -> i64 {
    figure(i64::try_from(number).unwrap_or(i64::MAX))
}

fn summary(status: &SasAlertReportStatus) -> String {
    let matched = status.matched.unwrap_or(0);
    let alerts = if matched == 1 { "alert" } else { "alerts" };
    let levels = status.levels.iter().filter(|count| count.alerts > 0);
    let levels: Vec<_> = levels
        .map(|count| format!("{} {}", count.alerts, count.level))
        .collect();
    let levels = match levels.as_slice() {
        [] => String::new(),
        levels => format!(": {}", levels.join(", ")),
    };
    let not_listed = status
        .not_listed
        .map(|number| format!("; {number} of them not listed"));
    let unread = status
        .unread
        .map(|number| format!("; {number} more were not read"));
    let instead = match status.other_types.as_slice() {
        [] => String::new(),
        types => format!("; {}", types_in_words(types)),
    };
    format!(
        "{matched} {alerts}{levels}{}{}{instead}",
        not_listed.unwrap_or_default(),
        unread.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests;
