//! How long and of what kind texts may be: the one list of bounds, for every door.

use guard::message::Message;
use ringfence_guard as guard;
use ringfence_store::tables::address::bare_mac;

use crate::{Problem, Refusal};

/// Longest name, in characters.
pub const NAME: usize = 255;
/// Longest description, in characters.
pub const DESCRIPTION: usize = 1_000;
/// Longest notes, in characters.
pub const NOTES: usize = 20_000;
/// Longest tag, in characters.
pub const TAG: usize = 64;
/// Tags on one object.
pub const TAGS: usize = 50;
/// Longest hardware address as typed.
pub const MAC: usize = 64;
/// Largest number of addresses or subnets handed out by one request.
pub const BATCH: usize = 1_000;
/// Largest window of a list.
pub const WINDOW: u64 = 1_000;
/// Largest file to import, in bytes.
pub const UPLOAD: usize = 64 * 1024 * 1024;
/// Largest number of rows to import.
pub const IMPORT_ROWS: usize = 200_000;

/// Gathers problems, so that all are shown at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem::new(field, message));
    }

    /// Notes a problem from the catalogue.
    pub fn say(&mut self, field: impl Into<String>, message: Message) {
        self.0.push(Problem::said(field, message));
    }

    /// Notes what a refusal says is wrong with the input.
    pub fn take(&mut self, refusal: Refusal) {
        if let Refusal::Invalid(problems) = refusal {
            self.0.extend(problems);
        }
    }

    /// Ok when there is none.
    pub fn done(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.0)) }
    }

    /// A line of text: no control characters, not longer than `most`.
    pub fn line(&mut self, field: &'static str, text: &str, most: usize) {
        if text.chars().any(is_unseen) {
            self.add(field, "must be one line without control or invisible characters");
        }
        self.length(field, text, most);
    }

    /// A DNS or host name, or nothing.
    pub fn hostname(&mut self, field: &'static str, text: &str) {
        if text.contains(char::is_whitespace) {
            self.add(field, "must not hold blanks");
        }
        self.line(field, text, NAME);
    }

    /// A hardware address in any notation, or nothing: EUI-48 or EUI-64, the digits in groups or not.
    pub fn mac(&mut self, field: &'static str, text: &str) {
        let digits = bare_mac(text);
        if !(text.is_empty() || (matches!(digits.len(), 12 | 16) && digits.bytes().all(|b| b.is_ascii_hexdigit()))) {
            self.add(field, "must be 12 or 16 hexadecimal digits, such as 00:1b:63:84:45:e6");
        }
        self.line(field, text, MAC);
    }

    /// Text of several lines.
    pub fn text(&mut self, field: &'static str, text: &str, most: usize) {
        if text.chars().any(|c| is_unseen(c) && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(field, "must not hold control or invisible characters");
        }
        self.length(field, text, most);
    }

    /// A name that must be there.
    pub fn name(&mut self, field: &'static str, text: &str, most: usize) {
        if text.is_empty() {
            self.add(field, "must not be empty");
        }
        if text.trim() != text {
            self.add(field, "must not begin or end with a blank");
        }
        self.line(field, text, most);
    }

    /// Tags: names without blanks.
    pub fn tags(&mut self, tags: &[String]) {
        if tags.len() > TAGS {
            self.add("tags", format!("at most {TAGS} tags"));
        }
        for tag in tags {
            if tag.is_empty() || tag.chars().count() > TAG || tag.chars().any(is_unseen) || tag.trim() != tag {
                self.add("tags", format!("a tag has 1 to {TAG} characters and no blank at its ends: {tag:?}"));
            }
        }
    }

    fn length(&mut self, field: &'static str, text: &str, most: usize) {
        let length = text.chars().count();
        if length > most {
            self.add(field, format!("is {length} characters long, at most {most} fit"));
        }
    }
}

/// Characters that cannot be seen or change the direction of text: with them one name can be made to look like another. Joiners (U+200C, U+200D)
/// and variation selectors belong to the spelling of some scripts and stay.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
}

/// Sorted, each once.
#[must_use]
pub fn tidy_tags(mut tags: Vec<String>) -> Vec<String> {
    tags.sort();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(check: impl FnOnce(&mut Problems)) -> Option<String> {
        let mut problems = Problems::default();
        check(&mut problems);
        problems.done().err().map(|refusal| refusal.to_string())
    }

    #[test]
    fn hardware_addresses_have_their_digits() {
        for good in ["", "00:1b:63:84:45:e6", "001B.6384.45E6", "00-1b-63-84-45-e6", "001b638445e6", "00:1b:63:ff:fe:84:45:e6"] {
            assert_eq!(problem(|p| p.mac("mac", good)), None, "{good}");
        }
        for bad in ["--", "zz", "00:1b:63:84:45", "00:1b:63:84:45:eg", "00:1b:63:84:45:e6:00"] {
            let said = "mac: must be 12 or 16 hexadecimal digits, such as 00:1b:63:84:45:e6";
            assert_eq!(problem(|p| p.mac("mac", bad)).as_deref(), Some(said), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for text in ["\u{200b}", "\u{3164}", "a\u{ad}b", "web\u{202e}gpj", "a\u{feff}", "a\u{2066}b", "a\u{2028}b", "a\nb", "a\u{7f}"] {
            assert!(problem(|p| p.line("name", text, NAME)).is_some(), "{text:?}");
            assert!(problem(|p| p.tags(&[text.to_owned()])).is_some(), "{text:?}");
        }
        assert_eq!(problem(|p| p.line("name", "שלום Åse 東京", NAME)), None);
        assert_eq!(problem(|p| p.text("notes", "one\r\n\ttwo", NAME)), None);
        assert!(problem(|p| p.text("notes", "one\u{202e}", NAME)).is_some());
        assert_eq!(problem(|p| p.hostname("hostname", "web 1")).as_deref(), Some("hostname: must not hold blanks"));
        assert_eq!(problem(|p| p.hostname("hostname", "web-1.example")), None);
    }

    #[test]
    fn problems_are_gathered() {
        let mut problems = Problems::default();
        problems.name("name", "", NAME);
        problems.line("description", "a\u{0}b", 2);
        problems.tags(&["ok".into(), " no".into()]);
        let Err(Refusal::Invalid(found)) = problems.done() else { panic!("must be refused") };
        let fields: Vec<&str> = found.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["name", "description", "description", "tags"]);
    }
}
