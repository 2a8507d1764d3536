//! The resources that the operator creates for another one, and removes when they are over. Each is written
//! in the name of those who wrote the other one, so that four eyes hold through it; a name that somebody
//! else has taken is told and left alone; and one pass creates and removes a bounded number.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{ApiResource, DeleteParams, DynamicObject, PostParams, Preconditions};
use kube::{Api, Resource, ResourceExt};
use sas_api::{Reason, annotations, labels};

use crate::context::Context;
use crate::events::cut;
use crate::guard::Guard;
use crate::job;
use crate::operation::{Blocked, Gate, Reported};
use crate::store::{Store, StoreError};

/// Children that one pass creates, and that it removes, at most.
pub const CHILDREN_PER_PASS: usize = 8;
/// Longest part of a refusal that is passed on.
const REFUSAL_BYTES: usize = 1_000;
/// Stands for a writer who is not known, as the admission policies write it.
const UNKNOWN_WRITER: &str = "?";

/// What a resource has created and removed for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Children {
    /// What has to be there. A child that is there already stays as it is.
    pub wanted: Vec<Child>,
    /// What is not needed any more.
    pub retired: Vec<Retired>,
}

/// A resource to create. Its name decides which one it is: the same child has the same name in every pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    resource: ApiResource,
    object: DynamicObject,
}

/// A job to remove, in the version that was judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Retired {
    resource: ApiResource,
    name: String,
    owner: Option<String>,
    judged: Preconditions,
}

/// What came of keeping the children.
#[derive(Default)]
pub(crate) struct Kept {
    /// Why not all of them are there.
    pub(crate) problem: Option<Blocked>,
    /// Something was created or removed: another look shows more.
    pub(crate) changed: bool,
}

impl Child {
    /// A child like `object`, whose namespace, owner and writers follow from the parent.
    pub fn new<K: Reported>(object: &K) -> Self {
        let object = serde_json::to_value(object).and_then(serde_json::from_value);
        Self {
            resource: ApiResource::erase::<K>(&()),
            object: object.expect("a resource is an object with metadata"),
        }
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.object.name_any()
    }

    /// The resource as its kind wants it.
    pub fn object(&self) -> &DynamicObject {
        &self.object
    }
}

impl Retired {
    /// A job, if it came to its end: nothing else is ever removed.
    pub fn over<K: Gate>(child: &K) -> Option<Self> {
        if job::ended(child).is_none() || child.meta().deletion_timestamp.is_some() {
            return None;
        }
        Some(Self {
            resource: ApiResource::erase::<K>(&()),
            name: child.name_any(),
            owner: controller(child.owner_references()).map(str::to_owned),
            judged: Preconditions {
                uid: child.uid(),
                resource_version: child.resource_version(),
            },
        })
    }
}

/// Removes and creates what `children` asks for.
pub(crate) async fn keep<K: Reported, A>(
    parent: &K,
    children: Children,
    context: &Context<A>,
) -> Result<Kept, StoreError> {
    let mut kept = Kept::default();
    if children == Children::default() {
        return Ok(kept);
    }
    let guard = context.guard();
    if let Some(obstacle) = guard.obstacle() {
        // Nobody holds the names of the parent's writers to the truth.
        kept.problem = Some(obstacle);
        return Ok(kept);
    }
    for retired in children.retired.into_iter().take(CHILDREN_PER_PASS) {
        kept.changed |= remove(parent, &retired, &context.store).await?;
    }
    for child in children.wanted.into_iter().take(CHILDREN_PER_PASS) {
        let what = format!("{} {}", child.resource.kind, child.name());
        match create(parent, child, &guard, &context.store).await? {
            Creation::Created => {
                kept.changed = true;
                let note = format!("created {what}");
                let events = &context.events;
                events.publish(parent, false, Reason::ChildCreated, &note).await;
            }
            Creation::Present => {}
            Creation::Impossible(problem) => kept.problem = kept.problem.or(Some(problem)),
        }
    }
    Ok(kept)
}

/// Says whether something was removed. A job that changed since it was judged is judged again later.
async fn remove<K: Reported>(parent: &K, retired: &Retired, store: &Store) -> Result<bool, StoreError> {
    if retired.owner != parent.uid() {
        return Ok(false);
    }
    let api = api_of(parent, &retired.resource, store);
    let parameters = DeleteParams::background().preconditions(retired.judged.clone());
    match store.within(api.delete(&retired.name, &parameters)).await {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict | StoreError::Gone) => Ok(false),
        Err(error) => Err(error),
    }
}

