//! Imports that run in the background of this process: how far they are, and what became of them. One per person at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use guard::clock::Timestamp;
use ringfence_guard as guard;

use crate::view::import::{ImportState, Totals};

/// How long an outcome is remembered.
const REMEMBERED: Duration = Duration::from_hours(1);

/// What runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A kept plan.
    Plan(i64),
    /// The demo files.
    Demo,
}

/// One run: its worker reports to it, pages read it.
#[derive(Debug)]
pub struct Run {
    what: What,
    done: AtomicUsize,
    total: AtomicUsize,
    outcome: Mutex<Option<(Timestamp, ImportState)>>,
    began: Timestamp,
}

/// A count as views hold it.
pub fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Run {
    /// So many of so many lines are done.
    pub fn report(&self, done: usize, total: usize) {
        self.total.store(total, Ordering::Relaxed);
        self.done.store(done.min(total), Ordering::Relaxed);
    }

    /// It is done; `at` is now.
    pub fn succeed(&self, at: Timestamp, totals: Totals) {
        let millis = at.since(self.began).as_millis();
        let took = Some(format!("{}.{} s", millis / 1000, millis % 1000 / 100));
        self.end(at, ImportState::Done { totals, took });
    }

    /// It was refused or broke off; `at` is now.
    pub fn fail(&self, at: Timestamp, partly: bool, reason: String) {
        self.end(at, ImportState::Failed { partly, reason });
    }

    fn end(&self, at: Timestamp, state: ImportState) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        // The first word stands: a worker that broke off after its report changes nothing.
        outcome.get_or_insert((at, state));
    }

    /// Where it stands.
    pub fn state(&self) -> ImportState {
        match &*self.outcome.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((_, state)) => state.clone(),
            None => {
                ImportState::Running { done: count(self.done.load(Ordering::Relaxed)), total: count(self.total.load(Ordering::Relaxed)) }
            }
        }
    }

    fn ended(&self) -> Option<Timestamp> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(at, _)| *at)
    }
}

/// The runs of this process by person; one layer of the router hands it to the pages.
#[derive(Debug, Default)]
pub struct Board(Mutex<BTreeMap<String, Arc<Run>>>);

impl Board {
    /// Begins a run; nothing while another one of this person goes on.
    pub fn begin(&self, owner: &str, what: What, total: usize, now: Timestamp) -> Option<Arc<Run>> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|_, run| run.ended().is_none_or(|at| now.since(at) < REMEMBERED));
        if runs.get(owner).is_some_and(|run| run.ended().is_none()) {
            return None;
        }
        let run = Arc::new(Run { what, done: AtomicUsize::new(0), total: AtomicUsize::new(total), outcome: Mutex::new(None), began: now });
        runs.insert(owner.to_owned(), Arc::clone(&run));
        Some(run)
    }

    /// This person's run of that, as long as it is remembered.
    pub fn find(&self, owner: &str, what: What) -> Option<Arc<Run>> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get(owner).filter(|run| run.what == what).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_person_runs_one_import_at_a_time() {
        let board = Board::default();
        let run = board.begin("user:1", What::Plan(5), 10, at(0)).unwrap();
        assert!(board.begin("user:1", What::Demo, 10, at(1)).is_none());
        assert!(board.begin("user:2", What::Demo, 10, at(1)).is_some());
        run.report(12, 10);
        assert!(matches!(board.find("user:1", What::Plan(5)).unwrap().state(), ImportState::Running { done: 10, total: 10 }));
        assert!(board.find("user:1", What::Demo).is_none() && board.find("user:2", What::Plan(5)).is_none());
        run.succeed(at(2), Totals::default());
        assert!(board.begin("user:1", What::Demo, 10, at(3)).is_some());
        assert!(board.find("user:1", What::Plan(5)).is_none());
    }

    #[test]
    fn the_first_outcome_stands_and_is_forgotten_in_time() {
        let board = Board::default();
        let run = board.begin("a", What::Demo, 1, at(0)).unwrap();
        run.succeed(at(1), Totals::default());
        run.fail(at(2), false, "too late".into());
        let ImportState::Done { took, .. } = run.state() else { panic!("must be done") };
        assert_eq!(took.as_deref(), Some("1.0 s"));
        board.begin("b", What::Demo, 1, at(3_600)).unwrap();
        assert!(board.find("a", What::Demo).is_some());
        board.begin("c", What::Demo, 1, at(3_601)).unwrap();
        assert!(board.find("a", What::Demo).is_none());
    }
}
