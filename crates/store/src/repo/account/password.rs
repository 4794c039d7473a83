//! The passwords of accounts: the present hash, those before it, and what happens when a new one is set.

use guard::password::expiry::Expiry;
use guard::password::policy::{Kept, MOST_FORMER};
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, Value};

use super::TABLE;
use crate::dialect::plus;
use crate::error::StoreError;
use crate::repo::Accounts;
use crate::tables::UserId;
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!(HISTORY, &["user_id", "password_hash", "replaced_at"]);
const HISTORY: &str = "password_history";

/// How hashes of bcrypt begin, whatever their version.
const BCRYPT: &str = "$2%";

/// A password to be set.
#[derive(Clone)]
pub struct NewHash {
    /// PHC string.
    pub hash: String,
    /// What the end of passwords becomes on this account.
    pub expiry: Expiry,
    /// How many former ones are kept.
    pub history: u8,
}

impl<A: Access> Accounts<'_, A> {
    /// The present password of an account and those before it, the newest first, as hashes.
    pub fn passwords(&mut self, user: UserId) -> Result<Kept, StoreError> {
        let mut query = Query::select();
        query.columns(["password_hash", "password_used"]).from(TABLE).and_where(Expr::col("id").eq(user.0));
        let (current, spent) = self.0.row(&mut query, |row| Ok((row.take()?, row.take()?)))?.unwrap_or_default();
        let mut query = Query::select();
        query
            .column("password_hash")
            .from(HISTORY)
            .and_where(Expr::col("user_id").eq(user.0))
            .order_by("id", Order::Desc)
            .limit(u64::from(MOST_FORMER));
        Ok(Kept { current, used: spent, former: self.0.rows(&mut query, |row| row.take())? })
    }

    /// The cost of the dearest stored hash of bcrypt: `$2y$10$…` has 10.
    pub fn dearest_import(&mut self) -> Result<Option<u32>, StoreError> {
        let mut query = Query::select();
        query.expr(Expr::cust("MAX(SUBSTR(password_hash, 5, 2))")).from(TABLE).and_where(Expr::col("password_hash").like(BCRYPT));
        let cost = self.0.row(&mut query, |row| row.take::<Option<String>>())?.flatten();
        Ok(cost.and_then(|cost| cost.parse().ok()))
    }
}

impl Accounts<'_, WriteTx<'_>> {
    /// Sets a password: the one before goes to the history, every session of the account is over, and so is whatever else let somebody in with the old
    /// one. The caller's event covers it.
    pub fn set_password(&mut self, user: UserId, new: &NewHash) -> Result<Change<()>, StoreError> {
        let now = self.0.origin().at.micros();
        let old = self.passwords(user)?;
        if let Some(current) = old.current.as_ref().or(old.used.as_ref()) {
            self.0.insert(&INSERT.one, &[user.into(), current.clone().into(), now.into()])?;
        }
        self.trim_history(user, new.history)?;
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("password_hash", new.hash.as_str())
            .value("password_used", Value::String(None))
            .value("pending_email", "")
            .value("password_changed_at", now)
            .value("password_given", false)
            .value("expiry", new.expiry.as_str())
            .value("session_epoch", plus("session_epoch", Expr::val(1i64)))
            .value("version", plus("version", Expr::val(1i64)))
            .value("updated_at", now)
            .and_where(Expr::col("id").eq(user.0));
        self.0.execute(&mut update)?;
        self.unimport(old.current.as_deref())?;
        let links = self.0.links().remove_all(user)?;
        let sessions = self.0.sessions().remove_all(user)?;
        let devices = self.0.known_devices().forget_all(user)?;
        Ok(links.and(sessions).and(devices).map(drop))
    }

    /// Takes away a password that was good for one login; false if it was gone already. It is kept aside, so that it is not set again. The login's
    /// event covers it.
    pub fn use_up_password(&mut self, user: UserId, hash: &str) -> Result<Change<bool>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("password_hash", Value::String(None))
            .value("password_used", hash)
            .and_where(Expr::col("id").eq(user.0))
            .and_where(Expr::col("password_hash").eq(hash));
        let done = self.0.execute(&mut update)? > 0;
        if done {
            self.unimport(Some(hash))?;
        }
        Ok(Change::bare(done))
    }

    /// Puts a stronger hash of the same password in the place of an older one, unless another password was set meanwhile. The login's event covers it.
    pub fn rehash(&mut self, user: UserId, old: &str, new: &str) -> Result<Change<bool>, StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("password_hash", new).and_where(Expr::col("id").eq(user.0)).and_where(Expr::col("password_hash").eq(old));
        let done = self.0.execute(&mut update)? > 0;
        if done {
            self.unimport(Some(old))?;
        }
        Ok(Change::bare(done))
    }

    /// What comparisons cost follows the imported hashes that are left: every instance reads it with its settings.
    fn unimport(&mut self, old: Option<&str>) -> Result<(), StoreError> {
        if old.is_some_and(|old| old.starts_with("$2")) { self.0.settings().bump() } else { Ok(()) }
    }

    fn trim_history(&mut self, user: UserId, kept: u8) -> Result<(), StoreError> {
        let mut query = Query::select();
        query.column("id").from(HISTORY).and_where(Expr::col("user_id").eq(user.0)).order_by("id", Order::Desc).limit(100);
        let kept = usize::from(std::cmp::min(kept, MOST_FORMER));
        let over: Vec<i64> = self.0.rows(&mut query, |row| row.take())?.into_iter().skip(kept).collect();
        if !over.is_empty() {
            self.0.execute(Query::delete().from_table(HISTORY).and_where(Expr::col("id").is_in(over)))?;
        }
        Ok(())
    }
}
