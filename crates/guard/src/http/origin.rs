//! Requests that other sites make a browser send. Every unsafe method must come from our own pages, or it is refused: by
//! `Sec-Fetch-Site` where the browser sends it (all current ones do over https), else by `Origin`, else not at all.
//!
//! `Sec-Fetch-Site` cannot be set by a page, so where it stands it decides alone; `Origin` beside it may well be `null`, for example
//! from a page with `Referrer-Policy: no-referrer`. `none` means typed or bookmarked, which no unsafe request is.
//!
//! This stands beside the CSRF token of the form, not instead of it. API keys are no cookies and need neither.

use http::{HeaderMap, Method};
use std::fmt;

/// The request did not come from one of our pages. To be answered with 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossSite;

impl fmt::Display for CrossSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this request did not come from a page of Ringfence; open the page again and repeat it there")
    }
}

impl std::error::Error for CrossSite {}

/// The decision. `own` is our origin as browsers write it: `https://ipam.example.org`, the port only if it is not the scheme's own.
pub fn decide(method: &Method, fetch_site: Option<&[u8]>, origin: Option<&[u8]>, own: &str) -> Result<(), CrossSite> {
    let ours = match (fetch_site, origin) {
        _ if method.is_safe() => true,
        (Some(site), _) => site == b"same-origin",
        (None, Some(origin)) => !own.is_empty() && origin.eq_ignore_ascii_case(own.as_bytes()),
        (None, None) => false,
    };
    if ours { Ok(()) } else { Err(CrossSite) }
}

/// The decision for a request. A header that stands there twice counts as foreign.
pub fn check(method: &Method, headers: &HeaderMap, own: &str) -> Result<(), CrossSite> {
    decide(method, single(headers, "sec-fetch-site")?, single(headers, "origin")?, own)
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, CrossSite> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(CrossSite),
        (value, None) => Ok(value.map(http::HeaderValue::as_bytes)),
    }
}

/// Our origin from a public URL or from scheme and host: lower case, without path and without the scheme's own port.
#[must_use]
pub fn own(https: bool, host: &str) -> String {
    let (scheme, port) = if https { ("https", ":443") } else { ("http", ":80") };
    format!("{scheme}://{}", host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://ipam.example.org:8443";

    #[test]
    fn the_whole_table() {
        let sites = [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none"), Some("nonsense"), Some("")];
        let origins = [None, Some(OWN), Some("null"), Some("https://evil.example"), Some("https://ipam.example.org"), Some("")];
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::CONNECT] {
            for site in sites {
                for origin in origins {
                    let expected = match site {
                        Some(site) => site == "same-origin",
                        None => origin == Some(OWN),
                    };
                    let got = decide(&method, site.map(str::as_bytes), origin.map(str::as_bytes), OWN);
                    assert_eq!(got.is_ok(), expected, "{method} {site:?} {origin:?}");
                }
            }
        }
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert_eq!(decide(&method, Some(b"cross-site"), Some(b"https://evil.example"), OWN), Ok(()));
        }
    }

    #[test]
    fn an_empty_own_origin_matches_nothing() {
        assert_eq!(decide(&Method::POST, None, Some(b""), ""), Err(CrossSite));
    }

    #[test]
    fn doubled_headers_are_foreign() {
        let mut headers = HeaderMap::new();
        headers.append("sec-fetch-site", "same-origin".parse().unwrap());
        assert_eq!(check(&Method::POST, &headers, OWN), Ok(()));
        headers.append("sec-fetch-site", "same-origin".parse().unwrap());
        assert_eq!(check(&Method::POST, &headers, OWN), Err(CrossSite));
    }

    #[test]
    fn own_origin_is_written_as_browsers_write_it() {
        assert_eq!(own(true, "IPAM.example.org:443"), "https://ipam.example.org");
        assert_eq!(own(true, "ipam.example.org:8443"), OWN);
        assert_eq!(own(false, "[::1]:80"), "http://[::1]");
        assert_eq!(own(false, "localhost:443"), "http://localhost:443");
    }
}
