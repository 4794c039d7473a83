//! What all rules together say of one attempt. Every rule that matches counts, whatever its place in the list:
//!
//! ```text
//! active blocks ─▶ stop ─▶ wait ─▶ invalid ─▶ challenges ─▶ (reserve, compare, settle: the login's own)
//! ```
//!
//! The same measure by two rules is one; of two waits the longer counts. The verdict names every rule that matched, for the log; the answer to the
//! one who asked reveals none.

use std::time::Duration;

use super::block::{Block, BlockKind};
use super::checker::{Checker, Reading, Scope};
use super::countermeasure::{Match, Measure};
use super::facts::{Facts, Grade};
use super::level::Level;
use super::rule::Rule;
use super::{Fence, Outage};
use crate::challenge::PROOF_OF_WORK;
use crate::login::mode::Mode;

/// A rule that matched, for logs and the simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its number, from 1.
    pub rule: usize,
    /// Its checker.
    pub checker: &'static str,
    /// Its countermeasure.
    pub countermeasure: &'static str,
    /// What the checker found.
    pub level: Level,
}

/// A block to be kept from this attempt on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The rule that arms it.
    pub rule: usize,
    /// Where it is kept.
    pub scope: Scope,
    /// What it does.
    pub kind: BlockKind,
    /// How long.
    pub lasting: Duration,
    /// Whether browsers known to the account are not spared.
    pub strict: bool,
    /// The modes it holds in.
    pub modes: Vec<Mode>,
}

/// What is to be done about an attempt.
#[expect(clippy::struct_excessive_bools, reason = "each is a measure of its own, and any of them may come with any other")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Every rule that matched.
    pub hits: Vec<Hit>,
    /// Checkers and challenges that failed to give an answer, for the log.
    pub faults: Vec<String>,
    /// The attempt is stopped without an answer.
    pub stop: bool,
    /// How long the answer waits.
    pub wait: Duration,
    /// The answer is "wrong", whatever the password.
    pub invalid: bool,
    /// Blocks to be kept.
    pub arms: Vec<Arm>,
    /// Challenges that have not been asked yet.
    pub ask: Vec<&'static str>,
    /// A challenge was answered wrongly.
    pub wrong: bool,
    /// The owner and the admins are to be told.
    pub notify: bool,
    /// A second factor is demanded.
    pub require_factor: bool,
}

impl Verdict {
    /// The matched rules in one short text: `1:login_failed>slowdown@3`.
    #[must_use]
    pub fn trace(&self) -> String {
        let hits = self.hits.iter().map(|h| format!("{}:{}>{}@{}", h.rule, h.checker, h.countermeasure, h.level));
        hits.collect::<Vec<_>>().join(" ")
    }

    fn ask(&mut self, challenge: &'static str) {
        if !self.ask.contains(&challenge) {
            self.ask.push(challenge);
        }
    }
}

impl Fence {
    /// Judges an attempt. `blocks` are those kept for its address and its name, `known` says that the browser is known to the account.
    #[must_use]
    pub fn judge(&self, facts: &Facts<'_>, blocks: &[Block], known: bool) -> Verdict {
        let mut verdict = Verdict::default();
        let held = |kind| blocks.iter().any(|block| block.kind == kind && block.holds(facts.mode, known, facts.now));
        if held(BlockKind::NoAnswer) {
            verdict.stop = true;
            return verdict;
        }
        verdict.invalid = held(BlockKind::Invalid);
        if self.settings.enabled {
            for rule in self.rules.iter().filter(|rule| rule.enabled && rule.covers(facts.mode)) {
                self.one(rule, facts, &mut verdict);
            }
        }
        if verdict.invalid {
            verdict.arms.retain(|arm| arm.kind != BlockKind::Invalid);
        }
        if let Some(challenge) = self.protection.filter(|_| facts.mode.can_ask()) {
            self.demand(challenge, facts, &mut verdict);
        }
        verdict
    }

