//! The unit of work: one transaction that cannot end without saying what it did.
//!
//! Every mutating method of a repository gives a [`Change`]; only [`WriteTx::record`] and [`WriteTx::quiet`] turn one into a [`Recorded`], and a unit
//! of work must return a `Recorded`. So forgetting the audit event does not compile, and a change that no event covers is refused at commit.
//!
//! On SQLite all units go through one writer thread ([`writer`]) that commits them in groups; on a server each runs in a pooled connection
//! ([`pool`]) and is run again when the server asks for it.

mod change;
pub(crate) mod pool;
pub(crate) mod writer;

pub use change::{Action, Change, Quiet, Recorded};

use guard::audit::seal::{ChangeRow, Changes};
use guard::audit::{Event, Origin};
use ringfence_guard as guard;
use sea_query::Value;
use serde::Serialize;

use crate::dialect::{Fixed, Statement, enter_log};
use crate::driver::{Conn, Engine, Row};
use crate::error::{DriverError, Kind, StoreError};
use crate::tables::audit;

/// One row of the `change` table that waits for its event.
struct Pending {
    kind: &'static str,
    object: i64,
    action: Action,
    before: Option<String>,
    after: Option<String>,
    covered: bool,
}

/// An open transaction that may write.
pub struct WriteTx<'a> {
    conn: &'a mut Conn,
    origin: &'a Origin,
    pending: Vec<Pending>,
    /// The first refusal of the database: after one, PostgreSQL commits nothing, whatever the unit makes of it.
    refused: Option<DriverError>,
    retry: bool,
    retry_unique: bool,
    in_log: bool,
}

/// An open view for reading.
pub struct ReadTx<'a> {
    conn: &'a mut Conn,
}

/// What repositories run on: reads work on both kinds of transaction, writes only on [`WriteTx`].
pub trait Access: sealed::Session {}
impl Access for WriteTx<'_> {}
impl Access for ReadTx<'_> {}

pub(crate) mod sealed {
    use super::{Conn, DriverError, Engine, Fixed, Row, Statement, StoreError, Value};

    pub trait Session {
        #[doc(hidden)]
        fn conn(&mut self) -> &mut Conn;

        #[doc(hidden)]
        fn failed(&mut self, error: DriverError) -> StoreError {
            StoreError::Driver(error)
        }

        fn engine(&mut self) -> Engine {
            self.conn().engine()
        }

        /// Reads all rows of a statement that is built for this one call.
        fn rows<T>(
            &mut self,
            statement: impl Into<Statement>,
            read: impl FnMut(&mut Row<'_>) -> Result<T, DriverError>,
        ) -> Result<Vec<T>, StoreError> {
            let conn = self.conn();
            let (sql, values) = statement.into().render(conn.engine());
            let done = conn.query(&sql, &values, read);
            done.map_err(|e| self.failed(e))
        }

        /// Reads all rows of a fixed statement.
        fn fixed_rows<T>(
            &mut self,
            statement: &Fixed,
            values: &[Value],
            read: impl FnMut(&mut Row<'_>) -> Result<T, DriverError>,
        ) -> Result<Vec<T>, StoreError> {
            let conn = self.conn();
            let (text, bound) = statement.bind(conn.engine(), values);
            let done = conn.query(text, &bound, read);
            done.map_err(|e| self.failed(e))
        }

        fn fixed_row<T>(
            &mut self,
            statement: &Fixed,
            values: &[Value],
            read: impl FnMut(&mut Row<'_>) -> Result<T, DriverError>,
        ) -> Result<Option<T>, StoreError> {
            Ok(self.fixed_rows(statement, values, read)?.pop())
        }

        fn row<T>(
            &mut self,
            statement: impl Into<Statement>,
            read: impl FnMut(&mut Row<'_>) -> Result<T, DriverError>,
        ) -> Result<Option<T>, StoreError> {
            Ok(self.rows(statement, read)?.pop())
        }
    }
}
use sealed::Session;

impl Session for ReadTx<'_> {
    fn conn(&mut self) -> &mut Conn {
        self.conn
    }
}

impl Session for WriteTx<'_> {
    fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    fn failed(&mut self, error: DriverError) -> StoreError {
        self.retry |= error.kind == Kind::Retry || (self.retry_unique && error.kind == Kind::Unique);
        self.refused.get_or_insert_with(|| error.clone());
        StoreError::Driver(error)
    }
}

impl<'a> ReadTx<'a> {
    pub(crate) const fn new(conn: &'a mut Conn) -> Self {
        Self { conn }
    }
}

impl<'a> WriteTx<'a> {
    pub(crate) const fn new(conn: &'a mut Conn, origin: &'a Origin) -> Self {
        Self { conn, origin, pending: Vec::new(), refused: None, retry: false, retry_unique: false, in_log: false }
    }

