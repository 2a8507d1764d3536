//! Which account a resource acts in, and whether that account allows it. An account is used by its own
//! namespace and by those that it names.

use kube::{Resource, ResourceExt};
use sas_api::kinds::{
    SasAccount, SasAlertAction, SasAlertPolicy, SasAlertReport, SasAuthBinding, SasInstallCode,
    SasRiskReport, SasScanJob,
};
use sas_api::{AccountRef, Reason};
use sas_client::Urgency;
use sas_engine::Unavailable;

use crate::urgency;

/// Namespace and name of a SasAccount.
pub type AccountKey = (String, String);

/// A kind that acts in an account.
pub trait InAccount: Resource<DynamicType = ()> {
    /// The account; `None` for the SasAccount itself.
    fn account_ref(&self) -> Option<&AccountRef>;

    /// How urgent its calls are at the moment.
    fn urgency(&self) -> Urgency {
        Urgency::default()
    }
}

impl InAccount for SasAccount {
    fn account_ref(&self) -> Option<&AccountRef> {
        None
    }
}

/// Kinds with an `spec.accountRef` that write to the cloud.
macro_rules! writes_in_account {
    ($($kind:ty),*) => { $(
        impl InAccount for $kind {
            fn account_ref(&self) -> Option<&AccountRef> {
                Some(&self.spec.account_ref)
            }

            fn urgency(&self) -> Urgency {
                urgency::of(self)
            }
        }
    )* };
}

writes_in_account!(SasAlertAction, SasAuthBinding, SasInstallCode, SasScanJob);

/// Kinds with an `spec.accountRef` that only look.
macro_rules! looks_in_account {
    ($($kind:ty),*) => { $(
        impl InAccount for $kind {
            fn account_ref(&self) -> Option<&AccountRef> {
                Some(&self.spec.account_ref)
            }
        }
    )* };
}

looks_in_account!(SasRiskReport, SasAlertPolicy, SasAlertReport);

/// Namespace and name of the SasAccount that an object acts in.
pub fn account_key<K: InAccount>(object: &K) -> AccountKey {
    let own_namespace = || object.namespace().unwrap_or_default();
    match object.account_ref() {
        None => (own_namespace(), object.name_any()),
        Some(reference) => (
            reference.namespace.clone().unwrap_or_else(own_namespace),
            reference.name.clone(),
        ),
    }
}

/// Whether resources of a namespace may use an account.
pub(super) fn allowed(
    account: &SasAccount,
    key: &AccountKey,
    user_namespace: &str,
) -> Result<(), Unavailable> {
    if may_use(&account.spec.allowed_namespaces, key, user_namespace) {
        return Ok(());
    }
    Err(not_allowed(key, user_namespace))
}

/// Says the same of an account that does not allow a namespace and of one that does not exist: names in
/// another namespace are not for guessing.
pub(super) fn not_allowed((namespace, name): &AccountKey, user_namespace: &str) -> Unavailable {
    let message = format!(
        "SasAccount {namespace}/{name} does not exist or does not allow the namespace {user_namespace}; correct `spec.accountRef`, or add the namespace to the account's `spec.allowedNamespaces`"
    );
    Unavailable::new(Reason::AccountNotAllowed, message)
}

/// Whether an account that allows these namespaces besides its own may be used from `user_namespace`.
pub fn may_use(allowed_namespaces: &[String], (namespace, _): &AccountKey, user_namespace: &str) -> bool {
    let mut allowed = allowed_namespaces.iter();
    namespace == user_namespace || allowed.any(|allowed| allowed == "*" || allowed == user_namespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(allowed: &[&str]) -> SasAccount {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAccount",
            "metadata": {"name": "main", "namespace": "security"},
            "spec": {"credentials": {"secretRef": {"name": "key"}}, "allowedNamespaces": allowed},
        }))
        .unwrap()
    }

    #[test]
    fn only_the_own_and_the_listed_namespaces_may_use_an_account() {
        let key = ("security".to_owned(), "main".to_owned());
        let table = [
            (&[][..], "security", true),
            (&[], "team", false),
            (&["team"], "team", true),
            (&["team"], "teams", false),
            (&["*"], "anything", true),
            (&["t*"], "team", false),
        ];
        for (listed, namespace, expected) in table {
            let result = allowed(&account(listed), &key, namespace);
            assert_eq!(result.is_ok(), expected, "{listed:?} {namespace}");
            if let Err(error) = result {
                assert_eq!(error.reason, Reason::AccountNotAllowed);
                assert!(
                    error.message.contains("spec.allowedNamespaces"),
                    "{}",
                    error.message
                );
            }
        }
    }
}
