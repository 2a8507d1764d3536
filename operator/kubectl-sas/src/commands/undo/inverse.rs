//! What takes back what a SasAlertAction did: a pure function of its spec and status. What has no inverse is
//! named along with the rest, so that the plan says of every alert what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{
    AlertOperation, AlertOutcome, OnFailure, SasAlertActionSpec, Undone, calls_of,
};
use sas_api::status::Phase;

/// What takes something back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Inverse {
    pub(super) spec: SasAlertActionSpec,
    /// Alerts that were handled and of which the status does not say how.
    unknown: usize,
}

/// What takes back what an action did, only about these alerts where some are named; or why nothing does.
pub(super) fn of(action: &SasAlertAction, only: &[String]) -> Result<Inverse, String> {
    let status = action.status.clone().unwrap_or_default();
    match status.common.phase {
        Some(Phase::Succeeded | Phase::Failed | Phase::OutcomeUnknown) => {}
        Some(phase) => return Err(format!("it has not come to its end ({phase:?})")),
        None => return Err("the operator has not seen it yet".to_owned()),
    }
    let mut done = done(action);
    let known: usize = done.values().map(BTreeSet::len).sum();
    let counted = status
        .counts
        .map_or(0, |counts| usize::try_from(counts.handled).unwrap_or(0));
    if known == 0 {
        return Err("it handled no alert".to_owned());
    }
    let mut unknown = counted.saturating_sub(known);
    if !only.is_empty() {
        narrow(&mut done, only)?;
        unknown = 0;
    }
    if done.keys().all(|operation| operation.inverse().is_err()) {
        let reasons: Vec<String> = done
            .keys()
            .filter_map(|operation| without_inverse(*operation))
            .collect();
        return Err(format!("nothing of it can be taken back: {}", reasons.join("; ")));
    }
    let old = &action.spec;
    let undone = |(operation, ids): (AlertOperation, BTreeSet<i64>)| Undone {
        operation,
        alert_ids: ids.iter().map(i64::to_string).collect(),
        whitelist: (old.whitelist.clone()).filter(|_| operation == AlertOperation::AdvanceMarkMisInfo),
    };
    Ok(Inverse {
        spec: SasAlertActionSpec {
            account_ref: old.account_ref.clone(),
            data_centre: old.data_centre,
            alert_ids: Vec::new(),
            selector: None,
            operation: AlertOperation::Undo,
            block_ip: None,
            kill_and_quarantine: None,
            whitelist: None,
            undo: done.into_iter().map(undone).collect(),
            expect_server: old.expect_server.clone(),
            on_failure: OnFailure::default(),
            ttl_seconds_after_finished: old.ttl_seconds_after_finished,
        },
        unknown,
    })
}

/// What was done, and about which alerts. A status lists a hundred alerts; of the others the plan says what was
/// to be done, and where not all of them were handled, the new plan leaves those alone.
fn done(action: &SasAlertAction) -> BTreeMap<AlertOperation, BTreeSet<i64>> {
    let mut done: BTreeMap<AlertOperation, BTreeSet<i64>> = BTreeMap::new();
    let Some(status) = &action.status else {
        return done;
    };
    let mut listed = BTreeSet::new();
    for result in &status.alerts {
        let Ok(id) = result.id.parse() else { continue };
        listed.insert(id);
        if let (AlertOutcome::Handled, Some(operation)) = (result.outcome, result.operation) {
            done.entry(operation).or_default().insert(id);
        }
    }
    let known: usize = done.values().map(BTreeSet::len).sum();
    let counted = status.counts.map_or(0, |counts| counts.handled);
    if usize::try_from(counted).is_ok_and(|counted| counted > known)
        && let Some(plan) = &status.gate.plan
    {
        for call in calls_of(&plan.plan.values) {
            let rest = call.alerts.into_iter().filter(|id| !listed.contains(id));
            if let Some(operation) = call.operation {
                done.entry(operation).or_default().extend(rest);
            }
        }
        done.retain(|_, ids| !ids.is_empty());
    }
    done
}

fn narrow(done: &mut BTreeMap<AlertOperation, BTreeSet<i64>>, only: &[String]) -> Result<(), String> {
    let mut wanted = BTreeSet::new();
    for id in only {
        let id: i64 = id.parse().map_err(|_| format!("{id} is no id of an alert"))?;
        if !done.values().any(|ids| ids.contains(&id)) {
            return Err(format!("it did not handle alert {id}"));
        }
        wanted.insert(id);
    }
    for ids in done.values_mut() {
        ids.retain(|id| wanted.contains(id));
    }
    done.retain(|_, ids| !ids.is_empty());
    Ok(())
}

fn without_inverse(operation: AlertOperation) -> Option<String> {
    let why = operation.inverse().err()?;
    Some(format!("'{}': {why}", operation.as_str()))
}

impl Inverse {
    /// What is to be taken back, in one line.
    pub(super) fn in_words(&self) -> String {
        let groups = self
            .spec
            .undo
            .iter()
            .filter(|group| group.operation.inverse().is_ok());
        let each = groups.map(|group| {
            format!(
                "'{}' of {}",
                group.operation.as_str(),
                alerts(group.alert_ids.len())
            )
        });
        format!("it takes back {}", each.collect::<Vec<_>>().join(", "))
    }

    /// What stays as it is, a line for each reason.
    pub(super) fn remarks(&self) -> Vec<String> {
        let stays = self.spec.undo.iter().filter_map(|group| {
            let why = without_inverse(group.operation)?;
            Some(format!("{} as before, {why}", stay(group.alert_ids.len())))
        });
        let mut lines: Vec<String> = stays.collect();
        if self.unknown > 0 {
            lines.push(format!(
                "{} as before: the status does not say any more what was done about them",
                stay(self.unknown)
            ));
        }
        lines
    }
}

fn alerts(number: usize) -> String {
    format!("{number} alert{}", if number == 1 { "" } else { "s" })
}

fn stay(number: usize) -> String {
    format!("{} stay{}", alerts(number), if number == 1 { "s" } else { "" })
}
