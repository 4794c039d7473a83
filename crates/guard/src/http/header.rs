//! Security headers on every answer, errors included: they overwrite what a handler may have set, with one exception. An answer under `/assets/` keeps its own `Cache-Control`, because fingerprinted files may be kept for ever.
//!
//! No page needs inline script or style, so the policy allows none.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_nothing_inline_and_nothing_foreign() {
        for word in ["unsafe", "http:", "https:", "*", "  "] {
            assert!(!CSP.contains(word), "{word:?}");
        }
        assert!(!PERMISSIONS_POLICY.contains("  ") && !PERMISSIONS_POLICY.contains('*'));
        assert_eq!(CSP.split("; ").count(), 11);
    }
}
