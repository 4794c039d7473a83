//! Who changed what, when: the story that a subnet's or an address's page tells.

/// A moment, for `<time>`: the page shows it in the reader's own zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// RFC 3339 in UTC, for the `datetime` attribute.
    pub iso: String,
    /// What is shown without script: "2026-11-21 10:43 UTC".
    pub text: String,
}

/// One field before and after.
#[derive(Debug, Clone)]
pub struct FieldChange {
    /// The field's name.
    pub field: String,
    /// Nothing when it was empty or the object is new.
    pub before: Option<String>,
    /// Nothing when it is empty or the object is gone.
    pub after: Option<String>,
}

/// One change of one object.
#[derive(Debug, Clone)]
pub struct Change {
    /// When.
    pub when: When,
    /// User, API key or job.
    pub actor: String,
    /// page, api, cli, import, job.
    pub door: String,
    /// The event in words: "Address changed".
    pub text: String,
    /// What became different.
    pub fields: Vec<FieldChange>,
}

#[cfg(test)]
impl When {
    pub(crate) fn sample() -> Self {
        Self { iso: "2026-11-21T10:43:00Z".into(), text: "2026-11-21 10:43 UTC".into() }
    }
}

#[cfg(test)]
impl Change {
    pub(crate) fn sample() -> Vec<Self> {
        let field = |field: &str, before: Option<&str>, after: Option<&str>| FieldChange {
            field: field.into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let change = |text: &str, actor: &str, door: &str, fields| Self {
            when: When::sample(),
            actor: actor.into(),
            door: door.into(),
            text: text.into(),
            fields,
        };
        vec![
            change(
                "Address changed",
                "ada",
                "page",
                vec![
                    field("hostname", Some("web-01.example.net"), Some("www-01.example.net")),
                    field("owner", None, Some("Platform team")),
                    field("description", Some("old box, <b>do not touch</b>"), None),
                ],
            ),
            change("Address allocated", "ci-pipeline", "api", vec![field("status", None, Some("used"))]),
        ]
    }
}
