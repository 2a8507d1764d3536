//! What is done about an alert to take an earlier operation back: a pure function of the alert, what the cloud
//! offers for it, and the files in quarantine.

use sas_api::alerts::AlertStatus;
use sas_api::kinds::alert_action::AlertOperation;
use sas_api::text::shown;

use super::choose::{Choice, Detail, Fate};
use super::look::Found;
use super::quarantine::{File, FileState};
use crate::alerts::Alert;

/// Longest list of files in a message, in bytes.
const FILES_BYTES: usize = 300;

/// What is done to take something back by this operation.
pub(super) fn take_back(operation: AlertOperation, alert: &Alert, found: &Found) -> Fate {
    match operation {
        AlertOperation::CancelIgnore => cancel_ignore(alert),
        AlertOperation::RestoreFile => restore(alert, found),
        AlertOperation::RmMarkMisInfo if found.rules.as_ref().is_none_or(|rules| !rules.is_whole()) => {
            Fate::Left(
                "the account has more whitelist rules than can be looked at, so that nobody can say which of them \
                 would go; take the alert off the whitelist in the console"
                    .to_owned(),
            )
        }
        _ => by_operation(operation, alert, found),
    }
}

fn cancel_ignore(alert: &Alert) -> Fate {
    if alert.status == AlertStatus::IGNORED {
        return act(AlertOperation::CancelIgnore, Detail::Plain);
    }
    Fate::Left(format!(
        "it is not ignored any more: {} {}",
        alert.status, alert.operation_result
    ))
}

fn restore(alert: &Alert, found: &Found) -> Fate {
    let files = found.files.iter().flat_map(|files| files.values());
    let of_alert: Vec<&File> = files.filter(|file| file.is_of(alert)).collect();
    let held: Vec<&File> = of_alert
        .iter()
        .copied()
        .filter(|file| file.is_in_quarantine())
        .collect();
    match held.as_slice() {
        [file] => act(
            AlertOperation::RestoreFile,
            Detail::File {
                id: file.id,
                md5: file.md5.clone(),
                path: file.path.clone(),
            },
        ),
        [] if of_alert.iter().any(|file| file.state == FileState::Moving) => Fate::Busy,
        [] if of_alert.iter().any(|file| file.state == FileState::Returned) => {
            Fate::Left("its file is no longer in quarantine: it was given back".to_owned())
        }
        [] => Fate::Left("no file of it is in quarantine".to_owned()),
        several => {
            let each: Vec<_> = several
                .iter()
                .map(|file| format!("{} ({})", file.path, file.id))
                .collect();
            Fate::Left(format!(
                "{} files of it are in quarantine, and which one is meant only a person can say: {}; give it back in \
                 the console",
                several.len(),
                shown(&each.join(", "), FILES_BYTES)
            ))
        }
    }
}

/// The cloud offers these for handled alerts in some cases only; where it names none, the alert itself says
/// what was done.
fn by_operation(operation: AlertOperation, alert: &Alert, found: &Found) -> Fate {
    let code = operation.as_str();
    if alert.status.is_open() == Some(true) {
        return Fate::Left("nobody has dealt with it, so there is nothing to take back".to_owned());
    }
    let may = match found.offers.get(&alert.id) {
        Some(offer) => offer.may(operation) == Some(true),
        None if operation == AlertOperation::RmMarkMisInfo => alert.status == AlertStatus(8),
        None => alert.status == AlertStatus(32) && alert.operation_result.starts_with("manual_handled."),
    };
    if may {
        act(operation, Detail::Plain)
    } else {
        Fate::Left(format!(
            "'{code}' does not fit how it was handled: {} {}",
            alert.status, alert.operation_result
        ))
    }
}

fn act(operation: AlertOperation, detail: Detail) -> Fate {
    Fate::Act(Choice {
        operation,
        detail,
        reason: None,
    })
}
