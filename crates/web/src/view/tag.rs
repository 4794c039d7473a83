//! Tags: list, and the form that makes or changes one beside it.

use askama::Template;
use serde::Deserialize;

use super::{Form, Frame};

/// One line.
#[derive(Debug, Clone)]
pub struct TagRow {
    /// Row id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// `#rrggbb`, drawn as a dot.
    pub colour: String,
    /// How many objects carry it.
    pub uses: String,
}

/// A tag as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TagValues {
    /// Name.
    pub name: String,
    /// `#rrggbb`.
    pub colour: String,
    /// The version that was shown when editing began.
    pub version: String,
}

/// `GET /tags` and `GET /tags/{id}/edit`
#[derive(Debug, Template)]
#[template(path = "tag.html")]
pub struct TagsPage {
    /// The frame.
    pub page: Frame,
    /// The lines of this window.
    pub rows: Vec<TagRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// Posted to `/tags` or `/tags/{id}/edit`.
    pub form: Form<TagValues>,
    /// The one that is edited; nothing for a new one.
    pub editing: Option<i64>,
}

#[cfg(test)]
impl TagsPage {
    pub(crate) fn sample() -> Self {
        let row = |id, name: &str, colour: &str, uses: u32| TagRow { id, name: name.into(), colour: colour.into(), uses: uses.to_string() };
        Self {
            page: Frame::sample("Tags", super::Nav::Tags),
            rows: vec![row(1, "prod", "#d63939", 412), row(2, "pci", "#f59f00", 9), row(3, "lab", "#2fb344", 0)],
            more: Some("/tags?cursor=x".into()),
            form: Form::new("tag", "/tags", TagValues { name: "a b".into(), colour: "#4263eb".into(), ..TagValues::default() })
                .wrong("name", "A tag named a b exists already."),
            editing: None,
        }
    }

    pub(crate) fn sample_edit() -> Self {
        let values = TagValues { name: "pci".into(), colour: "#f59f00".into(), version: "1".into() };
        Self { form: Form::new("tag", "/tags/2", values), editing: Some(2), ..Self::sample() }
    }
}
