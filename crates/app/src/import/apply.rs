//! Applying a plan: one unit of work, one event.
//!
//! Locks are taken from the top: VRFs by id, then subnets by id. What the plan was decided on is read again under them; the first line that does not
//! fit any more refuses everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use guard::audit::Event;
use guard::permission::Permission;
use plan::{Family, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use ringfence_store as store;
use store::repo::NewSubnet;
use store::tables::address::AddressFacts;
use store::tables::group::{SiteFacts, VlanFacts, VrfFacts};
use store::tables::subnet::{Subnet, SubnetFacts};
use store::tables::{AddressId, ImportPlanId, SiteId, SubnetId, VlanId, VrfId};
use store::{Change, Kind as Reason, Recorded, StoreError, WriteTx};

use super::name::Refs;
use super::plan::{Act, Acts, AddressDraft, NewPlace, SiteDraft, SubnetDraft, VlanDraft, VrfDraft};
use super::resolve::{Resolved, resolve};
use super::tree::tightest;
use super::{Plan, Progress, Totals, keep};
use crate::{Command, OpCtx, Refusal, event};

/// Rows read or written at a time.
const CHUNK: usize = 500;
/// Addresses written between two calls of the progress.
const STEP: usize = 10_000;

pub(super) struct Apply {
    pub(super) plan: Arc<Plan>,
    pub(super) kept: Option<ImportPlanId>,
    pub(super) progress: Progress,
}

/// A line that does not fit any more.
pub(super) fn stale(line: u32, label: &str, how: &str) -> Refusal {
    Refusal::Conflict(format!("line {line}: {label} {how} since the dry run; nothing was changed: make the dry run again"))
}

impl Command for Apply {
    const NAME: &'static str = "import.apply";
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = Totals;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<Totals>, Refusal> {
        let plan = &*self.plan;
        for permission in permissions(plan) {
            op.allow(permission, ()).map(drop)?;
        }
        tx.retry_when_taken();
        let mut work = Work { plan, op, progress: &self.progress, changes: Vec::new() };
        if let Some(id) = self.kept {
            work.changes.push(keep::take(tx, id, op)?);
        }
        if !plan.totals.anything() {
            let taken = Change::all(work.changes).map(|_| plan.totals.clone());
            return Ok(if self.kept.is_some() { tx.quiet(store::Quiet::JobHeartbeat, taken) } else { tx.unchanged(plan.totals.clone()) });
        }
        work.run(tx).map_err(|refusal| match refusal {
            Refusal::Store(StoreError::Driver(error)) if error.kind == Reason::ForeignKey => {
                Refusal::Conflict("something that the file refers to was removed since the dry run: make the dry run again".into())
            }
            other => other,
        })?;
        let mut event = Event::new(event::IMPORT_APPLIED)
            .with("kind", plan.kind.as_str())
            .with("source", plan.source.clone())
            .with("create", plan.totals.create)
            .with("change", plan.totals.change);
        for (kind, names) in &plan.totals.also {
            event = event.with(format!("also_{kind}"), names.len());
        }
        if let Some(id) = self.kept {
            event = event.on(keep::KIND, id.0, plan.source.clone());
        }
        let change = Change::all(work.changes).map(|_| plan.totals.clone());
        Ok(tx.record(&event, change)?)
    }
}

/// What the actor needs for everything that is made.
fn permissions(plan: &Plan) -> BTreeSet<Permission> {
    let mut needed = BTreeSet::from([plan.kind.permission()]);
    for kind in plan.totals.also.keys() {
        needed.extend(match kind.as_str() {
            "sites" => Some(Permission::SiteWrite),
            "subnets" => Some(Permission::SubnetWrite),
            "tags" => Some(Permission::TagWrite),
            "vlans" => Some(Permission::VlanWrite),
            "vrfs" => Some(Permission::VrfWrite),
            _ => None,
        });
    }
    needed
}

/// One run of the unit.
struct Work<'p> {
    plan: &'p Plan,
    op: &'p OpCtx,
    progress: &'p Progress,
    changes: Vec<Change<()>>,
}

