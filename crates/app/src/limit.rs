//! How long and of what kind texts may be: the one list of bounds, for every door.

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
        self.0.push(Problem { field: field.into(), message: message.into() });
    }

    /// Ok when there is none.
    pub fn done(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.0)) }
    }

    /// A line of text: no control characters, not longer than `most`.
    pub fn line(&mut self, field: &'static str, text: &str, most: usize) {
        if text.chars().any(char::is_control) {
            self.add(field, "must be one line without control characters");
        }
        self.length(field, text, most);
    }

    /// Text of several lines.
    pub fn text(&mut self, field: &'static str, text: &str, most: usize) {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(field, "must not hold control characters");
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
            if tag.is_empty() || tag.chars().count() > TAG || tag.chars().any(char::is_control) || tag.trim() != tag {
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
