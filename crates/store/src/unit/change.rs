//! What a unit of work has to show: changes that wait for their event, and the proof that all are on record.

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Create,
    /// It was changed.
    Update,
    /// It was removed.
    Delete,
}

impl Action {
    /// The word in the `change` table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A change that has been made in the open transaction and that an event has yet to cover.
#[must_use = "a change that no event covers is refused at commit"]
#[derive(Debug)]
pub struct Change<T> {
    pub(super) value: T,
    pub(super) rows: Vec<u32>,
}

impl<T> Change<T> {
    /// What the mutating method gives.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Turns the value into another, keeping what has to be covered.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Change<U> {
        Change { value: f(self.value), rows: self.rows }
    }

    /// Both changes as one, to be covered by one event.
    pub fn and<U>(mut self, other: Change<U>) -> Change<(T, U)> {
        self.rows.extend(other.rows);
        Change { value: (self.value, other.value), rows: self.rows }
    }

    /// All changes as one.
    pub fn all(changes: impl IntoIterator<Item = Self>) -> Change<Vec<T>> {
        let mut out = Change { value: Vec::new(), rows: Vec::new() };
        for change in changes {
            out.value.push(change.value);
            out.rows.extend(change.rows);
        }
        out
    }

    /// A value that leaves no change row: what it stands for is covered by the event alone.
    pub(crate) const fn bare(value: T) -> Self {
        Self { value, rows: Vec::new() }
    }
}

impl Change<()> {
    /// No change at all: for events that only say that something happened.
    pub const fn none() -> Self {
        Self::bare(())
    }
}

/// Proof that everything a unit of work did is on record.
#[must_use]
#[derive(Debug)]
pub struct Recorded<T>(pub(super) T);

impl<T> Recorded<T> {
    /// Turns the value into another; the proof stays.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Recorded<U> {
        Recorded(f(self.0))
    }

    /// What was recorded.
    pub const fn value(&self) -> &T {
        &self.0
    }
}

/// The reviewed exceptions: writes that leave no audit event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    /// Counters of the login budgets; the settle of the attempt leaves the event.
    FenceCounter,
    /// Last-seen marks of sessions, keys and known browsers.
    SessionSeen,
    /// Leases, progress and clean-up of expired rows by jobs.
    JobHeartbeat,
}

impl<T> Change<T> {
    pub(crate) const fn many(value: T, rows: Vec<u32>) -> Self {
        Self { value, rows }
    }
}
