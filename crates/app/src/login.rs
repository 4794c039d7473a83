//! The login's driver: reserve an attempt, compare outside any transaction, settle. Two commits, and the guess is paid for before it is checked.
//!
//! A browser that has logged in to the account before spends a budget of its own, which strangers cannot: neither the account's nor the address's.

use std::sync::Arc;
use std::time::Duration;

use guard::audit::{Event, Origin};
use guard::budget::{Account, Blocked, account_key, address_key};
use guard::clock::Timestamp;
use guard::hash::sha256;
use guard::login::{Attempt, LoginName, LoginOutcome, Standing, decide};
use guard::secret::SecretText;
use guard::{password, session, text};
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{Charge, NewSession, Settle};
use store::tables::account::Credentials;
use store::tables::{SessionId, UserId};
use store::{Change, WriteTx};

use crate::{App, Refusal, event};

/// What a person typed, and where from.
pub struct LoginRequest {
    /// As typed.
    pub name: String,
    /// As typed.
    pub password: SecretText,
    /// The known-browser cookie, if one came.
    pub device: Option<String>,
    /// The browser as it names itself.
    pub agent: String,
    /// The session that the browser has now; it ends when the new one begins.
    pub replaces: Option<SessionId>,
}

/// A successful login.
pub struct Entry {
    /// For the session cookie.
    pub session: session::Token,
    /// For the known-browser cookie, when the browser was not known before.
    pub device: Option<session::Token>,
    /// When the session ends whatever happens.
    pub ends_at: Timestamp,
    /// Who.
    pub user: UserId,
}

/// Why nobody was let in.
#[derive(Debug)]
pub enum LoginRefusal {
    /// One answer for a wrong password, an unknown name and an inactive account.
    Invalid,
    /// A budget is spent; nothing was compared.
    Blocked {
        /// When trying again makes sense.
        until: Timestamp,
    },
    /// No hash thread was free, or the store failed: nothing was compared.
    Other(Refusal),
}

impl From<Refusal> for LoginRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Other(refusal)
    }
}

/// What the first look finds out.
struct Looked {
    name: LoginName,
    credentials: Option<Credentials>,
    /// This browser has logged in to this account before.
    known: Option<[u8; 32]>,
}

impl App {
    /// Whether a setup link can still be used. Looking spends nothing.
    pub fn setup_is_open(&self, token: &str, now: Timestamp) -> Result<bool, Refusal> {
        let (open, version) = self.glance(|rx| {
            let open =
                rx.links().is_open(crate::commands::setup::PURPOSE, &session::hash(token), now)? && rx.accounts().active_admins()? == 0;
            Ok((open, rx.settings().version()?))
        })?;
        self.refresh_settings(version)?;
        Ok(open)
    }

    /// One attempt with name and password.
    pub async fn log_in(self: &Arc<Self>, origin: &Origin, request: LoginRequest) -> Result<Entry, LoginRefusal> {
        let looked = self.look(&request)?;
        let charges = self.charges(origin, &looked);
        let attempt = match self.reserve(origin, charges.iter().map(|(c, _)| c.clone()).collect()).await? {
            Ok(attempt) => attempt,
            Err(blocked) => return Err(self.blocked(origin, &looked, blocked).await),
        };
        let reserved_at = attempt.reservation().at;
        let standing = standing(looked.credentials.as_ref());
        let stored = looked.credentials.as_ref().and_then(|c| c.password_hash.clone());
        let params = self.params;
        let bucket = origin.client.map_or_else(String::new, address_key);
        let password = request.password;
        let compared = self.hashing.run(&bucket, move || password::verify(&attempt, &password, stored.as_deref(), params)).await;
        let right = match compared {
            Ok(right) => right,
            Err(busy) => {
                self.give_back(origin, reserved_at, charges).await?;
                return Err(LoginRefusal::Other(Refusal::Busy { retry_after: busy.retry_after.as_secs().max(1) }));
            }
        };
        match (decide(Ok(right), standing), looked.credentials) {
            (LoginOutcome::In, Some(found)) => {
                self.enter(origin, &found, looked.known, reserved_at, charges, (request.agent, request.replaces)).await
            }
            (_, found) => {
                self.failed(origin, &looked.name, found.as_ref()).await?;
                Err(LoginRefusal::Invalid)
            }
        }
    }

    fn look(&self, request: &LoginRequest) -> Result<Looked, Refusal> {
        let name = LoginName::read(&request.name);
        let device = request.device.as_deref().map(session::hash);
        let (looked, version) = self.glance(|rx| {
            // What can be no name is looked up as the name of nobody, so that it takes as long.
            let credentials = rx.accounts().credentials(name.canonical().unwrap_or_default())?;
            let known = match (device, &credentials) {
                (Some(hash), Some(found)) if rx.known_devices().find(&hash)? == Some(found.user.id) => Some(hash),
                _ => None,
            };
            Ok((Looked { name: LoginName::read(&request.name), credentials, known }, rx.settings().version()?))
        })?;
        self.refresh_settings(version)?;
        Ok(looked)
    }

