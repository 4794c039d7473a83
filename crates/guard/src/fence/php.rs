//! Reads a PHP array literal as data, so that the fence rules of an iTop configuration can be pasted as they stand. Nothing is
//! executed: what is no literal (a call, a constant, a variable, an operator) is refused with its line.
//!
//! ```text
//!   text    = [ "<?php" ]  [ "$name =" | "'itop-fence' =>" ]  array  [ "," | ";" ]
//!   array   = ( "array" "(" entries ")" ) | ( "[" entries "]" )
//!   entries = { [ key "=>" ] value "," }          the last comma may be missing
//! ```
//!
//! What PHP would read differently from what a person reads is refused too, rather than guessed: a key that stands twice (PHP keeps the
//! last), `010` (octal), a comment that holds `?>` (it ends the program), `#[` (an attribute since PHP 8).

use std::collections::BTreeSet;
use std::fmt;

/// The longest text that is read.
pub const MAX_BYTES: usize = 256 * 1024;
/// How deep arrays may stand in arrays. Values are read by recursion, so this bounds the stack.
pub const MAX_DEPTH: usize = 32;
/// The key under which iTop's configuration keeps the settings of the fence.
pub const MODULE: &str = "itop-fence";

/// What a literal stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// `true` or `false`.
    Switch(bool),
    /// A number without point and exponent.
    Integer(i64),
    /// A number with a point or an exponent; always finite.
    Decimal(f64),
    /// A text in single or double quotes, unescaped.
    Text(String),
    /// An array, its entries in the order written.
    Array(Vec<Entry>),
}

/// One entry of an array.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key, as written or as PHP would count it. No key stands twice in an array.
    pub key: Key,
    /// The line on which the entry begins, counted from 1.
    pub line: usize,
    /// What stands under the key.
    pub value: Value,
}

/// The key of an entry. A text that spells an integer is that integer, as in PHP.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// An integer, written or counted.
    Index(i64),
    /// Any other text.
    Name(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Name(name) => write!(f, "'{}'", shown(name)),
        }
    }
}

/// Why a text is not read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhpError {
    /// The line, counted from 1.
    pub line: usize,
    /// For people.
    pub message: String,
}

impl fmt::Display for PhpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for PhpError {}

/// The array that `text` spells; always a [`Value::Array`]. An assignment (`$name =`) or an outer entry (`'itop-fence' =>`) around it is
/// passed over.
pub fn parse(text: &str) -> Result<Value, PhpError> {
    if text.len() > MAX_BYTES {
        return refused(1, format!("the text is longer than {} KiB; keep only the settings of the fence", MAX_BYTES / 1024));
    }
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    reader.opening()?;
    let array = reader.outer_array()?;
    reader.ending()?;
    Ok(array)
}

fn refused<T>(line: usize, message: impl Into<String>) -> Result<T, PhpError> {
    Err(PhpError { line, message: message.into() })
}

