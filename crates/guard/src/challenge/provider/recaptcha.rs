//! Google reCAPTCHA with a secret key: version 2 is a checkbox, version 3 a score.
//!
//! <https://developers.google.com/recaptcha/docs/verify>, <https://developers.google.com/recaptcha/docs/v3>

use super::siteverify::{self, Answer};
use super::{Call, Finding, Keys, Look, Provider, Script, Sources, encoded, is_action, judged, same_host, thousandths};
use std::net::IpAddr;

/// As in Google's FAQ; `connect` is not in it, but the script reports there and complains in the console otherwise.
pub(super) static SOURCES: Sources = Sources {
    script: &["https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"],
    frame: &["https://www.google.com/recaptcha/", "https://recaptcha.google.com/recaptcha/"],
    connect: &["https://www.google.com/recaptcha/"],
    ..Sources::NONE
};

/// Tokens live two minutes and are good once.
pub static PROVIDER: Provider = Provider {
    name: "recaptcha",
    label: "Google reCAPTCHA",
    field: "g-recaptcha-response",
    longest_token: 8 * 1024,
    base: "https://www.google.com/recaptcha/api",
    sources: &SOURCES,
    look,
    script,
    request,
    read,
    needs,
};

const fn scores(keys: &Keys) -> bool {
    keys.version >= 3
}

/// What Google allows in an action. Version 2 has none.
pub(super) fn is_google_action(action: &str) -> bool {
    is_action(action) && !action.contains('-')
}

fn needs(keys: &Keys) -> Option<&'static str> {
    match keys.version {
        2 => None,
        3 => (!is_google_action(&keys.expected_action)).then_some("expected_action"),
        _ => Some("version"),
    }
}

fn look(keys: &Keys) -> Look {
    if scores(keys) {
        Look::Score { object: "grecaptcha", site_key: keys.site_key.clone(), action: keys.expected_action.clone() }
    } else {
        Look::Widget { class: "g-recaptcha", attributes: vec![("data-sitekey", keys.site_key.clone())] }
    }
}

fn script(keys: &Keys) -> Script {
    let render = if scores(keys) { format!("?render={}", encoded(&keys.site_key)) } else { String::new() };
    Script { url: format!("https://www.google.com/recaptcha/api.js{render}"), module: false, integrity: None }
}

fn request(keys: &Keys, token: &str, client: Option<IpAddr>) -> Call {
    siteverify::request(&PROVIDER, keys, token, client, &[])
}

fn read(keys: &Keys, status: u16, body: &[u8], host: &str) -> Finding {
    siteverify::success(status, body).map_or_else(|refusal| refusal, |answer| judge(keys, &answer, host))
}

/// A score is judged whenever there is one: with the keys of version 3 configured as version 2, every token would pass otherwise.
/// The other way round the score is missing, and the operator is told.
fn judge(keys: &Keys, answer: &Answer, host: &str) -> Finding {
    let score_thousandths = match answer.score.map(thousandths) {
        Some(None) => return Finding::outage("score out of range"),
        None if scores(keys) => return Finding::outage("no score: these are no keys of version 3"),
        score => score.flatten(),
    };
    if answer.apk_package_name.is_some() || answer.hostname.as_ref().is_some_and(|hostname| !same_host(hostname, host)) {
        return Finding::Failed { reason: "hostname", score_thousandths };
    }
    let expected = keys.expected_action.as_str();
    if scores(keys) && !expected.is_empty() && answer.action.as_deref() != Some(expected) {
        return Finding::Failed { reason: "action", score_thousandths };
    }
    score_thousandths.map_or(Finding::Passed { score_thousandths }, |score| judged(score, keys.threshold_thousandths))
}
