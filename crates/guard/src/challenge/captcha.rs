//! The picture captcha, and its sound for those who cannot see it. The answer may be typed in any case; every mistyped character counts.

use super::drawing::{self, distance};
use super::{CAPTCHA, Challenge, Offer, Prompt, Sent, as_level};
use crate::fence::{Descriptor, Grade};

pub use super::drawing::{LENGTH, picture, sound};

/// The picture as a challenge.
pub struct Captcha;

static DESCRIPTOR: Descriptor = Descriptor {
    name: CAPTCHA,
    aliases: &[],
    title: "Picture captcha",
    says: "A picture of a few characters to be typed, or their sound.",
};

impl Challenge for Captcha {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn offer(&self, chance: [u8; 32]) -> Offer {
        let phrase = drawing::phrase(chance);
        Offer { kept: phrase.clone(), prompt: Prompt::Picture { phrase, chance } }
    }

    fn grade(&self, sent: &Sent<'_>) -> Grade {
        match sent.answer(CAPTCHA).map(|answer| distance(answer, sent.kept)) {
            Some(0) => Grade::Passed { score: None },
            Some(wrong) => Grade::Failed { level: as_level(wrong) },
            None => self.worst(),
        }
    }

    fn worst(&self) -> Grade {
        Grade::Failed { level: as_level(LENGTH) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::fence::Level;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn graded(answer: Option<&str>) -> Grade {
        let fields: BTreeMap<String, String> = answer.map(|text| ("answer-captcha".to_owned(), text.to_owned())).into_iter().collect();
        let now = Timestamp::from_micros(0);
        Captcha.grade(&Sent { kept: "kx7ab", fields: &fields, issued_at: now, now, min_time: Duration::ZERO })
    }

    #[test]
    fn e4_what_is_typed_counts_by_its_mistakes() {
        assert_eq!(graded(Some(" KX7aB ")), Grade::Passed { score: None });
        for (answer, wrong) in [("kx7a", 1), ("kx7aa", 1), ("zzzzz", 5), ("", 5), (&"y".repeat(500), 5)] {
            assert_eq!(graded(Some(answer)), Grade::Failed { level: Level::whole(wrong) }, "{answer}");
        }
        assert_eq!(graded(None), Grade::Failed { level: Level::whole(5) });
    }
}
