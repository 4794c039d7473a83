//! Hashes from elsewhere: bcrypt, as PHP and many others store it (`$2y$`, `$2b$`, `$2a$`). Compared, never made; the next login replaces
//! one by argon2id.
//!
//! bcrypt reads 72 bytes and stops, and repeats a shorter text with a NUL between, so that different passwords can have one hash (Provos
//! and Mazières, *A Future-Adaptable Password Scheme*, 1999, and what its programs made of it). Such candidates are never equal here: whoever
//! had a password of 72 bytes or more, or with a NUL, sets a new one by mail.
//!
//! `$2x$` marks hashes of a faulty program, and one dearer than [`MAX_COST`] would hold a hash thread for seconds: both are as no hash.

use bcrypt::HashParts;
use std::fmt;
use std::hint::black_box;

/// The dearest hash that is compared: about a second.
const MAX_COST: u32 = 14;
/// The cheapest that bcrypt defines.
const MIN_COST: u32 = 4;
/// From so many bytes on, bcrypt does not see the end of a password.
const BLIND_FROM: usize = 72;

/// A hash that somebody brings along instead of a password: one that can be compared here.
#[derive(Clone, PartialEq, Eq)]
pub struct Import {
    text: String,
    bcrypt: Option<u32>,
}

impl Import {
    /// Takes a hash of bcrypt or argon2 as text. What is no such hash is refused, never taken for a password.
    pub fn parse(text: &str) -> Result<Self, UnusableHash> {
        let bcrypt = Bcrypt::parse(text).map(|hash| hash.cost());
        if bcrypt.is_none() && super::readable(text).is_none() {
            return Err(UnusableHash);
        }
        Ok(Self { text: text.to_owned(), bcrypt })
    }

    /// What is stored.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its cost, if it is bcrypt's.
    #[must_use]
    pub const fn bcrypt_cost(&self) -> Option<u32> {
        self.bcrypt
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Import(***)")
    }
}

/// The text is no hash that a password can be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableHash;

impl fmt::Display for UnusableHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be a hash of bcrypt ($2a$, $2b$, $2y$; cost {MIN_COST} to {MAX_COST}) or a whole PHC string of argon2")
    }
}

impl std::error::Error for UnusableHash {}

/// Makes a comparison as dear as one with the dearest stored hash of bcrypt, whatever `compared` was (the cost of a bcrypt hash, or none): a
/// hash of cost c takes as long as all cheaper ones above it together.
pub(super) fn fill(compared: Option<u32>, dearest: Option<u32>) {
    let Some(dearest) = dearest.map(|dearest| dearest.clamp(MIN_COST, MAX_COST)) else { return };
    let missing = compared.map_or(dearest..dearest + 1, |cost| cost..dearest);
    for cost in missing {
        let _ = black_box(bcrypt::hash_with_salt(b"ringfence", cost, *super::DUMMY_SALT));
    }
}

/// A stored bcrypt hash that can be compared to the end.
#[derive(Debug)]
pub(super) struct Bcrypt<'a>(&'a str, u32);

impl<'a> Bcrypt<'a> {
    pub(super) fn parse(stored: &'a str) -> Option<Self> {
        let known = ["$2a$", "$2b$", "$2y$"].iter().any(|version| stored.starts_with(version));
        let parts: HashParts = if known { stored.parse().ok()? } else { return None };
        (MIN_COST..=MAX_COST).contains(&parts.get_cost()).then_some(Self(stored, parts.get_cost()))
    }

    /// Its cost: each step doubles the work.
    pub(super) const fn cost(&self) -> u32 {
        self.1
    }

    /// Whether these bytes are the password behind it. Costs one hash, whatever they are.
    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        let seen_whole = bytes.len() < BLIND_FROM && !bytes.contains(&0);
        let equal = bcrypt::non_truncating_verify(if seen_whole { bytes } else { &[] }, self.0);
        seen_whole && equal.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 16] = [9; 16];

    fn stored(password: &[u8], version: bcrypt::Version) -> String {
        bcrypt::hash_with_salt(password, MIN_COST, SALT).unwrap().format_for_version(version)
    }

    fn is_of(stored: &str, candidate: &[u8]) -> bool {
        Bcrypt::parse(stored).unwrap().is_of(candidate)
    }

    #[test]
    fn hashes_of_others_are_known() {
        // The vectors of crypt_blowfish 1.3 (wrapper.c, public domain).
        for (stored, password) in [
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
            ("$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"),
            ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""),
        ] {
            for version in ["$2a$", "$2b$", "$2y$"] {
                let stored = stored.replace("$2a$", version);
                assert!(is_of(&stored, password.as_bytes()), "{stored}");
                assert!(!is_of(&stored, format!("{password}x").as_bytes()), "{stored}");
            }
        }
    }

    #[test]
    fn what_is_no_good_hash_is_none() {
        let good = stored(b"correct horse", bcrypt::Version::TwoB);
        assert!(Bcrypt::parse(&good).is_some());
        for bad in [
            String::new(),
            "$2b$".to_owned(),
            good.replace("$2b$", "$2x$"),
            good.replace("$2b$", "$2c$"),
            good.replace("$04$", "$03$"),
            good.replace("$04$", "$15$"),
            good.replace("$04$", "$31$"),
            good.replace("$04$", "$4$"),
            format!("{good}."),
            good.replace("$04$", "$04$ "),
            good.get(..59).unwrap().to_owned(),
            format!("{}é", good.get(..58).unwrap()),
        ] {
            assert!(Bcrypt::parse(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_brought_along_is_a_hash() {
        let good = stored(b"correct horse", bcrypt::Version::TwoB);
        assert_eq!(Import::parse(&good).map(|import| (import.bcrypt_cost(), import.text().to_owned())), Ok((Some(4), good.clone())));
        let argon = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(Import::parse(argon).map(|import| import.bcrypt_cost()), Ok(None));
        for none in ["", "correct horse", "5f4dcc3b5aa765d61d8327deb882cf99", "$1$abc$def", &good.replace("$04$", "$15$")] {
            assert_eq!(Import::parse(none), Err(UnusableHash), "{none}");
        }
        assert!(!format!("{:?}", Import::parse(&good)).contains("$2b$"));
    }

    #[test]
    fn what_bcrypt_cannot_tell_apart_is_never_equal() {
        let long = "a".repeat(72);
        let hash = stored(long.as_bytes(), bcrypt::Version::TwoY);
        assert!(bcrypt::verify(format!("{long}b"), &hash).unwrap(), "bcrypt itself cuts");
        for candidate in [long.clone(), format!("{long}b"), "a".repeat(71)] {
            assert!(!is_of(&hash, candidate.as_bytes()), "{} bytes", candidate.len());
        }
        let whole = stored("a".repeat(71).as_bytes(), bcrypt::Version::TwoY);
        assert!(is_of(&whole, "a".repeat(71).as_bytes()));
        assert!(!is_of(&whole, long.as_bytes()));

        let hash = stored(b"a", bcrypt::Version::TwoY);
        assert!(bcrypt::verify(b"a\0a", &hash).unwrap(), "bcrypt itself repeats");
        for candidate in [&b"a\0a"[..], b"a\0", b"\0a", b"\0", b""] {
            assert!(!is_of(&hash, candidate), "{candidate:?}");
        }
        assert!(!is_of(&stored(b"", bcrypt::Version::TwoY), b"\0"));
    }
}
