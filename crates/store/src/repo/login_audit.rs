//! The login audit: one row for each login name that was tried, known or not, and for each known browser; the names that failed from an address; the
//! places an account was used from.
//!
//! A row is raised when an attempt is paid for, in the same unit of work and under the row's lock, so that parallel attempts count exactly.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement, Value};

use super::LoginAudits;
use crate::dialect::plus;
use crate::driver::Row;
use crate::error::{DriverError, StoreError};
use crate::tables::UserId;
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, WriteTx};

const TABLE: &str = "login_audit";
const FAILURES: &str = "login_failure";
const PLACES: &str = "login_place";

/// Places of one account that are remembered; the longest unused goes.
const PLACES_PER_USER: u64 = 50;

/// What is known of a login name, or of a known browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginAudit {
    /// Its key, as in `guard::budget`.
    pub name: String,
    /// The account, where the name is somebody's.
    pub user: Option<UserId>,
    /// The account's name now, or what stands for the name of nobody.
    pub label: String,
    /// Failures in a row.
    pub failures: u32,
    /// The first of them.
    pub first_failure_at: Option<Timestamp>,
    /// The last failure.
    pub last_failure_at: Option<Timestamp>,
    /// The last success.
    pub last_success_at: Option<Timestamp>,
    /// Where the last attempt came from.
    pub last_client: String,
    /// Its mode.
    pub last_mode: String,
    /// The rules that matched then.
    pub last_rules: String,
}

/// An attempt that is paid for.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The key of the name or the known browser.
    pub name: String,
    /// The account, where the name is somebody's.
    pub user: Option<UserId>,
    /// What stands for a name of nobody.
    pub label: String,
    /// Where from.
    pub client: String,
    /// The way in.
    pub mode: &'static str,
    /// The rules that matched.
    pub rules: String,
}

fn read(row: &mut Row<'_>) -> Result<LoginAudit, DriverError> {
    let (name, user, own): (String, Option<UserId>, String) = (row.take()?, row.take()?, row.take()?);
    let (failures, first_failure_at, last_failure_at, last_success_at) = (row.take()?, row.take()?, row.take()?, row.take()?);
    let (last_client, last_mode, last_rules) = (row.take()?, row.take()?, row.take()?);
    let username: Option<String> = row.take()?;
    let label = username.unwrap_or(own);
    Ok(LoginAudit { name, user, label, failures, first_failure_at, last_failure_at, last_success_at, last_client, last_mode, last_rules })
}

fn select() -> SelectStatement {
    let mut query = Query::select();
    query
        .columns(
            [
                "name",
                "user_id",
                "label",
                "failures",
                "first_failure_at",
                "last_failure_at",
                "last_success_at",
                "last_client",
                "last_mode",
                "last_rules",
            ]
            .map(|column| (TABLE, column)),
        )
        .column(("user_account", "username"))
        .from(TABLE)
        .left_join("user_account", Expr::col(("user_account", "id")).equals((TABLE, "user_id")));
    query
}

