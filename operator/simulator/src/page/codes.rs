//! What lets something in: the install codes of a data centre and the access keys of an account.
//! Secrets are never written in full.

use jiff::Timestamp;
use maud::{Markup, html};

use super::layout::{short, table, time_or_never};
use crate::world::{Account, DataCentre, InstallCode, Key};

pub fn section(centre: &DataCentre, now: Timestamp) -> Markup {
    let row = |(code, about): (&String, &InstallCode)| {
        let expired = about.expires_at.is_some_and(|end| end <= now);
        html! {
            td.id { (code) }
            td { (format!("{:?}", about.os)) @if about.only_image { " (images only)" } }
            td { (about.vendor_name) }
            td { (short(centre.group_name(about.group_id), 40)) }
            td { (time_or_never(about.expires_at)) @if expired { span.bad { " expired" } } }
        }
    };
    let rows: Vec<Markup> = centre.install_codes.iter().map(row).collect();
    html! {
        section {
            h4 { "Install codes" }
            (table(&["code", "system", "vendor", "group", "expires"], &rows))
        }
    }
}

pub fn keys(account: &Account, now: Timestamp) -> Markup {
    let row = |(id, key): (&String, &Key)| {
        let expired = key.expires_at.is_some_and(|end| end <= now);
        html! {
            td.id { (id) }
            td.id { (beginning(&key.access_key_secret)) }
            td { (key.user_name.as_deref().unwrap_or("the account itself")) }
            td { @if key.security_token.is_some() { "temporary" } @else { "lasting" } }
            td {
                @if !key.active { span.bad { "switched off" } }
                @else if expired { span.bad { "expired" } }
                @else { span.good { "valid" } }
            }
            td.id { (key.allow.join(" ")) @if !key.deny.is_empty() { " but not " (key.deny.join(" ")) } }
        }
    };
    let rows: Vec<Markup> = account.keys.iter().map(row).collect();
    html! {
        section {
            h4 { "Access keys" }
            (table(&["id", "secret", "user", "kind", "state", "may call"], &rows))
        }
    }
}

/// Enough of a secret to recognise it, and never more than a quarter of it.
fn beginning(secret: &str) -> String {
    short(secret, 3.min(secret.chars().count() / 4))
}
