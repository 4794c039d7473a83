//! Asks for the text of a picture, or of its sound, before anything is checked.

use super::{Countermeasure, Match, Measure};
use crate::challenge::CAPTCHA;
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct Captcha;

static DESCRIPTOR: Descriptor = Descriptor {
    name: CAPTCHA,
    aliases: &["Combodo\\iTop\\Fence\\Hybrid\\Captcha"],
    title: "Picture captcha",
    says: "Asks for the text of a picture; a wrong answer counts as a wrong password.",
};

impl Countermeasure for Captcha {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::Ask(CAPTCHA)
    }

    fn then(&self, _settings: &Settings) -> String {
        "ask for the text of a picture".to_owned()
    }

    fn asks(&self) -> Option<&'static str> {
        Some(CAPTCHA)
    }
}
