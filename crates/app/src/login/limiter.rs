//! What of the login is bounded and counted in this process: how many wait, how many ask a provider, and what happened since the start.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guard::audit::Origin;
use guard::login::machine::Reason;
use ringfence_guard as guard;

use super::pace::Pace;
use super::{LoginRefusal, bucket};
use crate::Refusal;

/// How many may wait at once, and how many of them from one address bucket.
const SLEEPERS: usize = 256;
const SLEEPERS_EACH: usize = 16;

/// How many questions to providers may be open at once, and how many of them from one address bucket.
const QUESTIONS: usize = 32;
const QUESTIONS_EACH: usize = 4;

/// Places for attempts that stay a while: bounded as a whole, and for each address bucket, so that nobody takes them all.
pub(super) struct Places {
    held: Mutex<BTreeMap<String, usize>>,
    most: usize,
    each: usize,
}

/// A place; given back when it goes, also when the client is gone.
pub(super) struct Place<'p> {
    places: &'p Places,
    bucket: String,
}

impl Places {
    const fn new(most: usize, each: usize) -> Self {
        Self { held: Mutex::new(BTreeMap::new()), most, each }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for the address of this attempt, if there is one.
    pub(super) fn place(&self, origin: &Origin) -> Option<Place<'_>> {
        let bucket = bucket(origin);
        let mut held = self.held();
        let (all, own) = (held.values().sum::<usize>(), held.get(&bucket).copied().unwrap_or(0));
        if all >= self.most || own >= self.each {
            return None;
        }
        held.insert(bucket.clone(), own + 1);
        Some(Place { places: self, bucket })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut held = self.places.held();
        if let Some(own) = held.get_mut(&self.bucket) {
            *own -= 1;
            if *own == 0 {
                held.remove(&self.bucket);
            }
        }
    }
}

/// The bounds and counters of the login.
pub struct Limiter {
    sleepers: Places,
    pub(super) questions: Places,
    pub(super) pace: Pace,
    comparisons: AtomicU64,
    entered: AtomicU64,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

/// What happened since the process started, and what goes on now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// Secrets compared.
    pub comparisons: u64,
    /// Logins.
    pub entered: u64,
    /// Attempts refused, by reason.
    pub refused: Vec<(&'static str, u64)>,
    /// Attempts that wait now.
    pub sleeping: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            sleepers: Places::new(SLEEPERS, SLEEPERS_EACH),
            questions: Places::new(QUESTIONS, QUESTIONS_EACH),
            pace: Pace::default(),
            comparisons: AtomicU64::new(0),
            entered: AtomicU64::new(0),
            refused: Mutex::default(),
        }
    }
}

impl Limiter {
    /// Lets time pass, if there is room to wait: nobody can keep more attempts waiting than this, nor take all the places from one address.
    pub(super) async fn sleep(&self, origin: &Origin, wait: Duration) -> Result<(), LoginRefusal> {
        let full = || LoginRefusal::Other(Refusal::TooMany { until: origin.at.plus(wait) });
        let _place = self.sleepers.place(origin).ok_or_else(full)?;
        tokio::time::sleep(wait).await;
        Ok(())
    }

    pub(super) fn compared(&self) {
        self.comparisons.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn entered(&self) {
        self.entered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self, reason: Reason) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(reason.as_str()).or_default() += 1;
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            comparisons: self.comparisons.load(Ordering::Relaxed),
            entered: self.entered.load(Ordering::Relaxed),
            refused: self.refused.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(reason, count)| (*reason, *count)).collect(),
            sleeping: self.sleepers.held().values().sum(),
        }
    }
}

/// Shared by the attempts under way.
pub(crate) type SharedLimiter = Arc<Limiter>;

#[cfg(test)]
mod tests {
    use super::*;
    use guard::audit::{Actor, Door};
    use guard::clock::Timestamp;

    fn origin(client: &str) -> Origin {
        Origin {
            actor: Actor::Anonymous,
            door: Door::Web,
            client: client.parse().ok(),
            request_id: String::new(),
            at: Timestamp::from_micros(0),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn places_to_wait_are_bounded_shared_and_given_back() {
        let limiter = Arc::new(Limiter::default());
        let wait = |client: String| {
            let limiter = Arc::clone(&limiter);
            tokio::spawn(async move { limiter.sleep(&origin(&client), Duration::from_secs(5)).await.is_ok() })
        };
        let greedy: Vec<_> = (0..SLEEPERS_EACH + 3).map(|_| wait("203.0.113.9".into())).collect();
        let others: Vec<_> = (0..SLEEPERS).map(|n| wait(format!("10.0.{}.{}", n / 250, n % 250))).collect();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(limiter.counters().sleeping, SLEEPERS);
        let mut slept = (0, 0);
        for handle in greedy {
            slept.0 += usize::from(handle.await.unwrap());
        }
        for handle in others {
            slept.1 += usize::from(handle.await.unwrap());
        }
        assert_eq!(slept, (SLEEPERS_EACH, SLEEPERS - SLEEPERS_EACH));
        assert_eq!(limiter.counters().sleeping, 0);
        let left = wait("203.0.113.9".into());
        tokio::time::sleep(Duration::from_secs(1)).await;
        left.abort();
        let _gone = left.await;
        assert_eq!(limiter.counters().sleeping, 0, "who leaves gives the place back");
    }
}
