//! What a login form carries from its making to its sending: when it was made, and what each of its challenges judges the answer by. Sealed and bound
//! to the browser by the cookie it got before, so that opening the page costs no row, and a form of another browser is nothing.
//!
//! It travels in the form and not in a cookie: two login pages open side by side each keep their own.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::entropy::{self, Entropy};
use crate::envelope::Sealer;
use crate::hash::sha256;
use crate::text;

/// How long a form is good for what it carries; afterwards it is as if it carried nothing.
pub const LIFETIME: Duration = Duration::from_mins(10);

/// What a form carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Names this form: spent when it is sent with a challenge that can be answered once. In hex, so that every ticket is as long.
    nonce: String,
    /// When the first form of the visit was made, in microseconds.
    pub begun_at: i64,
    /// When this form was made, in microseconds.
    pub issued_at: i64,
    /// What each of its challenges judges the answer by.
    pub asked: BTreeMap<String, String>,
    /// Whether somebody asked for a picture in the place of what needs a script.
    #[serde(default)]
    pub plain: bool,
}

impl Ticket {
    /// A new one. `begun_at` is taken over from the form before, if that was one of ours.
    #[must_use]
    pub fn new(entropy: &dyn Entropy, now: Timestamp, before: Option<&Self>, challenges: BTreeMap<String, String>) -> Self {
        let name: [u8; 32] = entropy::bytes(entropy);
        Self {
            nonce: text::hex(&name),
            begun_at: before.map_or(now.micros(), |ticket| ticket.begun_at),
            issued_at: now.micros(),
            asked: challenges,
            plain: false,
        }
    }

    /// The same, for somebody who wants pictures in the place of what needs a script, or does not.
    #[must_use]
    pub fn with_plain(mut self, plain: bool) -> Self {
        self.plain = plain;
        self
    }

    /// The sealed text for the form, bound to the browser whose pre-login cookie has this hash.
    #[must_use]
    pub fn seal(&self, sealer: &Sealer, entropy: &dyn Entropy, browser: &[u8; 32]) -> String {
        // A map of texts always has a JSON form.
        sealer.seal(entropy, browser, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// Opens what came with a form. None for what is not ours, not this browser's, or too old.
    #[must_use]
    pub fn open(sealer: &Sealer, browser: &[u8; 32], text: &str, now: Timestamp) -> Option<Self> {
        let ticket: Self = serde_json::from_slice(sealer.open(browser, text).ok()?.expose()).ok()?;
        let age = now.since(ticket.issued_at());
        (ticket.issued_at() <= now && age < LIFETIME).then_some(ticket)
    }

    /// What names this form.
    #[must_use]
    pub fn nonce(&self) -> [u8; 32] {
        sha256(self.nonce.as_bytes())
    }

    /// The chance for what is drawn for this form more than once: always the same, or many drawings of one phrase would cancel out their noise.
    #[must_use]
    pub fn chance(&self) -> [u8; 32] {
        sha256(format!("{} drawn", self.nonce).as_bytes())
    }

    /// When this form was made.
    #[must_use]
    pub const fn issued_at(&self) -> Timestamp {
        Timestamp::from_micros(self.issued_at)
    }

    /// When the first form of the visit was made.
    #[must_use]
    pub const fn begun_at(&self) -> Timestamp {
        Timestamp::from_micros(self.begun_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seeded;
    use crate::key::{LOGIN_STATE, MasterKey};

    #[test]
    fn a_form_is_good_for_its_browser_and_its_time() {
        let (sealer, entropy) = (MasterKey::new([1; 32]).sealer(LOGIN_STATE, 1), Seeded::new(1));
        let now = Timestamp::from_micros(1_785_585_600_000_000);
        let asked = BTreeMap::from([("captcha".to_owned(), "k7fp3".to_owned())]);
        let ticket = Ticket::new(&entropy, now, None, asked);
        let text = ticket.seal(&sealer, &entropy, &[9; 32]);
        assert!(!text.contains("k7fp3"));
        let open = |browser: u8, later| Ticket::open(&sealer, &[browser; 32], &text, now.plus(later));
        assert_eq!(open(9, Duration::ZERO), Some(ticket.clone()));
        assert_eq!(open(9, LIFETIME.checked_sub(Duration::from_secs(1)).unwrap()), Some(ticket.clone()));
        assert_eq!(open(9, LIFETIME), None);
        assert_eq!(open(8, Duration::ZERO), None);
        assert_eq!(Ticket::open(&sealer, &[9; 32], &text, now.minus(Duration::from_secs(1))), None, "made in the future");
        let later = now.plus(Duration::from_mins(1));
        let next = Ticket::new(&entropy, later, Some(&ticket), BTreeMap::new());
        assert_eq!((next.begun_at(), next.issued_at()), (now, later));
        assert_ne!(next.nonce(), ticket.nonce());
    }
}
