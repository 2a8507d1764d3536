//! What is to be done about which alert, as the spec says it: one operation about all of them, or the inverse of
//! what was done about each.

use std::collections::BTreeMap;

use sas_api::kinds::alert_action::{AlertOperation, SasAlertActionSpec, Undone, Whitelist};

/// What is to be done about which alert.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Orders {
    operation: AlertOperation,
    /// What was done about the alerts that `Undo` is about.
    done: BTreeMap<i64, Done>,
}

/// What was done about an alert.
#[derive(Clone, Debug, PartialEq)]
struct Done {
    operation: AlertOperation,
    whitelist: Option<Whitelist>,
}

impl Orders {
    pub(super) fn of(spec: &SasAlertActionSpec) -> Self {
        let done = spec.undo.iter().flat_map(|group| {
            let ids = group.alert_ids.iter().filter_map(|id| id.parse().ok());
            ids.map(|id| (id, Done::of(group)))
        });
        Self {
            operation: spec.operation,
            done: done.collect(),
        }
    }

    /// What is to be done about an alert, or why nothing is.
    pub(super) fn on(&self, id: i64) -> Result<AlertOperation, String> {
        if self.operation != AlertOperation::Undo {
            return Ok(self.operation);
        }
        let done = self.done.get(&id).ok_or("nobody says what was done about it")?;
        let done = done.operation;
        done.inverse()
            .map_err(|why| format!("'{}' cannot be taken back: {why}", done.as_str()))
    }

    /// What was done about an alert, where it is to be undone.
    pub(super) fn done(&self, id: i64) -> Option<AlertOperation> {
        self.done.get(&id).map(|done| done.operation)
    }

    /// The whitelist rules that were added for an alert, where the spec says so.
    pub(super) fn whitelist(&self, id: i64) -> Option<&Whitelist> {
        self.done.get(&id)?.whitelist.as_ref()
    }
}

impl Done {
    fn of(group: &Undone) -> Self {
        Self {
            operation: group.operation,
            whitelist: group.whitelist.clone(),
        }
    }
}

/// What is wrong with the list of what is to be undone, beyond what the API server can check.
pub(super) fn validate(spec: &SasAlertActionSpec) -> Result<(), String> {
    let total: usize = spec.undo.iter().map(|group| group.alert_ids.len()).sum();
    let most = super::look::MOST_ALERTS;
    if total > most {
        return Err(format!(
            "`spec.undo` names {total} alerts, more than {most}; write several resources"
        ));
    }
    let mut seen = BTreeMap::new();
    for group in &spec.undo {
        for id in &group.alert_ids {
            if let Some(other) = seen.insert(id, group.operation) {
                return Err(format!(
                    "`spec.undo` names alert {id} twice, under '{}' and '{}'; leave it where it belongs",
                    other.as_str(),
                    group.operation.as_str()
                ));
            }
        }
    }
    Ok(())
}
