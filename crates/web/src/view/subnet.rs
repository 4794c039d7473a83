//! Subnets: the tree, one subnet, and the form that makes or changes one.

use askama::Template;
use serde::Deserialize;

use super::address::{AddressRow, AddressValues};
use super::{Change, Choice, Form, Frame, Shape, Usage, When};

/// What a subnet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubnetStatus {
    /// Holds subnets.
    Container,
    /// In use.
    Active,
    /// Held back.
    Reserved,
    /// On its way out.
    Deprecated,
}

impl SubnetStatus {
    /// The word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Active => "active",
            Self::Reserved => "reserved",
            Self::Deprecated => "deprecated",
        }
    }

    /// The figure.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Self::Container => Shape::Square,
            Self::Active => Shape::Disc,
            Self::Reserved => Shape::Diamond,
            Self::Deprecated => Shape::Ring,
        }
    }
}

/// A subnet's site.
#[derive(Debug, Clone)]
pub struct SiteLabel {
    /// Its name.
    pub name: String,
    /// It is an ancestor's: shown as inherited.
    pub inherited: bool,
}

/// A subnet's VLAN.
#[derive(Debug, Clone)]
pub struct VlanLabel {
    /// 1–4094.
    pub vid: i64,
    /// Its name.
    pub name: String,
}

/// One containing subnet, on the way from the root.
#[derive(Debug, Clone)]
pub struct Crumb {
    /// Row id.
    pub id: i64,
    /// In prefix notation.
    pub prefix: String,
    /// Its name, maybe empty.
    pub name: String,
}

/// One line of the tree.
#[derive(Debug, Clone)]
pub struct SubnetRow {
    /// Row id.
    pub id: i64,
    /// In prefix notation.
    pub prefix: String,
    /// Its name, maybe empty.
    pub name: String,
    /// Name of its VRF.
    pub vrf: String,
    /// Own or inherited site.
    pub site: Option<SiteLabel>,
    /// VLAN.
    pub vlan: Option<VlanLabel>,
    /// What it is for.
    pub status: SubnetStatus,
    /// How full.
    pub usage: Usage,
    /// Direct children.
    pub children: i64,
    /// Steps below the first line of this list.
    pub depth: usize,
    /// The list is no tree: the line names its VRF and does not unfold.
    pub flat: bool,
    /// Its children stand in the lines below already.
    pub open: bool,
    /// Names of its tags.
    pub tags: Vec<String>,
}

impl SubnetRow {
    /// The step of indentation: the style sheet knows nine.
    #[must_use]
    pub fn indent(&self) -> usize {
        self.depth.min(8)
    }
}

/// The lines of one window: `GET /subnets/{id}/children`, and every "Show more".
#[derive(Debug, Template)]
#[template(path = "subnet/rows.html")]
pub struct SubnetRows {
    /// The lines.
    pub rows: Vec<SubnetRow>,
    /// Where the next window is.
    pub more: Option<String>,
}

/// The tree's filters as typed; an empty one is off.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SubnetFilter {
    /// Part of prefix, name or description.
    pub q: String,
    /// VRF id.
    pub vrf: String,
    /// Site id.
    pub site: String,
    /// A status word.
    pub status: String,
    /// "4" or "6".
    pub family: String,
    /// A tag's name.
    pub tag: String,
    /// VLAN id.
    pub vlan: String,
}

impl SubnetFilter {
    fn fields(&self) -> [(&'static str, &str); 7] {
        [
            ("q", self.q.trim()),
            ("vrf", &self.vrf),
            ("site", &self.site),
            ("status", &self.status),
            ("family", &self.family),
            ("tag", &self.tag),
            ("vlan", &self.vlan),
        ]
    }

    /// Whether anything is filtered at all.
    #[must_use]
    pub fn on(&self) -> bool {
        self.fields().iter().any(|(_, text)| !text.is_empty())
    }

    /// Whether the answer is a flat list; a VRF alone is still a tree.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.fields().iter().any(|(name, text)| *name != "vrf" && !text.is_empty())
    }

    /// What is filtered, as the query of an address.
    #[must_use]
    pub fn query(&self) -> String {
        let fields = self.fields();
        let on = fields.iter().filter(|(_, text)| !text.is_empty());
        on.map(|(name, text)| format!("{name}={}", crate::reply::escaped(text))).collect::<Vec<_>>().join("&")
    }
}

/// The part of the tree that lies in one VRF.
#[derive(Debug, Clone)]
pub struct VrfGroup {
    /// Row id of the VRF.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Route distinguisher, maybe empty.
    pub rd: String,
    /// How many subnets, in words: "11,012 subnets".
    pub count: String,
    /// The lines of this window.
    pub rows: Vec<SubnetRow>,
    /// Where the next window is.
    pub more: Option<String>,
}

