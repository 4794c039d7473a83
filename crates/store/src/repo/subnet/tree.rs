//! Changing the tree: a subnet that comes takes over the children and addresses it contains, one that goes gives them back.
//!
//! Derived columns (parent, depth, counters, inherited site, `free_from`) are kept by a handful of set-wise statements per change, in the same
//! transaction; they are no `change` and give no new version. The caller holds the lock of the VRF row.

use std::collections::BTreeMap;

use guard::permission::Allowed;
use plan::{Address, Count, Family, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use sea_query::{Expr, ExprTrait, Order, Query, SimpleExpr, UpdateStatement, Value};

use super::derive::{self, Node};
use super::{KIND, inside};
use crate::dialect::{key, plus};
use crate::error::StoreError;
use crate::repo::tag::{self, versioned_update};
use crate::repo::{Counts, Subnets};
use crate::tables::subnet::{Derived, INSERT as COLUMNS, Subnet, SubnetFacts, bytes, optional_bytes, search_text, snapshot, values};
use crate::tables::{SiteId, SubnetId, VrfId};
use crate::unit::sealed::Session as _;
use crate::unit::{Access, Change, Insert, WriteTx, insert};

static INSERT: Insert = insert!(KIND, COLUMNS);

/// A subnet to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubnet {
    /// Its prefix.
    pub prefix: Prefix,
    /// What is set on it.
    pub facts: SubnetFacts,
}

fn optional(id: Option<SubnetId>) -> Value {
    Value::BigInt(id.map(|id| id.0))
}

fn is_parent(parent: Option<SubnetId>) -> SimpleExpr {
    match parent {
        Some(id) => Expr::col((KIND, "parent_id")).eq(id.0),
        None => Expr::col((KIND, "parent_id")).is_null(),
    }
}

