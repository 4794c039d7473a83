//! What subnets and addresses are sorted by: VRFs, sites, VLANs and tags.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use serde::Serialize;

use super::{Named, SiteId, TagId, VlanId, VrfId, json};
use crate::driver::Row;
use crate::error::DriverError;

/// A routing table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vrf {
    /// The row.
    pub id: VrfId,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// What people set.
    pub facts: VrfFacts,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What people set on a VRF.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VrfFacts {
    /// Unique.
    pub name: String,
    /// Route distinguisher, empty when none.
    pub rd: String,
    /// Free text.
    pub description: String,
    /// Import route targets.
    pub import_targets: Vec<String>,
    /// Export route targets.
    pub export_targets: Vec<String>,
}

/// A place; places nest to any depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The row.
    pub id: SiteId,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// What people set.
    pub facts: SiteFacts,
    /// The parent's name.
    pub parent_name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What people set on a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SiteFacts {
    /// Unique.
    pub name: String,
    /// The place it lies in.
    pub parent_id: Option<SiteId>,
    /// Free text.
    pub description: String,
}

/// A VLAN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vlan {
    /// The row.
    pub id: VlanId,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// What people set.
    pub facts: VlanFacts,
    /// The site's name.
    pub site: Option<Named<SiteId>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What people set on a VLAN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VlanFacts {
    /// 1–4094, unique within its site.
    pub vid: u16,
    /// Need not be unique.
    pub name: String,
    /// The site; none is a place of its own in the unique key.
    pub site_id: Option<SiteId>,
    /// Free text.
    pub description: String,
    /// Tag names, sorted.
    pub tags: Vec<String>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The row.
    pub id: TagId,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// What people set.
    pub facts: TagFacts,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What people set on a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TagFacts {
    /// Unique.
    pub name: String,
    /// `#rrggbb`, or empty.
    pub colour: String,
}

pub(crate) const VRF_INSERT: &[&str] =
    &["version", "name", "name_key", "rd", "description", "import_targets", "export_targets", "created_at", "updated_at"];
pub(crate) const SITE_INSERT: &[&str] = &["version", "name", "name_key", "parent_id", "description", "created_at", "updated_at"];
pub(crate) const VLAN_INSERT: &[&str] = &["version", "vid", "name", "name_key", "site_id", "description", "created_at", "updated_at"];
pub(crate) const TAG_INSERT: &[&str] = &["version", "name", "name_key", "colour", "created_at", "updated_at"];

pub(crate) const VRF: &[&str] = &["version", "name", "rd", "description", "import_targets", "export_targets", "created_at", "updated_at"];
pub(crate) const SITE: &[&str] = &["version", "name", "parent_id", "description", "created_at", "updated_at"];
pub(crate) const VLAN: &[&str] = &["version", "vid", "name", "site_id", "description", "created_at", "updated_at"];
pub(crate) const TAG: &[&str] = &["version", "name", "colour", "created_at", "updated_at"];

pub(crate) fn time(row: &mut Row<'_>) -> Result<Timestamp, DriverError> {
    row.take().map(Timestamp::from_micros)
}

pub(crate) fn read_vrf(row: &mut Row<'_>) -> Result<Vrf, DriverError> {
    Ok(Vrf {
        id: row.take()?,
        version: row.take()?,
        facts: VrfFacts {
            name: row.take()?,
            rd: row.take()?,
            description: row.take()?,
            import_targets: json(row)?,
            export_targets: json(row)?,
        },
        created_at: time(row)?,
        updated_at: time(row)?,
    })
}

/// Reads `id`, [`SITE`] and the parent's name.
pub(crate) fn read_site(row: &mut Row<'_>) -> Result<Site, DriverError> {
    Ok(Site {
        id: row.take()?,
        version: row.take()?,
        facts: SiteFacts { name: row.take()?, parent_id: row.take()?, description: row.take()? },
        created_at: time(row)?,
        updated_at: time(row)?,
        parent_name: row.take()?,
    })
}

/// Reads `id`, [`VLAN`] and the site's name; tags come from [`crate::repo`].
pub(crate) fn read_vlan(row: &mut Row<'_>) -> Result<Vlan, DriverError> {
    let id = row.take()?;
    let version = row.take()?;
    let vid = row.take()?;
    let name = row.take()?;
    let site_id: SiteId = row.take()?;
    let site_id = (site_id != super::NOWHERE).then_some(site_id);
    let facts = VlanFacts { vid, name, site_id, description: row.take()?, tags: Vec::new() };
    let (created_at, updated_at) = (time(row)?, time(row)?);
    let site_name: String = row.take()?;
    Ok(Vlan { id, version, facts, site: site_id.map(|id| Named { id, name: site_name }), created_at, updated_at })
}

pub(crate) fn read_tag(row: &mut Row<'_>) -> Result<Tag, DriverError> {
    Ok(Tag {
        id: row.take()?,
        version: row.take()?,
        facts: TagFacts { name: row.take()?, colour: row.take()? },
        created_at: time(row)?,
        updated_at: time(row)?,
    })
}
