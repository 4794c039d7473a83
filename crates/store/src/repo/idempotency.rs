//! Answers kept for retried requests: the key is claimed in the transaction that does the work, so a retry can never do it twice.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Query};

use super::Idempotency;
use crate::error::StoreError;
use crate::unit::{Access, Insert, WriteTx, insert};

static INSERT: Insert = insert!(TABLE, &["owner", "key_hash", "fingerprint", "command", "output", "created_at", "expires_at"]);
const TABLE: &str = "idempotency_key";

/// What an earlier request with the same key got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 over the earlier request.
    pub fingerprint: [u8; 32],
    /// Its output as JSON.
    pub output: String,
}

impl<A: Access> Idempotency<'_, A> {
    /// The answer under that key, unless it has expired.
    pub fn find(&mut self, owner: &str, key_hash: &[u8; 32], now: Timestamp) -> Result<Option<Answered>, StoreError> {
        let mut query = Query::select();
        query
            .columns(["fingerprint", "output"])
            .from(TABLE)
            .and_where(Expr::col("owner").eq(owner))
            .and_where(Expr::col("key_hash").eq(key_hash.to_vec()))
            .and_where(Expr::col("expires_at").gt(now.micros()));
        self.0.row(&mut query, |row| Ok(Answered { fingerprint: row.take()?, output: row.take()? }))
    }
}

impl Idempotency<'_, WriteTx<'_>> {
    /// Keeps an answer. Two requests with one key meet at the unique key: the later one runs again and finds the answer.
    pub fn keep(
        &mut self,
        owner: &str,
        key_hash: &[u8; 32],
        command: &'static str,
        answered: &Answered,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let now = self.0.origin().at.micros();
        let mut expired = Query::delete();
        expired
            .from_table(TABLE)
            .and_where(Expr::col("owner").eq(owner))
            .and_where(Expr::col("key_hash").eq(key_hash.to_vec()))
            .and_where(Expr::col("expires_at").lte(now));
        self.0.execute(&mut expired)?;
        self.0.retry_when_taken();
        let values = [
            owner.into(),
            key_hash.to_vec().into(),
            answered.fingerprint.to_vec().into(),
            command.into(),
            answered.output.clone().into(),
            now.into(),
            expires_at.micros().into(),
        ];
        self.0.insert(&INSERT.one, &values).map(drop)
    }
}
