//! SQLite's one writer: takes the queued units of work, runs each in a savepoint, commits them together, and only then answers each.
//!
//! A unit that fails or panics rolls back to its own savepoint and harms no neighbour. When SQLite itself rolls back the whole group (full disk, I/O
//! error) or the common commit fails, each unit is run again alone, and what fails then is answered with the reason.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use guard::audit::Origin;
use ringfence_guard as guard;

use super::{Recorded, Run, WriteTx};
use crate::dialect::{RELEASE_SPACE, SETTLE_SEARCH};
use crate::driver::{Conn, Target};
use crate::error::{DriverError, StoreError};

/// Units committed together at most; more wait for the next group.
const GROUP: usize = 256;

/// A unit of work with its type erased.
trait Unit: Send {
    /// Runs once in the open savepoint; true when its writes are to be kept.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Answers the caller: with the result of the last run when `commit` is ok, else with the failure of the commit.
    fn answer(self: Box<Self>, commit: Result<(), StoreError>);
}

struct Work<T, E, F, D> {
    origin: Origin,
    run: F,
    done: D,
    result: Option<Result<T, E>>,
}

impl<T, E, F, D> Unit for Work<T, E, F, D>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, E> + Send,
    D: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        let (keep, result) = match super::run(conn, &self.origin, &self.run) {
            Run::Keep(value) => (true, Ok(value)),
            Run::Discard(error) | Run::Again(error) => (false, Err(error)),
        };
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, commit: Result<(), StoreError>) {
        let result = match (commit, self.result) {
            (Err(error), None | Some(Ok(_))) => Err(E::from(error)),
            (_, Some(result)) => result,
            (Ok(()), None) => Err(E::from(StoreError::Closed)),
        };
        let done = self.done;
        // The answer runs on the writer thread: what goes wrong in it is its own affair.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || done(result))).is_err() {
            tracing::error!("the receiver of a unit's answer panicked");
        }
    }
}

/// The handle to the writer thread; dropping it lets queued units finish and joins.
pub(crate) struct Writer {
    queue: Option<Sender<Box<dyn Unit>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(target: &Target) -> Result<Self, StoreError> {
        let mut conn = target.open()?;
        let (queue, units) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || serve(&mut conn, &units))
            .map_err(|e| StoreError::Setup(format!("cannot start the writer thread: {e}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a unit; `done` is called on the writer thread after the commit, or at once when the store is closing.
    pub(crate) fn submit<T, E>(
        &self,
        origin: Origin,
        work: impl Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, E> + Send + 'static,
        done: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let unit: Box<dyn Unit> = Box::new(Work { origin, run: work, done, result: None });
        match &self.queue {
            Some(queue) => {
                if let Err(refused) = queue.send(unit) {
                    refused.0.answer(Err(StoreError::Closed));
                }
            }
            None => unit.answer(Err(StoreError::Closed)),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread had panicked");
        }
    }
}

fn serve(conn: &mut Conn, units: &Receiver<Box<dyn Unit>>) {
    while let Ok(first) = units.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = units.try_recv()
        {
            group.push(next);
        }
        match commit_group(conn, &mut group) {
            Ok(()) => group.into_iter().for_each(|unit| unit.answer(Ok(()))),
            Err(Failed::Begin(error)) => {
                tracing::warn!(%error, units = group.len(), "the database takes no writes");
                for unit in group {
                    unit.answer(Err(StoreError::Driver(error.clone())));
                }
            }
            Err(Failed::Commit(error)) => {
                tracing::warn!(%error, units = group.len(), "a group commit failed; its units are tried alone");
                for unit in group {
                    let mut alone = [unit];
                    let done = commit_group(conn, &mut alone).map_err(|(Failed::Begin(e) | Failed::Commit(e))| StoreError::Driver(e));
                    let [unit] = alone;
                    unit.answer(done);
                }
                // What the failed group wrote beside the database takes space that others may wait for.
                if let Err(error) = conn.batch(RELEASE_SPACE) {
                    tracing::warn!(%error, "the space of a failed commit could not be given back");
                }
            }
        }
    }
}

enum Failed {
    /// Not one unit was run: another process writes, or the file cannot be written. To try each alone would only wait as often.
    Begin(DriverError),
    /// Nothing of the group is in the database.
    Commit(DriverError),
}

/// Runs and commits `group`; on an error nothing of it is in the database.
fn commit_group(conn: &mut Conn, group: &mut [Box<dyn Unit>]) -> Result<(), Failed> {
    conn.execute("BEGIN IMMEDIATE", &[]).map_err(Failed::Begin)?;
    let done = run_group(conn, group);
    if done.is_err() && conn.is_open_transaction() {
        conn.execute("ROLLBACK", &[]).map_err(Failed::Commit)?;
    }
    done.map_err(Failed::Commit)
}

fn run_group(conn: &mut Conn, group: &mut [Box<dyn Unit>]) -> Result<(), DriverError> {
    for unit in group {
        conn.execute("SAVEPOINT unit", &[])?;
        let keep = unit.run(conn);
        if !conn.is_open_transaction() {
            return Err(DriverError::new(crate::error::Kind::Unavailable, "sqlite rolled back the whole group"));
        }
        if !keep {
            conn.execute("ROLLBACK TO unit", &[])?;
        }
        conn.execute("RELEASE unit", &[])?;
    }
    for statement in SETTLE_SEARCH {
        conn.execute(statement, &[])?;
    }
    conn.execute("COMMIT", &[])?;
    Ok(())
}
