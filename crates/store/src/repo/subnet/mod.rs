//! Subnets: reading and listing here, changes of the tree in [`tree`], many at once in [`graft`], what follows from it all in
//! [`derive`](mod@derive).

pub(crate) mod derive;
mod graft;
mod tree;

use plan::{Address, Family, Prefix};
use ringfence_plan as plan;
use sea_query::{CaseStatement, Expr, ExprTrait, JoinType, Order, Query, SelectStatement, SimpleExpr};

use super::{Addresses, Page, SubnetPlace, Subnets, Window, tag};
use crate::dialect::{Fixed, Statement, arg, substring};
use crate::error::StoreError;
use crate::tables::address::AddressStatus;
use crate::tables::subnet::{COLUMNS, Subnet, SubnetStatus, bytes, read};
use crate::tables::{SiteId, SubnetId, VlanId, VrfId};
use crate::unit::{Access, WriteTx};

pub(crate) use graft::{Bone, attach_all, resolve};
pub use tree::NewSubnet;

pub(crate) const KIND: &str = "subnet";

/// A subnet by its place alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The row.
    pub id: SubnetId,
    /// Its prefix.
    pub prefix: Prefix,
}

/// Where in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// Subnets without a parent.
    Nothing,
    /// Direct children of that one.
    Subnet(SubnetId),
}

/// Which subnets to list; every part that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubnetFilter {
    /// That routing table.
    pub vrf_id: Option<VrfId>,
    /// Exactly that prefix.
    pub prefix: Option<Prefix>,
    /// Inside that prefix, itself included.
    pub within: Option<Prefix>,
    /// Containing that address.
    pub contains: Option<Address>,
    /// At least as long as the prefix that must be contained.
    pub contains_length: Option<u8>,
    /// That site, own or inherited.
    pub site_id: Option<SiteId>,
    /// That VLAN.
    pub vlan_id: Option<VlanId>,
    /// That status.
    pub status: Option<SubnetStatus>,
    /// That family.
    pub family: Option<Family>,
    /// Carrying that tag.
    pub tag: Option<String>,
    /// A part of name or description.
    pub q: Option<String>,
    /// That place in the tree.
    pub under: Option<Under>,
}

pub(super) fn col(name: &'static str) -> Expr {
    Expr::col((KIND, name))
}

pub(super) fn select() -> SelectStatement {
    let mut query = Query::select();
    query
        .from(KIND)
        .columns(COLUMNS.iter().map(|c| (KIND, *c)))
        .column(("vrf", "name"))
        .column(("site", "name"))
        .column(("vlan", "vid"))
        .column(("vlan", "name"))
        .inner_join("vrf", Expr::col(("vrf", "id")).equals((KIND, "vrf_id")))
        .join(JoinType::LeftJoin, "site", Expr::col(("site", "id")).equals((KIND, "site_effective")))
        .join(JoinType::LeftJoin, "vlan", Expr::col(("vlan", "id")).equals((KIND, "vlan_id")));
    query
}

static GET: Fixed = Fixed::new(|| Statement::from(select().and_where(col("id").eq(arg()))));
/// The last subnet that begins at or before an address; of those that begin at one address the longest.
static BEFORE: Fixed = Fixed::new(|| {
    let mut query = select();
    query.and_where(col("vrf_id").eq(arg())).and_where(col("family").eq(arg())).and_where(col("first").lte(arg()));
    query.order_by((KIND, "first"), Order::Desc).order_by((KIND, "length"), Order::Desc).limit(1);
    Statement::from(&mut query)
});
static TAGGED: Fixed = Fixed::new(|| {
    let mut query = Query::select();
    query
        .column(("tag", "name"))
        .from("subnet_tag")
        .inner_join("tag", Expr::col(("tag", "id")).equals(("subnet_tag", "tag_id")))
        .and_where(Expr::col(("subnet_tag", "subnet_id")).eq(arg()))
        .order_by(("tag", "name"), Order::Asc);
    Statement::from(&mut query)
});

static CHILDREN: Fixed = Fixed::new(|| {
    let mut query = Query::select();
    query.columns(["family", "first", "length"]).from(KIND).and_where(Expr::col("parent_id").eq(arg())).order_by("first", Order::Asc);
    Statement::from(&mut query)
});

/// `first` and `last` inside the prefix.
pub(super) fn inside(prefix: Prefix) -> SimpleExpr {
    col("family")
        .eq(i64::from(prefix.family().number()))
        .and(col("first").gte(Expr::val(bytes(prefix.first()))))
        .and(col("first").lte(Expr::val(bytes(prefix.last()))))
        .and(col("length").gte(i64::from(prefix.length())))
}

