//! What has expired is removed in small steps, so that nobody waits for it.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Query};

use super::Expiry;
use crate::error::StoreError;
use crate::unit::{Change, Quiet, Recorded, WriteTx};

/// Rows removed per table and unit of work.
const STEP: u64 = 500;

impl Expiry<'_, WriteTx<'_>> {
    /// Removes up to 500 expired rows of each kind; gives how many went, by table.
    ///
    /// `idle_before` is the last-seen time before which a session is dead; `stale_before` the update time before which a budget says nothing.
    pub fn purge(
        &mut self,
        now: Timestamp,
        idle_before: Timestamp,
        stale_before: Timestamp,
    ) -> Result<Recorded<Vec<(&'static str, u64)>>, StoreError> {
        let rules: [(&'static str, &'static str, Timestamp); 6] = [
            ("session", "ends_at", now),
            ("session", "last_seen_at", idle_before),
            ("one_time_link", "expires_at", now),
            ("idempotency_key", "expires_at", now),
            ("import_plan", "expires_at", now),
            ("budget", "updated_at", stale_before),
        ];
        let mut gone = Vec::new();
        for (table, column, before) in rules {
            let key = if table == "budget" { "name" } else { "id" };
            let mut due = Query::select();
            due.column(key).from(table).and_where(Expr::col(column).lt(before.micros()));
            if table == "budget" {
                due.and_where(Expr::col("locked_until").is_null().or(Expr::col("locked_until").lt(before.micros())));
            }
            due.limit(STEP);
            let mut delete = Query::delete();
            delete.from_table(table);
            let removed = if table == "budget" {
                let names: Vec<String> = crate::unit::sealed::Session::rows(self.0, &mut due, |row| row.take())?;
                if names.is_empty() { 0 } else { self.0.execute(delete.and_where(Expr::col(key).is_in(names)))? }
            } else {
                let ids: Vec<i64> = crate::unit::sealed::Session::rows(self.0, &mut due, |row| row.take())?;
                if ids.is_empty() { 0 } else { self.0.execute(delete.and_where(Expr::col(key).is_in(ids)))? }
            };
            gone.push((table, removed));
        }
        Ok(self.0.quiet(Quiet::JobHeartbeat, Change::bare(gone)))
    }
}
