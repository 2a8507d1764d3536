//! Every filter, the order, the pages, and the fields with their types.

use crate::testing::alerts::{Alerts, HANDLED, LOGON, MINER, OFFLINE_MINER, SHELL, WEB_SHELL};
use crate::testing::{Cloud, uuid};
use crate::world::{Alert, DEMO_ACCOUNT, EventStatus};

/// The one that nobody may handle.
const SHUT: i64 = 702_173_407;

fn ids(cloud: &Cloud, parameters: &[(&str, &str)]) -> Vec<i64> {
    let reply = cloud.call("DescribeSuspEvents", parameters);
    let rows = reply.body["SuspEvents"].as_array();
    let rows = rows.unwrap_or_else(|| panic!("{parameters:?} {reply:?}"));
    rows.iter().map(|row| row["Id"].as_i64().unwrap()).collect()
}

/// Parameters, and the alerts that they show.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [i64]);

#[test]
fn filters_show_what_fits_them() {
    let cloud = Cloud::new();
    let (web1, both) = (uuid(1), format!("{},{}", uuid(1), uuid(2)));
    let all = [SHUT, OFFLINE_MINER, SHELL, WEB_SHELL, MINER, LOGON, HANDLED];
    let cases: [Case<'_>; 46] = [
        (&[], &all),
        (&[("From", "sas"), ("Lang", "en")], &all),
        (&[("Dealed", "N")], &all[..6]),
        (&[("Dealed", "Y")], &[HANDLED]),
        (&[("Status", "0")], &all),
        (&[("Status", "1")], &all[..6]),
        (&[("Status", "32")], &[HANDLED]),
        (&[("Status", "2")], &[]),
        (&[("Id", "702173401")], &[LOGON]),
        (&[("Id", "1")], &[]),
        (&[("Levels", "suspicious")], &[LOGON]),
        (&[("Levels", "remind,suspicious")], &[SHUT, LOGON, HANDLED]),
        (&[("Uuids", &web1)], &[LOGON]),
        (&[("Uuids", &both)], &[MINER, LOGON]),
        (&[("Name", "db-")], &[OFFLINE_MINER]),
        (&[("Remark", "Mining")], &[OFFLINE_MINER, MINER]),
        (&[("Remark", "10.0.0.5")], &[SHELL]),
        (&[("EventNames", "webshell,reverse_shell")], &[SHELL, WEB_SHELL]),
        (&[("ParentEventTypes", "异常登录")], &[LOGON]),
        (&[("ParentEventTypes", "Web shell")], &[WEB_SHELL]),
        (&[("GroupId", "1002")], &[OFFLINE_MINER]),
        (&[("ClusterId", "c0ffee00000000000000000000000ac4")], &[SHELL]),
        (
            &[
                ("ContainerFieldName", "namespace"),
                ("ContainerFieldValue", "shop"),
            ],
            &[SHELL],
        ),
        (
            &[("ContainerFieldName", "image"), ("ContainerFieldValue", "other")],
            &[],
        ),
        (
            &[
                ("ContainerFieldName", "imageRepoTag"),
                ("ContainerFieldValue", "1.0.1"),
            ],
            &[SHELL],
        ),
        (&[("TargetType", "containerId")], &[SHELL]),
        (&[("TargetType", "imageUuid")], &[]),
        (&[("TargetType", "uuid")], &all),
        (&[("StrictMode", "N")], &all),
        (&[("StrictMode", "Y")], &[]),
        (&[("DetectSource", "documented as without effect")], &all),
        (&[("TacticId", "TA0011")], &[SHELL]),
        (&[("TacticId", "TA0001")], &[]),
        (&[("SourceAliUids", DEMO_ACCOUNT)], &all),
        (&[("SourceAliUids", "1,2")], &[]),
        (
            &[("OperateErrorCodeList.1", "manual_handled.Success")],
            &[HANDLED],
        ),
        (&[("OperateErrorCodeList.1", "ignore.Success")], &[]),
        (&[("SupportOperateCodeList.1", "stop_container")], &[SHELL]),
        (&[("AssetsTypeList.1", "ecs")], &all),
        (&[("AssetsTypeList.1", "serverless")], &[]),
        (&[("UniqueInfo", "00000000000000000000000029da50d9")], &[LOGON]),
        (&[("AlarmUniqueInfo", "x")], &[]),
        // Times as texts are eight hours ahead of UTC; both ends belong to the range.
        (
            &[
                ("TimeStart", "2026-01-02 10:44:05"),
                ("TimeEnd", "2026-01-02 10:54:05"),
            ],
            &[OFFLINE_MINER, SHELL],
        ),
        (&[("TimeEnd", "2026-01-01 00:00:00")], &[HANDLED]),
        (&[("OperateTimeStart", "2025-12-01 00:00:00")], &[HANDLED]),
        (&[("OperateTimeStart", "1767323045000")], &[]),
    ];
    for (parameters, expected) in cases {
        assert_eq!(ids(&cloud, parameters), expected, "{parameters:?}");
    }
}

