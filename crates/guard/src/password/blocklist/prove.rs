//! The promises of an imported list, held against lists of made-up passwords: none of them is missed, and hardly a candidate is refused that
//! is in none. `docs/performance.md` has the figures that this prints.
//!
//! `make prove` takes 10,000, a million and 100 million entries, and 20 million candidates at each size: as many as it takes to tell one
//! in 20,000 from the one in 21,845 that is expected. `make test` takes less of both.

use super::filter::{Filter, slot_of};
use super::*;
use crate::clock::Timestamp;
use crate::password::policy::{Candidate, Listed, MOST_SPELLINGS, spellings};
use crate::secret::Secret;
use rustix::fs::{Advice, fadvise};
use std::io::{self, BufReader, Read};
use std::time::{Duration, Instant};

/// `listed0`, `listed1`, … a line each, made up while it is read.
struct Lines {
    next: u64,
    end: u64,
    ready: Vec<u8>,
    read: usize,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.ready.len() {
            self.ready.clear();
            self.read = 0;
            while self.next < self.end && self.ready.len() < 60_000 {
                io::Write::write_all(&mut self.ready, format!("listed{}\n", self.next).as_bytes())?;
                self.next += 1;
            }
        }
        let count = (&self.ready[self.read..]).read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

/// A candidate that is in no list, and has three spellings.
fn stranger(number: u64) -> Candidate {
    Candidate::parse(&Secret::new(format!("7Stranger-{number:x}-Free!"))).unwrap()
}

fn refused(candidate: &Candidate, mut ask: impl FnMut(&str) -> bool) -> bool {
    let (spellings, _) = spellings(candidate);
    assert_eq!(spellings.iter().flatten().count(), MOST_SPELLINGS);
    spellings.into_iter().flatten().any(&mut ask)
}

/// Like [`Filter::contains`], of a file that was read into memory: the same look-up, without the calls that it costs.
fn in_memory(filter: &Filter, tables: &[u8], spelling: &str) -> bool {
    let slot = |at: u64, within: usize| {
        let place = usize::try_from(at).unwrap() + 2 * within;
        Ok(u16::from_le_bytes([tables[place], tables[place + 1]]))
    };
    filter.ask(filter.facts().kind.key_of_candidate(spelling), slot).unwrap()
}

/// Median and 99th percentile of what it takes to open the lists and ask for a candidate; before each the file is dropped from memory if
/// `cold`.
fn look_ups(lists: &Lists, path: &Path, count: u64, cold: bool) -> (Duration, Duration) {
    let file = File::open(path).unwrap();
    let mut times = Vec::new();
    for number in 0..count {
        if cold {
            fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        }
        let candidate = stranger(number.wrapping_mul(7_919) + 1_000_000_000);
        let start = Instant::now();
        let open = lists.open();
        refused(&candidate, |spelling| open.contains(spelling).unwrap());
        times.push(start.elapsed());
    }
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// The most memory that this process ever used.
fn most_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned()
}

/// How much of something a test uses: `small` under `make test`, `full` under `make prove`.
#[expect(clippy::disallowed_methods, reason = "tests are started by a runner, which can hand them nothing but variables")]
fn size(small: u64, full: u64) -> u64 {
    if std::env::var_os("RINGFENCE_PROVE").is_some_and(|value| !value.is_empty()) { full } else { small }
}

/// Imports so many entries, and asks for some of them and for many others.
fn prove(entries: u64) {
    let others = size(400_000, 20_000_000);
    let dir = tempfile::tempdir().unwrap();
    let (lists, path) = (Lists::of(dir.path()), dir.path().join("passwordBlacklist.filter"));
    let start = Instant::now();
    let lines = Lines { next: 0, end: entries, ready: Vec::new(), read: 0 };
    let prepared = lists.prepare(BufReader::with_capacity(1 << 16, lines), Kind::Plain, Timestamp::from_micros(0), &mut |_| {}).unwrap();
    let facts = prepared.facts();
    prepared.place().unwrap();
    println!("{entries} entries: imported in {:.2?}, with at most {} of memory", start.elapsed(), most_memory());
    assert_eq!((facts.entries, facts.keys), (entries, entries));
    println!("file: {} bytes", facts.bytes);
    // 2.26 bytes for an entry, more for few of them, and what is lost to whole blocks.
    assert!(facts.bytes <= entries * 5 / 2 + 16 * 4_096, "{} bytes", facts.bytes);

    let start = Instant::now();
    let opened = lists.open();
    println!("opened in {:.1?}", start.elapsed());
    let (median, p99) = look_ups(&lists, &path, size(100, 1_000), true);
    println!("candidate, file not in memory: {median:.2?} median, {p99:.2?} p99");
    let start = Instant::now();
    assert_eq!(lists.status().imported, Ok(Some(facts)));
    println!("verified in {:.2?}", start.elapsed());
    let (median, p99) = look_ups(&lists, &path, size(1_000, 100_000), false);
    println!("candidate, file in memory: {median:.2?} median, {p99:.2?} p99");

    let step = usize::try_from(entries / 100_000 + 1).unwrap();
    assert!((0..entries).step_by(step).all(|number| opened.contains(&format!("listed{number}")).unwrap()), "a listed one is missed");
    let (filter, tables) = (Filter::open(&path).unwrap(), fs::read(&path).unwrap());
    for number in 0..1_000 {
        let spelling = format!("stranger-{number:x}-free");
        assert_eq!(in_memory(&filter, &tables, &spelling), filter.contains(&spelling).unwrap());
    }
    assert!(tables.chunks(4_096).zip((0..).step_by(4_096)).skip(1).all(|(block, at)| slot_of(at, block, 0).is_ok()));
    let wrong = (0..others).filter(|number| refused(&stranger(*number), |spelling| in_memory(&filter, &tables, spelling))).count() as u64;
    println!("{wrong} of {others} others refused, one in {}", others.checked_div(wrong).unwrap_or(others));
    // Of the few of `make test` 18 are expected; more than 42 are as unlikely as one in a million.
    assert!(wrong <= size(42, others / 20_000), "{wrong} of {others}");
}

#[test]
fn a_small_list_keeps_its_promises() {
    prove(10_000);
}

#[test]
fn a_large_list_keeps_its_promises() {
    prove(size(50_000, 1_000_000));
}

#[test]
fn the_largest_list_keeps_its_promises() {
    prove(size(100_000, MOST_ENTRIES));
}
