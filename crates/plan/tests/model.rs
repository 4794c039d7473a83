//! Every rule against a naive model: worlds of 256 addresses at both ends and in the middle of both families, as arrays of booleans.
#![cfg(test)]

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use ringfence_plan::allocate::{AllocateError, Strategy as Choice, next_addresses, next_prefixes};
use ringfence_plan::{Address, Count, Prefix, Span, free, proposal, tree};

const WORLD: usize = 256;
const WORLDS: [&str; 7] = [
    "0.0.0.0/24",
    "10.1.2.0/24",
    "255.255.255.0/24",
    "::/120",
    "2001:db8::/120",
    "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120",
];

fn world() -> impl Strategy<Value = Prefix> {
    prop::sample::select(WORLDS.to_vec()).prop_map(|text| Prefix::parse(text).unwrap())
}

/// Start and depth of a prefix in a world: depth 0 is the world.
fn place() -> impl Strategy<Value = (u8, u8)> {
    (any::<u8>(), 0_u8..=8)
}

fn at(world: Prefix, index: usize) -> Address {
    world.first().checked_add(index as u128).unwrap()
}

fn index(world: Prefix, address: Address) -> usize {
    usize::try_from(address.bits() - world.first().bits()).unwrap()
}

fn prefix(world: Prefix, (start, depth): (u8, u8)) -> Prefix {
    Prefix::containing(at(world, start.into()), world.length() + depth).unwrap()
}

fn sorted(world: Prefix, places: &[(u8, u8)]) -> Vec<Prefix> {
    let set: BTreeSet<Prefix> = places.iter().map(|place| prefix(world, *place)).collect();
    set.into_iter().collect()
}

fn mark(world: Prefix, spans: impl IntoIterator<Item = Span>) -> Vec<bool> {
    let mut marks = vec![false; WORLD];
    for span in spans {
        marks[index(world, span.first())..=index(world, span.last())].fill(true);
    }
    marks
}

/// The fewest aligned blocks, by the definition: a block is wanted if all of it is, and else its halves are asked.
fn cover(wanted: &[bool], start: usize) -> Vec<(usize, usize)> {
    if wanted.iter().all(|wanted| *wanted) {
        return vec![(start, wanted.len())];
    }
    if wanted.len() == 1 {
        return vec![];
    }
    let (low, high) = wanted.split_at(wanted.len() / 2);
    [cover(low, start), cover(high, start + low.len())].concat()
}

/// One choice, by the definition of the strategy.
fn naive_choice(taken: &[bool], size: usize, strategy: Choice) -> Option<usize> {
    let free: Vec<bool> = taken.iter().map(|taken| !taken).collect();
    let slots = (0..WORLD).step_by(size).filter(|start| free[*start..start + size].iter().all(|free| *free));
    let blocks = cover(&free, 0);
    let block = |slot: usize| blocks.iter().find(|(start, len)| (*start..start + len).contains(&slot)).unwrap().1;
    match strategy {
        Choice::Last => slots.max(),
        Choice::Best => slots.min_by_key(|slot| (block(*slot), *slot)),
        Choice::Sparse => slots.min_by_key(|slot| (WORLD - block(*slot), *slot)),
        Choice::First | Choice::Random => slots.min(),
    }
}