    /// Who does this, through which door, and when.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        self.origin
    }

    /// No other unit runs at the same time: what was read stays true without a lock.
    pub(crate) fn is_alone(&self) -> bool {
        self.conn.engine() == Engine::Sqlite
    }

    /// A unique violation in this unit means that somebody was faster; run it again.
    pub const fn retry_when_taken(&mut self) {
        self.retry_unique = true;
    }

    /// Runs `work`, in which a unique violation means that somebody was faster: the unit is then run again.
    pub(crate) fn contended<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let before = std::mem::replace(&mut self.retry_unique, true);
        let done = work(self);
        self.retry_unique = before;
        done
    }

    /// Covers `change` with `event` and writes both to the log.
    pub fn record<T>(&mut self, event: &Event, change: Change<T>) -> Result<Recorded<T>, StoreError> {
        if !self.in_log
            && let Some(text) = enter_log(self.conn.engine())
        {
            self.conn.batch(text).map_err(|e| self.failed(e))?;
        }
        self.in_log = true;
        let at = self.origin.at;
        let mut digest = Changes::default();
        for row in &change.rows {
            if let Some(p) = self.pending.get(*row as usize) {
                let (before, after) = (p.before.as_deref(), p.after.as_deref());
                digest.add(&ChangeRow { at, kind: p.kind, object_id: p.object, action: p.action.as_str(), before, after });
            }
        }
        let event_id = audit::insert(self, event, digest.digest())?;
        let mut rows: Vec<Vec<Value>> = Vec::with_capacity(change.rows.len());
        for row in &change.rows {
            if let Some(p) = self.pending.get_mut(*row as usize) {
                p.covered = true;
                rows.push(audit::change_values(event_id, at.micros(), p.kind, p.object, p.action, p.before.take(), p.after.take()));
            }
        }
        audit::insert_changes(self, rows)?;
        Ok(Recorded(change.value))
    }

    /// Ends a unit whose writes are among the reviewed exceptions.
    pub fn quiet<T>(&mut self, _reason: Quiet, change: Change<T>) -> Recorded<T> {
        for row in &change.rows {
            if let Some(pending) = self.pending.get_mut(*row as usize) {
                pending.covered = true;
            }
        }
        Recorded(change.value)
    }

    /// Ends a unit that found nothing to do.
    pub const fn unchanged<T>(&self, value: T) -> Recorded<T> {
        Recorded(value)
    }

    /// Notes what happened to one object.
    pub(crate) fn changed<T>(
        &mut self,
        value: T,
        kind: &'static str,
        object: i64,
        before: Option<&impl Serialize>,
        after: Option<&impl Serialize>,
    ) -> Result<Change<T>, StoreError> {
        let row = self.note(kind, object, before, after)?;
        Ok(Change { value, rows: vec![row] })
    }

