//! The one choke point: every command and query of every door goes through here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use guard::audit::{Actor, Event, Origin};
use guard::clock::Timestamp;
use guard::hash::{Running, sha256};
use guard::permission::{Allowed, Permission, authorize, granted};
use ringfence_guard as guard;
use ringfence_store as store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::repo::Answered;
use store::{Change, ReadTx, Recorded, StoreError, WriteTx};

use crate::{App, Refusal, event};

/// How long answers to retried requests are kept.
const KEPT: Duration = Duration::from_hours(24);

/// The client's key for a request that it may repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: [u8; 32],
    fingerprint: [u8; 32],
}

impl IdempotencyKey {
    /// From the header's text and everything that makes the request what it is (method, path, body).
    ///
    /// The text is 1 to 255 visible ASCII characters.
    pub fn new(text: &str, request: &[&[u8]]) -> Result<Self, Refusal> {
        if text.is_empty() || text.len() > 255 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Refusal::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters"));
        }
        let mut fingerprint = Running::new(b"");
        for part in request {
            fingerprint.add(&(part.len() as u64).to_be_bytes());
            fingerprint.add(part);
        }
        Ok(Self { key: sha256(text.as_bytes()), fingerprint: fingerprint.end() })
    }
}

/// Everything about one request that its work may depend on.
#[derive(Clone, Debug)]
pub struct OpCtx {
    /// Who, where from, when.
    pub origin: Origin,
    /// The client's key for a repeated request.
    pub idempotency: Option<IdempotencyKey>,
}

impl OpCtx {
    /// A request without a key for repetition.
    #[must_use]
    pub const fn new(origin: Origin) -> Self {
        Self { origin, idempotency: None }
    }

    /// The time of the request.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.origin.at
    }

    /// The right on that very object; only what this gives can be changed or removed.
    pub fn allow<T>(&self, permission: Permission, object: T) -> Result<Allowed<T>, Refusal> {
        authorize(&self.origin.actor, permission, object).map_err(Refusal::from)
    }

    /// The right on an object that is only worked in, not changed itself.
    pub fn demand<T>(&self, permission: Permission, object: &T) -> Result<(), Refusal> {
        self.allow(permission, object).map(drop)
    }

    /// Whose repeated requests these are: two programs of one user that count "1, 2, 3" do not mean the same.
    fn program(&self) -> String {
        match self.origin.actor {
            Actor::Key { key_id, .. } => format!("key:{key_id}"),
            _ => self.owner(),
        }
    }

    /// Whose rows "one's own" are: keys and plans.
    #[must_use]
    pub fn owner(&self) -> String {
        match self.origin.actor.user_id() {
            Some(id) => format!("user:{id}"),
            None => self.origin.actor.kind().to_owned(),
        }
    }
}

/// An act that may change something. It runs in one unit of work, perhaps more than once: no effects outside, chance drawn before.
pub trait Command: Send + Sync + 'static {
    /// `noun.verb`.
    const NAME: &'static str;
    /// What the actor needs at least; none where the command checks a secret of its own.
    const PERMISSION: Option<Permission>;
    /// What it gives; kept as JSON for repeated requests.
    type Output: Serialize + DeserializeOwned + Send + 'static;

    /// Does it.
    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<Self::Output>, Refusal>;
}

/// A question.
pub trait Query: Send + Sync {
    /// What the actor needs; none where everybody may ask.
    const PERMISSION: Option<Permission>;
    /// The answer.
    type Output;

    /// Whether it reads few rows by an index, however large the plan is: see [`App::glance`].
    fn is_brief(&self) -> bool {
        false
    }

    /// Answers it.
    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Self::Output, Refusal>;
}

impl App {
    /// Runs a command: policy, one unit of work, its output once it is durable.
    pub async fn run<C: Command>(self: &Arc<Self>, op: &OpCtx, command: C) -> Result<C::Output, Refusal> {
        if let Some(permission) = C::PERMISSION {
            self.admit(op, C::NAME, permission).await?;
        }
        let inner = op.clone();
        let result = self.unit(op.origin.clone(), move |tx| once(tx, &inner, &command)).await;
        if let Err(Refusal::Denied { permission, .. }) = &result {
            return Err(self.refused(op, C::NAME, *permission).await);
        }
        result
    }

