//! The instance metadata service, on the simulator's own port: the role of a server and temporary keys of
//! it, with a token of the service or plainly. Only what credentials need exists.
//!
//! | Request | Answer |
//! |---|---|
//! | `PUT /latest/api/token` | a token, as long as the header asks |
//! | `GET /latest/meta-data/ram/security-credentials/` | the name of the role |
//! | `GET /latest/meta-data/ram/security-credentials/ROLE` | a key of the role |
//! | anything else under `/latest` | 404 |

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, put};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::gateway::http_date;
use crate::state::{self, Shared};
use crate::sts::{RoleName, StsCall, trusts};

const LIFETIME: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
const TOKEN: &str = "x-aliyun-ecs-metadata-token";
/// Life of a server's keys.
const SESSION_SECONDS: i64 = 6 * 3600;

/// Tokens of the service with their ends.
#[derive(Debug, Default)]
pub struct Tokens(BTreeMap<String, Timestamp>);

/// The routes of the service.
pub fn router() -> Router<Shared> {
    let credentials = "/latest/meta-data/ram/security-credentials/";
    Router::new()
        .route("/latest/api/token", put(token))
        .route(credentials, get(role_name))
        .route(&format!("{credentials}{{role}}"), get(key))
        .route("/latest", any(nothing))
        .route("/latest/", any(nothing))
        .route("/latest/{*unknown}", any(nothing))
}

async fn nothing(State(shared): State<Shared>) -> Response {
    plain(
        shared.lock().clock.now(),
        StatusCode::NOT_FOUND,
        "not found\n".to_owned(),
    )
}

async fn token(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let mut state = shared.lock();
    let now = state.clock.now();
    if !state.world.metadata_service.token_mode {
        return plain(now, StatusCode::NOT_FOUND, String::new());
    }
    let seconds = headers
        .get(LIFETIME)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let Some(seconds @ 1..=21_600) = seconds else {
        return plain(now, StatusCode::BAD_REQUEST, String::new());
    };
    let token = state.ids.text(56);
    let end = now
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX);
    state.metadata_tokens.0.retain(|_, end| *end > now);
    state.metadata_tokens.0.insert(token.clone(), end);
    plain(now, StatusCode::OK, token)
}

async fn role_name(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let state = shared.lock();
    let now = state.clock.now();
    match (
        admitted(&state, &headers, now),
        &state.world.metadata_service.role,
    ) {
        (Err(status), _) => plain(now, status, String::new()),
        (Ok(()), Some(role)) => plain(now, StatusCode::OK, role.clone()),
        (Ok(()), None) => plain(now, StatusCode::NOT_FOUND, String::new()),
    }
}

async fn key(State(shared): State<Shared>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut state = shared.lock();
    let now = state.clock.now();
    if let Err(status) = admitted(&state, &headers, now) {
        return plain(now, status, String::new());
    }
    let state::State {
        world, sessions, ids, ..
    } = &mut *state;
    let service = &world.metadata_service;
    if service.role.as_deref() != Some(name.as_str()) {
        return plain(now, StatusCode::NOT_FOUND, String::new());
    }
    let role = RoleName {
        account: service.account.clone(),
        role: name,
    };
    let trusted = role
        .find(world)
        .is_some_and(|role| trusts(role, &["ecs.aliyuncs.com".to_owned()]));
    if !trusted {
        let answer = json!({"Code": "AssumeRoleUnauthorizedAccess", "LastUpdated": now.to_string()});
        return plain(now, StatusCode::OK, answer.to_string());
    }
    let mut call = StsCall {
        parameters: &BTreeMap::new().into(),
        caller: None,
        world,
        sessions,
        ids,
        now,
    };
    match call.issue_for(&role, "instance", SESSION_SECONDS) {
        Ok((key, _)) => {
            let mut answer = json!(key);
            answer["Code"] = json!("Success");
            answer["LastUpdated"] = json!(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            plain(now, StatusCode::OK, answer.to_string())
        }
        Err(refusal) => plain(now, StatusCode::NOT_FOUND, refusal.message),
    }
}

/// Whether the request brings a valid token, or none where that is allowed.
fn admitted(state: &state::State, headers: &HeaderMap, now: Timestamp) -> Result<(), StatusCode> {
    let Some(token) = headers.get(TOKEN) else {
        let plain = state.world.metadata_service.plain_mode;
        return if plain { Ok(()) } else { Err(StatusCode::FORBIDDEN) };
    };
    let end = token
        .to_str()
        .ok()
        .and_then(|token| state.metadata_tokens.0.get(token));
    if end.is_some_and(|end| *end > now) {
        Ok(())
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}

fn plain(now: Timestamp, status: StatusCode, body: String) -> Response {
    (status, [(header::DATE, http_date(now))], body).into_response()
}

#[cfg(test)]
mod tests;
