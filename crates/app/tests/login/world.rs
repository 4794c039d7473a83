//! What the stories share: an app whose clock stands still until it is told to go on, accounts, and attempts with and without a known browser.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringfence_app::account::password::Owner;
use ringfence_app::commands::user::{CreateUser, NewAccount};
use ringfence_app::login::{Answers, Entry, FormPage, LoginRefusal, LoginRequest};
use ringfence_app::setting::Values;
use ringfence_app::{App, OpCtx, Parts, Refusal};
use ringfence_guard::audit::{Actor, Door, Origin};
use ringfence_guard::budget::Limits;
use ringfence_guard::clock::Timestamp;
use ringfence_guard::entropy::Seeded;
use ringfence_guard::fence::Registry;
use ringfence_guard::key::MasterKey;
use ringfence_guard::login::mode::Mode;
use ringfence_guard::password::Params;
use ringfence_guard::password::blocklist::Lists;
use ringfence_guard::password::policy::Rules;
use ringfence_guard::password::pool::HashPool;
use ringfence_guard::permission::Role;
use ringfence_guard::secret::SecretText;
use ringfence_kit::{Database, Engine, barrier_race};
use ringfence_store::repo::{EventFilter, LoginAudit, Page};
use ringfence_store::tables::log::LoggedEvent;
use ringfence_store::{Location, ReadTx, Store, StoreError};

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery";

/// An address from which nobody has tried anything.
pub const HERE: &str = "203.0.113.9";

/// An app on an empty database, and a second store on the same to look behind it.
pub struct World {
    pub app: Arc<App>,
    pub database: Database,
    store: Arc<Store>,
    clock: Arc<AtomicI64>,
    last: Last,
}

/// Connections close where blocking is allowed.
struct Last(Vec<Arc<App>>, Option<Arc<Store>>);

impl Drop for Last {
    fn drop(&mut self) {
        tokio::task::block_in_place(|| (self.0.clear(), drop(self.1.take())));
    }
}

fn open(database: &Database) -> Store {
    Store::open(&Location::parse(database.url()).unwrap(), 8, || Timestamp::from_micros(0)).unwrap()
}

/// An app whose randomness begins at `seed`; the master key is one for all.
fn instance(
    database: &Database,
    clock: &Arc<AtomicI64>,
    seed: u64,
    params: Params,
    registry: Registry,
    limits: fn(&Values) -> Limits,
) -> Arc<App> {
    let time = Arc::clone(clock);
    App::new(Parts {
        store: open(database),
        hashing: HashPool::new(2, 1_000, 1_000).unwrap(),
        master: MasterKey::new([7; 32]),
        entropy: Arc::new(Seeded::new(seed)),
        clock: Arc::new(move || Timestamp::from_micros(time.load(Ordering::SeqCst))),
        params,
        password_lists: Lists::of(&std::env::temp_dir()),
        password_rules: Rules::standard(),
        base_url_given: true,
        self_signed: true,
        registry,
        limits,
        base_url: "https://ipam.example.org".into(),
        seal_mark: None,
        configured: Vec::new(),
    })
    .unwrap()
}

/// How an attempt ends, for comparing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    In,
    Invalid,
    /// Status of a stopped attempt, and after how many seconds it may be tried again.
    Silent(u16, Option<u64>),
    Blocked,
    Ask(Vec<&'static str>),
    NoMode,
    Renew,
    /// The password was another one, or used up, when it was to count.
    Meanwhile,
    Busy,
    Unavailable,
}

/// An attempt, by what it differs from a plain one.
pub struct Attempt {
    pub mode: Mode,
    pub name: String,
    pub password: String,
    pub from: String,
    pub device: Option<String>,
    pub answers: Answers,
}

pub fn attempt(name: &str) -> Attempt {
    Attempt {
        mode: Mode::Form,
        name: name.to_owned(),
        password: "wrong".to_owned(),
        from: HERE.to_owned(),
        device: None,
        answers: Answers::default(),
    }
}

impl Attempt {
    pub fn right(mut self) -> Self {
        PASSWORD.clone_into(&mut self.password);
        self
    }

    pub fn from(mut self, address: &str) -> Self {
        address.clone_into(&mut self.from);
        self
    }

    pub fn by(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    pub fn in_browser(mut self, device: &str) -> Self {
        self.device = Some(device.to_owned());
        self
    }
}

impl World {
    /// With base budgets out of reach, as the cases of the design want it.
    pub async fn open(engine: Engine) -> Self {
        let world = Self::with(engine, Registry::standard(), Values::limits);
        for key in ["security.login_max_attempts", "security.account_lockout_max_attempts"] {
            world.set(key, "1000000").await;
        }
        world.set("fence.rules", "[]").await;
        world.user("ada").await;
        world
    }

