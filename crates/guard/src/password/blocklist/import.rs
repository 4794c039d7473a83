//! Takes a list in: reads it to its end, writes the file of it beside the one in use, and puts it in that one's place at once.
//!
//! ```text
//! list ──lines──► keys, 8 bytes each, by shard ──sorted, built, asked for each key──► .NAME.import ──fsync, read back──► NAME
//!        └ a wrong line ends it here                                                   └ left by a crash, taken by the next
//!        prepare ─────────────────────────────────────────────────────────────────────────────────────┘  place ───────────┘
//! ```
//!
//! Whatever happens on the way, the list that was there stays: the last step is a `rename`. Before it an empty file `NAME.expected` is made,
//! which stays for good: once a list was imported, none is an error. What it takes for 100 million entries:
//! 0.9 GB of memory (the keys, and the table of one shard at a time) and a minute.

use super::directory_of;
use super::filter::{self, Facts, Filter, MOST_SHARD_BITS};
use super::kind::{self, Kind};
use crate::clock::Timestamp;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

/// Entries that a list may have, counted with those that it has twice.
pub const MOST_ENTRIES: u64 = 100_000_000;
/// Longest line, in bytes. A password is shorter by far; a file without line ends is not read into memory.
pub const LONGEST_LINE: usize = 64 * 1_024;
/// Entries between two calls of `progress`.
const STEP: u64 = 1 << 16;

/// How a file in UTF-16 begins.
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
/// How a compressed file begins: gzip, zip, 7z, xz, zstd, bzip2.
const PACKED: [&[u8]; 6] = [b"\x1f\x8b\x08", b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY"];

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many entries are read.
    Reading(u64),
    /// So many of the tables are built.
    Building {
        /// Tables that are done.
        done: usize,
        /// Of so many.
        of: usize,
    },
}

/// Why a list was not taken in; the one in use stays. The message says what to do, and holds nothing of the list, which may be secret.
#[derive(Debug)]
pub enum ImportError {
    /// A line is not what the kind asks for.
    WrongLine {
        /// Counted from 1, blank ones too.
        number: u64,
        /// What the list was said to hold.
        kind: Kind,
    },
    /// A line is longer than [`LONGEST_LINE`].
    LongLine {
        /// Counted from 1, blank ones too.
        number: u64,
    },
    /// The list is in UTF-16, as PowerShell writes it: taken by its bytes it would forbid nothing.
    Utf16,
    /// The list is compressed; the same holds.
    Packed,
    /// No line but blank ones.
    Empty,
    /// More than [`MOST_ENTRIES`].
    TooMany {
        /// How many would do.
        most: u64,
    },
    /// The same list is being imported by someone else.
    Busy,
    /// The list cannot be read.
    Read(io::Error),
    /// The file cannot be written.
    Write(io::Error),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongLine { number, kind } => {
                write!(f, "line {number} is not {}: correct or remove it, or name the kind that the list is of", kind.expects())
            }
            Self::LongLine { number } => write!(f, "line {number} is longer than {LONGEST_LINE} bytes: give one entry per line"),
            Self::Utf16 => f.write_str("the list is in UTF-16: save it as UTF-8"),
            Self::Packed => f.write_str("the list is compressed: unpack it first"),
            Self::Empty => f.write_str("the list is empty: give at least one entry"),
            Self::TooMany { most } => write!(f, "the list has more than {most} entries: keep the most frequent ones"),
            Self::Busy => f.write_str("this list is being imported already: wait until that is done"),
            Self::Read(error) => write!(f, "the list cannot be read: {error}"),
            Self::Write(error) => write!(f, "the list cannot be put in place: {error}"),
        }
    }
}

impl std::error::Error for ImportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(error) | Self::Write(error) => Some(error),
            _ => None,
        }
    }
}