/// `GET /subnets`
#[derive(Debug, Template)]
#[template(path = "subnet/list.html")]
pub struct SubnetsPage {
    /// The frame.
    pub page: Frame,
    /// The filters.
    pub filter: SubnetFilter,
    /// VRFs to choose from.
    pub vrfs: Vec<Choice>,
    /// Sites to choose from.
    pub sites: Vec<Choice>,
    /// VLANs to choose from.
    pub vlans: Vec<Choice>,
    /// Tags to choose from.
    pub tags: Vec<Choice>,
    /// The tree, by VRF; or one flat list of what matches.
    pub groups: Vec<VrfGroup>,
    /// Where the next VRFs are.
    pub next: Option<String>,
}

impl SubnetsPage {
    /// The words of the status filter.
    #[must_use]
    pub fn statuses(&self) -> Vec<Choice> {
        SubnetValues::statuses()
    }

    /// The entries of the family filter.
    #[must_use]
    pub fn families(&self) -> Vec<Choice> {
        vec![Choice::new("4", "IPv4"), Choice::new("6", "IPv6")]
    }
}

/// Everything a subnet's page says about it.
#[derive(Debug, Clone)]
pub struct SubnetFacts {
    /// Row id.
    pub id: i64,
    /// In prefix notation.
    pub prefix: String,
    /// Its name, maybe empty.
    pub name: String,
    /// Row id of its VRF.
    pub vrf_id: i64,
    /// Name of its VRF.
    pub vrf: String,
    /// 4 or 6.
    pub family: u8,
    /// Own or inherited site.
    pub site: Option<SiteLabel>,
    /// VLAN.
    pub vlan: Option<VlanLabel>,
    /// What it is for.
    pub status: SubnetStatus,
    /// Gateway address.
    pub gateway: Option<String>,
    /// First and last address of the prefix: network and broadcast where the family has them.
    pub span: (String, String),
    /// Netmask, for IPv4.
    pub netmask: Option<String>,
    /// One line.
    pub description: String,
    /// Free text.
    pub notes: String,
    /// Addresses it can hold, grouped for reading; empty leaves out the line of numbers (containers, large IPv6).
    pub capacity: String,
    /// Used addresses, grouped for reading.
    pub used: String,
    /// Reserved addresses, grouped for reading.
    pub reserved: String,
    /// Free addresses, grouped for reading.
    pub free: String,
    /// How full.
    pub utilization: Usage,
    /// Names of its tags.
    pub tags: Vec<String>,
    /// Made.
    pub created_at: When,
    /// Last changed.
    pub updated_at: When,
}

/// What "allocate next free address" takes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AllocateValues {
    /// Drawn for the page that held the form: the same form sent twice is done once.
    pub once: String,
    /// Host name, maybe empty.
    pub hostname: String,
}

/// What "next free subnet" takes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CarveValues {
    /// Drawn for the page that held the form: the same form sent twice is done once.
    pub once: String,
    /// Prefix length, with or without the slash.
    pub length: String,
    /// first, last, best, sparse or random.
    pub strategy: String,
    /// Name of the new subnet, maybe empty.
    pub name: String,
}

impl CarveValues {
    /// The strategies.
    #[must_use]
    pub fn strategies() -> Vec<Choice> {
        vec![
            Choice::new("first", "first fit"),
            Choice::new("last", "last fit"),
            Choice::new("best", "smallest hole"),
            Choice::new("sparse", "sparse (leave room to grow)"),
            Choice::new("random", "random"),
        ]
    }
}

/// `GET /subnets/{id}`
#[derive(Debug, Template)]
#[template(path = "subnet/detail.html")]
pub struct SubnetPage {
    /// The frame.
    pub page: Frame,
    /// The subnet.
    pub subnet: SubnetFacts,
    /// The subnets that contain it, from the root.
    pub path: Vec<Crumb>,
    /// Direct children, the first window.
    pub children: Vec<SubnetRow>,
    /// Where the next window of children is.
    pub children_more: Option<String>,
    /// The address that an allocation would give now.
    pub next_address: Option<String>,
    /// What makes the two forms below this page's own.
    pub once: String,
    /// Posted to `/subnets/{id}/addresses/next` with hostname.
    pub allocate: Form<AllocateValues>,
    /// Posted to `/subnets/{id}/subnets/next` with length, strategy, name.
    pub carve: Form<CarveValues>,
    /// Its addresses, this window.
    pub addresses: Vec<AddressRow>,
    /// Where the next window of addresses is.
    pub addresses_more: Option<String>,
    /// Posted to `/addresses` with `subnet_id` and the fields of an address.
    pub add: Form<AddressValues>,
    /// Its history, latest first.
    pub changes: Vec<Change>,
}

