//! Plain http: page requests are shown the way to https, everything else is refused.

use axum::body::Body;
use axum::response::Response;
use guard::http::header::{self, Kind};
use guard::http::host::Hosts;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderMap, Method, Request, StatusCode};
use ringfence_guard as guard;

/// Whether the browser reaches the proxy by https, if the proxy says: every hop that it names must.
pub(super) fn scheme_at_proxy(headers: &HeaderMap) -> Option<bool> {
    let hops = |value: &HeaderValue| value.as_bytes().split(|b| *b == b',').all(|hop| hop.trim_ascii().eq_ignore_ascii_case(b"https"));
    let mut values = headers.get_all("x-forwarded-proto").iter().peekable();
    values.peek()?;
    Some(values.all(hops))
}

/// The answer to a plain request. A name that is not ours is shown no way: where it would lead is not ours either.
pub(super) fn answer<B>(request: &Request<B>, hosts: &Hosts) -> Response {
    let ours = guard::http::host::requested(request.uri(), request.headers()).is_some_and(|host| hosts.allows(host));
    let (status, location, text) = match target(request) {
        _ if !ours => (StatusCode::MISDIRECTED_REQUEST, None, "this name is not one Ringfence answers to\n"),
        Some(target) => (StatusCode::PERMANENT_REDIRECT, Some(target), "use https\n"),
        None => (StatusCode::FORBIDDEN, None, "this service is served over https only\n"),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    header::apply(headers, false, Kind::of(request.uri().path()), None);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Some(location) = location {
        headers.insert(LOCATION, location);
    }
    response
}

/// Where a page request should go: the same host and path, which the https side checks again.
fn target<B>(request: &Request<B>) -> Option<HeaderValue> {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) || path == "/api" || path.starts_with("/api/") {
        return None;
    }
    let host = guard::http::host::requested(request.uri(), request.headers())?;
    let fits = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    let rest = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    if !fits || !rest.starts_with('/') {
        return None;
    }
    HeaderValue::from_str(&format!("https://{host}{rest}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: &str, uri: &str, host: &str) -> (u16, Option<String>) {
        let request = Request::builder().method(method).uri(uri).header("host", host).body(()).unwrap();
        let response = answer(&request, &Hosts::new(["ipam"], false));
        let location = response.headers().get(LOCATION).map(|v| v.to_str().unwrap().to_owned());
        assert!(
            response.headers().contains_key("content-security-policy") && !response.headers().contains_key("strict-transport-security")
        );
        (response.status().as_u16(), location)
    }

    #[test]
    fn pages_are_redirected_and_the_rest_is_refused() {
        assert_eq!(ask("GET", "/subnets?q=1", "ipam:8443"), (308, Some("https://ipam:8443/subnets?q=1".into())));
        assert_eq!(ask("POST", "/login", "ipam"), (403, None));
        assert_eq!(ask("GET", "/api/v1/subnets", "ipam"), (403, None));
        assert_eq!(ask("GET", "/", "evil/x"), (421, None));
        assert_eq!(ask("GET", "/login", "evil.example"), (421, None));
    }

    #[test]
    fn the_proxy_says_how_the_browser_came() {
        let said = |lines: &[&str]| {
            let headers = lines.iter().map(|line| (http::HeaderName::from_static("x-forwarded-proto"), line.parse().unwrap()));
            scheme_at_proxy(&headers.collect())
        };
        assert_eq!(said(&[]), None);
        for https in [&["https"][..], &["HTTPS"], &["https, https"], &["https", "https"]] {
            assert_eq!(said(https), Some(true), "{https:?}");
        }
        for http in [&["http"][..], &["https, http"], &["https", "http"], &[""], &["httpsx"]] {
            assert_eq!(said(http), Some(false), "{http:?}");
        }
    }
}
