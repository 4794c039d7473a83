//! Tags: make, change, delete.

use guard::audit::Event;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::tables::TagId;
use store::tables::group::TagFacts;
use store::{Recorded, StoreError, WriteTx};

use super::expect_version;
use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "tag";

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagPatch {
    /// Its name.
    pub name: Option<String>,
    /// `#rrggbb`, or empty.
    pub colour: Option<String>,
}

impl TagPatch {
    /// The facts after the change.
    #[must_use]
    pub fn apply(&self, facts: &TagFacts) -> TagFacts {
        TagFacts {
            name: self.name.clone().unwrap_or_else(|| facts.name.clone()),
            colour: self.colour.clone().unwrap_or_else(|| facts.colour.clone()),
        }
    }
}

fn check(_tx: &mut WriteTx<'_>, facts: &TagFacts, _own: Option<TagId>) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.name("name", &facts.name, limit::TAG);
    let hex = facts.colour.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if !facts.colour.is_empty() && !hex {
        problems.add("colour", "must be #rrggbb, or empty");
    }
    problems.done()
}

fn refuse_twin(tx: &mut WriteTx<'_>, facts: &TagFacts, own: Option<TagId>) -> Result<(), Refusal> {
    match tx.tags().find_by_name(&facts.name)? {
        Some(twin) if Some(twin.id) != own => {
            Err(Refusal::Duplicate { kind: KIND, id: twin.id.0, label: format!("a tag named {}", facts.name), field: "name" })
        }
        _ => Ok(()),
    }
}

fn shown(tx: &mut WriteTx<'_>, id: TagId) -> Result<shape::Tag, Refusal> {
    Ok(tx.tags().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?.into())
}

/// Makes a tag.
pub struct CreateTag(pub TagFacts);

impl Command for CreateTag {
    const NAME: &'static str = "tag.create";
    const PERMISSION: Option<Permission> = Some(Permission::TagWrite);
    type Output = shape::Tag;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<shape::Tag>, Refusal> {
        let facts = &self.0;
        check(tx, facts, None)?;
        refuse_twin(tx, facts, None)?;
        let change = tx.tags().insert(facts)?;
        let id = *change.value();
        let recorded = tx.record(&Event::new(event::TAG_CREATED).on(KIND, id.0, facts.name.clone()), change)?;
        let made = shown(tx, id)?;
        Ok(recorded.map(|_| made))
    }
}

/// Changes what people set.
pub struct UpdateTag {
    /// Which.
    pub id: TagId,
    /// The version that the client saw.
    pub expect: Option<i64>,
    /// What changes.
    pub patch: TagPatch,
}

impl Command for UpdateTag {
    const NAME: &'static str = "tag.update";
    const PERMISSION: Option<Permission> = Some(Permission::TagWrite);
    type Output = shape::Tag;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<shape::Tag>, Refusal> {
        let row = tx.tags().find(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        let facts = &self.patch.apply(&row.facts);
        check(tx, facts, Some(self.id))?;
        refuse_twin(tx, facts, Some(self.id))?;
        if *facts == row.facts {
            return Ok(tx.unchanged(row.into()));
        }
        let allowed = op.allow(Permission::TagWrite, row)?;
        let change = tx.tags().update(&allowed, facts)?;
        let recorded = tx.record(&Event::new(event::TAG_UPDATED).on(KIND, self.id.0, facts.name.clone()), change)?;
        let row = shown(tx, self.id)?;
        Ok(recorded.map(|()| row))
    }
}

/// Deletes it unless something uses it.
pub struct DeleteTag {
    /// Which.
    pub id: TagId,
    /// The version that the client saw.
    pub expect: Option<i64>,
}

impl Command for DeleteTag {
    const NAME: &'static str = "tag.delete";
    const PERMISSION: Option<Permission> = Some(Permission::TagWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let row = tx.tags().find(self.id)?.ok_or_else(|| Refusal::missing(KIND, self.id.0))?;
        expect_version(self.expect, row.version)?;
        let event = Event::new(event::TAG_DELETED).on(KIND, self.id.0, row.facts.name.clone());
        let allowed = op.allow(Permission::TagWrite, row)?;
        let change = tx.tags().remove(&allowed)?;
        Ok(tx.record(&event, change)?)
    }
}