/// The first line that does not fit.
#[derive(Default)]
struct First(Option<(u32, String, &'static str)>);

impl First {
    fn note(&mut self, line: u32, label: impl FnOnce() -> String, how: &'static str) {
        if self.0.as_ref().is_none_or(|(first, ..)| line < *first) {
            self.0 = Some((line, label(), how));
        }
    }

    fn done(self) -> Result<(), Refusal> {
        self.0.map_or(Ok(()), |(line, label, how)| Err(stale(line, &label, how)))
    }
}

const MADE: &str = "was made";
const CHANGED: &str = "was changed";
const GONE: &str = "was removed";

impl Work<'_> {
    fn keep<T>(&mut self, change: Change<T>) {
        self.changes.push(change.map(drop));
    }

    fn run(&mut self, tx: &mut WriteTx<'_>) -> Result<(), Refusal> {
        let plan = self.plan;
        (self.progress)(0, plan.totals.rows());
        let (resolved, made) = resolve(tx, &plan.refs)?;
        self.changes.extend(made);
        match &plan.acts {
            Acts::Sites(acts) => self.sites(tx, acts, resolved)?,
            Acts::Vrfs(acts) => self.vrfs(tx, acts)?,
            Acts::Vlans(acts) => self.vlans(tx, acts, &resolved)?,
            Acts::Subnets(acts) => self.subnets(tx, acts, &resolved)?,
            Acts::Addresses { rows, subnets } => self.addresses(tx, rows, subnets, &resolved)?,
        }
        (self.progress)(plan.totals.rows(), plan.totals.rows());
        Ok(())
    }

    /// Sites are few and small: all of them are read, and changed one by one. New ones are made from the top down.
    fn sites(&mut self, tx: &mut WriteTx<'_>, acts: &[Act<SiteDraft>], mut resolved: Resolved) -> Result<(), Refusal> {
        let refs = &self.plan.refs;
        let rows: BTreeMap<SiteId, _> =
            tx.sites().list(None, &super::resolve::all())?.rows.into_iter().map(|site| (site.id, site)).collect();
        let names: BTreeSet<&str> = rows.values().map(|site| site.facts.name.as_str()).collect();
        let mut first = First::default();
        for act in acts {
            let label = || act.draft.name.clone();
            match act.on {
                None if names.contains(act.draft.name.as_str()) => first.note(act.line, label, MADE),
                None => {}
                Some(on) => match rows.get(&SiteId(on.id)) {
                    None => first.note(act.line, label, GONE),
                    Some(site) if site.version != on.version => first.note(act.line, label, CHANGED),
                    Some(_) => {}
                },
            }
        }
        first.done()?;
        let positions: BTreeMap<&str, usize> = refs.sites.iter().enumerate().map(|(i, named)| (named.key.as_str(), i)).collect();
        for level in levels(acts, refs) {
            let facts: Vec<SiteFacts> = level.iter().map(|draft| site_facts(draft, &resolved)).collect::<Result<_, _>>()?;
            let made = tx.sites().insert_all(&facts)?;
            for (draft, id) in level.iter().zip(made.value()) {
                if let Some(position) = positions.get(draft.name.as_str()) {
                    resolved.put_site(*position, *id);
                }
            }
            self.keep(made);
        }
        for act in acts {
            let Some(site) = act.on.and_then(|on| rows.get(&SiteId(on.id))) else { continue };
            let facts = site_facts(&act.draft, &resolved)?;
            let allowed = self.op.allow(Permission::SiteWrite, site.clone())?;
            let change = tx.sites().update(&allowed, &facts)?;
            self.keep(change);
        }
        no_circles(tx, acts)
    }

    fn vrfs(&mut self, tx: &mut WriteTx<'_>, acts: &[Act<VrfDraft>]) -> Result<(), Refusal> {
        let rows: BTreeMap<VrfId, _> = tx.vrfs().list(None, &super::resolve::all())?.rows.into_iter().map(|vrf| (vrf.id, vrf)).collect();
        let names: BTreeSet<&str> = rows.values().map(|vrf| vrf.facts.name.as_str()).collect();
        let mut first = First::default();
        let mut fresh = Vec::new();
        for act in acts {
            let label = || act.draft.name.clone();
            let VrfDraft { name, rd, description } = act.draft.clone();
            match act.on {
                None if names.contains(act.draft.name.as_str()) => first.note(act.line, label, MADE),
                None => fresh.push(VrfFacts { name, rd, description, ..VrfFacts::default() }),
                Some(on) => match rows.get(&VrfId(on.id)) {
                    None => first.note(act.line, label, GONE),
                    Some(vrf) if vrf.version != on.version => first.note(act.line, label, CHANGED),
                    Some(vrf) => {
                        let facts = VrfFacts { name, rd, description, ..vrf.facts.clone() };
                        let allowed = self.op.allow(Permission::VrfWrite, vrf.clone())?;
                        let change = tx.vrfs().update(&allowed, &facts)?;
                        self.keep(change);
                    }
                },
            }
        }
        first.done()?;
        let made = tx.vrfs().insert_all(&fresh)?;
        self.keep(made);
        Ok(())
    }

    fn vlans(&mut self, tx: &mut WriteTx<'_>, acts: &[Act<VlanDraft>], resolved: &Resolved) -> Result<(), Refusal> {
        let refs = &self.plan.refs;
        let list = tx.vlans().list(&store::repo::VlanFilter::default(), &super::resolve::all())?.rows;
        let rows: BTreeMap<VlanId, _> = list.into_iter().map(|vlan| (vlan.id, vlan)).collect();
        let keys: BTreeSet<(u16, Option<SiteId>)> = rows.values().map(|vlan| (vlan.facts.vid, vlan.facts.site_id)).collect();
        let mut first = First::default();
        let mut fresh = Vec::new();
        for act in acts {
            let draft = &act.draft;
            let label = || refs.vlan(super::name::VlanKey { vid: draft.vid, site: draft.site });
            let (name, description) = (draft.name.clone(), draft.description.clone());
            let facts = VlanFacts { vid: draft.vid, name, site_id: resolved.site(draft.site)?, description, tags: refs.tags(&draft.tags) };
            match act.on {
                None if keys.contains(&(facts.vid, facts.site_id)) => first.note(act.line, label, MADE),
                None => fresh.push(facts),
                Some(on) => match rows.get(&VlanId(on.id)) {
                    None => first.note(act.line, label, GONE),
                    Some(vlan) if vlan.version != on.version => first.note(act.line, label, CHANGED),
                    Some(vlan) => {
                        let allowed = self.op.allow(Permission::VlanWrite, vlan.clone())?;
                        let change = tx.vlans().update(&allowed, &facts)?;
                        self.keep(change);
                    }
                },
            }
        }
        first.done()?;
        let made = tx.vlans().insert_all(&fresh)?;
        self.keep(made);
        Ok(())
    }

    fn subnets(&mut self, tx: &mut WriteTx<'_>, acts: &[Act<SubnetDraft>], resolved: &Resolved) -> Result<(), Refusal> {
        let mut fresh: BTreeMap<VrfId, Vec<&Act<SubnetDraft>>> = BTreeMap::new();
        let mut changed: Vec<(&Act<SubnetDraft>, SubnetId)> = Vec::new();
        for act in acts {
            match act.on {
                Some(on) => changed.push((act, SubnetId(on.id))),
                None => fresh.entry(resolved.vrf(act.draft.vrf)?).or_default().push(act),
            }
        }
        lock_vrfs(tx, acts.iter().map(|act| act.draft.vrf), resolved)?;
        let mut first = First::default();
        let label = |draft: &SubnetDraft| format!("{} in {}", draft.prefix, self.plan.refs.vrf(draft.vrf));
        let mut locks: BTreeSet<SubnetId> = changed.iter().map(|(_, id)| *id).collect();
        for (vrf, acts) in &fresh {
            let known = outlines(tx, *vrf, acts.iter().map(|act| act.draft.prefix))?;
            for act in acts {
                match tightest(&known, act.draft.prefix) {
                    Some((prefix, _)) if prefix == act.draft.prefix => first.note(act.line, || label(&act.draft), MADE),
                    Some((_, parent)) => locks.extend([*parent]),
                    None => {}
                }
            }
        }
        tx.subnets().lock_all(&locks)?;
        let mut rows: Vec<Subnet> = Vec::with_capacity(changed.len());
        for chunk in changed.chunks(CHUNK) {
            let ids: Vec<SubnetId> = chunk.iter().map(|(_, id)| *id).collect();
            rows.extend(tx.subnets().find_many(&ids)?);
        }
        let mut rows: BTreeMap<SubnetId, Subnet> = rows.into_iter().map(|row| (row.id, row)).collect();
        for (act, id) in &changed {
            match (rows.get(id), act.on) {
                (None, _) => first.note(act.line, || label(&act.draft), GONE),
                (Some(row), Some(on)) if row.version != on.version => first.note(act.line, || label(&act.draft), CHANGED),
                _ => {}
            }
        }
        first.done()?;
        for (act, id) in changed {
            let Some(row) = rows.remove(&id) else { continue };
            let facts = subnet_facts(&act.draft, &self.plan.refs, resolved)?;
            let allowed = self.op.allow(Permission::SubnetWrite, row)?;
            let change = tx.subnets().change(&allowed, &facts)?;
            self.keep(change);
        }
        for (vrf, acts) in fresh {
            let new = |act: &&Act<SubnetDraft>| {
                let facts = subnet_facts(&act.draft, &self.plan.refs, resolved)?;
                Ok(NewSubnet { prefix: act.draft.prefix, facts })
            };
            let new = acts.iter().map(new).collect::<Result<Vec<_>, Refusal>>()?;
            let made = tx.subnets().graft(vrf, new)?;
            self.keep(made);
        }
        Ok(())
    }

    fn addresses(
        &mut self,
        tx: &mut WriteTx<'_>,
        acts: &[Act<AddressDraft>],
        places: &[NewPlace],
        resolved: &Resolved,
    ) -> Result<(), Refusal> {
        lock_vrfs(tx, acts.iter().map(|act| act.draft.vrf), resolved)?;
        self.places(tx, places, resolved)?;
        let (fresh, changed): (Vec<_>, Vec<_>) = acts.iter().partition(|act| act.on.is_none());
        let mut first = First::default();
        let label = |act: &Act<AddressDraft>| format!("{} in {}", act.draft.address, self.plan.refs.vrf(act.draft.vrf));
        let mut by_vrf: BTreeMap<VrfId, Vec<&Act<AddressDraft>>> = BTreeMap::new();
        for act in fresh {
            by_vrf.entry(resolved.vrf(act.draft.vrf)?).or_default().push(act);
        }
        let mut homes: Vec<(&Act<AddressDraft>, VrfId, Prefix, SubnetId)> = Vec::with_capacity(acts.len());
        for (vrf, acts) in &by_vrf {
            let known = outlines(tx, *vrf, acts.iter().map(|act| Prefix::from(act.draft.address)))?;
            for act in acts {
                match tightest(&known, Prefix::from(act.draft.address)) {
                    Some((prefix, id)) => homes.push((act, *vrf, prefix, *id)),
                    None => first.note(act.line, || format!("the subnet of {}", label(act)), GONE),
                }
            }
        }
        let ids: Vec<AddressId> = changed.iter().filter_map(|act| act.on).map(|on| AddressId(on.id)).collect();
        let mut locks: BTreeSet<SubnetId> = homes.iter().map(|(.., id)| *id).collect();
        locks.extend(tx.addresses().find_many(&ids)?.into_iter().map(|row| row.subnet_id));
        tx.subnets().lock_all(&locks)?;
        for (vrf, acts) in &by_vrf {
            let ips: Vec<_> = acts.iter().map(|act| act.draft.address).collect();
            let there: BTreeSet<_> = tx.addresses().find_ips(*vrf, &ips)?.into_iter().map(|row| row.address).collect();
            for act in acts.iter().filter(|act| there.contains(&act.draft.address)) {
                first.note(act.line, || label(act), MADE);
            }
        }
        let mut rows: BTreeMap<AddressId, _> = tx.addresses().find_many(&ids)?.into_iter().map(|row| (row.id, row)).collect();
        for act in &changed {
            match act.on.map(|on| (rows.get(&AddressId(on.id)), on.version)) {
                Some((None, _)) => first.note(act.line, || label(act), GONE),
                Some((Some(row), version)) if row.version != version => first.note(act.line, || label(act), CHANGED),
                _ => {}
            }
        }
        first.done()?;
        let subnets = homes_of(tx, rows.values().map(|row| row.subnet_id).collect())?;
        for act in changed {
            let Some(row) = act.on.and_then(|on| rows.remove(&AddressId(on.id))) else { continue };
            let Some(subnet) = subnets.get(&row.subnet_id) else { return Err(stale(act.line, &label(act), CHANGED)) };
            let facts = act.draft.facts(&self.plan.refs);
            let allowed = self.op.allow(Permission::AddressWrite, row)?;
            let change = tx.addresses().update(&allowed, subnet, &facts)?;
            self.keep(change);
        }
        self.insert(tx, &homes)
    }

    /// Makes the subnets that masks name; one that is there by now was made meanwhile.
    fn places(&mut self, tx: &mut WriteTx<'_>, places: &[NewPlace], resolved: &Resolved) -> Result<(), Refusal> {
        let mut by_vrf: BTreeMap<u32, Vec<Prefix>> = BTreeMap::new();
        for place in places {
            by_vrf.entry(place.vrf).or_default().push(place.prefix);
        }
        for (vrf, prefixes) in by_vrf {
            let id = resolved.vrf(vrf)?;
            let known = outlines(tx, id, prefixes.iter().copied())?;
            let mut parents = BTreeSet::new();
            for prefix in &prefixes {
                match tightest(&known, *prefix) {
                    Some((there, _)) if there == *prefix => {
                        let label = format!("{prefix} in {}", self.plan.refs.vrf(vrf));
                        return Err(Refusal::Conflict(format!(
                            "the subnet {label} was made since the dry run; nothing was changed: make the dry run again"
                        )));
                    }
                    Some((_, parent)) => {
                        parents.insert(*parent);
                    }
                    None => {}
                }
            }
            tx.subnets().lock_all(&parents)?;
            let new = prefixes.into_iter().map(|prefix| NewSubnet { prefix, facts: SubnetFacts::default() }).collect();
            let made = tx.subnets().graft(id, new)?;
            self.keep(made);
        }
        Ok(())
    }

    fn insert(&mut self, tx: &mut WriteTx<'_>, homes: &[(&Act<AddressDraft>, VrfId, Prefix, SubnetId)]) -> Result<(), Refusal> {
        let total = self.plan.totals.rows();
        let mut done = total - homes.len().min(total);
        for chunk in homes.chunks(STEP) {
            let rows: Vec<(SubnetId, Prefix, VrfId, plan::Address, AddressFacts)> = chunk
                .iter()
                .map(|(act, vrf, prefix, subnet)| (*subnet, *prefix, *vrf, act.draft.address, act.draft.facts(&self.plan.refs)))
                .collect();
            let change = tx.addresses().insert_all(&rows)?;
            self.keep(change);
            done += chunk.len();
            (self.progress)(done, total);
        }
        Ok(())
    }
}

/// Sites that were moved meanwhile may close a circle with ours.
fn no_circles(tx: &mut WriteTx<'_>, acts: &[Act<SiteDraft>]) -> Result<(), Refusal> {
    let sites = tx.sites().list(None, &super::resolve::all())?.rows;
    let above: BTreeMap<SiteId, Option<SiteId>> = sites.iter().map(|site| (site.id, site.facts.parent_id)).collect();
    let ids: BTreeMap<&str, SiteId> = sites.iter().map(|site| (site.facts.name.as_str(), site.id)).collect();
    for act in acts.iter().filter(|act| act.draft.parent.is_some()) {
        let mut at = ids.get(act.draft.name.as_str()).copied();
        let mut steps = 0;
        while let Some(site) = at {
            at = above.get(&site).copied().flatten();
            steps += 1;
            if steps > super::site::DEEPEST + 1 {
                return Err(stale(act.line, &act.draft.name, "came to lie inside itself or too deep"));
            }
        }
    }
    Ok(())
}

fn site_facts(draft: &SiteDraft, resolved: &Resolved) -> Result<SiteFacts, Refusal> {
    Ok(SiteFacts { name: draft.name.clone(), parent_id: resolved.site(draft.parent)?, description: draft.description.clone() })
}

fn subnet_facts(draft: &SubnetDraft, refs: &Refs, resolved: &Resolved) -> Result<SubnetFacts, Refusal> {
    Ok(SubnetFacts {
        name: draft.name.clone(),
        description: draft.description.clone(),
        notes: draft.notes.clone(),
        status: draft.status,
        site_id: resolved.site(draft.site)?,
        vlan_id: resolved.vlan(draft.vlan)?,
        gateway: draft.gateway,
        tags: refs.tags(&draft.tags),
    })
}

/// New sites by how deep they lie under sites that are there: parents come before what lies in them.
fn levels<'a>(acts: &'a [Act<SiteDraft>], refs: &Refs) -> Vec<Vec<&'a SiteDraft>> {
    let fresh: BTreeMap<&str, &SiteDraft> =
        acts.iter().filter(|act| act.on.is_none()).map(|act| (act.draft.name.as_str(), &act.draft)).collect();
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    let mut levels: Vec<Vec<&SiteDraft>> = Vec::new();
    for draft in fresh.values() {
        let mut path = vec![*draft];
        let mut base = 0;
        while let Some(above) = path.last().and_then(|at| at.parent).map(|parent| refs.site(parent)) {
            if let Some(depth) = depths.get(above) {
                base = depth + 1;
                break;
            }
            // The dry run has refused circles, so the walk ends.
            let Some(above) = fresh.get(above).filter(|_| path.len() <= fresh.len()) else { break };
            path.push(above);
        }
        for (step, site) in path.into_iter().rev().enumerate() {
            if depths.contains_key(site.name.as_str()) {
                continue;
            }
            let depth = base + step;
            depths.insert(&site.name, depth);
            if levels.len() <= depth {
                levels.resize_with(depth + 1, Vec::new);
            }
            if let Some(level) = levels.get_mut(depth) {
                level.push(site);
            }
        }
    }
    levels
}

