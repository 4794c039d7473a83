//! What every request passes before anything else looks at it, and every answer on its way out.
//!
//! ```text
//! request ─▶ its id ─▶ the name it asked for ─▶ the client's address ─▶ the router ─▶ security headers, id ─▶ answer
//!                          │ 421                     │ 400                                   ▲
//!                          └─────────────────────────┴───────────────────────────────────────┘
//! ```
//!
//! One function instead of a stack of middleware: each layer of a stack is an allocation and a copy of the request, paid by every answer.

use super::client::{self, ByProxy, Client, NoClient};
use super::header::{self, Kind, MoreSources};
use super::host::{self, Hosts};
use super::request_id::{self, RequestId};
use crate::client::TrustedProxies;
use crate::entropy::Entropy;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The gate.
pub struct Gate {
    trusted: TrustedProxies,
    hosts: Arc<Hosts>,
    entropy: Arc<dyn Entropy>,
    https: bool,
    warned: AtomicBool,
}

impl Gate {
    /// A gate that believes the proxies `trusted`, answers to `hosts`, and draws ids from `entropy`; `https` says whether the browser reaches us
    /// that way, here or at a proxy before us.
    #[must_use]
    pub const fn new(trusted: TrustedProxies, hosts: Arc<Hosts>, entropy: Arc<dyn Entropy>, https: bool) -> Self {
        Self { trusted, hosts, entropy, https, warned: AtomicBool::new(false) }
    }

    /// The names that are ours.
    #[must_use]
    pub const fn hosts(&self) -> &Arc<Hosts> {
        &self.hosts
    }

    /// Lets a request in to `inside`, with [`RequestId`] and [`Client`] in its extensions, or refuses it. Every answer leaves with the security
    /// headers and the id.
    pub async fn pass<F: Future<Output = Response>>(&self, mut request: Request, inside: impl FnOnce(Request) -> F) -> Response {
        let kind = Kind::of(request.uri().path());
        let id = request_id::mint(self.entropy.as_ref());
        let name = HeaderValue::from_str(&id).ok();
        request.headers_mut().remove(request_id::HEADER);
        request.extensions_mut().insert(RequestId(id));
        let mut response = match self.admit(&mut request) {
            Ok(()) => inside(request).await,
            Err(refusal) => refusal.into_response(),
        };
        let more = response.extensions().get::<MoreSources>().cloned();
        let headers = response.headers_mut();
        if let Some(name) = name {
            headers.insert(request_id::HEADER, name);
        }
        header::apply(headers, self.https, kind, more);
        response
    }

    fn admit(&self, request: &mut Request) -> Result<(), (StatusCode, String)> {
        host::check(request.uri(), request.headers(), &self.hosts).map_err(|e| (StatusCode::MISDIRECTED_REQUEST, format!("{e}\n")))?;
        let address = client::address(request.extensions(), request.headers(), &self.trusted).map_err(|error| {
            tracing::warn!(%error, "no client address");
            let status = match error {
                NoClient::Forwarded(_) => StatusCode::BAD_REQUEST,
                NoClient::Unwired => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, format!("{error}\n"))
        })?;
        if self.trusted.contains(address)
            && !request.headers().contains_key(client::FORWARDED)
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            // All its clients look like one: one of them could use up everybody's login attempts.
            tracing::warn!(proxy = %address, "a trusted proxy sends no X-Forwarded-For: see the operator's guide for its configuration");
        }
        if client::came_by_proxy(request.extensions(), &self.trusted) {
            request.extensions_mut().insert(ByProxy);
        }
        request.extensions_mut().insert(Client(address));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seeded;
    use axum::body::{Body, to_bytes};
    use axum::extract::ConnectInfo;
    use http::HeaderMap;
    use http::header::{CACHE_CONTROL, HOST, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_FRAME_OPTIONS};
    use std::net::SocketAddr;

    fn gate(https: bool) -> Gate {
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        Gate::new(trusted, Arc::new(Hosts::new(["localhost"], false)), Arc::new(Seeded::new(1)), https)
    }

