//! From a look at the cloud to a plan: how it is paid, which servers, what forbids it, which calls.

use std::sync::Arc;

use sas_api::Reason;
use sas_api::kinds::SasAuthBinding;
use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_api::plan::{Call, NamedValue, Plan, Risk, Target};
use sas_client::actions::{BindAction, BindAuthToMachine, UpdatePostPaidBindRel};
use sas_engine::{Blocked, Planned};

use super::change::{self, Chosen};
use super::{Observed, cost, guards, servers};
use crate::assets::{Server, mode_name, names};
use crate::kinds::call as call_of;

/// What servers are to have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) edition: Edition,
    pub(super) mode: BillingMode,
}

impl Wanted {
    /// Whether a server loses protection by it. An edition with an unknown number may be a strong one.
    pub(super) fn is_weaker_for(self, server: &Server) -> bool {
        server
            .edition()
            .is_none_or(|current| self.edition.strength() < current.strength())
    }

    fn values(self) -> Vec<NamedValue> {
        vec![
            NamedValue::new("edition", self.edition.as_str()),
            NamedValue::new("mode", mode_name(self.mode)),
        ]
    }
}

/// What has to be done.
pub(super) fn plan(object: &SasAuthBinding, observed: &Observed, held: Option<&Plan>) -> Planned {
    let needed = change::needed(&object.spec, &observed.servers);
    if needed.is_empty() {
        return Planned::Nothing;
    }
    let mode = match mode(object, observed) {
        Ok(mode) => mode,
        Err(blocked) => return Planned::Blocked(blocked),
    };
    let wanted = Wanted {
        edition: object.spec.edition,
        mode,
    };
    let chosen = change::choose(needed, &wanted.values(), held);
    let batch = usize::try_from(object.spec.batch_size.max(1)).unwrap_or(1);
    let allowed = guards::check(wanted, &chosen.servers, observed);
    if let Err(blocked) = allowed.and_then(|()| guards::size(chosen.servers.len(), batch)) {
        return Planned::Blocked(blocked);
    }
    Planned::Change(Box::new(Plan {
        summary: summary(wanted, &chosen.servers),
        risk: risk(wanted, &chosen.servers),
        calls: chosen
            .targets
            .chunks(batch)
            .map(|targets| call(wanted, targets, observed))
            .collect(),
        values: wanted.values(),
        cost: Some(cost::of(
            wanted,
            &chosen.servers,
            observed,
            chosen.held.and_then(|held| held.cost.as_ref()),
        )),
        partial: false,
        warnings: warnings(wanted, &chosen, observed),
        targets: chosen.targets,
    }))
}

/// How it is paid: as the spec says, else in the only way that the account has.
fn mode(object: &SasAuthBinding, observed: &Observed) -> Result<BillingMode, Blocked> {
    if let Some(mode) = object.spec.mode {
        return Ok(mode);
    }
    let (reason, message) = match observed.entitlement.ways().as_slice() {
        [only] => return Ok(*only),
        [] => (
            Reason::EditionNotAvailable,
            "the account has neither a subscription nor pay-as-you-go of servers; buy or enable one of them",
        ),
        _ => (
            Reason::ChooseMode,
            "the account has a subscription and pay-as-you-go; choose: set `spec.mode` to 'Subscription' or 'PayAsYouGo'",
        ),
    };
    Err(Blocked {
        reason,
        message: message.to_owned(),
    })
}

fn risk(wanted: Wanted, changes: &[Arc<Server>]) -> Risk {
    if changes.iter().any(|server| wanted.is_weaker_for(server)) {
        Risk::R4
    } else {
        Risk::R3
    }
}

fn summary(wanted: Wanted, changes: &[Arc<Server>]) -> String {
    let who = format!("{} ({})", servers(changes.len()), names(changes));
    match wanted.edition {
        Edition::Free => format!("take the paid edition off {who} by {}", mode_name(wanted.mode)),
        edition => format!(
            "give {who} the edition {} by {}",
            edition.as_str(),
            mode_name(wanted.mode)
        ),
    }
}

/// The call for one batch.
fn call(wanted: Wanted, targets: &[Target], observed: &Observed) -> Call {
    let uuids = targets.iter().map(|target| target.uuid.clone()).collect();
    match (wanted.mode, wanted.edition) {
        (BillingMode::Subscription, Edition::Free) => call_of(
            &BindAuthToMachine {
                un_bind: uuids,
                ..Default::default()
            },
            observed.centre,
        ),
        (BillingMode::Subscription, edition) => {
            let auth_version = Some(edition.version());
            call_of(
                &BindAuthToMachine {
                    auth_version,
                    bind: uuids,
                    ..Default::default()
                },
                observed.centre,
            )
        }
        (BillingMode::PayAsYouGo, edition) => {
            let version = Some(edition.version().to_string());
            let bind_action = vec![BindAction {
                version,
                uuid_list: uuids,
                ..Default::default()
            }];
            call_of(
                &UpdatePostPaidBindRel {
                    bind_action,
                    ..Default::default()
                },
                observed.centre,
            )
        }
    }
}

fn warnings(wanted: Wanted, chosen: &Chosen<'_>, observed: &Observed) -> Vec<String> {
    let mut warnings = Vec::new();
    let weaker: Vec<_> = chosen
        .servers
        .iter()
        .filter(|server| wanted.is_weaker_for(server))
        .collect();
    if !weaker.is_empty() {
        let (number, names) = (servers(weaker.len()), names(weaker));
        warnings.push(format!("{number} will have less protection than now: {names}"));
    }
    match (wanted.mode, wanted.edition) {
        (_, Edition::Free) => {}
        (BillingMode::Subscription, _) => {
            warnings.push("a licence of the subscription cannot be taken off a server for 30 days after it was bound".to_owned());
        }
        (BillingMode::PayAsYouGo, _) => warnings.push(
            "besides the price of the edition, pay-as-you-go has a basic fee per account as soon as any module is on; the bill decides"
                .to_owned(),
        ),
    }
    let offline: Vec<_> = chosen.servers.iter().filter(|server| !server.online).collect();
    if wanted.edition != Edition::Free && !offline.is_empty() {
        let (number, names) = (servers(offline.len()), names(offline));
        warnings.push(format!(
            "the agent of {number} is not online, there is no protection until it is: {names}"
        ));
    }
    if let Some(problem) = &observed.prices.problem {
        warnings.push(format!(
            "the cost is not known: {}",
            problem.chars().take(900).collect::<String>()
        ));
    }
    warnings
}