    /// The budgets of an attempt, and what a success does to each.
    fn charges(&self, origin: &Origin, looked: &Looked) -> Vec<(Charge, Settle)> {
        let settings = self.settings();
        if let Some(device) = looked.known {
            let name = format!("device:{}", text::hex(&sha256(&device)));
            return vec![(Charge { name, rule: settings.account_budget() }, Settle::Clear)];
        }
        let account = match &looked.credentials {
            Some(found) => Account::User(found.user.id.0),
            None => Account::Unknown(looked.name.tag(&self.keys.unknown_name)),
        };
        let mut charges = vec![(Charge { name: account_key(account), rule: settings.account_budget() }, Settle::Clear)];
        if let Some(address) = origin.client {
            charges.push((Charge { name: address_key(address), rule: settings.address_budget() }, Settle::Refund));
        }
        charges
    }

    async fn reserve(self: &Arc<Self>, origin: &Origin, charges: Vec<Charge>) -> Result<Result<Attempt, Blocked>, Refusal> {
        let now = origin.at;
        self.unit(origin.clone(), move |tx| Ok(tx.budgets().reserve(&charges, now)?)).await
    }

    async fn give_back(self: &Arc<Self>, origin: &Origin, reserved_at: Timestamp, charges: Vec<(Charge, Settle)>) -> Result<(), Refusal> {
        let charges: Vec<_> = charges.into_iter().map(|(charge, _)| (charge, Settle::Refund)).collect();
        let now = self.now();
        self.unit(origin.clone(), move |tx| {
            let settled = tx.budgets().settle(reserved_at, &charges, now)?;
            Ok(tx.quiet(store::Quiet::FenceCounter, settled))
        })
        .await
    }

    /// Says it in the log once a window, not once an attempt.
    async fn blocked(self: &Arc<Self>, origin: &Origin, looked: &Looked, blocked: Blocked) -> LoginRefusal {
        let op = crate::OpCtx::new(origin.clone());
        if self.refusals.first(&op, event::AUTH_LOGIN_BLOCKED) {
            let event =
                self.about(event::AUTH_LOGIN_BLOCKED, &looked.name, looked.credentials.as_ref()).with("until", blocked.until.to_string());
            let recorded = self.unit(origin.clone(), move |tx| Ok(tx.record(&event, Change::none())?)).await;
            if let Err(refusal) = recorded {
                return LoginRefusal::Other(refusal);
            }
        }
        LoginRefusal::Blocked { until: blocked.until }
    }

    async fn failed(self: &Arc<Self>, origin: &Origin, name: &LoginName, found: Option<&Credentials>) -> Result<(), Refusal> {
        let event = self.about(event::AUTH_LOGIN_FAILED, name, found);
        self.unit(origin.clone(), move |tx| Ok(tx.record(&event, Change::none())?)).await
    }

    /// People type passwords into the name field: a name of nobody appears only as a keyed hash.
    fn about(&self, event: &'static str, name: &LoginName, found: Option<&Credentials>) -> Event {
        match found {
            Some(found) => Event::new(event).on("user", found.user.id.0, found.user.facts.username.as_str()),
            None => Event::new(event).with("name", name.unknown_label(&self.keys.unknown_name)),
        }
    }

    async fn enter(
        self: &Arc<Self>,
        origin: &Origin,
        found: &Credentials,
        known: Option<[u8; 32]>,
        reserved_at: Timestamp,
        charges: Vec<(Charge, Settle)>,
        (agent, replaces): (String, Option<SessionId>),
    ) -> Result<Entry, LoginRefusal> {
        let token = session::mint(self.entropy.as_ref());
        let device = if known.is_some() { None } else { Some(session::mint(self.entropy.as_ref())) };
        let device_hash = device.as_ref().map(session::Token::hash);
        let now = self.now();
        let ends_at = self.settings().session().absolute_end(now);
        let client = origin.client.map_or_else(String::new, |ip| ip.to_string());
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
        let new = (token.hash(), found.user.id, found.user.session_epoch, client, agent);
        let event = Event::new(event::AUTH_LOGIN)
            .on("user", found.user.id.0, found.user.facts.username.as_str())
            .with("known_browser", known.is_some());
        let origin = Origin { actor: guard::audit::Actor::User { id: found.user.id.0, role: found.user.facts.role }, ..origin.clone() };
        self.unit(origin, move |tx: &mut WriteTx<'_>| {
            let settled = tx.budgets().settle(reserved_at, &charges, now)?;
            let (token_hash, user_id, epoch, client, agent) = new.clone();
            tx.accounts().logged_in(user_id, now)?;
            let session = tx.sessions().insert(&NewSession { token_hash, user_id, epoch, client, agent, ends_at })?;
            let device = match (known, device_hash) {
                (Some(hash), _) => tx.known_devices().used(&hash)?,
                (None, Some(hash)) => tx.known_devices().insert(&hash, user_id)?,
                (None, None) => Change::none(),
            };
            let ended = match replaces {
                Some(id) => tx.sessions().remove(id)?.map(drop),
                None => Change::none(),
            };
            Ok(tx.record(&event, settled.and(session).and(device).and(ended))?.map(drop))
        })
        .await?;
        Ok(Entry { session: token, device, ends_at, user: found.user.id })
    }
}

fn standing(found: Option<&Credentials>) -> Standing {
    match found {
        None => Standing::Unknown,
        Some(found) if !found.user.facts.active => Standing::Inactive,
        Some(_) => Standing::Active,
    }
}

/// How long a known browser stays known without a login: its cookie's age.
pub const DEVICE_AGE: Duration = Duration::from_hours(400 * 24);
