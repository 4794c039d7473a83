//! Sessions: an unguessable token in a `__Host-` cookie, its hash in the database, an end by idleness and an absolute end, and a CSRF
//! token that is bound to it.
//!
//! The clear token exists in the browser and for the length of a request; whoever reads the database finds only hashes.

use crate::clock::Timestamp;
use crate::entropy::{self, Entropy};
use crate::hash::sha256;
use crate::key::Key;
use crate::secret::{Secret, SecretText};
use crate::text;
use std::time::Duration;

/// A fresh session token: 32 bytes as 43 characters of base64url.
#[derive(Debug)]
pub struct Token(SecretText);

impl Token {
    /// The text for the cookie.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(self.expose())
    }
}

/// A new token. Also right for every other 256-bit secret that is looked up by its hash, such as one-time links.
#[must_use]
pub fn mint(entropy: &dyn Entropy) -> Token {
    let bytes = Secret::new(entropy::bytes::<32>(entropy));
    Token(Secret::new(text::base64url(bytes.expose())))
}

/// SHA-256 of a token's text. A fast hash is enough for 256 bits nobody chose.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Without a request for this long it ends.
    pub idle: Duration,
    /// From its beginning it lasts at most this long; zero: no such end.
    pub absolute: Duration,
}

impl Lifetime {
    /// 1,800 s idle, 480 min in all (`security.session_idle_seconds`, `session.absolute_lifetime_minutes`).
    pub const DEFAULT: Self = Self { idle: Duration::from_mins(30), absolute: Duration::from_hours(8) };

    /// The end to store with a session created at `created`.
    #[must_use]
    pub fn absolute_end(&self, created: Timestamp) -> Timestamp {
        if self.absolute.is_zero() { Timestamp::MAX } else { created.plus(self.absolute) }
    }
}

/// Whether a session still counts at `now`. The stored absolute end holds, and so does the one that the current settings give, so
/// that shortening the setting ends sessions at once while lengthening it revives none.
#[must_use]
pub fn alive(created: Timestamp, last_seen: Timestamp, absolute_end: Timestamp, now: Timestamp, lifetime: &Lifetime) -> bool {
    now < absolute_end && now < lifetime.absolute_end(created) && now.since(last_seen) < lifetime.idle
}

/// The cookie's name, with a suffix that tells installations on one host apart.
#[must_use]
pub fn cookie_name(suffix: &str) -> String {
    format!("__Host-ringfence-{suffix}")
}

/// The suffix of this installation: eight hex digits from its [`crate::key::COOKIE_NAME`] key.
#[must_use]
pub fn cookie_suffix(key: &Key) -> String {
    let [one, two, three, four, ..] = key.sign(b"session");
    text::hex(&[one, two, three, four])
}

/// The `Set-Cookie` value that hands a session to the browser, for as long as the browser runs; the server knows the real end.
#[must_use]
pub fn cookie(name: &str, token: &Token) -> SecretText {
    Secret::new(format!("{name}={}; Path=/; Secure; HttpOnly; SameSite=Strict", token.expose()))
}

/// The `Set-Cookie` value that takes it away.
#[must_use]
pub fn cookie_removal(name: &str) -> String {
    format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

/// The CSRF token of the session with this token hash, for its forms.
#[must_use]
pub fn csrf(key: &Key, session: &[u8; 32]) -> String {
    text::base64url(&key.sign(session))
}

/// Whether `given` is the CSRF token of that session; takes the same time wherever they differ.
#[must_use]
pub fn csrf_matches(key: &Key, session: &[u8; 32], given: &str) -> bool {
    text::base64url_32(given).is_some_and(|tag| key.verify(session, &tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seeded;
    use crate::key::{COOKIE_NAME, CSRF, MasterKey};
    use proptest::prelude::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn tokens_are_long_and_kept_as_hashes() {
        let token = mint(&Seeded::new(1));
        assert_eq!(token.expose().len(), 43);
        assert_eq!(token.hash(), hash(token.expose()));
        assert_ne!(token.hash(), mint(&Seeded::new(2)).hash());
        assert_eq!(format!("{token:?}"), "Token(***)");
    }

    #[test]
    fn a_session_ends_by_idleness_and_by_age() {
        let lifetime = Lifetime::DEFAULT;
        let end = lifetime.absolute_end(at(0));
        let check = |seen, now| alive(at(0), at(seen), end, at(now), &lifetime);
        assert!(check(0, 1_799));
        assert!(!check(0, 1_800));
        assert!(check(28_000, 28_799));
        assert!(!check(28_799, 28_800));
        assert!(check(100, 50), "a clock that went back ends nothing");
    }

    #[test]
    fn settings_shorten_at_once_and_revive_nothing() {
        let stored = Lifetime::DEFAULT.absolute_end(at(0));
        let short = Lifetime { absolute: Duration::from_mins(1), ..Lifetime::DEFAULT };
        assert!(!alive(at(0), at(59), stored, at(60), &short));
        let endless = Lifetime { absolute: Duration::ZERO, ..Lifetime::DEFAULT };
        assert!(!alive(at(0), at(28_799), stored, at(28_800), &endless));
        assert!(alive(at(0), at(999_999), endless.absolute_end(at(0)), at(1_000_000), &endless));
    }

    #[test]
    fn cookies_are_strict() {
        let key = MasterKey::new([1; 32]).derive(COOKIE_NAME, 1);
        let name = cookie_name(&cookie_suffix(&key));
        assert!(name.starts_with("__Host-ringfence-") && name.len() == "__Host-ringfence-".len() + 8);
        let token = mint(&Seeded::new(1));
        assert_eq!(cookie(&name, &token).expose(), &format!("{name}={}; Path=/; Secure; HttpOnly; SameSite=Strict", token.expose()));
        assert!(cookie_removal(&name).ends_with("; Max-Age=0"));
    }

    #[test]
    fn csrf_tokens_belong_to_one_session() {
        let key = MasterKey::new([1; 32]).derive(CSRF, 1);
        let token = csrf(&key, &[1; 32]);
        assert!(csrf_matches(&key, &[1; 32], &token));
        assert!(!csrf_matches(&key, &[2; 32], &token));
        assert!(!csrf_matches(&MasterKey::new([2; 32]).derive(CSRF, 1), &[1; 32], &token));
        assert!(!csrf_matches(&key, &[1; 32], ""));
        assert!(!csrf_matches(&key, &[1; 32], &token[..42]));
    }

    proptest! {
        #[test]
        fn no_other_text_passes_as_csrf(given in "[A-Za-z0-9_-]{0,50}") {
            let key = MasterKey::new([1; 32]).derive(CSRF, 1);
            prop_assert_eq!(csrf_matches(&key, &[1; 32], &given), given == csrf(&key, &[1; 32]));
        }
    }
}
