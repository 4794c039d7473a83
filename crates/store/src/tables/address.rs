//! The address row.

use guard::clock::Timestamp;
use plan::Address as Ip;
use ringfence_guard as guard;
use ringfence_plan as plan;
use sea_query::Value;
use serde::Serialize;

use super::group::time;
use super::subnet::bytes;
use super::{AddressId, Named, SubnetId, VrfId, address, family, words};
use crate::dialect::{fold, key};
use crate::driver::Row;
use crate::error::DriverError;

words! {
    /// What an address is.
    AddressStatus {
        /// Somebody has it.
        Used = "used",
        /// Kept; never handed out.
        Reserved = "reserved",
        /// Notes about an unused address; it never counts as used and can be handed out.
        Free = "free",
    }
}

/// An address of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The row.
    pub id: AddressId,
    /// +1 with every change that people make; the `ETag`.
    pub version: i64,
    /// Its routing table.
    pub vrf: Named<VrfId>,
    /// The tightest subnet that contains it.
    pub subnet_id: SubnetId,
    /// The address; immutable.
    pub address: Ip,
    /// What people set.
    pub facts: AddressFacts,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed by somebody.
    pub updated_at: Timestamp,
}

/// What people set on an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressFacts {
    /// What it is.
    pub status: AddressStatus,
    /// DNS or host name, may be empty.
    pub hostname: String,
    /// Who it belongs to, free text.
    pub owner: String,
    /// Hardware address as typed.
    pub mac: String,
    /// A line.
    pub description: String,
    /// Long text.
    pub notes: String,
    /// A day, `YYYY-MM-DD`.
    pub expires_on: Option<String>,
    /// Tag names, sorted.
    pub tags: Vec<String>,
}

impl Default for AddressFacts {
    fn default() -> Self {
        Self {
            status: AddressStatus::Used,
            hostname: String::new(),
            owner: String::new(),
            mac: String::new(),
            description: String::new(),
            notes: String::new(),
            expires_on: None,
            tags: Vec::new(),
        }
    }
}

pub(crate) const INSERT: &[&str] = &[
    "version",
    "vrf_id",
    "subnet_id",
    "family",
    "address",
    "status",
    "hostname",
    "owner",
    "mac",
    "description",
    "notes",
    "expires_on",
    "name_key",
    "search",
    "created_at",
    "updated_at",
];

pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "version",
    "vrf_id",
    "subnet_id",
    "family",
    "address",
    "status",
    "hostname",
    "owner",
    "mac",
    "description",
    "notes",
    "expires_on",
    "created_at",
    "updated_at",
];

/// Values for [`INSERT`].
pub(crate) fn values(vrf: VrfId, subnet: SubnetId, ip: Ip, facts: &AddressFacts, now: Timestamp) -> Vec<Value> {
    vec![
        1i64.into(),
        vrf.into(),
        subnet.into(),
        i64::from(ip.family().number()).into(),
        bytes(ip),
        facts.status.as_str().into(),
        facts.hostname.clone().into(),
        facts.owner.clone().into(),
        facts.mac.clone().into(),
        facts.description.clone().into(),
        facts.notes.clone().into(),
        Value::String(facts.expires_on.clone()),
        key(&facts.hostname).into(),
        search_text(facts).into(),
        now.micros().into(),
        now.micros().into(),
    ]
}

/// The folded text that substring search reads: host name, owner, the bare digits of the MAC, description.
pub(crate) fn search_text(facts: &AddressFacts) -> String {
    if facts.owner.is_empty() && facts.mac.is_empty() && facts.description.is_empty() {
        return fold(&facts.hostname);
    }
    fold(&format!("{} {} {} {}", facts.hostname, facts.owner, bare_mac(&facts.mac), facts.description))
}

/// A MAC without its separators, in lower case: all notations search alike.
#[must_use]
pub fn bare_mac(mac: &str) -> String {
    mac.chars().filter(|c| !matches!(c, ':' | '-' | '.' | ' ')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Reads [`COLUMNS`] and then the VRF's name.
pub(crate) fn read(row: &mut Row<'_>) -> Result<Address, DriverError> {
    let (id, version, vrf_id, subnet_id) = (row.take()?, row.take()?, row.take()?, row.take()?);
    let family = family(row)?;
    let ip = address(family, row.take()?)?;
    let facts = AddressFacts {
        status: row.take()?,
        hostname: row.take()?,
        owner: row.take()?,
        mac: row.take()?,
        description: row.take()?,
        notes: row.take()?,
        expires_on: row.take()?,
        tags: Vec::new(),
    };
    let (created_at, updated_at) = (time(row)?, time(row)?);
    Ok(Address { id, version, vrf: Named { id: vrf_id, name: row.take()? }, subnet_id, address: ip, facts, created_at, updated_at })
}

/// What a `change` row remembers of an address: everything needed to make it again.
#[derive(Serialize)]
pub(crate) struct Snapshot<'a> {
    vrf_id: i64,
    address: String,
    status: &'static str,
    hostname: &'a str,
    owner: &'a str,
    mac: &'a str,
    description: &'a str,
    notes: &'a str,
    expires_at: Option<&'a str>,
    tags: &'a [String],
}

pub(crate) fn snapshot(vrf: VrfId, ip: Ip, facts: &AddressFacts) -> Snapshot<'_> {
    Snapshot {
        vrf_id: vrf.0,
        address: ip.to_string(),
        status: facts.status.as_str(),
        hostname: &facts.hostname,
        owner: &facts.owner,
        mac: &facts.mac,
        description: &facts.description,
        notes: &facts.notes,
        expires_at: facts.expires_on.as_deref(),
        tags: &facts.tags,
    }
}