    /// As it is shipped.
    pub async fn shipped(engine: Engine) -> Self {
        let world = Self::with(engine, Registry::standard(), Values::limits);
        world.user("ada").await;
        world
    }

    pub fn with(engine: Engine, registry: Registry, limits: fn(&Values) -> Limits) -> Self {
        tokio::task::block_in_place(|| Self::connect(engine, registry, limits))
    }

    fn connect(engine: Engine, registry: Registry, limits: fn(&Values) -> Limits) -> Self {
        let database = Database::fresh(engine);
        let clock = Arc::new(AtomicI64::new(1_785_585_600_000_000));
        let app = instance(&database, &clock, 1, Params::cheap(), registry, limits);
        let store = Arc::new(open(&database));
        let last = Last(vec![Arc::clone(&app)], Some(Arc::clone(&store)));
        Self { app, database, store, clock, last }
    }

    /// Another instance on the same database, with the same key and other costs of a hash.
    pub fn instance(&mut self, params: Params) -> Arc<App> {
        let app = tokio::task::block_in_place(|| {
            instance(&self.database, &self.clock, 2 + self.last.0.len() as u64, params, Registry::standard(), Values::limits)
        });
        self.last.0.push(Arc::clone(&app));
        app
    }

    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub fn console(&self) -> OpCtx {
        OpCtx::new(Origin { actor: Actor::Console, door: Door::Cli, client: None, request_id: "test".into(), at: self.now() })
    }

    pub fn origin(&self, from: &str) -> Origin {
        origin(from, self.now())
    }

    pub async fn try_set(&self, key: &str, value: &str) -> Result<(), Refusal> {
        let put = self.app.put_settings(&[(key, Some(value))])?;
        self.app.run(&self.console(), put).await
    }

    pub async fn set(&self, key: &str, value: &str) {
        self.try_set(key, value).await.unwrap();
    }

    pub async fn user(&self, name: &str) {
        let password = self.app.first_password(Owner::default(), &SecretText::new(PASSWORD.into()), "").await.unwrap();
        let account = NewAccount { password: Some(password), ..NewAccount::new(name, format!("{name}@example.org"), Role::Admin) };
        self.app.run(&self.console(), CreateUser::from(account)).await.unwrap();
    }

    pub async fn try_login(&self, attempt: Attempt) -> Result<Entry, LoginRefusal> {
        let origin = self.origin(&attempt.from);
        self.app.log_in(&origin, request(attempt)).await
    }

    /// How an attempt ends.
    pub async fn end(&self, attempt: Attempt) -> End {
        if attempt.mode == Mode::Basic {
            let password = SecretText::new(attempt.password);
            return self.seen(self.app.call(&self.origin(&attempt.from), &attempt.name, password).await.map(drop));
        }
        self.seen(self.try_login(attempt).await.map(drop))
    }

    fn seen(&self, result: Result<(), LoginRefusal>) -> End {
        match result {
            Ok(()) => End::In,
            Err(LoginRefusal::Invalid { .. }) => End::Invalid,
            Err(LoginRefusal::Blocked { .. }) => End::Blocked,
            Err(LoginRefusal::Silent { status, until }) => End::Silent(status, until.map(|until| until.since(self.now()).as_secs())),
            Err(LoginRefusal::Ask(challenges)) => End::Ask(challenges),
            Err(LoginRefusal::NoMode) => End::NoMode,
            Err(LoginRefusal::Renew) => End::Renew,
            Err(LoginRefusal::Other(Refusal::Told(_))) => End::Meanwhile,
            Err(LoginRefusal::Other(Refusal::Store(error))) if error.is_unavailable() => End::Unavailable,
            Err(LoginRefusal::Other(Refusal::Store(error))) if error.to_string().contains(READ_ONLY) => End::Unavailable,
            Err(LoginRefusal::Other(Refusal::TooMany { .. } | Refusal::Busy { .. })) => End::Busy,
            Err(LoginRefusal::Other(other)) => panic!("{other:?}"),
        }
    }

    /// How an attempt ends whose request began at another time than now.
    pub async fn end_at(&self, origin: &Origin, attempt: Attempt) -> End {
        self.seen(self.app.log_in(origin, request(attempt)).await.map(drop))
    }

