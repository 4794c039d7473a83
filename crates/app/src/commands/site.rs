//! Sites: make, change, delete.

use guard::audit::Event;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::tables::SiteId;
use store::tables::group::SiteFacts;
use store::{Recorded, StoreError, WriteTx};

use super::expect_version;
use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "site";

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SitePatch {
    /// Its name.
    pub name: Option<String>,
    /// The place it lies in, or none.
    pub parent_id: Option<Option<SiteId>>,
    /// A line.
    pub description: Option<String>,
}

impl SitePatch {
    /// The facts after the change.
    #[must_use]
    pub fn apply(&self, facts: &SiteFacts) -> SiteFacts {
        SiteFacts {
            name: self.name.clone().unwrap_or_else(|| facts.name.clone()),
            parent_id: self.parent_id.unwrap_or(facts.parent_id),
            description: self.description.clone().unwrap_or_else(|| facts.description.clone()),
        }
    }
}

fn check(tx: &mut WriteTx<'_>, facts: &SiteFacts, own: Option<SiteId>) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.name("name", &facts.name, limit::NAME);
    problems.line("description", &facts.description, limit::DESCRIPTION);
    if let Some(parent) = facts.parent_id {
        if tx.sites().find(parent)?.is_none() {
            problems.add("parent_id", format!("there is no site {parent}"));
        } else if let Some(own) = own
            && tx.sites().ancestors(parent)?.contains(&own)
        {
            problems.add("parent_id", "a site cannot lie inside itself");
        }
    }
    problems.done()
}

fn refuse_twin(tx: &mut WriteTx<'_>, facts: &SiteFacts, own: Option<SiteId>) -> Result<(), Refusal> {
    match tx.sites().find_by_name(&facts.name)? {
        Some(twin) if Some(twin.id) != own => {
            Err(Refusal::Duplicate { kind: KIND, id: twin.id.0, label: format!("a site named {}", facts.name), field: "name" })
        }
        _ => Ok(()),
    }
}

fn shown(tx: &mut WriteTx<'_>, id: SiteId) -> Result<shape::Site, Refusal> {
    Ok(tx.sites().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?.into())
}

/// Makes a site.
pub struct CreateSite(pub SiteFacts);

impl Command for CreateSite {
    const NAME: &'static str = "site.create";
    const PERMISSION: Option<Permission> = Some(Permission::SiteWrite);
    type Output = shape::Site;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<shape::Site>, Refusal> {
        let facts = &self.0;
        check(tx, facts, None)?;
        refuse_twin(tx, facts, None)?;
        let change = tx.sites().insert(facts)?;
        let id = *change.value();
        let recorded = tx.record(&Event::new(event::SITE_CREATED).on(KIND, id.0, facts.name.clone()), change)?;
        let made = shown(tx, id)?;
        Ok(recorded.map(|_| made))
    }
}

/// Changes what people set.
pub struct UpdateSite {
    /// Which.
    pub id: SiteId,
    /// The version that the client saw.
    pub expect: Option<i64>,
    /// What changes.
    pub patch: SitePatch,
}

impl Command for UpdateSite {
    const NAME: &'static str = "site.update";
    const PERMISSION: Option<Permission> = Some(Permission::SiteWrite);
    type Output = shape::Site;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Site>, Refusal> {
        let row = tx.sites().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        let facts = &self.patch.apply(&row.facts);
        if let Some(parent) = facts.parent_id.filter(|parent| Some(*parent) != row.facts.parent_id) {
            // Two moves at once could each look sound and together make a circle.
            tx.sites().lock_path(parent)?;
        }
        check(tx, facts, Some(self.id))?;
        refuse_twin(tx, facts, Some(self.id))?;
        if *facts == row.facts {
            return Ok(tx.unchanged(row.into()));
        }
        let allowed = op.allow(Permission::SiteWrite, row)?;
        let change = tx.sites().update(&allowed, facts)?;
        let recorded = tx.record(&Event::new(event::SITE_UPDATED).on(KIND, self.id.0, facts.name.clone()), change)?;
        let row = shown(tx, self.id)?;
        Ok(recorded.map(|()| row))
    }
}

/// Deletes it unless something uses it.
pub struct DeleteSite {
    /// Which.
    pub id: SiteId,
    /// The version that the client saw.
    pub expect: Option<i64>,
}

impl Command for DeleteSite {
    const NAME: &'static str = "site.delete";
    const PERMISSION: Option<Permission> = Some(Permission::SiteWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let row = tx.sites().lock(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        let uses: Vec<String> =
            tx.sites().uses(self.id)?.into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{n} {what}")).collect();
        if !uses.is_empty() {
            return Err(Refusal::InUse(format!("{} is used by {}: move them first", row.facts.name, uses.join(", "))));
        }
        let event = Event::new(event::SITE_DELETED).on(KIND, self.id.0, row.facts.name.clone());
        let allowed = op.allow(Permission::SiteWrite, row)?;
        let change = tx.sites().remove(&allowed)?;
        Ok(tx.record(&event, change)?)
    }
}
