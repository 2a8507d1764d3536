//! The operations on alerts: what each needs and what it leads to, and which of them an alert
//! offers. The vendor publishes the codes; editions and preconditions are this simulator's guess.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Seen;
use crate::world::{Alert, DataCentre, Edition, EventStatus};

/// What an operation code stands for.
#[derive(Debug)]
pub struct Operation {
    /// Code on the wire.
    pub code: &'static str,
    /// The weakest edition that may use it.
    pub edition: Edition,
    /// Whether the agent has to carry it out, so that it fails with `AgentOffline`.
    pub needs_agent: bool,
    /// Whether it ends a process, so that it fails with `ProcessNotExist`.
    pub ends_process: bool,
    /// Whether it puts the file into quarantine.
    pub quarantines: bool,
    /// What the alert's status becomes.
    pub becomes: EventStatus,
    /// The status that it takes back, for operations that undo.
    pub undoes: Option<EventStatus>,
}

const fn plain(code: &'static str, becomes: EventStatus) -> Operation {
    Operation {
        code,
        edition: Edition::FREE,
        needs_agent: false,
        ends_process: false,
        quarantines: false,
        becomes,
        undoes: None,
    }
}

const fn undoing(code: &'static str, undoes: EventStatus) -> Operation {
    Operation {
        undoes: Some(undoes),
        ..plain(code, EventStatus::PENDING)
    }
}

const fn by_agent(code: &'static str, edition: Edition) -> Operation {
    Operation {
        edition,
        needs_agent: true,
        ..plain(code, EventStatus::HANDLED)
    }
}

/// All operations.
const ALL: [Operation; 20] = [
    plain("ignore", EventStatus::IGNORED),
    plain("manual_handled", EventStatus::HANDLED),
    plain("mark_mis_info", EventStatus::FALSE_POSITIVE),
    plain("advance_mark_mis_info", EventStatus::FALSE_POSITIVE),
    plain("defense_mark_mis_info", EventStatus::FALSE_POSITIVE),
    undoing("rm_mark_mis_info", EventStatus::FALSE_POSITIVE),
    undoing("rm_defense_mark_mis_info", EventStatus::FALSE_POSITIVE),
    undoing("cancle_manual", EventStatus::HANDLED),
    Operation {
        edition: Edition::ADVANCED,
        ..plain("block_ip", EventStatus::HANDLED)
    },
    Operation {
        edition: Edition::ADVANCED,
        ..plain("disable_malicious_defense", EventStatus::HANDLED)
    },
    Operation {
        ends_process: true,
        ..by_agent("kill_process", Edition::ANTI_VIRUS)
    },
    Operation {
        ends_process: true,
        quarantines: true,
        ..by_agent("kill_and_quara", Edition::ANTI_VIRUS)
    },
    Operation {
        ends_process: true,
        ..by_agent("kill_virus", Edition::ANTI_VIRUS)
    },
    Operation {
        quarantines: true,
        ..by_agent("virus_quara", Edition::ANTI_VIRUS)
    },
    Operation {
        quarantines: true,
        ..by_agent("virus_quara_bin", Edition::ANTI_VIRUS)
    },
    Operation {
        quarantines: true,
        ..by_agent("quara", Edition::ANTI_VIRUS)
    },
    by_agent("cleanup", Edition::ANTI_VIRUS),
    by_agent("stop_container", Edition::ULTIMATE),
    Operation {
        ends_process: true,
        ..by_agent("kill_container_process", Edition::ULTIMATE)
    },
    // Only the console can use it; an alert offers it only where the world says so.
    plain(CONSOLE_ONLY, EventStatus::HANDLED),
];

const CONSOLE_ONLY: &str = "client_problem_check";

/// The codes of all operations.
pub fn operation_codes() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|operation| operation.code)
}

impl Operation {
    /// The operation of this code.
    pub fn find(code: &str) -> Option<&'static Self> {
        ALL.iter().find(|operation| operation.code == code)
    }

    /// Whether the API refuses it although an alert may offer it.
    pub fn is_console_only(&self) -> bool {
        self.code == CONSOLE_ONLY
    }

    /// Whether it needs a `subOperation` that says what to do with process and file.
    pub fn has_sub_operation(&self) -> bool {
        matches!(self.code, "kill_and_quara" | "virus_quara" | "virus_quara_bin")
    }
}

/// What an alert offers now, by code, and whether the user may use it.
pub fn offered(centre: &DataCentre, seen: &Seen<'_>, now: Timestamp) -> BTreeMap<String, bool> {
    let alert = seen.alert;
    let idle = !alert.is_being_handled(now);
    if seen.status.is_dealt_with() {
        let undoing = undoing_last(seen, now).map(|operation| (operation.code.to_owned(), idle));
        return undoing.into_iter().collect();
    }
    let held = edition(centre, alert, now);
    let mut codes: BTreeMap<String, bool> = derived(alert)
        .into_iter()
        .map(|code| (code.to_owned(), true))
        .collect();
    codes.extend(alert.operations.clone());
    for (code, may_use) in &mut codes {
        let needed = Operation::find(code).map_or(Edition::FREE, |operation| operation.edition);
        *may_use &= idle && held.strength() >= needed.strength();
    }
    codes
}

/// The edition that decides: the subscription's best one or what the server itself is bound to.
fn edition(centre: &DataCentre, alert: &Alert, now: Timestamp) -> Edition {
    let quotas = centre.active_subscription(now).into_iter();
    let bought = quotas.flat_map(|subscription| subscription.quotas.keys().copied());
    let server = centre.assets.get(&alert.uuid);
    let bound = server.map(|asset| centre.visible_authorisation(asset, now).edition);
    Edition::strongest(bought.chain(bound))
}

/// The operations that follow from what the alert is about.
fn derived(alert: &Alert) -> Vec<&'static str> {
    let mut codes = vec![
        "ignore",
        "manual_handled",
        "mark_mis_info",
        "advance_mark_mis_info",
    ];
    if alert.source_ip.is_some() {
        codes.push("block_ip");
    }
    if alert.process.is_some() {
        codes.push("kill_process");
    }
    if alert.file.is_some() {
        let of_file = [
            "kill_and_quara",
            "virus_quara",
            "virus_quara_bin",
            "quara",
            "kill_virus",
            "cleanup",
        ];
        codes.extend(of_file);
    }
    if alert.container.is_some() {
        codes.extend(["stop_container", "kill_container_process"]);
    }
    codes
}

/// The operation that takes back how the alert was handled.
fn undoing_last(seen: &Seen<'_>, now: Timestamp) -> Option<&'static Operation> {
    let last = seen.alert.last_handling(now)?;
    let code = match last.operation.as_str() {
        "manual_handled" => "cancle_manual",
        "mark_mis_info" | "advance_mark_mis_info" => "rm_mark_mis_info",
        "defense_mark_mis_info" => "rm_defense_mark_mis_info",
        _ => return None,
    };
    Operation::find(code).filter(|operation| operation.undoes == Some(seen.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_once() {
        for operation in &ALL {
            let same = ALL.iter().filter(|other| other.code == operation.code);
            assert_eq!(same.count(), 1, "{}", operation.code);
        }
    }
}
