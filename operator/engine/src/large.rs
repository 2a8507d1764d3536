//! Plans with many targets. A status holds the first of them; the full plan lies in immutable ConfigMaps
//! that the resource owns, in the form of [`sas_api::large`]. What is read back counts only if its digest is
//! the one in the status.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::{Api, ObjectMeta, PostParams};
use sas_api::large::Lines;
use sas_api::plan::{Plan, PublishedPlan, STATUS_TARGETS};

use crate::operation::Gate;
use crate::store::{Store, StoreError};

/// Targets that stay in the status of a large plan.
const SHOWN_TARGETS: usize = 50;
/// Calls that stay in the status of a large plan.
const SHOWN_CALLS: usize = 3;
/// Bytes of one ConfigMap, well below what the API server takes.
const CHUNK_BYTES: usize = 600_000;
/// Characters of the owner's name in that of a ConfigMap, which may have 253 in all.
const NAME_CHARS: usize = 200;

/// How many targets and calls of a plan stand in the status.
fn shown(plan: &Plan) -> (usize, usize) {
    if plan.targets.len() <= STATUS_TARGETS {
        (plan.targets.len(), plan.calls.len())
    } else {
        (SHOWN_TARGETS, SHOWN_CALLS.min(plan.calls.len()))
    }
}

/// Whether a status shows the beginning of this full plan, and its counts.
pub(crate) fn is_excerpt(published: &PublishedPlan, full: &Plan) -> bool {
    let (targets, calls) = shown(full);
    let counts = [full.targets.len(), full.calls.len()].map(i64::try_from);
    published.plan.targets == full.targets[..targets]
        && published.plan.calls == full.calls[..calls]
        && [Ok(published.target_count), Ok(published.call_count)] == counts
}

/// Stores the full plan where it is too large for a status, and cuts `published`.
pub(crate) async fn offload<K: Gate>(
    store: &Store,
    owner: &K,
    published: &mut PublishedPlan,
) -> Result<(), StoreError> {
    if published.plan.targets.len() <= STATUS_TARGETS {
        return Ok(());
    }
    let lines = Lines::of(&published.plan);
    published.full_digest = Some(lines.digest());
    published.full_plan_config_maps = Vec::new();
    for (index, data) in lines.chunks(CHUNK_BYTES).into_iter().enumerate() {
        let name = config_map_name(&owner.name_any(), &published.hash, index);
        create(store, owner, &name, data).await?;
        published.full_plan_config_maps.push(name);
    }
    let (shown_targets, shown_calls) = shown(&published.plan);
    published.plan.targets.truncate(shown_targets);
    published.plan.calls.truncate(shown_calls);
    Ok(())
}

/// A name that no other kind, namesake or epoch has: the hash covers all of them.
fn config_map_name(owner: &str, hash: &str, index: usize) -> String {
    let owner: String = owner.chars().take(NAME_CHARS).collect();
    let digits = hash.trim_start_matches("sha256:").get(..12).unwrap_or_default();
    format!("{}-plan-{digits}-{index}", owner.trim_end_matches(['.', '-']))
}

async fn create<K: Gate>(
    store: &Store,
    owner: &K,
    name: &str,
    data: BTreeMap<String, String>,
) -> Result<(), StoreError> {
    let api: Api<ConfigMap> = Api::namespaced(store.client.clone(), &owner.namespace().unwrap_or_default());
    let map = ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            owner_references: owner.controller_owner_ref(&()).map(|reference| vec![reference]),
            ..Default::default()
        },
        immutable: Some(true),
        data: Some(data.clone()),
        ..Default::default()
    };
    match store.within_owned(api.create(&PostParams::default(), &map)).await {
        // A predecessor may have stopped between this write and the status; the same content is fine.
        Err(StoreError::Conflict) => {
            let found: ConfigMap = store.within_owned(api.get(name)).await?;
            if found.data == Some(data) {
                Ok(())
            } else {
                Err(StoreError::Other {
                    message: format!("ConfigMap {name} exists with other content; delete it"),
                })
            }
        }
        other => other.map(|_| ()),
    }
}

/// The full plan of a published one, or nothing where its ConfigMaps are gone or changed.
pub(crate) async fn load<K: Gate>(
    store: &Store,
    owner: &K,
    published: &PublishedPlan,
) -> Result<Option<Plan>, StoreError> {
    let Some(expected) = &published.full_digest else {
        return Ok(Some(published.plan.clone()));
    };
    let api: Api<ConfigMap> = Api::namespaced(store.client.clone(), &owner.namespace().unwrap_or_default());
    let mut chunks: Vec<BTreeMap<String, String>> = Vec::new();
    for name in &published.full_plan_config_maps {
        let map = match store.within(api.get(name)).await {
            Ok(map) => map,
            Err(StoreError::Gone) => return Ok(None),
            Err(error) => return Err(error),
        };
        chunks.push(map.data.unwrap_or_default());
    }
    let lines = Lines::of_chunks(&chunks);
    if lines.digest() != *expected {
        return Ok(None);
    }
    Ok(lines.parse().map(|(targets, calls)| Plan {
        targets,
        calls,
        ..published.plan.clone()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_map_names_are_valid_and_of_one_plan() {
        let name =
            |owner: &str, digit: &str| config_map_name(owner, &format!("sha256:{}", digit.repeat(64)), 0);
        assert_eq!(name("web", "a"), "web-plan-aaaaaaaaaaaa-0");
        assert_ne!(name("web", "a"), name("web", "b"));
        let long = name(&format!("{}.x", "a".repeat(199)), "c");
        assert!(long.len() <= 253 && !long.contains(".-"), "{long}");
    }
}
