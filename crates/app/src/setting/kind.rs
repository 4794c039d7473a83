//! What a value may be, and the one form in which it is stored.

use std::collections::BTreeMap;

use guard::fence::{Registry, rule, settings::Networks};
use guard::login::mode::Mode;
use guard::password::policy::Pattern;
use ringfence_guard as guard;

use super::zone;

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number within bounds, both inclusive.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Nothing, written 0, or a whole number within bounds, both inclusive.
    OffOr {
        /// Smallest that is not nothing.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// `true` or `false`.
    Switch,
    /// One line of text of at most so many characters.
    Text {
        /// Longest.
        max: usize,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A number from 0 to 1 with at most three decimals.
    Share,
    /// A secret of at most so many characters; sealed in the database and never shown.
    Secret {
        /// Longest.
        max: usize,
    },
    /// Addresses and networks.
    Networks,
    /// Login modes.
    Modes,
    /// Rules of the fence.
    Rules,
    /// A text for each language, as a JSON object from language to text.
    Phrases,
    /// A regular expression that can be searched for in linear time; empty: none.
    Pattern,
    /// A time zone by its IANA name.
    Timezone,
}

/// Longest text of one language.
const PHRASE: usize = 500;

impl Kind {
    /// Checks a value and gives it in the one form that is stored; the error says what it must be.
    pub fn normal(self, text: &str, registry: &Registry) -> Result<String, String> {
        let text = text.trim();
        match self {
            Self::Integer { min, max } => match text.parse::<i64>() {
                Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
                _ => Err(format!("must be a whole number between {min} and {max}")),
            },
            Self::OffOr { min, max } => match text.parse::<i64>() {
                Ok(number) if number == 0 || (min..=max).contains(&number) => Ok(number.to_string()),
                _ => Err(format!("must be 0 for off, or a whole number between {min} and {max}")),
            },
            Self::Switch => match text {
                "true" | "on" | "yes" | "1" => Ok("true".into()),
                "false" | "off" | "no" | "0" => Ok("false".into()),
                _ => Err("must be true or false".into()),
            },
            Self::Text { max } | Self::Secret { max } => {
                let fits = text.chars().count() <= max && !text.chars().any(crate::limit::is_unseen);
                if fits { Ok(text.to_owned()) } else { Err(format!("must be one line of at most {max} characters")) }
            }
            Self::OneOf(words) if words.contains(&text) => Ok(text.to_owned()),
            Self::OneOf(words) => {
                Err(format!("must be one of {}", words.iter().filter(|w| !w.is_empty()).copied().collect::<Vec<_>>().join(", ")))
            }
            Self::Share => match text.parse::<f64>() {
                Ok(number) if (0.0..=1.0).contains(&number) => Ok(format!("{}", (number * 1_000.0).round() / 1_000.0)),
                _ => Err("must be a number from 0 to 1".into()),
            },
            Self::Networks => Networks::parse(text).map(|list| list.to_string()).map_err(|e| e.to_string()),
            Self::Modes => {
                let modes = Mode::parse_list(text).map_err(|e| e.to_string())?;
                Ok(modes.iter().map(|mode| mode.as_str()).collect::<Vec<_>>().join("|"))
            }
            Self::Rules => {
                let written = rule::read(text).map_err(|e| e.to_string())?;
                let rules = rule::resolve(&written, registry).map_err(|e| e.to_string())?;
                Ok(rule::write(&rules.iter().map(rule::Written::from).collect::<Vec<_>>()))
            }
            Self::Phrases => phrases(text),
            Self::Pattern => Pattern::parse(text, BTreeMap::new()).map(|_| text.to_owned()).map_err(|e| e.to_string()),
            Self::Timezone => zone::name(text),
        }
    }
}

impl Kind {
    /// What a value of this kind looks like, for the reference; without a full stop.
    #[must_use]
    pub fn says(self) -> String {
        match self {
            Self::Integer { min, max } => format!("{min} to {max}"),
            Self::OffOr { min, max } => format!("0 for off, or {min} to {max}"),
            Self::Switch => "true or false".into(),
            Self::Text { max } => format!("text of at most {max} characters"),
            Self::Secret { max } => format!("secret of at most {max} characters"),
            Self::OneOf(words) => words.iter().map(|word| if word.is_empty() { "empty" } else { word }).collect::<Vec<_>>().join(", "),
            Self::Share => "0 to 1".into(),
            Self::Networks => "addresses and networks, one a line".into(),
            Self::Modes => "modes, joined by |".into(),
            Self::Rules => "rules as JSON".into(),
            Self::Phrases => "JSON object from language to text".into(),
            Self::Pattern => "regular expression".into(),
            Self::Timezone => "IANA time zone".into(),
        }
    }
}

fn phrases(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let map: BTreeMap<String, String> =
        serde_json::from_str(text).map_err(|_| "must be a text for each language, such as {\"en\": \"…\", \"fr\": \"…\"}".to_owned())?;
    for (language, phrase) in &map {
        if !(2..=8).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            return Err(format!("{language:?} is no language such as en, fr or pt-br"));
        }
        if phrase.chars().count() > PHRASE || phrase.chars().any(|c| c.is_control() && c != '\n') {
            return Err(format!("the text for {language} must be at most {PHRASE} characters without control characters"));
        }
    }
    serde_json::to_string(&map).map_err(|e| e.to_string())
}
