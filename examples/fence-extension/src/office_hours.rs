//! A checker: 1 outside of office hours, 0 within them.

use ringfence_guard::clock::Timestamp;
use ringfence_guard::fence::checker::{Checker, Levels, Reading};
use ringfence_guard::fence::{Descriptor, Facts, Level, Rule, Settings};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Finds attempts outside of the office hours, Monday to Friday.
#[derive(Clone, Copy, Debug)]
pub struct OfficeHours {
    /// The hour from which on the office is open, 0 to 23.
    pub opens: u8,
    /// The hour from which on it is closed, 1 to 24.
    pub closes: u8,
    /// How many hours the local time is ahead of UTC. No summer time: a rule should not depend on it.
    pub hours_east: i8,
}

/// What rules call it, and what page and CLI say of it. `aliases` are other words for it in rules: the name it had elsewhere.
static DESCRIPTOR: Descriptor = Descriptor {
    name: "office_hours",
    aliases: &["Acme\\Fence\\OfficeHours"],
    title: "Office hours",
    says: "Notices attempts at night and on weekends.",
};

/// The only level besides 0. A checker may have many; what they mean is its own matter, as long as 0 is harmless.
const CLOSED: Level = Level::whole(1);

impl OfficeHours {
    fn is_open(self, now: Timestamp) -> bool {
        let local = now.micros().saturating_add(i64::from(self.hours_east) * HOUR);
        // 1970-01-01 was a Thursday, so days 2 and 3 of a week counted from there are Saturday and Sunday.
        let weekend = matches!(local.div_euclid(DAY).rem_euclid(7), 2 | 3);
        let hour = local.rem_euclid(DAY) / HOUR;
        !weekend && (i64::from(self.opens)..i64::from(self.closes)).contains(&hour)
    }
}

impl Checker for OfficeHours {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// Asked for every rule that names it and covers the mode. It gets the time with the facts and never looks at a clock: so the simulator can imagine
    /// any hour, and so can a test.
    fn read(&self, facts: &Facts<'_>, _rule: &Rule, _settings: &Settings) -> Reading {
        Reading::Level(if self.is_open(facts.now) { Level::ZERO } else { CLOSED })
    }

    /// What it can find: a rule beyond that is reported as unreachable. None would say that it is not set up.
    fn levels(&self, _settings: &Settings) -> Option<Levels> {
        Some((CLOSED, CLOSED))
    }

    /// The first half of the rule's sentence: "After an attempt outside of office hours, …".
    fn when(&self, _min: Option<Level>, _max: Option<Level>) -> String {
        "an attempt outside of office hours".to_owned()
    }

    // `scope` stays as it is: a block that a rule arms is kept for the address, and nobody can lock out a colleague with it.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nights_and_weekends_are_closed() {
        let hours = OfficeHours { opens: 7, closes: 19, hours_east: 1 };
        // 2026-08-03T00:00:00Z, a Monday.
        let monday = 1_785_715_200_000_000;
        for (hour, open) in [(5, false), (6, true), (17, true), (18, false), (23, false)] {
            for weekday in 0..7 {
                let now = Timestamp::from_micros(monday + weekday * DAY + hour * HOUR);
                assert_eq!(hours.is_open(now), open && weekday < 5, "{now}");
            }
        }
    }
}
