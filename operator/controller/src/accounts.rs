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

use self::access::allowed;
pub use self::access::{AccountKey, InAccount, account_key};
use crate::claims::Claims;
use crate::failure;
use crate::prices::Prices;
use crate::sas::{Identity, Sas};

/// How long a SasAccount that was read is used.
const ACCOUNT_MAX_AGE: Duration = Duration::from_secs(5);
/// How long a Secret that was read is used.
const SECRET_MAX_AGE: Duration = Duration::from_secs(30);
/// How long a failure serves others, so that one dead account cannot occupy every worker.
const FAILURE_MAX_AGE: Duration = Duration::from_secs(2);
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
    slots: Mutex<HashMap<AccountKey, Arc<tokio::sync::Mutex<Slot>>>>,
}

/// What is known of one account. Its lock is held while it is looked up: one flight per account.
#[derive(Default)]
struct Slot {
    account: Option<(Instant, SasAccount)>,
    handle: Option<Handle>,
    failure: Option<(Instant, Unavailable)>,
}

struct Handle {
    sas: Arc<Sas>,
    /// Uid and generation of the SasAccount, uid and resourceVersion of the Secret.
    made_from: [Option<String>; 4],
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
        let mut slot = slot.lock().await;
        let is_older = |account: &SasAccount| account.metadata.generation < generation;
        if slot
            .account
            .as_ref()
            .is_some_and(|(_, account)| is_older(account))
        {
            slot.account = None;
        }
        let account = match self.account(key, &mut slot).await {
            Ok(account) => account,
            Err(error) => {
                if error.reason == Reason::AccountNotFound {
                    self.lock_slots().remove(key);
                }
                return Err(error);
            }
        };
        allowed(&account, key, user_namespace)?;
        if let Some((failed, error)) = &slot.failure
            && failed.elapsed() < FAILURE_MAX_AGE
        {
            return Err(error.clone());
        }
        let found = self.handle(&account, key, &mut slot).await;
        let failed = found
            .as_ref()
            .err()
            .filter(|error| error.reason == Reason::CloudUnavailable);
        slot.failure = failed.map(|error| (Instant::now(), error.clone()));
        found
    }

    async fn account(&self, key: &AccountKey, slot: &mut Slot) -> Result<SasAccount, Unavailable> {
        if let Some((read, account)) = &slot.account
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
        slot.account = Some((Instant::now(), account.clone()));
        Ok(account)
    }

    async fn handle(
        &self,
        account: &SasAccount,
        key: &AccountKey,
        slot: &mut Slot,
    ) -> Result<Arc<Sas>, Unavailable> {
        let made_from = |secret: Option<[Option<String>; 2]>| {
            let [uid, version] = secret.unwrap_or_default();
            [
                account.uid(),
                account.metadata.generation.map(|g| g.to_string()),
                uid,
                version,
            ]
        };
        if let Some(handle) = &slot.handle {
            let secret = [handle.made_from[2].clone(), handle.made_from[3].clone()];
            let recent = handle.secret_read.elapsed() < SECRET_MAX_AGE && !handle.sas.is_distrusted();
            if recent && made_from(Some(secret)) == handle.made_from {
                return Ok(handle.sas.clone());
            }
        }
        let secret_name = &account.spec.credentials.secret_ref.name;
        let secret = credentials::read(&self.kube, &key.0, secret_name, API_TIMEOUT).await?;
        let made_from = made_from(Some(secret.version));
        if let Some(handle) = slot
            .handle
            .as_mut()
            .filter(|handle| handle.made_from == made_from)
        {
            handle.secret_read = Instant::now();
            return Ok(handle.sas.clone());
        }
        slot.handle = None;
        let sas = Arc::new(self.connect(account, key, secret.credentials).await?);
        slot.handle = Some(Handle {
            sas: sas.clone(),
            made_from,
            secret_read: Instant::now(),
        });
        Ok(sas)
    }

    /// A client for the credentials, and the identity that the cloud gives them.
    async fn connect(
        &self,
        account: &SasAccount,
        key: &AccountKey,
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
        let caller = client
            .read(&GetCallerIdentity::default(), spec.site.home().as_str())
            .await;
        let caller = caller
            .map_err(|error| failure::unavailable(&error, &source))?
            .body;
        let Some(account_id) = caller.account_id.filter(|id| !id.is_empty()) else {
            let message = "the cloud did not say whose access key it is; the operator tries again";
            return Err(Unavailable::new(Reason::CloudUnavailable, message));
        };
        self.settings.claims.note_account(key.clone(), &account_id);
        let identity = Identity {
            account_id,
            site: spec.site,
        };
        let (claims, prices) = (self.settings.claims.clone(), self.settings.prices.clone());
        Ok(Sas::new(client, identity, fingerprint, source, claims, prices))
    }

    fn lock_slots(&self) -> std::sync::MutexGuard<'_, HashMap<AccountKey, Arc<tokio::sync::Mutex<Slot>>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(what: &str, (namespace, name): &AccountKey, why: &str) -> Unavailable {
    let message = format!(
        "{what} {namespace}/{name} cannot be read from the API server; the operator tries again ({why})"
    );
    Unavailable::new(Reason::CloudUnavailable, message)
}
