//! `length`: as many characters as are asked for.

use super::{About, Candidate, Descriptor, Objection, Policy, Undecided, Validator};
use crate::message::Message;
use crate::password::MAX_CHARS;

/// No policy allows fewer characters.
pub const SHORTEST: usize = 8;

/// The validator.
pub(super) struct Length;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "length",
    title: "Length",
    says: "Asks for a number of characters, counted as people see them, and for no more than 128.",
};

impl Validator for Length {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, candidate: &Candidate, _about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided> {
        let (min, has) = (policy.min_length.max(SHORTEST), candidate.chars());
        Ok((has < min).then(|| Message::new("policy-too-short").with("min", min).with("has", has)).into_iter().collect())
    }
}

/// The objection to nothing at all.
pub(super) fn empty() -> Objection {
    Objection { validator: DESCRIPTOR.name, message: Message::new("policy-empty"), trouble: None }
}

/// The objection to more than a password may hold.
pub(super) fn too_long() -> Objection {
    Objection { validator: DESCRIPTOR.name, message: Message::new("policy-too-long").with("max", MAX_CHARS), trouble: None }
}
