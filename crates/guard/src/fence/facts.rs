//! What is known of an attempt when the rules are asked: gathered by `app`, judged here.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::level::Level;
use crate::clock::Timestamp;
use crate::login::mode::Mode;

/// What became of a challenge on the form that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grade {
    /// Solved.
    Passed {
        /// How good the answer was, where that is a number: the score of a provider.
        score: Option<Level>,
    },
    /// Wrong, missing, too late or used before.
    Failed {
        /// How far off, where that is a number: mistyped characters, or the score of a provider.
        level: Level,
    },
    /// It could not be decided: a provider does not answer. The text is for the log.
    Undecided(String),
}

impl Grade {
    /// Whether it is solved.
    #[must_use]
    pub const fn passed(&self) -> bool {
        matches!(self, Self::Passed { .. })
    }
}

/// The challenges that stood on the form, by name; one that is not here has not been asked.
pub type Grades = BTreeMap<String, Grade>;

/// An attempt as the checkers see it.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// When it is made.
    pub now: Timestamp,
    /// The way in.
    pub mode: Mode,
    /// The client, if it has an address; IPv4-mapped IPv6 is IPv4 already.
    pub address: Option<IpAddr>,
    /// Failures in a row of the typed name before this attempt; none where no name is typed, or not yet.
    pub failures: Option<u32>,
    /// Failures in a row of this browser before this attempt; none unless it is known to the account.
    pub own_failures: Option<u32>,
    /// Different names that failed from this address bucket in the last ten minutes.
    pub spraying: u32,
    /// Whether the account has never been used from this browser and network; none where no name is typed, or not yet.
    pub new_place: Option<bool>,
    /// What became of the challenges.
    pub grades: &'a Grades,
    /// Whether the form has only been opened: nothing was sent yet.
    pub opening: bool,
}

impl<'a> Facts<'a> {
    /// A login page that somebody opens: nothing is known but where from.
    #[must_use]
    pub const fn opening(now: Timestamp, mode: Mode, address: Option<IpAddr>, spraying: u32, grades: &'a Grades) -> Self {
        Self { now, mode, address, failures: None, own_failures: None, spraying, new_place: None, grades, opening: true }
    }
}
