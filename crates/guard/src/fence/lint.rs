//! What is allowed but probably not meant: warnings beside the rules, each with the rule's number and what to do.

use super::Fence;
use super::checker::{Checker, Levels, Scope};
use super::countermeasure::{Countermeasure, Match, Measure};
use super::level::Level;
use super::rule::Rule;
use crate::login::mode::Mode;

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The rule, from 1; 0 for the set as a whole.
    pub rule: usize,
    /// A whole sentence.
    pub text: String,
}

impl Fence {
    /// Everything about the rules that probably is not meant. `modes` are those that the installation allows.
    #[must_use]
    pub fn lint(&self, modes: &[Mode]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if !self.settings.enabled {
            warnings
                .push(Warning { rule: 0, text: "The fence is switched off: no rule is asked. The budgets below it still hold.".into() });
        }
        if self.rules.iter().all(|rule| !rule.enabled) {
            warnings.push(Warning { rule: 0, text: "There is no rule: only the budgets protect the login.".into() });
        }
        for rule in self.rules.iter().filter(|rule| rule.enabled) {
            let texts = self.lint_rule(rule, modes);
            warnings.extend(texts.into_iter().map(|text| Warning { rule: rule.number, text: format!("Rule {} {text}", rule.number) }));
        }
        warnings
    }

    fn lint_rule(&self, rule: &Rule, modes: &[Mode]) -> Vec<String> {
        let (Some(checker), Some(countermeasure)) =
            (self.registry.checker(rule.checker), self.registry.countermeasure(rule.countermeasure))
        else {
            return Vec::new();
        };
        let mut texts = Vec::new();
        let covered: Vec<Mode> = modes.iter().copied().filter(|mode| rule.covers(*mode)).collect();
        if covered.is_empty() {
            texts.push("is unreachable: no login mode that is allowed is covered by it.".to_owned());
        }
        match checker.levels(&self.settings) {
            None => texts.push(format!("does nothing: {}.", idle(rule.checker))),
            Some(levels) if !self.reaches(rule, checker, levels) => {
                texts.push(format!("is unreachable: {} never gives a level from {}.", rule.checker, range(rule)));
            }
            Some(_) => {}
        }
        let asks = countermeasure.asks().is_some();
        let elsewhere = covered.iter().any(|mode| !mode.can_ask());
        if asks && elsewhere {
            texts.push("asks a challenge, which only the form can: in other modes it does nothing. Include only form.".to_owned());
        }
        if checker.is_form_only() && elsewhere {
            texts.push("looks at the form only: in other modes it does nothing. Include only form.".to_owned());
        }
        if checker.scope() == Scope::Name && covered.iter().all(|mode| !mode.is_typed()) && !covered.is_empty() {
            texts.push("counts names, and none is typed in the modes that it covers.".to_owned());
        }
        texts.extend(self.lint_effect(rule, checker, countermeasure));
        texts
    }

    fn lint_effect(&self, rule: &Rule, checker: &dyn Checker, countermeasure: &dyn Countermeasure) -> Option<String> {
        let hit = Match { level: self.begins_at(rule, checker), from: self.begins_at(rule, checker) };
        match countermeasure.measure(&hit, &self.settings) {
            Measure::Nothing => Some("does nothing: both reCAPTCHA keys must be set.".to_owned()),
            Measure::RequireFactor => Some("refuses everybody who has no second factor.".to_owned()),
            Measure::Stop { lasting: None } | Measure::Invalid { lasting: None } if checker.scope() == Scope::Name => {
                let timed = if matches!(countermeasure.measure(&hit, &self.settings), Measure::Stop { .. }) {
                    "no_answer_until"
                } else {
                    "login_invalid_until"
                };
                Some(format!(
                    "never ends by itself: what is refused counts no failure, so nobody but an admin opens the name again. Use {timed}."
                ))
            }
            Measure::Stop { .. } | Measure::Invalid { .. } if checker.scope() == Scope::Name && rule.strict => {
                Some("is strict: a stranger who knows a name can lock its owner out, also in a browser that is known.".to_owned())
            }
            Measure::Notify | Measure::Wait(_) => None,
            _ if checker.tells_of_account() => {
                Some("can be seen by strangers: it tells which accounts are used from where. Use notify or require_factor.".to_owned())
            }
            _ => None,
        }
    }

    fn reaches(&self, rule: &Rule, checker: &dyn Checker, (least, most): Levels) -> bool {
        self.begins_at(rule, checker) <= most && rule.max.is_none_or(|max| max >= least)
    }
}

fn idle(checker: &str) -> &'static str {
    match checker {
        "ip_range" => "both address lists are empty",
        "recaptcha" => "both reCAPTCHA keys must be set",
        _ => "its checker is not set up",
    }
}

fn range(rule: &Rule) -> String {
    let shown = |level: Option<Level>, none: &str| level.map_or_else(|| none.to_owned(), |level| level.to_string());
    format!("{} to {}", shown(rule.min, "0"), shown(rule.max, "any"))
}
