//! The fence on one page: what is probably not meant, the rules, a simulator, the parameters, and the way in and out as a file.

use askama::Template;
use serde::Deserialize;

use super::setting::SettingGroup;
use super::{Choice, Form, Frame};

/// A checker or a countermeasure, to choose from and to read about.
#[derive(Debug, Clone)]
pub struct Part {
    /// The word in rules.
    pub name: &'static str,
    /// The word on pages.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub says: &'static str,
}

/// A rule as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleValues {
    /// What the page that sent it called it: its buttons name it, wherever it stands by now.
    pub key: String,
    /// Name of the checker.
    pub checker: String,
    /// Name of the countermeasure.
    pub countermeasure: String,
    /// The least level, maybe empty.
    pub min_level: String,
    /// The greatest level, maybe empty.
    pub max_level: String,
    /// The only modes; none: all.
    pub included: Vec<String>,
    /// Modes it does not apply to.
    pub excluded: Vec<String>,
    /// Known browsers are not spared.
    pub strict: bool,
    /// It is asked.
    pub enabled: bool,
    /// What it does, in a sentence; empty while it cannot be read.
    pub sentence: String,
}

impl RuleValues {
    /// Whether the mode is one of the only ones.
    #[must_use]
    pub fn includes(&self, mode: &str) -> bool {
        self.included.iter().any(|word| word == mode)
    }

    /// Whether the mode is left out.
    #[must_use]
    pub fn excludes(&self, mode: &str) -> bool {
        self.excluded.iter().any(|word| word == mode)
    }
}

/// The editor of the rules.
#[derive(Debug, Clone, Default)]
pub struct RulesForm {
    /// The rules in order. An error of rule 3 stands at the field `3`, one of its level at `3-min_level`.
    pub form: Form<Vec<RuleValues>>,
    /// The stored rules that it was filled from: who saves over somebody else's change is told.
    pub was: String,
    /// It holds something that is not saved.
    pub unsaved: bool,
}

/// A file as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ImportValues {
    /// TOML, or iTop's PHP.
    pub text: String,
    /// Not empty: save it.
    pub apply: String,
}

/// A setting that an import would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its key.
    pub key: &'static str,
    /// What it is now.
    pub before: String,
    /// What it would be.
    pub after: String,
}

/// What an import would make of the fence.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// What would change.
    pub changes: Vec<Planned>,
    /// Parameters that the text names and that are so already.
    pub same: usize,
    /// Each rule in a sentence, if the text brings rules.
    pub rules: Vec<String>,
    /// What of it is probably not meant.
    pub warnings: Vec<String>,
}

/// An imagined login as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SimulateValues {
    /// The login name.
    pub name: String,
    /// The way in.
    pub mode: String,
    /// Where from.
    pub address: String,
    /// Failures in a row before it; empty: looked up.
    pub failures: String,
    /// Names that failed from the address.
    pub spraying: String,
    /// Not empty: the browser is known.
    pub known: String,
    /// Not empty: the account was never used from there.
    pub new_place: String,
    /// Not empty: every challenge on the form was solved.
    pub solved: String,
}

/// What would happen.
#[derive(Debug, Clone)]
pub struct Imagined {
    /// The failures that were counted, in words.
    pub failures: String,
    /// What the one who asks would see.
    pub seen: String,
    /// Rule by rule: its number, whether it matched, why or why not.
    pub lines: Vec<(usize, bool, String)>,
}

