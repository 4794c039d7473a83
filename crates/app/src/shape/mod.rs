//! What the doors show: every object as the API writes it. Pages use the same values.

mod account;
mod group;
mod log;
mod plan;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use account::{ApiKey, User};
pub use group::{Site, Tag, Vlan, Vrf};
pub use log::{Change, Event};
pub use plan::{Address, Path, SiteRef, Subnet, VlanRef};

/// A window of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next window begins; none at the end.
    pub next: Option<String>,
}

/// Another object by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ref {
    /// The row.
    pub id: i64,
    /// Its name now.
    pub name: String,
}
