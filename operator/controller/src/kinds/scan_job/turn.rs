//! Whose turn it is to set up a scan for viruses: one job at a time in each data centre of an account,
//! because the account has one place for the selection. Who has begun holds the turn until its scan is
//! ordered, as the statuses of all jobs say, so that a restart changes nothing; until a beginning shows
//! there, a note in memory holds it. Whatever holds a job up, its turn ends after a while: then others go
//! first, and it takes the turn anew before each further step.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use sas_api::account::DataCentre;
use sas_api::kinds::SasScanJob;
use sas_api::status::CallRecord;
use sas_client::action::Action;
use sas_client::actions::CreateVirusScanOnceTask;

/// Time from the decision to begin until every reader sees that it was begun, and longer than a call takes.
const UNTIL_VISIBLE: Duration = Duration::from_mins(1);
/// How long a job keeps the turn from its first call on.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// A call that left before that has arrived by then.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// Who asked in vain asks again within this time, if it still wants the turn.
const ASKS_AGAIN: Duration = Duration::from_mins(2);

/// Whose turn it is, by account id and data centre.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<(String, DataCentre), Place>>);

#[derive(Default)]
struct Place {
    /// Who was the last to take the turn.
    taken: Option<Note>,
    /// Who was the last to ask in vain.
    waiting: Option<Note>,
}

struct Note {
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
        now: Timestamp,
    ) -> Option<String> {
        let there = |job: &&SasScanJob| job.spec.data_centre.unwrap_or(home) == centre;
        let keeps =
            |job: &&SasScanJob| is_setting_up(job).is_some_and(|since| now <= since + LONGEST + MARGIN);
        let mut busy = others.filter(there).filter(keeps).map(name);
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = turns.entry((account_id.to_owned(), centre)).or_default();
        let note = Note {
            uid: me.uid().unwrap_or_default(),
            name: name(me),
            since: Instant::now(),
        };
        let by_another = |known: &Option<Note>, lasts| {
            let known = known.as_ref().filter(|known| known.uid != note.uid);
            known
                .filter(|known| known.since.elapsed() < lasts)
                .map(|known| known.name.clone())
        };
        let taken = busy.next().or_else(|| by_another(&place.taken, UNTIL_VISIBLE));
        let had_its_turn = is_over(me, now);
        let first = || by_another(&place.waiting, ASKS_AGAIN).filter(|_| had_its_turn);
        if let Some(other) = taken.or_else(first) {
            if !had_its_turn {
                place.waiting = Some(note);
            }
            return Some(other);
        }
        place.waiting.take_if(|waiting| waiting.uid == note.uid);
        place.taken = Some(note);
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

/// Whether a job that has begun has to take the turn anew.
pub(super) fn is_over(job: &SasScanJob, now: Timestamp) -> bool {
    is_setting_up(job).is_some_and(|since| now > since + LONGEST)
}

/// Since when a job has begun, if its scan for viruses is not ordered yet.
fn is_setting_up(job: &SasScanJob) -> Option<Timestamp> {
    // What stands aside, while somebody stops it, has made all its calls.
    let gate = job.status.as_ref().map(|status| &status.gate);
    let execution = gate.filter(|gate| gate.running.is_none())?.execution.as_ref()?;
    let ordered =
        |record: &CallRecord| record.action == CreateVirusScanOnceTask::NAME && record.receipt.is_some();
    let begun = job.spec.scans.virus.is_some() && execution.outcome.is_none() && !execution.calls.is_empty();
    (begun && !execution.calls.iter().any(ordered)).then_some(execution.started_time.0)
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
            "2026-01-01T00:01:00Z".parse().unwrap(),
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

    #[test]
    fn a_turn_ends_whatever_holds_it_up() {
        let (me, begun) = (
            job("me", "cn-shanghai", &json!([]), None),
            json!([call("CreateAssetSelectionConfig", true)]),
        );
        let other = [job("other", "cn-shanghai", &begun, None)];
        let home = DataCentre::CnShanghai;
        for (time, over, in_the_way) in [
            ("2026-01-01T00:14:59Z", false, true),
            // It takes the turn anew from now on, and nobody else begins before its last call has arrived.
            ("2026-01-01T00:15:01Z", true, true),
            ("2026-01-01T00:16:01Z", true, false),
        ] {
            let now = time.parse().unwrap();
            assert_eq!(is_over(&other[0], now), over, "{time}");
            let turns = Turns::default();
            let way = turns.in_the_way(&me, other.iter(), "1", home, home, now);
            assert_eq!(way.is_some(), in_the_way, "{time}");
        }
        // Who has had its turn does not go before who waits, however often it asks.
        let turns = Turns::default();
        let asks = |me: &SasScanJob, others: &[SasScanJob], time: &str| {
            let now = time.parse().unwrap();
            turns.in_the_way(me, others.iter(), "1", home, home, now)
        };
        assert!(asks(&me, &other, "2026-01-01T00:10:00Z").is_some());
        let late = "2026-01-01T00:20:00Z";
        assert_eq!(asks(&other[0], &[], late).as_deref(), Some("SasScanJob team/me"));
        assert_eq!(asks(&me, &other, late), None);
        assert_eq!(asks(&other[0], &[], late).as_deref(), Some("SasScanJob team/me"));
        let ordered = json!([call("CreateVirusScanOnceTask", true)]);
        let done = job("done", "cn-shanghai", &ordered, None);
        assert!(!is_over(&done, "2026-01-02T00:00:00Z".parse().unwrap()));
    }
}
