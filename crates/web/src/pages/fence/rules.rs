//! The editor of the rules. All rules are one form; its buttons change the order or the number of rules and send everything back as it was typed,
//! and only "save" saves.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use guard::fence::rule::{self, Written};
use guard::fence::{Fence, Level, Registry, Rule};
use http::StatusCode;
use ringfence_app::setting::Values;
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;

use super::super::setting::{self, Pairs};
use crate::forms::Form;
use crate::gate::Visitor;
use crate::reply;
use crate::view::fence::{RuleValues, RulesForm};
use crate::view::{FieldError, Form as Shown};

const ACTION: &str = "/security/fence/rules#rules";
const KEY: &str = "fence.rules";

/// What was pressed. A rule is meant by the key that its row brings along, so that a row that a script has moved is still the one that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Add,
    Down(String),
    Duplicate(String),
    Remove(String),
    Save,
    Up(String),
}

impl Act {
    /// What nobody knows changes nothing and saves nothing.
    fn parse(text: &str) -> Option<Self> {
        let (verb, key) = text.split_once(':').unwrap_or((text, ""));
        let key = key.to_owned();
        Some(match verb {
            "add" => Self::Add,
            "down" => Self::Down(key),
            "duplicate" => Self::Duplicate(key),
            "remove" => Self::Remove(key),
            "save" => Self::Save,
            "up" => Self::Up(key),
            _ => return None,
        })
    }
}

/// What the editor sent.
struct Sent {
    act: Option<Act>,
    was: String,
    rows: Vec<RuleValues>,
}

/// A row begins with its field `rule`; boxes that are not ticked are not sent.
fn read(pairs: Pairs) -> Sent {
    let mut sent = Sent { act: None, was: String::new(), rows: Vec::new() };
    for (name, value) in pairs {
        match (name.as_str(), sent.rows.last_mut()) {
            ("act", _) => sent.act = Act::parse(&value),
            ("was", _) => sent.was = value,
            ("rule", _) => sent.rows.push(RuleValues { key: value, ..RuleValues::default() }),
            ("checker", Some(row)) => row.checker = value,
            ("countermeasure", Some(row)) => row.countermeasure = value,
            ("min_level", Some(row)) => row.min_level = value,
            ("max_level", Some(row)) => row.max_level = value,
            ("included", Some(row)) => row.included.push(value),
            ("excluded", Some(row)) => row.excluded.push(value),
            ("strict", Some(row)) => row.strict = true,
            ("enabled", Some(row)) => row.enabled = true,
            _ => {}
        }
    }
    sent
}

/// The rules after a button, in their new order.
fn changed(mut rows: Vec<RuleValues>, act: &Act) -> Vec<RuleValues> {
    let at = |key: &str| rows.iter().position(|row| row.key == key);
    match act {
        Act::Add => rows.push(RuleValues {
            checker: "login_failed".into(),
            countermeasure: "slowdown".into(),
            min_level: "3".into(),
            enabled: true,
            ..RuleValues::default()
        }),
        Act::Up(key) => {
            if let Some(index) = at(key).filter(|index| *index > 0) {
                rows.swap(index - 1, index);
            }
        }
        Act::Down(key) => {
            if let Some(index) = at(key).filter(|index| index + 1 < rows.len()) {
                rows.swap(index, index + 1);
            }
        }
        Act::Duplicate(key) => {
            let copy = at(key).and_then(|index| rows.get(index).cloned().map(|row| (index, row)));
            if let Some((index, row)) = copy {
                rows.insert(index + 1, row);
            }
        }
        Act::Remove(key) => {
            if let Some(index) = at(key) {
                rows.remove(index);
            }
        }
        Act::Save => {}
    }
    rows
}

/// A typed bound: none, a number, or an error at its field.
fn bound(number: usize, field: &str, text: &str, errors: &mut Vec<FieldError>) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return None;
    }
    let level = text.parse().ok().filter(|level| Level::decimal(*level).is_some());
    if level.is_none() {
        errors.push(FieldError { field: format!("{number}-{field}"), message: "Must be a number of at least 0, or empty.".into() });
    }
    level
}