/// A small generator, good enough to be even (splitmix64, twice).
fn generator(seed: u64) -> impl FnMut() -> u128 {
    let mut state = seed;
    let mut half = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    move || (u128::from(half()) << 64) | u128::from(half())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn prefixes_relate_as_their_addresses_do(world in world(), one in place(), other in place(), host: u8) {
        let (one, other) = (prefix(world, one), prefix(world, other));
        let (mine, theirs) = (mark(world, [one.span()]), mark(world, [other.span()]));
        let both = |rule: fn(bool, bool) -> bool| mine.iter().zip(&theirs).map(move |(a, b)| rule(*a, *b)).collect::<Vec<_>>();
        prop_assert_eq!(one.contains(&other), both(|a, b| a || !b).iter().all(|fine| *fine));
        prop_assert_eq!(one.overlaps(&other), both(|a, b| a && b).contains(&true));
        prop_assert_eq!(one.contains_address(at(world, host.into())), mine[usize::from(host)]);
        prop_assert_eq!(one.size(), Count::from(mine.iter().filter(|mine| **mine).count() as u64));
        prop_assert_eq!(one.usable().size() <= one.capacity(), true);
        let common = one.common(&other).unwrap();
        prop_assert!(common.contains(&one) && common.contains(&other));
        let tight = || common.halves().unwrap().iter().all(|half| !(half.contains(&one) && half.contains(&other)));
        prop_assert!(common == one || common == other || tight());
        if let Some(sibling) = one.sibling() {
            prop_assert!(!sibling.overlaps(&one) && sibling.parent() == one.parent() && sibling.sibling() == Some(one));
        }
    }

    #[test]
    fn a_span_is_covered_by_the_fewest_prefixes(world in world(), ends: (u8, u8)) {
        let (first, last) = (usize::from(ends.0.min(ends.1)), usize::from(ends.0.max(ends.1)));
        let span = Span::new(at(world, first), at(world, last)).unwrap();
        let found: Vec<(usize, usize)> =
            span.prefixes().into_iter().map(|prefix| (index(world, prefix.first()), 1 << prefix.host_bits())).collect();
        prop_assert_eq!(found, cover(&mark(world, [span]), 0));
    }

    #[test]
    fn gaps_are_what_is_not_taken(world in world(), inner in place(), pairs in vec(any::<(u8, u8)>(), 0..12), shuffled: bool) {
        let within = prefix(world, inner);
        let mut taken: Vec<Span> =
            pairs.iter().map(|(a, b)| Span::new(at(world, usize::from(*a.min(b))), at(world, usize::from(*a.max(b)))).unwrap()).collect();
        if !shuffled {
            taken.sort();
        }
        let gaps = free::gaps(within.span(), taken.clone());
        let (inside, blocked) = (mark(world, [within.span()]), mark(world, taken));
        let expected: Vec<bool> = inside.iter().zip(&blocked).map(|(inside, blocked)| *inside && !blocked).collect();
        prop_assert_eq!(mark(world, gaps.clone()), expected);
        // Maximal and in order: between two gaps something is taken.
        prop_assert!(gaps.is_sorted_by(|one, next| one.last().checked_add(1).unwrap() < next.first()));
    }

    #[test]
    fn free_prefixes_are_the_fewest(world in world(), places in vec(place(), 0..10)) {
        let children = sorted(world, &places);
        let taken = mark(world, children.iter().map(|child| child.span()));
        let free: Vec<bool> = taken.iter().map(|taken| !taken).collect();
        let found: Vec<(usize, usize)> = free::free_prefixes(world, &children)
            .into_iter().map(|prefix| (index(world, prefix.first()), 1 << prefix.host_bits())).collect();
        // The model works on the whole world; gaps side by side within one block do not exist, so both agree.
        prop_assert_eq!(found, cover(&free, 0));
    }

    #[test]
    fn parents_are_the_tightest_that_contain(world in world(), places in vec(place(), 0..30)) {
        let list = sorted(world, &places);
        let parents = tree::nest(&list).unwrap();
        let above = |child: &Prefix| (0..list.len()).filter(|i| list[*i] != *child && list[*i].contains(child)).collect::<Vec<_>>();
        for (child, parent) in list.iter().zip(&parents) {
            prop_assert_eq!(*parent, above(child).into_iter().max_by_key(|i| list[*i].length()));
        }
        let depths: Vec<u32> = list.iter().map(|child| u32::try_from(above(child).len()).unwrap()).collect();
        prop_assert_eq!(tree::depths(&parents), depths);
    }

    #[test]
    fn next_addresses_are_the_lowest_free(
        world in world(), inner in place(), from: u8, rows in vec(any::<u8>(), 0..200),
        pairs in vec((any::<u8>(), 0_u8..20), 0..6), count in 0_usize..40,
    ) {
        let usable = prefix(world, inner).usable();
        let taken: BTreeSet<Address> = rows.iter().map(|row| at(world, usize::from(*row))).collect();
        let mut blocked: Vec<Span> = pairs.iter()
            .map(|(a, len)| Span::new(at(world, usize::from(*a)), at(world, usize::from(a.saturating_add(*len)))).unwrap()).collect();
        blocked.sort();
        let from = at(world, usize::from(from));
        let expected: Vec<Address> = (0..WORLD).map(|i| at(world, i))
            .filter(|a| *a >= from && usable.contains(*a) && !taken.contains(a) && !blocked.iter().any(|span| span.contains(*a)))
            .take(count).collect();
        prop_assert_eq!(next_addresses(usable, from, taken, &blocked, count), expected);
    }

    #[test]
    fn next_prefixes_follow_the_definition(
        world in world(), places in vec((any::<u8>(), 2_u8..=8), 0..12), deeper in 1_u8..=8, count in 1_usize..20,
    ) {
        let children = sorted(world, &places);
        let size = WORLD >> deeper;
        for strategy in [Choice::First, Choice::Last, Choice::Best, Choice::Sparse] {
            let mut taken = mark(world, children.iter().map(|child| child.span()));
            let mut expected = Vec::new();
            while let Some(start) = naive_choice(&taken, size, strategy) {
                taken[start..start + size].fill(true);
                expected.push(start);
            }
            let found = next_prefixes(world, &children, world.length() + deeper, count, strategy, &mut || 0);
            if expected.len() < count {
                let Err(AllocateError::NoSpace(space)) = found else { panic!("{found:?}") };
                prop_assert_eq!(space.available, Count::from(expected.len() as u64));
                prop_assert_eq!(space.largest, free::free_prefixes(world, &children).into_iter().map(Prefix::length).min());
            } else {
                expected.truncate(count);
                let found = found.unwrap();
                prop_assert!(found.iter().all(|prefix| prefix.length() == world.length() + deeper));
                prop_assert_eq!(found.into_iter().map(|prefix| index(world, prefix.first())).collect::<Vec<_>>(), expected, "{}", strategy);
            }
        }
    }

    #[test]
    fn random_prefixes_are_free_and_different(
        world in world(), places in vec((any::<u8>(), 2_u8..=8), 0..12), deeper in 1_u8..=8, seed: u64,
    ) {
        let children = sorted(world, &places);
        let length = world.length() + deeper;
        let taken = mark(world, children.iter().map(|child| child.span()));
        let size = WORLD >> deeper;
        let free: Vec<usize> = (0..WORLD).step_by(size).filter(|start| !taken[*start..start + size].contains(&true)).collect();
        for count in [free.len() / 2, free.len()] {
            let found = next_prefixes(world, &children, length, count, Choice::Random, &mut generator(seed)).unwrap();
            let set: BTreeSet<usize> = found.iter().map(|prefix| index(world, prefix.first())).collect();
            prop_assert_eq!(set.len(), count);
            prop_assert!(set.iter().all(|start| free.contains(start)));
        }
    }

    #[test]
    fn merging_undoes_splitting_and_nothing_else_merges(
        world in world(), places in vec(place(), 2..6), deeper in 1_u8..=8, lost: prop::sample::Index,
    ) {
        let mut parts = proposal::split(world, world.length() + deeper, &[]).unwrap().parts;
        prop_assert_eq!(parts.len(), 1 << deeper);
        prop_assert!(parts.is_sorted() && parts.iter().all(|part| part.length() == world.length() + deeper));
        prop_assert_eq!(proposal::merge(&parts), Ok(world));
        parts.remove(lost.index(parts.len()));
        prop_assert_ne!(proposal::merge(&parts), Ok(world));

        let list: Vec<Prefix> = places.iter().map(|place| prefix(world, *place)).collect();
        let disjoint = (0..list.len()).all(|i| (0..i).all(|j| !list[i].overlaps(&list[j])));
        let blocks = cover(&mark(world, list.iter().map(|prefix| prefix.span())), 0);
        prop_assert_eq!(proposal::merge(&list).is_ok(), disjoint && blocks.len() == 1);
        if let Ok(whole) = proposal::merge(&list) {
            prop_assert_eq!((index(world, whole.first()), 1 << whole.host_bits()), blocks[0]);
        }
    }

    #[test]
    fn resizing_lists_who_changes_sides(world in world(), one in place(), places in vec(place(), 0..20), depth in 0_u8..=8) {
        let one = prefix(world, one);
        let others = sorted(world, &places);
        let Ok(resize) = proposal::resize(one, world.length() + depth, &others) else {
            let to = Prefix::containing(one.first(), world.length() + depth).unwrap();
            prop_assert!(to == one || others.contains(&to));
            return Ok(());
        };
        let rest: BTreeSet<Prefix> = others.into_iter().filter(|other| *other != one).collect();
        let inside = |outer: Prefix| rest.iter().copied().filter(|other| outer.contains(other)).collect::<BTreeSet<_>>();
        let (before, after) = (inside(one), inside(resize.to));
        prop_assert_eq!(resize.swallowed.iter().copied().collect::<BTreeSet<_>>(), &after - &before);
        prop_assert_eq!(resize.fallen_out.iter().copied().collect::<BTreeSet<_>>(), &before - &after);
        prop_assert!(resize.outgrown.iter().all(|other| other.contains(&one) && resize.swallowed.contains(other)));
    }

    #[test]
    fn counts_are_128_bit_arithmetic_with_one_more(a: u128, b: u128) {
        let (big, small) = (Count::from(a.max(b)), Count::from(a.min(b)));
        prop_assert_eq!(big.checked_sub(small).and_then(|difference| difference.checked_add(small)), Some(big));
        prop_assert_eq!(small.checked_sub(big).is_some(), a == b);
        prop_assert_eq!(big.checked_add(small).and_then(Count::as_u128), a.checked_add(b));
        prop_assert_eq!(Count::WHOLE.checked_sub(big).and_then(|rest| rest.checked_add(big)), Some(Count::WHOLE));
        prop_assert_eq!(big.to_string().parse(), Ok(big));
        prop_assert_eq!(Count::one_more_than(a).less_one(), Some(a));
        prop_assert_eq!(big.cmp(&small), a.max(b).cmp(&a.min(b)));
    }
}

#[test]
fn random_is_even() {
    let world = Prefix::parse("10.1.2.0/24").unwrap();
    // 13 free /28 in uneven runs.
    let children: Vec<Prefix> = ["10.1.2.16/28", "10.1.2.80/29", "10.1.2.200/32"].map(|text| Prefix::parse(text).unwrap()).to_vec();
    let mut entropy = generator(7);
    let mut hits = [0_u32; 16];
    for _ in 0..13_000 {
        let found = next_prefixes(world, &children, 28, 2, Choice::Random, &mut entropy).unwrap();
        for prefix in found {
            hits[index(world, prefix.first()) / 16] += 1;
        }
    }
    for (slot, hits) in hits.into_iter().enumerate() {
        // 2,000 each; the standard deviation is 41.
        let fine = if [1, 5, 12].contains(&slot) { hits == 0 } else { (1_800..2_200).contains(&hits) };
        assert!(fine, "slot {slot}: {hits}");
    }
}
