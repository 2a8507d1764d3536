//! What the page's forms do. Each changes the state as a whole or not at all: success leads back
//! to the page, anything else shows the page with the problem on top.

use std::collections::BTreeMap;

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use super::{Wish, render};
use crate::clock::ClockChange;
use crate::fault::Rule;
use crate::state::{self, Shared};
use crate::world::{Client, ClientStatus, ClientSubStatus, DataCentre};

/// A form whose fields the page made itself; unknown and missing ones are refused by the reader.
type Fields = Form<BTreeMap<String, String>>;

/// Why nothing was changed, for a person.
type Problem = String;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerChange {
    account: String,
    centre: String,
    uuid: String,
    to: Online,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Online {
    Online,
    Offline,
}

pub async fn change_server(State(shared): State<Shared>, Form(fields): Fields) -> Response {
    apply(&shared, "/", fields, |state, change: ServerChange| {
        let now = state.clock.now();
        let centre = centre(state, &change.account, &change.centre)?;
        let server = centre.assets.get_mut(&change.uuid);
        let server = server.ok_or_else(|| format!("there is no server {}", change.uuid))?;
        let client = match change.to {
            Online::Online => {
                // A server that does not run has no agent to bring online.
                server.running = true;
                Client::ONLINE
            }
            Online::Offline => Client {
                client_status: ClientStatus::Offline,
                client_sub_status: ClientSubStatus::Offline,
            },
        };
        server.change_client(client, now);
        Ok(())
    })
}

pub async fn add_fault(State(shared): State<Shared>, Form(fields): Fields) -> Response {
    apply(&shared, "/#faults", fields, |state, rule: Rule| {
        let added = state.faults.add(rule);
        added.map(drop).map_err(|error| error.to_string())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultName {
    id: String,
}

pub async fn remove_fault(State(shared): State<Shared>, Form(fields): Fields) -> Response {
    apply(&shared, "/#faults", fields, |state, fault: FaultName| {
        // Removed twice is removed: the page may have been open for a while.
        state.faults.remove(&fault.id);
        Ok(())
    })
}

pub async fn change_clock(State(shared): State<Shared>, Form(fields): Fields) -> Response {
    apply(&shared, "/#clock", fields, |state, change: ClockChange| {
        state.clock.change(&change).map_err(|error| error.to_string())
    })
}

/// Reads a form into what it asks for and does that.
fn apply<T: DeserializeOwned>(
    shared: &Shared,
    back: &str,
    fields: BTreeMap<String, String>,
    work: impl FnOnce(&mut state::State, T) -> Result<(), Problem>,
) -> Response {
    let asked = serde_path_to_error::deserialize(typed(fields)).map_err(|error| error.to_string());
    let mut state = shared.lock();
    match asked.and_then(|asked| work(&mut state, asked)) {
        Ok(()) => Redirect::to(back).into_response(),
        Err(problem) => render(&state, &Wish::default(), Some(&problem)),
    }
}

/// Forms know only texts: empty ones are left out, and what looks like a number or a truth value
/// where texts cannot look like one becomes it.
fn typed(fields: BTreeMap<String, String>) -> Value {
    const TEXTS: [&str; 8] = [
        "account", "action", "centre", "code", "id", "message", "title", "uuid",
    ];
    let value = |(name, text): (String, String)| {
        let value = match text.trim() {
            "" => return None,
            _ if TEXTS.contains(&name.as_str()) => Value::String(text),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => other
                .parse::<Number>()
                .map_or_else(|_| Value::String(other.to_owned()), Value::Number),
        };
        Some((name, value))
    };
    Value::Object(fields.into_iter().filter_map(value).collect())
}

fn centre<'a>(state: &'a mut state::State, account: &str, name: &str) -> Result<&'a mut DataCentre, Problem> {
    let account = state.world.accounts.get_mut(account);
    let centre = account.and_then(|account| account.data_centres.get_mut(name));
    centre.ok_or_else(|| format!("there is no data centre {name} in this account"))
}
