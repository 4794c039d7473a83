//! Blocks that rules of the fence have armed, one for each subject, kind and rule, so that no rule's block can end another's.

use guard::clock::Timestamp;
use guard::fence::{Block, BlockKind};
use guard::login::mode::Mode;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement, Value};

use super::Blocks;
use crate::driver::Row;
use crate::error::{DriverError, StoreError};
use crate::tables::UserId;
use crate::tables::group::time;
use crate::unit::{Access, Change, WriteTx};

const TABLE: &str = "fence_block";

/// A block with what people call its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBlock {
    /// The block.
    pub block: Block,
    /// The account, where the subject is somebody's name.
    pub user: Option<UserId>,
    /// The account's name now, the address, or what stands for the name of nobody.
    pub label: String,
}

fn read(row: &mut Row<'_>) -> Result<NamedBlock, DriverError> {
    let (subject, kind): (String, String) = (row.take()?, row.take()?);
    let (until, since, strict, modes) = (time(row)?, time(row)?, row.take()?, row.take::<String>()?);
    let (rule, user, own): (i64, Option<UserId>, String) = (row.take()?, row.take()?, row.take()?);
    let username: Option<String> = row.take()?;
    let block = Block {
        subject,
        // A word that this version does not know denies all the same.
        kind: BlockKind::parse(&kind).unwrap_or(BlockKind::NoAnswer),
        until,
        since,
        strict,
        modes: Mode::ALL.into_iter().filter(|mode| modes.split('|').any(|word| word == mode.as_str())).collect(),
        rule: usize::try_from(rule).unwrap_or(0),
    };
    Ok(NamedBlock { block, user, label: username.unwrap_or(own) })
}

fn select() -> SelectStatement {
    let mut query = Query::select();
    query
        .columns(["subject", "kind", "until_at", "since_at", "strict", "modes", "rule", "user_id", "label"].map(|column| (TABLE, column)))
        .column(("user_account", "username"))
        .from(TABLE)
        .left_join("user_account", Expr::col(("user_account", "id")).equals((TABLE, "user_id")));
    query
}

impl<A: Access> Blocks<'_, A> {
    /// The blocks of these subjects, also those that are over.
    pub fn of(&mut self, subjects: &[String]) -> Result<Vec<Block>, StoreError> {
        let mut query = select();
        query.and_where(Expr::col((TABLE, "subject")).is_in(subjects.to_vec()));
        Ok(self.0.rows(&mut query, read)?.into_iter().map(|named| named.block).collect())
    }

    /// The blocks that hold now, those that end last first.
    pub fn holding(&mut self, now: Timestamp, limit: u64) -> Result<Vec<NamedBlock>, StoreError> {
        let mut query = select();
        query
            .and_where(Expr::col((TABLE, "until_at")).gt(now.micros()))
            .order_by((TABLE, "until_at"), Order::Desc)
            .order_by((TABLE, "subject"), Order::Asc)
            .limit(limit);
        self.0.rows(&mut query, read)
    }

    /// The blocks of addresses that hold API keys now.
    pub fn of_keys(&mut self, now: Timestamp) -> Result<Vec<Block>, StoreError> {
        let mut query = select();
        query
            .and_where(Expr::col((TABLE, "until_at")).gt(now.micros()))
            .and_where(Expr::col((TABLE, "user_id")).is_null())
            .and_where(Expr::col((TABLE, "modes")).like(format!("%{}%", Mode::Token)));
        Ok(self.0.rows(&mut query, read)?.into_iter().map(|named| named.block).collect())
    }
}

impl Blocks<'_, WriteTx<'_>> {
    /// Keeps a block; one of the same subject, kind and rule is replaced. The event of the attempt covers it.
    pub fn arm(&mut self, block: &Block, user: Option<UserId>, label: &str) -> Result<(), StoreError> {
        let mut upsert = Query::insert();
        upsert
            .into_table(TABLE)
            .columns(["subject", "kind", "until_at", "since_at", "strict", "modes", "rule", "user_id", "label"])
            .values_panic([
                block.subject.as_str().into(),
                block.kind.as_str().into(),
                block.until.micros().into(),
                block.since.micros().into(),
                block.strict.into(),
                block.mode_words().into(),
                i64::try_from(block.rule).unwrap_or(0).into(),
                Expr::val(Value::BigInt(user.map(|u| u.0))),
                label.into(),
            ])
            .on_conflict(
                OnConflict::columns(["subject", "kind", "rule"])
                    .update_columns(["until_at", "since_at", "strict", "modes", "user_id", "label"])
                    .to_owned(),
            );
        self.0.execute(&mut upsert).map(drop)
    }

    /// Removes a block that was kept for an attempt which then came to nothing; one that another attempt has kept since stays.
    pub fn disarm(&mut self, block: &Block) -> Result<Change<u64>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE)
            .and_where(Expr::col("subject").eq(block.subject.as_str()))
            .and_where(Expr::col("kind").eq(block.kind.as_str()))
            .and_where(Expr::col("rule").eq(i64::try_from(block.rule).unwrap_or(0)))
            .and_where(Expr::col("since_at").eq(block.since.micros()));
        Ok(Change::bare(self.0.execute(&mut gone)?))
    }

    /// Removes every block of a subject, or only those of one kind.
    pub fn lift(&mut self, subject: &str, kind: Option<BlockKind>) -> Result<Change<u64>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("subject").eq(subject));
        if let Some(kind) = kind {
            gone.and_where(Expr::col("kind").eq(kind.as_str()));
        }
        Ok(Change::bare(self.0.execute(&mut gone)?))
    }
}
