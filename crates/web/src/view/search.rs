//! One box, every answer: what the words match, and which subnets an address or prefix lies in.

use askama::Template;

use super::address::AddressStatus;
use super::subnet::{Crumb, SubnetStatus};
use super::{Frame, Usage};

/// An address that matches.
#[derive(Debug, Clone)]
pub struct AddressHit {
    /// Row id.
    pub id: i64,
    /// The address.
    pub address: String,
    /// Name of its VRF.
    pub vrf: String,
    /// Its status.
    pub status: AddressStatus,
    /// Host name, maybe empty.
    pub hostname: String,
    /// Owner, maybe empty.
    pub owner: String,
    /// The subnet it lies in.
    pub subnet: Crumb,
}

/// A subnet that matches.
#[derive(Debug, Clone)]
pub struct SubnetHit {
    /// Row id.
    pub id: i64,
    /// In prefix notation.
    pub prefix: String,
    /// Its name, maybe empty.
    pub name: String,
    /// Name of its VRF.
    pub vrf: String,
    /// Name of its own or inherited site, maybe empty.
    pub site: String,
    /// What it is for.
    pub status: SubnetStatus,
    /// How full.
    pub usage: Usage,
}

/// Anything else that matches.
#[derive(Debug, Clone)]
pub struct OtherHit {
    /// VRF, site, VLAN, tag.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What else to say, maybe empty.
    pub note: String,
    /// Its page.
    pub href: String,
}

/// The subnets around the address or prefix that was asked for, in one VRF.
#[derive(Debug, Clone)]
pub struct Around {
    /// Name of the VRF.
    pub vrf: String,
    /// From the root to the tightest.
    pub path: Vec<Crumb>,
    /// Where to add it, when it is an address or a prefix without a row.
    pub add: Option<String>,
}

/// `GET /search?q=`
#[derive(Debug, Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    /// The frame; what was asked is `page.search`.
    pub page: Frame,
    /// For an address or a prefix: where it lies.
    pub contained_in: Vec<Around>,
    /// Addresses that match.
    pub addresses: Vec<AddressHit>,
    /// Subnets that match.
    pub subnets: Vec<SubnetHit>,
    /// VRFs, sites, VLANs and tags that match.
    pub others: Vec<OtherHit>,
    /// There is more than shown here: one sentence.
    pub cut: Option<String>,
}

impl SearchPage {
    /// Whether nothing was found.
    #[must_use]
    pub fn nothing(&self) -> bool {
        self.contained_in.is_empty() && self.addresses.is_empty() && self.subnets.is_empty() && self.others.is_empty()
    }
}

#[cfg(test)]
impl SearchPage {
    pub(crate) fn sample() -> Self {
        let crumb = Crumb { id: 3, prefix: "10.4.0.0/24".into(), name: "Frankfurt servers".into() };
        let hit = |id: i64, hostname: &str, status| AddressHit {
            id,
            address: format!("10.4.0.{id}"),
            vrf: "Global".into(),
            status,
            hostname: hostname.into(),
            owner: "Platform team".into(),
            subnet: crumb.clone(),
        };
        Self {
            page: Frame { search: "10.4.0.17".into(), ..Frame::sample("Search", super::Nav::Nowhere) },
            contained_in: vec![Around {
                vrf: "Global".into(),
                path: Crumb::sample(),
                add: Some("/addresses/new?address=10.4.0.17".into()),
            }],
            addresses: vec![hit(17, "www-01.fra.example.net", AddressStatus::Used), hit(170, "", AddressStatus::Reserved)],
            subnets: vec![SubnetHit {
                id: 3,
                prefix: "10.4.0.0/24".into(),
                name: "Frankfurt servers".into(),
                vrf: "Global".into(),
                site: "Frankfurt".into(),
                status: SubnetStatus::Active,
                usage: Usage::sample(622, 78),
            }],
            others: vec![OtherHit { kind: "Site".into(), name: "Frankfurt".into(), note: "12 subnets".into(), href: "/sites".into() }],
            cut: Some("Only the first 50 addresses are shown. Type more to narrow it down.".into()),
        }
    }

    pub(crate) fn sample_nothing() -> Self {
        let page = Frame { search: "nowhere".into(), ..Frame::sample("Search", super::Nav::Nowhere) };
        Self { page, contained_in: Vec::new(), addresses: Vec::new(), subnets: Vec::new(), others: Vec::new(), cut: None }
    }
}
