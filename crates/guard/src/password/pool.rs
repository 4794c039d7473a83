//! Hashing without starving everything else: a fixed number of threads of their own at the lowest priority the system offers, a short
//! queue, and turns by address, so that a flood of logins from one place delays that place.
//!
//! What does not fit is refused at once with a time to come back; sessions and the API never wait here. When the queue is full, whoever has more in it
//! gives way to whoever has less: so a few addresses cannot keep everybody else out.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use thread_priority::{ThreadPriority, set_current_thread_priority};
use tokio::sync::oneshot;

/// How many jobs may wait, over all addresses, by default.
pub const QUEUE: usize = 64;

/// A full queue of [`QUEUE`] is gone about then, on two cores.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// No room, or the job did not end. To be answered with 503 and `Retry-After`; nothing was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When trying again makes sense.
    pub retry_after: Duration,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "too many logins at once, try again in {} s", self.retry_after.as_secs())
    }
}

impl std::error::Error for Busy {}

type Job = Box<dyn FnOnce() + Send>;

/// What waits, by bucket, and whose turn it is.
#[derive(Default)]
struct Queue {
    /// Waiting jobs of each bucket; never an empty list.
    waiting: HashMap<String, VecDeque<Job>>,
    /// The buckets with waiting jobs, next turn first.
    turns: VecDeque<String>,
    /// Waiting and running jobs of each bucket; never zero.
    held: HashMap<String, usize>,
    /// Waiting jobs in all.
    length: usize,
    /// Running jobs in all.
    running: usize,
    closed: bool,
}

impl Queue {
    fn push(&mut self, bucket: &str, job: Job) {
        let jobs = self.waiting.entry(bucket.to_owned()).or_default();
        if jobs.is_empty() {
            self.turns.push_back(bucket.to_owned());
        }
        jobs.push_back(job);
        *self.held.entry(bucket.to_owned()).or_default() += 1;
        self.length += 1;
    }

    /// The next job by turn; its bucket goes to the end of the line.
    fn pop(&mut self) -> Option<(String, Job)> {
        let bucket = self.turns.pop_front()?;
        let jobs = self.waiting.get_mut(&bucket)?;
        let job = jobs.pop_front()?;
        if jobs.is_empty() {
            self.waiting.remove(&bucket);
        } else {
            self.turns.push_back(bucket.clone());
        }
        self.length -= 1;
        self.running += 1;
        Some((bucket, job))
    }

    /// Makes room for one job of `bucket`: the newest waiting job goes of the bucket that holds most, if that is more than this one would hold.
    fn give_way(&mut self, bucket: &str) -> bool {
        let own = self.held.get(bucket).copied().unwrap_or(0);
        let held = |of: &String| self.held.get(of).copied().unwrap_or(0);
        let Some(most) = self.turns.iter().max_by_key(|of| held(of)).filter(|of| held(of) > own + 1).cloned() else { return false };
        let Some(jobs) = self.waiting.get_mut(&most) else { return false };
        // Whoever waits for it is told that it will not be run.
        drop(jobs.pop_back());
        if jobs.is_empty() {
            self.waiting.remove(&most);
            self.turns.retain(|of| *of != most);
        }
        self.length -= 1;
        self.leave(&most);
        true
    }

    fn done(&mut self, bucket: &str) {
        self.running -= 1;
        self.leave(bucket);
    }

    fn leave(&mut self, bucket: &str) {
        if let Some(held) = self.held.get_mut(bucket) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(bucket);
            }
        }
    }
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One worker: takes turns until the pool is gone.
    fn work(&self) {
        if let Err(error) = set_current_thread_priority(ThreadPriority::Min) {
            tracing::warn!(?error, "password hashing runs at normal priority");
        }
        loop {
            let mut queue = self.lock();
            let (bucket, job) = loop {
                if queue.closed {
                    return;
                }
                match queue.pop() {
                    Some(next) => break next,
                    None => queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(queue);
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a password hashing job panicked");
            }
            self.lock().done(&bucket);
        }
    }
}

/// The threads and their queue. Dropping it lets running jobs end and forgets waiting ones.
pub struct HashPool {
    shared: Arc<Shared>,
    permits: usize,
    queue: usize,
    share: usize,
}

impl HashPool {
    /// `permits` jobs at once (one per core; at least one), `queue` waiting beyond them, and of both together at most `share` from one
    /// bucket. Fails if the threads cannot be started.
    pub fn new(permits: usize, queue: usize, share: usize) -> io::Result<Self> {
        let pool = Self { shared: Arc::default(), permits: permits.max(1), queue, share: share.max(1) };
        for number in 0..pool.permits {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// Runs `job` in its turn and gives back what it returns. `bucket` is the address bucket of the client. If the caller goes away
    /// before its turn, the job is dropped unrun.
    pub async fn run<T, F>(&self, bucket: &str, job: F) -> Result<T, Busy>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let answer = self.enqueue(bucket, job)?;
        answer.await.map_err(|_| Busy { retry_after: RETRY_AFTER })
    }

    fn enqueue<T, F>(&self, bucket: &str, job: F) -> Result<oneshot::Receiver<T>, Busy>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !sender.is_closed() {
                // The caller may have left meanwhile; nobody is there to be told.
                drop(sender.send(job()));
            }
        });
        let mut queue = self.shared.lock();
        let full = queue.length + queue.running >= self.permits + self.queue;
        let greedy = queue.held.get(bucket).is_some_and(|held| *held >= self.share);
        if greedy || (full && !queue.give_way(bucket)) {
            return Err(Busy { retry_after: RETRY_AFTER });
        }
        queue.push(bucket, job);
        drop(queue);
        self.shared.arrived.notify_one();
        Ok(answer)
    }

    /// Jobs waiting now.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.lock().length
    }
}

