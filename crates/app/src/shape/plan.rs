//! Subnets and addresses.

use plan::Count;
use plan::utilisation::Utilisation;
use ringfence_guard::clock::Timestamp;
use ringfence_plan as plan;
use ringfence_store as store;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Ref;

/// The site of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteRef {
    /// The row.
    pub id: i64,
    /// Its name now.
    pub name: String,
    /// It is the nearest ancestor's.
    pub inherited: bool,
}

/// The VLAN of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VlanRef {
    /// The row.
    pub id: i64,
    /// 1–4094.
    pub vid: u16,
    /// Its name now.
    pub name: String,
}

/// A prefix of the plan. Sizes and counts of addresses are decimal strings: they can exceed 64 bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Subnet {
    /// The row.
    pub id: i64,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// Its routing table.
    pub vrf: Ref,
    /// `10.1.4.0/22`.
    pub prefix: String,
    /// 4 or 6.
    pub family: u8,
    /// A short name, may be empty.
    pub name: String,
    /// A line.
    pub description: String,
    /// `active`, `container`, `reserved` or `deprecated`.
    pub status: String,
    /// Its site, own or inherited.
    pub site: Option<SiteRef>,
    /// Its VLAN.
    pub vlan: Option<VlanRef>,
    /// The tightest subnet that contains it.
    pub parent_id: Option<i64>,
    /// Number of ancestors.
    pub depth: i64,
    /// Number of direct children.
    pub children: i64,
    /// One of its addresses.
    pub gateway: Option<String>,
    /// Long text.
    pub notes: String,
    /// Assignable addresses.
    pub capacity: String,
    /// Direct addresses in use, network and broadcast left out.
    pub used: String,
    /// Direct addresses reserved, network and broadcast left out.
    pub reserved: String,
    /// Addresses covered by direct children.
    pub covered: String,
    /// Percent, two decimals: covered space of a subnet with children, else used and reserved over capacity; none for IPv6 without children.
    pub utilization: Option<f64>,
    /// Tag names, sorted.
    pub tags: Vec<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

impl From<store::tables::subnet::Subnet> for Subnet {
    fn from(s: store::tables::subnet::Subnet) -> Self {
        let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
        let utilisation = Utilisation::new(s.prefix, unsigned(s.derived.used), unsigned(s.derived.reserved), s.derived.covered);
        let percent = if s.derived.children > 0 { utilisation.covered_percent(s.prefix) } else { utilisation.percent() };
        let inherited = s.site_is_inherited();
        Self {
            id: s.id.0,
            version: s.version,
            vrf: Ref { id: s.vrf.id.0, name: s.vrf.name },
            prefix: s.prefix.to_string(),
            family: s.prefix.family().number(),
            name: s.facts.name,
            description: s.facts.description,
            status: s.facts.status.as_str().to_owned(),
            site: s.site.map(|site| SiteRef { id: site.id.0, name: site.name, inherited }),
            vlan: s.vlan.map(|vlan| VlanRef { id: vlan.id.0, vid: vlan.vid, name: vlan.name }),
            parent_id: s.derived.parent_id.map(|id| id.0),
            depth: s.derived.depth,
            children: s.derived.children,
            gateway: s.facts.gateway.map(|a| a.to_string()),
            notes: s.facts.notes,
            capacity: s.prefix.capacity().to_string(),
            used: Count::from(unsigned(s.derived.used)).to_string(),
            reserved: Count::from(unsigned(s.derived.reserved)).to_string(),
            covered: s.derived.covered.to_string(),
            utilization: percent.map(|p| (p * 100.0).round() / 100.0),
            tags: s.facts.tags,
            created_at: s.created_at.rfc3339_micros(),
            updated_at: s.updated_at.rfc3339_micros(),
        }
    }
}

/// An address of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Address {
    /// The row.
    pub id: i64,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// Its routing table.
    pub vrf: Ref,
    /// The tightest subnet that contains it.
    pub subnet_id: i64,
    /// `10.1.4.7`.
    pub address: String,
    /// 4 or 6.
    pub family: u8,
    /// `used`, `reserved` or `free`.
    pub status: String,
    /// May be empty.
    pub hostname: String,
    /// May be empty.
    pub owner: String,
    /// As typed, may be empty.
    pub mac: String,
    /// A line.
    pub description: String,
    /// Long text.
    pub notes: String,
    /// `YYYY-MM-DD`.
    pub expires_at: Option<String>,
    /// Tag names, sorted.
    pub tags: Vec<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

impl From<store::tables::address::Address> for Address {
    fn from(a: store::tables::address::Address) -> Self {
        let time = |at: Timestamp| at.rfc3339_micros();
        Self {
            id: a.id.0,
            version: a.version,
            vrf: Ref { id: a.vrf.id.0, name: a.vrf.name },
            subnet_id: a.subnet_id.0,
            address: a.address.to_string(),
            family: a.address.family().number(),
            status: a.facts.status.as_str().to_owned(),
            hostname: a.facts.hostname,
            owner: a.facts.owner,
            mac: a.facts.mac,
            description: a.facts.description,
            notes: a.facts.notes,
            expires_at: a.facts.expires_on,
            tags: a.facts.tags,
            created_at: time(a.created_at),
            updated_at: time(a.updated_at),
        }
    }
}

/// The subnets around something in one routing table, outermost first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Path {
    /// The routing table.
    pub vrf: Ref,
    /// The subnets.
    pub subnets: Vec<Subnet>,
}
