//! Stops the attempt: a status and nothing else.

use super::{Countermeasure, Match, Measure};
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct NoAnswer;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "no_answer",
    aliases: &["Combodo\\iTop\\Fence\\Countermeasure\\NoAnswer"],
    title: "No answer",
    says: "Stops the attempt with an empty answer.",
};

impl Countermeasure for NoAnswer {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::Stop { lasting: None }
    }

    fn then(&self, settings: &Settings) -> String {
        format!("stop with status {} and no answer", settings.silent_status)
    }
}