impl fmt::Debug for HashPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool")
            .field("permits", &self.permits)
            .field("queue", &self.queue)
            .field("share", &self.share)
            .finish_non_exhaustive()
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.waiting.clear();
        queue.turns.clear();
        queue.length = 0;
        drop(queue);
        self.shared.arrived.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A job that holds its thread until told to go on, and the way to tell it.
    struct Gate(mpsc::Sender<()>);

    impl Gate {
        /// Occupies the pool's only thread and returns once it does.
        fn occupy(pool: &HashPool, bucket: &str) -> (Self, oneshot::Receiver<()>) {
            let (go, wait) = mpsc::channel::<()>();
            let (started, running) = mpsc::channel();
            let answer = pool
                .enqueue(bucket, move || {
                    started.send(()).unwrap();
                    wait.recv().unwrap();
                })
                .unwrap();
            running.recv().unwrap();
            (Self(go), answer)
        }
    }

    #[tokio::test]
    async fn gives_back_what_the_job_returns() {
        let pool = HashPool::new(2, 4, 4).unwrap();
        assert_eq!(pool.run("a", || 6 * 7).await, Ok(42));
        assert_eq!(pool.queued(), 0);
    }

    #[tokio::test]
    async fn refuses_what_does_not_fit() {
        let pool = HashPool::new(1, 2, 9).unwrap();
        let (gate, _held) = Gate::occupy(&pool, "a");
        let waiting: Vec<_> = ["b", "c"].into_iter().map(|bucket| pool.enqueue(bucket, || ()).unwrap()).collect();
        assert_eq!(pool.queued(), 2);
        assert_eq!(pool.enqueue("d", || ()).err(), Some(Busy { retry_after: RETRY_AFTER }));
        gate.0.send(()).unwrap();
        for answer in waiting {
            answer.await.unwrap();
        }
        assert_eq!(pool.run("c", || ()).await, Ok(()));
    }

    #[tokio::test]
    async fn one_address_has_its_share_and_its_turn() {
        let pool = HashPool::new(1, 64, 3).unwrap();
        let (gate, _held) = Gate::occupy(&pool, "flood");
        let (order, seen) = mpsc::channel();
        let push = |bucket: &'static str| {
            let order = order.clone();
            pool.enqueue(bucket, move || order.send(bucket).unwrap())
        };
        let mut answers = vec![push("flood").unwrap(), push("flood").unwrap()];
        assert!(push("flood").is_err(), "one running and two waiting are its share");
        answers.push(push("someone").unwrap());
        gate.0.send(()).unwrap();
        for answer in answers {
            answer.await.unwrap();
        }
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["flood", "someone", "flood"]);
        assert!(pool.run("flood", || ()).await.is_ok(), "its share comes back");
    }

    #[tokio::test]
    async fn a_few_addresses_do_not_keep_everybody_else_out() {
        let pool = HashPool::new(1, 6, 3).unwrap();
        let (gate, _held) = Gate::occupy(&pool, "a");
        let mut flood: Vec<_> = ["a", "a", "b", "b", "b", "c"].into_iter().map(|bucket| pool.enqueue(bucket, || ()).unwrap()).collect();
        let honest = pool.enqueue("d", || ()).unwrap();
        assert_eq!(pool.queued(), 6, "one has given way");
        assert!(pool.enqueue("b", || ()).is_err(), "who holds most gets nothing by it");
        let second = pool.enqueue("e", || ()).unwrap();
        gate.0.send(()).unwrap();
        assert!(honest.await.is_ok() && second.await.is_ok());
        let mut run = 0;
        for answer in flood.drain(..) {
            run += usize::from(answer.await.is_ok());
        }
        assert_eq!(run, 4, "two of the flood were told that they were not run");
        assert_eq!(pool.run("b", || 1).await, Ok(1), "what gave way is not counted any more");
    }

    #[tokio::test]
    async fn a_panic_harms_nobody_else() {
        let pool = HashPool::new(1, 4, 1).unwrap();
        let broken: Result<(), Busy> = pool.run("a", || panic!("deliberate, from a test")).await;
        assert!(broken.is_err());
        assert_eq!(pool.run("b", || 1).await, Ok(1));
        assert_eq!(pool.run("a", || 2).await, Ok(2));
    }

    #[tokio::test]
    async fn a_caller_who_left_costs_no_hash() {
        let pool = HashPool::new(1, 4, 4).unwrap();
        let (gate, _held) = Gate::occupy(&pool, "a");
        let (ran, seen) = mpsc::channel();
        drop(pool.enqueue("b", move || ran.send(()).unwrap()).unwrap());
        gate.0.send(()).unwrap();
        assert_eq!(pool.run("c", || ()).await, Ok(()));
        assert!(seen.try_recv().is_err());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn runs_at_the_lowest_priority() {
        let pool = HashPool::new(1, 4, 4).unwrap();
        let stat = pool.run("a", || std::fs::read_to_string("/proc/thread-self/stat").unwrap()).await.unwrap();
        let after_name = stat.rsplit_once(')').unwrap().1;
        // Field 19 of proc_pid_stat(5) is the nice value; the text after the name begins with field 3.
        assert_eq!(after_name.split_whitespace().nth(16), Some("19"));
    }

    #[test]
    fn a_dropped_pool_lets_go_of_those_who_wait() {
        let pool = HashPool::new(1, 4, 4).unwrap();
        let (gate, _held) = Gate::occupy(&pool, "a");
        let waiting = pool.enqueue("b", || ()).unwrap();
        drop(pool);
        assert!(waiting.blocking_recv().is_err());
        gate.0.send(()).unwrap();
    }
}
