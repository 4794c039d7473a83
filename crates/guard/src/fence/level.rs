//! How bad a checker finds an attempt, as a number that can be compared exactly: thousandths, so that a score of 0.4 is 0.4.

use std::fmt;

/// A level of risk, 0 to about four million in steps of a thousandth. What it means is the checker's matter; 0 is harmless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u32);

impl Level {
    /// Harmless.
    pub const ZERO: Self = Self(0);
    /// The highest there is.
    pub const MAX: Self = Self(u32::MAX);

    /// A whole number; what is too large counts as the highest.
    #[must_use]
    pub const fn whole(number: u32) -> Self {
        Self(number.saturating_mul(1_000))
    }

    /// So many thousandths.
    #[must_use]
    pub const fn thousandths(number: u32) -> Self {
        Self(number)
    }

    /// A decimal number as people write it, to the nearest thousandth; none below zero, beyond the range, or no number.
    #[must_use]
    pub fn decimal(number: f64) -> Option<Self> {
        let scaled = (number * 1_000.0).round();
        // Both bounds are exact in f64, and the cast is from inside them.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked against both bounds in the same line")]
        if (0.0..=f64::from(u32::MAX)).contains(&scaled) { Some(Self(scaled as u32)) } else { None }
    }

    /// As a decimal number.
    #[must_use]
    pub fn as_decimal(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// In thousandths.
    #[must_use]
    pub const fn as_thousandths(self) -> u32 {
        self.0
    }

    /// The next lower one; nothing lies below 0.
    #[must_use]
    pub const fn below(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Whole steps from `from` up to this level, for what grows with each.
    #[must_use]
    pub const fn steps_above(self, from: Self) -> u32 {
        self.0.saturating_sub(from.0) / 1_000
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_to_the_thousandth() {
        assert_eq!(Level::decimal(0.4), Some(Level::thousandths(400)));
        assert_eq!(Level::decimal(3.0), Some(Level::whole(3)));
        assert_eq!(Level::whole(3).to_string(), "3");
        assert_eq!(Level::thousandths(400).to_string(), "0.4");
        for wrong in [-0.1, f64::NAN, f64::INFINITY, 1e12] {
            assert_eq!(Level::decimal(wrong), None, "{wrong}");
        }
        assert_eq!(Level::whole(u32::MAX), Level::MAX);
    }

    #[test]
    fn steps_never_go_below_zero() {
        assert_eq!(Level::whole(5).steps_above(Level::whole(3)), 2);
        assert_eq!(Level::whole(1).steps_above(Level::whole(3)), 0);
    }
}
