//! Sites. The row that stands for "no site" is never shown.

use guard::permission::Allowed;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, Value};

use super::tag::{named_like, versioned_update};
use super::{Page, Sites, Window};
use crate::dialect::key;
use crate::error::StoreError;
use crate::tables::group::{SITE, SITE_INSERT, Site, SiteFacts, read_site};
use crate::tables::{NOWHERE, SiteId};
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!("site", SITE_INSERT);
const KIND: &str = "site";
const PARENT: &str = "above";

fn select() -> SelectStatement {
    let mut query = Query::select();
    query.from(KIND).column((KIND, "id")).columns(SITE.iter().map(|c| (KIND, *c))).column((PARENT, "name"));
    query.join_as(sea_query::JoinType::LeftJoin, KIND, PARENT, Expr::col((PARENT, "id")).equals((KIND, "parent_id")));
    query.and_where(Expr::col((KIND, "id")).ne(NOWHERE.0));
    query
}

impl<A: Access> Sites<'_, A> {
    /// The site, if it exists.
    pub fn find(&mut self, id: SiteId) -> Result<Option<Site>, StoreError> {
        self.0.row(select().and_where(Expr::col((KIND, "id")).eq(id.0)), read_site)
    }

    /// The site of that name.
    pub fn find_by_name(&mut self, name: &str) -> Result<Option<Site>, StoreError> {
        self.0.row(select().and_where(Expr::col((KIND, "name")).eq(name)), read_site)
    }

    /// Sites by name; `q` is a part of it.
    pub fn list(&mut self, q: Option<&str>, page: &Page<String>) -> Result<Window<Site>, StoreError> {
        let mut query = select();
        if let Some(q) = q {
            query.and_where(named_like(KIND, q));
        }
        if let Some(after) = &page.after {
            query.and_where(Expr::col((KIND, "name")).gt(after.as_str()));
        }
        query.order_by((KIND, "name"), Order::Asc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read_site)?, page.limit))
    }

    /// The ids from `id` up to its outermost place; a cycle in the data ends the walk.
    pub fn ancestors(&mut self, id: SiteId) -> Result<Vec<SiteId>, StoreError> {
        let mut path = vec![id];
        let mut at = id;
        loop {
            let mut query = Query::select();
            query.column("parent_id").from(KIND).and_where(Expr::col("id").eq(at.0));
            match self.0.row(&mut query, |row| row.take::<Option<SiteId>>())?.flatten() {
                Some(parent) if !path.contains(&parent) => {
                    path.push(parent);
                    at = parent;
                }
                _ => return Ok(path),
            }
        }
    }

    /// What uses the site: sites inside it, VLANs, subnets.
    pub fn uses(&mut self, id: SiteId) -> Result<[(&'static str, i64); 3], StoreError> {
        let mut counts = [("sites", KIND, "parent_id"), ("vlans", "vlan", "site_id"), ("subnets", "subnet", "site_id")]
            .map(|(what, t, c)| (what, t, c, 0));
        for (_, table, column, count) in &mut counts {
            let mut query = Query::select();
            query.expr(Expr::col("id").count()).from(*table).and_where(Expr::col(*column).eq(id.0));
            *count = self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0);
        }
        Ok(counts.map(|(what, _, _, count)| (what, count)))
    }
}

/// Values for [`SITE_INSERT`].
fn values(facts: &SiteFacts, now: i64) -> [Value; 7] {
    [
        1i64.into(),
        facts.name.clone().into(),
        key(&facts.name).into(),
        Value::BigInt(facts.parent_id.map(|id| id.0)),
        facts.description.clone().into(),
        now.into(),
        now.into(),
    ]
}

impl Sites<'_, WriteTx<'_>> {
    /// Locks the site.
    pub fn lock(&mut self, id: SiteId) -> Result<Option<Site>, StoreError> {
        let mut bare = Query::select();
        bare.column("id").from(KIND).and_where(Expr::col("id").eq(id.0));
        self.0.lock_row(&mut bare, |row| row.take::<i64>())?;
        self.find(id)
    }

    /// Locks the site and everything that it lies in: nothing on the way up moves until the unit ends.
    pub fn lock_path(&mut self, id: SiteId) -> Result<(), StoreError> {
        let mut seen = vec![id];
        let mut at = Some(id);
        while let Some(id) = at {
            at = self.lock(id)?.and_then(|site| site.facts.parent_id).filter(|parent| !seen.contains(parent));
            seen.extend(at);
        }
        Ok(())
    }

    /// Makes a site.
    pub fn insert(&mut self, facts: &SiteFacts) -> Result<Change<SiteId>, StoreError> {
        let now = self.0.origin().at.micros();
        let id = SiteId(self.0.insert(&INSERT.one, &values(facts, now))?);
        self.0.changed(id, KIND, id.0, None::<&SiteFacts>, Some(facts))
    }

    /// Makes many sites at once.
    pub fn insert_all(&mut self, sites: &[SiteFacts]) -> Result<Change<Vec<SiteId>>, StoreError> {
        let now = self.0.origin().at.micros();
        let rows = sites.iter().map(|facts| values(facts, now).into()).collect();
        let ids: Vec<SiteId> = self.0.insert_many(&INSERT, rows)?.into_iter().map(SiteId).collect();
        let mut notes = Vec::with_capacity(ids.len());
        for (id, facts) in ids.iter().zip(sites) {
            notes.push(self.0.note(KIND, id.0, None::<&SiteFacts>, Some(facts))?);
        }
        Ok(Change::many(ids, notes))
    }

    /// Changes what people set; the caller has made sure that the parent makes no cycle.
    pub fn update(&mut self, site: &Allowed<Site>, facts: &SiteFacts) -> Result<Change<()>, StoreError> {
        let site = site.get();
        let mut update = versioned_update(KIND, site.id.0, self.0.origin().at.micros());
        update
            .value("name", facts.name.as_str())
            .value("name_key", key(&facts.name))
            .value("parent_id", Value::BigInt(facts.parent_id.map(|id| id.0)))
            .value("description", facts.description.as_str());
        self.0.execute(&mut update)?;
        self.0.changed((), KIND, site.id.0, Some(&site.facts), Some(facts))
    }

    /// Removes a site that nothing uses.
    pub fn remove(&mut self, site: &Allowed<Site>) -> Result<Change<()>, StoreError> {
        let site = site.get();
        self.0.execute(Query::delete().from_table(KIND).and_where(Expr::col("id").eq(site.id.0)))?;
        self.0.changed((), KIND, site.id.0, Some(&site.facts), None::<&SiteFacts>)
    }
}
