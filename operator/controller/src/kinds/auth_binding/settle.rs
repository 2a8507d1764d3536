//! Whether the effect of the calls made so far is visible: every server of every call shows the edition
//! that the call asked for, paid in the call's own way.

use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_api::plan::Call;
use sas_client::action::Action;
use sas_client::actions::BindAuthToMachine;
use sas_engine::{Made, Settled};

use super::look::Verified;
use super::servers;
use crate::assets::Server;

/// Parameters that name a server, by their beginning.
const BOUND: &str = "Bind.";
const UNBOUND: &str = "UnBind.";
const BY_USE: &str = "BindAction.1.UuidList.";

/// What a call does to one server.
#[derive(Debug, PartialEq, Eq)]
struct Effect<'a> {
    uuid: &'a str,
    version: Option<i64>,
    mode: Option<BillingMode>,
}

impl Effect<'_> {
    fn is_visible(&self, server: &Server) -> bool {
        self.version == Some(server.version) && (self.mode.is_none() || server.mode == self.mode)
    }
}

/// UUIDs of the servers that a call is about.
pub(super) fn uuids_of(call: &Call) -> impl Iterator<Item = String> {
    let named = call
        .parameters
        .iter()
        .filter(|parameter| names_a_server(&parameter.name));
    named.filter_map(|parameter| parameter.value.clone())
}

fn names_a_server(name: &str) -> bool {
    [BOUND, UNBOUND, BY_USE]
        .iter()
        .any(|beginning| name.starts_with(beginning))
}

fn effects<'a>(call: &'a Made<'_>) -> Vec<Effect<'a>> {
    let number = |name: &str| call.parameters.get(name).and_then(|text| text.parse().ok());
    let effect = |(name, uuid): (&String, &'a String)| {
        let (version, way) = match call.call.action.as_str() {
            BindAuthToMachine::NAME if name.starts_with(UNBOUND) => {
                (Some(Edition::Free.version()), BillingMode::Subscription)
            }
            BindAuthToMachine::NAME => (number("AuthVersion"), BillingMode::Subscription),
            _ => (number("BindAction.1.Version"), BillingMode::PayAsYouGo),
        };
        let paid = version != Some(Edition::Free.version());
        Effect {
            uuid,
            version,
            mode: paid.then_some(way),
        }
    };
    let named = call.parameters.iter().filter(|(name, _)| names_a_server(name));
    named.map(effect).collect()
}

/// What the servers show of the calls.
pub(super) fn settle(made: &[Made<'_>], found: &Verified) -> Settled {
    let Some(last) = made.last() else {
        return Settled::NotStarted;
    };
    let server = |effect: &Effect<'_>| found.servers.iter().find(|server| server.uuid == effect.uuid);
    let visible = |effect: &Effect<'_>| server(effect).is_some_and(|server| effect.is_visible(server));
    let all: Vec<_> = made.iter().flat_map(effects).collect();
    let done = all.iter().filter(|effect| visible(effect)).count();
    if done == all.len() && done > 0 {
        return Settled::Done;
    }
    let accepted = made.iter().all(|call| call.receipt.is_some());
    // A server that was released after the cloud took the call shows nothing any more. An empty answer
    // is not taken for that.
    let is_gone = |effect: &&Effect<'_>| server(effect).is_none() && found.asked_for.contains(effect.uuid);
    let gone = all.iter().filter(is_gone).count();
    if accepted && done > 0 && done + gone == all.len() {
        return Settled::Done;
    }
    if last.receipt.is_none() && !effects(last).iter().any(visible) {
        return Settled::NotStarted;
    }
    Settled::Wait(format!("{done} of {} show the new edition", servers(all.len())))
}
