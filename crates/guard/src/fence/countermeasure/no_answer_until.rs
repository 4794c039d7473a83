//! Stops the attempt and those that follow for `no_answer_duration`; then the count begins at 0.

use super::{Countermeasure, Match, Measure, span};
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct NoAnswerUntil;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "no_answer_until",
    aliases: &["Combodo\\iTop\\Fence\\Countermeasure\\NoAnswerUntil"],
    title: "No answer for a time",
    says: "Stops the attempt and those that follow for a while, with an empty answer.",
};

impl Countermeasure for NoAnswerUntil {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, settings: &Settings) -> Measure {
        Measure::Stop { lasting: Some(settings.silent_for) }
    }

    fn then(&self, settings: &Settings) -> String {
        format!("stop with status {} and no answer for {}", settings.silent_status, span(settings.silent_for))
    }
}
