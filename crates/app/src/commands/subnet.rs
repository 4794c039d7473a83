//! Subnets: make, change, delete, carve out the next free ones.

use guard::audit::Event;
use guard::permission::Permission;
use plan::allocate::{AllocateError, Strategy, next_prefixes};
use plan::{Address, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use ringfence_store as store;
use store::repo::NewSubnet;
use store::tables::subnet::{Subnet, SubnetFacts, SubnetStatus};
use store::tables::{SiteId, SubnetId, VlanId, VrfId};
use store::{Recorded, StoreError, WriteTx};

use super::expect_version;
use crate::limit::{self, Problems, tidy_tags};
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "subnet";

/// What of a subnet is to change; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubnetPatch {
    /// A short name.
    pub name: Option<String>,
    /// A line.
    pub description: Option<String>,
    /// Long text.
    pub notes: Option<String>,
    /// What it is for.
    pub status: Option<SubnetStatus>,
    /// Its own site, or none.
    pub site_id: Option<Option<SiteId>>,
    /// Its VLAN, or none.
    pub vlan_id: Option<Option<VlanId>>,
    /// One of its addresses, or none.
    pub gateway: Option<Option<Address>>,
    /// Tag names.
    pub tags: Option<Vec<String>>,
}

impl SubnetPatch {
    /// The facts after the change.
    #[must_use]
    pub fn apply(&self, facts: &SubnetFacts) -> SubnetFacts {
        let text = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
        SubnetFacts {
            name: text(&self.name, &facts.name),
            description: text(&self.description, &facts.description),
            notes: text(&self.notes, &facts.notes),
            status: self.status.unwrap_or(facts.status),
            site_id: self.site_id.unwrap_or(facts.site_id),
            vlan_id: self.vlan_id.unwrap_or(facts.vlan_id),
            gateway: self.gateway.unwrap_or(facts.gateway),
            tags: tidy_tags(self.tags.clone().unwrap_or_else(|| facts.tags.clone())),
        }
    }
}

/// Checks texts, and that site, VLAN and gateway exist and fit.
pub(crate) fn check(tx: &mut WriteTx<'_>, prefix: Prefix, facts: &SubnetFacts) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.line("name", &facts.name, limit::NAME);
    problems.line("description", &facts.description, limit::DESCRIPTION);
    problems.text("notes", &facts.notes, limit::NOTES);
    problems.tags(&facts.tags);
    if let Some(gateway) = facts.gateway
        && !prefix.contains_address(gateway)
    {
        problems.add("gateway", format!("{gateway} is not inside {prefix}"));
    }
    if let Some(id) = facts.site_id
        && tx.sites().find(id)?.is_none()
    {
        problems.add("site_id", format!("there is no site {id}"));
    }
    if let Some(id) = facts.vlan_id
        && tx.vlans().find(id)?.is_none()
    {
        problems.add("vlan_id", format!("there is no vlan {id}"));
    }
    problems.done()
}

fn shown(tx: &mut WriteTx<'_>, id: SubnetId) -> Result<shape::Subnet, Refusal> {
    Ok(tx.subnets().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?.into())
}

/// Makes a subnet.
pub struct CreateSubnet {
    /// Its routing table.
    pub vrf: VrfId,
    /// Its prefix.
    pub prefix: Prefix,
    /// What is set on it.
    pub facts: SubnetFacts,
}

impl Command for CreateSubnet {
    const NAME: &'static str = "subnet.create";
    const PERMISSION: Option<Permission> = Some(Permission::SubnetWrite);
    type Output = shape::Subnet;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Subnet>, Refusal> {
        let vrf = tx.vrfs().lock(self.vrf)?.ok_or_else(|| Refusal::invalid("vrf_id", format!("there is no vrf {}", self.vrf)))?;
        op.demand(Permission::SubnetWrite, &vrf)?;
        let facts = SubnetPatch::default().apply(&self.facts);
        check(tx, self.prefix, &facts)?;
        refuse_twin(tx, self.vrf, self.prefix)?;
        let change = tx.subnets().insert(self.vrf, &NewSubnet { prefix: self.prefix, facts })?;
        let id = *change.value();
        let event = Event::new(event::SUBNET_CREATED).on(KIND, id.0, self.prefix.to_string()).with("vrf_id", self.vrf.0);
        let recorded = tx.record(&event, change)?;
        let subnet = shown(tx, id)?;
        Ok(recorded.map(|_| subnet))
    }
}

fn refuse_twin(tx: &mut WriteTx<'_>, vrf: VrfId, prefix: Prefix) -> Result<(), Refusal> {
    match tx.subnets().find_prefix(vrf, prefix)? {
        None => Ok(()),
        Some(twin) => {
            let label = format!("{prefix} in vrf {}", twin.vrf.name);
            Err(Refusal::Duplicate { kind: KIND, id: twin.id.0, label, field: "prefix" })
        }
    }
}

/// Changes what people set on a subnet.
pub struct UpdateSubnet {
    /// Which.
    pub id: SubnetId,
    /// The version that the client saw.
    pub expect: Option<i64>,
    /// What changes.
    pub patch: SubnetPatch,
}