/// Reads `list` to its end and writes the file of it beside `target`. `at` is the time of the import.
pub(super) fn prepare(
    list: impl BufRead,
    kind: Kind,
    target: &Path,
    at: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, ImportError> {
    prepare_at_most(MOST_ENTRIES, list, kind, target, at, progress)
}

pub(super) fn prepare_at_most(
    most: u64,
    list: impl BufRead,
    kind: Kind,
    target: &Path,
    at: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, ImportError> {
    // First, so that a directory that cannot be written to is not found out at the end.
    let draft = Draft::open(target)?;
    let (entries, keys) = read(most, list, kind, progress)?;
    let facts = draft.fill((kind, entries, at), keys, progress).map_err(ImportError::Write)?;
    Ok(Prepared { draft, facts })
}

/// The file beside `target` that tells that there was an import.
pub(super) fn expected(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".expected");
    PathBuf::from(name)
}

/// The keys of a list, by the shard that they would be in if there were as many as can be.
type Keys = Vec<Vec<u64>>;

fn read(most: u64, mut list: impl BufRead, kind: Kind, progress: &mut dyn FnMut(Progress)) -> Result<(u64, Keys), ImportError> {
    let mut keys: Keys = vec![Vec::new(); 1 << MOST_SHARD_BITS];
    let mut line = Vec::new();
    let (mut entries, mut number) = (0, 0);
    loop {
        number += 1;
        line.clear();
        let longest = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
        if list.by_ref().take(longest + 1).read_until(b'\n', &mut line).map_err(ImportError::Read)? == 0 {
            break;
        }
        if line.len() > LONGEST_LINE {
            return Err(ImportError::LongLine { number });
        }
        let entry = kind::trim(if number == 1 { start(&line)? } else { &line });
        if entry.is_empty() {
            continue;
        }
        if entries == most {
            return Err(ImportError::TooMany { most });
        }
        let key = kind.key_of_line(entry).ok_or(ImportError::WrongLine { number, kind })?;
        if let Some(shard) = keys.get_mut(filter::shard_of(key, MOST_SHARD_BITS)) {
            shard.push(key);
        }
        entries += 1;
        if entries % STEP == 0 {
            progress(Progress::Reading(entries));
        }
    }
    progress(Progress::Reading(entries));
    if entries == 0 { Err(ImportError::Empty) } else { Ok((entries, keys)) }
}

/// The first line, if it is of a file that has lines.
fn start(line: &[u8]) -> Result<&[u8], ImportError> {
    refuse_packed(line)?;
    Ok(kind::without_mark(line))
}

/// Refuses a file whose bytes are not those of its passwords, by how it begins.
pub(super) fn refuse_packed(start: &[u8]) -> Result<(), ImportError> {
    let is_one_of = |marks: &[&[u8]]| marks.iter().any(|mark| start.starts_with(mark));
    if is_one_of(&UTF_16) {
        Err(ImportError::Utf16)
    } else if is_one_of(&PACKED) {
        Err(ImportError::Packed)
    } else {
        Ok(())
    }
}

/// A list that is written and read back, and waits to take the place of the one in use. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Prepared {
    draft: Draft,
    facts: Facts,
}

impl Prepared {
    /// What it holds.
    #[must_use]
    pub const fn facts(&self) -> Facts {
        self.facts
    }

    /// Puts it in place. On an error what was there stays, unless the directory itself cannot be synced: the new list stands then, and a
    /// power cut may bring back the old one.
    pub fn place(mut self) -> Result<(), ImportError> {
        self.draft.place().map_err(ImportError::Write)
    }
}

/// The file that is written before it takes the place of another. Its name is always the same, so that a crash leaves one at most; the lock
/// on it keeps two imports apart and ends with the process.
#[derive(Debug)]
struct Draft {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// It has taken the target's place; what has its name now is someone else's.
    placed: bool,
}

