//! Deleting is a page of its own: it says what will go along, and works without script.

use askama::Template;

use super::{Form, Frame};

/// Something that goes along, or stands in the way.
#[derive(Debug, Clone)]
pub struct Along {
    /// In words: "12 addresses".
    pub what: String,
    /// Some of them by name.
    pub names: Vec<String>,
}

/// What the form sends.
#[derive(Debug, Clone, Default)]
pub struct DeleteValues {
    /// The object's name, typed to confirm (only where `ask_name`).
    pub confirm: String,
    /// The version that was shown.
    pub version: String,
}

/// `GET /…/{id}/delete`
#[derive(Debug, Template)]
#[template(path = "delete.html")]
pub struct DeletePage {
    /// The frame.
    pub page: Frame,
    /// subnet, address, VRF, site, VLAN, tag.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// Posted to `/…/{id}/delete` with confirm, version.
    pub form: Form<DeleteValues>,
    /// What goes along.
    pub along: Vec<Along>,
    /// What stays but changes: "4 subnets move up to 10.0.0.0/8".
    pub stays: Vec<String>,
    /// Why it cannot be deleted; then there is no button.
    pub refused: Option<String>,
    /// Whether the name must be typed.
    pub ask_name: bool,
    /// Where "Cancel" leads.
    pub back: String,
}

impl DeletePage {
    /// What stands above the field that takes the name.
    #[must_use]
    pub fn label(&self) -> String {
        format!("Type {} to confirm", self.name)
    }
}

#[cfg(test)]
impl DeletePage {
    pub(crate) fn sample() -> Self {
        Self {
            page: Frame::sample("Delete 10.4.0.0/24", super::Nav::Subnets),
            kind: "subnet".into(),
            name: "10.4.0.0/24".into(),
            form: Form::new("delete", "/subnets/3/delete", DeleteValues::default()).wrong("confirm", "Type 10.4.0.0/24."),
            along: vec![Along { what: "158 addresses".into(), names: vec!["10.4.0.1".into(), "10.4.0.2".into()] }],
            stays: vec!["2 subnets move up to 10.4.0.0/16".into()],
            refused: None,
            ask_name: true,
            back: "/subnets/3".into(),
        }
    }

    pub(crate) fn sample_refused() -> Self {
        Self {
            kind: "site".into(),
            name: "Frankfurt".into(),
            form: Form::new("delete", "/sites/2/delete", DeleteValues::default()),
            refused: Some("12 subnets and 3 VLANs still name it.".into()),
            along: Vec::new(),
            stays: Vec::new(),
            ask_name: false,
            ..Self::sample()
        }
    }
}
