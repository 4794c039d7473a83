//! Both ends of both families, and the lengths where rules change: /0, /30, /31, /32, /126, /127, /128.
#![cfg(test)]

use ringfence_plan::allocate::{AllocateError, Strategy, next_addresses, next_prefixes};
use ringfence_plan::utilisation::Utilisation;
use ringfence_plan::{Address, Count, Family, Prefix, Span, free, proposal};

const TOP: &str = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

fn span(first: &str, last: &str) -> Span {
    Span::new(address(first), address(last)).unwrap()
}

fn texts(prefixes: &[Prefix]) -> Vec<String> {
    prefixes.iter().map(ToString::to_string).collect()
}

#[test]
fn families_by_number() {
    assert_eq!([4, 6, 0, 5].map(Family::from_number), [Some(Family::V4), Some(Family::V6), None, None]);
    assert_eq!([Family::V4, Family::V6].map(|family| (family.number(), family.bits())), [(4, 32), (6, 128)]);
}

#[test]
fn numbers_people_argue_about() {
    for (text, size, capacity, usable) in [
        ("0.0.0.0/0", "4294967296", "4294967294", "0.0.0.1–255.255.255.254"),
        ("10.0.0.0/24", "256", "254", "10.0.0.1–10.0.0.254"),
        ("255.255.255.252/30", "4", "2", "255.255.255.253–255.255.255.254"),
        ("0.0.0.0/31", "2", "2", "0.0.0.0–0.0.0.1"),
        ("255.255.255.254/31", "2", "2", "255.255.255.254–255.255.255.255"),
        ("0.0.0.0/32", "1", "1", "0.0.0.0–0.0.0.0"),
        ("255.255.255.255/32", "1", "1", "255.255.255.255–255.255.255.255"),
        ("::/0", "340282366920938463463374607431768211456", "340282366920938463463374607431768211456", &format!("::1–{TOP}")),
        ("2001:db8::/64", "18446744073709551616", "18446744073709551616", "2001:db8::1–2001:db8::ffff:ffff:ffff:ffff"),
        ("::/126", "4", "4", "::1–::3"),
        ("::/127", "2", "2", "::–::1"),
        ("::/128", "1", "1", "::–::"),
        (&format!("{TOP}/128"), "1", "1", &format!("{TOP}–{TOP}")),
    ] {
        let prefix = prefix(text);
        assert_eq!(prefix.size().to_string(), size, "{text}");
        assert_eq!(prefix.span().size().to_string(), size, "{text}");
        assert_eq!(prefix.capacity().to_string(), capacity, "{text}");
        assert_eq!(prefix.usable().to_string(), usable, "{text}");
        assert_eq!(prefix.span().prefixes(), [prefix], "{text}");
    }
}

#[test]
fn edges_are_ipv4_network_and_broadcast() {
    let edges = |text: &str| {
        let prefix = prefix(text);
        [prefix.first(), prefix.last(), prefix.usable().first()].map(|address| prefix.is_edge(address))
    };
    assert_eq!(edges("10.0.0.0/24"), [true, true, false]);
    assert_eq!(edges("0.0.0.0/0"), [true, true, false]);
    assert_eq!(edges("10.0.0.0/30"), [true, true, false]);
    assert_eq!(edges("10.0.0.0/31"), [false, false, false]);
    assert_eq!(edges("10.0.0.0/32"), [false, false, false]);
    assert_eq!(edges("2001:db8::/64"), [false, false, false]);
    assert_eq!(edges("::/0"), [false, false, false]);
}

#[test]
fn steps_stay_in_the_family() {
    assert_eq!(address("255.255.255.255").checked_add(1), None);
    assert_eq!(address("0.0.0.0").checked_sub(1), None);
    assert_eq!(address("0.0.0.0").checked_add(0xffff_ffff), Some(address("255.255.255.255")));
    assert_eq!(address("0.0.0.0").checked_add(u128::MAX), None);
    assert_eq!(address(TOP).checked_add(1), None);
    assert_eq!(address("::").checked_sub(1), None);
    assert_eq!(address("::").checked_add(u128::MAX), Some(address(TOP)));
}

