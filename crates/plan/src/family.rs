//! The two address families, and where each lies in the one 128-bit space.

use std::fmt;

/// The 128 bits of `::ffff:0.0.0.0`, where IPv4 begins.
pub(crate) const MAPPED: u128 = 0xffff_0000_0000;

/// An address family. IPv4 sorts before IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4, 32 bits, kept in `::ffff:0:0/96`.
    V4,
    /// IPv6, 128 bits.
    V6,
}

impl Family {
    /// 4 or 6, as stored and shown.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V4 => 4,
            Self::V6 => 6,
        }
    }

    /// The family of a stored number, `None` unless it is 4 or 6.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            4 => Some(Self::V4),
            6 => Some(Self::V6),
            _ => None,
        }
    }

    /// The bits of an address, which is also the longest prefix length: 32 or 128.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// The lowest 128-bit value of the family.
    pub(crate) const fn lowest(self) -> u128 {
        match self {
            Self::V4 => MAPPED,
            Self::V6 => 0,
        }
    }

    /// The highest 128-bit value of the family.
    pub(crate) const fn highest(self) -> u128 {
        match self {
            Self::V4 => MAPPED | 0xffff_ffff,
            Self::V6 => u128::MAX,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}
