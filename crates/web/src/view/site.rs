//! Sites: list as a tree, and the form that makes or changes one beside it.

use askama::Template;
use serde::Deserialize;

use super::{Choice, Form, Frame};

/// One line.
#[derive(Debug, Clone)]
pub struct SiteRow {
    /// Row id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Steps below the top.
    pub depth: usize,
    /// Name of the site around it.
    pub parent: Option<String>,
    /// One line, maybe empty.
    pub description: String,
    /// How many subnets name it as their own.
    pub subnets: String,
}

impl SiteRow {
    /// The step of indentation: the style sheet knows nine.
    #[must_use]
    pub fn indent(&self) -> usize {
        self.depth.min(8)
    }
}

/// A site as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SiteValues {
    /// Name.
    pub name: String,
    /// Site id or empty.
    pub parent: String,
    /// One line.
    pub description: String,
    /// The version that was shown when editing began.
    pub version: String,
}

/// `GET /sites` and `GET /sites/{id}/edit`
#[derive(Debug, Template)]
#[template(path = "site.html")]
pub struct SitesPage {
    /// The frame.
    pub page: Frame,
    /// The lines of this window.
    pub rows: Vec<SiteRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// Posted to `/sites` or `/sites/{id}/edit`.
    pub form: Form<SiteValues>,
    /// The one that is edited; nothing for a new one.
    pub editing: Option<i64>,
    /// Sites to choose as parent.
    pub parents: Vec<Choice>,
}

#[cfg(test)]
impl SitesPage {
    pub(crate) fn sample() -> Self {
        let row = |id, name: &str, depth, parent: Option<&str>, subnets: u32| SiteRow {
            id,
            name: name.into(),
            depth,
            parent: parent.map(str::to_owned),
            description: String::new(),
            subnets: subnets.to_string(),
        };
        Self {
            page: Frame::sample("Sites", super::Nav::Sites),
            rows: vec![
                row(1, "Europe", 0, None, 2),
                row(2, "Frankfurt", 1, Some("Europe"), 812),
                row(3, "Hall 4", 2, Some("Frankfurt"), 0),
            ],
            more: None,
            form: Form::new("site", "/sites", SiteValues { parent: "2".into(), ..SiteValues::default() }),
            editing: None,
            parents: vec![Choice::new("1", "Europe"), Choice::new("2", "Frankfurt")],
        }
    }

    pub(crate) fn sample_edit() -> Self {
        let values = SiteValues { name: "Europe".into(), parent: "2".into(), version: "2".into(), ..SiteValues::default() };
        let form = Form::new("site", "/sites/1", values).wrong("parent", "Frankfurt lies inside Europe already.");
        Self { form, editing: Some(1), ..Self::sample() }
    }
}
