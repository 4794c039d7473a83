//! The door for machines: REST, version 1, under `/api/v1`, and the two probes `/healthz` and `/readyz`.
//!
//! ```text
//! table ─ one line per route ─▶ door ─ key, right, query, body ─▶ v1::noun ─ run / ask ─▶ answer | failure ─▶ problem+json
//!    └────────────────────────▶ openapi
//! ```
//!
//! [`ROUTES`] is the whole of it. A line of that table gives a route its right and what it takes; only the door makes the `Call` that a
//! handler needs, after it has asked for that right, so no handler can be reached without. Field lists say what a query or a body may hold:
//! the same list feeds the reader and the description at `/api/v1/openapi.json`.
//!
//! To add a route: a handler and its `Spec` in `v1/<noun>.rs`, one line in `table.rs`.

mod answer;
mod door;
mod failure;
mod field;
mod input;
mod openapi;
mod probe;
mod table;
mod v1;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use guard::http::route::{self, RouteError};
use ringfence_app::{App, Problem};
use ringfence_guard as guard;

use failure::Failure;
pub use table::ROUTES;

/// The table as a router, with [`not_found`] and [`method_not_allowed`] in the places of axum's own empty answers.
///
/// It expects the layers of [`guard::http`] around it: the request id and the client's address.
pub fn router(app: Arc<App>) -> Result<Router, RouteError> {
    Ok(route::router(ROUTES)?.method_not_allowed_fallback(method_not_allowed).fallback(not_found).with_state(app))
}

/// The answer to a path under `/api` that no route has: for the composition root's fallback.
pub async fn not_found(request: Request) -> Response {
    Failure::NoRoute.answer(&request)
}

/// The answer to a request that the server refuses to read; `text` says why.
#[must_use]
pub fn malformed(request: &Request, text: &str) -> Response {
    Failure::Malformed(vec![Problem::new(String::new(), text)]).answer(request)
}

/// The answer to a method that a path does not have; axum adds `Allow`.
pub async fn method_not_allowed(request: Request) -> Response {
    Failure::NoMethod.answer(&request)
}