/// A subnet as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SubnetValues {
    /// VRF id.
    pub vrf: String,
    /// Prefix notation.
    pub prefix: String,
    /// Name.
    pub name: String,
    /// Site id or empty.
    pub site: String,
    /// VLAN id or empty.
    pub vlan: String,
    /// A status word.
    pub status: String,
    /// Gateway address or empty.
    pub gateway: String,
    /// Names, blank-separated.
    pub tags: String,
    /// One line.
    pub description: String,
    /// Free text.
    pub notes: String,
    /// The version that was shown when editing began.
    pub version: String,
}

impl SubnetValues {
    /// The status words.
    #[must_use]
    pub fn statuses() -> Vec<Choice> {
        [SubnetStatus::Active, SubnetStatus::Container, SubnetStatus::Reserved, SubnetStatus::Deprecated]
            .map(|status| Choice::new(status.label(), status.label()))
            .into()
    }
}

/// `GET /subnets/new` and `GET /subnets/{id}/edit`
#[derive(Debug, Template)]
#[template(path = "subnet/form.html")]
pub struct SubnetFormPage {
    /// The frame.
    pub page: Frame,
    /// Posted to `/subnets` or `/subnets/{id}/edit`.
    pub form: Form<SubnetValues>,
    /// The subnet that is edited; nothing for a new one.
    pub id: Option<i64>,
    /// VRFs to choose from.
    pub vrfs: Vec<Choice>,
    /// Sites to choose from.
    pub sites: Vec<Choice>,
    /// VLANs to choose from.
    pub vlans: Vec<Choice>,
}

#[cfg(test)]
mod sample {
    use super::super::Nav;
    use super::*;

    impl SubnetRow {
        pub(crate) fn sample() -> Vec<Self> {
            let row = |id, prefix: &str, name: &str, depth, children, status, usage: Usage| Self {
                id,
                prefix: prefix.into(),
                name: name.into(),
                vrf: "Global".into(),
                site: Some(SiteLabel { name: "Frankfurt".into(), inherited: depth > 1 }),
                vlan: (depth > 1).then(|| VlanLabel { vid: 120, name: "servers".into() }),
                status,
                usage,
                children,
                depth,
                flat: false,
                open: id < 3,
                tags: if depth == 2 { vec!["prod".into(), "pci".into()] } else { Vec::new() },
            };
            vec![
                row(1, "10.0.0.0/8", "RFC 1918", 0, 4, SubnetStatus::Container, Usage::sample(120, 0)),
                row(2, "10.4.0.0/16", "Frankfurt", 1, 2, SubnetStatus::Container, Usage::sample(310, 0)),
                row(3, "10.4.0.0/24", "Frankfurt servers", 2, 0, SubnetStatus::Active, Usage::sample(913, 60)),
                row(4, "10.4.1.0/24", "Frankfurt clients", 2, 0, SubnetStatus::Active, Usage::sample(611, 220)),
                row(5, "10.5.0.0/16", "", 1, 12, SubnetStatus::Reserved, Usage::sample(0, 0)),
                row(
                    6,
                    "2001:db8:4000::/36",
                    "Documentation",
                    0,
                    3,
                    SubnetStatus::Deprecated,
                    Usage { bar: None, text: "12 of 268,435,456 /64".into() },
                ),
            ]
        }
    }

    impl SubnetRows {
        pub(crate) fn sample() -> Self {
            Self { rows: SubnetRow::sample(), more: Some("/subnets/1/children?cursor=x".into()) }
        }
    }

    fn choices(names: &[&str]) -> Vec<Choice> {
        names.iter().zip(1..).map(|(name, id)| Choice::new(id.to_string(), *name)).collect()
    }

    impl SubnetsPage {
        pub(crate) fn sample() -> Self {
            let group = |id, name: &str, rows, more| VrfGroup {
                id,
                name: name.into(),
                rd: if id == 1 { String::new() } else { "65000:20".into() },
                count: "5,360 subnets".into(),
                rows,
                more,
            };
            Self {
                page: Frame::sample("Subnets", Nav::Subnets),
                filter: SubnetFilter { q: "frank".into(), vrf: "2".into(), ..SubnetFilter::default() },
                vrfs: choices(&["Global", "Customers"]),
                sites: choices(&["Frankfurt", "Oslo"]),
                vlans: choices(&["120 servers", "130 clients"]),
                tags: vec![Choice::new("prod", "prod")],
                next: Some("/subnets?from=2".into()),
                groups: vec![
                    group(1, "Global", SubnetRow::sample(), Some("/subnets?cursor=x".into())),
                    group(2, "Customers", SubnetRow::sample().split_off(4), None),
                ],
            }
        }