#[test]
fn a_value_that_means_nothing_is_refused() {
    let cloud = Cloud::new();
    for (name, value, code) in [
        ("Dealed", "y", "InvalidDealed"),
        ("Levels", "serious,high", "InvalidLevels"),
        ("Id", "x", "InvalidId"),
        ("Status", "pending", "InvalidStatus"),
        ("TimeStart", "yesterday", "InvalidTimeStart"),
        ("CurrentPage", "0", "InvalidCurrentPage"),
        ("PageSize", "101", "InvalidPageSize"),
        ("PageSize", "0", "InvalidPageSize"),
        ("SortType", "up", "InvalidSortType"),
        ("SortColumn", "name", "InvalidSortColumn"),
        ("StrictMode", "yes", "InvalidStrictMode"),
        ("TargetType", "pod", "InvalidTargetType"),
        ("ContainerFieldName", "colour", "InvalidContainerFieldName"),
        ("MultiAccountActionType", "all", "InvalidMultiAccountActionType"),
    ] {
        let reply = cloud.call("DescribeSuspEvents", &[(name, value)]);
        assert_eq!((reply.status, reply.code()), (400, code), "{name}={value}");
    }
}

#[test]
fn pages_are_numbers_in_texts_with_twenty_rows() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let alert = |id: i64| (id, Alert::default());
        centre.alerts = (1..=45).map(alert).collect();
    });
    let page = |parameters: &[(&str, &str)]| {
        let body = cloud.call("DescribeSuspEvents", parameters).body;
        let number = |name: &str| body[name].as_i64().unwrap();
        [
            number("Count"),
            number("PageSize"),
            number("CurrentPage"),
            number("TotalCount"),
        ]
    };
    assert_eq!(page(&[]), [20, 20, 1, 45]);
    assert_eq!(page(&[("CurrentPage", "3")]), [5, 20, 3, 45]);
    assert_eq!(page(&[("CurrentPage", "4")]), [0, 20, 4, 45]);
    assert_eq!(page(&[("PageSize", "100")]), [45, 100, 1, 45]);
    let mut every: Vec<i64> = ["1", "2", "3"]
        .iter()
        .flat_map(|page| ids(&cloud, &[("CurrentPage", page)]))
        .collect();
    every.sort_unstable();
    assert_eq!(every, (1..=45).collect::<Vec<i64>>());
}

#[test]
fn handled_alerts_are_sorted_as_asked_for() {
    let cloud = Cloud::new();
    for alert in [MINER, LOGON] {
        cloud.handled("ignore", &[alert], &[]);
        cloud.step(3);
    }
    let sorted = |more: &[(&str, &str)]| {
        let parameters: Vec<(&str, &str)> = [("Dealed", "Y")].iter().chain(more).copied().collect();
        ids(&cloud, &parameters)
    };
    assert_eq!(sorted(&[]), [LOGON, MINER, HANDLED]);
    assert_eq!(sorted(&[("SortType", "asc")]), [HANDLED, MINER, LOGON]);
    assert_eq!(sorted(&[("SortColumn", "lastTime")]), [MINER, LOGON, HANDLED]);
    let pending = [("Dealed", "N"), ("SortType", "asc")];
    assert_eq!(ids(&cloud, &pending)[0], SHUT, "counts only for handled ones");
}

#[test]
fn an_alert_appears_when_it_is_raised() {
    let cloud = Cloud::new();
    cloud.raise_again(LOGON, 1000, 60);
    assert!(!ids(&cloud, &[]).contains(&1000));
    cloud.step(60);
    assert_eq!(ids(&cloud, &[])[0], 1000);
}

