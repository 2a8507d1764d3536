//! Finds the account of a resource: its SasAccount, whether that one allows the resource's namespace,
//! and a client for its credentials. Secrets are read by name only, never listed, kept for a short time
//! and read again at once when the cloud refuses the key.

mod access;
mod credentials;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::{Api, Client, ResourceExt};
use sas_api::Reason;
use sas_api::kinds::SasAccount;
use sas_api::kinds::account::{Network, SignatureVersion};
use sas_client::actions::GetCallerIdentity;
use sas_client::{Credentials, EndpointOverrides, Observer, RateLimits, Transport};
use sas_engine::{Accounts, Unavailable};
use tokio::time::timeout;

pub use self::access::{AccountKey, InAccount, account_key, may_use};
use self::access::{allowed, not_allowed};
use crate::breaker::Breaker;
use crate::claims::Claims;
use crate::prices::Prices;
use crate::sas::{Identity, Sas};

/// How long a SasAccount that was read is used.
const ACCOUNT_MAX_AGE: Duration = Duration::from_secs(5);
/// How long a Secret that was read is used.
const SECRET_MAX_AGE: Duration = Duration::from_secs(30);
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
    /// The price table.
    pub prices: Arc<Prices>,
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
    handle: Option<Handle>,
}

struct Handle {
    sas: Arc<Sas>,
    /// Uid and generation of the SasAccount that it was made from.
    account: (Option<String>, Option<i64>),
    /// The Secret that it was made from.
    secret: credentials::Version,
    secret_read: Instant,
}

impl<K: InAccount + Send + Sync> Accounts<K, Sas> for SasAccounts {
    async fn cloud(&self, object: &K) -> Result<Arc<Sas>, Unavailable> {
        let (key, own_namespace) = (account_key(object), object.namespace().unwrap_or_default());
        // A SasAccount looks at itself as it is now, whatever is cached.
        let generation = if object.account_ref().is_none() {
            object.meta().generation
        } else {
            None
        };
        self.find(&key, &own_namespace, generation).await
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
    ) -> Result<Arc<Sas>, Unavailable> {
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
        self.handle(&account, key, &slot.breaker, &mut known).await
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

    async fn handle(
        &self,
        account: &SasAccount,
        key: &AccountKey,
        breaker: &Breaker,
        known: &mut Known,
    ) -> Result<Arc<Sas>, Unavailable> {
        let version_of = |object: &SasAccount| (object.uid(), object.metadata.generation);
        if let Some(handle) = &known.handle
            && handle.account == version_of(account)
            && handle.secret_read.elapsed() < SECRET_MAX_AGE
            && !handle.sas.is_distrusted()
        {
            return Ok(handle.sas.clone());
        }
        let secret_name = &account.spec.credentials.secret_ref.name;
        let (found, secret) = credentials::read(&self.kube, &key.0, secret_name, API_TIMEOUT).await?;
        if let Some(handle) = &mut known.handle
            && handle.account == version_of(account)
            && handle.secret == secret
        {
            handle.secret_read = Instant::now();
            handle.sas.trust();
            return Ok(handle.sas.clone());
        }
        known.handle = None;
        let sas = Arc::new(self.connect(account, key, breaker, found).await?);
        known.handle = Some(Handle {
            sas: sas.clone(),
            account: version_of(account),
            secret,
            secret_read: Instant::now(),
        });
        Ok(sas)
    }

    /// A client for the credentials, and the identity that the cloud gives them.
    async fn connect(
        &self,
        account: &SasAccount,
        key: &AccountKey,
        breaker: &Breaker,
        credentials: Credentials,
    ) -> Result<Sas, Unavailable> {
        let spec = &account.spec;
        let source = format!("Secret {}/{}", key.0, spec.credentials.secret_ref.name);
        let fingerprint = credentials.fingerprint();
        let client = sas_client::Client::builder(self.settings.transport.clone(), Arc::new(credentials))
            .network(match spec.network {
                Network::Public => sas_client::Network::Public,
                Network::Vpc => sas_client::Network::Vpc,
            })
            .signature(match spec.signature {
                SignatureVersion::V1 => sas_client::SignatureVersion::V1,
                SignatureVersion::V3 => sas_client::SignatureVersion::V3,
            })
            .endpoint_overrides(self.settings.endpoints.clone())
            .rate_limits(self.settings.rate_limits.clone())
            .observer(self.settings.observer.clone())
            .build();
        breaker.admit()?;
        let caller = client
            .read(&GetCallerIdentity::default(), spec.site.home().as_str())
            .await;
        let caller = breaker.note(caller, &source)?.body;
        let Some(account_id) = caller.account_id.filter(|id| is_account_id(id)) else {
            let message = "the cloud did not say whose access key it is; the operator tries again";
            return Err(Unavailable::new(Reason::CloudUnavailable, message));
        };
        self.settings.claims.note_id(key, &account_id);
        let identity = Identity {
            account_id,
            site: spec.site,
        };
        let (claims, prices) = (self.settings.claims.clone(), self.settings.prices.clone());
        Ok(Sas::new(client, identity, fingerprint, source, claims, prices))
    }

    fn lock_slots(&self) -> std::sync::MutexGuard<'_, HashMap<AccountKey, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a text can be the id of an account of the cloud, as it goes into plans and statuses.
fn is_account_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
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
            prices: Arc::default(),
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

    #[test]
    fn only_a_short_plain_text_is_an_account_id() {
        assert!(is_account_id("1234567890123456"));
        for wrong in ["", "12 34", "12\n34", "<html>", &"1".repeat(65)] {
            assert!(!is_account_id(wrong), "{wrong}");
        }
    }
}
