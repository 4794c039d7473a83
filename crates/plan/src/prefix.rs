//! A CIDR block: the first address and how many leading bits its addresses share.

use std::fmt;
use std::iter;
use std::str::FromStr;

use crate::{Address, Count, Family, ParseError, Span, parse};

/// A CIDR block without host bits.
///
/// Sorts by family, first address, then length: the preorder of the tree, where every prefix stands before what it contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    first: Address,
    length: u8,
}

/// The lowest `host` bits set, `host` up to 128.
fn host_mask(host: u8) -> u128 {
    1_u128.checked_shl(host.into()).map_or(u128::MAX, |bit| bit - 1)
}

impl Prefix {
    /// Reads `a.b.c.d/len` or `x:y::/len`.
    ///
    /// # Errors
    /// A [`ParseError`] that says what to write instead: host bits are refused with the corrected prefix, a missing length with the
    /// host prefix.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::prefix(text)
    }

    /// Reads an address that may carry the length of its subnet, `192.168.0.1/22`, as interfaces are written.
    ///
    /// # Errors
    /// A [`ParseError`] that says what to write instead.
    pub fn parse_host(text: &str) -> Result<(Address, Option<u8>), ParseError> {
        parse::host(text)
    }

    /// The prefix that begins at `first`.
    ///
    /// # Errors
    /// [`ParseError::HostBits`] if the address has bits beyond the length, [`ParseError::TooLong`] for a length beyond the family.
    pub fn new(first: Address, length: u8) -> Result<Self, ParseError> {
        match Self::containing(first, length) {
            Some(prefix) if prefix.first == first => Ok(prefix),
            Some(corrected) => Err(ParseError::HostBits { text: format!("{first}/{length}"), corrected }),
            None => Err(ParseError::TooLong { family: first.family(), length: length.to_string() }),
        }
    }

    /// The prefix of this length that contains the address; `None` for a length beyond the family.
    #[must_use]
    pub fn containing(address: Address, length: u8) -> Option<Self> {
        let host = address.family().bits().checked_sub(length)?;
        // IPv4's base has 32 zero bits at its end, so no mask leaves the family.
        let first = Address::inside(address.family(), address.bits() & !host_mask(host));
        Some(Self { first, length })
    }

    /// For a first address and a length known to fit each other.
    pub(crate) fn at(first: Address, length: u8) -> Self {
        debug_assert!(first.bits() & host_mask(first.family().bits() - length) == 0);
        Self { first, length }
    }

    /// Its family.
    #[must_use]
    pub const fn family(self) -> Family {
        self.first.family()
    }

    /// How many leading bits are fixed: 0..=32 or 0..=128.
    #[must_use]
    pub const fn length(self) -> u8 {
        self.length
    }

    /// How many bits are left for hosts.
    #[must_use]
    pub const fn host_bits(self) -> u8 {
        self.family().bits() - self.length
    }

    /// Its lowest address.
    #[must_use]
    pub const fn first(self) -> Address {
        self.first
    }

    /// Its highest address.
    #[must_use]
    pub fn last(self) -> Address {
        Address::inside(self.family(), self.first.bits() | host_mask(self.host_bits()))
    }

    /// All its addresses.
    #[must_use]
    pub fn span(self) -> Span {
        Span::between(self.first, self.last())
    }

    /// How many addresses it has, network and broadcast included: 2^h.
    #[must_use]
    pub fn size(self) -> Count {
        Count::power_of_two(self.host_bits())
    }

    /// How many prefixes of this length it holds, itself included; `None` for a length shorter than its own or beyond the family.
    #[must_use]
    pub fn count_of(self, length: u8) -> Option<Count> {
        (length <= self.family().bits()).then_some(())?;
        length.checked_sub(self.length).map(Count::power_of_two)
    }

    /// Whether all of `other` lies in it; a prefix contains itself.
    #[must_use]
    pub fn contains(self, other: &Self) -> bool {
        self.length <= other.length && self.contains_address(other.first)
    }

    /// Whether the address lies in it.
    #[must_use]
    pub fn contains_address(self, address: Address) -> bool {
        self.first <= address && address <= self.last()
    }

    /// Whether they share an address, that is, whether one contains the other.
    #[must_use]
    pub fn overlaps(self, other: &Self) -> bool {
        self.contains(other) || other.contains(&self)
    }

    /// The prefix one bit shorter; `None` for /0.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        Self::containing(self.first, self.length.checked_sub(1)?)
    }

    /// The other half of its parent; `None` for /0.
    #[must_use]
    pub fn sibling(self) -> Option<Self> {
        self.parent()?.halves()?.into_iter().find(|half| *half != self)
    }

    /// Its two halves, lower first; `None` for a single address.
    #[must_use]
    pub fn halves(self) -> Option<[Self; 2]> {
        let host = self.host_bits().checked_sub(1)?;
        let length = self.length + 1;
        let upper = Address::inside(self.family(), self.first.bits() | (1_u128 << host));
        Some([Self::at(self.first, length), Self::at(upper, length)])
    }

    /// Every prefix that strictly contains it, the nearest first, /0 last.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        iter::successors(self.parent(), |prefix| prefix.parent())
    }

    /// The shortest prefix length at which both still lie in one prefix, as that prefix; `None` across families.
    #[must_use]
    pub fn common(self, other: &Self) -> Option<Self> {
        (self.family() == other.family()).then_some(())?;
        let shared = (self.first.bits() ^ other.first.bits()).leading_zeros();
        let shared = u8::try_from(shared).unwrap_or(u8::MAX).saturating_sub(128 - self.family().bits());
        Self::containing(self.first, shared.min(self.length).min(other.length))
    }

    /// How many addresses can be handed out: IPv4 2^h − 2, but /31 has 2 (RFC 3021) and /32 has 1; IPv6 2^h.
    #[must_use]
    pub fn capacity(self) -> Count {
        if self.has_edges() { self.size().saturating_sub(Count::from(2_u64)) } else { self.size() }
    }

    /// The addresses that "next free" may hand out.
    ///
    /// IPv4 up to /30 without network and broadcast; /31 (RFC 3021) and /32 whole. IPv6 up to /126 without the first, the subnet-router
    /// anycast address (RFC 4291 2.6.1); /127 (RFC 6164) and /128 whole.
    #[must_use]
    pub fn usable(self) -> Span {
        if self.host_bits() < 2 {
            return self.span();
        }
        let (first, last) = (self.first.bits() + 1, self.last().bits());
        let last = if self.has_edges() { last - 1 } else { last };
        Span::between(Address::inside(self.family(), first), Address::inside(self.family(), last))
    }

    /// Whether the address is the IPv4 network or broadcast address of this prefix, which utilisation leaves out on both sides. Never
    /// so for /31, /32 and IPv6.
    #[must_use]
    pub fn is_edge(self, address: Address) -> bool {
        self.has_edges() && (address == self.first || address == self.last())
    }

    fn has_edges(self) -> bool {
        self.family() == Family::V4 && self.host_bits() >= 2
    }
}

impl From<Address> for Prefix {
    /// The /32 or /128 of the address.
    fn from(address: Address) -> Self {
        Self::at(address, address.family().bits())
    }
}

impl FromStr for Prefix {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.length)
    }
}
