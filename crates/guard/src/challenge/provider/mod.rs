//! The bot checks of third parties on the login form, without the network: what the page has to show, what to ask the service about
//! the token that came with the form, and what its answer means. Whoever has a connection does, in this order:
//!
//! 1. [`Provider::trouble`] when the settings are saved: a provider with half its keys is inert, or says what is wrong with them.
//! 2. [`Provider::refuse`] on the token, which spares the service what cannot be a token.
//! 3. `request`, sent as a POST **without following redirects** (a redirect would carry the secret elsewhere), with a deadline and
//!    a cap on the answer. No connection, no answer in time, or one beyond [`LONGEST_ANSWER`] is a [`Finding::Outage`].
//! 4. `read` on status and body.
//!
//! A token is worth one call: services count a second look at it as a replay, so a call that timed out is not repeated.
//!
//! # What counts
//! Only a success that is literally `true`, for our host where the service says which, and for our action where it says which. The
//! time of the challenge is not looked at: services expire their tokens themselves, and their clock is not ours. Problems of the
//! token are [`Finding::Failed`]; problems of the keys, the service or the format are [`Finding::Outage`], never an open door. Where
//! an answer has codes of both kinds, a bad secret decides before a bad token, and a bad token before anything else, lest a crafted
//! token turn the check off.
//!
//! # Adding one
//! Write a file with one `pub static PROVIDER: Provider` and add it to [`ALL`], sorted by name. A service that speaks the common
//! `siteverify` dialect needs little more than its constants: see `turnstile`. Then give it a row in the tests below, in the
//! stand-in, and in the description of `login_protection.method`.

mod friendly_captcha;
mod hcaptcha;
mod recaptcha;
mod recaptcha_enterprise;
mod siteverify;
mod turnstile;

#[cfg(test)]
mod tests;

pub use friendly_captcha::PROVIDER as FRIENDLY_CAPTCHA;
pub use hcaptcha::PROVIDER as HCAPTCHA;
pub use recaptcha::PROVIDER as RECAPTCHA;
pub use recaptcha_enterprise::PROVIDER as RECAPTCHA_ENTERPRISE;
pub use turnstile::PROVIDER as TURNSTILE;

use crate::secret::SecretText;
use serde::de::DeserializeOwned;
use std::fmt;
use std::net::IpAddr;

/// Every provider there is, sorted by name.
pub static ALL: &[&Provider] =
    &[&friendly_captcha::PROVIDER, &hcaptcha::PROVIDER, &recaptcha::PROVIDER, &recaptcha_enterprise::PROVIDER, &turnstile::PROVIDER];

/// More bytes than any answer has; what is longer is not read.
pub const LONGEST_ANSWER: usize = 64 * 1024;

/// The provider of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Provider> {
    ALL.iter().copied().find(|provider| provider.name == name)
}

/// What the Content-Security-Policy of the login page, and of no other, needs in addition. Each list is added to the directive of
/// its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources {
    /// `script-src`
    pub script: &'static [&'static str],
    /// `frame-src`
    pub frame: &'static [&'static str],
    /// `connect-src`
    pub connect: &'static [&'static str],
    /// `style-src`
    pub style: &'static [&'static str],
    /// `worker-src`
    pub worker: &'static [&'static str],
    /// `img-src`
    pub img: &'static [&'static str],
}

impl Sources {
    const NONE: Self = Self { script: &[], frame: &[], connect: &[], style: &[], worker: &[], img: &[] };

