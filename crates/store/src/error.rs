//! What can go wrong in the store, sorted by what the caller can do about it.

use std::fmt;

/// Why a driver refused, as far as it matters to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Deadlock, serialization failure, lock wait: the same unit of work may succeed when it is run again.
    Retry,
    /// A unique key is taken.
    Unique,
    /// A row that is referred to is missing, or a row that is to go is still referred to.
    ForeignKey,
    /// The database cannot be reached or cannot be written (full disk, read-only, I/O error).
    Unavailable,
    /// Anything else: a defect.
    Other,
}

/// A driver's refusal. The text is for the log, never for a client: it may hold data.
#[derive(Clone, Debug)]
pub struct DriverError {
    /// What the caller can do about it.
    pub kind: Kind,
    text: String,
}

impl DriverError {
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    pub(crate) fn other(text: impl Into<String>) -> Self {
        Self::new(Kind::Other, text)
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for DriverError {}

/// Why a unit of work or a read failed.
#[derive(Clone, Debug)]
pub enum StoreError {
    /// The database refused or could not be reached.
    Driver(DriverError),
    /// A row that must exist does not.
    Missing {
        /// The table.
        table: &'static str,
        /// Its id.
        id: i64,
    },
    /// A unit of work changed something that no audit event covers; nothing was committed.
    Unrecorded {
        /// How many changes had no event.
        changes: usize,
    },
    /// The unit of work panicked; nothing was committed.
    Panicked,
    /// The store is closing and takes no more work.
    Closed,
    /// What stands in the database contradicts its own rules.
    Corrupt(String),
    /// The database or its files cannot be used as they are; the text says what to do.
    Setup(String),
}

impl StoreError {
    /// Whether a client should be told to come back later (503) instead of being told of a defect (500).
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Closed) || matches!(self, Self::Driver(error) if matches!(error.kind, Kind::Unavailable | Kind::Retry))
    }

    /// Whether a row refers to one that is gone, or is still referred to.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        matches!(self, Self::Driver(error) if error.kind == Kind::ForeignKey)
    }

    /// Whether a unique key was taken.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        matches!(self, Self::Driver(error) if error.kind == Kind::Unique)
    }
}

impl From<DriverError> for StoreError {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver(error) => write!(f, "database: {error}"),
            Self::Missing { table, id } => write!(f, "no {table} with id {id}"),
            Self::Unrecorded { changes } => write!(f, "{changes} changes without an audit event"),
            Self::Panicked => f.write_str("the unit of work panicked"),
            Self::Closed => f.write_str("the store is closing"),
            Self::Corrupt(what) => write!(f, "the database contradicts itself: {what}"),
            Self::Setup(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for StoreError {}
