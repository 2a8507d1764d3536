//! AssumeRoleWithOIDC through the gateway, unsigned, as a form and in the query.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sas_client::sign::canonical_query;
use serde_json::{Value, json};

use crate::gateway::Received;
use crate::testing::{Cloud, Reply, START};
use crate::world::DEMO_ACCOUNT;

const SUBJECT: &str = "system:serviceaccount:sas-system:sas-operator";

fn token(changes: &Value) -> String {
    let mut claims = json!({"iss": "https://oidc-ack.example/demo", "aud": ["sts.aliyuncs.com"], "sub": SUBJECT,
        "iat": 1_767_323_000, "exp": 1_767_326_000});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", encoded(&json!({"alg": "RS256"})), encoded(&claims))
}

fn arn(rest: &str) -> String {
    format!("acs:ram::{DEMO_ACCOUNT}:{rest}")
}

/// Asks for a key of the demo role with a form; a parameter replaces another, an empty one counts as absent.
fn ask(cloud: &Cloud, changes: &[(&str, &str)], as_query: bool) -> Reply {
    let mut query = vec![
        ("Action", "AssumeRoleWithOIDC".to_owned()),
        ("Version", "2015-04-01".to_owned()),
        ("Format", "JSON".to_owned()),
        ("Timestamp", START.to_owned()),
    ];
    let form = [
        ("RoleArn", arn("role/sas-operator")),
        ("OIDCProviderArn", arn("oidc-provider/ack-demo")),
        ("OIDCToken", token(&json!({}))),
        ("RoleSessionName", "pod-1".to_owned()),
    ];
    let mut form = form.to_vec();
    for (name, value) in changes {
        query.retain(|(other, _)| other != name);
        form.retain(|(other, _)| other != name);
        form.push((name, (*value).to_owned()));
    }
    if as_query {
        query.append(&mut form);
    }
    let encoded = |pairs: Vec<(&str, String)>| {
        let owned = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
        canonical_query(&owned.collect())
    };
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("sts.aliyuncs.com"));
    headers.insert(
        "content-type",
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    cloud.send(&Received {
        method: if as_query { Method::GET } else { Method::POST },
        path: "/".to_owned(),
        query: encoded(query),
        headers,
        body: Bytes::from(if as_query { String::new() } else { encoded(form) }),
    })
}

#[test]
fn the_token_alone_is_enough_by_post_and_by_get() {
    let cloud = Cloud::new();
    for as_query in [false, true] {
        let reply = ask(&cloud, &[], as_query);
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.body["OIDCTokenInfo"]["Subject"], SUBJECT);
        assert_eq!(
            reply.body["AssumedRoleUser"]["Arn"],
            arn("role/sas-operator/pod-1")
        );
        let id = reply.body["Credentials"]["AccessKeyId"].as_str().unwrap();
        assert!(id.starts_with("STS."), "{id}");
    }
    let record = cloud.last();
    assert_eq!(
        (record.account.as_deref(), record.access_key_id.as_str()),
        (Some(DEMO_ACCOUNT), "")
    );
}

#[test]
fn tokens_and_parameters_that_do_not_fit_are_refused() {
    let cloud = Cloud::new();
    let tokens = [
        (json!({"iss": "https://other.example"}), "IssuerNotMatch"),
        (json!({"aud": "kubernetes"}), "AudienceNotMatch"),
        (json!({"exp": 1_767_323_045}), "Expired"),
        (json!({"sub": null}), "Invalid"),
    ];
    for (claims, kind) in tokens {
        let reply = ask(&cloud, &[("OIDCToken", &token(&claims))], false);
        assert_eq!(reply.code(), format!("AuthenticationFail.OIDCToken.{kind}"));
    }
    let stranger = token(&json!({"sub": "system:serviceaccount:team:default"}));
    let table = [
        (
            ("OIDCToken", stranger.as_str()),
            403,
            "AuthenticationFail.NoPermission",
        ),
        (
            ("OIDCProviderArn", "acs:ram::1:oidc-provider/x"),
            403,
            "AuthenticationFail.NoPermission",
        ),
        (("OIDCToken", "abcd"), 400, "AuthenticationFail.OIDCToken.Invalid"),
        (("OIDCToken", ""), 400, "MissingOIDCToken"),
        (
            ("RoleArn", "acs:ram::1234567890123456:role/none"),
            404,
            "EntityNotExist.Role",
        ),
        (("Timestamp", ""), 400, "MissingTimestamp"),
        (
            ("Timestamp", "2026-01-02T04:04:05Z"),
            400,
            "InvalidTimeStamp.Expired",
        ),
    ];
    for (change, status, code) in table {
        let reply = ask(&cloud, &[change], false);
        assert_eq!((reply.status, reply.code()), (status, code), "{change:?}");
    }
}

#[test]
fn nothing_else_goes_unsigned() {
    let cloud = Cloud::new();
    assert_eq!(
        ask(&cloud, &[("Action", "AssumeRole")], false).code(),
        "MissingSignatureMethod"
    );
}
