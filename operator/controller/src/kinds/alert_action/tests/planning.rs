//! Which calls a plan has, what it says, and when it stands still.

use std::collections::BTreeSet;

use sas_api::account::DataCentre;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{alerts_of, calls_of};
use sas_api::plan::{Plan, Repeat, Risk};
use sas_api::{Reason, plan::Call};
use sas_engine::Planned;
use serde_json::json;

use super::super::choose::Fate;
use super::super::claim::rivals;
use super::super::look::Meant;
use super::super::offer::{Offer, Rule};
use super::super::plan::plan;
use super::{Observed, alert, everything, job, left, look, observed, plain};
use crate::alerts::Alert;

fn change(object: &SasAlertAction, seen: &Observed, held: Option<&Plan>) -> Plan {
    match plan(object, seen, held) {
        Planned::Change(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

fn refusal(object: &SasAlertAction, seen: &Observed) -> (Reason, String) {
    match plan(object, seen, None) {
        Planned::Blocked(blocked) | Planned::Impossible(blocked) => (blocked.reason, blocked.message),
        other => panic!("{other:?}"),
    }
}

fn logons(ids: impl IntoIterator<Item = i64>) -> Vec<(Alert, Option<Offer>)> {
    let one = |id| (alert(id, "Unusual logon", "web-1"), Some(everything()));
    ids.into_iter().map(one).collect()
}

fn codes(plan: &Plan) -> Vec<(&str, usize)> {
    let size = |call: &Call| {
        let named = call.parameters.iter();
        named
            .filter(|parameter| parameter.name.starts_with("SecurityEventIds."))
            .count()
    };
    let code = |call| (Call::value(call, "OperationCode").unwrap(), size(call));
    plan.calls.iter().map(code).collect()
}

#[test]
fn a_call_holds_at_most_twenty_alerts_of_one_operation() {
    let object = job(json!({"selector": {}, "operation": "Recommended"}));
    let mut all = logons(1..=41);
    all.extend((101..=103).map(|id| (alert(id, "Web shell", "web-2"), Some(everything()))));
    all.push((alert(201, "Something new", "web-3"), Some(everything())));
    let seen = observed(&object, all);
    let plan = change(&object, &seen, None);
    assert_eq!(
        codes(&plan),
        [("block_ip", 20), ("block_ip", 20), ("block_ip", 1), ("quara", 3)]
    );
    assert_eq!(
        plan.summary,
        "handle 44 alerts: block_ip 41, quara 3; 1 is left alone"
    );
    assert_eq!((plan.risk, plan.targets.len()), (Risk::R3, 44));
    let listed: Vec<usize> = calls_of(&plan.values)
        .iter()
        .map(|call| call.alerts.len())
        .collect();
    assert_eq!(listed, [20, 20, 1, 3], "the values tell the alerts of every call");
    assert!(
        plan.warnings
            .iter()
            .any(|text| text.contains("alert 201 is left alone")),
        "{:?}",
        plan.warnings
    );
    let remark = plan.calls[1].value("Remark").unwrap();
    assert_eq!(
        remark,
        "sas-operator SasAlertAction uid-1 after epoch 0, call 2 of 4"
    );
    let block = plan.calls[0]
        .parameters
        .iter()
        .find(|parameter| parameter.name == "OperationParams")
        .unwrap();
    let time = block
        .value_from
        .as_ref()
        .and_then(|source| source.time_after_call.as_ref())
        .unwrap();
    assert_eq!(
        (time.seconds, time.json_key.as_deref()),
        (86_400, Some("expireTime"))
    );
    assert_eq!(plan.calls[3].value("OperationParams"), Some("{}"));
}

#[test]
fn what_hides_evidence_is_r4_and_never_repeated() {
    for (operation, risk, repeat) in [
        ("ignore", Risk::R4, Repeat::Never),
        ("mark_mis_info", Risk::R4, Repeat::Never),
        ("defense_mark_mis_info", Risk::R4, Repeat::Never),
        ("disable_malicious_defense", Risk::R4, Repeat::Never),
        ("manual_handled", Risk::R3, Repeat::AfterProof),
        ("quara", Risk::R3, Repeat::AfterProof),
    ] {
        let object = plain(operation);
        let plan = change(&object, &observed(&object, logons([1])), None);
        assert_eq!((plan.risk, plan.calls[0].repeat), (risk, repeat), "{operation}");
    }
}

#[test]
fn a_plan_that_waits_keeps_its_alerts_until_one_of_them_changes() {
    let object = job(json!({"selector": {}, "operation": "quara"}));
    let waiting = change(&object, &observed(&object, logons(1..=3)), None);
    let mut held = waiting.clone();
    held.values.sort();
    let later = observed(&object, logons(1..=5));
    assert_eq!(
        change(&object, &later, Some(&held)).calls,
        waiting.calls,
        "later alerts are not added"
    );
    let mut gone = logons(1..=5);
    gone[0].0.status = sas_api::alerts::AlertStatus(32);
    let gone = observed(&object, gone);
    let new = change(&object, &gone, Some(&held));
    assert_eq!(alerts_of(&new.values).collect::<Vec<_>>(), [2, 3, 4, 5]);
}

#[test]
fn other_rules_make_another_plan() {
    let object = job(json!({
        "alertIDs": ["1"],
        "operation": "advance_mark_mis_info",
        "whitelist": {"scope": "AllServers", "rules": [{"field": "filePath", "operate": "contains", "value": "/b"}]},
    }));
    let with = |values: &[&str]| {
        let rule = |value: &&str| Rule {
            server: "ALL".to_owned(),
            field: "filePath".to_owned(),
            operate: "contains".to_owned(),
            value: (*value).to_owned(),
        };
        let offer = Offer {
            rules: values.iter().map(rule).collect(),
            ..everything()
        };
        observed(&object, vec![(alert(1, "Web shell", "web-1"), Some(offer))])
    };
    let value = |plan: &Plan, name: &str| {
        let found = plan.values.iter().find(|value| value.name == name);
        found.map(|value| value.value.clone())
    };
    let first = change(&object, &with(&["/a"]), None);
    let mut held = first.clone();
    held.values.sort();
    assert_eq!(change(&object, &with(&["/a"]), Some(&held)).calls, first.calls);
    // The new rule is there already: what is sent stays the same, what it is based on does not.
    let second = change(&object, &with(&["/a", "/b"]), Some(&held));
    assert_eq!(
        second.calls[0].value("MarkMissParam"),
        first.calls[0].value("MarkMissParam")
    );
    assert_ne!(value(&second, "existingRules"), value(&first, "existingRules"));
    assert_eq!(first.risk, Risk::R4);
}

#[test]
fn without_an_agent_nothing_is_begun_unless_others_can_be_handled() {
    let stop = job(json!({"selector": {}, "operation": "quara", "onFailure": "Stop"}));
    let go_on = job(json!({"selector": {}, "operation": "quara"}));
    let servers = |object, offline: &[&str]| {
        let one = |(id, server)| (alert(id, "Web shell", server), Some(everything()));
        let mut seen = observed(object, [(1, "web-1"), (2, "web-2")].map(one).into());
        seen.offline = offline
            .iter()
            .map(|server| format!("uuid-{server}"))
            .collect::<BTreeSet<_>>();
        seen
    };
    let some = change(&go_on, &servers(&go_on, &["web-2"]), None);
    assert_eq!(
        some.calls,
        change(&go_on, &servers(&go_on, &[]), None).calls,
        "a heartbeat changes no plan"
    );
    assert!(
        some.warnings
            .iter()
            .any(|text| text.contains("likely to fail: alert 2")),
        "{:?}",
        some.warnings
    );
    for (object, offline) in [(&go_on, &["web-1", "web-2"][..]), (&stop, &["web-2"])] {
        let (reason, message) = refusal(object, &servers(object, offline));
        assert_eq!(reason, Reason::AgentOffline);
        assert!(message.contains("web-2"), "{message}");
    }
    let ignore = job(json!({"selector": {}, "operation": "ignore"}));
    assert_eq!(
        codes(&change(&ignore, &servers(&ignore, &["web-1", "web-2"]), None)),
        [("ignore", 2)]
    );
}

#[test]
fn what_cannot_be_planned_says_why() {
    let object = plain("ignore");
    let mut closed = everything();
    closed.operations.insert("ignore".to_owned(), false);
    let seen = observed(&object, vec![(alert(1, "Web shell", "web-1"), Some(closed))]);
    assert_eq!(refusal(&object, &seen).0, Reason::NotOperable);
    assert_eq!(left(&seen).len(), 1);

    let mut busy = logons([1]);
    busy[0].0.status = sas_api::alerts::AlertStatus(16);
    assert_eq!(refusal(&object, &observed(&object, busy)).0, Reason::AlertsBusy);

    let mut handled = logons([1]);
    handled[0].0.status = sas_api::alerts::AlertStatus(2);
    assert_eq!(plan(&object, &observed(&object, handled), None), Planned::Nothing);

    let mut missing = observed(&object, logons([1])).found;
    missing.alerts.insert(702_173_401, None);
    missing.latest = vec![alert(702_173_410, "Web shell", "web-1")];
    let (reason, message) = refusal(&object, &look(&object, missing));
    assert_eq!(reason, Reason::AlertNotFound);
    assert!(
        message.contains("702173401") && message.contains("702173410"),
        "{message}"
    );

    let mut unexpected = observed(&object, logons([1])).found;
    unexpected.unexpected_server = true;
    assert_eq!(
        refusal(&object, &look(&object, unexpected)).0,
        Reason::UnexpectedServer
    );

    let many = observed(&object, logons(1..=1_001));
    assert_eq!(refusal(&object, &many).0, Reason::PlanTooLarge);

    let recommended = plain("Recommended");
    let mut unread = observed(&recommended, logons([1]));
    unread.recommendations.problem = Some("rule 2 must name `operations`".to_owned());
    assert_eq!(refusal(&recommended, &unread).0, Reason::RecommendationsNotReady);
}

/// A mistyped selector must not look like an errand that is done.
#[test]
fn a_selector_in_words_that_means_nothing_fails_and_says_what_there_is() {
    let nothing = |selector: serde_json::Value, epoch: Option<i64>| {
        let mut object = job(json!({"selector": selector, "operation": "quara"}));
        let mut status = json!({"observedGeneration": 1});
        if let Some(epoch) = epoch {
            status["epoch"] = json!(epoch);
        }
        object.status = Some(serde_json::from_value(status).unwrap());
        let mut seen = observed(&object, Vec::new());
        seen.meant = Meant::Selected(object.spec.selector.clone().unwrap());
        seen.found.other_types = vec!["Web shell".to_owned()];
        plan(&object, &seen, None)
    };
    for words in [json!({"types": ["Webshell"]}), json!({"names": ["*"]})] {
        match nothing(words, None) {
            Planned::Impossible(blocked) => {
                assert_eq!(blocked.reason, Reason::NoAlerts);
                assert!(blocked.message.contains("'Web shell'"), "{}", blocked.message);
            }
            other => panic!("{other:?}"),
        }
    }
    // What meant something once has come to its end, and so has whoever means all of a level or of a server.
    for planned in [
        nothing(json!({"types": ["Web shell"]}), Some(1)),
        nothing(json!({"levels": ["serious"]}), None),
        nothing(json!({"uuids": ["u"]}), None),
    ] {
        assert_eq!(planned, Planned::Nothing);
    }
}

#[test]
fn a_thousand_alerts_fit_a_plan() {
    let object = job(json!({"selector": {}, "operation": "quara"}));
    let first = 702_173_401_000_000_000;
    let plan = change(&object, &observed(&object, logons(first..first + 1_000)), None);
    assert_eq!(plan.calls.len(), 50);
    assert!(plan.values.len() <= 50 && plan.values.iter().all(|value| value.value.len() <= 4_096));
    assert!(alerts_of(&plan.values).eq(first..first + 1_000));
    assert!(plan.targets.iter().all(|target| target.current.len() <= 256));
}

/// A call that was begun may turn out not to have run. What was looked at meanwhile says nothing of a plan.
#[test]
fn a_look_at_calls_that_were_begun_leaves_the_plan_as_it_was() {
    let object = plain("quara");
    let held = change(&object, &observed(&object, logons([1])), None);
    let mut seen = observed(&object, Vec::new());
    seen.meant = Meant::Begun(Vec::new());
    assert_eq!(plan(&object, &seen, Some(&held)), Planned::Change(Box::new(held)));
    assert_eq!(refusal(&object, &seen).0, Reason::LookingUp);
}

#[test]
fn whoever_has_the_same_alerts_in_hand_is_named() {
    let other = |name: &str, spec: serde_json::Value, status: serde_json::Value| {
        let mut other = job(spec);
        other.metadata.name = Some(name.to_owned());
        other.metadata.uid = Some(name.to_owned());
        other.status = Some(serde_json::from_value(status).unwrap());
        other
    };
    let waiting = json!({"observedGeneration": 1, "phase": "PendingApproval"});
    let named = |ids: &[&str]| json!({"alertIDs": ids, "operation": "ignore"});
    let mut elsewhere = named(&["1"]);
    elsewhere["dataCentre"] = json!("ap-southeast-1");
    let mut ended = waiting.clone();
    ended["completionTime"] = json!("2026-11-21T10:01:00Z");
    let others = [
        other("early", named(&["1", "2", "9"]), waiting.clone()),
        other("unlike", named(&["9"]), waiting.clone()),
        other("over", named(&["1"]), ended),
        other("elsewhere", elsewhere, waiting.clone()),
        other(
            "planned",
            json!({"selector": {"levels": ["serious"]}, "operation": "quara"}),
            {
                let mut status = waiting.clone();
                status["plan"] = json!({
                    "hash": "sha256:0", "epoch": 1, "observedGeneration": 1, "targetCount": 1, "callCount": 1,
                    "computedTime": "2026-11-21T10:00:00Z", "expiresTime": "2026-11-22T10:00:00Z",
                    "accountID": "1600000000000016", "site": "cn", "summary": "s", "risk": "R3",
                    "calls": [], "targets": [], "values": [{"name": "alerts-01", "value": "quara 2"}],
                });
                status
            },
        ),
    ];
    let centre = DataCentre::CnShanghai;
    let rivals = rivals(others.iter(), centre, centre, &[1, 2, 3].into());
    let found: Vec<_> = rivals
        .iter()
        .map(|rival| (rival.name.as_str(), rival.alerts))
        .collect();
    assert_eq!(found, [("team/early", 2), ("team/planned", 1)]);

    let object = job(json!({"alertIDs": ["1", "2", "3"], "operation": "manual_handled"}));
    let mut seen = observed(&object, logons(1..=3));
    let before = change(&object, &seen, None);
    seen.rivals = std::iter::repeat_n(rivals[0].clone(), 9).collect();
    let warned = change(&object, &seen, None);
    assert_eq!(before.values, warned.values, "a warning makes no other plan");
    let told: Vec<_> = warned
        .warnings
        .iter()
        .filter(|text| text.contains("in hand"))
        .collect();
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(
        told[0].contains("team/early (ignore, PendingApproval) has 2 alerts"),
        "{told:?}"
    );
    assert!(told[5].starts_with("4 more"), "{told:?}");
}

/// One warning that a status does not take would keep the whole plan from being published.
#[test]
fn no_warning_is_longer_than_a_status_takes() {
    let object = job(json!({"alertIDs": ["1"], "operation": "ignore"}));
    let mut seen = observed(
        &object,
        vec![(alert(1, "Web shell", "web-1"), Some(everything()))],
    );
    for fate in seen.fates.values_mut() {
        if let Fate::Act(choice) = fate {
            choice.reason = Some("why ".repeat(2_000));
        }
    }
    let plan = change(&object, &seen, None);
    let lengths: Vec<_> = plan.warnings.iter().map(String::len).collect();
    assert!(lengths.iter().any(|length| *length > 900), "{lengths:?}");
    assert!(lengths.iter().all(|length| *length <= 1_000), "{lengths:?}");
}
