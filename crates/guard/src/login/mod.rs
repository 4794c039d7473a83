//! The heart of the login: a guess is paid for before it is checked.
//!
//! ```text
//! name ─▶ LoginName ─▶ blocks, rules, budgets (store reserves) ─▶ Attempt ─▶ password::verify ─▶ settle
//!                              └ spent, stopped, asked ─▶ refused
//! ```
//!
//! [`Attempt`] is the receipt: [`crate::password::verify`] demands one and uses it up, and only `store` can write one, from the row
//! that it reserved. The order of the steps is [`machine`]'s, the ways in are [`mode`]'s, what a form carries is a [`ticket`].

pub mod machine;
pub mod mode;
pub mod ticket;

use crate::clock::Timestamp;
use crate::key::Key;
use crate::name;
use crate::text;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// What was typed as a login name. People type passwords there, so it never shows unless it is a possible name.
#[derive(Clone, PartialEq, Eq)]
pub enum LoginName {
    /// A possible name, in its canonical form.
    Canonical(String),
    /// A text that can be nobody's name, trimmed; goes the same way as an unknown name.
    Impossible(String),
}

impl LoginName {
    /// Reads a submitted name. Never refuses: an odd name must cost and answer like any other wrong one.
    #[must_use]
    pub fn read(submitted: &str) -> Self {
        name::canonical(submitted).map_or_else(|_| Self::Impossible(submitted.trim().to_owned()), Self::Canonical)
    }

    /// The form to look the account up by; none if no account can have it.
    #[must_use]
    pub fn canonical(&self) -> Option<&str> {
        match self {
            Self::Canonical(name) => Some(name),
            Self::Impossible(_) => None,
        }
    }

    /// The keyed hash that stands for the name where it belongs to no account.
    #[must_use]
    pub fn tag(&self, key: &Key) -> [u8; 32] {
        match self {
            Self::Canonical(name) => key.sign(&[b"name:", name.as_bytes()].concat()),
            Self::Impossible(name) => key.sign(&[b"text:", name.as_bytes()].concat()),
        }
    }

    /// How the trail shows a name that belongs to no account: `unknown name 7f3a`.
    #[must_use]
    pub fn unknown_label(&self, key: &Key) -> String {
        let [one, two, ..] = self.tag(key);
        format!("unknown name {}", text::hex(&[one, two]))
    }
}

impl fmt::Debug for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginName(***)")
    }
}

/// What `store` reserved: the budget rows that were charged, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Keys of the charged budgets, see [`crate::budget`].
    pub budgets: Vec<String>,
    /// The `now` of the reservation, needed to give it back.
    pub at: Timestamp,
}

/// One paid guess. Good for exactly one comparison; to be settled afterwards with its [`Reservation`].
#[derive(Debug)]
#[must_use]
pub struct Attempt {
    reservation: Reservation,
    used: AtomicBool,
}

impl Attempt {
    /// The receipt for a committed reservation. **Only `store::repo::budget` calls this**, after the charged rows are written; a test
    /// of the workspace looks for any other caller.
    pub const fn reserved(reservation: Reservation) -> Self {
        Self { reservation, used: AtomicBool::new(false) }
    }

    /// What was charged, for settling.
    pub const fn reservation(&self) -> &Reservation {
        &self.reservation
    }

    /// Uses the guess up; `false` if it was used before.
    pub(crate) fn spend(&self) -> bool {
        !self.used.swap(true, Ordering::SeqCst)
    }
}

/// What stands behind a login name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No account.
    Unknown,
    /// An account that may not log in.
    Inactive,
    /// An account in use.
    Active,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{MasterKey, UNKNOWN_NAME};

    #[test]
    fn spellings_share_a_tag_and_nothing_shows() {
        let key = MasterKey::new([7; 32]).derive(UNKNOWN_NAME, 1);
        let name = LoginName::read("  ALICE ");
        assert_eq!(name.canonical(), Some("alice"));
        assert_eq!(name.tag(&key), LoginName::read("alice").tag(&key));
        assert_ne!(name.tag(&key), LoginName::read("bob").tag(&key));
        assert_ne!(name.tag(&key), name.tag(&MasterKey::new([8; 32]).derive(UNKNOWN_NAME, 1)));
        assert_eq!(format!("{name:?}"), "LoginName(***)");
        let label = name.unknown_label(&key);
        assert!(label.starts_with("unknown name ") && label.len() == "unknown name 7f3a".len(), "{label}");
    }

    #[test]
    fn an_impossible_name_is_nobodys_but_still_counted() {
        let key = MasterKey::new([7; 32]).derive(UNKNOWN_NAME, 1);
        let typed = LoginName::read(" correct horse battery ");
        assert_eq!(typed.canonical(), None);
        assert_eq!(typed.tag(&key), LoginName::read("correct horse battery").tag(&key));
        assert_ne!(LoginName::Impossible("a".to_owned()).tag(&key), LoginName::Canonical("a".to_owned()).tag(&key));
    }

    #[test]
    fn an_attempt_is_good_once() {
        let attempt = Attempt::reserved(Reservation { budgets: vec!["v4:203.0.113.9".to_owned()], at: Timestamp::from_micros(5) });
        assert!(attempt.spend());
        assert!(!attempt.spend());
        assert_eq!(attempt.reservation().at, Timestamp::from_micros(5));
    }
}
