//! One spelling for every way of typing a login name, so that full-width letters, capitals, split accents and stray blanks cannot be used to
//! pass for someone else or to get a fresh set of guesses.
//!
//! The form is the `UsernameCaseMapped` profile of PRECIS (RFC 8265 §3.3) of the trimmed text: width and case mapped, NFC, spaces,
//! symbols, controls and mixed directions refused.

use precis_core::Error;
use precis_core::profile::Profile;
use precis_profiles::UsernameCaseMapped;
use std::fmt;

/// The longest name, in characters of the canonical form.
pub const MAX_LENGTH: usize = 64;

/// The longest e-mail address (RFC 5321 §4.5.3.1.3), which stands for a name where somebody logs in.
pub const MAX_ADDRESS: usize = 254;

/// A form is stable after so many rounds, or it never will be.
const ROUNDS: usize = 3;

/// Why a text can be no login name. The message says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing but blanks.
    Empty,
    /// More than [`MAX_LENGTH`] characters.
    TooLong,
    /// A character that names may not hold.
    BadCharacter(char),
    /// A mixture that has no single form, such as right-to-left and left-to-right text in one name.
    Mixed,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("enter a name"),
            Self::TooLong => write!(f, "use at most {MAX_LENGTH} characters"),
            Self::BadCharacter(' ') => f.write_str("use a name without blanks"),
            Self::BadCharacter(character) if character.is_control() => {
                write!(f, "remove the control character U+{:04X}", u32::from(*character))
            }
            Self::BadCharacter(character) => {
                write!(f, "remove {character:?}: names are made of letters, digits and plain punctuation such as . - _ @")
            }
            Self::Mixed => f.write_str("use letters of one writing direction"),
        }
    }
}

impl std::error::Error for NameError {}

/// The canonical form of `text`, at most [`MAX_LENGTH`] characters, or [`MAX_ADDRESS`] with an @ in it. Giving a canonical form returns it unchanged.
pub fn canonical(text: &str) -> Result<String, NameError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(NameError::Empty);
    }
    let most = if trimmed.contains('@') { MAX_ADDRESS } else { MAX_LENGTH };
    // Mapping may shorten a name (composition), never below a quarter; so endless input is refused before it costs anything.
    if trimmed.chars().take(4 * most + 1).count() > 4 * most {
        return Err(NameError::TooLong);
    }
    let mut form = trimmed.to_owned();
    for _ in 0..ROUNDS {
        let next = UsernameCaseMapped::new().enforce(form.as_str()).map_err(|error| reason(&error, &form))?.into_owned();
        if next == form {
            return if form.chars().count() > most { Err(NameError::TooLong) } else { Ok(form) };
        }
        form = next;
    }
    Err(NameError::Mixed)
}

fn reason(error: &Error, form: &str) -> NameError {
    match error {
        Error::BadCodepoint(info) => {
            let character = char::from_u32(info.cp).or_else(|| form.chars().nth(info.position)).unwrap_or(char::REPLACEMENT_CHARACTER);
            NameError::BadCharacter(character)
        }
        Error::Invalid | Error::Unexpected(_) => NameError::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn many_spellings_are_one_name() {
        for spelling in ["alice", "Alice", "ALICE", "  alice\t\n", "\u{ff21}\u{ff4c}\u{ff49}\u{ff43}\u{ff45}"] {
            assert_eq!(canonical(spelling).as_deref(), Ok("alice"), "{spelling:?}");
        }
        assert_eq!(canonical("e\u{301}ve"), canonical("\u{e9}ve"));
        assert_eq!(canonical("Alice@Example.ORG").as_deref(), Ok("alice@example.org"));
        assert_ne!(canonical("\u{430}lice"), canonical("alice"), "a Cyrillic letter stays one");
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (text, error) in [
            ("", NameError::Empty),
            (" \u{3000}", NameError::Empty),
            ("a b", NameError::BadCharacter(' ')),
            ("a\u{0}b", NameError::BadCharacter('\u{0}')),
            ("a\u{200b}b", NameError::BadCharacter('\u{200b}')),
            ("a\u{202e}b", NameError::BadCharacter('\u{202e}')),
            ("\u{2168}", NameError::BadCharacter('\u{2168}')),
            ("\u{1f600}", NameError::BadCharacter('\u{1f600}')),
            ("\u{5d0}a", NameError::Mixed),
        ] {
            assert_eq!(canonical(text), Err(error), "{text:?}");
        }
        assert_eq!(NameError::BadCharacter(' ').to_string(), "use a name without blanks");
        assert_eq!(NameError::BadCharacter('\u{0}').to_string(), "remove the control character U+0000");
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(canonical(&"\u{e9}".repeat(64)).unwrap().chars().count(), 64);
        assert_eq!(canonical(&"e\u{301}".repeat(64)).unwrap().chars().count(), 64);
        assert_eq!(canonical(&"a".repeat(65)), Err(NameError::TooLong));
        assert_eq!(canonical(&"a".repeat(1_000_000)), Err(NameError::TooLong));
    }

    proptest! {
        #[test]
        fn a_canonical_name_stays_itself(text in "\\PC{0,20}") {
            if let Ok(form) = canonical(&text) {
                prop_assert_eq!(canonical(&form), Ok(form.clone()));
                prop_assert_eq!(canonical(&format!(" {form} ")), Ok(form));
            }
        }

        #[test]
        fn case_never_matters_in_ascii(text in "[a-zA-Z0-9._-]{1,64}") {
            prop_assert_eq!(canonical(&text), Ok(text.to_ascii_lowercase()));
        }

        #[test]
        fn nothing_breaks_it(text in any::<String>()) {
            let _ = canonical(&text);
        }
    }
}
