//! What has expired is removed in small steps, so that nobody waits for it; what strangers can make grow is bounded.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, SimpleExpr, Value};

use super::Expiry;
use crate::driver::FromCell;
use crate::error::StoreError;
use crate::unit::sealed::Session as _;
use crate::unit::{Change, Quiet, Recorded, WriteTx};

/// Rows removed per table and unit of work.
const STEP: u64 = 500;

/// From when on rows say nothing any more.
#[derive(Clone, Copy, Debug)]
pub struct Horizon {
    /// Now.
    pub now: Timestamp,
    /// A session that was not used since is dead.
    pub idle_before: Timestamp,
    /// A budget that was not touched since says nothing.
    pub stale_before: Timestamp,
    /// A name that failed before does not count as failed lately.
    pub failed_before: Timestamp,
    /// Login names that nobody tried since, places that nobody used since, notices and letters from before are forgotten.
    pub forgotten_before: Timestamp,
    /// Rows at most that strangers can make, in each of their tables; beyond, the longest untouched go. Locks stay.
    pub strangers: u64,
}

impl Expiry<'_, WriteTx<'_>> {
    /// Removes up to 500 expired rows of each kind; gives how many went, by table.
    pub fn purge(&mut self, horizon: &Horizon) -> Result<Recorded<Vec<(&'static str, u64)>>, StoreError> {
        let before = |column: &'static str, at: Timestamp| Expr::col(column).lt(at.micros());
        let Horizon { now, idle_before, stale_before, failed_before, forgotten_before, strangers } = *horizon;
        let unlocked = |at: Timestamp| Expr::col("locked_until").is_null().or(before("locked_until", at));
        let gone = vec![
            ("session", self.step::<i64>("session", "id", &before("ends_at", now).or(before("last_seen_at", idle_before)))?),
            ("one_time_link", self.step::<i64>("one_time_link", "id", &before("expires_at", now))?),
            ("idempotency_key", self.step::<i64>("idempotency_key", "id", &before("expires_at", now))?),
            ("import_plan", self.step::<i64>("import_plan", "id", &before("expires_at", now))?),
            ("budget", self.step::<String>("budget", "name", &before("updated_at", stale_before).and(unlocked(stale_before)))?),
            ("fence_block", self.step::<String>("fence_block", "subject", &before("until_at", now))?),
            ("login_failure", self.step::<String>("login_failure", "bucket", &before("at", failed_before))?),
            ("login_place", self.step::<i64>("login_place", "user_id", &before("last_used_at", forgotten_before))?),
            ("login_audit", self.step::<String>("login_audit", "name", &before("updated_at", forgotten_before))?),
            ("spent_challenge", self.step::<Vec<u8>>("spent_challenge", "nonce", &before("expires_at", now))?),
            ("notice", self.step::<i64>("notice", "id", &before("at", forgotten_before))?),
            ("mail", self.step::<i64>("mail", "id", &before("created_at", forgotten_before))?),
            ("unlocked budget", self.evict("budget", &unlocked(now), strangers)?),
            ("unknown name", self.evict("login_audit", &Expr::col("user_id").is_null(), strangers)?),
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

    /// Removes some of the rows that may go, while the table holds more than `most` of them: those that count nothing first, then the longest untouched.
    fn evict(&mut self, table: &'static str, may_go: &SimpleExpr, most: u64) -> Result<u64, StoreError> {
        let mut count = Query::select();
        count.expr(Expr::col("name").count()).from(table).and_where(may_go.clone());
        let held = self.0.row(&mut count, |row| row.take::<u64>())?.unwrap_or(0);
        let over = std::cmp::min(STEP, held.saturating_sub(most));
        if over == 0 {
            return Ok(0);
        }
        let mut oldest = Query::select();
        oldest
            .column("name")
            .from(table)
            .and_where(may_go.clone())
            .order_by_expr(Expr::col("failures").gt(0i64), Order::Asc)
            .order_by("updated_at", Order::Asc)
            .limit(over);
        let names: Vec<String> = self.0.rows(&mut oldest, |row| row.take())?;
        self.0.execute(Query::delete().from_table(table).and_where(Expr::col("name").is_in(names)).and_where(may_go.clone()))
    }
}
