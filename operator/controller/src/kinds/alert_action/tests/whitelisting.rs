//! What a plan says of whitelist rules: which are new, which stay, which go, and whose they are.

use sas_api::alerts::AlertStatus;
use sas_api::kinds::SasAlertAction;
use sas_api::plan::Plan;
use sas_client::actions::{MarkMissEntry, MarkMissList, PageInfo};
use sas_engine::Planned;
use serde_json::{Value, json};

use super::super::look::Found;
use super::super::offer::{Offer, Rule};
use super::super::plan::plan;
use super::super::rules::{RuleList, pages};
use super::{alert, everything, job, left, look, observed};
use crate::alerts::Alert;

fn entry(name: &str, server: &str, value: &str) -> MarkMissEntry {
    MarkMissEntry {
        event_name_original: Some(name.to_owned()),
        field: Some("filePath".to_owned()),
        operate: Some("contains".to_owned()),
        field_value: Some(value.to_owned()),
        uuid: Some(server.to_owned()),
        ..Default::default()
    }
}

fn page(entries: Vec<MarkMissEntry>, total: i64) -> MarkMissList {
    MarkMissList {
        page_info: Some(PageInfo {
            total_count: Some(total),
            ..Default::default()
        }),
        list: entries,
    }
}

/// An alert that is a false positive.
fn marked(id: i64, server: &str) -> Alert {
    Alert {
        status: AlertStatus(8),
        event_code: "webshell".to_owned(),
        ..alert(id, "Web shell", server)
    }
}

fn unmarking(whitelist: Option<Value>) -> SasAlertAction {
    let mut group = json!({"operation": "advance_mark_mis_info", "alertIDs": ["1"]});
    if let Some(whitelist) = whitelist {
        group["whitelist"] = whitelist;
    }
    job(json!({"operation": "Undo", "undo": [group]}))
}

/// The plan for an alert on `web-1` while these rules are in force.
fn planned(object: &SasAlertAction, entries: Vec<MarkMissEntry>) -> Planned {
    let total = i64::try_from(entries.len()).unwrap();
    let found = Found {
        meant: [1].into(),
        alerts: [(1, Some(marked(1, "web-1")))].into(),
        rules: Some(RuleList::of([&page(entries, total)].into_iter())),
        ..Default::default()
    };
    plan(object, &look(object, found), None)
}

