//! Parameters as they go on the wire. Only two things happen between a hashed plan and the wire: references
//! are substituted, and a partial plan's calls leave out the targets that their intent names. Both follow
//! from what the status holds, so that a resend has the same bytes.

use std::collections::BTreeMap;

use sas_api::plan::{Call, ParameterSource, SecretKey};
use sas_api::status::Execution;
use sha2::{Digest, Sha256};

use crate::hash::hex;
use crate::partial;

/// Values of Secret keys, by Secret name and key.
pub(crate) type Secrets = BTreeMap<(String, String), Vec<u8>>;

/// Why a reference has no value. Never holds one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unresolved {
    /// The parameter has neither a value nor exactly one source.
    #[error("parameter {parameter} has no value")]
    Empty {
        /// Name of the parameter.
        parameter: String,
    },
    /// An earlier call's receipt lacks the field.
    #[error("the receipt of call {call} has no field {field}")]
    Receipt {
        /// Index of the earlier call.
        call: i32,
        /// Name of the field.
        field: String,
    },
    /// The Secret or its key is missing.
    #[error("Secret {name} has no key {key}")]
    Secret {
        /// Name of the Secret.
        name: String,
        /// Key.
        key: String,
    },
    /// The Secret's value is not the one that was approved.
    #[error("key {key} of Secret {name} changed after the plan was made")]
    SecretChanged {
        /// Name of the Secret.
        name: String,
        /// Key.
        key: String,
    },
}

/// The parameters of a call as they go on the wire.
pub(crate) fn parameters(
    call: &Call,
    call_index: usize,
    execution: &Execution,
    uid: &str,
    secrets: &Secrets,
) -> Result<BTreeMap<String, String>, Unresolved> {
    let mut resolved = BTreeMap::new();
    for parameter in partial::parameters(call, execution.calls.get(call_index)).as_ref() {
        let value = match (&parameter.value, &parameter.value_from) {
            (Some(value), None) => value.clone(),
            (None, Some(source)) => {
                from_source(&parameter.name, source, call_index, execution, uid, secrets)?
            }
            _ => {
                return Err(Unresolved::Empty {
                    parameter: parameter.name.clone(),
                });
            }
        };
        resolved.insert(parameter.name.clone(), value);
    }
    Ok(resolved)
}

/// As [`parameters`], without those that come from Secrets and those that cannot be resolved.
pub(crate) fn visible_parameters(
    call: &Call,
    call_index: usize,
    execution: &Execution,
    uid: &str,
) -> BTreeMap<String, String> {
    let parameters = partial::parameters(call, execution.calls.get(call_index));
    let visible = parameters.iter().filter_map(|parameter| {
        let value = match (&parameter.value, &parameter.value_from) {
            (Some(value), None) => Some(value.clone()),
            (None, Some(source)) if source.secret_key.is_none() => from_source(
                &parameter.name,
                source,
                call_index,
                execution,
                uid,
                &Secrets::new(),
            )
            .ok(),
            _ => None,
        };
        value.map(|value| (parameter.name.clone(), value))
    });
    visible.collect()
}

fn from_source(
    parameter: &str,
    source: &ParameterSource,
    call_index: usize,
    execution: &Execution,
    uid: &str,
    secrets: &Secrets,
) -> Result<String, Unresolved> {
    match (&source.receipt_field, &source.secret_key, &source.time_after_call) {
        (Some(reference), None, None) => {
            let record = usize::try_from(reference.call)
                .ok()
                .and_then(|index| execution.calls.get(index));
            let field = record
                .and_then(|r| r.receipt.as_ref())
                .and_then(|r| r.field(&reference.field));
            field.map(str::to_owned).ok_or_else(|| Unresolved::Receipt {
                call: reference.call,
                field: reference.field.clone(),
            })
        }
        (None, Some(reference), None) => secret_value(reference, uid, secrets),
        (None, None, Some(time)) => {
            let base = execution.started_time.0.as_second() + time.seconds;
            let millis = base * 1000 + fingerprint_millis(uid, execution.epoch, call_index);
            Ok(match &time.json_key {
                Some(key) => serde_json::json!({ key: millis }).to_string(),
                None => millis.to_string(),
            })
        }
        _ => Err(Unresolved::Empty {
            parameter: parameter.to_owned(),
        }),
    }
}

