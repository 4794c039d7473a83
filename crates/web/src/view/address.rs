//! Addresses: a line of a list, one address with its story, and the form that makes or changes one.

use askama::Template;
use serde::Deserialize;

use super::subnet::Crumb;
use super::{Change, Choice, Form, Frame, Shape, When};

/// What an address's row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressStatus {
    /// In use.
    Used,
    /// Held back.
    Reserved,
    /// Not in use; the row carries notes.
    Free,
}

impl AddressStatus {
    /// The word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Reserved => "reserved",
            Self::Free => "free",
        }
    }

    /// The figure.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Self::Used => Shape::Disc,
            Self::Reserved => Shape::Diamond,
            Self::Free => Shape::Ring,
        }
    }
}

/// One line of an address table.
#[derive(Debug, Clone)]
pub struct AddressRow {
    /// Row id.
    pub id: i64,
    /// The address.
    pub address: String,
    /// Its status.
    pub status: AddressStatus,
    /// Host name, maybe empty.
    pub hostname: String,
    /// Owner, maybe empty.
    pub owner: String,
    /// MAC, maybe empty.
    pub mac: String,
    /// One line, maybe empty.
    pub description: String,
    /// Names of its tags.
    pub tags: Vec<String>,
    /// The subnet's gateway.
    pub gateway: bool,
    /// Last changed.
    pub updated_at: When,
}

/// The lines of one window: "Show more" of a subnet's addresses.
#[derive(Debug, Template)]
#[template(path = "address/rows.html")]
pub struct AddressRows {
    /// The frame: whether to offer edit and delete.
    pub page: Frame,
    /// The lines.
    pub rows: Vec<AddressRow>,
    /// Where the next window is.
    pub more: Option<String>,
}

/// An address as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AddressValues {
    /// The subnet it was added from; the tightest one wins in the end.
    pub subnet_id: String,
    /// VRF id, where no subnet is given.
    pub vrf: String,
    /// The address.
    pub address: String,
    /// used, reserved or free.
    pub status: String,
    /// Host name.
    pub hostname: String,
    /// Owner.
    pub owner: String,
    /// MAC in any usual spelling.
    pub mac: String,
    /// One line.
    pub description: String,
    /// Free text.
    pub notes: String,
    /// Date (YYYY-MM-DD) or empty.
    pub expires_at: String,
    /// Names, blank-separated.
    pub tags: String,
    /// The version that was shown when editing began.
    pub version: String,
}

impl AddressValues {
    /// The status words.
    #[must_use]
    pub fn statuses() -> Vec<Choice> {
        [AddressStatus::Used, AddressStatus::Reserved, AddressStatus::Free].map(|status| Choice::new(status.label(), status.label())).into()
    }
}

/// Everything an address's page says about it.
#[derive(Debug, Clone)]
pub struct AddressFacts {
    /// Row id.
    pub id: i64,
    /// The address.
    pub address: String,
    /// Row id of its VRF.
    pub vrf_id: i64,
    /// Name of its VRF.
    pub vrf: String,
    /// Its status.
    pub status: AddressStatus,
    /// Host name, maybe empty.
    pub hostname: String,
    /// Owner, maybe empty.
    pub owner: String,
    /// MAC, maybe empty.
    pub mac: String,
    /// One line, maybe empty.
    pub description: String,
    /// Free text, maybe empty.
    pub notes: String,
    /// Date, or nothing.
    pub expires_at: Option<String>,
    /// Names of its tags.
    pub tags: Vec<String>,
    /// The subnet's gateway.
    pub gateway: bool,
    /// Made.
    pub created_at: When,
    /// Last changed.
    pub updated_at: When,
}

/// `GET /addresses/{id}`
#[derive(Debug, Template)]
#[template(path = "address/detail.html")]
pub struct AddressPage {
    /// The frame.
    pub page: Frame,
    /// The address.
    pub address: AddressFacts,
    /// The subnets that contain it, from the root to its own.
    pub path: Vec<Crumb>,
    /// Its story, latest first.
    pub changes: Vec<Change>,
}

