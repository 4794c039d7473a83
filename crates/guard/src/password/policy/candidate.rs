//! A password that somebody would like to have.

use super::{Objection, length};
use crate::password::{NewPassword, normal_form};
use crate::secret::{Secret, SecretText};

/// A candidate in its normal form (NFC): not empty, and no longer than a password may be. Any character counts, blanks and NUL included:
/// nothing here ends at one, and a rule for a single character would be one more to explain.
#[derive(Debug)]
pub struct Candidate {
    normal: SecretText,
    folded: SecretText,
}

impl Candidate {
    /// Takes what was typed, neither cut nor trimmed. Of an empty or endless text nothing else can be said, so that this objection comes
    /// alone.
    pub fn parse(typed: &SecretText) -> Result<Self, Objection> {
        let normal = normal_form(typed).ok_or_else(length::too_long)?;
        if normal.expose().is_empty() {
            return Err(length::empty());
        }
        let folded = fold(normal.expose());
        Ok(Self { normal, folded })
    }

    /// The text, for whoever judges it. Do not keep it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.normal.expose()
    }

    /// The text in lower case.
    #[must_use]
    pub fn folded(&self) -> &str {
        self.folded.expose()
    }

    /// How many characters it has.
    #[must_use]
    pub fn chars(&self) -> usize {
        self.text().chars().count()
    }

    /// The password that it becomes once nothing speaks against it.
    pub(super) fn accept(self) -> NewPassword {
        NewPassword(self.normal)
    }
}

/// `text` in lower case, letter by letter: the same wherever a letter stands, as in lists.
pub(super) fn fold(text: &str) -> SecretText {
    // Room for all (no letter becomes more than three times as long), so that growing leaves no copy behind.
    let mut folded = String::with_capacity(3 * text.len());
    folded.extend(text.chars().flat_map(char::to_lowercase));
    Secret::new(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Candidate, Objection> {
        Candidate::parse(&Secret::new(text.to_owned()))
    }

    #[test]
    fn nothing_is_cut_or_trimmed() {
        for text in ["0", " ", "  blanks at both ends  ", "a\u{0}b", "tab\tand\nline", ":"] {
            assert_eq!(parse(text).unwrap().text(), text);
        }
        assert_eq!(parse("e\u{301}").unwrap().text(), "\u{e9}");
        assert_eq!(parse("e\u{301}").unwrap().chars(), 1);
        assert_eq!(parse("\u{c9}A\u{3a3}").unwrap().folded(), "\u{e9}a\u{3c3}");
    }

    #[test]
    fn empty_and_endless_are_refused_alone() {
        let key = |text: &str| parse(text).map(|_| ()).map_err(|objection| objection.message.key());
        assert_eq!(key(""), Err("policy-empty"));
        for fits in ["a".repeat(128), "\u{1f600}".repeat(128), "e\u{301}".repeat(128)] {
            assert_eq!(key(&fits), Ok(()));
        }
        for long in ["a".repeat(129), "\u{1f600}".repeat(129), "e\u{301}".repeat(129), "x".repeat(1 << 20), "\u{0}".repeat(1 << 20)] {
            assert_eq!(key(&long), Err("policy-too-long"));
        }
    }

    #[test]
    fn debugging_shows_stars() {
        let shown = format!("{:?}", parse("Correct Horse").unwrap());
        assert!(!shown.to_lowercase().contains("horse"), "{shown}");
    }

    #[test]
    fn lower_case_never_needs_more_room_than_taken() {
        for letter in '\0'..=char::MAX {
            assert!(letter.to_lowercase().map(char::len_utf8).sum::<usize>() <= 3 * letter.len_utf8(), "{letter:?}");
        }
    }
}
