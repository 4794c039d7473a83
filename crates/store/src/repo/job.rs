//! Scheduled jobs: one row per kind, leased by one instance at a time.

use std::time::Duration;

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, OnConflict, Query};

use super::Jobs;
use crate::error::StoreError;
use crate::tables::group::time;
use crate::unit::{Access, Change, Quiet, Recorded, WriteTx};

const TABLE: &str = "job";

/// A scheduled job as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its kind.
    pub kind: String,
    /// When it is due.
    pub run_at: Timestamp,
    /// Failed runs since the last success.
    pub attempts: i64,
    /// Why the last run failed, empty after a success.
    pub last_error: String,
}

impl<A: Access> Jobs<'_, A> {
    /// Every job.
    pub fn all(&mut self) -> Result<Vec<Job>, StoreError> {
        let mut query = Query::select();
        query.columns(["kind", "run_at", "attempts", "last_error"]).from(TABLE).order_by("kind", sea_query::Order::Asc);
        self.0.rows(&mut query, |row| Ok(Job { kind: row.take()?, run_at: time(row)?, attempts: row.take()?, last_error: row.take()? }))
    }
}

impl Jobs<'_, WriteTx<'_>> {
    /// Takes the lease of a due job for `longest`; false when it is not due or another instance has it. A job not known yet is due at once, and so is
    /// one whose turn or lease lies further away than `every` or `longest` can have put it: the clock was set back, or somebody wants to keep it
    /// from running.
    pub fn lease(&mut self, kind: &'static str, now: Timestamp, every: Duration, longest: Duration) -> Result<Recorded<bool>, StoreError> {
        let until = now.plus(longest);
        let mut ensure = Query::insert();
        ensure
            .into_table(TABLE)
            .columns(["kind", "payload", "run_at", "lease_until", "attempts", "last_error", "created_at"])
            .values_panic([kind.into(), "{}".into(), now.micros().into(), 0i64.into(), 0i64.into(), "".into(), now.micros().into()])
            .on_conflict(OnConflict::column("kind").do_nothing_on(["kind"]).to_owned());
        self.0.execute(&mut ensure)?;
        let mut take = Query::update();
        take.table(TABLE)
            .value("lease_until", until.micros())
            .and_where(Expr::col("kind").eq(kind))
            .and_where(Expr::col("run_at").lte(now.micros()).or(Expr::col("run_at").gt(now.plus(every).micros())))
            .and_where(Expr::col("lease_until").lte(now.micros()).or(Expr::col("lease_until").gt(until.micros())));
        let taken = self.0.execute(&mut take)? == 1;
        Ok(self.0.quiet(Quiet::JobHeartbeat, Change::bare(taken)))
    }

    /// Ends a run and says when the next is due.
    pub fn finish(&mut self, kind: &'static str, next: Timestamp, failure: Option<&str>) -> Result<Recorded<()>, StoreError> {
        let attempts = if failure.is_some() { crate::dialect::plus("attempts", Expr::val(1i64)) } else { Expr::val(0i64) };
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("run_at", next.micros())
            .value("lease_until", 0i64)
            .value("attempts", attempts)
            .value("last_error", failure.unwrap_or(""))
            .and_where(Expr::col("kind").eq(kind));
        let change = Change::bare(self.0.execute(&mut update)?);
        Ok(self.0.quiet(Quiet::JobHeartbeat, change).map(drop))
    }
}
