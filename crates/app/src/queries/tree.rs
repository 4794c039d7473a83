//! The tree of subnets as people walk through it: roots by routing table, children of one, a filter over all, rows of many ids.

use guard::permission::Permission;
use plan::{Address, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use ringfence_store as store;
use store::ReadTx;
use store::repo::{SubnetFilter, Under};
use store::tables::{SubnetId, VrfId};

use super::{Paging, list, place, search, subnet_place};
use crate::shape::{self, List};
use crate::{OpCtx, Query, Refusal};

/// The roots of each routing table that holds any, by id of the table.
pub struct ShowForest {
    /// Only that table.
    pub vrf: Option<VrfId>,
    /// Tables behind that one.
    pub after: Option<VrfId>,
    /// Tables at most: each is asked for by itself.
    pub trees: usize,
    /// Which window of each table's roots; a cursor makes sense with `vrf` alone.
    pub paging: Paging,
}

/// A window of routing tables.
pub struct Forest {
    /// The tables.
    pub trees: Vec<Tree>,
    /// The last table, when more follow.
    pub next: Option<VrfId>,
}

/// A routing table with a window of its roots.
pub struct Tree {
    /// The table.
    pub vrf: shape::Vrf,
    /// All subnets in it, whatever their depth.
    pub subnets: i64,
    /// The roots.
    pub roots: List<shape::Subnet>,
}

impl Query for ShowForest {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = Forest;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Forest, Refusal> {
        let mut counts = rx.vrfs().subnet_counts()?;
        counts.retain(|(id, _)| self.vrf.is_none_or(|vrf| vrf == *id) && self.after.is_none_or(|after| *id > after));
        counts.sort_unstable();
        let more = counts.len() > self.trees;
        counts.truncate(self.trees);
        let next = if more { counts.last().map(|(id, _)| *id) } else { None };
        let page = self.paging.page(subnet_place)?;
        let mut trees = Vec::with_capacity(counts.len());
        for (id, subnets) in counts {
            let Some(vrf) = rx.vrfs().find(id)? else { continue };
            let filter = SubnetFilter { vrf_id: Some(id), under: Some(Under::Nothing), ..SubnetFilter::default() };
            let roots = list(rx.subnets().list(&filter, &page)?, |s| place(&s.place()), shape::Subnet::from);
            trees.push(Tree { vrf: vrf.into(), subnets, roots });
        }
        Ok(Forest { trees, next })
    }
}

/// Direct children of a subnet, in order.
pub struct ListChildren {
    /// Of which.
    pub of: SubnetId,
    /// Which window.
    pub paging: Paging,
}

impl Query for ListChildren {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = List<shape::Subnet>;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::Subnet>, Refusal> {
        let page = self.paging.page(subnet_place)?;
        rx.subnets().find(self.of)?.ok_or_else(|| Refusal::missing("subnet", self.of.0))?;
        let filter = SubnetFilter { under: Some(Under::Subnet(self.of)), ..SubnetFilter::default() };
        Ok(list(rx.subnets().list(&filter, &page)?, |s| place(&s.place()), shape::Subnet::from))
    }
}

/// Subnets that fit a filter as a person types it; each window in tree order.
#[derive(Default)]
pub struct SiftSubnets {
    /// Which; the text may be an address, a prefix or the beginning of an address as well as a part of a name.
    pub filter: SubnetFilter,
    /// Which window.
    pub paging: Paging,
}

impl Query for SiftSubnets {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = List<shape::Subnet>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::Subnet>, Refusal> {
        let page = self.paging.page(subnet_place)?;
        let window = rx.subnets().list(&understood(&self.filter), &page)?;
        // A search by name comes in the order of the rows: the cursor is taken from that order before the window is put into the tree's.
        let last = if window.more { window.rows.last().map(|row| place(&row.place())) } else { None };
        let mut rows = window.rows;
        rows.sort_by_key(|row| (row.vrf.id, row.prefix));
        let next = last.map(|place| super::encode(&place));
        Ok(List { data: rows.into_iter().map(shape::Subnet::from).collect(), next })
    }
}

/// The filter with a text that means a place in the plan turned into that place.
fn understood(filter: &SubnetFilter) -> SubnetFilter {
    let mut filter = filter.clone();
    let Some(typed) = filter.q.take() else { return filter };
    let typed = typed.trim();
    if let Ok(address) = Address::parse(typed) {
        filter.contains = Some(address);
    } else if let Ok(prefix) = Prefix::parse(typed) {
        filter.within = Some(prefix);
    } else if let Some(prefix) = search::beginning(typed).and_then(|span| span.prefixes().first().copied()) {
        filter.within = Some(prefix);
    } else if !typed.is_empty() {
        filter.q = Some(typed.to_owned());
    }
    filter
}

/// The subnets of those ids, in tree order; ids that have none are left out.
pub struct SubnetsOf(pub Vec<SubnetId>);

impl Query for SubnetsOf {
    const PERMISSION: Option<Permission> = Some(Permission::SubnetRead);
    type Output = Vec<shape::Subnet>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Vec<shape::Subnet>, Refusal> {
        Ok(rx.subnets().find_many(&self.0)?.into_iter().map(shape::Subnet::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_means_a_place_is_a_place() {
        let filter = |q: &str| understood(&SubnetFilter { q: Some(q.into()), ..SubnetFilter::default() });
        assert_eq!(filter("10.1.2.3").contains, Address::parse("10.1.2.3").ok());
        assert_eq!(filter(" 10.0.0.0/8 ").within, Prefix::parse("10.0.0.0/8").ok());
        assert_eq!(filter("10.1.").within, Prefix::parse("10.1.0.0/16").ok());
        assert_eq!(filter("2001:db8:").within, Prefix::parse("2001:db8::/32").ok());
        assert_eq!(filter(" web ").q.as_deref(), Some("web"));
        assert_eq!(filter("  "), SubnetFilter::default());
        assert!(filter("10.1.").q.is_none());
    }
}
