//! Files on their way into quarantine, in it, and out of it.

use serde_json::Value;

use crate::testing::Cloud;
use crate::testing::alerts::{Alerts, LOGON, MINER, WEB_SHELL};
use crate::world::ClientStatus;

fn files(cloud: &Cloud, parameters: &[(&str, &str)]) -> Value {
    cloud.call("DescribeSuspEventQuaraFiles", parameters).body
}

fn statuses(cloud: &Cloud) -> Vec<Value> {
    let rows = files(cloud, &[])["QuaraFiles"].as_array().unwrap().clone();
    rows.into_iter().map(|row| row["Status"].clone()).collect()
}

fn roll_back(cloud: &Cloud, id: i64) -> crate::testing::Reply {
    let id = id.to_string();
    cloud.call(
        "RollbackSuspEventQuaraFile",
        &[("QuaraFileId", &id), ("From", "sas")],
    )
}

#[test]
fn only_what_quarantines_puts_a_file_away() {
    let killing = r#"{"subOperation":"killByMd5andPath"}"#;
    for (operation, alert, extra, expected) in [
        (
            "kill_and_quara",
            MINER,
            Some(r#"{"subOperation":"killAndQuaraFileByMd5andPath"}"#),
            1,
        ),
        ("kill_and_quara", MINER, Some(killing), 0),
        (
            "kill_and_quara",
            WEB_SHELL,
            Some(r#"{"subOperation":"quaraFileByMd5andPath"}"#),
            1,
        ),
        ("quara", WEB_SHELL, None, 1),
        ("kill_process", MINER, None, 0),
        ("ignore", LOGON, None, 0),
    ] {
        let cloud = Cloud::new();
        let extra: Vec<(&str, &str)> = extra.map(|text| ("OperationParams", text)).into_iter().collect();
        cloud.handled(operation, &[alert], &extra);
        cloud.step(3);
        let body = files(&cloud, &[]);
        assert_eq!(body["TotalCount"], expected, "{operation} {extra:?}");
    }
}

#[test]
fn a_file_goes_in_and_comes_back() {
    let cloud = Cloud::new();
    cloud.handled("quara", &[WEB_SHELL], &[]);
    assert_eq!(statuses(&cloud), ["quaraing"]);
    assert_eq!(roll_back(&cloud, 3_921_701).code(), "IllegalParam", "not in yet");
    cloud.step(3);
    let row = files(&cloud, &[])["QuaraFiles"][0].clone();
    assert_eq!(
        (&row["Status"], &row["Id"]),
        (&"quaraDone".into(), &3_921_701.into())
    );
    assert_eq!(row["Path"], "/var/www/html/upload/a.php");
    assert_eq!(row["ModifyTime"], "2026-01-02 11:04:08");
    assert_eq!(row["InstanceName"], "web-3");

    assert_eq!(roll_back(&cloud, 3_921_701).status, 200);
    assert!(cloud.last().committed);
    assert_eq!(statuses(&cloud), ["rollbacking"]);
    cloud.step(2);
    assert_eq!(statuses(&cloud), ["rollbackDone"]);
    assert_eq!(roll_back(&cloud, 3_921_701).status, 200);
    assert!(!cloud.last().committed, "nothing left to do");
}

#[test]
fn an_offline_agent_gives_nothing_back_until_it_is_back() {
    let cloud = Cloud::new();
    cloud.handled("quara", &[WEB_SHELL], &[]);
    cloud.step(3);
    let agent = |status| {
        cloud.mainland(|centre| {
            let server = centre.assets.get_mut(&crate::testing::uuid(3)).unwrap();
            server.client_status = status;
        });
    };
    agent(ClientStatus::Offline);
    roll_back(&cloud, 3_921_701);
    cloud.step(2);
    assert_eq!(statuses(&cloud), ["rollbackFailed"]);
    agent(ClientStatus::Online);
    roll_back(&cloud, 3_921_701);
    cloud.step(2);
    assert_eq!(statuses(&cloud), ["rollbackDone"]);
}

#[test]
fn files_are_found_by_status_event_and_group() {
    let cloud = Cloud::new();
    cloud.handled("quara", &[WEB_SHELL, MINER], &[]);
    cloud.step(3);
    let count = |name: &str, value: &str| files(&cloud, &[(name, value)])["TotalCount"].as_i64();
    assert_eq!(count("Status", "quaraDone"), Some(2));
    assert_eq!(count("Status", "quaraing"), Some(0));
    assert_eq!(count("GroupingId", "1001"), Some(2));
    assert_eq!(count("GroupId", "1002"), Some(0));
    let tag = files(&cloud, &[])["QuaraFiles"][0]["Tag"].clone();
    assert_eq!(count("QuaraTag", tag.as_str().unwrap()), Some(1));
    let page = files(&cloud, &[("CurrentPage", "2"), ("PageSize", "1")]);
    assert_eq!((&page["Count"], &page["TotalCount"]), (&1.into(), &2.into()));
    assert_eq!(page["QuaraFiles"][0]["Id"], 3_921_702);
}
