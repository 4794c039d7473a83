//! What applying does, row by row: serialisable, complete, and bound to the versions that it was decided on.

use plan::{Address as Ip, Prefix};
use ringfence_plan as plan;
use ringfence_store as store;
use serde::{Deserialize, Serialize};
use store::tables::address::{AddressFacts, AddressStatus};
use store::tables::subnet::{SubnetFacts, SubnetStatus};

use super::name::Refs;
use super::{Kind, Totals};

/// What applying a dry run does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub(super) kind: Kind,
    pub(super) source: String,
    pub(super) totals: Totals,
    pub(super) refs: Refs,
    pub(super) acts: Acts,
}

impl Plan {
    /// What the file held.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Name of the file.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The numbers of the dry run.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }
}

/// The rows that act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Acts {
    Sites(Vec<Act<SiteDraft>>),
    Vrfs(Vec<Act<VrfDraft>>),
    Vlans(Vec<Act<VlanDraft>>),
    Subnets(Vec<Act<SubnetDraft>>),
    Addresses {
        rows: Vec<Act<AddressDraft>>,
        /// Subnets that masks name: position of the VRF, prefix.
        subnets: Vec<NewPlace>,
    },
}

/// A subnet that is made along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct NewPlace {
    pub(super) vrf: u32,
    #[serde(with = "text")]
    pub(super) prefix: Prefix,
}

/// One row that acts: what the object is afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Act<D> {
    pub(super) line: u32,
    /// The row that is changed; none for one that is made.
    pub(super) on: Option<On>,
    pub(super) draft: D,
}

/// A row as the dry run saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct On {
    pub(super) id: i64,
    pub(super) version: i64,
}

/// A site; positions are those of [`Refs`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SiteDraft {
    pub(super) name: String,
    pub(super) parent: Option<u32>,
    pub(super) description: String,
}

/// A VRF; route targets stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VrfDraft {
    pub(super) name: String,
    pub(super) rd: String,
    pub(super) description: String,
}

/// A VLAN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VlanDraft {
    pub(super) vid: u16,
    pub(super) site: Option<u32>,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) tags: Vec<u32>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SubnetDraft {
    pub(super) vrf: u32,
    #[serde(with = "text")]
    pub(super) prefix: Prefix,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) notes: String,
    pub(super) status: SubnetStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) site: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) vlan: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_text")]
    pub(super) gateway: Option<Ip>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<u32>,
}

impl SubnetDraft {
    pub(super) fn new(vrf: u32, prefix: Prefix) -> Self {
        let SubnetFacts { name, description, notes, status, gateway, .. } = SubnetFacts::default();
        Self { vrf, prefix, name, description, notes, status, site: None, vlan: None, gateway, tags: Vec::new() }
    }
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AddressDraft {
    pub(super) vrf: u32,
    #[serde(with = "text")]
    pub(super) address: Ip,
    pub(super) status: AddressStatus,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) hostname: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) owner: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) mac: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) notes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_on: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<u32>,
}

impl AddressDraft {
    pub(super) fn new(vrf: u32, address: Ip) -> Self {
        let AddressFacts { status, hostname, owner, mac, description, notes, expires_on, .. } = AddressFacts::default();
        Self { vrf, address, status, hostname, owner, mac, description, notes, expires_on, tags: Vec::new() }
    }

    pub(super) fn facts(&self, refs: &Refs) -> AddressFacts {
        AddressFacts {
            status: self.status,
            hostname: self.hostname.clone(),
            owner: self.owner.clone(),
            mac: self.mac.clone(),
            description: self.description.clone(),
            notes: self.notes.clone(),
            expires_on: self.expires_on.clone(),
            tags: refs.tags(&self.tags),
        }
    }
}

/// A value as its text.
mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A value that may be absent as its text.
mod optional_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it with the field's address")]
    pub(super) fn serialize<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(from)?.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}