    /// Attempts released at one moment; their ends in the same order.
    pub async fn race(&self, attempts: Vec<Attempt>) -> Vec<End> {
        let slots: Arc<Vec<Mutex<Option<Attempt>>>> = Arc::new(attempts.into_iter().map(|attempt| Mutex::new(Some(attempt))).collect());
        let (app, clock) = (Arc::clone(&self.app), self.now());
        let results = barrier_race(slots.len(), |number| {
            let (app, slots) = (Arc::clone(&app), Arc::clone(&slots));
            async move {
                let attempt = slots[number].lock().unwrap().take().unwrap();
                let origin = origin(&attempt.from, clock);
                app.log_in(&origin, request(attempt)).await.map(drop)
            }
        })
        .await;
        results.into_iter().map(|result| self.seen(result)).collect()
    }

    /// From now on nothing can be paid for: budgets cannot be written. The servers answer as they do when they are read-only.
    pub fn refuse_writes(&self) {
        let sql = match self.database.engine() {
            Engine::Sqlite => format!("CREATE TRIGGER refused BEFORE UPDATE ON budget BEGIN SELECT RAISE(ABORT, '{READ_ONLY}'); END"),
            Engine::Postgres => format!(
                "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION '{READ_ONLY}' USING ERRCODE = '25006'; END $$;
                 CREATE TRIGGER refused BEFORE UPDATE ON budget FOR EACH STATEMENT EXECUTE FUNCTION refused()"
            ),
            Engine::Mysql => format!(
                "CREATE TRIGGER refused BEFORE UPDATE ON budget FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = '{READ_ONLY}'"
            ),
        };
        self.database.run(&sql);
    }

    /// So many wrong passwords in a row; each must be refused as wrong.
    pub async fn fail(&self, name: &str, times: usize) {
        for _ in 0..times {
            assert_eq!(self.end(attempt(name)).await, End::Invalid);
        }
    }

    /// Logs in and gives the token that makes this browser known.
    pub async fn known_browser(&self, name: &str) -> String {
        let entry = self.try_login(attempt(name).right().from("198.51.100.1")).await.unwrap();
        entry.device.unwrap().expose().to_owned()
    }

    /// A form as the browser with this token would get it, asking these challenges.
    pub async fn form(&self, ask: &[&'static str]) -> FormPage {
        self.app.form(&self.origin(HERE), ask, None, &BROWSER, false).await.unwrap()
    }

    /// What a browser sends back of a form, with these fields.
    pub fn answers(&self, form: &FormPage, fields: &[(&str, &str)]) -> Answers {
        let fields: BTreeMap<String, String> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answers { ticket: self.app.ticket(&self.origin(HERE), &BROWSER, &form.ticket), fields, host: "ipam.example.org".into() }
    }

    pub fn read<T>(&self, work: impl Fn(&mut ReadTx<'_>) -> Result<T, StoreError>) -> T {
        tokio::task::block_in_place(|| self.store.read(work)).unwrap()
    }

    /// The login audit of an account, by its name.
    pub fn audit_of(&self, name: &str) -> Option<LoginAudit> {
        let name = name.to_owned();
        self.read(move |rx| {
            let Some(user) = rx.accounts().find_by_name(&name)? else { return Ok(None) };
            rx.login_audits().find(&format!("user:{}", user.id.0))
        })
    }

    pub fn failures(&self, name: &str) -> u32 {
        self.audit_of(name).map_or(0, |audit| audit.failures)
    }

    /// Events of that name, newest first.
    pub fn events(&self, name: &'static str) -> Vec<LoggedEvent> {
        let filter = EventFilter { name: Some(name.to_owned()), ..EventFilter::default() };
        self.read(|rx| rx.log().events(&filter, &Page::first(1_000))).rows
    }

    /// Secrets that were compared.
    pub fn comparisons(&self) -> u64 {
        self.app.login_counters().comparisons
    }

    /// Times how long an attempt waits by what its rules say; slowdown is set to so many milliseconds each step.
    pub async fn slow(&self, millis: u64) {
        for (key, value) in [("initial_duration", millis), ("duration_incrementation", millis), ("duration_max", 10 * millis)] {
            self.set(&format!("fence.slowdown_{key}"), &(value * 1_000).to_string()).await;
        }
    }
}

/// What a database says that takes no writes.
const READ_ONLY: &str = "the test allows no writes";

pub fn origin(from: &str, at: Timestamp) -> Origin {
    Origin { actor: Actor::Anonymous, door: Door::Web, client: from.parse().ok(), request_id: "test".into(), at }
}

pub fn request(attempt: Attempt) -> LoginRequest {
    LoginRequest {
        mode: attempt.mode,
        name: attempt.name,
        password: SecretText::new(attempt.password),
        device: attempt.device,
        agent: "test".into(),
        replaces: None,
        answers: attempt.answers,
    }
}

/// The hash that stands for the browser of a test.
pub const BROWSER: [u8; 32] = [9; 32];

/// How long `work` took.
pub async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let began = std::time::Instant::now();
    let value = work.await;
    (value, began.elapsed())
}
