//! Routing tables: make, change, delete.

use guard::audit::Event;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::tables::group::VrfFacts;
use store::tables::{GLOBAL, VrfId};
use store::{Recorded, StoreError, WriteTx};

use super::expect_version;
use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "vrf";

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VrfPatch {
    /// Its name.
    pub name: Option<String>,
    /// Route distinguisher.
    pub rd: Option<String>,
    /// A line.
    pub description: Option<String>,
    /// Import route targets.
    pub import_targets: Option<Vec<String>>,
    /// Export route targets.
    pub export_targets: Option<Vec<String>>,
}

impl VrfPatch {
    /// The facts after the change.
    #[must_use]
    pub fn apply(&self, facts: &VrfFacts) -> VrfFacts {
        VrfFacts {
            name: self.name.clone().unwrap_or_else(|| facts.name.clone()),
            rd: self.rd.clone().unwrap_or_else(|| facts.rd.clone()),
            description: self.description.clone().unwrap_or_else(|| facts.description.clone()),
            import_targets: self.import_targets.clone().unwrap_or_else(|| facts.import_targets.clone()),
            export_targets: self.export_targets.clone().unwrap_or_else(|| facts.export_targets.clone()),
        }
    }
}

fn check(_tx: &mut WriteTx<'_>, facts: &VrfFacts, _own: Option<VrfId>) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.name("name", &facts.name, limit::NAME);
    problems.line("rd", &facts.rd, limit::TAG);
    problems.line("description", &facts.description, limit::DESCRIPTION);
    for (field, targets) in [("import_targets", &facts.import_targets), ("export_targets", &facts.export_targets)] {
        if targets.len() > limit::TAGS {
            problems.add(field, format!("at most {} route targets", limit::TAGS));
        }
        for target in targets {
            problems.name(field, target, limit::TAG);
        }
    }
    problems.done()
}

fn refuse_twin(tx: &mut WriteTx<'_>, facts: &VrfFacts, own: Option<VrfId>) -> Result<(), Refusal> {
    match tx.vrfs().find_by_name(&facts.name)? {
        Some(twin) if Some(twin.id) != own => {
            Err(Refusal::Duplicate { kind: KIND, id: twin.id.0, label: format!("a vrf named {}", facts.name), field: "name" })
        }
        _ => Ok(()),
    }
}

fn shown(tx: &mut WriteTx<'_>, id: VrfId) -> Result<shape::Vrf, Refusal> {
    Ok(tx.vrfs().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?.into())
}

/// Makes a VRF.
pub struct CreateVrf(pub VrfFacts);

impl Command for CreateVrf {
    const NAME: &'static str = "vrf.create";
    const PERMISSION: Option<Permission> = Some(Permission::VrfWrite);
    type Output = shape::Vrf;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<shape::Vrf>, Refusal> {
        let facts = &self.0;
        check(tx, facts, None)?;
        refuse_twin(tx, facts, None)?;
        let change = tx.vrfs().insert(facts)?;
        let id = *change.value();
        let recorded = tx.record(&Event::new(event::VRF_CREATED).on(KIND, id.0, facts.name.clone()), change)?;
        let made = shown(tx, id)?;
        Ok(recorded.map(|_| made))
    }
}

/// Changes what people set.
pub struct UpdateVrf {
    /// Which.
    pub id: VrfId,
    /// The version that the client saw.
    pub expect: Option<i64>,
    /// What changes.
    pub patch: VrfPatch,
}

impl Command for UpdateVrf {
    const NAME: &'static str = "vrf.update";
    const PERMISSION: Option<Permission> = Some(Permission::VrfWrite);
    type Output = shape::Vrf;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Vrf>, Refusal> {
        let row = tx.vrfs().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        let facts = &self.patch.apply(&row.facts);
        check(tx, facts, Some(self.id))?;
        refuse_twin(tx, facts, Some(self.id))?;
        if *facts == row.facts {
            return Ok(tx.unchanged(row.into()));
        }
        let allowed = op.allow(Permission::VrfWrite, row)?;
        let change = tx.vrfs().update(&allowed, facts)?;
        let recorded = tx.record(&Event::new(event::VRF_UPDATED).on(KIND, self.id.0, facts.name.clone()), change)?;
        let row = shown(tx, self.id)?;
        Ok(recorded.map(|()| row))
    }
}

/// Deletes it unless something uses it.
pub struct DeleteVrf {
    /// Which.
    pub id: VrfId,
    /// The version that the client saw.
    pub expect: Option<i64>,
}

impl Command for DeleteVrf {
    const NAME: &'static str = "vrf.delete";
    const PERMISSION: Option<Permission> = Some(Permission::VrfWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let row = tx.vrfs().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        if self.id == GLOBAL {
            return Err(Refusal::Conflict("the global routing table cannot be deleted".into()));
        }
        let held = tx.subnets().count(Some(self.id))?;
        if held > 0 {
            return Err(Refusal::InUse(format!("{} holds {held} subnets: delete or move them first", row.facts.name)));
        }
        let event = Event::new(event::VRF_DELETED).on(KIND, self.id.0, row.facts.name.clone());
        let allowed = op.allow(Permission::VrfWrite, row)?;
        let change = tx.vrfs().remove(&allowed)?;
        Ok(tx.record(&event, change)?)
    }
}
