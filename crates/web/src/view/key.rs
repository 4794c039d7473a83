//! API keys: list, the form that makes one, and the one moment its secret is shown.

use askama::Template;
use serde::Deserialize;

use super::{Choice, Form, Frame, Shape, When};

/// Whether a key opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It works.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

impl KeyState {
    /// The word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The figure.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Self::Active => Shape::Disc,
            Self::Expired => Shape::Ring,
            Self::Revoked => Shape::Cross,
        }
    }
}

/// One line.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Row id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The part that may be shown.
    pub prefix: String,
    /// Whose it is.
    pub owner: String,
    /// read, write or admin.
    pub scope: String,
    /// Whether it works.
    pub state: KeyState,
    /// Made.
    pub created_at: When,
    /// Its end, if it has one.
    pub expires_at: Option<When>,
    /// Last used, if ever.
    pub last_used_at: Option<When>,
}

/// A key as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct KeyValues {
    /// What it is for.
    pub name: String,
    /// read, write or admin.
    pub scope: String,
    /// 30d, 90d, 365d or empty for never.
    pub expires: String,
}

impl KeyValues {
    /// How long a key may live.
    #[must_use]
    pub fn lifetimes() -> Vec<Choice> {
        vec![Choice::new("30d", "in 30 days"), Choice::new("90d", "in 90 days"), Choice::new("365d", "in a year"), Choice::new("", "never")]
    }
}

/// `GET /api-keys`
#[derive(Debug, Template)]
#[template(path = "key.html")]
pub struct KeysPage {
    /// The frame.
    pub page: Frame,
    /// This person's keys, newest first.
    pub rows: Vec<KeyRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// Posted to `/api-keys`.
    pub form: Form<KeyValues>,
    /// The scopes this person may give.
    pub scopes: Vec<Choice>,
    /// The whole key, in the one answer that shows it (send it with `Cache-Control: no-store`).
    pub fresh: Option<String>,
}

#[cfg(test)]
impl KeysPage {
    pub(crate) fn sample() -> Self {
        let row = |id, name: &str, scope: &str, state| KeyRow {
            id,
            name: name.into(),
            prefix: format!("rf_{id}x9Qa"),
            owner: "ada".into(),
            scope: scope.into(),
            state,
            created_at: When::sample(),
            expires_at: (id > 1).then(When::sample),
            last_used_at: (id < 3).then(When::sample),
        };
        Self {
            page: Frame::sample("API keys", super::Nav::Keys),
            rows: vec![
                row(1, "ci-pipeline", "write", KeyState::Active),
                row(2, "monitoring", "read", KeyState::Expired),
                row(3, "old script", "admin", KeyState::Revoked),
            ],
            more: Some("/api-keys?cursor=x".into()),
            form: Form::new("key", "/api-keys", KeyValues { scope: "read".into(), expires: "90d".into(), ..KeyValues::default() }),
            scopes: vec![Choice::new("read", "read"), Choice::new("write", "read and write")],
            fresh: None,
        }
    }

    pub(crate) fn sample_fresh() -> Self {
        Self { fresh: Some("rf_1x9Qa_0123456789abcdef0123456789abcdef0123456789ab".into()), ..Self::sample() }
    }
}
