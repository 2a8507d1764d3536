//! The page at `/`: what a person wants to see of the simulated cloud, and the few things one wants
//! to do to it. Plain HTML made on the server, forms that post to `/_sim/ui/` and lead back; no
//! script, nothing from elsewhere. What the world holds may come from attackers, so all of it is
//! escaped by the template language, and characters that nobody sees are spelled out.

mod act;
mod alerts;
mod clock;
mod codes;
mod faults;
mod layout;
mod requests;
mod servers;
mod tasks;

use axum::Router;
use axum::extract::Query;
use axum::http::{Method, StatusCode, Uri, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use maud::html;
use serde::Deserialize;

use crate::gateway;
use crate::state::{self, Shared};

/// Whether a request is for the page: a visit to `/` with nothing in it that a request to the cloud
/// would have.
pub fn is_asked_for(parts: &Parts) -> bool {
    let mut headers = parts.headers.keys().map(header::HeaderName::as_str);
    let query = parts.uri.query().unwrap_or_default();
    let mut parameters = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default());
    matches!(parts.method, Method::GET | Method::HEAD)
        && parts.uri.path() == "/"
        && !headers.any(|name| name == "authorization" || name.starts_with("x-acs-"))
        && !parameters.any(|name| gateway::PUBLIC.contains(&name))
}

/// What the page is asked to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Only servers whose name, id, address or uuid contains this.
    find: String,
}

/// Answers a visit. A query that says something else than what can be wished for is ignored.
pub fn show(shared: &Shared, uri: &Uri) -> Response {
    let wish = Query::try_from_uri(uri).map_or_else(|_| Wish::default(), |Query(wish)| wish);
    render(&shared.lock(), &wish, None)
}

/// The targets of the page's forms.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/_sim/ui/server", post(act::change_server))
        .route("/_sim/ui/alert", post(act::raise_alert))
        .route("/_sim/ui/fault", post(act::add_fault))
        .route("/_sim/ui/fault/remove", post(act::remove_fault))
        .route("/_sim/ui/clock", post(act::change_clock))
}

fn render(state: &state::State, wish: &Wish, problem: Option<&str>) -> Response {
    let now = state.clock.now();
    let markup = layout::page(&html! {
        @if let Some(problem) = problem {
            p.problem role="alert" { (problem) }
        }
        (clock::section(&state.clock))
        (faults::section(state))
        (requests::section(&state.log))
        span id="accounts" {}
        @for (account_id, account) in &state.world.accounts {
            h2 { "Account " (account_id) }
            (codes::keys(account, now))
            @for (name, centre) in &account.data_centres {
                @let place = Place { account: account_id, centre: name };
                section.centre {
                    h3 { "Data centre " (name) }
                    (servers::section(place, centre, wish, now))
                    (tasks::section(centre, now))
                    (alerts::section(place, centre, now))
                    (codes::section(centre, now))
                }
            }
        }
    });
    let status = if problem.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let text = layout::without_controls(&markup.into_string());
    (status, layout::HEADERS, text).into_response()
}

/// One data centre of one account, as the page's forms name it.
#[derive(Clone, Copy)]
struct Place<'a> {
    account: &'a str,
    centre: &'a str,
}

impl Place<'_> {
    /// The hidden fields of a form about this data centre.
    fn fields(self) -> maud::Markup {
        html! {
            input type="hidden" name="account" value=(self.account);
            input type="hidden" name="centre" value=(self.centre);
        }
    }
}