impl Draft {
    fn open(target: &Path) -> Result<Self, ImportError> {
        let nameless = || ImportError::Write(io::Error::new(io::ErrorKind::InvalidInput, "its path names no file"));
        let mut name = OsString::from(".");
        name.push(target.file_name().ok_or_else(nameless)?);
        name.push(".import");
        let path = target.with_file_name(name);
        let options = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).clone();
        let file = options.open(&path).map_err(ImportError::Write)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ImportError::Busy),
            Err(TryLockError::Error(error)) => return Err(ImportError::Write(error)),
        }
        // Whoever held the lock before may have moved the file away meanwhile: it is the list in use then, and not ours to write to.
        let opened = file.metadata().map_err(ImportError::Write)?;
        let still_there = fs::symlink_metadata(&path).is_ok_and(|there| (there.dev(), there.ino()) == (opened.dev(), opened.ino()));
        if !still_there {
            return Err(ImportError::Busy);
        }
        let draft = Self { file, path, target: target.to_owned(), placed: false };
        draft.empty().map_err(ImportError::Write)?;
        Ok(draft)
    }

    /// Nothing of an earlier one is left in it, and the server can read it: `root` imports for whom the directory belongs to.
    fn empty(&self) -> io::Result<()> {
        self.file.set_len(0)?;
        let (file, directory) = (self.file.metadata()?, fs::metadata(directory_of(&self.path))?);
        if file.uid() == directory.uid() { Ok(()) } else { fchown(&self.file, Some(directory.uid()), Some(directory.gid())) }
    }

    /// Writes the keys and reads them back.
    fn fill(&self, list: (Kind, u64, Timestamp), keys: Keys, progress: &mut dyn FnMut(Progress)) -> io::Result<Facts> {
        let shard_bits = filter::bits_for(keys.iter().map(Vec::len).sum());
        let shards = Shards { keys: keys.into_iter(), together: 1 << (MOST_SHARD_BITS - shard_bits) };
        filter::write(&self.file, list, shards, progress)?;
        self.file.sync_all()?;
        let written = Filter::open(&self.path)?;
        written.verify()?;
        Ok(written.facts())
    }

    fn place(&mut self) -> io::Result<()> {
        let expected = expected(&self.target);
        let first = match File::options().write(true).create_new(true).mode(0o600).open(&expected) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        if let Err(error) = fs::rename(&self.path, &self.target) {
            if first {
                // What was never there is not missed. If this fails too, new passwords are refused until an import succeeds.
                let _ = fs::remove_file(&expected);
            }
            return Err(error);
        }
        self.placed = true;
        File::open(directory_of(&self.target))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.placed {
            // Still locked, and so still ours. If it stays, the next import takes it over.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Puts neighbouring shards together, as fewer bits of the same hash would.
struct Shards {
    keys: std::vec::IntoIter<Vec<u64>>,
    together: usize,
}

impl Iterator for Shards {
    type Item = Vec<u64>;

    fn next(&mut self) -> Option<Vec<u64>> {
        let mut shard = self.keys.next()?;
        self.keys.by_ref().take(self.together - 1).for_each(|more| shard.extend(more));
        Some(shard)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.keys.len().div_ceil(self.together);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Shards {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_that_are_put_together_are_those_of_fewer_bits() {
        let list = (0..2_000).map(|number: u64| number.to_string()).collect::<Vec<_>>().join("\n");
        let (_, keys) = read(MOST_ENTRIES, list.as_bytes(), Kind::Plain, &mut |_| {}).unwrap();
        for bits in 0..=MOST_SHARD_BITS {
            let shards = Shards { keys: keys.clone().into_iter(), together: 1 << (MOST_SHARD_BITS - bits) };
            assert_eq!(shards.len(), 1 << bits);
            let found: Vec<usize> = shards
                .enumerate()
                .map(|(index, shard)| shard.iter().filter(|key| filter::shard_of(**key, bits) == index).count())
                .collect();
            assert_eq!((found.len(), found.iter().sum::<usize>()), (1 << bits, 2_000));
        }
    }
}
