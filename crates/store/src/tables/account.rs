//! Accounts and what lets them in: users, sessions, API keys, one-time links.

use std::fmt;
use std::time::Duration;

use guard::clock::Timestamp;
use guard::login::mode::Mode;
use guard::password::expiry::Expiry;
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
    /// When the password was last set; none if there never was one.
    pub password_changed_at: Option<Timestamp>,
    /// The password was chosen by somebody else: by a configuration.
    pub password_given: bool,
    /// A letter to the e-mail address was answered.
    pub email_verified: bool,
    /// The address that takes the place of the present one once a letter to it is answered; mostly empty.
    pub pending_email: String,
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
    /// When its password ends.
    #[serde(serialize_with = "expiry_word")]
    pub expiry: Expiry,
    /// IANA name, empty for the installation's.
    pub timezone: String,
    /// BCP 47 tag, empty for what the browser asks for.
    pub language: String,
    /// `light`, `dark` or `system`.
    pub theme: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
fn role_word<S: serde::Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(role.as_str())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
fn expiry_word<S: serde::Serializer>(expiry: &Expiry, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(expiry.as_str())
}

impl User {
    /// Whether its password has to be replaced before anything else. `most` is the age at which passwords end that can, zero for no such end.
    #[must_use]
    pub fn must_renew(&self, most: Duration, now: Timestamp) -> bool {
        self.facts.expiry.is_due(self.password_changed_at.unwrap_or(self.created_at), most, now)
    }

    /// What people call it.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.facts.display_name.is_empty() { &self.facts.username } else { &self.facts.display_name }
    }
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
    /// How its user came in.
    pub mode: Mode,
    /// When it began.
    pub created_at: Timestamp,
    /// The last request noted.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
    /// The settings' version at the time of this read.
    pub settings_version: i64,
}

/// A session as its user sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The row.
    pub id: SessionId,
    /// How its user came in.
    pub mode: Mode,
    /// The address that it began from.
    pub client: String,
    /// The browser, as it names itself.
    pub agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// The last request noted.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
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

impl FromCell for Expiry {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        String::from_cell(cell).and_then(|word| word.parse().ok())
    }
}

impl FromCell for Mode {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        String::from_cell(cell).and_then(|word| Self::parse(&word).ok())
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
    "email_verified",
    "pending_email",
    "role",
    "active",
    "password_hash",
    "password_changed_at",
    "password_given",
    "expiry",
    "session_epoch",
    "timezone",
    "language",
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
    "expiry",
    "timezone",
    "language",
    "theme",
    "session_epoch",
    "password_changed_at",
    "password_given",
    "email_verified",
    "pending_email",
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
            expiry: row.take()?,
            timezone: row.take()?,
            language: row.take()?,
            theme: row.take()?,
        },
        session_epoch: row.take()?,
        password_changed_at: row.take()?,
        password_given: row.take()?,
        email_verified: row.take()?,
        pending_email: row.take()?,
        last_login_at: row.take()?,
        created_at: time(row)?,
    })
}

/// Reads the session's own columns, then [`USER`], then the settings' version.
pub(crate) fn read_session(row: &mut Row<'_>) -> Result<Session, DriverError> {
    let (id, epoch, mode, created_at, last_seen_at, ends_at) = (row.take()?, row.take()?, row.take()?, time(row)?, time(row)?, time(row)?);
    Ok(Session { id, epoch, mode, created_at, last_seen_at, ends_at, user: read_user(row)?, settings_version: row.take()? })
}

pub(crate) const SEAT: &[&str] = &["id", "mode", "client", "agent", "created_at", "last_seen_at", "ends_at"];

/// Reads [`SEAT`].
pub(crate) fn read_seat(row: &mut Row<'_>) -> Result<Seat, DriverError> {
    Ok(Seat {
        id: row.take()?,
        mode: row.take()?,
        client: row.take()?,
        agent: row.take()?,
        created_at: time(row)?,
        last_seen_at: time(row)?,
        ends_at: time(row)?,
    })
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
