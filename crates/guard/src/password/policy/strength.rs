//! `strength`: how many guesses a password would take, by zxcvbn (Wheeler, *zxcvbn: Low-Budget Password Strength Estimation*, USENIX Security
//! 2016). A meter first; refusing what is weak is a switch.
//!
//! Only the beginning is looked at, at most 100 characters. It takes the present year from the wall clock, and leaves copies of the candidate in freed
//! memory, which its interface does not let us wipe.

use super::{About, Candidate, Descriptor, Policy, Undecided, Validator};
use crate::message::Message;
use std::panic;
use zxcvbn::feedback::{Suggestion, Warning};
use zxcvbn::{Entropy, zxcvbn};

/// The least score that is enough: some 10^8 guesses.
pub const ENOUGH: u8 = 3;
/// At most so many characters are looked at.
const LOOKED_AT: usize = 100;
/// What zxcvbn takes for a letter in disguise.
const LOOK_ALIKES: &str = "4@8({[<3691!|70$5+%2";
/// So many characters, divided by the number of different look-alikes in them, are looked at.
const LOOKED_AT_BY_LOOK_ALIKES: usize = 300;
/// So many names of sites and organisations are known to it.
const MOST_NAMES: usize = 100;

/// How hard a password is to guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// 0 very weak to 4 strong.
    pub score: u8,
    /// What makes it weak, if anything does.
    pub warning: Option<Message>,
    /// What would make it stronger.
    pub suggestions: Vec<Message>,
}

impl Strength {
    /// Everything there is to say: the word, what makes it weak, what would make it stronger.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let mut said = vec![self.label()];
        said.extend(self.warning.iter().chain(&self.suggestions).cloned());
        said
    }

    /// The word for the score.
    pub const fn label(&self) -> Message {
        Message::new(match self.score {
            0 => "strength-0",
            1 => "strength-1",
            2 => "strength-2",
            3 => "strength-3",
            _ => "strength-4",
        })
    }
}

/// How hard the candidate is to guess for somebody who knows what is known about the account.
pub fn strength(candidate: &Candidate, about: &About<'_>) -> Result<Strength, Undecided> {
    let found = entropy(candidate, about)?;
    let feedback = found.feedback();
    Ok(Strength {
        score: found.score().into(),
        warning: feedback.and_then(|feedback| feedback.warning()).map(|warning| Message::new(warns(warning))),
        suggestions: feedback.map_or(&[][..], |feedback| feedback.suggestions()).iter().map(|one| Message::new(advises(*one))).collect(),
    })
}

/// The score alone.
pub(super) fn score(candidate: &Candidate, about: &About<'_>) -> Result<u8, Undecided> {
    entropy(candidate, about).map(|found| found.score().into())
}

fn entropy(candidate: &Candidate, about: &About<'_>) -> Result<Entropy, Undecided> {
    let seen = seen(candidate.text());
    let local = about.email.split_once('@').map_or(about.email, |(local, _)| local);
    let mut known = vec![about.username, about.email, local, about.product];
    known.extend(about.names.iter().take(MOST_NAMES));
    known.retain(|word| !word.is_empty());
    // It unwraps what a text decides; whichever that might ever be, it is refused.
    panic::catch_unwind(|| zxcvbn(seen, &known))
        .map_err(|_| Undecided { message: Message::new("policy-strength-unknown"), why: "zxcvbn panicked".to_owned() })
}

/// The beginning that is looked at: 100 characters, or fewer if they hold more than three different look-alikes of letters. zxcvbn reads
/// a text once for each combination of what they may mean (1 is i or l; all twenty of them have 800), and each reading grows with the
/// square of the length: four seconds, where this leaves some hundredths of one. To see less is to err on the side of "weak".
fn seen(text: &str) -> &str {
    let text = beginning(text, LOOKED_AT);
    let look_alikes = LOOK_ALIKES.chars().filter(|look_alike| text.contains(*look_alike)).count();
    beginning(text, LOOKED_AT_BY_LOOK_ALIKES / look_alikes.max(1))
}

fn beginning(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The validator.
pub(super) struct Meter;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "strength",
    title: "Strength",
    says: "Estimates how many guesses a password takes; refuses what takes few, if you say so.",
};

impl Validator for Meter {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, candidate: &Candidate, about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided> {
        let weak = policy.refuse_weak && score(candidate, about)? < ENOUGH;
        Ok(weak.then(|| Message::new("policy-weak")).into_iter().collect())
    }
}

const fn warns(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "strength-warns-rows",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "strength-warns-keyboard",
        Warning::RepeatsLikeAaaAreEasyToGuess => "strength-warns-repeat",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => "strength-warns-repeats",
        Warning::ThisIsATop10Password => "strength-warns-top-10",
        Warning::ThisIsATop100Password => "strength-warns-top-100",
        Warning::ThisIsACommonPassword => "strength-warns-common",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "strength-warns-similar",
        Warning::SequencesLikeAbcAreEasyToGuess => "strength-warns-sequence",
        Warning::RecentYearsAreEasyToGuess => "strength-warns-year",
        Warning::AWordByItselfIsEasyToGuess => "strength-warns-word",
        Warning::DatesAreOftenEasyToGuess => "strength-warns-date",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "strength-warns-name-alone",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "strength-warns-name",
    }
}

