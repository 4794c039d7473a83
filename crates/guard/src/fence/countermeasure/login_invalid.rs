//! Answers that the password is wrong, whatever it is. Nothing is compared.

use super::{Countermeasure, Match, Measure};
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct LoginInvalid;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "login_invalid",
    aliases: &["Combodo\\iTop\\Fence\\Countermeasure\\LoginInvalid"],
    title: "Login invalid",
    says: "Answers that name or password is wrong, even when both are right.",
};

impl Countermeasure for LoginInvalid {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::Invalid { lasting: None }
    }

    fn then(&self, _settings: &Settings) -> String {
        "answer that name or password is wrong, whatever they are".to_owned()
    }
}
