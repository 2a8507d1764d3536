//! Brings what was learned of our calls into an object that somebody else changed meanwhile: a person, or
//! a second operator that sends copies of the same bytes. Nothing that the other one learned is lost, and
//! a call that may have run is never shown as one that did not.

use sas_api::status::{CallRecord, Execution, GatePart};

use crate::operation::Gate;

/// The status of the live object with what `learnt` adds to `before`, the object whose intents we stored.
/// Nothing, if the live object does not show that execution any more.
pub(crate) fn graft<K: Gate>(before: &K, live: &K, learnt: &K::Status) -> Option<K::Status> {
    let mut status = live.status()?.clone();
    let before = before.status()?.gate().execution.as_ref()?;
    let ours = learnt.gate().execution.as_ref()?;
    let theirs = status.gate_mut().execution.as_mut()?;
    merge(before, ours, theirs).then_some(status)
}

fn merge(before: &Execution, ours: &Execution, theirs: &mut Execution) -> bool {
    if theirs.hash != ours.hash {
        return false;
    }
    let records = before.calls.iter().zip(&ours.calls).zip(&mut theirs.calls);
    let mut all_taken = true;
    for ((before, ours), theirs) in records {
        all_taken &= merge_call(before, ours, theirs);
    }
    if all_taken && theirs.outcome.is_none() {
        theirs.outcome = ours.outcome;
        theirs.finished_time.clone_from(&ours.finished_time);
        theirs.message.clone_from(&ours.message);
    }
    true
}

/// Says whether `theirs` now agrees with what we learned.
fn merge_call(before: &CallRecord, ours: &CallRecord, theirs: &mut CallRecord) -> bool {
    if theirs == before {
        theirs.clone_from(ours);
        return true;
    }
    if ours == before {
        return true;
    }
    // Another copy is about: that ours was refused proves nothing, that it ran proves all.
    let nonce = |record: &CallRecord| record.intent.as_ref().map(|i| i.nonce.clone());
    let ran = ours.receipt.is_some() && nonce(before).is_some() && nonce(before) == nonce(theirs);
    if ran && theirs.receipt.is_none() {
        theirs.receipt.clone_from(&ours.receipt);
        theirs.last_error = None;
    }
    ran
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;
    use sas_api::status::{Intent, Outcome, Receipt};

    use super::*;

    fn open(nonce: &str) -> CallRecord {
        let time = Time(Timestamp::UNIX_EPOCH);
        CallRecord {
            call_index: 0,
            action: "A".into(),
            left_out: Vec::new(),
            intent: Some(Intent {
                attempt: 1,
                client_token: None,
                nonce: nonce.into(),
                timestamp: time.clone(),
                started_time: time,
                key_fingerprint: "k".into(),
                resends: None,
                arrived: None,
                absent_time: None,
            }),
            receipt: None,
            not_run: None,
            last_error: None,
        }
    }

    fn ran(nonce: &str, id: &str) -> CallRecord {
        CallRecord {
            receipt: Some(Receipt {
                request_id: Some(id.into()),
                fields: vec![],
            }),
            ..open(nonce)
        }
    }

    fn resent(nonce: &str) -> CallRecord {
        let mut record = open(nonce);
        record.intent.as_mut().unwrap().resends = Some(1);
        record
    }

    fn not_run() -> CallRecord {
        CallRecord {
            left_out: Vec::new(),
            intent: None,
            not_run: Some(1),
            ..open("")
        }
    }

    fn execution(calls: Vec<CallRecord>, outcome: Option<Outcome>) -> Execution {
        Execution {
            hash: "h".into(),
            epoch: 1,
            observed_generation: 1,
            requested_by: None,
            approval: None,
            started_time: Time(Timestamp::UNIX_EPOCH),
            finished_time: None,
            outcome,
            message: None,
            calls,
        }
    }

    fn merged(before: &[CallRecord], ours: &[CallRecord], theirs: &[CallRecord]) -> Vec<CallRecord> {
        let mut live = execution(theirs.to_vec(), None);
        assert!(merge(
            &execution(before.to_vec(), None),
            &execution(ours.to_vec(), None),
            &mut live
        ));
        live.calls
    }

    #[test]
    fn what_we_learned_goes_into_an_unchanged_record() {
        assert_eq!(
            merged(&[open("n")], &[ran("n", "1")], &[open("n")]),
            [ran("n", "1")]
        );
        assert_eq!(merged(&[open("n")], &[not_run()], &[open("n")]), [not_run()]);
    }

    #[test]
    fn what_the_other_one_learned_stays() {
        let further = [ran("n", "2"), open("m")];
        assert_eq!(merged(&[open("n")], &[ran("n", "1")], &further), further);
        assert_eq!(merged(&[open("n")], &[open("n")], &further), further);
        assert_eq!(
            merged(&[ran("n", "1")], &[ran("n", "1")], &[ran("n", "1"), open("m")]),
            [ran("n", "1"), open("m")],
            "an intent whose write timed out"
        );
    }

    #[test]
    fn a_refusal_counts_only_while_no_other_copy_is_about() {
        assert_eq!(merged(&[open("n")], &[not_run()], &[resent("n")]), [resent("n")]);
        let taken = &merged(&[open("n")], &[ran("n", "1")], &[resent("n")])[0];
        assert_eq!(taken.receipt, ran("n", "1").receipt);
        assert_eq!(merged(&[open("n")], &[ran("n", "1")], &[open("m")]), [open("m")]);
    }

    #[test]
    fn an_end_counts_only_with_the_call_that_brought_it() {
        let before = execution(vec![open("n")], None);
        let refused = execution(vec![not_run()], Some(Outcome::Failed));
        let mut live = before.clone();
        assert!(merge(&before, &refused, &mut live));
        assert_eq!(live.outcome, Some(Outcome::Failed));
        let mut live = execution(vec![resent("n")], None);
        assert!(merge(&before, &refused, &mut live));
        assert_eq!(live.outcome, None);
        let mut live = execution(vec![ran("n", "2")], Some(Outcome::Succeeded));
        assert!(merge(&before, &refused, &mut live));
        assert_eq!(live.outcome, Some(Outcome::Succeeded));
        let mut live = execution(vec![ran("n", "2")], None);
        assert!(merge(&before, &refused, &mut live));
        assert_eq!(live.outcome, None, "a refusal cannot end what ran");
    }

    #[test]
    fn another_execution_is_left_alone() {
        let mut other = execution(vec![], None);
        other.hash = "other".into();
        assert!(!merge(
            &execution(vec![open("n")], None),
            &execution(vec![ran("n", "1")], None),
            &mut other
        ));
    }
}
