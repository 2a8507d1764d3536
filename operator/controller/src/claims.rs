//! One binding decides about a server: the oldest one that means it. Bindings are told apart by their
//! targets, read from the watch that the controller has anyway, so no further request is made.
//! The rule does not ask whether two bindings want the same: who owns a server would otherwise change
//! with every edit of either.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::Store;
use sas_api::account::DataCentre;
use sas_api::kinds::SasAuthBinding;

use crate::accounts::{AccountKey, account_key};
use crate::assets::{Server, targets_match};

/// All bindings, and which accounts of the cloud they act in.
#[derive(Clone, Default)]
pub struct Claims {
    bindings: Option<Store<Watched>>,
    account_ids: Arc<Mutex<HashMap<AccountKey, String>>>,
}

impl Claims {
    /// Claims of the bindings in a store.
    pub fn new(bindings: Store<Watched>) -> Self {
        Self {
            bindings: Some(bindings),
            account_ids: Arc::default(),
        }
    }

    /// Notes which account of the cloud a SasAccount stands for: two of them may stand for one.
    pub fn note_account(&self, account: AccountKey, account_id: &str) {
        let mut ids = self.account_ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(account, account_id.to_owned());
    }

    /// All bindings but `me` that act in the account with this id.
    pub fn others(&self, me: &SasAuthBinding, account_id: &str) -> Vec<Arc<Watched>> {
        let Some(bindings) = &self.bindings else {
            return Vec::new();
        };
        let ids = self.account_ids.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = account_key(me);
        let is_other = |other: &SasAuthBinding| {
            let theirs = account_key(other);
            let same_account = theirs == mine || ids.get(&theirs).is_some_and(|id| id == account_id);
            same_account && other.uid() != me.uid()
        };
        let mut others = bindings.state();
        others.retain(|guarded| decoded(guarded).is_some_and(is_other));
        others
    }
}

/// A binding as the watch brings it.
pub type Watched = DeserializeGuard<SasAuthBinding>;

/// The binding, unless it does not fit its kind.
pub fn decoded(watched: &Arc<Watched>) -> Option<&SasAuthBinding> {
    watched.0.as_ref().ok()
}

/// A server that an older binding decides about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The server, for people.
    pub server: String,
    /// Namespace and name of the older binding.
    pub owner: String,
}

/// The first of `servers` that an older binding of the same data centre means. `home` is the data
/// centre of bindings that name none.
pub fn older_claim<'a>(
    me: &SasAuthBinding,
    others: impl IntoIterator<Item = &'a SasAuthBinding>,
    servers: &[Arc<Server>],
    home: DataCentre,
) -> Option<Claim> {
    let centre = |binding: &SasAuthBinding| binding.spec.data_centre.unwrap_or(home);
    let mut older: Vec<_> = others
        .into_iter()
        .filter(|other| other.metadata.deletion_timestamp.is_none())
        .filter(|other| centre(other) == centre(me) && age(other) < age(me))
        .collect();
    older.sort_by_key(|other| age(other));
    older.into_iter().find_map(|other| {
        let server = servers
            .iter()
            .find(|server| targets_match(&other.spec.targets, server))?;
        Some(Claim {
            server: server.label().to_owned(),
            owner: format!("{}/{}", other.namespace().unwrap_or_default(), other.name_any()),
        })
    })
}

/// Order of age: creation time, then uid. An object without a creation time is the youngest.
fn age(binding: &SasAuthBinding) -> (Timestamp, String) {
    let created = binding.creation_timestamp().map_or(Timestamp::MAX, |time| time.0);
    (created, binding.uid().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(name: &str, created: &str, uid: &str, targets: &serde_json::Value) -> SasAuthBinding {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAuthBinding",
            "metadata": {"name": name, "namespace": "team", "uid": uid, "creationTimestamp": created},
            "spec": {"accountRef": {"name": "main"}, "edition": "Ultimate", "targets": targets},
        }))
        .unwrap()
    }

    fn servers() -> Vec<Arc<Server>> {
        let server = |uuid: &str, tag: &str| {
            Arc::new(Server {
                uuid: uuid.into(),
                name: format!("name-{uuid}"),
                tags: vec![tag.into()],
                ..Default::default()
            })
        };
        vec![server("u-1", "web"), server("u-2", "db")]
    }

    #[test]
    fn the_oldest_binding_owns_a_server() {
        let old = binding(
            "old",
            "2026-01-01T00:00:00Z",
            "b",
            &serde_json::json!({"uuids": ["u-1"]}),
        );
        let twin = binding(
            "twin",
            "2026-01-02T00:00:00Z",
            "c",
            &serde_json::json!({"selector": {"tags": ["web"]}}),
        );
        let me = binding(
            "me",
            "2026-01-02T00:00:00Z",
            "d",
            &serde_json::json!({"selector": {"tags": ["web", "db"]}}),
        );
        let claim = |me, others: &[&SasAuthBinding]| {
            older_claim(me, others.iter().copied(), &servers(), DataCentre::CnShanghai)
                .map(|claim| claim.owner)
        };
        assert_eq!(claim(&me, &[&twin, &old]).as_deref(), Some("team/old"));
        assert_eq!(claim(&me, &[&twin]).as_deref(), Some("team/twin"));
        assert_eq!(claim(&old, &[&twin, &me]), None);
        assert_eq!(claim(&twin, &[&me]), None);
    }

    #[test]
    fn other_data_centres_other_servers_and_deleted_bindings_claim_nothing() {
        let me = binding(
            "me",
            "2026-01-02T00:00:00Z",
            "d",
            &serde_json::json!({"uuids": ["u-1"]}),
        );
        let mut other = binding(
            "old",
            "2026-01-01T00:00:00Z",
            "b",
            &serde_json::json!({"uuids": ["u-1"]}),
        );
        let claim = |other: &SasAuthBinding| older_claim(&me, [other], &servers(), DataCentre::CnShanghai);
        assert!(claim(&other).is_some());
        other.spec.data_centre = Some(DataCentre::ApSoutheast1);
        assert!(claim(&other).is_none());
        other.spec.data_centre = Some(DataCentre::CnShanghai);
        assert!(claim(&other).is_some());
        other.metadata.deletion_timestamp = other.metadata.creation_timestamp.clone();
        assert!(claim(&other).is_none());
        let elsewhere = binding(
            "old",
            "2026-01-01T00:00:00Z",
            "b",
            &serde_json::json!({"uuids": ["u-9"]}),
        );
        assert!(claim(&elsewhere).is_none());
    }
}
