//! The pace of refused attempts. An attempt that is refused without a comparison costs its sender nothing, so that some hundred connections which try
//! again at once could take the whole machine with pages that say no. Here the next attempts of a place that was refused just now have their turns one
//! after the other: [`STEP`] apart for the place, [`STEP_OF_ALL`] apart for all such places together. Whoever was not refused lately is not concerned
//! and waits for nobody.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guard::audit::Origin;
use guard::budget::address_buckets;
use ringfence_guard as guard;
use tokio::time::Instant;

use super::LoginRefusal;
use crate::Refusal;

/// Between two turns of one place: a hundred attempts a second.
const STEP: Duration = Duration::from_millis(10);

/// Between two turns of all places that were refused lately.
const STEP_OF_ALL: Duration = Duration::from_millis(2);

/// For how long after it was refused a place has turns.
const LATELY: Duration = Duration::from_secs(1);

/// The longest that anybody waits for a turn; who would wait longer is told to come back.
const LONGEST: Duration = Duration::from_secs(5);

/// Attempts that may wait for their turn. Each holds its name and password meanwhile.
const WAITING: usize = 1_024;

/// Places that are remembered.
const PLACES: usize = 4_096;

/// The turns that are given out.
#[derive(Default)]
pub(super) struct Pace(Mutex<Turns>);

/// A place that was refused lately.
#[derive(Clone, Copy)]
struct Hot {
    refused: Instant,
    last_turn: Instant,
}

#[derive(Default)]
struct Turns {
    hot: BTreeMap<String, Hot>,
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

impl Hot {
    /// Its refusal is over, and nobody waits for a turn any more.
    fn is_over(&self, now: Instant) -> bool {
        self.refused + LATELY <= now && self.last_turn <= now
    }
}

impl Turns {
    /// The next turn of this place.
    fn next(&mut self, place: &str, now: Instant) -> Turn {
        let Some(hot) = self.hot.get_mut(place) else { return Turn::Now };
        if hot.is_over(now) {
            self.hot.remove(place);
            return Turn::Now;
        }
        let turn = (hot.last_turn + STEP).max(self.last_of_all.map_or(now, |last| last + STEP_OF_ALL)).max(now);
        if turn > now + LONGEST || self.waiting >= WAITING {
            return Turn::Never;
        }
        hot.last_turn = turn;
        self.last_of_all = Some(turn);
        if turn > now { Turn::At(turn) } else { Turn::Now }
    }

    /// This place was refused.
    fn refuse(&mut self, place: &str, now: Instant) {
        if let Some(hot) = self.hot.get_mut(place) {
            hot.refused = now;
            return;
        }
        if self.hot.len() >= PLACES {
            self.hot.retain(|_, hot| !hot.is_over(now));
        }
        if self.hot.len() < PLACES {
            self.hot.insert(place.to_owned(), Hot { refused: now, last_turn: now });
        }
    }
}

/// Where an attempt comes from: an IPv4 address, or the /48 of an IPv6 address, as somebody who has one /64 usually has the others.
fn place(origin: &Origin) -> String {
    origin.client.map(address_buckets).and_then(|mut buckets| buckets.pop()).map_or_else(String::new, |(name, _)| name)
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

    /// Waits until the place of this attempt has its turn.
    ///
    /// # Errors
    /// Too many are waiting: 503 with the time after which trying again makes sense.
    pub(super) async fn turn(&self, origin: &Origin) -> Result<(), LoginRefusal> {
        let (turn, _waiting) = {
            let mut turns = self.turns();
            let turn = turns.next(&place(origin), Instant::now());
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

    /// The place of this attempt was refused without a comparison.
    pub(super) fn refused(&self, origin: &Origin) {
        self.turns().refuse(&place(origin), Instant::now());
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
        for number in 1..=500 {
            assert_eq!(turns.next("bad", now), Turn::At(now + STEP * number));
        }
        assert_eq!(turns.next("bad", now), Turn::Never, "five seconds are before it");
        assert_eq!(turns.next("good", now), Turn::Now);
        let later = now + LONGEST - STEP;
        assert_eq!(turns.next("bad", later), Turn::At(now + LONGEST + STEP), "some are still waiting");
        assert_eq!(turns.next("bad", now + LONGEST + STEP), Turn::Now);
        assert!(turns.hot.is_empty(), "the refusal is long over");
    }

    #[test]
    fn who_is_not_refused_any_more_is_free_whatever_others_do() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        turns.refuse("program", now);
        turns.refuse("flood", now);
        for _ in 0..400 {
            turns.next("flood", now);
        }
        let Turn::At(turn) = turns.next("program", now) else { panic!("it was refused just now") };
        assert!(turn > now + LATELY, "behind the others, once");
        for _ in 0..400 {
            turns.next("flood", turn);
            turns.refuse("flood", turn);
        }
        assert_eq!(turns.next("program", turn), Turn::Now, "its own refusal is over");
        assert_eq!(turns.next("program", turn), Turn::Now);
    }

    #[test]
    fn many_places_that_were_refused_have_their_turns_one_after_the_other() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        let name = |number: usize| format!("v4:{number}");
        for number in 0..PLACES + 10 {
            turns.refuse(&name(number), now);
        }
        assert_eq!(turns.hot.len(), PLACES, "rows are bounded");
        assert_eq!(turns.next(&name(0), now), Turn::At(now + STEP));
        for number in 1..100 {
            assert_eq!(turns.next(&name(number), now), Turn::At(now + STEP + STEP_OF_ALL * u32::try_from(number).unwrap()));
        }
        turns.refuse("late", now + LATELY * 2);
        assert!(turns.hot.contains_key("late"), "those who are forgotten make room");
        turns.waiting = WAITING;
        assert_eq!(turns.next("late", now + LATELY * 2), Turn::Never);
    }

    #[test]
    fn a_place_is_an_address_or_a_48() {
        let from = |client: &str| {
            place(&Origin {
                actor: guard::audit::Actor::Anonymous,
                door: guard::audit::Door::Web,
                client: client.parse().ok(),
                request_id: String::new(),
                at: guard::clock::Timestamp::from_micros(0),
            })
        };
        assert_eq!(from("203.0.113.9"), from("::ffff:203.0.113.9"));
        assert_ne!(from("203.0.113.9"), from("203.0.113.10"));
        assert_eq!(from("2001:db8:1:2::3"), from("2001:db8:1:ffff::9"));
        assert_ne!(from("2001:db8:1::"), from("2001:db8:2::"));
    }
}
