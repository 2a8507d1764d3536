//! Plans with many targets. A status holds the first of them; the full plan lies in immutable ConfigMaps
//! that the resource owns, as lines that a person can read: one JSON array per server, one JSON object
//! per call. What is read back counts only if its digest is the one in the status.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::{Api, ObjectMeta, PostParams};
use sas_api::plan::{Call, Plan, PublishedPlan, STATUS_TARGETS, Target};

use crate::hash;
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

/// The lines of a plan.
fn lines(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let target =
        |t: &Target| serde_json::json!([t.uuid, t.instance_id, t.region_id, t.name, t.current]).to_string();
    let call = |c: &Call| serde_json::to_string(c).unwrap_or_default();
    (
        plan.targets.iter().map(target).collect(),
        plan.calls.iter().map(call).collect(),
    )
}

fn digest(targets: &[String], calls: &[String]) -> String {
    hash::digest(&format!("{}\n\n{}", targets.join("\n"), calls.join("\n")))
}

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
    let (targets, calls) = lines(&published.plan);
    published.full_digest = Some(digest(&targets, &calls));
    published.full_plan_config_maps = Vec::new();
    for (index, data) in chunks(&targets, &calls).into_iter().enumerate() {
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

fn chunks(targets: &[String], calls: &[String]) -> Vec<BTreeMap<String, String>> {
    let mut chunks = vec![BTreeMap::<String, String>::new()];
    let mut bytes = 0;
    let keyed = targets
        .iter()
        .map(|l| ("targets", l))
        .chain(calls.iter().map(|l| ("calls", l)));
    for (key, line) in keyed {
        if bytes + line.len() > CHUNK_BYTES && bytes > 0 {
            chunks.push(BTreeMap::new());
            bytes = 0;
        }
        bytes += line.len() + 1;
        if let Some(chunk) = chunks.last_mut() {
            let text = chunk.entry(key.to_owned()).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    chunks
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
    let (mut targets, mut calls) = (Vec::new(), Vec::new());
    for name in &published.full_plan_config_maps {
        let map = match store.within(api.get(name)).await {
            Ok(map) => map,
            Err(StoreError::Gone) => return Ok(None),
            Err(error) => return Err(error),
        };
        let data = map.data.unwrap_or_default();
        let read = |key: &str| {
            data.get(key)
                .map(|t| t.lines().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        targets.extend::<Vec<String>>(read("targets"));
        calls.extend::<Vec<String>>(read("calls"));
    }
    if digest(&targets, &calls) != *expected {
        return Ok(None);
    }
    Ok(parse(&targets, &calls).map(|(targets, calls)| Plan {
        targets,
        calls,
        ..published.plan.clone()
    }))
}

fn parse(targets: &[String], calls: &[String]) -> Option<(Vec<Target>, Vec<Call>)> {
    let target = |line: &String| {
        let [uuid, instance_id, region_id, name, current]: [String; 5] = serde_json::from_str(line).ok()?;
        Some(Target {
            uuid,
            instance_id,
            region_id,
            name,
            current,
        })
    };
    let targets = targets.iter().map(target).collect::<Option<_>>()?;
    let calls = calls
        .iter()
        .map(|line| serde_json::from_str(line).ok())
        .collect::<Option<_>>()?;
    Some((targets, calls))
}

#[cfg(test)]
mod tests {
    use sas_api::Risk;
    use sas_api::plan::{Parameter, Repeat};

    use super::*;

    fn plan(servers: usize) -> Plan {
        let target = |i: usize| Target {
            uuid: format!("u-{i:05}"),
            name: format!("näme \t {i}"),
            ..Default::default()
        };
        let call = Call {
            product: "p".into(),
            version: "v".into(),
            action: "A".into(),
            region_id: "r".into(),
            parameters: vec![Parameter::literal("X", "line\nbreak")],
            repeat: Repeat::Never,
        };
        Plan {
            summary: String::new(),
            risk: Risk::R3,
            calls: vec![call; 7],
            targets: (0..servers).map(target).collect(),
            values: vec![],
            cost: None,
            warnings: vec![],
        }
    }

    #[test]
    fn config_map_names_are_valid_and_of_one_plan() {
        let name =
            |owner: &str, digit: &str| config_map_name(owner, &format!("sha256:{}", digit.repeat(64)), 0);
        assert_eq!(name("web", "a"), "web-plan-aaaaaaaaaaaa-0");
        assert_ne!(name("web", "a"), name("web", "b"));
        let long = name(&format!("{}.x", "a".repeat(199)), "c");
        assert!(long.len() <= 253 && !long.contains(".-"), "{long}");
    }

    #[test]
    fn lines_survive_chunking_and_parsing() {
        let plan = plan(30_000);
        let (targets, calls) = lines(&plan);
        let chunks = chunks(&targets, &calls);
        assert!(chunks.len() > 1);
        assert!(
            chunks
                .iter()
                .all(|c| c.values().map(String::len).sum::<usize>() < CHUNK_BYTES + 4096)
        );
        let read = |key: &str| -> Vec<String> {
            chunks
                .iter()
                .filter_map(|c| c.get(key))
                .flat_map(|t| t.lines().map(str::to_owned))
                .collect()
        };
        let (read_targets, read_calls) = (read("targets"), read("calls"));
        assert_eq!(digest(&targets, &calls), digest(&read_targets, &read_calls));
        let (parsed_targets, parsed_calls) = parse(&read_targets, &read_calls).unwrap();
        assert_eq!((parsed_targets, parsed_calls), (plan.targets, plan.calls));
    }
}
