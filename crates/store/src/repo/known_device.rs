//! Browsers that have logged in before: never a login, only a budget that strangers cannot spend.

use sea_query::{Expr, ExprTrait, Order, Query};

use super::KnownDevices;
use crate::error::StoreError;
use crate::tables::UserId;
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!(TABLE, &["token_hash", "user_id", "created_at", "last_used_at"]);
const TABLE: &str = "known_device";

/// Known browsers of one user at most; the longest unused goes.
const PER_USER: usize = 20;

impl<A: Access> KnownDevices<'_, A> {
    /// Whose browser it is.
    pub fn find(&mut self, token_hash: &[u8; 32]) -> Result<Option<UserId>, StoreError> {
        let mut query = Query::select();
        query.column("user_id").from(TABLE).and_where(Expr::col("token_hash").eq(token_hash.to_vec()));
        self.0.row(&mut query, |row| row.take())
    }

    /// The browsers of a user, by the hashes of their tokens.
    pub fn of(&mut self, user: UserId) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut query = Query::select();
        query.column("token_hash").from(TABLE).and_where(Expr::col("user_id").eq(user.0));
        self.0.rows(&mut query, |row| row.take())
    }
}

impl KnownDevices<'_, WriteTx<'_>> {
    /// Makes a browser known after a full login. The login's event covers it.
    pub fn insert(&mut self, token_hash: &[u8; 32], user: UserId) -> Result<Change<()>, StoreError> {
        let now = self.0.origin().at.micros();
        self.0.insert(&INSERT.one, &[token_hash.to_vec().into(), user.into(), now.into(), now.into()])?;
        let mut query = Query::select();
        query
            .column("id")
            .from(TABLE)
            .and_where(Expr::col("user_id").eq(user.0))
            .order_by("last_used_at", Order::Desc)
            .order_by("id", Order::Desc);
        let over: Vec<i64> = self.0.rows(&mut query, |row| row.take())?.into_iter().skip(PER_USER).collect();
        if !over.is_empty() {
            self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("id").is_in(over)))?;
        }
        Ok(Change::bare(()))
    }

    /// Makes a browser unknown again.
    pub fn forget(&mut self, token_hash: &[u8; 32]) -> Result<Change<u64>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("token_hash").eq(token_hash.to_vec()));
        Ok(Change::bare(self.0.execute(&mut gone)?))
    }

    /// Makes every browser of a user unknown.
    pub fn forget_all(&mut self, user: UserId) -> Result<Change<u64>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("user_id").eq(user.0));
        Ok(Change::bare(self.0.execute(&mut gone)?))
    }

    /// Notes a login from it. The login's event covers it.
    pub fn used(&mut self, token_hash: &[u8; 32]) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("last_used_at", self.0.origin().at.micros()).and_where(Expr::col("token_hash").eq(token_hash.to_vec()));
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }
}
