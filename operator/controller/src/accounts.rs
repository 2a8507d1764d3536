//! Finds the account of a resource: its SasAccount, whether that one allows the resource's namespace,
//! and a client for its credentials. Secrets are read by name only, never listed, kept for a short time
//! and read again at once when the cloud refuses the key.

mod access;
mod credentials;
mod link;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::{Api, Client, ResourceExt};
use sas_api::Reason;
use sas_api::kinds::SasAccount;
use sas_client::{EndpointOverrides, Observer, RateLimits, Transport};
use sas_engine::{Accounts, Unavailable};
use tokio::time::timeout;

pub use self::access::{AccountKey, InAccount, account_key, may_use};
pub use self::credentials::OwnIdentity;

use self::access::{allowed, not_allowed};
use self::credentials::Base;
use self::link::Link;
use crate::alerts::recommendation::Recommendations;
use crate::breaker::Breaker;
use crate::claims::Claims;
use crate::prices::Prices;
use crate::sas::Sas;

/// How long a SasAccount that was read is used.
const ACCOUNT_MAX_AGE: Duration = Duration::from_secs(5);
/// Time for one request to the API server.
const API_TIMEOUT: Duration = Duration::from_secs(15);

/// What all accounts have in common; it comes from the operator's own flags.
pub struct Settings {
    /// How calls travel.
    pub transport: Transport,
    /// Base URLs that replace the vendor's.
    pub endpoints: EndpointOverrides,
    /// Calls per second and action of one account.
    pub rate_limits: RateLimits,
    /// Told of every call.
    pub observer: Observer,
    /// Who the operator itself is, and who may act as it.
    pub own_identity: OwnIdentity,
    /// The price table.
    pub prices: Arc<Prices>,
    /// What is proposed for which alert.
    pub recommendations: Arc<Recommendations>,
    /// Which bindings exist.
    pub claims: Claims,
}

/// All accounts.
pub struct SasAccounts {
    kube: Client,
    settings: Settings,
    slots: Mutex<HashMap<AccountKey, Arc<Slot>>>,
}

/// One account.
#[derive(Default)]
struct Slot {
    /// Whether the cloud says whose key it is.
    breaker: Breaker,
    /// Locked while the account is looked up: one flight per account.
    known: tokio::sync::Mutex<Known>,
}

/// What is known of one account.
#[derive(Default)]
struct Known {
    account: Option<(Instant, SasAccount)>,
    link: Option<Link>,
}

impl<K: InAccount + Send + Sync> Accounts<K, Sas> for SasAccounts {
    fn lane(&self, object: &K) -> String {
        let (namespace, name) = account_key(object);
        format!("{namespace}/{name}")
    }

    async fn cloud(&self, object: &K) -> Result<Arc<Sas>, Unavailable> {
        let (key, own_namespace) = (account_key(object), object.namespace().unwrap_or_default());
        // A SasAccount looks at itself as it is now, whatever is cached.
        let generation = if object.account_ref().is_none() {
            object.meta().generation
        } else {
            None
        };
        let account = self.find(&key, &own_namespace, generation).await?;
        Ok(Arc::new(account.with_urgency(object.urgency())))
    }
}

impl SasAccounts {
    /// Accounts that are found through `kube`.
    pub fn new(kube: Client, settings: Settings) -> Self {
        Self {
            kube,
            settings,
            slots: Mutex::default(),
        }
    }

    /// The account as `user_namespace` may use it, of this generation at least.
    async fn find(
        &self,
        key: &AccountKey,
        user_namespace: &str,
        generation: Option<i64>,
    ) -> Result<Sas, Unavailable> {
        let slot = self.lock_slots().entry(key.clone()).or_default().clone();
        slot.breaker.peek()?;
        let mut known = slot.known.lock().await;
        let is_older = |(_, account): &(Instant, SasAccount)| account.metadata.generation < generation;
        known.account = known.account.take().filter(|account| !is_older(account));
        let account = match self.account(key, &mut known).await {
            Ok(account) => account,
            Err(error) => {
                if error.reason == Reason::AccountNotFound {
                    self.lock_slots().remove(key);
                    self.settings.claims.forget(key);
                    if key.0 != user_namespace {
                        return Err(not_allowed(key, user_namespace));
                    }
                }
                return Err(error);
            }
        };
        self.settings
            .claims
            .note_users(key, &account.spec.allowed_namespaces);
        allowed(&account, key, user_namespace)?;
        self.handle(&account, key, &slot.breaker, &mut known.link).await
    }

