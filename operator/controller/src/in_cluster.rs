//! What a kind works with that looks at the cloud and creates resources: an account, and the cluster in which
//! they are.

use std::sync::Arc;

use sas_engine::operation::Reported;
use sas_engine::{Accounts, Unavailable};

use crate::accounts::{InAccount, SasAccounts};
use crate::local::Local;
use crate::sas::Sas;

/// An account, and the cluster from which it is used.
pub struct SasInCluster {
    /// The account.
    pub sas: Arc<Sas>,
    /// The cluster.
    pub local: Local,
}

/// Gives every object its account together with the cluster.
pub struct AccountsInCluster {
    accounts: Arc<SasAccounts>,
    local: Local,
}

impl AccountsInCluster {
    /// These accounts in this cluster.
    pub fn new(accounts: Arc<SasAccounts>, local: Local) -> Self {
        Self { accounts, local }
    }
}

impl<K: Reported + InAccount> Accounts<K, SasInCluster> for AccountsInCluster {
    fn lane(&self, object: &K) -> String {
        self.accounts.lane(object)
    }

    async fn cloud(&self, object: &K) -> Result<Arc<SasInCluster>, Unavailable> {
        Ok(Arc::new(SasInCluster {
            sas: self.accounts.cloud(object).await?,
            local: self.local.clone(),
        }))
    }
}