impl Command for UpdateSubnet {
    const NAME: &'static str = "subnet.update";
    const PERMISSION: Option<Permission> = Some(Permission::SubnetWrite);
    type Output = shape::Subnet;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Subnet>, Refusal> {
        let subnet = lock_in_tree(tx, self.id)?;
        expect_version(self.expect, subnet.version)?;
        let facts = self.patch.apply(&subnet.facts);
        check(tx, subnet.prefix, &facts)?;
        if facts == subnet.facts {
            return Ok(tx.unchanged(subnet.into()));
        }
        let event = Event::new(event::SUBNET_UPDATED).on(KIND, subnet.id.0, subnet.prefix.to_string());
        let allowed = op.allow(Permission::SubnetWrite, subnet)?;
        let change = tx.subnets().change(&allowed, &facts)?;
        let recorded = tx.record(&event, change)?;
        let subnet = shown(tx, self.id)?;
        Ok(recorded.map(|()| subnet))
    }
}

/// Locks the routing table and then the subnet: the order of every change of the tree.
fn lock_in_tree(tx: &mut WriteTx<'_>, id: SubnetId) -> Result<Subnet, Refusal> {
    let missing = || Refusal::missing(KIND, id.0);
    let before = tx.subnets().find(id)?.ok_or_else(missing)?;
    tx.vrfs().lock(before.vrf.id)?;
    tx.subnets().lock(id)?.ok_or_else(missing)
}

/// Deletes a subnet. Its children go to its parent; its own addresses are a reason to refuse, or go along with `cascade`.
pub struct DeleteSubnet {
    /// Which.
    pub id: SubnetId,
    /// The version that the client saw.
    pub expect: Option<i64>,
    /// Delete its addresses too.
    pub cascade: bool,
}

impl Command for DeleteSubnet {
    const NAME: &'static str = "subnet.delete";
    const PERMISSION: Option<Permission> = Some(Permission::SubnetWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let subnet = lock_in_tree(tx, self.id)?;
        expect_version(self.expect, subnet.version)?;
        let held = tx.addresses().count(subnet.id)?;
        if held > 0 && !self.cascade {
            return Err(Refusal::InUse(format!(
                "{} holds {held} address{}: delete them first, or delete with cascade=true, which takes them along",
                subnet.prefix,
                if held == 1 { "" } else { "es" }
            )));
        }
        let event = Event::new(event::SUBNET_DELETED)
            .on(KIND, subnet.id.0, subnet.prefix.to_string())
            .with("vrf_id", subnet.vrf.id.0)
            .with("addresses", held)
            .with("children_moved_up", subnet.derived.children);
        let allowed = op.allow(Permission::SubnetWrite, subnet)?;
        let addresses = tx.addresses().remove_all(&allowed)?;
        let change = tx.subnets().remove(&allowed)?;
        Ok(tx.record(&event, addresses.and(change))?.map(drop))
    }
}

/// Carves the next free subnets of a length out of a subnet.
pub struct AllocateSubnets {
    /// Out of which.
    pub within: SubnetId,
    /// Prefix length of each.
    pub length: u8,
    /// How many.
    pub count: usize,
    /// Where.
    pub strategy: Strategy,
    /// Chance for the strategy `random`.
    pub seed: u128,
    /// What is set on each.
    pub facts: SubnetFacts,
}

impl Command for AllocateSubnets {
    const NAME: &'static str = "subnet.allocate";
    const PERMISSION: Option<Permission> = Some(Permission::SubnetWrite);
    type Output = Vec<shape::Subnet>;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<Vec<shape::Subnet>>, Refusal> {
        let parent = lock_in_tree(tx, self.within)?;
        op.demand(Permission::SubnetWrite, &parent)?;
        let free = candidates(&tx.subnets().occupied(&parent)?, &parent, self)?;
        let facts = SubnetPatch::default().apply(&self.facts);
        let mut changes = Vec::with_capacity(free.len());
        for prefix in &free {
            check(tx, *prefix, &facts)?;
            changes.push(tx.subnets().insert(parent.vrf.id, &NewSubnet { prefix: *prefix, facts: facts.clone() })?);
        }
        let named: Vec<String> = free.iter().map(ToString::to_string).collect();
        let event = Event::new(event::SUBNET_ALLOCATED)
            .on(KIND, parent.id.0, parent.prefix.to_string())
            .with("prefixes", named)
            .with("strategy", self.strategy.name());
        let recorded = tx.record(&event, store::Change::all(changes))?;
        let subnets = tx.subnets().find_many(recorded.value())?;
        Ok(recorded.map(|_| subnets.into_iter().map(shape::Subnet::from).collect()))
    }
}

fn candidates(occupied: &[Prefix], parent: &Subnet, wanted: &AllocateSubnets) -> Result<Vec<Prefix>, Refusal> {
    if wanted.count == 0 || wanted.count > limit::BATCH {
        return Err(Refusal::invalid("count", format!("must be between 1 and {}", limit::BATCH)));
    }
    let mut state = wanted.seed;
    let mut entropy = || {
        // A step of splitmix over two halves: spreads the one draw over as many as the strategy asks for.
        state = state.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(0x5851_f42d_4c95_7f2d_1405_7b7e_f767_814f);
        state ^ (state >> 64)
    };
    next_prefixes(parent.prefix, occupied, wanted.length, wanted.count, wanted.strategy, &mut entropy).map_err(|error| match error {
        AllocateError::NoSpace(space) => Refusal::NoSpace(space.to_string()),
        other @ AllocateError::Length { .. } => Refusal::invalid("length", other.to_string()),
        other @ AllocateError::TooMany { .. } => Refusal::invalid("count", other.to_string()),
    })
}
