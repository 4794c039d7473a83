//! The rules and parameters of the fence as people bring them: iTop's PHP array, or TOML. Both become one [`Draft`], which is well formed
//! but not yet checked: parameter names, class names, networks and bounds are looked at where the settings are known.
//!
//! ```toml
//! no_answer_duration = 3600
//! recaptcha_public_key = {}            # not set, PHP's NULL
//! trusted_ip_list = ["::1", "192.168.55.0/24"]
//!
//! [[rule]]
//! checker = "login_failed"
//! countermeasure = "slowdown"
//! min_level = 3                        # also max_level, strict, enabled
//! login_mode_included = ["form"]       # also login_mode_excluded
//! ```

use super::php::{self, Entry, Key, MODULE, PhpError, Value, shown};
use std::fmt::{self, Write as _};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The name of the rules in the PHP form.
const PHP_RULES: &str = "checker_to_countermeasure";
/// The name of the rules in the TOML form.
const TOML_RULES: &str = "rule";

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// Explicitly not set: `NULL` in PHP, `{}` in TOML.
    Null,
    /// True or false.
    Switch(bool),
    /// A number without point and exponent.
    Integer(i64),
    /// Any other number; finite.
    Decimal(f64),
    /// A text.
    Text(String),
    /// A list of texts. The keys of a PHP array are not kept.
    List(Vec<String>),
}

/// What was brought, before it is checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The parameters under the names of the document (`enabled`, `trusted_ip_list`, …) in the order written. No name stands twice.
    pub parameters: Vec<(String, Datum)>,
    /// The rules in the order written.
    pub rules: Vec<DraftRule>,
}

/// One rule. Class names and short names are left as they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftRule {
    /// The position in the list, from 0. Messages for people count from 1.
    pub index: usize,
    /// Where the rule begins in the text it came from, from 1.
    pub line: Option<usize>,
    /// Which checker gives the level.
    pub checker: String,
    /// What happens.
    pub countermeasure: String,
    /// The lowest level that matches.
    pub min_level: Option<f64>,
    /// The highest level that matches.
    pub max_level: Option<f64>,
    /// The login modes the rule is for; every mode if empty.
    pub login_mode_included: Vec<String>,
    /// The login modes the rule is not for.
    pub login_mode_excluded: Vec<String>,
    /// Whether known browsers are not spared. `false` unless written.
    pub strict: bool,
    /// Whether the rule counts at all. `true` unless written.
    pub enabled: bool,
}

/// Why a text is no draft, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// For people; names the rule, counted from 1.
    pub message: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ImportError {}

impl From<PhpError> for ImportError {
    fn from(error: PhpError) -> Self {
        Self { line: Some(error.line), message: error.message }
    }
}

fn refused<T>(line: Option<usize>, message: impl Into<String>) -> Result<T, ImportError> {
    Err(ImportError { line, message: message.into() })
}

/// Reads either form. No text is both: what TOML can read, PHP cannot, but for some that hold no settings. So TOML is tried first, and
/// only a text that fails there is looked at for signs of PHP, to know whose complaint will help.
pub fn from_text(text: &str) -> Result<Draft, ImportError> {
    let fits = text.len() <= php::MAX_BYTES;
    if (fits && DeTable::parse(text).is_ok()) || !looks_like_php(text) { from_toml(text) } else { from_php(text) }
}

/// Whether there is something that only PHP has. Lines that are comments in both languages say nothing.
fn looks_like_php(text: &str) -> bool {
    let lines = text.lines().map(|line| line.trim_start_matches(['\u{feff}', ' ', '\t']));
    lines.filter(|line| !line.starts_with('#')).any(|line| {
        let line = line.to_ascii_lowercase();
        let array = line.split("array").skip(1).any(|after| after.trim_start().starts_with('('));
        array || line.contains("=>") || ["<?", "$", "//", "/*"].iter().any(|mark| line.starts_with(mark))
    })
}

/// A named value, of the fence or of a rule.
struct Field {
    name: String,
    line: Option<usize>,
    datum: Datum,
}

impl Field {
    fn wrong(&self, place: &str, wanted: &str) -> ImportError {
        ImportError { line: self.line, message: format!("{place}{} must be {wanted}", shown(&self.name)) }
    }

    fn text(self, place: &str) -> Result<String, ImportError> {
        match self {
            Self { datum: Datum::Text(text), .. } => Ok(text),
            other => Err(other.wrong(place, "a text")),
        }
    }

