//! Whose turn it is to set up a scan for viruses: one job at a time in each data centre of an account,
//! because the account has one place for the selection. Who has begun holds the turn until its scan is
//! ordered, as the statuses of all jobs say, so that a restart changes nothing; until a beginning shows
//! there, a note in memory holds it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::ResourceExt;
use sas_api::account::DataCentre;
use sas_api::kinds::SasScanJob;
use sas_client::action::Action;
use sas_client::actions::CreateVirusScanOnceTask;

/// Time from the decision to begin until every reader sees that it was begun.
const UNTIL_VISIBLE: Duration = Duration::from_secs(30);

/// Whose turn it is, by account id and data centre.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<(String, DataCentre), Turn>>);

struct Turn {
    uid: String,
    name: String,
    since: Instant,
}

impl Turns {
    /// Who of `others` has the turn. If nobody has, `me` has it from now on.
    pub fn in_the_way<'a>(
        &self,
        me: &SasScanJob,
        others: impl Iterator<Item = &'a SasScanJob>,
        account_id: &str,
        centre: DataCentre,
        home: DataCentre,
    ) -> Option<String> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let there = |job: &&SasScanJob| job.spec.data_centre.unwrap_or(home) == centre;
        let mut busy = others.filter(there).filter(|job| is_setting_up(job));
        if let Some(other) = busy.next() {
            return Some(name(other));
        }
        let key = (account_id.to_owned(), centre);
        let uid = me.uid().unwrap_or_default();
        if let Some(turn) = turns.get(&key)
            && turn.uid != uid
            && turn.since.elapsed() < UNTIL_VISIBLE
        {
            return Some(turn.name.clone());
        }
        let turn = Turn {
            uid,
            name: name(me),
            since: Instant::now(),
        };
        turns.insert(key, turn);
        None
    }
}

fn name(job: &SasScanJob) -> String {
    format!(
        "SasScanJob {}/{}",
        job.namespace().unwrap_or_default(),
        job.name_any()
    )
}

/// Whether a job has begun and its scan for viruses is not ordered yet.
fn is_setting_up(job: &SasScanJob) -> bool {
    // What stands aside, while somebody stops it, has made all its calls.
    let gate = job.status.as_ref().map(|status| &status.gate);
    let execution = gate.filter(|gate| gate.running.is_none());
    let execution = execution.and_then(|gate| gate.execution.as_ref());
    let Some(execution) = execution.filter(|execution| execution.outcome.is_none()) else {
        return false;
    };
    let ordered = |record: &sas_api::status::CallRecord| {
        record.action == CreateVirusScanOnceTask::NAME && record.receipt.is_some()
    };
    job.spec.scans.virus.is_some() && !execution.calls.is_empty() && !execution.calls.iter().any(ordered)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn job(name: &str, centre: &str, calls: &Value, outcome: Option<&str>) -> SasScanJob {
        let mut status = json!({});
        if !calls.as_array().unwrap().is_empty() {
            let hash = format!("sha256:{}", "0".repeat(64));
            status = json!({"execution": {
                "hash": hash, "epoch": 1, "observedGeneration": 1, "startedTime": "2026-01-01T00:00:00Z", "calls": calls,
            }});
        }
        if let Some(outcome) = outcome {
            status["execution"]["outcome"] = json!(outcome);
        }
        serde_json::from_value(json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasScanJob",
            "metadata": {"name": name, "namespace": "team", "uid": name},
            "spec": {"accountRef": {"name": "main"}, "dataCentre": centre, "targets": {"uuids": ["u-1"]},
                "scans": {"virus": {}}},
            "status": status,
        }))
        .unwrap()
    }

    fn call(action: &str, done: bool) -> Value {
        let mut call = json!({"callIndex": 0, "action": action});
        if done {
            call["receipt"] = json!({"requestID": "r"});
        }
        call
    }

    fn asked(turns: &Turns, me: &SasScanJob, others: &[SasScanJob], account: &str) -> Option<String> {
        let home = DataCentre::CnShanghai;
        turns.in_the_way(
            me,
            others.iter(),
            account,
            me.spec.data_centre.unwrap_or(home),
            home,
        )
    }

    #[test]
    fn who_has_begun_holds_the_turn_until_its_scan_is_ordered() {
        let me = job("me", "cn-shanghai", &json!([]), None);
        let begun = json!([call("CreateAssetSelectionConfig", true)]);
        let open = json!([call("CreateVirusScanOnceTask", false)]);
        let ordered = json!([call("CreateVirusScanOnceTask", true)]);
        let other = |calls, outcome| job("other", "cn-shanghai", calls, outcome);
        for (others, expected) in [
            (other(&begun, None), true),
            (other(&open, None), true),
            (other(&ordered, None), false),
            (other(&begun, Some("Failed")), false),
            (other(&json!([]), None), false),
            (job("far", "ap-southeast-1", &begun, None), false),
        ] {
            let way = asked(&Turns::default(), &me, std::slice::from_ref(&others), "1");
            assert_eq!(way.is_some(), expected, "{others:?}");
        }
    }

    #[test]
    fn of_two_that_begin_at_once_one_waits() {
        let (a, b) = (
            job("a", "cn-shanghai", &json!([]), None),
            job("b", "cn-shanghai", &json!([]), None),
        );
        let turns = Turns::default();
        assert_eq!(asked(&turns, &a, &[], "1"), None);
        assert_eq!(asked(&turns, &b, &[], "1"), Some("SasScanJob team/a".to_owned()));
        assert_eq!(
            asked(&turns, &a, &[], "1"),
            None,
            "its own turn is in nobody's way"
        );
        assert_eq!(
            asked(&turns, &b, &[], "2"),
            None,
            "another account has another place"
        );
    }
}
