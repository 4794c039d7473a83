//! How many different names have failed from the client's address bucket in ten minutes: one password tried on many accounts shows here long before
//! any single account notices.

use super::{Checker, Levels, Reading, span};
use crate::fence::facts::Facts;
use crate::fence::level::Level;
use crate::fence::registry::Descriptor;
use crate::fence::rule::Rule;
use crate::fence::settings::Settings;

pub(super) struct Spraying;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "spraying",
    aliases: &[],
    title: "Password spraying",
    says: "Counts the different names that failed from one address in ten minutes.",
};

impl Checker for Spraying {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn read(&self, facts: &Facts<'_>, _rule: &Rule, _settings: &Settings) -> Reading {
        Reading::Level(Level::whole(facts.spraying))
    }

    fn levels(&self, _settings: &Settings) -> Option<Levels> {
        Some((Level::whole(1), Level::MAX))
    }

    fn when(&self, min: Option<Level>, max: Option<Level>) -> String {
        format!("{} names failed from one address in ten minutes", span(min, max))
    }

    fn counts_names(&self) -> bool {
        true
    }
}
