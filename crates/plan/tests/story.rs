//! Worked examples of what a person sees: strategies, refusals, proposals.
#![cfg(test)]

use ringfence_plan::allocate::{AllocateError, MOST, Strategy, next_prefixes};
use ringfence_plan::proposal::{self, MergeError, Move, ResizeError, SplitError};
use ringfence_plan::{Address, Prefix, free, tree};

fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

fn prefixes(text: &str) -> Vec<Prefix> {
    text.split_whitespace().map(prefix).collect()
}

fn addresses(text: &str) -> Vec<Address> {
    text.split_whitespace().map(|text| Address::parse(text).unwrap()).collect()
}

fn pick(parent: &str, children: &str, length: u8, count: usize, strategy: Strategy) -> Result<Vec<Prefix>, AllocateError> {
    next_prefixes(prefix(parent), &prefixes(children), length, count, strategy, &mut || 0)
}

#[test]
fn strategies_choose_as_they_say() {
    let children = "10.0.0.0/26 10.0.0.128/27";
    for (strategy, expected) in [
        (Strategy::First, "10.0.0.64/27 10.0.0.96/27 10.0.0.160/27"),
        (Strategy::Last, "10.0.0.224/27 10.0.0.192/27 10.0.0.160/27"),
        (Strategy::Best, "10.0.0.160/27 10.0.0.64/27 10.0.0.96/27"),
        (Strategy::Sparse, "10.0.0.64/27 10.0.0.192/27 10.0.0.96/27"),
    ] {
        assert_eq!(pick("10.0.0.0/24", children, 27, 3, strategy).unwrap(), prefixes(expected), "{strategy}");
    }
}

#[test]
fn sparse_halves_the_free_space() {
    let expected =
        "10.0.0.0/24 10.0.128.0/24 10.0.64.0/24 10.0.192.0/24 10.0.32.0/24 10.0.96.0/24 10.0.160.0/24 10.0.224.0/24 10.0.16.0/24";
    assert_eq!(pick("10.0.0.0/16", "", 24, 9, Strategy::Sparse).unwrap(), prefixes(expected));
}

#[test]
fn too_little_space_says_how_much_there_is() {
    let refused = |children, length, count| pick("10.0.0.0/24", children, length, count, Strategy::First).unwrap_err().to_string();
    assert_eq!(refused("10.0.0.0/25", 26, 3), "10.0.0.0/24 has room for 2 of the 3 /26 asked for; its largest free block is a /25");
    assert_eq!(refused("10.0.0.0/25 10.0.0.192/26", 25, 1), "10.0.0.0/24 has no room for a /25: its largest free block is a /26");
    assert_eq!(refused("10.0.0.0/25 10.0.0.128/25", 32, 1), "10.0.0.0/24 is full: nothing in it is free");
    assert_eq!(refused("", 24, 1), "/24 does not fit below 10.0.0.0/24: choose a length from 25 to 32");
    assert_eq!(
        pick("10.0.0.0/32", "", 32, 1, Strategy::First).unwrap_err().to_string(),
        "10.0.0.0/32 is a single address: no /32 fits below it"
    );
    assert_eq!(
        pick("::/0", "", 64, MOST + 1, Strategy::First).unwrap_err().to_string(),
        "65537 prefixes are too many at once: ask for at most 65536"
    );
    assert_eq!(pick("10.0.0.0/24", "", 26, 0, Strategy::First), Ok(vec![]));
}

#[test]
fn a_hundred_thousand_children_are_no_matter() {
    let parent = prefix("2001:db8::/32");
    let all = next_prefixes(parent, &[], 64, 1, Strategy::First, &mut || 0).unwrap();
    let children: Vec<Prefix> = (0..100_000_u128).map(|n| Prefix::new(all[0].first().checked_add(n << 65).unwrap(), 64).unwrap()).collect();
    let mut state = 1_u128;
    let mut entropy = || {
        state = state.wrapping_mul(0xda94_2042_e4dd_58b5).wrapping_add(0x9e37_79b9_7f4a_7c15);
        state
    };
    for strategy in Strategy::ALL {
        let found = next_prefixes(parent, &children, 64, MOST, strategy, &mut entropy).unwrap();
        assert_eq!(found.len(), MOST);
        let mut together = [children.clone(), found].concat();
        together.sort();
        // Every root alone: nothing handed out overlaps a child or another.
        assert!(tree::nest(&together).unwrap().iter().all(Option::is_none), "{strategy}");
    }
}

#[test]
fn names_of_strategies_read_back() {
    for strategy in Strategy::ALL {
        assert_eq!(strategy.name().parse(), Ok(strategy));
    }
    assert_eq!("First".parse::<Strategy>().unwrap_err().to_string(), "write one of first, last, best, sparse, random");
}

#[test]
fn unsorted_lists_are_refused_or_sorted() {
    assert_eq!(tree::nest(&prefixes("10.0.0.0/8 9.0.0.0/8")), Err(tree::Unsorted { index: 1 }));
    assert_eq!(tree::nest(&prefixes("9.0.0.0/8 10.0.0.0/8 10.0.0.0/8")), Err(tree::Unsorted { index: 2 }));
    assert_eq!(free::free_prefixes(prefix("10.0.0.0/30"), &prefixes("10.0.0.3/32 10.0.0.0/31")), prefixes("10.0.0.2/32"));
    let parents = tree::nest(&prefixes("0.0.0.0/0 10.0.0.0/8 10.0.0.0/24 11.0.0.0/8 ::/0 ::/1")).unwrap();
    assert_eq!(parents, [None, Some(0), Some(1), Some(0), None, Some(4)]);
    assert_eq!(tree::depths(&parents), [0, 1, 2, 1, 0, 1]);
}

