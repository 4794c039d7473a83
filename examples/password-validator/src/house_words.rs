//! Words that everybody in the house knows, from a file with one on each line.

use std::io;

use ringfence_guard::message::Message;
use ringfence_guard::password::policy::{About, Candidate, Descriptor, Policy, Undecided, Validator};

use crate::say;

/// Refuses what holds one of them.
#[derive(Debug)]
pub struct HouseWords {
    /// In small letters; or why there are none.
    words: Result<Vec<String>, String>,
}

static DESCRIPTOR: Descriptor =
    Descriptor { name: "house_words", title: "Words of the house", says: "Refuses the names of our projects and buildings." };

impl HouseWords {
    /// Takes what became of reading the file. A file that is missing does not keep the program from starting: people can log in, but
    /// nobody can set a password until it is back.
    #[must_use]
    pub fn read(file: io::Result<String>) -> Self {
        let words = |text: String| text.lines().map(|line| line.trim().to_lowercase()).filter(|word| !word.is_empty()).collect();
        Self { words: file.map(words).map_err(|error| error.to_string()) }
    }
}

impl Validator for HouseWords {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// Whoever cannot decide says so: never "nothing to object".
    fn check(&self, candidate: &Candidate, _about: &About<'_>, _policy: &Policy) -> Result<Vec<Message>, Undecided> {
        let words = self.words.as_ref().map_err(|why| Undecided {
            message: say(
                "The words of the house cannot be read. Tell the help desk.",
                "Les mots de la maison sont illisibles. Prévenez l’assistance.",
            ),
            why: why.clone(),
        })?;
        let found = words.iter().any(|word| candidate.folded().contains(word.as_str()));
        let objection = || say("Leave out the names of our projects.", "N’y mettez pas le nom de nos projets.");
        Ok(found.then(objection).into_iter().collect())
    }
}