const fn advises(suggestion: Suggestion) -> &'static str {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => "strength-advises-words",
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => "strength-advises-no-need",
        Suggestion::AddAnotherWordOrTwo => "strength-advises-more-words",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "strength-advises-capitals",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => "strength-advises-all-capitals",
        Suggestion::ReversedWordsArentMuchHarderToGuess => "strength-advises-reversed",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => "strength-advises-substitution",
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => "strength-advises-keyboard",
        Suggestion::AvoidRepeatedWordsAndCharacters => "strength-advises-no-repeat",
        Suggestion::AvoidSequences => "strength-advises-no-sequence",
        Suggestion::AvoidRecentYears => "strength-advises-no-year",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => "strength-advises-no-own-year",
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => "strength-advises-no-own-date",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Language, keys};
    use crate::secret::Secret;
    use proptest::prelude::*;

    fn candidate(text: &str) -> Candidate {
        Candidate::parse(&Secret::new(text.to_owned())).unwrap()
    }

    fn of(text: &str) -> Strength {
        strength(&candidate(text), &About::default()).unwrap()
    }

    #[test]
    fn it_tells_strong_from_weak_and_why() {
        let weak = of("password");
        assert_eq!((weak.score, weak.label().key()), (0, "strength-0"));
        assert_eq!(weak.warning.unwrap().text(Language::ENGLISH), "Hardly any password is used more often.");
        assert!(weak.suggestions.iter().any(|advice| advice.key() == "strength-advises-more-words"));
        let strong = of("correct horse battery staple");
        assert_eq!((strong.score, strong.warning, strong.suggestions.len()), (4, None, 0));
        assert_eq!(of("qwertyuiop").warning.unwrap().key(), "strength-warns-top-100");
        for score in 0..=4 {
            let label = Strength { score, warning: None, suggestions: Vec::new() }.label();
            assert!(keys().iter().any(|key| key == label.key()));
        }
    }

    #[test]
    fn who_knows_the_account_guesses_faster() {
        let about = About { username: "zwetschgenkuchen", names: &["quuxbaz"], ..About::default() };
        for text in ["zwetschgenkuchen", "zwetschgenkuchen1", "quuxbaz"] {
            let (stranger, friend) = (of(text).score, strength(&candidate(text), &about).unwrap().score);
            assert!(friend < stranger, "{text}: {friend} {stranger}");
        }
    }

    #[test]
    fn weak_is_refused_only_if_the_policy_says_so() {
        let check = |refuse_weak| Meter.check(&candidate("password"), &About::default(), &Policy { refuse_weak, ..Policy::default() });
        assert_eq!(check(false), Ok(Vec::new()));
        assert_eq!(check(true), Ok(vec![Message::new("policy-weak")]));
    }

    #[test]
    fn only_the_beginning_is_looked_at() {
        let long = "Xk7#".repeat(25);
        assert_eq!(of(&format!("{long}{}", "correct horse battery")), of(&long));
        for (text, chars) in [("1", 1), (&"\u{e9}".repeat(101), 100), (&"a1!|".repeat(30), 100), (&"a1!|0".repeat(30), 75)] {
            assert_eq!(seen(text).chars().count(), chars, "{text}");
        }
        assert_eq!(seen(&LOOK_ALIKES.repeat(5)).chars().count(), 15);
        assert_eq!(of(LOOK_ALIKES).score, 4, "what is left of the worst case is enough");
    }

    /// Texts that make zxcvbn work hard: look-alikes of letters in every reading, near repetitions, dates within dates, walks on the keyboard.
    fn laborious() -> Vec<String> {
        let repeated = |piece: &str| piece.chars().cycle().take(128).collect::<String>();
        vec![
            repeated("17+"),
            repeated("17+a"),
            repeated("!1|7+"),
            repeated("(+17<[|"),
            repeated("!$(+157<[|"),
            repeated(&format!("password{LOOK_ALIKES}")),
            repeated("4@8({[</369&#!1/|0$5+7%2/"),
            repeated("a"),
            repeated("ab"),
            repeated("password"),
            repeated("p@$$w0rd1"),
            repeated("19121912"),
            repeated("qwertyuiop[]asdfghjkl;'"),
            repeated("zyxwvutsrqponmlkjihgfedcba"),
            format!("{}b{}", "a".repeat(63), "a".repeat(64)),
            repeated("\u{1f600}\u{e9}\u{df}"),
            repeated("1/1/11 1.1.11 11-11-2011 "),
        ]
    }

    #[test]
    fn nothing_breaks_it_by_labour() {
        for text in laborious() {
            assert!(of(&text).score <= 4);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn nothing_breaks_it(text in "\\PC{1,128}", dense in "[0-9/. @$!1il]{1,128}") {
            for text in [text, dense] {
                if let Ok(candidate) = Candidate::parse(&Secret::new(text)) {
                    prop_assert!(strength(&candidate, &About::default()).is_ok());
                }
            }
        }
    }
}