fn secret_value(reference: &SecretKey, uid: &str, secrets: &Secrets) -> Result<String, Unresolved> {
    let missing = || Unresolved::Secret {
        name: reference.name.clone(),
        key: reference.key.clone(),
    };
    let value = secrets
        .get(&(reference.name.clone(), reference.key.clone()))
        .ok_or_else(missing)?;
    if salted_digest(uid, value) != reference.salted_digest {
        return Err(Unresolved::SecretChanged {
            name: reference.name.clone(),
            key: reference.key.clone(),
        });
    }
    String::from_utf8(value.clone()).map_err(|_| missing())
}

/// Digest by which a Secret's value enters a plan: SHA-256 over the resource's uid and the value.
pub fn salted_digest(uid: &str, value: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(uid.as_bytes());
    hasher.update([0]);
    hasher.update(value);
    format!("sha256:{}", hex(&hasher.finalize()))
}

/// Three digits that make the times of one attempt recognisable: 0 to 999, from uid, epoch and call.
fn fingerprint_millis(uid: &str, epoch: i64, call_index: usize) -> i64 {
    let digest = Sha256::digest(format!("{uid}/{epoch}/{call_index}/time").as_bytes());
    i64::from(u16::from_be_bytes([digest[0], digest[1]])) % 1000
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;
    use sas_api::plan::{Parameter, ReceiptField, Repeat, TimeAfterCall};

    use super::*;

    fn execution() -> Execution {
        Execution {
            hash: "sha256:".into(),
            epoch: 3,
            observed_generation: 1,
            requested_by: None,
            approval: None,
            started_time: Time(Timestamp::from_second(1_800_000_000).unwrap()),
            finished_time: None,
            outcome: None,
            message: None,
            calls: vec![],
        }
    }

    fn call(source: ParameterSource) -> Call {
        Call {
            product: "p".into(),
            version: "v".into(),
            action: "A".into(),
            region_id: "r".into(),
            parameters: vec![Parameter::literal("Fixed", "x"), Parameter::from("Ref", source)],
            repeat: Repeat::Never,
        }
    }

    #[test]
    fn times_count_from_the_start_and_carry_a_fingerprint() {
        let call = call(ParameterSource {
            time_after_call: Some(TimeAfterCall {
                seconds: 60,
                json_key: None,
            }),
            ..Default::default()
        });
        let first = parameters(&call, 0, &execution(), "uid", &Secrets::new()).unwrap();
        let again = parameters(&call, 0, &execution(), "uid", &Secrets::new()).unwrap();
        assert_eq!(first, again);
        assert_eq!(&first["Ref"][..10], "1800000060");
        assert_eq!(first["Ref"].len(), 13);
        let other = parameters(&call, 0, &execution(), "other-uid", &Secrets::new()).unwrap();
        assert_ne!(first["Ref"], other["Ref"]);
        assert_eq!(first["Fixed"], "x");
    }

    #[test]
    fn a_time_may_stand_in_a_json_object() {
        let call = call(ParameterSource {
            time_after_call: Some(TimeAfterCall {
                seconds: 60,
                json_key: Some("expireTime".into()),
            }),
            ..Default::default()
        });
        let sent = parameters(&call, 0, &execution(), "uid", &Secrets::new()).unwrap();
        assert!(
            sent["Ref"].starts_with(r#"{"expireTime":1800000060"#),
            "{}",
            sent["Ref"]
        );
        assert!(sent["Ref"].ends_with('}'));
    }

    #[test]
    fn a_changed_secret_is_refused_without_showing_it() {
        let secret_key = SecretKey {
            name: "s".into(),
            key: "k".into(),
            salted_digest: salted_digest("uid", b"old-value"),
        };
        let call = call(ParameterSource {
            secret_key: Some(secret_key),
            ..Default::default()
        });
        let mut secrets = Secrets::from([(("s".into(), "k".into()), b"old-value".to_vec())]);
        assert_eq!(
            parameters(&call, 0, &execution(), "uid", &secrets).unwrap()["Ref"],
            "old-value"
        );
        secrets.insert(("s".into(), "k".into()), b"new-value".to_vec());
        let error = parameters(&call, 0, &execution(), "uid", &secrets).unwrap_err();
        assert_eq!(
            error.to_string(),
            "key k of Secret s changed after the plan was made"
        );
        assert!(!visible_parameters(&call, 0, &execution(), "uid").contains_key("Ref"));
    }

    #[test]
    fn a_missing_receipt_field_is_named() {
        let receipt_field = Some(ReceiptField {
            call: 0,
            field: "TaskId".into(),
        });
        let call = call(ParameterSource {
            receipt_field,
            ..Default::default()
        });
        let error = parameters(&call, 1, &execution(), "uid", &Secrets::new()).unwrap_err();
        assert_eq!(error.to_string(), "the receipt of call 0 has no field TaskId");
    }
}