    fn one(&self, rule: &Rule, facts: &Facts<'_>, verdict: &mut Verdict) {
        let Some(checker) = self.registry.checker(rule.checker) else { return };
        if facts.opening
            && facts.mode.can_ask()
            && checker.levels(&self.settings).is_some()
            && let Some(challenge) = checker.shows()
        {
            verdict.ask(challenge);
        }
        let level = match checker.read(facts, rule, &self.settings) {
            Reading::Silent => return,
            Reading::Failed(why) => {
                verdict.faults.push(format!("rule {}: {}: {why}", rule.number, rule.checker));
                return self.fall_back(facts, verdict);
            }
            Reading::Level(level) => level,
        };
        let from = self.begins_at(rule, checker);
        let harmless = level == Level::ZERO && !checker.is_low_bad();
        if harmless || level < from || self.ends_at(rule, checker).is_some_and(|to| level > to) {
            return;
        }
        let Some(countermeasure) = self.registry.countermeasure(rule.countermeasure) else { return };
        verdict.hits.push(Hit { rule: rule.number, checker: rule.checker, countermeasure: rule.countermeasure, level });
        let arm = |kind, lasting| Arm {
            rule: rule.number,
            scope: checker.scope(),
            kind,
            lasting,
            strict: rule.strict,
            // Failures of a name say nothing of who comes without typing it: single sign-on goes on.
            modes: Mode::ALL
                .into_iter()
                .filter(|mode| rule.covers(*mode) && (checker.scope() == Scope::Address || mode.is_typed()))
                .collect(),
        };
        match countermeasure.measure(&Match { level, from }, &self.settings) {
            Measure::Stop { lasting } => {
                verdict.stop = true;
                verdict.arms.extend(lasting.map(|lasting| arm(BlockKind::NoAnswer, lasting)));
            }
            Measure::Wait(wait) => verdict.wait = verdict.wait.max(wait),
            Measure::Invalid { lasting: None } => verdict.invalid = true,
            Measure::Invalid { lasting: Some(lasting) } => verdict.arms.push(arm(BlockKind::Invalid, lasting)),
            Measure::Ask(challenge) => self.demand(challenge, facts, verdict),
            Measure::Notify => verdict.notify = true,
            Measure::RequireFactor => verdict.require_factor = true,
            Measure::Nothing => {}
        }
    }

    /// Where a rule begins: at its own least level, or where it names no bound at all at its checker's.
    pub(super) fn begins_at(&self, rule: &Rule, checker: &dyn Checker) -> Level {
        let unbounded = rule.min.is_none() && rule.max.is_none();
        if unbounded { checker.first_level(&self.settings).unwrap_or(Level::ZERO) } else { rule.least_level() }
    }

    /// Where a rule ends: at its own greatest level, or where it names no bound at all at its checker's; none is open.
    pub(super) fn ends_at(&self, rule: &Rule, checker: &dyn Checker) -> Option<Level> {
        let unbounded = rule.min.is_none() && rule.max.is_none();
        if unbounded { checker.last_level(&self.settings) } else { rule.max }
    }

    /// A challenge has to be solved. Where no page can ask it, it is passed over: the lint says so.
    fn demand(&self, challenge: &'static str, facts: &Facts<'_>, verdict: &mut Verdict) {
        if !facts.mode.can_ask() {
            return;
        }
        let instead = self.registry.challenge(challenge).and_then(|c| c.instead());
        if instead.is_some_and(|other| facts.grades.get(other).is_some_and(Grade::passed)) {
            return;
        }
        match facts.grades.get(challenge).filter(|_| !facts.opening) {
            Some(Grade::Passed { .. }) => {}
            Some(Grade::Failed { .. }) => verdict.wrong = true,
            Some(Grade::Undecided(why)) => {
                verdict.faults.push(format!("{challenge}: {why}"));
                self.fall_back(facts, verdict);
            }
            // What stands in its place was asked, and not solved.
            None if instead.is_some_and(|other| facts.grades.contains_key(other)) && !facts.opening => verdict.wrong = true,
            None => verdict.ask(challenge),
        }
    }

    /// What could not be decided counts as a challenge to be solved: never open.
    fn fall_back(&self, facts: &Facts<'_>, verdict: &mut Verdict) {
        match self.on_outage {
            Outage::Refuse => verdict.invalid = true,
            Outage::Ask(challenge) => match facts.grades.get(challenge) {
                _ if !facts.mode.can_ask() => verdict.invalid = true,
                Some(Grade::Passed { .. }) => {}
                Some(_) => verdict.wrong = true,
                None => self.demand(challenge, facts, verdict),
            },
        }
    }
}

impl Default for Outage {
    fn default() -> Self {
        Self::Ask(PROOF_OF_WORK)
    }
}
