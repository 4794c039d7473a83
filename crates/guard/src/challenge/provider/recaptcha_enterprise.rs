//! Google reCAPTCHA Enterprise with keys that score: an assessment in the operator's own Google Cloud project.
//!
//! <https://cloud.google.com/recaptcha/docs/create-assessment-website>,
//! <https://cloud.google.com/recaptcha/docs/reference/rest/v1/projects.assessments>

use super::{Call, Finding, Keys, Look, Provider, Script, code, encoded, judged, object, recaptcha, same_host, thousandths};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The API key travels in a header: in the URL, where the examples have it, it would end up in logs. A key restricted to websites
/// does not work, since we send no referrer; one restricted to our addresses does.
pub static PROVIDER: Provider = Provider {
    name: "recaptcha_enterprise",
    label: "Google reCAPTCHA Enterprise",
    field: "g-recaptcha-response",
    longest_token: 8 * 1024,
    base: "https://recaptchaenterprise.googleapis.com",
    sources: &recaptcha::SOURCES,
    look,
    script,
    request,
    read,
    needs,
};

/// Ids are like `my-project-1`, or `example.com:my-project` in old domains; numbers are digits.
fn needs(keys: &Keys) -> Option<&'static str> {
    let is_project = keys.project.starts_with(|first: char| first.is_ascii_alphanumeric())
        && keys.project.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b':'));
    if is_project { (!recaptcha::is_google_action(&keys.expected_action)).then_some("expected_action") } else { Some("project") }
}

fn look(keys: &Keys) -> Look {
    Look::Score { object: "grecaptcha.enterprise", site_key: keys.site_key.clone(), action: keys.expected_action.clone() }
}

fn script(keys: &Keys) -> Script {
    let url = format!("https://www.google.com/recaptcha/enterprise.js?render={}", encoded(&keys.site_key));
    Script { url, module: false, integrity: None }
}

#[derive(Serialize)]
struct Assessment<'a> {
    event: Event<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    token: &'a str,
    site_key: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    expected_action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_ip_address: Option<IpAddr>,
}

fn request(keys: &Keys, token: &str, client: Option<IpAddr>) -> Call {
    let event = Event {
        token,
        site_key: &keys.site_key,
        expected_action: &keys.expected_action,
        user_ip_address: client.map(|client| client.to_canonical()),
    };
    Call {
        url: PROVIDER.url(keys, &format!("/v1/projects/{}/assessments", encoded(&keys.project))),
        headers: vec![("accept", "application/json".to_owned()), ("x-goog-api-key", keys.secret.expose().clone())],
        content_type: "application/json",
        // Text and an address always serialize; an empty body would be refused as an outage.
        body: serde_json::to_vec(&Assessment { event }).unwrap_or_default(),
    }
}

/// The answer. What is left out of a message has the value that is nothing, as everywhere in Google's JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    token_properties: Token,
    risk_analysis: Option<Risk>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Token {
    valid: bool,
    invalid_reason: String,
    hostname: Option<String>,
    android_package_name: String,
    ios_bundle_id: String,
    action: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Risk {
    score: f64,
    challenge: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: Status,
}

#[derive(Deserialize)]
struct Status {
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    reason: Option<String>,
}

fn read(keys: &Keys, status: u16, body: &[u8], host: &str) -> Finding {
    if status != 200 {
        return Finding::outage(refusal(status, body));
    }
    object(body).map_or_else(|| Finding::outage("unreadable answer"), |answer| judge(keys, &answer, host))
}

/// Google says what is wrong in two words: `INVALID_ARGUMENT` and `API_KEY_INVALID`, for example.
fn refusal(status: u16, body: &[u8]) -> String {
    let mut text = format!("status {status}");
    if let Some(Refusal { error }) = object(body) {
        for word in [Some(error.status), error.details.into_iter().find_map(|detail| detail.reason)].iter().flatten() {
            text.push(' ');
            text.push_str(code(word));
        }
    }
    text
}

fn judge(keys: &Keys, answer: &Answer, host: &str) -> Finding {
    let token = &answer.token_properties;
    if !token.valid {
        return Finding::failed(match token.invalid_reason.as_str() {
            "EXPIRED" => "expired",
            "DUPE" => "duplicate",
            "MISSING" => "missing",
            "BROWSER_ERROR" => "browser",
            "UNEXPECTED_ACTION" => "action",
            _ => "invalid",
        });
    }
    let Some(risk) = &answer.risk_analysis else { return Finding::outage("no risk analysis") };
    let Some(score) = thousandths(risk.score) else { return Finding::outage("score out of range") };
    let failed = |reason| Finding::Failed { reason, score_thousandths: Some(score) };
    let from_an_app = !token.android_package_name.is_empty() || !token.ios_bundle_id.is_empty();
    if from_an_app || token.hostname.as_ref().is_some_and(|hostname| !same_host(hostname, host)) {
        return failed("hostname");
    }
    if !keys.expected_action.is_empty() && token.action != keys.expected_action {
        return failed("action");
    }
    if risk.challenge == "FAILED" {
        return failed("challenge");
    }
    judged(score, keys.threshold_thousandths)
}
