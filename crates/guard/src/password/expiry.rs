//! Whether a password has to be replaced before its owner may do anything else. What "must" leads to is the doors' business: pages go to
//! the form for a new password, programs get an answer of their own.

use crate::clock::Timestamp;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// When the password of an account ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expiry {
    /// Never.
    #[default]
    Never,
    /// At the age that the installation sets.
    Can,
    /// Now: its owner sets another one at the next login.
    Forced,
    /// With the login that it is good for.
    OneTime,
}

impl Expiry {
    /// All of them, the mildest first.
    pub const ALL: &[Self] = &[Self::Never, Self::Can, Self::Forced, Self::OneTime];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Can => "can",
            Self::Forced => "forced",
            Self::OneTime => "one-time",
        }
    }

    /// What it becomes once the owner has set a password: whoever had to, has.
    #[must_use]
    pub const fn renewed(self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Can | Self::Forced | Self::OneTime => Self::Can,
        }
    }

    /// Whether a password that was set at `set_at` has to be replaced. `most` is the age at which those end that can, zero for no such end.
    #[must_use]
    pub fn is_due(self, set_at: Timestamp, most: Duration, now: Timestamp) -> bool {
        match self {
            Self::Never => false,
            Self::Can => !most.is_zero() && now.since(set_at) >= most,
            Self::Forced | Self::OneTime => true,
        }
    }
}

/// The word names no such end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownExpiry;

impl fmt::Display for UnknownExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected one of never, can, forced, one-time")
    }
}

impl std::error::Error for UnknownExpiry {}

impl FromStr for Expiry {
    type Err = UnknownExpiry;

    fn from_str(word: &str) -> Result<Self, UnknownExpiry> {
        Self::ALL.iter().find(|expiry| expiry.as_str() == word).copied().ok_or(UnknownExpiry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn words_come_back() {
        for expiry in Expiry::ALL {
            assert_eq!(expiry.as_str().parse(), Ok(*expiry));
        }
        assert_eq!("sometimes".parse::<Expiry>(), Err(UnknownExpiry));
    }

    #[test]
    fn ninety_days_are_ninety_days() {
        // P12: 90 days; set 89 days 23 hours ago, and 90 days and a second ago.
        let now = Timestamp::from_micros(2_000_000_000_000_000);
        let almost = now.minus(DAY * 89 + Duration::from_hours(23));
        let over = now.minus(DAY * 90 + Duration::from_secs(1));
        for (expiry, set_at, most, due) in [
            (Expiry::Can, almost, DAY * 90, false),
            (Expiry::Can, over, DAY * 90, true),
            (Expiry::Can, over, Duration::ZERO, false),
            (Expiry::Never, now.minus(DAY * 900), DAY * 90, false),
            (Expiry::Forced, now, Duration::ZERO, true),
            (Expiry::OneTime, now, Duration::ZERO, true),
        ] {
            assert_eq!(expiry.is_due(set_at, most, now), due, "{expiry:?}");
        }
    }

    #[test]
    fn whoever_had_to_has() {
        assert_eq!(Expiry::ALL.iter().map(|e| e.renewed()).collect::<Vec<_>>(), [Expiry::Never, Expiry::Can, Expiry::Can, Expiry::Can]);
    }
}
