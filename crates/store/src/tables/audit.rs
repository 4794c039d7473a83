//! Inserting into the append-only log.

use guard::audit::Event;
use ringfence_guard as guard;
use sea_query::Value;

use crate::dialect::key;
use crate::error::StoreError;
use crate::unit::{Action, Insert, WriteTx, insert};

static EVENT: Insert = insert!("audit_event", EVENT_COLUMNS);
static CHANGE: Insert = insert!("object_change", CHANGE_COLUMNS);

pub(crate) const EVENT_COLUMNS: &[&str] = &[
    "at",
    "name",
    "actor_kind",
    "actor_id",
    "door",
    "client",
    "request_id",
    "object_kind",
    "object_id",
    "object_label",
    "object_key",
    "details",
    "changes",
];
const CHANGE_COLUMNS: &[&str] = &["event_id", "at", "kind", "object_id", "action", "before_state", "after_state"];

/// Longest label kept, in bytes; longer ones end in an ellipsis.
const LABEL: usize = 200;

/// `changes` is the digest of what the event covers.
pub(crate) fn insert(tx: &mut WriteTx<'_>, event: &Event, changes: Option<[u8; 32]>) -> Result<i64, StoreError> {
    let origin = tx.origin();
    let object = event.object.as_ref();
    let label = object.map_or_else(String::new, |o| shortened(&o.label));
    let values = [
        origin.at.micros().into(),
        event.name.into(),
        origin.actor.kind().into(),
        Value::BigInt(origin.actor.id()),
        origin.door.as_str().into(),
        origin.client.map_or_else(String::new, |ip| ip.to_string()).into(),
        origin.request_id.clone().into(),
        object.map_or("", |o| o.kind).into(),
        Value::BigInt(object.map(|o| o.id)),
        label.as_str().into(),
        key(&label).into(),
        event.details.to_string().into(),
        changes.map(|digest| digest.to_vec()).into(),
    ];
    tx.insert(&EVENT.one, &values)
}

fn shortened(label: &str) -> String {
    if label.len() <= LABEL {
        return label.to_owned();
    }
    let end = (0..=LABEL).rev().find(|end| label.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", label.get(..end).unwrap_or_default())
}

pub(crate) fn change_values(
    event: i64,
    at: i64,
    kind: &'static str,
    object: i64,
    action: Action,
    before: Option<String>,
    after: Option<String>,
) -> Vec<Value> {
    vec![event.into(), at.into(), kind.into(), object.into(), action.as_str().into(), Value::String(before), Value::String(after)]
}

pub(crate) fn insert_changes(tx: &mut WriteTx<'_>, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    tx.insert_many(&CHANGE, rows).map(drop)
}