        pub(crate) fn sample_empty() -> Self {
            Self { groups: Vec::new(), filter: SubnetFilter::default(), next: None, ..Self::sample() }
        }

        pub(crate) fn sample_flat() -> Self {
            let page = Self::sample();
            let row = |row| SubnetRow { flat: true, open: false, depth: 0, ..row };
            let groups = page.groups.into_iter().take(1).map(|group| VrfGroup {
                id: 0,
                name: "Matching subnets".into(),
                rows: group.rows.into_iter().map(row).collect(),
                ..group
            });
            Self { groups: groups.collect(), next: None, ..page }
        }
    }

    impl Crumb {
        pub(crate) fn sample() -> Vec<Self> {
            vec![
                Self { id: 1, prefix: "10.0.0.0/8".into(), name: "RFC 1918".into() },
                Self { id: 2, prefix: "10.4.0.0/16".into(), name: String::new() },
            ]
        }
    }

    impl SubnetPage {
        pub(crate) fn sample() -> Self {
            let subnet = SubnetFacts {
                id: 3,
                prefix: "10.4.0.0/24".into(),
                name: "Frankfurt servers".into(),
                vrf_id: 1,
                vrf: "Global".into(),
                family: 4,
                site: Some(SiteLabel { name: "Frankfurt".into(), inherited: true }),
                vlan: Some(VlanLabel { vid: 120, name: "servers".into() }),
                status: SubnetStatus::Active,
                gateway: Some("10.4.0.1".into()),
                span: ("10.4.0.0".into(), "10.4.0.255".into()),
                netmask: Some("255.255.255.0".into()),
                description: "Racks 1 to 4".into(),
                notes: "Ask the platform team before touching .200 and above.\nThe range is watched.".into(),
                capacity: "254".into(),
                used: "158".into(),
                reserved: "20".into(),
                free: "76".into(),
                utilization: Usage::sample(622, 78),
                tags: vec!["prod".into(), "pci".into()],
                created_at: When::sample(),
                updated_at: When::sample(),
            };
            Self {
                page: Frame::sample("10.4.0.0/24", Nav::Subnets),
                subnet,
                path: Crumb::sample(),
                children: SubnetRow::sample().split_off(2).into_iter().take(2).map(|row| SubnetRow { depth: 0, ..row }).collect(),
                children_more: Some("/subnets/3/children?cursor=x".into()),
                next_address: Some("10.4.0.18".into()),
                once: "00000000deadbeef".into(),
                allocate: Form::new("allocate", "/subnets/3/addresses/next", AllocateValues::default()),
                carve: Form::new(
                    "carve",
                    "/subnets/3/subnets/next",
                    CarveValues { length: "27".into(), strategy: "first".into(), ..CarveValues::default() },
                )
                .wrong("length", "There is no free /27: the largest hole is a /28."),
                addresses: AddressRow::sample(),
                addresses_more: Some("/subnets/3?cursor=x".into()),
                add: Form::new(
                    "add",
                    "/addresses",
                    AddressValues { subnet_id: "3".into(), status: "used".into(), ..AddressValues::default() },
                ),
                changes: Change::sample(),
            }
        }

        pub(crate) fn sample_empty() -> Self {
            let mut page = Self::sample();
            page.page.user =
                page.page.user.map(|user| super::super::UserBadge { can_write: false, is_admin: false, keeps_settings: false, ..user });
            page.children = Vec::new();
            page.children_more = None;
            page.addresses = Vec::new();
            page.addresses_more = None;
            page.path = Vec::new();
            page.next_address = None;
            page.changes = Vec::new();
            page.subnet.name = String::new();
            page
        }
    }

    impl SubnetFormPage {
        pub(crate) fn sample() -> Self {
            let values = SubnetValues { vrf: "1".into(), prefix: "10.4.0.7/24".into(), status: "active".into(), ..SubnetValues::default() };
            Self {
                page: Frame::sample("New subnet", Nav::Subnets),
                form: Form::new("subnet", "/subnets", values).wrong("prefix", "10.4.0.7/24 has host bits set: the subnet is 10.4.0.0/24."),
                id: None,
                vrfs: choices(&["Global", "Customers"]),
                sites: choices(&["Frankfurt", "Oslo"]),
                vlans: choices(&["120 servers", "130 clients"]),
            }
        }

        pub(crate) fn sample_edit() -> Self {
            let page = Self::sample();
            let values = SubnetValues { version: "7".into(), ..page.form.values };
            let form = Form::new("subnet", "/subnets/3/edit", values).wrong("", "Somebody else changed this subnet meanwhile.");
            Self { id: Some(3), page: Frame::sample("Edit 10.4.0.0/24", Nav::Subnets), form, ..page }
        }
    }
}
