//! `classes`: four switches for kinds of characters, all off at first; a long password needs none of them (NIST SP 800-63B-4 §3.1.1.2).
//!
//! The kinds are those of Unicode: É is an upper-case letter, ٣ a number. A letter without case is neither upper nor lower. An accent that
//! stands by itself belongs to its letter and is no symbol; a blank is one.

use super::{About, Candidate, Descriptor, Policy, Undecided, Validator};
use crate::message::Message;
use unicode_normalization::char::is_combining_mark;

/// The validator.
pub(super) struct Classes;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "classes",
    title: "Kinds of characters",
    says: "Asks for an upper-case letter, a lower-case letter, a number, a symbol, or some of these.",
};

impl Validator for Classes {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, candidate: &Candidate, _about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided> {
        let lacks = |asked: bool, kind: fn(char) -> bool| asked && !candidate.text().chars().any(kind);
        let asked = [
            (lacks(policy.require_uppercase, char::is_uppercase), Message::new("policy-lacks-uppercase")),
            (lacks(policy.require_lowercase, char::is_lowercase), Message::new("policy-lacks-lowercase")),
            (lacks(policy.require_number, char::is_numeric), Message::new("policy-lacks-number")),
            (lacks(policy.require_symbol, is_symbol), Message::new("policy-lacks-symbol")),
        ];
        Ok(asked.into_iter().filter_map(|(lacks, message)| lacks.then_some(message)).collect())
    }
}

fn is_symbol(character: char) -> bool {
    !character.is_alphanumeric() && !is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn kinds_are_those_of_unicode() {
        let policy =
            Policy { require_uppercase: true, require_lowercase: true, require_number: true, require_symbol: true, ..Policy::default() };
        let lacks = |text: &str| -> Vec<&str> {
            let candidate = Candidate::parse(&Secret::new(text.to_owned())).unwrap();
            let said = Classes.check(&candidate, &About::default(), &policy).unwrap();
            said.iter().map(|message| message.key().strip_prefix("policy-lacks-").unwrap()).collect()
        };
        assert_eq!(lacks("aB1!"), [""; 0]);
        assert_eq!(lacks("\u{e9}\u{c9}\u{663} "), [""; 0], "letters, a digit and a blank of any script");
        assert_eq!(lacks("E\u{301}1a"), ["symbol"], "an accent that could be joined");
        assert_eq!(lacks("E\u{331}1a"), ["symbol"], "an accent that cannot");
        assert_eq!(lacks("\u{65e5}\u{672c}"), ["uppercase", "lowercase", "number", "symbol"], "letters without case");
        assert_eq!(lacks("\u{2163}\u{df}"), ["symbol"], "a Roman four is a number and upper case");
        assert_eq!(lacks("\u{1f600}\u{0}"), ["uppercase", "lowercase", "number"]);
        let off = Classes.check(&Candidate::parse(&Secret::new("x".to_owned())).unwrap(), &About::default(), &Policy::default());
        assert_eq!(off, Ok(Vec::new()));
    }
}
