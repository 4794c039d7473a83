//! How full a subnet is, as a bar and in words. A bar is an inline SVG whose widths are attributes.

use super::Look;

/// Shares of the capacity, in thousandths; together at most 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// In use (of a container: covered by its children).
    pub used: u16,
    /// Reserved.
    pub reserved: u16,
}

impl Bar {
    /// The class that colours it.
    #[must_use]
    pub fn class(self, look: askama::Result<&Look>) -> &'static str {
        let look = Look::or_plain(look);
        match self.used.saturating_add(self.reserved) {
            share if share >= look.full => "bar-full",
            share if share >= look.warn => "bar-warn",
            _ => "bar-fine",
        }
    }
}

/// What a list says about a subnet's filling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// Nothing for IPv6, where a share of the addresses says nothing.
    pub bar: Option<Bar>,
    /// In words: "62 %", "12 of 65536 /64s".
    pub text: String,
}

#[cfg(test)]
impl Usage {
    pub(crate) fn sample(used: u16, reserved: u16) -> Self {
        Self { bar: Some(Bar { used, reserved }), text: format!("{} %", (used + reserved) / 10) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bar, Look};

    #[test]
    fn a_bar_warns_before_it_is_full() {
        let class = |used, reserved| Bar { used, reserved }.class(Ok(&Look::default()));
        assert_eq!(
            [class(0, 0), class(799, 0), class(700, 100), class(949, 0), class(900, 50)],
            ["bar-fine", "bar-fine", "bar-warn", "bar-warn", "bar-full"]
        );
        let strict = Look { warn: 100, full: 300, ..Look::default() };
        let class = |used| Bar { used, reserved: 0 }.class(Ok(&strict));
        assert_eq!([class(99), class(100), class(300)], ["bar-fine", "bar-warn", "bar-full"]);
    }
}
