//! How much is proposed at once, in which order, and what is said of the rest.

use super::*;

#[test]
fn no_more_is_proposed_than_may_be_and_the_rest_is_counted() {
    let rows = logons(1..=350);
    let fits = |policy: &SasAlertPolicy, actions: &[SasAlertAction]| {
        let (observed, asked) = look_at(policy, actions, &rows, allowed);
        let counts = counts(&observed);
        let sum = counts.proposed + counts.pending + counts.decided + counts.excluded + counts.left_over;
        assert_eq!(sum, counts.matching);
        (
            policy.children(&observed).wanted.len(),
            counts.pending,
            counts.left_over,
            asked,
        )
    };
    let limited = |spec: Value| policy(&spec);
    assert_eq!(fits(&limited(json!({})), &[]), (4, 350, 0, 350));
    assert_eq!(
        fits(&limited(json!({"maxActionsPerHour": 2})), &[]),
        (2, 200, 150, 350)
    );
    let one = own("a", &[9_999], 30, &done(20));
    let earlier = own("b", &[9_998], 61, &done(20));
    assert_eq!(
        fits(
            &limited(json!({"maxActionsPerHour": 2})),
            &[one.clone(), earlier.clone()]
        ),
        (1, 100, 250, 350)
    );
    assert_eq!(
        fits(&limited(json!({"maxActionsPerHour": 1})), &[one]),
        (0, 0, 350, 0)
    );
    assert_eq!(fits(&limited(json!({"suspend": true})), &[]), (0, 0, 350, 0));
    let many: Vec<_> = (0..50)
        .map(|n| own(&format!("n{n}"), &[10_000 + n], 600, &waiting()))
        .collect();
    assert_eq!(fits(&limited(json!({})), &many), (0, 0, 350, 0));
    assert_eq!(fits(&limited(json!({})), &many[1..]), (1, 100, 250, 350));
}

#[test]
fn that_something_waits_is_told_once() {
    let mut policy = policy(&json!({"maxActionsPerHour": 1}));
    let (observed, _) = look_at(&policy, &[], &logons(1..=150), allowed);
    let mut status = SasAlertPolicyStatus::default();
    policy.report(&observed, &mut status);
    let news = policy.news(&status).unwrap();
    assert_eq!(news.reason, Reason::ProposalsLeftOver);
    assert!(
        news.message.starts_with("50 alerts have to wait"),
        "{}",
        news.message
    );
    policy.status = Some(status.clone());
    assert_eq!(policy.news(&status), None);
}

/// Those for which the cloud allows nothing are asked about anew by every look, so they must not take all of it.
#[test]
fn many_urgent_alerts_that_may_not_be_handled_hold_up_no_others() {
    let mut rows: Vec<_> = (1..=1_000).map(|id| row(id, "Web shell", "serious")).collect();
    rows.extend(logons(2_001..=2_003));
    let answer = |id| match id {
        ..=1_000 => offer("quara", false),
        _ => offer("block_ip", true),
    };
    let (observed, asked) = look_at(&policy(&json!({})), &[], &rows, answer);
    assert_eq!(asked, 1_000);
    let proposed = proposed(&observed);
    assert_eq!(
        proposed.iter().map(ids).collect::<Vec<_>>(),
        [[2_001, 2_002, 2_003]]
    );
    assert_eq!(
        (counts(&observed).excluded, counts(&observed).left_over),
        (997, 3)
    );
}
