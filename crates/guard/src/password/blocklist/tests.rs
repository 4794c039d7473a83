//! Stories of a list from the operator's file to the answer.

use super::filter::Filter;
use super::import::prepare_at_most;
use super::*;
use crate::clock::Timestamp;
use crate::password::policy::{About, Candidate, Listed, Policy, Reuse, Rules, Unreadable};
use crate::secret::Secret;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use tempfile::TempDir;
use unicode_normalization::UnicodeNormalization;

const AT: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);
const FILTER: &str = "passwordBlacklist.filter";
const EXPECTED: &str = "passwordBlacklist.filter.expected";
const DRAFT: &str = ".passwordBlacklist.filter.import";
const OWN: &str = "passwordBlacklist.txt";

/// A data directory.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn lists(&self) -> Lists {
        Lists::of(self.dir.path())
    }

    fn read(&self, list: impl BufRead, kind: Kind) -> Result<Facts, ImportError> {
        let prepared = self.lists().prepare(list, kind, AT, &mut |_| {})?;
        let facts = prepared.facts();
        prepared.place()?;
        Ok(facts)
    }

    fn import(&self, list: impl AsRef<[u8]>, kind: Kind) -> Result<Facts, ImportError> {
        self.read(list.as_ref(), kind)
    }

    fn filter(&self) -> Filter {
        Filter::open(&self.path(FILTER)).unwrap()
    }

    fn lists_it(&self, candidate: &str) -> Result<bool, String> {
        self.lists().open().contains(candidate).map_err(|error| error.to_string())
    }

    /// Why nothing can be chosen.
    fn trouble(&self) -> String {
        self.lists_it("never listed").unwrap_err()
    }

    fn refused(&self, list: impl AsRef<[u8]>, kind: Kind) -> String {
        let refusal = self.import(list, kind).unwrap_err().to_string();
        assert_eq!(self.names(), Vec::<String>::new(), "something was left behind");
        refusal
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// What the rules have against a password that somebody would like to have.
    fn objections(&self, typed: &str) -> Vec<&'static str> {
        let open = self.lists().open();
        let candidate = Candidate::parse(&Secret::new(typed.to_owned())).unwrap();
        let about = About { username: "ann", listed: Some(&open), reuse: Reuse::New, ..About::default() };
        let said = Rules::standard().check(candidate, &about, &Policy::default()).err().unwrap_or_default();
        said.iter().map(|objection| objection.message.key()).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sha1(password: &str) -> String {
    use sha1::Digest as _;
    hex(&sha1::Sha1::digest(password))
}

fn nt(password: &str) -> String {
    use md4::Digest as _;
    hex(&md4::Md4::digest(password.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()))
}

fn line(kind: Kind, password: &str) -> String {
    match kind {
        Kind::Plain => password.to_owned(),
        Kind::Sha1 => format!("{}:3", sha1(password).to_uppercase()),
        Kind::Nt => nt(password),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_list_holds_what_was_put_in(
        listed in prop::collection::btree_set("[^\\s\\x00-\\x1f\u{80}-\u{a0}\u{feff}]\\PC{0,12}[^\\s\\x00-\\x1f\u{80}-\u{a0}]", 1..200),
        others in prop::collection::vec("\\PC{0,14}", 50),
        kind in prop::sample::select(&Kind::ALL[..]),
        end in prop::sample::select(&["\n", "\r\n", "\n\n", " \t\r\n"][..]),
        last: bool,
    ) {
        let listed: BTreeSet<String> = listed.iter().map(|password| password.nfc().collect()).collect();
        let mut list = listed.iter().chain(listed.iter().take(3)).map(|password| line(kind, password)).collect::<Vec<_>>().join(end);
        if last {
            list.push_str(end);
        }
        let place = Place::new();
        let facts = place.import(&list, kind).unwrap();
        prop_assert_eq!((facts.kind, facts.at, facts.keys), (kind, AT, listed.len() as u64));
        prop_assert_eq!(facts.entries, (listed.len() + listed.len().min(3)) as u64);
        prop_assert_eq!(facts.bytes, fs::metadata(place.path(FILTER)).unwrap().len());
        prop_assert_eq!(place.lists().status().imported, Ok(Some(facts)));
        let filter = place.filter();
        for password in &listed {
            prop_assert!(filter.contains(password).unwrap(), "{password:?}");
        }
        let others: Vec<String> = others.iter().map(|other| other.nfc().collect()).collect();
        let found = |other: &&String| !listed.contains(other.trim()) && !listed.contains(*other) && filter.contains(other).unwrap();
        prop_assert!(others.iter().filter(found).count() < 2);
    }

    #[test]
    fn any_bytes_are_a_list_of_passwords(list in prop::collection::vec(any::<u8>(), 1..3_000)) {
        let lines = || list.split(|byte| *byte == b'\n').map(kind::trim).filter(|line| !line.is_empty());
        let keys: BTreeSet<u64> = lines().map(|line| Kind::Plain.key_of_line(line).unwrap()).collect();
        prop_assume!(!keys.is_empty() && list[0].is_ascii_graphic());
        let place = Place::new();
        let facts = place.import(&list, Kind::Plain).unwrap();
        prop_assert_eq!((facts.entries, facts.keys), (lines().count() as u64, keys.len() as u64));
        prop_assert!(keys.iter().all(|key| place.filter().contains_key(*key).unwrap()));
    }
}

#[test]
fn a_list_is_taken_as_it_comes() {
    let place = Place::new();
    let facts = place.import(b"\xef\xbb\xbf654-321\r\n\r\n \t pass word\x0b \n\xfftiger\n\nlast one", Kind::Plain).unwrap();
    assert_eq!((facts.entries, facts.keys), (4, 4));
    for listed in ["654-321", "pass word", " pass word\t", "last one"] {
        assert_eq!(place.lists_it(listed), Ok(true), "{listed:?}");
    }
    for other in ["", "pass words", "\u{feff}654-321", "tiger lily", "Last one"] {
        assert_eq!(place.lists_it(other), Ok(false), "{other:?}");
    }
    assert_eq!(place.names(), [FILTER, EXPECTED]);
    for name in place.names() {
        assert_eq!(fs::metadata(place.path(&name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_wrong_line_is_told_by_its_number() {
    let place = Place::new();
    let hash = sha1("password");
    assert_eq!(
        place.refused(format!("{hash}\n\r\n{hash}:1\npassword\n{hash}"), Kind::Sha1),
        "line 4 is not a SHA-1 hash (40 hexadecimal digits, perhaps a colon and a number): correct or remove it, or name the kind that the list is of"
    );
    assert!(place.refused(&hash, Kind::Nt).starts_with("line 1 is not an NT hash (32 "));
    assert!(place.refused(format!("{}\n{hash}", nt("password")), Kind::Nt).starts_with("line 2 "));
    assert!(place.refused("b\n".repeat(5) + &"a".repeat(LONGEST_LINE + 1), Kind::Plain).starts_with("line 6 is longer than 65536 bytes"));
}

#[test]
fn a_file_without_lines_of_text_is_no_list() {
    let place = Place::new();
    assert_eq!(place.refused(b"\xff\xfep\0a\0s\0s\0\n\0", Kind::Plain), "the list is in UTF-16: save it as UTF-8");
    assert_eq!(place.refused(b"\x1f\x8b\x08\0\n\n", Kind::Plain), "the list is compressed: unpack it first");
    assert_eq!(place.refused(b"PK\x03\x04\n\0", Kind::Sha1), "the list is compressed: unpack it first");
}

#[test]
fn nothing_and_too_much_are_refused() {
    let place = Place::new();
    for empty in ["", "\n", " \r\n\t\n\0"] {
        assert_eq!(place.refused(empty, Kind::Plain), "the list is empty: give at least one entry");
    }
    let target = place.path(FILTER);
    let at_most = |most| prepare_at_most(most, &b"a\n\na\nb\n"[..], Kind::Plain, &target, AT, &mut |_| {}).map(|made| made.facts());
    assert_eq!(at_most(2).unwrap_err().to_string(), "the list has more than 2 entries: keep the most frequent ones");
    assert!(place.names().is_empty());
    let facts = at_most(3).unwrap();
    assert_eq!((facts.entries, facts.keys), (3, 2));
    assert!(place.names().is_empty(), "what is not put in place leaves nothing");
}

#[test]
fn progress_is_told_on_the_way() {
    let place = Place::new();
    let list = (0..150_000).fold(String::new(), |list, number| list + &number.to_string() + "\n");
    let mut told = Vec::new();
    place.lists().prepare(list.as_bytes(), Kind::Plain, AT, &mut |step| told.push(step)).unwrap();
    let reading = [65_536, 131_072, 150_000].map(Progress::Reading);
    assert_eq!(told, [&reading[..], &[Progress::Building { done: 0, of: 1 }]].concat());
}

/// Gives a few entries and then fails, as a pulled USB stick does.
struct Pulled(bool);

impl Read for Pulled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(io::Error::other("pulled"));
        }
        let entries = b"new\nnewer\n";
        buffer[..entries.len()].copy_from_slice(entries);
        Ok(entries.len())
    }
}

#[test]
fn the_old_list_stands_until_the_new_one_is_whole() {
    let place = Place::new();
    place.import("old entry\n", Kind::Plain).unwrap();
    let before = fs::read(place.path(FILTER)).unwrap();
    let opened = place.lists().open();
    for refused in ["", "\n"] {
        place.import(refused, Kind::Sha1).unwrap_err();
    }
    place.import("new entry\n", Kind::Nt).unwrap_err();
    let error = place.read(BufReader::new(Pulled(false)), Kind::Plain).unwrap_err();
    assert_eq!(error.to_string(), "the list cannot be read: pulled");
    drop(place.lists().prepare(&b"new entry\n"[..], Kind::Plain, AT, &mut |_| {}).unwrap());
    assert_eq!(fs::read(place.path(FILTER)).unwrap(), before);
    assert_eq!(place.names(), [FILTER, EXPECTED]);

    place.import("new entry\n", Kind::Plain).unwrap();
    assert_eq!(opened.contains("old entry"), Ok(true), "what is open goes on as it was");
    assert_eq!((place.lists_it("new entry"), place.lists_it("old entry")), (Ok(true), Ok(false)));
}

#[test]
fn what_a_crash_left_is_taken_over() {
    let place = Place::new();
    place.import("old entry\n", Kind::Plain).unwrap();
    fs::write(place.path(DRAFT), vec![b'x'; 100_000]).unwrap();
    assert_eq!(place.lists_it("old entry"), Ok(true), "half a file beside it is no harm");
    place.import("new entry\n", Kind::Plain).unwrap();
    assert_eq!(place.lists_it("new entry"), Ok(true));
    assert_eq!(place.names(), [FILTER, EXPECTED]);
}

#[test]
fn two_imports_at_once_do_not_meet() {
    let place = Place::new();
    let prepared = place.lists().prepare(&b"first entry\n"[..], Kind::Plain, AT, &mut |_| {}).unwrap();
    let refused = place.import("second entry\n", Kind::Plain).unwrap_err();
    assert_eq!(refused.to_string(), "this list is being imported already: wait until that is done");
    prepared.place().unwrap();
    assert_eq!(place.lists_it("first entry"), Ok(true));
    place.import("second entry\n", Kind::Plain).unwrap();
    assert_eq!(place.lists_it("second entry"), Ok(true));
}

#[test]
fn a_link_is_not_written_through() {
    let place = Place::new();
    fs::write(place.path("precious"), "precious").unwrap();
    symlink(place.path("precious"), place.path(DRAFT)).unwrap();
    assert!(matches!(place.import("new\n", Kind::Plain), Err(ImportError::Busy)));
    assert_eq!(fs::read(place.path("precious")).unwrap(), b"precious");
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_reading() {
    let place = Place::new();
    let error = Lists::of(&place.path("gone")).prepare(BufReader::new(Pulled(true)), Kind::Plain, AT, &mut |_| {}).unwrap_err();
    assert!(error.to_string().starts_with("the list cannot be put in place: "), "{error}");
}

#[test]
fn a_directory_in_the_way_is_an_error_and_leaves_nothing() {
    let place = Place::new();
    fs::create_dir(place.path(FILTER)).unwrap();
    assert!(matches!(place.import("new\n", Kind::Plain), Err(ImportError::Write(_))));
    assert_eq!(place.names(), [FILTER]);
    assert!(place.trouble().ends_with("passwordBlacklist.filter: is not a file"), "{}", place.trouble());
}

#[test]
fn a_fresh_installation_has_the_shipped_list_alone() {
    let place = Place::new();
    let status = place.lists().status();
    assert!(status.shipped >= 10_000);
    assert_eq!((status.own.as_ref(), status.imported.as_ref(), status.troubles().count()), (Ok(&None), Ok(&None), 0));
    assert_eq!(place.objections("kelp orbit Lantern"), [""; 0]);
    assert_eq!(place.objections("Password2026!"), ["policy-listed"]);
    assert_eq!(place.objections("123456789012"), ["policy-listed"]);
    assert_eq!(place.objections("!!!!!!!!!!!!!!!!"), ["policy-listed-bare"]);
}

#[test]
fn a_data_directory_that_is_gone_refuses() {
    let lists = Lists::of(&Place::new().path("gone"));
    assert!(lists.open().contains("never listed").is_err());
    assert_eq!(lists.open().contains("password"), Ok(true));
    assert_eq!(lists.status().troubles().count(), 2);
}

#[test]
fn the_text_file_is_read_at_each_password() {
    let place = Place::new();
    fs::write(place.path(OWN), "  Blue Harbour \r\n\r\nzephyr-quay\r\n").unwrap();
    for (typed, said) in [
        ("Blue Harbour", &["policy-listed"][..]),
        ("1 blue HARBOUR 1", &["policy-listed"]),
        ("Zephyr-Quay2026!", &["policy-listed"]),
        ("another harbour", &[]),
    ] {
        assert_eq!(place.objections(typed), said, "{typed}");
    }
    fs::write(place.path(OWN), "another harbour\n").unwrap();
    assert_eq!(place.objections("another harbour"), ["policy-listed"]);
    assert_eq!(place.objections("Blue Harbour"), [""; 0]);
    assert_eq!(place.lists().status().own.unwrap().unwrap().entries, 1);
    fs::write(place.path(OWN), "x".repeat(usize::try_from(MOST_BYTES).unwrap() + 1)).unwrap();
    assert_eq!(place.objections("another harbour"), ["policy-list-unreadable"]);
    assert!(place.trouble().contains("passwordBlacklist.txt: has more than 1 MiB"), "{}", place.trouble());
    fs::remove_file(place.path(OWN)).unwrap();
    symlink(place.path("not there"), place.path(OWN)).unwrap();
    assert_eq!(place.objections("another harbour"), ["policy-list-unreadable"]);
}

#[test]
fn an_imported_list_is_asked_in_every_spelling() {
    for kind in Kind::ALL {
        let place = Place::new();
        place.import([line(kind, "sunflower seed"), line(kind, "MiXeD cAsE 1")].join("\n"), kind).unwrap();
        for typed in ["sunflower seed", "SunFlower Seed", "99Sunflower seed!!", "MiXeD cAsE 1"] {
            assert_eq!(place.objections(typed), ["policy-listed"], "{kind:?} {typed}");
        }
        for typed in ["mixed case 12", "sun.flower.sun", "7-correct-horse-7"] {
            assert_eq!(place.objections(typed), [""; 0], "{kind:?} {typed}");
        }
    }
}

#[test]
fn a_list_that_is_gone_cut_or_damaged_refuses_and_says_so() {
    let place = Place::new();
    place.import("old entry\n", Kind::Plain).unwrap();
    let (path, good) = (place.path(FILTER), fs::read(place.path(FILTER)).unwrap());
    let refuses = |said: &str| {
        assert_eq!(place.objections("kelp orbit Lantern"), ["policy-list-unreadable"], "{said}");
        let status = place.lists().status();
        assert_eq!(status.troubles().cloned().collect::<Vec<Unreadable>>(), [Unreadable(place.trouble())]);
        assert!(place.trouble().contains(said) && place.trouble().contains(FILTER), "{}", place.trouble());
        assert_eq!(place.lists_it("password"), Ok(true), "what is known is said");
    };
    fs::write(&path, &good[..5_000]).unwrap();
    refuses("cut off");
    fs::write(&path, "password\n").unwrap();
    refuses("is not the file of an imported list");
    fs::write(&path, [&good[..4_200], &[!good[4_200]], &good[4_201..]].concat()).unwrap();
    refuses("is damaged");
    fs::remove_file(&path).unwrap();
    refuses("has gone: import the list again, or remove ");
    fs::create_dir(&path).unwrap();
    refuses("is not a file");
    fs::remove_dir(&path).unwrap();
    symlink(place.path("not there"), &path).unwrap();
    refuses("No such file");

    fs::remove_file(&path).unwrap();
    fs::remove_file(place.path(EXPECTED)).unwrap();
    assert_eq!(place.objections("kelp orbit Lantern"), [""; 0], "whoever removes both does without");
    place.import("kelp orbit lantern\n", Kind::Plain).unwrap();
    assert_eq!(place.objections("kelp orbit Lantern"), ["policy-listed"]);
}

#[test]
fn an_opened_list_that_is_cut_is_an_error() {
    let place = Place::new();
    place.import("old entry\n", Kind::Plain).unwrap();
    let opened = place.lists().open();
    File::options().write(true).open(place.path(FILTER)).unwrap().set_len(100).unwrap();
    assert!(opened.contains("old entry").is_err());
    assert!(opened.contains("never listed").is_err());
}
