//! Pooled connections: read-only ones beside SQLite's writer, or those of a database server.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guard::audit::Origin;
use ringfence_guard as guard;

use super::{ReadTx, Recorded, Run, WriteTx};
use crate::driver::{Conn, Engine, Target};
use crate::error::{DriverError, Kind, StoreError};

/// How often a unit of work is run again before its refusal is passed on.
const RETRIES: u32 = 12;

pub(crate) struct Pool {
    target: Target,
    engine: Engine,
    limit: usize,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    idle: VecDeque<Conn>,
    open: usize,
    /// How many wait for a connection: with nobody there, nobody is woken, which saves a system call a read.
    waiting: usize,
}

impl Pool {
    /// Opens the first connection at once, so that a wrong URL is known at the start.
    pub(crate) fn open(target: Target, limit: usize) -> Result<Self, StoreError> {
        let first = target.open()?;
        let engine = first.engine();
        let state = Mutex::new(State { idle: VecDeque::from([first]), open: 1, waiting: 0 });
        Ok(Self { target, engine, limit: limit.max(1), state, returned: Condvar::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Result<Conn, StoreError> {
        let mut state = self.state();
        loop {
            if let Some(conn) = state.idle.pop_back() {
                return Ok(conn);
            }
            if state.open < self.limit {
                state.open += 1;
                drop(state);
                return self.target.open().map_err(|error| {
                    self.forget();
                    StoreError::Driver(error)
                });
            }
            state.waiting += 1;
            let (next, timeout) = self.returned.wait_timeout(state, Duration::from_secs(30)).unwrap_or_else(PoisonError::into_inner);
            state = next;
            state.waiting -= 1;
            if timeout.timed_out() {
                return Err(StoreError::Driver(DriverError::new(Kind::Unavailable, "no database connection was free for 30 seconds")));
            }
        }
    }

    fn forget(&self) {
        let mut state = self.state();
        state.open -= 1;
        self.wake(&state);
    }

    fn wake(&self, state: &State) {
        if state.waiting > 0 {
            self.returned.notify_one();
        }
    }

    fn give_back(&self, mut conn: Conn) {
        if conn.is_alive() {
            let mut state = self.state();
            state.idle.push_back(conn);
            self.wake(&state);
        } else {
            drop(conn);
            self.forget();
        }
    }

    /// Gives up idle connections after one of them turned out dead: a server that was restarted has closed them all.
    fn drain(&self) {
        let mut state = self.state();
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
        drop(state);
        self.returned.notify_all();
    }

    /// Lends a connection to `work`; a connection that died is not lent again.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Conn) -> T) -> Result<T, StoreError> {
        let mut lent = Lent { pool: self, conn: Some(self.take()?) };
        match lent.conn.as_mut() {
            Some(conn) => Ok(work(conn)),
            None => Err(StoreError::Closed),
        }
    }

    /// Runs a read in one view of the data: a snapshot on SQLite, statement by statement (READ COMMITTED) on a server.
    pub(crate) fn read<T, E: From<StoreError>>(&self, work: impl Fn(&mut ReadTx<'_>) -> Result<T, E>) -> Result<T, E> {
        let once = || {
            self.with(|conn| {
                if self.engine == Engine::Sqlite {
                    conn.execute("BEGIN", &[]).map_err(StoreError::Driver)?;
                    let result = work(&mut ReadTx::new(conn));
                    conn.execute("COMMIT", &[]).map_err(StoreError::Driver)?;
                    return Ok((result, true));
                }
                let result = work(&mut ReadTx::new(conn));
                Ok((result, conn.is_alive()))
            })?
        };
        // A server may have closed an idle connection: a read is safe to run once more on a fresh one.
        match once().map_err(|e: StoreError| E::from(e))? {
            (Err(_), false) => {
                self.drain();
                once().map_err(E::from)?.0
            }
            (result, _) => result,
        }
    }

    /// Runs a unit of work in a transaction of its own, again where the server asks for that.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        origin: &Origin,
        work: &dyn Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, E>,
    ) -> Result<T, E> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let last = attempt > RETRIES;
            match self.with(|conn| once(conn, origin, work)).map_err(E::from)? {
                Ok(Run::Keep(value)) => return Ok(value),
                Ok(Run::Discard(error)) => return Err(error),
                Ok(Run::Again(error)) if last => return Err(error),
                Ok(Run::Again(_)) => {}
                Err(Failed::Commit(error)) => return Err(E::from(StoreError::Driver(error))),
                Err(Failed::Begin(error)) if error.kind != Kind::Unavailable || attempt > 2 => {
                    return Err(E::from(StoreError::Driver(error)));
                }
                Err(Failed::Begin(_)) => self.drain(),
            }
            // Spread the contenders a little; the jitter need not be unpredictable.
            let jitter = u64::from(std::process::id() % 7) + u64::from(attempt);
            std::thread::sleep(Duration::from_millis(jitter.min(20)));
        }
    }
}

enum Failed {
    /// Nothing was done: the connection was stale.
    Begin(DriverError),
    /// Whether it was committed is unknown or it was refused; it must not be run again blindly.
    Commit(DriverError),
}

fn once<T, E: From<StoreError>>(
    conn: &mut Conn,
    origin: &Origin,
    work: &dyn Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, E>,
) -> Result<Run<T, E>, Failed> {
    conn.batch("START TRANSACTION").map_err(Failed::Begin)?;
    match super::run(conn, origin, work) {
        Run::Keep(value) => match conn.batch("COMMIT") {
            Ok(()) => Ok(Run::Keep(value)),
            Err(error) if error.kind == Kind::Retry => Ok(Run::Again(E::from(StoreError::Driver(error)))),
            Err(error) => Err(Failed::Commit(error)),
        },
        // The connection died before COMMIT was said: nothing is in the database, and another connection may do better.
        Run::Discard(error) if !conn.is_alive() => Ok(Run::Again(error)),
        other => {
            if let Err(error) = conn.batch("ROLLBACK") {
                tracing::warn!(%error, "a rollback failed; the connection is given up");
            }
            Ok(other)
        }
    }
}

/// Brings the connection back; when the work panics, its place in the pool.
struct Lent<'p> {
    pool: &'p Pool,
    conn: Option<Conn>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        match self.conn.take() {
            // What a panic left open goes with the connection.
            Some(conn) if std::thread::panicking() => {
                drop(conn);
                self.pool.forget();
            }
            Some(conn) => self.pool.give_back(conn),
            None => {}
        }
    }
}
