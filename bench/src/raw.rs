//! The raw limits: how fast the parts are with nothing around them. The tables here are the bench's own, of the size of the data set and
//! about the shape of the product's, so that a figure means the same on every engine.

use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use rusqlite::{Connection, OpenFlags, params};

use crate::bare::Bare;
use crate::data::{Size, host_name, name_part};
use crate::load::{drive, per_second};
use crate::rows::Fixed;
use crate::table::{Goal, Limit};
use crate::{Fallible, cores};

/// How long each limit is measured.
const SPAN: Duration = Duration::from_millis(1_500);
/// Constant answers a second of the bare stack on the machine that the targets were set on.
const CONSTANT_THERE: f64 = 147_000.0;
/// Rows of the raw table; the index by subnet holds 100 of each.
const ROWS: u32 = 100_000;
/// Rows of an import.
pub(crate) const IMPORT: u32 = 10_000;

/// The raw limits of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// A constant answer of the bare stack.
    pub(crate) http: Limit,
    /// One row by primary key.
    pub(crate) get: Limit,
    /// One hundred rows by an index.
    pub(crate) list: Limit,
    /// Part of a name, by the trigram index.
    pub(crate) search: Limit,
    /// One row a commit.
    pub(crate) commit: Limit,
    /// Rows per second, 16 a commit.
    pub(crate) commit_16: Limit,
    /// Rows per second, 64 a commit.
    pub(crate) commit_64: Limit,
    /// Milliseconds for the rows of an import in one commit.
    pub(crate) import: Limit,
    /// Hashes on all cores.
    pub(crate) argon2: Limit,
}

impl Limits {
    /// Measures all of them. The files are those of the server's certificate; `room` is a directory on the disk of its data.
    pub(crate) fn measure(certificate: &Path, key: &Path, room: &Path, clients: usize) -> Fallible<Self> {
        let file = room.join("raw.db");
        fill(&file)?;
        let get = "SELECT id, version, subnet_id, address, status, hostname, created_at, updated_at FROM address WHERE id = ?1";
        let list =
            "SELECT id, version, subnet_id, address, status, hostname, created_at, updated_at FROM address WHERE subnet_id = ?1 LIMIT 100";
        let search = "SELECT a.id, a.address, a.hostname FROM names n JOIN address a ON a.id = n.rowid WHERE names MATCH ?1 LIMIT 100";
        Ok(Self {
            http: Limit { value: constant(certificate, key, clients)?, what: "bare axum" },
            get: Limit { value: reads(&file, get, |n| (n % ROWS).into())?, what: "bare statement" },
            list: Limit { value: reads(&file, list, |n| (n % (ROWS / 100)).into())?, what: "bare statement" },
            search: Limit { value: reads(&file, search, |n| format!("\"{}\"", name_part(n % ROWS)).into())?, what: "bare trigram index" },
            commit: Limit { value: commits(&file, 1)?, what: "single commits" },
            commit_16: Limit { value: commits(&file, 16)?, what: "rows in commits of 16" },
            commit_64: Limit { value: commits(&file, 64)?, what: "rows in commits of 64" },
            import: Limit { value: inserts(&file)?, what: "for bare inserts" },
            argon2: Limit { value: hashes()?, what: "bare argon2id" },
        })
    }

    /// This machine by the one that the targets were set on, going by the constant answer of the bare stack.
    fn speed(&self) -> f64 {
        self.http.value / CONSTANT_THERE
    }

    /// The goal of a rate that was set on the other machine.
    pub(crate) fn at_least(&self, there: f64) -> Goal {
        Goal::AtLeast { there, speed: self.speed() }
    }

    /// The goal of a time that was set on the other machine.
    pub(crate) fn within(&self, there: f64) -> Goal {
        Goal::Within { there, speed: self.speed() }
    }

    /// The limit of changes that so many clients make at once.
    pub(crate) const fn group(&self, clients: usize) -> Limit {
        if clients >= 64 { self.commit_64 } else { self.commit_16 }
    }

    /// What no row shows.
    pub(crate) fn rest(&self) -> String {
        let Self { get, list, search, commit, commit_16, commit_64, .. } = self;
        format!(
            "Bare SQLite on all cores: {:.0} rows/s by primary key, {:.0} lists of 100/s, {:.0} trigram searches/s. Bare commits with \
             synchronous=FULL: {:.0}/s with one row, {:.0} rows/s with 16, {:.0} rows/s with 64.",
            get.value, list.value, search.value, commit.value, commit_16.value, commit_64.value
        )
    }
}

fn constant(certificate: &Path, key: &Path, clients: usize) -> Fallible<f64> {
    let bare = Bare::start(certificate, key)?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", bare.target.host()).into_bytes();
    let players = (0..clients).map(|_| Fixed::new(vec![request.clone()], 200)).collect();
    let (measured, _) = drive(&bare.target, players, SPAN)?;
    Ok(measured.rate())
}

