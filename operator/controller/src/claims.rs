//! What resources of one account owe to each other: scans for viruses take turns, plans that handle the same alerts
//! name each other, and one binding decides about a server: the oldest one that means it. Bindings are told apart by their
//! targets, read from the watch that the controller has anyway, so no further request is made.
//! The rule does not ask whether two bindings want the same: who owns a server would otherwise change
//! with every edit of either. Only who may use the account can claim its servers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::Store;
use sas_api::account::DataCentre;
use sas_api::kinds::{SasAlertAction, SasAuthBinding, SasScanJob};
use sas_engine::Unavailable;
use sas_engine::operation::Reported;

use crate::accounts::{AccountKey, InAccount, account_key, may_use};
use crate::assets::{Server, targets_match};
use crate::kinds::scan_job::turn::Turns;
use crate::local::Local;

/// All bindings, and which accounts of the cloud they act in.
#[derive(Clone, Default)]
pub struct Claims {
    bindings: Option<Store<Watched>>,
    scans: Option<Store<DeserializeGuard<SasScanJob>>>,
    alert_actions: Option<Store<DeserializeGuard<SasAlertAction>>>,
    turns: Arc<Turns>,
    accounts: Arc<Mutex<HashMap<AccountKey, Known>>>,
    cluster: Option<Local>,
}

/// What is known of a SasAccount.
#[derive(Default)]
struct Known {
    /// Id of the account of the cloud; empty until the cloud has said it.
    id: String,
    /// Further namespaces that may use it.
    allowed_namespaces: Vec<String>,
}

impl Claims {
    /// Claims of the resources in these stores, which are of this cluster.
    pub fn new(
        bindings: Store<Watched>,
        scans: Store<DeserializeGuard<SasScanJob>>,
        alert_actions: Store<DeserializeGuard<SasAlertAction>>,
        cluster: Local,
    ) -> Self {
        Self {
            bindings: Some(bindings),
            scans: Some(scans),
            alert_actions: Some(alert_actions),
            cluster: Some(cluster),
            ..Self::default()
        }
    }

    /// Notes which account of the cloud a SasAccount stands for: two of them may stand for one.
    pub fn note_id(&self, account: &AccountKey, id: &str) {
        id.clone_into(&mut self.lock().entry(account.clone()).or_default().id);
    }

    /// Notes which namespaces may use a SasAccount.
    pub fn note_users(&self, account: &AccountKey, allowed_namespaces: &[String]) {
        let mut accounts = self.lock();
        let known = accounts.entry(account.clone()).or_default();
        if known.allowed_namespaces != allowed_namespaces {
            known.allowed_namespaces = allowed_namespaces.to_vec();
        }
    }

    /// Notes that a SasAccount is gone: nobody can use it any more.
    pub fn forget(&self, account: &AccountKey) {
        self.lock().remove(account);
    }

    /// All bindings but `me` that act in the account with this id and may do so.
    pub fn others(&self, me: &SasAuthBinding, account_id: &str) -> Vec<Arc<Watched>> {
        self.others_in(self.bindings.as_ref(), me, account_id)
    }

    /// The binding of this name that the operator created for `parent`, as it is at this moment: what woke
    /// the parent may not have reached the store yet.
    pub async fn binding_for<K: Reported>(
        &self,
        parent: &K,
        name: &str,
    ) -> Result<Option<SasAuthBinding>, Unavailable> {
        match &self.cluster {
            Some(cluster) => cluster.child_of(parent, name).await,
            None => Ok(None),
        }
    }

    /// All scans but `me` that act in the account with this id and may do so.
    pub fn other_scans(&self, me: &SasScanJob, account_id: &str) -> Vec<Arc<DeserializeGuard<SasScanJob>>> {
        self.others_in(self.scans.as_ref(), me, account_id)
    }

    /// Who else sets up a scan for viruses in the account with this id, if it is not the turn of `me`.
    pub fn virus_scan_in_the_way(
        &self,
        me: &SasScanJob,
        account_id: &str,
        centre: DataCentre,
        home: DataCentre,
        now: Timestamp,
    ) -> Option<String> {
        let others = self.other_scans(me, account_id);
        let others = others.iter().filter_map(|guarded| guarded.0.as_ref().ok());
        self.turns.in_the_way(me, others, account_id, centre, home, now)
    }

    /// All SasAlertActions but `me` that act in the account with this id and may do so.
    pub fn other_alert_actions(
        &self,
        me: &SasAlertAction,
        account_id: &str,
    ) -> Vec<Arc<DeserializeGuard<SasAlertAction>>> {
        self.others_in(self.alert_actions.as_ref(), me, account_id)
    }

    /// All objects of a store but `me` that act in the account with this id and may do so.
    fn others_in<K: InAccount + Clone + 'static>(
        &self,
        store: Option<&Store<DeserializeGuard<K>>>,
        me: &K,
        account_id: &str,
    ) -> Vec<Arc<DeserializeGuard<K>>> {
        let Some(store) = store else {
            return Vec::new();
        };
        let accounts = self.lock();
        let mine = account_key(me);
        let is_other = |other: &K| {
            let theirs = account_key(other);
            let namespace = other.namespace().unwrap_or_default();
            let acts_there = accounts.get(&theirs).is_some_and(|known| {
                (theirs == mine || known.id == account_id)
                    && may_use(&known.allowed_namespaces, &theirs, &namespace)
            });
            acts_there && other.uid() != me.uid()
        };
        let mut others = store.state();
        others.retain(|guarded| guarded.0.as_ref().is_ok_and(is_other));
        others
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountKey, Known>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
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
    use kube::runtime::{reflector, watcher};

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

    /// The names of the others that `me` sees, of bindings in these namespaces that name `team/main`.
    fn seen(claims: &Claims, me: &SasAuthBinding) -> Vec<String> {
        let others = claims.others(me, "1234");
        let mut names: Vec<_> = others
            .iter()
            .filter_map(decoded)
            .map(ResourceExt::name_any)
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_who_may_use_the_account_can_claim_its_servers() {
        let everything = serde_json::json!({"selector": {"names": ["*"]}});
        let in_namespace = |name: &str, namespace: &str, account: &str| {
            let mut binding = binding(name, "2026-01-01T00:00:00Z", name, &everything);
            binding.metadata.namespace = Some(namespace.to_owned());
            binding.spec.account_ref.namespace = Some("team".to_owned());
            binding.spec.account_ref.name = account.to_owned();
            binding
        };
        let me = in_namespace("me", "team", "main");
        let (store, mut writer) = reflector::store();
        for binding in [
            me.clone(),
            in_namespace("colleague", "team", "main"),
            in_namespace("guest", "friends", "main"),
            in_namespace("stranger", "mallory", "main"),
            in_namespace("twin", "team", "same-cloud-account"),
        ] {
            writer.apply_watcher_event(&watcher::Event::Apply(DeserializeGuard(Ok(binding))));
        }
        let claims = Claims {
            bindings: Some(store),
            ..Claims::default()
        };
        let account = |name: &str| ("team".to_owned(), name.to_owned());
        claims.note_users(&account("main"), &["friends".to_owned()]);
        claims.note_id(&account("same-cloud-account"), "1234");
        assert_eq!(seen(&claims, &me), ["colleague", "guest", "twin"]);
        claims.note_users(&account("main"), &[]);
        claims.forget(&account("same-cloud-account"));
        assert_eq!(seen(&claims, &me), ["colleague"]);
        claims.note_users(&account("main"), &["*".to_owned()]);
        assert_eq!(seen(&claims, &me), ["colleague", "guest", "stranger"]);
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