/// The beginning of a text, fit for a message: nothing unprintable, no more than 40 characters.
pub(super) fn shown(text: &str) -> String {
    let mut short = String::new();
    for c in text.chars().take(40) {
        match c {
            '\'' | '"' | '\\' => short.push(c),
            _ => short.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(40).is_some() { short + "…" } else { short }
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn in_name(c: char) -> bool {
    starts_name(c) || c.is_ascii_digit()
}

/// What is left to read, and the line it begins on.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// The next character. Counts lines as PHP does: a line feed, a carriage return or both together end one.
    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        if c == '\n' || (c == '\r' && self.peek() != Some('\n')) {
            self.line += 1;
        }
        Some(c)
    }

    /// Passes over `token`, which holds no line end, if it comes next.
    fn take(&mut self, token: &str) -> bool {
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// The characters up to the first that is not `wanted`, which must not want line ends.
    fn take_while(&mut self, wanted: fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn refuse<T>(&self, message: impl Into<String>) -> Result<T, PhpError> {
        refused(self.line, message)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.bump();
        }
    }

    /// Passes over blanks and comments.
    fn skip(&mut self) -> Result<(), PhpError> {
        loop {
            self.skip_blanks();
            if self.rest.starts_with("#[") {
                return self.refuse("#[ opens an attribute in PHP; put a blank after # if it is a comment");
            } else if self.rest.starts_with("/*") {
                self.long_comment()?;
            } else if self.rest.starts_with("//") || self.rest.starts_with('#') {
                self.short_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn long_comment(&mut self) -> Result<(), PhpError> {
        let opened = self.line;
        self.take("/*");
        while !self.take("*/") {
            if self.bump().is_none() {
                return refused(opened, "the comment that begins here has no end; add */");
            }
        }
        Ok(())
    }

    fn short_comment(&mut self) -> Result<(), PhpError> {
        while !matches!(self.peek(), None | Some('\n' | '\r')) {
            if self.rest.starts_with("?>") {
                return self.refuse("?> ends a PHP program even inside a comment; remove it");
            }
            self.bump();
        }
        Ok(())
    }

    /// The optional `<?php`, and what may stand before the array.
    fn opening(&mut self) -> Result<(), PhpError> {
        self.skip_blanks();
        if let Some((tag, after)) = self.rest.split_at_checked("<?php".len())
            && tag.eq_ignore_ascii_case("<?php")
            && after.chars().next().is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | '\r'))
        {
            self.rest = after;
        }
        self.skip()?;
        match self.peek() {
            Some('$') => self.assignment(),
            Some('\'' | '"') => self.outer_key(),
            _ => Ok(()),
        }
    }

    fn assignment(&mut self) -> Result<(), PhpError> {
        let line = self.line;
        self.take("$");
        let name = self.take_while(in_name);
        self.skip()?;
        let equals = !self.rest.starts_with("==") && !self.rest.starts_with("=>") && self.take("=");
        if !equals || !name.starts_with(starts_name) {
            return refused(line, "only `$name = array(…);` is read here; keep the array alone");
        }
        self.skip()
    }

    fn outer_key(&mut self) -> Result<(), PhpError> {
        let line = self.line;
        let key = self.quoted()?;
        self.skip()?;
        if key != MODULE || !self.take("=>") {
            return refused(line, format!("only the entry '{MODULE}' => array(…) is read; put other entries between array( and )"));
        }
        self.skip()
    }

    fn outer_array(&mut self) -> Result<Value, PhpError> {
        let line = self.line;
        match self.value(0)? {
            array @ Value::Array(_) => Ok(array),
            _ => refused(line, "an array is expected here; write array(…) or […]"),
        }
    }

    fn ending(&mut self) -> Result<(), PhpError> {
        self.skip()?;
        if !self.take(",") {
            self.take(";");
        }
        self.skip()?;
        if self.rest.is_empty() {
            return Ok(());
        }
        let next = self.rest.lines().next().unwrap_or_default();
        self.refuse(format!("only one array is read; remove what follows it, from `{}` on", shown(next)))
    }

    /// A value that stands inside `depth` arrays.
    fn value(&mut self, depth: usize) -> Result<Value, PhpError> {
        match self.peek() {
            Some('\'' | '"') => self.quoted().map(Value::Text),
            Some('0'..='9' | '-' | '.') => self.number(),
            Some('[') => self.array("[", "]", depth),
            Some(c) if starts_name(c) || c == '\\' => self.word(depth),
            other => self.refuse(no_value(other)),
        }
    }

    /// What begins with a letter: an array, one of three constants, or something that would have to be executed.
    fn word(&mut self, depth: usize) -> Result<Value, PhpError> {
        let line = self.line;
        let word = self.take_while(|c| in_name(c) || c == '\\');
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        if is("array") {
            self.skip()?;
        }
        if is("array") && self.rest.starts_with('(') {
            return self.array("(", ")", depth);
        }
        self.skip()?;
        match self.peek() {
            Some('(') => refused(line, format!("{}(…) is a call, and nothing is executed; write its result", shown(word))),
            Some(':') => refused(line, format!("{}:: is not looked up; write the text or the number in its place", shown(word))),
            _ if !word.is_ascii() => refused(line, copied(word)),
            _ if is("null") => Ok(Value::Null),
            _ if is("true") => Ok(Value::Switch(true)),
            _ if is("false") => Ok(Value::Switch(false)),
            _ => refused(line, format!("`{}` has no meaning here; put a text in quotes, replace a constant by its value", shown(word))),
        }
    }

    /// The array whose opening bracket comes next.
    fn array(&mut self, open: &str, close: &str, depth: usize) -> Result<Value, PhpError> {
        let opened = self.line;
        if depth == MAX_DEPTH {
            return self.refuse(format!("arrays stand more than {MAX_DEPTH} deep in each other; make the settings flatter"));
        }
        self.take(open);
        let mut entries = Entries::default();
        loop {
            self.skip()?;
            if self.take(close) {
                return Ok(Value::Array(entries.list));
            }
            if self.rest.is_empty() {
                return refused(opened, format!("the array that begins here has no end; add {close}"));
            }
            self.entry(depth + 1, &mut entries)?;
            self.skip()?;
            if !self.take(",") && !self.rest.is_empty() && !self.rest.starts_with(close) {
                return self.refuse(no_comma(self.rest, close));
            }
        }
    }

    fn entry(&mut self, depth: usize, entries: &mut Entries) -> Result<(), PhpError> {
        let line = self.line;
        let first = self.value(depth)?;
        self.skip()?;
        if !self.take("=>") {
            return entries.push(None, line, first);
        }
        let key = match first {
            Value::Integer(index) => Key::Index(index),
            Value::Text(text) => text_key(text),
            _ => return refused(line, "a key must be a text or an integer; put it in quotes"),
        };
        self.skip()?;
        let value = self.value(depth)?;
        entries.push(Some(key), line, value)
    }

    /// A number in decimal digits.
    fn number(&mut self) -> Result<Value, PhpError> {
        let start = self.rest;
        self.take("-");
        let whole = self.take_while(|c| c.is_ascii_digit());
        let point = self.take(".");
        let fraction = if point { self.take_while(|c| c.is_ascii_digit()) } else { "" };
        let is_decimal = self.exponent() | point;
        let text = start.get(..start.len().saturating_sub(self.rest.len())).unwrap_or(start);
        if whole.is_empty() && fraction.is_empty() {
            return self.refuse("a value is expected here; calculations are not made, write their result");
        }
        if self.peek().is_some_and(in_name) {
            return self.refuse(format!("a number cannot begin with `{text}` and go on like that; write it in decimal digits only"));
        }
        if is_decimal { self.decimal(text) } else { self.integer(text, whole) }
    }

    /// Passes over an exponent, if one comes next.
    fn exponent(&mut self) -> bool {
        let before = self.rest;
        if self.take("e") || self.take("E") {
            let _ = self.take("-") || self.take("+");
            if !self.take_while(|c| c.is_ascii_digit()).is_empty() {
                return true;
            }
        }
        self.rest = before;
        false
    }

    fn decimal(&self, text: &str) -> Result<Value, PhpError> {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Decimal(number)),
            _ => self.refuse(format!("the number {} is too large", shown(text))),
        }
    }

    fn integer(&self, text: &str, digits: &str) -> Result<Value, PhpError> {
        if digits.len() > 1 && digits.starts_with('0') {
            return self.refuse(format!("PHP reads {} as an octal number; write it without the leading 0", shown(text)));
        }
        text.parse().map(Value::Integer).or_else(|_| self.refuse(format!("the number {} is too large", shown(text))))
    }

    /// The text in quotes that comes next.
    fn quoted(&mut self) -> Result<String, PhpError> {
        let opened = self.line;
        let quote = self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return refused(opened, "the text that begins here has no end; add the closing quote"),
                end if end == quote => return Ok(text),
                Some('\\') if quote == Some('"') => text.push(self.escape()?),
                Some('\\') if matches!(self.peek(), Some('\\' | '\'')) => text.extend(self.bump()),
                Some(c) if quote == Some('"') && self.interpolates(c) => {
                    return self.refuse("variables in a text are not replaced; write \\$ or use single quotes");
                }
                Some(c) => text.push(c),
            }
        }
    }

    /// Whether `c`, just read in double quotes, begins a variable: `$name`, `${` or `{$`.
    fn interpolates(&self, c: char) -> bool {
        match c {
            '$' => self.peek().is_some_and(|next| starts_name(next) || next == '{'),
            '{' => self.peek() == Some('$'),
            _ => false,
        }
    }

    /// What follows a backslash in double quotes. PHP keeps an unknown pair as it stands; but then `"Combodo\Fence"` and
    /// `"Combodo\fence"` differ by more than a letter, so only the pairs below are read.
    fn escape(&mut self) -> Result<char, PhpError> {
        match self.peek() {
            Some(same @ ('\\' | '"' | '$')) => {
                self.bump();
                Ok(same)
            }
            _ if self.take("n") => Ok('\n'),
            _ if self.take("r") => Ok('\r'),
            _ if self.take("t") => Ok('\t'),
            _ => self.refuse("in double quotes only \\\\ \\\" \\$ \\n \\r \\t are read; write \\\\ for a backslash, or use single quotes"),
        }
    }
}

