//! Accounts: what is set on them, and who there is. What has to do with their passwords stands in [`password`].

mod password;

pub use password::NewHash;

use guard::clock::Timestamp;
use guard::permission::{Allowed, Role};
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, Value};

use super::tag::versioned_update;
use super::{Accounts, Page, Window};
use crate::dialect::key;
use crate::error::StoreError;
use crate::tables::UserId;
use crate::tables::account::{Credentials, USER, USER_INSERT, User, UserFacts, read_user};
use crate::unit::{Access, Change, Insert, Quiet, Recorded, WriteTx, insert};

static INSERT: Insert = insert!(TABLE, USER_INSERT);
pub(super) const TABLE: &str = "user_account";
const KIND: &str = "user";

/// What goes with an account: tables and the columns that name it.
const OWNED: &[(&str, &str)] = &[
    ("session", "user_id"),
    ("api_key", "owner_id"),
    ("known_device", "user_id"),
    ("one_time_link", "user_id"),
    ("password_history", "user_id"),
    ("notice", "user_id"),
    ("login_place", "user_id"),
    ("login_audit", "user_id"),
    ("fence_block", "user_id"),
];

/// An account to be made.
pub struct NewUser {
    /// What is set on it.
    pub facts: UserFacts,
    /// PHC string of its password, if one is set.
    pub password_hash: Option<String>,
    /// The password was chosen by somebody else: by a configuration.
    pub password_given: bool,
}

fn select() -> SelectStatement {
    Query::select().from(TABLE).columns(USER.iter().copied()).take()
}

impl<A: Access> Accounts<'_, A> {
    /// The account, if it exists.
    pub fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.0.row(select().and_where(Expr::col("id").eq(id.0)), read_user)
    }

    /// The account of that canonical name.
    pub fn find_by_name(&mut self, canonical: &str) -> Result<Option<User>, StoreError> {
        self.0.row(select().and_where(Expr::col("canonical").eq(canonical)), read_user)
    }

    /// What the login compares with; by canonical name, or by e-mail address.
    pub fn credentials(&mut self, canonical: &str) -> Result<Option<Credentials>, StoreError> {
        if canonical.is_empty() {
            return Ok(None);
        }
        for (column, name) in [("canonical", canonical.to_owned()), ("email_key", key(canonical))] {
            let mut query = select();
            query.column("password_hash").and_where(Expr::col(column).eq(name)).limit(2);
            let mut rows = self.0.rows(&mut query, |row| Ok(Credentials { user: read_user(row)?, password_hash: row.take()? }))?;
            if rows.len() == 1 {
                return Ok(rows.pop());
            }
        }
        Ok(None)
    }

    /// An account with that e-mail address, if there is one.
    pub fn with_email(&mut self, email: &str) -> Result<Option<UserId>, StoreError> {
        let mut query = Query::select();
        query.column("id").from(TABLE).and_where(Expr::col("email_key").eq(key(email))).order_by("id", Order::Asc).limit(1);
        self.0.row(&mut query, |row| row.take())
    }

    /// Accounts by name.
    pub fn list(&mut self, page: &Page<String>) -> Result<Window<User>, StoreError> {
        let mut query = select();
        if let Some(after) = &page.after {
            query.and_where(Expr::col("canonical").gt(after.as_str()));
        }
        query.order_by("canonical", Order::Asc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read_user)?, page.limit))
    }

    /// The e-mail addresses of the active accounts of a role.
    pub fn emails(&mut self, role: Role) -> Result<Vec<String>, StoreError> {
        let mut query = Query::select();
        query
            .column("email")
            .from(TABLE)
            .and_where(Expr::col("role").eq(role.as_str()))
            .and_where(Expr::col("active").eq(true))
            .and_where(Expr::col("email").ne(""))
            .order_by("id", Order::Asc)
            .limit(100);
        self.0.rows(&mut query, |row| row.take())
    }

    /// How many active admins there are.
    pub fn active_admins(&mut self) -> Result<i64, StoreError> {
        let mut query = Query::select();
        query
            .expr(Expr::col("id").count())
            .from(TABLE)
            .and_where(Expr::col("role").eq(Role::Admin.as_str()))
            .and_where(Expr::col("active").eq(true));
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0))
    }

    /// Whether there is any account.
    pub fn exist(&mut self) -> Result<bool, StoreError> {
        let mut query = Query::select();
        query.column("id").from(TABLE).limit(1);
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.is_some())
    }
}

/// The address as it is compared: one account's alone, but for those that have none.
fn email_key(email: &str) -> Value {
    Value::String((!email.is_empty()).then(|| key(email)))
}

