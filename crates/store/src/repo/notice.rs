//! What the owner of an account is told at the next login.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query};

use super::Notices;
use crate::error::StoreError;
use crate::tables::UserId;
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!(TABLE, &["user_id", "kind", "details", "at"]);
const TABLE: &str = "notice";

/// Notices that may wait for one account; the oldest goes.
const PER_USER: u64 = 20;

/// Something the owner should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What kind of thing happened.
    pub kind: String,
    /// Its facts as JSON.
    pub details: String,
    /// When.
    pub at: Timestamp,
}

impl<A: Access> Notices<'_, A> {
    /// What waits for an account, the latest first.
    pub fn unseen(&mut self, user: UserId) -> Result<Vec<Notice>, StoreError> {
        let mut query = Query::select();
        query
            .columns(["kind", "details", "at"])
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(user.0))
            .and_where(Expr::col("seen_at").is_null())
            .order_by("id", Order::Desc)
            .limit(PER_USER);
        self.0.rows(&mut query, |row| Ok(Notice { kind: row.take()?, details: row.take()?, at: row.take()? }))
    }

    /// When a notice of this kind was last written for an account.
    pub fn last(&mut self, user: UserId, kind: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let mut query = Query::select();
        query
            .column("at")
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(user.0))
            .and_where(Expr::col("kind").eq(kind))
            .order_by("id", Order::Desc)
            .limit(1);
        self.0.row(&mut query, |row| row.take())
    }
}

impl Notices<'_, WriteTx<'_>> {
    /// Writes a notice. The event of what happened covers it.
    pub fn add(&mut self, user: UserId, kind: &'static str, details: &str) -> Result<Change<()>, StoreError> {
        let now = self.0.origin().at.micros();
        self.0.insert(&INSERT.one, &[user.into(), kind.into(), details.into(), now.into()])?;
        let mut all = Query::select();
        all.column("id").from(TABLE).and_where(Expr::col("user_id").eq(user.0)).order_by("id", Order::Desc).limit(PER_USER + 20);
        let kept = usize::try_from(PER_USER).unwrap_or(usize::MAX);
        let over: Vec<i64> = self.0.rows(&mut all, |row| row.take())?.into_iter().skip(kept).collect();
        if !over.is_empty() {
            self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("id").is_in(over)))?;
        }
        Ok(Change::bare(()))
    }

    /// Marks what waits for an account as seen. The login's event covers it.
    pub fn seen(&mut self, user: UserId) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("seen_at", self.0.origin().at.micros())
            .and_where(Expr::col("user_id").eq(user.0))
            .and_where(Expr::col("seen_at").is_null());
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }
}
