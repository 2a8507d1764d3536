//! What is done about one alert: a pure function of the spec, the alert, what the cloud offers for it, and
//! the recommendation table. Only what the cloud allows is ever chosen.

use sas_api::alerts::AlertStatus;
use sas_api::kinds::alert_action::{AlertOperation, SasAlertActionSpec, SubOperation};

use super::offer::Offer;
use super::whitelist;
use crate::alerts::Alert;
use crate::alerts::recommendation::{Advice, RecommendationTable};

/// Result of an operation on a process that had ended.
pub(super) const PROCESS_NOT_EXIST: &str = ".ProcessNotExist";
/// The only thing that quarantine does.
const QUARANTINE: &str = "quaraFileByMd5andPath";

/// What is done about an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kinds) enum Fate {
    /// This.
    Act(Choice),
    /// Nothing: it is dealt with.
    Handled,
    /// Nothing now: another operation is under way.
    Busy,
    /// Nothing, for this reason.
    Left(String),
}

/// An operation with its parameters, and why it is this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kinds) struct Choice {
    pub(in crate::kinds) operation: AlertOperation,
    pub(in crate::kinds) detail: Detail,
    /// Why, where the spec does not say it itself.
    pub(in crate::kinds) reason: Option<String>,
}

/// Parameters of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::kinds) enum Detail {
    Plain,
    /// Seconds.
    Block(i64),
    SubOperation(&'static str),
    /// `MarkMissParam`, as it is sent.
    Rules(String),
    /// A file in quarantine.
    File {
        id: i64,
        md5: String,
        path: String,
    },
}

/// What is done about an alert that nobody has dealt with. `offer` is `None` where the cloud offers nothing, as for one that is handled.
pub(in crate::kinds) fn choose(
    spec: &SasAlertActionSpec,
    alert: &Alert,
    offer: Option<&Offer>,
    table: Option<&RecommendationTable>,
) -> Fate {
    match alert.status.is_open() {
        Some(false) => return Fate::Handled,
        Some(true) if alert.status != AlertStatus::PENDING => return Fate::Busy,
        _ => {}
    }
    let Some(offer) = offer else {
        return Fate::Left("the cloud names no operation for it".to_owned());
    };
    let (operation, reason) = match wanted(spec, alert, offer, table) {
        Ok(wanted) => wanted,
        Err(why) => return Fate::Left(why),
    };
    if let Err(why) = permitted(operation, offer) {
        return Fate::Left(why);
    }
    match detail(spec, alert, offer, operation, table) {
        Ok(detail) => Fate::Act(Choice {
            operation,
            detail,
            reason,
        }),
        Err(why) => Fate::Left(why),
    }
}

/// The operation, and why it is this one where the spec does not name it.
fn wanted(
    spec: &SasAlertActionSpec,
    alert: &Alert,
    offer: &Offer,
    table: Option<&RecommendationTable>,
) -> Result<(AlertOperation, Option<String>), String> {
    if spec.operation != AlertOperation::Recommended {
        let instead = AlertOperation::VirusQuaraBin;
        if spec.operation.ends_process() && is_without_process(alert) {
            let why = format!(
                "there was no process to end any more ({}); its file is put into quarantine instead",
                alert.operation_result
            );
            return Ok((instead, Some(why)));
        }
        return Ok((spec.operation, None));
    }
    let table = table.ok_or("there is no recommendation table")?;
    match table.advise(alert, |operation| offer.may(operation) == Some(true)) {
        Advice::Do(advice) => Ok((advice.operation, Some(advice.reason.to_owned()))),
        Advice::NotAllowed(advice) => Err(format!(
            "'{}' is recommended ({}), and the cloud does not allow it",
            advice.operation.as_str(),
            advice.reason
        )),
        Advice::None => Err(format!(
            "nothing is recommended for alerts of the type '{}'; name an operation in `spec.operation`",
            alert.type_name
        )),
    }
}

/// Whether the last operation found no process, and the alert has not occurred again since.
fn is_without_process(alert: &Alert) -> bool {
    let again = match (alert.last, alert.operated) {
        (Some(last), Some(operated)) => last > operated,
        _ => false,
    };
    alert.operation_result.ends_with(PROCESS_NOT_EXIST) && !again
}

fn permitted(operation: AlertOperation, offer: &Offer) -> Result<(), String> {
    let code = operation.as_str();
    match offer.may(operation) {
        Some(true) if operation.replaces_rules() && !(offer.rules.is_empty() && offer.unreadable == 0) => {
            Err(format!(
                "'{code}' would replace {} whitelist rules; 'advance_mark_mis_info' keeps them",
                offer.rules.len() + offer.unreadable
            ))
        }
        Some(true) => Ok(()),
        Some(false) => Err(format!(
            "the cloud does not allow '{code}' for it: the edition or a permission is missing"
        )),
        None => Err(format!("the cloud does not offer '{code}' for it")),
    }
}

fn detail(
    spec: &SasAlertActionSpec,
    alert: &Alert,
    offer: &Offer,
    operation: AlertOperation,
    table: Option<&RecommendationTable>,
) -> Result<Detail, String> {
    let advice = table.map(|table| table.advise(alert, |one| one == operation));
    let advised = match advice {
        Some(Advice::Do(advice)) => Some(advice),
        _ => None,
    };
    Ok(match operation {
        AlertOperation::BlockIp => {
            let block = spec.block_ip.or(advised.and_then(|advice| advice.block_ip));
            let block = block.ok_or("`spec.blockIP` does not say for how long its address is blocked")?;
            Detail::Block(block.duration_seconds)
        }
        AlertOperation::KillAndQuara => {
            let said = spec.kill_and_quarantine;
            let kill = said.or(advised.and_then(|advice| advice.kill_and_quarantine));
            Detail::SubOperation(
                kill.map_or(SubOperation::KillAndQuarantine, |kill| kill.sub_operation)
                    .as_str(),
            )
        }
        AlertOperation::VirusQuara | AlertOperation::VirusQuaraBin => Detail::SubOperation(QUARANTINE),
        AlertOperation::AdvanceMarkMisInfo => {
            let whitelist = spec.whitelist.as_ref();
            let whitelist = whitelist.ok_or("`spec.whitelist` names no rules")?;
            Detail::Rules(whitelist::merged(offer, whitelist, &alert.uuid)?)
        }
        _ => Detail::Plain,
    })
}
