//! The only crate that knows SQL: one store over SQLite, PostgreSQL and MariaDB/MySQL.
//!
//! ```text
//! Store ── write ──▶ unit (WriteTx, Change → Recorded) ──▶ repo (one per noun) ──▶ tables (rows) ──▶ dialect ──▶ driver
//!      └── read ───▶ unit (ReadTx) ────────────────────────┘
//! ```
//!
//! `driver/` holds the three blocking drivers, `dialect.rs` what differs in SQL, `unit/` the transaction that cannot forget the audit trail,
//! `tables/` the rows as values, `repo/` the verbs, `migrate/` the schema. Everything blocks: callers bring their own thread.

mod check;
mod dialect;
mod driver;
mod error;
mod migrate;
pub mod repo;
pub mod tables;
mod unit;

use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use guard::audit::Origin;
use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::Query;

pub use check::Report;
pub use driver::Engine;
pub use error::{DriverError, Kind, StoreError};
pub use unit::{Access, Action, Change, Quiet, ReadTx, Recorded, WriteTx};

use driver::{SqliteOptions, Target};
use unit::pool::Pool;
use unit::writer::Writer;

/// Where the fingerprint of the master key is kept.
const MASTER_KEY: &str = "master_key";

/// The database: cheap to share, safe to use from any blocking thread.
pub struct Store {
    engine: Engine,
    readers: Pool,
    writer: Option<Writer>,
    target: Target,
}

/// What a database URL means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A server's URL. It may hold a password and is never shown.
    Server(Engine, String),
}

impl Location {
    /// Reads `sqlite:PATH`, `postgres://…` (or `postgresql://…`) and `mysql://…` (or `mariadb://…`).
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(StoreError::Setup("database_url: sqlite: needs a file, for example sqlite:data/ringfence.db".into()));
            }
            return Ok(Self::File(PathBuf::from(path)));
        }
        match url.split_once("://") {
            Some(("postgres" | "postgresql", rest)) => Ok(Self::Server(Engine::Postgres, format!("postgres://{rest}"))),
            Some(("mysql" | "mariadb", rest)) => Ok(Self::Server(Engine::Mysql, format!("mysql://{rest}"))),
            _ => Err(StoreError::Setup("database_url: starts with sqlite:, postgres:// or mysql://".into())),
        }
    }

    /// The SQLite file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(..) => None,
        }
    }
}

impl Store {
    /// Opens the database, migrates it, and starts what it needs. `connections` bounds the pool; `now` is the clock for migration records.
    pub fn open(location: &Location, connections: usize, now: fn() -> Timestamp) -> Result<Self, StoreError> {
        let (engine, target, readers) = match location {
            Location::File(path) => {
                let write = Target::Sqlite(SqliteOptions { path: path.clone(), write: true });
                let read = Target::Sqlite(SqliteOptions { path: path.clone(), write: false });
                (Engine::Sqlite, write, read)
            }
            Location::Server(engine, url) => {
                let target = Target::server(*engine, url)?;
                (*engine, target.clone(), target)
            }
        };
        if let Location::File(path) = location {
            keep_private(path)?;
        }
        let mut conn = target.open()?;
        migrate::run(&mut conn, now().micros())?;
        drop(conn);
        let writer = if engine == Engine::Sqlite { Some(Writer::start(&target)?) } else { None };
        Ok(Self { engine, readers: Pool::open(readers, connections)?, writer, target })
    }

    /// The engine underneath.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs `work` in one transaction and gives its value once it is durable.
    ///
    /// `work` may run more than once: it has no effects outside the transaction, and chance is drawn before. Blocks the calling thread.
    pub fn write<T, E>(&self, origin: &Origin, work: impl Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let Some(writer) = &self.writer else { return self.readers.write(origin, &work) };
        let (answer, result) = std::sync::mpsc::sync_channel(1);
        writer.submit(origin.clone(), work, move |done| {
            // The caller waits below; if its thread is gone, nobody wants the answer.
            let _gone = answer.send(done);
        });
        result.recv().unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// Like [`Store::write`], with the answer handed to `done`. On SQLite this only queues the unit and returns at once, and `done` runs on the
    /// writer thread; on a server it blocks until done.
    pub fn submit<T, E>(
        &self,
        origin: Origin,
        work: impl Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, E> + Send + 'static,
        done: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.submit(origin, work, done),
            None => done(self.readers.write(&origin, &work)),
        }
    }

    /// Whether [`Store::submit`] returns at once.
    #[must_use]
    pub const fn queues(&self) -> bool {
        self.writer.is_some()
    }

    /// Reads; on SQLite everything inside is one snapshot. `work` may run twice when a server closed an idle connection.
    pub fn read<T, E: From<StoreError>>(&self, work: impl Fn(&mut ReadTx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.readers.read(work)
    }

    /// The fingerprint of the master key that this database belongs to, once it was pinned.
    pub fn master_key(&self) -> Result<Option<i64>, StoreError> {
        self.read(|rx| rx.settings().pinned(MASTER_KEY))
    }

    /// Pins the database to a master key unless it is; gives the fingerprint that holds.
    pub fn pin_master_key(&self, fingerprint: i64) -> Result<i64, StoreError> {
        if let Some(pinned) = self.master_key()? {
            return Ok(pinned);
        }
        let mut insert = Query::insert();
        insert.into_table("meta").columns(["name", "value"]).values_panic([MASTER_KEY.into(), fingerprint.into()]);
        let (sql, values) = dialect::Statement::from(&mut insert).render(self.engine);
        match self.target.open()?.execute(&sql, &values) {
            // Somebody else was quicker: what they pinned holds.
            Err(error) if error.kind != error::Kind::Unique => Err(StoreError::Driver(error)),
            _ => Ok(self.master_key()?.unwrap_or(fingerprint)),
        }
    }

    /// Asks the database for a sign of life.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.read(|rx| rx.settings().version().map(drop))
    }

    /// Recomputes hierarchy, counters, hints and integrity in one snapshot.
    pub fn check(&self) -> Result<Report, StoreError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Engine::Mysql => "START TRANSACTION WITH CONSISTENT SNAPSHOT",
        };
        let mut conn = self.target.open()?;
        if self.engine == Engine::Mysql {
            conn.batch("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
        }
        conn.batch(begin)?;
        let report = check::run(&mut ReadTx::new(&mut conn));
        conn.batch("ROLLBACK")?;
        report
    }
}

/// Makes a missing database file for its owner alone, and takes an existing one, with the files that SQLite put beside it, from everybody else.
fn keep_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    match options.open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(StoreError::Setup(format!("cannot make the database file {}: {error}", path.display()))),
    }
    for beside in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let file = Path::new(&name);
        if std::fs::metadata(file).is_ok_and(|meta| meta.mode() & 0o077 != 0) {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).map_err(|error| {
                StoreError::Setup(format!("others may read or write {}, and it cannot be taken from them: {error}", file.display()))
            })?;
        }
    }
    Ok(())
}