#[test]
fn relatives_at_the_ends() {
    for root in ["0.0.0.0/0", "::/0"].map(prefix) {
        assert_eq!((root.parent(), root.sibling(), root.ancestors().count()), (None, None, 0));
        let [low, high] = root.halves().unwrap();
        assert_eq!((low.sibling(), high.sibling()), (Some(high), Some(low)));
        assert_eq!((low.parent(), high.parent()), (Some(root), Some(root)));
        assert_eq!((low.first(), high.last()), (root.first(), root.last()));
        assert_eq!(low.last().checked_add(1), Some(high.first()));
    }
    for text in ["0.0.0.0/32", "255.255.255.255/32", "::/128", &format!("{TOP}/128")] {
        let host = prefix(text);
        assert_eq!(host.halves(), None);
        assert_eq!(host.ancestors().count(), usize::from(host.length()));
        assert_eq!(host.ancestors().last().map(Prefix::length), Some(0));
        assert!(host.ancestors().all(|above| above.contains(&host)));
    }
    assert_eq!(texts(&prefix("128.0.0.0/3").ancestors().collect::<Vec<_>>()), ["128.0.0.0/2", "128.0.0.0/1", "0.0.0.0/0"]);
    assert!(!prefix("::/0").contains(&prefix("0.0.0.0/0")));
    assert!(!prefix("::/0").contains_address(address("10.0.0.1")));
    assert!(!prefix("::/0").overlaps(&prefix("10.0.0.0/8")));
    assert_eq!(prefix("10.0.0.0/8").common(&prefix("2001:db8::/32")), None);
    assert_eq!(prefix("0.0.0.0/32").common(&prefix("255.255.255.255/32")), Some(prefix("0.0.0.0/0")));
    assert_eq!(prefix("10.0.0.0/8").common(&prefix("10.0.0.0/24")), Some(prefix("10.0.0.0/8")));
    assert_eq!(prefix("::/128").common(&prefix("::1/128")), Some(prefix("::/127")));
}

