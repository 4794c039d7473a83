//! Google's score of the person: 0 a machine, 1 a human. Low is bad and every score counts. Says nothing unless both keys are set; an attempt
//! without an answer has the score 0.

use super::{Checker, Levels, Reading};
use crate::challenge::RECAPTCHA;
use crate::fence::facts::{Facts, Grade};
use crate::fence::level::Level;
use crate::fence::registry::Descriptor;
use crate::fence::rule::Rule;
use crate::fence::settings::Settings;

pub(super) struct Recaptcha;

static DESCRIPTOR: Descriptor = Descriptor {
    name: RECAPTCHA,
    aliases: &["Combodo\\iTop\\Fence\\Hybrid\\Recaptcha"],
    title: "reCAPTCHA score",
    says: "Asks Google how human the visitor looks: 0 not at all, 1 surely. Needs both keys.",
};

impl Checker for Recaptcha {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn read(&self, facts: &Facts<'_>, _rule: &Rule, settings: &Settings) -> Reading {
        match facts.grades.get(RECAPTCHA) {
            _ if facts.opening || !facts.mode.can_ask() || !settings.recaptcha_ready => Reading::Silent,
            Some(Grade::Passed { score }) => Reading::Level(score.unwrap_or(Level::whole(1))),
            Some(Grade::Failed { level }) => Reading::Level(*level),
            Some(Grade::Undecided(why)) => Reading::Failed(why.clone()),
            None => Reading::Level(Level::ZERO),
        }
    }

    fn levels(&self, settings: &Settings) -> Option<Levels> {
        settings.recaptcha_ready.then_some((Level::ZERO, Level::whole(1)))
    }

    fn when(&self, min: Option<Level>, max: Option<Level>) -> String {
        match (min, max) {
            (Some(min), Some(max)) => format!("a reCAPTCHA score from {min} to {max}"),
            (Some(min), None) => format!("a reCAPTCHA score of {min} or more"),
            (None, Some(max)) => format!("a reCAPTCHA score of at most {max}"),
            (None, None) => "any reCAPTCHA score".to_owned(),
        }
    }

    /// A rule without bounds means scores below the least that does (`recaptcha_minimum_score`).
    fn last_level(&self, settings: &Settings) -> Option<Level> {
        Some(settings.recaptcha_minimum.below())
    }

    fn is_low_bad(&self) -> bool {
        true
    }

    fn shows(&self) -> Option<&'static str> {
        Some(RECAPTCHA)
    }
}
