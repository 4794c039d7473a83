//! The audit trail.

use ringfence_store::tables::log;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An audit event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// The row.
    pub id: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// What, in the past tense.
    pub name: String,
    /// Who: `user`, `key`, `console`, `system`, `anonymous`.
    pub actor_kind: String,
    /// Who, by row.
    pub actor_id: Option<i64>,
    /// The user's name now.
    pub actor_name: Option<String>,
    /// `web`, `api`, `cli` or `job`.
    pub door: String,
    /// Client address.
    pub client: Option<String>,
    /// Ties events, changes and log lines together.
    pub request_id: String,
    /// Kind of object.
    pub object_kind: Option<String>,
    /// The object.
    pub object_id: Option<i64>,
    /// What people called it then.
    pub object_label: Option<String>,
    /// Further facts.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
}

impl From<log::LoggedEvent> for Event {
    fn from(e: log::LoggedEvent) -> Self {
        Self {
            id: e.id.0,
            at: e.at.rfc3339_micros(),
            name: e.name,
            actor_kind: e.actor_kind,
            actor_id: e.actor_id,
            actor_name: e.actor_name,
            door: e.door,
            client: e.client,
            request_id: e.request_id,
            object_kind: e.object_kind,
            object_id: e.object_id,
            object_label: e.object_label,
            details: serde_json::from_str(&e.details).unwrap_or(serde_json::Value::String(e.details)),
        }
    }
}

/// What happened to one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// The event that covers it.
    pub event: Event,
    /// `create`, `update` or `delete`.
    pub action: String,
    /// Each field that differs: name, before, after, as text.
    pub fields: Vec<(String, Option<String>, Option<String>)>,
}

impl From<log::LoggedChange> for Change {
    fn from(c: log::LoggedChange) -> Self {
        let object = |text: Option<&str>| text.and_then(|t| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(t).ok());
        let (before, after) = (object(c.before.as_deref()), object(c.after.as_deref()));
        let mut names: Vec<String> = before.iter().chain(after.iter()).flat_map(|o| o.keys().cloned()).collect();
        names.sort();
        names.dedup();
        let shown = |side: &Option<serde_json::Map<String, serde_json::Value>>, name: &str| match side.as_ref()?.get(name)? {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => (!text.is_empty()).then(|| text.clone()),
            serde_json::Value::Array(list) => {
                let words: Vec<String> = list.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
                (!words.is_empty()).then(|| words.join(" "))
            }
            other => Some(other.to_string()),
        };
        let fields = names
            .into_iter()
            .map(|name| {
                let (old, new) = (shown(&before, &name), shown(&after, &name));
                (name, old, new)
            })
            .filter(|(_, old, new)| old != new)
            .collect();
        Self { event: c.event.into(), action: c.action, fields }
    }
}
