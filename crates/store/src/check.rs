//! Recomputes everything that is derived and compares it with what is stored.

use std::collections::BTreeMap;

use plan::Family;
use ringfence_plan as plan;
use sea_query::{Expr, ExprTrait, Order, Query};

use crate::driver::Engine;
use crate::error::StoreError;
use crate::repo::subnet_tree::{Bone, Node, facts, resolve};
use crate::repo::{AddressRow, Counts, blocked};
use crate::tables::address::AddressStatus;
use crate::tables::subnet::Derived;
use crate::tables::{SiteId, SubnetId, VrfId};
use crate::unit::ReadTx;
use crate::unit::sealed::Session as _;

/// Findings reported in full; more are counted.
const SHOWN: usize = 50;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Subnets looked at.
    pub subnets: usize,
    /// Addresses looked at.
    pub addresses: usize,
    /// How many contradictions there are.
    pub drift: usize,
    /// The first of them, in words.
    pub findings: Vec<String>,
}

impl Report {
    fn add(&mut self, finding: String) {
        self.drift += 1;
        if self.findings.len() < SHOWN {
            self.findings.push(finding);
        }
    }
}

/// Checks the whole plan of the database that `rx` sees.
pub(crate) fn run(rx: &mut ReadTx<'_>) -> Result<Report, StoreError> {
    let mut report = Report::default();
    integrity(rx, &mut report)?;
    sites(rx, &mut report)?;
    let mut query = Query::select();
    query.column("id").from("vrf").order_by("id", Order::Asc);
    let vrfs: Vec<VrfId> = rx.rows(&mut query, |row| row.take())?;
    for vrf in vrfs {
        for family in [Family::V4, Family::V6] {
            tree(rx, vrf, family, &mut report)?;
        }
    }
    Ok(report)
}

fn integrity(rx: &mut ReadTx<'_>, report: &mut Report) -> Result<(), StoreError> {
    if rx.engine() != Engine::Sqlite {
        return Ok(());
    }
    let answers = rx.conn().query("PRAGMA integrity_check", &[], |row| row.take::<String>())?;
    for answer in answers.into_iter().filter(|a| a != "ok") {
        report.add(format!("integrity: {answer}"));
    }
    for table in rx.conn().query("PRAGMA foreign_key_check", &[], |row| row.take::<String>())? {
        report.add(format!("a row of {table} refers to a row that is gone"));
    }
    Ok(())
}

/// No site lies inside itself, however far up.
fn sites(rx: &mut ReadTx<'_>, report: &mut Report) -> Result<(), StoreError> {
    let mut query = Query::select();
    query.columns(["id", "parent_id"]).from("site").and_where(Expr::col("parent_id").is_not_null());
    let parents: BTreeMap<SiteId, SiteId> = rx.rows(&mut query, |row| Ok((row.take()?, row.take()?)))?.into_iter().collect();
    for site in parents.keys() {
        // A way up without a circle is shorter than the number of sites; the one who starts on the circle comes back to itself.
        let mut way = std::iter::successors(parents.get(site), |at| parents.get(at)).take(parents.len());
        if way.any(|at| at == site) {
            report.add(format!("site {site} lies inside itself"));
        }
    }
    Ok(())
}

fn tree(rx: &mut ReadTx<'_>, vrf: VrfId, family: Family, report: &mut Report) -> Result<(), StoreError> {
    let bones: Vec<Bone> = rx.subnets().skeleton(vrf, family)?;
    let nodes: Vec<Node> = bones.iter().map(|b| Node { prefix: b.prefix, site: b.site }).collect();
    let ids: Vec<Option<SubnetId>> = bones.iter().map(|b| Some(b.id)).collect();
    let expected = facts(&nodes)?;
    let held = addresses(rx, vrf, family, &bones, report)?;
    let mut children: BTreeMap<usize, Vec<plan::Span>> = BTreeMap::new();
    for (fact, node) in expected.iter().zip(&nodes) {
        if let Some(parent) = fact.parent {
            children.entry(parent).or_default().push(node.prefix.span());
        }
    }
    report.subnets += bones.len();
    for (index, (bone, fact)) in bones.iter().zip(&expected).enumerate() {
        let counts = held.get(&bone.id).map_or_else(Counts::default, |rows| Counts::of(bone.prefix, rows.iter().copied()));
        let derived = Derived { used: counts.used, reserved: counts.reserved, ..resolve(fact, &ids, bone.derived.free_from) };
        if derived != bone.derived {
            report.add(format!("subnet {} ({}): stored {:?}, computed {derived:?}", bone.id, bone.prefix, bone.derived));
        }
        let below = children.remove(&index).unwrap_or_default();
        hint(bone, held.get(&bone.id).map_or(&[], Vec::as_slice), below, report);
    }
    Ok(())
}

/// Nothing usable below `free_from` may be free.
fn hint(bone: &Bone, rows: &[AddressRow], children: Vec<plan::Span>, report: &mut Report) {
    let usable = bone.prefix.usable();
    if bone.derived.free_from <= usable.first() {
        return;
    }
    let taken = rows.iter().filter(|r| r.status != AddressStatus::Free).map(|r| r.address);
    let free = plan::allocate::next_addresses(usable, usable.first(), taken, &blocked(children, bone.gateway), 1);
    if let Some(free) = free.first().filter(|free| **free < bone.derived.free_from) {
        report.add(format!("subnet {} ({}): {free} is free below the hint {}", bone.id, bone.prefix, bone.derived.free_from));
    }
}

/// Addresses by subnet, each checked to lie in the tightest one.
fn addresses(
    rx: &mut ReadTx<'_>,
    vrf: VrfId,
    family: Family,
    bones: &[Bone],
    report: &mut Report,
) -> Result<BTreeMap<SubnetId, Vec<AddressRow>>, StoreError> {
    let mut query = Query::select();
    query
        .columns(["subnet_id", "address", "status"])
        .from("address")
        .and_where(Expr::col("vrf_id").eq(vrf.0))
        .and_where(Expr::col("family").eq(i64::from(family.number())))
        .order_by("address", Order::Asc);
    let rows = rx.rows(&mut query, |row| {
        let subnet: SubnetId = row.take()?;
        Ok((subnet, AddressRow { address: crate::tables::address(family, row.take()?)?, status: row.take()? }))
    })?;
    report.addresses += rows.len();
    let mut held: BTreeMap<SubnetId, Vec<AddressRow>> = BTreeMap::new();
    let mut open: Vec<&Bone> = Vec::new();
    let mut next = bones.iter().peekable();
    for (subnet, row) in rows {
        while let Some(bone) = next.next_if(|bone| bone.prefix.first() <= row.address) {
            open.retain(|outer| outer.prefix.contains(&bone.prefix));
            open.push(bone);
        }
        open.retain(|bone| bone.prefix.contains_address(row.address));
        match open.last() {
            Some(tightest) if tightest.id == subnet => {}
            Some(tightest) => report.add(format!("{} is kept in subnet {subnet}, the tightest is {}", row.address, tightest.prefix)),
            None => report.add(format!("{} lies in no subnet", row.address)),
        }
        held.entry(subnet).or_default().push(row);
    }
    Ok(held)
}
