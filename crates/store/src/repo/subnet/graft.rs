//! Many subnets at once: the whole tree of a family is derived in memory and written set-wise.

use std::collections::{BTreeMap, BTreeSet};

use plan::{Address, Family, Prefix};
use ringfence_plan as plan;
use sea_query::{Expr, ExprTrait, Order, Query, Value};

use super::KIND;
use super::derive::{self, Node};
use super::tree::{INSERT, NewSubnet, optional, update};
use crate::error::StoreError;
use crate::repo::{Subnets, tag};
use crate::tables::subnet::{Derived, bytes, snapshot, values};
use crate::tables::{SiteId, SubnetId, VrfId};
use crate::unit::{Access, Change, WriteTx};

impl Subnets<'_, WriteTx<'_>> {
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
                "gateway",
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
            let gateway = row.take::<Option<[u8; 16]>>()?.map(|bytes| crate::tables::address(family, bytes)).transpose()?;
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
            Ok(Bone { id, prefix, site, gateway, derived })
        })
    }
}

/// One subnet of the bare tree.
#[derive(Clone, Debug)]
pub(crate) struct Bone {
    pub(crate) id: SubnetId,
    pub(crate) prefix: Prefix,
    pub(crate) site: Option<SiteId>,
    pub(crate) gateway: Option<Address>,
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
    let names: Vec<String> = tagged.iter().map(|(_, name)| name.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let (ids, made) = tag::ensure(tx, &names)?;
    let pairs: Vec<_> = tagged.iter().filter_map(|(object, name)| ids.get(name).map(|id| (*object, *id))).collect();
    tagging.attach(tx, &pairs)?;
    Ok(made)
}
