//! What Ringfence does on its own account: removing what has expired, and the leases that let only one instance do it.

use std::sync::Arc;
use std::time::Duration;

use ringfence_guard as guard;

use crate::{App, Refusal};

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
            let now = self.now();
            let version = self.glance(|rx| Ok(rx.settings().version()?))?;
            self.refresh_settings(version)?;
            let settings = self.settings();
            let idle_before = now.minus(settings.session().idle);
            let quiet = settings.address_budget().lock_max.max(settings.account_budget().lock_max);
            let stale_before = now.minus(quiet + guard::budget::Rule::ADDRESS.window);
            let step = self.unit(self.system(now), move |tx| Ok(tx.expiry().purge(now, idle_before, stale_before)?)).await?;
            let removed: u64 = step.iter().map(|(_, count)| count).sum();
            if removed == 0 {
                return Ok(total);
            }
            total += removed;
        }
    }
}
