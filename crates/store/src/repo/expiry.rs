//! What has expired is removed in small steps, so that nobody waits for it.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Query, SimpleExpr, Value};

use super::Expiry;
use crate::driver::FromCell;
use crate::error::StoreError;
use crate::unit::sealed::Session as _;
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
        let before = |column: &'static str, at: Timestamp| Expr::col(column).lt(at.micros());
        let unlocked = Expr::col("locked_until").is_null().or(before("locked_until", stale_before));
        let gone = vec![
            ("session", self.step::<i64>("session", "id", &before("ends_at", now).or(before("last_seen_at", idle_before)))?),
            ("one_time_link", self.step::<i64>("one_time_link", "id", &before("expires_at", now))?),
            ("idempotency_key", self.step::<i64>("idempotency_key", "id", &before("expires_at", now))?),
            ("import_plan", self.step::<i64>("import_plan", "id", &before("expires_at", now))?),
            ("budget", self.step::<String>("budget", "name", &before("updated_at", stale_before).and(unlocked))?),
        ];
        Ok(self.0.quiet(Quiet::JobHeartbeat, Change::bare(gone)))
    }

    /// Removes some rows that are due. What is due is asked again with the deletion: a budget may have been charged in between.
    fn step<K: FromCell + Into<Value>>(&mut self, table: &'static str, key: &'static str, due: &SimpleExpr) -> Result<u64, StoreError> {
        let mut query = Query::select();
        query.column(key).from(table).and_where(due.clone()).limit(STEP);
        let keys: Vec<K> = self.0.rows(&mut query, |row| row.take())?;
        if keys.is_empty() {
            return Ok(0);
        }
        self.0.execute(Query::delete().from_table(table).and_where(Expr::col(key).is_in(keys)).and_where(due.clone()))
    }
}
