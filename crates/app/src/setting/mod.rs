//! Settings: one slice in code says of each its key, type, default, bounds and meaning. Validation, the command line, the reference page and later
//! the settings page all read this slice; values live in the database and take effect on the next request of every instance.
//!
//! To add one: an entry in [`ALL`] (sorted) and a reader of [`Values`].

mod live;

use std::collections::BTreeMap;
use std::time::Duration;

pub use live::Live;

use crate::Refusal;

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number within bounds, both inclusive.
    Integer {
        /// Smallest.
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
}

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Dotted.
    pub key: &'static str,
    /// Type and bounds.
    pub kind: Kind,
    /// Default, as text.
    pub default: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// Never shown.
    pub secret: bool,
}

const fn integer(key: &'static str, default: &'static str, min: i64, max: i64, doc: &'static str) -> Setting {
    Setting { key, kind: Kind::Integer { min, max }, default, doc, secret: false }
}

/// Every setting, sorted by key. Keys and defaults are those of the documents that the product implements.
pub const ALL: &[Setting] = &[
    integer("password_policy.min_length", "12", 8, 128, "Shortest password, in characters."),
    integer(
        "security.account_lockout_max_attempts",
        "10",
        1,
        1_000,
        "Failed logins of one account, from unknown browsers together, before it is refused.",
    ),
    integer(
        "security.account_lockout_seconds",
        "900",
        10,
        86_400,
        "Window in which failed logins of one account count, and how long it is refused.",
    ),
    integer(
        "security.login_lockout_seconds",
        "900",
        10,
        86_400,
        "Window in which failed logins from one address count, and how long it is refused.",
    ),
    integer("security.login_max_attempts", "5", 1, 1_000, "Failed logins from one address, whatever the name, before it is refused."),
    integer("security.session_idle_seconds", "1800", 60, 86_400, "A session ends after so many seconds without a request."),
    integer("session.absolute_lifetime_minutes", "480", 5, 43_200, "A session ends after so many minutes whatever happens."),
];

/// The setting of that key; an unknown one is refused with the nearest known.
pub fn find(key: &str) -> Result<&'static Setting, Refusal> {
    ALL.iter().find(|s| s.key == key).ok_or_else(|| {
        let nearest = ALL.iter().min_by_key(|s| distance(s.key, key)).map_or("", |s| s.key);
        Refusal::invalid("key", format!("there is no setting {key:?}; the nearest is {nearest}"))
    })
}

/// Checks a value and gives it in the one form that is stored.
pub fn normal(setting: &Setting, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let wrong = |message: String| Err(Refusal::invalid(setting.key, message));
    match setting.kind {
        Kind::Integer { min, max } => match text.parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => Ok(number.to_string()),
            _ => wrong(format!("must be a whole number between {min} and {max}")),
        },
        Kind::Switch => match text {
            "true" | "on" | "yes" | "1" => Ok("true".into()),
            "false" | "off" | "no" | "0" => Ok("false".into()),
            _ => wrong("must be true or false".into()),
        },
        Kind::Text { max } => {
            if text.chars().count() > max || text.chars().any(char::is_control) {
                return wrong(format!("must be one line of at most {max} characters"));
            }
            Ok(text.to_owned())
        }
    }
}

/// Levenshtein distance in bytes, for "the nearest is …"; keys are ASCII.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.bytes().enumerate() {
            let (left, up, corner) =
                (next.last().copied().unwrap_or(0), row.get(j + 1).copied().unwrap_or(0), row.get(j).copied().unwrap_or(0));
            next.push((left + 1).min(up + 1).min(corner + usize::from(x != y)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// All values at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    version: i64,
    stored: BTreeMap<String, String>,
}

impl Values {
    /// The stored text, or the default.
    #[must_use]
    pub fn text(&self, setting: &'static Setting) -> &str {
        self.stored.get(setting.key).map_or(setting.default, String::as_str)
    }

    /// Whether these are the values of that version.
    pub(crate) const fn is_version(&self, version: i64) -> bool {
        self.version == version
    }

    /// Whether the value was set by somebody.
    #[must_use]
    pub fn is_stored(&self, setting: &Setting) -> bool {
        self.stored.contains_key(setting.key)
    }

    fn by_key(&self, key: &str) -> &str {
        match (self.stored.get(key), ALL.iter().find(|s| s.key == key)) {
            (Some(text), _) => text,
            (None, Some(setting)) => setting.default,
            (None, None) => "",
        }
    }

    /// A number; a stored text that does not fit any more counts as the default.
    fn number(&self, key: &str) -> i64 {
        let Some(setting) = ALL.iter().find(|s| s.key == key) else { return 0 };
        let stored = normal(setting, self.by_key(key)).ok().and_then(|text| text.parse().ok());
        stored.or_else(|| setting.default.parse().ok()).unwrap_or(0)
    }

    fn seconds(&self, key: &str) -> Duration {
        Duration::from_secs(self.number(key).unsigned_abs())
    }

    /// `password_policy.min_length`.
    #[must_use]
    pub fn password_min_length(&self) -> usize {
        usize::try_from(self.number("password_policy.min_length")).unwrap_or(12)
    }

    /// The address budget of the login.
    #[must_use]
    pub fn address_budget(&self) -> ringfence_guard::budget::Rule {
        self.budget("security.login_max_attempts", "security.login_lockout_seconds")
    }

    /// The account budget of the login.
    #[must_use]
    pub fn account_budget(&self) -> ringfence_guard::budget::Rule {
        self.budget("security.account_lockout_max_attempts", "security.account_lockout_seconds")
    }

    fn budget(&self, attempts: &str, seconds: &str) -> ringfence_guard::budget::Rule {
        let window = self.seconds(seconds);
        let limit = u32::try_from(self.number(attempts)).unwrap_or(1);
        let standard = ringfence_guard::budget::Rule::ADDRESS;
        ringfence_guard::budget::Rule { limit, window, lock: window, lock_max: standard.lock_max.max(window) }
    }

    /// How long sessions live.
    #[must_use]
    pub fn session(&self) -> ringfence_guard::session::Lifetime {
        ringfence_guard::session::Lifetime {
            idle: self.seconds("security.session_idle_seconds"),
            absolute: self.seconds("session.absolute_lifetime_minutes") * 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slice_is_sorted_and_its_defaults_pass_their_own_bounds() {
        assert!(ALL.is_sorted_by_key(|s| s.key));
        for setting in ALL {
            assert_eq!(normal(setting, setting.default).unwrap(), setting.default, "{}", setting.key);
            assert!(setting.doc.ends_with('.'), "{}", setting.key);
        }
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        let refusal = find("security.login_max_attempt").unwrap_err();
        assert!(refusal.to_string().contains("security.login_max_attempts"), "{refusal}");
    }

    #[test]
    fn values_out_of_bounds_are_refused_and_never_take_effect() {
        let idle = find("security.session_idle_seconds").unwrap();
        assert!(normal(idle, "0").is_err() && normal(idle, "x").is_err());
        assert_eq!(normal(idle, " 060 ").unwrap(), "60");
        let values = Values { version: 1, stored: BTreeMap::from([(idle.key.to_owned(), "-5".to_owned())]) };
        assert_eq!(values.session().idle, Duration::from_mins(30));
    }
}
