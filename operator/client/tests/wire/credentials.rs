//! Temporary keys on the wire: how they are asked for, renewed when the cloud refuses them, and what a
//! wrong key costs.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::server::{Act, SECRET, Server, TOKEN, builder, builder_of, error, json, json_with, success};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sas_client::actions::GetAuthSummary;
use sas_client::credentials::{
    Cached, EcsRoleCredentials, EcsRoleOptions, OidcCredentials, Role, RoleCredentials,
};
use sas_client::{
    Client, Credentials, CredentialsError, ErrorKind, ProvideCredentials, Verdict, WriteRequest,
};
use secrecy::ExposeSecret;

const REGION: &str = "cn-shanghai";

fn role() -> Role {
    Role {
        arn: "acs:ram::1000000000000001:role/reader".to_owned(),
        session_name: "sas-operator".to_owned(),
        duration_seconds: Some(900),
        external_id: Some("ext 1+2".to_owned()),
    }
}

/// A key that ends in an hour.
fn issued(id: &str) -> Act {
    let end = Timestamp::now() + SignedDuration::from_hours(1);
    let end = end.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ");
    json(
        200,
        &format!(
            r#"{{"RequestId":"A-1","Credentials":{{"AccessKeyId":"{id}","AccessKeySecret":"{SECRET}",
            "SecurityToken":"{TOKEN}","Expiration":"{end}"}}}}"#
        ),
    )
}

fn assume_role(server: &Server) -> Cached {
    let source = RoleCredentials {
        client: builder(&server.url).build(),
        region: REGION.to_owned(),
        role: role(),
    };
    source.cached()
}

/// A client of `server` with keys of the role that `sts` gives.
fn client_with(server: &Server, sts: &Server) -> Client {
    let credentials: Arc<dyn ProvideCredentials> = Arc::new(assume_role(sts));
    builder_of(&server.url, credentials).build()
}

#[tokio::test]
async fn a_role_is_assumed_with_the_key_of_the_source_below() {
    let sts = Server::start([issued("STS.one")]).await;
    let server = Server::start([success(), success()]).await;
    let client = client_with(&server, &sts);
    for _ in 0..2 {
        client.read(&GetAuthSummary::default(), REGION).await.unwrap();
    }
    let asked = sts.queries();
    assert_eq!(asked.len(), 1);
    let expected = [
        ("Action", "AssumeRole"),
        ("Version", "2015-04-01"),
        ("RoleArn", "acs:ram::1000000000000001:role/reader"),
        ("RoleSessionName", "sas-operator"),
        ("DurationSeconds", "900"),
        ("ExternalId", "ext 1+2"),
        ("AccessKeyId", crate::server::KEY_ID),
        ("SecurityToken", TOKEN),
    ];
    for (name, value) in expected {
        assert_eq!(asked[0].get(name).map(String::as_str), Some(value), "{name}");
    }
    let used: Vec<_> = server
        .queries()
        .iter()
        .map(|query| query["AccessKeyId"].clone())
        .collect();
    assert_eq!(used, ["STS.one", "STS.one"]);
}

