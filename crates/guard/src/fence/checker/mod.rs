//! Checkers: each looks at an attempt and says how bad it finds it.
//!
//! To add one: a file here with its type and descriptor, and its line in [`ALL`]. One of your own lives in a crate of yours and is handed to
//! [`Registry::with_checker`](super::registry::Registry::with_checker); `docs/fence.md` shows it whole.

mod captcha;
mod ip_range;
mod login_failed;
mod new_place;
mod recaptcha;
mod spraying;

use super::facts::Facts;
use super::level::Level;
use super::registry::Descriptor;
use super::rule::Rule;
use super::settings::Settings;

/// What a checker finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It says nothing of this attempt: it is not set up, or what it looks at is not there.
    Silent,
    /// How bad it is.
    Level(Level),
    /// It failed; the text is for the log. Counts as a challenge to be solved.
    Failed(String),
}

/// Where a block is kept that one of its rules arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// For the client's address, never for a name: or one bad address could lock anyone out.
    Address,
    /// For the login name.
    Name,
}

/// The levels from the first to the second, both included.
pub type Levels = (Level, Level);

/// Looks at an attempt.
pub trait Checker: Send + Sync {
    /// Its name and meaning.
    fn descriptor(&self) -> &'static Descriptor;

    /// How bad the attempt is. Asked only for rules that cover the mode.
    fn read(&self, facts: &Facts<'_>, rule: &Rule, settings: &Settings) -> Reading;

    /// The levels it can find above the harmless one with these settings; none while it is not set up. For the lint.
    fn levels(&self, settings: &Settings) -> Option<Levels>;

    /// What a rule with these bounds waits for, as the beginning of a sentence: "3 failures or more in a row for a name".
    fn when(&self, min: Option<Level>, max: Option<Level>) -> String;

    /// Where a block is kept that one of its rules arms.
    fn scope(&self) -> Scope {
        Scope::Address
    }

    /// Whether a low level is the bad one, and 0 the worst.
    fn is_low_bad(&self) -> bool {
        false
    }

    /// The challenge that stands on every login form while a rule with this checker covers the form.
    fn shows(&self) -> Option<&'static str> {
        None
    }

    /// The least level of a rule that names no bound at all.
    fn first_level(&self, _settings: &Settings) -> Option<Level> {
        None
    }

    /// The greatest level of a rule that names no bound at all.
    fn last_level(&self, _settings: &Settings) -> Option<Level> {
        None
    }

    /// Whether it looks at the names that failed from the address, which have to be counted for it.
    fn counts_names(&self) -> bool {
        false
    }

    /// Whether it says nothing in the modes without a form.
    fn is_form_only(&self) -> bool {
        self.shows().is_some()
    }

    /// Whether what it finds depends on whether and from where an account is used, so that a visible answer would tell a stranger.
    fn tells_of_account(&self) -> bool {
        false
    }
}

/// Every built-in checker, sorted by name.
pub const ALL: &[&dyn Checker] =
    &[&captcha::Captcha, &ip_range::IpRange, &login_failed::LoginFailed, &new_place::NewPlace, &recaptcha::Recaptcha, &spraying::Spraying];

/// "3 or more", "3 to 5", "at most 5", "any number of", for sentences.
pub(super) fn span(min: Option<Level>, max: Option<Level>) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => min.to_string(),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("{min} or more"),
        (None, Some(max)) => format!("1 to {max}"),
        (None, None) => "any number of".to_owned(),
    }
}
