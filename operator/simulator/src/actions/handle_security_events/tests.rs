//! Every way to handle alerts: refusals of the call, results per alert, and what remains.

use crate::testing::Cloud;
use crate::testing::alerts::{Alerts, LOGON, MINER, OFFLINE_MINER, SHELL, WEB_SHELL, handle};
use crate::world::{Edition, HandledAgain, MarkField};

const KILL: (&str, &str) = (
    "OperationParams",
    r#"{"subOperation":"killAndQuaraFileByMd5andPath"}"#,
);

/// A time in milliseconds an hour after the tests' start.
const IN_AN_HOUR: (&str, &str) = ("OperationParams", r#"{"expireTime":1767326645000}"#);

#[test]
fn a_task_goes_through_its_states_and_takes_the_alert_along() {
    let cloud = Cloud::new();
    let reply = handle(&cloud, "ignore", &[LOGON], &[("Remark", "plan 1f2e")]);
    let task = reply.body["HandleSecurityEventsResponse"]["TaskId"]
        .as_i64()
        .unwrap();
    assert!(cloud.last().committed);
    let seen = |cloud: &Cloud| (cloud.task_status(task, LOGON), cloud.event_status(LOGON));
    let expected = |task: &str, alert: &str, code: &str, status| {
        ((task.to_owned(), alert.to_owned(), code.to_owned()), status)
    };
    assert_eq!(seen(&cloud), expected("Pending", "Processing", "", 1));
    cloud.step(1);
    assert_eq!(seen(&cloud), expected("Processing", "Processing", "", 16));
    cloud.step(2);
    assert_eq!(seen(&cloud), expected("Success", "Success", "ignore.Success", 2));
    let row = cloud.alert(LOGON);
    assert_eq!(
        (row["OperateErrorCode"].as_str(), row["OperateMsg"].as_str()),
        (Some("ignore.Success"), Some("success"))
    );
    assert_eq!(row["OperateTime"], 1_767_323_048_000_i64);
    assert_eq!(row["EventNotes"][0]["Note"], "plan 1f2e");
}

#[test]
fn each_operation_leads_to_its_status() {
    for (operation, alert, extra, status) in [
        ("ignore", LOGON, None, 2),
        ("manual_handled", LOGON, None, 32),
        ("mark_mis_info", LOGON, None, 8),
        ("advance_mark_mis_info", LOGON, None, 8),
        ("block_ip", LOGON, Some(IN_AN_HOUR), 32),
        ("kill_process", MINER, None, 32),
        ("kill_and_quara", MINER, Some(KILL), 32),
        ("kill_virus", MINER, None, 32),
        ("virus_quara", MINER, None, 32),
        ("virus_quara_bin", WEB_SHELL, None, 32),
        ("quara", WEB_SHELL, None, 32),
        ("cleanup", WEB_SHELL, None, 32),
        ("stop_container", SHELL, None, 32),
        ("kill_container_process", SHELL, None, 32),
    ] {
        let cloud = Cloud::new();
        let extra: Vec<(&str, &str)> = extra.into_iter().collect();
        let reply = handle(&cloud, operation, &[alert], &extra);
        assert_eq!(reply.status, 200, "{operation} {reply:?}");
        cloud.step(3);
        assert_eq!(cloud.event_status(alert), status, "{operation}");
    }
}

#[test]
fn operations_that_only_some_alerts_have_are_taken_from_the_world() {
    for (operation, status) in [("disable_malicious_defense", 32), ("defense_mark_mis_info", 8)] {
        let cloud = Cloud::new();
        let reply = handle(&cloud, operation, &[LOGON], &[]);
        assert_eq!(reply.code(), "OperationNotSupported");
        cloud.change_alert(LOGON, |alert| {
            alert.operations.insert(operation.to_owned(), true);
        });
        assert_eq!(handle(&cloud, operation, &[LOGON], &[]).status, 200);
        cloud.step(3);
        assert_eq!(cloud.event_status(LOGON), status);
    }
    let cloud = Cloud::new();
    cloud.change_alert(LOGON, |alert| {
        alert.operations.insert("client_problem_check".to_owned(), true);
    });
    let reply = handle(&cloud, "client_problem_check", &[LOGON], &[]);
    assert_eq!(reply.code(), "OperationNotSupported", "only the console can");
}

#[test]
fn an_alert_fails_by_itself_and_stays_pending() {
    let cloud = Cloud::new();
    let task = cloud.handled("kill_and_quara", &[MINER, OFFLINE_MINER, WEB_SHELL], &[KILL]);
    cloud.step(3);
    let of = |alert| cloud.task_status(task, alert);
    let row = |alert: &str, code: &str| ("Failure".to_owned(), alert.to_owned(), code.to_owned());
    assert_eq!(of(MINER), row("Success", "kill_and_quara.Success"));
    assert_eq!(of(OFFLINE_MINER), row("Failed", "kill_and_quara.AgentOffline"));
    assert_eq!(of(WEB_SHELL), row("Failed", "kill_and_quara.ProcessNotExist"));
    assert_eq!(
        [MINER, OFFLINE_MINER, WEB_SHELL].map(|alert| cloud.event_status(alert)),
        [32, 1, 1]
    );
    assert_eq!(
        cloud.alert(OFFLINE_MINER)["OperateErrorCode"],
        "kill_and_quara.AgentOffline"
    );
    // The way out that the vendor recommends.
    let task = cloud.handled("virus_quara_bin", &[WEB_SHELL], &[]);
    cloud.step(3);
    assert_eq!(cloud.task_status(task, WEB_SHELL).0, "Success");
}

#[test]
fn a_process_that_ended_cannot_be_ended() {
    let cloud = Cloud::new();
    cloud.change_alert(MINER, |alert| alert.process.as_mut().unwrap().running = false);
    for (operation, extra, code) in [
        ("kill_process", vec![], "ProcessNotExist"),
        ("kill_and_quara", vec![KILL], "ProcessNotExist"),
        (
            "kill_and_quara",
            vec![("OperationParams", r#"{"subOperation":"quaraFileByMd5andPath"}"#)],
            "Success",
        ),
    ] {
        let task = cloud.handled(operation, &[MINER], &extra);
        cloud.step(3);
        assert_eq!(cloud.task_status(task, MINER).2, format!("{operation}.{code}"));
    }
}

#[test]
fn a_world_may_say_what_comes_of_an_operation_and_how_long_it_takes() {
    let cloud = Cloud::new();
    cloud.change_alert(LOGON, |alert| {
        alert.results.insert("block_ip".to_owned(), "Failure".to_owned());
        alert.processing_seconds = Some(3600);
    });
    let task = cloud.handled("block_ip", &[LOGON], &[IN_AN_HOUR]);
    cloud.step(3600);
    assert_eq!(cloud.task_status(task, LOGON).0, "Processing");
    cloud.step(1);
    assert_eq!(cloud.task_status(task, LOGON).2, "block_ip.Failure");
}

#[test]
fn a_handled_alert_is_as_good_as_gone() {
    let cloud = Cloud::new();
    cloud.handled("ignore", &[LOGON], &[]);
    assert_eq!(
        handle(&cloud, "ignore", &[LOGON], &[]).code(),
        "SecurityEventNotExists"
    );
    cloud.step(3);
    let reply = handle(&cloud, "manual_handled", &[MINER, LOGON], &[]);
    assert_eq!((reply.status, reply.code()), (400, "SecurityEventNotExists"));
    assert!(!cloud.last().committed);
    assert_eq!(cloud.event_status(MINER), 1, "all or none");
    cloud.mainland(|centre| centre.settings.alerts.handled_again = HandledAgain::NewTask);
    let task = cloud.handled("manual_handled", &[LOGON], &[]);
    cloud.step(3);
    assert_eq!(cloud.task_status(task, LOGON).0, "Success");
    assert_eq!(cloud.event_status(LOGON), 32);
}

#[test]
fn what_was_done_by_hand_is_undone() {
    let cloud = Cloud::new();
    for (operation, undo, extra) in [
        ("manual_handled", "cancle_manual", None),
        ("advance_mark_mis_info", "rm_mark_mis_info", Some(RULE)),
    ] {
        let task = cloud.handled(undo, &[LOGON], &[]);
        cloud.step(3);
        assert_eq!(
            cloud.task_status(task, LOGON).2,
            format!("{undo}.Failure"),
            "nothing to undo"
        );
        let extra: Vec<(&str, &str)> = extra.into_iter().collect();
        cloud.handled(operation, &[LOGON], &extra);
        cloud.step(3);
        assert_ne!(cloud.event_status(LOGON), 1);
        cloud.handled(undo, &[LOGON], &[]);
        cloud.step(3);
        assert_eq!(cloud.event_status(LOGON), 1);
    }
    cloud.mainland(|centre| {
        let now = "2026-01-02T04:00:00Z".parse().unwrap();
        assert!(!centre.whitelist_rules.values().any(|rule| rule.is_in_force(now)));
    });
}

#[test]
fn an_alert_is_handled_only_as_it_may_be() {
    let cloud = Cloud::new();
    for (operation, alert, code) in [
        ("block_ip", 702_173_407, "NoPermission"),
        ("ignore", 702_173_407, "NoPermission"),
        ("block_ip", MINER, "OperationNotSupported"),
        ("stop_container", LOGON, "OperationNotSupported"),
        ("ignore", 1, "SecurityEventNotExists"),
        ("no_such_operation", LOGON, "IllegalParam"),
    ] {
        let extra = if operation == "block_ip" {
            vec![IN_AN_HOUR]
        } else {
            vec![]
        };
        let reply = handle(&cloud, operation, &[alert], &extra);
        assert_eq!((reply.status, reply.code()), (400, code), "{operation} {alert}");
    }
}

#[test]
fn editions_decide_what_may_be_used() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.subscription = None);
    assert_eq!(
        handle(&cloud, "kill_process", &[MINER], &[]).code(),
        "NoPermission"
    );
    cloud.mainland(|centre| {
        let server = centre.assets.get_mut(&crate::testing::uuid(2)).unwrap();
        server.auth_version = Edition::ANTI_VIRUS;
    });
    assert_eq!(handle(&cloud, "kill_process", &[MINER], &[]).status, 200);
    assert_eq!(
        handle(&cloud, "block_ip", &[LOGON], &[IN_AN_HOUR]).code(),
        "NoPermission"
    );
    assert_eq!(handle(&cloud, "ignore", &[LOGON], &[]).status, 200);
}

#[test]
fn parameters_are_checked() {
    let cloud = Cloud::new();
    let refused = |operation: &str, extra: (&str, &str)| {
        let reply = handle(&cloud, operation, &[MINER], &[extra]);
        (reply.status, reply.code().to_owned())
    };
    let illegal = (400, "IllegalParam".to_owned());
    for (operation, text) in [
        ("block_ip", "{}"),
        ("block_ip", r#"{"expireTime":1767323044999}"#),
        ("block_ip", r#"{"expireTime":"soon"}"#),
        ("kill_and_quara", "{}"),
        ("kill_and_quara", r#"{"subOperation":"deleteEverything"}"#),
        ("virus_quara", r#"{"subOperation":"killByMd5andPath"}"#),
        ("virus_quara", "not json"),
    ] {
        assert_eq!(
            refused(operation, ("OperationParams", text)),
            illegal,
            "{operation} {text}"
        );
    }
    for text in [
        "not json",
        "{}",
        r#"[{"uuid":"SOME","field":"md5","operate":"strEqual","fieldValue":"x"}]"#,
        r#"[{"uuid":"ALL","field":"md5","operate":"like","fieldValue":"x"}]"#,
        r#"[{"uuid":"ALL","field":"loginSourceIp","operate":"strEqual","fieldValue":"x"}]"#,
        r#"[{"uuid":"ALL","field":"md5","operate":"inIpSegment","fieldValue":"10.0.0.0/8"}]"#,
        r#"[{"uuid":"ALL","field":"md5","operate":"regex","fieldValue":"("}]"#,
    ] {
        assert_eq!(
            refused("advance_mark_mis_info", ("MarkMissParam", text)),
            illegal,
            "{text}"
        );
    }
    cloud.mainland(|centre| centre.settings.alerts.virus_quarantine_needs_sub_operation = true);
    assert_eq!(refused("virus_quara", ("OperationParams", "{}")), illegal);
    assert_eq!(handle(&cloud, "block_ip", &[LOGON], &[]).code(), "IllegalParam");
}

#[test]
fn a_call_takes_twenty_alerts() {
    let cloud = Cloud::new();
    let ids: Vec<i64> = (1..=21).collect();
    cloud.mainland(|centre| {
        let alert = centre.alerts[&LOGON].clone();
        centre.alerts.extend(ids.iter().map(|id| (*id, alert.clone())));
    });
    assert_eq!(handle(&cloud, "ignore", &ids, &[]).code(), "IllegalParam");
    assert_eq!(handle(&cloud, "ignore", &ids[..20], &[]).status, 200);
    assert_eq!(
        handle(&cloud, "ignore", &[], &[]).code(),
        "MissingSecurityEventIds"
    );
    let reply = cloud.call("HandleSecurityEvents", &[("SecurityEventIds.1", "21")]);
    assert_eq!(reply.code(), "MissingOperationCode");
    let reply = cloud.call(
        "HandleSecurityEvents",
        &[("SecurityEventIds.1", "x"), ("OperationCode", "ignore")],
    );
    assert_eq!(reply.code(), "InvalidSecurityEventId");
}

#[test]
fn a_repeat_after_a_lost_reply_finds_the_alert_handled() {
    let cloud = Cloud::new();
    cloud.fault(r#"{"kind":"commitThenReset","action":"HandleSecurityEvents"}"#);
    handle(&cloud, "ignore", &[LOGON], &[]);
    assert!(cloud.last().committed);
    assert_eq!(
        handle(&cloud, "ignore", &[LOGON], &[]).code(),
        "SecurityEventNotExists"
    );
    cloud.step(3);
    assert_eq!(cloud.event_status(LOGON), 2);
}

const RULE: (&str, &str) = (
    "MarkMissParam",
    r#"[{"uuid":"ALL","field":"loginSourceIp","operate":"inIpSegment","fieldValue":"203.0.113.0/24"}]"#,
);

#[test]
fn rules_keep_the_next_event_away_and_ignoring_does_not() {
    for (operation, extra, shown) in [
        ("ignore", vec![], true),
        ("manual_handled", vec![], true),
        ("mark_mis_info", vec![], false),
        ("advance_mark_mis_info", vec![RULE], false),
        ("advance_mark_mis_info", vec![], true),
    ] {
        let cloud = Cloud::new();
        cloud.handled(operation, &[LOGON], &extra);
        cloud.raise_again(LOGON, 1000, 2);
        cloud.raise_again(LOGON, 1001, 3);
        assert!(cloud.alert(1000).is_null(), "still to come");
        cloud.step(3);
        assert_eq!(cloud.event_status(1000), 1, "{operation}: before the rule");
        assert_eq!(!cloud.alert(1001).is_null(), shown, "{operation}: after it");
    }
}

#[test]
fn new_rules_take_the_place_of_all_others_for_such_alerts() {
    let cloud = Cloud::new();
    cloud.handled("advance_mark_mis_info", &[LOGON], &[RULE]);
    cloud.step(3);
    cloud.raise_again(LOGON, 1000, 1);
    cloud.change_alert(1000, |alert| {
        alert.source_ip = Some("198.51.100.1".to_owned());
        alert.uuid = crate::testing::uuid(2);
    });
    cloud.step(1);
    assert_eq!(cloud.event_status(1000), 1, "another network");
    let part = r#"[{"uuid":"part","field":"loginUser","operate":"contains","fieldValue":"oo"}]"#;
    cloud.handled("advance_mark_mis_info", &[1000], &[("MarkMissParam", part)]);
    cloud.step(3);
    // The rule for all servers is gone, the new one is for one server only.
    cloud.raise_again(LOGON, 1001, 0);
    cloud.raise_again(1000, 1002, 0);
    assert_eq!(cloud.event_status(1001), 1);
    assert!(cloud.alert(1002).is_null());
    // An empty list takes all rules away.
    cloud.handled("advance_mark_mis_info", &[1001], &[RULE]);
    cloud.step(3);
    cloud.raise_again(LOGON, 1003, 0);
    assert!(cloud.alert(1003).is_null());
    cloud.mainland(|centre| centre.alerts.get_mut(&LOGON).unwrap().handlings.clear());
    cloud.handled("advance_mark_mis_info", &[LOGON], &[("MarkMissParam", "[]")]);
    cloud.step(3);
    cloud.raise_again(LOGON, 1004, 0);
    assert_eq!(cloud.event_status(1004), 1);
}

/// What the vendor asks for: whoever adds a rule sends those in force along with it.
#[test]
fn a_rule_that_is_added_leaves_those_before_it_in_force() {
    let cloud = Cloud::new();
    let rule = |value: &str| {
        format!(r#"{{"uuid":"ALL","field":"loginUser","operate":"strEqual","fieldValue":"{value}"}}"#)
    };
    let merged = format!("[{},{}]", rule("root"), rule("backup"));
    cloud.handled("advance_mark_mis_info", &[LOGON], &[("MarkMissParam", &merged)]);
    cloud.step(3);
    for (id, user, shown) in [
        (1000, "root", false),
        (1001, "backup", false),
        (1002, "admin", true),
    ] {
        cloud.raise_again(LOGON, id, 0);
        let field = MarkField {
            value: user.to_owned(),
            ..MarkField::default()
        };
        cloud.change_alert(id, |alert| {
            alert.fields.insert("loginUser".to_owned(), field);
        });
        assert_eq!(!cloud.alert(id).is_null(), shown, "{user}");
    }
}

#[test]
fn several_rules_go_together_as_the_world_says() {
    let rules = r#"[
        {"uuid":"ALL","field":"loginSourceIp","operate":"strEqual","fieldValue":"203.0.113.9"},
        {"uuid":"ALL","field":"loginUser","operate":"strEqual","fieldValue":"root"}]"#;
    for (fit, shown) in [
        (crate::world::WhitelistFit::All, true),
        (crate::world::WhitelistFit::Any, false),
    ] {
        let cloud = Cloud::new();
        cloud.mainland(|centre| centre.settings.alerts.whitelist_fit = fit);
        cloud.handled("advance_mark_mis_info", &[LOGON], &[("MarkMissParam", rules)]);
        cloud.step(3);
        cloud.raise_again(LOGON, 1000, 0);
        cloud.raise_again(LOGON, 1001, 0);
        let admin = MarkField {
            value: "admin".to_owned(),
            ..MarkField::default()
        };
        cloud.change_alert(1001, |alert| {
            alert.fields.insert("loginUser".to_owned(), admin);
        });
        assert!(cloud.alert(1000).is_null());
        assert_eq!(!cloud.alert(1001).is_null(), shown, "{fit:?}");
    }
}

#[test]
fn a_whitelisted_event_may_be_shown_as_handled() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        centre.settings.alerts.whitelisted_event = crate::world::WhitelistedEvent::Handled;
    });
    cloud.handled("mark_mis_info", &[LOGON], &[]);
    cloud.step(3);
    cloud.raise_again(LOGON, 1000, 0);
    assert_eq!(cloud.event_status(1000), 8);
}

#[test]
fn equal_worlds_and_requests_give_equal_tasks() {
    let run = || {
        let cloud = Cloud::new();
        let task = cloud.handled("ignore", &[LOGON], &[]);
        cloud.step(2);
        (task, cloud.task_status(task, LOGON), cloud.alert(LOGON))
    };
    assert_eq!(run(), run());
}

#[test]
fn a_world_survives_its_own_json_with_everything_that_happened() {
    let cloud = Cloud::new();
    cloud.handled("advance_mark_mis_info", &[LOGON], &[RULE]);
    cloud.handled("kill_and_quara", &[MINER], &[KILL]);
    cloud.world(|world| {
        let text = serde_json::to_string(world).unwrap();
        assert_eq!(crate::world::World::parse(&text).unwrap(), *world);
    });
}
