//! The servers that a spec names by id or by selector, and the ids that no server has.

use std::collections::BTreeSet;
use std::sync::Arc;

use sas_api::kinds::auth_binding::TargetSelection;
use sas_engine::Unavailable;

use super::{Id, Pages, Server, Servers};
use crate::shared::Asked;

impl<P: Pages> Servers<P> {
    /// All servers that the targets mean, by uuid, each once.
    pub async fn by_targets(
        &self,
        targets: &TargetSelection,
        asked: Asked,
    ) -> Result<Vec<Arc<Server>>, Unavailable> {
        let uuids = targets.uuids.iter().cloned().map(Id::Uuid);
        let instances = targets.instance_ids.iter().cloned().map(Id::Instance);
        let ids: BTreeSet<Id> = uuids.chain(instances).collect();
        let mut servers = self.by_id(&ids, asked).await?;
        if let Some(selector) = &targets.selector {
            servers.extend(self.by_selector(selector, asked).await?);
        }
        servers.sort_by(|a, b| a.uuid.cmp(&b.uuid));
        servers.dedup_by(|a, b| a.uuid == b.uuid);
        Ok(servers)
    }
}

/// Ids of the targets that no server has.
pub fn missing(targets: &TargetSelection, servers: &[Arc<Server>]) -> Vec<String> {
    let uuids = targets
        .uuids
        .iter()
        .filter(|uuid| !servers.iter().any(|server| server.uuid == **uuid));
    let instances = targets
        .instance_ids
        .iter()
        .filter(|id| !servers.iter().any(|server| server.instance_id == **id));
    uuids.chain(instances).cloned().collect()
}
