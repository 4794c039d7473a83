//! MariaDB and `MySQL` through the blocking `mysql` client and its own statement cache.

use std::time::Duration;

use mysql::consts::CapabilityFlags;
use mysql::prelude::Queryable;
use mysql::{Opts, OptsBuilder, Params, SslOpts};
use sea_query::Value;

use super::row::{Cell, Row};
use super::tls::{self, Tls};
use crate::error::{DriverError, Kind};

/// Session settings of every connection: strict types, byte-wise text, and the isolation that units of work are written for.
const SESSION: [&str; 4] = [
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_BACKSLASH_ESCAPES'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION innodb_lock_wait_timeout = 30",
];

#[derive(Clone)]
pub(crate) struct Target {
    opts: Opts,
}

pub struct Mysql {
    conn: mysql::Conn,
    step: i64,
    alive: bool,
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self, DriverError> {
        let (clean, tls) = tls::split(url)?;
        let opts = Opts::from_url(&clean).map_err(|_| DriverError::other("database url: not a valid mysql url"))?;
        let ssl = match tls {
            Tls::Off => None,
            Tls::Verify { root } => Some(SslOpts::default().with_root_cert_path(root)),
        };
        let builder = OptsBuilder::from_opts(opts)
            .ssl_opts(ssl)
            .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
            .stmt_cache_size(256)
            .prefer_socket(false)
            .tcp_connect_timeout(Some(Duration::from_secs(10)));
        Ok(Self { opts: builder.into() })
    }

    pub(super) fn open(&self) -> Result<Mysql, DriverError> {
        let mut conn = mysql::Conn::new(self.opts.clone())
            .map_err(|e| DriverError::new(Kind::Unavailable, format!("cannot connect to mysql: {e}")))?;
        for statement in SESSION {
            conn.query_drop(statement).map_err(|e| failed(&e))?;
        }
        let step: Option<i64> = conn.query_first("SELECT @@auto_increment_increment").map_err(|e| failed(&e))?;
        Ok(Mysql { conn, step: step.unwrap_or(1), alive: true })
    }
}

fn bound(values: &[Value]) -> Params {
    if values.is_empty() {
        return Params::Empty;
    }
    let list = values.iter().map(|value| match value {
        Value::BigInt(Some(v)) => mysql::Value::Int(*v),
        Value::Int(Some(v)) => mysql::Value::Int(i64::from(*v)),
        Value::BigUnsigned(Some(v)) => mysql::Value::UInt(*v),
        Value::Bool(Some(v)) => mysql::Value::Int(i64::from(*v)),
        Value::String(Some(v)) => mysql::Value::Bytes(v.as_bytes().to_vec()),
        Value::Bytes(Some(v)) => mysql::Value::Bytes(v.clone()),
        _ => mysql::Value::NULL,
    });
    Params::Positional(list.collect())
}

impl Mysql {
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DriverError> {
        let done = self.conn.exec_drop(sql, bound(values));
        self.watch(done)?;
        Ok(self.conn.affected_rows())
    }

    pub(crate) fn insert(&mut self, sql: &str, values: &[Value]) -> Result<i64, DriverError> {
        self.execute(sql, values)?;
        i64::try_from(self.conn.last_insert_id()).map_err(|e| DriverError::other(e.to_string()))
    }

    /// One statement's rows get consecutive numbers in the server's step (a Galera node counts in steps of its cluster's size).
    pub(crate) fn insert_rows(&mut self, sql: &str, values: &[Value], count: usize) -> Result<Vec<i64>, DriverError> {
        let first = self.insert(sql, values)?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Ok((0..count).map(|n| first + n * self.step).collect())
    }

    pub(crate) fn query(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&mut Row<'_>) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        let rows: Result<Vec<mysql::Row>, _> = self.conn.exec(sql, bound(values));
        for row in self.watch(rows)? {
            let cell = |column: usize| match row.as_ref(column) {
                Some(mysql::Value::NULL) => Ok(Cell::Null),
                Some(mysql::Value::Int(v)) => Ok(Cell::Int(*v)),
                Some(mysql::Value::UInt(v)) => i64::try_from(*v).map(Cell::Int).map_err(|e| DriverError::other(e.to_string())),
                Some(mysql::Value::Bytes(v)) => Ok(Cell::Bytes(v)),
                other => Err(DriverError::other(format!("column {column} has an unexpected type: {}", other.is_some()))),
            };
            each(&mut Row::new(&cell))?;
        }
        Ok(())
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), DriverError> {
        let done = self.conn.query_drop(sql);
        self.watch(done)
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.alive
    }

    fn watch<T>(&mut self, result: mysql::Result<T>) -> Result<T, DriverError> {
        result.map_err(|error| {
            // 1053: the server shuts down. 1927 and 3169: this connection was ended by an administrator.
            if !matches!(&error, mysql::Error::MySqlError(inner) if !matches!(inner.code, 1053 | 1927 | 3169)) {
                self.alive = false;
            }
            failed(&error)
        })
    }
}

fn failed(error: &mysql::Error) -> DriverError {
    let kind = match error {
        mysql::Error::MySqlError(inner) => match inner.code {
            1213 | 1205 | 1020 => Kind::Retry,
            1062 => Kind::Unique,
            1451 | 1452 => Kind::ForeignKey,
            1021 | 1036 | 1040 | 1053 | 1114 | 1290 | 1836 | 1927 | 3169 => Kind::Unavailable,
            _ => Kind::Other,
        },
        mysql::Error::IoError(_) | mysql::Error::CodecError(_) => Kind::Unavailable,
        _ => Kind::Other,
    };
    DriverError::new(kind, error.to_string())
}
