//! What happens later: one schedule table, one handler per job, and a runner that every instance may run.
//!
//! A job is leased in the database, so of many instances one does it. A failure is noted in the job's row, logged, and tried again at the next turn.
//!
//! To add a job: a line in [`SCHEDULE`].

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ringfence_app::{App, Refusal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

type Run = Pin<Box<dyn Future<Output = Result<u64, Refusal>> + Send>>;

/// One scheduled job.
pub struct Job {
    /// Its name: the key of its row.
    pub kind: &'static str,
    /// From the end of one run to the next.
    pub every: Duration,
    /// After which time of silence another instance, or this one after a crash, may take it over. Two at once do no harm, only work.
    pub longest: Duration,
    /// What it does; gives how many things it did.
    pub run: fn(Arc<App>) -> Run,
}

/// Every job, sorted by name.
pub const SCHEDULE: &[Job] = &[
    Job {
        kind: "audit.seal",
        every: Duration::from_secs(10),
        longest: Duration::from_secs(30),
        run: |app| Box::pin(async move { Ok(app.seal().await? as u64) }),
    },
    Job {
        kind: "expiry.purge",
        every: Duration::from_mins(5),
        longest: Duration::from_mins(10),
        run: |app| Box::pin(async move { app.purge().await }),
    },
    Job {
        kind: "mail.send",
        every: Duration::from_secs(5),
        longest: Duration::from_mins(30),
        run: |app| Box::pin(async move { app.send_mail().await }),
    },
];

/// How often the runner looks for due jobs.
const TURN: Duration = Duration::from_secs(5);

/// Runs due jobs until `stop` says so; what is in progress is finished first. Jobs do not wait for each other: a mail server that takes its time does not
/// hold up the seals.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut turn = tokio::time::interval(TURN);
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut under_way: Vec<Option<JoinHandle<()>>> = SCHEDULE.iter().map(|_| None).collect();
    loop {
        tokio::select! {
            _ = turn.tick() => {}
            _ = stop.changed() => break,
        }
        for (job, handle) in SCHEDULE.iter().zip(&mut under_way) {
            if handle.as_ref().is_none_or(JoinHandle::is_finished) {
                let app = Arc::clone(&app);
                *handle = Some(tokio::spawn(async move {
                    if let Err(error) = once(&app, job).await {
                        tracing::warn!(job = job.kind, error = %error.cause(), "a job could not be run; it is tried again");
                    }
                }));
            }
        }
    }
    for handle in under_way.into_iter().flatten() {
        // A job that panicked has been logged by its own thread.
        let _ended = handle.await;
    }
}

/// Runs one job if it is due and nobody else has it.
pub async fn once(app: &Arc<App>, job: &Job) -> Result<(), Refusal> {
    if !app.lease_job(job.kind, job.every, job.longest).await? {
        return Ok(());
    }
    match (job.run)(Arc::clone(app)).await {
        Ok(done) => {
            tracing::debug!(job = job.kind, done, "job done");
            app.finish_job(job.kind, job.every, None).await
        }
        Err(refusal) => {
            tracing::error!(job = job.kind, error = %refusal.cause(), "a job failed");
            app.finish_job(job.kind, job.every, Some(refusal.to_string())).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SCHEDULE;

    #[test]
    fn the_schedule_is_sorted() {
        assert!(SCHEDULE.is_sorted_by_key(|job| job.kind));
    }
}
