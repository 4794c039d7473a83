//! Demands a second factor although none is due. Who has none cannot log in.

use super::{Countermeasure, Match, Measure};
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct RequireFactor;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "require_factor",
    aliases: &[],
    title: "Require a second factor",
    says: "Demands a second factor although none is due.",
};

impl Countermeasure for RequireFactor {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::RequireFactor
    }

    fn then(&self, _settings: &Settings) -> String {
        "demand a second factor".to_owned()
    }
}
