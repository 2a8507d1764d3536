//! Who may act as the operator, and what is missing where a source cannot be set up.

use kube::client::Body;
use sas_client::credentials::METADATA_SERVICE;
use sas_client::{Client, Transport, TransportOptions};

use super::*;

const ROLE: &str = "acs:ram::1234567890123456:role/sas-operator";

fn source(value: serde_json::Value) -> CredentialsSource {
    serde_json::from_value(value).unwrap()
}

fn own(allowed: &[&str]) -> OwnIdentity {
    OwnIdentity {
        namespace: "sas-system".to_owned(),
        allowed_namespaces: allowed.iter().map(|&namespace| namespace.to_owned()).collect(),
        service_account: ServiceAccountIdentity {
            role_arn: Some(ROLE.to_owned()),
            provider_arn: Some("acs:ram::1234567890123456:oidc-provider/ack".to_owned()),
            token_file: Some("/token".into()),
            ..ServiceAccountIdentity::default()
        },
        metadata_service: METADATA_SERVICE.to_owned(),
        ..OwnIdentity::default()
    }
}

/// An API server that nobody may ask.
fn no_api_server() -> Kube {
    let refuse = tower::service_fn(|_: http::Request<Body>| async {
        Err::<http::Response<Body>, _>(tower::BoxError::from("nobody may ask"))
    });
    Kube::new(refuse, "default")
}

#[tokio::test]
async fn only_named_namespaces_may_be_the_operator() {
    let table = [
        (&[][..], "sas-system", true),
        (&[], "team", false),
        (&["team"], "team", true),
        (&["team"], "teams", false),
        (&["t*"], "team", false),
        (&["*"], "team", true),
    ];
    for (allowed, namespace, expected) in table {
        for field in ["rrsa", "ecsRole"] {
            let source = source(serde_json::json!({field: {}, "assumeRole": {"roleARN": ROLE}}));
            let found = Base::find(
                &no_api_server(),
                namespace,
                &source,
                &own(allowed),
                Duration::from_secs(1),
            )
            .await;
            assert_eq!(found.is_ok(), expected, "{allowed:?} {namespace} {field}");
            if let Err(error) = found {
                assert_eq!(error.reason, Reason::CredentialsNotReady);
                for part in [
                    &format!("spec.credentials.{field}"),
                    "--own-identity-namespaces=team",
                ] {
                    assert!(error.message.contains(part), "{}", error.message);
                }
            }
        }
    }
}

/// What messages call the provider, or why there is none.
fn provider(source: &CredentialsSource, own: &OwnIdentity, base: Base) -> Result<String, Unavailable> {
    let transport = Transport::new(&TransportOptions::default()).unwrap();
    let client = |provider: Provider| Client::builder(transport.clone(), provider);
    let parts = Parts {
        namespace: "team",
        source,
        own,
        region: "cn-shanghai",
        client: &client,
    };
    parts.provider(base).map(|(_, name)| name)
}

#[tokio::test]
async fn messages_tell_the_whole_way_to_a_key() {
    let secret = || Base::Secret(Credentials::access_key("id", "s"), Version::default());
    let on_secret =
        source(serde_json::json!({"secretRef": {"name": "key"}, "assumeRole": {"roleARN": ROLE}}));
    let name = provider(&on_secret, &own(&[]), secret()).unwrap();
    assert_eq!(name, format!("role {ROLE} by way of Secret team/key"));
    let rrsa = source(serde_json::json!({"rrsa": {}}));
    let name = provider(&rrsa, &own(&[]), Base::ServiceAccount).unwrap();
    assert_eq!(name, format!("role {ROLE} of the operator's service account"));
    let other = source(serde_json::json!({"rrsa": {"roleARN": "acs:ram::1:role/other"}}));
    let name = provider(&other, &own(&[]), Base::ServiceAccount).unwrap();
    assert!(name.starts_with("role acs:ram::1:role/other of"), "{name}");
    let server = source(serde_json::json!({"ecsRole": {}}));
    let name = provider(&server, &own(&[]), Base::Server).unwrap();
    assert_eq!(name, "the role of the operator's server");
}

#[tokio::test]
async fn what_the_environment_lacks_is_named() {
    type Without = fn(&mut OwnIdentity);
    let table: [(Without, &str, Base); 5] = [
        (
            |own| own.service_account.role_arn = None,
            "ALIBABA_CLOUD_ROLE_ARN",
            Base::ServiceAccount,
        ),
        (
            |own| own.service_account.provider_arn = None,
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
            Base::ServiceAccount,
        ),
        (
            |own| own.service_account.token_file = None,
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
            Base::ServiceAccount,
        ),
        (
            |own| own.server.disabled = true,
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
            Base::Server,
        ),
        (
            |own| own.metadata_service = "nowhere".to_owned(),
            "address of the metadata service",
            Base::Server,
        ),
    ];
    for (without, named, base) in table {
        let mut own = own(&[]);
        without(&mut own);
        let error = provider(&source(serde_json::json!({"rrsa": {}})), &own, base).unwrap_err();
        assert_eq!(error.reason, Reason::CredentialsNotReady);
        assert!(error.message.contains(named), "{}", error.message);
    }
}
