//! One-time links, kept as the hash of their token; using one is a single conditional update.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Query, Value};

use super::Links;
use crate::error::StoreError;
use crate::tables::UserId;
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!(TABLE, &["token_hash", "purpose", "user_id", "created_at", "expires_at"]);
const TABLE: &str = "one_time_link";

impl<A: Access> Links<'_, A> {
    /// Whether the link can still be used. Looking spends nothing.
    pub fn is_open(&mut self, purpose: &'static str, token_hash: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
        let mut query = Query::select();
        query
            .column("id")
            .from(TABLE)
            .and_where(Expr::col("token_hash").eq(token_hash.to_vec()))
            .and_where(Expr::col("purpose").eq(purpose))
            .and_where(Expr::col("used_at").is_null())
            .and_where(Expr::col("expires_at").gt(now.micros()));
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.is_some())
    }

    /// Whose link it is, whatever has become of it.
    pub fn owner(&mut self, purpose: &'static str, token_hash: &[u8; 32]) -> Result<Option<UserId>, StoreError> {
        let mut query = Query::select();
        query
            .column("user_id")
            .from(TABLE)
            .and_where(Expr::col("token_hash").eq(token_hash.to_vec()))
            .and_where(Expr::col("purpose").eq(purpose))
            .and_where(Expr::col("user_id").is_not_null());
        self.0.row(&mut query, |row| row.take())
    }
}

impl Links<'_, WriteTx<'_>> {
    /// Every link of a user dies, whatever it was for.
    pub fn remove_all(&mut self, user: UserId) -> Result<Change<u64>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("user_id").eq(user.0));
        Ok(Change::bare(self.0.execute(&mut gone)?))
    }

    /// The links of a user for one purpose die.
    pub fn remove(&mut self, purpose: &'static str, user: UserId) -> Result<Change<u64>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("user_id").eq(user.0)).and_where(Expr::col("purpose").eq(purpose));
        Ok(Change::bare(self.0.execute(&mut gone)?))
    }

    /// Makes a link; earlier ones of the same purpose and user die. The command's event covers it.
    pub fn insert(
        &mut self,
        purpose: &'static str,
        user: Option<UserId>,
        token_hash: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<Change<()>, StoreError> {
        let mut older = Query::delete();
        older.from_table(TABLE).and_where(Expr::col("purpose").eq(purpose));
        older.and_where(match user {
            Some(user) => Expr::col("user_id").eq(user.0),
            None => Expr::col("user_id").is_null(),
        });
        self.0.execute(&mut older)?;
        let now = self.0.origin().at.micros();
        let values = [token_hash.to_vec().into(), purpose.into(), Value::BigInt(user.map(|u| u.0)), now.into(), expires_at.micros().into()];
        self.0.insert(&INSERT.one, &values)?;
        Ok(Change::bare(()))
    }

    /// Uses the link; false when it does not exist, was used, or has expired.
    pub fn consume(&mut self, purpose: &'static str, token_hash: &[u8; 32]) -> Result<Change<bool>, StoreError> {
        let now = self.0.origin().at.micros();
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("used_at", now)
            .and_where(Expr::col("token_hash").eq(token_hash.to_vec()))
            .and_where(Expr::col("purpose").eq(purpose))
            .and_where(Expr::col("used_at").is_null())
            .and_where(Expr::col("expires_at").gt(now));
        let used = self.0.execute(&mut update)?;
        Ok(Change::bare(used == 1))
    }
}
