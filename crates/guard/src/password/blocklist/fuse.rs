//! A 3-wise binary fuse filter with 16-bit fingerprints: three slots of a table, put together by exclusive or, give the fingerprint of
//! every key that was put in, and of one other key in 65,536.
//!
//! Graf and Lemire, *Binary Fuse Filters: Fast and Smaller Than Xor Filters*, 2022, <https://arxiv.org/abs/2201.01174>. The crate `xorf`
//! builds the table. The look-up is ours, because the table lies in a file of a format that we promise to read for years; and so each
//! table is asked for all of its keys before it is handed out, which also holds when another `xorf` should hash differently.
//!
//! ```text
//! hash = murmur64(key + seed)         segments of 2^n slots, overlapping in threes
//!                                     ┌──────┬──────┬──────┬──────┬──────┬──────┐
//! first  = hash · positions / 2^64    │      │  ●   │      │      │      │      │
//! second = first + segment, shuffled  │      │      │   ●  │      │      │      │
//! third  = first + 2 segments, too    │      │      │      │ ●    │      │      │
//!                                     └──────┴──────┴──────┴──────┴──────┴──────┘
//! ```

use xorf::BinaryFuse16;

/// How often building is tried with other hashes; `xorf` tries a thousand seeds each time.
const TRIES: u64 = 4;
/// Distance between the seeds of two tries: the golden ratio, as in `SplitMix64`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a look-up must know of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fuse {
    /// Chooses the hash function.
    pub seed: u64,
    /// Slots in a segment, a power of two.
    pub segment: u32,
    /// Slots in which a first position may lie; the table is two segments longer.
    pub positions: u32,
}

impl Fuse {
    /// Builds the table of distinct `keys`. None if no seed was found for them: practically only if they were made up for that.
    pub fn build(keys: &[u64]) -> Option<(Self, Box<[u16]>)> {
        (0..TRIES).find_map(|attempt| {
            let salt = GOLDEN.wrapping_mul(attempt);
            let built = BinaryFuse16::try_from_iterator(keys.iter().map(|key| key.wrapping_add(salt))).ok()?;
            let fuse = Self {
                seed: built.descriptor.seed.wrapping_add(salt),
                segment: built.descriptor.segment_length,
                positions: built.descriptor.segment_count_length,
            };
            let slot = |index: u64| usize::try_from(index).ok().and_then(|index| built.fingerprints.get(index)).copied().ok_or(());
            let complete = fuse.is_sound()
                && fuse.slots() == u64::try_from(built.fingerprints.len()).ok()?
                && keys.iter().all(|key| fuse.contains(*key, slot) == Ok(true));
            complete.then_some((fuse, built.fingerprints))
        })
    }

    /// Whether the figures fit together; look-ups then stay within [`Fuse::slots`].
    pub fn is_sound(self) -> bool {
        self.segment.is_power_of_two() && self.positions.is_multiple_of(self.segment) && self.positions > 0
    }

    /// Length of the table.
    pub fn slots(self) -> u64 {
        u64::from(self.positions) + 2 * u64::from(self.segment)
    }

    /// Whether `key` is in the table, which is asked for exactly three slots.
    pub fn contains<E>(self, key: u64, mut slot: impl FnMut(u64) -> Result<u16, E>) -> Result<bool, E> {
        let hash = mix(key.wrapping_add(self.seed));
        let [first, second, third] = self.indices(hash);
        Ok(slot(first)? ^ slot(second)? ^ slot(third)? == fingerprint(hash))
    }

    fn indices(self, hash: u64) -> [u64; 3] {
        let segment = u64::from(self.segment);
        let within = segment.wrapping_sub(1);
        let first = ((u128::from(hash) * u128::from(self.positions)) >> 64) as u64;
        [first, (first + segment) ^ ((hash >> 18) & within), (first + 2 * segment) ^ (hash & within)]
    }
}

/// The finaliser of `MurmurHash3`: one bit of the argument changes half of the bits of the answer, and no two arguments have the same.
pub(super) const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

#[expect(clippy::cast_possible_truncation, reason = "the fingerprint is the lower 16 bits")]
const fn fingerprint(hash: u64) -> u16 {
    (hash ^ (hash >> 32)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use xorf::Filter as _;

    fn holds(fuse: Fuse, table: &[u16], key: u64) -> bool {
        fuse.contains(key, |index| Ok::<_, Infallible>(table[usize::try_from(index).unwrap()])).unwrap()
    }

    proptest! {
        #[test]
        fn every_key_is_found_and_hardly_another(
            keys in prop::collection::btree_set(any::<u64>(), 0..3_000),
            others in prop::collection::vec(any::<u64>(), 1_000),
        ) {
            let listed: Vec<u64> = keys.iter().copied().collect();
            let (fuse, table) = Fuse::build(&listed).unwrap();
            prop_assert!(listed.iter().all(|key| holds(fuse, &table, *key)));
            let wrong = others.iter().filter(|key| !keys.contains(key) && holds(fuse, &table, **key)).count();
            // One in 65,536: that three of a thousand are wrong happens once in two million times.
            prop_assert!(wrong < 3, "{wrong}");
        }

        #[test]
        fn no_look_up_leaves_the_table(bits in 0_u32..20, segments in 1_u32..4_000, seed: u64, key: u64) {
            let fuse = Fuse { seed, segment: 1 << bits, positions: segments << bits };
            prop_assert!(fuse.is_sound());
            fuse.contains(key, |index| { assert!(index < fuse.slots()); Ok::<_, Infallible>(0) }).unwrap();
        }
    }

    #[test]
    fn three_slots_are_read() {
        let (fuse, table) = Fuse::build(&[1, 2, 3]).unwrap();
        for key in 0..100 {
            let mut read = BTreeSet::new();
            let mut slot = |index: u64| {
                read.insert(index);
                Ok::<_, Infallible>(table[usize::try_from(index).unwrap()])
            };
            fuse.contains(key, &mut slot).unwrap();
            assert_eq!(read.len(), 3);
        }
    }

    #[test]
    fn keys_in_a_row_and_few_keys_do_as_well() {
        for count in (0..=12).chain([100, 1_000, 11_180, 11_200, 11_504, 11_521, 100_000]) {
            let keys: Vec<u64> = (0..count).collect();
            let (fuse, table) = Fuse::build(&keys).unwrap();
            assert!(keys.iter().all(|key| holds(fuse, &table, *key)), "{count}");
        }
    }

    #[test]
    fn the_look_up_agrees_with_the_one_of_xorf() {
        let keys: Vec<u64> = (0..20_000).map(mix).collect();
        let theirs = BinaryFuse16::try_from(&keys).unwrap();
        let (fuse, table) = Fuse::build(&keys).unwrap();
        assert_eq!(table, theirs.fingerprints);
        let asked = (0..2_000_000).map(|key| mix(key + 1_000_000));
        let wrong = asked.inspect(|key| assert_eq!(holds(fuse, &table, *key), theirs.contains(key))).filter(|key| theirs.contains(key));
        assert!((10..60).contains(&wrong.count()));
    }

    #[test]
    fn figures_that_do_not_fit_are_seen() {
        let sound = Fuse { seed: 1, segment: 8, positions: 16 };
        assert!(sound.is_sound());
        assert_eq!(sound.slots(), 32);
        for (segment, positions) in [(0, 16), (6, 12), (8, 12), (8, 0), (32, 16)] {
            assert!(!Fuse { segment, positions, ..sound }.is_sound(), "{segment} {positions}");
        }
    }
}
