//! Accounts and API keys, without anything secret.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use ringfence_store::tables::account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The row.
    pub id: i64,
    /// As the person writes it.
    pub username: String,
    /// May be empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// May log in.
    pub active: bool,
    /// RFC 3339, UTC.
    pub created_at: String,
}

impl From<account::User> for User {
    fn from(u: account::User) -> Self {
        Self {
            id: u.id.0,
            username: u.facts.username,
            display_name: u.facts.display_name,
            email: u.facts.email,
            role: u.facts.role.as_str().to_owned(),
            active: u.facts.active,
            created_at: u.created_at.rfc3339_micros(),
        }
    }
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// The row.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Its first characters.
    pub display: String,
    /// The owner's name.
    pub owner: String,
    /// `read`, `write` or `admin`.
    pub scope: String,
    /// Revoked keys stay in the list.
    pub active: bool,
    /// RFC 3339, UTC.
    pub expires_at: Option<String>,
    /// RFC 3339, UTC, to the minute.
    pub last_used_at: Option<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
}

impl From<account::ApiKey> for ApiKey {
    fn from(k: account::ApiKey) -> Self {
        Self {
            id: k.id.0,
            name: k.facts.name,
            display: k.facts.display,
            owner: k.owner_name,
            scope: k.facts.scope.as_str().to_owned(),
            active: k.facts.active,
            expires_at: k.facts.expires_at.map(Timestamp::rfc3339_micros),
            last_used_at: k.last_used_at.map(Timestamp::rfc3339_micros),
            created_at: k.created_at.rfc3339_micros(),
        }
    }
}
