//! How full a subnet is, as a bar and in words. A bar is an inline SVG whose widths are attributes.

/// Above this share (in thousandths) a bar turns to the warning colour, above [`FULL`] to the last one.
const HIGH: u16 = 800;
const FULL: u16 = 950;

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
    pub fn class(self) -> &'static str {
        match self.used.saturating_add(self.reserved) {
            share if share >= FULL => "bar-full",
            share if share >= HIGH => "bar-warn",
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
    use super::Bar;

    #[test]
    fn a_bar_warns_before_it_is_full() {
        let class = |used, reserved| Bar { used, reserved }.class();
        assert_eq!(
            [class(0, 0), class(799, 0), class(700, 100), class(949, 0), class(900, 50)],
            ["bar-fine", "bar-fine", "bar-warn", "bar-warn", "bar-full"]
        );
    }
}
