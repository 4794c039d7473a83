//! Routing tables.

use guard::permission::Allowed;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, Value};

use super::{Page, Vrfs, Window};
use crate::dialect::key;
use crate::error::StoreError;
use crate::tables::VrfId;
use crate::tables::group::{VRF, VRF_INSERT, Vrf, VrfFacts, read_vrf};
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!("vrf", VRF_INSERT);
const KIND: &str = "vrf";

fn select() -> SelectStatement {
    Query::select().from(KIND).column("id").columns(VRF.iter().copied()).take()
}

impl<A: Access> Vrfs<'_, A> {
    /// The VRF, if it exists.
    pub fn find(&mut self, id: VrfId) -> Result<Option<Vrf>, StoreError> {
        self.0.row(select().and_where(Expr::col("id").eq(id.0)), read_vrf)
    }

    /// The VRF of that name.
    pub fn find_by_name(&mut self, name: &str) -> Result<Option<Vrf>, StoreError> {
        self.0.row(select().and_where(Expr::col("name").eq(name)), read_vrf)
    }

    /// VRFs by name; `q` is a part of it.
    pub fn list(&mut self, q: Option<&str>, page: &Page<String>) -> Result<Window<Vrf>, StoreError> {
        let mut query = select();
        if let Some(q) = q {
            query.and_where(super::tag::named_like(KIND, q));
        }
        if let Some(after) = &page.after {
            query.and_where(Expr::col("name").gt(after.as_str()));
        }
        query.order_by("name", Order::Asc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read_vrf)?, page.limit))
    }

    /// How many subnets each VRF holds, by id.
    pub fn subnet_counts(&mut self) -> Result<Vec<(VrfId, i64)>, StoreError> {
        let mut query = Query::select();
        query.from("subnet").column("vrf_id").expr(Expr::col("id").count()).group_by_col("vrf_id");
        self.0.rows(&mut query, |row| Ok((row.take()?, row.take()?)))
    }
}

fn values(facts: &VrfFacts) -> Result<[(&'static str, Value); 6], StoreError> {
    let json = |list: &[String]| serde_json::to_string(list).map_err(|e| StoreError::Corrupt(e.to_string()));
    Ok([
        ("name", facts.name.clone().into()),
        ("name_key", key(&facts.name).into()),
        ("rd", facts.rd.clone().into()),
        ("description", facts.description.clone().into()),
        ("import_targets", json(&facts.import_targets)?.into()),
        ("export_targets", json(&facts.export_targets)?.into()),
    ])
}

/// Values for [`VRF_INSERT`].
fn new_row(facts: &VrfFacts, now: i64) -> Result<Vec<Value>, StoreError> {
    let mut row: Vec<Value> = vec![1i64.into()];
    row.extend(values(facts)?.map(|(_, value)| value));
    row.extend([now.into(), now.into()]);
    Ok(row)
}

impl Vrfs<'_, WriteTx<'_>> {
    /// Locks the VRF for a change of its tree: on a server nobody else changes that tree until the unit ends.
    pub fn lock(&mut self, id: VrfId) -> Result<Option<Vrf>, StoreError> {
        self.0.lock_row(select().and_where(Expr::col("id").eq(id.0)), read_vrf)
    }

    /// Makes a VRF.
    pub fn insert(&mut self, facts: &VrfFacts) -> Result<Change<VrfId>, StoreError> {
        let row = new_row(facts, self.0.origin().at.micros())?;
        let id = VrfId(self.0.insert(&INSERT.one, &row)?);
        self.0.changed(id, KIND, id.0, None::<&VrfFacts>, Some(facts))
    }

    /// Makes many VRFs at once.
    pub fn insert_all(&mut self, vrfs: &[VrfFacts]) -> Result<Change<Vec<VrfId>>, StoreError> {
        let now = self.0.origin().at.micros();
        let rows = vrfs.iter().map(|facts| new_row(facts, now)).collect::<Result<_, _>>()?;
        let ids: Vec<VrfId> = self.0.insert_many(&INSERT, rows)?.into_iter().map(VrfId).collect();
        let mut notes = Vec::with_capacity(ids.len());
        for (id, facts) in ids.iter().zip(vrfs) {
            notes.push(self.0.note(KIND, id.0, None::<&VrfFacts>, Some(facts))?);
        }
        Ok(Change::many(ids, notes))
    }

    /// Changes what people set.
    pub fn update(&mut self, vrf: &Allowed<Vrf>, facts: &VrfFacts) -> Result<Change<()>, StoreError> {
        let vrf = vrf.get();
        let mut update = super::tag::versioned_update(KIND, vrf.id.0, self.0.origin().at.micros());
        update.values(values(facts)?.map(|(column, value)| (column, Expr::val(value))));
        self.0.execute(&mut update)?;
        self.0.changed((), KIND, vrf.id.0, Some(&vrf.facts), Some(facts))
    }

    /// Removes a VRF that holds nothing.
    pub fn remove(&mut self, vrf: &Allowed<Vrf>) -> Result<Change<()>, StoreError> {
        let vrf = vrf.get();
        self.0.execute(Query::delete().from_table(KIND).and_where(Expr::col("id").eq(vrf.id.0)))?;
        self.0.changed((), KIND, vrf.id.0, Some(&vrf.facts), None::<&VrfFacts>)
    }
}
