//! The login's driver: it asks the machine of `guard` what to do next, does it, and asks again.
//!
//! ```text
//! look up ─▶ admit (one unit of work: blocks, rules, budgets; pays) ─▶ wait ─▶ compare (no transaction) ─▶ settle (one unit of work)
//! ```
//!
//! A browser that has logged in to the account before spends a budget of its own, which strangers cannot: neither the account's nor the address's.

mod admit;
mod check;
mod form;
mod limiter;
mod line;
mod pace;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;

use guard::audit::Origin;
use guard::budget::{Account, account_key, address_buckets, address_key, browser_key};
use guard::clock::Timestamp;
use guard::entropy;
use guard::fence::{Block, Grades};
use guard::login::machine::{Admission, Effect, Evidence, Machine, PLUGINS, Reason, State, Turn};
use guard::login::mode::Mode;
use guard::login::ticket::Ticket;
use guard::login::{Attempt, LoginName, Standing};
use guard::message::{Language, Message};
use guard::secret::SecretText;
use guard::{password, session};
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{Charge, Peek, Settle};
use store::tables::account::Credentials;
use store::tables::{SessionId, UserId};

use crate::{App, Refusal};

pub(crate) use admit::LATELY;
pub use form::{FormPage, Shown};
pub(crate) use limiter::SharedLimiter;
pub use limiter::{Counters, Limiter};
pub use settle::DEVICE_AGE;

/// What came with a form besides name and password.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// What the form carried, if it was one of ours and not too old.
    pub ticket: Option<Ticket>,
    /// The fields.
    pub fields: BTreeMap<String, String>,
    /// The host that the form was sent to.
    pub host: String,
}

/// What a person or a program sent, and where from.
pub struct LoginRequest {
    /// The way in.
    pub mode: Mode,
    /// The name as typed, or as a proxy gave it.
    pub name: String,
    /// The password as typed; empty where the mode has none.
    pub password: SecretText,
    /// The known-browser cookie, if one came.
    pub device: Option<String>,
    /// The browser as it names itself.
    pub agent: String,
    /// The session that the browser has now; it ends when the new one begins.
    pub replaces: Option<SessionId>,
    /// What came with a form besides.
    pub answers: Answers,
}

/// A successful login of a browser.
pub struct Entry {
    /// For the session cookie.
    pub session: session::Token,
    /// For the known-browser cookie, when the browser was not known before.
    pub device: Option<session::Token>,
    /// When the session ends whatever happens.
    pub ends_at: Timestamp,
    /// Who.
    pub user: UserId,
    /// What the owner should know.
    pub notices: Vec<Message>,
    /// The language that the owner has set, if any.
    pub language: Option<Language>,
    /// The colours that the owner has set.
    pub theme: String,
}

/// Why nobody was let in.
#[derive(Debug)]
pub enum LoginRefusal {
    /// One answer for a wrong password, an unknown name, an inactive account, a challenge that was not solved and a rule that says so.
    Invalid {
        /// What the next form asks.
        ask: Vec<&'static str>,
    },
    /// A budget is spent; nothing was compared.
    Blocked {
        /// When trying again makes sense.
        until: Timestamp,
    },
    /// A rule gives no answer.
    Silent {
        /// The status.
        status: u16,
        /// When trying again makes sense, where that is known.
        until: Option<Timestamp>,
    },
    /// The form comes again with these challenges; nothing was compared or spent.
    Ask(Vec<&'static str>),
    /// The password was right, but has to be replaced on the pages before it opens anything.
    Renew,
    /// The way in does not exist here.
    NoMode,
    /// No hash thread was free, too many wait, or the store failed: nothing was compared.
    Other(Refusal),
}

impl From<Refusal> for LoginRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Other(refusal)
    }
}

/// What an attempt is about, once it was looked up.
struct Looked {
    name: LoginName,
    credentials: Option<Credentials>,
    /// This browser has logged in to this account before.
    known: Option<[u8; 32]>,
    /// The budgets, and what a success does to each.
    charges: Vec<(Charge, Settle)>,
    /// What can be said without writing anything: a block that holds, or a budget that is spent.
    early: Option<Admission>,
}

