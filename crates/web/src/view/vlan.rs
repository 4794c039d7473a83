//! VLANs: list, and the form that makes or changes one beside it.

use askama::Template;
use serde::Deserialize;

use super::{Choice, Form, Frame};

/// One line.
#[derive(Debug, Clone)]
pub struct VlanRow {
    /// Row id.
    pub id: i64,
    /// 1–4094.
    pub vid: i64,
    /// Its name.
    pub name: String,
    /// Name of its site, if it belongs to one.
    pub site: Option<String>,
    /// One line, maybe empty.
    pub description: String,
    /// Tag names.
    pub tags: Vec<String>,
    /// How many subnets it carries.
    pub subnets: String,
}

/// A VLAN as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct VlanValues {
    /// 1–4094.
    pub vid: String,
    /// Name.
    pub name: String,
    /// Site id or empty.
    pub site: String,
    /// One line.
    pub description: String,
    /// Tag names, blank-separated.
    pub tags: String,
    /// The version that was shown when editing began.
    pub version: String,
}

/// `GET /vlans` and `GET /vlans/{id}/edit`
#[derive(Debug, Template)]
#[template(path = "vlan.html")]
pub struct VlansPage {
    /// The frame.
    pub page: Frame,
    /// The lines of this window.
    pub rows: Vec<VlanRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// Posted to `/vlans` or `/vlans/{id}/edit`.
    pub form: Form<VlanValues>,
    /// The one that is edited; nothing for a new one.
    pub editing: Option<i64>,
    /// Sites to choose from.
    pub sites: Vec<Choice>,
}

#[cfg(test)]
impl VlansPage {
    pub(crate) fn sample() -> Self {
        let row = |id, vid, name: &str, site: Option<&str>| VlanRow {
            id,
            vid,
            name: name.into(),
            site: site.map(str::to_owned),
            description: if id == 2 { "Racks 1 to 8".into() } else { String::new() },
            tags: if id == 2 { vec!["prod".into()] } else { Vec::new() },
            subnets: (id * 3).to_string(),
        };
        Self {
            page: Frame::sample("VLANs", super::Nav::Vlans),
            rows: vec![row(1, 1, "default", None), row(2, 120, "servers", Some("Frankfurt")), row(3, 120, "servers", Some("Oslo"))],
            more: Some("/vlans?cursor=x".into()),
            form: Form::new("vlan", "/vlans", VlanValues { vid: "5000".into(), ..VlanValues::default() })
                .wrong("vid", "A VLAN's number lies between 1 and 4094."),
            editing: None,
            sites: vec![Choice::new("1", "Frankfurt")],
        }
    }

    pub(crate) fn sample_edit() -> Self {
        let values =
            VlanValues { vid: "120".into(), name: "servers".into(), site: "1".into(), version: "4".into(), ..VlanValues::default() };
        Self { form: Form::new("vlan", "/vlans/2", values), editing: Some(2), ..Self::sample() }
    }
}
