//! Login budgets: an attempt is reserved from every budget concerned, or from none, before anything is compared.
//!
//! Rows are locked in key order, so that two reservations can never wait for each other in a circle.

use guard::budget::{Blocked, Counter, Rule, rebase, refund, reserve};
use guard::clock::Timestamp;
use guard::login::{Attempt, Reservation};
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, OnConflict, Query, Value};

use super::Budgets;
use crate::error::StoreError;
use crate::tables::group::time;
use crate::unit::{Access, Change, Quiet, Recorded, WriteTx};

const TABLE: &str = "budget";

/// One budget to be charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Its key, see `guard::budget`.
    pub name: String,
    /// Its size.
    pub rule: Rule,
}

/// What becomes of a charge when the attempt is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// The secret was right: this attempt is given back, other people's failures stay.
    Refund,
    /// The secret was right: the whole row goes.
    Clear,
}

fn read_counter(row: &mut crate::driver::Row<'_>) -> Result<Counter, crate::error::DriverError> {
    Ok(Counter { failures: row.take()?, window_start: time(row)?, locked_until: row.take()?, streak: row.take()? })
}

impl<A: Access> Budgets<'_, A> {
    /// The state of a budget.
    pub fn find(&mut self, name: &str) -> Result<Option<Counter>, StoreError> {
        let mut query = Query::select();
        query.columns(["failures", "window_start", "locked_until", "streak"]).from(TABLE).and_where(Expr::col("name").eq(name));
        self.0.row(&mut query, read_counter)
    }
}

impl Budgets<'_, WriteTx<'_>> {
    fn lock(&mut self, name: &str) -> Result<Option<Counter>, StoreError> {
        let mut query = Query::select();
        query.columns(["failures", "window_start", "locked_until", "streak"]).from(TABLE).and_where(Expr::col("name").eq(name));
        self.0.lock_row(&mut query, read_counter)
    }

    fn put(&mut self, name: &str, counter: &Counter, now: Timestamp) -> Result<(), StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("failures", i64::from(counter.failures))
            .value("window_start", counter.window_start.micros())
            .value("locked_until", Value::BigInt(counter.locked_until.map(Timestamp::micros)))
            .value("streak", i64::from(counter.streak))
            .value("updated_at", now.micros())
            .and_where(Expr::col("name").eq(name));
        self.0.execute(&mut update).map(drop)
    }

    fn ensure(&mut self, name: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut query = Query::insert();
        query
            .into_table(TABLE)
            .columns(["name", "failures", "window_start", "locked_until", "streak", "updated_at"])
            .values_panic([name.into(), 0i64.into(), now.micros().into(), Expr::val(Value::BigInt(None)), 0i64.into(), now.micros().into()])
            .on_conflict(OnConflict::column("name").do_nothing_on(["name"]).to_owned());
        self.0.execute(&mut query).map(drop)
    }

    /// Pays for one attempt from every budget, or from none; a refusal says when the last of the spent ones opens.
    pub fn reserve(&mut self, charges: &[Charge], now: Timestamp) -> Result<Recorded<Result<Attempt, Blocked>>, StoreError> {
        let mut charges: Vec<&Charge> = charges.iter().collect();
        charges.sort_by(|a, b| a.name.cmp(&b.name));
        let (mut paid, mut blocked) = (Vec::new(), None::<Blocked>);
        for charge in &charges {
            self.ensure(&charge.name, now)?;
            let counter = self.lock(&charge.name)?;
            match reserve(&charge.rule, counter, now) {
                Ok(next) => paid.push((charge, next)),
                Err(refused) => {
                    if let Some(drawn) = counter.and_then(|c| rebase(&charge.rule, &c, now)) {
                        self.put(&charge.name, &drawn, now)?;
                    }
                    blocked = Some(blocked.map_or(refused, |b| Blocked { until: b.until.max(refused.until) }));
                }
            }
        }
        let outcome = if let Some(blocked) = blocked {
            Err(blocked)
        } else {
            for (charge, next) in &paid {
                self.put(&charge.name, next, now)?;
            }
            let budgets = charges.iter().map(|c| c.name.clone()).collect();
            Ok(Attempt::reserved(Reservation { budgets, at: now }))
        };
        Ok(self.0.quiet(Quiet::FenceCounter, Change::bare(outcome)))
    }

    /// Settles an attempt whose secret was right.
    pub fn settle(&mut self, reserved_at: Timestamp, charges: &[(Charge, Settle)], now: Timestamp) -> Result<Change<()>, StoreError> {
        let mut charges: Vec<&(Charge, Settle)> = charges.iter().collect();
        charges.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        for (charge, settle) in charges {
            match (settle, self.lock(&charge.name)?) {
                (_, None) => {}
                (Settle::Clear, Some(_)) => {
                    self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("name").eq(charge.name.as_str())))?;
                }
                (Settle::Refund, Some(counter)) => self.put(&charge.name, &refund(&charge.rule, counter, reserved_at, now), now)?,
            }
        }
        Ok(Change::bare(()))
    }
}