impl<A: Access> Subnets<'_, A> {
    pub(super) fn with_tags(&mut self, mut subnets: Vec<Subnet>) -> Result<Vec<Subnet>, StoreError> {
        let ids: Vec<i64> = subnets.iter().map(|s| s.id.0).collect();
        let mut names = tag::SUBNET.names(self.0, &ids)?;
        for subnet in &mut subnets {
            subnet.facts.tags = names.remove(&subnet.id.0).unwrap_or_default();
        }
        Ok(subnets)
    }

    /// The subnet, if it exists.
    pub fn find(&mut self, id: SubnetId) -> Result<Option<Subnet>, StoreError> {
        let Some(mut subnet) = self.0.fixed_row(&GET, &[id.into()], read)? else { return Ok(None) };
        subnet.facts.tags = self.0.fixed_rows(&TAGGED, &[id.into()], |row| row.take())?;
        Ok(Some(subnet))
    }

    /// The subnets of those ids, in tree order.
    pub fn find_many(&mut self, ids: &[SubnetId]) -> Result<Vec<Subnet>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(tag::IN_LIST) {
            let mut query = select();
            query.and_where(col("id").is_in(chunk.iter().map(|id| id.0)));
            let rows = self.0.rows(&mut query, read)?;
            found.extend(self.with_tags(rows)?);
        }
        found.sort_by_key(|subnet| (subnet.vrf.id, subnet.prefix));
        Ok(found)
    }

    /// The subnet of that prefix in that routing table.
    pub fn find_prefix(&mut self, vrf: VrfId, prefix: Prefix) -> Result<Option<Subnet>, StoreError> {
        let mut query = select();
        query.and_where(col("vrf_id").eq(vrf.0)).and_where(exactly(prefix));
        let rows = self.0.rows(&mut query, read)?;
        Ok(self.with_tags(rows)?.pop())
    }

    /// The subnets of those prefixes in that routing table; prefixes that have none are left out.
    pub fn find_prefixes(&mut self, vrf: VrfId, prefixes: &[Prefix]) -> Result<Vec<Subnet>, StoreError> {
        let wanted: std::collections::BTreeSet<Prefix> = prefixes.iter().copied().collect();
        let mut found = Vec::new();
        for family in [Family::V4, Family::V6] {
            let mut firsts: Vec<Address> = wanted.iter().filter(|p| p.family() == family).map(|p| p.first()).collect();
            firsts.dedup();
            for chunk in firsts.chunks(tag::IN_LIST) {
                let mut query = select();
                query
                    .and_where(col("vrf_id").eq(vrf.0))
                    .and_where(col("family").eq(i64::from(family.number())))
                    .and_where(col("first").is_in(chunk.iter().map(|a| a.to_bytes().to_vec())));
                let mut rows = self.0.rows(&mut query, read)?;
                rows.retain(|row| wanted.contains(&row.prefix));
                found.extend(self.with_tags(rows)?);
            }
        }
        Ok(found)
    }

    /// Every prefix of one routing table and family, in tree order.
    pub fn outline(&mut self, vrf: VrfId, family: Family) -> Result<Vec<Outline>, StoreError> {
        let mut query = Query::select();
        query
            .columns(["id", "family", "first", "length"])
            .from(KIND)
            .and_where(Expr::col("vrf_id").eq(vrf.0))
            .and_where(Expr::col("family").eq(i64::from(family.number())))
            .order_by("first", Order::Asc)
            .order_by("length", Order::Asc);
        self.0.rows(&mut query, |row| Ok(Outline { id: row.take()?, prefix: derive::prefix(row)? }))
    }

    /// The tightest subnet of the routing table that contains the address, and its ancestors: outermost first.
    pub fn path_to(&mut self, vrf: VrfId, address: Address) -> Result<Vec<Subnet>, StoreError> {
        let mut query = select();
        query.and_where(col("vrf_id").eq(vrf.0)).and_where(containing(address, address.family().bits()));
        in_tree_order(&mut query);
        let rows = self.0.rows(&mut query, read)?;
        self.with_tags(rows)
    }

    /// The tightest subnet that contains the address.
    ///
    /// Subnets nest or are apart, so it is the last one that begins at or before the address, or the nearest of that one's ancestors which
    /// reaches as far: a few look-ups, however deep the tree.
    pub fn tightest(&mut self, vrf: VrfId, address: Address) -> Result<Option<Subnet>, StoreError> {
        let family = i64::from(address.family().number());
        let mut found = self.0.fixed_row(&BEFORE, &[vrf.0.into(), family.into(), bytes(address)], read)?;
        while let Some(subnet) = &found
            && !subnet.prefix.contains_address(address)
        {
            let Some(parent) = subnet.derived.parent_id else { return Ok(None) };
            found = self.0.fixed_row(&GET, &[parent.into()], read)?;
        }
        let Some(mut subnet) = found else { return Ok(None) };
        subnet.facts.tags = self.0.fixed_rows(&TAGGED, &[subnet.id.into()], |row| row.take())?;
        Ok(Some(subnet))
    }

    /// The ancestors of a subnet, outermost first.
    pub fn ancestors(&mut self, subnet: &Subnet) -> Result<Vec<Subnet>, StoreError> {
        let mut path = self.path_to(subnet.vrf.id, subnet.prefix.first())?;
        path.retain(|s| s.prefix.length() < subnet.prefix.length());
        Ok(path)
    }

    /// Prefixes of the direct children, in order.
    pub fn children(&mut self, id: SubnetId) -> Result<Vec<Prefix>, StoreError> {
        self.0.fixed_rows(&CHILDREN, &[id.into()], derive::prefix)
    }

    /// What is no place for a new subnet in this one, in order: its children, its gateway and its own addresses that are taken.
    pub fn occupied(&mut self, subnet: &Subnet) -> Result<Vec<Prefix>, StoreError> {
        let mut occupied = self.children(subnet.id)?;
        let rows = Addresses(&mut *self.0).between(subnet.id, subnet.prefix)?;
        let taken = rows.into_iter().filter(|row| row.status != AddressStatus::Free).map(|row| row.address);
        let single = |address: Address| Prefix::containing(address, address.family().bits());
        occupied.extend(taken.chain(subnet.facts.gateway).filter_map(single));
        occupied.sort_unstable();
        occupied.dedup();
        Ok(occupied)
    }

    /// Subnets in tree order: by VRF, family, first address, length.
    pub fn list(&mut self, filter: &SubnetFilter, page: &Page<SubnetPlace>) -> Result<Window<Subnet>, StoreError> {
        let mut query = select();
        let engine = self.0.engine();
        conditions(&mut query, filter);
        if let Some(needle) = filter.q.as_deref().map(crate::dialect::fold).filter(|q| !q.is_empty()) {
            let by = substring(&mut query, engine, KIND, &needle);
            if let Some(after) = page.after {
                query.and_where(Expr::col(by).gt(after.id.0));
            }
            query.order_by(by, Order::Asc);
        } else {
            if let Some(after) = page.after {
                after_in_tree(&mut query, after);
            }
            in_tree_order(&mut query);
        }
        query.limit(page.limit + 1);
        let window = Window::cut(self.0.rows(&mut query, read)?, page.limit);
        Ok(Window { rows: self.with_tags(window.rows)?, more: window.more })
    }

    /// The IPv4 subnets with the largest share of their addresses taken, fullest first.
    pub fn fullest(&mut self, limit: u64) -> Result<Vec<Subnet>, StoreError> {
        let taken = || col("used").add(col("reserved"));
        // The share as a whole number of 2^-32: taken × 2^32 / capacity, by length; at most 2^32, so it fits. No IPv4 subnet takes the last
        // branch: its column tells PostgreSQL that the numbers are no texts.
        let weight = (0..=32u32).fold(CaseStatement::new(), |case, length| {
            let size = 1i64 << (32 - length);
            let capacity = if length >= 31 { size } else { size - 2 };
            case.case(col("length").eq(i64::from(length)), Expr::val((1i64 << 32) / capacity))
        });
        let mut query = select();
        query.and_where(col("family").eq(4i64)).and_where(taken().gt(0i64));
        query.order_by_expr(taken().mul(weight.finally(col("used"))), Order::Desc).order_by((KIND, "id"), Order::Asc).limit(limit);
        let rows = self.0.rows(&mut query, read)?;
        self.with_tags(rows)
    }

    /// How many subnets there are.
    pub fn count(&mut self, vrf: Option<VrfId>) -> Result<i64, StoreError> {
        let mut query = Query::select();
        query.expr(Expr::col("id").count()).from(KIND);
        if let Some(vrf) = vrf {
            query.and_where(Expr::col("vrf_id").eq(vrf.0));
        }
        Ok(self.0.row(&mut query, |row| row.take::<i64>())?.unwrap_or(0))
    }
}