    /// Answers a query on this thread, which the runtime gives up meanwhile.
    #[expect(clippy::unused_async, reason = "doors await commands and queries alike")]
    pub async fn ask<Q: Query>(&self, op: &OpCtx, query: Q) -> Result<Q::Output, Refusal> {
        if let Some(permission) = Q::PERMISSION
            && !granted(&op.origin.actor, permission)
        {
            return Err(Refusal::Denied { permission, anonymous: op.origin.actor == Actor::Anonymous });
        }
        if query.is_brief() { self.glance(|rx| query.answer(rx, op)) } else { self.read(|rx| query.answer(rx, op)) }
    }

    /// One brief read. An embedded database answers it from memory in microseconds, so it happens on the asynchronous thread: to hand the
    /// thread's other work over first would cost more than the answer.
    pub(crate) fn glance<T>(&self, work: impl Fn(&mut ReadTx<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.store.queues() { self.store.read(work) } else { self.read(work) }
    }

    /// One read that may take its time, off the asynchronous threads.
    pub(crate) fn read<T>(&self, work: impl Fn(&mut ReadTx<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        tokio::task::block_in_place(|| self.store.read(work))
    }

    /// One unit of work, off the asynchronous threads.
    pub(crate) async fn unit<T: Send + 'static>(
        self: &Arc<Self>,
        origin: Origin,
        work: impl Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (done, result) = tokio::sync::oneshot::channel();
        // When the client is gone nobody takes the answer; the unit is durable all the same.
        let done = move |answer| drop(done.send(answer));
        if self.store.queues() {
            self.store.submit(origin, work, done);
        } else {
            let app = Arc::clone(self);
            tokio::task::spawn_blocking(move || app.store.submit(origin, work, done));
        }
        result.await.unwrap_or(Err(Refusal::Store(StoreError::Closed)))
    }

    /// Lets the actor pass, or refuses as [`App::run`] does: for doors that ask before they read a request. `what` names the act in the log.
    pub async fn admit(self: &Arc<Self>, op: &OpCtx, what: &'static str, permission: Permission) -> Result<(), Refusal> {
        if granted(&op.origin.actor, permission) { Ok(()) } else { Err(self.refused(op, what, permission).await) }
    }

    /// A refusal of a known actor is recorded in a unit of its own; those of strangers are counted.
    async fn refused(self: &Arc<Self>, op: &OpCtx, what: &'static str, permission: Permission) -> Refusal {
        let anonymous = op.origin.actor == Actor::Anonymous;
        if !anonymous || self.refusals.first(op, what) {
            let event = Event::new(event::ACCESS_DENIED).with("command", what).with("permission", permission.as_str());
            let recorded = self.unit(op.origin.clone(), move |tx| Ok(tx.record(&event, Change::none())?)).await;
            if let Err(error) = recorded {
                tracing::error!(%error, "a refusal could not be recorded");
            }
        }
        Refusal::Denied { permission, anonymous }
    }
}

/// Executes a command unless the same request was answered before.
fn once<C: Command>(tx: &mut WriteTx<'_>, op: &OpCtx, command: &C) -> Result<Recorded<C::Output>, Refusal> {
    let Some(key) = &op.idempotency else { return command.execute(tx, op) };
    let owner = op.program();
    if let Some(earlier) = tx.idempotency().find(&owner, &key.key, op.now())? {
        if earlier.fingerprint != key.fingerprint {
            return Err(Refusal::KeyReused);
        }
        let output = serde_json::from_str(&earlier.output).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        return Ok(tx.unchanged(output));
    }
    let recorded = command.execute(tx, op)?;
    let output = serde_json::to_string(recorded.value()).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let answered = Answered { fingerprint: key.fingerprint, output };
    tx.idempotency().keep(&owner, &key.key, C::NAME, &answered, op.now().plus(KEPT))?;
    Ok(recorded)
}

/// Which strangers' refusals have been recorded lately: one event per address bucket, act and window, under a common cap.
#[derive(Default)]
pub(crate) struct RefusalLog(Mutex<BTreeMap<(String, &'static str), Timestamp>>);

/// The window, and how many different events it may hold.
const WINDOW: Duration = Duration::from_mins(15);
const CAP: usize = 1000;

impl RefusalLog {
    /// Whether this is the first of its kind in the window; it then counts as recorded.
    pub(crate) fn first(&self, op: &OpCtx, what: &'static str) -> bool {
        let bucket = op.origin.client.map_or_else(String::new, guard::budget::address_key);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = op.now();
        if seen.len() >= CAP {
            seen.retain(|_, at| now.since(*at) < WINDOW);
        }
        if seen.len() >= CAP {
            return false;
        }
        let key = (bucket, what);
        let first = seen.get(&key).is_none_or(|before| now.since(*before) >= WINDOW);
        if first {
            seen.insert(key, now);
        }
        first
    }
}