/// One row looked up by itself, so that every rule that does not do is told and not only the first.
fn resolved(number: usize, row: &RuleValues, registry: &Registry, errors: &mut Vec<FieldError>) -> Option<Rule> {
    let before = errors.len();
    let written = Written {
        checker: row.checker.clone(),
        countermeasure: row.countermeasure.clone(),
        min_level: bound(number, "min_level", &row.min_level, errors),
        max_level: bound(number, "max_level", &row.max_level, errors),
        login_mode_included: row.included.clone(),
        login_mode_excluded: row.excluded.clone(),
        strict: row.strict,
        disabled: !row.enabled,
    };
    if errors.len() > before {
        return None;
    }
    match rule::resolve(&[written], registry) {
        Ok(rules) => rules.into_iter().next().map(|rule| Rule { number, ..rule }),
        Err(bad) => {
            errors.push(FieldError { field: number.to_string(), message: reply::sentence(&format!("rule {number}: {}", bad.message)) });
            None
        }
    }
}

/// Numbers the rows, says of each what it does, and gives the rules that do, with what is wrong with the others.
fn looked_up(rows: &mut [RuleValues], fence: &Fence) -> (Vec<Rule>, Vec<FieldError>) {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for (index, row) in rows.iter_mut().enumerate() {
        row.key = (index + 1).to_string();
        let rule = resolved(index + 1, row, fence.registry(), &mut errors);
        row.sentence = rule.as_ref().map_or_else(String::new, |rule| fence.sentence(rule));
        rules.extend(rule);
    }
    (rules, errors)
}

fn text(values: &Values) -> String {
    ringfence_app::setting::find(KEY).map_or_else(|_| String::new(), |setting| values.text(setting).to_owned())
}

fn row(rule: &Rule, fence: &Fence) -> RuleValues {
    let level = |level: Option<Level>| level.map_or_else(String::new, |level| level.to_string());
    let words = |modes: &[guard::login::mode::Mode]| modes.iter().map(|mode| mode.as_str().to_owned()).collect();
    RuleValues {
        key: rule.number.to_string(),
        checker: rule.checker.to_owned(),
        countermeasure: rule.countermeasure.to_owned(),
        min_level: level(rule.min),
        max_level: level(rule.max),
        included: words(&rule.included),
        excluded: words(&rule.excluded),
        strict: rule.strict,
        enabled: rule.enabled,
        sentence: fence.sentence(rule),
    }
}

/// The editor with the rules that are saved.
pub(super) fn stored(values: &Values) -> RulesForm {
    let rows = values.fence().rules().iter().map(|rule| row(rule, values.fence())).collect();
    RulesForm { form: Shown::new("rule", ACTION, rows), was: text(values), unsaved: false }
}

