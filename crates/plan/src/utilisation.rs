//! How full a subnet is. The one place that decides what counts, because people argue about it.
//!
//! Used and reserved addresses over capacity, the IPv4 network and broadcast rows left out of both sides
//! ([`Prefix::is_edge`]). IPv6 has no such percentage: a /64 is never full; there, and for containers, covered space is shown.

use crate::{Count, Family, Prefix};

/// The numbers of one subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utilisation {
    /// The family of the subnet.
    pub family: Family,
    /// How many addresses can be handed out, [`Prefix::capacity`].
    pub capacity: Count,
    /// Rows with status used, edges left out.
    pub used: u64,
    /// Rows with status reserved, edges left out.
    pub reserved: u64,
    /// How many addresses the direct children cover.
    pub covered: Count,
}

impl Utilisation {
    /// The numbers of a prefix.
    #[must_use]
    pub fn new(prefix: Prefix, used: u64, reserved: u64, covered: Count) -> Self {
        Self { family: prefix.family(), capacity: prefix.capacity(), used, reserved, covered }
    }

    /// Used and reserved together.
    #[must_use]
    pub fn occupied(&self) -> Count {
        Count::from(u128::from(self.used) + u128::from(self.reserved))
    }

    /// How many addresses are left, never less than none.
    #[must_use]
    pub fn free(&self) -> Count {
        self.capacity.saturating_sub(self.occupied())
    }

    /// Used and reserved over capacity, 0 to 100; `None` for IPv6.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        match self.family {
            Family::V4 => self.occupied().percent_of(self.capacity),
            Family::V6 => None,
        }
    }

    /// How much of the prefix its children cover, 0 to 100.
    #[must_use]
    pub fn covered_percent(&self, prefix: Prefix) -> Option<f64> {
        self.covered.percent_of(prefix.size())
    }
}
