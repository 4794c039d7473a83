//! `/metrics` for Prometheus, on a listener of its own; without one, nothing is measured.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use http::Method;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use ringfence_app::App;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::Config;

const REQUESTS: &str = "ringfence_http_requests_total";
const SECONDS: &str = "ringfence_http_request_seconds";
const COMPARISONS: &str = "ringfence_password_comparisons_total";
const LOGINS: &str = "ringfence_logins_total";
const REFUSED: &str = "ringfence_logins_refused_total";
const SLEEPING: &str = "ringfence_login_sleepers";
const QUEUED: &str = "ringfence_hash_queue";

/// Serves the measurements if a listener is configured.
pub(super) async fn listen(app: &Arc<App>, config: &Config) -> Result<Option<JoinHandle<()>>, Box<dyn Error + Send + Sync>> {
    let Some(address) = config.metrics_listen else { return Ok(None) };
    let buckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0];
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &buckets)?.install_recorder()?;
    let listener = TcpListener::bind(address).await.map_err(|e| format!("metrics_listen {address}: {e}"))?;
    let app = Arc::clone(app);
    let router = Router::new().route(
        "/metrics",
        get(move || async move {
            let counters = app.login_counters();
            metrics::counter!(COMPARISONS).absolute(counters.comparisons);
            metrics::counter!(LOGINS).absolute(counters.entered);
            for (reason, count) in counters.refused {
                metrics::counter!(REFUSED, "reason" => reason).absolute(count);
            }
            metrics::gauge!(SLEEPING).set(small(counters.sleeping));
            metrics::gauge!(QUEUED).set(small(app.hash_queue()));
            recorder.render()
        }),
    );
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the metrics listener ended");
        }
    })))
}

fn small(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

/// The method as a label: a client may make up as many as it likes, and every label stays in memory.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Counts and times requests by route template.
pub(super) async fn layer(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let method = method(request.method());
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!(SECONDS, "route" => route).record(began.elapsed().as_secs_f64());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_methods_share_one_label() {
        assert_eq!(method(&Method::PATCH), "PATCH");
        for made_up in ["M1", "M2", "get"] {
            assert_eq!(method(&made_up.parse().unwrap()), "other");
        }
    }
}
