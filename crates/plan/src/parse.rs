//! Text into addresses and prefixes.
//!
//! Strict on purpose: where two systems would read one text differently, it is refused, and the error carries what was most likely meant.
//! A suggestion is made by mending one fault and reading again, so a text with several faults still ends in one that parses.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::{Address, Family, ParseError, Prefix};

/// Longer than any address or prefix with a zone id; beyond it nothing is mended.
const LONGEST: usize = 128;

/// Reads a mended text again: the accepted form, or what that reading suggests in turn.
type Again = fn(&str) -> Option<String>;

pub(crate) fn address(text: &str) -> Result<Address, ParseError> {
    screen(text, again_address)?;
    match text.split_once('/') {
        Some((head, _)) => {
            bare(head)?;
            Err(ParseError::UnexpectedLength { suggestion: again_address(head) })
        }
        None => bare(text),
    }
}

pub(crate) fn prefix(text: &str) -> Result<Prefix, ParseError> {
    screen(text, again_prefix)?;
    if let Some((head, tail)) = text.split_once('/') {
        let (address, length) = pair(head, tail, again_prefix)?;
        return Prefix::new(address, length);
    }
    let address = bare(text).map_err(|error| error.with_suggestion(again_prefix))?;
    Err(ParseError::MissingLength { text: text.to_owned(), suggestion: Some(Prefix::from(address).to_string()) })
}

pub(crate) fn host(text: &str) -> Result<(Address, Option<u8>), ParseError> {
    screen(text, again_host)?;
    match text.split_once('/') {
        Some((head, tail)) => pair(head, tail, again_host).map(|(address, length)| (address, Some(length))),
        None => bare(text).map(|address| (address, None)),
    }
}

fn again_address(text: &str) -> Option<String> {
    accepted(address(text).map(|address| address.to_string()))
}

/// A mended prefix without a length is mended further, to the prefix of the one address.
fn again_prefix(text: &str) -> Option<String> {
    accepted(prefix(text).map(|prefix| prefix.to_string()))
}

fn again_host(text: &str) -> Option<String> {
    accepted(host(text).map(|(address, length)| match length {
        Some(length) => format!("{address}/{length}"),
        None => address.to_string(),
    }))
}

fn accepted(reading: Result<String, ParseError>) -> Option<String> {
    reading.map_or_else(|error| error.suggestion(), Some)
}

/// Refuses what is wrong with the text as a whole.
fn screen(text: &str, again: Again) -> Result<(), ParseError> {
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    if text.len() > LONGEST {
        return Err(ParseError::Junk { text: text.to_owned() });
    }
    if text.contains(char::is_whitespace) {
        let pieces: Vec<&str> = text.split('/').map(str::trim).collect();
        let trimmed = pieces.join("/");
        if trimmed.is_empty() {
            return Err(ParseError::Empty);
        }
        // Blanks inside a number are not closed up: "10.0.0.1 2" is more likely two things than 10.0.0.12.
        let suggestion = if trimmed.contains(char::is_whitespace) { None } else { again(&trimmed) };
        return Err(ParseError::Blanks { suggestion });
    }
    Ok(())
}

/// An address and a length, host bits allowed.
fn pair(head: &str, tail: &str, again: Again) -> Result<(Address, u8), ParseError> {
    let address = bare(head).map_err(|error| {
        let mapped = matches!(error, ParseError::Mapped { .. });
        error.with_suggestion(|fixed| {
            let tail = if mapped { narrow_length(tail)? } else { tail.to_owned() };
            again(&format!("{fixed}/{tail}"))
        })
    })?;
    let length = length(tail, address.family()).map_err(|error| error.with_suggestion(|fixed| again(&format!("{head}/{fixed}"))))?;
    Ok((address, length))
}

/// The IPv4 length that was meant behind an IPv4-mapped address: of 96 and more, the part beyond 96; up to 32, as it stands.
fn narrow_length(tail: &str) -> Option<String> {
    let length: u8 = tail.parse().ok()?;
    let narrow = if length <= 32 { length } else { length.checked_sub(96)? };
    Some(narrow.to_string())
}

