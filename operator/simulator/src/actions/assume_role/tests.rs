//! AssumeRole through the gateway: who may, for how long, and what the key can do.

use serde_json::Value;

use crate::testing::{Cloud, KEY, Reply, Signing, v1, v3};
use crate::world::{Account, DEMO_ACCOUNT, Key, Role};

const OTHER: &str = "2000000000000002";

/// The demo world in which the known key belongs to the user `ci`, with the role `reader` in another
/// account.
fn cloud() -> Cloud {
    let cloud = Cloud::new();
    cloud.world(|world| {
        world.sts.root_may_assume_roles = false;
        let account = world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
        account.keys.get_mut(KEY).unwrap().user_name = Some("ci".to_owned());
        let role = Role {
            trust: vec![format!("acs:ram::{DEMO_ACCOUNT}:user/ci")],
            external_id: Some("ext-1".to_owned()),
            allow: vec!["yundun-sas:Get*".to_owned(), "yundun-sas:Describe*".to_owned()],
            ..Role::default()
        };
        let other = Account {
            roles: [("Reader".to_owned(), role)].into(),
            ..Account::default()
        };
        world.accounts.insert(OTHER.to_owned(), other);
    });
    cloud
}

fn assume(cloud: &Cloud, changes: &[(&str, &str)]) -> Reply {
    let arn = format!("acs:ram::{OTHER}:role/reader");
    let mut parameters = vec![
        ("RoleArn", arn.as_str()),
        ("RoleSessionName", "nightly"),
        ("ExternalId", "ext-1"),
    ];
    for (name, value) in changes {
        parameters.retain(|(other, _)| other != name);
        parameters.push((name, value));
    }
    cloud.call("AssumeRole", &parameters)
}

/// Calls an action with the key of a reply.
fn with_key(cloud: &Cloud, reply: &Value, action: &str) -> Reply {
    let text = |name: &str| reply["Credentials"][name].as_str().unwrap().to_owned();
    let signing = Signing {
        key: text("AccessKeyId"),
        secret: text("AccessKeySecret"),
        token: Some(text("SecurityToken")),
        timestamp: cloud.step(0),
        ..Signing::nonce(&format!("nonce-{}", cloud.log().len()))
    };
    if cloud.log().len().is_multiple_of(2) {
        cloud.send(&v1(&signing, action, &[]))
    } else {
        cloud.send(&v3(&signing, action, &[], b""))
    }
}

#[test]
fn the_key_acts_as_the_role_in_its_account_until_it_ends() {
    let cloud = cloud();
    let before = cloud.world(|world| world.clone());
    let reply = assume(&cloud, &[("DurationSeconds", "900")]);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(cloud.world(|world| world.clone()), before);
    assert_eq!(reply.body["Credentials"]["Expiration"], "2026-01-02T03:19:05Z");
    let user = &reply.body["AssumedRoleUser"];
    assert_eq!(user["Arn"], format!("acs:ram::{OTHER}:role/reader/nightly"));
    let caller = with_key(&cloud, &reply.body, "GetCallerIdentity").body;
    assert_eq!(
        (&caller["AccountId"], &caller["IdentityType"], &caller["Arn"]),
        (
            &OTHER.into(),
            &"AssumedRoleUser".into(),
            &format!("acs:ram::{OTHER}:assumed-role/reader/nightly").into()
        )
    );
    for _ in 0..2 {
        assert_eq!(with_key(&cloud, &reply.body, "GetAuthSummary").status, 200);
    }
    assert_eq!(cloud.last().account.as_deref(), Some(OTHER));
    assert_eq!(
        with_key(&cloud, &reply.body, "AddInstallCode").code(),
        "NoPermission"
    );
    cloud.step(900);
    let late = with_key(&cloud, &reply.body, "GetAuthSummary");
    assert_eq!(late.code(), "InvalidSecurityToken.Expired");
}

#[test]
fn what_is_not_trusted_known_or_well_formed_is_refused() {
    let cloud = cloud();
    let table = [
        (("ExternalId", "other"), 403, "NoPermission"),
        (
            ("RoleArn", "acs:ram::2000000000000002:role/writer"),
            404,
            "EntityNotExist.Role",
        ),
        (
            ("RoleArn", "acs:ram::2000000000000002:user/x"),
            400,
            "InvalidParameter.RoleArn",
        ),
        (("RoleArn", ""), 400, "MissingRoleArn"),
        (
            ("RoleSessionName", "a b"),
            400,
            "InvalidParameter.RoleSessionName",
        ),
        (("RoleSessionName", ""), 400, "MissingRoleSessionName"),
        (
            ("DurationSeconds", "899"),
            400,
            "InvalidParameter.DurationSeconds",
        ),
        (
            ("DurationSeconds", "3601"),
            400,
            "InvalidParameter.DurationSeconds",
        ),
        (("Policy", "{"), 400, "InvalidParameter.PolicyGrammar"),
    ];
    for (change, status, code) in table {
        let reply = assume(&cloud, &[change]);
        assert_eq!((reply.status, reply.code()), (status, code), "{change:?}");
    }
    let denied = assume(&cloud, &[("ExternalId", "other")]);
    assert_eq!(denied.body["AccessDeniedDetail"]["AuthAction"], "sts:AssumeRole");
}

#[test]
fn the_caller_needs_the_right_and_may_not_be_the_account_itself() {
    let cloud = cloud();
    let own = |cloud: &Cloud, change: fn(&mut Key)| {
        cloud.world(|world| {
            let account = world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
            change(account.keys.get_mut(KEY).unwrap());
        });
    };
    own(&cloud, |key| key.deny = vec!["sts:AssumeRole".to_owned()]);
    let denied = assume(&cloud, &[]);
    assert_eq!(denied.code(), "NoPermission");
    assert_eq!(denied.body["AccessDeniedDetail"]["AuthAction"], "sts:AssumeRole");
    own(&cloud, |key| {
        key.deny.clear();
        key.user_name = None;
    });
    let root = assume(&cloud, &[]);
    assert_eq!(root.code(), "NoPermission");
    assert!(root.body["Message"].as_str().unwrap().contains("root accounts"));
}

#[test]
fn a_session_policy_only_narrows() {
    let cloud = cloud();
    let policy = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["yundun-sas:GetAuthSummary",
        "yundun-sas:AddInstallCode"],"Resource":"*"}]}"#;
    let reply = assume(&cloud, &[("Policy", policy)]);
    assert_eq!(with_key(&cloud, &reply.body, "GetAuthSummary").status, 200);
    for action in ["DescribeVersionConfig", "AddInstallCode"] {
        assert_eq!(
            with_key(&cloud, &reply.body, action).code(),
            "NoPermission",
            "{action}"
        );
    }
}