impl<A: Access> LoginAudits<'_, A> {
    /// What is known of a name.
    pub fn find(&mut self, name: &str) -> Result<Option<LoginAudit>, StoreError> {
        self.0.row(select().and_where(Expr::col((TABLE, "name")).eq(name)), read)
    }

    /// Failures in a row of a name.
    pub fn failures(&mut self, name: &str) -> Result<u32, StoreError> {
        let mut query = Query::select();
        query.column("failures").from(TABLE).and_where(Expr::col("name").eq(name));
        Ok(self.0.row(&mut query, |row| row.take())?.unwrap_or(0))
    }

    /// Failures in a row of a name that no block has set back.
    pub fn strikes(&mut self, name: &str) -> Result<u32, StoreError> {
        let mut query = Query::select();
        query.column("strikes").from(TABLE).and_where(Expr::col("name").eq(name));
        Ok(self.0.row(&mut query, |row| row.take())?.unwrap_or(0))
    }

    /// Names with failures, the latest attempt first.
    pub fn failing(&mut self, limit: u64) -> Result<Vec<LoginAudit>, StoreError> {
        let mut query = select();
        query
            .and_where(Expr::col((TABLE, "failures")).gt(0i64))
            .order_by((TABLE, "updated_at"), Order::Desc)
            .order_by((TABLE, "name"), Order::Asc)
            .limit(limit);
        self.0.rows(&mut query, read)
    }

    /// How many different names failed from an address bucket since then.
    pub fn names_failed(&mut self, bucket: &str, since: Timestamp) -> Result<u32, StoreError> {
        let mut query = Query::select();
        query
            .expr(Expr::col("name").count())
            .from(FAILURES)
            .and_where(Expr::col("bucket").eq(bucket))
            .and_where(Expr::col("at").gt(since.micros()));
        let count: i64 = self.0.row(&mut query, |row| row.take())?.unwrap_or(0);
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Whether the account was used from anywhere before.
    pub fn has_places(&mut self, user: UserId) -> Result<bool, StoreError> {
        let mut query = Query::select();
        query.column("user_id").from(PLACES).and_where(Expr::col("user_id").eq(user.0)).limit(1);
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.is_some())
    }

    /// Whether the account was used from this place before.
    pub fn knows_place(&mut self, user: UserId, place: &str) -> Result<bool, StoreError> {
        let mut query = Query::select();
        query.column("user_id").from(PLACES).and_where(Expr::col("user_id").eq(user.0)).and_where(Expr::col("place").eq(place));
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.is_some())
    }
}

impl LoginAudits<'_, WriteTx<'_>> {
    /// Failures in a row of a name, with its row, if there is one, locked until the end of the unit of work.
    pub fn lock(&mut self, name: &str) -> Result<u32, StoreError> {
        let mut query = Query::select();
        query.column("failures").from(TABLE).and_where(Expr::col("name").eq(name));
        Ok(self.0.lock_row(&mut query, |row| row.take())?.unwrap_or(0))
    }

    /// Makes sure that a name has a row, and locks it.
    pub fn ensure(&mut self, name: &str, user: Option<UserId>, label: &str, now: Timestamp) -> Result<u32, StoreError> {
        let mut ensure = Query::insert();
        ensure
            .into_table(TABLE)
            .columns(["name", "user_id", "label", "failures", "strikes", "last_client", "last_mode", "last_rules", "updated_at"])
            .values_panic([
                name.into(),
                Expr::val(Value::BigInt(user.map(|u| u.0))),
                label.into(),
                0i64.into(),
                0i64.into(),
                "".into(),
                "".into(),
                "".into(),
                now.micros().into(),
            ])
            .on_conflict(OnConflict::column("name").do_nothing_on(["name"]).to_owned());
        self.0.execute(&mut ensure)?;
        self.lock(name)
    }

