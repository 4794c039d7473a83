//! Security headers on every answer, errors included: this layer stands outside all others and overwrites what a handler may have set,
//! with one exception. An answer under `/assets/` keeps its own `Cache-Control`, because fingerprinted files may be kept for ever.
//!
//! No page needs inline script or style, so the policy allows none.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The content security policy of every answer.
pub const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; media-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Every browser feature that asks for permission is off, except passkeys on our own pages.
pub const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), \
    browsing-topics=(), camera=(), compute-pressure=(), display-capture=(), encrypted-media=(), fullscreen=(), \
    gamepad=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), local-fonts=(), \
    magnetometer=(), microphone=(), midi=(), otp-credentials=(), payment=(), picture-in-picture=(), \
    publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), storage-access=(), \
    usb=(), window-management=(), xr-spatial-tracking=()";

const HSTS: &str = "max-age=63072000; includeSubDomains";

/// Sorts of answer that differ in their headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page or API answer: never stored.
    Dynamic,
    /// A page whose address holds a one-time code: never stored, and its address goes nowhere.
    Token,
    /// An embedded asset, which says itself how long it may be kept.
    Asset,
}

impl Kind {
    /// By the request's path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        if path.starts_with("/assets/") {
            Self::Asset
        } else if path == "/setup" || path.starts_with("/setup/") {
            Self::Token
        } else {
            Self::Dynamic
        }
    }
}

/// What the layer is told.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Whether the browser reaches us by https, here or at a proxy before us.
    pub https: bool,
}

/// Sets the security headers of one answer.
pub fn apply(headers: &mut HeaderMap, https: bool, kind: Kind) {
    const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
    const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(OPENER, SAME_ORIGIN);
    headers.insert(RESOURCE, SAME_ORIGIN);
    headers.insert(PERMISSIONS, HeaderValue::from_static(PERMISSIONS_POLICY));
    let referrer = if kind == Kind::Token { "no-referrer" } else { "strict-origin-when-cross-origin" };
    headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    } else {
        headers.remove(STRICT_TRANSPORT_SECURITY);
    }
    if kind != Kind::Asset || !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The layer, for `axum::middleware::from_fn_with_state(Policy { .. }, header::layer)`; to be the outermost.
pub async fn layer(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let kind = Kind::of(request.uri().path());
    let mut response = next.run(request).await;
    apply(response.headers_mut(), policy.https, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    async fn answer(https: bool, path: &str) -> (StatusCode, HeaderMap) {
        let router = Router::new()
            .route("/", get(|| async { [("cache-control", "public"), ("x-frame-options", "ALLOWALL")] }))
            .route("/boom", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .route("/setup/{code}", get(|| async {}))
            .route("/assets/kept.js", get(|| async { [("cache-control", "public, max-age=31536000, immutable")] }))
            .layer(from_fn_with_state(Policy { https }, layer));
        let response = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        (response.status(), response.headers().clone())
    }

    #[tokio::test]
    async fn every_answer_carries_them() {
        for (path, status) in [("/", 200), ("/boom", 500), ("/nowhere", 404), ("/setup/abc", 200), ("/assets/none.js", 404)] {
            let (got, headers) = answer(true, path).await;
            assert_eq!(got.as_u16(), status);
            for (name, value) in [
                ("content-security-policy", CSP),
                ("x-frame-options", "DENY"),
                ("x-content-type-options", "nosniff"),
                ("strict-transport-security", "max-age=63072000; includeSubDomains"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("permissions-policy", PERMISSIONS_POLICY),
                ("cache-control", "no-store"),
            ] {
                let all: Vec<_> = headers.get_all(name).iter().collect();
                assert_eq!(all, [value], "{name} on {path}");
            }
        }
    }

    #[tokio::test]
    async fn what_differs() {
        let referrer = |headers: &HeaderMap| headers[REFERRER_POLICY].to_str().unwrap().to_owned();
        assert_eq!(referrer(&answer(true, "/").await.1), "strict-origin-when-cross-origin");
        assert_eq!(referrer(&answer(true, "/setup/abc").await.1), "no-referrer");
        assert!(!answer(false, "/").await.1.contains_key(STRICT_TRANSPORT_SECURITY));
        assert_eq!(answer(true, "/assets/kept.js").await.1[CACHE_CONTROL], "public, max-age=31536000, immutable");
    }

    #[test]
    fn the_policy_allows_nothing_inline_and_nothing_foreign() {
        for word in ["unsafe", "http:", "https:", "*", "  "] {
            assert!(!CSP.contains(word), "{word:?}");
        }
        assert!(!PERMISSIONS_POLICY.contains("  ") && !PERMISSIONS_POLICY.contains('*'));
        assert_eq!(CSP.split("; ").count(), 11);
    }
}
