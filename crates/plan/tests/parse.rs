//! Text in and out: what is accepted, what is refused, and that every suggestion is one that would be accepted.
#![cfg(test)]

use std::net::{IpAddr, Ipv6Addr};

use proptest::prelude::*;
use ringfence_plan::{Address, Family, ParseError, Prefix};

#[test]
fn addresses_are_shown_as_rfc_5952_has_it() {
    for (text, shown) in [
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
        ("::", "::"),
        ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0db8::0001", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("::fffe:192.0.2.1", "::fffe:c000:201"),
    ] {
        assert_eq!(Address::parse(text).unwrap().to_string(), shown);
    }
}

#[test]
fn ipv4_is_kept_mapped() {
    let address = Address::parse("192.0.2.1").unwrap();
    assert_eq!(address.to_bytes(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]);
    assert_eq!(Address::from_bytes(Family::V4, address.to_bytes()), Some(address));
    assert_eq!(Address::from_bytes(Family::V4, [0; 16]), None);
    assert_eq!(Address::from_bits(Family::V4, 0xffff_0000_0000 - 1), None);
    assert_eq!(Address::from_bits(Family::V4, 0x1_0000_0000_0000), None);
    assert_eq!(Address::try_from("::ffff:1.2.3.4".parse::<Ipv6Addr>().unwrap()).unwrap_err().suggestion().unwrap(), "1.2.3.4");
}

#[test]
fn prefixes_are_refused_with_what_to_write() {
    for (text, message) in [
        ("", "write an address like 192.0.2.1 or a prefix like 192.0.2.0/24"),
        ("  ", "write an address like 192.0.2.1 or a prefix like 192.0.2.0/24"),
        (" 10.0.0.0 / 24\t", "remove the blanks; write 10.0.0.0/24"),
        ("10.0.0.0/24 10.1.0.0/24", "remove the blanks"),
        ("10.0.0.1 2/32", "remove the blanks"),
        ("10.0.0.5/24", "10.0.0.5/24 has host bits set beyond /24; write 10.0.0.0/24"),
        ("2001:db8::1/64", "2001:db8::1/64 has host bits set beyond /64; write 2001:db8::/64"),
        ("1.2.3.4/0", "1.2.3.4/0 has host bits set beyond /0; write 0.0.0.0/0"),
        ("10.0.0.1", "\"10.0.0.1\" has no prefix length: add one, like /24, or /32 (IPv6: /128) for the one address; write 10.0.0.1/32"),
        (
            "2001:db8::",
            "\"2001:db8::\" has no prefix length: add one, like /24, or /32 (IPv6: /128) for the one address; write 2001:db8::/128",
        ),
        ("fe80::%eth0/64", "a zone id names an interface of one host: remove the part from % on; write fe80::/64"),
        ("fe80::1%eth0/64", "a zone id names an interface of one host: remove the part from % on; write fe80::/64"),
        (
            "010.000.0.0/8",
            "\"010.000.0.0\" has leading zeros or hexadecimal, which systems read differently: write plain decimals; write 10.0.0.0/8",
        ),
        (
            "0x0a.0.0.0/8",
            "\"0x0a.0.0.0\" has leading zeros or hexadecimal, which systems read differently: write plain decimals; write 10.0.0.0/8",
        ),
        ("10.0.0.0/08", "\"08\" has leading zeros or hexadecimal, which systems read differently: write plain decimals; write 10.0.0.0/8"),
        ("10.1/16", "\"10.1\" is cut short: write all four octets; write 10.1.0.0/16"),
        ("10.0.0.256/32", "\"256\" is no octet: each of the four is at most 255"),
        ("::ffff:192.0.2.0/120", "\"::ffff:192.0.2.0\" is an IPv4 address written as IPv6: use its IPv4 spelling; write 192.0.2.0/24"),
        ("::ffff:0:0/96", "\"::ffff:0.0.0.0\" is an IPv4 address written as IPv6: use its IPv4 spelling; write 0.0.0.0/0"),
        ("::ffff:192.0.2.0/64", "\"::ffff:192.0.2.0\" is an IPv4 address written as IPv6: use its IPv4 spelling"),
        ("10.0.0.0/255.255.255.0", "\"255.255.255.0\" is a netmask: write the prefix length; write 10.0.0.0/24"),
        ("10.0.0.7/255.255.255.0", "\"255.255.255.0\" is a netmask: write the prefix length; write 10.0.0.0/24"),
        ("0.0.0.0/0.0.0.0", "\"0.0.0.0\" is a netmask: write the prefix length; write 0.0.0.0/0"),
        ("10.0.0.7/255.255.255.255", "\"255.255.255.255\" is a netmask: write the prefix length; write 10.0.0.7/32"),
        ("10.0.0.0/0.0.0.255", "\"0.0.0.255\" is a wildcard mask: write the prefix length; write 10.0.0.0/24"),
        ("2001:db8::/ffff:ffff::", "\"ffff:ffff::\" is a netmask: write the prefix length; write 2001:db8::/32"),
        ("10.0.0.0/255.0.255.0", "\"255.0.255.0\" is no prefix length: write a number from 0 to 32 behind the slash"),
        ("10.0.0.0/33", "/33 is too long: the prefix length of IPv4 is at most 32"),
        ("::/129", "/129 is too long: the prefix length of IPv6 is at most 128"),
        (
            "10.0.0.0/99999999999999999999999999999999999999999",
            "/99999999999999999999999999999999999999999 is too long: the prefix length of IPv4 is at most 32",
        ),
        ("10.0.0.0/", "\"\" is no prefix length: write a number from 0 to 32 behind the slash"),
        ("10.0.0.0/+8", "\"+8\" is no prefix length: write a number from 0 to 32 behind the slash"),
        ("10.0.0.0/8/8", "\"8/8\" is no prefix length: write a number from 0 to 32 behind the slash"),
        ("[2001:db8::]/64", "remove the brackets; write 2001:db8::/64"),
        ("printer", "\"printer\" is neither an IPv4 nor an IPv6 address"),
        ("1.2.3.4.5/8", "\"1.2.3.4.5\" is neither an IPv4 nor an IPv6 address"),
        ("1..2.3/8", "\"1..2.3\" is neither an IPv4 nor an IPv6 address"),
        ("10.0.0.1:80/8", "\"10.0.0.1:80\" is neither an IPv4 nor an IPv6 address"),
        ("2001:db8::1::/64", "\"2001:db8::1::\" is neither an IPv4 nor an IPv6 address"),
        ("\u{661}0.0.0.0/8", "\"\u{661}0.0.0.0\" is neither an IPv4 nor an IPv6 address"),
        ("\u{7}/8", "\"\\u{7}\" is neither an IPv4 nor an IPv6 address"),
    ] {
        assert_eq!(Prefix::parse(text).unwrap_err().to_string(), message, "{text:?}");
    }
}