fn exactly(prefix: Prefix) -> SimpleExpr {
    col("family")
        .eq(i64::from(prefix.family().number()))
        .and(col("first").eq(Expr::val(bytes(prefix.first()))))
        .and(col("length").eq(i64::from(prefix.length())))
}

/// Exact keys of every prefix up to `longest` that holds the address: point look-ups on the unique index instead of a scan.
fn containing(address: Address, longest: u8) -> SimpleExpr {
    let keys = (0..=longest).filter_map(|length| Prefix::containing(address, length)).map(|p| (bytes(p.first()), i64::from(p.length())));
    let firsts: std::collections::BTreeSet<Vec<u8>> =
        keys.filter_map(|(first, _)| if let sea_query::Value::Bytes(Some(b)) = first { Some(b) } else { None }).collect();
    col("family")
        .eq(i64::from(address.family().number()))
        .and(col("first").is_in(firsts))
        .and(col("last").gte(Expr::val(bytes(address))))
        .and(col("length").lte(i64::from(longest)))
}

fn conditions(query: &mut SelectStatement, filter: &SubnetFilter) {
    if let Some(vrf) = filter.vrf_id {
        query.and_where(col("vrf_id").eq(vrf.0));
    }
    if let Some(prefix) = filter.prefix {
        query.and_where(exactly(prefix));
    }
    if let Some(prefix) = filter.within {
        query.and_where(inside(prefix));
    }
    if let Some(address) = filter.contains {
        query.and_where(containing(address, filter.contains_length.unwrap_or(address.family().bits())));
    }
    if let Some(site) = filter.site_id {
        query.and_where(col("site_effective").eq(site.0));
    }
    if let Some(vlan) = filter.vlan_id {
        query.and_where(col("vlan_id").eq(vlan.0));
    }
    if let Some(status) = filter.status {
        query.and_where(col("status").eq(status.as_str()));
    }
    if let Some(family) = filter.family {
        query.and_where(col("family").eq(i64::from(family.number())));
    }
    if let Some(tag) = &filter.tag {
        let mut tagged = Query::select();
        tagged
            .column(("subnet_tag", "subnet_id"))
            .from("subnet_tag")
            .inner_join("tag", Expr::col(("tag", "id")).equals(("subnet_tag", "tag_id")))
            .and_where(Expr::col(("tag", "name")).eq(tag.as_str()));
        query.and_where(col("id").in_subquery(tagged));
    }
    match filter.under {
        None => {}
        Some(Under::Nothing) => {
            query.and_where(col("parent_id").is_null());
        }
        Some(Under::Subnet(id)) => {
            query.and_where(col("parent_id").eq(id.0));
        }
    }
}