    fn request(path: &str, host: &'static str, peer: Option<&str>, forwarded: &[&[u8]]) -> Request {
        let mut request = Request::get(path).header(HOST, host).header(request_id::HEADER, "forged").body(Body::empty()).unwrap();
        for line in forwarded {
            request.headers_mut().append("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
        }
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4_711)));
        }
        request
    }

    async fn text(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 1_000).await.unwrap().to_vec()).unwrap()
    }

    /// What the router behind the gate sees as the client.
    async fn ask(peer: Option<&str>, forwarded: &[&[u8]]) -> (StatusCode, String) {
        let inside = |request: Request| async move { request.extensions().get::<Client>().unwrap().0.to_string().into_response() };
        let response = gate(true).pass(request("/", "localhost", peer, forwarded), inside).await;
        (response.status(), text(response).await)
    }

    #[tokio::test]
    async fn the_address_reaches_the_router() {
        assert_eq!(ask(Some("203.0.113.9"), &[b"1.1.1.1"]).await.1, "203.0.113.9");
        assert_eq!(ask(Some("10.0.0.1"), &[b"1.1.1.1", b"203.0.113.9, 10.0.0.2"]).await.1, "203.0.113.9");
        assert_eq!(ask(Some("::ffff:10.0.0.1"), &[b"\xff", b"203.0.113.9"]).await.1, "203.0.113.9");
    }

    #[tokio::test]
    async fn no_address_is_guessed() {
        assert_eq!(ask(Some("10.0.0.1"), &[b"\xff\xfe"]).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(ask(Some("10.0.0.1"), &[b"203.0.113.9, oops"]).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(ask(None, &[b"203.0.113.9"]).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn a_foreign_name_gets_421_and_the_key_to_set() {
        let inside = |_: Request| async { "in".into_response() };
        let ask = |host| async move { gate(true).pass(request("/", host, Some("203.0.113.9"), &[]), inside).await };
        assert_eq!(ask("localhost:8443").await.status(), StatusCode::OK);
        let refused = ask("evil.example").await;
        assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST);
        assert!(refused.headers().contains_key(X_FRAME_OPTIONS) && refused.headers().contains_key(request_id::HEADER));
        let said = text(refused).await;
        assert!(said.contains("public_url") && !said.contains("evil"), "{said}");
    }

    #[tokio::test]
    async fn ids_are_ours_and_differ() {
        let gate = gate(true);
        let mut seen = Vec::new();
        for _ in 0..2 {
            let inside = |request: Request| async move {
                assert!(!request.headers().contains_key(request_id::HEADER));
                request.extensions().get::<RequestId>().unwrap().0.clone().into_response()
            };
            let response = gate.pass(request("/", "localhost", Some("203.0.113.9"), &[]), inside).await;
            let header = response.headers()[request_id::HEADER].to_str().unwrap().to_owned();
            assert_eq!(text(response).await, header);
            assert!(header.len() == 16 && header.bytes().all(|byte| byte.is_ascii_hexdigit()), "{header}");
            seen.push(header);
        }
        assert_ne!(seen[0], seen[1]);
    }

    async fn headers(https: bool, path: &str, answer: fn() -> Response) -> HeaderMap {
        let inside = |_: Request| async move { answer() };
        gate(https).pass(request(path, "localhost", Some("203.0.113.9"), &[]), inside).await.headers().clone()
    }

    type Answer = (&'static str, fn() -> Response);

    #[tokio::test]
    async fn every_answer_carries_the_headers() {
        let loose = || [("cache-control", "public"), ("x-frame-options", "ALLOWALL")].into_response();
        let answers: [Answer; 4] = [
            ("/", loose),
            ("/boom", || StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            ("/setup/abc", || ().into_response()),
            ("/assets/none.js", || StatusCode::NOT_FOUND.into_response()),
        ];
        for (path, answer) in answers {
            let headers = headers(true, path, answer).await;
            for (name, value) in [
                ("content-security-policy", header::CSP),
                ("x-frame-options", "DENY"),
                ("x-content-type-options", "nosniff"),
                ("strict-transport-security", "max-age=63072000; includeSubDomains"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("permissions-policy", header::PERMISSIONS_POLICY),
                ("cache-control", "no-store"),
            ] {
                let all: Vec<_> = headers.get_all(name).iter().collect();
                assert_eq!(all, [value], "{name} on {path}");
            }
        }
    }

    #[tokio::test]
    async fn what_differs_between_answers() {
        let bare = || ().into_response();
        let referrer = |headers: &HeaderMap| headers[REFERRER_POLICY].to_str().unwrap().to_owned();
        assert_eq!(referrer(&headers(true, "/", bare).await), "strict-origin-when-cross-origin");
        assert_eq!(referrer(&headers(true, "/setup/abc", bare).await), "no-referrer");
        assert!(!headers(false, "/", bare).await.contains_key(STRICT_TRANSPORT_SECURITY));
        let kept = || [("cache-control", "public, max-age=31536000, immutable")].into_response();
        assert_eq!(headers(true, "/assets/kept.js", kept).await[CACHE_CONTROL], "public, max-age=31536000, immutable");
    }
}
