//! Changing the tree: a subnet that comes takes over the children and addresses it contains, one that goes gives them back.
//!
//! Derived columns (parent, depth, counters, inherited site, `free_from`) are kept by a handful of set-wise statements per change, in the same
//! transaction; they are no `change` and give no new version. The caller holds the lock of the VRF row.

use guard::permission::Allowed;
use plan::{Address, Count, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use sea_query::{Expr, ExprTrait, Query, SimpleExpr, UpdateStatement, Value};

use super::{KIND, derive, inside};
use crate::dialect::{key, plus};
use crate::error::StoreError;
use crate::repo::tag::{self, versioned_update};
use crate::repo::{Counts, Subnets};
use crate::tables::subnet::{Derived, INSERT as COLUMNS, Subnet, SubnetFacts, bytes, optional_bytes, search_text, snapshot, values};
use crate::tables::{SiteId, SubnetId, VrfId};
use crate::unit::sealed::Session as _;
use crate::unit::{Change, Insert, WriteTx, insert};

pub(super) static INSERT: Insert = insert!(KIND, COLUMNS);

/// A subnet to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubnet {
    /// Its prefix.
    pub prefix: Prefix,
    /// What is set on it.
    pub facts: SubnetFacts,
}

pub(super) fn optional(id: Option<SubnetId>) -> Value {
    Value::BigInt(id.map(|id| id.0))
}

fn is_parent(parent: Option<SubnetId>) -> SimpleExpr {
    match parent {
        Some(id) => Expr::col((KIND, "parent_id")).eq(id.0),
        None => Expr::col((KIND, "parent_id")).is_null(),
    }
}

pub(super) fn update() -> UpdateStatement {
    Query::update().table(KIND).take()
}

impl Subnets<'_, WriteTx<'_>> {
    /// Makes a subnet and puts it into the tree.
    pub fn insert(&mut self, vrf: VrfId, new: &NewSubnet) -> Result<Change<SubnetId>, StoreError> {
        let prefix = new.prefix;
        let parent = self.path_to(vrf, prefix.first())?.into_iter().rfind(|s| s.prefix.length() < prefix.length());
        let parent_id = parent.as_ref().map(|p| p.id);
        if let Some(id) = parent_id {
            self.lock(id)?;
        }
        let inherited = parent.as_ref().and_then(|p| if p.facts.site_id.is_some() { Some(p.id) } else { p.derived.site_from });
        let derived = Derived {
            parent_id,
            depth: parent.as_ref().map_or(0, |p| p.derived.depth + 1),
            children: 0,
            covered: Count::ZERO,
            used: 0,
            reserved: 0,
            site_from: if new.facts.site_id.is_some() { None } else { inherited },
            site_effective: new.facts.site_id.or_else(|| parent.as_ref().and_then(|p| p.derived.site_effective)),
            free_from: prefix.usable().first(),
        };
        let row = values(vrf, prefix, &new.facts, &derived, self.0.origin().at);
        let id = SubnetId(self.0.insert(&INSERT.one, &row)?);
        let taken = self.take_children(vrf, id, prefix, parent_id)?;
        if let Some(parent) = &parent {
            let covered = parent.derived.covered.checked_add(prefix.size()).unwrap_or(Count::WHOLE).saturating_sub(taken.covered);
            let children = parent.derived.children + 1 - taken.children;
            self.set_children(parent.id, children, covered)?;
            let moved = self.take_addresses(parent, id, prefix)?;
            self.0.addresses().count_in(parent.id, moved.negated())?;
            self.0.addresses().count_in(id, moved.came)?;
        }
        if let Some(site) = new.facts.site_id {
            self.pass_site(vrf, prefix, id, inherited, Some(id), Some(site))?;
        }
        let mut rows = Vec::new();
        if !new.facts.tags.is_empty() {
            rows = tag::SUBNET.put(self.0, id.0, &new.facts.tags)?;
        }
        rows.push(self.0.note(KIND, id.0, None::<&()>, Some(&snapshot(vrf, prefix, &new.facts)))?);
        Ok(Change::many(id, rows))
    }

    fn set_children(&mut self, id: SubnetId, children: i64, covered: Count) -> Result<(), StoreError> {
        let mut update = update();
        update.value("children", children).value("covered", covered.to_string()).and_where(Expr::col("id").eq(id.0));
        self.0.execute(&mut update).map(drop)
    }