/// `GET /security/fence`
#[derive(Debug, Template)]
#[template(path = "fence/page.html")]
pub struct FencePage {
    /// The frame.
    pub page: Frame,
    /// The rules are asked at all.
    pub enabled: bool,
    /// What is probably not meant.
    pub warnings: Vec<String>,
    /// Checkers to choose from.
    pub checkers: Vec<Part>,
    /// Countermeasures to choose from.
    pub countermeasures: Vec<Part>,
    /// Modes that rules may name.
    pub modes: Vec<String>,
    /// The editor.
    pub rules: RulesForm,
    /// The simulator.
    pub simulate: Form<SimulateValues>,
    /// Its answer.
    pub answer: Option<Imagined>,
    /// Modes that can be imagined.
    pub ways: Vec<Choice>,
    /// The parameters; errors are named by key.
    pub settings: Form<()>,
    /// The parameters' fields.
    pub groups: Vec<SettingGroup>,
    /// The file.
    pub import: Form<ImportValues>,
    /// What it would do.
    pub preview: Option<Preview>,
}

#[cfg(test)]
impl FencePage {
    pub(crate) fn sample() -> Self {
        let part = |name, title| Part { name, title, says: "Counts failures in a row." };
        let rule = |key: &str, sentence: &str| RuleValues {
            key: key.into(),
            checker: "login_failed".into(),
            countermeasure: "slowdown".into(),
            min_level: "3".into(),
            included: vec!["form".into()],
            enabled: true,
            sentence: sentence.into(),
            ..RuleValues::default()
        };
        let rules = vec![rule("1", "After 3 failures or more in a row for a name, make the answer wait 0.5 s."), rule("2", "")];
        Self {
            page: Frame::sample("Fence", super::Nav::Security),
            enabled: true,
            warnings: vec!["Rule 2 is unreachable: ip_range never gives a level from 3 to any.".into()],
            checkers: vec![part("ip_range", "Address range"), part("login_failed", "Failed logins")],
            countermeasures: vec![part("slowdown", "Slow down")],
            modes: vec!["form".into(), "basic".into(), "token".into()],
            rules: RulesForm { form: Form::new("rule", "/security/fence/rules#rules", rules), was: "[]".into(), unsaved: false },
            simulate: Form::new("simulate", "/security/fence/simulate#simulator", SimulateValues::default()),
            answer: None,
            ways: vec![Choice::new("form", "form")],
            settings: Form::new("set", "/security/fence/settings", ()),
            groups: SettingGroup::samples(),
            import: Form::new("import", "/security/fence/import#import", ImportValues::default()),
            preview: None,
        }
    }

    pub(crate) fn sample_wrong() -> Self {
        let mut page = Self::sample();
        page.enabled = false;
        page.rules.unsaved = true;
        page.rules.form =
            page.rules.form.wrong("", "Somebody changed it.").wrong("2", "There is no checker.").wrong("1-min_level", "No number.");
        page.settings = page.settings.wrong("fence.trusted_ip_list", "No network.").wrong("fence.enabled", "Must be true or false.");
        page.simulate = page.simulate.wrong("address", "No address.").wrong("failures", "No number.");
        page.import = page.import.wrong("text", "Line 3: no value.");
        page
    }

    pub(crate) fn sample_answered() -> Self {
        let change = |key, before: &str, after: &str| Planned { key, before: before.into(), after: after.into() };
        let preview = Preview {
            changes: vec![change("fence.no_answer_duration", "900 (default)", "3600"), change("fence.rules", "2 rules", "1 rule")],
            same: 2,
            rules: vec!["After 3 failures or more in a row for a name, stop with status 429 and no answer for 900 s.".into()],
            warnings: vec!["Rule 1 does nothing.".into()],
        };
        let lines =
            vec![(1, true, "login_failed finds level 4: make the answer wait 1 s.".into()), (2, false, "It finds it harmless.".into())];
        let mut page = Self::sample();
        page.import.values.text = "no_answer_duration = 3600\n[[rule]]\nchecker = \"<login_failed>\"".into();
        page.preview = Some(preview);
        page.answer = Some(Imagined { failures: "4 failures".into(), seen: "After 1 s: the password is compared.".into(), lines });
        page
    }

    pub(crate) fn sample_empty() -> Self {
        let mut page = Self::sample();
        page.rules.form.values.clear();
        page.warnings.clear();
        page
    }
}
