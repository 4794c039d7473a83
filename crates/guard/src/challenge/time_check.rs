//! The least time between opening the form and sending it: programs are quicker than people. The time counts from the first form of a visit, so that
//! somebody whose password manager is too quick only has to send it again.

use super::{Challenge, Offer, Prompt, Sent, TIME_CHECK};
use crate::fence::{Descriptor, Grade, Level};

pub(super) struct TimeCheck;

static DESCRIPTOR: Descriptor = Descriptor {
    name: TIME_CHECK,
    aliases: &[],
    title: "Time check",
    says: "Refuses forms that are sent quicker than a person can fill them in.",
};

impl Challenge for TimeCheck {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn offer(&self, _chance: [u8; 32]) -> Offer {
        Offer { prompt: Prompt::Unseen, kept: String::new() }
    }

    fn grade(&self, sent: &Sent<'_>) -> Grade {
        if sent.now.since(sent.issued_at) >= sent.min_time {
            Grade::Passed { score: None }
        } else {
            Grade::Failed { level: Level::whole(1) }
        }
    }

    fn is_single_use(&self) -> bool {
        false
    }
}
