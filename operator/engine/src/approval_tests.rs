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
    read_under(&unguarded(), &meta, None, risk)
}

fn unguarded() -> Guard {
    Guard::Advisory {
        message: String::new(),
    }
}

fn read_under(guard: &Guard, meta: &ObjectMeta, accepted: Option<&ApprovalRecord>, risk: Risk) -> Verdict {
    let said = Said {
        meta,
        accepted,
        guard,
        standing: &standing::Nobody,
        now: "2026-11-21T12:00:00Z".parse().unwrap(),
    };
    said.verdict(HASH, risk)
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

/// A binding written in generation 3 by these, approved by that one.
fn under(rules: &Rules, writers: &str, by: &str) -> Verdict {
    let pairs = [
        (annotations::APPROVED_PLAN, HASH),
        (annotations::APPROVED_BY, by),
        (annotations::REQUESTED_BY, writers),
        (annotations::REQUESTED_GENERATION, "3"),
    ];
    let annotations = pairs.iter().filter(|(_, v)| !v.is_empty());
    let meta = ObjectMeta {
        annotations: Some(
            annotations
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        ),
        generation: Some(3),
        ..Default::default()
    };
    read_under(&Guard::Up(rules.clone()), &meta, None, Risk::R3)
}

const ARGO: &str = "system:serviceaccount:argocd:argocd-application-controller";

fn rules(four_eyes: FourEyes) -> Rules {
    Rules {
        four_eyes,
        gitops: vec![ARGO.to_owned()],
        stamped: true,
        ..Rules::default()
    }
}

#[test]
fn the_rules_of_the_policies_are_checked_again() {
    let (known, required, off) = (
        rules(FourEyes::WhereKnown),
        rules(FourEyes::Required),
        rules(FourEyes::Off),
    );
    let stranger = "system:serviceaccount:shop:ci";
    for (rules, writers, by, approved) in [
        (&known, "alice", "bob", true),
        (&known, "alice", "alice", false),
        (&known, "alice,bob", "bob", false),
        (&known, "a%2Cb", "a,b", false),
        (&known, "", "bob", true),
        (&known, "?,alice", "bob", true),
        (&known, "alice", "", false),
        (&known, ARGO, "bob", true),
        (&known, stranger, "bob", false),
        (&known, "alice", ARGO, false),
        (&required, "alice", "bob", true),
        (&required, "", "bob", false),
        (&required, "?,alice", "bob", false),
        (&off, "alice", "alice", true),
        (&off, stranger, "bob", true),
        (&off, "alice", stranger, false),
        (&off, "alice", "", false),
    ] {
        let verdict = under(rules, writers, by);
        let taken = matches!(verdict, Verdict::Approved(_));
        assert_eq!(taken, approved, "{rules:?} {writers} {by}: {verdict:?}");
    }
}

#[test]
fn a_stripped_approval_counts_only_with_the_stamp_of_a_listed_account() {
    let accepted = ApprovalRecord {
        hash: HASH.to_owned(),
        by: Some("bob".to_owned()),
        comment: None,
        not_after: Some("2026-11-21T13:00:00Z".to_owned()),
        source: "Annotation".to_owned(),
        accepted_time: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(Timestamp::UNIX_EPOCH),
    };
    let over = ApprovalRecord {
        not_after: Some("2026-11-21T11:00:00Z".to_owned()),
        ..accepted.clone()
    };
    let of_another = ApprovalRecord {
        hash: OTHER.to_owned(),
        ..accepted.clone()
    };
    let stamped = rules(FourEyes::WhereKnown);
    let unstamped = Rules {
        stamped: false,
        ..stamped.clone()
    };
    let stamp = format!("{ARGO} {HASH}");
    let other_stamp = format!("{ARGO} {OTHER}");
    for (rules, accepted, stamp, counts) in [
        (&stamped, Some(&accepted), stamp.as_str(), true),
        (&stamped, Some(&accepted), "", false),
        (&stamped, Some(&accepted), &format!("carol {HASH}"), false),
        (&stamped, Some(&accepted), &other_stamp, false),
        (&stamped, Some(&of_another), &stamp, false),
        (&stamped, Some(&over), &stamp, false),
        (&stamped, None, &stamp, false),
        (&unstamped, Some(&accepted), &stamp, false),
    ] {
        let meta = ObjectMeta {
            annotations: Some([(annotations::REVOKED_BY.to_owned(), stamp.to_owned())].into()),
            ..Default::default()
        };
        let verdict = read_under(&Guard::Up(rules.clone()), &meta, accepted, Risk::R3);
        assert_eq!(
            matches!(verdict, Verdict::Approved(_)),
            counts,
            "{stamp}: {verdict:?}"
        );
        let by = stamp.split(' ').next().unwrap().to_owned();
        match verdict {
            _ if counts => {}
            Verdict::Expired { .. } => assert_eq!(accepted, Some(&over)),
            Verdict::Undecided => assert!(!stamp.ends_with(HASH)),
            told => assert_eq!(told, Verdict::TakenAway { by }),
        }
    }
}