    /// Counts an attempt as failed until it is settled: `before` failures came before it.
    pub fn charge(&mut self, tried: &Tried, before: u32, now: Timestamp) -> Result<(), StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("user_id", Value::BigInt(tried.user.map(|u| u.0)))
            .value("label", tried.label.as_str())
            .value("failures", i64::from(before) + 1)
            .value("last_client", tried.client.as_str())
            .value("last_mode", tried.mode)
            .value("last_rules", tried.rules.as_str())
            .value("updated_at", now.micros())
            .and_where(Expr::col("name").eq(tried.name.as_str()));
        self.0.execute(&mut update).map(drop)
    }

    /// Notes that the attempt that was counted did fail.
    pub fn failed(&mut self, name: &str, now: Timestamp) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("first_failure_at", Expr::col("first_failure_at").if_null(now.micros()))
            .value("last_failure_at", now.micros())
            .value("strikes", plus("strikes", Expr::val(1i64)))
            .and_where(Expr::col("name").eq(name));
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }

    /// Gives back an attempt that was never compared.
    pub fn give_back(&mut self, name: &str) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("failures", plus("failures", Expr::val(-1i64)))
            .and_where(Expr::col("name").eq(name))
            .and_where(Expr::col("failures").gt(0i64));
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }

    /// Notes a success: the count begins at 0. Gives how many failures came before it, the attempt itself not counted.
    pub fn succeeded(&mut self, name: &str, now: Timestamp) -> Result<Change<u32>, StoreError> {
        let mut query = Query::select();
        query.column("failures").from(TABLE).and_where(Expr::col("name").eq(name));
        let failures: u32 = self.0.lock_row(&mut query, |row| row.take())?.unwrap_or(0);
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("failures", 0i64)
            .value("strikes", 0i64)
            .value("first_failure_at", Value::BigInt(None))
            .value("last_success_at", now.micros())
            .value("updated_at", now.micros())
            .and_where(Expr::col("name").eq(name));
        self.0.execute(&mut update)?;
        Ok(Change::bare(failures.saturating_sub(1)))
    }

    /// Begins a count at 0, as a block does for what comes after its end. Strikes stay: waiting is no success.
    pub fn restart(&mut self, name: &str) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("failures", 0i64).value("first_failure_at", Value::BigInt(None)).and_where(Expr::col("name").eq(name));
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }

    /// Sets a count back to 0, strikes included.
    pub fn forget(&mut self, name: &str) -> Result<Change<u64>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("failures", 0i64)
            .value("strikes", 0i64)
            .value("first_failure_at", Value::BigInt(None))
            .and_where(Expr::col("name").eq(name))
            .and_where(Expr::col("failures").gt(0i64).or(Expr::col("strikes").gt(0i64)));
        Ok(Change::bare(self.0.execute(&mut update)?))
    }

    /// Notes that a name failed from an address bucket.
    pub fn name_failed(&mut self, bucket: &str, name: &str, now: Timestamp) -> Result<Change<()>, StoreError> {
        let mut upsert = Query::insert();
        upsert
            .into_table(FAILURES)
            .columns(["bucket", "name", "at"])
            .values_panic([bucket.into(), name.into(), now.micros().into()])
            .on_conflict(OnConflict::columns(["bucket", "name"]).update_column("at").to_owned());
        self.0.execute(&mut upsert)?;
        Ok(Change::bare(()))
    }

    /// Notes that an account was used from a place.
    pub fn used_from(&mut self, user: UserId, place: &str, now: Timestamp) -> Result<Change<()>, StoreError> {
        let mut upsert = Query::insert();
        upsert
            .into_table(PLACES)
            .columns(["user_id", "place", "last_used_at"])
            .values_panic([user.0.into(), place.into(), now.micros().into()])
            .on_conflict(OnConflict::columns(["user_id", "place"]).update_column("last_used_at").to_owned());
        self.0.execute(&mut upsert)?;
        let mut oldest = Query::select();
        oldest
            .column("place")
            .from(PLACES)
            .and_where(Expr::col("user_id").eq(user.0))
            .order_by("last_used_at", Order::Desc)
            .order_by("place", Order::Asc)
            .limit(PLACES_PER_USER + 50);
        let kept = usize::try_from(PLACES_PER_USER).unwrap_or(usize::MAX);
        let over: Vec<String> = self.0.rows(&mut oldest, |row| row.take())?.into_iter().skip(kept).collect();
        if !over.is_empty() {
            let mut gone = Query::delete();
            gone.from_table(PLACES).and_where(Expr::col("user_id").eq(user.0)).and_where(Expr::col("place").is_in(over));
            self.0.execute(&mut gone)?;
        }
        Ok(Change::bare(()))
    }

    /// Notes that a form was sent with a challenge that can be answered once; false if it was sent before.
    pub fn spend(&mut self, nonce: &[u8; 32], expires_at: Timestamp) -> Result<bool, StoreError> {
        let mut ensure = Query::insert();
        ensure
            .into_table("spent_challenge")
            .columns(["nonce", "spent", "expires_at"])
            .values_panic([nonce.to_vec().into(), false.into(), expires_at.micros().into()])
            .on_conflict(OnConflict::column("nonce").do_nothing_on(["nonce"]).to_owned());
        self.0.execute(&mut ensure)?;
        // An insert that does nothing is no answer: MariaDB counts the row it found.
        let mut spend = Query::update();
        spend
            .table("spent_challenge")
            .value("spent", true)
            .and_where(Expr::col("nonce").eq(nonce.to_vec()))
            .and_where(Expr::col("spent").eq(false));
        Ok(self.0.execute(&mut spend)? == 1)
    }
}