    fn texts(self, place: &str) -> Result<Vec<String>, ImportError> {
        match self {
            Self { datum: Datum::List(texts), .. } => Ok(texts),
            other => Err(other.wrong(place, "a list of texts, such as [\"form\"]")),
        }
    }

    fn switch(self, place: &str) -> Result<bool, ImportError> {
        match self.datum {
            Datum::Switch(on) => Ok(on),
            _ => Err(self.wrong(place, "true or false")),
        }
    }

    fn level(self, place: &str) -> Result<Option<f64>, ImportError> {
        match self.datum {
            Datum::Null => Ok(None),
            Datum::Decimal(level) => Ok(Some(level)),
            // By way of its digits: the nearest number will do for a level beyond 2^53.
            Datum::Integer(level) => Ok(level.to_string().parse().ok()),
            _ => Err(self.wrong(place, "a number")),
        }
    }
}

/// How messages name a rule.
fn place(index: usize) -> String {
    format!("rule {}: ", index.saturating_add(1))
}

fn draft_rule(index: usize, line: Option<usize>, fields: Vec<Field>) -> Result<DraftRule, ImportError> {
    let place = place(index);
    let mut rule = DraftRule {
        index,
        line,
        checker: String::new(),
        countermeasure: String::new(),
        min_level: None,
        max_level: None,
        login_mode_included: Vec::new(),
        login_mode_excluded: Vec::new(),
        strict: false,
        enabled: true,
    };
    for field in fields {
        match field.name.as_str() {
            "checker" => rule.checker = field.text(&place)?,
            "countermeasure" => rule.countermeasure = field.text(&place)?,
            "min_level" => rule.min_level = field.level(&place)?,
            "max_level" => rule.max_level = field.level(&place)?,
            "login_mode_included" => rule.login_mode_included = field.texts(&place)?,
            "login_mode_excluded" => rule.login_mode_excluded = field.texts(&place)?,
            "strict" => rule.strict = field.switch(&place)?,
            "enabled" => rule.enabled = field.switch(&place)?,
            unknown => return refused(field.line, unknown_key(&place, unknown)),
        }
    }
    for (name, text) in [("checker", &rule.checker), ("countermeasure", &rule.countermeasure)] {
        if text.is_empty() {
            return refused(line, format!("{place}{name} is missing"));
        }
    }
    Ok(rule)
}

fn unknown_key(place: &str, key: &str) -> String {
    let known = "checker, countermeasure, min_level, max_level, login_mode_included, login_mode_excluded, strict, enabled";
    format!("{place}{} is not a key of a rule ({known}); parameters of the fence stand outside the rules", shown(key))
}

fn not_a_datum(place: &str, name: &str) -> String {
    format!("{place}{} must be one value or a list of texts", shown(name))
}

fn not_a_text(place: &str, name: &str, position: usize) -> String {
    format!("{place}{} may hold texts only; entry {} is none, put it in quotes", shown(name), position.saturating_add(1))
}

/// Reads the PHP form: the array of settings, alone or as the entry `'itop-fence'`.
pub fn from_php(text: &str) -> Result<Draft, ImportError> {
    let mut draft = Draft::default();
    for entry in settings(php::parse(text)?)? {
        if entry.key == Key::Name(PHP_RULES.to_owned()) {
            draft.rules = php_rules(entry)?;
            continue;
        }
        let field = php_field(entry, "")?;
        if field.name == TOML_RULES {
            return refused(field.line, format!("`{TOML_RULES}` is not a parameter; rules stand under '{PHP_RULES}'"));
        }
        draft.parameters.push((field.name, field.datum));
    }
    Ok(draft)
}

/// The entries of the fence, also if the array around them is the configuration of all modules; then it must hold nothing else, or it
/// would be open who is meant.
fn settings(value: Value) -> Result<Vec<Entry>, ImportError> {
    let mut entries = php_array(value).unwrap_or_default();
    let module = Key::Name(MODULE.to_owned());
    let Some(line) = entries.iter().find(|entry| entry.key == module).map(|entry| entry.line) else { return Ok(entries) };
    match (entries.pop(), entries.is_empty()) {
        (Some(Entry { value: Value::Array(inner), .. }), true) => Ok(inner),
        (_, true) => refused(Some(line), format!("'{MODULE}' must be an array")),
        _ => refused(Some(line), format!("'{MODULE}' stands beside other entries; keep it alone")),
    }
}

fn php_array(value: Value) -> Option<Vec<Entry>> {
    match value {
        Value::Array(entries) => Some(entries),
        _ => None,
    }
}

