//! Who changed what, when: the story that a subnet's or an address's page tells.

use super::Look;

/// A moment, for `<time>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// RFC 3339 in UTC, for the `datetime` attribute.
    pub iso: String,
}

impl When {
    /// What is shown without script, in the reader's zone: "2026-11-21 11:43 CET".
    #[must_use]
    pub fn shown(&self, look: askama::Result<&Look>) -> String {
        match self.iso.parse::<jiff::Timestamp>() {
            Ok(moment) => moment.to_zoned(Look::or_plain(look).zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string(),
            Err(_) => self.iso.clone(),
        }
    }
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
        Self { iso: "2026-11-21T10:43:00Z".into() }
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

#[cfg(test)]
mod tests {
    use super::{Look, When};

    #[test]
    fn a_moment_is_shown_in_the_zone_of_the_look() {
        let when = When { iso: "2026-11-21T23:43:07.000000Z".into() };
        let berlin = Look { zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(), ..Look::default() };
        assert_eq!(when.shown(Ok(&berlin)), "2026-11-22 00:43 CET");
        assert_eq!(when.shown(Err(askama::Error::ValueMissing)), "2026-11-21 23:43 UTC");
        assert_eq!(When { iso: "soon".into() }.shown(Ok(&berlin)), "soon");
    }
}
