//! Which proposals stay, and that the largest object fits.

use super::*;

#[test]
fn only_what_is_remembered_or_does_not_matter_goes() {
    let mut policy = policy(&json!({"historyLimit": 1}));
    let actions = [
        own("waits", &[1], 3_000, &waiting()),
        own("newest", &[2], 90, &done(10)),
        own("noted", &[3], 90, &refused(20)),
        own("not-noted", &[4], 90, &done(30)),
        own("long-ago", &[5], 3_000, &done(2_000)),
        foreign("theirs", &[6], &done(40)),
    ];
    let retired = |policy: &SasAlertPolicy| Ledger::of(policy, &actions, CENTRE, now()).surplus;
    let expected = |names: &[&str]| {
        let named = names
            .iter()
            .map(|name| actions.iter().find(|action| action.name_any() == **name).unwrap());
        named.filter_map(sas_engine::Retired::over).collect::<Vec<_>>()
    };
    assert_eq!(retired(&policy), expected(&["long-ago"]));
    let mut status = SasAlertPolicyStatus::default();
    let (observed, _) = look_at(&policy, &actions, &[], allowed);
    policy.report(&observed, &mut status);
    status.proposals.retain(|proposal| proposal.name != "not-noted");
    policy.status = Some(status);
    assert_eq!(retired(&policy), expected(&["long-ago", "noted"]));
}

#[test]
fn the_largest_object_fits_and_keeps_what_it_cannot_remember() {
    let selector = json!({
        "types": vec!["服".repeat(128); 50], "names": vec!["服".repeat(256); 50],
        "uuids": vec!["u".repeat(128); 100],
    });
    let mut policy = policy(&json!({"selector": selector, "historyLimit": 0}));
    let alerts: Vec<i64> = (0..100).map(|n| i64::MAX - n).collect();
    let name = |n: usize| format!("{}{n:03}", "n".repeat(230));
    let actions: Vec<_> = (0..250).map(|n| own(&name(n), &alerts, 50, &done(40))).collect();
    let (mut observed, _) = look_at(&policy, &actions, &[], allowed);
    let excluded: Vec<_> = (0..500)
        .map(|n| (i64::MAX - n, format!("{n}{}", "服".repeat(2_000))))
        .collect();
    observed.looked.as_mut().unwrap().excluded = exclusions(&excluded);
    let mut status = SasAlertPolicyStatus::default();
    policy.report(&observed, &mut status);
    let listed = status.proposals.len();
    assert!(listed > 20 && listed < 200, "{listed}");
    policy.status = Some(status);
    let size = serde_json::to_vec(&policy).unwrap().len();
    assert!(size < 200_000, "{size}");
    assert_eq!(Ledger::of(&policy, &actions, CENTRE, now()).surplus.len(), listed);
}

#[test]
fn a_look_that_drafted_something_is_followed_by_another() {
    let mut policy = policy(&json!({}));
    let status = |pending: i64| -> SasAlertPolicyStatus {
        serde_json::from_value(json!({
            "lastLook": {"time": ago(1), "generation": 1},
            "counts": {"matching": 9, "proposed": 0, "pending": pending, "decided": 0, "excluded": 0, "leftOver": 0,
                "unread": 0},
            "conditions": [{"type": "Ready", "status": "True", "reason": "InSync", "message": "",
                "lastTransitionTime": ago(1)}],
        }))
        .unwrap()
    };
    for (pending, due) in [(0, false), (3, true)] {
        policy.status = Some(status(pending));
        assert_eq!(is_due(&policy, now()), due, "{pending}");
    }
}