#[test]
fn order_is_the_preorder_of_the_tree() {
    let mut list = ["::/0", "10.0.1.0/24", "10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "10.0.0.0/32", "9.0.0.0/8"].map(prefix);
    list.sort();
    assert_eq!(texts(&list), ["0.0.0.0/0", "9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/32", "10.0.1.0/24", "::/0"]);
}

#[test]
fn lengths_beyond_the_family_are_refused() {
    assert!(Prefix::new(address("10.0.0.0"), 33).is_err());
    assert!(Prefix::new(address("::"), 129).is_err());
    assert_eq!(Prefix::containing(address("10.0.0.0"), 33), None);
    assert_eq!(Prefix::containing(address("::"), u8::MAX), None);
    assert_eq!(prefix("10.0.0.0/24").count_of(33), None);
    assert_eq!(prefix("10.0.0.0/24").count_of(23), None);
    assert_eq!(prefix("10.0.0.0/24").count_of(26), Some(Count::from(4_u64)));
    assert_eq!(prefix("::/0").count_of(128), Some(Count::WHOLE));
}

#[test]
fn the_longest_cover_there_is() {
    assert_eq!(span("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe").prefixes().len(), 254);
    assert_eq!(texts(&span("0.0.0.1", "0.0.0.4").prefixes()), ["0.0.0.1/32", "0.0.0.2/31", "0.0.0.4/32"]);
    assert_eq!(texts(&span("255.255.255.253", "255.255.255.255").prefixes()), ["255.255.255.253/32", "255.255.255.254/31"]);
    assert_eq!(Span::new(address("::1"), address("::")), None);
    assert_eq!(Span::new(address("10.0.0.0"), address("::")), None);
}

#[test]
fn gaps_reach_the_ends() {
    for (whole, low, high) in [("0.0.0.0/0", "0.0.0.0/32", "255.255.255.255/32"), ("::/0", "::/128", &format!("{TOP}/128"))] {
        let (whole, low, high) = (prefix(whole), prefix(low), prefix(high));
        assert_eq!(free::gaps(whole.span(), []), [whole.span()]);
        assert_eq!(free::gaps(whole.span(), [whole.span()]), []);
        let inner = Span::new(low.first().checked_add(1).unwrap(), high.first().checked_sub(1).unwrap()).unwrap();
        assert_eq!(free::gaps(whole.span(), [low.span(), high.span()]), [inner]);
        assert_eq!(free::free_prefixes(whole, &whole.halves().unwrap()), []);
    }
    assert_eq!(free::gaps(prefix("10.0.0.0/8").span(), [prefix("::/0").span()]), [prefix("10.0.0.0/8").span()]);
}

#[test]
fn addresses_at_the_ends() {
    let top = prefix("255.255.255.252/30").span();
    let all = next_addresses(top, top.first(), [address("255.255.255.253")], &[], usize::MAX);
    assert_eq!(all, ["255.255.255.252", "255.255.255.254", "255.255.255.255"].map(address));
    assert_eq!(next_addresses(top, top.first(), [], &[prefix("0.0.0.0/0").span()], 1), []);
    assert_eq!(next_addresses(top, address("::"), [], &[prefix("::/0").span()], 1), [top.first()]);
    let whole = prefix("::/0").span();
    assert_eq!(next_addresses(whole, whole.last(), [], &[], 9), [whole.last()]);
    assert_eq!(next_addresses(whole, whole.last(), [whole.last()], &[], 9), []);
    // A blocked half of everything is one step.
    let low = prefix("::/1").span();
    assert_eq!(next_addresses(whole, whole.first(), [], &[low], 1), [address("8000::")]);
}

#[test]
fn prefixes_at_the_ends_cost_nothing() {
    let whole = prefix("::/0");
    let mut entropy = || u128::MAX;
    let mut pick = |children: &[Prefix], length, count, strategy| {
        next_prefixes(whole, children, length, count, strategy, &mut entropy).map(|found| texts(&found))
    };
    let top = format!("{TOP}/128");
    assert_eq!(pick(&[], 128, 2, Strategy::First).unwrap(), ["::/128", "::1/128"]);
    assert_eq!(pick(&[], 128, 1, Strategy::Last).unwrap(), [top.as_str()]);
    assert_eq!(pick(&[], 128, 1, Strategy::Random).unwrap(), [top.as_str()]);
    assert_eq!(pick(&[], 128, 2, Strategy::Best).unwrap(), ["::/128", "::1/128"]);
    assert_eq!(pick(&[], 128, 4, Strategy::Sparse).unwrap(), ["::/128", "8000::/128", "4000::/128", "c000::/128"]);
    assert_eq!(pick(&[], 1, 2, Strategy::Last).unwrap(), ["8000::/1", "::/1"]);
    let Err(AllocateError::NoSpace(space)) = pick(&[], 1, 3, Strategy::First) else { panic!("three halves") };
    assert_eq!((space.available, space.largest), (Count::from(2_u64), Some(0)));
    assert_eq!(pick(&[], 0, 1, Strategy::First).unwrap_err().to_string(), "/0 does not fit below ::/0: choose a length from 1 to 128");
    assert_eq!(pick(&[], 129, 1, Strategy::First).unwrap_err(), AllocateError::Length { parent: whole, length: 129 });
}

#[test]
fn utilisation_never_passes_100() {
    let of = |text: &str, used, reserved| Utilisation::new(prefix(text), used, reserved, Count::ZERO);
    assert_eq!(of("10.0.0.0/30", 1, 0).percent(), Some(50.0));
    assert_eq!(of("10.0.0.0/31", 1, 1).percent(), Some(100.0));
    assert_eq!(of("10.0.0.0/32", 0, 1).percent(), Some(100.0));
    assert_eq!(of("10.0.0.0/30", 9, 9).percent(), Some(100.0));
    assert_eq!(of("10.0.0.0/30", u64::MAX, u64::MAX).free(), Count::ZERO);
    assert_eq!(of("10.0.0.0/24", 4, 50).free(), Count::from(200_u64));
    assert_eq!(of("2001:db8::/64", 1, 0).percent(), None);
    let half = Utilisation::new(prefix("::/0"), 0, 0, prefix("::/1").size());
    assert_eq!(half.covered_percent(prefix("::/0")), Some(50.0));
}

#[test]
fn proposals_at_the_ends() {
    for text in [
        "0.0.0.0/0",
        "::/0",
        "255.255.255.254/31",
        &format!("{}/127", TOP.replace("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")),
    ] {
        let prefix = prefix(text);
        let parts = proposal::split(prefix, prefix.length() + 1, &[]).unwrap().parts;
        assert_eq!(parts, prefix.halves().unwrap());
        assert_eq!(proposal::merge(&parts), Ok(prefix));
        assert_eq!(proposal::resize(parts[1], prefix.length(), &parts).unwrap().to, prefix);
    }
    assert!(matches!(proposal::split(prefix("::/0"), 128, &[]), Err(proposal::SplitError::TooMany { .. })));
    assert_eq!(proposal::split(prefix("::/0"), 16, &[]).unwrap().parts.len(), 65_536);
    assert!(matches!(proposal::split(prefix("10.0.0.1/32"), 33, &[]), Err(proposal::SplitError::Length { .. })));
    assert!(matches!(proposal::resize(prefix("10.0.0.0/24"), 33, &[]), Err(proposal::ResizeError::Length { .. })));
}
