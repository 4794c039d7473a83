//! Stored settings. What a key means, its type and bounds are `app`'s registry; here they are text.

use std::collections::BTreeMap;

use sea_query::{Expr, ExprTrait, OnConflict, Query};
use serde::Serialize;

use super::Settings;
use crate::dialect::plus;
use crate::error::StoreError;
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, WriteTx};

const TABLE: &str = "setting";

#[derive(Serialize)]
struct Snapshot<'a> {
    key: &'a str,
    value: &'a str,
}

impl<A: Access> Settings<'_, A> {
    /// Every stored value with the version they make up.
    pub fn all(&mut self) -> Result<(i64, BTreeMap<String, String>), StoreError> {
        let version = self.version()?;
        let mut query = Query::select();
        query.columns(["name", "value"]).from(TABLE);
        let values = self.0.rows(&mut query, |row| Ok((row.take()?, row.take()?)))?;
        Ok((version, values.into_iter().collect()))
    }

    /// A number that was kept about the database as a whole.
    pub(crate) fn pinned(&mut self, name: &str) -> Result<Option<i64>, StoreError> {
        let mut query = Query::select();
        query.column("value").from("meta").and_where(Expr::col("name").eq(name));
        self.0.row(&mut query, |row| row.take())
    }

    /// A number that grows with every change of a setting.
    pub fn version(&mut self) -> Result<i64, StoreError> {
        Ok(self.pinned("settings_version")?.unwrap_or(0))
    }
}

impl Settings<'_, WriteTx<'_>> {
    /// Makes every instance read the settings, and what is kept in memory with them, again.
    pub fn bump(&mut self) -> Result<(), StoreError> {
        let mut bump = Query::update();
        bump.table("meta").value("value", plus("value", Expr::val(1i64))).and_where(Expr::col("name").eq("settings_version"));
        self.0.execute(&mut bump).map(drop)
    }

    /// Stores a value, or with none goes back to the default. `shown` hides secrets from the log.
    pub fn put(&mut self, key: &str, value: Option<&str>, shown: bool) -> Result<Change<()>, StoreError> {
        self.bump()?;
        let mut query = Query::select();
        query.columns(["id", "value"]).from(TABLE).and_where(Expr::col("name").eq(key));
        let old: Option<(i64, String)> = self.0.row(&mut query, |row| Ok((row.take()?, row.take()?)))?;
        match value {
            Some(value) => {
                let now = self.0.origin().at.micros();
                let mut upsert = Query::insert();
                upsert
                    .into_table(TABLE)
                    .columns(["name", "value", "updated_at"])
                    .values_panic([key.into(), value.into(), now.into()])
                    .on_conflict(OnConflict::column("name").update_columns(["value", "updated_at"]).to_owned());
                self.0.execute(&mut upsert)?;
            }
            None => {
                self.0.execute(Query::delete().from_table(TABLE).and_where(Expr::col("name").eq(key)))?;
            }
        }
        let hidden = |text: &str| if shown { text.to_owned() } else { "***".to_owned() };
        let before = old.as_ref().map(|(_, text)| hidden(text));
        let after = value.map(hidden);
        let id = old.as_ref().map_or(0, |(id, _)| *id);
        let before = before.as_deref().map(|value| Snapshot { key, value });
        let after = after.as_deref().map(|value| Snapshot { key, value });
        self.0.changed((), TABLE, id, before.as_ref(), after.as_ref())
    }
}