#[test]
fn long_input_is_cut_short_in_the_message() {
    let message = Prefix::parse(&"x".repeat(5_000)).unwrap_err().to_string();
    assert!(message.contains('…') && message.chars().count() < 120, "{message}");
}

#[test]
fn an_address_takes_no_length_and_a_host_may() {
    assert_eq!(Address::parse("10.0.0.1/24").unwrap_err().suggestion().as_deref(), Some("10.0.0.1"));
    assert_eq!(Address::parse("010.0.0.1").unwrap_err().suggestion().as_deref(), Some("10.0.0.1"));
    assert_eq!(Address::parse("::ffff:10.0.0.1").unwrap_err().suggestion().as_deref(), Some("10.0.0.1"));
    assert!(matches!(Address::parse("fe80::1%1"), Err(ParseError::ZoneId { suggestion: Some(text) }) if text == "fe80::1"));
    let host = Address::parse("192.168.0.1").unwrap();
    assert_eq!(Prefix::parse_host("192.168.0.1/22"), Ok((host, Some(22))));
    assert_eq!(Prefix::parse_host("192.168.0.1"), Ok((host, None)));
    let refused = Prefix::parse_host("192.168.0.1/255.255.252.0").unwrap_err();
    assert_eq!(refused.suggestion().as_deref(), Some("192.168.0.1/22"));
    assert!(matches!(Prefix::parse_host("192.168.0.1/33"), Err(ParseError::TooLong { .. })));
}

/// Junk, octets with leading zeros and masks, mapped addresses.
const FAULTY: &str = concat!(
    "[0-9a-fx:. %/\\[\\]]{0,24}",
    "|(0{0,2}[0-9]{1,3}\\.){1,3}[0-9]{1,3} ?/ ?[0-9.]{0,5}",
    "|::ffff:[0-9a-f:.]{1,9}(%e)?/[0-9]{1,3}"
);

proptest! {
    #[test]
    fn what_is_shown_reads_back(bits: u128, length in 0_u8..=128, narrow: bool) {
        let family = if narrow { Family::V4 } else { Family::V6 };
        let bits = if narrow { 0xffff_0000_0000 | (bits >> 96) } else { bits | (1 << 127) };
        let address = Address::from_bits(family, bits).unwrap();
        prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
        prop_assert_eq!(Address::try_from(IpAddr::from(address)), Ok(address));
        let length = length.min(family.bits());
        let prefix = Prefix::containing(address, length).unwrap();
        prop_assert_eq!(Prefix::parse(&prefix.to_string()), Ok(prefix));
        let hosted = format!("{address}/{length}");
        prop_assert_eq!(Prefix::parse_host(&hosted), Ok((address, Some(length))));
        match Prefix::parse(&hosted) {
            Ok(read) => prop_assert_eq!(read.first(), address),
            Err(error) => prop_assert_eq!(error.suggestion(), Some(prefix.to_string())),
        }
    }

    #[test]
    fn suggestions_are_accepted(text in FAULTY) {
        if let Some(better) = Prefix::parse(&text).err().and_then(|error| error.suggestion()) {
            prop_assert!(Prefix::parse(&better).is_ok(), "{} for {}", better, text);
        }
        if let Some(better) = Address::parse(&text).err().and_then(|error| error.suggestion()) {
            prop_assert!(Address::parse(&better).is_ok(), "{} for {}", better, text);
        }
        if let Some(better) = Prefix::parse_host(&text).err().and_then(|error| error.suggestion()) {
            prop_assert!(Prefix::parse_host(&better).is_ok(), "{} for {}", better, text);
        }
    }

    #[test]
    fn addresses_are_those_of_the_standard_library(text in "([0-9]{1,3}\\.){3}[0-9]{1,3}|[0-9a-f:.]{2,20}") {
        let expected = match text.parse::<IpAddr>() {
            Ok(IpAddr::V6(wide)) if wide.to_ipv4_mapped().is_some() => None,
            other => other.ok(),
        };
        prop_assert_eq!(Address::parse(&text).ok().map(IpAddr::from), expected);
    }
}
