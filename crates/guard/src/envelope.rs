//! Values that leave our hands and come back, or lie in the database, and must be neither read nor changed meanwhile: sealed with AES-256-GCM.
//!
//! A sealed value carries the version of its key, so that keys can be rotated, and is bound to a context (a setting's name, a browser): opened
//! anywhere else it is nothing.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::entropy::{self, Entropy};
use crate::secret::{Secret, SecretText};
use crate::text;

/// Longest text that is opened, in characters: nothing we seal is longer.
const LONGEST: usize = 64 * 1_024;

/// Seals and opens the values of one purpose. Random nonces: good for four billion values a key.
pub struct Sealer {
    key: LessSafeKey,
    version: u8,
}

/// The text is not what we sealed in this context, or was sealed with a key that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOurs;

impl std::fmt::Display for NotOurs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sealed value cannot be opened: it was changed, or the master key is not the one it was sealed with")
    }
}

impl std::error::Error for NotOurs {}

impl Sealer {
    /// With 32 bytes of key material, see [`MasterKey::sealer`](crate::key::MasterKey::sealer); none if the library refuses them.
    pub(crate) fn new(material: &[u8; 32], version: u8) -> Option<Self> {
        Some(Self { key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, material).ok()?), version })
    }

    /// Seals `value` for `context`; the answer is base64url.
    #[must_use]
    pub fn seal(&self, entropy: &dyn Entropy, context: &[u8], value: &[u8]) -> String {
        let nonce: [u8; NONCE_LEN] = entropy::bytes(entropy);
        let mut sealed = value.to_vec();
        let tag = self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed);
        // Only a text of many gigabytes is too long to be sealed; nothing opens as an empty one.
        let sealed = if tag.is_ok() { sealed } else { Vec::new() };
        text::base64url(&[&[self.version], nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Sealer::seal`] gave for the same context.
    pub fn open(&self, context: &[u8], sealed: &str) -> Result<Secret<Vec<u8>>, NotOurs> {
        let bytes = text::base64url_bytes(sealed).filter(|_| sealed.len() <= LONGEST).ok_or(NotOurs)?;
        let (version, rest) = bytes.split_first().ok_or(NotOurs)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(NotOurs)?;
        if *version != self.version {
            return Err(NotOurs);
        }
        let mut value = rest.to_vec();
        let length =
            self.key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut value).map_err(|_| NotOurs)?.len();
        value.truncate(length);
        Ok(Secret::new(value))
    }

    /// Opens a text.
    pub fn open_text(&self, context: &[u8], sealed: &str) -> Result<SecretText, NotOurs> {
        let bytes = self.open(context, sealed)?;
        String::from_utf8(bytes.expose().clone()).map(Secret::new).map_err(|_| NotOurs)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer(v{}, ***)", self.version)
    }
}

#[cfg(test)]
mod tests {
    use crate::entropy::Seeded;
    use crate::key::{LOGIN_STATE, MasterKey, SEALED_SETTING};

    #[test]
    fn only_the_same_context_and_key_open_it() {
        let master = MasterKey::new([3; 32]);
        let sealer = master.sealer(SEALED_SETTING, 1);
        let closed = sealer.seal(&Seeded::new(1), b"smtp.auth_pass", b"hunter2");
        assert_eq!(sealer.open_text(b"smtp.auth_pass", &closed).unwrap().expose(), "hunter2");
        assert!(sealer.open(b"smtp.auth_user", &closed).is_err());
        assert!(master.sealer(LOGIN_STATE, 1).open(b"smtp.auth_pass", &closed).is_err());
        assert!(master.sealer(SEALED_SETTING, 2).open(b"smtp.auth_pass", &closed).is_err());
        assert!(MasterKey::new([4; 32]).sealer(SEALED_SETTING, 1).open(b"smtp.auth_pass", &closed).is_err());
        assert_ne!(closed, sealer.seal(&Seeded::new(2), b"smtp.auth_pass", b"hunter2"));
        assert_eq!(format!("{sealer:?}"), "Sealer(v1, ***)");
    }

    #[test]
    fn a_changed_letter_opens_nothing() {
        let sealer = MasterKey::new([3; 32]).sealer(LOGIN_STATE, 1);
        let closed = sealer.seal(&Seeded::new(1), b"", b"value");
        for index in 0..closed.len() {
            let mut letters: Vec<char> = closed.chars().collect();
            letters[index] = if letters[index] == 'A' { 'B' } else { 'A' };
            assert!(sealer.open(b"", &letters.into_iter().collect::<String>()).is_err(), "{index}");
        }
        for foreign in ["", "A", "ä", &"A".repeat(100), &closed[..closed.len() - 1]] {
            assert!(sealer.open(b"", foreign).is_err(), "{foreign}");
        }
    }
}
