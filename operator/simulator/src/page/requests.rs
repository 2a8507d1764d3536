//! The requests' section: the last ones with what became of them, the newest first.

use maud::{Markup, html};

use super::layout::{short, table, time};
use crate::action::Effect;
use crate::log::{Record, RequestLog};

/// Requests shown; the whole log is at `/_sim/requests`.
const SHOWN: usize = 30;
/// Characters shown of all parameters of a request.
const PARAMETERS: usize = 200;

pub fn section(log: &RequestLog) -> Markup {
    let rows: Vec<Markup> = log.latest(SHOWN).map(row).collect();
    html! {
        section id="requests" {
            h2 { "Requests" }
            p.dim {
                "The last " (SHOWN) "; all that are kept: " a href="/_sim/requests" { "/_sim/requests" }
            }
            (table(&["seq", "time", "account", "action", "sent", "outcome", "fault", "parameters"], &rows))
        }
    }
}

fn row(record: &Record) -> Markup {
    let parameters: Vec<String> = record
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", short(value, PARAMETERS)))
        .collect();
    html! {
        td { (record.seq) }
        td { (time(record.received_at)) }
        td.id { (record.account.as_deref().unwrap_or("unknown")) }
        td { (short(&record.action, 80)) @if record.dry_run { " (dry run)" } }
        td { (record.method) " " (record.signature.unwrap_or_default()) }
        td { (outcome(record)) }
        td { (record.fault.as_deref().unwrap_or_default()) }
        td.id { (short(&parameters.join(" "), PARAMETERS)) }
    }
}

fn outcome(record: &Record) -> Markup {
    let code = record.code.as_deref().unwrap_or_default();
    html! {
        @match record.status {
            None => span.bad { "no reply" },
            Some(status) if status < 400 => span.good { (status) },
            Some(status) => span.bad { (status) " " (short(code, 80)) },
        }
        @if record.committed { strong { " changed the cloud" } }
        @else if record.effect == Some(Effect::Write) { span.dim { " changed nothing" } }
    }
}
