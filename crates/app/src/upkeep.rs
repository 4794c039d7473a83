//! What Ringfence does on its own account: removing what has expired, and the leases that let only one instance do it.

use std::sync::Arc;
use std::time::Duration;

use ringfence_guard as guard;
use ringfence_store::repo::Horizon;

use crate::{App, Refusal};

/// After so long without a use, login names, places, notices and letters are forgotten.
const FORGOTTEN: Duration = Duration::from_hours(90 * 24);

/// Rows at most that strangers can make in each table of the login.
const STRANGERS: u64 = 100_000;

impl App {
    /// Takes the lease of a due job, which runs every so often and for `longest` before another instance may take it over; false when it is not
    /// due or another instance has it.
    pub async fn lease_job(self: &Arc<Self>, kind: &'static str, every: Duration, longest: Duration) -> Result<bool, Refusal> {
        let now = self.now();
        self.unit(self.system(now), move |tx| Ok(tx.jobs().lease(kind, now, every, longest)?)).await
    }

    /// Ends a run; the next is due after `every`.
    pub async fn finish_job(self: &Arc<Self>, kind: &'static str, every: Duration, failure: Option<String>) -> Result<(), Refusal> {
        let now = self.now();
        self.unit(self.system(now), move |tx| Ok(tx.jobs().finish(kind, now.plus(every), failure.as_deref())?)).await
    }

    /// Removes what has expired, step by step, until a step finds nothing; gives the number of rows.
    pub async fn purge(self: &Arc<Self>) -> Result<u64, Refusal> {
        let mut total = 0;
        loop {
            self.refresh_now()?;
            let now = self.now();
            let limits = self.settings().limits();
            let quiet = limits.address.lock_max.max(limits.account.lock_max).max(limits.api_key.lock_max);
            let horizon = Horizon {
                now,
                idle_before: now.minus(self.settings().session().idle),
                stale_before: now.minus(quiet + guard::budget::Rule::ADDRESS.window),
                failed_before: now.minus(crate::login::LATELY),
                forgotten_before: now.minus(FORGOTTEN),
                strangers: STRANGERS,
            };
            let step = self.unit(self.system(now), move |tx| Ok(tx.expiry().purge(&horizon)?)).await?;
            let removed: u64 = step.iter().map(|(_, count)| count).sum();
            if removed == 0 {
                return Ok(total);
            }
            total += removed;
        }
    }
}
