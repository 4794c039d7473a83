//! A field that people do not see and programs like to fill in.

use super::{Challenge, HONEYPOT, Offer, Prompt, Sent};
use crate::fence::{Descriptor, Grade, Level};

pub(super) struct Honeypot;

static DESCRIPTOR: Descriptor = Descriptor {
    name: HONEYPOT,
    aliases: &[],
    title: "Honeypot",
    says: "A field that people do not see; whoever fills it in is a program.",
};

impl Challenge for Honeypot {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn offer(&self, _chance: [u8; 32]) -> Offer {
        Offer { prompt: Prompt::Trap, kept: String::new() }
    }

    fn grade(&self, sent: &Sent<'_>) -> Grade {
        match sent.answer(HONEYPOT) {
            Some("") => Grade::Passed { score: None },
            // A program that sends only the fields it knows leaves it out.
            None | Some(_) => Grade::Failed { level: Level::whole(1) },
        }
    }

    fn is_single_use(&self) -> bool {
        false
    }
}
