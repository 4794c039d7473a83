//! A hybrid: a question that everybody in the house can answer. It has three parts, any of which would do without the others.
//!
//! - [`Question`], the challenge, puts the question on the form and grades the answer.
//! - [`QuestionAnswered`], the checker, asks everybody and makes a level of the grade, for rules such as "wrong → login_invalid".
//! - [`AskQuestion`], the countermeasure, asks only those whom another checker found suspicious, for rules such as "3 failures → question".
//!
//! It keeps programs and strangers out that guess at any login they find. It is no secret: a colleague knows the answers, and so does whoever wants to.

use ringfence_guard::challenge::{Challenge, Offer, Prompt, Sent};
use ringfence_guard::fence::checker::{Checker, Levels, Reading};
use ringfence_guard::fence::countermeasure::{Countermeasure, Match, Measure};
use ringfence_guard::fence::{Descriptor, Facts, Grade, Level, Rule, Settings};

/// The one name of all three: rules use it on either side, the form's field is `answer-question`.
const QUESTION: &str = "question";

/// A question and the answers that are right, in small letters.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("Which city is our head office in?", &["oslo", "christiania"]),
    ("What animal is in our logo?", &["otter", "an otter", "the otter"]),
    ("Which floor is the canteen on?", &["4", "four", "fourth", "4th", "the fourth"]),
];

static DESCRIPTOR: Descriptor =
    Descriptor { name: QUESTION, aliases: &[], title: "House question", says: "Asks what everybody in the house knows." };

const WRONG: Level = Level::whole(1);

/// The challenge.
#[derive(Clone, Copy, Debug)]
pub struct Question;

impl Challenge for Question {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// Which question it is comes from the chance that is handed in. What is kept to judge the answer by travels sealed in the form, so an open login
    /// page costs no row; the page shows the prompt alone.
    fn offer(&self, chance: [u8; 32]) -> Offer {
        let index = usize::from(chance[0]) % QUESTIONS.len();
        Offer { prompt: Prompt::Question(QUESTIONS[index].0.to_owned()), kept: index.to_string() }
    }

    /// Asked once for each form that is sent: forms that are too old, or were sent before, have the worst grade already.
    fn grade(&self, sent: &Sent<'_>) -> Grade {
        let right = sent.kept.parse().ok().and_then(|index: usize| QUESTIONS.get(index)).map_or(&[][..], |(_, right)| *right);
        let answer = sent.answer(QUESTION).unwrap_or_default().trim().to_lowercase();
        if right.contains(&answer.as_str()) { Grade::Passed { score: None } } else { Grade::Failed { level: WRONG } }
    }
}

/// The checker.
#[derive(Clone, Copy, Debug)]
pub struct QuestionAnswered;

impl Checker for QuestionAnswered {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// Nothing to say of a form that was only opened, and of modes without a form. An answer that is missing is a wrong one, or leaving the field out
    /// would be the way around.
    fn read(&self, facts: &Facts<'_>, _rule: &Rule, _settings: &Settings) -> Reading {
        match facts.grades.get(QUESTION) {
            _ if facts.opening || !facts.mode.can_ask() => Reading::Silent,
            Some(Grade::Passed { .. }) => Reading::Level(Level::ZERO),
            Some(Grade::Undecided(why)) => Reading::Failed(why.clone()),
            Some(Grade::Failed { .. }) | None => Reading::Level(WRONG),
        }
    }

    fn levels(&self, _settings: &Settings) -> Option<Levels> {
        Some((WRONG, WRONG))
    }

    fn when(&self, _min: Option<Level>, _max: Option<Level>) -> String {
        "a wrong answer to the house question".to_owned()
    }

    /// This puts the question on every form that a rule with this checker covers.
    fn shows(&self) -> Option<&'static str> {
        Some(QUESTION)
    }
}

/// The countermeasure.
#[derive(Clone, Copy, Debug)]
pub struct AskQuestion;

impl Countermeasure for AskQuestion {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// The form comes again with the question, and nothing is compared or counted; a wrong answer then is as a wrong password.
    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::Ask(QUESTION)
    }

    fn then(&self, _settings: &Settings) -> String {
        "ask the house question".to_owned()
    }

    /// Tells the lint that it needs a form.
    fn asks(&self) -> Option<&'static str> {
        Some(QUESTION)
    }
}
