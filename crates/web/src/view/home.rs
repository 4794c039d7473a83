//! The first page: how much there is, what is filling up, what happened, what wants doing.

use askama::Template;

use super::{Frame, Usage, When};

/// One of the four numbers.
#[derive(Debug, Clone)]
pub struct Count {
    /// What is counted: "Subnets".
    pub label: String,
    /// The number, already grouped for reading.
    pub value: String,
    /// The list behind it.
    pub href: String,
    /// Name of the icon in the sprite.
    pub icon: &'static str,
}

/// A subnet that is filling up.
#[derive(Debug, Clone)]
pub struct FullSubnet {
    /// Row id.
    pub id: i64,
    /// In prefix notation.
    pub prefix: String,
    /// Its name, maybe empty.
    pub name: String,
    /// Name of its VRF.
    pub vrf: String,
    /// How full.
    pub usage: Usage,
}

/// One line of "recent changes".
#[derive(Debug, Clone)]
pub struct ChangeLine {
    /// When.
    pub when: When,
    /// Who.
    pub actor: String,
    /// The event in words.
    pub text: String,
    /// What it was about: name, and page if it has one.
    pub object: Option<(String, Option<String>)>,
}

/// Something that wants doing.
#[derive(Debug, Clone)]
pub struct Todo {
    /// One sentence.
    pub text: String,
    /// What to do about it: label and page.
    pub action: Option<(String, String)>,
    /// Whether harm is near.
    pub urgent: bool,
}

/// `GET /`
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The frame.
    pub page: Frame,
    /// Four numbers.
    pub counts: Vec<Count>,
    /// The fullest subnets, fullest first.
    pub fullest: Vec<FullSubnet>,
    /// The latest changes, latest first.
    pub changes: Vec<ChangeLine>,
    /// What wants doing.
    pub todo: Vec<Todo>,
    /// Nothing has been planned yet: the page says how to begin.
    pub empty: bool,
}

#[cfg(test)]
impl HomePage {
    pub(crate) fn sample() -> Self {
        let count =
            |label: &str, value: &str, href: &str, icon| Count { label: label.into(), value: value.into(), href: href.into(), icon };
        let full =
            |id, prefix: &str, name: &str, usage| FullSubnet { id, prefix: prefix.into(), name: name.into(), vrf: "Global".into(), usage };
        Self {
            page: Frame::sample("Home", super::Nav::Home),
            counts: vec![
                count("Subnets", "11,012", "/subnets", "sitemap"),
                count("Addresses", "100,214", "/search", "hash"),
                count("VRFs", "6", "/vrfs", "route"),
                count("Sites", "43", "/sites", "building"),
            ],
            fullest: vec![
                full(4, "10.4.0.0/24", "Frankfurt servers", Usage::sample(913, 60)),
                full(5, "10.4.1.0/24", "Frankfurt clients", Usage::sample(811, 20)),
                full(6, "10.9.128.0/22", "", Usage::sample(402, 100)),
            ],
            changes: vec![
                ChangeLine {
                    when: When::sample(),
                    actor: "ada".into(),
                    text: "allocated".into(),
                    object: Some(("10.4.0.17".into(), Some("/addresses/17".into()))),
                },
                ChangeLine { when: When::sample(), actor: "job".into(), text: "purged 14 expired sessions".into(), object: None },
            ],
            todo: vec![
                Todo {
                    text: "The server uses a certificate that it made itself.".into(),
                    action: Some(("Read how to install yours".into(), "/".into())),
                    urgent: false,
                },
                Todo { text: "10.4.0.0/24 has 7 free addresses left.".into(), action: None, urgent: true },
            ],
            empty: false,
        }
    }

    pub(crate) fn sample_empty() -> Self {
        Self { fullest: Vec::new(), changes: Vec::new(), todo: Vec::new(), empty: true, ..Self::sample() }
    }
}
