//! The rows of the tables as values: what each table holds, how a row is read, and what a `change` remembers of it.

pub mod account;
pub mod address;
pub(crate) mod audit;
pub mod group;
pub mod log;
pub mod subnet;

use ringfence_plan::{Address, Family};
use serde::{Deserialize, Serialize};

use crate::driver::{FromCell, Row};
use crate::error::DriverError;

/// Declares the id types, one for each table, so that none can stand in for another.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl FromCell for $name {
            fn from_cell(cell: crate::driver::Cell<'_>) -> Option<Self> {
                i64::from_cell(cell).map(Self)
            }
        }

        impl From<$name> for sea_query::Value {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }
    )*};
}

ids! {
    /// A routing table.
    VrfId,
    /// A place.
    SiteId,
    /// A VLAN.
    VlanId,
    /// A tag.
    TagId,
    /// A prefix of the plan.
    SubnetId,
    /// An address of the plan.
    AddressId,
    /// A person's account.
    UserId,
    /// A browser session.
    SessionId,
    /// An API key.
    ApiKeyId,
    /// A planned import.
    ImportPlanId,
    /// An audit event.
    EventId,
}

/// The global routing table; it always exists and cannot be deleted.
pub const GLOBAL: VrfId = VrfId(1);
/// The site row that stands for "no site" where a key needs one.
pub const NOWHERE: SiteId = SiteId(1);

/// Declares a closed set of words as an enum.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every value, in the order in which people are offered them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stored word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The value of a word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl crate::driver::FromCell for $name {
            fn from_cell(cell: crate::driver::Cell<'_>) -> Option<Self> {
                match cell {
                    crate::driver::Cell::Text(text) => Self::parse(text),
                    crate::driver::Cell::Bytes(bytes) => std::str::from_utf8(bytes).ok().and_then(Self::parse),
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use words;

/// Another row by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<I> {
    /// The row.
    pub id: I,
    /// Its name now.
    pub name: String,
}

/// Reads an address column beside its family.
pub(crate) fn address(family: Family, bytes: [u8; 16]) -> Result<Address, DriverError> {
    Address::from_bytes(family, bytes).ok_or_else(|| DriverError::other("an address of the other family"))
}

/// Reads the family column.
pub(crate) fn family(row: &mut Row<'_>) -> Result<Family, DriverError> {
    let number: u8 = row.take()?;
    Family::from_number(number).ok_or_else(|| DriverError::other("a family that is neither 4 nor 6"))
}

/// Reads a JSON text column.
pub(crate) fn json<T: serde::de::DeserializeOwned>(row: &mut Row<'_>) -> Result<T, DriverError> {
    let text: String = row.take()?;
    serde_json::from_str(&text).map_err(|e| DriverError::other(e.to_string()))
}
