//! The faults' section: the rules in force, and a form for every field that a rule can have. Kinds
//! and stages come from the schema of the rule's own type, so none can be missing here.

use maud::{Markup, html};
use schemars::{JsonSchema, schema_for};

use super::layout::table;
use crate::actions;
use crate::fault::{FaultKind, Installed, Stage};
use crate::state::State;

pub fn section(state: &State) -> Markup {
    let rules: Vec<Markup> = state.faults.rules().iter().map(row).collect();
    html! {
        section id="faults" {
            h2 { "Faults" }
            (table(&["id", "kind", "hits", "left", "rule", ""], &rules))
            (form(state))
        }
    }
}

fn row(installed: &Installed) -> Markup {
    let rule = &installed.rule;
    let left = match (rule.count, rule.probability) {
        (Some(count), _) => count.to_string(),
        (None, Some(probability)) => format!("with probability {probability}"),
        (None, None) => "always".to_owned(),
    };
    html! {
        td.id { (installed.id) }
        td { (rule.kind.name()) }
        td { (installed.hits) }
        td { (left) }
        td.id { (serde_json::to_string(rule).unwrap_or_default()) }
        td {
            form method="post" action="/_sim/ui/fault/remove" {
                input type="hidden" name="id" value=(installed.id);
                button { "Remove" }
            }
        }
    }
}

fn form(state: &State) -> Markup {
    html! {
        form.wide method="post" action="/_sim/ui/fault" {
            label { "kind" select name="kind" {
                @for (kind, meaning) in variants::<FaultKind>() { option value=(kind) title=(meaning) { (kind) } }
            } }
            label { "action" input name="action" list="actions" placeholder="any"; }
            datalist id="actions" { @for action in actions::ALL { option value=(action.name); } }
            label { "account" select name="account" {
                option value="" { "any" }
                @for account in state.world.accounts.keys() { option { (account) } }
            } }
            label { "effect" select name="effect" {
                option value="" { "any" } option { "read" } option { "write" }
            } }
            label { "dry run" select name="dryRun" {
                option value="" { "any" } option value="true" { "only dry runs" } option value="false" { "only real calls" }
            } }
            label { "skip" input name="skip" type="number" min="0"; }
            label { "count" input name="count" type="number" min="1" placeholder="1"; }
            label { "probability" input name="probability" type="number" min="0" max="1" step="any"; }
            label { "stage" select name="stage" {
                option value="" { "usual" }
                @for (stage, meaning) in variants::<Stage>() { option value=(stage) title=(meaning) { (stage) } }
            } }
            label { "seconds" input name="seconds" type="number" min="0" step="any"; }
            label { "retry after (ms)" input name="retryAfterMilliseconds" type="number" min="0"; }
            label { "status" input name="status" type="number" min="200" max="599"; }
            label { "code" input name="code"; }
            label { "message" input name="message"; }
            label { "bytes" input name="bytes" type="number" min="0"; }
            button { "Add fault" }
        }
    }
}

/// The values of an enum with what its documentation says about each.
fn variants<T: JsonSchema>() -> Vec<(String, String)> {
    let schema = schema_for!(T).to_value();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let described = schema["oneOf"].as_array().into_iter().flatten();
    described
        .map(|one| (text(&one["const"]), text(&one["description"])))
        .collect()
}
