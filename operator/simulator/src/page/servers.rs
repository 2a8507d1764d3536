//! The servers' section: what each is and how its agent and its edition stand, with a button that
//! takes it off the net or brings it back.

use jiff::Timestamp;
use maud::{Markup, html};

use super::layout::{short, table};
use super::{Place, Wish};
use crate::world::{Asset, Client, ClientSubStatus, DataCentre};

/// Servers shown of a data centre.
const SHOWN: usize = 50;

pub fn section(place: Place<'_>, centre: &DataCentre, wish: &Wish, now: Timestamp) -> Markup {
    let wanted = wish.find.trim().to_lowercase();
    let fits = |(uuid, asset): &(&String, &Asset)| {
        let names = [
            uuid.as_str(),
            &asset.instance_name,
            &asset.instance_id,
            &asset.intranet_ip,
            &asset.internet_ip,
        ];
        names.iter().any(|name| name.to_lowercase().contains(&wanted))
    };
    let found = centre.assets.iter().filter(fits);
    let rows: Vec<Markup> = found
        .take(SHOWN)
        .map(|(uuid, asset)| row(place, centre, uuid, asset, now))
        .collect();
    html! {
        section {
            h4 { "Servers" }
            @if centre.assets.len() > SHOWN || !wanted.is_empty() {
                form.wide method="get" action="/" {
                    label { "name, id, address or uuid" input name="find" value=(wish.find); }
                    button { "Find" }
                    span.dim { (rows.len()) " shown of " (centre.assets.len()) }
                }
            }
            (table(&["name", "id and uuid", "region", "agent", "edition", "group", ""], &rows))
        }
    }
}

fn row(place: Place<'_>, centre: &DataCentre, uuid: &str, asset: &Asset, now: Timestamp) -> Markup {
    let edition = centre.authorisation(asset, now).edition;
    html! {
        td { (short(&asset.instance_name, 80)) @if !asset.is_listed(now) { span.dim { " (not noticed yet)" } } }
        td.id { (asset.instance_id) br; (uuid) }
        td { (asset.region_id) }
        td { (agent(centre, asset, now)) }
        td { (edition.name()) }
        td { (short(centre.group_name(asset.group(now)), 40)) }
        td { (button(place, uuid, asset.client(now))) }
    }
}

fn agent(centre: &DataCentre, asset: &Asset, now: Timestamp) -> Markup {
    let (true_state, seen) = (asset.client(now), centre.visible_client(asset, now));
    html! {
        @if true_state.is_online() { span.good { "online" } } @else { span.bad { (state(true_state)) } }
        @if seen != true_state { span.dim { " (readers still see " (state(seen)) ")" } }
    }
}

/// The finer of the two states.
fn state(client: Client) -> &'static str {
    match client.client_sub_status {
        ClientSubStatus::Online => "online",
        ClientSubStatus::Offline => "offline",
        ClientSubStatus::Pause => "paused",
        ClientSubStatus::Uninstalled => "not installed",
        ClientSubStatus::Stopped => "stopped",
    }
}

fn button(place: Place<'_>, uuid: &str, client: Client) -> Markup {
    let (to, label) = if client.is_online() {
        ("offline", "Take offline")
    } else {
        ("online", "Bring online")
    };
    html! {
        form method="post" action="/_sim/ui/server" {
            (place.fields())
            input type="hidden" name="uuid" value=(uuid);
            button name="to" value=(to) { (label) }
        }
    }
}
