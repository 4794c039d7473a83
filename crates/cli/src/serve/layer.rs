//! The router of the whole table, and the outer layers in their order.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use guard::client::TrustedProxies;
use guard::entropy::Entropy;
use guard::http::header::Policy;
use guard::http::host::Hosts;
use guard::http::{client, header, host, request_id};
use http::StatusCode;
use ringfence_app::App;
use ringfence_guard as guard;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

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
pub(super) fn hosts(config: &Config) -> Arc<Hosts> {
    let mut names = own_names(config);
    names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
    let literals = config.public_url.is_none() && matches!(config.listen.ip(), IpAddr::V4(ip) if ip.is_unspecified())
        || matches!(config.listen.ip(), IpAddr::V6(ip) if ip.is_unspecified() && config.public_url.is_none());
    Arc::new(Hosts::new(names.iter().map(String::as_str), literals))
}

/// The router with every layer.
pub(super) fn router(app: &Arc<App>, config: &Config, metrics: bool) -> Result<Router, Box<dyn Error + Send + Sync>> {
    let pages = ringfence_web::router(app, &ringfence_web::routes())?.method_not_allowed_fallback(wrong_method).with_state(Arc::clone(app));
    let lost = any(unknown).with_state(Arc::clone(app));
    let mut router = pages.merge(ringfence_api::router(Arc::clone(app))?).fallback_service(lost);
    if metrics {
        router = router.layer(from_fn(super::metric::layer));
    }
    let trusted = Arc::new(TrustedProxies::new(config.proxies.clone()));
    let entropy: Arc<dyn Entropy> = Arc::clone(app.entropy());
    Ok(router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST))
        .layer(from_fn(trace))
        .layer(from_fn(target))
        .layer(from_fn_with_state(trusted, client::layer))
        .layer(from_fn_with_state(hosts(config), host::layer))
        .layer(from_fn_with_state(entropy, request_id::layer))
        .layer(from_fn_with_state(Policy { https: true }, header::layer)))
}

/// The longest path with its query, in bytes: filters and cursors are far shorter, and no engine is asked to match a book.
const LONGEST_TARGET: usize = 8 * 1024;

/// Refuses a target that no page and no client of ours makes: too long, or with a NUL in it, which no engine takes as text.
async fn target(request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    if target.len() > LONGEST_TARGET {
        return (StatusCode::URI_TOO_LONG, "the path with its query is longer than 8 KiB: shorten the filter\n").into_response();
    }
    if target.contains("%00") {
        let text = "the path or its query holds a NUL character (%00): leave it out";
        return if is_api(request.uri().path()) {
            ringfence_api::malformed(&request, text)
        } else {
            (StatusCode::BAD_REQUEST, format!("{text}\n")).into_response()
        };
    }
    next.run(request).await
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
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return next.run(request).await;
    }
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let id = request.extensions().get::<request_id::RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let response = next.run(request).await;
    tracing::debug!(%method, route, id, status = response.status().as_u16(), "request");
    response
}

/// A handler's panic ends its own request and nothing else. What it says may hold data: the hook has logged its place.
fn panicked(_said: Box<dyn std::any::Any + Send + 'static>) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong inside; the log has the details under this request's id\n").into_response()
}
