//! Every refusal of the gateway and every kind of fault, through signed requests.

use std::time::Duration;

use axum::http::{HeaderValue, Method};
use serde_json::json;

use super::Delivery;
use crate::testing::{Cloud, KEY, Reply, START, Signing, v1, v3};
use crate::world::{DEMO_ACCOUNT, Key, Rate};

const READ: &str = "DescribeVendorList";
const BIND: [(&str, &str); 2] = [
    ("Bind.1", "00000001-5a5a-4000-8000-000000000001"),
    ("AuthVersion", "7"),
];

fn edition_of_web_1(cloud: &Cloud) -> i32 {
    cloud.mainland(|centre| {
        centre.assets["00000001-5a5a-4000-8000-000000000001"]
            .auth_version
            .0
    })
}

/// Sends the same mistake in both signature versions and expects the same refusal.
#[track_caller]
fn both_refuse(cloud: &Cloud, change: impl Fn(&mut Signing), status: u16, code: &str) {
    for (number, version) in ["V1", "V3"].into_iter().enumerate() {
        let mut signing = Signing::nonce(&format!("refused-{code}-{number}"));
        change(&mut signing);
        let reply = match version {
            "V1" => cloud.send(&v1(&signing, READ, &[])),
            _ => cloud.send(&v3(&signing, READ, &[], b"")),
        };
        assert_eq!((reply.status, reply.code()), (status, code), "{version}");
        let record = cloud.last();
        assert_eq!(
            (record.status, record.code.as_deref()),
            (Some(status), Some(code))
        );
        assert_eq!(record.signature, Some(version));
    }
}