pub(super) const TREE_ORDER: [&str; 4] = ["vrf_id", "family", "first", "length"];

fn in_tree_order(query: &mut SelectStatement) {
    for column in TREE_ORDER {
        query.order_by((KIND, column), Order::Asc);
    }
}

/// Keyset paging: what follows `last` in tree order.
fn after_in_tree(query: &mut SelectStatement, last: SubnetPlace) {
    let key = Expr::tuple(TREE_ORDER.map(col));
    let at = Expr::tuple([
        Expr::val(last.vrf.0),
        Expr::val(i64::from(last.key.family().number())),
        Expr::val(bytes(last.key.first())),
        Expr::val(i64::from(last.key.length())),
    ]);
    query.and_where(col("vrf_id").gte(last.vrf.0)).and_where(key.gt(at));
}

impl Subnets<'_, WriteTx<'_>> {
    /// Locks many subnets, in the order of their ids.
    pub fn lock_all(&mut self, ids: &std::collections::BTreeSet<SubnetId>) -> Result<(), StoreError> {
        if self.0.is_alone() {
            return Ok(());
        }
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        for chunk in ids.chunks(tag::IN_LIST) {
            let mut bare = Query::select();
            bare.column("id").from(KIND).and_where(Expr::col("id").is_in(chunk.iter().copied())).order_by("id", Order::Asc);
            self.0.lock_row(&mut bare, |row| row.take::<i64>())?;
        }
        Ok(())
    }

    /// Locks the tightest subnet that contains the address: it is still the tightest once the lock is held.
    pub fn lock_tightest(&mut self, vrf: VrfId, address: Address) -> Result<Option<Subnet>, StoreError> {
        loop {
            let Some(before) = self.tightest(vrf, address)? else { return Ok(None) };
            if self.0.is_alone() {
                return Ok(Some(before));
            }
            let Some(locked) = self.lock(before.id)? else { continue };
            match self.tightest(vrf, address)? {
                Some(now) if now.id == locked.id => return Ok(Some(locked)),
                _ => {}
            }
        }
    }

    /// Locks the subnet: on a server nobody else allocates in it until the unit ends.
    pub fn lock(&mut self, id: SubnetId) -> Result<Option<Subnet>, StoreError> {
        if !self.0.is_alone() {
            let mut bare = Query::select();
            bare.column("id").from(KIND).and_where(Expr::col("id").eq(id.0));
            self.0.lock_row(&mut bare, |row| row.take::<i64>())?;
        }
        self.find(id)
    }
}
