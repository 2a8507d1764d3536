//! Handles alerts: all of a call or none. The task, its results per alert, whitelist rules and
//! quarantined files are recorded at once, each with the time from which a reader sees it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Operation, Seen, Wanted, find, illegal_parameter, later, next_id, no_such_alert, offered};
use crate::gateway::Refusal;
use crate::world::{
    Alert, DataCentre, EventStatus, HandledAgain, Handling, MatchType, QuarantinedFile, SUCCESS, Step,
    WhitelistRule,
};

/// The first ids that are made up, of the size the vendor's examples have.
const FIRST_TASK: i64 = 29_051_101;
const FIRST_RULE: i64 = 410_001;
const FIRST_FILE: i64 = 3_921_701;

/// Handles the alerts and returns the `TaskId`.
pub fn handle(centre: &mut DataCentre, wanted: &Wanted, now: Timestamp) -> Result<i64, Refusal> {
    let mut planned = Vec::new();
    for id in &wanted.ids {
        let seen = find(centre, *id, now).ok_or_else(no_such_alert)?;
        check(centre, &seen, wanted, now)?;
        planned.push((*id, handling(centre, &seen, wanted, now)));
    }
    let task = next_task(centre);
    for (id, handling) in planned {
        if handling.succeeded() {
            take_effect(centre, id, wanted, &handling);
        }
        if let Some(alert) = centre.alerts.get_mut(&id) {
            alert.handlings.insert(task, handling);
        }
    }
    Ok(task)
}

/// Makes ignored alerts pending again; readers see it at once.
pub fn cancel_ignore(centre: &mut DataCentre, ids: &[i64], remark: &str, now: Timestamp) {
    let task = next_task(centre);
    let handling = Handling {
        operation: "cancel_ignore".to_owned(),
        started_at: now,
        pending_until: now,
        finished_at: now,
        result: SUCCESS.to_owned(),
        becomes: EventStatus::PENDING,
        remark: remark.to_owned(),
    };
    for id in ids {
        if let Some(alert) = centre.alerts.get_mut(id) {
            alert.handlings.insert(task, handling.clone());
        }
    }
}

fn next_task(centre: &DataCentre) -> i64 {
    let tasks = centre.alerts.values().flat_map(|alert| alert.handlings.keys());
    next_id(FIRST_TASK, tasks)
}

/// Whether the alert may be handled like this.
fn check(centre: &DataCentre, seen: &Seen<'_>, wanted: &Wanted, now: Timestamp) -> Result<(), Refusal> {
    let operation = wanted.operation;
    if operation.undoes.is_none() {
        if seen.status.is_dealt_with() || seen.alert.is_being_handled(now) {
            if centre.settings.alerts.handled_again == HandledAgain::Refuse {
                return Err(no_such_alert());
            }
        } else {
            check_offer(operation, &offered(centre, seen, now))?;
        }
    }
    let fields = seen.alert.mark_fields();
    let may_mark = |field: &String, operate| {
        let field = fields.get(field);
        field.is_some_and(|field| MatchType::supported(&field.value).contains(&operate))
    };
    let mut rules = wanted.rules.iter().flatten();
    if rules.all(|rule| may_mark(&rule.field, rule.operate)) {
        Ok(())
    } else {
        Err(illegal_parameter())
    }
}

fn check_offer(operation: &Operation, offered: &BTreeMap<String, bool>) -> Result<(), Refusal> {
    match offered.get(operation.code) {
        Some(true) if !operation.is_console_only() => Ok(()),
        Some(false) => Err(Refusal::new(400, "NoPermission", "no permission")),
        _ => {
            let message = "The operation is not supported by the security event.";
            Err(Refusal::new(400, "OperationNotSupported", message))
        }
    }
}

fn handling(centre: &DataCentre, seen: &Seen<'_>, wanted: &Wanted, now: Timestamp) -> Handling {
    let settings = &centre.settings.alerts;
    let result = result(centre, seen, wanted, now);
    let pending_until = later(now, settings.pending_seconds);
    let processing = seen
        .alert
        .processing_seconds
        .unwrap_or(settings.processing_seconds);
    Handling {
        operation: wanted.operation.code.to_owned(),
        started_at: now,
        pending_until,
        finished_at: later(pending_until, processing),
        becomes: if result == SUCCESS {
            wanted.operation.becomes
        } else {
            seen.status
        },
        result,
        remark: wanted.remark.clone(),
    }
}

