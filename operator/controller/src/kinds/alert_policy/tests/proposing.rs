//! What is proposed: alerts with the same operation together, each once, under a name that follows from them.

use super::*;

#[test]
fn alerts_with_the_same_operation_come_together_and_nothing_is_left_out_silently() {
    let mut rows = logons(1..=3);
    rows.extend((11..=12).map(|id| row(id, "Malicious process (cloud scan)", "serious")));
    rows.push(row(13, "Malicious process (cloud scan)", "serious"));
    rows.push(row(21, "Sensitive file tampering", "remind"));
    let answer = |id| match id {
        13 => offer("kill_and_quara", false),
        11..=12 => offer("kill_and_quara", true),
        21 => panic!("nothing is recommended for it, whatever the cloud allows"),
        _ => allowed(id),
    };
    let policy = policy(&json!({}));
    let (observed, asked) = look_at(&policy, &[], &rows, answer);
    assert_eq!(asked, 6);
    let children = proposed(&observed);
    let [miners, logons] = children.as_slice() else {
        panic!("{children:?}")
    };
    assert_eq!(
        (ids(miners), ids(logons)),
        (vec![11, 12], vec![1, 2, 3]),
        "the most urgent first"
    );
    assert_eq!(miners["spec"]["operation"], "kill_and_quara");
    assert_eq!(
        miners["spec"]["killAndQuarantine"],
        json!({"subOperation": "killAndQuaraFileByMd5andPath"})
    );
    assert_eq!(logons["spec"]["blockIP"], json!({"durationSeconds": 86_400}));
    assert_eq!(logons["spec"]["dataCentre"], "cn-shanghai");
    let why = logons["metadata"]["annotations"]["kubernetes.io/description"]
        .as_str()
        .unwrap();
    assert!(
        why.starts_with("Proposed by SasAlertPolicy contain: the address is kept out"),
        "{why}"
    );
    let expected = PolicyCounts {
        matching: 7,
        pending: 5,
        excluded: 2,
        ..PolicyCounts::default()
    };
    assert_eq!(counts(&observed), expected);
    let mut status = SasAlertPolicyStatus::default();
    let summary = policy.report(&observed, &mut status);
    assert_eq!(summary, "7 alerts match: 5 being proposed, 2 left alone");
    let reasons: Vec<_> = status
        .excluded
        .iter()
        .map(|one| (one.example.as_str(), one.alerts))
        .collect();
    assert!(
        reasons.contains(&("13", 1)) && reasons.contains(&("21", 1)),
        "{:?}",
        status.excluded
    );
}

#[test]
fn the_same_look_drafts_the_same_and_another_one_another_name() {
    let policy = policy(&json!({}));
    let names = |actions: &[SasAlertAction], rows: &[SuspEvent]| {
        let (observed, _) = look_at(&policy, actions, rows, allowed);
        let wanted = policy.children(&observed).wanted;
        wanted.iter().map(Child::name).collect::<Vec<_>>()
    };
    let rows = logons(1..=2);
    let first = names(&[], &rows);
    let reversed: Vec<_> = rows.iter().rev().cloned().collect();
    assert_eq!(first, names(&[], &reversed));
    assert!(first[0].starts_with("contain-block-ip-"), "{first:?}");
    assert_ne!(first, names(&[], &logons(1..=3)));
    // Two days later, with the old one still there, it needs a name that is free.
    let old = own(&first[0], &[1, 2], 2_900, &refused(2_880));
    let second = names(&[old], &rows);
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
}

#[test]
fn an_alert_is_proposed_once() {
    let policy = policy(&json!({}));
    let rows = logons(1..=1);
    let elsewhere = {
        let mut action = foreign("singapore", &[1], &waiting());
        action.spec.data_centre = Some(DataCentre::ApSoutheast1);
        action
    };
    let of_another_account = {
        let mut action = foreign("other", &[1], &waiting());
        action.spec.account_ref.name = "other".to_owned();
        action
    };
    let table = [
        ("nothing names it", vec![], (0, 0, 1)),
        ("one waits", vec![own("a", &[1], 90, &waiting())], (1, 0, 0)),
        (
            "somebody's own waits",
            vec![foreign("a", &[1], &waiting())],
            (1, 0, 0),
        ),
        ("one of another data centre waits", vec![elsewhere], (0, 0, 1)),
        (
            "one of another account waits",
            vec![of_another_account],
            (0, 0, 1),
        ),
        (
            "one was refused",
            vec![own("a", &[1], 90, &refused(80))],
            (0, 1, 0),
        ),
        (
            "one was refused long ago",
            vec![own("a", &[1], 1_500, &refused(1_450))],
            (0, 0, 1),
        ),
        ("one is done", vec![own("a", &[1], 90, &done(80))], (0, 1, 0)),
        (
            "refused, and then written by hand",
            vec![own("a", &[1], 90, &refused(80)), foreign("b", &[1], &waiting())],
            (1, 0, 0),
        ),
        (
            "another alert was refused",
            vec![own("a", &[2], 90, &refused(80))],
            (0, 0, 1),
        ),
    ];
    for (case, actions, expected) in table {
        let (observed, _) = look_at(&policy, &actions, &rows, allowed);
        let counts = counts(&observed);
        assert_eq!(
            (counts.proposed, counts.decided, counts.pending),
            expected,
            "{case}"
        );
        assert_eq!(
            policy.children(&observed).wanted.len(),
            usize::try_from(expected.2).unwrap(),
            "{case}"
        );
    }
}
