//! What is proposed again, and what is not although its proposal is gone.

use super::*;

#[test]
fn what_is_gone_is_remembered() {
    let mut policy = policy(&json!({}));
    let proposal = |name: &str, alert: i64, ended: Option<i64>| Proposal {
        name: name.to_owned(),
        operation: AlertOperation::BlockIp,
        alert_ids: vec![alert.to_string()],
        created_time: serde_json::from_value(json!(ago(2_000))).unwrap(),
        phase: None,
        outcome: ended.map(|_| ProposalOutcome::NotDone),
        ended_time: ended.map(|minutes| serde_json::from_value(json!(ago(minutes))).unwrap()),
    };
    policy.status = Some(SasAlertPolicyStatus {
        proposals: vec![
            proposal("lives", 1, None),
            proposal("deleted", 2, None),
            proposal("refused", 3, Some(60)),
            proposal("long-ago", 4, Some(1_450)),
        ],
        ..SasAlertPolicyStatus::default()
    });
    let there = [own("lives", &[1], 2_000, &waiting())];
    let (observed, _) = look_at(&policy, &there, &logons(1..=4), allowed);
    let children = proposed(&observed);
    assert_eq!(children.iter().map(ids).collect::<Vec<_>>(), [vec![4]]);
    let mut status = policy.status.clone().unwrap();
    policy.report(&observed, &mut status);
    let noted: Vec<_> = status
        .proposals
        .iter()
        .map(|one| (one.name.as_str(), one.outcome))
        .collect();
    let expected = [
        ("lives", None),
        ("deleted", Some(ProposalOutcome::Deleted)),
        ("refused", Some(ProposalOutcome::NotDone)),
    ];
    assert_eq!(noted, expected);
    assert_eq!(status.active_count, Some(1));
}
