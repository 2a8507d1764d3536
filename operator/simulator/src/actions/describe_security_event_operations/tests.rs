//! What an alert offers, to whom, and what a whitelist rule may look at.

use serde_json::{Value, json};

use crate::testing::alerts::{Alerts, HANDLED, LOGON, MINER, SHELL, WEB_SHELL};
use crate::testing::{Cloud, Reply, uuid};

fn operations(cloud: &Cloud, alert: i64) -> Reply {
    let id = alert.to_string();
    cloud.call("DescribeSecurityEventOperations", &[("SecurityEventId", &id)])
}

fn row(reply: &Reply, code: &str) -> Value {
    let rows = reply.body["SecurityEventOperationsResponse"].as_array().unwrap();
    let row = rows.iter().find(|row| row["OperationCode"] == code);
    row.cloned().unwrap_or_default()
}

fn codes(reply: &Reply, may_use: bool) -> Vec<String> {
    let rows = reply.body["SecurityEventOperationsResponse"].as_array().unwrap();
    let rows = rows.iter().filter(|row| row["UserCanOperate"] == may_use);
    rows.map(|row| row["OperationCode"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_alert_offers_what_fits_it() {
    let cloud = Cloud::new();
    let always = [
        "advance_mark_mis_info",
        "ignore",
        "manual_handled",
        "mark_mis_info",
    ];
    for (alert, more) in [
        (LOGON, vec!["block_ip"]),
        (
            WEB_SHELL,
            vec![
                "cleanup",
                "kill_and_quara",
                "kill_virus",
                "quara",
                "virus_quara",
                "virus_quara_bin",
            ],
        ),
        (
            SHELL,
            vec![
                "block_ip",
                "kill_container_process",
                "kill_process",
                "stop_container",
            ],
        ),
    ] {
        let mut expected: Vec<&str> = always.into_iter().chain(more).collect();
        expected.sort_unstable();
        assert_eq!(codes(&operations(&cloud, alert), true), expected, "{alert}");
    }
}

#[test]
fn parameters_are_suggested_as_json_texts() {
    let cloud = Cloud::new();
    let parameters = |alert, code| {
        let text = row(&operations(&cloud, alert), code)["OperationParams"].clone();
        serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap()
    };
    assert_eq!(
        parameters(LOGON, "block_ip"),
        json!({"expireTime": 1_767_927_845_000_i64})
    );
    assert_eq!(
        parameters(MINER, "kill_and_quara"),
        json!({"subOperation": "killAndQuaraFileByMd5andPath"})
    );
    assert_eq!(parameters(MINER, "ignore"), json!({}));
}

#[test]
fn the_edition_and_the_world_limit_what_may_be_used() {
    let cloud = Cloud::new();
    assert_eq!(codes(&operations(&cloud, 702_173_407), true), [""; 0]);
    cloud.mainland(|centre| centre.subscription = None);
    let free = [
        "advance_mark_mis_info",
        "ignore",
        "manual_handled",
        "mark_mis_info",
    ];
    assert_eq!(codes(&operations(&cloud, MINER), true), free);
    assert!(codes(&operations(&cloud, MINER), false).contains(&"kill_and_quara".to_owned()));
    cloud.mainland(|centre| {
        centre.assets.get_mut(&uuid(2)).unwrap().auth_version = crate::world::Edition::ANTI_VIRUS;
    });
    assert_eq!(codes(&operations(&cloud, MINER), false), [""; 0]);
}

#[test]
fn fields_and_rules_carry_the_vendors_spelling() {
    let cloud = Cloud::new();
    let marks = || row(&operations(&cloud, LOGON), "advance_mark_mis_info");
    let fields = &marks()["MarkFieldsSource"];
    assert_eq!(
        fields[0],
        json!({"FiledName": "loginSourceIp", "FiledAliasName": "Source IP address",
            "MarkMisValue": "203.0.113.9", "SupportedMisType":
            ["contains", "notContains", "regex", "strEqual", "strNotEqual", "inIpSegment"]})
    );
    assert_eq!(fields[1]["FiledName"], "loginUser");
    assert!(
        !fields[1]["SupportedMisType"]
            .as_array()
            .unwrap()
            .contains(&json!("inIpSegment"))
    );
    assert_eq!(marks()["MarkField"], json!([]));

    let rules = r#"[{"uuid":"ALL","field":"loginSourceIp","operate":"inIpSegment","fieldValue":"203.0.113.0/24"},
        {"uuid":"part","field":"loginUser","operate":"strEqual","fieldValue":"root"}]"#;
    cloud.handled("advance_mark_mis_info", &[LOGON], &[("MarkMissParam", rules)]);
    cloud.step(3);
    cloud.change_alert(LOGON, |alert| alert.handlings.clear());
    let rules = marks()["MarkField"].clone();
    assert_eq!(
        (
            &rules[0]["Uuid"],
            &rules[0]["MarkMisType"],
            &rules[0]["MarkMisValue"]
        ),
        (&json!("ALL"), &json!("inIpSegment"), &json!("203.0.113.0/24"))
    );
    assert!(
        rules[0]["SupportedMisType"]
            .as_array()
            .unwrap()
            .contains(&json!("inIpSegment"))
    );
    assert_eq!(
        (&rules[1]["Uuid"], &rules[1]["FiledName"]),
        (&json!(uuid(1)), &json!("loginUser"))
    );
}

#[test]
fn nothing_may_be_done_while_an_alert_is_being_handled() {
    let cloud = Cloud::new();
    cloud.handled("ignore", &[LOGON], &[]);
    assert_eq!(codes(&operations(&cloud, LOGON), true), [""; 0]);
    cloud.step(3);
    assert_eq!(operations(&cloud, LOGON).code(), "SecurityEventNotExists");
}

#[test]
fn unknown_and_handled_alerts_do_not_exist() {
    let cloud = Cloud::new();
    for alert in [1, HANDLED] {
        let reply = operations(&cloud, alert);
        assert_eq!((reply.status, reply.code()), (400, "SecurityEventNotExists"));
    }
    cloud.mainland(|centre| centre.settings.alerts.operations_of_handled = true);
    assert_eq!(codes(&operations(&cloud, HANDLED), true), ["cancle_manual"]);
    assert_eq!(operations(&cloud, 1).code(), "SecurityEventNotExists");
    assert_eq!(
        cloud.call("DescribeSecurityEventOperations", &[]).code(),
        "MissingSecurityEventId"
    );
}

#[test]
fn data_centres_and_accounts_do_not_know_each_others_alerts() {
    let cloud = Cloud::new();
    let alert = cloud.world(|world| {
        let centre = world.centre(crate::world::DEMO_ACCOUNT, "ap-southeast-1");
        *centre.alerts.keys().next().unwrap()
    });
    assert_eq!(operations(&cloud, alert).code(), "SecurityEventNotExists");
    let id = alert.to_string();
    let abroad = [("SecurityEventId", id.as_str()), ("RegionId", "ap-southeast-1")];
    let signing = crate::testing::Signing {
        host: "127.0.0.1".to_owned(),
        ..crate::testing::Signing::nonce("abroad")
    };
    let request = crate::testing::v1(&signing, "DescribeSecurityEventOperations", &abroad);
    let reply = cloud.send(&request);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(
        codes(&reply, false).contains(&"kill_and_quara".to_owned()),
        "a free server"
    );
}