#[test]
fn deleted_alerts_are_shown_only_by_their_status() {
    let cloud = Cloud::new();
    cloud.change_alert(LOGON, |alert| alert.status = EventStatus::DELETED);
    assert!(!ids(&cloud, &[]).contains(&LOGON));
    assert_eq!(ids(&cloud, &[("Dealed", "Y")]), [HANDLED]);
    assert_eq!(ids(&cloud, &[("Status", "128")]), [LOGON]);
}

#[test]
fn every_status_is_pending_or_dealt_with() {
    let cloud = Cloud::new();
    for (status, dealt_with) in [
        (1, false),
        (2, true),
        (4, true),
        (8, true),
        (16, false),
        (32, true),
        (64, true),
        (512, false),
        (513, true),
        (604, true),
    ] {
        cloud.change_alert(LOGON, |alert| alert.status = EventStatus(status));
        let dealed = if dealt_with { "Y" } else { "N" };
        assert!(ids(&cloud, &[("Dealed", dealed)]).contains(&LOGON), "{status}");
        assert_eq!(cloud.event_status(LOGON), i64::from(status));
    }
}

#[test]
fn rows_have_the_fields_and_types_of_the_vendor() {
    let cloud = Cloud::new();
    let row = cloud.alert(LOGON);
    for (name, value) in [
        ("AlarmEventNameDisplay", "Login with unusual location"),
        ("AlarmEventType", "异常登录"),
        ("Name", "异常登录-Login with unusual location"),
        ("EventSubType", "login_common_location"),
        ("Level", "suspicious"),
        ("OccurrenceTime", "2026-01-02 10:14:05"),
        ("LastTime", "2026-01-02 10:14:05"),
        ("SecurityEventIds", "702173401"),
        ("InstanceName", "web-1"),
        ("IntranetIp", "10.0.0.1"),
    ] {
        assert_eq!(row[name], value, "{name}");
    }
    assert_eq!(row["OccurrenceTimeStamp"], 1_767_320_045_000_i64);
    assert_eq!(row["SourceAliUid"], 1_234_567_890_123_456_i64);
    assert_eq!(row["Details"][0]["Value"], "203.0.113.9");
    assert!(row["OperateErrorCode"].is_null());
    let english = cloud.call("DescribeSuspEvents", &[("Lang", "en"), ("Id", "702173401")]);
    assert_eq!(english.body["SuspEvents"][0]["AlarmEventType"], "Unusual logon");
    let container = cloud.alert(SHELL);
    assert_eq!(container["K8sPodName"], "shop-0");
    assert_eq!(container["clusterId"], "c0ffee00000000000000000000000ac4");
}

#[test]
fn what_an_attacker_typed_arrives_as_it_was() {
    let cloud = Cloud::new();
    let row = cloud.alert(SHELL);
    let typed = cloud.mainland(|centre| centre.alerts[&SHELL].clone());
    assert_eq!(row["AlarmEventNameDisplay"].as_str(), Some(typed.title.as_str()));
    let command_line = typed.process.unwrap().command_line;
    let details = row["Details"].as_array().unwrap();
    assert!(
        details
            .iter()
            .any(|detail| detail["Value"] == command_line.as_str())
    );
}

#[test]
fn a_whitelisting_names_its_user_and_its_rules() {
    let cloud = Cloud::new();
    let rule = r#"[{"uuid":"ALL","field":"loginUser","operate":"contains","fieldValue":"oo"}]"#;
    let task = cloud.handled("advance_mark_mis_info", &[LOGON], &[("MarkMissParam", rule)]);
    cloud.step(3);
    let row = cloud.alert(LOGON);
    assert_eq!(row["OperateErrorCode"], "advance_mark_mis_info.User.Success");
    assert_eq!(
        cloud.task_status(task, LOGON).2,
        "advance_mark_mis_info.User.Success"
    );
    assert_eq!(row["CanCancelFault"], true);
    let shown = "<strong>1.</strong>&nbsp&nbsploginUser&nbsp&nbspcontains&nbsp&nbspoo&nbsp&nbsp";
    assert_eq!(row["MarkMisRules"], shown);
}