/// `GET /addresses/new` and `GET /addresses/{id}/edit`
#[derive(Debug, Template)]
#[template(path = "address/form.html")]
pub struct AddressFormPage {
    /// The frame.
    pub page: Frame,
    /// Posted to `/addresses` or `/addresses/{id}/edit`.
    pub form: Form<AddressValues>,
    /// The address that is edited; nothing for a new one.
    pub id: Option<i64>,
    /// VRFs to choose from, for a new one that comes from no subnet's page.
    pub vrfs: Vec<Choice>,
    /// Where "Cancel" leads.
    pub back: String,
}

#[cfg(test)]
mod sample {
    use super::super::Nav;
    use super::*;

    impl AddressRow {
        pub(crate) fn sample() -> Vec<Self> {
            let row = |id: i64, status, hostname: &str, owner: &str, description: &str| Self {
                id,
                address: format!("10.4.0.{id}"),
                status,
                hostname: hostname.into(),
                owner: owner.into(),
                mac: if id % 2 == 1 { "52:54:00:1a:9c:0f".into() } else { String::new() },
                description: description.into(),
                tags: if id == 3 { vec!["prod".into()] } else { Vec::new() },
                gateway: id == 1,
                updated_at: When::sample(),
            };
            vec![
                row(1, AddressStatus::Reserved, "gw.fra.example.net", "Network team", "HSRP"),
                row(2, AddressStatus::Used, "web-01.fra.example.net", "Platform team", ""),
                row(3, AddressStatus::Used, "database-primary-with-a-long-name.fra.example.net", "Data team", "PostgreSQL 17"),
                row(4, AddressStatus::Free, "", "", "Conflicts with an old printer"),
            ]
        }
    }

    impl AddressRows {
        pub(crate) fn sample() -> Self {
            Self { page: Frame::sample("", Nav::Subnets), rows: AddressRow::sample(), more: Some("/subnets/3?cursor=y".into()) }
        }
    }

    impl AddressPage {
        pub(crate) fn sample() -> Self {
            let address = AddressFacts {
                id: 17,
                address: "10.4.0.17".into(),
                vrf_id: 1,
                vrf: "Global".into(),
                status: AddressStatus::Used,
                hostname: "www-01.fra.example.net".into(),
                owner: "Platform team".into(),
                mac: "52:54:00:1a:9c:0f".into(),
                description: "Front of the shop".into(),
                notes: "Moves to the new cluster in spring.".into(),
                expires_at: Some("2027-03-31".into()),
                tags: vec!["prod".into()],
                gateway: false,
                created_at: When::sample(),
                updated_at: When::sample(),
            };
            Self { page: Frame::sample("10.4.0.17", Nav::Subnets), address, path: Crumb::sample(), changes: Change::sample() }
        }
    }

    impl AddressFormPage {
        pub(crate) fn sample() -> Self {
            let values =
                AddressValues { address: "10.4.0.017".into(), status: "used".into(), mac: "52".into(), ..AddressValues::default() };
            Self {
                page: Frame::sample("New address", Nav::Subnets),
                form: Form::new("address", "/addresses", values)
                    .wrong("address", "“017” has a leading zero: write 10.4.0.17.")
                    .wrong("mac", "A MAC has twelve hexadecimal digits."),
                id: None,
                vrfs: vec![Choice::new("1", "Global")],
                back: "/subnets/3".into(),
            }
        }

        pub(crate) fn sample_edit() -> Self {
            let values =
                AddressValues { address: "10.4.0.17".into(), subnet_id: "3".into(), version: "3".into(), ..AddressValues::default() };
            Self { form: Form::new("address", "/addresses/17/edit", values), id: Some(17), ..Self::sample() }
        }
    }
}
