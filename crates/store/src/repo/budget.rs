//! Login budgets: an attempt is reserved from every budget concerned, or from none, before anything is compared.
//!
//! Rows are locked in key order, so that two reservations do not wait for each other in a circle. The one exception is an attempt whose spent budget
//! opens while it is looked at: there the database may have to end one, and its unit of work is run again.

use guard::budget::{Counter, Rule, rebase, refund, reserve};
use guard::clock::Timestamp;
use guard::login::{Attempt, Reservation};
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement, Value};

use super::Budgets;
use crate::error::StoreError;
use crate::tables::group::time;
use crate::unit::sealed::Session as _;
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

/// What an attempt would cost: every row concerned is locked and can be paid.
#[derive(Debug)]
#[must_use]
pub struct Bill {
    next: Vec<(String, Counter)>,
    now: Timestamp,
}

/// A budget is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// When the last of the spent ones opens.
    pub until: Timestamp,
    /// The spent budgets whose present lock nobody has been told of yet; from now on somebody has.
    pub untold: Vec<String>,
}

/// What can be said of an attempt without writing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peek {
    /// It could be paid.
    Open,
    /// A budget is spent until then, and the trail knows of it.
    Spent(Timestamp),
    /// A budget is spent, and that has to be written down first: the trail does not know of it yet, or the clock has jumped back.
    Unsettled,
}

/// A budget that is locked now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its key.
    pub name: String,
    /// Its end.
    pub until: Timestamp,
    /// Failures that brought it about.
    pub failures: u32,
}

/// The stored row: the counter, and until when the trail knows of its lock.
type Stored = (Counter, Option<Timestamp>);

fn read_stored(row: &mut crate::driver::Row<'_>) -> Result<Stored, crate::error::DriverError> {
    let counter = Counter { failures: row.take()?, window_start: time(row)?, locked_until: row.take()?, streak: row.take()? };
    Ok((counter, row.take()?))
}

fn select(name: &str) -> SelectStatement {
    let mut query = Query::select();
    query.columns(["failures", "window_start", "locked_until", "streak", "told_until"]).from(TABLE).and_where(Expr::col("name").eq(name));
    query
}

impl<A: Access> Budgets<'_, A> {
    /// The state of a budget.
    pub fn find(&mut self, name: &str) -> Result<Option<Counter>, StoreError> {
        Ok(self.0.row(&mut select(name), read_stored)?.map(|(counter, _)| counter))
    }

    /// Whether an attempt would be refused at `now`, found out without writing anything.
    pub fn peek(&mut self, charges: &[Charge], now: Timestamp) -> Result<Peek, StoreError> {
        let mut peek = Peek::Open;
        for charge in charges {
            let Some((counter, told)) = self.0.row(&mut select(&charge.name), read_stored)? else { continue };
            if let Err(refused) = reserve(&charge.rule, Some(counter), now) {
                if rebase(&charge.rule, &counter, now).is_some() || told != counter.locked_until {
                    return Ok(Peek::Unsettled);
                }
                let until = if let Peek::Spent(earlier) = peek { earlier.max(refused.until) } else { refused.until };
                peek = Peek::Spent(until);
            }
        }
        Ok(peek)
    }

    /// The budgets that are locked now: those of accounts first, so that many locked addresses hide nobody, then those that open last.
    pub fn locked(&mut self, now: Timestamp, limit: u64) -> Result<Vec<Locked>, StoreError> {
        let mut query = Query::select();
        query
            .columns(["name", "locked_until", "failures"])
            .from(TABLE)
            .and_where(Expr::col("locked_until").gt(now.micros()))
            .order_by_expr(Expr::col("name").like("user:%"), Order::Desc)
            .order_by("locked_until", Order::Desc)
            .order_by("name", Order::Asc)
            .limit(limit);
        self.0.rows(&mut query, |row| Ok(Locked { name: row.take()?, until: time(row)?, failures: row.take()? }))
    }
}

impl Budgets<'_, WriteTx<'_>> {
    fn lock(&mut self, name: &str) -> Result<Option<Stored>, StoreError> {
        self.0.lock_row(&mut select(name), read_stored)
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

    /// Notes that the trail knows of the present lock.
    fn tell(&mut self, name: &str, until: Timestamp) -> Result<(), StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("told_until", until.micros()).and_where(Expr::col("name").eq(name));
        self.0.execute(&mut update).map(drop)
    }

