//! The tasks' section: scans with what they claim beside how far they truly are, and the commands
//! that cloud assistant ran, each kind with the newest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use maud::{Markup, html};

use super::layout::{short, table, time};
use crate::world::scans::{Phase, Task};
use crate::world::{DataCentre, Invocation};

/// Scans and commands shown of a data centre.
const SHOWN: usize = 20;
/// Characters shown of the servers that a command ran on.
const SERVERS: usize = 200;

pub fn section(centre: &DataCentre, now: Timestamp) -> Markup {
    let scans = latest(&centre.scans.tasks, |task| task.created_at);
    let scans: Vec<Markup> = scans.map(|(id, task)| scan(id, task, now)).collect();
    let runs = latest(&centre.invocations, |invocation| invocation.creation_time);
    let runs: Vec<Markup> = runs.map(|(id, run)| command(centre, id, run, now)).collect();
    html! {
        section {
            h4 { "Scans" }
            (table(&["id", "type", "looks for", "from", "started", "claims", "truly"], &scans))
        }
        section {
            h4 { "Commands" }
            (table(&["id", "command", "started", "instances"], &runs))
        }
    }
}

/// The last of them, the newest first.
fn latest<T>(
    all: &BTreeMap<String, T>,
    caused: impl Fn(&T) -> Timestamp,
) -> impl Iterator<Item = (&String, &T)> {
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by_key(|(_, one)| Reverse(caused(one)));
    all.into_iter().take(SHOWN)
}

fn scan(id: &str, task: &Task, now: Timestamp) -> Markup {
    let (claim, counts) = (task.claim(now), task.counts(now));
    let kinds: Vec<String> = task.kinds.iter().map(|kind| format!("{kind:?}")).collect();
    html! {
        td.id { (id) }
        td { (task.task_type.wire_name()) @if !task.is_listed(now) { span.dim { " (not listed yet)" } } }
        td { (kinds.join(" ")) }
        td { (short(&task.source, 40)) }
        td { (time(task.created_at)) }
        td { span.good[claim.phase == Phase::Succeeded].bad[is_bad(claim.phase)] {
            (format!("{:?}", claim.phase)) " " (claim.percent) " %"
        } }
        td {
            (counts.finished) " of " (counts.total) " servers"
            @if counts.failed > 0 { span.bad { ", " (counts.failed) " failed" } }
        }
    }
}

fn is_bad(phase: Phase) -> bool {
    matches!(phase, Phase::Failed | Phase::TimedOut)
}

fn command(centre: &DataCentre, id: &str, invocation: &Invocation, now: Timestamp) -> Markup {
    let command = centre.commands.get(&invocation.command_id);
    let name = command.map_or(invocation.command_id.as_str(), |command| &command.name);
    let runs = invocation.runs.iter();
    let states: Vec<String> = runs
        .map(|(instance, run)| format!("{instance}: {:?}", run.status(now)))
        .collect();
    html! {
        td.id { (id) }
        td { (short(name, 80)) }
        td { (time(invocation.creation_time)) }
        td.id { (short(&states.join(", "), SERVERS)) }
    }
}
