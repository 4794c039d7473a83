//! Who a request comes from: sessions and API keys turned into actors, and the settings refreshed on the way.
//!
//! What people do with their own accounts stands beside it: new passwords ([`password`]) and how they are set ([`change`]), one-time links ([`link`]),
//! another address ([`email`]), the present password asked for again ([`proof`]).

pub mod change;
pub(crate) mod email;
pub mod link;
pub mod password;
mod proof;

use std::sync::Arc;
use std::time::Duration;

use guard::audit::{Actor, Door, Event, Origin};
use guard::budget::{address_key, api_key_key};
use guard::clock::Timestamp;
use guard::fence::{Facts, Grades};
use guard::login::mode::Mode;
use guard::{api_key, session};
use ringfence_guard as guard;
use ringfence_store as store;
use store::Change;
use store::repo::{Charge, Peek};
use store::tables::account::{Session, User};
use store::tables::{ApiKeyId, SessionId};

use crate::{App, OpCtx, Refusal, event};

/// How old a last-seen mark may get before it is written again.
const MARK: Duration = Duration::from_mins(1);

/// Why an API key is not even looked at.
#[derive(Debug)]
pub enum KeyRefusal {
    /// The mode is not allowed.
    NoMode,
    /// A block or a rule gives no answer.
    Silent {
        /// The status.
        status: u16,
        /// When trying again makes sense, where that is known.
        until: Option<Timestamp>,
    },
    /// The store failed, or too many unknown keys came from the address.
    Refused(Refusal),
}

impl From<Refusal> for KeyRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A request's session.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The session.
    pub id: SessionId,
    /// Whose.
    pub user: User,
    /// The session token's hash: binds forms.
    pub token_hash: [u8; 32],
    /// How its user came in.
    pub mode: Mode,
    /// When it ends if nobody uses it, by what was noted of its use before this request.
    pub idle_end: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
}

impl LoggedIn {
    /// The actor.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::User { id: self.user.id.0, role: self.user.facts.role }
    }
}

impl App {
    /// The live session of a cookie's token. Unknown, ended and stale ones are nobody. `uses` says that somebody is there: what a page asks for by itself
    /// keeps no session awake.
    pub async fn session(self: &Arc<Self>, token: &str, now: Timestamp, uses: bool) -> Result<Option<LoggedIn>, Refusal> {
        let token_hash = session::hash(token);
        let Some(found) = self.glance(|rx| Ok(rx.sessions().find(&token_hash)?))? else { return Ok(None) };
        self.refresh_settings(found.settings_version)?;
        let lifetime = self.settings().session();
        let fits = found.user.facts.active && found.epoch == found.user.session_epoch;
        if !fits || !session::alive(found.created_at, found.last_seen_at, found.ends_at, now, &lifetime) {
            return Ok(None);
        }
        if uses && now.since(found.last_seen_at) >= MARK.min(lifetime.idle / 10) {
            self.mark_session(&found, now).await;
        }
        let (idle_end, ends_at) = (found.last_seen_at.plus(lifetime.idle), found.ends_at.min(lifetime.absolute_end(found.created_at)));
        Ok(Some(LoggedIn { id: found.id, user: found.user, token_hash, mode: found.mode, idle_end, ends_at }))
    }

    async fn mark_session(self: &Arc<Self>, found: &Session, now: Timestamp) {
        let id = found.id;
        let origin = self.system(now);
        if let Err(error) = self.unit(origin, move |tx| Ok(tx.sessions().seen(id, now)?)).await {
            tracing::warn!(%error, "a session's last-seen mark could not be written");
        }
    }

    /// The actor of an API key's text. Unknown, revoked and expired ones are nobody, and an address that tries many of them is refused for a while;
    /// so is one that a block or a rule of the fence stops.
    pub async fn key(self: &Arc<Self>, text: &str, origin: &Origin) -> Result<Option<Actor>, KeyRefusal> {
        let now = origin.at;
        let found = match api_key::hash(text) {
            Some(hash) => self.glance(|rx| Ok(rx.api_keys().find_by_hash(&hash)?))?,
            None => None,
        };
        if let Some(key) = &found {
            self.refresh_settings(key.settings_version)?;
        }
        self.token_passes(origin)?;
        let Some(key) = found else { return self.unknown_key(origin).await };
        if !key.facts.active || !key.owner_active || key.facts.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        if key.last_used_at.is_none_or(|at| now.since(at) >= MARK) {
            self.mark_key(key.id, now).await;
        }
        Ok(Some(Actor::Key { key_id: key.id.0, owner_id: key.facts.owner_id.0, role: key.owner_role, scope: key.facts.scope }))
    }

