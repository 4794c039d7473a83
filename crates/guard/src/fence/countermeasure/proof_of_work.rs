//! Makes the browser compute for a second or two, which costs a guesser more than a person. It needs nobody else.

use super::{Countermeasure, Match, Measure};
use crate::challenge::PROOF_OF_WORK;
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct ProofOfWork;

static DESCRIPTOR: Descriptor = Descriptor {
    name: PROOF_OF_WORK,
    aliases: &[],
    title: "Proof of work",
    says: "Makes the browser solve a puzzle by computing, without anybody noticing much.",
};

impl Countermeasure for ProofOfWork {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::Ask(PROOF_OF_WORK)
    }

    fn then(&self, _settings: &Settings) -> String {
        "make the browser solve a puzzle".to_owned()
    }

    fn asks(&self) -> Option<&'static str> {
        Some(PROOF_OF_WORK)
    }
}
