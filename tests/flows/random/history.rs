//! The judge. It sees every version of every object, as the API server's watch tells them, knows from whose
//! request a version came, and has the cloud's request log. It knows nothing of the operator or the policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt};
use kube::api::{ApiResource, DynamicObject, ListParams, WatchEvent, WatchParams};
use kube::core::GroupVersionKind;
use kube::{Api, ResourceExt};
use sas_api::annotations;
use sas_sim::Record;
use sas_tests::world::Identity;
use sas_tests::{Flow, cloud, manifests, wait};
use serde_json::Value;

/// An approval consists of these.
const DECISION: [&str; 5] = [
    annotations::APPROVED_PLAN,
    annotations::APPROVED_BY,
    annotations::APPROVAL_COMMENT,
    annotations::APPROVAL_NOT_AFTER,
    annotations::REJECTED_PLAN,
];

/// From whose accepted requests a version came: one wrote it, others may have changed nothing about it.
#[derive(Clone, Default)]
pub struct Accepted(Arc<Mutex<Authors>>);

/// By the object's uid and the number of its version.
type Authors = BTreeMap<(String, u64), Vec<Identity>>;

impl Accepted {
    /// Notes an accepted request by the object that it returned.
    pub fn note(&self, who: Identity, object: &Value) {
        let metadata = &object["metadata"];
        let version = metadata["resourceVersion"]
            .as_str()
            .and_then(|text| text.parse().ok());
        let (Some(uid), Some(version)) = (metadata["uid"].as_str(), version) else {
            return;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry((uid.to_owned(), version)).or_default().push(who);
    }

    fn of(&self, version: &Version) -> Vec<Identity> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&(version.uid.clone(), version.number))
            .cloned()
            .unwrap_or_default()
    }
}

/// An object as it was stored.
#[derive(Clone)]
struct Version {
    uid: String,
    number: u64,
    object: Value,
}

impl Version {
    fn annotation(&self, key: &str) -> &str {
        self.object["metadata"]["annotations"][key]
            .as_str()
            .unwrap_or_default()
    }

    fn plan(&self) -> &Value {
        &self.object["status"]["plan"]
    }

    /// Whether a call with this nonce is intended or was made.
    fn intends(&self, nonce: &str) -> bool {
        let calls = self.object["status"]["execution"]["calls"].as_array();
        calls.is_some_and(|calls| calls.iter().any(|call| call["intent"]["nonce"] == nonce))
    }
}

/// Everything that was stored, in the order in which it was.
pub struct History {
    versions: Arc<Mutex<Vec<Version>>>,
    accepted: Accepted,
    watch: tokio::task::JoinHandle<Result<()>>,
}

impl History {
    /// Sees everything from now on.
    pub async fn watch(flow: &Flow) -> Result<Self> {
        let kind = GroupVersionKind::gvk(sas_api::GROUP, sas_api::VERSION, "SasAuthBinding");
        let api: Api<DynamicObject> =
            Api::namespaced_with(flow.admin(), &flow.namespace, &ApiResource::from_gvk(&kind));
        // The API server may still be filling its cache of a kind that is new.
        let start = wait::until("a list of all objects", async || {
            let list = api.list(&ListParams::default()).await.ok();
            Ok(list.and_then(|list| list.metadata.resource_version))
        })
        .await?;
        let versions = Arc::<Mutex<Vec<Version>>>::default();
        let seen = versions.clone();
        let watch = tokio::spawn(async move {
            let mut events = api.watch(&WatchParams::default(), &start).await?.boxed();
            while let Some(event) = events.try_next().await? {
                let (WatchEvent::Added(object) | WatchEvent::Modified(object)) = event else {
                    continue;
                };
                let version = Version {
                    uid: object.uid().unwrap_or_default(),
                    number: object.resource_version().unwrap_or_default().parse()?,
                    object: serde_json::to_value(&object)?,
                };
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(version);
            }
            Ok(())
        });
        Ok(Self {
            versions,
            accepted: Accepted::default(),
            watch,
        })
    }

    /// Where actors note what was accepted.
    pub fn accepted(&self) -> Accepted {
        self.accepted.clone()
    }

    /// Judges everything that happened.
    pub async fn judge(self, flow: &Flow) -> Result<()> {
        let writes = flow.cloud.write_attempts();
        let last = flow
            .create(&manifests::binding_of("last", "Ultimate", &[cloud::web(9)])?)
            .await?;
        let last = last.uid().unwrap_or_default();
        wait::until_true("the watch tells everything", || {
            let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
            versions.iter().any(|version| version.uid == last)
        })
        .await?;
        ensure!(!self.watch.is_finished(), "the watch ended before its time");
        self.watch.abort();
        let versions = self
            .versions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let decided = decisions(&versions, &self.accepted)?;
        ensure!(decided > 0, "nothing was decided");
        for write in &writes {
            approved(write, &versions)
                .with_context(|| format!("write {} {} {:?}", write.seq, write.action, write.parameters))?;
        }
        println!("random: {} versions, {decided} decisions", versions.len());
        Ok(())
    }
}