fn update() -> UpdateStatement {
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
    fn take_addresses(&mut self, parent: &Subnet, id: SubnetId, prefix: Prefix) -> Result<Moved, StoreError> {
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

    /// Makes many subnets of one routing table at once: derives the whole tree in memory and writes it level by level, set-wise.
    ///
    /// The prefixes must be new and different from each other.
    pub fn graft(&mut self, vrf: VrfId, new: Vec<NewSubnet>) -> Result<Change<Vec<SubnetId>>, StoreError> {
        let mut placed: BTreeMap<Prefix, SubnetId> = BTreeMap::new();
        let order: Vec<Prefix> = new.iter().map(|n| n.prefix).collect();
        let (v4, v6): (Vec<_>, Vec<_>) = new.into_iter().partition(|n| n.prefix.family() == Family::V4);
        let mut rows = Vec::new();
        for family in [v4, v6] {
            if let Some(first) = family.first() {
                let which = first.prefix.family();
                rows.extend(self.graft_family(vrf, which, family, &mut placed)?);
            }
        }
        let ids = order.iter().filter_map(|prefix| placed.get(prefix).copied()).collect();
        Ok(Change::many(ids, rows))
    }

    fn graft_family(
        &mut self,
        vrf: VrfId,
        family: Family,
        new: Vec<NewSubnet>,
        placed: &mut BTreeMap<Prefix, SubnetId>,
    ) -> Result<Vec<u32>, StoreError> {
        let old = self.skeleton(vrf, family)?;
        let mut fresh: BTreeMap<Prefix, NewSubnet> = new.into_iter().map(|n| (n.prefix, n)).collect();
        let mut nodes: Vec<Node> = old.iter().map(|o| Node { prefix: o.prefix, site: o.site }).collect();
        nodes.extend(fresh.values().map(|n| Node { prefix: n.prefix, site: n.facts.site_id }));
        nodes.sort_by_key(|n| n.prefix);
        let facts = derive::facts(&nodes)?;
        let mut ids: Vec<Option<SubnetId>> = vec![None; nodes.len()];
        let known: BTreeMap<Prefix, &Bone> = old.iter().map(|o| (o.prefix, o)).collect();
        for (slot, node) in ids.iter_mut().zip(&nodes) {
            *slot = known.get(&node.prefix).map(|bone| bone.id);
        }
        let now = self.0.origin().at;
        let mut rows = Vec::new();
        let mut tagged = Vec::new();
        let deepest = facts.iter().map(|f| f.depth).max().unwrap_or(0);
        for depth in 0..=deepest {
            let level: Vec<usize> =
                facts.iter().enumerate().filter(|(i, f)| f.depth == depth && ids.get(*i) == Some(&None)).map(|(i, _)| i).collect();
            let mut made = Vec::with_capacity(level.len());
            let mut inserts = Vec::with_capacity(level.len());
            for index in level {
                let (Some(node), Some(fact)) = (nodes.get(index), facts.get(index)) else { continue };
                let Some(subnet) = fresh.remove(&node.prefix) else { continue };
                let derived = resolve(fact, &ids, node.prefix.usable().first());
                inserts.push(values(vrf, subnet.prefix, &subnet.facts, &derived, now));
                made.push((index, subnet));
            }
            let inserted = self.0.insert_many(&INSERT, inserts)?;
            for ((index, subnet), id) in made.into_iter().zip(inserted) {
                if let Some(slot) = ids.get_mut(index) {
                    *slot = Some(SubnetId(id));
                }
                placed.insert(subnet.prefix, SubnetId(id));
                rows.push(self.0.note(KIND, id, None::<&()>, Some(&snapshot(vrf, subnet.prefix, &subnet.facts)))?);
                tagged.extend(subnet.facts.tags.into_iter().map(|tag| (id, tag)));
            }
        }
        self.settle_old(&nodes, &facts, &ids, &known)?;
        self.settle_addresses(vrf, &nodes, &facts, &ids, &known)?;
        rows.extend(attach_all(self.0, tag::SUBNET, &tagged)?);
        Ok(rows)
    }

    /// Writes what changed for subnets that were there before.
    fn settle_old(
        &mut self,
        nodes: &[Node],
        facts: &[derive::Facts],
        ids: &[Option<SubnetId>],
        known: &BTreeMap<Prefix, &Bone>,
    ) -> Result<(), StoreError> {
        for (node, fact) in nodes.iter().zip(facts) {
            let Some(bone) = known.get(&node.prefix) else { continue };
            let derived = resolve(fact, ids, bone.derived.free_from);
            let derived = Derived { used: bone.derived.used, reserved: bone.derived.reserved, ..derived };
            if derived != bone.derived {
                self.write_derived(bone.id, &derived)?;
            }
        }
        Ok(())
    }

    /// Rewrites every derived column of one row.
    pub(crate) fn write_derived(&mut self, id: SubnetId, derived: &Derived) -> Result<(), StoreError> {
        let mut update = update();
        update
            .value("parent_id", optional(derived.parent_id))
            .value("depth", derived.depth)
            .value("children", derived.children)
            .value("covered", derived.covered.to_string())
            .value("used", derived.used)
            .value("reserved", derived.reserved)
            .value("site_from", optional(derived.site_from))
            .value("site_effective", Value::BigInt(derived.site_effective.map(|s| s.0)))
            .value("free_from", Expr::val(bytes(derived.free_from)))
            .and_where(Expr::col("id").eq(id.0));
        self.0.execute(&mut update).map(drop)
    }

    /// Gives new subnets the addresses of old parents that lie inside them, tightest last.
    fn settle_addresses(
        &mut self,
        vrf: VrfId,
        nodes: &[Node],
        facts: &[derive::Facts],
        ids: &[Option<SubnetId>],
        known: &BTreeMap<Prefix, &Bone>,
    ) -> Result<(), StoreError> {
        if !self.0.addresses().any(vrf)? {
            return Ok(());
        }
        for ((node, fact), id) in nodes.iter().zip(facts).zip(ids) {
            let (Some(id), None) = (*id, known.get(&node.prefix)) else { continue };
            let Some(parent) = fact.parent.and_then(|p| ids.get(p).copied().flatten()) else { continue };
            let Some(parent) = self.find(parent)? else { continue };
            let moved = self.take_addresses(&parent, id, node.prefix)?;
            self.0.addresses().count_in(parent.id, moved.negated())?;
            self.0.addresses().count_in(id, moved.came)?;
        }
        Ok(())
    }
}

impl<A: Access> Subnets<'_, A> {
    /// The bare tree of one routing table and family, in tree order.
    pub(crate) fn skeleton(&mut self, vrf: VrfId, family: Family) -> Result<Vec<Bone>, StoreError> {
        let mut query = Query::select();
        query
            .columns([
                "id",
                "family",
                "first",
                "length",
                "site_id",
                "parent_id",
                "depth",
                "children",
                "covered",
                "used",
                "reserved",
                "site_from",
                "site_effective",
                "free_from",
            ])
            .from(KIND)
            .and_where(Expr::col("vrf_id").eq(vrf.0))
            .and_where(Expr::col("family").eq(i64::from(family.number())))
            .order_by("first", Order::Asc)
            .order_by("length", Order::Asc);
        self.0.rows(&mut query, |row| {
            let id = row.take()?;
            let prefix = derive::prefix(row)?;
            let site = row.take()?;
            let derived = Derived {
                parent_id: row.take()?,
                depth: row.take()?,
                children: row.take()?,
                covered: row.take()?,
                used: row.take()?,
                reserved: row.take()?,
                site_from: row.take()?,
                site_effective: row.take()?,
                free_from: crate::tables::address(family, row.take()?)?,
            };
            Ok(Bone { id, prefix, site, derived })
        })
    }
}

/// One subnet of the bare tree.
#[derive(Clone, Debug)]
pub(crate) struct Bone {
    pub(crate) id: SubnetId,
    pub(crate) prefix: Prefix,
    pub(crate) site: Option<SiteId>,
    pub(crate) derived: Derived,
}

/// Turns positions into ids.
pub(crate) fn resolve(fact: &derive::Facts, ids: &[Option<SubnetId>], free_from: Address) -> Derived {
    let id = |index: Option<usize>| index.and_then(|i| ids.get(i).copied().flatten());
    Derived {
        parent_id: id(fact.parent),
        depth: fact.depth,
        children: fact.children,
        covered: fact.covered,
        used: 0,
        reserved: 0,
        site_from: id(fact.site_from),
        site_effective: fact.site_effective,
        free_from,
    }
}

/// Attaches tags by name to new objects; unknown ones are made. Gives the change rows of the new tags.
pub(crate) fn attach_all(tx: &mut WriteTx<'_>, tagging: tag::Tagging, tagged: &[(i64, String)]) -> Result<Vec<u32>, StoreError> {
    let names: Vec<String> = tagged.iter().map(|(_, name)| name.clone()).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let (ids, made) = tag::ensure(tx, &names)?;
    let pairs: Vec<_> = tagged.iter().filter_map(|(object, name)| ids.get(name).map(|id| (*object, *id))).collect();
    tagging.attach(tx, &pairs)?;
    Ok(made)
}

struct Taken {
    children: i64,
    covered: Count,
}

/// Addresses that changed hands, as the old and as the new home counts them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Moved {
    left: Counts,
    came: Counts,
}

impl Moved {
    const fn negated(self) -> Counts {
        Counts { used: -self.left.used, reserved: -self.left.reserved }
    }
}
