//! One repository per noun: `tx.subnets().get(id)`. Reads work in both kinds of transaction, writes only in [`WriteTx`] and always give a
//! [`Change`](crate::unit::Change).
//!
//! To add a noun: its row in `tables/`, a file here, one line in [`repos!`].

mod account;
mod address;
mod api_key;
mod block;
mod budget;
mod expiry;
mod idempotency;
mod import_plan;
mod job;
mod known_device;
mod link;
mod log;
mod login_audit;
mod mail;
mod notice;
mod session;
mod setting;
mod site;
mod subnet;
pub(crate) mod tag;
mod tally;
mod trail;
mod vlan;
mod vrf;

use plan::{Address, Prefix};
use ringfence_plan as plan;

use crate::tables::address::Address as AddressRecord;
use crate::tables::subnet::Subnet;
use crate::tables::{AddressId, SubnetId, VrfId};
use crate::unit::{ReadTx, WriteTx};

pub use account::{NewHash, NewUser};
pub(crate) use address::blocked;
pub use address::{AddressFilter, AddressRow, Counts, Vacancy};
pub use api_key::NewApiKey;
pub use block::NamedBlock;
pub use budget::{Bill, Charge, Locked, Peek, Settle, Spent};
pub use expiry::Horizon;
pub use idempotency::Answered;
pub use import_plan::{ImportPlan, ImportState, NewImportPlan};
pub use job::Job;
pub use log::EventFilter;
pub use login_audit::{LoginAudit, Tried};
pub use mail::{DueMail, NewMail};
pub use notice::Notice;
pub use session::NewSession;
pub use subnet::{NewSubnet, Outline, SubnetFilter, Under};
pub use tally::Referred;
pub use trail::TrailSearch;
pub use vlan::VlanFilter;

/// The bare tree, for [`check`](crate::check).
pub(crate) mod subnet_tree {
    pub(crate) use super::subnet::derive::{Node, facts};
    pub(crate) use super::subnet::{Bone, resolve};
}

/// A window of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<C> {
    /// Rows at most.
    pub limit: u64,
    /// The last row of the window before.
    pub after: Option<C>,
}

impl<C> Page<C> {
    /// The first `limit` rows.
    #[must_use]
    pub const fn first(limit: u64) -> Self {
        Self { limit, after: None }
    }
}

/// Where a subnet or an address stood in its list when a window ended with it. The list goes on behind that place also when the row is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<I, K> {
    /// The row: the order of a search by parts of names.
    pub id: I,
    /// Its routing table: the order of all other lists, before the prefix or the address.
    pub vrf: VrfId,
    /// Its prefix or its address.
    pub key: K,
}

/// The place of a subnet.
pub type SubnetPlace = Place<SubnetId, Prefix>;
/// The place of an address.
pub type AddressPlace = Place<AddressId, Address>;

impl Subnet {
    /// Its place in a list.
    #[must_use]
    pub const fn place(&self) -> SubnetPlace {
        Place { id: self.id, vrf: self.vrf.id, key: self.prefix }
    }
}

impl AddressRecord {
    /// Its place in a list.
    #[must_use]
    pub const fn place(&self) -> AddressPlace {
        Place { id: self.id, vrf: self.vrf.id, key: self.address }
    }
}

/// A window of rows, and whether more follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether another window follows.
    pub more: bool,
}

impl<T> Window<T> {
    /// From one row more than asked for.
    fn cut(mut rows: Vec<T>, limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}

/// Declares the repositories and their accessors on both transactions.
macro_rules! repos {
    ($($(#[$doc:meta])* $method:ident $name:ident),* $(,)?) => {
        $(
            $(#[$doc])*
            pub struct $name<'t, A>(pub(crate) &'t mut A);
        )*
        impl WriteTx<'_> {
            $($(#[$doc])* pub const fn $method(&mut self) -> $name<'_, Self> { $name(self) })*
        }
        impl ReadTx<'_> {
            $($(#[$doc])* pub const fn $method(&mut self) -> $name<'_, Self> { $name(self) })*
        }
    };
}

repos! {
    /// Accounts.
    accounts Accounts,
    /// Addresses.
    addresses Addresses,
    /// API keys.
    api_keys ApiKeys,
    /// Blocks that rules of the fence have armed.
    blocks Blocks,
    /// Login budgets.
    budgets Budgets,
    /// What has expired.
    expiry Expiry,
    /// Answers kept for retried requests.
    idempotency Idempotency,
    /// Planned imports.
    import_plans ImportPlans,
    /// Scheduled jobs.
    jobs Jobs,
    /// Browsers that have logged in before.
    known_devices KnownDevices,
    /// One-time links.
    links Links,
    /// Audit events, changes and seals.
    log Log,
    /// What is known of login names.
    login_audits LoginAudits,
    /// Letters to be sent.
    mails Mails,
    /// What owners are told at their next login.
    notices Notices,
    /// Browser sessions.
    sessions Sessions,
    /// Stored settings.
    settings Settings,
    /// Sites.
    sites Sites,
    /// Subnets.
    subnets Subnets,
    /// Tags.
    tags Tags,
    /// VLANs.
    vlans Vlans,
    /// Routing tables.
    vrfs Vrfs,
}
