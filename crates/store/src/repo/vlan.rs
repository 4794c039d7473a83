//! VLANs.

use guard::permission::Allowed;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, Value};

use super::tag::{self, versioned_update};
use super::{Page, Vlans, Window};
use crate::dialect::key;
use crate::error::StoreError;
use crate::tables::group::{VLAN, VLAN_INSERT, Vlan, VlanFacts, read_vlan};
use crate::tables::{NOWHERE, SiteId, VlanId};
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!("vlan", VLAN_INSERT);
const KIND: &str = "vlan";

/// Which VLANs to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VlanFilter {
    /// That number.
    pub vid: Option<u16>,
    /// That site.
    pub site_id: Option<SiteId>,
    /// A part of the name.
    pub q: Option<String>,
}

fn select() -> SelectStatement {
    let mut query = Query::select();
    query.from(KIND).column((KIND, "id")).columns(VLAN.iter().map(|c| (KIND, *c))).column(("site", "name"));
    query.inner_join("site", Expr::col(("site", "id")).equals((KIND, "site_id")));
    query
}

impl<A: Access> Vlans<'_, A> {
    fn read(&mut self, query: &mut SelectStatement) -> Result<Vec<Vlan>, StoreError> {
        let mut vlans = self.0.rows(query, read_vlan)?;
        let ids: Vec<i64> = vlans.iter().map(|v| v.id.0).collect();
        let mut names = tag::VLAN.names(self.0, &ids)?;
        for vlan in &mut vlans {
            vlan.facts.tags = names.remove(&vlan.id.0).unwrap_or_default();
        }
        Ok(vlans)
    }

    /// The VLAN, if it exists.
    pub fn find(&mut self, id: VlanId) -> Result<Option<Vlan>, StoreError> {
        Ok(self.read(select().and_where(Expr::col((KIND, "id")).eq(id.0)))?.pop())
    }

    /// The VLAN of that number in that site.
    pub fn find_by_vid(&mut self, vid: u16, site: Option<SiteId>) -> Result<Option<Vlan>, StoreError> {
        let mut query = select();
        query.and_where(Expr::col((KIND, "vid")).eq(i64::from(vid))).and_where(Expr::col((KIND, "site_id")).eq(site.unwrap_or(NOWHERE).0));
        Ok(self.read(&mut query)?.pop())
    }

    /// VLANs by number.
    pub fn list(&mut self, filter: &VlanFilter, page: &Page<(u16, VlanId)>) -> Result<Window<Vlan>, StoreError> {
        let mut query = select();
        if let Some(vid) = filter.vid {
            query.and_where(Expr::col((KIND, "vid")).eq(i64::from(vid)));
        }
        if let Some(site) = filter.site_id {
            query.and_where(Expr::col((KIND, "site_id")).eq(site.0));
        }
        if let Some(q) = &filter.q {
            query.and_where(tag::named_like(KIND, q));
        }
        if let Some((vid, id)) = &page.after {
            let key = Expr::tuple([Expr::col((KIND, "vid")), Expr::col((KIND, "id"))]);
            query.and_where(key.gt(Expr::tuple([Expr::val(i64::from(*vid)), Expr::val(id.0)])));
        }
        query.order_by((KIND, "vid"), Order::Asc).order_by((KIND, "id"), Order::Asc).limit(page.limit + 1);
        Ok(Window::cut(self.read(&mut query)?, page.limit))
    }

    /// How many subnets use the VLAN.
    pub fn uses(&mut self, id: VlanId) -> Result<i64, StoreError> {
        let mut query = Query::select();
        query.expr(Expr::col("id").count()).from("subnet").and_where(Expr::col("vlan_id").eq(id.0));
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0))
    }
}

/// Values for [`VLAN_INSERT`].
fn values(facts: &VlanFacts, now: i64) -> [Value; 8] {
    [
        1i64.into(),
        i64::from(facts.vid).into(),
        facts.name.clone().into(),
        key(&facts.name).into(),
        Value::from(facts.site_id.unwrap_or(NOWHERE)),
        facts.description.clone().into(),
        now.into(),
        now.into(),
    ]
}

impl Vlans<'_, WriteTx<'_>> {
    /// Locks the VLAN.
    pub fn lock(&mut self, id: VlanId) -> Result<Option<Vlan>, StoreError> {
        let mut bare = Query::select();
        bare.column("id").from(KIND).and_where(Expr::col("id").eq(id.0));
        self.0.lock_row(&mut bare, |row| row.take::<i64>())?;
        self.find(id)
    }

    /// Makes a VLAN.
    pub fn insert(&mut self, facts: &VlanFacts) -> Result<Change<VlanId>, StoreError> {
        let now = self.0.origin().at.micros();
        let id = VlanId(self.0.insert(&INSERT.one, &values(facts, now))?);
        let mut rows = tag::VLAN.put(self.0, id.0, &facts.tags)?;
        rows.push(self.0.note(KIND, id.0, None::<&VlanFacts>, Some(facts))?);
        Ok(Change::many(id, rows))
    }

    /// Makes many VLANs at once.
    pub fn insert_all(&mut self, vlans: &[VlanFacts]) -> Result<Change<Vec<VlanId>>, StoreError> {
        let now = self.0.origin().at.micros();
        let rows = vlans.iter().map(|facts| values(facts, now).into()).collect();
        let ids: Vec<VlanId> = self.0.insert_many(&INSERT, rows)?.into_iter().map(VlanId).collect();
        let mut notes = Vec::with_capacity(ids.len());
        let mut tagged = Vec::new();
        for (id, facts) in ids.iter().zip(vlans) {
            notes.push(self.0.note(KIND, id.0, None::<&VlanFacts>, Some(facts))?);
            tagged.extend(facts.tags.iter().map(|tag| (id.0, tag.clone())));
        }
        notes.extend(super::subnet::attach_all(self.0, tag::VLAN, &tagged)?);
        Ok(Change::many(ids, notes))
    }

    /// Changes what people set.
    pub fn update(&mut self, vlan: &Allowed<Vlan>, facts: &VlanFacts) -> Result<Change<()>, StoreError> {
        let vlan = vlan.get();
        let mut update = versioned_update(KIND, vlan.id.0, self.0.origin().at.micros());
        update
            .value("vid", i64::from(facts.vid))
            .value("name", facts.name.as_str())
            .value("name_key", key(&facts.name))
            .value("site_id", facts.site_id.unwrap_or(NOWHERE).0)
            .value("description", facts.description.as_str());
        self.0.execute(&mut update)?;
        let mut rows = Vec::new();
        if facts.tags != vlan.facts.tags {
            rows = tag::VLAN.put(self.0, vlan.id.0, &facts.tags)?;
        }
        rows.push(self.0.note(KIND, vlan.id.0, Some(&vlan.facts), Some(facts))?);
        Ok(Change::many((), rows))
    }

    /// Removes a VLAN that no subnet uses.
    pub fn remove(&mut self, vlan: &Allowed<Vlan>) -> Result<Change<()>, StoreError> {
        let vlan = vlan.get();
        tag::VLAN.clear(self.0, vlan.id.0)?;
        self.0.execute(Query::delete().from_table(KIND).and_where(Expr::col("id").eq(vlan.id.0)))?;
        self.0.changed((), KIND, vlan.id.0, Some(&vlan.facts), None::<&VlanFacts>)
    }
}
