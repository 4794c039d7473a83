//! hCaptcha.
//!
//! <https://docs.hcaptcha.com/>

use super::siteverify::{self, Answer};
use super::{Call, Finding, Keys, Look, Provider, Script, Sources, same_host, thousandths};
use std::net::IpAddr;

/// hCaptcha asks not to name its subdomains one by one: they change.
const HOSTS: &[&str] = &["https://hcaptcha.com", "https://*.hcaptcha.com"];

/// The expected site key goes along, so that a token of another site of the same account is refused.
pub static PROVIDER: Provider = Provider {
    name: "hcaptcha",
    label: "hCaptcha",
    field: "h-captcha-response",
    longest_token: 8 * 1024,
    base: "https://api.hcaptcha.com",
    sources: &Sources { script: HOSTS, frame: HOSTS, connect: HOSTS, style: HOSTS, ..Sources::NONE },
    look,
    script,
    request,
    read,
    needs: |_| None,
};

fn look(keys: &Keys) -> Look {
    Look::Widget { class: "h-captcha", attributes: vec![("data-sitekey", keys.site_key.clone())] }
}

/// Without the imitation of reCAPTCHA, which would add a second field to the form.
fn script(_: &Keys) -> Script {
    Script { url: "https://js.hcaptcha.com/1/api.js?recaptchacompat=off".to_owned(), module: false, integrity: None }
}

fn request(keys: &Keys, token: &str, client: Option<IpAddr>) -> Call {
    siteverify::request(&PROVIDER, keys, token, client, &[("sitekey", &keys.site_key)])
}

fn read(_: &Keys, status: u16, body: &[u8], host: &str) -> Finding {
    siteverify::success(status, body).map_or_else(|refusal| refusal, |answer| judge(&answer, host))
}

/// Under load hCaptcha leaves the host out and writes `not-provided` in its place. The score of its paying customers is one of risk,
/// so it is turned round; it is for rules to look at, as `success` does not depend on it and the threshold is reCAPTCHA's.
fn judge(answer: &Answer, host: &str) -> Finding {
    let score_thousandths = match answer.score.map(thousandths) {
        Some(None) => return Finding::outage("score out of range"),
        Some(Some(risk)) => Some(1000_u32.saturating_sub(risk)),
        None => None,
    };
    if answer.hostname.as_ref().is_some_and(|hostname| hostname != "not-provided" && !same_host(hostname, host)) {
        return Finding::Failed { reason: "hostname", score_thousandths };
    }
    Finding::Passed { score_thousandths }
}