    /// Keys meet blocks of their address and rules that need no name, from memory.
    fn token_passes(&self, origin: &Origin) -> Result<(), KeyRefusal> {
        let settings = self.settings();
        if !settings.modes().contains(&Mode::Token) {
            return Err(KeyRefusal::NoMode);
        }
        let fence = settings.fence();
        if settings.key_blocks().is_empty() && !fence.looks_beyond_names(Mode::Token) {
            return Ok(());
        }
        let subject = origin.client.map(address_key).unwrap_or_default();
        let blocks: Vec<_> = settings.key_blocks().iter().filter(|block| block.subject == subject).cloned().collect();
        let grades = Grades::new();
        let facts = Facts { opening: false, ..Facts::opening(origin.at, Mode::Token, origin.client, 0, &grades) };
        let verdict = fence.judge(&facts, &blocks, false);
        if verdict.stop || verdict.invalid {
            let until = blocks.iter().map(|block| block.until).max().filter(|until| *until > origin.at);
            return Err(KeyRefusal::Silent { status: fence.settings().silent_status, until });
        }
        Ok(())
    }

    /// Only an unknown key costs something: many of them from one address are a search.
    async fn unknown_key(self: &Arc<Self>, origin: &Origin) -> Result<Option<Actor>, KeyRefusal> {
        self.refresh_now()?;
        let Some(client) = origin.client else { return Ok(None) };
        let charge = Charge { name: api_key_key(client), rule: (self.limits)(&self.settings()).api_key };
        let now = origin.at;
        let peek = self.glance(|rx| Ok(rx.budgets().peek(std::slice::from_ref(&charge), now)?))?;
        if let Peek::Spent(until) = peek {
            return Err(KeyRefusal::Refused(Refusal::TooMany { until }));
        }
        let reserved = self
            .unit(origin.clone(), move |tx| {
                let reserved = tx.budgets().reserve(std::slice::from_ref(&charge), now)?;
                match reserved.value() {
                    Err(spent) if !spent.untold.is_empty() => {
                        let event =
                            Event::new(event::AUTH_LOGIN_BLOCKED).with("mode", Mode::Token.as_str()).with("until", spent.until.to_string());
                        let until = spent.until;
                        Ok(tx.record(&event, Change::none())?.map(|()| Some(until)))
                    }
                    Err(spent) => {
                        let until = spent.until;
                        Ok(reserved.map(|_| Some(until)))
                    }
                    Ok(_) => Ok(reserved.map(|_| None)),
                }
            })
            .await?;
        match reserved {
            Some(until) => Err(KeyRefusal::Refused(Refusal::TooMany { until })),
            None => Ok(None),
        }
    }

    async fn mark_key(self: &Arc<Self>, id: ApiKeyId, now: Timestamp) {
        let origin = self.system(now);
        if let Err(error) = self.unit(origin, move |tx| Ok(tx.api_keys().seen(id, now)?)).await {
            tracing::warn!(%error, "a key's last-used mark could not be written");
        }
    }

    /// Takes the settings of that version into use, which the caller read along with what it looked up.
    pub(crate) fn refresh_settings(&self, version: i64) -> Result<(), Refusal> {
        if self.settings().is_version(version) {
            return Ok(());
        }
        tokio::task::block_in_place(|| self.settings.refresh(version, self.now(), &self.store)).map_err(Refusal::from)
    }

    /// Takes the settings as they stand now into use.
    pub fn refresh_now(&self) -> Result<(), Refusal> {
        let version = self.glance(|rx| Ok(rx.settings().version()?))?;
        self.refresh_settings(version)
    }

    /// The origin of what Ringfence does on its own account.
    #[must_use]
    pub fn system(&self, at: Timestamp) -> Origin {
        let request_id = guard::http::request_id::mint(self.entropy.as_ref());
        Origin { actor: Actor::System, door: Door::Job, client: None, request_id, at }
    }

    /// Ends a session.
    pub async fn log_out(self: &Arc<Self>, op: &OpCtx, session: &LoggedIn) -> Result<(), Refusal> {
        let (id, user) = (session.id, session.user.clone());
        self.unit(op.origin.clone(), move |tx| {
            let ended = tx.sessions().remove(id)?;
            let event = Event::new(event::AUTH_LOGOUT).on("user", user.id.0, user.facts.username.as_str());
            Ok(tx.record(&event, ended)?.map(drop))
        })
        .await
    }
}