    /// The lists with the directives they belong to.
    #[must_use]
    pub const fn directives(&self) -> [(&'static str, &'static [&'static str]); 6] {
        [
            ("script-src", self.script),
            ("frame-src", self.frame),
            ("connect-src", self.connect),
            ("style-src", self.style),
            ("worker-src", self.worker),
            ("img-src", self.img),
        ]
    }
}

/// What the operator configured. Fields a provider has no use for are ignored by it.
#[derive(Debug)]
pub struct Keys {
    /// The public key, which is in the page.
    pub site_key: String,
    /// The secret key, or the API key of reCAPTCHA Enterprise and Friendly Captcha.
    pub secret: SecretText,
    /// reCAPTCHA: 3 is scores, everything below is the checkbox.
    pub version: u8,
    /// reCAPTCHA Enterprise: the id or number of the Google Cloud project.
    pub project: String,
    /// The action asked for by the page and compared with the answer, case-sensitively; empty is not compared.
    pub expected_action: String,
    /// reCAPTCHA: scores below this fail. 1000 is certainly a human.
    pub threshold_thousandths: u32,
    /// Asks another server. It replaces scheme, host and the beginning of the path, [`Provider::base`], and nothing after it:
    /// `https://proxy.example/r` and the path `/siteverify` are `https://proxy.example/r/siteverify`. Slashes at its end are
    /// ignored. No query, no fragment, no user name. What the browser loads stays the same, except that Friendly Captcha's
    /// `https://eu.frcapi.com` also moves the widget there.
    pub endpoint: Option<String>,
}

/// A script for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Where it is; keys in it are encoded. For the `src` of an element with `async` and `defer`.
    pub url: String,
    /// Whether the element has `type="module"`.
    pub module: bool,
    /// What the element has as `integrity`, together with `crossorigin="anonymous"`.
    pub integrity: Option<&'static str>,
}

/// How the page asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// A `div` inside the form, which the provider's script fills on its own, together with the hidden field [`Provider::field`].
    Widget {
        /// Its class.
        class: &'static str,
        /// Its other attributes, not yet escaped for HTML.
        attributes: Vec<(&'static str, String)>,
    },
    /// Nothing to see. The page has an empty hidden field [`Provider::field`]; on submit our own script waits until the provider's
    /// has loaded (`ready`), calls `execute(site_key, {action})` on `object`, puts the token into the field, and only then sends
    /// the form: not earlier, tokens live two minutes.
    Score {
        /// The object in `window`, with dots.
        object: &'static str,
        /// The public key.
        site_key: String,
        /// The action; empty when none is expected.
        action: String,
    },
}

/// A POST to make.
pub struct Call {
    /// Where to; there is no secret in it.
    pub url: String,
    /// Headers besides the content type, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The content type of the body.
    pub content_type: &'static str,
    /// What to send. It has the secret in it.
    pub body: Vec<u8>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("url", &self.url).field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

/// What an answer means. Scores are 0 to 1000, and 1000 is certainly a human whichever way round the service counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The service vouches for this submission.
    Passed {
        /// How sure it is, where it says so.
        score_thousandths: Option<u32>,
    },
    /// It does not, and that is about the submission.
    Failed {
        /// One of [`REASONS`], for the log.
        reason: &'static str,
        /// How sure it is, where it says so.
        score_thousandths: Option<u32>,
    },
    /// Nothing is known about the submission: the service, or what we were configured with, does not work.
    Outage {
        /// For the operator. No secret and no free text of the service is in it.
        reason: String,
    },
}

/// The reasons of [`Finding::Failed`]. They stay the same: logs are searched for them. `stale` is where the service does not tell
/// expired from used.
pub const REASONS: &[&str] = &[
    "action",
    "browser",
    "challenge",
    "duplicate",
    "expired",
    "hostname",
    "invalid",
    "malformed",
    "missing",
    "oversized",
    LOW_SCORE,
    "stale",
];

/// The reason for which the score itself is the finding; with any other it was given for something else.
pub const LOW_SCORE: &str = "score";

impl Finding {
    const fn failed(reason: &'static str) -> Self {
        Self::Failed { reason, score_thousandths: None }
    }

