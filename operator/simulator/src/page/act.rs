//! What the page's forms do. Each changes the state as a whole or not at all: success leads back
//! to the page, anything else shows the page with the problem on top.

use std::collections::BTreeMap;

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

use super::{Wish, render};
use crate::alerts::next_id;
use crate::clock::ClockChange;
use crate::fault::Rule;
use crate::state::{self, Shared};
use crate::world::{
    Alert, Client, ClientStatus, ClientSubStatus, DataCentre, Level, SuspiciousFile, SuspiciousProcess,
};

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
        if matches!(change.to, Online::Online) {
            // An agent that reports makes itself known.
            centre.notice(&change.uuid, now);
        }
        Ok(())
    })
}

/// An alert as the form describes it; what is left out is as a world file's alert has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewAlert {
    account: String,
    centre: String,
    uuid: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    event_name: Option<String>,
    title: Option<String>,
    level: Level,
    #[serde(rename = "sourceIP")]
    source_ip: Option<String>,
    file: Option<String>,
    command_line: Option<String>,
}

impl NewAlert {
    fn raised(self, now: Timestamp) -> Alert {
        let usual = Alert::default();
        let file = |path| SuspiciousFile {
            path,
            ..SuspiciousFile::default()
        };
        let process = |command_line| SuspiciousProcess {
            command_line,
            ..SuspiciousProcess::default()
        };
        Alert {
            uuid: self.uuid,
            kind: self.kind.unwrap_or(usual.kind),
            event_name: self.event_name.unwrap_or(usual.event_name),
            title: self.title.unwrap_or(usual.title),
            level: self.level,
            raised_at: now,
            source_ip: self.source_ip,
            file: self.file.map(file),
            process: self.command_line.map(process),
            ..Alert::default()
        }
    }
}

pub async fn raise_alert(State(shared): State<Shared>, Form(fields): Fields) -> Response {
    apply(&shared, "/#accounts", fields, |state, alert: NewAlert| {
        let now = state.clock.now();
        let centre = centre(state, &alert.account, &alert.centre)?;
        if !centre.assets.contains_key(&alert.uuid) {
            return Err(format!("there is no server {}", alert.uuid));
        }
        let id = next_id(1, centre.alerts.keys());
        centre.alerts.insert(id, alert.raised(now));
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

/// Forms know only texts: empty ones are left out, and numbers and truth values become such.
fn typed(fields: BTreeMap<String, String>) -> Value {
    const NOT_TEXTS: [&str; 11] = [
        "bytes",
        "count",
        "dryRun",
        "freeze",
        "probability",
        "retryAfterMilliseconds",
        "seconds",
        "skip",
        "speed",
        "status",
        "stepSeconds",
    ];
    let value = |(name, text): (String, String)| {
        let text = text.trim();
        let number = || Number::from_f64(text.parse().ok()?).map(Value::Number);
        let value = match text {
            "" => return None,
            _ if NOT_TEXTS.contains(&name.as_str()) => {
                let value = serde_json::from_str(text).ok().or_else(number);
                value.unwrap_or_else(|| text.into())
            }
            _ => text.into(),
        };
        Some((name, value))
    };
    Value::Object(fields.into_iter().filter_map(value).collect())
}

fn centre<'a>(state: &'a mut state::State, account: &str, name: &str) -> Result<&'a mut DataCentre, Problem> {
    let account = state.world.accounts.get_mut(account);
    let centre = account.and_then(|account| account.data_centres.get_mut(name));
    let centre = centre.map(|centre| &mut **centre);
    centre.ok_or_else(|| format!("there is no data centre {name} in this account"))
}
