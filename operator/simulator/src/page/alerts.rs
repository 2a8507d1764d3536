//! The alerts' section: what Security Center says happened where and what became of it, and a form
//! that raises another. Titles and command lines are attackers' text.

use jiff::Timestamp;
use maud::{Markup, html};

use super::Place;
use super::layout::{short, table, time};
use crate::alerts::{self, Seen};
use crate::world::{DataCentre, EventStatus};

/// Alerts shown of a data centre, the newest.
const SHOWN: usize = 30;
/// Servers offered for a new alert; the uuid of any other can be typed.
const OFFERED: usize = 50;

pub fn section(place: Place<'_>, centre: &DataCentre, now: Timestamp) -> Markup {
    let mut seen: Vec<Seen<'_>> = alerts::seen(centre, now).collect();
    let count = seen.len();
    seen.sort_by_key(|one| std::cmp::Reverse((one.alert.seen_at(), one.id)));
    let rows: Vec<Markup> = seen.iter().take(SHOWN).map(|one| row(centre, one, now)).collect();
    html! {
        section {
            h4 { "Alerts" }
            @if count > SHOWN { p.dim { "The newest " (SHOWN) " of " (count) "." } }
            (table(&["id", "level", "kind", "title", "server", "about", "seen", "state"], &rows))
            (form(place, centre))
        }
    }
}

fn row(centre: &DataCentre, seen: &Seen<'_>, now: Timestamp) -> Markup {
    let alert = seen.alert;
    let server = centre.assets.get(&alert.uuid);
    let server = server.map_or(&alert.uuid, |asset| &asset.instance_name);
    let about = [
        alert.source_ip.as_deref(),
        alert.file.as_ref().map(|file| file.path.as_str()),
        alert
            .process
            .as_ref()
            .map(|process| process.command_line.as_str()),
    ];
    let about: Vec<String> = about.into_iter().flatten().map(|text| short(text, 80)).collect();
    html! {
        td.id { (seen.id) }
        td { (format!("{:?}", alert.level)) }
        td { (short(&alert.kind, 60)) }
        td { (short(&alert.title, 120)) }
        td { (short(server, 80)) }
        td.id { (about.join(" ")) }
        td { (time(alert.seen_at())) }
        td {
            span.good[seen.status.is_dealt_with()].bad[!seen.status.is_dealt_with()] { (state(seen.status)) }
            @if let Some(last) = alert.last_handling(now) {
                span.dim { " (" (short(&last.operation, 40)) ": " (short(&last.result, 40)) ")" }
            }
        }
    }
}

fn state(status: EventStatus) -> String {
    let known = match status {
        EventStatus::PENDING => "waits",
        EventStatus::IGNORED => "ignored",
        EventStatus::FALSE_POSITIVE => "false positive",
        EventStatus::HANDLING => "being handled",
        EventStatus::HANDLED => "handled",
        EventStatus::DELETED => "deleted",
        EventStatus::BLOCKING => "being blocked",
        EventStatus(other) => return format!("status {other}"),
    };
    known.to_owned()
}

fn form(place: Place<'_>, centre: &DataCentre) -> Markup {
    let servers = format!("servers {} {}", place.account, place.centre);
    html! {
        form.wide method="post" action="/_sim/ui/alert" {
            (place.fields())
            label { "server" input name="uuid" list=(servers) required; }
            datalist id=(servers) {
                @for (uuid, asset) in centre.assets.iter().take(OFFERED) {
                    option value=(uuid) { (short(&asset.instance_name, 80)) }
                }
            }
            label { "level" select name="level" {
                @for level in ["suspicious", "serious", "remind"] { option value=(level) { (level) } }
            } }
            label { "kind" input name="type" placeholder="Others"; }
            label { "event" input name="eventName" placeholder="other"; }
            label { "title" input name="title" placeholder="Suspicious event"; }
            label { "from address" input name="sourceIP"; }
            label { "file" input name="file"; }
            label { "command line" input name="commandLine"; }
            button { "Raise alert" }
        }
    }
}