#[test]
fn a_split_says_what_moves_and_what_is_stranded() {
    let children = prefixes("10.0.0.0/26 10.0.0.64/28 10.0.0.80/28 10.0.0.128/25");
    let split = proposal::split(prefix("10.0.0.0/24"), 26, &children).unwrap();
    assert_eq!(split.parts, prefixes("10.0.0.0/26 10.0.0.64/26 10.0.0.128/26 10.0.0.192/26"));
    assert_eq!(split.existing, prefixes("10.0.0.0/26"));
    let to = prefix("10.0.0.64/26");
    assert_eq!(split.moves, [Move { child: children[1], to }, Move { child: children[2], to }]);
    assert_eq!(split.astride, prefixes("10.0.0.128/25"));
    let rows = addresses("10.0.0.0 10.0.0.1 10.0.0.63 10.0.0.64 10.0.0.65 10.0.0.255");
    assert_eq!(split.stranded(rows), addresses("10.0.0.63 10.0.0.64"));
    assert_eq!(split.part_of(addresses("10.0.0.65")[0]), Some(to));
    assert_eq!(split.part_of(addresses("10.0.1.65")[0]), None);
    let refused = proposal::split(prefix("10.0.0.0/24"), 24, &[]).unwrap_err();
    assert_eq!(refused.to_string(), "10.0.0.0/24 cannot be split into /24: choose a length from 25 to 32");
    let refused = proposal::split(prefix("2001:db8::/32"), 64, &[]).unwrap_err();
    assert_eq!(refused, SplitError::TooMany { prefix: prefix("2001:db8::/32"), length: 64 });
    assert_eq!(refused.to_string(), "2001:db8::/32 has more than 65536 /64: split in steps, at most to /48");
}

#[test]
fn a_merge_wants_all_parts() {
    let merge = |text: &str| proposal::merge(&prefixes(text));
    assert_eq!(merge("10.0.0.128/25 10.0.0.0/26 10.0.0.64/26"), Ok(prefix("10.0.0.0/24")));
    assert_eq!(merge("10.0.0.0/24"), Err(MergeError::TooFew));
    assert_eq!(merge(""), Err(MergeError::TooFew));
    assert_eq!(merge("10.0.0.0/24 ::/64"), Err(MergeError::Families));
    assert_eq!(merge("10.0.0.0/24 10.0.0.0/24").unwrap_err().to_string(), "10.0.0.0/24 is chosen twice");
    assert_eq!(
        merge("10.0.0.0/24 10.0.1.0/24 10.0.1.0/25").unwrap_err().to_string(),
        "10.0.1.0/25 lies inside 10.0.1.0/24: merge only prefixes side by side"
    );
    // Side by side but not halves of one prefix.
    assert_eq!(
        merge("10.0.1.0/24 10.0.2.0/24").unwrap_err().to_string(),
        "these do not make up all of 10.0.0.0/22: missing 10.0.0.0/24 and 1 more"
    );
}

#[test]
fn a_resize_says_what_it_swallows_and_drops() {
    let others = prefixes("10.0.0.0/16 10.0.0.0/23 10.0.0.0/24 10.0.1.0/24 10.0.1.0/26 10.0.1.128/25 10.0.2.0/24");
    let grown = proposal::resize(prefix("10.0.1.0/24"), 22, &others).unwrap();
    assert_eq!(grown.to, prefix("10.0.0.0/22"));
    assert_eq!(grown.swallowed, prefixes("10.0.0.0/23 10.0.0.0/24 10.0.2.0/24"));
    assert_eq!(grown.outgrown, prefixes("10.0.0.0/23"));
    assert_eq!(grown.fallen_out, []);
    assert_eq!(grown.stranded(addresses("10.0.1.1 10.0.1.255")), []);
    let shrunk = proposal::resize(prefix("10.0.1.0/24"), 27, &others).unwrap();
    assert_eq!(shrunk.to, prefix("10.0.1.0/27"));
    assert_eq!(shrunk.fallen_out, prefixes("10.0.1.0/26 10.0.1.128/25"));
    assert_eq!(shrunk.swallowed, []);
    assert_eq!(shrunk.outside(addresses("10.0.0.1 10.0.1.1 10.0.1.31 10.0.1.32 10.0.1.255")), addresses("10.0.1.32 10.0.1.255"));
    assert_eq!(shrunk.stranded(addresses("10.0.1.0 10.0.1.1 10.0.1.31 10.0.1.32")), addresses("10.0.1.31"));
    assert_eq!(proposal::resize(prefix("10.0.1.0/24"), 23, &others), Err(ResizeError::Exists { to: prefix("10.0.0.0/23") }));
    assert_eq!(proposal::resize(prefix("10.0.1.0/24"), 24, &others), Err(ResizeError::Unchanged { prefix: prefix("10.0.1.0/24") }));
}
