//! An address of the application as the lines of pages show it.

use ringfence_app::shape;

use crate::fill;
use crate::view::address::{AddressRow, AddressStatus};

/// The status of that word.
pub(crate) fn status(word: &str) -> AddressStatus {
    match word {
        "reserved" => AddressStatus::Reserved,
        "free" => AddressStatus::Free,
        _ => AddressStatus::Used,
    }
}

/// A line of a subnet's addresses.
pub(crate) fn line(address: shape::Address, gateway: Option<&str>) -> AddressRow {
    AddressRow {
        id: address.id,
        status: status(&address.status),
        gateway: gateway == Some(address.address.as_str()),
        updated_at: fill::when(&address.updated_at),
        address: address.address,
        hostname: address.hostname,
        owner: address.owner,
        mac: address.mac,
        description: address.description,
        tags: address.tags,
    }
}
