//! A rule joins one checker to one countermeasure, for some levels and some modes. Rules are data: stored as JSON, edited on a page, imported
//! from TOML and from iTop's PHP form.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::import::DraftRule;
use super::level::Level;
use super::registry::Registry;
use crate::login::mode::Mode;

/// Most rules of a set.
pub const MOST: usize = 100;

/// A rule as it is written and stored: texts and numbers, not yet looked up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// Name of the checker, or iTop's class of it.
    pub checker: String,
    /// Name of the countermeasure, or iTop's class of it.
    pub countermeasure: String,
    /// The least level it applies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_level: Option<f64>,
    /// The greatest level it applies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_level: Option<f64>,
    /// The only modes it applies to; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub login_mode_included: Vec<String>,
    /// Modes it does not apply to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub login_mode_excluded: Vec<String>,
    /// Whether browsers known to the account are not spared.
    #[serde(skip_serializing_if = "is_false")]
    pub strict: bool,
    /// Whether it is switched off.
    #[serde(skip_serializing_if = "is_false")]
    pub disabled: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_false(switch: &bool) -> bool {
    !*switch
}

/// A rule that was looked up and found sound. Names are those of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its place in the set, from 1: what people and logs call it.
    pub number: usize,
    /// Name of the checker.
    pub checker: &'static str,
    /// Name of the countermeasure.
    pub countermeasure: &'static str,
    /// The least level it applies to.
    pub min: Option<Level>,
    /// The greatest level it applies to.
    pub max: Option<Level>,
    /// The only modes it applies to; empty: all.
    pub included: Vec<Mode>,
    /// Modes it does not apply to.
    pub excluded: Vec<Mode>,
    /// Whether browsers known to the account are not spared.
    pub strict: bool,
    /// Whether it is asked at all.
    pub enabled: bool,
}

impl Rule {
    /// Whether it speaks of attempts in this mode.
    #[must_use]
    pub fn covers(&self, mode: Mode) -> bool {
        (self.included.is_empty() || self.included.contains(&mode)) && !self.excluded.contains(&mode)
    }

    /// Where the rule begins: what a countermeasure grows from.
    #[must_use]
    pub fn least_level(&self) -> Level {
        self.min.unwrap_or(Level::ZERO)
    }
}

/// Why a rule set is refused: which rule, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRule {
    /// The rule, from 1; 0 for the set as a whole.
    pub number: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for BadRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.number == 0 { f.write_str(&self.message) } else { write!(f, "rule {}: {}", self.number, self.message) }
    }
}

impl std::error::Error for BadRule {}

/// Reads the stored form: a JSON list of [`Written`].
pub fn read(text: &str) -> Result<Vec<Written>, BadRule> {
    let text = if text.trim().is_empty() { "[]" } else { text };
    // The parser's message names field and place; rules hold nothing secret.
    serde_json::from_str(text).map_err(|e| BadRule { number: 0, message: format!("the rules are no list of rules in JSON: {e}") })
}

/// The stored form.
#[must_use]
pub fn write(rules: &[Written]) -> String {
    // A list of texts and finite numbers always has a JSON form.
    serde_json::to_string(rules).unwrap_or_else(|_| "[]".to_owned())
}

/// Looks every rule up; the first that does not do is refused with its number.
pub fn resolve(written: &[Written], registry: &Registry) -> Result<Vec<Rule>, BadRule> {
    if written.len() > MOST {
        return Err(BadRule { number: 0, message: format!("at most {MOST} rules") });
    }
    written
        .iter()
        .enumerate()
        .map(|(index, rule)| one(index + 1, rule, registry).map_err(|message| BadRule { number: index + 1, message }))
        .collect()
}

fn one(number: usize, written: &Written, registry: &Registry) -> Result<Rule, String> {
    let checker = registry.checker(&written.checker).ok_or_else(|| unknown("checker", &written.checker, &registry.checker_names()))?;
    let countermeasure = registry
        .countermeasure(&written.countermeasure)
        .ok_or_else(|| unknown("countermeasure", &written.countermeasure, &registry.countermeasure_names()))?;
    let level = |name: &str, number: Option<f64>| match number {
        None => Ok(None),
        Some(number) => Level::decimal(number).map(Some).ok_or_else(|| format!("{name} must be a number of at least 0")),
    };
    let (min, max) = (level("min_level", written.min_level)?, level("max_level", written.max_level)?);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return Err(format!("min_level {min} is above max_level {max}: no level lies between them"));
    }
    let (included, excluded) = (modes(&written.login_mode_included)?, modes(&written.login_mode_excluded)?);
    if let Some(both) = included.iter().find(|mode| excluded.contains(mode)) {
        return Err(format!("the mode {both} is both included and excluded: name it once"));
    }
    Ok(Rule {
        number,
        checker: checker.descriptor().name,
        countermeasure: countermeasure.descriptor().name,
        min,
        max,
        included,
        excluded,
        strict: written.strict,
        enabled: !written.disabled,
    })
}

