//! How many characters of the picture were mistyped. The picture stands on every form; an answer that is missing, late or used before is as wrong
//! as one can be, but never worse, or a long answer could jump over a rule's `max_level`.

use super::{Checker, Levels, Reading, span};
use crate::challenge::captcha::LENGTH;
use crate::challenge::{CAPTCHA, as_level};
use crate::fence::facts::{Facts, Grade};
use crate::fence::level::Level;
use crate::fence::registry::Descriptor;
use crate::fence::rule::Rule;
use crate::fence::settings::Settings;

pub(super) struct Captcha;

static DESCRIPTOR: Descriptor = Descriptor {
    name: CAPTCHA,
    aliases: &["Combodo\\iTop\\Fence\\Hybrid\\Captcha"],
    title: "Picture captcha",
    says: "Shows a picture on every login form and counts the characters that were mistyped.",
};

impl Checker for Captcha {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn read(&self, facts: &Facts<'_>, _rule: &Rule, _settings: &Settings) -> Reading {
        match facts.grades.get(CAPTCHA) {
            _ if facts.opening || !facts.mode.can_ask() => Reading::Silent,
            Some(Grade::Passed { .. }) => Reading::Level(Level::ZERO),
            Some(Grade::Failed { level }) => Reading::Level(*level),
            Some(Grade::Undecided(why)) => Reading::Failed(why.clone()),
            None => Reading::Level(as_level(LENGTH)),
        }
    }

    fn levels(&self, _settings: &Settings) -> Option<Levels> {
        Some((Level::whole(1), as_level(LENGTH)))
    }

    fn when(&self, min: Option<Level>, max: Option<Level>) -> String {
        format!("{} characters of the picture mistyped", span(min, max))
    }

    fn shows(&self) -> Option<&'static str> {
        Some(CAPTCHA)
    }
}