/// `Success`, or the second half of the alert's error code.
fn result(centre: &DataCentre, seen: &Seen<'_>, wanted: &Wanted, now: Timestamp) -> String {
    let Operation {
        code,
        needs_agent,
        undoes,
        ..
    } = *wanted.operation;
    let alert = seen.alert;
    let undoable = || offered(centre, seen, now).get(code) == Some(&true);
    let process_runs = alert.process.as_ref().is_some_and(|process| process.running);
    let result = if let Some(result) = alert.results.get(code) {
        result
    } else if undoes.is_some() && !undoable() {
        "Failure"
    } else if needs_agent && !agent_is_online(centre, &alert.uuid, now) {
        "AgentOffline"
    } else if wanted.ends_process() && !process_runs {
        "ProcessNotExist"
    } else {
        SUCCESS
    };
    result.to_owned()
}

/// Whether the agent of a server can be told to do something.
pub fn agent_is_online(centre: &DataCentre, uuid: &str, now: Timestamp) -> bool {
    let server = centre.assets.get(uuid);
    server.is_some_and(|asset| asset.client(now).is_online())
}

/// Records what a successful handling leads to besides the alert's new status.
fn take_effect(centre: &mut DataCentre, id: i64, wanted: &Wanted, handling: &Handling) {
    let Some(alert) = centre.alerts.get(&id).cloned() else {
        return;
    };
    let from = handling.finished_at;
    match wanted.operation.code {
        "rm_mark_mis_info" => replace_rules(centre, &alert, from, Vec::new()),
        "mark_mis_info" => replace_rules(centre, &alert, from, identical_events(&alert, from)),
        "advance_mark_mis_info" => {
            if let Some(rules) = &wanted.rules {
                let rules = rules.iter().map(|rule| WhitelistRule {
                    uuid: rule.is_for_one_server().then(|| alert.uuid.clone()),
                    ..rule_for(&alert, &rule.field, rule.operate, &rule.field_value, from)
                });
                replace_rules(centre, &alert, from, rules.collect());
            }
        }
        _ => {}
    }
    if wanted.quarantines()
        && let Some(file) = &alert.file
    {
        let file = QuarantinedFile {
            alert_id: id,
            path: file.path.clone(),
            md5: file.md5.clone(),
            quarantine: Step {
                started_at: handling.started_at,
                finished_at: handling.finished_at,
                failed: false,
            },
            rollback: None,
        };
        let file_id = next_id(FIRST_FILE, centre.quarantined_files.keys());
        centre.quarantined_files.insert(file_id, file);
    }
}

/// Rules that events like this one fit, on this server.
fn identical_events(alert: &Alert, since: Timestamp) -> Vec<WhitelistRule> {
    let fields = alert.mark_fields().into_iter();
    fields
        .map(|(name, field)| WhitelistRule {
            uuid: Some(alert.uuid.clone()),
            ..rule_for(alert, &name, MatchType::StrEqual, &field.value, since)
        })
        .collect()
}

fn rule_for(alert: &Alert, field: &str, operate: MatchType, value: &str, since: Timestamp) -> WhitelistRule {
    let fields = alert.mark_fields();
    WhitelistRule {
        kind: alert.kind.clone(),
        event_name: alert.event_name.clone(),
        uuid: None,
        field: field.to_owned(),
        alias: fields
            .get(field)
            .map_or_else(String::new, |field| field.alias.clone()),
        operate,
        value: value.to_owned(),
        since,
        until: None,
    }
}

/// Ends all rules for alerts like this one and has others in their place.
fn replace_rules(centre: &mut DataCentre, alert: &Alert, from: Timestamp, rules: Vec<WhitelistRule>) {
    for rule in centre.whitelist_rules.values_mut() {
        if rule.until.is_none() && rule.is_for(alert) {
            rule.until = Some(from);
        }
    }
    // A rule of the same call that another alert of the call replaces was never in force.
    centre
        .whitelist_rules
        .retain(|_, rule| rule.until.is_none_or(|until| rule.since < until));
    for rule in rules {
        let id = next_id(FIRST_RULE, centre.whitelist_rules.keys());
        centre.whitelist_rules.insert(id, rule);
    }
}
