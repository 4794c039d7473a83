//! What one can do with Ringfence: commands and queries, one file per noun, and [`App::run`] and [`App::ask`], the one choke point of all doors.
//!
//! ```text
//! door ─ parses input ─▶ run(op, Command) ─ policy ─▶ one hop to a blocking thread ─▶ execute in one unit of work ─▶ shape
//! ```
//!
//! A command loads, checks the right on that very object, lets `plan` decide, stores, records the event: all in one transaction. The login differs
//! in one way and has a driver of its own ([`login`]). [`setting`] is the registry of settings, [`event`] the list of events, [`import`] reads CSV.
//!
//! To add a verb: a struct with [`Command`] or [`Query`] in the noun's file, its event in [`event`], and a route in a door.

pub mod account;
mod choke;
pub mod commands;
pub mod event;
pub mod fence;
pub mod import;
pub mod limit;
pub mod login;
pub mod mail;
mod notice;
mod outbound;
pub mod queries;
pub mod refusal;
pub mod seal;
pub mod setting;
pub mod shape;
mod upkeep;

use std::path::PathBuf;
use std::sync::Arc;

use guard::budget::Limits;
use guard::clock::Timestamp;
use guard::entropy::Entropy;
use guard::envelope::Sealer;
use guard::fence::Registry;
use guard::key::{self, Key, MasterKey};
use guard::password::Params;
use guard::password::blocklist::Lists;
use guard::password::policy::Rules;
use guard::password::pool::HashPool;
use ringfence_guard as guard;
use ringfence_store as store;

pub use choke::{Command, IdempotencyKey, OpCtx, Query};
pub use refusal::{Problem, Refusal};
pub use store::repo::{AddressFilter, EventFilter, ImportState, SubnetFilter, Under, VlanFilter};
pub use store::tables::account::{Seat, User};
pub use store::tables::address::{AddressFacts, AddressStatus};
pub use store::tables::group::{SiteFacts, TagFacts, VlanFacts, VrfFacts};
pub use store::tables::subnet::{SubnetFacts, SubnetStatus};
pub use store::tables::{AddressId, ApiKeyId, EventId, GLOBAL, ImportPlanId, SessionId, SiteId, SubnetId, TagId, UserId, VlanId, VrfId};

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the composition root hands over.
pub struct Parts {
    /// The open store.
    pub store: store::Store,
    /// Threads for password hashing.
    pub hashing: HashPool,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// The wall clock.
    pub clock: Clock,
    /// The installation's master key.
    pub master: MasterKey,
    /// Cost of password hashes.
    pub params: Params,
    /// The lists of forbidden passwords.
    pub password_lists: Lists,
    /// Browsers meet a certificate that the server made itself.
    pub self_signed: bool,
    /// Checkers, countermeasures and challenges that rules of the fence may name.
    pub registry: Registry,
    /// What judges new passwords.
    pub password_rules: Rules,
    /// The sizes of the login's budgets: [`setting::Values::limits`].
    pub limits: fn(&setting::Values) -> Limits,
    /// The address that people use, for links in letters: `https://ipam.example.org`.
    pub base_url: String,
    /// That address was given: links may be mailed. Else it is only a guess, good for the console.
    pub base_url_given: bool,
    /// The file that remembers the last seal of the audit trail outside the database; none: nothing does.
    pub seal_mark: Option<PathBuf>,
    /// The configuration in force, for the settings page.
    pub configured: Vec<setting::Configured>,
}

/// The application: shared by every door.
pub struct App {
    store: store::Store,
    hashing: HashPool,
    entropy: Arc<dyn Entropy>,
    clock: Clock,
    keys: Keys,
    params: Params,
    password_lists: Lists,
    self_signed: bool,
    seal_mark: Option<seal::MarkFile>,
    settings: setting::Live,
    refusals: choke::RefusalLog,
    limits: fn(&setting::Values) -> Limits,
    limiter: login::SharedLimiter,
    password_rules: Rules,
    post: mail::Post,
    outbound: outbound::Outbound,
    base_url: String,
    base_url_given: bool,
    configured: Vec<setting::Configured>,
}

