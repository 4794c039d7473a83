//! A puzzle that the browser computes by itself: numbers whose hash together with the puzzle begins with enough zero bits. Several small puzzles
//! instead of one large one, so that no one waits long by bad luck. It needs no third party and works without the internet.
//!
//! The number at index `i` is right if SHA-256(seed ‖ i ‖ number) begins with [`Puzzle::BITS`] zero bits; `i` is one byte, the number 8 bytes, both
//! big-endian. The script `web/ui/src/work.js` computes the same.

use super::{CAPTCHA, Challenge, Offer, PROOF_OF_WORK, Prompt, Sent};
use crate::fence::{Descriptor, Grade, Level};
use crate::hash::sha256;
use crate::text;

/// A puzzle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Puzzle {
    seed: [u8; 32],
}

impl Puzzle {
    /// How many numbers are wanted.
    pub const COUNT: u8 = 8;
    /// How many leading zero bits each hash has: 65,536 tries on average for each of the numbers, about a second in a browser for all.
    pub const BITS: u32 = 16;

    /// The puzzle of this chance.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// The seed as the page shows it: 64 hex digits.
    #[must_use]
    pub fn text(&self) -> String {
        text::hex(&self.seed)
    }

    /// Whether `answer` solves it: the numbers in decimal, joined by dots.
    #[must_use]
    pub fn is_solved_by(&self, answer: &str) -> bool {
        if answer.len() > 21 * usize::from(Self::COUNT) {
            return false;
        }
        let numbers = answer.split('.').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().unwrap_or_default();
        numbers.len() == usize::from(Self::COUNT) && (0..Self::COUNT).zip(numbers).all(|(index, number)| self.fits(index, number))
    }

    fn fits(&self, index: u8, number: u64) -> bool {
        let hash = sha256(&[self.seed.as_slice(), &[index], &number.to_be_bytes()].concat());
        hash.first_chunk::<4>().is_some_and(|head| u32::from_be_bytes(*head).leading_zeros() >= Self::BITS)
    }

    /// Solves it by trying, as a browser does.
    #[must_use]
    pub fn solve(&self) -> String {
        let number = |index| (0..u64::MAX).find(|number| self.fits(index, *number)).unwrap_or(0);
        (0..Self::COUNT).map(|index| number(index).to_string()).collect::<Vec<_>>().join(".")
    }
}

/// The puzzle as a challenge.
pub struct ProofOfWork;

static DESCRIPTOR: Descriptor = Descriptor {
    name: PROOF_OF_WORK,
    aliases: &[],
    title: "Proof of work",
    says: "The browser computes for about a second before the form is sent.",
};

impl Challenge for ProofOfWork {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn offer(&self, chance: [u8; 32]) -> Offer {
        let puzzle = Puzzle::new(chance);
        Offer { kept: puzzle.text(), prompt: Prompt::Puzzle(puzzle) }
    }

    fn grade(&self, sent: &Sent<'_>) -> Grade {
        let puzzle = text::hex_32(sent.kept).map(Puzzle::new);
        let solved = puzzle.zip(sent.answer(PROOF_OF_WORK)).is_some_and(|(puzzle, answer)| puzzle.is_solved_by(answer));
        if solved { Grade::Passed { score: None } } else { Grade::Failed { level: Level::whole(1) } }
    }

    fn instead(&self) -> Option<&'static str> {
        Some(CAPTCHA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_computed_is_right_and_nothing_else() {
        let puzzle = Puzzle::new([7; 32]);
        let answer = puzzle.solve();
        assert!(puzzle.is_solved_by(&answer));
        assert!(!Puzzle::new([8; 32]).is_solved_by(&answer));
        let numbers: Vec<&str> = answer.split('.').collect();
        let mut swapped = numbers.clone();
        swapped.swap(0, 1);
        for wrong in ["", "0", "0.0.0.0.0.0.0.0", &swapped.join("."), &numbers[1..].join("."), &format!("{answer}.1"), &"9".repeat(1_000)] {
            assert!(!puzzle.is_solved_by(wrong), "{wrong}");
        }
        assert_eq!(puzzle.text().len(), 64);
    }
}
