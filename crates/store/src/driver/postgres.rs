//! PostgreSQL through the blocking `postgres` client, with a prepared-statement cache per connection.

use std::collections::BTreeMap;
use std::time::Duration;

use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, NoTls, Statement};
use sea_query::Value;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::row::{Cell, Row};
use super::tls::{self, Tls};
use crate::error::{DriverError, Kind};

/// More values than any statement has that looks for one thing.
const LONG_LIST: usize = 32;

/// Session settings of every connection: no wait without an end, and the isolation that units of work are written for.
const SESSION: &str = "SET default_transaction_isolation TO 'read committed'; SET lock_timeout TO '30s'; \
     SET idle_in_transaction_session_timeout TO '120s'; SET client_min_messages TO 'warning'; SET TIME ZONE 'UTC'";

#[derive(Clone)]
pub(crate) struct Target {
    config: postgres::Config,
    tls: Tls,
}

pub struct Postgres {
    client: Client,
    statements: BTreeMap<String, Statement>,
    alive: bool,
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self, DriverError> {
        let (clean, tls) = tls::split(url)?;
        // The parser's own error text can quote the url with its password, so it is not repeated.
        let mut config: postgres::Config = clean.parse().map_err(|_| DriverError::other("database url: not a valid postgres url"))?;
        config.application_name("ringfence").keepalives(true);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.ssl_mode(if tls == Tls::Off { postgres::config::SslMode::Disable } else { postgres::config::SslMode::Require });
        Ok(Self { config, tls })
    }

    pub(super) fn open(&self) -> Result<Postgres, DriverError> {
        let mut client = match &self.tls {
            Tls::Off => self.config.connect(NoTls),
            Tls::Verify { root } => self.config.connect(MakeRustlsConnect::new(tls::client(root.as_ref())?)),
        }
        .map_err(|e| DriverError::new(Kind::Unavailable, format!("cannot connect to postgres: {}", chain(&e))))?;
        client.batch_execute(SESSION).map_err(|e| failed(&e))?;
        Ok(Postgres { client, statements: BTreeMap::new(), alive: true })
    }
}

/// A sea-query value in the binary form that the server's parameter type asks for.
#[derive(Debug)]
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0 {
            Value::BigInt(Some(v)) if *ty == Type::INT4 => i32::try_from(*v)?.to_sql(ty, out),
            Value::BigInt(Some(v)) => v.to_sql(ty, out),
            Value::Int(Some(v)) if *ty == Type::INT8 => i64::from(*v).to_sql(ty, out),
            Value::Int(Some(v)) => v.to_sql(ty, out),
            Value::BigUnsigned(Some(v)) => i64::try_from(*v)?.to_sql(ty, out),
            Value::Bool(Some(v)) => v.to_sql(ty, out),
            Value::String(Some(v)) => v.to_sql(ty, out),
            Value::Bytes(Some(v)) => v.to_sql(ty, out),
            _ => Ok(IsNull::Yes),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(ty)
    }

    to_sql_checked!();
}

impl Postgres {
    /// The statement, prepared once per connection, unless it looks for a long list of values. After five runs PostgreSQL keeps a plan that knows
    /// neither the values nor how many they are, and reads the table for them: 2.3 s instead of 5 ms for 500 of 100,000 addresses.
    fn prepared(&mut self, sql: &str, values: usize) -> Result<Statement, DriverError> {
        if values > LONG_LIST && !sql.starts_with("INSERT") {
            return self.client.prepare(sql).map_err(|e| self.failed(&e));
        }
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|e| self.failed(&e))?;
        if self.statements.len() >= 512 {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DriverError> {
        let statement = self.prepared(sql, values.len())?;
        let bound: Vec<Bound<'_>> = values.iter().map(Bound).collect();
        let refs: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|b| b as &(dyn ToSql + Sync)).collect();
        self.client.execute(&statement, &refs).map_err(|e| self.failed(&e))
    }

    pub(crate) fn insert(&mut self, sql: &str, values: &[Value]) -> Result<i64, DriverError> {
        self.insert_rows(sql, values)?.first().copied().ok_or_else(|| DriverError::other("an insert gave no id"))
    }

    pub(crate) fn insert_rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<i64>, DriverError> {
        let returning = format!("{sql} RETURNING \"id\"");
        let mut ids = Vec::new();
        self.query(&returning, values, &mut |row| {
            ids.push(row.take()?);
            Ok(())
        })?;
        Ok(ids)
    }

    pub(crate) fn query(
        &mut self,
        sql: &str,
        values: &[Value],
        each: &mut dyn FnMut(&mut Row<'_>) -> Result<(), DriverError>,
    ) -> Result<(), DriverError> {
        let statement = self.prepared(sql, values.len())?;
        let bound: Vec<Bound<'_>> = values.iter().map(Bound).collect();
        let refs: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|b| b as &(dyn ToSql + Sync)).collect();
        for row in self.client.query(&statement, &refs).map_err(|e| self.failed(&e))? {
            let cell = |column: usize| read(&row, column);
            each(&mut Row::new(&cell))?;
        }
        Ok(())
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), DriverError> {
        self.client.batch_execute(sql).map_err(|e| self.failed(&e))
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.alive && !self.client.is_closed()
    }

    /// A server that ends a connection says so in an answer; the client itself learns of it a moment later.
    fn failed(&mut self, error: &postgres::Error) -> DriverError {
        let ended = |code: &str| code.starts_with("08") || code.starts_with("57P");
        self.alive &= error.code().map_or(error.as_db_error().is_some(), |code| !ended(code.code()));
        failed(error)
    }
}

fn read(row: &postgres::Row, column: usize) -> Result<Cell<'_>, DriverError> {
    let Some(kind) = row.columns().get(column).map(postgres::Column::type_) else {
        return Err(DriverError::other(format!("no column {column}")));
    };
    let cell = if *kind == Type::INT8 {
        row.try_get::<_, Option<i64>>(column).map(|v| v.map(Cell::Int))
    } else if *kind == Type::INT4 {
        row.try_get::<_, Option<i32>>(column).map(|v| v.map(|v| Cell::Int(i64::from(v))))
    } else if *kind == Type::BOOL {
        row.try_get::<_, Option<bool>>(column).map(|v| v.map(Cell::Bool))
    } else if *kind == Type::BYTEA {
        row.try_get::<_, Option<&[u8]>>(column).map(|v| v.map(Cell::Bytes))
    } else {
        row.try_get::<_, Option<&str>>(column).map(|v| v.map(Cell::Text))
    };
    cell.map(|v| v.unwrap_or(Cell::Null)).map_err(|e| failed(&e))
}

fn failed(error: &postgres::Error) -> DriverError {
    let kind = match error.code().map(postgres::error::SqlState::code) {
        Some("40001" | "40P01" | "55P03") => Kind::Retry,
        Some("23505") => Kind::Unique,
        Some("23503") => Kind::ForeignKey,
        Some(code) if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") || code == "25006" => Kind::Unavailable,
        None if error.is_closed() || error.as_db_error().is_none() => Kind::Unavailable,
        _ => Kind::Other,
    };
    DriverError::new(kind, chain(error))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
