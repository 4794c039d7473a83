//! Checks the attempt that triggers it, and answers "wrong" to those that follow for `login_always_invalid_duration`.

use super::{Countermeasure, Match, Measure, span};
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct LoginInvalidUntil;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "login_invalid_until",
    aliases: &["Combodo\\iTop\\Fence\\Countermeasure\\LoginInvalidUntil"],
    title: "Login invalid for a time",
    says: "Checks one attempt, then answers for a while that name or password is wrong, even when both are right.",
};

impl Countermeasure for LoginInvalidUntil {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, settings: &Settings) -> Measure {
        Measure::Invalid { lasting: Some(settings.invalid_for) }
    }

    fn then(&self, settings: &Settings) -> String {
        format!("check one attempt, then answer \"wrong\" for {}", span(settings.invalid_for))
    }
}
