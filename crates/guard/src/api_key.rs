//! API keys: `rf_<8 public characters>_<43 characters of base64url>`.
//!
//! The public part is random and only there to tell keys apart on a page; the secret part has 256 bits, so a key is found by its
//! SHA-256 and no budget is needed to keep it from being guessed. The fixed beginning lets secret scanners recognise a leaked key.

use crate::entropy::{self, Entropy};
use crate::secret::{Secret, SecretText};
use crate::session;
use crate::text;

const PREFIX: &str = "rf_";
const PUBLIC: usize = 8;
/// Letters and digits that are not mistaken for one another; 32 of them, so that five bits choose one evenly.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new key: its text, to be shown once; the prefix to display (`rf_k7m2pq9x`); the hash to store.
#[must_use]
pub fn mint(entropy: &dyn Entropy) -> (SecretText, String, [u8; 32]) {
    let chosen = entropy::bytes::<PUBLIC>(entropy);
    let public = chosen.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31))).map(|letter| char::from(*letter));
    let display = PREFIX.chars().chain(public).collect::<String>();
    let secret = Secret::new(entropy::bytes::<32>(entropy));
    let text = Secret::new(format!("{display}_{}", text::base64url(secret.expose())));
    let hash = session::hash(text.expose());
    (text, display, hash)
}

/// The hash to look a submitted key up by; none if the text cannot be a key, which then costs no look-up.
#[must_use]
pub fn hash(submitted: &str) -> Option<[u8; 32]> {
    let (public, secret) = submitted.strip_prefix(PREFIX)?.split_once('_')?;
    let public_fits = public.len() == PUBLIC && public.bytes().all(|byte| ALPHABET.contains(&byte));
    (public_fits && text::base64url_32(secret).is_some()).then(|| session::hash(submitted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seeded;
    use proptest::prelude::*;

    #[test]
    fn a_minted_key_is_found_again() {
        let (text, display, stored) = mint(&Seeded::new(1));
        assert_eq!(text.expose().len(), 55);
        assert_eq!(display.len(), 11);
        assert!(text.expose().starts_with(&format!("{display}_")));
        assert_eq!(hash(text.expose()), Some(stored));
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        let (text, ..) = mint(&Seeded::new(1));
        let text = text.expose();
        for wrong in ["", "rf_", "rf__", &text[1..], &text[..54], &format!("{text}="), &format!(" {text}"), &text.to_uppercase()] {
            assert_eq!(hash(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_alphabet_has_no_twice_and_no_twins() {
        let mut letters = ALPHABET.to_vec();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 32);
        assert!(!letters.iter().any(|letter| b"lo01_".contains(letter)));
    }

    proptest! {
        #[test]
        fn every_seed_gives_a_readable_key(seed in any::<u64>()) {
            let (text, _, stored) = mint(&Seeded::new(seed));
            prop_assert_eq!(hash(text.expose()), Some(stored));
        }

        #[test]
        fn odd_texts_are_refused_calmly(text in any::<String>()) {
            prop_assert_eq!(hash(&text), None);
        }
    }
}
