//! Countermeasures: what a rule does about an attempt that its checker found bad enough.
//!
//! A countermeasure does nothing itself: it says what is to be done as a [`Measure`], and the login does it, in an order of its own whatever the
//! order of the rules.
//!
//! To add one: a file here with its type and descriptor, and its line in [`ALL`]. One of your own lives in a crate of yours and is handed to
//! [`Registry::with_countermeasure`](super::registry::Registry::with_countermeasure); `docs/fence.md` shows it whole.

mod captcha;
mod login_invalid;
mod login_invalid_until;
mod no_answer;
mod no_answer_until;
mod notify;
mod proof_of_work;
mod recaptcha;
mod require_factor;
mod slowdown;

use std::time::Duration;

use super::level::Level;
use super::registry::Descriptor;
use super::settings::Settings;

/// A rule that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// What the checker found.
    pub level: Level,
    /// Where the rule begins.
    pub from: Level,
}

/// What is to be done. The order is the order in which it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Stop without an answer; with a duration also all attempts of the same name or address for so long.
    Stop {
        /// How long it lasts, if longer than this attempt.
        lasting: Option<Duration>,
    },
    /// Wait before anything else happens.
    Wait(Duration),
    /// Answer as to a wrong password. With a duration this attempt is still checked, and those that follow for so long are not.
    Invalid {
        /// How long it lasts, if longer than this attempt.
        lasting: Option<Duration>,
    },
    /// Ask the challenge of that name.
    Ask(&'static str),
    /// Tell the owner and the admins.
    Notify,
    /// Demand a second factor although none is due.
    RequireFactor,
    /// Nothing: it is not set up.
    Nothing,
}

/// Says what to do.
pub trait Countermeasure: Send + Sync {
    /// Its name and meaning.
    fn descriptor(&self) -> &'static Descriptor;

    /// What to do about this match.
    fn measure(&self, hit: &Match, settings: &Settings) -> Measure;

    /// What it does, as the end of a sentence that begins with the checker's condition: "make the answer wait".
    fn then(&self, settings: &Settings) -> String;

    /// The challenge it asks, if it asks one.
    fn asks(&self) -> Option<&'static str> {
        None
    }
}

/// Every built-in countermeasure, sorted by name.
pub const ALL: &[&dyn Countermeasure] = &[
    &captcha::Captcha,
    &login_invalid::LoginInvalid,
    &login_invalid_until::LoginInvalidUntil,
    &no_answer::NoAnswer,
    &no_answer_until::NoAnswerUntil,
    &notify::Notify,
    &proof_of_work::ProofOfWork,
    &recaptcha::Recaptcha,
    &require_factor::RequireFactor,
    &slowdown::Slowdown,
];

/// A time span for sentences: "900 s", "0.5 s".
pub(super) fn span(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
