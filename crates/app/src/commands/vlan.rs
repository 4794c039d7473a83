//! VLANs: make, change, delete.

use guard::audit::Event;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::tables::group::VlanFacts;
use store::tables::{SiteId, VlanId};
use store::{Recorded, StoreError, WriteTx};

use super::expect_version;
use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "vlan";

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VlanPatch {
    /// 1–4094.
    pub vid: Option<u16>,
    /// Its name.
    pub name: Option<String>,
    /// Its site, or none.
    pub site_id: Option<Option<SiteId>>,
    /// A line.
    pub description: Option<String>,
    /// Tag names.
    pub tags: Option<Vec<String>>,
}

impl VlanPatch {
    /// The facts after the change.
    #[must_use]
    pub fn apply(&self, facts: &VlanFacts) -> VlanFacts {
        VlanFacts {
            vid: self.vid.unwrap_or(facts.vid),
            name: self.name.clone().unwrap_or_else(|| facts.name.clone()),
            site_id: self.site_id.unwrap_or(facts.site_id),
            description: self.description.clone().unwrap_or_else(|| facts.description.clone()),
            tags: limit::tidy_tags(self.tags.clone().unwrap_or_else(|| facts.tags.clone())),
        }
    }
}

fn label(facts: &VlanFacts) -> String {
    format!("{} {}", facts.vid, facts.name).trim_end().to_owned()
}

fn check(tx: &mut WriteTx<'_>, facts: &VlanFacts, _own: Option<VlanId>) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    if !(1..=4094).contains(&facts.vid) {
        problems.add("vid", "must be between 1 and 4094");
    }
    problems.line("name", &facts.name, limit::NAME);
    problems.line("description", &facts.description, limit::DESCRIPTION);
    problems.tags(&facts.tags);
    if let Some(site) = facts.site_id
        && tx.sites().find(site)?.is_none()
    {
        problems.add("site_id", format!("there is no site {site}"));
    }
    problems.done()
}

fn refuse_twin(tx: &mut WriteTx<'_>, facts: &VlanFacts, own: Option<VlanId>) -> Result<(), Refusal> {
    match tx.vlans().find_by_vid(facts.vid, facts.site_id)? {
        Some(twin) if Some(twin.id) != own => {
            Err(Refusal::Duplicate { kind: KIND, id: twin.id.0, label: format!("vlan {} of this site", facts.vid), field: "vid" })
        }
        _ => Ok(()),
    }
}

fn shown(tx: &mut WriteTx<'_>, id: VlanId) -> Result<shape::Vlan, Refusal> {
    Ok(tx.vlans().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?.into())
}

/// Makes a VLAN.
pub struct CreateVlan(pub VlanFacts);

impl Command for CreateVlan {
    const NAME: &'static str = "vlan.create";
    const PERMISSION: Option<Permission> = Some(Permission::VlanWrite);
    type Output = shape::Vlan;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<shape::Vlan>, Refusal> {
        let facts = &VlanPatch::default().apply(&self.0);
        check(tx, facts, None)?;
        refuse_twin(tx, facts, None)?;
        let change = tx.vlans().insert(facts)?;
        let id = *change.value();
        let recorded = tx.record(&Event::new(event::VLAN_CREATED).on(KIND, id.0, label(facts)), change)?;
        let made = shown(tx, id)?;
        Ok(recorded.map(|_| made))
    }
}

/// Changes what people set.
pub struct UpdateVlan {
    /// Which.
    pub id: VlanId,
    /// The version that the client saw.
    pub expect: Option<i64>,
    /// What changes.
    pub patch: VlanPatch,
}

impl Command for UpdateVlan {
    const NAME: &'static str = "vlan.update";
    const PERMISSION: Option<Permission> = Some(Permission::VlanWrite);
    type Output = shape::Vlan;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Vlan>, Refusal> {
        let row = tx.vlans().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        let facts = &self.patch.apply(&row.facts);
        check(tx, facts, Some(self.id))?;
        refuse_twin(tx, facts, Some(self.id))?;
        if *facts == row.facts {
            return Ok(tx.unchanged(row.into()));
        }
        let allowed = op.allow(Permission::VlanWrite, row)?;
        let change = tx.vlans().update(&allowed, facts)?;
        let recorded = tx.record(&Event::new(event::VLAN_UPDATED).on(KIND, self.id.0, label(facts)), change)?;
        let row = shown(tx, self.id)?;
        Ok(recorded.map(|()| row))
    }
}

/// Deletes it unless something uses it.
pub struct DeleteVlan {
    /// Which.
    pub id: VlanId,
    /// The version that the client saw.
    pub expect: Option<i64>,
}

impl Command for DeleteVlan {
    const NAME: &'static str = "vlan.delete";
    const PERMISSION: Option<Permission> = Some(Permission::VlanWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let row = tx.vlans().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        let uses = tx.vlans().uses(self.id)?;
        if uses > 0 {
            return Err(Refusal::InUse(format!("vlan {} is used by {uses} subnets: change them first", row.facts.vid)));
        }
        let event = Event::new(event::VLAN_DELETED).on(KIND, self.id.0, label(&row.facts));
        let allowed = op.allow(Permission::VlanWrite, row)?;
        let change = tx.vlans().remove(&allowed)?;
        Ok(tx.record(&event, change)?)
    }
}