impl Looked {
    fn user(&self) -> Option<UserId> {
        self.credentials.as_ref().map(|found| found.user.id)
    }

    fn standing(&self) -> Standing {
        match &self.credentials {
            None => Standing::Unknown,
            Some(found) if !found.user.facts.active => Standing::Inactive,
            Some(_) => Standing::Active,
        }
    }
}

/// An attempt on its way: what the effects found out and left to do.
struct Progress {
    looked: Looked,
    grades: Grades,
    attempt: Option<Attempt>,
    /// When it was paid for.
    reserved_at: Timestamp,
    /// The rules that matched.
    rules: String,
    /// What the next form asks.
    ask: Vec<&'static str>,
    /// A rule wants owner and admins to be told.
    notify: bool,
    /// It was paid for; the receipt may be used up.
    paid: bool,
    compared: bool,
    /// Blocks that it armed.
    armed: Vec<Block>,
    /// A stronger hash of the password that was right.
    renewed: Option<String>,
}

/// The browser that a session begins in.
#[derive(Clone)]
struct Browser {
    /// As it names itself.
    agent: String,
    /// The session that it has now.
    replaces: Option<SessionId>,
    /// Stands for the known-browser cookie that it sent, whosever it is.
    carried: Option<[u8; 32]>,
}

/// Who came through, before a session or a call is made of it.
pub struct Through {
    progress: Progress,
    found: Credentials,
    /// The request, at the time of its attempt.
    origin: Origin,
}

impl App {
    /// One attempt of a browser, with name and password or with the name that a trusted proxy gives.
    pub async fn log_in(self: &Arc<Self>, origin: &Origin, request: LoginRequest) -> Result<Entry, LoginRefusal> {
        let browser = Browser {
            agent: request.agent.chars().filter(|c| !c.is_control()).take(200).collect(),
            replaces: request.replaces,
            carried: request.device.as_deref().map(session::hash),
        };
        let through = self.attempt(origin, request).await?;
        self.enter(through, browser).await
    }

    /// One attempt of a program that sends name and password with every call.
    pub async fn call(self: &Arc<Self>, origin: &Origin, name: &str, password: SecretText) -> Result<guard::audit::Actor, LoginRefusal> {
        let request = LoginRequest {
            mode: Mode::Basic,
            name: name.to_owned(),
            password,
            device: None,
            agent: String::new(),
            replaces: None,
            answers: Answers::default(),
        };
        let through = self.attempt(origin, request).await?;
        self.called(through).await
    }

    /// What an attempt that is stopped reads, in a language of `Accept-Language`; mostly nothing.
    #[must_use]
    pub fn silent_message(&self, accepted: &str) -> String {
        let settings = self.settings();
        let phrases = &settings.fence().settings().silent_message;
        let exact = guard::message::accepted(accepted).into_iter().flat_map(|tag| {
            let tag = tag.to_ascii_lowercase();
            let short = tag.split('-').next().unwrap_or_default().to_owned();
            [tag, short]
        });
        let chosen = exact.into_iter().find_map(|language| phrases.get(&language)).or_else(|| phrases.get("en"));
        chosen.or_else(|| phrases.values().next()).cloned().unwrap_or_default()
    }

    /// One attempt, when its address has its turn.
    async fn attempt(self: &Arc<Self>, origin: &Origin, request: LoginRequest) -> Result<Through, LoginRefusal> {
        self.limiter.pace.turn(origin).await?;
        // Blocks and budgets hold at the time of the attempt: not when its request began, which a slow sender may choose.
        let origin = Origin { at: self.now(), ..origin.clone() };
        let done = self.drive(&origin, request).await;
        if done.as_ref().is_err_and(|refusal| !matches!(refusal, LoginRefusal::Invalid { .. })) {
            self.limiter.pace.refused(&origin);
        }
        done
    }

