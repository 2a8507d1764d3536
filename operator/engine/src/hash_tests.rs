//! Golden tests: the canonical form and the hash of known plans. A change here makes every approval that
//! is out in the world worthless, so it needs a new schema version.

use sas_api::plan::{Cost, NamedValue, ParameterSource, TimeAfterCall};

use super::*;

fn identity() -> Identity {
    Identity {
        kind: "SasAuthBinding".into(),
        namespace: "team-a".into(),
        name: "web".into(),
        uid: "0b5c9c51-8f6c-4e0a-9f0f-5a3a3a1b2c3d".into(),
        account: "1234567890123456".into(),
        site: "cn".into(),
    }
}

fn plan() -> Plan {
    let server = |n: u32| Target {
        uuid: format!("uuid-{n}"),
        instance_id: format!("i-{n}"),
        region_id: "cn-hangzhou".into(),
        name: format!("web-{n} \"ä€\u{1F600}"),
        current: "Free (1)".into(),
    };
    let expiry = ParameterSource {
        time_after_call: Some(TimeAfterCall {
            seconds: 60,
            json_key: None,
        }),
        ..Default::default()
    };
    Plan {
        summary: "not hashed".into(),
        risk: Risk::R3,
        calls: vec![Call {
            product: "sas".into(),
            version: "2018-12-03".into(),
            action: "BindAuthToMachine".into(),
            region_id: "cn-shanghai".into(),
            parameters: vec![
                Parameter::literal("Bind.2", "uuid-2"),
                Parameter::literal("Bind.1", "uuid-1"),
                Parameter::from("Until", expiry),
                Parameter::literal("AuthVersion", "7"),
            ],
            repeat: Repeat::ClientToken,
        }],
        targets: vec![server(2), server(1)],
        values: vec![NamedValue::new("mode", "Subscription")],
        cost: Some(Cost {
            display: "not hashed".into(),
            monthly_ceiling_millis: Some(412_500),
            currency: Some("CNY".into()),
            ..Default::default()
        }),
        partial: false,
        warnings: vec!["not hashed".into()],
    }
}

#[test]
fn the_canonical_form_is_pinned() {
    let sealed = seal(plan(), &identity(), 3).unwrap();
    insta::assert_snapshot!(canonical(&sealed.plan, &identity(), 3).unwrap());
    insta::assert_snapshot!(sealed.hash);
}

#[test]
fn order_and_words_for_people_do_not_matter() {
    let mut other = plan();
    other.targets.reverse();
    other.calls[0].parameters.reverse();
    other.summary = "other words".into();
    other.warnings.clear();
    other.cost.as_mut().unwrap().display = "other words".into();
    assert_eq!(
        seal(plan(), &identity(), 3).unwrap().hash,
        seal(other, &identity(), 3).unwrap().hash
    );
}

type Edit = Box<dyn Fn(&mut Plan)>;

