//! Chance as an argument. The operating system's generator in production, a counted stream in tests; nothing else draws.

use crate::hash::sha256;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` completely.
    ///
    /// # Panics
    /// Aborts the current unit of work when the operating system has no randomness to give: going on with predictable tokens would be
    /// worse than any outage.
    fn fill(&self, buffer: &mut [u8]);
}

/// `N` bytes from `entropy`.
pub fn bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut buffer = [0; N];
    entropy.fill(&mut buffer);
    buffer
}

/// The operating system's generator, the only one used outside tests.
#[derive(Debug)]
pub struct OsEntropy(SystemRandom);

impl OsEntropy {
    /// Opens nothing and costs nothing; the system is asked at each [`Entropy::fill`].
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for OsEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // A system without randomness must not hand out tokens; there is nothing to fall back to.
        assert!(self.0.fill(buffer).is_ok(), "the operating system gave no random bytes");
    }
}

/// **For tests.** A stream that depends on the seed alone, so that a failing test fails again. Predictable by design.
#[derive(Debug)]
pub struct Seeded {
    seed: u64,
    block: AtomicU64,
}

impl Seeded {
    /// The stream of this seed, from its beginning.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, block: AtomicU64::new(0) }
    }
}

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(32) {
            let block = self.block.fetch_add(1, Ordering::Relaxed);
            let input = [self.seed.to_be_bytes(), block.to_be_bytes()].concat();
            let output = sha256(&input);
            for (to, from) in part.iter_mut().zip(output) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_does_not_repeat_itself() {
        let entropy = OsEntropy::default();
        let (one, two): ([u8; 32], [u8; 32]) = (bytes(&entropy), bytes(&entropy));
        assert_ne!(one, two);
        assert_ne!(one, [0; 32]);
    }

    #[test]
    fn a_seed_repeats_exactly_and_does_not_loop() {
        let (one, other) = (Seeded::new(7), Seeded::new(7));
        let first: [u8; 80] = bytes(&one);
        assert_eq!(first, bytes::<80>(&other));
        assert_ne!(first, bytes::<80>(&one));
        assert_ne!(first[..32], first[32..64]);
        assert_ne!(first[..], bytes::<80>(&Seeded::new(8))[..]);
    }
}