    /// Drives the machine to its end.
    async fn drive(self: &Arc<Self>, origin: &Origin, request: LoginRequest) -> Result<Through, LoginRefusal> {
        self.refresh_now()?;
        let allowed = self.settings().modes().contains(&request.mode);
        let (mut machine, mut evidence) = (Machine::new(PLUGINS), Evidence::new(request.mode, allowed));
        let mut progress: Option<Progress> = None;
        loop {
            match machine.advance(&evidence) {
                Turn::Await(effect) => {
                    let done = self.perform(effect, origin, &request, &mut progress, &mut evidence).await;
                    if let Err(refusal) = done {
                        return Err(self.undo(origin, progress, refusal).await);
                    }
                }
                Turn::Moved(State::Connected) => {
                    let Some(mut progress) = progress else { return Err(LoginRefusal::NoMode) };
                    let Some(found) = progress.looked.credentials.take() else { return Err(LoginRefusal::Invalid { ask: Vec::new() }) };
                    return Ok(Through { progress, found, origin: origin.clone() });
                }
                Turn::Moved(_) => {}
                Turn::Asked(mut challenges) => {
                    let more = progress.map(|p| p.ask).unwrap_or_default();
                    challenges.extend(more.into_iter().filter(|name| !challenges.contains(name)).collect::<Vec<_>>());
                    return Err(LoginRefusal::Ask(challenges));
                }
                Turn::Refused(reason) => return Err(self.refuse(origin, &evidence, progress, reason).await),
            }
        }
    }

    /// Brings about what the machine waits for.
    async fn perform(
        self: &Arc<Self>,
        effect: Effect,
        origin: &Origin,
        request: &LoginRequest,
        progress: &mut Option<Progress>,
        evidence: &mut Evidence,
    ) -> Result<(), LoginRefusal> {
        let Some(under_way) = progress else {
            let looked = self.look(origin, request)?;
            evidence.standing = Some(looked.standing());
            *progress = Some(Progress::new(looked, origin.at));
            return Ok(());
        };
        match effect {
            Effect::Look => {}
            Effect::Admit => evidence.admission = Some(self.ask_and_pay(origin, request, under_way).await?),
            Effect::Wait(wait) => {
                self.limiter.sleep(origin, wait).await?;
                evidence.waited = true;
            }
            Effect::Compare => {
                let right = self.compare(origin, request, under_way).await?;
                under_way.compared = true;
                evidence.compared = Some(right);
            }
            Effect::Pretend => {
                self.pretend(origin, request).await?;
                evidence.compared = Some(false);
            }
        }
        Ok(())
    }

    fn look(&self, origin: &Origin, request: &LoginRequest) -> Result<Looked, Refusal> {
        let device = request.device.as_deref().map(session::hash);
        self.glance(|rx| {
            let name = LoginName::read(&request.name);
            // What can be no name is looked up as the name of nobody, so that it takes as long.
            let credentials = rx.accounts().credentials(name.canonical().unwrap_or_default())?;
            let known = match (device, &credentials) {
                (Some(hash), Some(found)) if rx.known_devices().find(&hash)? == Some(found.user.id) => Some(hash),
                _ => None,
            };
            let mut looked = Looked { name, credentials, known, charges: Vec::new(), early: None };
            looked.charges = self.charges(origin, request.mode, &looked);
            let blocks = rx.blocks().of(&self.subjects(origin, &looked))?;
            let until = holding(&blocks, request.mode, looked.known.is_some(), origin.at);
            looked.early = match until {
                Some(until) => Some(Admission::Stopped { until: Some(until) }),
                None => {
                    let charges: Vec<Charge> = looked.charges.iter().map(|(charge, _)| charge.clone()).collect();
                    match rx.budgets().peek(&charges, origin.at)? {
                        Peek::Spent(until) => Some(Admission::Spent { until }),
                        Peek::Open | Peek::Unsettled => None,
                    }
                }
            };
            Ok(looked)
        })
    }

    /// Whose account an attempt is about, as budgets and blocks name it.
    fn account(&self, looked: &Looked) -> String {
        account_key(match looked.user() {
            Some(user) => Account::User(user.0),
            None => Account::Unknown(looked.name.tag(&self.keys.unknown_name)),
        })
    }

    /// What blocks may be kept for that concern an attempt.
    fn subjects(&self, origin: &Origin, looked: &Looked) -> Vec<String> {
        let mut subjects: Vec<String> = origin.client.map(address_key).into_iter().collect();
        subjects.push(self.account(looked));
        subjects.extend(looked.known.as_ref().map(browser_key));
        subjects
    }