/// Every decision came from a request of somebody who may decide, and bears that name; returns how many.
fn decisions(versions: &[Version], accepted: &Accepted) -> Result<usize> {
    let mut before = BTreeMap::<&str, &Version>::new();
    let mut count = 0;
    for version in versions {
        let earlier = before.insert(&version.uid, version);
        let old = |key| earlier.map_or("", |earlier| earlier.annotation(key));
        let changed = DECISION.iter().any(|key| version.annotation(key) != old(key));
        // Taking an approval away as a whole is everybody's right.
        let decides = version.annotation(annotations::REJECTED_PLAN) != old(annotations::REJECTED_PLAN)
            || (changed
                && DECISION
                    .iter()
                    .any(|key| !["", old(key)].contains(&version.annotation(key))))
            || (changed && !version.annotation(annotations::APPROVED_PLAN).is_empty());
        if !decides {
            continue;
        }
        count += 1;
        let authors = accepted.of(version);
        let allowed: BTreeSet<_> = authors
            .iter()
            .filter(|who| may_decide(**who))
            .map(|who| who.user())
            .collect();
        let by = version.annotation(annotations::APPROVED_BY);
        let nobody = version.annotation(annotations::APPROVED_PLAN).is_empty()
            && version.annotation(annotations::REJECTED_PLAN).is_empty();
        ensure!(
            if nobody {
                !allowed.is_empty()
            } else {
                allowed.contains(by)
            },
            "a decision by {authors:?} was accepted: {:#}",
            version.object["metadata"]
        );
    }
    Ok(count)
}

fn may_decide(who: Identity) -> bool {
    matches!(who, Identity::Approver | Identity::Approver2)
}

/// Before this write its plan was on the object, approved by somebody who may and who wrote none of it, and
/// the approval was still there when the operator made up its mind.
fn approved(write: &Record, versions: &[Version]) -> Result<()> {
    let intent = versions.iter().position(|version| version.intends(&write.nonce));
    let intent = intent.context("no intent was stored for it")?;
    let (before, intent) = (&versions[..intent], &versions[intent]);
    let hash = intent.object["status"]["execution"]["hash"]
        .as_str()
        .unwrap_or_default();
    ensure!(hash.starts_with("sha256:"), "the intent has the hash {hash}");
    let stripped = format!("{} {hash}", Identity::ArgoCd.user());
    ensure!(
        intent.annotation(annotations::APPROVED_PLAN) == hash
            || intent.annotation(annotations::REVOKED_BY) == stripped,
        "the approval was gone before the intent: {:#}",
        intent.object["metadata"]
    );
    let approval = before.iter().find(|version| {
        version.uid == intent.uid
            && version.annotation(annotations::APPROVED_PLAN) == hash
            && version.plan()["hash"] == hash
            && version.plan()["observedGeneration"] == version.object["metadata"]["generation"]
            && [Identity::Approver, Identity::Approver2]
                .iter()
                .any(|who| who.user() == version.annotation(annotations::APPROVED_BY))
    });
    let approval = approval.with_context(|| format!("no approval of {hash} came before it"))?;
    let by = approval.annotation(annotations::APPROVED_BY);
    let writers = approval.annotation(annotations::REQUESTED_BY);
    ensure!(
        writers.split(',').all(|writer| writer != by),
        "{by} approved what {writers} wrote"
    );
    let calls = approval.plan()["calls"]
        .as_array()
        .context("the plan has calls")?;
    ensure!(
        calls.iter().any(|call| is_sent(call, write)),
        "it is none of the plan's calls: {calls:?}"
    );
    Ok(())
}

/// Whether the write is this call of a plan, and nothing more.
fn is_sent(call: &Value, write: &Record) -> bool {
    let parameters = call["parameters"].as_array().into_iter().flatten();
    let planned: BTreeMap<_, _> = parameters
        .filter_map(|parameter| Some((parameter["name"].as_str()?, parameter["value"].as_str())))
        .collect();
    call["action"] == write.action
        && planned.iter().all(|(name, value)| {
            let sent = write.parameters.get(*name);
            sent.is_some() && (value.is_none() || sent.map(String::as_str) == *value)
        })
        && write
            .parameters
            .keys()
            .all(|name| name == "ClientToken" || planned.contains_key(name.as_str()))
}