fn php_rules(list: Entry) -> Result<Vec<DraftRule>, ImportError> {
    let Some(rules) = php_array(list.value) else { return refused(Some(list.line), format!("{PHP_RULES} must be an array of rules")) };
    rules.into_iter().enumerate().map(|(index, rule)| php_rule(index, rule)).collect()
}

fn php_rule(index: usize, rule: Entry) -> Result<DraftRule, ImportError> {
    let place = place(index);
    let line = Some(rule.line);
    let Some(entries) = php_array(rule.value) else { return refused(line, format!("{place}must be an array with a checker")) };
    let fields = entries.into_iter().map(|entry| php_field(entry, &place)).collect::<Result<_, _>>()?;
    draft_rule(index, line, fields)
}

fn php_field(entry: Entry, place: &str) -> Result<Field, ImportError> {
    let line = Some(entry.line);
    let name = match entry.key {
        Key::Name(name) => name,
        Key::Index(index) => return refused(line, format!("{place}the entry {index} has no name; write 'name' => value")),
    };
    let datum = match entry.value {
        Value::Null => Datum::Null,
        Value::Switch(on) => Datum::Switch(on),
        Value::Integer(number) => Datum::Integer(number),
        Value::Decimal(number) => Datum::Decimal(number),
        Value::Text(text) => Datum::Text(text),
        Value::Array(entries) => Datum::List(php_texts(entries, place, &name)?),
    };
    Ok(Field { name, line, datum })
}

fn php_texts(entries: Vec<Entry>, place: &str, name: &str) -> Result<Vec<String>, ImportError> {
    let text = |(position, entry): (usize, Entry)| match entry.value {
        Value::Text(text) => Ok(text),
        _ => refused(Some(entry.line), not_a_text(place, name, position)),
    };
    entries.into_iter().enumerate().map(text).collect()
}

/// Reads the TOML form.
pub fn from_toml(text: &str) -> Result<Draft, ImportError> {
    if text.len() > php::MAX_BYTES {
        return refused(None, format!("the text is longer than {} KiB; keep only the settings of the fence", php::MAX_BYTES / 1024));
    }
    let lines = Lines::new(text);
    let table = DeTable::parse(text).map_err(|error| ImportError {
        line: error.span().map(|span| lines.at(span.start)),
        message: error.message().lines().collect::<Vec<_>>().join("; "),
    })?;
    let mut draft = Draft::default();
    for (key, value) in in_order(table.into_inner()) {
        let line = Some(lines.at(key.span().start));
        match key.get_ref().as_ref() {
            TOML_RULES => draft.rules = toml_rules(value, line, &lines)?,
            PHP_RULES => return refused(line, format!("{PHP_RULES} is the PHP form; write each rule as a [[{TOML_RULES}]] table")),
            name => draft.parameters.push((name.to_owned(), toml_datum(value, &lines, line, ("", name))?)),
        }
    }
    Ok(draft)
}

/// A text and the ends of its lines.
struct Lines<'a> {
    text: &'a str,
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, ends: text.match_indices('\n').map(|(end, _)| end).collect() }
    }

    /// The line, from 1, on which the byte at `offset` stands.
    fn at(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }

    /// Whether `value` is `{}`. A header with nothing below it is empty too, but surely forgotten.
    fn is_braces(&self, value: &Spanned<DeValue<'_>>) -> bool {
        value.get_ref().as_table().is_some_and(DeTable::is_empty) && self.text.get(value.span()).is_some_and(|text| text.starts_with('{'))
    }
}

type TomlEntry<'a> = (Spanned<std::borrow::Cow<'a, str>>, Spanned<DeValue<'a>>);