fn open(file: &Path) -> Fallible<Connection> {
    let connection = Connection::open_with_flags(file, OpenFlags::default() | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA mmap_size=1073741824;")?;
    Ok(connection)
}

fn fill(file: &Path) -> Fallible<()> {
    let mut connection = open(file)?;
    connection.execute_batch(
        "CREATE TABLE address (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, subnet_id INTEGER NOT NULL, address BLOB NOT NULL,
           status TEXT NOT NULL, hostname TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
         CREATE INDEX address_by_subnet ON address (subnet_id, address);
         CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, details TEXT NOT NULL);
         CREATE VIRTUAL TABLE names USING fts5(name, content='', contentless_delete=1, tokenize='trigram');",
    )?;
    let transaction = connection.transaction()?;
    {
        let mut row = transaction.prepare(INSERT)?;
        let mut index = transaction.prepare("INSERT INTO names (rowid, name) VALUES (?1, ?2)")?;
        for n in 0..ROWS {
            insert(&mut row, n)?;
            index.execute(params![n, host_name(n)])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

const INSERT: &str =
    "INSERT INTO address (version, subnet_id, address, status, hostname, created_at, updated_at) VALUES (1, ?1, ?2, 'used', ?3, 0, 0)";

fn insert(statement: &mut rusqlite::Statement<'_>, n: u32) -> rusqlite::Result<usize> {
    let address = Size::STANDARD.address(n % Size::STANDARD.addresses()).to_ipv6_mapped().octets();
    statement.execute(params![n / 100, address, host_name(n)])
}

/// A prepared statement with one argument, every row read, on one thread per core.
fn reads(file: &Path, sql: &str, argument: impl Fn(u32) -> rusqlite::types::Value + Sync) -> Fallible<f64> {
    on_all_cores(|thread, begin| {
        let connection = open(file)?;
        let mut statement = connection.prepare(sql)?;
        begin.wait();
        let (start, mut count) = (Instant::now(), 0);
        let mut n = thread;
        while start.elapsed() < SPAN {
            // A prime step walks over all rows without an order that helps.
            n = n.wrapping_add(7_919);
            let mut rows = statement.query([argument(n)])?;
            while rows.next()?.is_some() {}
            count += 1;
        }
        Ok(count)
    })
}

/// Commits of `group` rows each, two tables, as an address and its event are; the answer counts rows.
fn commits(file: &Path, group: usize) -> Fallible<f64> {
    let mut connection = open(file)?;
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < SPAN {
        let transaction = connection.transaction()?;
        for _ in 0..group {
            insert(&mut *transaction.prepare_cached(INSERT)?, 1)?;
            transaction.prepare_cached("INSERT INTO event (at, details) VALUES (?1, ?2)")?.execute(params![1, "allocated"])?;
        }
        transaction.commit()?;
        count += group;
    }
    Ok(per_second(count, start.elapsed()))
}

/// The rows of an import with their index of names, in one commit.
fn inserts(file: &Path) -> Fallible<f64> {
    let mut connection = open(file)?;
    let start = Instant::now();
    let transaction = connection.transaction()?;
    {
        let mut row = transaction.prepare(INSERT)?;
        let mut index = transaction.prepare("INSERT INTO names (rowid, name) VALUES (?1, ?2)")?;
        for n in 0..IMPORT {
            insert(&mut row, n)?;
            index.execute(params![transaction.last_insert_rowid() + 10_000_000, host_name(n)])?;
        }
    }
    transaction.commit()?;
    Ok(start.elapsed().as_secs_f64() * 1_000.0)
}

/// argon2id with 19 MiB and two passes, one lane on each core.
fn hashes() -> Fallible<f64> {
    on_all_cores(|_, begin| {
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1_024, 2, 1, Some(32)).map_err(|e| e.to_string())?);
        let mut out = [0; 32];
        begin.wait();
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < SPAN {
            hasher.hash_password_into(b"kelp-orbit-Lantern-58", b"sixteen bytes ok", &mut out).map_err(|e| e.to_string())?;
            count += 1;
        }
        Ok(count)
    })
}

/// Runs the same work on one thread per core, which all wait for the barrier, and adds up their counts per second.
fn on_all_cores(work: impl Fn(u32, &Barrier) -> Fallible<usize> + Sync) -> Fallible<f64> {
    let begin = Barrier::new(cores());
    let counts: Vec<_> = std::thread::scope(|scope| {
        let threads = (0..).take(cores()).map(|thread| {
            let (work, begin) = (&work, &begin);
            scope.spawn(move || work(thread, begin))
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut total = 0;
    for count in counts {
        total += count.map_err(|_| "a thread of a raw limit panicked")??;
    }
    Ok(per_second(total, SPAN))
}
