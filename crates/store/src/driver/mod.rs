//! The executor behind sea-query: three blocking drivers under one small face.
//!
//! A [`Conn`] runs a rendered statement with [`Value`]s and reads rows as [`Cell`]s; what differs between the engines (placeholders aside, which
//! sea-query renders) ends in this folder. Nothing here knows a table.

mod mysql;
mod postgres;
mod row;
mod sqlite;
mod tls;

use sea_query::Value;

use crate::error::DriverError;
pub(crate) use row::{Cell, FromCell, Row};
pub(crate) use sqlite::Options as SqliteOptions;

/// Which database engine a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded SQLite (bundled).
    Sqlite,
    /// PostgreSQL 14 or newer.
    Postgres,
    /// MariaDB 10.11 or newer; `MySQL` 8 by its documented rules.
    Mysql,
}

impl Engine {
    /// The engine's name as written in a database URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

/// One open connection. Opened, used and dropped on blocking threads only.
pub enum Conn {
    Sqlite(Box<sqlite::Sqlite>),
    Postgres(Box<postgres::Postgres>),
    Mysql(Box<mysql::Mysql>),
}

/// How to open a connection; kept by pools, which open more of them when needed.
#[derive(Clone)]
pub(crate) enum Target {
    Sqlite(SqliteOptions),
    Postgres(Box<postgres::Target>),
    Mysql(Box<mysql::Target>),
}

impl Target {
    /// The target that a server's database URL names (`postgres://…`, `mysql://…`).
    pub(crate) fn server(engine: Engine, url: &str) -> Result<Self, DriverError> {
        match engine {
            Engine::Postgres => Ok(Self::Postgres(Box::new(postgres::Target::parse(url)?))),
            Engine::Mysql => Ok(Self::Mysql(Box::new(mysql::Target::parse(url)?))),
            Engine::Sqlite => Err(DriverError::other("an embedded database has no server url")),
        }
    }

    pub(crate) fn open(&self) -> Result<Conn, DriverError> {
        match self {
            Self::Sqlite(options) => Ok(Conn::Sqlite(Box::new(sqlite::Sqlite::open(options)?))),
            Self::Postgres(target) => Ok(Conn::Postgres(Box::new(target.open()?))),
            Self::Mysql(target) => Ok(Conn::Mysql(Box::new(target.open()?))),
        }
    }
}

impl Conn {
    pub(crate) const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
            Self::Mysql(_) => Engine::Mysql,
        }
    }

    /// Runs a statement and gives the number of rows it found (also rows that an update left equal).
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DriverError> {
        match self {
            Self::Sqlite(c) => c.execute(sql, values),
            Self::Postgres(c) => c.execute(sql, values),
            Self::Mysql(c) => c.execute(sql, values),
        }
    }

    /// Runs an insert of one row into a table with an `id` and gives that id.
    pub(crate) fn insert(&mut self, sql: &str, values: &[Value]) -> Result<i64, DriverError> {
        match self {
            Self::Sqlite(c) => c.insert(sql, values),
            Self::Postgres(c) => c.insert(sql, values),
            Self::Mysql(c) => c.insert(sql, values),
        }
    }

    /// Runs an insert of `count` rows and gives their ids in order.
    pub(crate) fn insert_rows(&mut self, sql: &str, values: &[Value], count: usize) -> Result<Vec<i64>, DriverError> {
        match self {
            Self::Sqlite(c) => c.insert_rows(sql, values, count),
            Self::Postgres(c) => c.insert_rows(sql, values),
            Self::Mysql(c) => c.insert_rows(sql, values, count),
        }
    }

    /// Runs a query and reads each row with `read`.
    pub(crate) fn query<T>(
        &mut self,
        sql: &str,
        values: &[Value],
        mut read: impl FnMut(&mut Row<'_>) -> Result<T, DriverError>,
    ) -> Result<Vec<T>, DriverError> {
        let mut out = Vec::new();
        let mut each = |row: &mut Row<'_>| {
            out.push(read(row)?);
            Ok(())
        };
        match self {
            Self::Sqlite(c) => c.query(sql, values, &mut each)?,
            Self::Postgres(c) => c.query(sql, values, &mut each)?,
            Self::Mysql(c) => c.query(sql, values, &mut each)?,
        }
        Ok(out)
    }

    /// Runs raw text without parameters: migrations, transaction control, session settings.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), DriverError> {
        match self {
            Self::Sqlite(c) => c.batch(sql),
            Self::Postgres(c) => c.batch(sql),
            Self::Mysql(c) => c.batch(sql),
        }
    }

    /// Whether a transaction is open, as far as the driver can tell without asking the server.
    pub(crate) fn is_open_transaction(&self) -> bool {
        match self {
            Self::Sqlite(c) => c.is_open_transaction(),
            Self::Postgres(_) | Self::Mysql(_) => true,
        }
    }

    /// Whether the connection can be used again.
    pub(crate) fn is_alive(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(c) => c.is_alive(),
            Self::Mysql(c) => c.is_alive(),
        }
    }
}