fn change(planned: Planned) -> Plan {
    match planned {
        Planned::Change(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

fn warned(plan: &Plan, part: &str) -> bool {
    plan.warnings.iter().any(|text| text.contains(part))
}

#[test]
fn the_rules_that_go_are_named_and_those_of_others_once_more() {
    let rules = json!([{"field": "filePath", "operate": "contains", "value": "/ours"}]);
    let object = unmarking(Some(json!({"scope": "SameServer", "rules": rules})));
    let plan = change(planned(
        &object,
        vec![
            entry("webshell", "uuid-web-1", "/ours"),
            entry("webshell", "ALL", "/theirs\u{202e}"),
            entry("webshell", "uuid-web-2", "/elsewhere"),
            entry("other", "ALL", "/unlike"),
        ],
    ));
    let all = plan
        .warnings
        .iter()
        .find(|text| text.contains("whoever added them"))
        .unwrap();
    for part in ["\"/ours\" on uuid-web-1", r#""/theirs\u{202e}" on all servers"#] {
        assert!(all.contains(part), "{all}");
    }
    let others = plan
        .warnings
        .iter()
        .find(|text| text.contains("somebody else added 1 of"))
        .unwrap();
    assert!(
        others.contains("/theirs") && !others.contains("/ours"),
        "{others}"
    );
    assert!(
        !warned(&plan, "/elsewhere") && !warned(&plan, "/unlike"),
        "{plan:?}"
    );
    assert!(!warned(&plan, "nothing says which"), "{plan:?}");
}

#[test]
fn whose_rules_they_are_is_not_guessed() {
    let plan = change(planned(&unmarking(None), vec![entry("webshell", "ALL", "/a")]));
    assert!(
        warned(&plan, "nothing says which") && !warned(&plan, "somebody else"),
        "{plan:?}"
    );
    let none = change(planned(&unmarking(None), Vec::new()));
    assert!(warned(&none, "none is listed under their names"), "{none:?}");
}

#[test]
fn another_rule_that_would_go_makes_another_plan() {
    let object = unmarking(None);
    let value = |entries| {
        let plan = change(planned(&object, entries));
        let found = plan.values.into_iter().find(|value| value.name == "goingRules");
        found.unwrap().value
    };
    let (one, two) = (entry("webshell", "ALL", "/a"), entry("webshell", "ALL", "/b"));
    let first = value(vec![one.clone()]);
    assert_ne!(first, value(vec![one.clone(), two.clone()]));
    assert_eq!(
        value(vec![two.clone(), one.clone()]),
        value(vec![one.clone(), two])
    );
    assert_eq!(first, value(vec![one, entry("other", "ALL", "/c")]));
}

#[test]
fn more_rules_than_can_be_looked_at_are_not_taken_away() {
    let object = unmarking(None);
    let first = page(vec![entry("webshell", "ALL", "/a")], 10_001);
    assert_eq!(pages(&first), 100);
    let found = Found {
        meant: [1].into(),
        alerts: [(1, Some(marked(1, "web-1")))].into(),
        rules: Some(RuleList::of([&first].into_iter())),
        ..Default::default()
    };
    let seen = look(&object, found);
    assert!(
        left(&seen)[&1].contains("more whitelist rules"),
        "{:?}",
        left(&seen)
    );
}

#[test]
fn a_list_of_rules_is_short_however_many_there_are() {
    let long = "x".repeat(5_000);
    for server in ["ALL", "uuid-web-1"] {
        let entries = (0..500).map(|at| entry("webshell", server, &format!("/{at}{long}")));
        let plan = change(planned(&unmarking(None), entries.collect()));
        assert!(warned(&plan, "and 494 more"), "{plan:?}");
        let fits = |text: &String| text.len() <= 1_000;
        assert!(plan.warnings.iter().all(fits), "{:?}", plan.warnings);
    }
}

#[test]
fn new_rules_are_told_from_those_that_exist() {
    let object = job(json!({
        "alertIDs": ["1"],
        "operation": "advance_mark_mis_info",
        "whitelist": {"scope": "SameServer", "rules": [
            {"field": "filePath", "operate": "contains", "value": "/new"},
            {"field": "filePath", "operate": "contains", "value": "/there"},
        ]},
    }));
    let rule = |server: &str, value: &str| Rule {
        server: server.to_owned(),
        field: "filePath".to_owned(),
        operate: "contains".to_owned(),
        value: value.to_owned(),
    };
    let offer = Offer {
        rules: [rule("ALL", "/old"), rule("uuid-web-1", "/there")].into(),
        ..everything()
    };
    let seen = observed(&object, vec![(alert(1, "Web shell", "web-1"), Some(offer))]);
    let plan = change(plan(&object, &seen, None));
    let line = |part: &str| {
        let found = plan.warnings.iter().find(|text| text.contains(part));
        found.unwrap_or_else(|| panic!("{:?}", plan.warnings))
    };
    let (new, there) = (line("new: "), line("exists already"));
    assert!(new.contains("/new") && !new.contains("/there"), "{new}");
    assert!(
        there.contains("/old") && there.contains("/there") && !there.contains("/new"),
        "{there}"
    );
}

/// Nobody may approve that rules go which nobody has seen.
#[test]
fn what_the_cloud_does_not_say_counts_against_the_plan() {
    let nowhere = MarkMissEntry {
        uuid: None,
        ..entry("webshell", "", "/a")
    };
    let plan = change(planned(&unmarking(None), vec![nowhere]));
    assert!(warned(&plan, "/a\" somewhere"), "{plan:?}");
    for (rows, is_whole) in [(99, true), (100, false)] {
        let entries = (0..rows).map(|at| entry("webshell", "ALL", &format!("/{at}")));
        let without_total = MarkMissList {
            page_info: None,
            list: entries.collect(),
        };
        let list = RuleList::of([&without_total].into_iter());
        assert_eq!(list.is_whole(), is_whole, "{rows} rows");
    }
}
