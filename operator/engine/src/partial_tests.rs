//! What a call is without some of its targets, as tables and as laws for any call.

use proptest::prelude::*;
use sas_api::Risk;
use sas_api::plan::{ParameterSource, ReceiptField, Repeat, Target};

use super::*;

fn call(parameters: &[(&str, &str)]) -> Call {
    Call {
        product: "p".into(),
        version: "v".into(),
        action: "Scan".into(),
        region_id: "r".into(),
        parameters: parameters
            .iter()
            .map(|(name, value)| Parameter::literal(*name, *value))
            .collect(),
        repeat: Repeat::Harmless,
    }
}

fn plan(calls: Vec<Call>, targets: usize) -> Plan {
    let target = |n| Target {
        uuid: format!("u{n:03}"),
        ..Target::default()
    };
    Plan {
        summary: String::new(),
        risk: Risk::R1,
        calls,
        targets: (1..=targets).map(target).collect(),
        values: vec![],
        partial: true,
        cost: None,
        warnings: vec![],
    }
}

fn away(numbers: &[usize]) -> Vec<NamedValue> {
    let one = |n: &usize| NamedValue::new(format!("u{n:03}"), format!("web-{n} (offline)"));
    numbers.iter().map(one).collect()
}

fn record(left_out: Vec<NamedValue>) -> CallRecord {
    CallRecord {
        call_index: 0,
        action: "Scan".into(),
        left_out,
        intent: None,
        receipt: None,
        not_run: None,
        last_error: None,
    }
}

fn sent(call: &Call, gone: &[usize]) -> Vec<(String, String)> {
    let left = parameters(call, Some(&record(away(gone)))).into_owned();
    let pair = |p: Parameter| (p.name, p.value.unwrap_or_default());
    let mut left: Vec<_> = left.into_iter().map(pair).collect();
    left.sort();
    left
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    expected.iter().map(pair).collect()
}

#[test]
fn items_leave_a_list_and_nothing_else_changes() {
    let push = call(&[("Tasks", "CMS,SCA"), ("Uuids", "u001,u002,u003")]);
    let table: [(&[usize], &str); 5] = [
        (&[], "u001,u002,u003"),
        (&[2], "u001,u003"),
        (&[1], "u002,u003"),
        (&[3, 1], "u002"),
        (&[30], "u001,u002,u003"),
    ];
    for (gone, uuids) in table {
        assert_eq!(
            sent(&push, gone),
            pairs(&[("Tasks", "CMS,SCA"), ("Uuids", uuids)]),
            "{gone:?}"
        );
    }
}

#[test]
fn members_leave_a_numbered_list_and_the_others_close_ranks() {
    let mut written = Vec::new();
    for n in 1..=11 {
        written.push((format!("List.{n}.Operation"), "add".to_owned()));
        written.push((format!("List.{n}.Target"), format!("u{n:03}")));
    }
    written.push(("Other.2".to_owned(), "x".to_owned()));
    let named: Vec<_> = written.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut add = call(&named);
    let key = ParameterSource {
        receipt_field: Some(ReceiptField {
            call: 0,
            field: "Key".into(),
        }),
        ..Default::default()
    };
    add.parameters.push(Parameter::from("SelectionKey", key.clone()));
    let left = parameters(&add, Some(&record(away(&[1, 10])))).into_owned();
    let value = |name: &str| {
        let found: Vec<_> = left.iter().filter(|p| p.name == name).collect();
        assert!(found.len() <= 1, "{name} is there twice");
        found.first().and_then(|p| p.value.clone())
    };
    let expected = [
        "u002", "u003", "u004", "u005", "u006", "u007", "u008", "u009", "u011",
    ];
    for (index, uuid) in expected.iter().enumerate() {
        let number = index + 1;
        assert_eq!(value(&format!("List.{number}.Target")).as_deref(), Some(*uuid));
        assert_eq!(value(&format!("List.{number}.Operation")).as_deref(), Some("add"));
    }
    assert_eq!(value("List.10.Target"), None);
    assert_eq!(value("Other.2").as_deref(), Some("x"));
    assert_eq!(left.last().unwrap().value_from, Some(key));
}

