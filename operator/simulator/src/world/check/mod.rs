//! What a world names and nothing knows: servers, groups, editions, operations, RAM actions. A misspelt one
//! would otherwise be there and have no effect. What a change took away is still known to what names it.
//! Figures that mean nothing count as unknown as well.

mod centre;
mod figures;
mod scans;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;

use super::{Account, Key, World};
use crate::action::Action;
use crate::actions;
use crate::gateway::{INTERNATIONAL, MAINLAND};
use crate::pattern::matches;

/// Allowed values that a message lists.
const LISTED: usize = 12;

/// Something that a world names and that is not there.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// Where it is named, from the top, joined by dots.
    pub field: String,
    /// What is wrong, with what is allowed instead.
    pub problem: String,
    value: String,
}

impl Unknown {
    /// Whether the other names the same in the same place; what is allowed there may differ.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.field, &self.value) == (&other.field, &other.value)
    }
}

/// All unknown names of a world, in the order of the world; `before` is the world that it takes the place of.
pub fn unknown(world: &World, before: Option<&World>) -> Vec<Unknown> {
    let mut names = Names::default();
    let has_key = world.accounts.values().any(|account| !account.keys.is_empty());
    if !has_key {
        names.found.push(Unknown {
            field: "accounts".to_owned(),
            problem: "no account has a key, so nobody could call; write one under accounts.ID.keys"
                .to_owned(),
            value: String::new(),
        });
    }
    names.within("accounts", |names| {
        names.shared_keys(world);
        for (id, account) in &world.accounts {
            let before = before.and_then(|before| before.accounts.get(id));
            names.within(id, |names| names.account(account, before));
        }
    });
    let service = &world.metadata_service;
    names.within("metadataService", |names| {
        if let Some(role) = &service.role {
            let account = world.accounts.get(&service.account);
            names.one_of("account", "account", &service.account, &world.accounts);
            if let Some(account) = account {
                names.one_of("role", "role", role, &account.roles);
            }
        }
    });
    names.found
}

/// The unknown names so far, and the place that is being looked at.
#[derive(Default)]
struct Names {
    place: Vec<String>,
    found: Vec<Unknown>,
}

impl Names {
    fn within(&mut self, name: impl Display, look: impl FnOnce(&mut Self)) {
        self.place.push(name.to_string());
        look(self);
        self.place.pop();
    }

    /// Notes the value of a field unless it is known.
    fn note<A: Display>(
        &mut self,
        is_known: bool,
        (field, what): (&str, &str),
        value: impl Display,
        allowed: impl IntoIterator<Item = A>,
    ) {
        if is_known {
            return;
        }
        let allowed: Vec<String> = allowed.into_iter().map(|one| one.to_string()).collect();
        let listed = allowed[..allowed.len().min(LISTED)].join(", ");
        let listed = match allowed.len() {
            0 => "there is none here".to_owned(),
            count if count > LISTED => format!("expected one of {listed} and {} more", count - LISTED),
            _ => format!("expected one of {listed}"),
        };
        let place = self.place.iter().map(String::as_str);
        self.found.push(Unknown {
            field: place.chain([field]).collect::<Vec<_>>().join("."),
            problem: format!("unknown {what} `{value}`, {listed}"),
            value: value.to_string(),
        });
    }

    /// Notes the value of a field unless the map has it.
    fn one_of<K: Ord + Display, V>(&mut self, field: &str, what: &str, value: &K, map: &BTreeMap<K, V>) {
        self.note(map.contains_key(value), (field, what), value, map.keys());
    }

    /// Notes a text unless it is in the list.
    fn word(&mut self, field: &str, what: &str, value: &str, allowed: &[&str]) {
        self.note(allowed.contains(&value), (field, what), value, allowed);
    }

    fn account(&mut self, account: &Account, before: Option<&Account>) {
        self.within("keys", |names| {
            for (id, key) in &account.keys {
                names.within(id, |names| names.key(key));
            }
            names.secrets(account);
        });
        self.within("roles", |names| {
            for (name, role) in &account.roles {
                names.within(name, |names| names.policies(&role.allow, &role.deny));
            }
        });
        self.within("rateLimits", |names| {
            names.rates(&account.rate_limits);
            for action in account.rate_limits.actions.keys() {
                let is_known = actions::find(action).is_some();
                names.note(is_known, ("actions", "action"), action, action_names());
            }
        });
        self.within("dataCentres", |names| {
            for (name, centre) in &account.data_centres {
                let is_known = [MAINLAND, INTERNATIONAL].contains(&name.as_str());
                names.note(is_known, (name, "data centre"), name, [MAINLAND, INTERNATIONAL]);
                let before = before
                    .and_then(|before| before.data_centres.get(name))
                    .map(|centre| &**centre);
                names.within(name, |names| names.centre(centre, before));
            }
        });
    }

    fn key(&mut self, key: &Key) {
        self.policies(&key.allow, &key.deny);
    }

    /// Notes patterns that cover no action. A policy may speak of products that are not simulated.
    fn policies(&mut self, allow: &[String], deny: &[String]) {
        for (field, patterns) in [("allow", allow), ("deny", deny)] {
            for pattern in patterns {
                let actions = pattern
                    .split_once(" on ")
                    .map_or(pattern.as_str(), |(actions, _)| actions);
                let is_known = actions::ALL
                    .iter()
                    .any(|action| matches(actions, &action.ram_action()));
                let allowed = actions::ALL.iter().map(Action::ram_action);
                self.note(is_known, (field, "RAM action"), pattern, allowed);
            }
        }
    }
}

fn action_names() -> impl Iterator<Item = &'static str> {
    actions::ALL.iter().map(|action| action.name)
}
