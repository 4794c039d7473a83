//! Whether the account has never been used from this browser and this network: 1 if so. A name of nobody is always new.

use super::{Checker, Levels, Reading};
use crate::fence::facts::Facts;
use crate::fence::level::Level;
use crate::fence::registry::Descriptor;
use crate::fence::rule::Rule;
use crate::fence::settings::Settings;

pub(super) struct NewPlace;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "new_place",
    aliases: &[],
    title: "New place",
    says: "Notices a browser and network that the account was never used from.",
};

impl Checker for NewPlace {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn read(&self, facts: &Facts<'_>, _rule: &Rule, _settings: &Settings) -> Reading {
        facts.new_place.map_or(Reading::Silent, |new| Reading::Level(Level::whole(u32::from(new))))
    }

    fn levels(&self, _settings: &Settings) -> Option<Levels> {
        Some((Level::whole(1), Level::whole(1)))
    }

    fn when(&self, _min: Option<Level>, _max: Option<Level>) -> String {
        "a browser and network that the account was never used from".to_owned()
    }

    fn tells_of_account(&self) -> bool {
        true
    }
}