/// Keys derived from the master key, one per purpose.
struct Keys {
    csrf: Key,
    cookie: Key,
    seal: Key,
    unknown_name: Key,
    login_state: Sealer,
}

impl App {
    /// Puts the parts together and reads the settings once.
    pub fn new(parts: Parts) -> Result<Arc<Self>, store::StoreError> {
        let keys = Keys {
            csrf: parts.master.derive(key::CSRF, 1),
            cookie: parts.master.derive(key::COOKIE_NAME, 1),
            seal: parts.master.derive(key::AUDIT_SEAL, 1),
            unknown_name: parts.master.derive(key::UNKNOWN_NAME, 1),
            login_state: parts.master.sealer(key::LOGIN_STATE, 1),
        };
        let settings = setting::Live::read(&parts.store, (parts.clock)(), parts.registry, parts.master.sealer(key::SEALED_SETTING, 1))?;
        let post = mail::Post::new(Arc::new(parts.master.sealer(key::SEALED_MAIL, 1)), Arc::clone(&parts.entropy));
        Ok(Arc::new(Self {
            store: parts.store,
            hashing: parts.hashing,
            entropy: parts.entropy,
            clock: parts.clock,
            keys,
            params: parts.params,
            password_lists: parts.password_lists,
            self_signed: parts.self_signed,
            seal_mark: parts.seal_mark.map(seal::MarkFile::new),
            settings,
            refusals: choke::RefusalLog::default(),
            limits: parts.limits,
            limiter: Arc::default(),
            password_rules: parts.password_rules,
            post,
            outbound: outbound::Outbound::default(),
            base_url: parts.base_url,
            base_url_given: parts.base_url_given,
            configured: parts.configured,
        }))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The source of chance.
    #[must_use]
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// The settings as they stand.
    #[must_use]
    pub fn settings(&self) -> Arc<setting::Values> {
        self.settings.now()
    }

    /// Whether browsers meet a certificate that the server made itself.
    #[must_use]
    pub const fn is_self_signed(&self) -> bool {
        self.self_signed
    }

    /// The engine underneath.
    #[must_use]
    pub const fn engine(&self) -> store::Engine {
        self.store.engine()
    }

    /// What binds a page's forms to its session.
    #[must_use]
    pub const fn csrf_key(&self) -> &Key {
        &self.keys.csrf
    }

    /// The installation's suffix for cookie names.
    #[must_use]
    pub fn cookie_suffix(&self) -> String {
        guard::session::cookie_suffix(&self.keys.cookie)
    }

    /// Hash jobs waiting now: for metrics.
    #[must_use]
    pub fn hash_queue(&self) -> usize {
        self.hashing.queued()
    }

    /// What the login did since the start, and what goes on now.
    #[must_use]
    pub fn login_counters(&self) -> login::Counters {
        self.limiter.counters()
    }

    /// The parts that rules of the fence may name.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        self.settings.registry()
    }

    /// The address that people use.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The configuration in force, sorted by key.
    #[must_use]
    pub fn configured(&self) -> &[setting::Configured] {
        &self.configured
    }

    /// Asks the database for a sign of life; blocks.
    pub fn ping(&self) -> Result<(), store::StoreError> {
        self.store.ping()
    }

    /// Recomputes everything derived and reads every list; blocks.
    pub fn check(&self) -> Result<store::Report, store::StoreError> {
        let mut report = self.store.check()?;
        for trouble in self.password_lists.status().troubles() {
            report.drift += 1;
            report.findings.push(format!("forbidden passwords: {trouble}"));
        }
        Ok(report)
    }

    /// The lists of forbidden passwords.
    pub(crate) const fn password_lists(&self) -> &Lists {
        &self.password_lists
    }
}
