//! Passwords: argon2id, Unicode taken as typed but in one normal form, never cut and never trimmed.
//!
//! [`verify`] is the one place that compares a password. It demands a paid [`Attempt`], uses it up, and costs one hash whether the
//! account exists or not. A candidate that is too long to be anyone's is refused before hashing, alike for every name. Hashes that were
//! imported as bcrypt are compared as such (`imported`) and replaced at the next login ([`needs_rehash`]).
//!
//! What a new password must be is [`policy`]'s, and [`blocklist`] holds the lists of those that nobody may choose.
//!
//! Hashing takes tens of milliseconds and 19 MiB: it runs in [`pool`], never on an async thread and never inside a transaction.

pub mod blocklist;
pub mod expiry;
mod imported;
pub mod policy;
pub mod pool;

use crate::login::Attempt;
use crate::secret::{Secret, SecretText};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Version};
pub use imported::{Import, UnusableHash};
use std::fmt;
use std::hint::black_box;
use unicode_normalization::UnicodeNormalization;

/// The longest password, in characters of its normal form.
pub const MAX_CHARS: usize = 128;
/// The longest password, in bytes of its normal form.
pub const MAX_BYTES: usize = 1_024;

/// Salt of the hash that is computed where there is none to compare with; its result is thrown away.
const DUMMY_SALT: &[u8; 16] = b"ringfence dummy!";

/// How dear one hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Params {
    /// argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
    pub const STANDARD: Self = Self { memory_kib: 19 * 1_024, passes: 2, lanes: 1 };

    /// **For tests.** The least argon2 accepts; protects nothing.
    #[must_use]
    pub const fn cheap() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }

    fn for_argon2(self) -> Result<argon2::Params, HashError> {
        argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_| HashError)
    }
}

/// Hashing itself failed: no memory, or parameters out of range. Denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashError;

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the password could not be hashed")
    }
}

impl std::error::Error for HashError {}

/// A password that may be set: in normal form (NFC), of a fitting length, and accepted by every validator. Only [`policy::Rules::check`]
/// makes one, so that no way to set a password goes past them.
#[derive(Debug)]
pub struct NewPassword(SecretText);

#[cfg(test)]
impl NewPassword {
    /// One that nobody judged.
    pub(crate) fn sample(text: &str) -> Self {
        Self(normal_form(&Secret::new(text.to_owned())).unwrap())
    }
}

/// What every comparison costs, so that none tells by its time what it compared with: one argon2id, and while hashes of bcrypt are stored
/// also one of those, whoever's turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The cost of our own hashes.
    pub params: Params,
    /// The dearest imported bcrypt hash that is still stored.
    pub imported: Option<u32>,
}

impl Effort {
    /// Without imported hashes.
    #[must_use]
    pub const fn of(params: Params) -> Self {
        Self { params, imported: None }
    }

    /// Whether these bytes, in normal form, are the password behind `stored`.
    fn compare(self, bytes: &[u8], stored: Option<&str>) -> bool {
        let bcrypt = stored.and_then(imported::Bcrypt::parse);
        let cost = bcrypt.as_ref().map(imported::Bcrypt::cost);
        let same = match (bcrypt, stored.and_then(readable)) {
            (None, Some(hash)) => Argon2::default().verify_password(bytes, &hash).is_ok(),
            (bcrypt, _) => {
                let _ = black_box(pretend(bytes, self.params));
                bcrypt.is_some_and(|bcrypt| bcrypt.is_of(bytes))
            }
        };
        imported::fill(cost, self.imported);
        same
    }
}

/// The normal form (NFC), none if it is too long to be a password. Composition at most thirds a text, so what is far too long is
/// refused unread.
fn normal_form(typed: &SecretText) -> Option<SecretText> {
    if typed.expose().len() > 3 * MAX_BYTES {
        return None;
    }
    // Room for all, so that growing leaves no copy of the password behind.
    let mut text = String::with_capacity(9 * MAX_BYTES);
    text.extend(typed.expose().nfc());
    let normal = Secret::new(text);
    (normal.expose().len() <= MAX_BYTES && normal.expose().chars().count() <= MAX_CHARS).then_some(normal)
}

/// Hashes a new password; the answer is a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$…`).
pub fn hash(params: Params, password: &NewPassword, salt: [u8; 16]) -> Result<String, HashError> {
    let bytes = password.0.expose().as_bytes();
    let (algorithm, version) = (Some(Algorithm::Argon2id.as_str()), Some(Version::V0x13.into()));
    Argon2::default()
        .hash_password_customized(bytes, &salt, algorithm, version, params.for_argon2()?)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|_| HashError)
}

