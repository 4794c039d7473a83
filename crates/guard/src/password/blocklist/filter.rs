//! The file of an imported list, and how one key is looked up in it.
//!
//! ```text
//! offset  bytes                                     all numbers little-endian
//!      0      8  "RFBLIST\0"
//!      8      4  version of this layout: 1
//!     12      2  kind of list: 1 plain, 2 SHA-1, 3 NT
//!     14      2  b: there are 2^b shards, b at most 5
//!     16      8  distinct keys
//!     24      8  entries, counted with those that the list had twice
//!     32      8  when it was imported, in microseconds since 1970 UTC
//!     40     32  SHA-256 of the tables
//!     72 16·2^b  for each shard: seed (8), slots in a segment (4), first positions (4)
//!      …      …  zeros
//!  4,064     32  SHA-256 of everything above
//!  4,096      …  the tables, one for each shard, in blocks of 4,096 bytes: 2,046 slots of 2 bytes (see `fuse`), zeros after the last of
//!                a table, and the CRC-32 of the block's offset and slots
//! ```
//!
//! A key belongs to the shard that the upper b bits of `mix(key)` name. Shards bound the memory that building takes; a look-up costs three
//! reads of a block with one or with 32. There are at most [`KEYS_IN_A_SHARD`] keys in each, give or take chance, and more than half as
//! many if there are several: tables of that size have no more than 1.125 slots for a key, 2.26 bytes with what rounding adds.
//!
//! What can go wrong is told apart from "not listed", at the look-up that meets it: the head and the length of the file are checked at
//! each opening, a block when it is read (a disk reads 4,096 bytes at once anyway), and a file that was written to while it is open is an
//! error. [`Filter::verify`] reads all of it.

use super::fuse::{self, Fuse};
use super::import::Progress;
use super::kind::Kind;
use super::open_file;
use crate::clock::Timestamp;
use crate::hash::{Running, sha256};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::SystemTime;

/// More keys than this in one table take another bit of shards.
pub(super) const KEYS_IN_A_SHARD: usize = 4_000_000;
/// Bits of shards at most: 32 shards hold the 100 million that an import takes.
pub(super) const MOST_SHARD_BITS: u16 = 5;

const MAGIC: [u8; 8] = *b"RFBLIST\0";
const VERSION: u32 = 1;
/// What is read, checked and written at once: a page of the disk's cache.
const BLOCK: usize = 4_096;
const BLOCK_BYTES: u64 = BLOCK as u64;
/// What a block holds beside its checksum.
const SLOTS: usize = (BLOCK - 4) / 2;
const SLOTS_IN_BLOCK: u64 = SLOTS as u64;
/// What is hashed of the head.
const HASHED: usize = BLOCK - 32;

/// An opened file of a list.
#[derive(Debug)]
pub(super) struct Filter {
    file: File,
    stamp: Stamp,
    facts: Facts,
    tables_hash: [u8; 32],
    shard_bits: u16,
    shards: Vec<Shard>,
}

/// What a file says of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What the list holds.
    pub kind: Kind,
    /// Lines that are not blank.
    pub entries: u64,
    /// Distinct ones among them.
    pub keys: u64,
    /// When it was imported.
    pub at: Timestamp,
    /// Length of the file.
    pub bytes: u64,
}

/// What changes when someone writes to a file.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    written: SystemTime,
}

#[derive(Debug)]
struct Shard {
    fuse: Fuse,
    /// Where its table begins in the file.
    at: u64,
}