    /// Notes one of many changes; [`Change::many`] gathers them.
    pub(crate) fn note(
        &mut self,
        kind: &'static str,
        object: i64,
        before: Option<&impl Serialize>,
        after: Option<&impl Serialize>,
    ) -> Result<u32, StoreError> {
        let json = |value: &_| serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()));
        let action = match (before.is_some(), after.is_some()) {
            (false, _) => Action::Create,
            (true, true) => Action::Update,
            (true, false) => Action::Delete,
        };
        let before = before.map(json).transpose()?;
        let json = |value: &_| serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()));
        let after = after.map(json).transpose()?;
        self.pending.push(Pending { kind, object, action, before, after, covered: false });
        u32::try_from(self.pending.len() - 1).map_err(|_| StoreError::Corrupt("too many changes in one unit of work".into()))
    }

    pub(crate) fn execute(&mut self, statement: impl Into<Statement>) -> Result<u64, StoreError> {
        let (sql, values) = statement.into().render(self.conn.engine());
        let done = self.conn.execute(&sql, &values);
        done.map_err(|e| self.failed(e))
    }

    pub(crate) fn fixed(&mut self, statement: &Fixed, values: &[Value]) -> Result<u64, StoreError> {
        let (text, bound) = statement.bind(self.conn.engine(), values);
        let done = self.conn.execute(text, &bound);
        done.map_err(|e| self.failed(e))
    }

    pub(crate) fn insert(&mut self, statement: &Fixed, values: &[Value]) -> Result<i64, StoreError> {
        let (text, bound) = statement.bind(self.conn.engine(), values);
        let done = self.conn.insert(text, &bound);
        done.map_err(|e| self.failed(e))
    }

    /// Inserts many rows of one shape and gives their ids in order: one statement for up to [`BATCH`] rows on a server, the prepared single insert
    /// on SQLite, where a statement costs no round trip.
    pub(crate) fn insert_many(&mut self, insert: &Insert, rows: Vec<Vec<Value>>) -> Result<Vec<i64>, StoreError> {
        let mut ids = Vec::with_capacity(rows.len());
        if self.conn.engine() == Engine::Sqlite || rows.len() == 1 {
            for row in rows {
                ids.push(self.insert(&insert.one, &row)?);
            }
            return Ok(ids);
        }
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let batch: Vec<Vec<Value>> = rows.by_ref().take(BATCH).collect();
            let count = batch.len();
            let mut statement = sea_query::Query::insert();
            statement.into_table(insert.table).columns(insert.columns.iter().copied());
            for row in batch {
                statement.values_panic(row.into_iter().map(sea_query::Expr::val));
            }
            let (sql, values) = Statement::from(&mut statement).render(self.conn.engine());
            let done = self.conn.insert_rows(&sql, &values, count);
            ids.extend(done.map_err(|e| self.failed(e))?);
        }
        Ok(ids)
    }

    /// Ends the unit: everything is covered and nothing was refused, or nothing is committed.
    fn finish(&mut self) -> Result<(), StoreError> {
        if let Some(error) = self.refused.take() {
            return Err(StoreError::Driver(error));
        }
        match self.pending.iter().filter(|p| !p.covered).count() {
            0 => Ok(()),
            changes => Err(StoreError::Unrecorded { changes }),
        }
    }

    pub(crate) const fn wants_retry(&self) -> bool {
        self.retry
    }
}

/// Rows per multi-row insert on a server: well under the 65,535 parameters that both protocols allow.
pub(crate) const BATCH: usize = 1000;

/// The insert of one table, as a prepared single row and as the shape of many.
pub(crate) struct Insert {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) one: Fixed,
}

/// Declares an [`Insert`] over a column list.
macro_rules! insert {
    ($table:expr, $columns:expr) => {
        crate::unit::Insert {
            table: $table,
            columns: $columns,
            one: crate::dialect::Fixed::new(|| {
                let mut statement = sea_query::Query::insert();
                statement.into_table($table).columns($columns.iter().copied());
                statement.values_panic($columns.iter().map(|_| crate::dialect::arg()));
                crate::dialect::Statement::from(&mut statement)
            }),
        }
    };
}
pub(crate) use insert;

/// How one run of a unit of work ended.
pub(crate) enum Run<T, E> {
    Keep(T),
    Discard(E),
    Again(E),
}

/// Runs `work` once in an open transaction.
pub(crate) fn run<T, E: From<StoreError>>(
    conn: &mut Conn,
    origin: &Origin,
    work: &dyn Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, E>,
) -> Run<T, E> {
    let mut tx = WriteTx::new(conn, origin);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut tx)));
    let Ok(result) = result else { return Run::Discard(E::from(StoreError::Panicked)) };
    match result.and_then(|Recorded(value)| tx.finish().map(|()| value).map_err(E::from)) {
        Ok(value) => Run::Keep(value),
        Err(error) if tx.wants_retry() => Run::Again(error),
        Err(error) => Run::Discard(error),
    }
}