#[test]
fn what_a_call_has_to_leave_out() {
    let push = call(&[("Tasks", "CMS"), ("Uuids", "u001,u002")]);
    let other = call(&[("Name", "u002-backup"), ("Uuids", "u001,u002")]);
    let single = call(&[("Extra", "u002"), ("Uuids", "u001,u002")]);
    let none = call(&[("Type", "instance")]);
    let names = |result: Result<Vec<NamedValue>, String>| {
        result.map(|gone| gone.into_iter().map(|target| target.name).collect::<Vec<_>>())
    };
    let of =
        |call: &Call, gone: &[usize]| names(left_out(&plan(vec![call.clone()], 3), 0, None, &away(gone)));
    assert_eq!(of(&push, &[]), Ok(vec![]));
    assert_eq!(of(&push, &[2]), Ok(vec!["u002".to_owned()]));
    assert_eq!(of(&push, &[3]), Ok(vec![]), "the call does not name it");
    assert_eq!(of(&none, &[1, 2, 3]), Ok(vec![]), "the call names nobody");
    let all = of(&push, &[1, 2]).unwrap_err();
    assert_eq!(
        all,
        "Scan cannot act on web-1 (offline), web-2 (offline), and on no other target of it"
    );
    let hidden = of(&other, &[2]).unwrap_err();
    assert_eq!(
        hidden,
        "Scan cannot act on web-2 (offline), and cannot be made without"
    );
    assert!(of(&single, &[2]).is_err(), "a parameter would be left empty");
    let mut whole = plan(vec![push], 3);
    whole.partial = false;
    assert_eq!(
        left_out(&whole, 0, None, &away(&[2])),
        Err("Scan cannot act on web-2 (offline)".to_owned())
    );
}

#[test]
fn only_a_partial_plan_allows_it_and_only_its_own_targets() {
    let partial = plan(vec![call(&[("Uuids", "u001,u002")])], 2);
    let whole = Plan {
        partial: false,
        ..partial.clone()
    };
    assert!(allows(&whole, &record(vec![])));
    assert!(!allows(&whole, &record(away(&[1]))));
    assert!(allows(&partial, &record(away(&[1]))));
    assert!(!allows(&partial, &record(away(&[1, 3]))));
}

#[test]
fn too_many_are_not_left_out() {
    let all: Vec<usize> = (1..=200).collect();
    let uuids: Vec<_> = all.iter().map(|n| format!("u{n:03}")).collect();
    let wide = plan(vec![call(&[("Uuids", &uuids.join(","))])], 200);
    assert_eq!(
        left_out(&wide, 0, None, &away(&all[..100])).map(|g| g.len()),
        Ok(100)
    );
    let refused = left_out(&wide, 0, None, &away(&all[..101])).unwrap_err();
    assert!(
        refused.ends_with("and 96 more: too many to go on without them"),
        "{refused}"
    );
}

proptest! {
    /// What is sent names a part of what was approved, in its order, and never somebody who is away.
    #[test]
    fn what_is_sent_is_a_part_of_what_was_approved(
        uuids in prop::collection::btree_set(1..60_usize, 1..40),
        gone in prop::collection::btree_set(1..60_usize, 0..40),
        numbered in any::<bool>(),
    ) {
        let gone: Vec<usize> = gone.into_iter().collect();
        let named: Vec<String> = uuids.iter().map(|n| format!("u{n:03}")).collect();
        let written: Vec<(String, String)> = if numbered {
            (1..).zip(&named).map(|(i, uuid)| (format!("T.{i}"), uuid.clone())).collect()
        } else {
            vec![("Uuids".to_owned(), named.join(","))]
        };
        let borrowed: Vec<_> = written.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let whole = plan(vec![call(&borrowed)], 60);
        let leaving = left_out(&whole, 0, None, &away(&gone));
        let stay: Vec<String> = uuids.iter().filter(|n| !gone.contains(n)).map(|n| format!("u{n:03}")).collect();
        prop_assert_eq!(leaving.is_err(), stay.is_empty());
        if let Ok(leaving) = leaving {
            let left = parameters(&whole.calls[0], Some(&record(leaving))).into_owned();
            let mut named: Vec<(usize, String)> = Vec::new();
            for parameter in left {
                let number = Member::of(&parameter.name).map_or(0, |(member, _)| member.number);
                let value = parameter.value.unwrap_or_default();
                named.extend(value.split(',').map(|item| (number, item.to_owned())));
            }
            named.sort_by_key(|(number, _)| *number);
            let numbers: Vec<usize> = named.iter().map(|(number, _)| *number).collect();
            if numbered {
                prop_assert_eq!(numbers, (1..=stay.len()).collect::<Vec<_>>());
            }
            let sent: Vec<String> = named.into_iter().map(|(_, uuid)| uuid).collect();
            prop_assert_eq!(sent, stay);
        }
    }
}
