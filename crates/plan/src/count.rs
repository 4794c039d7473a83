//! How many addresses: exact from 0 to 2^128, which is one more than `u128` can say (`::/0` has 2^128).

use std::fmt;
use std::str::FromStr;

/// 2^128 in decimal.
const WHOLE_TEXT: &str = "340282366920938463463374607431768211456";

/// An exact number of addresses or prefixes, 0..=2^128. Shown and parsed as a decimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    // Field order is the sort order: only 2^128 itself is `whole`, and then `low` is 0.
    whole: bool,
    low: u128,
}

impl Count {
    /// None.
    pub const ZERO: Self = Self { whole: false, low: 0 };
    /// One.
    pub const ONE: Self = Self { whole: false, low: 1 };
    /// 2^128, all of IPv6.
    pub const WHOLE: Self = Self { whole: true, low: 0 };

    /// Reads a decimal of ASCII digits.
    ///
    /// # Errors
    /// [`CountError`] for anything else, and for more than 2^128.
    pub fn parse(text: &str) -> Result<Self, CountError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CountError);
        }
        if text.trim_start_matches('0') == WHOLE_TEXT {
            return Ok(Self::WHOLE);
        }
        text.parse::<u128>().map(Self::from).map_err(|_| CountError)
    }

    /// 2^`exponent`, at most 2^128.
    pub(crate) fn power_of_two(exponent: u8) -> Self {
        1_u128.checked_shl(exponent.into()).map_or(Self::WHOLE, Self::from)
    }

    /// `less` + 1: sizes are stored as size − 1 so that 2^128 fits in 128 bits.
    #[must_use]
    pub const fn one_more_than(less: u128) -> Self {
        match less.checked_add(1) {
            Some(low) => Self { whole: false, low },
            None => Self::WHOLE,
        }
    }

    /// This count − 1, the stored form of a size; `None` for zero.
    #[must_use]
    pub const fn less_one(self) -> Option<u128> {
        if self.whole { Some(u128::MAX) } else { self.low.checked_sub(1) }
    }

    /// The number, `None` for 2^128.
    #[must_use]
    pub const fn as_u128(self) -> Option<u128> {
        if self.whole { None } else { Some(self.low) }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        !self.whole && self.low == 0
    }

    /// The sum, `None` above 2^128.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match (self.whole, other.whole, self.low.overflowing_add(other.low)) {
            (false, false, (low, false)) => Some(Self { whole: false, low }),
            (false, false, (0, true)) | (true, false, (0, false)) | (false, true, (0, false)) => Some(Self::WHOLE),
            _ => None,
        }
    }

    /// The difference, `None` below zero.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match (self.whole, other.whole) {
            (true, true) => Some(Self::ZERO),
            (false, true) => None,
            (true, false) if other.low == 0 => Some(Self::WHOLE),
            (true, false) => Some(Self { whole: false, low: 0_u128.wrapping_sub(other.low) }),
            (false, false) => match self.low.checked_sub(other.low) {
                Some(low) => Some(Self { whole: false, low }),
                None => None,
            },
        }
    }

    /// The difference, zero instead of less.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        match self.checked_sub(other) {
            Some(difference) => difference,
            None => Self::ZERO,
        }
    }

    /// What part of `total` this is, in percent from 0 to 100, for display only; `None` of nothing.
    #[must_use]
    pub fn percent_of(self, total: Self) -> Option<f64> {
        (!total.is_zero()).then(|| (self.approximate() / total.approximate() * 100.0).clamp(0.0, 100.0))
    }

    #[expect(clippy::cast_precision_loss, reason = "only percentages for display come from here")]
    fn approximate(self) -> f64 {
        if self.whole { 2.0_f64.powi(128) } else { self.low as f64 }
    }
}

impl From<u64> for Count {
    fn from(low: u64) -> Self {
        Self { whole: false, low: low.into() }
    }
}

impl From<u128> for Count {
    fn from(low: u128) -> Self {
        Self { whole: false, low }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.whole { f.pad_integral(true, "", WHOLE_TEXT) } else { self.low.fmt(f) }
    }
}

impl FromStr for Count {
    type Err = CountError;

    fn from_str(text: &str) -> Result<Self, CountError> {
        Self::parse(text)
    }
}

/// The text is no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountError;

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "write a whole number from 0 to {WHOLE_TEXT}, digits only")
    }
}

impl std::error::Error for CountError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Count {
        Count::parse(text).unwrap()
    }

    #[test]
    fn the_top_is_exact() {
        let most = Count::from(u128::MAX);
        assert!(most < Count::WHOLE);
        assert_eq!(most.checked_add(Count::ONE), Some(Count::WHOLE));
        assert_eq!(Count::WHOLE.checked_add(Count::ZERO), Some(Count::WHOLE));
        assert_eq!(Count::WHOLE.checked_add(Count::ONE), None);
        assert_eq!(most.checked_add(Count::from(2_u64)), None);
        assert_eq!(Count::WHOLE.checked_add(Count::WHOLE), None);
        assert_eq!(Count::WHOLE.checked_sub(Count::ONE), Some(most));
        assert_eq!(Count::WHOLE.checked_sub(Count::WHOLE), Some(Count::ZERO));
        assert_eq!(Count::WHOLE.checked_sub(Count::ZERO), Some(Count::WHOLE));
        assert_eq!(most.checked_sub(Count::WHOLE), None);
        assert_eq!(most.saturating_sub(Count::WHOLE), Count::ZERO);
        assert_eq!(Count::one_more_than(u128::MAX), Count::WHOLE);
        assert_eq!(Count::WHOLE.less_one(), Some(u128::MAX));
        assert_eq!(Count::ZERO.less_one(), None);
        assert_eq!(Count::WHOLE.as_u128(), None);
        assert_eq!(Count::power_of_two(128), Count::WHOLE);
        assert_eq!(Count::power_of_two(127), Count::from(1_u128 << 127));
    }

    #[test]
    fn text_goes_there_and_back() {
        for text in ["0", "1", "340282366920938463463374607431768211455", WHOLE_TEXT] {
            assert_eq!(count(text).to_string(), text);
        }
        assert_eq!(count("007"), Count::from(7_u64));
        for text in ["", "-1", "+1", "1.0", " 1", "340282366920938463463374607431768211457", "\u{661}"] {
            assert_eq!(Count::parse(text), Err(CountError), "{text}");
        }
    }

    #[test]
    fn percentages_stay_between_0_and_100() {
        assert_eq!(Count::ONE.percent_of(Count::ZERO), None);
        assert_eq!(Count::ONE.percent_of(Count::from(4_u64)), Some(25.0));
        assert_eq!(Count::from(9_u64).percent_of(Count::from(4_u64)), Some(100.0));
        assert_eq!(Count::from(1_u128 << 127).percent_of(Count::WHOLE), Some(50.0));
    }
}
