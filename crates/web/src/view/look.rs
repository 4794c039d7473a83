//! How the settings want pages to look: the installation's name, the zone of times, the marks at which bars change their colour. It comes with every
//! page as a value of the template engine, so that a time or a bar deep inside a list needs nobody to hand it down.

use std::any::Any;

use jiff::tz::TimeZone;

/// The look of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What the installation is called.
    pub site: String,
    /// The zone of the person who looks, or else the installation's.
    pub zone: TimeZone,
    /// From this share on, in thousandths, a bar warns.
    pub warn: u16,
    /// From this share on, in thousandths, a bar counts as full.
    pub full: u16,
}

impl Look {
    /// The zone's name, for `data-zone`.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The look that came along with a template, or the one of an installation that changed nothing.
    pub(super) fn or_plain(given: askama::Result<&Self>) -> std::borrow::Cow<'_, Self> {
        given.map_or_else(|_| std::borrow::Cow::Owned(Self::default()), std::borrow::Cow::Borrowed)
    }
}

impl Default for Look {
    fn default() -> Self {
        Self { site: "Ringfence".to_owned(), zone: TimeZone::UTC, warn: 800, full: 950 }
    }
}

impl askama::Values for Look {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn Any> {
        (key == "look").then_some(self as &dyn Any)
    }
}
