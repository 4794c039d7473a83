//! "What if": the same judgement as at a login, with a trace of why, and nothing touched.

use std::net::IpAddr;
use std::time::Duration;

use super::checker::Reading;
use super::facts::{Facts, Grade, Grades};
use super::{BlockKind, Fence, Level, Rule, Verdict};
use crate::clock::Timestamp;
use crate::login::mode::Mode;

/// The attempt that is imagined.
#[expect(clippy::struct_excessive_bools, reason = "each is a circumstance of its own, and any of them may come with any other")]
#[derive(Clone, Debug)]
pub struct Scene {
    /// When it is made.
    pub at: Timestamp,
    /// The way in.
    pub mode: Mode,
    /// Where from.
    pub address: IpAddr,
    /// Failures in a row of the name before it.
    pub failures: u32,
    /// Whether the browser is known to the account; its own failures are then `failures`.
    pub known: bool,
    /// Different names that failed from the address in ten minutes.
    pub spraying: u32,
    /// Whether the account was never used from there.
    pub new_place: bool,
    /// Whether every challenge on the form was solved; else none was asked yet.
    pub solved: bool,
    /// Whether the installation allows the mode.
    pub allowed: bool,
}

/// What one rule has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The rule.
    pub rule: usize,
    /// Whether it matched.
    pub hit: bool,
    /// Why, or why not, as a sentence.
    pub why: String,
}

/// What would happen.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Rule by rule.
    pub lines: Vec<Line>,
    /// The judgement itself.
    pub verdict: Verdict,
    /// What the one who asks would see, as a sentence.
    pub seen: String,
}

impl Fence {
    /// Imagines an attempt.
    #[must_use]
    pub fn simulate(&self, scene: &Scene) -> Answer {
        let typed = scene.mode.is_typed();
        let grades = if scene.solved { self.all_solved() } else { Grades::new() };
        let facts = Facts {
            now: scene.at,
            mode: scene.mode,
            address: Some(scene.address.to_canonical()),
            failures: typed.then_some(scene.failures),
            own_failures: (typed && scene.known).then_some(scene.failures),
            spraying: scene.spraying,
            new_place: typed.then_some(scene.new_place),
            grades: &grades,
            opening: false,
        };
        let verdict = self.judge(&facts, &[], scene.known);
        let lines = self.rules.iter().map(|rule| self.explain(rule, &facts, &verdict)).collect();
        let seen = if scene.allowed { self.seen(scene.mode, &verdict) } else { refused_mode(scene.mode) };
        Answer { lines, verdict, seen }
    }

    fn all_solved(&self) -> Grades {
        let passed = |name: &str| (name.to_owned(), Grade::Passed { score: None });
        self.registry.challenges().iter().map(|challenge| passed(challenge.descriptor().name)).collect()
    }

    fn explain(&self, rule: &Rule, facts: &Facts<'_>, verdict: &Verdict) -> Line {
        let hit = verdict.hits.iter().find(|hit| hit.rule == rule.number);
        let why = match hit {
            Some(hit) => format!("{} finds level {}: {}.", rule.checker, hit.level, self.then(rule)),
            None => self.why_not(rule, facts),
        };
        Line { rule: rule.number, hit: hit.is_some(), why }
    }

    fn why_not(&self, rule: &Rule, facts: &Facts<'_>) -> String {
        if !self.settings.enabled {
            return "The fence is switched off.".to_owned();
        }
        if !rule.enabled {
            return "The rule is switched off.".to_owned();
        }
        if !rule.covers(facts.mode) {
            return format!("It does not cover the mode {}.", facts.mode);
        }
        let Some(checker) = self.registry.checker(rule.checker) else { return "Its checker does not exist.".to_owned() };
        match checker.read(facts, rule, &self.settings) {
            Reading::Silent => format!("{} has nothing to say of this attempt.", rule.checker),
            Reading::Failed(why) => format!("{} failed: {why}.", rule.checker),
            Reading::Level(level) if level == Level::ZERO => format!("{} finds it harmless.", rule.checker),
            Reading::Level(level) => format!("{} finds level {level}, which lies outside its bounds.", rule.checker),
        }
    }

    fn then(&self, rule: &Rule) -> String {
        self.registry.countermeasure(rule.countermeasure).map_or_else(String::new, |c| c.then(&self.settings))
    }

    fn seen(&self, mode: Mode, verdict: &Verdict) -> String {
        // A key is never an attempt that could arm something.
        let arms = if mode == Mode::Token { &[][..] } else { &verdict.arms };
        let lasting = arms.iter().filter(|arm| verdict.stop == (arm.kind == BlockKind::NoAnswer)).map(|arm| arm.lasting).max();
        let block = lasting.map_or_else(String::new, |lasting| format!(" From then on a block holds for {} s.", lasting.as_secs()));
        if verdict.stop {
            return format!("Status {} and no answer; nothing is compared.{block}", self.settings.silent_status);
        }
        if mode == Mode::Token {
            let refused =
                verdict.invalid.then(|| format!("Status {} and no answer; the key is not looked up.", self.settings.silent_status));
            return refused.unwrap_or_else(|| "The key is looked up: other measures do not concern keys.".to_owned());
        }
        let wait = if verdict.wait > Duration::ZERO { format!("After {} s: ", verdict.wait.as_secs_f64()) } else { String::new() };
        if verdict.invalid {
            return format!("{wait}\"name or password is wrong\", even when both are right.");
        }
        if verdict.wrong {
            return format!("{wait}\"name or password is wrong\", because a challenge was not solved.");
        }
        if !verdict.ask.is_empty() {
            return format!("The form again, asking: {}. Nothing is compared yet.", verdict.ask.join(", "));
        }
        let factor = if verdict.require_factor { " A right password is not enough: a second factor is demanded." } else { "" };
        let what =
            if mode.is_typed() { "The password is compared." } else { "Who the proxy names is let in, if there is such an account." };
        format!("{wait}{what}{factor}{block}")
    }

    /// What a rule does, in one sentence.
    #[must_use]
    pub fn sentence(&self, rule: &Rule) -> String {
        let (Some(checker), Some(countermeasure)) =
            (self.registry.checker(rule.checker), self.registry.countermeasure(rule.countermeasure))
        else {
            return String::new();
        };
        let from = self.begins_at(rule, checker);
        let min = (from > Level::ZERO).then_some(from);
        let modes = match (rule.included.as_slice(), rule.excluded.as_slice()) {
            ([], []) => String::new(),
            ([], excluded) => format!(" (not in {})", words(excluded)),
            (included, _) => format!(" (only in {})", words(included)),
        };
        format!("After {}{modes}, {}.", checker.when(min, self.ends_at(rule, checker)), countermeasure.then(&self.settings))
    }
}

fn refused_mode(mode: Mode) -> String {
    format!("Refused before any rule is asked: the mode {mode} is not among login.allowed_modes.")
}

fn words(modes: &[Mode]) -> String {
    modes.iter().map(|mode| mode.as_str()).collect::<Vec<_>>().join(", ")
}
