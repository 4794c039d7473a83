//! Why something was not done, in one vocabulary that every door renders in one place.

use std::fmt;

use guard::clock::Timestamp;
use guard::message::{Language, Message};
use guard::permission::{Denied, Permission};
use ringfence_guard as guard;
use ringfence_store::StoreError;

/// What is wrong with one field of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field as the API names it; empty for the input as a whole.
    pub field: String,
    /// What is wrong and what to do, lower case, no full stop; of one from the catalogue its English sentence.
    pub message: String,
    /// The same from the catalogue, for readers of other languages.
    pub said: Option<Message>,
}

impl Problem {
    /// A problem in words.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), said: None }
    }

    /// A problem from the catalogue.
    pub fn said(field: impl Into<String>, message: Message) -> Self {
        Self { field: field.into(), message: message.text(Language::ENGLISH), said: Some(message) }
    }
}

/// Why something was not done. Nothing was changed.
#[derive(Debug)]
pub enum Refusal {
    /// The actor may not.
    Denied {
        /// What it would need.
        permission: Permission,
        /// Nobody is known: logging in may help.
        anonymous: bool,
    },
    /// No such object.
    NotFound {
        /// Kind of object.
        kind: &'static str,
        /// Its id.
        id: i64,
    },
    /// The input does not do; all problems at once.
    Invalid(Vec<Problem>),
    /// Another object has that key.
    Duplicate {
        /// Kind of object.
        kind: &'static str,
        /// The other's id.
        id: i64,
        /// What people call it.
        label: String,
        /// The field that clashes.
        field: &'static str,
    },
    /// Somebody changed it meanwhile.
    Stale {
        /// The version now.
        version: i64,
    },
    /// It is in use; the text says by what and what to do.
    InUse(String),
    /// Too little space; the text says how much there is.
    NoSpace(String),
    /// The state does not allow it; the text says why.
    Conflict(String),
    /// The state does not allow it; the catalogue says why.
    Told(Message),
    /// The same `Idempotency-Key` came with another request.
    KeyReused,
    /// Too many attempts.
    TooMany {
        /// When trying again makes sense.
        until: Timestamp,
    },
    /// Too much to do right now.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after: u64,
    },
    /// The store failed.
    Store(StoreError),
}

impl Refusal {
    /// One problem with one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(field, message)])
    }

    /// One problem with one field, from the catalogue.
    pub fn said(field: impl Into<String>, message: Message) -> Self {
        Self::Invalid(vec![Problem::said(field, message)])
    }

    /// The whole reason, for the log and for whoever sits at the machine itself.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Store(error) => error.to_string(),
            other => other.to_string(),
        }
    }

    /// Absence of an object.
    #[must_use]
    pub const fn missing(kind: &'static str, id: i64) -> Self {
        Self::NotFound { kind, id }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if error.is_reference() {
            return Self::InUse("something that this needs, or that needs this, came or went at the same moment: load it again".into());
        }
        Self::Store(error)
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Denied { permission: denied.permission, anonymous: denied.anonymous }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { permission, .. } => write!(f, "this needs the permission {}", permission.as_str()),
            Self::NotFound { kind, id } => write!(f, "no {kind} with id {id}"),
            Self::Invalid(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "; " };
                    let colon = if problem.field.is_empty() { "" } else { ": " };
                    write!(f, "{comma}{}{colon}{}", problem.field, problem.message)?;
                }
                Ok(())
            }
            Self::Duplicate { kind, id, label, .. } => write!(f, "{label} exists already: {kind} {id}"),
            Self::Stale { version } => write!(f, "it was changed meanwhile (now version {version}): load it again"),
            Self::InUse(text) | Self::NoSpace(text) | Self::Conflict(text) => f.write_str(text),
            Self::Told(message) => f.write_str(&message.text(Language::ENGLISH)),
            Self::KeyReused => f.write_str("this Idempotency-Key was used for another request: choose a new one"),
            Self::TooMany { until } => write!(f, "too many attempts: try again after {until}"),
            Self::Busy { .. } => f.write_str("too much to do right now: try again in a moment"),
            // The cause may hold data: it is logged at the door, not shown.
            Self::Store(error) if error.is_unavailable() => {
                f.write_str("the database does not answer or cannot be written: try again later")
            }
            Self::Store(_) => f.write_str("something went wrong inside; the log has the details under this request's id"),
        }
    }
}

impl std::error::Error for Refusal {}
