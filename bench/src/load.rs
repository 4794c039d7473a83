//! Many clients at once, for a while: how much they got done and how long each answer took.
//!
//! The clients are spread over one thread per core, each with a runtime of its own, so that no request wakes another thread of the tool.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Connection, Target};
use crate::{Fallible, cores};

/// What runs before anything is counted.
const WARM_UP: Duration = Duration::from_millis(500);

/// What one client asks, and whether it likes the answer.
pub(crate) trait Player: Send + 'static {
    /// Writes the next request; the buffer is empty.
    fn ask(&mut self, request: &mut Vec<u8>);
    /// Looks at its answer; false counts as an error.
    fn hear(&mut self, status: u16, body: &[u8]) -> bool;
    /// How long it thinks before it asks again.
    fn pause(&self) -> Duration {
        Duration::ZERO
    }
}

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Time of each right answer, in microseconds, sorted.
    micros: Vec<u32>,
    /// How long was counted.
    span: Duration,
    /// Right answers, those of the warm-up too.
    answered: usize,
    /// Processor time that the server spent on all of it, where somebody looked.
    pub(crate) server: Option<Duration>,
    /// Wrong answers and lost connections, in the warm-up too.
    pub(crate) errors: usize,
    /// The first of them, in words.
    pub(crate) first_error: Option<String>,
    /// The longest body, in bytes.
    pub(crate) longest: usize,
}

impl Measured {
    /// Right answers per second.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.micros.len(), self.span)
    }

    /// The time within which `share` of 1,000 answers came, in milliseconds; 0 if none came.
    pub(crate) fn within(&self, share: usize) -> f64 {
        let place = (self.micros.len() * share / 1_000).min(self.micros.len().saturating_sub(1));
        f64::from(self.micros.get(place).copied().unwrap_or(0)) / 1_000.0
    }

    /// Processor time of the server for one right answer, in microseconds; unlike the rate, it hardly depends on what else the machine does.
    pub(crate) fn cost(&self) -> Option<f64> {
        let answers = f64::from(u32::try_from(self.answered).unwrap_or(u32::MAX));
        self.server.filter(|_| self.answered > 0).map(|time| time.as_secs_f64() * 1e6 / answers)
    }

    fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.errors += other.errors;
        self.answered += other.answered;
        self.first_error = self.first_error.take().or(other.first_error);
        self.longest = self.longest.max(other.longest);
    }

    fn fail(&mut self, what: impl FnOnce() -> String) {
        self.errors += 1;
        self.first_error.get_or_insert_with(what);
    }
}

/// So many in so long, per second.
pub(crate) fn per_second(count: usize, span: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / span.as_secs_f64().max(1e-9)
}

/// Lets the players play at the same time, each on a connection of its own, and gives them back.
pub(crate) fn drive<P: Player>(target: &Target, players: Vec<P>, span: Duration) -> Fallible<(Measured, Vec<P>)> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + span;
    let mut teams: Vec<Vec<P>> = (0..cores()).map(|_| Vec::new()).collect();
    for (number, player) in players.into_iter().enumerate() {
        let place = number % teams.len();
        if let Some(team) = teams.get_mut(place) {
            team.push(player);
        }
    }
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = teams.into_iter().map(|team| scope.spawn(move || field(target, team, begin, end))).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let (mut all, mut players) = (Measured { span, ..Measured::default() }, Vec::new());
    for result in results {
        let played = result.map_err(|_| "a thread of clients panicked")??;
        for (measured, player) in played {
            all.add(measured);
            players.push(player);
        }
    }
    all.micros.sort_unstable();
    Ok((all, players))
}

/// The players of one thread.
fn field<P: Player>(target: &Target, team: Vec<P>, begin: Instant, end: Instant) -> Fallible<Vec<(Measured, P)>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        let mut all = JoinSet::new();
        for player in team {
            all.spawn(play(target.clone(), player, begin, end));
        }
        all.join_all().await
    }))
}

/// One player: until the end, or until nobody answers the door any more.
async fn play<P: Player>(target: Target, mut player: P, begin: Instant, end: Instant) -> (Measured, P) {
    let mut measured = Measured::default();
    let mut request = Vec::with_capacity(1_024);
    while Instant::now() < end {
        let mut connection = match Connection::open(&target).await {
            Ok(connection) => connection,
            Err(error) => {
                measured.fail(|| format!("no connection: {error}"));
                break;
            }
        };
        loop {
            let sent = Instant::now();
            if sent >= end {
                break;
            }
            request.clear();
            player.ask(&mut request);
            match connection.exchange(&request).await {
                Ok((status, body)) if player.hear(status, body) => {
                    measured.longest = measured.longest.max(body.len());
                    measured.answered += 1;
                    let now = Instant::now();
                    if now >= begin && now < end {
                        measured.micros.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
                    }
                }
                Ok((status, body)) => measured.fail(|| {
                    let text = String::from_utf8_lossy(body);
                    format!("status {status}: {}", text.chars().take(200).collect::<String>())
                }),
                Err(error) => {
                    measured.fail(|| format!("the connection was lost: {error}"));
                    break;
                }
            }
            if !player.pause().is_zero() {
                tokio::time::sleep(player.pause()).await;
            }
        }
    }
    (measured, player)
}

#[cfg(test)]
mod tests {
    use super::{Duration, Measured};

    #[test]
    fn shares_are_taken_of_the_sorted_times() {
        let measured = Measured { micros: (1..=1_000).map(|n| n * 1_000).collect(), span: Duration::from_secs(2), ..Measured::default() };
        assert_eq!(format!("{} {} {}", measured.within(500), measured.within(990), measured.rate()), "501 991 500");
        assert!(Measured::default().within(500) < f64::EPSILON);
    }
}
