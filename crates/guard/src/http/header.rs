//! Security headers on every answer, errors included: they overwrite what a handler may have set, with one exception. An answer under `/assets/` keeps its own `Cache-Control`, because fingerprinted files may be kept for ever.
//!
//! No page needs inline script or style, so the policy allows none.

use crate::challenge::provider::Sources;
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
        } else if ["/browser", "/email", "/reset", "/setup"]
            .iter()
            .any(|page| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        {
            Self::Token
        } else {
            Self::Dynamic
        }
    }
}

/// Sources that one page needs besides our own: those of providers, on the login page alone. Put into the extensions of its answer.
#[derive(Clone, Debug)]
pub struct MoreSources(pub Vec<&'static Sources>);

/// The policy with further sources: each list is added to its directive; a directive that is not there yet is appended.
#[must_use]
pub fn extended(sources: &[&Sources]) -> String {
    let mut directives: Vec<Vec<&str>> = CSP.split("; ").map(|directive| directive.split(' ').collect()).collect();
    for (name, list) in sources.iter().flat_map(|sources| sources.directives()).filter(|(_, list)| !list.is_empty()) {
        let place = directives.iter().position(|directive| directive.first() == Some(&name)).unwrap_or(directives.len());
        if place == directives.len() {
            directives.push(vec![name]);
        }
        if let Some(directive) = directives.get_mut(place) {
            let new = list.iter().copied().filter(|source| !directive.contains(source)).collect::<Vec<_>>();
            directive.extend(new);
        }
    }
    directives.iter().map(|directive| directive.join(" ")).collect::<Vec<_>>().join("; ")
}

/// Sets the security headers of one answer.
pub fn apply(headers: &mut HeaderMap, https: bool, kind: Kind, more: Option<MoreSources>) {
    const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
    const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

    let policy = more.and_then(|MoreSources(sources)| HeaderValue::from_str(&extended(&sources)).ok());
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(CSP)));
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

    #[test]
    fn a_provider_adds_its_own_sources_and_nothing_else() {
        let sources = crate::challenge::provider::TURNSTILE.sources;
        let policy = extended(&[sources]);
        assert!(policy.contains("script-src 'self' https://challenges.cloudflare.com;"), "{policy}");
        assert!(policy.contains("; frame-src https://challenges.cloudflare.com"), "{policy}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let both = extended(&[sources, crate::challenge::provider::HCAPTCHA.sources, sources]);
        assert!(
            both.contains("hcaptcha.com") && both.matches("script-src 'self' https://challenges.cloudflare.com ").count() == 1,
            "{both}"
        );
    }
}
