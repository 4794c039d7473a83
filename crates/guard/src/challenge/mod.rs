//! Challenges: what a login form asks besides name and password, to tell a person from a program or to make guessing dear.
//!
//! ```text
//! offer (chance ─▶ what the page shows, what the ticket keeps) ─▶ the browser ─▶ grade (kept, sent ─▶ passed, or how far off)
//! ```
//!
//! What a challenge keeps to judge the answer by travels in the form's sealed ticket ([`crate::login::ticket`]), so that an open login page costs no
//! row. Providers outside ([`provider`]) are asked by `app`; here stands only what to ask and how to read the answer.
//!
//! To add one: a file here with its type and descriptor, and its line in [`ALL`].

pub mod captcha;
mod drawing;
mod honeypot;
pub mod proof_of_work;
pub mod provider;
mod remote;
mod time_check;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::fence::{Descriptor, Grade, Level};
use provider::Provider;

/// The picture.
pub const CAPTCHA: &str = "captcha";
/// A field that only programs fill in.
pub const HONEYPOT: &str = "honeypot";
/// The puzzle.
pub const PROOF_OF_WORK: &str = "proof_of_work";
/// Google's score, as the fence asks for it.
pub const RECAPTCHA: &str = "recaptcha";
/// The least time between opening the form and sending it.
pub const TIME_CHECK: &str = "time_check";

/// How long an answer is taken after its form was made.
pub const LIFETIME: Duration = Duration::from_mins(5);

/// Whether a field of a form may be the answer to a challenge: `answer-NAME`, or the field that a provider's script fills in.
#[must_use]
pub fn is_answer(field: &str) -> bool {
    field.starts_with("answer-") || provider::ALL.iter().any(|provider| provider.field == field)
}

/// What a page shows of a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// A picture of this text, and its sound, drawn from this chance.
    Picture {
        /// What it shows.
        phrase: String,
        /// What it is drawn from.
        chance: [u8; 32],
    },
    /// A puzzle to be computed.
    Puzzle(proof_of_work::Puzzle),
    /// A question in words, answered in words.
    Question(String),
    /// A field that must stay empty and that people do not see.
    Trap,
    /// Nothing.
    Unseen,
    /// The box of a provider, or its script alone.
    Widget(&'static Provider),
}

/// A challenge that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What the page shows.
    pub prompt: Prompt,
    /// What the answer is judged by; sealed, never shown.
    pub kept: String,
}

/// What a challenge has to judge by.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// What it kept.
    pub kept: &'a str,
    /// The form's fields.
    pub fields: &'a BTreeMap<String, String>,
    /// When the form was made.
    pub issued_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// `login_protection.min_seconds`
    pub min_time: Duration,
}

impl Sent<'_> {
    /// The answer to a challenge of this name: the field `answer-NAME`.
    #[must_use]
    pub fn answer(&self, name: &str) -> Option<&str> {
        self.fields.get(&format!("answer-{name}")).map(String::as_str)
    }
}

/// Something that a login form asks besides name and password.
pub trait Challenge: Send + Sync {
    /// Its name and meaning.
    fn descriptor(&self) -> &'static Descriptor;

    /// Makes one from chance.
    fn offer(&self, chance: [u8; 32]) -> Offer;

    /// Judges what was sent. Not asked for a challenge that a provider judges, nor for one whose form is too old or was used before.
    fn grade(&self, sent: &Sent<'_>) -> Grade;

    /// The worst grade: for an answer that is missing, late or was used before.
    fn worst(&self) -> Grade {
        Grade::Failed { level: Level::whole(1) }
    }

    /// The challenge that may be solved in its place, where this one cannot be.
    fn instead(&self) -> Option<&'static str> {
        None
    }

    /// Whether a form that carried it can be sent once only.
    fn is_single_use(&self) -> bool {
        true
    }

    /// The provider that judges the answer.
    fn provider(&self) -> Option<&'static Provider> {
        None
    }
}

/// A number of things as a level.
pub(crate) fn as_level(number: usize) -> Level {
    Level::whole(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Every built-in challenge, sorted by name.
pub const ALL: &[&dyn Challenge] = &[
    &captcha::Captcha,
    &remote::FRIENDLY_CAPTCHA,
    &remote::HCAPTCHA,
    &honeypot::Honeypot,
    &proof_of_work::ProofOfWork,
    &remote::FENCE_RECAPTCHA,
    &remote::RECAPTCHA_CHECK,
    &remote::RECAPTCHA_ENTERPRISE,
    &time_check::TimeCheck,
    &remote::TURNSTILE,
];
