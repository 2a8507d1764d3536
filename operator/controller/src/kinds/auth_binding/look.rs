//! Which servers a look is about: those that the spec means, and those of calls that are under way. It
//! also says when a look must not be answered from a cache.

use std::collections::BTreeSet;
use std::sync::Arc;

use sas_api::account::DataCentre;
use sas_api::kinds::SasAuthBinding;
use sas_engine::Unavailable;

use super::settle;
use crate::assets::{Id, Server};
use crate::sas::Sas;
use crate::shared::Asked;

/// What was found of the servers whose change is under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Verified {
    /// The servers, by uuid.
    pub(super) servers: Vec<Arc<Server>>,
    /// UUIDs that were asked for one by one: such a server that was not found is not listed any more.
    pub(super) asked_for: BTreeSet<String>,
}

/// The servers of the calls that are being made or verified, whether the spec still means them or not.
/// Those of a large plan, whose calls do not stand in the status, are known as far as the spec means them.
pub(super) async fn in_flight(
    object: &SasAuthBinding,
    sas: &Sas,
    centre: DataCentre,
    asked: Asked,
    matched: &[Arc<Server>],
) -> Result<Verified, Unavailable> {
    let gate = object.status.as_ref().map(|status| &status.gate);
    let execution = gate.and_then(|gate| gate.execution.as_ref());
    let is_open = execution.is_some_and(|execution| execution.outcome.is_none());
    let plan = gate.and_then(|gate| gate.plan.as_ref()).filter(|_| is_open);
    let calls = plan.into_iter().flat_map(|plan| &plan.plan.calls);
    let asked_for: BTreeSet<String> = calls.flat_map(settle::uuids_of).collect();
    let unmatched = asked_for
        .iter()
        .filter(|uuid| !matched.iter().any(|server| server.uuid == **uuid));
    let ids = unmatched.cloned().map(Id::Uuid).collect();
    let mut servers = sas.servers(centre).by_id(&ids, asked).await?;
    servers.extend(matched.iter().cloned());
    Ok(Verified { servers, asked_for })
}
