//! VRFs: list, and the form that makes or changes one beside it.

use askama::Template;
use serde::Deserialize;

use super::{Form, Frame};

/// One line.
#[derive(Debug, Clone)]
pub struct VrfRow {
    /// Row id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Route distinguisher, maybe empty.
    pub rd: String,
    /// One line, maybe empty.
    pub description: String,
    /// How many subnets it holds.
    pub subnets: String,
    /// It cannot be deleted.
    pub fixed: bool,
}

/// A VRF as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct VrfValues {
    /// Name.
    pub name: String,
    /// Route distinguisher.
    pub rd: String,
    /// One line.
    pub description: String,
    /// Route targets, blank-separated.
    pub import_targets: String,
    /// Route targets, blank-separated.
    pub export_targets: String,
    /// The version that was shown when editing began.
    pub version: String,
}

/// `GET /vrfs` and `GET /vrfs/{id}/edit`
#[derive(Debug, Template)]
#[template(path = "vrf.html")]
pub struct VrfsPage {
    /// The frame.
    pub page: Frame,
    /// The lines of this window.
    pub rows: Vec<VrfRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// Posted to `/vrfs` or `/vrfs/{id}/edit`.
    pub form: Form<VrfValues>,
    /// The one that is edited; nothing for a new one.
    pub editing: Option<i64>,
}

#[cfg(test)]
impl VrfsPage {
    pub(crate) fn sample() -> Self {
        let row = |id, name: &str, rd: &str, subnets: u32| VrfRow {
            id,
            name: name.into(),
            rd: rd.into(),
            description: if id == 1 { "The global routing table".into() } else { String::new() },
            subnets: subnets.to_string(),
            fixed: id == 1,
        };
        Self {
            page: Frame::sample("VRFs", super::Nav::Vrfs),
            rows: vec![row(1, "Global", "", 11012), row(2, "Customers", "65000:20", 48)],
            more: Some("/vrfs?cursor=x".into()),
            form: Form::new("vrf", "/vrfs", VrfValues { name: "Global".into(), ..VrfValues::default() })
                .wrong("name", "There is a VRF “Global” already."),
            editing: None,
        }
    }

    pub(crate) fn sample_edit() -> Self {
        let values = VrfValues { name: "Customers".into(), version: "2".into(), ..VrfValues::default() };
        Self { form: Form::new("vrf", "/vrfs/2", values), editing: Some(2), ..Self::sample() }
    }
}
