//! The pace of refused attempts. An attempt that is refused without a comparison costs its sender nothing, so that some hundred connections which try
//! again at once could take the whole machine with pages that say no. Here the next attempts of an address that was refused just now have their turns
//! one after the other: [`STEP`] apart for its address bucket, [`STEP_OF_ALL`] apart for all such addresses together. Whoever was not refused lately is
//! not concerned and waits for nobody.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guard::audit::Origin;
use ringfence_guard as guard;
use tokio::time::Instant;

use super::{LoginRefusal, bucket};
use crate::Refusal;

/// Between two turns of one address bucket: a hundred attempts a second.
const STEP: Duration = Duration::from_millis(10);

/// Between two turns of all addresses that were refused lately.
const STEP_OF_ALL: Duration = Duration::from_millis(2);

/// For how long after its last turn an address counts as refused just now.
const LATELY: Duration = Duration::from_secs(1);

/// The longest that anybody waits for a turn; who would wait longer is told to come back.
const LONGEST: Duration = Duration::from_secs(10);

/// Addresses that are remembered, and attempts that may wait for their turn.
const MOST: usize = 4_096;

/// The turns that are given out.
#[derive(Default)]
pub(super) struct Pace(Mutex<Turns>);

#[derive(Default)]
struct Turns {
    /// The last turn of each address bucket that was refused lately.
    last: BTreeMap<String, Instant>,
    last_of_all: Option<Instant>,
    waiting: usize,
}

/// When an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Now,
    At(Instant),
    /// Too many are before it.
    Never,
}

impl Turns {
    /// The next turn of this address bucket.
    fn next(&mut self, bucket: &str, now: Instant) -> Turn {
        let Some(last) = self.last.get_mut(bucket) else { return Turn::Now };
        if *last + LATELY <= now {
            self.last.remove(bucket);
            return Turn::Now;
        }
        let turn = (*last + STEP).max(self.last_of_all.map_or(now, |last| last + STEP_OF_ALL)).max(now);
        if turn > now + LONGEST || self.waiting >= MOST {
            return Turn::Never;
        }
        *last = turn;
        self.last_of_all = Some(turn);
        if turn > now { Turn::At(turn) } else { Turn::Now }
    }

    /// This address bucket was refused.
    fn refuse(&mut self, bucket: &str, now: Instant) {
        if let Some(last) = self.last.get_mut(bucket) {
            *last = now.max(*last);
            return;
        }
        if self.last.len() >= MOST {
            self.last.retain(|_, last| *last + LATELY > now);
        }
        if self.last.len() < MOST {
            self.last.insert(bucket.to_owned(), now);
        }
    }
}

/// One that waits; counted until it goes, also when the client is gone.
struct Waiting<'p>(&'p Pace);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.turns().waiting -= 1;
    }
}

impl Pace {
    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this address has its turn.
    ///
    /// # Errors
    /// Too many are waiting: 503 with the time after which trying again makes sense.
    pub(super) async fn turn(&self, origin: &Origin) -> Result<(), LoginRefusal> {
        let (turn, _waiting) = {
            let mut turns = self.turns();
            let turn = turns.next(&bucket(origin), Instant::now());
            turns.waiting += 1;
            (turn, Waiting(self))
        };
        match turn {
            Turn::Now => Ok(()),
            Turn::At(turn) => {
                tokio::time::sleep_until(turn).await;
                Ok(())
            }
            Turn::Never => Err(LoginRefusal::Other(Refusal::Busy { retry_after: LONGEST.as_secs() })),
        }
    }

    /// This address was refused without a comparison.
    pub(super) fn refused(&self, origin: &Origin) {
        self.turns().refuse(&bucket(origin), Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_refused_has_a_turn_every_ten_milliseconds_and_others_wait_for_nobody() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        assert_eq!(turns.next("bad", now), Turn::Now);
        turns.refuse("bad", now);
        for number in 1..=1_000 {
            assert_eq!(turns.next("bad", now), Turn::At(now + STEP * number));
        }
        assert_eq!(turns.next("bad", now), Turn::Never, "ten seconds are before it");
        assert_eq!(turns.next("good", now), Turn::Now);
        let later = now + LONGEST;
        assert_eq!(turns.next("bad", later), Turn::At(later + STEP));
        assert_eq!(turns.next("bad", later + STEP + LATELY), Turn::Now, "forgotten");
        assert!(turns.last.is_empty());
    }

    #[test]
    fn many_addresses_that_were_refused_have_their_turns_one_after_the_other() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        let name = |number: usize| format!("v4:{number}");
        for number in 0..MOST + 10 {
            turns.refuse(&name(number), now);
        }
        assert_eq!(turns.last.len(), MOST, "rows are bounded");
        assert_eq!(turns.next(&name(0), now), Turn::At(now + STEP));
        for number in 1..100 {
            assert_eq!(turns.next(&name(number), now), Turn::At(now + STEP + STEP_OF_ALL * u32::try_from(number).unwrap()));
        }
        turns.refuse("late", now + LATELY * 2);
        assert!(turns.last.contains_key("late"), "those who are forgotten make room");
        turns.waiting = MOST;
        assert_eq!(turns.next("late", now + LATELY * 2), Turn::Never);
    }
}