    /// Re-parents the direct children of `from` that lie inside `prefix` to `id`, one level deeper.
    fn take_children(&mut self, vrf: VrfId, id: SubnetId, prefix: Prefix, from: Option<SubnetId>) -> Result<Taken, StoreError> {
        let mut query = Query::select();
        query.columns(["family", "first", "length"]).from(KIND);
        query
            .and_where(Expr::col("vrf_id").eq(vrf.0))
            .and_where(is_parent(from))
            .and_where(inside(prefix))
            .and_where(Expr::col("id").ne(id.0));
        let children = self.0.rows(&mut query, derive::prefix)?;
        let mut taken = Taken { children: 0, covered: Count::ZERO };
        for child in children {
            taken.children += 1;
            taken.covered = taken.covered.checked_add(child.size()).unwrap_or(Count::WHOLE);
        }
        if taken.children == 0 {
            return Ok(taken);
        }
        let mut deeper = update();
        deeper.value("depth", plus("depth", Expr::val(1i64)));
        deeper.and_where(Expr::col("vrf_id").eq(vrf.0)).and_where(inside(prefix)).and_where(Expr::col("id").ne(id.0));
        self.0.execute(&mut deeper)?;
        let mut adopt = update();
        adopt.value("parent_id", id.0);
        adopt
            .and_where(Expr::col("vrf_id").eq(vrf.0))
            .and_where(is_parent(from))
            .and_where(inside(prefix))
            .and_where(Expr::col("id").ne(id.0));
        self.0.execute(&mut adopt)?;
        self.set_children(id, taken.children, taken.covered)?;
        Ok(taken)
    }

    /// Moves the parent's direct addresses that lie inside `prefix`; gives how the new home counts them.
    ///
    /// An address that was an edge of neither may be the network or broadcast row of the new subnet: it then leaves both sums.
    pub(super) fn take_addresses(&mut self, parent: &Subnet, id: SubnetId, prefix: Prefix) -> Result<Moved, StoreError> {
        let rows = self.0.addresses().between(parent.id, prefix)?;
        if rows.is_empty() {
            return Ok(Moved::default());
        }
        let mut update = Query::update();
        update.table("address").value("subnet_id", id.0).and_where(Expr::col("subnet_id").eq(parent.id.0));
        update
            .and_where(Expr::col("address").gte(Expr::val(bytes(prefix.first()))))
            .and_where(Expr::col("address").lte(Expr::val(bytes(prefix.last()))));
        self.0.execute(&mut update)?;
        Ok(Moved { left: Counts::of(parent.prefix, rows.iter().copied()), came: Counts::of(prefix, rows.iter().copied()) })
    }

    /// Every subnet inside `prefix` that inherits from `old` now inherits `site` from `new`.
    fn pass_site(
        &mut self,
        vrf: VrfId,
        prefix: Prefix,
        except: SubnetId,
        old: Option<SubnetId>,
        new: Option<SubnetId>,
        site: Option<SiteId>,
    ) -> Result<(), StoreError> {
        let mut update = update();
        update.value("site_from", optional(new)).value("site_effective", Value::BigInt(site.map(|s| s.0)));
        update.and_where(Expr::col("vrf_id").eq(vrf.0)).and_where(inside(prefix)).and_where(Expr::col("id").ne(except.0));
        update.and_where(Expr::col("site_id").is_null());
        update.and_where(match old {
            Some(old) => Expr::col("site_from").eq(old.0),
            None => Expr::col("site_from").is_null(),
        });
        self.0.execute(&mut update).map(drop)
    }

    /// Changes what people set.
    pub fn change(&mut self, subnet: &Allowed<Subnet>, facts: &SubnetFacts) -> Result<Change<()>, StoreError> {
        let subnet = subnet.get();
        let mut update = versioned_update(KIND, subnet.id.0, self.0.origin().at.micros());
        update
            .value("name", facts.name.as_str())
            .value("description", facts.description.as_str())
            .value("notes", facts.notes.as_str())
            .value("status", facts.status.as_str())
            .value("site_id", Value::BigInt(facts.site_id.map(|id| id.0)))
            .value("vlan_id", Value::BigInt(facts.vlan_id.map(|id| id.0)))
            .value("gateway", optional_bytes(facts.gateway))
            .value("name_key", key(&facts.name))
            .value("search", search_text(facts));
        if facts.site_id != subnet.facts.site_id {
            self.move_site(subnet, facts.site_id, &mut update)?;
        }
        self.0.execute(&mut update)?;
        if let Some(gateway) = subnet.facts.gateway
            && facts.gateway != Some(gateway)
        {
            self.free_down_to(subnet.id, gateway)?;
        }
        let mut rows = Vec::new();
        if facts.tags != subnet.facts.tags {
            rows = tag::SUBNET.put(self.0, subnet.id.0, &facts.tags)?;
        }
        let (before, after) = (snapshot(subnet.vrf.id, subnet.prefix, &subnet.facts), snapshot(subnet.vrf.id, subnet.prefix, facts));
        rows.push(self.0.note(KIND, subnet.id.0, Some(&before), Some(&after))?);
        Ok(Change::many((), rows))
    }

