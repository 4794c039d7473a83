//! Asks Google how human the visitor looks and refuses a score below `recaptcha_minimum_score`. Does nothing unless both keys are set.

use super::{Countermeasure, Match, Measure};
use crate::challenge::RECAPTCHA;
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct Recaptcha;

static DESCRIPTOR: Descriptor = Descriptor {
    name: RECAPTCHA,
    aliases: &["Combodo\\iTop\\Fence\\Hybrid\\Recaptcha"],
    title: "reCAPTCHA",
    says: "Asks Google how human the visitor looks, and refuses a score below the minimum.",
};

impl Countermeasure for Recaptcha {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, settings: &Settings) -> Measure {
        if settings.recaptcha_ready { Measure::Ask(RECAPTCHA) } else { Measure::Nothing }
    }

    fn then(&self, settings: &Settings) -> String {
        format!("demand a reCAPTCHA score of {} or more", settings.recaptcha_minimum)
    }

    fn asks(&self) -> Option<&'static str> {
        Some(RECAPTCHA)
    }
}
