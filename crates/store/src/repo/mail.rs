//! Letters that wait to be sent: queued in the unit of work that has a reason to write one, sent by a job, tried again when a server asks for patience.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query};

use super::Mails;
use crate::dialect::plus;
use crate::error::StoreError;
use crate::unit::{Access, Change, Insert, Quiet, Recorded, WriteTx, insert};

static INSERT: Insert = insert!(TABLE, &["recipient", "subject", "body", "created_at", "due_at", "attempts", "state", "last_error"]);
const TABLE: &str = "mail";

/// Letters that may wait; more are not taken, or an attack could fill the disk with them.
const MOST: i64 = 10_000;

/// A letter to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMail {
    /// One address.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// Plain text. It may hold a one-time link, and is emptied once the letter is sent.
    pub body: String,
}

/// A letter that is due.
#[derive(Clone, PartialEq, Eq)]
pub struct DueMail {
    /// The row.
    pub id: i64,
    /// What to send.
    pub mail: NewMail,
    /// When it was written.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
}

impl<A: Access> Mails<'_, A> {
    /// Letters that are due, the longest waiting first.
    pub fn due(&mut self, now: Timestamp, limit: u64) -> Result<Vec<DueMail>, StoreError> {
        let mut query = Query::select();
        query
            .columns(["id", "recipient", "subject", "body", "created_at", "attempts"])
            .from(TABLE)
            .and_where(Expr::col("state").eq("waiting"))
            .and_where(Expr::col("due_at").lte(now.micros()))
            .order_by("due_at", Order::Asc)
            .order_by("id", Order::Asc)
            .limit(limit);
        self.0.rows(&mut query, |row| {
            let id = row.take()?;
            let mail = NewMail { recipient: row.take()?, subject: row.take()?, body: row.take()? };
            Ok(DueMail { id, mail, created_at: row.take()?, attempts: row.take()? })
        })
    }

    /// How many letters wait, and why the last one that was given up could not be sent.
    pub fn state(&mut self) -> Result<(i64, Option<String>), StoreError> {
        let mut waiting = Query::select();
        waiting.expr(Expr::col("id").count()).from(TABLE).and_where(Expr::col("state").eq("waiting"));
        let mut failed = Query::select();
        failed.column("last_error").from(TABLE).and_where(Expr::col("last_error").ne("")).order_by("id", Order::Desc).limit(1);
        Ok((self.0.row(&mut waiting, |row| row.take())?.unwrap_or(0), self.0.row(&mut failed, |row| row.take())?))
    }
}

impl Mails<'_, WriteTx<'_>> {
    /// Queues a letter; false when too many wait. The event of what it tells covers it.
    pub fn queue(&mut self, mail: &NewMail) -> Result<Change<bool>, StoreError> {
        if self.state()?.0 >= MOST {
            return Ok(Change::bare(false));
        }
        let now = self.0.origin().at.micros();
        let values = [
            mail.recipient.clone().into(),
            mail.subject.clone().into(),
            mail.body.clone().into(),
            now.into(),
            now.into(),
            0i64.into(),
            "waiting".into(),
            "".into(),
        ];
        self.0.insert(&INSERT.one, &values)?;
        Ok(Change::bare(true))
    }

    /// Notes that a letter was sent; its text goes.
    pub fn sent(&mut self, id: i64) -> Result<Recorded<()>, StoreError> {
        let mut gone = Query::delete();
        gone.from_table(TABLE).and_where(Expr::col("id").eq(id));
        let change = Change::bare(self.0.execute(&mut gone)?);
        Ok(self.0.quiet(Quiet::JobHeartbeat, change).map(drop))
    }

    /// Notes a failure: tried again at `due`, or with none given up, and its text goes. A letter that is given up is an event of the caller's.
    pub fn failed(&mut self, id: i64, error: &str, due: Option<Timestamp>) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("attempts", plus("attempts", Expr::val(1i64)))
            .value("last_error", error)
            .and_where(Expr::col("id").eq(id));
        match due {
            Some(due) => update.value("due_at", due.micros()),
            None => update.value("state", "given up").value("body", ""),
        };
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }
}
