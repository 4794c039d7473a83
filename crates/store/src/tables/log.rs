//! The log as it is read: events, changes, seals.

use guard::clock::Timestamp;
use ringfence_guard as guard;

use super::EventId;
use super::group::time;
use crate::driver::Row;
use crate::error::DriverError;

/// An event as the audit page shows it. Empty columns read as `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The row.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What, in the past tense.
    pub name: String,
    /// Who, by kind.
    pub actor_kind: String,
    /// Who, by row.
    pub actor_id: Option<i64>,
    /// The user's name, or the key's with its owner's in brackets, as they are now.
    pub actor_name: Option<String>,
    /// Which door.
    pub door: String,
    /// Client address.
    pub client: Option<String>,
    /// Request.
    pub request_id: String,
    /// What it is about, by kind.
    pub object_kind: Option<String>,
    /// What it is about, by row.
    pub object_id: Option<i64>,
    /// What people called it then.
    pub object_label: Option<String>,
    /// JSON object.
    pub details: String,
}

/// One changed object of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedChange {
    /// The row.
    pub id: i64,
    /// The event that covers it.
    pub event: LoggedEvent,
    /// The kind of object.
    pub kind: String,
    /// The object.
    pub object_id: i64,
    /// `create`, `update` or `delete`.
    pub action: String,
    /// JSON before; none for a creation.
    pub before: Option<String>,
    /// JSON after; none for a deletion.
    pub after: Option<String>,
}

/// One change as it was stored, for the digest of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChange {
    /// The row.
    pub id: i64,
    /// The event that covers it.
    pub event_id: i64,
    /// When.
    pub at: Timestamp,
    /// The kind of object.
    pub kind: String,
    /// The object.
    pub object_id: i64,
    /// `create`, `update` or `delete`.
    pub action: String,
    /// JSON before; none for a creation.
    pub before: Option<String>,
    /// JSON after; none for a deletion.
    pub after: Option<String>,
}

/// A sealed batch of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The row.
    pub id: i64,
    /// First event id of the batch.
    pub first_id: i64,
    /// Last event id of the batch.
    pub last_id: i64,
    /// Each event's id and digest, in order.
    pub digests: Vec<(i64, [u8; 32])>,
    /// The previous seal's hash.
    pub previous: [u8; 32],
    /// The chain's hash after this batch.
    pub hash: [u8; 32],
    /// Which version of the sealing key.
    pub key_version: u32,
}

pub(crate) const EVENT: &[&str] =
    &["id", "at", "name", "actor_kind", "actor_id", "door", "client", "request_id", "object_kind", "object_id", "object_label", "details"];

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn actor_name(row: &mut Row<'_>) -> Result<Option<String>, DriverError> {
    let (user, key, owner): (Option<String>, Option<String>, Option<String>) = (row.take()?, row.take()?, row.take()?);
    Ok(user.or_else(|| key.zip(owner).map(|(key, owner)| format!("{key} ({owner})"))))
}

/// Reads [`EVENT`] and the joined names: the user's, the key's, the key's owner's.
pub(crate) fn read_event(row: &mut Row<'_>) -> Result<LoggedEvent, DriverError> {
    Ok(LoggedEvent {
        id: row.take()?,
        at: time(row)?,
        name: row.take()?,
        actor_kind: row.take()?,
        actor_id: row.take()?,
        door: row.take()?,
        client: filled(row.take()?),
        request_id: row.take()?,
        object_kind: filled(row.take()?),
        object_id: row.take()?,
        object_label: filled(row.take()?),
        details: row.take()?,
        actor_name: actor_name(row)?,
    })
}

pub(crate) fn read_seal(row: &mut Row<'_>) -> Result<Seal, DriverError> {
    let (id, first_id, last_id) = (row.take()?, row.take()?, row.take()?);
    let packed: Vec<u8> = row.take()?;
    Ok(Seal { id, first_id, last_id, digests: unpack(&packed), previous: row.take()?, hash: row.take()?, key_version: row.take()? })
}

pub(crate) fn pack(digests: &[(i64, [u8; 32])]) -> Vec<u8> {
    digests.iter().flat_map(|(id, digest)| id.to_be_bytes().into_iter().chain(*digest)).collect()
}

fn unpack(packed: &[u8]) -> Vec<(i64, [u8; 32])> {
    let (entries, _) = packed.as_chunks::<40>();
    entries
        .iter()
        .filter_map(|entry| {
            let (id, digest) = entry.split_first_chunk::<8>()?;
            Some((i64::from_be_bytes(*id), digest.try_into().ok()?))
        })
        .collect()
}
