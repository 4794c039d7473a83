//! The operator's own list: a text file with one password on each line, for the names of the house and what its people are known to choose.
//!
//! It is read whole each time, so that an edit counts at the next new password. Hence it must be small; a large list is imported.

use super::kind::{trim, without_mark};
use super::{import, is_absent, open_file};
use crate::clock::Timestamp;
use std::io::{self, Read};
use std::path::Path;
use std::str;
use std::time::UNIX_EPOCH;
use unicode_normalization::UnicodeNormalization;

/// A text file may be as large as this, some 100,000 lines: reading it and comparing each line takes a few milliseconds.
pub const MOST_BYTES: u64 = 1 << 20;

/// What there is to say of the text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnFacts {
    /// Lines that are not blank.
    pub entries: usize,
    /// Length of the file.
    pub bytes: usize,
    /// When it was written to.
    pub changed: Timestamp,
}

/// The file as it was read.
#[derive(Debug)]
pub(super) struct Own {
    text: Vec<u8>,
    changed: Timestamp,
}

impl Own {
    /// Reads the file; none if there never was one.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        if is_absent(path)? {
            return Ok(None);
        }
        let file = open_file(path)?;
        let written = file.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut text = Vec::new();
        (&file).take(MOST_BYTES + 1).read_to_end(&mut text)?;
        if text.len() as u64 > MOST_BYTES {
            return Err(io::Error::other("has more than 1 MiB: import it with `ringfence passwords import` instead"));
        }
        import::refuse_packed(&text).map_err(io::Error::other)?;
        let changed = Timestamp::from_micros(i64::try_from(written.as_micros()).unwrap_or(i64::MAX));
        Ok(Some(Self { text, changed }))
    }

    /// Whether a line is this candidate, as it stands or in lower case. White space around either does not count.
    pub fn contains(&self, candidate: &str) -> bool {
        let bytes = trim(candidate.as_bytes());
        let Ok(candidate) = str::from_utf8(bytes) else { return false };
        self.lines().any(|line| line == bytes || str::from_utf8(line).is_ok_and(|line| is_spelling(line, candidate)))
    }

    pub fn facts(&self) -> OwnFacts {
        OwnFacts { entries: self.lines().count(), bytes: self.text.len(), changed: self.changed }
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        without_mark(&self.text).split(|byte| *byte == b'\n').map(trim).filter(|line| !line.is_empty())
    }
}

/// Whether a candidate, which comes in its normal form, is this line in its normal form or that in lower case.
fn is_spelling(line: &str, candidate: &str) -> bool {
    line.nfc().eq(candidate.chars()) || line.nfc().flat_map(char::to_lowercase).eq(candidate.chars())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn own(text: &[u8]) -> Own {
        Own { text: text.to_vec(), changed: Timestamp::from_micros(0) }
    }

    #[test]
    fn lines_are_trimmed_and_compared_as_they_stand_and_in_lower_case() {
        let list = own(b"\xef\xbb\xbfacme\r\n\r\n \t Blue Harbour \x0b\n\0\ncr\xc3\xa8me\nBRU\xcc\x82LE\xcc\x81E\n\xff\xfe\nlast");
        for listed in ["acme", " acme ", "Blue Harbour", "blue harbour", "cr\u{e8}me", "BR\u{db}L\u{c9}E", "br\u{fb}l\u{e9}e", "last"] {
            assert!(list.contains(listed), "{listed:?}");
        }
        for other in ["", " ", "\r", "ACME", "acm", "acmeacme", "blue", "\u{feff}acme", "\u{fffd}\u{fffd}"] {
            assert!(!list.contains(other), "{other:?}");
        }
        assert_eq!(list.facts().entries, 6);
    }

    #[test]
    fn a_file_may_be_so_large_and_no_larger() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.txt");
        assert!(Own::read(&path).unwrap().is_none());
        fs::write(&path, "").unwrap();
        assert_eq!(Own::read(&path).unwrap().unwrap().facts().entries, 0);
        let mut text = b"acme\n".repeat(1 << 18);
        text.truncate(1 << 20);
        fs::write(&path, &text).unwrap();
        assert!(Own::read(&path).unwrap().unwrap().contains("acme"));
        text.push(b'\n');
        fs::write(&path, &text).unwrap();
        assert!(Own::read(&path).unwrap_err().to_string().contains("ringfence passwords import"));
    }

    #[test]
    fn what_is_no_list_of_lines_is_an_error_and_not_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.txt");
        for (bytes, said) in [(&b"\xff\xfea\0\n\0"[..], "UTF-16"), (b"\x1f\x8b\x08\0", "compressed")] {
            fs::write(&path, bytes).unwrap();
            assert!(Own::read(&path).unwrap_err().to_string().contains(said));
        }
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(dir.path().join("gone"), &path).unwrap();
        assert_eq!(Own::read(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(Own::read(&path).unwrap_err().to_string(), "is not a file");
        assert_eq!(Own::read(&dir.path().join("no directory/own.txt")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