    fn outage(reason: impl Into<String>) -> Self {
        Self::Outage { reason: reason.into() }
    }
}

/// One service.
pub struct Provider {
    /// As in `login_protection.method`.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// The form field that carries the token.
    pub field: &'static str,
    /// The longest token, in bytes.
    pub longest_token: usize,
    /// The beginning of the URL to ask, which [`Keys::endpoint`] replaces.
    pub base: &'static str,
    /// What the page may load.
    pub sources: &'static Sources,
    /// How the page asks.
    pub look: fn(&Keys) -> Look,
    /// The provider's script.
    pub script: fn(&Keys) -> Script,
    /// The question about a token that [`Provider::refuse`] let through, from a client whose address the operator agreed to give
    /// away.
    pub request: fn(&Keys, &str, Option<IpAddr>) -> Call,
    /// What status and body of the answer mean for a form that was sent to this host. A port after the host is ignored; names are
    /// in their ASCII form.
    pub read: fn(&Keys, u16, &[u8], &str) -> Finding,
    /// What this provider needs in the keys beyond the common things.
    needs: fn(&Keys) -> Option<&'static str>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.name).finish()
    }
}

/// Names are unique.
impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Provider {}

impl Provider {
    /// What keeps these keys from working: `site_key`, `secret`, `threshold`, `endpoint`, `project`, `version` or `expected_action`.
    /// Without any the provider may be used; with any, nothing else here is to be called.
    #[must_use]
    pub fn trouble(&self, keys: &Keys) -> Option<&'static str> {
        let secret = keys.secret.expose();
        if keys.site_key.is_empty() || !keys.site_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Some("site_key");
        }
        if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Some("secret");
        }
        if keys.threshold_thousandths > 1000 {
            return Some("threshold");
        }
        if keys.endpoint.as_deref().is_some_and(|endpoint| !is_base(endpoint)) {
            return Some("endpoint");
        }
        (self.needs)(keys)
    }

    /// What can be said about a token without asking: there is none, or it cannot be one.
    #[must_use]
    pub fn refuse(&self, token: &str) -> Option<Finding> {
        if token.is_empty() {
            Some(Finding::failed("missing"))
        } else if token.len() > self.longest_token {
            Some(Finding::failed("oversized"))
        } else if token.chars().any(char::is_control) {
            Some(Finding::failed("malformed"))
        } else {
            None
        }
    }

    /// The URL of this path.
    fn url(&self, keys: &Keys, path: &str) -> String {
        let base = keys.endpoint.as_deref().unwrap_or(self.base);
        format!("{}{path}", base.trim_end_matches('/'))
    }
}

/// Whether this may stand before a path: http or https, a host, and nothing that would end up elsewhere than in the path.
fn is_base(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.starts_with('/') && !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\\\"<>".contains(&b))
    })
}

/// Actions as every provider takes them: Google's letters, digits, slashes and underscores, and Turnstile's dash, 32 at most.
fn is_action(text: &str) -> bool {
    text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-'))
}

/// The JSON object in an answer. Lists are refused here, as serde would read one as the fields in their order.
fn object<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let is_object = body.len() <= LONGEST_ANSWER && body.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(body).ok()).flatten()
}

/// Text for one value in a URL's query or a form.
fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Whether the name a service reports is the host we are. Empty is nobody's name.
fn same_host(reported: &str, ours: &str) -> bool {
    let reported = bare(reported);
    !reported.is_empty() && reported.eq_ignore_ascii_case(bare(ours))
}

/// The same for an origin; some services leave the scheme away.
fn same_origin_host(origin: &str, ours: &str) -> bool {
    same_host(origin.split_once("://").map_or(origin, |(_, rest)| rest), ours)
}

/// A host without its port, the brackets of IPv6, and the dot at the end.
fn bare(host: &str) -> &str {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name)
}

/// A score between 0 and 1 in thousandths; any other number is none.
fn thousandths(score: f64) -> Option<u32> {
    (0.0..=1.0).contains(&score).then(|| format!("{:.0}", score.abs() * 1000.0).parse().ok()).flatten()
}

/// A code of the service, if it looks like one, so that nothing else gets into our log.
fn code(text: &str) -> &str {
    let fine = !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if fine { text } else { "unreadable code" }
}

/// Passed with this score, unless it is too low.
const fn judged(score: u32, threshold: u32) -> Finding {
    if score < threshold {
        Finding::Failed { reason: LOW_SCORE, score_thousandths: Some(score) }
    } else {
        Finding::Passed { score_thousandths: Some(score) }
    }
}