    /// The budgets of an attempt. Where no secret is compared, nothing is guessed and nothing is charged.
    fn charges(&self, origin: &Origin, mode: Mode, looked: &Looked) -> Vec<(Charge, Settle)> {
        if mode.is_typed() { self.charges_of(origin, self.account(looked), looked.known.as_ref()) } else { Vec::new() }
    }

    /// The budgets of a guess at the password of an account, from a browser that is known to it or not.
    pub(crate) fn charges_of(&self, origin: &Origin, account: String, known: Option<&[u8; 32]>) -> Vec<(Charge, Settle)> {
        let limits = (self.limits)(&self.settings());
        if let Some(device) = known {
            return vec![(Charge { name: browser_key(device), rule: limits.browser }, Settle::Clear)];
        }
        let mut charges = vec![(Charge { name: account, rule: limits.account }, Settle::Clear)];
        for (name, factor) in origin.client.map(address_buckets).unwrap_or_default() {
            charges.push((Charge { name, rule: limits.address.times(factor) }, Settle::Refund));
        }
        charges
    }

    async fn compare(self: &Arc<Self>, origin: &Origin, request: &LoginRequest, progress: &mut Progress) -> Result<bool, LoginRefusal> {
        let Some(attempt) = progress.attempt.take() else { return Ok(false) };
        let stored = progress.looked.credentials.as_ref().and_then(|found| found.password_hash.clone());
        let (effort, password) = (self.effort(), SecretText::new(request.password.expose().clone()));
        let (params, salt) = (self.params, entropy::bytes::<16>(self.entropy.as_ref()));
        let counted = Arc::clone(&self.limiter);
        let job = move || {
            counted.compared();
            let right = password::verify(&attempt, &password, stored.as_deref(), effort);
            let renewed = stored.as_deref().filter(|_| right).map(|stored| password::renewed(params, &password, stored, salt));
            (right, renewed)
        };
        let (right, renewed) = self.hashing.run(&bucket(origin), job).await.map_err(|busy| LoginRefusal::Other(busy_for(busy)))?;
        progress.renewed = match renewed {
            Some(Ok(renewed)) => renewed,
            // The old hash goes on.
            Some(Err(error)) => {
                tracing::error!(%error, "a password could not be hashed anew");
                None
            }
            None => None,
        };
        Ok(right)
    }

    /// Takes as long as a comparison, without one.
    async fn pretend(&self, origin: &Origin, request: &LoginRequest) -> Result<(), LoginRefusal> {
        let (effort, password) = (self.effort(), SecretText::new(request.password.expose().clone()));
        let job = move || password::pretend_to_verify(&password, effort);
        self.hashing.run(&bucket(origin), job).await.map_err(|busy| LoginRefusal::Other(busy_for(busy)))
    }
}

impl Progress {
    const fn new(looked: Looked, at: Timestamp) -> Self {
        Self {
            looked,
            grades: Grades::new(),
            attempt: None,
            reserved_at: at,
            rules: String::new(),
            ask: Vec::new(),
            notify: false,
            paid: false,
            compared: false,
            armed: Vec::new(),
            renewed: None,
        }
    }
}

/// The end of the block that stops an attempt, if one does.
fn holding(blocks: &[Block], mode: Mode, known: bool, now: Timestamp) -> Option<Timestamp> {
    let stops = |block: &&Block| block.kind == guard::fence::BlockKind::NoAnswer && block.holds(mode, known, now);
    blocks.iter().filter(stops).map(|block| block.until).max()
}

pub(crate) fn bucket(origin: &Origin) -> String {
    origin.client.map_or_else(String::new, address_key)
}

pub(crate) fn busy_for(busy: guard::password::pool::Busy) -> Refusal {
    Refusal::Busy { retry_after: busy.retry_after.as_secs().max(1) }
}

/// The word for an end of the machine that is no refusal of the one who asks.
const fn is_quiet(reason: Reason) -> bool {
    matches!(reason, Reason::Mode | Reason::Machine)
}
