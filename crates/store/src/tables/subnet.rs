//! The subnet row: what people set, what the store derives from the tree, and what the joined rows are called.

use guard::clock::Timestamp;
use plan::{Address, Count, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use sea_query::Value;
use serde::Serialize;

use super::group::time;
use super::{Named, SiteId, SubnetId, VlanId, VrfId, address, family, words};
use crate::dialect::{fold, key};
use crate::driver::{FromCell, Row};
use crate::error::DriverError;

words! {
    /// What a subnet is for.
    SubnetStatus {
        /// In use.
        Active = "active",
        /// Holds other subnets.
        Container = "container",
        /// Kept for later.
        Reserved = "reserved",
        /// On its way out.
        Deprecated = "deprecated",
    }
}

/// A VLAN as a subnet shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct VlanRef {
    /// The row.
    pub id: VlanId,
    /// 1–4094.
    pub vid: u16,
    /// Its name now.
    pub name: String,
}

/// A prefix of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Subnet {
    /// The row.
    pub id: SubnetId,
    /// +1 with every change that people make; the `ETag`.
    pub version: i64,
    /// Its routing table.
    pub vrf: Named<VrfId>,
    /// The prefix; immutable.
    pub prefix: Prefix,
    /// What people set.
    pub facts: SubnetFacts,
    /// The site, its own or that of the nearest ancestor that has one.
    pub site: Option<Named<SiteId>>,
    /// The VLAN by name.
    pub vlan: Option<VlanRef>,
    /// What follows from the tree and the addresses.
    pub derived: Derived,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed by somebody.
    pub updated_at: Timestamp,
}

impl Subnet {
    /// Whether the site is an ancestor's.
    #[must_use]
    pub const fn site_is_inherited(&self) -> bool {
        self.site.is_some() && self.facts.site_id.is_none()
    }
}

/// What people set on a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetFacts {
    /// A short name, may be empty.
    pub name: String,
    /// A line.
    pub description: String,
    /// Long text.
    pub notes: String,
    /// What it is for.
    pub status: SubnetStatus,
    /// Its own site.
    pub site_id: Option<SiteId>,
    /// Its VLAN.
    pub vlan_id: Option<VlanId>,
    /// One of its addresses.
    pub gateway: Option<Address>,
    /// Tag names, sorted.
    pub tags: Vec<String>,
}

impl Default for SubnetFacts {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            notes: String::new(),
            status: SubnetStatus::Active,
            site_id: None,
            vlan_id: None,
            gateway: None,
            tags: Vec::new(),
        }
    }
}

/// What the store keeps true about a subnet: never set by people, never a reason for a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The tightest subnet of the same VRF that contains it.
    pub parent_id: Option<SubnetId>,
    /// Number of ancestors.
    pub depth: i64,
    /// Number of direct children.
    pub children: i64,
    /// Addresses covered by direct children.
    pub covered: Count,
    /// Direct address rows in status used, network and broadcast left out.
    pub used: i64,
    /// Direct address rows in status reserved, network and broadcast left out.
    pub reserved: i64,
    /// The nearest ancestor with a site, when it has none of its own.
    pub site_from: Option<SubnetId>,
    /// Its own site or that ancestor's.
    pub site_effective: Option<SiteId>,
    /// Nothing usable below this address is free.
    pub free_from: Address,
}

pub(crate) const INSERT: &[&str] = &[
    "version",
    "vrf_id",
    "family",
    "first",
    "last",
    "length",
    "name",
    "description",
    "notes",
    "status",
    "site_id",
    "vlan_id",
    "gateway",
    "name_key",
    "search",
    "parent_id",
    "depth",
    "children",
    "covered",
    "used",
    "reserved",
    "free_from",
    "site_from",
    "site_effective",
    "created_at",
    "updated_at",
];

/// The subnet's own columns as [`read`] takes them.
pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "version",
    "vrf_id",
    "family",
    "first",
    "length",
    "name",
    "description",
    "notes",
    "status",
    "site_id",
    "vlan_id",
    "gateway",
    "parent_id",
    "depth",
    "children",
    "covered",
    "used",
    "reserved",
    "free_from",
    "site_from",
    "site_effective",
    "created_at",
    "updated_at",
];

