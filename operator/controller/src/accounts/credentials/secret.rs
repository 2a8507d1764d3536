//! Access keys from a Secret, read by its name. What is missing is named with Secret and key.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client, ResourceExt};
use sas_api::Reason;
use sas_client::Credentials;
use sas_engine::Unavailable;
use secrecy::SecretString;
use tokio::time::timeout;

/// Key of the access key id.
const ACCESS_KEY_ID: &str = "accessKeyID";
/// Key of the access key secret.
const ACCESS_KEY_SECRET: &str = "accessKeySecret";
/// Key of the token of temporary credentials.
const SECURITY_TOKEN: &str = "securityToken";

/// Which state of which Secret was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::accounts) struct Version {
    uid: Option<String>,
    resource_version: Option<String>,
}

/// Reads the Secret.
pub(super) async fn read(
    kube: &Client,
    namespace: &str,
    name: &str,
    limit: Duration,
) -> Result<(Credentials, Version), Unavailable> {
    let api: Api<Secret> = Api::namespaced(kube.clone(), namespace);
    let not_ready = |message: String| Unavailable::new(Reason::CredentialsNotReady, message);
    let secret = match timeout(limit, api.get_opt(name)).await {
        Ok(Ok(Some(secret))) => secret,
        Ok(Ok(None)) => {
            return Err(not_ready(format!(
                "Secret {namespace}/{name} does not exist; create it with the keys {ACCESS_KEY_ID} and {ACCESS_KEY_SECRET}"
            )));
        }
        Ok(Err(kube::Error::Api(status))) if status.code == 403 => {
            return Err(not_ready(format!(
                "the operator may not read Secret {namespace}/{name}; allow its service account to get it"
            )));
        }
        Ok(Err(error)) => return Err(slow(namespace, name, &error.to_string())),
        Err(_) => return Err(slow(namespace, name, "no answer in time")),
    };
    let credentials = parse(&secret).map_err(|key| {
        not_ready(format!(
            "Secret {namespace}/{name} has no text under the key {key}; put the access key there"
        ))
    })?;
    let version = Version {
        uid: secret.uid(),
        resource_version: secret.resource_version(),
    };
    Ok((credentials, version))
}

fn slow(namespace: &str, name: &str, why: &str) -> Unavailable {
    let message = format!(
        "Secret {namespace}/{name} cannot be read from the API server; the operator tries again ({why})"
    );
    Unavailable::new(Reason::CloudUnavailable, message)
}

/// The credentials in a Secret, or the key that is missing, empty or not a text. White space around a
/// value, which editors and `echo` leave there, does not belong to it.
fn parse(secret: &Secret) -> Result<Credentials, &'static str> {
    let text = |key: &'static str| -> Result<Option<&str>, &'static str> {
        let Some(bytes) = secret.data.as_ref().and_then(|data| data.get(key)) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes.0).map_err(|_| key)?.trim();
        Ok(Some(text).filter(|text| !text.is_empty()))
    };
    let id = text(ACCESS_KEY_ID)?.ok_or(ACCESS_KEY_ID)?;
    let key = text(ACCESS_KEY_SECRET)?.ok_or(ACCESS_KEY_SECRET)?;
    let mut credentials = Credentials::access_key(id, key);
    credentials.security_token = text(SECURITY_TOKEN)?.map(SecretString::from);
    Ok(credentials)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;
    use secrecy::ExposeSecret;

    use super::*;

    fn secret(data: &[(&str, &[u8])]) -> Secret {
        let data = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), ByteString(value.to_vec())));
        Secret {
            data: Some(data.collect()),
            ..Default::default()
        }
    }

    #[test]
    fn keys_and_tokens_are_read_without_the_white_space_around_them() {
        let found = parse(&secret(&[
            (ACCESS_KEY_ID, b"id\n"),
            (ACCESS_KEY_SECRET, b" key "),
            (SECURITY_TOKEN, b"t"),
        ]));
        let found = found.unwrap();
        assert_eq!(
            (found.access_key_id.as_str(), found.secret.expose_secret()),
            ("id", "key")
        );
        assert!(found.security_token.is_some());
    }

    #[test]
    fn what_is_missing_is_named() {
        type Data<'a> = &'a [(&'a str, &'a [u8])];
        let table: &[(Data<'_>, &str)] = &[
            (&[], ACCESS_KEY_ID),
            (&[(ACCESS_KEY_ID, b"")], ACCESS_KEY_ID),
            (&[(ACCESS_KEY_ID, b"id")], ACCESS_KEY_SECRET),
            (
                &[(ACCESS_KEY_ID, b"id"), (ACCESS_KEY_SECRET, b"\n")],
                ACCESS_KEY_SECRET,
            ),
            (
                &[(ACCESS_KEY_ID, b"id"), (ACCESS_KEY_SECRET, b"\xff")],
                ACCESS_KEY_SECRET,
            ),
        ];
        for (data, missing) in table {
            assert_eq!(parse(&secret(data)).err(), Some(*missing));
        }
        let no_token = parse(&secret(&[
            (ACCESS_KEY_ID, b"id"),
            (ACCESS_KEY_SECRET, b"key"),
            (SECURITY_TOKEN, b""),
        ]));
        assert!(no_token.unwrap().security_token.is_none());
    }
}