/// The entries in the order written; the table itself sorts them by name.
fn in_order(table: DeTable<'_>) -> Vec<TomlEntry<'_>> {
    let mut entries: Vec<TomlEntry<'_>> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn toml_rules(value: Spanned<DeValue<'_>>, line: Option<usize>, lines: &Lines<'_>) -> Result<Vec<DraftRule>, ImportError> {
    let DeValue::Array(rules) = value.into_inner() else { return refused(line, format!("write each rule as a [[{TOML_RULES}]] table")) };
    rules.into_iter().enumerate().map(|(index, rule)| toml_rule(index, rule, lines)).collect()
}

fn toml_rule(index: usize, rule: Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Result<DraftRule, ImportError> {
    let place = place(index);
    let line = Some(lines.at(rule.span().start));
    let DeValue::Table(table) = rule.into_inner() else { return refused(line, format!("{place}must be a table with a checker")) };
    let field = |(key, value): TomlEntry<'_>| {
        let line = Some(lines.at(key.span().start));
        let name = key.into_inner().into_owned();
        let datum = toml_datum(value, lines, line, (&place, &name))?;
        Ok(Field { name, line, datum })
    };
    let fields = in_order(table).into_iter().map(field).collect::<Result<_, ImportError>>()?;
    draft_rule(index, line, fields)
}

fn toml_datum(
    value: Spanned<DeValue<'_>>,
    lines: &Lines<'_>,
    line: Option<usize>,
    (place, name): (&str, &str),
) -> Result<Datum, ImportError> {
    if lines.is_braces(&value) {
        return Ok(Datum::Null);
    }
    match value.into_inner() {
        DeValue::Boolean(on) => Ok(Datum::Switch(on)),
        DeValue::String(text) => Ok(Datum::Text(text.into_owned())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Datum::Integer)
            .or_else(|_| refused(line, format!("{place}{} is too large a number", shown(name)))),
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Datum::Decimal(number)),
            _ => refused(line, format!("{place}{} must be a finite number", shown(name))),
        },
        DeValue::Array(values) => {
            let text = |(position, value): (usize, Spanned<DeValue<'_>>)| match value.into_inner() {
                DeValue::String(text) => Ok(text.into_owned()),
                _ => refused(line, not_a_text(place, name, position)),
            };
            values.into_iter().enumerate().map(text).collect::<Result<_, _>>().map(Datum::List)
        }
        DeValue::Table(_) | DeValue::Datetime(_) => refused(line, not_a_datum(place, name)),
    }
}

/// Writes the TOML form. Reading it again gives the same draft, but for the lines.
#[must_use]
pub fn to_toml(draft: &Draft) -> String {
    let mut text = String::new();
    for (name, datum) in &draft.parameters {
        put(&mut text, &toml_key(name), &written(datum));
    }
    for rule in &draft.rules {
        put_rule(&mut text, rule);
    }
    text
}

fn put(text: &mut String, key: &str, value: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{key} = {value}");
}

fn put_rule(text: &mut String, rule: &DraftRule) {
    let head = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{head}[[{TOML_RULES}]]");
    put(text, "checker", &quoted(&rule.checker));
    put(text, "countermeasure", &quoted(&rule.countermeasure));
    for (key, level) in [("min_level", rule.min_level), ("max_level", rule.max_level)] {
        if let Some(level) = level {
            put(text, key, &written_level(level));
        }
    }
    for (key, modes) in [("login_mode_included", &rule.login_mode_included), ("login_mode_excluded", &rule.login_mode_excluded)] {
        if !modes.is_empty() {
            put(text, key, &list(modes));
        }
    }
    for (key, on, default) in [("strict", rule.strict, false), ("enabled", rule.enabled, true)] {
        if on != default {
            put(text, key, &on.to_string());
        }
    }
}

fn written(datum: &Datum) -> String {
    match datum {
        Datum::Null => "{} # not set".to_owned(),
        Datum::Switch(on) => on.to_string(),
        Datum::Integer(number) => number.to_string(),
        Datum::Decimal(number) => format!("{number:?}"),
        Datum::Text(text) => quoted(text),
        Datum::List(texts) => list(texts),
    }
}

/// A level the way people write it: `3`, not `3.0`. Beyond the integers of TOML the point has to stay.
fn written_level(level: f64) -> String {
    if level.abs() < 1e15 { level.to_string() } else { format!("{level:?}") }
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { quoted(name) }
}

