//! What a list holds, and how a line of it and a candidate come to the same key.
//!
//! | kind | a line | key: the first 8 bytes of |
//! |---|---|---|
//! | [`Kind::Plain`] | a password, in any bytes, white space around it ignored | its SHA-1 |
//! | [`Kind::Sha1`] | 40 hexadecimal digits, perhaps `:` and a number | the hash |
//! | [`Kind::Nt`] | 32 hexadecimal digits, perhaps `:` and a number | the hash, MD4 of the password in UTF-16LE |
//!
//! The two with hashes are the files of [Have I Been Pwned](https://haveibeenpwned.com/Passwords). White space is what PHP's `trim` takes
//! away, since that is what iTop's example of a password blacklist does with lines and candidates alike. A password is taken in its normal
//! form (NFC), in which candidates come; of one that is listed as a hash that cannot be said.

use md4::Md4;
use sha1::{Digest, Sha1};
use std::borrow::Cow;
use std::str;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Lines that [`Kind::guess`] looks at.
const GUESSED_LINES: usize = 100;
/// A line of at least so many hexadecimal digits is a hash, known or not.
const LIKE_A_HASH: usize = 28;

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Passwords.
    Plain,
    /// SHA-1 hashes of passwords.
    Sha1,
    /// NT hashes of passwords.
    Nt,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Sha1, Self::Nt];

    /// Guesses the kind from the start of a list, some hundred bytes or more. None if there is no line in it, or if half of the lines or
    /// more are hashes but not all of one known kind: taken as passwords, they would forbid nothing. MD5 looks like NT.
    #[must_use]
    pub fn guess(start: &[u8]) -> Option<Self> {
        // What follows the last line end may be half a line.
        let whole = start.iter().rposition(|byte| *byte == b'\n').and_then(|end| start.get(..end)).unwrap_or(start);
        let split = without_mark(whole).split(|byte| *byte == b'\n').map(trim).filter(|line| !line.is_empty());
        let lines: Vec<&[u8]> = split.take(GUESSED_LINES).collect();
        if lines.is_empty() {
            return None;
        }
        let hashes = [Self::Sha1, Self::Nt].into_iter().find(|kind| lines.iter().all(|line| kind.key_of_line(line).is_some()));
        let alike = lines.iter().filter(|line| like_a_hash(line)).count();
        hashes.or((alike * 2 < lines.len()).then_some(Self::Plain))
    }

    /// The key of a line that has been trimmed and is not empty; none if it is not of this kind.
    pub(super) fn key_of_line(self, line: &[u8]) -> Option<u64> {
        match self {
            Self::Plain => Some(sha1_key(&normal(line))),
            Self::Sha1 => hash_key(line, 40),
            Self::Nt => hash_key(line, 32),
        }
    }

    /// The key of a password that someone wants to set.
    pub(super) fn key_of_candidate(self, candidate: &str) -> u64 {
        match self {
            // No line of a plain list has white space around it, so that the candidate loses none that would count.
            Self::Plain => sha1_key(trim(candidate.as_bytes())),
            Self::Sha1 => sha1_key(candidate.as_bytes()),
            Self::Nt => nt_key(candidate),
        }
    }

    /// Its word on the command line and in the audit trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Sha1 => "sha1",
            Self::Nt => "nt",
        }
    }

    /// What a wrong line is told to be.
    pub(super) const fn expects(self) -> &'static str {
        match self {
            Self::Plain => "a password",
            Self::Sha1 => "a SHA-1 hash (40 hexadecimal digits, perhaps a colon and a number)",
            Self::Nt => "an NT hash (32 hexadecimal digits, perhaps a colon and a number)",
        }
    }
}

/// Without white space at both ends: what PHP's `trim` takes for it.
pub(super) fn trim(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0b, rest @ ..] = line {
        line = rest;
    }
    while let [rest @ .., b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0b] = line {
        line = rest;
    }
    line
}

/// A password in its normal form, if it is text.
fn normal(line: &[u8]) -> Cow<'_, [u8]> {
    match str::from_utf8(line) {
        Ok(text) if is_nfc_quick(text.chars()) != IsNormalized::Yes => Cow::Owned(text.nfc().collect::<String>().into_bytes()),
        _ => Cow::Borrowed(line),
    }
}

/// Without the mark that Windows puts before UTF-8.
pub(super) fn without_mark(start: &[u8]) -> &[u8] {
    start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start)
}

fn like_a_hash(line: &[u8]) -> bool {
    let hash = line.split(|byte| *byte == b':').next().unwrap_or(line);
    hash.len() >= LIKE_A_HASH && hash.iter().all(u8::is_ascii_hexdigit)
}

fn sha1_key(password: &[u8]) -> u64 {
    first_8(&Sha1::digest(password))
}

fn nt_key(password: &str) -> u64 {
    let mut hash = Md4::new();
    password.encode_utf16().for_each(|unit| hash.update(unit.to_le_bytes()));
    first_8(&hash.finalize())
}

