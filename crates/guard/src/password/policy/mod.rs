//! What a new password must be: validators, all of which are asked, and whose objections are shown all at once.
//!
//! ```text
//! typed ─▶ Candidate ─▶ every validator of Rules ─▶ NewPassword, the one thing that can be hashed
//!              └ empty, endless    └ objections ─▶ shown together, in the reader's language
//! ```
//!
//! A validator decides from the candidate, what is known [`About`] the user, and the [`Policy`]; it reads no file and asks no clock. One
//! that cannot decide objects ([`Undecided`]): a list that is gone refuses the new password, never the login.
//!
//! To add one: a file here with its type and descriptor, and its line in [`ALL`]. One of your own lives in a crate of yours and is handed
//! to [`Rules::with_validator`]; `docs/password-policy.md` shows it whole.
//!
//! Judging takes milliseconds ([`strength`]) and some hashes ([`reuse`]): run it on the threads of [`super::pool`].

mod blocklist;
mod candidate;
mod classes;
mod context;
mod history;
mod length;
mod pattern;
mod rules;
pub mod strength;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use blocklist::spellings;
pub use blocklist::{Listed, MOST_SPELLINGS, Unreadable};
pub use candidate::Candidate;
pub use history::{Kept, MOST_FORMER, Reuse, prove, reuse};
pub use length::SHORTEST;
pub use pattern::{BadPattern, Pattern};
pub use rules::Rules;

use crate::message::Message;

/// What pages and settings call a validator, and what it does in a sentence.
#[derive(Debug)]
pub struct Descriptor {
    /// Its word in objections, the audit trail and the documentation.
    pub name: &'static str,
    /// Its word on pages.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub says: &'static str,
}

/// Judges a new password.
pub trait Validator: Send + Sync {
    /// Its name and meaning.
    fn descriptor(&self) -> &'static Descriptor;

    /// What speaks against the candidate: nothing, or messages that say what to do. They are shown to whoever sets the password and must
    /// not repeat it.
    fn check(&self, candidate: &Candidate, about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided>;
}

/// Every built-in validator, sorted by name. Objections come in this order, and those of one's own validators after them.
pub const ALL: &[&dyn Validator] =
    &[&blocklist::Blocklist, &classes::Classes, &context::Context, &history::History, &length::Length, &pattern::Form, &strength::Meter];

/// A validator could not decide. That refuses the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// What is told to whoever sets the password.
    pub message: Message,
    /// What went wrong, for the log.
    pub why: String,
}

/// What a validator has against a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The name of the validator.
    pub validator: &'static str,
    /// What to tell.
    pub message: Message,
    /// Why it could not decide, for the log; none if it did.
    pub trouble: Option<String>,
}

/// What is known of the account and the installation. The default knows nothing and passes nothing: no list was given, nothing was
/// compared.
#[derive(Clone, Copy, Default)]
pub struct About<'a> {
    /// The login name.
    pub username: &'a str,
    /// The e-mail address, empty if there is none.
    pub email: &'a str,
    /// What the program is called here.
    pub product: &'a str,
    /// Names of sites and organisations.
    pub names: &'a [&'a str],
    /// The lists of forbidden passwords.
    pub listed: Option<&'a dyn Listed>,
    /// What became of comparing the candidate with the passwords of the account so far.
    pub reuse: Reuse,
}

/// What an installation asks for: the settings `password_policy.*`.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one for each switch of the settings")]
pub struct Policy {
    /// Least number of characters; fewer than [`SHORTEST`] count as that.
    pub min_length: usize,
    /// At least one upper-case letter.
    pub require_uppercase: bool,
    /// At least one lower-case letter.
    pub require_lowercase: bool,
    /// At least one number.
    pub require_number: bool,
    /// At least one character that is neither letter nor number.
    pub require_symbol: bool,
    /// A form of one's own.
    pub pattern: Pattern,
    /// Not one of the lists of forbidden passwords.
    pub blocklist: bool,
    /// Not made of what everybody knows about the account.
    pub context: bool,
    /// Not one of so many passwords before the present one, at most [`MOST_FORMER`].
    pub history: u8,
    /// Not easy to guess: below [`strength::ENOUGH`].
    pub refuse_weak: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min_length: 12,
            require_uppercase: false,
            require_lowercase: false,
            require_number: false,
            require_symbol: false,
            pattern: Pattern::Off,
            blocklist: true,
            context: true,
            history: 0,
            refuse_weak: false,
        }
    }
}
