//! Friendly Captcha, version 2.
//!
//! <https://developer.friendlycaptcha.com/docs/v2/api/siteverify>

use super::{Call, Finding, Keys, Look, Provider, Script, Sources, code, object, same_origin_host};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The widget, from a package that never changes, and only this file of it: the host serves every package there is, so to allow the
/// host would be to allow any script.
const WIDGET: &str = "https://cdn.jsdelivr.net/npm/@friendlycaptcha/sdk@1.0.2/site.min.js";

/// The vendor recommends to accept what could not be checked. We do not: anything but a 200 is an outage, and what happens then is
/// the operator's choice. Tokens are documented with up to 16 KB, twice what the others have.
pub static PROVIDER: Provider = Provider {
    name: "friendly_captcha",
    label: "Friendly Captcha",
    field: "frc-captcha-response",
    longest_token: 16 * 1024,
    base: "https://global.frcapi.com",
    sources: &Sources { script: &[WIDGET], frame: &["https://*.frcapi.com"], ..Sources::NONE },
    look,
    script,
    request,
    read,
    needs: |_| None,
};

fn look(keys: &Keys) -> Look {
    let mut attributes = vec![("data-sitekey", keys.site_key.clone())];
    if keys.endpoint.as_deref().is_some_and(|endpoint| endpoint.trim_end_matches('/') == "https://eu.frcapi.com") {
        attributes.push(("data-api-endpoint", "eu".to_owned()));
    }
    Look::Widget { class: "frc-captcha", attributes }
}

fn script(_: &Keys) -> Script {
    let integrity = Some("sha384-PlTUwS206S5stm69A6ULL0xNfgrDI6zspceDmfFtJGdNblYUuExQauIm9leAc/Ck");
    Script { url: WIDGET.to_owned(), module: true, integrity }
}

#[derive(Serialize)]
struct Question<'a> {
    response: &'a str,
    sitekey: &'a str,
}

/// The address of the client is nothing it asks for.
fn request(keys: &Keys, token: &str, _: Option<IpAddr>) -> Call {
    let question = Question { response: token, sitekey: &keys.site_key };
    Call {
        url: PROVIDER.url(keys, "/api/v2/captcha/siteverify"),
        headers: vec![("accept", "application/json".to_owned()), ("x-api-key", keys.secret.expose().clone())],
        content_type: "application/json",
        // Text always serializes; an empty body would be refused as an outage.
        body: serde_json::to_vec(&question).unwrap_or_default(),
    }
}

/// The answer. Its `risk_intelligence`, a paid extra, counts from 1 to 5 and is no score of ours.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    data: Option<Data>,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Data {
    challenge: Option<Challenge>,
}

#[derive(Deserialize)]
struct Challenge {
    /// `https://example.com` or `example.com`; empty where unknown.
    origin: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    error_code: String,
}

fn read(_: &Keys, status: u16, body: &[u8], host: &str) -> Finding {
    match object::<Answer>(body) {
        Some(answer) if status == 200 => judge(answer, host),
        None if status == 200 => Finding::outage("unreadable answer"),
        Some(Answer { error: Some(problem), .. }) => Finding::outage(format!("status {status} {}", code(&problem.error_code))),
        _ => Finding::outage(format!("status {status}")),
    }
}

fn judge(answer: Answer, host: &str) -> Finding {
    if answer.success {
        let origin = answer.data.and_then(|data| data.challenge).and_then(|challenge| challenge.origin).unwrap_or_default();
        let ours = origin.is_empty() || same_origin_host(&origin, host);
        return if ours { Finding::Passed { score_thousandths: None } } else { Finding::failed("hostname") };
    }
    let problem = answer.error.map(|problem| problem.error_code).unwrap_or_default();
    match problem.as_str() {
        "response_invalid" => Finding::failed("invalid"),
        "response_timeout" => Finding::failed("expired"),
        "response_duplicate" => Finding::failed("duplicate"),
        other => Finding::outage(code(other)),
    }
}
