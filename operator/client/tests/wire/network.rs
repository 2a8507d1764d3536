//! TLS and proxies: who is trusted, and which way calls take.

use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sas_client::actions::GetAuthSummary;
use sas_client::{ErrorKind, Transport, TransportError, TransportOptions};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::server::{Act, Server, answer, builder, builder_with, options, read_request, success};

/// A TLS server for `localhost`; gives its base URL and the PEM of the CA that signed it.
async fn tls_server() -> (String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let Act::Reply(bytes) = success() else { continue };
            if read_request(&mut stream).await.is_some() {
                answer(&mut stream, &bytes).await;
            }
        }
    });
    (url, authority.pem())
}

#[tokio::test]
async fn only_an_extra_ca_makes_a_private_server_trusted() {
    let (url, ca_pem) = tls_server().await;
    let error = builder(&url)
        .build()
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.is_not_sent()), (ErrorKind::NotSent, true));
    assert!(error.message.contains("certificate"), "{error}");

    let trusting = TransportOptions {
        extra_ca_pem: Some(ca_pem.into_bytes()),
        ..options()
    };
    let client = builder_with(&url, &trusting).build();
    client
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap();
}

#[test]
fn an_extra_ca_that_is_none_is_refused() {
    for pem in [
        "",
        "not pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let options = TransportOptions {
            extra_ca_pem: Some(pem.as_bytes().to_vec()),
            ..options()
        };
        let refused = Transport::new(&options).err();
        assert!(
            matches!(refused, Some(TransportError::ExtraCa { .. })),
            "{pem:?} gave {refused:?}"
        );
    }
}

const CHILD: &str = "SAS_CLIENT_TEST_PROXY_CHILD";

/// Runs itself with proxy variables set, since a process cannot change its own safely.
#[test]
fn proxy_variables_are_ignored_unless_switched_on() {
    if std::env::var_os(CHILD).is_some() {
        return tokio::runtime::Runtime::new().unwrap().block_on(proxied_child());
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "network::proxy_variables_are_ignored_unless_switched_on",
        ])
        .env(CHILD, "1")
        .envs(
            ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:9")),
        )
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success() && text.contains("1 passed"), "{text}");
}

/// The proxy of the variables is a closed port: what goes there fails.
async fn proxied_child() {
    let server = Server::start([success()]).await;
    builder(&server.url)
        .build()
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap();
    let proxied = TransportOptions {
        proxy_from_environment: true,
        ..options()
    };
    let client = builder_with(&server.url, &proxied).build();
    let error = client
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap_err();
    assert_eq!((error.kind, server.count()), (ErrorKind::NotSent, 1));
}
