//! Whitelist rules that are in force in the account, as the cloud lists them, and what a plan says of rules: which
//! are new, which stay and which go.

use std::collections::{BTreeMap, BTreeSet};

use sas_api::digest::digest;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{Whitelist, WhitelistScope};
use sas_api::plan::NamedValue;
use sas_api::text::shown;
use sas_client::actions::{MarkMissEntry, MarkMissList};

use super::Observed;
use super::offer::{ALL, Rule};
use super::orders::Orders;
use crate::alerts::{Alert, NAME_BYTES};

/// Rows per page, the most that the cloud gives.
pub(super) const ROWS: usize = 100;
/// Pages that one look reads at most.
const PAGES: usize = 100;
/// Rules that one warning names.
const NAMED: usize = 6;
/// Longest comparison of a rule in a warning, in bytes.
const COMPARISON_BYTES: usize = 60;
/// Longest code of alerts in a warning, in bytes.
const CODE_BYTES: usize = 40;

/// How many pages there are to read.
pub(super) fn pages(first: &MarkMissList) -> usize {
    total(first).div_ceil(ROWS).clamp(1, PAGES)
}

fn total(page: &MarkMissList) -> usize {
    let said = page.page_info.as_ref().and_then(|info| info.total_count);
    said.and_then(|total| usize::try_from(total).ok()).unwrap_or(0)
}

/// The whitelist rules of the account, each under the names of the alerts that it is for: as the vendor codes it,
/// and as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RuleList {
    rules: BTreeMap<String, BTreeSet<Rule>>,
    /// Whether there are more than were read.
    cut: bool,
}

impl RuleList {
    /// What the pages of the list say.
    pub(super) fn of<'a>(pages: impl Iterator<Item = &'a MarkMissList>) -> Self {
        let mut list = Self::default();
        let (mut read, mut announced) = (0, 0);
        for page in pages {
            read += page.list.len();
            announced = announced.max(total(page));
            for entry in &page.list {
                for name in [&entry.event_name_original, &entry.event_name]
                    .into_iter()
                    .flatten()
                {
                    let rules = list.rules.entry(shown(name, NAME_BYTES)).or_default();
                    rules.insert(rule(entry));
                }
            }
        }
        // Without a total a full page may not be the last.
        list.cut = announced > read || (announced == 0 && read >= ROWS);
        list
    }

    /// Whether all of them were read.
    pub(super) fn is_whole(&self) -> bool {
        !self.cut
    }

    /// The rules for alerts like this one: those on its server, those on all servers, and those of which the
    /// cloud does not say where they apply.
    pub(super) fn like(&self, alert: &Alert) -> BTreeSet<&Rule> {
        let names = [&alert.event_code, &alert.name].into_iter();
        names
            .filter_map(|name| self.rules.get(name))
            .flatten()
            .filter(|rule| rule.server.is_empty() || [ALL, &alert.uuid].contains(&rule.server.as_str()))
            .collect()
    }
}

/// A rule of the list. It is shown and compared and never sent back, so what is missing stays empty.
fn rule(entry: &MarkMissEntry) -> Rule {
    Rule {
        server: entry.uuid.clone().unwrap_or_default(),
        field: entry.field.clone().unwrap_or_default(),
        operate: entry.operate.clone().unwrap_or_default(),
        value: entry.field_value.clone().unwrap_or_default(),
    }
}

/// The rules that a whitelist adds for an alert of this server.
fn added<'a>(whitelist: &'a Whitelist, server: &'a str) -> impl Iterator<Item = Rule> + 'a {
    let server = match whitelist.scope {
        WhitelistScope::AllServers => ALL,
        WhitelistScope::SameServer => server,
    };
    whitelist.rules.iter().map(|rule| Rule {
        server: server.to_owned(),
        field: rule.field.clone(),
        operate: rule.operate.as_str().to_owned(),
        value: rule.value.clone(),
    })
}

