//! The Secret that a resource gives out. It is read and written by name only, written when it differs,
//! and never taken over from somebody else: it is created or, at the version that was judged, patched.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams, PostParams};
use sas_api::Reason;

use crate::events::cut;
use crate::operation::{Blocked, Reported};
use crate::store::{Store, StoreError};

/// Longest part of a refusal that is passed on.
const REFUSAL_BYTES: usize = 1_000;

/// Makes the Secret be there as wanted. `Ok(Some)` says why it cannot be.
pub(crate) async fn ensure<K: Reported>(
    store: &Store,
    owner: &K,
    mut wanted: Secret,
) -> Result<Option<Blocked>, StoreError> {
    let name = wanted.name_any();
    let api: Api<Secret> = Api::namespaced(store.client.clone(), &owner.namespace().unwrap_or_default());
    let found = store.within(api.get_opt(&name)).await?;
    if let Some(found) = &found {
        let ours = found
            .owner_references()
            .iter()
            .any(|o| Some(&o.uid) == owner.uid().as_ref());
        if !ours {
            let message = format!(
                "Secret {name} exists and belongs to something else; delete it or choose another name in `spec.outputSecretName`"
            );
            return Ok(Some(Blocked {
                reason: Reason::OutputSecretConflict,
                message,
            }));
        }
        if data(found) == data(&wanted) {
            return Ok(None);
        }
    }
    wanted.metadata.owner_references = owner.controller_owner_ref(&()).map(|reference| vec![reference]);
    let written = match found {
        None => {
            store
                .within_owned(api.create(&PostParams::default(), &wanted))
                .await
        }
        Some(found) => {
            let patch = Patch::Merge(difference(&found, &wanted));
            let params = PatchParams::default();
            store.within_owned(api.patch(&name, &params, &patch)).await
        }
    };
    match written {
        Ok(_) => Ok(None),
        Err(StoreError::Refused { message }) => Ok(Some(Blocked {
            reason: Reason::OutputSecretRefused,
            message: format!(
                "Secret {name} cannot be written: {}; put that right and the operator goes on by itself",
                cut(&message, REFUSAL_BYTES)
            ),
        })),
        Err(error) => Err(error),
    }
}

/// The merge patch that gives `found` the data of `wanted`, and nothing else.
fn difference(found: &Secret, wanted: &Secret) -> serde_json::Value {
    let wanted = data(wanted);
    let removed = data(found).into_keys().filter(|key| !wanted.contains_key(key));
    let mut values: serde_json::Map<_, _> = removed.map(|key| (key, serde_json::Value::Null)).collect();
    values.extend(
        wanted
            .iter()
            .map(|(key, value)| (key.clone(), serde_json::json!(value))),
    );
    serde_json::json!({
        "metadata": {"resourceVersion": found.metadata.resource_version},
        "data": values,
    })
}

fn data(secret: &Secret) -> BTreeMap<String, ByteString> {
    let mut data = secret.data.clone().unwrap_or_default();
    let text = secret.string_data.clone().unwrap_or_default();
    data.extend(
        text.into_iter()
            .map(|(key, value)| (key, ByteString(value.into_bytes()))),
    );
    data
}