    /// What a new own site means for the subnet's own derived columns (put into `update`) and for those that inherit through it.
    fn move_site(&mut self, subnet: &Subnet, site: Option<SiteId>, update: &mut UpdateStatement) -> Result<(), StoreError> {
        let above = self.ancestors(subnet)?.pop();
        let inherited = above.as_ref().and_then(|p| if p.facts.site_id.is_some() { Some(p.id) } else { p.derived.site_from });
        let from_above = above.and_then(|p| p.derived.site_effective);
        let source = |own: Option<SiteId>| if own.is_some() { Some(subnet.id) } else { inherited };
        let effective = site.or(from_above);
        update
            .value("site_from", optional(if site.is_some() { None } else { inherited }))
            .value("site_effective", Value::BigInt(effective.map(|s| s.0)));
        self.pass_site(subnet.vrf.id, subnet.prefix, subnet.id, source(subnet.facts.site_id), source(site), effective)
    }

    /// Removes a subnet that holds no addresses of its own; its children go to its parent.
    pub fn remove(&mut self, subnet: &Allowed<Subnet>) -> Result<Change<()>, StoreError> {
        let subnet = subnet.get();
        let (id, vrf, prefix) = (subnet.id, subnet.vrf.id, subnet.prefix);
        let parent = subnet.derived.parent_id;
        if subnet.facts.site_id.is_some() {
            let mut unused = Query::update();
            self.move_site(subnet, None, &mut unused)?;
        }
        if subnet.derived.children > 0 {
            let mut orphans = update();
            orphans.value("parent_id", optional(parent)).and_where(Expr::col("parent_id").eq(id.0));
            self.0.execute(&mut orphans)?;
            let mut shallower = update();
            shallower.value("depth", plus("depth", Expr::val(-1i64)));
            shallower.and_where(Expr::col("vrf_id").eq(vrf.0)).and_where(inside(prefix)).and_where(Expr::col("id").ne(id.0));
            self.0.execute(&mut shallower)?;
        }
        if let Some(parent) = parent
            && let Some(up) = self.lock(parent)?
        {
            let covered = up.derived.covered.saturating_sub(prefix.size()).checked_add(subnet.derived.covered).unwrap_or(Count::WHOLE);
            self.set_children(parent, up.derived.children - 1 + subnet.derived.children, covered)?;
            self.free_down_to(parent, prefix.first())?;
        }
        tag::SUBNET.clear(self.0, id.0)?;
        self.0.execute(Query::delete().from_table(KIND).and_where(Expr::col("id").eq(id.0)))?;
        self.0.changed((), KIND, id.0, Some(&snapshot(vrf, prefix, &subnet.facts)), None::<&()>)
    }

    /// Pulls the hint down: `address` may be free now.
    ///
    /// The row decides, not what the caller once read: of two releases in one unit the lower one stays.
    pub(crate) fn free_down_to(&mut self, id: SubnetId, address: Address) -> Result<(), StoreError> {
        let mut update = update();
        update.value("free_from", Expr::val(bytes(address))).and_where(Expr::col("id").eq(id.0));
        update.and_where(Expr::col("free_from").gt(Expr::val(bytes(address))));
        self.0.execute(&mut update).map(drop)
    }
}

struct Taken {
    children: i64,
    covered: Count,
}

/// Addresses that changed hands, as the old and as the new home counts them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Moved {
    left: Counts,
    pub(super) came: Counts,
}

impl Moved {
    pub(super) const fn negated(self) -> Counts {
        Counts { used: -self.left.used, reserved: -self.left.reserved }
    }
}
