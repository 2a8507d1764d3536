//! What makes a controller look at an object besides the object itself: the SasAccount that it acts in.
//! When an account becomes usable, or stops being so, its users learn it at once; figures in its status
//! that merely change wake nobody.

use std::collections::HashMap;
use std::sync::Mutex;

use kube::core::DeserializeGuard;
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::{Controller, watcher};
use kube::{Api, Client, ResourceExt};
use sas_api::condition;
use sas_api::kinds::SasAccount;
use sas_engine::operation::Reported;

use crate::accounts::{AccountKey, InAccount, account_key};

/// What of an account matters to its users: its generation, the one that was looked at last, and status
/// and reason of its condition Ready.
type Usability = (Option<i64>, Option<i64>, Option<(String, String)>);

/// A controller whose objects are also looked at when the usability of their account changes.
pub fn on_account<K: Reported + InAccount>(
    controller: Controller<DeserializeGuard<K>>,
    client: Client,
    namespace: Option<&str>,
) -> Controller<DeserializeGuard<K>> {
    let api: Api<DeserializeGuard<SasAccount>> = match namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let objects = controller.store();
    let known: Mutex<HashMap<AccountKey, Usability>> = Mutex::default();
    controller.watches(api, watcher::Config::default(), move |guarded| match &guarded.0 {
        Ok(account) if has_changed(account, &known) => users(account, &objects),
        _ => Vec::new(),
    })
}

fn has_changed(account: &SasAccount, known: &Mutex<HashMap<AccountKey, Usability>>) -> bool {
    let conditions = account.status.iter().flat_map(|status| &status.common.conditions);
    let ready = conditions
        .into_iter()
        .find(|condition| condition.type_ == condition::READY);
    let ready = ready.map(|condition| (condition.status.clone(), condition.reason.clone()));
    let seen = account
        .status
        .as_ref()
        .and_then(|status| status.common.observed_generation);
    let now = (account.metadata.generation, seen, ready);
    let mut known = known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    known.insert(account_key(account), now.clone()) != Some(now)
}

/// The objects that act in an account.
fn users<K: Reported + InAccount>(
    account: &SasAccount,
    objects: &Store<DeserializeGuard<K>>,
) -> Vec<ObjectRef<DeserializeGuard<K>>> {
    let key = (account.namespace().unwrap_or_default(), account.name_any());
    let acts_in_it =
        |guarded: &DeserializeGuard<K>| guarded.0.as_ref().is_ok_and(|object| account_key(object) == key);
    let objects = objects.state();
    objects
        .iter()
        .filter(|guarded| acts_in_it(guarded))
        .map(|guarded| ObjectRef::from_obj(guarded.as_ref()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(generation: i64, status: &str, servers: i64) -> SasAccount {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAccount",
            "metadata": {"name": "main", "namespace": "security", "generation": generation},
            "spec": {"credentials": {"secretRef": {"name": "key"}}},
            "status": {
                "conditions": [{"type": "Ready", "status": status, "reason": "InSync", "message": "",
                    "lastTransitionTime": "2026-01-01T00:00:00Z"}],
                "quota": {"serversTotal": servers, "serversBound": 0, "coresTotal": 0, "coresBound": 0},
            },
        }))
        .unwrap()
    }

    #[test]
    fn only_what_users_depend_on_wakes_them() {
        let known = Mutex::default();
        let changed = |account: SasAccount| has_changed(&account, &known);
        assert!(changed(account(1, "False", 1)));
        assert!(!changed(account(1, "False", 2)));
        assert!(changed(account(1, "True", 2)));
        assert!(changed(account(2, "True", 2)));
        assert!(!changed(account(2, "True", 3)));
    }
}