#[tokio::test]
async fn a_young_key_that_is_refused_makes_one_call_per_pause() {
    for code in ["InvalidSecurityToken.Expired", "SignatureDoesNotMatch"] {
        let sts = Server::start([issued("STS.one")]).await;
        let server = Server::start([error(403, code)]).await;
        let client = client_with(&server, &sts);
        let first = client.read(&GetAuthSummary::default(), REGION).await.unwrap_err();
        let second = client.read(&GetAuthSummary::default(), REGION).await.unwrap_err();
        assert_eq!(
            (first.kind, second.kind),
            (ErrorKind::Gateway, ErrorKind::Credentials)
        );
        assert_eq!(first.to_string(), second.to_string());
        assert!(second.is_credential_problem() && second.is_not_sent());
        assert_eq!((server.count(), sts.count()), (1, 1), "{code}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_role_reaches_the_caller_with_the_missing_permission() {
    let denied = r#"{"Code":"NoPermission","Message":"You are not authorized to do this action.",
        "RequestId":"A-2","AccessDeniedDetail":{"AuthAction":"sts:AssumeRole"}}"#;
    let sts = Server::start([json(403, denied)]).await;
    let server = Server::start([]).await;
    let client = client_with(&server, &sts);
    for _ in 0..3 {
        let error = client.read(&GetAuthSummary::default(), REGION).await.unwrap_err();
        assert_eq!(
            (
                error.verdict,
                error.kind,
                error.action.as_str(),
                error.ram_action.as_deref()
            ),
            (
                Verdict::Forbidden,
                ErrorKind::Credentials,
                "AssumeRole",
                Some("sts:AssumeRole")
            )
        );
        assert!(error.is_not_sent() && !error.is_credential_problem());
    }
    assert_eq!((sts.count(), server.count()), (1, 0));
}

#[tokio::test]
async fn trouble_of_sts_is_no_fault_of_the_key() {
    let sts = Server::start(vec![error(503, "ServiceUnavailable"); 4]).await;
    let server = Server::start([]).await;
    let error = client_with(&server, &sts)
        .read(&GetAuthSummary::default(), REGION)
        .await
        .unwrap_err();
    assert!(!error.is_credential_problem() && error.is_not_sent());
    assert_eq!((error.verdict, server.count()), (Verdict::Retry, 0));
}

fn oidc(server: &Server, token_file: PathBuf) -> Cached {
    let source = OidcCredentials {
        client: builder(&server.url).build(),
        region: REGION.to_owned(),
        role: role(),
        provider_arn: "acs:ram::1000000000000001:oidc-provider/ack".to_owned(),
        token_file,
    };
    source.cached()
}

/// A file of this process alone.
fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("sas-client-{name}-{}", std::process::id()))
}

#[tokio::test]
async fn the_token_of_the_service_account_is_read_each_time_and_stays_out_of_the_url() {
    let file = scratch("oidc");
    // A key that has ended: it is renewed at the next question.
    let ended = r#"{"RequestId":"A-3","Credentials":{"AccessKeyId":"STS.old","AccessKeySecret":"s",
        "SecurityToken":"t","Expiration":"2020-01-01T00:00:01Z"}}"#;
    let date = "date: Wed, 01 Jan 2020 00:00:00 GMT\r\n";
    let server = Server::start([json_with(200, date, ended), issued("STS.two")]).await;
    let cached = oidc(&server, file.clone());
    std::fs::write(&file, "header.first+/.signature\n").unwrap();
    assert_eq!(cached.provide().await.unwrap().access_key_id, "STS.old");
    std::fs::write(&file, "header.second.signature").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let _ = cached.provide().await;
    let requests = server.requests();
    for (request, token) in requests
        .iter()
        .zip(["header.first%2B%2F.signature", "header.second.signature"])
    {
        let text = String::from_utf8_lossy(request);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(body.contains(&format!("OIDCToken={token}&")), "{body}");
        for absent in ["header.", "AccessKeyId", "Signature", "authorization"] {
            assert!(!head.contains(absent), "{head}");
        }
        assert!(body.contains("RoleArn=") && body.contains("OIDCProviderArn="));
        assert!(!body.contains("ExternalId"), "{body}");
    }
    assert_eq!(requests.len(), 2);
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn a_missing_token_file_and_an_echoed_token_are_told_safely() {
    let server = Server::start([]).await;
    let error = oidc(&server, scratch("absent")).provide().await.unwrap_err();
    assert!(
        error.reason.contains("cannot be read (entity not found)"),
        "{error}"
    );
    assert_eq!(server.count(), 0);

    let file = scratch("echo");
    std::fs::write(&file, "header.claims.signature").unwrap();
    let echo = r#"{"Code":"AuthenticationFail.OIDCToken.Invalid","Message":"bad token header.claims.signature given",
        "RequestId":"A-4"}"#;
    let server = Server::start([json(400, echo)]).await;
    let error = oidc(&server, file.clone()).provide().await.unwrap_err();
    std::fs::remove_file(&file).unwrap();
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(
            !shown.contains("claims") && shown.contains("[removed]"),
            "{shown}"
        );
    }
}

