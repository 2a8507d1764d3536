//! Which servers differ from the spec, and which of them a plan is about: all of them, or those of the
//! plan that waits, as long as each of them is still as it was.

use std::sync::Arc;

use sas_api::kinds::auth_binding::{Edition, SasAuthBindingSpec};
use sas_api::plan::{NamedValue, Plan, Target};

use crate::assets::Server;

/// The servers that are not as the spec wants them. Without a mode in the spec any way to pay will do.
pub(super) fn needed(spec: &SasAuthBindingSpec, servers: &[Arc<Server>]) -> Vec<Arc<Server>> {
    let differs = |server: &Server| {
        let other_mode =
            spec.edition != Edition::Free && spec.mode.is_some_and(|mode| server.mode != Some(mode));
        server.version != spec.edition.version() || other_mode
    };
    servers.iter().filter(|server| differs(server)).cloned().collect()
}

/// The servers of a plan.
pub(super) struct Chosen<'a> {
    /// The servers.
    pub(super) servers: Vec<Arc<Server>>,
    /// What stands of them in the plan.
    pub(super) targets: Vec<Target>,
    /// The waiting plan, where its servers were kept.
    pub(super) held: Option<&'a Plan>,
}

/// Those of the waiting plan if all of them still need the same change, else all. `values` are the
/// further facts of the plan that is made now.
pub(super) fn choose<'a>(
    needed: Vec<Arc<Server>>,
    values: &[NamedValue],
    held: Option<&'a Plan>,
) -> Chosen<'a> {
    let mut sorted = values.to_vec();
    sorted.sort();
    if let Some(held) = held.filter(|held| held.values == sorted && !held.targets.is_empty()) {
        let still = |target: &Target| {
            needed
                .iter()
                .find(|server| server.uuid == target.uuid && server.current() == target.current)
                .cloned()
        };
        if let Some(servers) = held.targets.iter().map(still).collect() {
            let targets = held.targets.clone();
            return Chosen {
                servers,
                targets,
                held: Some(held),
            };
        }
    }
    let targets = needed.iter().map(|server| server.target()).collect();
    Chosen {
        servers: needed,
        targets,
        held: None,
    }
}
