//! Keys, tokens, time, nonces, rates and permissions: each refusal in the order of the checks.

use std::time::Duration;

use super::{BIND, READ, both_refuse};
use crate::gateway::{Delivery, http_date};
use crate::testing::{Cloud, KEY, Reply, START, Signing, v1, v3};
use crate::world::{DEMO_ACCOUNT, Key, Rate};

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
fn clients_that_know_the_real_time_only_are_accepted_unless_the_world_says_otherwise() {
    let cloud = Cloud::new();
    let at = |nonce: &str, time: jiff::Timestamp| Signing {
        timestamp: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ..Signing::nonce(nonce)
    };
    let now = jiff::Timestamp::now();
    let status = |signing: &Signing| cloud.send(&v3(signing, READ, &[], b"")).status;
    let code = |signing: &Signing| cloud.send(&v3(signing, READ, &[], b"")).code().to_owned();
    assert_eq!(status(&at("real", now)), 200);
    assert_eq!(status(&Signing::nonce("simulated")), 200);
    let stale = now - jiff::SignedDuration::from_mins(16);
    assert_eq!(code(&at("stale", stale)), "InvalidTimeStamp.Expired");
    // The same bytes run once, however far the simulated clock has gone meanwhile.
    cloud.step(3600);
    assert_eq!(code(&at("real", now)), "SignatureNonceUsed");
    cloud.world(|world| world.accept_real_time = false);
    assert_eq!(code(&at("refused", now)), "InvalidTimeStamp.Expired");
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
        assert_eq!(http_date(reply.answer.date), "Fri, 02 Jan 2026 03:04:05 GMT");
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