/// Whether `candidate` is the password behind `stored`. Without a stored hash, or with one that cannot be read, as much is computed and
/// the answer is no. An attempt that has been used before compares nothing.
#[must_use]
pub fn verify(attempt: &Attempt, candidate: &SecretText, stored: Option<&str>, effort: Effort) -> bool {
    if !attempt.spend() {
        return false;
    }
    normal_form(candidate).is_some_and(|candidate| effort.compare(candidate.expose().as_bytes(), stored))
}

/// Whether these bytes, in normal form, are the password behind `stored`; none if that is no hash that can be compared to the end. Costs
/// one hash.
fn compare(bytes: &[u8], stored: &str) -> Option<bool> {
    if let Some(bcrypt) = imported::Bcrypt::parse(stored) {
        return Some(bcrypt.is_of(bytes));
    }
    Some(Argon2::default().verify_password(bytes, &readable(stored)?).is_ok())
}

/// A hash with `params` of a password that was just found right, when the stored one was made otherwise ([`needs_rehash`]); else none.
pub fn renewed(params: Params, right: &SecretText, stored: &str, salt: [u8; 16]) -> Result<Option<String>, HashError> {
    if !needs_rehash(stored, params) {
        return Ok(None);
    }
    let Some(normal) = normal_form(right) else { return Ok(None) };
    hash(params, &NewPassword(normal), salt).map(Some)
}

/// The stored argon2 hash, if a comparison with it can be computed to the end; anything else would answer faster than a wrong password.
fn readable(stored: &str) -> Option<PasswordHash> {
    let hash = PasswordHash::new(stored).ok()?;
    let known = Algorithm::try_from(hash.algorithm.as_str()).is_ok()
        && hash.version.is_none_or(|version| Version::try_from(version).is_ok())
        && argon2::Params::try_from(&hash).is_ok();
    (known && hash.salt.is_some() && hash.hash.is_some()).then_some(hash)
}

/// Takes as long as [`verify`] and compares nothing: for answers that must not depend on the password.
pub fn pretend_to_verify(candidate: &SecretText, effort: Effort) {
    if let Some(candidate) = normal_form(candidate) {
        let _ = black_box(effort.compare(candidate.expose().as_bytes(), None));
    }
}

/// The cost of a comparison without one: the hash of the candidate with a salt of no account.
fn pretend(bytes: &[u8], params: Params) -> Result<[u8; 32], HashError> {
    let mut output = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.for_argon2()?);
    argon2.hash_password_into(bytes, DUMMY_SALT, &mut output).map_err(|_| HashError)?;
    Ok(output)
}

