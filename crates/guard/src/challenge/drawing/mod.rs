//! Five characters to copy: a picture of them, the same spoken, and how far an answer is from them.
//!
//! What a captcha is worth: it makes guessing by a plain script dearer, no more. Trained programs read pictures and understand speech
//! as well as people, and there are services that let people do it. Limits on attempts ([`crate::budget`]) carry the protection.
//!
//! Everything here is a function of its arguments. The caller draws the seeds, keeps the phrase on the server and lets it be used once.
//! One seed may serve phrase, picture and sound: each draws from a stream of its own.

mod chance;
mod picture;
mod sound;

pub use picture::picture;
pub use sound::sound;

use chance::Chance;

/// Characters in a phrase.
pub const LENGTH: usize = 5;

/// What phrases are made of. Left out is whatever looks like another once it is tilted, bent and crossed out:
/// 0 o, 1 l i j, 2 z, 5 s, 7 (like y or t), 8, b and 6 (b is like p and h), 9 and q (like g), c (like e), v and n (like u),
/// r (like half an m).
const ALPHABET: [char; 16] = ['a', 'd', 'e', 'f', 'g', 'h', 'k', 'm', 'p', 't', 'u', 'w', 'x', 'y', '3', '4'];

/// Characters of an answer that are looked at.
const ANSWER_MAX: usize = 64;

/// [`LENGTH`] characters, one of a million phrases, from a stream of `seed`.
#[must_use]
pub fn phrase(seed: [u8; 32]) -> String {
    let mut chance = Chance::new(seed, "captcha phrase");
    (0..LENGTH).filter_map(|_| chance.pick(&ALPHABET)).collect()
}

/// How many characters have to be typed otherwise to get from `answer` to `phrase`, at most the length of the phrase: 0 is right, and
/// no answer is so wrong that it is off the scale on which rules name their levels.
///
/// Case and blanks do not count; 0 and o are one character, so are 1, l and i. Of the answer only the first 64 characters are read.
/// An empty phrase is no question, so no answer to it is right: the distance is 1.
#[must_use]
pub fn distance(answer: &str, phrase: &str) -> usize {
    let capped: String = answer.chars().take(ANSWER_MAX).collect();
    let (answer, phrase) = (normal(&capped), normal(phrase));
    if phrase.is_empty() {
        return 1;
    }
    strsim::levenshtein(&answer, &phrase).min(phrase.chars().count())
}

/// The spelling in which answers are compared.
fn normal(text: &str) -> String {
    let alike = |character| match character {
        '0' => 'o',
        '1' | 'l' => 'i',
        other => other,
    };
    text.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).map(alike).collect()
}

#[cfg(test)]
mod tests;