impl Accounts<'_, WriteTx<'_>> {
    /// Makes an account.
    pub fn insert(&mut self, new: &NewUser) -> Result<Change<UserId>, StoreError> {
        let now = self.0.origin().at.micros();
        let facts = &new.facts;
        let values = [
            1i64.into(),
            facts.username.clone().into(),
            facts.canonical.clone().into(),
            facts.display_name.clone().into(),
            facts.email.clone().into(),
            email_key(&facts.email),
            false.into(),
            "".into(),
            facts.role.as_str().into(),
            facts.active.into(),
            Value::String(new.password_hash.clone()),
            Value::BigInt(new.password_hash.is_some().then_some(now)),
            new.password_given.into(),
            facts.expiry.as_str().into(),
            1i64.into(),
            facts.timezone.clone().into(),
            facts.language.clone().into(),
            facts.theme.clone().into(),
            now.into(),
            now.into(),
        ];
        let id = UserId(self.0.insert(&INSERT.one, &values)?);
        self.0.changed(id, KIND, id.0, None::<&UserFacts>, Some(facts))
    }

    /// Changes what is set on an account. A change of role or activity ends every session of it; an address that nobody has answered from is not
    /// verified. With another address, or without access, links that were mailed before and an address that was asked for are over.
    pub fn update(&mut self, user: &Allowed<User>, facts: &UserFacts) -> Result<Change<()>, StoreError> {
        let user = user.get();
        let ends_sessions = facts.role != user.facts.role || facts.active != user.facts.active;
        let same_address = key(&facts.email) == key(&user.facts.email);
        let mut update = versioned_update(TABLE, user.id.0, self.0.origin().at.micros());
        update
            .value("username", facts.username.as_str())
            .value("canonical", facts.canonical.as_str())
            .value("display_name", facts.display_name.as_str())
            .value("email", facts.email.as_str())
            .value("email_key", email_key(&facts.email))
            .value("email_verified", user.email_verified && same_address)
            .value("role", facts.role.as_str())
            .value("active", facts.active)
            .value("expiry", facts.expiry.as_str())
            .value("timezone", facts.timezone.as_str())
            .value("language", facts.language.as_str())
            .value("theme", facts.theme.as_str())
            .value("session_epoch", user.session_epoch + i64::from(ends_sessions));
        let ends_links = !same_address || !facts.active;
        if ends_links {
            update.value("pending_email", "");
        }
        self.0.execute(&mut update)?;
        let links = if ends_links { self.0.links().remove_all(user.id)? } else { Change::bare(0) };
        Ok(self.0.changed((), KIND, user.id.0, Some(&user.facts), Some(facts))?.and(links).map(drop))
    }

    /// Notes a full login.
    pub fn logged_in(&mut self, id: UserId, at: Timestamp) -> Result<(), StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("last_login_at", at.micros()).and_where(Expr::col("id").eq(id.0));
        let change = Change::bare(self.0.execute(&mut update)?);
        let _done: Recorded<u64> = self.0.quiet(Quiet::SessionSeen, change);
        Ok(())
    }

    /// The account, which nobody else changes until the unit ends.
    pub fn lock(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.0.lock_row(select().and_where(Expr::col("id").eq(id.0)), read_user)
    }

    /// The accounts that can do what only admins can: active ones that have logged in before or have a password to do so. Nobody changes one of them
    /// until the unit ends, so that of two admins who remove each other one is left.
    pub fn lock_admins(&mut self) -> Result<Vec<UserId>, StoreError> {
        let mut query = Query::select();
        query
            .column("id")
            .from(TABLE)
            .and_where(Expr::col("role").eq(Role::Admin.as_str()))
            .and_where(Expr::col("active").eq(true))
            .and_where(
                Expr::col("password_hash")
                    .is_not_null()
                    .or(Expr::col("last_login_at").is_not_null().and(Expr::col("password_used").is_null())),
            )
            .order_by("id", Order::Asc);
        self.0.lock_rows(&mut query, |row| row.take())
    }

    /// Notes the address that an account is to have once a letter to it is answered; empty: none.
    pub fn await_email(&mut self, id: UserId, email: &str) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("pending_email", email).and_where(Expr::col("id").eq(id.0));
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }

    /// The owner of an account has answered a letter to its address.
    pub fn verify_email(&mut self, id: UserId) -> Result<Change<()>, StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("email_verified", true).and_where(Expr::col("id").eq(id.0));
        self.0.execute(&mut update)?;
        Ok(Change::bare(()))
    }

    /// Removes an account with everything that is only its own: sessions, keys, known browsers, links, notices, what the login counts about it. What it
    /// did stays in the trail.
    pub fn remove(&mut self, user: &Allowed<User>) -> Result<Change<()>, StoreError> {
        let user = user.get();
        for (table, column) in OWNED {
            self.0.execute(Query::delete().from_table(*table).and_where(Expr::col(*column).eq(user.id.0)))?;
        }
        self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("id").eq(user.id.0)))?;
        self.0.changed((), KIND, user.id.0, Some(&user.facts), None::<&UserFacts>)
    }
}
