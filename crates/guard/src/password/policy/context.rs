//! `context`: not what everybody knows about the account: user name, e-mail address, the program, sites and organisations.
//!
//! Capitals do not matter, nor digits and symbols in the place of letters that they look like (`al1c3`). Words of fewer than four
//! characters are left alone: they are in everything. Of the user name and the address before the @ the parts count as well (`jane.smith`), of
//! names of sites and organisations only the whole: their words are often of every day.

use super::candidate::fold;
use super::{About, Candidate, Descriptor, Policy, Undecided, Validator};
use crate::message::Message;
use crate::secret::{Secret, SecretText};
use unicode_normalization::UnicodeNormalization;

/// Words with fewer characters say nothing.
const SHORTEST: usize = 4;

/// The validator.
pub(super) struct Context;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "context",
    title: "Names around the account",
    says: "Refuses what holds the user name, the e-mail address, or the name of the program, a site or an organisation.",
};

impl Validator for Context {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, candidate: &Candidate, about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided> {
        if !policy.context {
            return Ok(Vec::new());
        }
        let plain = plain(candidate.folded());
        let holds = |word: &str| holds(candidate.folded(), plain.expose(), word);
        let local = about.email.split_once('@').map_or(about.email, |(local, _)| local);
        let found = [
            (with_parts(about.username).any(holds), Message::new("policy-has-username")),
            (holds(about.email) || with_parts(local).any(holds), Message::new("policy-has-email")),
            (holds(about.product), Message::new("policy-has-product")),
            (about.names.iter().copied().any(holds), Message::new("policy-has-name")),
        ];
        Ok(found.into_iter().filter_map(|(found, message)| found.then_some(message)).collect())
    }
}

/// A name and what it is put together from.
fn with_parts(name: &str) -> impl Iterator<Item = &str> {
    std::iter::once(name).chain(name.split(|letter: char| !letter.is_alphanumeric()))
}

/// Whether the candidate holds `word`: in lower case, or without look-alikes (`plain_text`).
fn holds(folded: &str, plain_text: &str, word: &str) -> bool {
    let word = word.trim().nfc().collect::<String>();
    let word = fold(&word);
    let word = word.expose();
    // A number is not spelt with look-alikes: 1007 is not to be found in "loot".
    word.chars().count() >= SHORTEST
        && (folded.contains(word) || (word.chars().any(char::is_alphabetic) && plain_text.contains(plain(word).expose())))
}

/// Letters in the place of what looks like them. Several go to one letter, so that it does not matter which of them was meant.
fn plain(folded: &str) -> SecretText {
    // None of them becomes longer, so that nothing grows and leaves a copy behind.
    let mut text = String::with_capacity(folded.len());
    text.extend(folded.chars().map(|letter| match letter {
        '0' => 'o',
        '1' | 'i' | '!' | '|' => 'l',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    }));
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'_> = About {
        username: "jane.smith",
        email: "jsmith-ops@example.org",
        product: "Ringfence",
        names: &["HQ", "Paris Nord", "\u{c9}lys\u{e9}e", "1007"],
        listed: None,
        reuse: super::super::Reuse::Unchecked,
    };

    fn check(text: &str) -> Vec<&'static str> {
        let candidate = Candidate::parse(&Secret::new(text.to_owned())).unwrap();
        let said = Context.check(&candidate, &ABOUT, &Policy::default()).unwrap();
        said.iter().map(|message| message.key().strip_prefix("policy-has-").unwrap()).collect()
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        for (text, found) in [
            ("jane.smith 2026", &["username"][..]),
            ("I am JANE!", &["username"]),
            ("x 5M1TH x", &["username"]),
            ("xxjsmithxx", &["username", "email"]),
            ("JSMITH-OPS@EXAMPLE.ORG", &["username", "email"]),
            ("R1ngf3nce rules", &["product"]),
            ("in PARIS NORD", &["name"]),
            ("vive l'e\u{301}lyse\u{301}e", &["name"]),
            ("room 1007", &["name"]),
            ("Ringfence for jane in Paris Nord", &["username", "product", "name"]),
        ] {
            assert_eq!(check(text), found, "{text}");
        }
    }

    #[test]
    fn short_and_everyday_words_are_left_alone() {
        for text in ["HQ is a good place", "ops and more", "paris in spring", "nord", "example.org", "all the loot", "correct horse"] {
            assert_eq!(check(text), [""; 0], "{text}");
        }
        let candidate = Candidate::parse(&Secret::new("correct horse".to_owned())).unwrap();
        assert_eq!(Context.check(&candidate, &About::default(), &Policy::default()), Ok(Vec::new()), "empty names are in nothing");
        let off = Policy { context: false, ..Policy::default() };
        let named = Candidate::parse(&Secret::new("jane.smith".to_owned())).unwrap();
        assert_eq!(Context.check(&named, &ABOUT, &off), Ok(Vec::new()));
    }
}
