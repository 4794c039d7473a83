//! The router of the whole table, and what stands before it: the gate, the bounds of a request's target and time, and what becomes of a panic.

use std::error::Error;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::FutureExt as _;
use guard::client::TrustedProxies;
use guard::http::gate::Gate;
use guard::http::host::Hosts;
use guard::http::request_id;
use http::StatusCode;
use ringfence_app::App;
use ringfence_guard as guard;
use tower::ServiceExt as _;

use crate::config::Config;

/// The longest a request may take; a long import runs on after its answer.
const LONGEST: Duration = Duration::from_mins(2);

/// Names by which this machine may be asked for.
pub(super) fn own_names(config: &Config) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    match &config.public_url {
        Some(url) => names.push(host_of(url)),
        None => {
            if !config.listen.ip().is_unspecified() {
                names.push(config.listen.ip().to_string());
            }
            if let Ok(name) = std::fs::read_to_string("/etc/hostname") {
                names.push(name.trim().to_owned());
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The host of a public URL, without scheme and port.
fn host_of(url: &str) -> String {
    let authority = url.trim_start_matches("https://");
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default().to_owned(),
        None => authority.split(':').next().unwrap_or_default().to_owned(),
    }
}

/// The names that are ours.
fn hosts(config: &Config) -> Arc<Hosts> {
    let mut names = own_names(config);
    names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    let literals = config.public_url.is_none() && matches!(config.listen.ip(), IpAddr::V4(ip) if ip.is_unspecified())
        || matches!(config.listen.ip(), IpAddr::V6(ip) if ip.is_unspecified() && config.public_url.is_none());
    Arc::new(Hosts::new(names.iter().map(String::as_str), literals))
}

/// The router with what stands before it.
pub(super) fn front(app: &Arc<App>, config: &Config, metrics: bool) -> Result<Front, Box<dyn Error + Send + Sync>> {
    let pages = ringfence_web::router(app, &ringfence_web::routes())?.method_not_allowed_fallback(wrong_method).with_state(Arc::clone(app));
    let lost = any(unknown).with_state(Arc::clone(app));
    let mut router = pages.merge(ringfence_api::router(Arc::clone(app))?).fallback_service(lost);
    if metrics {
        router = router.layer(from_fn(super::metric::layer));
    }
    if tracing::enabled!(tracing::Level::DEBUG) {
        router = router.layer(from_fn(trace));
    }
    let gate = Gate::new(TrustedProxies::new(config.proxies.clone()), hosts(config), Arc::clone(app.entropy()), true);
    Ok(Front { gate, router })
}

/// Everything between a connection and the handlers.
pub(super) struct Front {
    gate: Gate,
    router: Router,
}

impl Front {
    /// The names that are ours.
    pub(super) const fn hosts(&self) -> &Arc<Hosts> {
        self.gate.hosts()
    }

    /// Answers a request, whatever happens inside.
    pub(super) async fn answer(&self, request: Request) -> Response {
        self.gate.pass(request, |request| self.inside(request)).await
    }

    async fn inside(&self, request: Request) -> Response {
        if let Some(refusal) = unreadable(&request) {
            return refusal;
        }
        let answer = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind();
        match tokio::time::timeout(LONGEST, answer).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Err(_said)) => panicked(),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "this took longer than two minutes and was given up\n").into_response(),
        }
    }
}

/// The longest path with its query, in bytes: filters and cursors are far shorter, and no engine is asked to match a book.
const LONGEST_TARGET: usize = 8 * 1024;

/// Refuses a target that no page and no client of ours makes: too long, or with a NUL in it, which no engine takes as text.
fn unreadable(request: &Request) -> Option<Response> {
    let target = request.uri().path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    if target.len() > LONGEST_TARGET {
        return Some((StatusCode::URI_TOO_LONG, "the path with its query is longer than 8 KiB: shorten the filter\n").into_response());
    }
    if !target.contains("%00") {
        return None;
    }
    let text = "the path or its query holds a NUL character (%00): leave it out";
    Some(if is_api(request.uri().path()) {
        ringfence_api::malformed(request, text)
    } else {
        (StatusCode::BAD_REQUEST, format!("{text}\n")).into_response()
    })
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

async fn unknown(State(app): State<Arc<App>>, request: Request) -> Response {
    if is_api(request.uri().path()) { ringfence_api::not_found(request).await } else { ringfence_web::not_found(&app, &request) }
}

async fn wrong_method(State(app): State<Arc<App>>, request: Request) -> Response {
    ringfence_web::wrong_method(&app, &request)
}

/// One line per request, with the route's template and never its values: one-time codes travel in paths.
async fn trace(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<request_id::RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let response = next.run(request).await;
    tracing::debug!(%method, route, id, status = response.status().as_u16(), "request");
    response
}

/// A handler's panic ends its own request and nothing else. What it says may hold data: the hook has logged its place.
fn panicked() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong inside; the log has the details under this request's id\n").into_response()
}
