//! How often in a row this login name has failed, whether anybody is called that or not. The count is the one before this attempt: a rule from
//! level 3 on acts on the fourth. A browser that is known to the account has a count of its own, which strangers cannot raise.

use super::{Checker, Levels, Reading, Scope, span};
use crate::fence::facts::Facts;
use crate::fence::level::Level;
use crate::fence::registry::Descriptor;
use crate::fence::rule::Rule;
use crate::fence::settings::Settings;

pub(super) struct LoginFailed;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "login_failed",
    aliases: &["Combodo\\iTop\\Fence\\Checker\\LoginFailedListener"],
    title: "Login failed",
    says: "Counts how often in a row a login name has failed, known or not.",
};

impl Checker for LoginFailed {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn read(&self, facts: &Facts<'_>, rule: &Rule, _settings: &Settings) -> Reading {
        let own = facts.own_failures.filter(|_| !rule.strict);
        own.or(facts.failures).map_or(Reading::Silent, |failures| Reading::Level(Level::whole(failures)))
    }

    fn levels(&self, _settings: &Settings) -> Option<Levels> {
        Some((Level::whole(1), Level::MAX))
    }

    fn when(&self, min: Option<Level>, max: Option<Level>) -> String {
        format!("{} failures in a row for a name", span(min, max))
    }

    fn scope(&self) -> Scope {
        Scope::Name
    }

    fn first_level(&self, settings: &Settings) -> Option<Level> {
        Some(Level::whole(settings.free_tries))
    }
}
