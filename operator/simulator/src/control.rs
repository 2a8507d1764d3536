//! The control interface under `/_sim/`, JSON, for tests, people and foreign scripts. It is
//! outside the cloud: no signature, no log record, no fault reaches it.
//!
//! | Path | |
//! |---|---|
//! | `GET /_sim/requests?after=SEQ` | the request log, oldest first |
//! | `GET`, `PUT`, `PATCH /_sim/world` | the whole world; `PATCH` takes a JSON merge patch |
//! | `GET`, `POST`, `DELETE /_sim/faults[/ID]` | fault rules |
//! | `GET`, `POST /_sim/clock` | the simulated time |
//!
//! Errors are `{"error": "..."}` with 400, 404 or 405.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::ClockChange;
use crate::fault::Rule;
use crate::state::Shared;
use crate::world::World;

/// The routes of the control interface.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/_sim/requests", get(requests))
        .route("/_sim/world", get(world).put(put_world).patch(patch_world))
        .route("/_sim/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/_sim/faults/{id}", delete(remove_fault))
        .route("/_sim/clock", get(clock).post(change_clock))
        .route("/_sim/{*unknown}", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn requests(State(shared): State<Shared>, query: Result<Query<After>, QueryRejection>) -> Response {
    match query {
        Ok(Query(query)) => answer(&shared.lock().log.after(query.after)),
        Err(rejection) => refused(&rejection),
    }
}

async fn world(State(shared): State<Shared>) -> Response {
    answer(&shared.lock().world)
}

async fn put_world(State(shared): State<Shared>, body: Bytes) -> Response {
    let mut state = shared.lock();
    state.world = match World::parse_instead_of(&state.world, &String::from_utf8_lossy(&body)) {
        Ok(world) => world,
        Err(error) => return refused(&error),
    };
    state.memory.refill();
    answer(&state.world)
}

async fn patch_world(State(shared): State<Shared>, body: Bytes) -> Response {
    let patch: Value = match serde_json::from_slice(&body) {
        Ok(patch) => patch,
        Err(error) => return refused(&error),
    };
    let mut state = shared.lock();
    match patched(&state.world, &patch) {
        Ok(world) => {
            state.world = world;
            answer(&state.world)
        }
        Err(error) => refused(&error),
    }
}

/// The world with an RFC 7386 merge patch applied.
pub(crate) fn patched(world: &World, patch: &Value) -> Result<World, crate::world::WorldError> {
    let mut value = serde_json::to_value(world).unwrap_or_default();
    merge(&mut value, patch);
    World::from_value_instead_of(world, value)
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else { return };
    for (name, value) in fields {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

async fn faults(State(shared): State<Shared>) -> Response {
    answer(&json!({"faults": shared.lock().faults.rules()}))
}

async fn add_fault(State(shared): State<Shared>, body: Bytes) -> Response {
    let rule: Rule = match object(&body) {
        Ok(rule) => rule,
        Err(error) => return refused(&error),
    };
    match shared.lock().faults.add(rule) {
        Ok(id) => answer(&json!({"id": id})),
        Err(error) => refused(&error),
    }
}

async fn clear_faults(State(shared): State<Shared>) -> Response {
    let mut state = shared.lock();
    state.faults.clear();
    answer(&json!({"faults": []}))
}

async fn remove_fault(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let mut state = shared.lock();
    if state.faults.remove(&id) {
        answer(&json!({"faults": state.faults.rules()}))
    } else {
        error(StatusCode::NOT_FOUND, &format!("there is no fault rule {id}"))
    }
}

async fn clock(State(shared): State<Shared>) -> Response {
    answer(&shared.lock().clock.view())
}

async fn change_clock(State(shared): State<Shared>, body: Bytes) -> Response {
    let change: ClockChange = match object(&body) {
        Ok(change) => change,
        Err(error) => return refused(&error),
    };
    let mut state = shared.lock();
    match state.clock.change(&change) {
        Ok(()) => answer(&state.clock.view()),
        Err(error) => refused(&error),
    }
}

/// A JSON object with these fields. Left to itself, serde takes an array for the fields in their order.
fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let fields: serde_json::Map<String, Value> = serde_json::from_slice(body)?;
    serde_json::from_value(fields.into())
}

async fn wrong_method() -> Response {
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path does not take this method",
    )
}

async fn unknown() -> Response {
    let known = "known are /_sim/requests, /_sim/world, /_sim/faults and /_sim/clock";
    error(StatusCode::NOT_FOUND, known)
}

fn answer(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (HEADERS, body).into_response(),
        Err(problem) => error(StatusCode::INTERNAL_SERVER_ERROR, &problem.to_string()),
    }
}

const HEADERS: [(HeaderName, &str); 2] = [
    (header::CONTENT_TYPE, "application/json"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

fn refused(problem: &dyn std::fmt::Display) -> Response {
    error(StatusCode::BAD_REQUEST, &problem.to_string())
}

fn error(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(json!({"error": text}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_changes_one_field_and_null_removes() {
        let world = World::demo(1, jiff::Timestamp::now());
        let account = crate::world::DEMO_ACCOUNT;
        let uuid = "00000006-5a5a-4000-8000-000000000006";
        let patch = json!({"accounts": {account: {"dataCentres": {"cn-shanghai": {
            "assets": {uuid: {"clientStatus": "online"}}, "payAsYouGo": null}}}}});
        let patched = patched(&world, &patch).unwrap();
        let centre = &patched.accounts[account].data_centres["cn-shanghai"];
        assert_eq!(
            centre.assets[uuid].client_status,
            crate::world::ClientStatus::Online
        );
        assert_eq!(centre.assets[uuid].instance_name, "db-1");
        assert_eq!(centre.assets.len(), 8);
        assert!(centre.pay_as_you_go.is_none());
    }
}
