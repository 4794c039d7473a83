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
#[path = "php_tests.rs"]
mod tests;
