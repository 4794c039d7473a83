//! Where the attempt comes from: 0 from the trusted list, 1 from outside it, 2 from the malicious list, which wins. Says nothing while both lists
//! are empty; with a malicious list alone, everybody else is harmless.

use super::{Checker, Levels, Reading};
use crate::fence::facts::Facts;
use crate::fence::level::Level;
use crate::fence::registry::Descriptor;
use crate::fence::rule::Rule;
use crate::fence::settings::Settings;

pub(super) struct IpRange;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "ip_range",
    aliases: &["Combodo\\iTop\\Fence\\Checker\\IpRangeChecker"],
    title: "Address range",
    says: "Compares the client's address with the trusted and the malicious list.",
};

const UNTRUSTED: Level = Level::whole(1);
const MALICIOUS: Level = Level::whole(2);

impl Checker for IpRange {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn read(&self, facts: &Facts<'_>, _rule: &Rule, settings: &Settings) -> Reading {
        let Some(address) = facts.address.filter(|_| self.levels(settings).is_some()) else { return Reading::Silent };
        Reading::Level(if settings.malicious.contains(address) {
            MALICIOUS
        } else if settings.trusted.is_empty() || settings.trusted.contains(address) {
            Level::ZERO
        } else {
            UNTRUSTED
        })
    }

    fn levels(&self, settings: &Settings) -> Option<Levels> {
        match (settings.trusted.is_empty(), settings.malicious.is_empty()) {
            (true, true) => None,
            (true, false) => Some((MALICIOUS, MALICIOUS)),
            (false, true) => Some((UNTRUSTED, UNTRUSTED)),
            (false, false) => Some((UNTRUSTED, MALICIOUS)),
        }
    }

    fn when(&self, min: Option<Level>, max: Option<Level>) -> String {
        let untrusted = min.is_none_or(|min| min <= UNTRUSTED) && max.is_none_or(|max| max >= UNTRUSTED);
        let malicious = min.is_none_or(|min| min <= MALICIOUS) && max.is_none_or(|max| max >= MALICIOUS);
        match (untrusted, malicious) {
            (true, true) => "an address outside the trusted list or in the malicious one",
            (true, false) => "an address outside the trusted list",
            (false, true) => "an address in the malicious list",
            (false, false) => "an address of a kind that does not exist",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::fence::settings::Networks;
    use crate::fence::tests::rule;
    use crate::login::mode::Mode;

    fn level(trusted: &str, malicious: &str, address: &str) -> Reading {
        let settings =
            Settings { trusted: Networks::parse(trusted).unwrap(), malicious: Networks::parse(malicious).unwrap(), ..Settings::default() };
        let grades = const { &crate::fence::facts::Grades::new() };
        let facts = Facts::opening(Timestamp::from_micros(0), Mode::Form, Some(address.parse().unwrap()), 0, grades);
        IpRange.read(&facts, &rule("ip_range", "slowdown"), &settings)
    }

    #[test]
    fn e7_e8_malicious_wins_and_mapped_addresses_are_ipv4() {
        assert_eq!(level("10.0.0.0/8", "10.0.0.7", "10.0.0.7"), Reading::Level(MALICIOUS));
        assert_eq!(level("10.0.0.0/8", "10.0.0.7", "10.0.0.8"), Reading::Level(Level::ZERO));
        assert_eq!(level("10.0.0.0/8", "", "::ffff:10.0.0.8"), Reading::Level(Level::ZERO));
        assert_eq!(level("10.0.0.0/8", "", "203.0.113.9"), Reading::Level(UNTRUSTED));
        assert_eq!(level("", "198.51.100.0/24", "203.0.113.9"), Reading::Level(Level::ZERO));
        assert_eq!(level("", "", "203.0.113.9"), Reading::Silent);
    }
}
