//! The vocabulary of the audit trail: who acted, through which door, on what. The list of events is `app`'s, the rows are `store`'s;
//! [`seal`] turns rows into a chain of hashes that shows any later change.
//!
//! Details name people by id, not by e-mail or address, so that a deleted account leaves no personal data in a log that cannot be
//! rewritten.

pub mod seal;

use crate::clock::Timestamp;
use crate::permission::{Role, Scope};
use serde_json::{Map, Value};
use std::net::IpAddr;

/// Who acts. Nobody is an actor too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known.
    Anonymous,
    /// A person in a session.
    User {
        /// The user's row.
        id: i64,
        /// The user's role when the request began.
        role: Role,
    },
    /// A program with an API key.
    Key {
        /// The key's row.
        key_id: i64,
        /// The user who owns it.
        owner_id: i64,
        /// The owner's role when the request began.
        role: Role,
        /// The key's scope.
        scope: Scope,
    },
    /// Someone at the machine itself, using the command line.
    Console,
    /// Ringfence on its own account: jobs, migrations.
    System,
}

impl Actor {
    /// The stored word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User { .. } => "user",
            Self::Key { .. } => "key",
            Self::Console => "console",
            Self::System => "system",
        }
    }

    /// The row of the acting user or key, by [`Actor::kind`].
    #[must_use]
    pub const fn id(&self) -> Option<i64> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Key { key_id, .. } => Some(*key_id),
            Self::Anonymous | Self::Console | Self::System => None,
        }
    }

    /// The user behind the act: oneself, or the owner of the key.
    #[must_use]
    pub const fn user_id(&self) -> Option<i64> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Key { owner_id, .. } => Some(*owner_id),
            Self::Anonymous | Self::Console | Self::System => None,
        }
    }
}

/// Where an act came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The pages.
    Web,
    /// The REST API.
    Api,
    /// The command line.
    Cli,
    /// A scheduled or queued job.
    Job,
}

impl Door {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Job => "job",
        }
    }
}

/// Everything about a request that its events share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who acts.
    pub actor: Actor,
    /// Where it came in.
    pub door: Door,
    /// The client's address behind trusted proxies; none for the command line and jobs.
    pub client: Option<IpAddr>,
    /// Ties events, changes and log lines of one request together.
    pub request_id: String,
    /// When the request began.
    pub at: Timestamp,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRef {
    /// The kind of row, for example `subnet`.
    pub kind: &'static str,
    /// The row.
    pub id: i64,
    /// How people called it then, for example `10.1.4.0/22`; stays readable after the row is gone.
    pub label: String,
}

/// Something that happened, in the past tense: `subnet.created`.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Event {
    /// One of the names listed in `app`.
    pub name: &'static str,
    /// What it is about, if it is about one thing.
    pub object: Option<ObjectRef>,
    /// Further facts: a JSON object.
    pub details: Value,
}

impl Event {
    /// An event about nothing in particular, without details.
    pub fn new(name: &'static str) -> Self {
        Self { name, object: None, details: Value::Object(Map::new()) }
    }

    /// The same event, about this object.
    pub fn on(mut self, kind: &'static str, id: i64, label: impl Into<String>) -> Self {
        self.object = Some(ObjectRef { kind, id, label: label.into() });
        self
    }

    /// The same event with one more detail; a key given twice keeps the last value.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        if let Value::Object(details) = &mut self.details {
            details.insert(key.into(), value.into());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn actors_name_their_row_and_their_user() {
        let key = Actor::Key { key_id: 5, owner_id: 9, role: Role::Viewer, scope: Scope::Read };
        assert_eq!((key.kind(), key.id(), key.user_id()), ("key", Some(5), Some(9)));
        let user = Actor::User { id: 9, role: Role::Admin };
        assert_eq!((user.kind(), user.id(), user.user_id()), ("user", Some(9), Some(9)));
        for (actor, kind) in [(Actor::Anonymous, "anonymous"), (Actor::Console, "console"), (Actor::System, "system")] {
            assert_eq!((actor.kind(), actor.id(), actor.user_id()), (kind, None, None));
        }
    }

    #[test]
    fn events_gather_their_details() {
        let event = Event::new("subnet.created").on("subnet", 3, "10.0.0.0/8").with("vrf_id", 1).with("b", "x").with("a", true);
        assert_eq!(event.object, Some(ObjectRef { kind: "subnet", id: 3, label: "10.0.0.0/8".to_owned() }));
        assert_eq!(event.details, json!({"a": true, "b": "x", "vrf_id": 1}));
        assert_eq!(Event::new("x.done").with("k", 1).with("k", 2).details, json!({"k": 2}));
    }

    #[test]
    fn doors_have_words() {
        assert_eq!([Door::Web, Door::Api, Door::Cli, Door::Job].map(Door::as_str), ["web", "api", "cli", "job"]);
    }
}