fn modes(words: &[String]) -> Result<Vec<Mode>, String> {
    let mut modes = Vec::new();
    for word in words {
        let mode = Mode::parse(word).map_err(|e| e.to_string())?;
        if !modes.contains(&mode) {
            modes.push(mode);
        }
    }
    Ok(modes)
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let shown: String = word.chars().take(60).collect();
    format!("there is no {what} {shown:?}: use one of {}", known.join(", "))
}

impl From<DraftRule> for Written {
    fn from(draft: DraftRule) -> Self {
        Self {
            checker: draft.checker,
            countermeasure: draft.countermeasure,
            min_level: draft.min_level,
            max_level: draft.max_level,
            login_mode_included: draft.login_mode_included,
            login_mode_excluded: draft.login_mode_excluded,
            strict: draft.strict,
            disabled: !draft.enabled,
        }
    }
}

impl From<&Rule> for Written {
    fn from(rule: &Rule) -> Self {
        let words = |modes: &[Mode]| modes.iter().map(|mode| mode.as_str().to_owned()).collect();
        Self {
            checker: rule.checker.to_owned(),
            countermeasure: rule.countermeasure.to_owned(),
            min_level: rule.min.map(Level::as_decimal),
            max_level: rule.max.map(Level::as_decimal),
            login_mode_included: words(&rule.included),
            login_mode_excluded: words(&rule.excluded),
            strict: rule.strict,
            disabled: !rule.enabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(checker: &str, countermeasure: &str) -> Written {
        Written { checker: checker.into(), countermeasure: countermeasure.into(), ..Written::default() }
    }

    fn refused(written: Written) -> String {
        resolve(&[rule("login_failed", "slowdown"), written], &Registry::standard()).unwrap_err().to_string()
    }

    #[test]
    fn names_of_both_worlds_are_known() {
        let itop = rule("Combodo\\iTop\\Fence\\Checker\\LoginFailedListener", "Combodo\\iTop\\Fence\\Countermeasure\\NoAnswerUntil");
        let rules = resolve(&[itop, rule("captcha", "captcha")], &Registry::standard()).unwrap();
        assert_eq!((rules[0].checker, rules[0].countermeasure), ("login_failed", "no_answer_until"));
        assert_eq!((rules[1].number, rules[1].checker, rules[1].countermeasure), (2, "captcha", "captcha"));
    }

    #[test]
    fn e14_bad_rules_are_refused_by_number() {
        assert!(refused(rule("phase_of_the_moon", "slowdown")).starts_with("rule 2: there is no checker \"phase_of_the_moon\""));
        assert!(refused(rule("login_failed", "applause")).starts_with("rule 2: there is no countermeasure"));
        let both =
            Written { login_mode_included: vec!["form".into()], login_mode_excluded: vec!["Form".into()], ..rule("captcha", "slowdown") };
        assert_eq!(refused(both), "rule 2: the mode form is both included and excluded: name it once");
        let upside_down = Written { min_level: Some(5.0), max_level: Some(3.0), ..rule("login_failed", "slowdown") };
        assert!(refused(upside_down).starts_with("rule 2: min_level 5 is above max_level 3"));
        let below = Written { min_level: Some(-1.0), ..rule("login_failed", "slowdown") };
        assert!(refused(below).contains("min_level must be a number of at least 0"));
        let foreign = Written { login_mode_included: vec!["telex".into()], ..rule("login_failed", "slowdown") };
        assert!(refused(foreign).contains("telex"));
        assert!(read("{}").unwrap_err().to_string().contains("no list"));
        assert!(read("[{\"cheker\":\"x\"}]").unwrap_err().to_string().contains("cheker"));
        let many = vec![rule("login_failed", "slowdown"); MOST + 1];
        assert_eq!(resolve(&many, &Registry::standard()).unwrap_err().number, 0);
    }

    #[test]
    fn what_is_stored_comes_back() {
        let written = vec![
            Written {
                min_level: Some(0.4),
                max_level: Some(0.6),
                login_mode_included: vec!["form".into()],
                ..rule("recaptcha", "captcha")
            },
            Written { strict: true, disabled: true, ..rule("login_failed", "no_answer_until") },
        ];
        let back = read(&write(&written)).unwrap();
        assert_eq!(back, written);
        let rules = resolve(&back, &Registry::standard()).unwrap();
        assert_eq!(rules.iter().map(Written::from).collect::<Vec<_>>(), written);
        assert_eq!(read(" "), Ok(Vec::new()));
    }

    #[test]
    fn a_rule_covers_the_modes_that_it_names() {
        let form_only = Rule { included: vec![Mode::Form], ..sample() };
        let not_form = Rule { excluded: vec![Mode::Form], ..sample() };
        for mode in Mode::ALL {
            assert!(sample().covers(mode));
            assert_eq!(form_only.covers(mode), mode == Mode::Form);
            assert_eq!(not_form.covers(mode), mode != Mode::Form);
        }
    }

    fn sample() -> Rule {
        resolve(&[rule("login_failed", "slowdown")], &Registry::standard()).unwrap().remove(0)
    }
}