#[test]
fn every_material_change_changes_the_hash() {
    let base = seal(plan(), &identity(), 3).unwrap().hash;
    let edits: Vec<(&str, Edit)> = vec![
        ("risk", Box::new(|p| p.risk = Risk::R4)),
        ("partial", Box::new(|p| p.partial = true)),
        (
            "action",
            Box::new(|p| p.calls[0].action = "UpdatePostPaidBindRel".into()),
        ),
        ("version", Box::new(|p| p.calls[0].version = "2019-01-01".into())),
        ("product", Box::new(|p| p.calls[0].product = "ecs".into())),
        (
            "region",
            Box::new(|p| p.calls[0].region_id = "ap-southeast-1".into()),
        ),
        (
            "parameter",
            Box::new(|p| p.calls[0].parameters[0].value = Some("uuid-3".into())),
        ),
        ("repeat", Box::new(|p| p.calls[0].repeat = Repeat::Never)),
        (
            "another call",
            Box::new(|p| {
                let call = p.calls[0].clone();
                p.calls.push(call);
            }),
        ),
        (
            "one server less",
            Box::new(|p| {
                p.targets.pop();
            }),
        ),
        (
            "state of a server",
            Box::new(|p| p.targets[0].current = "Ultimate (7)".into()),
        ),
        ("a value", Box::new(|p| p.values[0].value = "PayAsYouGo".into())),
        (
            "the ceiling",
            Box::new(|p| p.cost.as_mut().unwrap().monthly_ceiling_millis = Some(412_501)),
        ),
        ("no cost", Box::new(|p| p.cost = None)),
    ];
    for (what, edit) in edits {
        let mut changed = plan();
        edit(&mut changed);
        assert_ne!(seal(changed, &identity(), 3).unwrap().hash, base, "{what}");
    }
    assert_ne!(seal(plan(), &identity(), 4).unwrap().hash, base, "epoch");
    for (what, other) in [
        (
            "uid",
            Identity {
                uid: "another".into(),
                ..identity()
            },
        ),
        (
            "name",
            Identity {
                name: "another".into(),
                ..identity()
            },
        ),
        (
            "namespace",
            Identity {
                namespace: "another".into(),
                ..identity()
            },
        ),
        (
            "kind",
            Identity {
                kind: "another".into(),
                ..identity()
            },
        ),
        (
            "account",
            Identity {
                account: "another".into(),
                ..identity()
            },
        ),
        (
            "site",
            Identity {
                site: "another".into(),
                ..identity()
            },
        ),
    ] {
        assert_ne!(seal(plan(), &other, 3).unwrap().hash, base, "{what}");
    }
}

#[test]
fn numbers_that_readers_would_round_are_refused() {
    let mut unsafe_number = plan();
    unsafe_number.cost.as_mut().unwrap().monthly_ceiling_millis = Some(MAX_SAFE_INTEGER + 1);
    assert!(matches!(
        seal(unsafe_number, &identity(), 3),
        Err(HashError::UnsafeNumber { .. })
    ));
    assert!(check_numbers(&serde_json::json!({"a": [1.5]})).is_err());
    assert!(check_numbers(&serde_json::json!({"a": [-MAX_SAFE_INTEGER]})).is_ok());
}

#[test]
fn a_target_is_one_item_of_a_list() {
    let with = |uuid: &str| {
        let mut plan = plan();
        plan.targets[0].uuid = uuid.into();
        seal(plan, &identity(), 3)
    };
    for uuid in ["a,b", "a b", "a\nb", "a\u{0}", "\u{a0}a"] {
        assert!(
            matches!(with(uuid), Err(HashError::UnclearTarget { .. })),
            "{uuid:?}"
        );
    }
    assert!(with("4fe8e1cd-3c37-4851-b9de-124da32c21a2").is_ok());
}

#[test]
fn unclear_parameters_are_refused() {
    let mut twice = plan();
    twice.calls[0]
        .parameters
        .push(Parameter::literal("Bind.1", "uuid-9"));
    assert!(matches!(
        seal(twice, &identity(), 3),
        Err(HashError::UnclearParameter { .. })
    ));
    let mut empty = plan();
    empty.calls[0].parameters.push(Parameter {
        name: "Empty".into(),
        ..Default::default()
    });
    assert!(matches!(
        seal(empty, &identity(), 3),
        Err(HashError::UnclearParameter { .. })
    ));
}

#[test]
fn client_tokens_hold_for_one_epoch_and_call() {
    let token = client_token("uid", 1, 0);
    assert_eq!(token.len(), 64);
    assert_eq!(token, client_token("uid", 1, 0));
    assert!(
        token != client_token("uid", 2, 0)
            && token != client_token("uid", 1, 1)
            && token != client_token("x", 1, 0)
    );
    let mut claimed = plan();
    claimed.calls[0]
        .parameters
        .push(Parameter::literal("ClientToken", "chosen by somebody"));
    let sealed = seal(claimed, &identity(), 3).unwrap();
    assert_eq!(
        sealed.plan.calls[0].value("ClientToken"),
        Some(client_token(&identity().uid, 3, 0).as_str())
    );
}