fn lock_vrfs(tx: &mut WriteTx<'_>, used: impl Iterator<Item = u32>, resolved: &Resolved) -> Result<(), Refusal> {
    let positions: BTreeSet<u32> = used.collect();
    let ids = positions.into_iter().map(|vrf| resolved.vrf(vrf)).collect::<Result<BTreeSet<_>, _>>()?;
    for id in ids {
        tx.vrfs().lock(id)?.ok_or_else(|| Refusal::Conflict("a VRF of the file was removed since the dry run".into()))?;
    }
    Ok(())
}

/// Every subnet of the VRF in the families of `prefixes`.
fn outlines(tx: &mut WriteTx<'_>, vrf: VrfId, prefixes: impl Iterator<Item = Prefix>) -> Result<BTreeMap<Prefix, SubnetId>, StoreError> {
    let mut families = [(Family::V4, false), (Family::V6, false)];
    for prefix in prefixes {
        for (family, used) in &mut families {
            *used |= *family == prefix.family();
        }
    }
    let mut known = BTreeMap::new();
    for (family, _) in families.into_iter().filter(|(_, used)| *used) {
        known.extend(tx.subnets().outline(vrf, family)?.into_iter().map(|place| (place.prefix, place.id)));
    }
    Ok(known)
}

fn homes_of(tx: &mut WriteTx<'_>, ids: BTreeSet<SubnetId>) -> Result<BTreeMap<SubnetId, Subnet>, StoreError> {
    let ids: Vec<SubnetId> = ids.into_iter().collect();
    let mut subnets = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        subnets.extend(tx.subnets().find_many(chunk)?.into_iter().map(|subnet| (subnet.id, subnet)));
    }
    Ok(subnets)
}
