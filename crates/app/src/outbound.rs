//! The only client for requests that leave: https, or http to this machine itself; no redirects, which could carry a secret elsewhere; a deadline; a
//! bound on what is read.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use guard::challenge::provider::{Call, LONGEST_ANSWER};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use ringfence_guard as guard;

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// The client, made when it is first needed: most installations ask nobody.
#[derive(Default)]
pub struct Outbound(OnceLock<Option<reqwest::Client>>);

fn client() -> Option<reqwest::Client> {
    // Said by the composition root already, where there is one.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let built = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).no_proxy().build();
    built.inspect_err(|error| tracing::warn!(%error, "requests to other servers are not possible")).ok()
}

impl Outbound {
    /// Posts and reads the answer's status and body; the error is for the log and holds no secret.
    pub async fn post(&self, call: Call) -> Result<(u16, Vec<u8>), String> {
        let client = self.0.get_or_init(client).as_ref().ok_or_else(|| "requests to other servers are not possible".to_owned())?;
        if !may_leave(&call.url) {
            return Err("only https may be asked, or this machine itself".to_owned());
        }
        let mut request = client.post(&call.url).header(CONTENT_TYPE, call.content_type).body(call.body);
        for (name, value) in call.headers {
            let mut value = HeaderValue::from_str(&value).map_err(|_| "a key cannot stand in a header".to_owned())?;
            value.set_sensitive(true);
            request = request.header(HeaderName::from_static(name), value);
        }
        let mut response = request.send().await.map_err(|error| cause(&error))?;
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err("the answer is too long".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, body))
    }
}

/// Why it failed, without the URL.
fn cause(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the exchange broke off"
    };
    what.to_owned()
}

/// Encrypted, or to this machine itself.
fn may_leave(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return url.starts_with("https://") };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_requests_leave_this_machine() {
        for (url, leaves) in [
            ("https://challenges.cloudflare.com/turnstile/v0/siteverify", true),
            ("http://127.0.0.1:4711/x", true),
            ("http://[::1]:80/x", true),
            ("http://localhost/x", true),
            ("http://localhost.evil.example/x", false),
            ("http://127.0.0.1.evil.example/", false),
            ("http://203.0.113.9/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(may_leave(url), leaves, "{url}");
        }
    }
}