/// Values for [`INSERT`].
pub(crate) fn values(vrf: VrfId, prefix: Prefix, facts: &SubnetFacts, derived: &Derived, now: Timestamp) -> Vec<Value> {
    vec![
        1i64.into(),
        vrf.into(),
        i64::from(prefix.family().number()).into(),
        bytes(prefix.first()),
        bytes(prefix.last()),
        i64::from(prefix.length()).into(),
        facts.name.clone().into(),
        facts.description.clone().into(),
        facts.notes.clone().into(),
        facts.status.as_str().into(),
        Value::BigInt(facts.site_id.map(|id| id.0)),
        Value::BigInt(facts.vlan_id.map(|id| id.0)),
        optional_bytes(facts.gateway),
        key(&facts.name).into(),
        search_text(facts).into(),
        Value::BigInt(derived.parent_id.map(|id| id.0)),
        derived.depth.into(),
        derived.children.into(),
        derived.covered.to_string().into(),
        derived.used.into(),
        derived.reserved.into(),
        bytes(derived.free_from),
        Value::BigInt(derived.site_from.map(|id| id.0)),
        Value::BigInt(derived.site_effective.map(|id| id.0)),
        now.micros().into(),
        now.micros().into(),
    ]
}

/// An address as its 16 bytes.
pub(crate) fn bytes(address: Address) -> Value {
    Value::Bytes(Some(address.to_bytes().to_vec()))
}

pub(crate) fn optional_bytes(address: Option<Address>) -> Value {
    Value::Bytes(address.map(|a| a.to_bytes().to_vec()))
}

/// The folded text that substring search reads.
pub(crate) fn search_text(facts: &SubnetFacts) -> String {
    fold(&format!("{} {}", facts.name, facts.description))
}

/// Reads [`COLUMNS`] and then the joined names: VRF, effective site, VLAN number and name.
pub(crate) fn read(row: &mut Row<'_>) -> Result<Subnet, DriverError> {
    let (id, version, vrf_id) = (row.take()?, row.take()?, row.take()?);
    let family = family(row)?;
    let first = address(family, row.take()?)?;
    let prefix = Prefix::new(first, row.take()?).map_err(|e| DriverError::other(e.to_string()))?;
    let (name, description, notes, status) = (row.take()?, row.take()?, row.take()?, row.take()?);
    let (site_id, vlan_id) = (row.take()?, row.take()?);
    let gateway = row.take::<Option<[u8; 16]>>()?.map(|b| address(family, b)).transpose()?;
    let facts = SubnetFacts { name, description, notes, status, site_id, vlan_id, gateway, tags: Vec::new() };
    let derived = Derived {
        parent_id: row.take()?,
        depth: row.take()?,
        children: row.take()?,
        covered: row.take()?,
        used: row.take()?,
        reserved: row.take()?,
        free_from: address(family, row.take()?)?,
        site_from: row.take()?,
        site_effective: row.take()?,
    };
    let (created_at, updated_at) = (time(row)?, time(row)?);
    let vrf = Named { id: vrf_id, name: row.take()? };
    let site_name: Option<String> = row.take()?;
    let (vid, vlan_name): (Option<u16>, Option<String>) = (row.take()?, row.take()?);
    let site = derived.site_effective.zip(site_name).map(|(id, name)| Named { id, name });
    let vlan = match (vlan_id, vid, vlan_name) {
        (Some(id), Some(vid), Some(name)) => Some(VlanRef { id, vid, name }),
        _ => None,
    };
    Ok(Subnet { id, version, vrf, prefix, facts, site, vlan, derived, created_at, updated_at })
}

impl FromCell for Count {
    fn from_cell(cell: crate::driver::Cell<'_>) -> Option<Self> {
        String::from_cell(cell).and_then(|text| Self::parse(&text).ok())
    }
}

/// What a `change` row remembers of a subnet: everything needed to make it again.
#[derive(Serialize)]
pub(crate) struct Snapshot<'a> {
    vrf_id: i64,
    prefix: String,
    name: &'a str,
    description: &'a str,
    notes: &'a str,
    status: &'static str,
    site_id: Option<SiteId>,
    vlan_id: Option<VlanId>,
    gateway: Option<String>,
    tags: &'a [String],
}

pub(crate) fn snapshot(vrf: VrfId, prefix: Prefix, facts: &SubnetFacts) -> Snapshot<'_> {
    Snapshot {
        vrf_id: vrf.0,
        prefix: prefix.to_string(),
        name: &facts.name,
        description: &facts.description,
        notes: &facts.notes,
        status: facts.status.as_str(),
        site_id: facts.site_id,
        vlan_id: facts.vlan_id,
        gateway: facts.gateway.map(|a| a.to_string()),
        tags: &facts.tags,
    }
}
