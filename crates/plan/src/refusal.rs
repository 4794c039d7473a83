//! Why a text is refused as an address or prefix, and what to write instead.

use std::fmt;

use crate::{Family, Prefix};

/// The longest piece of refused input that a message repeats, in characters.
const SHOWN: usize = 60;

/// Why a text is no address or prefix. The message says what to do; [`ParseError::suggestion`] is the corrected text alone, and parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Nothing was written.
    Empty,
    /// Blanks before, after or within.
    Blanks {
        /// The text without them.
        suggestion: Option<String>,
    },
    /// No address of either family.
    Junk {
        /// What was written.
        text: String,
    },
    /// Brackets, as in URLs.
    Brackets {
        /// The text without them.
        suggestion: Option<String>,
    },
    /// A zone id (`fe80::1%eth0`), which names an interface of one host and means nothing in a plan.
    ZoneId {
        /// The text without it.
        suggestion: Option<String>,
    },
    /// Leading zeros or hexadecimal in an IPv4 octet, or leading zeros in a length: some systems read them as octal.
    LeadingZeros {
        /// What was written.
        text: String,
        /// The decimal reading.
        suggestion: Option<String>,
    },
    /// An IPv4 octet above 255.
    Octet {
        /// The octet.
        text: String,
    },
    /// An IPv4 address of fewer than four octets, which systems pad in different places.
    ShortIpv4 {
        /// What was written.
        text: String,
        /// Padded with zeros at the end, as prefixes are.
        suggestion: Option<String>,
    },
    /// An IPv4-mapped IPv6 address.
    Mapped {
        /// What was written.
        text: String,
        /// The IPv4 spelling.
        suggestion: Option<String>,
    },
    /// A prefix without a length.
    MissingLength {
        /// What was written.
        text: String,
        /// The prefix of the one address.
        suggestion: Option<String>,
    },
    /// A length where an address alone is wanted.
    UnexpectedLength {
        /// The address alone.
        suggestion: Option<String>,
    },
    /// The text behind the slash is no number.
    Length {
        /// What was written behind the slash.
        text: String,
        /// The longest length there is: 32 or 128.
        family: Family,
    },
    /// A length beyond the family.
    TooLong {
        /// The family of the address.
        family: Family,
        /// The length.
        length: String,
    },
    /// A netmask (`/255.255.255.0`) in place of a length.
    Netmask {
        /// What was written behind the slash.
        text: String,
        /// The same with a length.
        suggestion: Option<String>,
    },
    /// A wildcard mask (`/0.0.0.255`) in place of a length.
    Wildcard {
        /// What was written behind the slash.
        text: String,
        /// The same with a length.
        suggestion: Option<String>,
    },
    /// Bits are set beyond the length.
    HostBits {
        /// What was written.
        text: String,
        /// The prefix without them.
        corrected: Prefix,
    },
}

impl ParseError {
    /// What to write instead, where that can be told.
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::Empty | Self::Junk { .. } | Self::Octet { .. } | Self::Length { .. } | Self::TooLong { .. } => None,
            Self::HostBits { corrected, .. } => Some(corrected.to_string()),
            Self::Blanks { suggestion }
            | Self::Brackets { suggestion }
            | Self::ZoneId { suggestion }
            | Self::LeadingZeros { suggestion, .. }
            | Self::ShortIpv4 { suggestion, .. }
            | Self::Mapped { suggestion, .. }
            | Self::MissingLength { suggestion, .. }
            | Self::UnexpectedLength { suggestion }
            | Self::Netmask { suggestion, .. }
            | Self::Wildcard { suggestion, .. } => suggestion.clone(),
        }
    }

    /// The same reason with the suggestion carried over to the text that surrounds the refused part.
    pub(crate) fn with_suggestion(mut self, whole: impl FnOnce(&str) -> Option<String>) -> Self {
        match &mut self {
            Self::Empty | Self::Junk { .. } | Self::Octet { .. } | Self::Length { .. } | Self::TooLong { .. } | Self::HostBits { .. } => {}
            Self::Blanks { suggestion }
            | Self::Brackets { suggestion }
            | Self::ZoneId { suggestion }
            | Self::LeadingZeros { suggestion, .. }
            | Self::ShortIpv4 { suggestion, .. }
            | Self::Mapped { suggestion, .. }
            | Self::MissingLength { suggestion, .. }
            | Self::UnexpectedLength { suggestion }
            | Self::Netmask { suggestion, .. }
            | Self::Wildcard { suggestion, .. } => *suggestion = suggestion.take().and_then(|part| whole(&part)),
        }
        self
    }
}

/// A piece of input, cut short and with control characters escaped, fit for a message.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars().take(SHOWN) {
            write!(f, "{}", character.escape_debug())?;
        }
        if self.0.chars().nth(SHOWN).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("write an address like 192.0.2.1 or a prefix like 192.0.2.0/24"),
            Self::Blanks { .. } => f.write_str("remove the blanks"),
            Self::Junk { text } => write!(f, "\"{}\" is neither an IPv4 nor an IPv6 address", Shown(text)),
            Self::Brackets { .. } => f.write_str("remove the brackets"),
            Self::ZoneId { .. } => f.write_str("a zone id names an interface of one host: remove the part from % on"),
            Self::LeadingZeros { text, .. } => {
                write!(f, "\"{}\" has leading zeros or hexadecimal, which systems read differently: write plain decimals", Shown(text))
            }
            Self::Octet { text } => write!(f, "\"{}\" is no octet: each of the four is at most 255", Shown(text)),
            Self::ShortIpv4 { text, .. } => write!(f, "\"{}\" is cut short: write all four octets", Shown(text)),
            Self::Mapped { text, .. } => write!(f, "\"{}\" is an IPv4 address written as IPv6: use its IPv4 spelling", Shown(text)),
            Self::MissingLength { text, .. } => {
                write!(f, "\"{}\" has no prefix length: add one, like /24, or /32 (IPv6: /128) for the one address", Shown(text))
            }
            Self::UnexpectedLength { .. } => f.write_str("an address is wanted here: remove the part from the slash on"),
            Self::Length { text, family } => {
                write!(f, "\"{}\" is no prefix length: write a number from 0 to {} behind the slash", Shown(text), family.bits())
            }
            Self::TooLong { family, length } => {
                write!(f, "/{} is too long: the prefix length of {family} is at most {}", Shown(length), family.bits())
            }
            Self::Netmask { text, .. } => write!(f, "\"{}\" is a netmask: write the prefix length", Shown(text)),
            Self::Wildcard { text, .. } => write!(f, "\"{}\" is a wildcard mask: write the prefix length", Shown(text)),
            Self::HostBits { text, corrected } => write!(f, "{} has host bits set beyond /{}", Shown(text), corrected.length()),
        }?;
        self.suggestion().map_or(Ok(()), |text| write!(f, "; write {text}"))
    }
}

impl std::error::Error for ParseError {}
