//! Permissions of keys: by action, and by server where RAM tells servers apart.

use super::{BIND, READ, edition_of_web_1};
use crate::testing::{Cloud, KEY, Reply, uuid};
use crate::world::DEMO_ACCOUNT;

fn policy(cloud: &Cloud, allow: &[&str], deny: &[&str]) {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    cloud.world(|world| {
        let account = world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
        let key = account.keys.get_mut(KEY).unwrap();
        (key.allow, key.deny) = (texts(allow), texts(deny));
        key.user_name = Some("operator".to_owned());
    });
}

#[test]
fn permissions_are_per_key_and_name_the_missing_action() {
    let cloud = Cloud::new();
    policy(&cloud, &["yundun-sas:Describe*"], &[]);
    assert_eq!(cloud.call(READ, &[]).status, 200);
    let reply = cloud.call("BindAuthToMachine", &BIND);
    assert_eq!((reply.status, reply.code()), (403, "NoPermission"));
    let detail = &reply.body["AccessDeniedDetail"];
    assert_eq!(detail["AuthAction"], "yundun-sas:BindAuthToMachine");
    assert_eq!(detail["NoPermissionType"], "ImplicitDeny");
    assert_eq!(detail["AuthPrincipalType"], "SubUser");
    assert_eq!(detail["AuthPrincipalOwnerId"], DEMO_ACCOUNT);
    assert_eq!(edition_of_web_1(&cloud), 1);
    assert_eq!(
        cloud.call("GetCallerIdentity", &[]).body["IdentityType"],
        "RAMUser"
    );

    policy(&cloud, &["*"], &["yundun-sas:DescribeVendorList", "sts:*"]);
    let reply = cloud.call(READ, &[]);
    assert_eq!(
        reply.body["AccessDeniedDetail"]["NoPermissionType"],
        "ExplicitDeny"
    );
    assert_eq!(cloud.call("GetCallerIdentity", &[]).code(), "NoPermission");
    assert_eq!(cloud.call("DescribeInstallCodes", &[]).status, 200);
}

const BINDING: &str = "yundun-sas:UpdatePostPaidBindRel";

fn bind(cloud: &Cloud, servers: &[u8]) -> Reply {
    let mut parameters = vec![("BindAction.1.Version".to_owned(), "3".to_owned())];
    for (number, server) in (1..).zip(servers) {
        parameters.push((format!("BindAction.1.UuidList.{number}"), uuid(*server)));
    }
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    cloud.call("UpdatePostPaidBindRel", &parameters)
}

fn on_server(server: u8) -> String {
    format!(
        "{BINDING} on acs:yundun-sas:cn-shanghai:{DEMO_ACCOUNT}:assetbind/{}",
        uuid(server)
    )
}

fn denial(reply: &Reply) -> &str {
    assert_eq!((reply.status, reply.code()), (403, "NoPermission"), "{reply:?}");
    assert_eq!(reply.body["AccessDeniedDetail"]["AuthAction"], BINDING);
    reply.body["AccessDeniedDetail"]["NoPermissionType"]
        .as_str()
        .unwrap()
}

#[test]
fn binding_is_allowed_server_by_server() {
    let cloud = Cloud::new();
    policy(&cloud, &[&on_server(1)], &[]);
    assert_eq!(bind(&cloud, &[1]).body["ResultCode"], 0);
    assert_eq!(denial(&bind(&cloud, &[2])), "ImplicitDeny");
    assert_eq!(
        denial(&bind(&cloud, &[1, 2])),
        "ImplicitDeny",
        "one of them is not allowed"
    );
    assert_eq!(
        denial(&bind(&cloud, &[])),
        "ImplicitDeny",
        "no server is not all servers"
    );
    let all = [("BindAction.1.Version", "3"), ("BindAction.1.BindAll", "true")];
    assert_eq!(denial(&cloud.call("UpdatePostPaidBindRel", &all)), "ImplicitDeny");

    policy(&cloud, &["*"], &[&on_server(2)]);
    assert_eq!(bind(&cloud, &[1]).status, 200);
    assert_eq!(denial(&bind(&cloud, &[1, 2])), "ExplicitDeny");
}

#[test]
fn a_policy_for_another_account_region_or_action_allows_nothing() {
    let cloud = Cloud::new();
    for (right, wrong) in [
        (DEMO_ACCOUNT, "1"),
        ("cn-shanghai", "cn-hangzhou"),
        (BINDING, "sts:*"),
    ] {
        policy(&cloud, &[&on_server(1).replace(right, wrong)], &[]);
        assert_eq!(denial(&bind(&cloud, &[1])), "ImplicitDeny", "{wrong}");
    }
    policy(&cloud, &["yundun-sas:* on acs:yundun-sas:*:*:assetbind/*"], &[]);
    assert_eq!(bind(&cloud, &[1]).status, 200);
    let reply = cloud.call("BindAuthToMachine", &BIND);
    assert_eq!(
        (reply.status, reply.code()),
        (403, "NoPermission"),
        "RAM does not tell its servers apart"
    );
}
