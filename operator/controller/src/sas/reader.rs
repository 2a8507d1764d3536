//! How one data centre of one account is read: the client, behind a breaker. Clones share everything, so
//! that a read can outlive whoever asked for it first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sas_api::account::DataCentre;
use sas_client::action::{Action, Read};
use sas_client::actions::{CloudCenterInstances, DescribeCloudCenterInstances};
use sas_client::{Client, CloudError, Urgency};
use sas_engine::Unavailable;

use crate::assets::Pages;
use crate::breaker::Breaker;

/// Reads of one data centre.
#[derive(Clone)]
pub struct Reader {
    client: Client,
    centre: DataCentre,
    breaker: Arc<Breaker>,
    /// Where the access key comes from, for messages.
    credentials: Arc<str>,
    /// Set when the cloud refuses the key.
    distrusted: Arc<AtomicBool>,
}

impl Reader {
    pub(super) fn new(
        client: Client,
        centre: DataCentre,
        credentials: Arc<str>,
        distrusted: Arc<AtomicBool>,
    ) -> Self {
        Self {
            client,
            centre,
            breaker: Arc::default(),
            credentials,
            distrusted,
        }
    }

    /// The same reader, whose reads are as urgent as this.
    pub(super) fn with_urgency(&self, urgency: Urgency) -> Self {
        Self {
            client: self.client.with_urgency(urgency),
            ..self.clone()
        }
    }

    /// An uncached read. A data centre that does not answer fails at once for a while.
    pub(super) async fn read<A: Action<Effect = Read>>(
        &self,
        request: &A,
    ) -> Result<A::Response, Unavailable> {
        let answer = self.ask(request).await?;
        self.breaker.note(answer, &self.credentials)
    }

    /// As [`Self::read`]; `None` where the cloud answers with one of these codes.
    pub(super) async fn find<A: Action<Effect = Read>>(
        &self,
        request: &A,
        absent: &[&str],
    ) -> Result<Option<A::Response>, Unavailable> {
        let is_absent = |error: &CloudError| error.code.as_deref().is_some_and(|code| absent.contains(&code));
        let answer = match self.ask(request).await? {
            Err(error) if is_absent(&error) => Ok(None),
            other => other.map(Some),
        };
        self.breaker.note(answer, &self.credentials)
    }

    async fn ask<A: Action<Effect = Read>>(
        &self,
        request: &A,
    ) -> Result<Result<A::Response, CloudError>, Unavailable> {
        self.breaker.admit()?;
        let answer = self.client.read(request, self.centre.as_str()).await;
        if answer.as_ref().is_err_and(CloudError::is_credential_problem) {
            self.distrusted.store(true, Ordering::Relaxed);
        }
        Ok(answer.map(|reply| reply.body))
    }
}

impl Pages for Reader {
    async fn page(&self, request: DescribeCloudCenterInstances) -> Result<CloudCenterInstances, Unavailable> {
        self.read(&request).await
    }
}
