//! Every way in which annotations can speak of a plan.

use std::collections::BTreeMap;

use super::*;

const HASH: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const OTHER: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

fn read(risk: Risk, pairs: &[(&str, &str)]) -> Verdict {
    let annotations: BTreeMap<_, _> = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let meta = ObjectMeta {
        annotations: Some(annotations),
        ..Default::default()
    };
    verdict(&meta, HASH, risk, "2026-11-21T12:00:00Z".parse().unwrap())
}

#[test]
fn only_the_full_hash_approves() {
    assert_eq!(read(Risk::R3, &[]), Verdict::Undecided);
    assert_eq!(
        read(Risk::R3, &[(annotations::APPROVED_PLAN, "")]),
        Verdict::Undecided
    );
    assert!(matches!(
        read(Risk::R3, &[(annotations::APPROVED_PLAN, HASH)]),
        Verdict::Approved(_)
    ));
    let upper = HASH.to_uppercase();
    let spaced = format!(" {HASH}");
    for wrong in [
        "true",
        "auto",
        "*",
        OTHER,
        &HASH[..20],
        &HASH[..70],
        &HASH[7..],
        &upper,
        &spaced,
    ] {
        let verdict = read(Risk::R3, &[(annotations::APPROVED_PLAN, wrong)]);
        assert_eq!(
            verdict,
            Verdict::Stale {
                named: wrong.to_owned()
            },
            "{wrong}"
        );
    }
}

#[test]
fn a_rejection_of_this_plan_wins() {
    let both = [
        (annotations::APPROVED_PLAN, HASH),
        (annotations::REJECTED_PLAN, HASH),
    ];
    assert!(matches!(read(Risk::R3, &both), Verdict::Rejected(_)));
    let other = [
        (annotations::APPROVED_PLAN, HASH),
        (annotations::REJECTED_PLAN, OTHER),
    ];
    assert!(matches!(read(Risk::R3, &other), Verdict::Approved(_)));
}

#[test]
fn an_approval_ends() {
    for (end, valid) in [
        ("2026-11-21T12:00:00Z", true),
        ("2026-11-21T13:00:01+01:00", true),
        ("2026-11-21T11:59:59Z", false),
        ("tomorrow", false),
    ] {
        let verdict = read(
            Risk::R1,
            &[
                (annotations::APPROVED_PLAN, HASH),
                (annotations::APPROVAL_NOT_AFTER, end),
            ],
        );
        assert_eq!(
            matches!(verdict, Verdict::Approved(_)),
            valid,
            "{end}: {verdict:?}"
        );
    }
}

#[test]
fn r4_needs_a_comment_and_another_person() {
    let plain = [(annotations::APPROVED_PLAN, HASH)];
    assert!(matches!(read(Risk::R4, &plain), Verdict::Incomplete { .. }));
    let commented = [
        (annotations::APPROVED_PLAN, HASH),
        (annotations::APPROVAL_COMMENT, "agreed in CHG-7"),
    ];
    assert!(matches!(read(Risk::R4, &commented), Verdict::Approved(_)));
    let by = |requested: &str, by: &str| {
        let mut pairs = commented.to_vec();
        pairs.extend([
            (annotations::REQUESTED_BY, requested),
            (annotations::APPROVED_BY, by),
        ]);
        matches!(read(Risk::R4, &pairs), Verdict::Approved(_))
    };
    assert!(by("alice,bob", "carol"));
    assert!(!by("alice,bob", "bob"));
    assert!(!by("alice, bob", "bob"), "a list as people write it");
    assert!(
        !by("alice,bob", "bob\u{200b}\n"),
        "what does not print makes no other person"
    );
    assert!(
        !by("240123456-17", "240123456-42"),
        "two certificates of one person"
    );
    assert!(by("alice-1", "alice-2"), "only numeric names have sessions");
    let mut nameless = commented.to_vec();
    nameless.push((annotations::REQUESTED_BY, "alice"));
    assert!(
        matches!(read(Risk::R4, &nameless), Verdict::Incomplete { .. }),
        "whoever gives no name may be the writer"
    );
}

#[test]
fn what_a_decision_says_is_printable() {
    let pairs = [
        (annotations::APPROVED_PLAN, HASH),
        (annotations::APPROVED_BY, "ca\u{202e}rol\n\u{1b}[31m"),
        (annotations::APPROVAL_COMMENT, "\u{feff}\n"),
    ];
    let Verdict::Approved(decision) = read(Risk::R3, &pairs) else {
        panic!("an approval is not taken");
    };
    assert_eq!(
        (decision.by.as_deref(), decision.comment),
        (Some("carol [31m"), None)
    );
    assert!(
        matches!(read(Risk::R4, &pairs), Verdict::Incomplete { .. }),
        "a comment that nobody can read is none"
    );
}
