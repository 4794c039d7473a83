//! Cloudflare Turnstile.
//!
//! <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>

use super::siteverify::{self, Answer};
use super::{Call, Finding, Keys, Look, Provider, Script, Sources, is_action, same_host};
use std::net::IpAddr;

/// Tokens have at most 2,048 characters, live 300 seconds and are good once. The action is optional: it is in the answer if it was
/// on the widget, and protected against changes there.
pub static PROVIDER: Provider = Provider {
    name: "turnstile",
    label: "Cloudflare Turnstile",
    field: "cf-turnstile-response",
    longest_token: 8 * 1024,
    base: "https://challenges.cloudflare.com/turnstile/v0",
    sources: &Sources { script: &["https://challenges.cloudflare.com"], frame: &["https://challenges.cloudflare.com"], ..Sources::NONE },
    look,
    script,
    request,
    read,
    needs,
};

fn needs(keys: &Keys) -> Option<&'static str> {
    (!is_action(&keys.expected_action) || keys.expected_action.contains('/')).then_some("expected_action")
}

fn look(keys: &Keys) -> Look {
    let mut attributes = vec![("data-sitekey", keys.site_key.clone())];
    if !keys.expected_action.is_empty() {
        attributes.push(("data-action", keys.expected_action.clone()));
    }
    Look::Widget { class: "cf-turnstile", attributes }
}

/// Cloudflare asks to load it from exactly this address.
fn script(_: &Keys) -> Script {
    Script { url: "https://challenges.cloudflare.com/turnstile/v0/api.js".to_owned(), module: false, integrity: None }
}

fn request(keys: &Keys, token: &str, client: Option<IpAddr>) -> Call {
    siteverify::request(&PROVIDER, keys, token, client, &[])
}

fn read(keys: &Keys, status: u16, body: &[u8], host: &str) -> Finding {
    siteverify::success(status, body).map_or_else(|refusal| refusal, |answer| judge(keys, &answer, host))
}

fn judge(keys: &Keys, answer: &Answer, host: &str) -> Finding {
    if answer.hostname.as_ref().is_some_and(|hostname| !same_host(hostname, host)) {
        return Finding::failed("hostname");
    }
    let expected = &keys.expected_action;
    let other = |action: &String| !action.is_empty() && action != expected;
    if !expected.is_empty() && answer.action.as_ref().is_some_and(other) {
        return Finding::failed("action");
    }
    Finding::Passed { score_thousandths: None }
}
