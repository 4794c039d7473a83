//! Any run of addresses of one family, both ends included.

use std::fmt;

use crate::{Address, Count, Family, Prefix};

/// `first..=last` of one family. Sorts by first, then by last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    first: Address,
    last: Address,
}

impl Span {
    /// The span between two addresses, `None` if they differ in family or stand in the wrong order.
    #[must_use]
    pub fn new(first: Address, last: Address) -> Option<Self> {
        (first.family() == last.family() && first <= last).then_some(Self { first, last })
    }

    /// For ends known to be of one family and in order.
    pub(crate) fn between(first: Address, last: Address) -> Self {
        debug_assert!(first.family() == last.family() && first <= last);
        Self { first, last }
    }

    /// Its lowest address.
    #[must_use]
    pub const fn first(self) -> Address {
        self.first
    }

    /// Its highest address.
    #[must_use]
    pub const fn last(self) -> Address {
        self.last
    }

    /// Its family.
    #[must_use]
    pub const fn family(self) -> Family {
        self.first.family()
    }

    /// Whether the address lies in it.
    #[must_use]
    pub fn contains(self, address: Address) -> bool {
        self.first <= address && address <= self.last
    }

    /// Whether all of `other` lies in it.
    #[must_use]
    pub fn contains_span(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// Whether they share an address.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// How many addresses it has.
    #[must_use]
    pub const fn size(self) -> Count {
        Count::one_more_than(self.last.bits() - self.first.bits())
    }

    /// The fewest prefixes that cover exactly this span, in order; at most 254.
    #[must_use]
    pub fn prefixes(self) -> Vec<Prefix> {
        let mut cover = Vec::new();
        let mut rest = Some(self);
        while let Some(span) = rest {
            let prefix = span.leading_prefix();
            cover.push(prefix);
            rest = prefix.last().checked_add(1).and_then(|first| Self::new(first, self.last));
        }
        cover
    }

    /// The largest prefix that begins where the span does and fits in it.
    fn leading_prefix(self) -> Prefix {
        let bits = u32::from(self.family().bits());
        let aligned = self.first.bits().trailing_zeros().min(bits);
        let fitting = self.size().as_u128().map_or(u128::BITS, u128::ilog2);
        let host = u8::try_from(aligned.min(fitting)).unwrap_or(self.family().bits());
        Prefix::at(self.first, self.family().bits() - host)
    }
}

impl From<Address> for Span {
    fn from(address: Address) -> Self {
        Self::between(address, address)
    }
}

impl From<Prefix> for Span {
    fn from(prefix: Prefix) -> Self {
        prefix.span()
    }
}

/// `first–last`, with an en dash.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}–{}", self.first, self.last)
    }
}
