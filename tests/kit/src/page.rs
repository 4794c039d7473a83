//! The little of HTML that a client without a browser must read: the value of a hidden field.

/// The value of the first `<input>` with this name, or nothing if the page has none. Values that need unescaping are not expected:
/// tokens are plain letters, digits, `-`, `_` and `.`.
pub fn hidden_field(html: &str, name: &str) -> Option<String> {
    html.split("<input")
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
        .find_map(|tag| (attribute(tag, "name")? == name).then(|| attribute(tag, "value").unwrap_or_default().to_owned()))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::hidden_field;

    #[test]
    fn fields_are_found_in_any_order_of_attributes() {
        let html = r#"<form><input type="text" name="name" value="a"><input value="t-1_x" type="hidden" name="csrf" /></form>"#;
        assert_eq!(hidden_field(html, "csrf").as_deref(), Some("t-1_x"));
        assert_eq!(hidden_field(html, "name").as_deref(), Some("a"));
        assert_eq!(hidden_field(html, "other"), None);
        assert_eq!(hidden_field(r#"<input name="empty">"#, "empty").as_deref(), Some(""));
    }
}
