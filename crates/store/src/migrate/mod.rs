//! Schema migrations: code, the same for fresh installs and upgrades, under a lock, each recorded with a checksum.
//!
//! A migration is a list of [`Step`]s rendered for the engine. SQLite and PostgreSQL run a migration's steps in one transaction; MariaDB and `MySQL`
//! commit DDL by themselves, so there every step is repeatable and recorded singly, and a run that was killed goes on where it stopped.
//!
//! To add one: write `m0002_….rs` with a `STEPS` function and add it to [`ALL`]. A released migration never changes: its checksum is compared.

mod ddl;
mod m0001_foundation;

use sea_query::Value;

use crate::driver::{Conn, Engine};
use crate::error::{DriverError, StoreError};
pub(crate) use ddl::Step;

struct Migration {
    number: i64,
    name: &'static str,
    steps: fn(Engine) -> Vec<Step>,
}

/// Every migration in order.
const ALL: &[Migration] = &[Migration { number: 1, name: "foundation", steps: m0001_foundation::steps }];

/// Brings the schema up to date.
pub(crate) fn run(conn: &mut Conn, now: i64) -> Result<(), StoreError> {
    let engine = conn.engine();
    lock(conn, engine)?;
    let done = migrate(conn, engine, now);
    if done.is_err() && engine != Engine::Mysql && conn.is_open_transaction() {
        conn.batch("ROLLBACK")?;
    }
    if engine == Engine::Mysql {
        conn.query("SELECT RELEASE_LOCK('ringfence_migrate')", &[], |row| row.take::<Option<i64>>())?;
    }
    done
}

fn lock(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    match engine {
        Engine::Sqlite => conn.batch("BEGIN EXCLUSIVE")?,
        Engine::Postgres => {
            conn.batch("BEGIN")?;
            conn.batch("SELECT pg_advisory_xact_lock(7461283946120)")?;
        }
        Engine::Mysql => {
            let got = conn.query("SELECT GET_LOCK('ringfence_migrate', 120)", &[], |row| row.take::<Option<i64>>())?;
            if got.first().copied().flatten() != Some(1) {
                return Err(StoreError::Setup("another instance is migrating the database; start again when it is done".into()));
            }
        }
    }
    Ok(())
}

fn migrate(conn: &mut Conn, engine: Engine, now: i64) -> Result<(), StoreError> {
    for text in ddl::bookkeeping(engine) {
        conn.batch(&text)?;
    }
    let applied =
        conn.query(r"SELECT number, checksum FROM migration ORDER BY number", &[], |row| Ok((row.take::<i64>()?, row.take::<String>()?)))?;
    let newest = ALL.last().map_or(0, |m| m.number);
    if let Some((number, _)) = applied.iter().find(|(number, _)| *number > newest) {
        return Err(StoreError::Setup(format!(
            "the database was written by a newer ringfence (schema {number}, this one knows {newest}); start that version"
        )));
    }
    for migration in ALL {
        let steps = (migration.steps)(engine);
        let checksum = ddl::checksum(&steps);
        match applied.iter().find(|(number, _)| *number == migration.number) {
            Some((_, recorded)) if *recorded == checksum => {}
            Some(_) => {
                return Err(StoreError::Setup(format!(
                    "migration {} ({}) is recorded with another checksum: this database was not made by a released ringfence",
                    migration.number, migration.name
                )));
            }
            None => apply(conn, engine, migration, &steps, &checksum, now)?,
        }
    }
    if engine != Engine::Mysql {
        conn.batch("COMMIT")?;
    }
    Ok(())
}

fn apply(conn: &mut Conn, engine: Engine, migration: &Migration, steps: &[Step], checksum: &str, now: i64) -> Result<(), StoreError> {
    tracing::info!(number = migration.number, name = migration.name, "migrating the database");
    let done = conn.query("SELECT step FROM migration_step", &[], |row| row.take::<i64>())?;
    for (index, step) in steps.iter().enumerate() {
        let number = migration.number * 10_000 + i64::try_from(index).unwrap_or(0);
        if done.contains(&number) {
            continue;
        }
        run_step(conn, engine, step)?;
        if engine == Engine::Mysql {
            conn.execute("INSERT INTO migration_step (step) VALUES (?)", &[Value::from(number)])?;
        }
    }
    let values = [migration.number.into(), migration.name.into(), checksum.into(), now.into()];
    let text = match engine {
        Engine::Postgres => "INSERT INTO migration (number, name, checksum, at) VALUES ($1, $2, $3, $4)",
        Engine::Sqlite | Engine::Mysql => "INSERT INTO migration (number, name, checksum, at) VALUES (?, ?, ?, ?)",
    };
    conn.execute(text, &values)?;
    Ok(())
}

fn run_step(conn: &mut Conn, engine: Engine, step: &Step) -> Result<(), StoreError> {
    match step {
        Step::Must(text) => conn.batch(text).map_err(explain),
        Step::Try(text) => {
            if engine == Engine::Postgres {
                conn.batch("SAVEPOINT optional")?;
            }
            if let Err(error) = conn.batch(text) {
                tracing::info!(%error, "an optional part of the schema is not permitted here; search falls back to a scan");
                if engine == Engine::Postgres {
                    conn.batch("ROLLBACK TO SAVEPOINT optional")?;
                }
            }
            Ok(())
        }
    }
}

/// `MySQL`'s refusal of triggers under binary logging, as one sentence that says what to grant.
fn explain(error: DriverError) -> StoreError {
    if error.to_string().contains("1419") {
        return StoreError::Setup(
            "the server refuses triggers under binary logging (error 1419): set log_bin_trust_function_creators=1, or grant SUPER for the migration"
                .into(),
        );
    }
    StoreError::Driver(error)
}
