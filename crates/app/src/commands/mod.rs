//! What changes something: one file per noun, one struct per verb.

pub mod account;
pub mod address;
pub mod api_key;
pub mod lock;
pub mod password_list;
pub mod setting;
pub mod setup;
pub mod site;
pub mod subnet;
pub mod tag;
pub mod user;
pub mod vlan;
pub mod vrf;

use crate::Refusal;

/// Somebody else's change is not overwritten: the version that the client saw must still stand.
pub(crate) fn expect_version(expected: Option<i64>, version: i64) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != version => Err(Refusal::Stale { version }),
        _ => Ok(()),
    }
}
