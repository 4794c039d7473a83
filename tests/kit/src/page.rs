//! The little of HTML that a client without a browser must read: forms and what stands in their fields.

/// The value of the first `<input>` with this name, or nothing if the page has none.
pub fn hidden_field(html: &str, name: &str) -> Option<String> {
    tags(html).find(|tag| tag.is("input") && tag.get("name").as_deref() == Some(name)).map(|tag| tag.get("value").unwrap_or_default())
}

/// What a browser would send with the form that posts to `action`, untouched: name and value of each field in order. Nothing if the
/// page has no such form.
pub fn form_fields(html: &str, action: &str) -> Option<Vec<(String, String)>> {
    // What stands behind a # is the browser's own matter.
    let posts_there = |tag: &Tag<'_>| tag.get("action").is_some_and(|target| target.split('#').next() == Some(action));
    let form = tags(html).find(|tag| tag.is("form") && posts_there(tag))?;
    let inside = form.after.split("</form>").next().unwrap_or_default();
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut select: Option<String> = None;
    for tag in tags(inside) {
        let name = tag.get("name").filter(|_| tag.get("disabled").is_none());
        let value = tag.get("value");
        match (tag.name.to_ascii_lowercase().as_str(), name) {
            ("input", Some(name)) => match tag.get("type").as_deref() {
                Some("submit" | "button" | "image" | "reset" | "file") => {}
                Some("checkbox" | "radio") if tag.get("checked").is_none() => {}
                _ => fields.push((name, value.unwrap_or_default())),
            },
            ("textarea", Some(name)) => {
                let text = tag.after.split("</textarea>").next().unwrap_or_default();
                fields.push((name, unescaped(text.strip_prefix('\n').unwrap_or(text))));
            }
            ("select", Some(name)) => select = Some(name),
            ("/select", _) => select = None,
            ("option", _) => {
                let Some(name) = &select else { continue };
                let value = value.unwrap_or_else(|| unescaped(tag.after.split('<').next().unwrap_or_default().trim()));
                match fields.last_mut() {
                    Some((last, chosen)) if last == name => {
                        if tag.get("selected").is_some() {
                            *chosen = value;
                        }
                    }
                    _ => fields.push((name.clone(), value)),
                }
            }
            _ => {}
        }
    }
    Some(fields)
}

/// A start or end tag with what follows it.
struct Tag<'h> {
    name: &'h str,
    attributes: &'h str,
    after: &'h str,
}

impl Tag<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of an attribute; empty for one without a value.
    fn get(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let (name, tail) = rest.split_at(end);
            let tail = tail.trim_start();
            let (value, next) = match tail.strip_prefix('=').map(str::trim_start) {
                None => ("", tail),
                Some(quoted) => match quoted.chars().next().filter(|c| ['"', '\''].contains(c)) {
                    Some(quote) => quoted.get(1..).unwrap_or_default().split_once(quote).unwrap_or((quoted, "")),
                    None => quoted.split_once(char::is_whitespace).unwrap_or((quoted, "")),
                },
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(unescaped(value));
            }
            rest = if next.len() < rest.len() { next.trim_start() } else { "" };
        }
        None
    }
}

/// Every tag in order. A `>` inside a quoted value does not end it.
fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    html.match_indices('<').filter_map(move |(at, _)| {
        let rest = html.get(at + 1..)?;
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            return None;
        }
        let mut quote = None;
        let end = rest.char_indices().find_map(|(index, c)| {
            match quote {
                Some(open) if c == open => quote = None,
                None if c == '>' => return Some(index),
                None if c == '"' || c == '\'' => quote = Some(c),
                _ => {}
            }
            None
        })?;
        let (inside, after) = (rest.get(..end)?.trim_end_matches('/'), rest.get(end + 1..)?);
        let cut = inside.char_indices().skip(1).find(|(_, c)| c.is_whitespace()).map_or(inside.len(), |(index, _)| index);
        Some(Tag { name: inside.get(..cut)?, attributes: inside.get(cut..)?, after })
    })
}

/// The character references that our templates write.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (word, tail) = after.split_once(';').unwrap_or((after, ""));
        let number = word
            .strip_prefix('#')
            .and_then(|n| n.strip_prefix('x').map_or_else(|| n.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok()));
        let character = match word {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            _ => number.and_then(char::from_u32),
        };
        if let Some(character) = character {
            out.push(character);
            rest = tail;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{form_fields, hidden_field};

    #[test]
    fn fields_are_found_in_any_order_of_attributes() {
        let html = r#"<form><input type="text" name="name" value="a"><input value="t-1_x" type="hidden" name="csrf" /></form>"#;
        assert_eq!(hidden_field(html, "csrf").as_deref(), Some("t-1_x"));
        assert_eq!(hidden_field(html, "name").as_deref(), Some("a"));
        assert_eq!(hidden_field(html, "other"), None);
        assert_eq!(hidden_field(r#"<input name="empty">"#, "empty").as_deref(), Some(""));
    }

    #[test]
    fn a_form_is_read_as_a_browser_sends_it() {
        let html = r#"
            <form action="/other"><input name="x" value="no"></form>
            <form class="a>b" method="post" action="/sites">
              <input type="hidden" name="csrf" value="t"><input name="name" value="A &#38; &lt;B&gt;">
              <textarea name="notes">
one
two</textarea>
              <select name="parent"><option value="">none</option><option value="3" selected>Oslo</option><option>x</option></select>
              <select name="plain"><option> first </option><option>second</option></select>
              <input type="checkbox" name="off" value="1"><input type="checkbox" name="on" value="1" checked>
              <input name="gone" disabled><button name="go">Go</button>
            </form>"#;
        let fields = form_fields(html, "/sites").expect("the form");
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [("csrf", "t"), ("name", "A & <B>"), ("notes", "one\ntwo"), ("parent", "3"), ("plain", "first"), ("on", "1")];
        assert_eq!(fields, expected);
        assert_eq!(form_fields(html, "/nowhere"), None);
    }
}
