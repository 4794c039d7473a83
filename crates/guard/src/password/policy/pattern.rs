//! `pattern`: a regular expression of the operator's own. It is searched for; `^` and `$` bind it to the ends.
//!
//! It runs in linear time whatever it is (crate `regex`: no look-around, no back-references), and its size is bounded. One that cannot be
//! read is refused when it is saved; got into the database anyhow, it refuses every password.

use super::{About, Candidate, Descriptor, Policy, Undecided, Validator};
use crate::message::Message;
use regex::{Regex, RegexBuilder};
use std::collections::BTreeMap;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// The longest expression, in characters.
const MAX_CHARS: usize = 1_000;
/// Memory of the compiled expression, in bytes: as much as 128 letters of any script take. There is one in an installation.
const MAX_SIZE: usize = 8 << 20;
/// Brackets within brackets.
const MAX_NESTING: u32 = 50;

/// The validator.
pub(super) struct Form;

static DESCRIPTOR: Descriptor =
    Descriptor { name: "pattern", title: "Form", says: "Asks for a match with a regular expression of your own." };

impl Validator for Form {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, candidate: &Candidate, _about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided> {
        match &policy.pattern {
            Pattern::Off => Ok(Vec::new()),
            Pattern::Set { regex, .. } if regex.is_match(candidate.text()) => Ok(Vec::new()),
            Pattern::Set { phrases, .. } if phrases.is_empty() => Ok(vec![Message::new("policy-pattern")]),
            Pattern::Set { phrases, .. } => Ok(vec![Message::written(phrases.clone())]),
            Pattern::Broken(why) => Err(Undecided { message: Message::new("policy-pattern-broken"), why: why.to_string() }),
        }
    }
}

/// The form that passwords must have.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Any.
    Off,
    /// One that the expression is found in; else the phrases are said, by language, or a standard one if there are none.
    Set {
        /// The expression.
        regex: Regex,
        /// What is said, by language.
        phrases: BTreeMap<String, String>,
    },
    /// It cannot be known.
    Broken(BadPattern),
}

impl Pattern {
    /// Reads an expression that is to be saved; an empty one turns it off.
    pub fn parse(text: &str, phrases: BTreeMap<String, String>) -> Result<Self, BadPattern> {
        if text.is_empty() {
            return Ok(Self::Off);
        }
        if text.chars().take(MAX_CHARS + 1).count() > MAX_CHARS {
            return Err(BadPattern::TooLong);
        }
        // In the normal form of the passwords that it meets.
        let text: String = text.nfc().collect();
        let built = RegexBuilder::new(&text).size_limit(MAX_SIZE).nest_limit(MAX_NESTING).build();
        built.map(|regex| Self::Set { regex, phrases }).map_err(|error| BadPattern::Unreadable(error.to_string()))
    }

    /// Whether anything is asked for.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Reads an expression that was saved.
    #[must_use]
    pub fn stored(text: &str, phrases: BTreeMap<String, String>) -> Self {
        Self::parse(text, phrases).unwrap_or_else(Self::Broken)
    }
}

/// Why an expression is refused. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadPattern {
    /// It has too many characters.
    TooLong,
    /// It is no expression, or too big a one.
    Unreadable(String),
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "use at most {MAX_CHARS} characters"),
            Self::Unreadable(why) => write!(f, "mend the regular expression: {why}"),
        }
    }
}

impl std::error::Error for BadPattern {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Language;
    use crate::secret::Secret;

    fn check(pattern: Pattern, text: &str) -> Result<Vec<String>, Undecided> {
        let policy = Policy { pattern, ..Policy::default() };
        let candidate = Candidate::parse(&Secret::new(text.to_owned())).unwrap();
        let said = Form.check(&candidate, &About::default(), &policy)?;
        Ok(said.iter().map(|message| message.text(Language::parse("fr").unwrap())).collect())
    }

    fn accepts(pattern: &str, text: &str) -> bool {
        check(Pattern::parse(pattern, BTreeMap::new()).unwrap(), text).unwrap().is_empty()
    }

    #[test]
    fn it_is_searched_for() {
        for (pattern, text, accepted) in [
            (".{1,10}", "foo", true),
            (".{6,10}", "foo", false),
            ("", "foo", true),
            ("o", "foo", true),
            ("^o", "foo", false),
            ("a/b", "a/b", true),
            ("^.{3}$", "\u{e9}t\u{e9}", true),
            (r"\p{Lu}", "\u{c9}clair", true),
            ("e\u{301}", "\u{e9}", true),
            ("^\u{e9}$", "e\u{301}", true),
            (r"(?i)^[\w ]{12,128}$", "Twelve \u{e9}l\u{e9}phants", true),
        ] {
            assert_eq!(accepts(pattern, text), accepted, "{pattern} {text}");
        }
    }

    #[test]
    fn it_says_what_the_operator_wrote() {
        let phrases = |texts: &[(&str, &str)]| texts.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect();
        let said = |texts: &[(&str, &str)]| check(Pattern::parse("x", phrases(texts)).unwrap(), "y").unwrap();
        assert_eq!(said(&[("en", "An x."), ("fr", "Un x.")]), ["Un x."]);
        assert_eq!(said(&[("en", "An x.")]), ["An x."]);
        assert_eq!(said(&[]), ["Ce mot de passe n’a pas la forme demandée ici."]);
    }

    #[test]
    fn a_broken_one_is_refused_and_refuses() {
        let too_long = "a".repeat(MAX_CHARS + 1);
        let deep = format!("{}a{}", "(".repeat(99), ")".repeat(99));
        for broken in ["(", "[a", "a**{", "(?=.*[a-z])", r"(a)\1", r"\w{500}", "a{1000}{1000}{1000}", &deep, &too_long] {
            assert!(Pattern::parse(broken, BTreeMap::new()).is_err(), "{broken}");
            let undecided = check(Pattern::stored(broken, BTreeMap::new()), "anything at all").unwrap_err();
            assert_eq!(undecided.message.key(), "policy-pattern-broken");
            assert!(!undecided.why.is_empty());
        }
        assert_eq!(Pattern::parse(&too_long, BTreeMap::new()).unwrap_err().to_string(), "use at most 1000 characters");
    }

    #[test]
    fn no_expression_takes_long() {
        // Exponential where expressions backtrack: it would not end.
        assert!(!accepts("^(a+)+$", &format!("{}!", "a".repeat(127))));
        assert!(!accepts("^(.*)*(.*)*(.*)*x$", &"a".repeat(128)));
    }
}
