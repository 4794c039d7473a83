//! Many at once: the way to ask whether something can be had twice.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Starts `n` futures that `make` gives for 0, 1, …, releases them together, and returns their results by number.
pub async fn barrier_race<T, F>(n: usize, make: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(n));
    let mut runners = JoinSet::new();
    for number in 0..n {
        let (barrier, future) = (Arc::clone(&barrier), make(number));
        runners.spawn(async move {
            barrier.wait().await;
            (number, future.await)
        });
    }
    let mut results = runners.join_all().await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::barrier_race;
    use crate::block_on;

    #[test]
    fn nobody_starts_before_everybody_is_there() {
        let made = Arc::new(AtomicUsize::new(0));
        let seen = block_on(barrier_race(50, |number| {
            made.fetch_add(1, Ordering::SeqCst);
            let made = Arc::clone(&made);
            async move { (number, made.load(Ordering::SeqCst)) }
        }));
        assert_eq!(seen, (0..50).map(|number| (number, 50)).collect::<Vec<_>>());
    }
}
