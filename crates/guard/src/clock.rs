//! One instant in UTC. The wall clock is read once per request by the composition root; everything else is told.
//!
//! The unit is the microsecond, as in the database. Only what security decisions need is here: differences, sums, and the RFC 3339
//! spelling of an instant in UTC. Time zones and parsing belong to the doors.

use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// By how much clocks may differ that mean the same time: those of two instances, or of two requests that met. What jumps further was set.
pub const SKEW: Duration = Duration::from_secs(10);

/// Microseconds since 1970-01-01T00:00:00Z, leap seconds ignored as in POSIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant there is; stands for "no end".
    pub const MAX: Self = Self(i64::MAX);

    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant and `span` later; stays at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(span)))
    }

    /// This instant and `span` earlier; stays at the beginning of time instead of wrapping.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(span)))
    }

    /// How long after `other` this is; zero if it is not after.
    #[must_use]
    pub fn since(self, other: Self) -> Duration {
        Duration::from_micros(u64::try_from(i128::from(self.0) - i128::from(other.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC with six decimals, as in JSON: `2026-08-01T12:00:00.000000Z`.
    #[must_use]
    pub fn rfc3339_micros(self) -> String {
        let (seconds, micros) = self.split();
        format!("{}.{micros:06}Z", Civil::of(seconds))
    }

    /// Whole seconds, rounded down, and the microseconds above them.
    fn split(self) -> (i64, i64) {
        (self.0.div_euclid(MICROS_PER_SECOND), self.0.rem_euclid(MICROS_PER_SECOND))
    }
}

/// RFC 3339 in UTC to the second, rounded down: `2026-08-01T12:00:00Z`. Years beyond four digits carry a sign.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", Civil::of(self.split().0))
    }
}

/// As text with microseconds, see [`Timestamp::rfc3339_micros`].
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339_micros())
    }
}

fn micros_of(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// A date and time of day in the proleptic Gregorian calendar, UTC.
#[derive(Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second_of_day: i64,
}

impl Civil {
    /// From seconds since the epoch, by counting eras of 400 years from 0000-03-01 (Hinnant, "chrono-compatible low-level date
    /// algorithms", `civil_from_days`).
    fn of(seconds: i64) -> Self {
        let days = seconds.div_euclid(SECONDS_PER_DAY) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            second_of_day: seconds.rem_euclid(SECONDS_PER_DAY),
        }
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            0..=9999 => write!(f, "{:04}", self.year)?,
            year => write!(f, "{year:+05}")?,
        }
        let (hour, minute, second) = (self.second_of_day / 3_600, self.second_of_day / 60 % 60, self.second_of_day % 60);
        write!(f, "-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}", self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * MICROS_PER_SECOND)
    }

    #[test]
    fn spells_known_instants() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_785_585_600, "2026-08-01T12:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "+10000-01-01T00:00:00Z"),
            (-62_167_219_201, "-0001-12-31T23:59:59Z"),
        ] {
            assert_eq!(at(seconds).to_string(), text);
        }
        assert_eq!(Timestamp::from_micros(-1).to_string(), "1969-12-31T23:59:59Z");
        assert!(Timestamp::MAX.to_string().starts_with("+294247-01-10T"));
    }

    #[test]
    fn json_carries_microseconds() {
        let text = serde_json::to_string(&Timestamp::from_micros(1_785_585_600_000_042)).unwrap();
        assert_eq!(text, "\"2026-08-01T12:00:00.000042Z\"");
    }

    #[test]
    fn differences_never_go_below_zero() {
        assert_eq!(at(10).since(at(4)), Duration::from_secs(6));
        assert_eq!(at(4).since(at(10)), Duration::ZERO);
        assert_eq!(Timestamp::MAX.since(Timestamp::from_micros(i64::MIN)), Duration::from_micros(u64::MAX));
        assert_eq!(Timestamp::MAX.plus(Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(at(0).minus(Duration::MAX).micros(), -i64::MAX);
    }

    fn leap(year: i64) -> bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    proptest! {
        /// Against the slowest calendar there is: walk the years and months from 1970.
        #[test]
        fn agrees_with_a_walked_calendar(seconds in 0i64..20_000_000_000) {
            let mut days = seconds / SECONDS_PER_DAY;
            let mut year = 1970;
            while days >= 365 + i64::from(leap(year)) {
                days -= 365 + i64::from(leap(year));
                year += 1;
            }
            let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let mut month = 1;
            for length in lengths {
                if days < length { break; }
                days -= length;
                month += 1;
            }
            prop_assert_eq!(Civil::of(seconds), Civil { year, month, day: days + 1, second_of_day: seconds % SECONDS_PER_DAY });
        }

        #[test]
        fn plus_and_since_are_inverse(start in -1_000_000_000_000_000i64..4_000_000_000_000_000, span in 0u64..1_000_000_000_000_000) {
            let span = Duration::from_micros(span);
            let start = Timestamp::from_micros(start);
            prop_assert_eq!(start.plus(span).since(start), span);
            prop_assert_eq!(start.plus(span).minus(span), start);
        }
    }
}