/// The entries of one array so far.
#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    seen: BTreeSet<Key>,
    /// The key that an entry without one gets, `None` after the largest integer.
    next: Counted,
}

/// The count of missing keys: one more than the largest integer key, 0 at first.
struct Counted(Option<i64>);

impl Default for Counted {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Entries {
    fn push(&mut self, key: Option<Key>, line: usize, value: Value) -> Result<(), PhpError> {
        let Some(key) = key.or(self.next.0.map(Key::Index)) else {
            return refused(line, "no integer is left to count this entry; give it a key");
        };
        if let (Key::Index(index), Some(next)) = (&key, self.next.0)
            && *index >= next
        {
            self.next = Counted(index.checked_add(1));
        }
        if !self.seen.insert(key.clone()) {
            return refused(line, format!("the key {key} stands twice in this array, and PHP would keep only the last; remove one"));
        }
        self.list.push(Entry { key, line, value });
        Ok(())
    }
}

/// PHP takes a text that spells an integer in the shortest way as that integer.
fn text_key(text: String) -> Key {
    match text.parse::<i64>() {
        Ok(index) if index.to_string() == text => Key::Index(index),
        _ => Key::Name(text),
    }
}

/// Pages like to replace quotes, arrows and blanks by finer ones.
fn copied(text: &str) -> String {
    let next = text.lines().next().unwrap_or_default();
    format!("`{}` is not PHP; type ' or \" for quotes, => for arrows and plain blanks", shown(next))
}

/// Why no value begins with `next`.
fn no_value(next: Option<char>) -> String {
    match next {
        None => "the text ends where a value is expected; a closing bracket is missing".to_owned(),
        Some('$') => "variables are not known here; write the value".to_owned(),
        Some(c @ (',' | ')' | ']' | '=' | ';')) => format!("a value is missing before `{c}`; write it or remove what surrounds it"),
        Some('(') => "parentheses and casts are not read; write the value alone".to_owned(),
        Some('<') => "tags and <<< texts are not read; put a text in single quotes".to_owned(),
        Some('`') => "nothing is executed; write the result in single quotes".to_owned(),
        Some('+' | '*' | '/' | '%' | '!' | '~' | '&' | '|' | '^' | '@' | '?') => "calculations are not made; write their result".to_owned(),
        Some(c) => format!("`{}` has no meaning here; put a text in quotes", c.escape_debug()),
    }
}

/// Why an array neither goes on nor ends with `rest`.
fn no_comma(rest: &str, close: &str) -> String {
    match rest.chars().next() {
        Some('.') => "texts are not joined; write one text".to_owned(),
        Some('+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<' | '>' | '?' | '!') => {
            "calculations are not made; write their result".to_owned()
        }
        Some('[' | '{') => "a single element is not looked up; write its value, or add the missing comma".to_owned(),
        Some('=') => "a key is joined to its value by =>".to_owned(),
        Some(c @ (')' | ']')) => format!("this array ends with {close}, not {c}"),
        Some(c) if !c.is_ascii() => copied(rest),
        _ => {
            let next = rest.lines().next().unwrap_or_default();
            format!("a comma is missing before `{}`, or a quote before that", shown(next))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIXTURES: [&str; 6] = [
        include_str!("../../fixtures/fence/01-disabled.php"),
        include_str!("../../fixtures/fence/02-slowdown.php"),
        include_str!("../../fixtures/fence/03-no-answer.php"),
        include_str!("../../fixtures/fence/04-captcha.php"),
        include_str!("../../fixtures/fence/05-trusted.php"),
        include_str!("../../fixtures/fence/06-complex.php"),
    ];

    fn entries(text: &str) -> Vec<Entry> {
        match parse(text) {
            Ok(Value::Array(entries)) => entries,
            other => panic!("{text}: {other:?}"),
        }
    }

    /// The one value in `[ … ]`.
    fn one(text: &str) -> Value {
        let mut entries = entries(&format!("[{text}]"));
        assert_eq!(entries.len(), 1, "{text}");
        entries.remove(0).value
    }

    fn keys(text: &str) -> Vec<Key> {
        entries(text).into_iter().map(|entry| entry.key).collect()
    }

    fn name(text: &str) -> Key {
        Key::Name(text.to_owned())
    }

    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
            _ => 0,
        }
    }

    #[test]
    fn scalars() {
        for (text, value) in [
            ("NULL", Value::Null),
            ("Null", Value::Null),
            ("true", Value::Switch(true)),
            ("FALSE", Value::Switch(false)),
            ("0", Value::Integer(0)),
            ("-0", Value::Integer(0)),
            ("3600", Value::Integer(3600)),
            ("-7", Value::Integer(-7)),
            ("9223372036854775807", Value::Integer(i64::MAX)),
            ("-9223372036854775808", Value::Integer(i64::MIN)),
            ("0.4", Value::Decimal(0.4)),
            ("-.5", Value::Decimal(-0.5)),
            ("6.", Value::Decimal(6.0)),
            ("1e3", Value::Decimal(1000.0)),
            ("2.5E-3", Value::Decimal(0.0025)),
            ("1E+2", Value::Decimal(100.0)),
            ("007.5", Value::Decimal(7.5)),
            ("[]", Value::Array(vec![])),
            ("ARRAY ( )", Value::Array(vec![])),
        ] {
            assert_eq!(one(text), value, "{text}");
        }
    }

    #[test]
    fn texts() {
        for (text, value) in [
            (r"''", ""),
            (r"'Combodo\\iTop'", r"Combodo\iTop"),
            (r"'Combodo\iTop'", r"Combodo\iTop"),
            (r"'\\'", r"\"),
            (r"'it\'s $x {$y} \n'", r"it's $x {$y} \n"),
            (r"'// no /* comment # at all ?>'", "// no /* comment # at all ?>"),
            (r#""a\\b\"c\$d\n\r\te""#, "a\\b\"c$d\n\r\te"),
            (r#""it's 5$ {5} $ $5""#, "it's 5$ {5} $ $5"),
            ("'two\nlines'", "two\nlines"),
            ("'é ⇒ 😀'", "é ⇒ 😀"),
        ] {
            assert_eq!(one(text), Value::Text(value.to_owned()), "{text}");
        }
    }

    #[test]
    fn keys_are_counted_as_php_counts() {
        let index = |keys: &[i64]| keys.iter().copied().map(Key::Index).collect::<Vec<_>>();
        assert_eq!(keys("[1, 2, 3]"), index(&[0, 1, 2]));
        assert_eq!(keys("[5 => 1, 2, 3 => 3, 4]"), index(&[5, 6, 3, 7]));
        assert_eq!(keys("['7' => 1, 2]"), index(&[7, 8]));
        assert_eq!(keys("['07' => 1, '-0' => 2, '+1' => 3, \"a\" => 4]"), [name("07"), name("-0"), name("+1"), name("a")]);
        assert_eq!(keys("['-3' => 1]"), index(&[-3]));
        assert_eq!(keys("[9223372036854775807 => 1]"), index(&[i64::MAX]));
    }

    #[test]
    fn what_may_stand_around_the_array() {
        for text in [
            "[1]",
            "\u{feff}<?php [1];",
            "<?PHP\n[1]",
            " \n<?php\n$config = [1];",
            "$x=array(1)",
            "$_été9 /* a */ = // b\n [1,],",
            "'itop-fence' => [1],",
            "<?php \"itop-fence\" # c\n=> array(1,) ; // end",
            "// one\n# two\n/* three\n*/array/**/(/*'*/1/*/ , */,//x\r)",
        ] {
            assert_eq!(entries(text).len(), 1, "{text}");
        }
        assert!(entries("<?php array()").is_empty());
    }

    #[test]
    fn entries_know_their_line() {
        let lines = |text: &str| entries(text).iter().map(|entry| entry.line).collect::<Vec<_>>();
        assert_eq!(lines("[\n1,\n\n'a'\n=>\n2, 3]"), [2, 4, 6]);
        assert_eq!(lines("[1,\r\n2,\r3,\n\r4]"), [1, 2, 3, 5]);
        assert_eq!(lines("/*\n*/['x\ny', //\n 2]"), [2, 4]);
    }

    #[test]
    fn the_examples_of_the_document() {
        let first_keys = ["enabled", "checker_to_countermeasure", "no_answer_duration", "checker_to_countermeasure", "trusted_ip_list"];
        for (text, key) in FIXTURES.into_iter().zip(first_keys) {
            assert_eq!(keys(text)[0], name(key));
        }
        let complex = entries(FIXTURES[5]);
        assert_eq!(complex.len(), 6);
        assert_eq!((&complex[1].value, complex[1].line), (&Value::Null, 7));
        let Value::Array(rules) = &complex[5].value else { panic!("{complex:?}") };
        assert_eq!(rules.iter().map(|rule| rule.line).collect::<Vec<_>>(), [17, 25, 32, 41, 51, 61]);
        let Value::Array(second) = &rules[1].value else { panic!("{rules:?}") };
        assert_eq!(second[0].value, Value::Text(r"Combodo\iTop\Fence\Hybrid\Recaptcha".to_owned()));
        assert_eq!(second[2], Entry { key: name("max_level"), line: 28, value: Value::Decimal(0.4) });
    }

    /// Each text with the line and a part of the message it is refused with.
    fn assert_refused(table: &[(&str, usize, &str)]) {
        for &(text, line, part) in table {
            let error = parse(text).expect_err(text);
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
            assert!(error.to_string().starts_with(&format!("line {line}: ")), "{error}");
        }
    }

    #[test]
    fn what_would_be_executed_names_its_line() {
        assert_refused(&[
            // Nothing, or not an array.
            ("", 1, "ends where a value"),
            ("<?php\n// nothing\n", 3, "ends where a value"),
            ("42", 1, "array is expected"),
            ("<?php\n$x = 'text';", 2, "array is expected"),
            ("null", 1, "array is expected"),
            // Around the array.
            ("<?= [1]", 1, "tags"),
            ("<?phparray()", 1, "tags"),
            ("// first\n<?php [1]", 2, "tags"),
            ("$x == [1]", 1, "$name = array"),
            ("\n$x['itop-fence'] = [1]", 2, "$name = array"),
            ("$1 = [1]", 1, "$name = array"),
            ("$x = 'itop-fence' => [1]", 1, "array is expected"),
            ("\n'other' => [1]", 2, "'itop-fence'"),
            ("'itop-fence', [1]", 1, "'itop-fence'"),
            ("return [1];", 1, "`return`"),
            ("[1],\n'more' => [2]", 2, "remove what follows it, from `'more' => [2]`"),
            ("[1];;", 1, "from `;`"),
            ("[1]\n?>", 2, "from `?>`"),
            ("[1][0]", 1, "from `[0]`"),
            ("[1] + [2]", 1, "from `+ [2]`"),
            // Executed in PHP.
            ("[\n'a' => getenv('X')]", 2, "getenv(…) is a call"),
            ("['a' => \\exec\n('X')]", 1, "\\exec(…) is a call"),
            ("[null()]", 1, "null(…) is a call"),
            ("['a' => new Thing()]", 1, "`new`"),
            ("[fn() => 1]", 1, "fn(…) is a call"),
            ("[\n\nPHP_INT_MAX]", 3, "`PHP_INT_MAX`"),
            ("[Captcha::class]", 1, "Captcha:: is not looked up"),
            ("[\\true]", 1, "`\\true`"),
            ("[array]", 1, "`array`"),
            ("[array\n[1]]", 1, "`array`"),
            ("['a' =>\n$x]", 2, "variables"),
            ("[`id`]", 1, "nothing is executed"),
            ("[(int)3]", 1, "casts"),
            ("[<<<X\nX]", 1, "<<< texts"),
            ("[...[1]]", 1, "a value is expected"),
            ("[&$x]", 1, "calculations"),
            ("[1 + 1]", 1, "calculations"),
            ("[+1]", 1, "calculations"),
            ("[- 1]", 1, "a value is expected"),
            ("[--1]", 1, "a value is expected"),
            ("[!true]", 1, "calculations"),
            ("[true ? 1 : 2]", 1, "calculations"),
            ("['a'\n. 'b']", 2, "not joined"),
            ("[1 . 2]", 1, "not joined"),
            ("['abc'[0]]", 1, "single element"),
            ("[\n#[Attribute]\n1]", 2, "attribute"),
            ("[1, // done ?>\n]", 1, "?> ends"),
        ]);
    }

    #[test]
    fn what_is_misspelt_names_its_line() {
        assert_refused(&[
            // Keys.
            ("[1.5 => 1]", 1, "key must be"),
            ("[true => 1]", 1, "key must be"),
            ("[NULL => 1]", 1, "key must be"),
            ("[[] => 1]", 1, "key must be"),
            ("[a => 1]", 1, "`a`"),
            ("['a' = 1]", 1, "joined to its value by =>"),
            ("['a' => 1,\n'a' => 2]", 2, "'a' stands twice"),
            ("[1, 2,\n'1' => 3]", 2, "key 1 stands twice"),
            ("[9223372036854775807 => 1,\n2]", 2, "no integer is left"),
            // Brackets and commas.
            ("\n[1,", 2, "no end; add ]"),
            ("\narray(1\n\n", 2, "no end; add )"),
            ("[1)", 1, "ends with ], not )"),
            ("array(1]", 1, "ends with ), not ]"),
            ("[,]", 1, "missing before `,`"),
            ("[1,,2]", 1, "missing before `,`"),
            ("['a' => ]", 1, "missing before `]`"),
            ("[=> 1]", 1, "missing before `=`"),
            ("['a' =>", 1, "ends where a value"),
            ("['a' => 1\n'b' => 2]", 2, "a comma is missing before `'b' => 2]`"),
            ("[1; 2]", 1, "a comma is missing before `; 2]`"),
            ("['a' => 'x' => 'y']", 1, "joined to its value by =>"),
            // Texts and comments.
            ("[\n'abc\n", 2, "text that begins here has no end"),
            ("[\"abc]", 1, "text that begins here has no end"),
            ("['abc\\']", 1, "text that begins here has no end"),
            ("[1,\n/* abc\n\n]", 2, "comment that begins here"),
            ("[/*/ 1]", 1, "comment that begins here"),
            ("[\"a\n$x\"]", 2, "not replaced"),
            ("[\"${x}\"]", 1, "not replaced"),
            ("[\"{$x}\"]", 1, "not replaced"),
            ("[\"$é\"]", 1, "not replaced"),
            ("[\"\\x41\"]", 1, "in double quotes only"),
            ("[\"Combodo\\iTop\"]", 1, "in double quotes only"),
            ("[\"\\0\"]", 1, "in double quotes only"),
            ("[\n‘a’]", 2, "`‘a’` is not PHP"),
            ("['a' ⇒ 1]", 1, "`⇒ 1]` is not PHP"),
            ("[\u{a0}1]", 1, "`\\u{a0}1` is not PHP"),
            ("[\u{0}]", 1, "`\\0`"),
            // Numbers.
            ("[0x1F]", 1, "decimal digits only"),
            ("[1_000]", 1, "decimal digits only"),
            ("[0b1]", 1, "decimal digits only"),
            ("[1e]", 1, "decimal digits only"),
            ("[1.5e+]", 1, "decimal digits only"),
            ("[010]", 1, "octal"),
            ("[-00]", 1, "octal"),
            ("[9223372036854775808]", 1, "too large"),
            ("[1e999]", 1, "too large"),
            ("[1.2.3]", 1, "not joined"),
            ("[127.0.0.1]", 1, "not joined"),
        ]);
    }

    #[test]
    fn bounds() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(parse(&nested(MAX_DEPTH)).map(|value| depth(&value)), Ok(MAX_DEPTH));
        assert!(parse(&nested(MAX_DEPTH + 1)).is_err_and(|error| error.message.contains("deep")));
        assert!(parse(&"[".repeat(MAX_BYTES)).is_err_and(|error| error.message.contains("deep")));
        let long = |bytes: usize| format!("['{}']", "a".repeat(bytes - 4));
        assert!(parse(&long(MAX_BYTES)).is_ok());
        assert!(parse(&long(MAX_BYTES + 1)).is_err_and(|error| error.message.contains("256 KiB")));
        assert_eq!(entries(&format!("[{}]", "1,".repeat(MAX_BYTES / 2 - 1))).len(), MAX_BYTES / 2 - 1);
        let error = parse(&format!("[{}]", "a".repeat(1000))).expect_err("a long word");
        assert!(error.message.len() < 200, "{error}");
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            let _ = parse(&text);
        }

        /// Text made of the pieces of the language gets much further than chance.
        #[test]
        fn no_mixture_is_too_strange(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
            if let Ok(value) = parse(&pieces.concat()) {
                prop_assert!(depth(&value) <= MAX_DEPTH);
            }
        }

        #[test]
        fn no_mutation_is_too_strange(which in 0..6usize, from in any::<prop::sample::Index>(), length in 0..30usize, put in "\\PC{0,4}") {
            let chars: Vec<char> = FIXTURES[which].chars().collect();
            let from = from.index(chars.len());
            let to = chars.len().min(from + length);
            let text: String = chars[..from].iter().copied().chain(put.chars()).chain(chars[to..].iter().copied()).collect();
            if let Err(error) = parse(&text) {
                prop_assert!((1..=text.lines().count() + 1).contains(&error.line), "{}", error);
            }
        }

        /// Any text survives single quotes.
        #[test]
        fn texts_come_back(text in any::<String>()) {
            let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
            prop_assert_eq!(one(&format!("'{escaped}'")), Value::Text(text));
        }
    }

    const PIECES: [&str; 32] = [
        "array",
        "(",
        ")",
        "[",
        "]",
        ",",
        "=>",
        "=",
        ";",
        "'",
        "\"",
        "\\",
        "$x",
        "{$",
        "//",
        "/*",
        "*/",
        "#",
        "\n",
        "\r",
        " ",
        "null",
        "true",
        "-",
        ".",
        "1",
        "0",
        "e",
        "'a'",
        "é",
        "<?php",
        "'itop-fence'",
    ];
}
