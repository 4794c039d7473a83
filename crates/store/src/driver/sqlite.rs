//! SQLite through rusqlite, with its prepared-statement cache.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use sea_query::Value;

use super::row::{Cell, Row};
use crate::error::{DriverError, Kind};

/// The oldest SQLite that is safe: earlier ones can corrupt a database in WAL mode.
const OLDEST: i32 = 3_051_003;
/// Prepared statements kept per connection.
const CACHED_STATEMENTS: usize = 256;
/// How long another process's write may hold us up.
const BUSY: Duration = Duration::from_secs(30);

/// How to open a SQLite connection.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) path: PathBuf,
    /// Readers get read-only connections.
    pub(crate) write: bool,
}

pub struct Sqlite {
    conn: Connection,
}

/// A sea-query value bound to a rusqlite statement.
struct Bound<'a>(&'a Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Value::BigInt(Some(v)) => ValueRef::Integer(*v),
            Value::Int(Some(v)) => ValueRef::Integer(i64::from(*v)),
            Value::BigUnsigned(Some(v)) => {
                ValueRef::Integer(i64::try_from(*v).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?)
            }
            Value::Bool(Some(v)) => ValueRef::Integer(i64::from(*v)),
            Value::String(Some(v)) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(Some(v)) => ValueRef::Blob(v),
            _ => ValueRef::Null,
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

/// Sets what belongs to the role of a connection. When several processes turn a new file to its write-ahead log at the same moment, SQLite answers
/// "locked" at once instead of waiting as it does elsewhere: then the others are given their time.
fn take_role(conn: &Connection, role: &str) -> Result<(), DriverError> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    loop {
        match conn.execute_batch(role).map_err(|e| failed(&e)) {
            Err(error) if error.kind == Kind::Retry && waited < BUSY => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            done => return done,
        }
    }
}

impl Sqlite {
    pub(crate) fn open(options: &Options) -> Result<Self, DriverError> {
        if rusqlite::version_number() < OLDEST {
            return Err(DriverError::other(format!("sqlite {} is too old: 3.51.3 or newer is required", rusqlite::version())));
        }
        let flags = if options.write {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
        };
        let conn = Connection::open_with_flags(&options.path, flags).map_err(|e| failed(&e))?;
        conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        conn.busy_timeout(BUSY).map_err(|e| failed(&e))?;
        // Without the planner's stability guarantee SQLite plans a cached statement anew whenever other values are bound, which cost half of
        // every read.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(|e| failed(&e))?;
        let common = "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;";
        conn.execute_batch(common).map_err(|e| failed(&e))?;
        let role = if options.write {
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-12288; PRAGMA journal_size_limit=33554432; PRAGMA wal_autocheckpoint=8000;"
        } else {
            "PRAGMA query_only=ON; PRAGMA cache_size=-2048;"
        };
        take_role(&conn, role)?;
        Ok(Self { conn })
    }

    pub(crate) fn is_open_transaction(&self) -> bool {
        !self.conn.is_autocommit()
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DriverError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| failed(&e))?;
        let count = statement.execute(params_from_iter(values.iter().map(Bound))).map_err(|e| failed(&e))?;
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    pub(crate) fn insert(&mut self, sql: &str, values: &[Value]) -> Result<i64, DriverError> {
        self.execute(sql, values)?;
        Ok(self.conn.last_insert_rowid())
    }

    pub(crate) fn insert_rows(&mut self, sql: &str, values: &[Value], count: usize) -> Result<Vec<i64>, DriverError> {
        let last = self.insert(sql, values)?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Ok((last - count + 1..=last).collect())
    }

    pub(crate) fn query(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&mut Row<'_>) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| failed(&e))?;
        let mut rows = statement.query(params_from_iter(values.iter().map(Bound))).map_err(|e| failed(&e))?;
        while let Some(row) = rows.next().map_err(|e| failed(&e))? {
            let cell = |column: usize| match row.get_ref(column).map_err(|e| failed(&e))? {
                ValueRef::Null => Ok(Cell::Null),
                ValueRef::Integer(v) => Ok(Cell::Int(v)),
                ValueRef::Text(v) => std::str::from_utf8(v).map(Cell::Text).map_err(|e| DriverError::other(e.to_string())),
                ValueRef::Blob(v) => Ok(Cell::Bytes(v)),
                ValueRef::Real(_) => Err(DriverError::other("a floating-point column")),
            };
            each(&mut Row::new(&cell))?;
        }
        Ok(())
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), DriverError> {
        self.conn.execute_batch(sql).map_err(|e| failed(&e))
    }
}

fn failed(error: &rusqlite::Error) -> DriverError {
    let kind = match error {
        rusqlite::Error::SqliteFailure(inner, _) => match (inner.code, inner.extended_code) {
            (_, 2067 | 1555) => Kind::Unique,
            (_, 787) => Kind::ForeignKey,
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Kind::Retry,
            (
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase,
                _,
            ) => Kind::Unavailable,
            _ => Kind::Other,
        },
        _ => Kind::Other,
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => DriverError::new(kind, format!("{error}: is the disk full, or failing?")),
        _ => DriverError::new(kind, error.to_string()),
    }
}