fn ecs(server: &Server, role: Option<&str>, plain_allowed: bool) -> Cached {
    let options = EcsRoleOptions {
        service: server.url.clone(),
        role: role.map(str::to_owned),
        plain_allowed,
    };
    EcsRoleCredentials::new(&options, Arc::new(Timestamp::now))
        .unwrap()
        .cached()
}

fn text(status: u16, body: &str) -> Act {
    json(status, body)
}

fn metadata_key() -> Act {
    let end = (Timestamp::now() + SignedDuration::from_hours(6)).to_zoned(TimeZone::UTC);
    let end = end.strftime("%Y-%m-%dT%H:%M:%SZ");
    text(
        200,
        &format!(
            r#"{{"Code":"Success","LastUpdated":"x","AccessKeyId":"STS.node","AccessKeySecret":"{SECRET}",
            "SecurityToken":"{TOKEN}","Expiration":"{end}"}}"#
        ),
    )
}

fn heads(server: &Server) -> Vec<String> {
    let head = |request: &Vec<u8>| {
        let text = String::from_utf8_lossy(request).to_ascii_lowercase();
        text.split("\r\n\r\n").next().unwrap().to_owned()
    };
    server.requests().iter().map(head).collect()
}

#[tokio::test]
async fn the_metadata_service_is_asked_with_its_token_and_for_the_role() {
    let server = Server::start([text(200, "meta-token"), text(200, "node-role\n"), metadata_key()]).await;
    let key = ecs(&server, None, true).provide().await.unwrap();
    assert_eq!(key.access_key_id, "STS.node");
    assert_eq!(key.security_token.unwrap().expose_secret(), TOKEN);
    let heads = heads(&server);
    let path = "/latest/meta-data/ram/security-credentials/";
    assert!(
        heads[0].starts_with("put /latest/api/token http/1.1"),
        "{heads:?}"
    );
    assert!(heads[0].contains("x-aliyun-ecs-metadata-token-ttl-seconds: 21600"));
    assert!(heads[1].starts_with(&format!("get {path} ")));
    assert!(heads[2].starts_with(&format!("get {path}node-role ")));
    for head in &heads[1..] {
        assert!(head.contains("x-aliyun-ecs-metadata-token: meta-token"), "{head}");
    }
}

