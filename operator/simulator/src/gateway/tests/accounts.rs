//! Several accounts on one gateway: nothing of one is known to, or counts for, another.

use serde_json::Value;

use super::READ;
use crate::testing::alerts::LOGON;
use crate::testing::{Cloud, Reply, Signing, uuid, v1};
use crate::world::{Account, DataCentre, Key, Rate};

const OTHER: &str = "2222222222222222";

/// The demo cloud with a second account that has a key and nothing else.
fn cloud() -> Cloud {
    let cloud = Cloud::new();
    let key = Key {
        access_key_secret: "other".to_owned(),
        ..Key::default()
    };
    let account = Account {
        keys: [("LTAIother".to_owned(), key)].into(),
        data_centres: [("cn-shanghai".to_owned(), DataCentre::default().into())].into(),
        ..Account::default()
    };
    cloud.world(|world| world.accounts.insert(OTHER.to_owned(), account));
    cloud
}

fn as_other(cloud: &Cloud, nonce: &str, action: &str, parameters: &[(&str, &str)]) -> Reply {
    let signing = Signing {
        key: "LTAIother".to_owned(),
        secret: "other".to_owned(),
        ..Signing::nonce(nonce)
    };
    cloud.send(&v1(&signing, action, parameters))
}

#[test]
fn what_belongs_to_one_account_does_not_exist_for_another() {
    let cloud = cloud();
    let before = cloud.world(|world| world.accounts.clone());
    let list = as_other(&cloud, "1", "DescribeCloudCenterInstances", &[]);
    assert_eq!(list.body["PageInfo"]["TotalCount"], 0, "{list:?}");
    let codes = as_other(&cloud, "2", "DescribeInstallCodes", &[]);
    assert_eq!(codes.body["InstallCodes"], Value::Array(Vec::new()));
    let bind = [("Bind.1", &*uuid(1)), ("AuthVersion", "7")];
    assert_eq!(
        as_other(&cloud, "3", "BindAuthToMachine", &bind).body["ResultCode"],
        1
    );
    let id = LOGON.to_string();
    let handle = [
        ("SecurityEventIds.1", &*id),
        ("OperationCode", "ignore"),
        ("OperationParams", "{}"),
    ];
    let handled = as_other(&cloud, "4", "HandleSecurityEvents", &handle);
    assert_eq!(handled.code(), "SecurityEventNotExists");
    assert_eq!(cloud.world(|world| world.accounts.clone()), before);
    assert_eq!(cloud.last().account.as_deref(), Some(OTHER));
}

#[test]
fn nonces_are_per_key_and_limits_and_faults_per_account() {
    let cloud = cloud();
    assert_eq!(cloud.send(&v1(&Signing::nonce("same"), READ, &[])).status, 200);
    assert_eq!(as_other(&cloud, "same", READ, &[]).status, 200);
    cloud.fault(&format!(r#"{{"kind":"status","account":"{OTHER}","count":2}}"#));
    assert_eq!(cloud.call(READ, &[]).status, 200);
    let hit = ["f1", "f2", "f3"].map(|nonce| as_other(&cloud, nonce, READ, &[]).status);
    assert_eq!(hit, [503, 503, 200]);
    cloud.world(|world| {
        let limits = &mut world.accounts.get_mut(OTHER).unwrap().rate_limits;
        limits.per_account = Some(Rate {
            per_second: 1.0,
            burst: 1.0,
        });
    });
    let limited = ["r1", "r2"].map(|nonce| as_other(&cloud, nonce, READ, &[]).status);
    assert_eq!(limited, [200, 400]);
    assert_eq!(cloud.call(READ, &[]).status, 200);
}

#[test]
fn a_temporary_key_ends_while_it_is_in_use() {
    let cloud = cloud();
    let ends = "2026-01-02T03:14:05Z";
    cloud.world(|world| {
        let keys = &mut world.accounts.get_mut(OTHER).unwrap().keys;
        let key = keys.get_mut("LTAIother").unwrap();
        (key.security_token, key.expires_at) = (Some("token".to_owned()), Some(ends.parse().unwrap()));
    });
    let read = |nonce: &str, timestamp: String| {
        let signing = Signing {
            key: "LTAIother".to_owned(),
            secret: "other".to_owned(),
            token: Some("token".to_owned()),
            timestamp,
            ..Signing::nonce(nonce)
        };
        cloud.send(&v1(&signing, READ, &[]))
    };
    assert_eq!(read("last", cloud.step(599)).status, 200);
    assert_eq!(read("late", cloud.step(1)).code(), "InvalidSecurityToken.Expired");
}
