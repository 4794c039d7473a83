//! One address of either family.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::family::MAPPED;
use crate::{Family, ParseError, parse};

/// One address. Sorts by family, then by value.
///
/// Text inside `::ffff:0:0/96` is refused with its IPv4 spelling ([`Address::parse`], [`TryFrom<Ipv6Addr>`]); arithmetic over a span as
/// wide as `::/64` may pass through that block, so values made from bits may lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    family: Family,
    bits: u128,
}

impl Address {
    /// Reads an address without a length: `192.0.2.1` or `2001:db8::1`.
    ///
    /// # Errors
    /// A [`ParseError`] that says what to write instead.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::address(text)
    }

    /// The address with these 128 bits; `None` if they lie outside the family (IPv4 is `::ffff:0:0/96`).
    #[must_use]
    pub const fn from_bits(family: Family, bits: u128) -> Option<Self> {
        if bits < family.lowest() || bits > family.highest() { None } else { Some(Self { family, bits }) }
    }

    /// As [`Address::from_bits`], from 16 bytes, big-endian: the stored form.
    #[must_use]
    pub const fn from_bytes(family: Family, bytes: [u8; 16]) -> Option<Self> {
        Self::from_bits(family, u128::from_be_bytes(bytes))
    }

    /// For bits known to lie in the family: masks of, and steps between, its addresses.
    pub(crate) const fn inside(family: Family, bits: u128) -> Self {
        debug_assert!(bits >= family.lowest() && bits <= family.highest());
        Self { family, bits }
    }

    /// Its family.
    #[must_use]
    pub const fn family(self) -> Family {
        self.family
    }

    /// Its 128 bits; IPv4 is IPv4-mapped.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.bits
    }

    /// Its 16 bytes, big-endian; IPv4 is IPv4-mapped.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.bits.to_be_bytes()
    }

    /// The address `step` further up, `None` past the end of the family.
    #[must_use]
    pub fn checked_add(self, step: u128) -> Option<Self> {
        Self::from_bits(self.family, self.bits.checked_add(step)?)
    }

    /// The address `step` further down, `None` before the start of the family.
    #[must_use]
    pub fn checked_sub(self, step: u128) -> Option<Self> {
        Self::from_bits(self.family, self.bits.checked_sub(step)?)
    }
}

impl FromStr for Address {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

/// IPv4 dotted, IPv6 as RFC 5952 has it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        IpAddr::from(*self).fmt(f)
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        let wide = Ipv6Addr::from_bits(address.bits);
        match (address.family, wide.to_ipv4_mapped()) {
            (Family::V4, Some(narrow)) => Self::V4(narrow),
            _ => Self::V6(wide),
        }
    }
}

impl From<Ipv4Addr> for Address {
    fn from(address: Ipv4Addr) -> Self {
        Self::inside(Family::V4, MAPPED | u128::from(address.to_bits()))
    }
}

/// Refuses IPv4-mapped addresses with their IPv4 spelling.
impl TryFrom<Ipv6Addr> for Address {
    type Error = ParseError;

    fn try_from(address: Ipv6Addr) -> Result<Self, ParseError> {
        match address.to_ipv4_mapped() {
            Some(narrow) => Err(ParseError::Mapped { text: address.to_string(), suggestion: Some(narrow.to_string()) }),
            None => Ok(Self::inside(Family::V6, address.to_bits())),
        }
    }
}

/// Refuses IPv4-mapped IPv6 addresses with their IPv4 spelling.
impl TryFrom<IpAddr> for Address {
    type Error = ParseError;

    fn try_from(address: IpAddr) -> Result<Self, ParseError> {
        match address {
            IpAddr::V4(narrow) => Ok(narrow.into()),
            IpAddr::V6(wide) => wide.try_into(),
        }
    }
}