/// An address and nothing else. Suggestions are addresses too.
fn bare(text: &str) -> Result<Address, ParseError> {
    if let Some((before, _)) = text.split_once('%') {
        return Err(ParseError::ZoneId { suggestion: again_address(before) });
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Err(ParseError::Brackets { suggestion: again_address(inner) });
    }
    if text.contains(':') {
        let wide: Ipv6Addr = text.parse().map_err(|_| ParseError::Junk { text: text.to_owned() })?;
        return wide.try_into();
    }
    octets(text)
}

fn octets(text: &str) -> Result<Address, ParseError> {
    let junk = || ParseError::Junk { text: text.to_owned() };
    let pieces: Vec<&str> = text.split('.').collect();
    let values: Vec<Octet<'_>> = pieces.iter().map(|piece| Octet::read(piece)).collect::<Option<_>>().ok_or_else(junk)?;
    if values.len() > 4 {
        return Err(junk());
    }
    if values.iter().any(|octet| !octet.plain) {
        let decimals: Vec<String> = values.iter().map(|octet| octet.value.to_string()).collect();
        return Err(ParseError::LeadingZeros { text: text.to_owned(), suggestion: again_address(&decimals.join(".")) });
    }
    if let Some(octet) = values.iter().find(|octet| octet.value > 255) {
        return Err(ParseError::Octet { text: octet.text.to_owned() });
    }
    if values.len() < 4 {
        let padded = format!("{text}{}", ".0".repeat(4 - values.len()));
        return Err(ParseError::ShortIpv4 { text: text.to_owned(), suggestion: Some(padded) });
    }
    text.parse::<Ipv4Addr>().map(Address::from).map_err(|_| junk())
}

/// One piece of a dotted text that some system would read as a number.
struct Octet<'a> {
    text: &'a str,
    value: u128,
    /// Decimal without leading zeros.
    plain: bool,
}

impl<'a> Octet<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            let value = u128::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
            return Some(Self { text, value, plain: false });
        }
        let value = number(text)?;
        Some(Self { text, value, plain: text == "0" || !text.starts_with('0') })
    }
}

/// ASCII digits alone; what is beyond 128 bits is as wrong as the highest number.
fn number(text: &str) -> Option<u128> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u128::MAX))
}

/// A prefix length. Suggestions are lengths too.
fn length(text: &str, family: Family) -> Result<u8, ParseError> {
    let Some(value) = number(text) else {
        return Err(mask(text, family).unwrap_or_else(|| ParseError::Length { text: text.to_owned(), family }));
    };
    let length = u8::try_from(value).ok().filter(|length| *length <= family.bits());
    match length {
        Some(length) if text == "0" || !text.starts_with('0') => Ok(length),
        Some(length) => Err(ParseError::LeadingZeros { text: text.to_owned(), suggestion: Some(length.to_string()) }),
        None => Err(ParseError::TooLong { family, length: text.to_owned() }),
    }
}

/// The refusal of a netmask or wildcard mask in place of a length; `None` if it is neither.
fn mask(text: &str, family: Family) -> Option<ParseError> {
    // Aligned to the left, so that both families count their bits from the same end.
    let (mask, bits) = match family {
        Family::V4 => (u128::from(text.parse::<Ipv4Addr>().ok()?.to_bits()) << 96, 32),
        Family::V6 => (text.parse::<Ipv6Addr>().ok()?.to_bits(), 128),
    };
    let (ones, leading) = (mask.count_ones(), mask.leading_ones());
    let text = text.to_owned();
    if ones == leading {
        return Some(ParseError::Netmask { text, suggestion: Some(leading.to_string()) });
    }
    let zeros = mask.leading_zeros();
    (zeros + ones == bits).then(|| ParseError::Wildcard { text, suggestion: Some(zeros.to_string()) })
}
