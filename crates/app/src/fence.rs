//! The fence as a file: what a TOML or PHP text would make of the settings, and the settings as TOML.

use std::fmt::Write as _;

use guard::fence::import::{self, Datum, Draft, DraftRule};
use guard::fence::{Written, rule};
use ringfence_guard as guard;

use crate::setting::{self, Kind, Values};
use crate::{Problem, Refusal};

/// New values of settings by key; none is the default.
pub type Proposal = Vec<(&'static str, Option<String>)>;

/// Reads a text in either form. The result names every setting that the text names; what it does not name stays as it is. A list without a rule is
/// a list: there is none then.
pub fn propose(text: &str) -> Result<Proposal, Refusal> {
    let draft = import::from_text(text).map_err(|error| Refusal::invalid("text", error.to_string()))?;
    let (mut proposal, mut problems) = (Vec::new(), Vec::new());
    for (name, datum) in &draft.parameters {
        match parameter(name, datum) {
            Ok(entry) => proposal.push(entry),
            Err(message) => problems.push(Problem::new(name.clone(), message)),
        }
    }
    if let Some(rules) = draft.rules {
        let rules: Vec<Written> = rules.into_iter().map(Written::from).collect();
        proposal.push(("fence.rules", Some(rule::write(&rules))));
    }
    if problems.is_empty() { Ok(proposal) } else { Err(Refusal::Invalid(problems)) }
}

/// A parameter of the document as a setting of ours: the same name under `fence.`.
fn parameter(name: &str, datum: &Datum) -> Result<(&'static str, Option<String>), String> {
    let key = format!("fence.{name}");
    let found = setting::ALL.iter().find(|setting| setting.key == key && !matches!(setting.kind, Kind::Rules));
    let setting = found.ok_or_else(|| {
        let known = setting::ALL.iter().filter_map(|s| s.key.strip_prefix("fence."));
        let nearest = known.min_by_key(|known| strsim::levenshtein(known, name)).unwrap_or_default();
        format!("there is no such parameter; the nearest is {nearest}")
    })?;
    let text = match datum {
        Datum::Null => None,
        Datum::Switch(switch) => Some(switch.to_string()),
        Datum::Integer(number) => Some(number.to_string()),
        Datum::Decimal(number) => Some(number.to_string()),
        Datum::Text(text) => Some(text.clone()),
        Datum::List(list) => Some(list.join("\n")),
    };
    Ok((setting.key, text))
}

/// The fence as TOML: every parameter that differs from its default, secrets left out, and every rule.
#[must_use]
pub fn export(values: &Values) -> String {
    let mut parameters = Vec::new();
    let mut left_out = String::new();
    for setting in setting::ALL {
        let Some(name) = setting.key.strip_prefix("fence.") else { continue };
        if matches!(setting.kind, Kind::Rules) || !values.is_stored(setting) {
            continue;
        }
        let text = values.text(setting);
        if setting.is_secret() {
            // A secret leaves only as a word.
            let _ = writeln!(left_out, "# {name} is set and not shown");
            continue;
        }
        let datum = match setting.kind {
            Kind::Switch => Datum::Switch(text == "true"),
            Kind::Integer { .. } => text.parse().map_or_else(|_| Datum::Text(text.to_owned()), Datum::Integer),
            Kind::Share => text.parse().map_or_else(|_| Datum::Text(text.to_owned()), Datum::Decimal),
            Kind::Networks => Datum::List(text.lines().map(str::to_owned).collect()),
            _ => Datum::Text(text.to_owned()),
        };
        parameters.push((name.to_owned(), datum));
    }
    let rules = values.fence().rules().iter().map(Written::from).enumerate().map(|(index, rule)| DraftRule {
        index,
        line: None,
        checker: rule.checker,
        countermeasure: rule.countermeasure,
        min_level: rule.min_level,
        max_level: rule.max_level,
        login_mode_included: rule.login_mode_included,
        login_mode_excluded: rule.login_mode_excluded,
        strict: rule.strict,
        enabled: !rule.disabled,
    });
    format!("{left_out}{}", import::to_toml(&Draft { parameters, rules: Some(rules.collect()) }))
}