    fn ensure(&mut self, name: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut query = Query::insert();
        query
            .into_table(TABLE)
            .columns(["name", "failures", "window_start", "locked_until", "streak", "told_until", "updated_at"])
            .values_panic([
                name.into(),
                0i64.into(),
                now.micros().into(),
                Expr::val(Value::BigInt(None)),
                0i64.into(),
                Expr::val(Value::BigInt(None)),
                now.micros().into(),
            ])
            .on_conflict(OnConflict::column("name").do_nothing_on(["name"]).to_owned());
        self.0.execute(&mut query).map(drop)
    }

    /// Whether one of these is spent already, as far as can be seen without a lock.
    fn is_spent(&mut self, charges: &[&Charge], now: Timestamp) -> Result<bool, StoreError> {
        for charge in charges {
            let stored = self.0.row(&mut select(&charge.name), read_stored)?;
            if reserve(&charge.rule, stored.map(|(counter, _)| counter), now).is_err() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Works out one attempt on every budget, and locks their rows until the end of the unit of work. Nothing is paid yet; of spent ones the first
    /// attempt of each lock is noted. An attempt that is refused anyway makes no rows: who is locked out could fill the table with them.
    pub fn weigh(&mut self, charges: &[Charge], now: Timestamp) -> Result<Result<Bill, Spent>, StoreError> {
        let mut charges: Vec<&Charge> = charges.iter().collect();
        charges.sort_by(|a, b| a.name.cmp(&b.name));
        let refused = self.is_spent(&charges, now)?;
        self.weigh_rows(&charges, now, refused)
    }

    /// The same of charges in key order; `refused` says that no rows are to be made.
    fn weigh_rows(&mut self, charges: &[&Charge], now: Timestamp, refused: bool) -> Result<Result<Bill, Spent>, StoreError> {
        let (mut next, mut spent) = (Vec::new(), None::<Spent>);
        for charge in charges {
            if !refused {
                self.ensure(&charge.name, now)?;
            }
            let stored = self.lock(&charge.name)?;
            match reserve(&charge.rule, stored.map(|(counter, _)| counter), now) {
                Ok(counter) => next.push((charge.name.clone(), counter)),
                Err(refused) => {
                    let drawn = stored.and_then(|(counter, _)| rebase(&charge.rule, &counter, now));
                    if let Some(drawn) = drawn {
                        self.put(&charge.name, &drawn, now)?;
                    }
                    let told = stored.and_then(|(_, told)| told) == Some(refused.until);
                    if !told {
                        self.tell(&charge.name, refused.until)?;
                    }
                    let spent = spent.get_or_insert(Spent { until: refused.until, untold: Vec::new() });
                    spent.until = spent.until.max(refused.until);
                    spent.untold.extend((!told).then(|| charge.name.clone()));
                }
            }
        }
        match spent {
            Some(spent) => Ok(Err(spent)),
            // What was spent has been given back meanwhile: now the rows are needed.
            None if refused => self.weigh_rows(charges, now, false),
            None => Ok(Ok(Bill { next, now })),
        }
    }

    /// Pays for one attempt from every budget of the bill.
    pub fn pay(&mut self, bill: &Bill) -> Result<Attempt, StoreError> {
        for (name, counter) in &bill.next {
            self.put(name, counter, bill.now)?;
        }
        Ok(Attempt::reserved(Reservation { budgets: bill.next.iter().map(|(name, _)| name.clone()).collect(), at: bill.now }))
    }

    /// Pays for one attempt from every budget, or from none.
    pub fn reserve(&mut self, charges: &[Charge], now: Timestamp) -> Result<Recorded<Result<Attempt, Spent>>, StoreError> {
        let outcome = match self.weigh(charges, now)? {
            Ok(bill) => Ok(self.pay(&bill)?),
            Err(spent) => Err(spent),
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
                (Settle::Clear, Some(_)) => self.clear(&charge.name)?,
                (Settle::Refund, Some((counter, _))) => self.put(&charge.name, &refund(&charge.rule, counter, reserved_at, now), now)?,
            }
        }
        Ok(Change::bare(()))
    }

    /// Opens a budget whole.
    pub fn clear(&mut self, name: &str) -> Result<(), StoreError> {
        self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("name").eq(name))).map(drop)
    }
}
