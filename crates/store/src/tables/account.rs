//! Accounts and what lets them in: users, sessions, API keys, one-time links.

use std::fmt;

use guard::clock::Timestamp;
use guard::permission::{Role, Scope};
use ringfence_guard as guard;
use serde::Serialize;

use super::group::time;
use super::{ApiKeyId, SessionId, UserId};
use crate::driver::{Cell, FromCell, Row};
use crate::error::DriverError;

/// A person's account. The password's hash is not part of it: only the login reads that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The row.
    pub id: UserId,
    /// +1 with every change; the `ETag`.
    pub version: i64,
    /// What is set on it.
    pub facts: UserFacts,
    /// A bump ends every session.
    pub session_epoch: i64,
    /// When the password was last set.
    pub password_changed_at: Option<Timestamp>,
    /// The last full login.
    pub last_login_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What is set on an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserFacts {
    /// As the person writes it.
    pub username: String,
    /// As it is compared.
    pub canonical: String,
    /// Name shown, may be empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// What it may do.
    #[serde(serialize_with = "role_word")]
    pub role: Role,
    /// May log in.
    pub active: bool,
    /// IANA name, empty for the browser's.
    pub timezone: String,
    /// `light`, `dark` or `system`.
    pub theme: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
fn role_word<S: serde::Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(role.as_str())
}

/// What the login compares with. Its `Debug` form shows no hash.
pub struct Credentials {
    /// The account.
    pub user: User,
    /// The PHC string; none when no password is set.
    pub password_hash: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user.id).finish_non_exhaustive()
    }
}

/// A browser session with what a request needs to know of its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The row.
    pub id: SessionId,
    /// Whose.
    pub user: User,
    /// The user's epoch when it began.
    pub epoch: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// The last request noted.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
    /// The settings' version at the time of this read.
    pub settings_version: i64,
}

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The row.
    pub id: ApiKeyId,
    /// +1 with every change.
    pub version: i64,
    /// What is set on it.
    pub facts: ApiKeyFacts,
    /// When it was last used (to the minute).
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The owner's name.
    pub owner_name: String,
    /// The owner's role.
    pub owner_role: Role,
    /// Whether the owner is active.
    pub owner_active: bool,
    /// The settings' version at the time of this read.
    pub settings_version: i64,
}

/// What is set on an API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKeyFacts {
    /// What people call it.
    pub name: String,
    /// Its first characters, for recognition.
    pub display: String,
    /// Whose rights it has at most.
    pub owner_id: UserId,
    /// What of them.
    #[serde(serialize_with = "scope_word")]
    pub scope: Scope,
    /// When it ends, microseconds UTC.
    #[serde(serialize_with = "micros")]
    pub expires_at: Option<Timestamp>,
    /// Revoked keys stay, inactive.
    pub active: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
fn scope_word<S: serde::Serializer>(scope: &Scope, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(scope.as_str())
}

#[expect(clippy::ref_option, reason = "serde hands the field by reference")]
fn micros<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&at.map(Timestamp::micros), serializer)
}

impl FromCell for Role {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        String::from_cell(cell).and_then(|word| word.parse().ok())
    }
}

impl FromCell for Scope {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        String::from_cell(cell).and_then(|word| word.parse().ok())
    }
}

impl FromCell for Timestamp {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        i64::from_cell(cell).map(Self::from_micros)
    }
}

pub(crate) const USER_INSERT: &[&str] = &[
    "version",
    "username",
    "canonical",
    "display_name",
    "email",
    "email_key",
    "role",
    "active",
    "password_hash",
    "password_changed_at",
    "session_epoch",
    "timezone",
    "theme",
    "created_at",
    "updated_at",
];
pub(crate) const USER: &[&str] = &[
    "id",
    "version",
    "username",
    "canonical",
    "display_name",
    "email",
    "role",
    "active",
    "timezone",
    "theme",
    "session_epoch",
    "password_changed_at",
    "last_login_at",
    "created_at",
];
pub(crate) const KEY: &[&str] =
    &["id", "version", "name", "display", "owner_id", "scope", "expires_at", "active", "last_used_at", "created_at"];

pub(crate) fn read_user(row: &mut Row<'_>) -> Result<User, DriverError> {
    Ok(User {
        id: row.take()?,
        version: row.take()?,
        facts: UserFacts {
            username: row.take()?,
            canonical: row.take()?,
            display_name: row.take()?,
            email: row.take()?,
            role: row.take()?,
            active: row.take()?,
            timezone: row.take()?,
            theme: row.take()?,
        },
        session_epoch: row.take()?,
        password_changed_at: row.take()?,
        last_login_at: row.take()?,
        created_at: time(row)?,
    })
}

/// Reads the session's own columns, then [`USER`], then the settings' version.
pub(crate) fn read_session(row: &mut Row<'_>) -> Result<Session, DriverError> {
    let (id, epoch, created_at, last_seen_at, ends_at) = (row.take()?, row.take()?, time(row)?, time(row)?, time(row)?);
    Ok(Session { id, epoch, created_at, last_seen_at, ends_at, user: read_user(row)?, settings_version: row.take()? })
}

/// Reads [`KEY`], then the owner's name, role and activity, then the settings' version.
pub(crate) fn read_key(row: &mut Row<'_>) -> Result<ApiKey, DriverError> {
    let (id, version) = (row.take()?, row.take()?);
    let facts = ApiKeyFacts {
        name: row.take()?,
        display: row.take()?,
        owner_id: row.take()?,
        scope: row.take()?,
        expires_at: row.take()?,
        active: row.take()?,
    };
    Ok(ApiKey {
        id,
        version,
        facts,
        last_used_at: row.take()?,
        created_at: time(row)?,
        owner_name: row.take()?,
        owner_role: row.take()?,
        owner_active: row.take()?,
        settings_version: row.take()?,
    })
}
