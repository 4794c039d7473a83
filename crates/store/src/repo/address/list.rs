//! Listing addresses: filters, order, pages.

use plan::{Address as Ip, Span};
use ringfence_plan as plan;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::{KIND, col, select};
use crate::dialect::{fold, key, substring};
use crate::error::StoreError;
use crate::repo::{AddressPlace, Addresses, Page, Window};
use crate::tables::address::{Address, AddressStatus, read};
use crate::tables::subnet::bytes;
use crate::tables::{SubnetId, VrfId};
use crate::unit::Access;

/// Which addresses to list; every part that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressFilter {
    /// Directly in that subnet.
    pub subnet_id: Option<SubnetId>,
    /// In that routing table.
    pub vrf_id: Option<VrfId>,
    /// That address.
    pub address: Option<Ip>,
    /// Inside that span.
    pub within: Option<Span>,
    /// That status.
    pub status: Option<AddressStatus>,
    /// That host name, whatever the case.
    pub hostname: Option<String>,
    /// Carrying that tag.
    pub tag: Option<String>,
    /// A part of host name, owner, MAC or description.
    pub q: Option<String>,
}

impl<A: Access> Addresses<'_, A> {
    /// Addresses by VRF, family and address.
    pub fn list(&mut self, filter: &AddressFilter, page: &Page<AddressPlace>) -> Result<Window<Address>, StoreError> {
        let mut query = select();
        let engine = self.0.engine();
        conditions(&mut query, filter);
        let needle = filter.q.as_deref().map(fold).filter(|q| !q.is_empty());
        if let Some(needle) = needle {
            let by = substring(&mut query, engine, KIND, &needle);
            if let Some(after) = page.after {
                query.and_where(Expr::col(by).gt(after.id.0));
            }
            query.order_by(by, Order::Asc);
        } else {
            in_order(&mut query, filter.subnet_id.is_some(), page.after);
        }
        query.limit(page.limit + 1);
        let window = Window::cut(self.0.rows(&mut query, read)?, page.limit);
        Ok(Window { rows: self.with_tags(window.rows)?, more: window.more })
    }
}

fn conditions(query: &mut SelectStatement, filter: &AddressFilter) {
    if let Some(subnet) = filter.subnet_id {
        query.and_where(col("subnet_id").eq(subnet.0));
    }
    if let Some(vrf) = filter.vrf_id {
        query.and_where(col("vrf_id").eq(vrf.0));
    }
    if let Some(ip) = filter.address {
        query.and_where(col("family").eq(i64::from(ip.family().number()))).and_where(col("address").eq(Expr::val(bytes(ip))));
    }
    if let Some(span) = filter.within {
        query.and_where(col("family").eq(i64::from(span.family().number())));
        query.and_where(col("address").gte(Expr::val(bytes(span.first())))).and_where(col("address").lte(Expr::val(bytes(span.last()))));
    }
    if let Some(status) = filter.status {
        query.and_where(col("status").eq(status.as_str()));
    }
    if let Some(hostname) = &filter.hostname {
        query.and_where(col("name_key").eq(key(hostname)));
    }
    if let Some(name) = &filter.tag {
        let mut tagged = Query::select();
        tagged
            .column(("address_tag", "address_id"))
            .from("address_tag")
            .inner_join("tag", Expr::col(("tag", "id")).equals(("address_tag", "tag_id")))
            .and_where(Expr::col(("tag", "name")).eq(name.as_str()));
        query.and_where(col("id").in_subquery(tagged));
    }
}

fn in_order(query: &mut SelectStatement, one_subnet: bool, after: Option<AddressPlace>) {
    let keys: &[&'static str] = if one_subnet { &["address"] } else { &["vrf_id", "family", "address"] };
    for key in keys {
        query.order_by((KIND, *key), Order::Asc);
    }
    let Some(last) = after else { return };
    let at = Expr::val(bytes(last.key));
    if one_subnet {
        query.and_where(col("address").gt(at));
    } else {
        let key = Expr::tuple([col("vrf_id"), col("family"), col("address")]);
        let values = Expr::tuple([Expr::val(last.vrf.0), Expr::val(i64::from(last.key.family().number())), at]);
        query.and_where(col("vrf_id").gte(last.vrf.0)).and_where(key.gt(values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Statement;
    use crate::driver::Engine;
    use crate::{Location, Store};
    use ringfence_guard::clock::Timestamp;

    /// How SQLite would run the list, one line a step.
    fn steps(filter: &AddressFilter) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::File(folder.path().join("x.db")), 1, || Timestamp::from_micros(0)).unwrap();
        let mut query = select();
        conditions(&mut query, filter);
        match &filter.q {
            Some(q) => {
                let by = substring(&mut query, Engine::Sqlite, KIND, q);
                query.order_by(by, Order::Asc);
            }
            None => in_order(&mut query, filter.subnet_id.is_some(), None),
        }
        let (sql, values) = Statement::from(query.limit(100)).render(Engine::Sqlite);
        let read = |row: &mut crate::driver::Row<'_>| {
            let _ids: (i64, i64, i64) = (row.take()?, row.take()?, row.take()?);
            row.take::<String>()
        };
        store.target.open().unwrap().query(&format!("EXPLAIN QUERY PLAN {sql}"), &values, read).unwrap()
    }

    #[test]
    fn no_list_of_addresses_reads_the_whole_table_or_sorts() {
        let searched = steps(&AddressFilter { q: Some("web".into()), ..AddressFilter::default() });
        assert!(searched[0].contains("address_search VIRTUAL TABLE INDEX"), "{searched:?}");
        let of_subnet = steps(&AddressFilter { subnet_id: Some(SubnetId(1)), ..AddressFilter::default() });
        assert!(of_subnet[0].contains("address_by_subnet (subnet_id=?)"), "{of_subnet:?}");
        let named = steps(&AddressFilter { hostname: Some("x".into()), ..AddressFilter::default() });
        assert!(named[0].contains("address_by_name (name_key=?)"), "{named:?}");
        for plan in [searched, of_subnet] {
            assert!(plan.iter().all(|step| step.starts_with("SEARCH") || step.contains("VIRTUAL TABLE")), "{plan:?}");
        }
    }
}
