//! A client for one state of an account and of its credentials. It outlives failures, so that what it has
//! learnt of a refused key or role holds: one call per pause, however many resources ask. Who the account
//! is, the cloud says once per link; keys that are renewed later are keys of the same link.

use std::time::{Duration, Instant};

use kube::ResourceExt;
use sas_api::Reason;
use sas_api::kinds::SasAccount;
use sas_api::kinds::account::{Network, SignatureVersion};
use sas_client::actions::GetCallerIdentity;
use sas_client::{Client, ClientBuilder};
use sas_engine::Unavailable;

use super::credentials::{Base, Parts, Provider, Version};
use super::{AccountKey, Settings};
use crate::breaker::Breaker;
use crate::sas::{Identity, Sas};

/// How long a Secret that was read is used.
const BASE_MAX_AGE: Duration = Duration::from_secs(30);

/// A client of an account, and the account behind it once the cloud has said whose key it is.
pub(super) struct Link {
    client: Client,
    /// Where the keys come from, for messages.
    source: String,
    /// Uid and generation of the SasAccount that it was made from.
    account: (Option<String>, Option<i64>),
    /// The Secret that it was made from.
    base: Option<Version>,
    base_read: Instant,
    sas: Option<Sas>,
}

fn version_of(account: &SasAccount) -> (Option<String>, Option<i64>) {
    (account.uid(), account.metadata.generation)
}

impl Link {
    /// A link for this state of the account.
    pub(super) fn new(
        settings: &Settings,
        account: &SasAccount,
        key: &AccountKey,
        base: Base,
    ) -> Result<Self, Unavailable> {
        let spec = &account.spec;
        let client = |provider: Provider| -> ClientBuilder {
            Client::builder(settings.transport.clone(), provider)
                .network(match spec.network {
                    Network::Public => sas_client::Network::Public,
                    Network::Vpc => sas_client::Network::Vpc,
                })
                .signature(match spec.signature {
                    SignatureVersion::V1 => sas_client::SignatureVersion::V1,
                    SignatureVersion::V3 => sas_client::SignatureVersion::V3,
                })
                .endpoint_overrides(settings.endpoints.clone())
                .rate_limits(settings.rate_limits.clone())
                .observer(settings.observer.clone())
        };
        let version = base.version().cloned();
        let parts = Parts {
            namespace: &key.0,
            source: &spec.credentials,
            own: &settings.own_identity,
            region: spec.site.home().as_str(),
            client: &client,
        };
        let (provider, source) = parts.provider(base)?;
        Ok(Self {
            client: client(provider).build(),
            source,
            account: version_of(account),
            base: version,
            base_read: Instant::now(),
            sas: None,
        })
    }

    /// Whether it can be used without another look at the source of its keys.
    pub(super) fn is_fresh(&self, account: &SasAccount) -> bool {
        self.account == version_of(account)
            && self.base_read.elapsed() < BASE_MAX_AGE
            && self.sas.as_ref().is_some_and(|sas| !sas.is_distrusted())
    }

    /// Takes note that the source is as it was, and says whether that is so.
    pub(super) fn is_confirmed(&mut self, account: &SasAccount, base: &Base) -> bool {
        if self.account != version_of(account) || self.base.as_ref() != base.version() {
            return false;
        }
        self.base_read = Instant::now();
        if let Some(sas) = &self.sas {
            sas.trust();
        }
        true
    }

    /// The account behind the link, with a key that is valid now.
    pub(super) async fn sas(
        &mut self,
        settings: &Settings,
        account: &SasAccount,
        key: &AccountKey,
        breaker: &Breaker,
    ) -> Result<Sas, Unavailable> {
        breaker.admit()?;
        let fingerprint = breaker.note(self.client.key_fingerprint().await, &self.source)?;
        if let Some(sas) = &self.sas {
            sas.sign_with(fingerprint);
            return Ok(sas.clone());
        }
        let identity = self.identity(account, breaker).await?;
        settings.claims.note_id(key, &identity.account_id);
        let (claims, prices) = (settings.claims.clone(), settings.prices.clone());
        let recommendations = settings.recommendations.clone();
        let (client, source) = (self.client.clone(), self.source.clone());
        let sas = Sas::new(
            client,
            identity,
            fingerprint,
            source,
            claims,
            prices,
            recommendations,
        );
        self.sas = Some(sas.clone());
        Ok(sas)
    }

    /// Who the account is, as the cloud says.
    async fn identity(&self, account: &SasAccount, breaker: &Breaker) -> Result<Identity, Unavailable> {
        let site = account.spec.site;
        breaker.admit()?;
        let caller = self
            .client
            .read(&GetCallerIdentity::default(), site.home().as_str())
            .await;
        let caller = breaker.note(caller, &self.source)?.body;
        let Some(account_id) = caller.account_id.filter(|id| is_account_id(id)) else {
            let message = "the cloud did not say whose access key it is; the operator tries again";
            return Err(Unavailable::new(Reason::CloudUnavailable, message));
        };
        Ok(Identity { account_id, site })
    }
}

/// Whether a text can be the id of an account of the cloud, as it goes into plans and statuses.
fn is_account_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_plain_text_is_an_account_id() {
        assert!(is_account_id("1234567890123456"));
        for wrong in ["", "12 34", "12\n34", "<html>", &"1".repeat(65)] {
            assert!(!is_account_id(wrong), "{wrong}");
        }
    }
}