enum Creation {
    Created,
    Present,
    Impossible(Blocked),
}

async fn create<K: Reported>(
    parent: &K,
    child: Child,
    guard: &Guard,
    store: &Store,
) -> Result<Creation, StoreError> {
    let api = api_of(parent, &child.resource, store);
    let (name, what) = (child.name(), child.resource.kind.clone());
    let writers = writers(parent, guard);
    let object = signed(parent, child, &writers);
    match store
        .within_owned(api.create(&PostParams::default(), &object))
        .await
    {
        Ok(_) => Ok(Creation::Created),
        Err(StoreError::Conflict) => match store.within(api.get_opt(&name)).await? {
            Some(found) if is_child(parent, &found) => Ok(Creation::Present),
            Some(_) => Ok(Creation::Impossible(Blocked {
                reason: Reason::ChildConflict,
                message: format!(
                    "{what} {name} exists and was made by somebody else; delete it or rename it"
                ),
            })),
            None => Err(StoreError::Conflict),
        },
        Err(StoreError::Refused { message }) => Ok(Creation::Impossible(Blocked {
            reason: Reason::ChildRefused,
            message: format!(
                "{what} {name} cannot be created: {}; put that right and the operator goes on by itself",
                cut(&message, REFUSAL_BYTES)
            ),
        })),
        Err(error) => Err(error),
    }
}

fn api_of<K: Reported>(parent: &K, resource: &ApiResource, store: &Store) -> Api<DynamicObject> {
    let namespace = parent.namespace().unwrap_or_default();
    Api::namespaced_with(store.client.clone(), &namespace, resource)
}

/// The child as it is sent: owned by its parent and written by its parent's writers.
fn signed<K: Reported>(parent: &K, child: Child, writers: &str) -> DynamicObject {
    let mut object = child.object;
    object.metadata.namespace = parent.namespace();
    let owner = parent.controller_owner_ref(&()).map(|reference| OwnerReference {
        block_owner_deletion: Some(true),
        ..reference
    });
    object.metadata.owner_references = owner.map(|owner| vec![owner]);
    if let Some(uid) = parent.uid() {
        object.labels_mut().insert(labels::CREATED_FOR.to_owned(), uid);
    }
    object.annotations_mut().extend([
        (annotations::REQUESTED_BY.to_owned(), writers.to_owned()),
        (annotations::REQUESTED_GENERATION.to_owned(), "1".to_owned()),
    ]);
    object
}

/// Everybody who wrote this generation of the parent's spec, as the API server vouches for it.
fn writers<K: Reported>(parent: &K, guard: &Guard) -> String {
    let said = guard.rules().and_then(|_| writers_said(parent));
    said.unwrap_or(UNKNOWN_WRITER).to_owned()
}

/// Who is said to have written this generation of the parent's spec.
fn writers_said(parent: &impl Resource) -> Option<&str> {
    let said = |key| annotations::get(parent.meta().annotations.as_ref(), key);
    let generation = said(annotations::REQUESTED_GENERATION)?.parse().ok();
    said(annotations::REQUESTED_BY).filter(|_| generation.is_some() && generation == parent.meta().generation)
}

/// Whether the operator created `child` for `parent`: anybody can name an owner, but only the operator can
/// write in the name of others.
pub fn is_child(parent: &impl Resource, child: &impl Resource) -> bool {
    let owner = controller(child.owner_references());
    if owner.is_none() || owner != parent.meta().uid.as_deref() {
        return false;
    }
    let writers: Vec<_> = writers_said(parent)
        .unwrap_or(UNKNOWN_WRITER)
        .split(',')
        .collect();
    let claimed = annotations::get(child.meta().annotations.as_ref(), annotations::REQUESTED_BY);
    let is_known = |writer: &str| writer == UNKNOWN_WRITER || writers.contains(&writer);
    // Who changes it later, or asks to stop it, is named behind those in whose name it was created.
    let first = claimed.and_then(|claimed| claimed.split(',').next());
    writers.contains(&UNKNOWN_WRITER) || first.is_some_and(is_known)
}

/// Uid of the owner that controls an object.
fn controller(owners: &[OwnerReference]) -> Option<&str> {
    let mut owners = owners.iter().filter(|owner| owner.controller == Some(true));
    owners.next().map(|owner| owner.uid.as_str())
}