/// The rules that go when these alerts are taken off the whitelist, for each alert.
fn going<'a>(
    observed: &'a Observed,
    ids: &'a [i64],
) -> impl Iterator<Item = (i64, &'a Alert, &'a Rule)> + 'a {
    let list = observed.found.rules.as_ref();
    ids.iter().flat_map(move |id| {
        let alert = observed.alert(*id);
        let rules = alert
            .into_iter()
            .flat_map(move |alert| list.into_iter().flat_map(|list| list.like(alert)));
        rules.filter_map(move |rule| Some((*id, alert?, rule)))
    })
}

/// What a plan that takes alerts off the whitelist is based on: every rule that goes with it.
pub(super) fn going_value(observed: &Observed, ids: &[i64]) -> NamedValue {
    let lines = going(observed, ids).map(|(id, _, rule)| format!("{id} {rule:?}"));
    NamedValue::new("goingRules", digest(&lines.collect::<Vec<_>>().join("\n")))
}

/// What to beware of when alerts are taken off the whitelist: all rules for alerts like them go.
pub(super) fn warn_going(object: &SasAlertAction, observed: &Observed, ids: &[i64]) -> Vec<String> {
    let orders = Orders::of(&object.spec);
    let (mut all, mut foreign, mut unsaid) = (BTreeSet::new(), BTreeSet::new(), false);
    for (id, alert, rule) in going(observed, ids) {
        let line = format!("{}: {}", shown(&alert.event_code, CODE_BYTES), words(rule));
        match orders.whitelist(id) {
            Some(whitelist) if added(whitelist, &alert.uuid).any(|one| one == *rule) => {}
            Some(_) => drop(foreign.insert(line.clone())),
            None => unsaid = true,
        }
        all.insert(line);
    }
    let listed = if all.is_empty() {
        "none is listed under their names".to_owned()
    } else {
        named(&all)
    };
    let mut warnings = vec![format!(
        "all whitelist rules for alerts like these go, whoever added them: {listed}"
    )];
    if !foreign.is_empty() {
        warnings.push(format!(
            "somebody else added {} of these rules, and they go as well: {}",
            foreign.len(),
            named(&foreign)
        ));
    }
    if unsaid {
        warnings.push(
            "nothing says which of these rules came with what is taken back: approve only if all of them may go"
                .to_owned(),
        );
    }
    warnings
}

/// What a whitelist that is added leaves in force: the new rules, and those that exist.
pub(super) fn warn_added(object: &SasAlertAction, observed: &Observed, ids: &[i64]) -> Vec<String> {
    let Some(whitelist) = &object.spec.whitelist else {
        return Vec::new();
    };
    let (mut new, mut there) = (BTreeSet::new(), BTreeSet::new());
    for id in ids {
        let (alert, offer) = (observed.alert(*id), observed.found.offers.get(id));
        let existing = offer.map(|offer| &offer.rules);
        there.extend(existing.into_iter().flatten().map(words));
        let server = alert.map_or("", |alert| alert.uuid.as_str());
        let missing = added(whitelist, server).filter(|rule| existing.is_none_or(|all| !all.contains(rule)));
        new.extend(missing.map(|rule| words(&rule)));
    }
    let lists = [
        (&new, "new: events that fit these rules raise no alert any more"),
        (&there, "exists already and stays"),
    ];
    let lists = lists.into_iter().filter(|(rules, _)| !rules.is_empty());
    lists
        .map(|(rules, what)| format!("{what}: {}", named(rules)))
        .collect()
}

/// A rule as a person reads it. Its words are the cloud's, and attackers may have a hand in them.
fn words(rule: &Rule) -> String {
    let place = match rule.server.as_str() {
        ALL => "on all servers".to_owned(),
        "" => "somewhere".to_owned(),
        server => format!("on {}", shown(server, 36)),
    };
    let comparison = format!("{} {} \"{}\"", rule.field, rule.operate, rule.value);
    format!("{} {place}", shown(&comparison, COMPARISON_BYTES))
}

/// The first of the rules, and how many more there are.
fn named(rules: &BTreeSet<String>) -> String {
    let first: Vec<&str> = rules.iter().take(NAMED).map(String::as_str).collect();
    let more = match rules.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", first.join("; "))
}
