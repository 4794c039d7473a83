//! Typed text of the forms of subnets and addresses as values, and what was wrong with it back at its field.

use ringfence_app::limit::Problems;
use ringfence_app::{Problem, Refusal};

use crate::forms::filled;
use crate::reply;
use crate::view::FieldError;

/// What is wrong with a form, by the form's own names: the API's `site_id` is the selection `site`.
pub fn errors(refusal: &Refusal) -> Option<Vec<FieldError>> {
    let mut errors = reply::field_errors(refusal)?;
    for error in &mut errors {
        if let Some(name) = error.field.strip_suffix("_id") {
            error.field = name.to_owned();
        }
    }
    Some(errors)
}

/// The row that a selection names, or none.
pub fn row(problems: &mut Problems, field: &'static str, text: &str) -> Option<i64> {
    let text = filled(text)?;
    let id = text.parse().ok();
    if id.is_none() {
        problems.add(field, "choose one from the list");
    }
    id
}

/// One of a list of words; nothing typed leaves the choice to the application.
pub fn word<T>(problems: &mut Problems, field: &'static str, parse: impl Fn(&str) -> Option<T>, text: &str) -> Option<T> {
    let value = parse(filled(text)?);
    if value.is_none() {
        problems.add(field, "choose one from the list");
    }
    value
}

/// What `parse` makes of the text; its own message stands at the field.
pub fn parsed<T, E: ToString>(problems: &mut Problems, field: &'static str, parse: impl Fn(&str) -> Result<T, E>, text: &str) -> Option<T> {
    parse(text.trim()).map_err(|error| problems.add(field, error.to_string())).ok()
}

/// Names separated by blanks or commas. Between double quotes both belong to the name; a double quote there is written twice.
pub fn tags(text: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => name.push('"'),
            '"' if quoted || name.is_empty() => quoted = !quoted,
            c if !quoted && (c.is_whitespace() || c == ',') => names.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

/// Names as [`tags`] reads them back: what an import brought may hold blanks and commas.
pub fn tag_text(tags: &[String]) -> String {
    let plain = |tag: &&String| !tag.starts_with('"') && !tag.contains(|c: char| c.is_whitespace() || c == ',');
    let shown = |tag: &String| if plain(&tag) { tag.clone() } else { format!("\"{}\"", tag.replace('"', "\"\"")) };
    tags.iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// One line without the blanks around it.
pub fn line(text: &str) -> String {
    text.trim().to_owned()
}

/// Text of several lines: browsers send every line end as CR LF.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// The version that the form was shown with. A form without one cannot know what it overwrites.
pub fn version(text: &str) -> Result<i64, Refusal> {
    let problem = || Problem::new(String::new(), "the form came without its version: load the page again");
    text.trim().parse().map_err(|_| Refusal::Invalid(vec![problem()]))
}

/// After somebody was faster: says at each field that differs what stands there now. Fields are name, now, typed.
pub fn differences<'a>(errors: &mut Vec<FieldError>, fields: impl IntoIterator<Item = (&'static str, &'a str, &'a str)>) {
    for (field, now, typed) in fields {
        if lines(now) != lines(typed) {
            let message = if now.is_empty() { "Is empty now.".to_owned() } else { format!("Is now: {now}") };
            errors.push(FieldError { field: field.to_owned(), message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_typed_with_blanks_or_commas() {
        assert_eq!(tags(" prod, pci\tweb ,,\n"), ["prod", "pci", "web"]);
        assert!(tags(" , ").is_empty());
    }

    #[test]
    fn errors_stand_at_the_fields_of_the_form() {
        let refusal = Refusal::Invalid(vec![Problem::new("site_id", "there is no site 9"), Problem::new("prefix", "remove the blanks")]);
        let fields: Vec<String> = errors(&refusal).unwrap().into_iter().map(|e| e.field).collect();
        assert_eq!(fields, ["site", "prefix"]);
        assert!(errors(&Refusal::missing("subnet", 1)).is_none());
    }

    #[test]
    fn a_form_without_a_version_changes_nothing() {
        assert_eq!(version("7").unwrap(), 7);
        assert!(version("").is_err());
    }

    #[test]
    fn only_what_differs_is_told() {
        let mut found = Vec::new();
        differences(&mut found, [("name", "a", "a"), ("notes", "x\ny", "x\r\ny"), ("owner", "", "me"), ("mac", "m", "")]);
        let told: Vec<(&str, &str)> = found.iter().map(|e| (e.field.as_str(), e.message.as_str())).collect();
        assert_eq!(told, [("owner", "Is empty now."), ("mac", "Is now: m")]);
    }

    #[test]
    fn tags_come_back_as_they_were_shown() {
        assert_eq!(tags(" prod, pci,,lab\t"), ["prod", "pci", "lab"]);
        assert_eq!(tags("\"Dunder-Mifflin, Inc.\" prod 19\""), ["Dunder-Mifflin, Inc.", "prod", "19\""]);
        for names in [vec!["a", "b c", "d,e"], vec!["\"x\"", "5\" y", "\""], vec![], vec!["\"\""]] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            assert_eq!(tags(&tag_text(&names)), names);
        }
    }
}