#[tokio::test]
async fn without_a_token_the_service_is_asked_plainly_only_where_that_is_allowed() {
    let server = Server::start([text(404, ""), metadata_key()]).await;
    ecs(&server, Some("node-role"), true).provide().await.unwrap();
    assert!(!heads(&server)[1].contains("x-aliyun-ecs-metadata-token:"));

    let server = Server::start([text(404, ""), metadata_key()]).await;
    let error = ecs(&server, Some("node-role"), false)
        .provide()
        .await
        .unwrap_err();
    assert!(error.reason.contains("switched off"), "{error}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_server_without_a_role_says_what_to_do_and_no_name_leads_elsewhere() {
    let server = Server::start([text(200, "t"), text(404, "")]).await;
    let error = ecs(&server, None, true).provide().await.unwrap_err();
    assert!(error.reason.contains("attach a RAM role"), "{error}");
    for name in ["../../user-data", "a/b", "", "<html>"] {
        let server = Server::start([text(200, "t"), text(200, name)]).await;
        ecs(&server, None, true).provide().await.unwrap_err();
        assert_eq!(server.count(), 2, "{name}");
    }
    let unfit = EcsRoleOptions {
        service: server.url.clone(),
        role: Some("../x".to_owned()),
        plain_allowed: true,
    };
    assert!(EcsRoleCredentials::new(&unfit, Arc::new(Timestamp::now)).is_err());
}

/// A source that gives its next key when one is refused.
struct Sequence(Mutex<Vec<&'static str>>);

impl ProvideCredentials for Sequence {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        let id = *self.0.lock().unwrap().last().unwrap();
        Box::pin(std::future::ready(Ok(Credentials::access_key(id, SECRET))))
    }

    fn refused(&self, key: &Credentials) -> bool {
        let mut ids = self.0.lock().unwrap();
        assert_eq!(*ids.last().unwrap(), key.access_key_id);
        ids.pop();
        !ids.is_empty()
    }
}

fn client_with_keys(server: &Server, last_first: &[&'static str]) -> Client {
    builder_of(&server.url, Arc::new(Sequence(Mutex::new(last_first.to_vec())))).build()
}

fn keys_used(server: &Server) -> Vec<String> {
    let queries = server.queries();
    queries.iter().map(|query| query["AccessKeyId"].clone()).collect()
}

#[tokio::test]
async fn a_read_with_a_key_whose_time_is_over_goes_on_with_the_next_one() {
    for code in ["InvalidSecurityToken.Expired", "InvalidAccessKeyId.NotFound"] {
        let server = Server::start([error(400, code), success()]).await;
        let client = client_with_keys(&server, &["STS.new", "STS.old"]);
        client.read(&GetAuthSummary::default(), REGION).await.unwrap();
        assert_eq!(keys_used(&server), ["STS.old", "STS.new"]);
    }
    // Once per call, and not because of a signature, which the next key would not mend.
    let server = Server::start(vec![error(400, "InvalidSecurityToken.Expired"); 3]).await;
    let client = client_with_keys(&server, &["STS.3", "STS.2", "STS.1"]);
    let refused = client.read(&GetAuthSummary::default(), REGION).await.unwrap_err();
    assert!(refused.is_credential_problem());
    assert_eq!(keys_used(&server), ["STS.1", "STS.2"]);
    let server = Server::start([error(400, "SignatureDoesNotMatch")]).await;
    let client = client_with_keys(&server, &["STS.new", "STS.old"]);
    client.read(&GetAuthSummary::default(), REGION).await.unwrap_err();
    assert_eq!(keys_used(&server), ["STS.old"]);
}

#[tokio::test]
async fn a_refused_write_did_not_run_and_only_the_key_of_its_intent_signs_it() {
    let server = Server::start([error(400, "InvalidSecurityToken.Expired"), success()]).await;
    let client = client_with_keys(&server, &["STS.new", "STS.old"]);
    let parameters = [("Bind.1".to_owned(), "u-1".to_owned())].into();
    let old = client.key_fingerprint().await.unwrap();
    let write = async |fingerprint: &str| {
        let request = WriteRequest {
            product: "sas",
            version: "2018-12-03",
            action: "BindAuthToMachine",
            region: REGION,
            parameters: &parameters,
            nonce: "n-1",
            timestamp: Timestamp::now(),
            attempt: 1,
            key_fingerprint: fingerprint,
        };
        client.send_write(&request).await
    };
    let refused = write(&old).await.unwrap_err();
    assert_eq!(
        (refused.verdict, refused.kind),
        (Verdict::Retry, ErrorKind::Gateway)
    );
    assert_eq!(server.count(), 1, "a write is never signed anew by the client");
    // The same intent again, but the key is another one by now.
    let unsent = write(&old).await.unwrap_err();
    assert!(
        unsent.is_not_sent() && !unsent.is_credential_problem(),
        "{unsent}"
    );
    assert_eq!((unsent.verdict, server.count()), (Verdict::Retry, 1));
    write(&client.key_fingerprint().await.unwrap()).await.unwrap();
    assert_eq!(keys_used(&server), ["STS.old", "STS.new"]);
}