#[test]
fn both_versions_pass_with_get_and_post_and_awkward_text() {
    let cloud = Cloud::new();
    let awkward = [
        (
            "Criteria",
            r#"[{"name":"instanceName","value":"a b+c*~/安🔒%="}]"#,
        ),
        ("LogicalExp", ""),
    ];
    for (nonce, method) in [("1", Method::GET), ("2", Method::POST)] {
        let signing = Signing {
            method,
            ..Signing::nonce(nonce)
        };
        let reply = cloud.send(&v1(&signing, "DescribeCloudCenterInstances", &awkward));
        assert_eq!(reply.status, 200, "{reply:?}");
        let signing = Signing {
            nonce: format!("v3-{nonce}"),
            ..signing
        };
        let reply = cloud.send(&v3(&signing, "DescribeCloudCenterInstances", &awkward, b""));
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let records = cloud.log();
    assert_eq!(records[0].parameters, records[3].parameters);
    assert_eq!(records[0].parameters["Criteria"], awkward[0].1);
    assert_eq!(records[0].parameters.len(), 2);
}

#[test]
fn query_and_form_are_merged_and_plus_is_a_space() {
    let cloud = Cloud::new();
    let body = b"Os=linux&ProxyCluster=a+b%2Bc";
    let reply = cloud.send(&v3(
        &Signing::nonce("1"),
        "AddInstallCode",
        &[("VendorName", "OTHER")],
        body,
    ));
    assert_eq!(reply.status, 200, "{reply:?}");
    let parameters = cloud.last().parameters;
    assert_eq!(parameters["ProxyCluster"], "a b+c");
    assert_eq!(parameters["VendorName"], "OTHER");

    let mut request = v1(&Signing::nonce("2"), "AddInstallCode", &[("ProxyCluster", "a b")]);
    request.query = request.query.replace("%20", "+");
    assert_eq!(cloud.send(&request).status, 200);
}

#[test]
fn a_wrong_secret_is_told_the_string_to_sign() {
    let cloud = Cloud::new();
    both_refuse(
        &cloud,
        |signing| signing.secret = "other".to_owned(),
        400,
        "SignatureDoesNotMatch",
    );
    let reply = cloud.send(&v1(
        &Signing {
            secret: "other".to_owned(),
            ..Signing::nonce("echo")
        },
        READ,
        &[],
    ));
    let message = reply.body["Message"].as_str().unwrap();
    assert!(
        message.contains("server string to sign is:POST&%2F&"),
        "{message}"
    );
    assert!(message.contains(KEY));
}

#[test]
fn error_bodies_have_all_five_fields() {
    let cloud = Cloud::new();
    let reply = cloud.call("NoSuchAction", &[]);
    assert_eq!((reply.status, reply.code()), (404, "InvalidApi.NotFound"));
    for field in ["Code", "Message", "RequestId", "HostId", "Recommend"] {
        assert!(
            reply.body[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}"
        );
    }
    assert_eq!(reply.body["RequestId"], cloud.last().request_id);
    assert_eq!(reply.body["HostId"], "tds.cn-shanghai.aliyuncs.com");
}

#[test]
fn keys_are_refused_for_what_is_wrong_with_them() {
    let cloud = Cloud::new();
    both_refuse(
        &cloud,
        |signing| signing.key = "LTAInone".to_owned(),
        404,
        "InvalidAccessKeyId.NotFound",
    );
    cloud.world(|world| {
        let keys = &mut world.accounts.get_mut(DEMO_ACCOUNT).unwrap().keys;
        keys.get_mut(KEY).unwrap().active = false;
    });
    both_refuse(&cloud, |_| {}, 400, "InvalidAccessKeyId.Inactive");
}

#[test]
fn temporary_keys_need_their_own_unexpired_token() {
    let cloud = Cloud::new();
    let temporary = |token: &str, expires: &str| Key {
        access_key_secret: "s".to_owned(),
        security_token: Some(token.to_owned()),
        expires_at: Some(expires.parse().unwrap()),
        user_name: Some("operator".to_owned()),
        ..Key::default()
    };
    cloud.world(|world| {
        let keys = &mut world.accounts.get_mut(DEMO_ACCOUNT).unwrap().keys;
        keys.insert(
            "STS.a".to_owned(),
            temporary("token/+=~*% a", "2026-01-02T04:00:00Z"),
        );
        keys.insert("STS.b".to_owned(), temporary("token-b", START));
    });
    let with = |key: &'static str, token: Option<&'static str>| {
        move |signing: &mut Signing| {
            signing.key = key.to_owned();
            signing.secret = "s".to_owned();
            signing.token = token.map(str::to_owned);
        }
    };
    both_refuse(&cloud, with("STS.a", None), 400, "MissingSecurityToken");
    both_refuse(
        &cloud,
        with("STS.a", Some("token-b")),
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
    );
    both_refuse(
        &cloud,
        with("STS.a", Some("nonsense")),
        400,
        "InvalidSecurityToken.Malformed",
    );
    both_refuse(
        &cloud,
        with("STS.b", Some("token-b")),
        400,
        "InvalidSecurityToken.Expired",
    );
    let foreign = |signing: &mut Signing| signing.token = Some("token-b".to_owned());
    both_refuse(&cloud, foreign, 400, "InvalidSecurityToken.MismatchWithAccessKey");

    let mut signing = Signing::nonce("good");
    with("STS.a", Some("token/+=~*% a"))(&mut signing);
    let reply = cloud.send(&v3(&signing, "GetCallerIdentity", &[], b""));
    assert_eq!(reply.body["IdentityType"], "AssumedRoleUser", "{reply:?}");
    signing.nonce = "good-2".to_owned();
    assert_eq!(cloud.send(&v1(&signing, "GetCallerIdentity", &[])).status, 200);
    assert!(!serde_json::to_string(&cloud.log()).unwrap().contains("token/"));
}

#[test]
fn the_clock_window_is_fifteen_minutes_both_ways() {
    let cloud = Cloud::new();
    for (number, (time, status)) in [
        ("2026-01-02T03:19:05Z", 200),
        ("2026-01-02T02:49:05Z", 200),
        ("2026-01-02T03:19:06Z", 400),
        ("2026-01-02T02:49:04Z", 400),
    ]
    .into_iter()
    .enumerate()
    {
        let signing = Signing {
            timestamp: time.to_owned(),
            ..Signing::nonce(&format!("window-{number}"))
        };
        let reply = cloud.send(&v3(&signing, READ, &[], b""));
        assert_eq!(reply.status, status, "{time}");
        assert_eq!(
            super::http_date(reply.answer.date),
            "Fri, 02 Jan 2026 03:04:05 GMT"
        );
    }
    let expired = |signing: &mut Signing| signing.timestamp = "2026-01-02T02:00:00Z".to_owned();
    both_refuse(&cloud, expired, 400, "InvalidTimeStamp.Expired");
    for nonsense in [
        "yesterday",
        "2026-01-02 03:04:05",
        "2026-01-02T03:04:05+08",
        "2026-13-02T03:04:05Z",
    ] {
        let change = |signing: &mut Signing| signing.timestamp = nonsense.to_owned();
        both_refuse(&cloud, change, 400, "InvalidTimeStamp.Format");
    }
}

#[test]
fn a_nonce_counts_once_whatever_became_of_the_first_request() {
    let cloud = Cloud::new();
    let again = |nonce: &str, action: &str, parameters: &[(&str, &str)], first: u16| {
        let request = v1(&Signing::nonce(nonce), action, parameters);
        let reply = cloud.send(&request);
        assert_eq!(reply.status, first, "{reply:?}");
        assert_eq!(cloud.send(&request).code(), "SignatureNonceUsed");
    };
    again("succeeded", "BindAuthToMachine", &BIND, 200);
    again("failed", "AddInstallCode", &[("Os", "beos")], 400);
    cloud.fault(r#"{"kind":"throttle"}"#);
    again("throttled by a rule", READ, &[], 400);
    cloud.fault(r#"{"kind":"status"}"#);
    again("stopped by a fault", READ, &[], 503);
    cloud.world(|world| {
        let account = world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
        account.keys.get_mut(KEY).unwrap().deny = vec!["*".to_owned()];
    });
    again("denied", READ, &[], 403);
}

#[test]
fn a_nonce_is_unused_after_a_wrong_signature_or_a_lost_request() {
    let cloud = Cloud::new();
    let wrong = Signing {
        secret: "other".to_owned(),
        ..Signing::nonce("n")
    };
    assert_eq!(cloud.send(&v1(&wrong, READ, &[])).code(), "SignatureDoesNotMatch");
    cloud.fault(r#"{"kind":"resetBefore"}"#);
    let request = v1(&Signing::nonce("n"), READ, &[]);
    assert_eq!(
        cloud.send(&request).answer.delivery,
        Delivery::ResetAfter(Duration::ZERO)
    );
    assert_eq!(cloud.send(&request).status, 200);
}

#[test]
fn rates_are_limited_per_account_and_per_action() {
    let cloud = Cloud::new();
    cloud.world(|world| {
        let limits = &mut world.accounts.get_mut(DEMO_ACCOUNT).unwrap().rate_limits;
        limits.per_action = Some(Rate::default());
        limits.actions.insert(
            "GetAuthSummary".to_owned(),
            Rate {
                per_second: 4.0,
                burst: 1.0,
            },
        );
    });
    let replies: Vec<Reply> = (0..11).map(|_| cloud.call(READ, &[])).collect();
    assert!(replies[..10].iter().all(|reply| reply.status == 200));
    assert_eq!((replies[10].status, replies[10].code()), (400, "Throttling.Api"));
    assert_eq!(replies[10].answer.retry_after_milliseconds, Some(100));
    assert_eq!(cloud.call("GetAuthSummary", &[]).status, 200);
    let reply = cloud.call("GetAuthSummary", &[]);
    assert_eq!(reply.answer.retry_after_milliseconds, Some(250));
    cloud.step(1);
    assert_eq!(cloud.call("GetAuthSummary", &[]).status, 200);

    cloud.world(|world| {
        let limits = &mut world.accounts.get_mut(DEMO_ACCOUNT).unwrap().rate_limits;
        limits.per_account = Some(Rate {
            per_second: 1.0,
            burst: 1.0,
        });
        limits.retry_after = false;
    });
    assert_eq!(cloud.call("DescribeInstallCodes", &[]).status, 200);
    let reply = cloud.call("DescribeVersionConfig", &[]);
    assert_eq!(
        (reply.code(), reply.answer.retry_after_milliseconds),
        ("Throttling.User", None)
    );
}

#[test]
fn permissions_are_per_key_and_name_the_missing_action() {
    let cloud = Cloud::new();
    let policy = |allow: &[&str], deny: &[&str]| {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        cloud.world(|world| {
            let account = world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
            let key = account.keys.get_mut(KEY).unwrap();
            (key.allow, key.deny) = (texts(allow), texts(deny));
            key.user_name = Some("operator".to_owned());
        });
    };
    policy(&["yundun-sas:Describe*"], &[]);
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

    policy(&["*"], &["yundun-sas:DescribeVendorList", "sts:*"]);
    let reply = cloud.call(READ, &[]);
    assert_eq!(
        reply.body["AccessDeniedDetail"]["NoPermissionType"],
        "ExplicitDeny"
    );
    assert_eq!(cloud.call("GetCallerIdentity", &[]).code(), "Forbidden.RAM");
    assert_eq!(cloud.call("DescribeInstallCodes", &[]).status, 200);
}

#[test]
fn unknown_actions_versions_methods_and_forms_are_refused() {
    let cloud = Cloud::new();
    assert_eq!(
        cloud.call(READ, &[("Version", "2015-04-01")]).code(),
        "InvalidVersion"
    );
    assert_eq!(
        cloud.call(READ, &[("SignatureMethod", "HMAC-MD5")]).code(),
        "InvalidSignatureMethod"
    );
    assert_eq!(
        cloud.call(READ, &[("SignatureNonce", "")]).code(),
        "MissingSignatureNonce"
    );
    assert_eq!(cloud.call(READ, &[("Timestamp", "")]).code(), "MissingTimestamp");
    assert_eq!(
        cloud.call(READ, &[("AccessKeyId", "")]).code(),
        "MissingAccessKeyId"
    );
    assert_eq!(cloud.call("", &[]).code(), "MissingAction");
    let with = |method| Signing {
        method,
        ..Signing::nonce("method")
    };
    assert_eq!(
        cloud.send(&v1(&with(Method::PUT), READ, &[])).code(),
        "UnsupportedHTTPMethod"
    );
    let reply = cloud.send(&v1(&with(Method::GET), "UpdatePostPaidBindRel", &[]));
    assert_eq!(reply.code(), "UnsupportedHTTPMethod");

    let mut unsigned = v1(&Signing::nonce("x"), READ, &[]);
    unsigned.query = "Action=DescribeVendorList&Version=2018-12-03&Format=JSON".to_owned();
    assert_eq!(cloud.send(&unsigned).code(), "MissingSignatureMethod");
    let mut twice = v1(&Signing::nonce("x"), READ, &[]);
    twice.query.push_str("&Action=DescribeVendorList");
    assert_eq!(cloud.send(&twice).code(), "InvalidAction");
    let mut garbled = v1(&Signing::nonce("x"), READ, &[]);
    garbled.query.push_str("&Extra=%FF");
    assert_eq!(cloud.send(&garbled).code(), "InvalidParameter");
}

#[test]
fn v3_must_sign_host_and_every_acs_header_it_sends() {
    let cloud = Cloud::new();
    let request = |nonce: &str| v3(&Signing::nonce(nonce), READ, &[], b"");
    let mut added = request("added");
    added.headers.insert("x-acs-extra", HeaderValue::from_static("1"));
    assert_eq!(cloud.send(&added).code(), "IncompleteSignature");
    let mut unlisted = request("unlisted");
    let authorization = unlisted.headers["authorization"]
        .to_str()
        .unwrap()
        .replace("host;", "");
    unlisted
        .headers
        .insert("authorization", HeaderValue::from_str(&authorization).unwrap());
    assert_eq!(cloud.send(&unlisted).code(), "IncompleteSignature");
    let mut changed = request("changed");
    changed
        .headers
        .insert("user-agent", HeaderValue::from_static("other"));
    assert_eq!(cloud.send(&changed).code(), "SignatureDoesNotMatch");
    let mut body = v3(&Signing::nonce("body"), "AddInstallCode", &[], b"Os=linux");
    body.body = b"Os=beos!".as_slice().into();
    assert_eq!(cloud.send(&body).code(), "SignatureDoesNotMatch");
    let mut undated = request("undated");
    undated.headers.remove("x-acs-date");
    assert_eq!(cloud.send(&undated).code(), "MissingParameter");
    let mut other = request("other");
    let authorization = other.headers["authorization"]
        .to_str()
        .unwrap()
        .replace("SHA256 ", "SM3 ");
    other
        .headers
        .insert("authorization", HeaderValue::from_str(&authorization).unwrap());
    assert_eq!(cloud.send(&other).code(), "InvalidSignatureMethod");
    let mut query = request("query");
    query.query = "Lang=en".to_owned();
    assert_eq!(cloud.send(&query).code(), "SignatureDoesNotMatch");
    let mut unsigned_extra = request("user agents and others may stay unsigned");
    unsigned_extra
        .headers
        .insert("x-sdk-client", HeaderValue::from_static("any"));
    assert_eq!(cloud.send(&unsigned_extra).status, 200);
}

#[test]
fn answers_are_xml_unless_json_is_asked_for() {
    let cloud = Cloud::new();
    let text = |reply: &Reply| String::from_utf8(reply.answer.body.clone()).unwrap();
    let reply = cloud.call(READ, &[("Format", "")]);
    assert_eq!(reply.answer.content_type, "text/xml;charset=utf-8");
    assert!(
        text(&reply).contains("<VendorNameList>ALIYUN</VendorNameList>"),
        "{}",
        text(&reply)
    );
    let reply = cloud.call("NoSuchAction", &[("Format", "XML")]);
    assert!(
        text(&reply).contains("<Error><Code>InvalidApi.NotFound</Code>"),
        "{}",
        text(&reply)
    );
    assert_eq!(
        cloud.call(READ, &[("Format", "json")]).body["VendorNameList"][0],
        "ALIYUN"
    );
}

#[test]
fn data_centres_have_separate_data() {
    let cloud = Cloud::new();
    let total = |nonce: &str, path: &str, host: &str, region: &str| {
        let signing = Signing {
            path: path.to_owned(),
            host: host.to_owned(),
            ..Signing::nonce(nonce)
        };
        let reply = cloud.send(&v3(
            &signing,
            "DescribeCloudCenterInstances",
            &[("RegionId", region)],
            b"",
        ));
        (
            reply.body["PageInfo"]["TotalCount"].as_i64(),
            cloud.last().region.unwrap(),
        )
    };
    let mainland = (Some(8), "cn-shanghai".to_owned());
    let international = (Some(2), "ap-southeast-1".to_owned());
    assert_eq!(total("1", "/", "127.0.0.1:1", ""), mainland);
    assert_eq!(total("2", "/", "127.0.0.1:1", "eu-west-1"), international);
    assert_eq!(
        total("3", "/", "tds.ap-southeast-1.aliyuncs.com", ""),
        international
    );
    assert_eq!(total("4", "/ap-southeast-1/", "127.0.0.1:1", ""), international);
    assert_eq!(total("5", "/cn-shanghai/", "127.0.0.1:1", "eu-west-1"), mainland);
}

#[test]
fn faults_before_the_commit_leave_the_cloud_as_it_was() {
    for (rule, status, code) in [
        (
            r#"{"kind":"throttle","retryAfterMilliseconds":1500}"#,
            400,
            "Throttling.User",
        ),
        (
            r#"{"kind":"error","code":"OperationConflict","status":409}"#,
            409,
            "OperationConflict",
        ),
        (r#"{"kind":"status"}"#, 503, "ServiceUnavailable"),
        (r#"{"kind":"status","status":500}"#, 500, "InternalError"),
        (r#"{"kind":"html"}"#, 502, ""),
        (r#"{"kind":"xml"}"#, 503, ""),
    ] {
        let cloud = Cloud::new();
        cloud.fault(rule);
        let reply = cloud.call("BindAuthToMachine", &BIND);
        assert_eq!((reply.status, reply.code()), (status, code), "{rule}");
        assert_eq!(edition_of_web_1(&cloud), 1, "{rule}");
        let record = cloud.last();
        assert!(
            !record.committed && record.committed_at.is_none() && record.fault.is_some(),
            "{rule}"
        );
        let throttled = rule.contains("retryAfter").then_some(1500);
        assert_eq!(reply.answer.retry_after_milliseconds, throttled);
        assert_eq!(cloud.call("BindAuthToMachine", &BIND).status, 200);
    }
}

#[test]
fn faults_after_the_commit_lose_only_the_reply() {
    for (rule, status) in [
        (r#"{"kind":"commitThenReset"}"#, None),
        (r#"{"kind":"commitThenHang","seconds":60}"#, None),
        (r#"{"kind":"commitThenStatus","status":500}"#, Some(500)),
        (r#"{"kind":"throttle","stage":"afterCommit"}"#, Some(400)),
        (r#"{"kind":"truncatedJson"}"#, Some(200)),
        (r#"{"kind":"wrongTypes"}"#, Some(200)),
        (r#"{"kind":"html","stage":"afterCommit"}"#, Some(502)),
        (r#"{"kind":"oversize","bytes":100000}"#, Some(200)),
        (r#"{"kind":"slow","stage":"afterCommit","seconds":60}"#, Some(200)),
    ] {
        let cloud = Cloud::new();
        cloud.fault(rule);
        let reply = cloud.call("BindAuthToMachine", &BIND);
        assert_eq!(edition_of_web_1(&cloud), 7, "{rule}");
        let record = cloud.last();
        assert!(record.committed && record.committed_at.is_some(), "{rule}");
        assert_eq!(record.status, status, "{rule}");
        assert_eq!(record.fault.as_deref(), rule.split('"').nth(3), "{rule}");
        match record.fault.as_deref().unwrap() {
            "commitThenReset" => assert_eq!(reply.answer.delivery, Delivery::ResetAfter(Duration::ZERO)),
            "commitThenHang" => assert_eq!(
                reply.answer.delivery,
                Delivery::ResetAfter(Duration::from_mins(1))
            ),
            "slow" => assert_eq!(reply.answer.delivery, Delivery::After(Duration::from_mins(1))),
            "truncatedJson" => {
                assert!(reply.body.is_null() && reply.answer.body.starts_with(b"{\"RequestId\""));
            }
            "wrongTypes" => assert_eq!(reply.body["ResultCode"], json!({"Value": "0"})),
            "oversize" => assert!(reply.answer.body.len() > 100_000),
            _ => {}
        }
    }
}

#[test]
fn a_slow_request_runs_after_its_pause() {
    let cloud = Cloud::new();
    cloud.fault(r#"{"kind":"slow","seconds":0.05}"#);
    let started = std::time::Instant::now();
    assert_eq!(cloud.call("BindAuthToMachine", &BIND).status, 200);
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(edition_of_web_1(&cloud), 7);
    assert_eq!(cloud.last().fault.as_deref(), Some("slow"));
}

#[test]
fn equal_seeds_and_requests_give_equal_answers() {
    let answers = || {
        let cloud = Cloud::new();
        let added = cloud.call("AddInstallCode", &[]).body;
        (added, cloud.call("DescribeInstallCodes", &[]).body)
    };
    assert_eq!(answers(), answers());
}