impl Filter {
    /// Opens a file and checks its head and its length.
    ///
    /// An error says what is wrong with the file: it cannot be read, is none of ours or of a newer version, is damaged or cut off.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = open_file(path)?;
        let mut head = Vec::with_capacity(BLOCK);
        (&file).take(BLOCK_BYTES).read_to_end(&mut head)?;
        let rest = &mut head.as_slice();
        if take(rest)? != MAGIC {
            return Err(damaged("is not the file of an imported list"));
        }
        if u32::from_le_bytes(take(rest)?) != VERSION {
            return Err(damaged("was written by another version: import the list again"));
        }
        let (hashed, hash) = head.split_at_checked(HASHED).ok_or_else(|| damaged(CUT))?;
        if hash.len() != 32 {
            return Err(damaged(CUT));
        }
        if hash != sha256(hashed) {
            return Err(damaged(DAMAGED_HEAD));
        }
        Self::of(file, rest)
    }

    /// From what stands in the head behind the version.
    fn of(file: File, rest: &mut &[u8]) -> io::Result<Self> {
        let kind = kind_of(u16::from_le_bytes(take(rest)?))?;
        let shard_bits = u16::from_le_bytes(take(rest)?);
        if shard_bits > MOST_SHARD_BITS {
            return Err(damaged(DAMAGED_HEAD));
        }
        let keys = u64::from_le_bytes(take(rest)?);
        let entries = u64::from_le_bytes(take(rest)?);
        let imported = Timestamp::from_micros(i64::from_le_bytes(take(rest)?));
        let tables_hash = take(rest)?;
        let mut at = BLOCK_BYTES;
        let shards = (0..1_u32 << shard_bits)
            .map(|_| {
                let fuse = Fuse {
                    seed: u64::from_le_bytes(take(rest)?),
                    segment: u32::from_le_bytes(take(rest)?),
                    positions: u32::from_le_bytes(take(rest)?),
                };
                let shard = Shard { fuse, at };
                at += fuse.slots().div_ceil(SLOTS_IN_BLOCK) * BLOCK_BYTES;
                if fuse.is_sound() { Ok(shard) } else { Err(damaged(DAMAGED_HEAD)) }
            })
            .collect::<io::Result<Vec<_>>>()?;
        let stamp = Stamp::of(&file)?;
        if stamp.bytes != at {
            return Err(damaged("is cut off or too long: import the list again"));
        }
        Ok(Self { file, stamp, facts: Facts { kind, entries, keys, at: imported, bytes: at }, tables_hash, shard_bits, shards })
    }

    /// What it says of its list.
    pub const fn facts(&self) -> Facts {
        self.facts
    }

    /// Whether `candidate`, in this spelling, is in the list.
    pub fn contains(&self, candidate: &str) -> io::Result<bool> {
        self.contains_key(self.facts.kind.key_of_candidate(candidate))
    }

    /// Whether `key` is in the list: surely if it is, and for one in 65,536 of those that are not. Three reads.
    pub fn contains_key(&self, key: u64) -> io::Result<bool> {
        let found = self.ask(key, |at, within| {
            let mut block = [0; BLOCK];
            self.file.read_exact_at(&mut block, at)?;
            slot_of(at, &block, within)
        })?;
        // Afterwards, so that what was written before the reads is seen.
        self.unchanged()?;
        Ok(found)
    }

    /// Looks `key` up by `read`, which is told where a block begins and which slot in it is asked for.
    pub(super) fn ask(&self, key: u64, mut read: impl FnMut(u64, usize) -> io::Result<u16>) -> io::Result<bool> {
        let shard = self.shards.get(shard_of(key, self.shard_bits)).ok_or_else(|| damaged(DAMAGED_HEAD))?;
        shard.fuse.contains(key, |slot| {
            let within = usize::try_from(slot % SLOTS_IN_BLOCK).map_err(io::Error::other)?;
            read(shard.at + slot / SLOTS_IN_BLOCK * BLOCK_BYTES, within)
        })
    }

    /// Reads the whole file and compares it with its checksum: some tenths of a second for 100 million keys.
    pub fn verify(&self) -> io::Result<()> {
        let mut hash = Running::new(b"");
        let mut chunk = vec![0; 16 * BLOCK];
        let mut at = BLOCK_BYTES;
        loop {
            let read = match self.file.read_at(&mut chunk, at) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read == 0 {
                break;
            }
            hash.add(chunk.get(..read).unwrap_or_default());
            at += u64::try_from(read).map_err(io::Error::other)?;
        }
        self.unchanged()?;
        if hash.end() == self.tables_hash { Ok(()) } else { Err(damaged(DAMAGED)) }
    }

    fn unchanged(&self) -> io::Result<()> {
        if Stamp::of(&self.file)? == self.stamp { Ok(()) } else { Err(damaged("was written to while it was open: import the list again")) }
    }
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { bytes: metadata.len(), written: metadata.modified()? })
    }
}