/// A TOML string on one line; literal if that spares escapes, as in class names.
fn quoted(text: &str) -> String {
    if text.contains(['\\', '"']) && !text.chars().any(|c| c == '\'' || c.is_control()) {
        return format!("'{text}'");
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        // Writing to a string does not fail.
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            _ if c.is_control() => write!(quoted, "\\u{:04X}", u32::from(c)),
            _ => quoted.write_char(c),
        };
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const COMPLEX: &str = include_str!("../../fixtures/fence/06-complex.php");
    const COMPLEX_TOML: &str = include_str!("../../fixtures/fence/complex.toml");
    const FIXTURES: [&str; 6] = [
        include_str!("../../fixtures/fence/01-disabled.php"),
        include_str!("../../fixtures/fence/02-slowdown.php"),
        include_str!("../../fixtures/fence/03-no-answer.php"),
        include_str!("../../fixtures/fence/04-captcha.php"),
        include_str!("../../fixtures/fence/05-trusted.php"),
        COMPLEX,
    ];
    const FAILED: &str = r"Combodo\iTop\Fence\Checker\LoginFailedListener";
    const RANGE: &str = r"Combodo\iTop\Fence\Checker\IpRangeChecker";
    const RECAPTCHA: &str = r"Combodo\iTop\Fence\Hybrid\Recaptcha";
    const CAPTCHA: &str = r"Combodo\iTop\Fence\Hybrid\Captcha";

    fn countermeasure(name: &str) -> String {
        format!(r"Combodo\iTop\Fence\Countermeasure\{name}")
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn parameter(name: &str, datum: Datum) -> (String, Datum) {
        (name.to_owned(), datum)
    }

    fn list_of(name: &str, entries: &[&str]) -> (String, Datum) {
        parameter(name, Datum::List(texts(entries)))
    }

    type Bounds = (Option<f64>, Option<f64>);

    fn rule(index: usize, line: usize, checker: &str, countermeasure: &str, (min_level, max_level): Bounds) -> DraftRule {
        let (checker, countermeasure) = (checker.to_owned(), countermeasure.to_owned());
        let (login_mode_included, login_mode_excluded) = (Vec::new(), Vec::new());
        let line = Some(line);
        DraftRule {
            index,
            line,
            checker,
            countermeasure,
            min_level,
            max_level,
            login_mode_included,
            login_mode_excluded,
            strict: false,
            enabled: true,
        }
    }

    fn form_only(rule: DraftRule) -> DraftRule {
        DraftRule { login_mode_included: texts(&["form"]), ..rule }
    }

    fn not_form(rule: DraftRule) -> DraftRule {
        DraftRule { login_mode_excluded: texts(&["form"]), ..rule }
    }

    fn without_lines(mut draft: Draft) -> Draft {
        draft.rules.iter_mut().for_each(|rule| rule.line = None);
        draft
    }

    fn complex() -> Draft {
        let (slowdown, invalid, until) = (countermeasure("Slowdown"), countermeasure("LoginInvalid"), countermeasure("NoAnswerUntil"));
        Draft {
            parameters: vec![
                parameter("enabled", Datum::Switch(true)),
                parameter("recaptcha_public_key", Datum::Null),
                parameter("recaptcha_private_key", Datum::Null),
                list_of("trusted_ip_list", &["::1", "127.0.0.1"]),
                list_of("malicious_ip_list", &[]),
            ],
            rules: vec![
                rule(0, 17, FAILED, &slowdown, (Some(3.0), None)),
                form_only(rule(1, 25, RECAPTCHA, &invalid, (None, Some(0.4)))),
                form_only(rule(2, 32, RECAPTCHA, CAPTCHA, (Some(0.4), Some(0.6)))),
                form_only(rule(3, 41, RANGE, CAPTCHA, (None, Some(1.0)))),
                not_form(rule(4, 51, RANGE, &until, (None, Some(1.0)))),
                rule(5, 61, RANGE, &until, (Some(2.0), None)),
            ],
        }
    }

    #[test]
    fn the_examples_of_the_document() {
        let drafts = FIXTURES.map(|text| from_php(text).unwrap());
        let no_answer = countermeasure("NoAnswer");
        let expected = [
            Draft { parameters: vec![parameter("enabled", Datum::Switch(false))], rules: vec![] },
            Draft { parameters: vec![], rules: vec![rule(0, 7, FAILED, &countermeasure("Slowdown"), (Some(3.0), None))] },
            Draft {
                parameters: vec![parameter("no_answer_duration", Datum::Integer(3600))],
                rules: vec![rule(0, 5, FAILED, &countermeasure("NoAnswerUntil"), (Some(3.0), None))],
            },
            Draft { parameters: vec![], rules: vec![form_only(rule(0, 4, CAPTCHA, &countermeasure("LoginInvalid"), (None, Some(5.0))))] },
            Draft {
                parameters: vec![list_of("trusted_ip_list", &["::1", "127.0.0.1", "192.168.55.0/24"]), list_of("malicious_ip_list", &[])],
                rules: vec![
                    form_only(rule(0, 14, RANGE, CAPTCHA, (None, Some(1.0)))),
                    not_form(rule(1, 22, RANGE, &no_answer, (None, Some(1.0)))),
                    rule(2, 30, RANGE, &no_answer, (Some(2.0), None)),
                ],
            },
            complex(),
        ];
        assert_eq!(drafts, expected);
        for (text, draft) in FIXTURES.iter().zip(drafts) {
            assert_eq!(from_text(text), Ok(draft.clone()));
            assert_eq!(without_lines(from_text(&to_toml(&draft)).unwrap()), without_lines(draft));
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let draft = from_toml(COMPLEX_TOML).unwrap();
        assert_eq!(without_lines(draft.clone()), without_lines(complex()));
        assert_eq!(from_text(COMPLEX_TOML), Ok(draft.clone()));
        let headers = COMPLEX_TOML.lines().enumerate().filter(|(_, line)| *line == "[[rule]]").map(|(index, _)| Some(index + 1));
        assert_eq!(draft.rules.iter().map(|rule| rule.line).collect::<Vec<_>>(), headers.collect::<Vec<_>>());
        let without_comments = COMPLEX_TOML.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let written = to_toml(&complex()).replace(" # not set", "");
        assert_eq!(written.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>(), without_comments.collect::<Vec<_>>());
    }

    #[test]
    fn the_order_and_every_key() {
        let text = "zeta = 1\nalpha = \"x\"\n'odd key' = -0.5\nhex = 0xFF\nmid = {}\n\
            [[rule]]\nenabled = false\nstrict = true\nchecker = \"a\"\nmin_level = {}\ncountermeasure = \"b\"\nmax_level = -2\n";
        let draft = from_toml(text).unwrap();
        let expected = [
            parameter("zeta", Datum::Integer(1)),
            parameter("alpha", Datum::Text("x".to_owned())),
            parameter("odd key", Datum::Decimal(-0.5)),
            parameter("hex", Datum::Integer(255)),
            parameter("mid", Datum::Null),
        ];
        assert_eq!(draft.parameters, expected);
        assert_eq!(draft.rules, [DraftRule { strict: true, enabled: false, ..rule(0, 6, "a", "b", (None, Some(-2.0))) }]);
        let php = "array('zeta'=>1,'alpha'=>'x','odd key'=>-.5,'hex'=>255,'mid'=>null,'checker_to_countermeasure'=>['some'=>
            ['enabled'=>false,'strict'=>true,'checker'=>'a','min_level'=>NULL,'countermeasure'=>'b','max_level'=>-2.0]])";
        assert_eq!(without_lines(from_text(php).unwrap()), without_lines(draft));
    }

    #[test]
    fn the_configuration_of_all_modules() {
        let draft = from_php("<?php\n$MyModuleSettings = array(\n'itop-fence' => array('enabled' => false));").unwrap();
        assert_eq!(draft.parameters, [parameter("enabled", Datum::Switch(false))]);
        assert_eq!(from_php("array()"), Ok(Draft::default()));
        assert_eq!(from_php("['checker_to_countermeasure' => []]"), Ok(Draft::default()));
    }

    #[test]
    fn lists_have_any_keys() {
        let draft = from_php("['trusted_ip_list' => ['home' => '::1', 7 => '10.0.0.1', '10.0.0.2']]").unwrap();
        assert_eq!(draft.parameters, [list_of("trusted_ip_list", &["::1", "10.0.0.1", "10.0.0.2"])]);
    }

    #[test]
    fn bad_php_names_rule_and_line() {
        let rule = |fields: &str| {
            format!("[\n'checker_to_countermeasure' => [\n['checker' => 'a', 'countermeasure' => 'b'],\n[\n'checker' => 'a',\n{fields}]]]")
        };
        for (text, line, message) in [
            (rule("'min_level' => 3"), 4, "rule 2: countermeasure is missing"),
            (rule("'countermeasure' => ''"), 4, "rule 2: countermeasure is missing"),
            (rule("'countermeasure' => 'b', 'min_level' => '3'"), 6, "rule 2: min_level must be a number"),
            (rule("'max_level' =>\n['3']"), 6, "rule 2: max_level must be a number"),
            (rule("'max_level' => true"), 6, "rule 2: max_level must be a number"),
            (rule("'countermeasure' => 7"), 6, "rule 2: countermeasure must be a text"),
            (rule("'countermeasure' => NULL"), 6, "rule 2: countermeasure must be a text"),
            (rule("\n'strict' => 1"), 7, "rule 2: strict must be true or false"),
            (rule("'enabled' => 'yes'"), 6, "rule 2: enabled must be true or false"),
            (rule("'login_mode_included' => 'form'"), 6, "rule 2: login_mode_included must be a list of texts"),
            (rule("'login_mode_excluded' => NULL"), 6, "rule 2: login_mode_excluded must be a list of texts"),
            (rule("'login_mode_excluded' => ['form',\n3]"), 7, "rule 2: login_mode_excluded may hold texts only; entry 2 is none"),
            (rule("'login_modes' => ['form']"), 6, "rule 2: login_modes is not a key of a rule"),
            (rule("'Checker' => 'a'"), 6, "rule 2: Checker is not a key of a rule"),
            (rule("'form'"), 6, "rule 2: the entry 0 has no name"),
            (rule("'checker' => 'c'"), 6, "the key 'checker' stands twice"),
            ("[\n'checker_to_countermeasure' => NULL]".to_owned(), 2, "checker_to_countermeasure must be an array"),
            ("['checker_to_countermeasure' => [\n'checker' => 'a']]".to_owned(), 2, "rule 1: must be an array"),
            ("['enabled' => true,\n'enabled' => false]".to_owned(), 2, "the key 'enabled' stands twice"),
            ("['enabled' => true,\n'Combodo']".to_owned(), 2, "the entry 0 has no name"),
            ("['trusted_ip_list' => ['::1',\n['::2']]]".to_owned(), 2, "trusted_ip_list may hold texts only; entry 2 is none"),
            ("['trusted_ip_list' => [null]]".to_owned(), 1, "trusted_ip_list may hold texts only; entry 1 is none"),
            ("['rule' => 1]".to_owned(), 1, "`rule` is not a parameter"),
            ("['enabled' => true,\n'itop-fence' => []]".to_owned(), 2, "stands beside other entries"),
            ("['itop-fence' => [], 'authent-ldap' => []]".to_owned(), 1, "stands beside other entries"),
            ("['itop-fence' => 1]".to_owned(), 1, "'itop-fence' must be an array"),
            ("['a' => getenv('A')]".to_owned(), 1, "is a call"),
        ] {
            let error = from_php(&text).expect_err(&text);
            assert_eq!(error.line, Some(line), "{text}: {error}");
            assert!(
                error.to_string().starts_with(&format!("line {line}: {message}")) || error.message.contains(message),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn bad_toml_names_rule_and_line() {
        let rule = |fields: &str| format!("enabled = true\n[[rule]]\nchecker='a'\ncountermeasure='b'\n[[rule]]\nchecker = 'a'\n{fields}\n");
        for (text, line, message) in [
            (rule("min_level = 3"), 5, "rule 2: countermeasure is missing"),
            (rule("min_level = '3'"), 7, "rule 2: min_level must be a number"),
            (rule("min_level = nan"), 7, "rule 2: min_level must be a finite number"),
            (rule("min_level = -inf"), 7, "rule 2: min_level must be a finite number"),
            (rule("min_level = 1e999"), 7, "rule 2: min_level must be a finite number"),
            (rule("min_level = 9223372036854775808"), 7, "rule 2: min_level is too large"),
            (rule("min_level = 1979-05-27"), 7, "rule 2: min_level must be one value"),
            (rule("\nstrict = 'yes'"), 8, "rule 2: strict must be true or false"),
            (rule("enabled = 1"), 7, "rule 2: enabled must be true or false"),
            (rule("countermeasure = false"), 7, "rule 2: countermeasure must be a text"),
            (rule("login_mode_included = 'form'"), 7, "rule 2: login_mode_included must be a list of texts"),
            (rule("login_mode_included = ['form', 1]"), 7, "rule 2: login_mode_included may hold texts only; entry 2 is none"),
            (rule("no_answer_duration = 5"), 7, "rule 2: no_answer_duration is not a key of a rule"),
            (rule("sub.key = 5"), 7, "rule 2: sub must be one value"),
            (rule("checker = 'b'"), 7, "duplicate key"),
            (rule("[rule.deeper]\nx = 1"), 7, "rule 2: deeper must be one value"),
            ("[rule]\nchecker = 'a'".to_owned(), 1, "write each rule as a [[rule]] table"),
            ("\nrule = 1".to_owned(), 2, "write each rule as a [[rule]] table"),
            ("rule = [\n1]".to_owned(), 2, "rule 1: must be a table"),
            ("checker_to_countermeasure = []".to_owned(), 1, "is the PHP form"),
            ("\n[itop-fence]\nenabled = true".to_owned(), 2, "itop-fence must be one value"),
            ("enabled = true\n[fence]".to_owned(), 2, "fence must be one value"),
            ("[[itop-fence]]\nenabled = true".to_owned(), 1, "itop-fence may hold texts only"),
            ("trusted_ip_list = [['::1']]".to_owned(), 1, "trusted_ip_list may hold texts only; entry 1 is none"),
            ("a = 1\r\nb = 2\r\na = 3".to_owned(), 3, "duplicate key"),
            ("a = 1\n\nb = ".to_owned(), 3, ""),
            ("a = ".to_owned() + &"[".repeat(php::MAX_BYTES / 2), 1, ""),
        ] {
            let error = from_toml(&text).expect_err(&text);
            assert_eq!(error.line, Some(line), "{text}: {error}");
            assert!(error.message.contains(message) && !error.message.is_empty(), "{text}: {error}");
            assert_eq!(from_text(&text), Err(error));
        }
        let error = from_text(&"#".repeat(php::MAX_BYTES + 1)).expect_err("too long");
        assert_eq!(error.to_string(), "the text is longer than 256 KiB; keep only the settings of the fence");
    }

    #[test]
    fn the_form_is_guessed() {
        for (text, php) in [
            ("'itop-fence' => x", true),
            ("Array (1, x)", true),
            ("// nothing", true),
            ("<?php", true),
            ("$x", true),
            ("['a', 1", false),
            ("", false),
            ("enabled = yes", false),
            ("# => array(\nenabled = yes # no array here", false),
        ] {
            assert_eq!(looks_like_php(text), php, "{text}");
            assert_eq!(from_text(text), if php { from_php(text) } else { from_toml(text) }, "{text}");
        }
        assert_eq!(from_text("\u{feff}enabled = true\r\n").map(|draft| draft.parameters.len()), Ok(1));
        let misleading = "note = 'array(1 => 2)'";
        assert_eq!(from_text(misleading), from_toml(misleading));
        assert!(from_text(misleading).is_ok());
    }

    fn any_level() -> impl Strategy<Value = Option<f64>> {
        let number = prop_oneof![any::<i32>().prop_map(f64::from), any::<f64>().prop_filter("finite", |number| number.is_finite())];
        prop::option::of(number)
    }

    fn any_datum() -> impl Strategy<Value = Datum> {
        prop_oneof![
            Just(Datum::Null),
            any::<bool>().prop_map(Datum::Switch),
            any::<i64>().prop_map(Datum::Integer),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Datum::Decimal),
            any::<String>().prop_map(Datum::Text),
            prop::collection::vec(any::<String>(), 0..4).prop_map(Datum::List),
        ]
    }

    fn any_rule() -> impl Strategy<Value = DraftRule> {
        let modes = || prop::collection::vec("[a-z\\\\'\"\n]{0,6}", 0..3);
        let names = (".{1,20}", "[ -~]{1,40}");
        (names, any_level(), any_level(), modes(), modes(), any::<(bool, bool)>()).prop_map(
            |((checker, countermeasure), min_level, max_level, login_mode_included, login_mode_excluded, (strict, enabled))| DraftRule {
                index: 0,
                line: None,
                checker,
                countermeasure,
                min_level,
                max_level,
                login_mode_included,
                login_mode_excluded,
                strict,
                enabled,
            },
        )
    }

    fn any_draft() -> impl Strategy<Value = Draft> {
        let name = prop_oneof!["[a-z_]{1,12}", any::<String>()].prop_filter("free", |name| name != TOML_RULES && name != PHP_RULES);
        let parameters = prop::collection::vec((name, any_datum()), 0..6);
        (parameters, prop::collection::vec(any_rule(), 0..5)).prop_map(|(mut parameters, mut rules)| {
            let mut seen = BTreeSet::new();
            parameters.retain(|(name, _)| seen.insert(name.clone()));
            rules.iter_mut().enumerate().for_each(|(index, rule)| rule.index = index);
            Draft { parameters, rules }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(draft in any_draft()) {
            let text = to_toml(&draft);
            prop_assert_eq!(from_toml(&text).map(without_lines), Ok(draft.clone()), "{}", text);
            prop_assert_eq!(from_text(&text).map(without_lines), Ok(draft), "{}", text);
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            let _ = (from_text(&text), from_php(&text), from_toml(&text));
        }

        #[test]
        fn no_mutation_is_too_strange(which in 0..7usize, from in any::<prop::sample::Index>(), length in 0..30usize, put in "\\PC{0,4}") {
            let chars: Vec<char> = FIXTURES.get(which).unwrap_or(&COMPLEX_TOML).chars().collect();
            let from = from.index(chars.len());
            let to = chars.len().min(from + length);
            let text: String = chars[..from].iter().copied().chain(put.chars()).chain(chars[to..].iter().copied()).collect();
            if let Ok(draft) = from_text(&text) {
                prop_assert_eq!(from_toml(&to_toml(&draft)).map(without_lines), Ok(without_lines(draft)));
            }
        }
    }
}