/// Whether `stored` was made in another way than with argon2id and `params`, and should be replaced at the next login, when the password
/// is at hand.
#[must_use]
pub fn needs_rehash(stored: &str, params: Params) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return true };
    let current = params.for_argon2().ok();
    hash.algorithm.as_str() != Algorithm::Argon2id.as_str()
        || hash.version != Some(Version::V0x13.into())
        || argon2::Params::try_from(&hash).ok().map(|params| (params.m_cost(), params.t_cost(), params.p_cost()))
            != current.map(|params| (params.m_cost(), params.t_cost(), params.p_cost()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::login::Reservation;
    use proptest::prelude::*;

    fn attempt() -> Attempt {
        Attempt::reserved(Reservation { budgets: Vec::new(), at: Timestamp::from_micros(0) })
    }

    fn typed(text: &str) -> SecretText {
        Secret::new(text.to_owned())
    }

    fn stored(text: &str) -> String {
        hash(Params::cheap(), &NewPassword::sample(text), [7; 16]).unwrap()
    }

    const CHEAP: Effort = Effort::of(Params::cheap());

    fn right(text: &str, stored: Option<&str>) -> bool {
        verify(&attempt(), &typed(text), stored, CHEAP)
    }

    #[test]
    fn the_right_password_and_no_other() {
        let stored = stored("correct horse battery");
        assert!(right("correct horse battery", Some(&stored)));
        for wrong in ["correct horse batter", "correct horse battery ", " correct horse battery", "Correct horse battery", ""] {
            assert!(!right(wrong, Some(&stored)), "{wrong:?}");
        }
        assert!(!right("correct horse battery", None));
    }

    #[test]
    fn the_standard_is_what_is_written() {
        let password = NewPassword::sample("correct horse battery");
        let standard = hash(Params::STANDARD, &password, [1; 16]).unwrap();
        assert!(standard.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{standard}");
        assert!(verify(&attempt(), &typed("correct horse battery"), Some(&standard), Effort::of(Params::STANDARD)));
        assert!(!needs_rehash(&standard, Params::STANDARD));
        assert!(needs_rehash(&stored("correct horse battery"), Params::STANDARD));
        assert!(needs_rehash("", Params::STANDARD));
        assert!(needs_rehash(&standard.replace("argon2id", "argon2i"), Params::STANDARD));
    }

    #[test]
    fn an_imported_hash_is_compared_once_more_and_then_replaced() {
        let imported = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK";
        assert!(right("U*U*", Some(imported)));
        for wrong in ["U*U", "U*U*U", "U*U*\u{0}U*U*", ""] {
            assert!(!right(wrong, Some(imported)), "{wrong:?}");
        }
        assert!(!right("U*U*", Some(&imported.replace("$2y$", "$2x$"))));
        assert!(!right(imported, Some(imported)), "a hash that is typed is no password");
        assert!(needs_rehash(imported, Params::cheap()));
        let replaced = stored("U*U*");
        assert!(right("U*U*", Some(&replaced)) && !needs_rehash(&replaced, Params::cheap()));
    }

    #[test]
    fn a_used_attempt_compares_nothing() {
        let stored = stored("correct horse battery");
        let attempt = attempt();
        assert!(verify(&attempt, &typed("correct horse battery"), Some(&stored), CHEAP));
        assert!(!verify(&attempt, &typed("correct horse battery"), Some(&stored), CHEAP));
    }

    #[test]
    fn what_cannot_be_compared_costs_the_same_hash() {
        assert!(readable(&stored("correct horse battery")).is_some());
        for unreadable in [
            "",
            "!disabled",
            "correct horse battery",
            "$argon2id$v=19$m=8,t=1,p=1",
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=8,t=0,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=18$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(readable(unreadable).is_none(), "{unreadable}");
            assert!(!right("correct horse battery", Some(unreadable)), "{unreadable}");
        }
        let real = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::STANDARD.for_argon2().unwrap());
        let mut expected = [0; 32];
        real.hash_password_into(b"candidate", DUMMY_SALT, &mut expected).unwrap();
        assert_eq!(pretend(b"candidate", Params::STANDARD), Ok(expected));
        assert_ne!(pretend(b"candidate", Params::cheap()), Ok(expected));
    }

    #[test]
    fn a_right_password_is_hashed_anew_when_its_hash_is_of_another_kind() {
        let imported = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK";
        let anew = renewed(Params::cheap(), &typed("U*U*"), imported, [3; 16]).unwrap().unwrap();
        assert!(right("U*U*", Some(&anew)) && !needs_rehash(&anew, Params::cheap()));
        assert_eq!(renewed(Params::cheap(), &typed("U*U*"), &anew, [3; 16]), Ok(None));
    }

    #[test]
    fn imported_hashes_change_what_is_computed_and_not_what_is_right() {
        let (own, imported) = (stored("U*U*"), "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK");
        for dearest in [None, Some(4), Some(6)] {
            let effort = Effort { imported: dearest, ..CHEAP };
            for stored in [Some(own.as_str()), Some(imported)] {
                assert!(verify(&attempt(), &typed("U*U*"), stored, effort), "{dearest:?}");
                assert!(!verify(&attempt(), &typed("U*U"), stored, effort), "{dearest:?}");
            }
            assert!(!verify(&attempt(), &typed("U*U*"), None, effort));
        }
    }

    #[test]
    fn nothing_is_cut() {
        let long = "a".repeat(127);
        let stored = stored(&format!("{long}b"));
        assert!(right(&format!("{long}b"), Some(&stored)));
        assert!(!right(&format!("{long}c"), Some(&stored)));
        assert!(!right(&format!("{long}bb"), Some(&stored)));
        let with_nul = self::stored("twelve\u{0}chars one");
        assert!(!right("twelve\u{0}chars two", Some(&with_nul)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_set_is_accepted_in_every_form(text in "\\PC{1,40}") {
            let hash = stored(&text);
            prop_assert!(right(&text, Some(&hash)));
            prop_assert!(right(&text.nfd().collect::<String>(), Some(&hash)));
            let longer = format!("{text}x");
            prop_assert!(!right(&longer, Some(&hash)));
        }
    }
}
