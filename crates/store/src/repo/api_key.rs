//! API keys: found by the SHA-256 of their secret.

use guard::clock::Timestamp;
use guard::permission::{Allowed, Scope};
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, Value};

use super::account::TABLE as USERS;
use super::tag::versioned_update;
use super::{ApiKeys, Page, Window};
use crate::dialect::{Fixed, Statement, arg, key};
use crate::error::StoreError;
use crate::tables::account::{ApiKey, ApiKeyFacts, KEY, read_key};
use crate::tables::{ApiKeyId, UserId};
use crate::unit::{Access, Change, Insert, Quiet, Recorded, WriteTx, insert};

static INSERT: Insert = insert!(
    TABLE,
    &[
        "version",
        "hash",
        "display",
        "name",
        "name_key",
        "owner_id",
        "scope",
        "networks",
        "active",
        "expires_at",
        "created_at",
        "updated_at"
    ]
);
const TABLE: &str = "api_key";

/// A key to be made.
pub struct NewApiKey {
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    /// Its first characters.
    pub display: String,
    /// What people call it.
    pub name: String,
    /// Whose rights it has at most.
    pub owner_id: UserId,
    /// What of them.
    pub scope: Scope,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

fn select() -> SelectStatement {
    let mut query = Query::select();
    query
        .columns(KEY.iter().map(|c| (TABLE, *c)))
        .columns(["username", "role", "active"].map(|c| (USERS, c)))
        .column(("meta", "value"))
        .from(TABLE)
        .inner_join(USERS, Expr::col((USERS, "id")).equals((TABLE, "owner_id")))
        .inner_join("meta", Expr::col(("meta", "name")).eq("settings_version"));
    query
}

static BY_HASH: Fixed = Fixed::new(|| Statement::from(select().and_where(Expr::col((TABLE, "hash")).eq(arg()))));

impl<A: Access> ApiKeys<'_, A> {
    /// The key of that hash, active or not.
    pub fn find_by_hash(&mut self, hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.0.fixed_row(&BY_HASH, &[hash.to_vec().into()], read_key)
    }

    /// The key, if it exists.
    pub fn find(&mut self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        self.0.row(select().and_where(Expr::col((TABLE, "id")).eq(id.0)), read_key)
    }

    /// Keys, newest first; of one owner or of all.
    pub fn list(&mut self, owner: Option<UserId>, page: &Page<ApiKeyId>) -> Result<Window<ApiKey>, StoreError> {
        let mut query = select();
        if let Some(owner) = owner {
            query.and_where(Expr::col((TABLE, "owner_id")).eq(owner.0));
        }
        if let Some(after) = page.after {
            query.and_where(Expr::col((TABLE, "id")).lt(after.0));
        }
        query.order_by((TABLE, "id"), Order::Desc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read_key)?, page.limit))
    }
}

impl ApiKeys<'_, WriteTx<'_>> {
    /// Makes a key.
    pub fn insert(&mut self, new: &NewApiKey) -> Result<Change<ApiKeyId>, StoreError> {
        let now = self.0.origin().at.micros();
        let values = [
            1i64.into(),
            new.hash.to_vec().into(),
            new.display.clone().into(),
            new.name.clone().into(),
            key(&new.name).into(),
            new.owner_id.into(),
            new.scope.as_str().into(),
            "[]".into(),
            true.into(),
            Value::BigInt(new.expires_at.map(Timestamp::micros)),
            now.into(),
            now.into(),
        ];
        let id = ApiKeyId(self.0.insert(&INSERT.one, &values)?);
        let facts = ApiKeyFacts {
            name: new.name.clone(),
            display: new.display.clone(),
            owner_id: new.owner_id,
            scope: new.scope,
            expires_at: new.expires_at,
            active: true,
        };
        self.0.changed(id, TABLE, id.0, None::<&ApiKeyFacts>, Some(&facts))
    }

    /// Revokes a key; it stays in the list.
    pub fn revoke(&mut self, key: &Allowed<ApiKey>) -> Result<Change<()>, StoreError> {
        let key = key.get();
        let mut update = versioned_update(TABLE, key.id.0, self.0.origin().at.micros());
        update.value("active", false);
        self.0.execute(&mut update)?;
        let after = ApiKeyFacts { active: false, ..key.facts.clone() };
        self.0.changed((), TABLE, key.id.0, Some(&key.facts), Some(&after))
    }

    /// Notes a use of the key.
    pub fn seen(&mut self, id: ApiKeyId, at: Timestamp) -> Result<Recorded<()>, StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("last_used_at", at.micros()).and_where(Expr::col("id").eq(id.0));
        let change = Change::bare(self.0.execute(&mut update)?);
        Ok(self.0.quiet(Quiet::SessionSeen, change).map(drop))
    }
}