/// `POST /security/fence/rules`
pub async fn save(State(app): State<Arc<App>>, visitor: Visitor, Form(pairs): Form<Pairs>) -> Response {
    if pairs.iter().filter(|(name, _)| name == "rule").count() > rule::MOST + 1 {
        // No button of ours makes so many.
        return reply::error(&visitor, StatusCode::PAYLOAD_TOO_LARGE, Some(&format!("There can be at most {} rules.", rule::MOST)));
    }
    let sent = read(pairs);
    let values = app.settings();
    let mut rows = sent.act.as_ref().map_or_else(|| sent.rows.clone(), |act| changed(sent.rows.clone(), act));
    let (rules, mut errors) = looked_up(&mut rows, values.fence());
    let mut status = StatusCode::OK;
    if sent.act == Some(Act::Save) {
        if sent.was != text(&values) {
            let message = "Somebody changed the rules meanwhile. What you see is yours: save again to replace theirs.".to_owned();
            errors.push(FieldError { field: String::new(), message });
        }
        if errors.is_empty() {
            match put(&app, &visitor, &rules).await {
                Ok(message) => return reply::done(&visitor, super::BASE, message),
                Err(refusal) => match reply::field_errors(&refusal) {
                    // What is wrong with the set as a whole.
                    Some(found) => errors.extend(found.into_iter().map(|error| FieldError { field: String::new(), ..error })),
                    None => return reply::refusal(&visitor, &refusal),
                },
            }
        }
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let form = Shown { errors, ..Shown::new("rule", ACTION, rows) };
    let mut page = super::page(&app, &visitor);
    page.rules = RulesForm { form, was: if status == StatusCode::OK { sent.was } else { text(&values) }, unsaved: true };
    super::answer(&visitor, status, page)
}

async fn put(app: &Arc<App>, visitor: &Visitor, rules: &[Rule]) -> Result<String, Refusal> {
    let written = rule::write(&rules.iter().map(Written::from).collect::<Vec<_>>());
    if written == text(&app.settings()) {
        return Ok(setting::told(0));
    }
    setting::put(app, &visitor.op, &[(KEY, Some(written))]).await?;
    Ok(if rules.len() == 1 {
        "One rule is saved and holds from now on.".into()
    } else {
        format!("{} rules are saved and hold from now on.", rules.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard::fence::{Outage, Settings};

    fn rows(keys: &[&str]) -> Vec<RuleValues> {
        keys.iter().map(|key| RuleValues { key: (*key).to_owned(), ..RuleValues::default() }).collect()
    }

    fn after(act: &str) -> Vec<String> {
        changed(rows(&["1", "2", "3"]), &Act::parse(act).unwrap()).into_iter().map(|row| row.key).collect()
    }

    #[test]
    fn buttons_move_copy_and_remove_the_row_they_name() {
        assert_eq!(after("up:3"), ["1", "3", "2"]);
        assert_eq!(after("up:1"), ["1", "2", "3"]);
        assert_eq!(after("down:3"), ["1", "2", "3"]);
        assert_eq!(after("down:1"), ["2", "1", "3"]);
        assert_eq!(after("duplicate:2"), ["1", "2", "2", "3"]);
        assert_eq!(after("remove:2"), ["1", "3"]);
        assert_eq!(after("remove:9"), ["1", "2", "3"]);
        assert_eq!(after("add"), ["1", "2", "3", ""]);
        assert_eq!(Act::parse("burn:1"), None);
    }

    #[test]
    fn rows_are_read_in_the_order_they_are_sent() {
        let pairs = [
            ("was", "[]"),
            ("rule", "2"),
            ("checker", "captcha"),
            ("included", "form"),
            ("included", "basic"),
            ("enabled", "1"),
            ("rule", "1"),
            ("checker", "spraying"),
            ("strict", "1"),
            ("act", "save"),
        ];
        let sent = read(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        assert_eq!(sent.act, Some(Act::Save));
        let shown: Vec<_> =
            sent.rows.iter().map(|row| (row.key.as_str(), row.checker.as_str(), row.included.len(), row.enabled, row.strict)).collect();
        assert_eq!(shown, [("2", "captcha", 2, true, false), ("1", "spraying", 0, false, true)]);
    }

    #[test]
    fn every_bad_rule_is_told_at_its_place() {
        let fence = Fence::new(Registry::standard(), Settings::default(), Vec::new(), None, Outage::Refuse);
        let good = RuleValues { checker: "login_failed".into(), countermeasure: "slowdown".into(), enabled: true, ..RuleValues::default() };
        let mut rows = vec![
            RuleValues { min_level: "many".into(), ..good.clone() },
            RuleValues { min_level: "0,4".into(), max_level: " ".into(), ..good.clone() },
            RuleValues { included: vec!["form".into()], excluded: vec!["form".into()], ..good.clone() },
            RuleValues { checker: "tea_leaves".into(), max_level: "-1".into(), ..good },
        ];
        let (rules, errors) = looked_up(&mut rows, &fence);
        assert_eq!(rules.len(), 1);
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["1-min_level", "3", "4-max_level"]);
        assert!(rows[1].sentence.starts_with("After ") && rows[2].sentence.is_empty());
        assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    }
}
