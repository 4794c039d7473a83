//! What Turnstile, hCaptcha and reCAPTCHA have in common: a form with `secret` and `response`, and JSON with `success` and
//! `error-codes`. The three differ in the codes and in which of the other fields can be relied on, so only the successes are theirs.

use super::{Call, Finding, Keys, Provider, code, object};
use serde::Deserialize;
use std::net::IpAddr;

/// The answer. A field of another type than documented makes it unreadable, which is an outage; so does a field given twice.
#[derive(Deserialize)]
pub(super) struct Answer {
    success: bool,
    #[serde(rename = "error-codes")]
    error_codes: Option<Vec<String>>,
    pub hostname: Option<String>,
    /// Instead of `hostname` when an Android app asked.
    pub apk_package_name: Option<String>,
    pub action: Option<String>,
    pub score: Option<f64>,
}

/// The question; `extra` goes last.
pub(super) fn request(provider: &Provider, keys: &Keys, token: &str, client: Option<IpAddr>, extra: &[(&str, &str)]) -> Call {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("secret", keys.secret.expose()).append_pair("response", token);
    if let Some(client) = client {
        form.append_pair("remoteip", &client.to_canonical().to_string());
    }
    let body = form.extend_pairs(extra).finish().into_bytes();
    Call {
        url: provider.url(keys, "/siteverify"),
        headers: vec![("accept", "application/json".to_owned())],
        content_type: "application/x-www-form-urlencoded",
        body,
    }
}

/// The answer if it is a success, or what it means otherwise. Some of these services send their refusals with a 400, so those are
/// read too; a success counts only with a 200.
pub(super) fn success(status: u16, body: &[u8]) -> Result<Answer, Finding> {
    let unwell = || Finding::outage(format!("status {status}"));
    let answer: Answer = match object(body) {
        _ if !matches!(status, 200 | 400..=428 | 430..=499) => return Err(unwell()),
        Some(answer) => answer,
        None if status == 200 => return Err(Finding::outage("unreadable answer")),
        None => return Err(unwell()),
    };
    match (answer.success, status) {
        (true, 200) => Ok(answer),
        (true, _) => Err(unwell()),
        (false, _) => Err(refusal(answer.error_codes.as_deref().unwrap_or_default())),
    }
}

/// What the codes of a refusal mean. The keys come first, then the token, then everything we do not know.
fn refusal(codes: &[String]) -> Finding {
    let ours =
        ["missing-input-secret", "invalid-input-secret", "sitekey-secret-mismatch", "not-using-dummy-passcode", "not-using-dummy-secret"];
    if let Some(code) = codes.iter().find(|code| ours.contains(&code.as_str())) {
        return Finding::outage(code.as_str());
    }
    if let Some(reason) = codes.iter().find_map(|code| token_problem(code)) {
        return Finding::failed(reason);
    }
    Finding::outage(codes.first().map_or("refused without a code", |first| code(first)))
}

/// The reason for a code that is about the token.
fn token_problem(code: &str) -> Option<&'static str> {
    Some(match code {
        "missing-input-response" => "missing",
        "invalid-input-response" => "invalid",
        "expired-input-response" => "expired",
        "already-seen-response" => "duplicate",
        // hCaptcha once did not, and the others do not, tell these apart.
        "invalid-or-already-seen-response" | "timeout-or-duplicate" => "stale",
        // reCAPTCHA v3, undocumented: the browser could not reach Google. Anyone can pretend that.
        "browser-error" => "browser",
        _ => return None,
    })
}