    async fn account(&self, key: &AccountKey, known: &mut Known) -> Result<SasAccount, Unavailable> {
        if let Some((read, account)) = &known.account
            && read.elapsed() < ACCOUNT_MAX_AGE
        {
            return Ok(account.clone());
        }
        let (namespace, name) = key;
        let api: Api<SasAccount> = Api::namespaced(self.kube.clone(), namespace);
        let account = match timeout(API_TIMEOUT, api.get_opt(name)).await {
            Ok(Ok(Some(account))) => account,
            Ok(Ok(None)) => {
                let message = format!(
                    "SasAccount {namespace}/{name} does not exist; create it, or correct `spec.accountRef`"
                );
                return Err(Unavailable::new(Reason::AccountNotFound, message));
            }
            Ok(Err(error)) => return Err(unreadable("SasAccount", key, &error.to_string())),
            Err(_) => return Err(unreadable("SasAccount", key, "no answer in time")),
        };
        known.account = Some((Instant::now(), account.clone()));
        Ok(account)
    }

    /// The account behind the link for its present state.
    async fn handle(
        &self,
        account: &SasAccount,
        key: &AccountKey,
        breaker: &Breaker,
        link: &mut Option<Link>,
    ) -> Result<Sas, Unavailable> {
        if !link.as_ref().is_some_and(|link| link.is_fresh(account)) {
            let (source, own) = (&account.spec.credentials, &self.settings.own_identity);
            let base = Base::find(&self.kube, &key.0, source, own, API_TIMEOUT).await?;
            if !link
                .as_mut()
                .is_some_and(|link| link.is_confirmed(account, &base))
            {
                *link = None;
                *link = Some(Link::new(&self.settings, account, key, base)?);
            }
        }
        let link = link.as_mut().expect("a link was made if there was none");
        link.sas(&self.settings, account, key, breaker).await
    }

    fn lock_slots(&self) -> std::sync::MutexGuard<'_, HashMap<AccountKey, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(what: &str, (namespace, name): &AccountKey, why: &str) -> Unavailable {
    let message = format!(
        "{what} {namespace}/{name} cannot be read from the API server; the operator tries again ({why})"
    );
    Unavailable::new(Reason::CloudUnavailable, message)
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use kube::client::Body;
    use sas_client::TransportOptions;

    use super::*;

    /// An API server that has nothing.
    fn empty_api_server() -> Client {
        let nothing = tower::service_fn(|_: Request<Body>| async {
            let status = br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"NotFound","code":404}"#;
            let mut answer = Response::new(Body::from(status.to_vec()));
            *answer.status_mut() = http::StatusCode::NOT_FOUND;
            Ok::<_, tower::BoxError>(answer)
        });
        Client::new(nothing, "default")
    }

    #[tokio::test]
    async fn whether_an_account_exists_is_not_said_to_other_namespaces() {
        let settings = Settings {
            transport: Transport::new(&TransportOptions::default()).unwrap(),
            endpoints: EndpointOverrides::default(),
            rate_limits: RateLimits::default(),
            observer: Arc::new(|_| {}),
            own_identity: OwnIdentity::default(),
            prices: Arc::default(),
            recommendations: Arc::default(),
            claims: Claims::default(),
        };
        let accounts = SasAccounts::new(empty_api_server(), settings);
        let key = ("security".to_owned(), "main".to_owned());
        let why = async |namespace| accounts.find(&key, namespace, None).await.err().unwrap();
        assert_eq!(why("security").await.reason, Reason::AccountNotFound);
        let from_outside = why("team").await;
        assert_eq!(from_outside, not_allowed(&key, "team"));
        assert!(accounts.lock_slots().is_empty());
    }
}
