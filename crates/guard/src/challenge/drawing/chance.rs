//! A stream of draws from a seed: the same seed and purpose give the same draws on every machine.

use crate::hash::sha256;

/// SHA-256 of seed, purpose and a counter, handed out four bytes at a time.
///
/// The purpose keeps the streams apart. Without it a picture drawn from the seed of its phrase would show, in its tilts and arcs, the
/// very numbers that chose the letters.
pub(super) struct Chance {
    seed: [u8; 32],
    purpose: &'static str,
    block: u64,
    rest: Vec<u8>,
}

impl Chance {
    pub(super) const fn new(seed: [u8; 32], purpose: &'static str) -> Self {
        Self { seed, purpose, block: 0, rest: Vec::new() }
    }

    fn number(&mut self) -> u32 {
        if self.rest.len() < 4 {
            self.rest = sha256(&[self.seed.as_slice(), &self.block.to_be_bytes(), self.purpose.as_bytes()].concat()).to_vec();
            self.block = self.block.wrapping_add(1);
        }
        (0..4).fold(0, |number, _| (number << 8) | u32::from(self.rest.pop().unwrap_or(0)))
    }

    /// One of `things`, each as likely as the other to within one in a hundred million. `None` if there are none.
    pub(super) fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        let wide = u64::from(self.number()) * u64::try_from(things.len()).unwrap_or(0);
        things.get(usize::try_from(wide >> 32).unwrap_or(0))
    }

    /// A number from `low` to `high`, in 65,536 steps.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        let [high_byte, low_byte, ..] = self.number().to_be_bytes();
        low + (high - low) * f32::from(u16::from_be_bytes([high_byte, low_byte])) / 65_535.0
    }

    /// As [`Self::between`], with either sign.
    pub(super) fn either_way(&mut self, low: f32, high: f32) -> f32 {
        let size = self.between(low, high);
        if self.number() & 1 == 0 { size } else { -size }
    }
}
