//! One master key, and from it a key of its own for every purpose, so that no two uses of secrecy can be played against each other.
//!
//! Derivation is HKDF-SHA256 (RFC 5869) with the purpose and version as `info`. To add a purpose: one constant, one line in
//! [`PURPOSES`].

use crate::entropy::{self, Entropy};
use crate::envelope::Sealer;
use crate::hash;
use crate::secret::{Secret, SecretText};
use crate::text;
use ring::hmac;
use std::fmt;

/// Chaining sealed batches of audit events.
pub const AUDIT_SEAL: &str = "audit-seal";
/// Binding a form to the session that asked for it.
pub const CSRF: &str = "csrf";
/// Telling installations on one host apart by their cookie names.
pub const COOKIE_NAME: &str = "cookie-name";
/// Sealing what a login page hands to the browser and gets back.
pub const LOGIN_STATE: &str = "login-state";
/// Sealing letters that wait to be sent: they may hold a one-time link.
pub const SEALED_MAIL: &str = "sealed-mail";
/// Sealing settings that are secret.
pub const SEALED_SETTING: &str = "sealed-setting";
/// Naming submitted login names that belong to nobody without keeping them.
pub const UNKNOWN_NAME: &str = "unknown-name";
/// Tells whether a database was made with this master key.
pub const FINGERPRINT: &str = "fingerprint";

/// Every purpose a key is derived for, sorted.
pub const PURPOSES: &[&str] = &[AUDIT_SEAL, COOKIE_NAME, CSRF, FINGERPRINT, LOGIN_STATE, SEALED_MAIL, SEALED_SETTING, UNKNOWN_NAME];

/// The root of all keys of an installation: 32 bytes, made once, never stored in the database.
#[derive(Debug)]
pub struct MasterKey(Secret<[u8; 32]>);

impl MasterKey {
    /// Takes existing key material.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// A fresh key for a new installation.
    #[must_use]
    pub fn mint(entropy: &dyn Entropy) -> Self {
        Self::new(entropy::bytes(entropy))
    }

    /// Reads the text that [`MasterKey::text`] wrote; white space around it is ignored, as files end with a newline.
    pub fn parse(text: &SecretText) -> Result<Self, MasterKeyError> {
        text::base64url_32(text.expose().trim()).map(Self::new).ok_or(MasterKeyError)
    }

    /// The key as text for its file: 43 characters of base64url.
    #[must_use]
    pub fn text(&self) -> SecretText {
        Secret::new(text::base64url(self.0.expose()))
    }

    /// A number that is the same for the same key and says nothing about it.
    #[must_use]
    pub fn fingerprint(&self) -> i64 {
        self.derive(FINGERPRINT, 1).sign(b"").first_chunk().copied().map_or(0, i64::from_be_bytes)
    }

    /// The key for one of [`PURPOSES`]. A new version gives a new, independent key.
    #[must_use]
    pub fn derive(&self, purpose: &'static str, version: u32) -> Key {
        let inner = hmac::Key::new(hmac::HMAC_SHA256, &self.expand(purpose, version));
        Key { inner, purpose, version }
    }

    /// What seals values of one of [`PURPOSES`].
    ///
    /// # Panics
    /// Never: the library takes every key of 32 bytes.
    #[must_use]
    #[expect(clippy::expect_used, reason = "AES-256 takes every key of 32 bytes")]
    pub fn sealer(&self, purpose: &'static str, version: u8) -> Sealer {
        Sealer::new(&self.expand(purpose, version.into()), version).expect("32 bytes are a key")
    }

    fn expand(&self, purpose: &'static str, version: u32) -> [u8; 32] {
        // HKDF with an output of one block is two HMACs; spelled out because, unlike the library's general form, it cannot fail.
        let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"ringfence"), self.0.expose());
        let info = format!("{purpose}/v{version}\u{1}");
        hash::array(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref()), info.as_bytes()).as_ref())
    }
}

/// A key for one purpose, usable for keyed hashes (HMAC-SHA256) only.
#[derive(Clone)]
pub struct Key {
    inner: hmac::Key,
    purpose: &'static str,
    version: u32,
}

impl Key {
    /// The keyed hash of `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        hash::array(hmac::sign(&self.inner, message).as_ref())
    }

    /// Whether `tag` is the keyed hash of `message`; takes the same time wherever they differ.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.inner, message, tag).is_ok()
    }

    /// The version this key was derived for, kept beside what it signed.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}/v{}, ***)", self.purpose, self.version)
    }
}

/// The text is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MasterKeyError;

impl fmt::Display for MasterKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the master key must be 43 characters of unpadded base64url (32 bytes)")
    }
}

impl std::error::Error for MasterKeyError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seeded;
    use ring::hkdf;

    #[test]
    fn derivation_is_the_hkdf_of_the_rfc() {
        let material = [0x5a; 32];
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"ringfence");
        let prk = salt.extract(&material);
        let expected = prk.expand(&[b"csrf/v3"], hmac::HMAC_SHA256).map(hmac::Key::from).unwrap();
        let key = MasterKey::new(material).derive(CSRF, 3);
        assert_eq!(key.sign(b"message"), hmac::sign(&expected, b"message").as_ref());
    }

    #[test]
    fn purposes_and_versions_are_independent() {
        let master = MasterKey::mint(&Seeded::new(1));
        let mut seen = Vec::new();
        for purpose in PURPOSES {
            for version in 1..3 {
                seen.push(master.derive(purpose, version).sign(b""));
            }
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
        assert!(PURPOSES.is_sorted());
    }

    #[test]
    fn verifies_its_own_and_nothing_else() {
        let key = MasterKey::new([1; 32]).derive(CSRF, 1);
        let tag = key.sign(b"a");
        assert!(key.verify(b"a", &tag));
        assert!(!key.verify(b"b", &tag));
        assert!(!key.verify(b"a", &tag[..31]));
        assert!(!key.verify(b"a", b""));
    }

    #[test]
    fn text_survives_a_round_trip_and_never_shows() {
        let master = MasterKey::mint(&Seeded::new(2));
        let text = master.text();
        let again = MasterKey::parse(&Secret::new(format!("{}\n", text.expose()))).unwrap();
        assert_eq!(again.derive(CSRF, 1).sign(b""), master.derive(CSRF, 1).sign(b""));
        assert_eq!(MasterKey::parse(&Secret::new("short".to_owned())).unwrap_err(), MasterKeyError);
        assert_eq!(format!("{master:?} {:?}", master.derive(CSRF, 1)), "MasterKey(***) Key(csrf/v1, ***)");
    }
}
