//! The audit trail: who did what, through which door; and whether the chain still holds.

use askama::Template;
use serde::Deserialize;

use super::{Choice, Frame, When};

/// One event.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Position in the log.
    pub id: i64,
    /// When.
    pub when: When,
    /// User, key, job, or "anonymous".
    pub actor: String,
    /// Name of the event: "address.create".
    pub event: String,
    /// What it was about.
    pub object: String,
    /// The object's page, while it exists.
    pub href: Option<String>,
    /// Client address, maybe empty.
    pub client: String,
    /// web, api, cli or job.
    pub door: String,
    /// What else was recorded, in one line.
    pub details: String,
}

/// The filters as typed; an empty one is off.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// An actor's name.
    pub actor: String,
    /// An event's name.
    pub event: String,
    /// Part of an object.
    pub object: String,
}

impl AuditFilter {
    /// Whether anything is filtered at all.
    #[must_use]
    pub fn on(&self) -> bool {
        [&self.actor, &self.event, &self.object].iter().any(|text| !text.is_empty())
    }
}

/// What a verification found.
#[derive(Debug, Clone)]
pub struct AuditVerdict {
    /// The chain holds.
    pub intact: bool,
    /// One sentence: how many events, or the first bad row.
    pub text: String,
}

/// `GET /audit`
#[derive(Debug, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The frame.
    pub page: Frame,
    /// The filters.
    pub filter: AuditFilter,
    /// Event names to choose from.
    pub events: Vec<Choice>,
    /// This window, latest first.
    pub rows: Vec<AuditRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// The answer to `POST /audit/verify`.
    pub verdict: Option<AuditVerdict>,
}

#[cfg(test)]
impl AuditPage {
    pub(crate) fn sample() -> Self {
        let row = |id, actor: &str, event: &str, object: &str, door: &str, details: &str| AuditRow {
            id,
            when: When::sample(),
            actor: actor.into(),
            event: event.into(),
            object: object.into(),
            href: (id % 2 == 0).then(|| "/addresses/17".to_owned()),
            client: if door == "job" { String::new() } else { "2001:db8:12:34:56:78:9abc:def0".into() },
            door: door.into(),
            details: details.into(),
        };
        Self {
            page: Frame::sample("Audit", super::Nav::Audit),
            filter: AuditFilter { actor: "ada".into(), ..AuditFilter::default() },
            events: vec![Choice::new("address.create", "address.create")],
            rows: vec![
                row(1204, "ada", "address.allocate", "10.4.0.17", "page", "hostname www-01.fra.example.net"),
                row(1203, "ci-pipeline", "subnet.create", "10.4.9.0/27 in Global", "api", "strategy first"),
                row(1202, "anonymous", "auth.login_failed", "", "page", ""),
                row(1201, "purge", "job.run", "", "job", "14 sessions"),
            ],
            more: Some("/audit?cursor=x".into()),
            verdict: Some(AuditVerdict { intact: true, text: "1,204 events, the chain holds.".into() }),
        }
    }

    pub(crate) fn sample_broken() -> Self {
        let verdict = AuditVerdict { intact: false, text: "Event 812 does not fit the chain.".into() };
        Self { rows: Vec::new(), more: None, verdict: Some(verdict), ..Self::sample() }
    }
}