fn first_8(hash: &[u8]) -> u64 {
    hash.iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

fn hash_key(line: &[u8], digits: usize) -> Option<u64> {
    let (hash, rest) = line.split_at_checked(digits)?;
    let ends_well = match rest {
        [] => true,
        [b':', count @ ..] => !count.is_empty() && count.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !ends_well || !hash.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    hash.iter().take(16).try_fold(0, |key, digit| Some((key << 4) | u64::from(char::from(*digit).to_digit(16)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `password`, as published.
    const SHA1: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";
    const NT: &str = "8846F7EAEE8FB117AD06BDD830B7586C";

    #[test]
    fn a_line_and_the_candidate_have_one_key() {
        for (kind, line) in [(Kind::Plain, "password"), (Kind::Sha1, SHA1), (Kind::Nt, NT)] {
            let key = kind.key_of_candidate("password");
            assert_eq!(kind.key_of_line(line.as_bytes()), Some(key));
            assert_ne!(kind.key_of_candidate("Password"), key);
            if kind != Kind::Plain {
                assert_eq!(kind.key_of_line(line.to_lowercase().as_bytes()), Some(key));
                assert_eq!(kind.key_of_line(format!("{line}:3730471").as_bytes()), Some(key));
            }
        }
        assert_eq!(Kind::Plain.key_of_candidate("password"), 0x5baa_61e4_c9b9_3f3f);
        assert_eq!(Kind::Nt.key_of_candidate("password"), 0x8846_f7ea_ee8f_b117);
    }

    #[test]
    fn a_line_is_taken_in_its_normal_form() {
        let key = Kind::Plain.key_of_candidate("cr\u{e8}me");
        assert_eq!(Kind::Plain.key_of_line("cre\u{300}me".as_bytes()), Some(key));
        assert_eq!(Kind::Plain.key_of_line("cr\u{e8}me".as_bytes()), Some(key));
        assert_ne!(Kind::Plain.key_of_line(b"cr\xe8me"), Some(key));
    }

    #[test]
    fn an_nt_hash_is_of_utf_16() {
        // Of `Pässwörd😀`, by `iconv -t utf-16le | openssl md4`.
        assert_eq!(Kind::Nt.key_of_candidate("Pässwörd😀"), Kind::Nt.key_of_line(b"203BE5131FA61DDDD2457D29097C8143").unwrap_or(0));
    }

    #[test]
    fn white_space_counts_only_where_a_line_can_have_it() {
        assert_eq!(Kind::Plain.key_of_candidate(" \tpass word\u{b}\0\r\n"), Kind::Plain.key_of_candidate("pass word"));
        assert_ne!(Kind::Sha1.key_of_candidate(" password"), Kind::Sha1.key_of_candidate("password"));
        assert_ne!(Kind::Nt.key_of_candidate("password "), Kind::Nt.key_of_candidate("password"));
        assert_eq!(trim(b" \t\r\n\0"), b"");
        assert_eq!(trim("\u{a0}x".as_bytes()), "\u{a0}x".as_bytes());
    }

    #[test]
    fn what_is_no_hash_has_no_key() {
        let longer = format!("{SHA1}0");
        let with = |end: &str| format!("{SHA1}{end}");
        for wrong in ["", "password", &longer, &SHA1[1..], NT, &with(":"), &with(":1x"), &with(" 1"), &with(":-1"), &SHA1.replace('5', "g")]
        {
            assert_eq!(Kind::Sha1.key_of_line(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(Kind::Nt.key_of_line(SHA1.as_bytes()), None);
        assert_eq!(Kind::Sha1.key_of_line(format!("+{}", &SHA1[1..]).as_bytes()), None);
    }

    #[test]
    fn the_kind_is_guessed_from_the_first_lines() {
        let guess = |start: &str| Kind::guess(start.as_bytes());
        assert_eq!(guess(&format!("{SHA1}:12\r\n\r\n{SHA1}:7\r\n{}", &SHA1[..9])), Some(Kind::Sha1));
        assert_eq!(guess(&format!("{NT}\n{NT}:1\n")), Some(Kind::Nt));
        assert_eq!(guess(NT), Some(Kind::Nt));
        assert_eq!(guess("123456\npassword\n"), Some(Kind::Plain));
        assert_eq!(guess(&format!("\u{feff}{SHA1}\n{SHA1}\n")), Some(Kind::Sha1));
        assert_eq!(guess(&format!("{SHA1}\npassword\n123456\n")), Some(Kind::Plain));
        assert_eq!(Kind::guess(b"\xff\xfe\xfd\n"), Some(Kind::Plain));
        for nothing in
            ["", "\n\r\n  \n", &"ab".repeat(32), &format!("{SHA1}\n{NT}\n"), &format!("{SHA1}\npassword\n"), &format!("{}:4\n", &SHA1[5..])]
        {
            assert_eq!(guess(nothing), None, "{nothing:?}");
        }
    }
}
