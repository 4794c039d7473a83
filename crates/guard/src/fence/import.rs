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
    /// The rules in the order written; none where the text names no list of rules.
    pub rules: Option<Vec<DraftRule>>,
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
            draft.rules = Some(php_rules(entry)?);
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
            TOML_RULES => draft.rules = Some(toml_rules(value, line, &lines)?),
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
    let rules = draft.rules.as_deref().unwrap_or_default();
    if draft.rules.is_some() && rules.is_empty() {
        put(&mut text, TOML_RULES, "[]");
    }
    for rule in rules {
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
#[path = "import_tests.rs"]
mod tests;
