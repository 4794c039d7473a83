//! A season or a month with little else around it: the most common answer to "change it every three months".

use ringfence_guard::message::Message;
use ringfence_guard::password::policy::{About, Candidate, Descriptor, Policy, Undecided, Validator};

use crate::say;

/// In small letters, in the languages of the house.
const WORDS: &[&str] = &[
    "spring",
    "summer",
    "autumn",
    "winter",
    "january",
    "february",
    "april",
    "august",
    "september",
    "october",
    "november",
    "december",
    "printemps",
    "automne",
    "hiver",
    "janvier",
    "février",
    "avril",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// Refuses them.
#[derive(Clone, Copy, Debug)]
pub struct Season {
    /// With more characters than this besides the word, it may stay.
    pub most_others: usize,
}

/// What objections, the audit trail and pages call it.
static DESCRIPTOR: Descriptor =
    Descriptor { name: "season", title: "Seasons and months", says: "Refuses a season or a month with a few characters around it." };

impl Validator for Season {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// Gets the candidate in its normal form, so that é is one character however it was typed; `folded` is the same in lower case. Nothing
    /// to object is an empty list.
    fn check(&self, candidate: &Candidate, _about: &About<'_>, _policy: &Policy) -> Result<Vec<Message>, Undecided> {
        let is_little_more = |word: &str| candidate.chars() <= word.chars().count() + self.most_others;
        let found = WORDS.iter().any(|word| candidate.folded().contains(word) && is_little_more(word));
        let objection = || say("Do not build it from a season or a month.", "Ne le formez pas à partir d’une saison ou d’un mois.");
        Ok(found.then(objection).into_iter().collect())
    }
}