/// A slot of the block that begins at `at`, if the block is what was written there.
pub(super) fn slot_of(at: u64, block: &[u8], within: usize) -> io::Result<u16> {
    let (slots, sum) = block.split_last_chunk().ok_or_else(|| damaged(CUT))?;
    if u32::from_le_bytes(*sum) != checksum(at, slots) {
        return Err(damaged(DAMAGED));
    }
    let slot = slots.get(2 * within..).and_then(|rest| rest.first_chunk()).ok_or_else(|| damaged(DAMAGED_HEAD))?;
    Ok(u16::from_le_bytes(*slot))
}

/// Of the slots of a block and where it begins: one that stands elsewhere is wrong too.
fn checksum(at: u64, slots: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&at.to_le_bytes());
    sum.update(slots);
    sum.finalize()
}

/// Writes `shards`, which [`shard_of`] tells apart, into an empty file. A shard is given back as soon as it is written. `entries` is how
/// many the list had, `at` the time of the import.
pub(super) fn write(
    file: &File,
    (kind, entries, imported): (Kind, u64, Timestamp),
    shards: impl ExactSizeIterator<Item = Vec<u64>>,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<()> {
    let of = shards.len();
    let shard_bits = u16::try_from(of.ilog2()).map_err(io::Error::other)?;
    let (mut at, mut keys) = (BLOCK_BYTES, 0);
    let mut hash = Running::new(b"");
    let mut described = Vec::new();
    let mut block = Vec::with_capacity(BLOCK);
    for (done, mut shard) in shards.enumerate() {
        progress(Progress::Building { done, of });
        shard.sort_unstable();
        shard.dedup();
        keys += u64::try_from(shard.len()).map_err(io::Error::other)?;
        let (fuse, table) = Fuse::build(&shard).ok_or_else(|| io::Error::other("no filter can be built of these entries"))?;
        drop(shard);
        described.extend(fuse.seed.to_le_bytes().into_iter().chain(fuse.segment.to_le_bytes()).chain(fuse.positions.to_le_bytes()));
        for slots in table.chunks(SLOTS) {
            block.clear();
            block.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
            block.resize(2 * SLOTS, 0);
            block.extend(checksum(at, &block).to_le_bytes());
            hash.add(&block);
            file.write_all_at(&block, at)?;
            at += BLOCK_BYTES;
        }
    }
    let mut head = [
        MAGIC.as_slice(),
        &VERSION.to_le_bytes(),
        &code_of(kind).to_le_bytes(),
        &shard_bits.to_le_bytes(),
        &keys.to_le_bytes(),
        &entries.to_le_bytes(),
        &imported.micros().to_le_bytes(),
        &hash.end(),
        &described,
    ]
    .concat();
    head.resize(HASHED, 0);
    head.extend(sha256(&head));
    file.write_all_at(&head, 0)
}

/// How many bits of shards so many keys take.
pub(super) fn bits_for(keys: usize) -> u16 {
    (0..MOST_SHARD_BITS).find(|bits| keys >> bits <= KEYS_IN_A_SHARD).unwrap_or(MOST_SHARD_BITS)
}

/// The shard of a key. Mixed, since an imported list may be a slice of a sorted one.
pub(super) fn shard_of(key: u64, shard_bits: u16) -> usize {
    fuse::mix(key).checked_shr(u64::BITS - u32::from(shard_bits)).and_then(|shard| usize::try_from(shard).ok()).unwrap_or(0)
}

const fn code_of(kind: Kind) -> u16 {
    match kind {
        Kind::Plain => 1,
        Kind::Sha1 => 2,
        Kind::Nt => 3,
    }
}

fn kind_of(code: u16) -> io::Result<Kind> {
    Kind::ALL.into_iter().find(|kind| code_of(*kind) == code).ok_or_else(|| damaged(DAMAGED_HEAD))
}

/// The next bytes of the head.
fn take<const N: usize>(rest: &mut &[u8]) -> io::Result<[u8; N]> {
    let (taken, left) = rest.split_first_chunk().ok_or_else(|| damaged(CUT))?;
    *rest = left;
    Ok(*taken)
}

const CUT: &str = "is cut off or is not the file of an imported list";
const DAMAGED: &str = "is damaged: import the list again";
const DAMAGED_HEAD: &str = "has a damaged head: import the list again";

fn damaged(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, how)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;
    use std::time::Duration;
    use tempfile::TempDir;

    const AT: Timestamp = Timestamp::from_micros(1_785_585_600_000_001);

    /// A file of the keys 0 to `keys` in 2^`bits` shards.
    fn written(keys: u64, bits: u16) -> (TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list");
        let mut shards = vec![Vec::new(); 1 << bits];
        (0..keys).chain(0..keys / 2).for_each(|key| shards[shard_of(key, bits)].push(key));
        let file = File::create_new(&path).unwrap();
        write(&file, (Kind::Nt, keys + keys / 2, AT), shards.into_iter(), &mut |_| {}).unwrap();
        (dir, path)
    }

    fn problem<T: std::fmt::Debug>(result: io::Result<T>) -> String {
        let error = result.unwrap_err();
        assert!(matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof), "{error:?}");
        error.to_string()
    }

    #[test]
    fn every_number_of_shards_answers_alike() {
        for bits in 0..=MOST_SHARD_BITS {
            let (_dir, path) = written(5_000, bits);
            let filter = Filter::open(&path).unwrap();
            filter.verify().unwrap();
            let bytes = fs::metadata(&path).unwrap().len();
            assert_eq!(filter.facts(), Facts { kind: Kind::Nt, entries: 7_500, keys: 5_000, at: AT, bytes });
            assert_eq!(filter.shards.len(), 1 << bits);
            assert!((0..5_000).all(|key| filter.contains_key(key).unwrap()));
            assert!((5_000..20_000).filter(|key| filter.contains_key(*key).unwrap()).count() < 5);
        }
    }

    #[test]
    fn empty_shards_are_tables_too() {
        let (_dir, path) = written(3, MOST_SHARD_BITS);
        let filter = Filter::open(&path).unwrap();
        assert!((0..3).all(|key| filter.contains_key(key).unwrap()));
        assert!((3..1_000).filter(|key| filter.contains_key(*key).unwrap()).count() < 3);
    }

    #[test]
    fn shards_are_many_enough_and_no_more() {
        for (keys, bits) in [(0, 0), (4_000_000, 0), (4_000_001, 1), (8_000_001, 1), (8_000_002, 2), (64_000_000, 4), (100_000_000, 5)] {
            assert_eq!(bits_for(keys), bits, "{keys}");
        }
        assert_eq!(bits_for(usize::MAX), MOST_SHARD_BITS);
        assert_eq!(shard_of(u64::MAX, 0), 0);
        assert!((0..10_000).all(|key| shard_of(key, 5) < 32));
    }

    #[test]
    fn a_flipped_bit_of_the_head_is_seen_at_opening() {
        let (_dir, path) = written(100, 1);
        let good = fs::read(&path).unwrap();
        for bit in (0..BLOCK * 8).filter(|bit| *bit < 200 * 8 || bit % 11 == 0) {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &bad).unwrap();
            problem(Filter::open(&path));
        }
    }

    #[test]
    fn a_flipped_bit_of_a_table_is_seen_by_the_look_up_that_meets_it_and_when_verified() {
        let (_dir, path) = written(6_000, 1);
        let good = fs::read(&path).unwrap();
        let whole = Filter::open(&path).unwrap();
        let blocks_of = |key| {
            let mut blocks = Vec::new();
            let _found = whole.ask(key, |at, _| {
                blocks.push(at);
                Ok(0)
            });
            blocks
        };
        for bit in (BLOCK * 8..good.len() * 8).step_by(6_007) {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &bad).unwrap();
            let filter = Filter::open(&path).unwrap();
            assert_eq!(problem(filter.verify()), DAMAGED, "{bit}");
            let block = (bit / 8 / BLOCK * BLOCK) as u64;
            for key in 0..300 {
                let answer = filter.contains_key(key);
                if blocks_of(key).contains(&block) { assert_eq!(problem(answer), DAMAGED) } else { assert!(answer.unwrap()) }
            }
        }
    }

    #[test]
    fn blocks_that_changed_places_are_seen() {
        let (_dir, path) = written(6_000, 0);
        let mut bytes = fs::read(&path).unwrap();
        let (one, other) = bytes[BLOCK..3 * BLOCK].split_at_mut(BLOCK);
        one.swap_with_slice(other);
        fs::write(&path, &bytes).unwrap();
        let filter = Filter::open(&path).unwrap();
        assert!((0..100).any(|key| filter.contains_key(key).is_err()));
        assert!((0..100).all(|key| filter.contains_key(key).map_err(|error| error.to_string()).unwrap_or(true)));
        assert_eq!(problem(filter.verify()), DAMAGED);
    }

    #[test]
    fn a_file_of_another_length_is_no_list() {
        let (_dir, path) = written(100, 1);
        let good = fs::read(&path).unwrap();
        for length in (0..good.len()).step_by(37).chain([BLOCK - 1, BLOCK, good.len() - 1]) {
            fs::write(&path, &good[..length]).unwrap();
            assert!(problem(Filter::open(&path)).contains("cut off"), "{length}");
        }
        fs::write(&path, [good.as_slice(), b"x"].concat()).unwrap();
        assert!(problem(Filter::open(&path)).contains("too long"));
        fs::write(&path, b"password\n123456\n").unwrap();
        assert!(problem(Filter::open(&path)).contains("is not the file of an imported list"));
        let mut newer = good;
        newer[8] = 2;
        fs::write(&path, newer).unwrap();
        assert!(problem(Filter::open(&path)).contains("another version"));
        fs::remove_file(&path).unwrap();
        assert_eq!(Filter::open(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::create_dir(&path).unwrap();
        assert_eq!(Filter::open(&path).unwrap_err().to_string(), "is not a file");
    }

    #[test]
    fn what_is_done_to_an_open_file_is_seen_at_the_next_look_up() {
        let (_dir, path) = written(1_000, 0);
        let filter = Filter::open(&path).unwrap();
        assert!(filter.contains_key(1).unwrap());
        let other = File::options().write(true).open(&path).unwrap();
        let written = other.metadata().unwrap().modified().unwrap();
        other.set_modified(written + Duration::from_millis(10)).unwrap();
        assert!(problem(filter.contains_key(1)).contains("written to"));
        assert!(problem(filter.verify()).contains("written to"));
        let filter = Filter::open(&path).unwrap();
        other.set_len(500).unwrap();
        assert!((0..100).all(|key| filter.contains_key(key).is_err()));
        assert!(filter.verify().is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_file_makes_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..6_000), ours: bool) {
            if ours {
                let start = [&MAGIC[..], &VERSION.to_le_bytes(), &[1, 0, 2, 0]].concat();
                let length = start.len().min(bytes.len());
                bytes[..length].copy_from_slice(&start[..length]);
                if bytes.len() > BLOCK {
                    let hash = sha256(&bytes[..HASHED]);
                    bytes[HASHED..BLOCK].copy_from_slice(&hash);
                }
            }
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("list");
            fs::write(&path, bytes).unwrap();
            prop_assert!(Filter::open(&path).is_err());
        }
    }
}
