//! VRFs, sites, VLANs and tags.

use ringfence_store::tables::group;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Ref;

/// A routing table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Vrf {
    /// The row; 1 is the global routing table.
    pub id: i64,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// Unique.
    pub name: String,
    /// Route distinguisher, may be empty.
    pub rd: String,
    /// A line.
    pub description: String,
    /// Import route targets.
    pub import_targets: Vec<String>,
    /// Export route targets.
    pub export_targets: Vec<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

impl From<group::Vrf> for Vrf {
    fn from(v: group::Vrf) -> Self {
        Self {
            id: v.id.0,
            version: v.version,
            name: v.facts.name,
            rd: v.facts.rd,
            description: v.facts.description,
            import_targets: v.facts.import_targets,
            export_targets: v.facts.export_targets,
            created_at: v.created_at.rfc3339_micros(),
            updated_at: v.updated_at.rfc3339_micros(),
        }
    }
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// The row.
    pub id: i64,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// Unique.
    pub name: String,
    /// The place it lies in.
    pub parent: Option<Ref>,
    /// A line.
    pub description: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

impl From<group::Site> for Site {
    fn from(s: group::Site) -> Self {
        Self {
            id: s.id.0,
            version: s.version,
            name: s.facts.name,
            parent: s.facts.parent_id.zip(s.parent_name).map(|(id, name)| Ref { id: id.0, name }),
            description: s.facts.description,
            created_at: s.created_at.rfc3339_micros(),
            updated_at: s.updated_at.rfc3339_micros(),
        }
    }
}

/// A VLAN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Vlan {
    /// The row.
    pub id: i64,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// 1–4094, unique within its site.
    pub vid: u16,
    /// May be empty.
    pub name: String,
    /// Its site.
    pub site: Option<Ref>,
    /// A line.
    pub description: String,
    /// Tag names, sorted.
    pub tags: Vec<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

impl From<group::Vlan> for Vlan {
    fn from(v: group::Vlan) -> Self {
        Self {
            id: v.id.0,
            version: v.version,
            vid: v.facts.vid,
            name: v.facts.name,
            site: v.site.map(|site| Ref { id: site.id.0, name: site.name }),
            description: v.facts.description,
            tags: v.facts.tags,
            created_at: v.created_at.rfc3339_micros(),
            updated_at: v.updated_at.rfc3339_micros(),
        }
    }
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tag {
    /// The row.
    pub id: i64,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// Unique.
    pub name: String,
    /// `#rrggbb`, or empty.
    pub colour: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

impl From<group::Tag> for Tag {
    fn from(t: group::Tag) -> Self {
        Self {
            id: t.id.0,
            version: t.version,
            name: t.facts.name,
            colour: t.facts.colour,
            created_at: t.created_at.rfc3339_micros(),
            updated_at: t.updated_at.rfc3339_micros(),
        }
    }
}
