//! What the import's stories share: an app on a database of its own, and people who import.

use std::sync::Arc;

use ringfence_app::import::{Kind, OnDuplicate, Options, Planned, Progress, RowVerdict, Totals};
use ringfence_app::{App, OpCtx, Parts, Refusal};
use ringfence_guard::audit::{Actor, Door, Origin};
use ringfence_guard::clock::Timestamp;
use ringfence_guard::entropy::Seeded;
use ringfence_guard::key::MasterKey;
use ringfence_guard::password::Params;
use ringfence_guard::password::blocklist::Lists;
use ringfence_guard::password::pool::HashPool;
use ringfence_guard::permission::Role;
use ringfence_kit::{Database, Engine};
use ringfence_store::repo::EventFilter;
use ringfence_store::repo::Page;
use ringfence_store::repo::{AddressFilter, SubnetFilter};
use ringfence_store::tables::address::Address;
use ringfence_store::tables::group::Site;
use ringfence_store::tables::subnet::Subnet;
use ringfence_store::{Location, ReadTx, Store, StoreError};

/// The instant of every test.
pub const NOON: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);

pub fn noon() -> Timestamp {
    NOON
}

/// An app on an empty database, and a second store on the same to look behind it.
pub struct World {
    pub app: Arc<App>,
    store: Arc<Store>,
    _last: Last,
    _database: Database,
}

/// Connections close where blocking is allowed.
struct Last(Option<(Arc<App>, Arc<Store>)>);

impl Drop for Last {
    fn drop(&mut self) {
        tokio::task::block_in_place(|| drop(self.0.take()));
    }
}

pub fn console() -> OpCtx {
    person(Actor::Console)
}

pub fn role(role: Role) -> OpCtx {
    person(Actor::User { id: 7, role })
}

pub fn person(actor: Actor) -> OpCtx {
    OpCtx::new(Origin { actor, door: Door::Cli, client: None, request_id: "test".into(), at: NOON })
}

pub fn quietly() -> Progress {
    Arc::new(|_, _| {})
}

pub fn demo(file: &str) -> Vec<u8> {
    let path = format!("{}/../../demo/{file}.csv", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

impl World {
    pub fn open(engine: Engine) -> Self {
        tokio::task::block_in_place(|| Self::connect(engine))
    }

    fn connect(engine: Engine) -> Self {
        let database = Database::fresh(engine);
        let location = Location::parse(database.url()).unwrap();
        let open = || Store::open(&location, 4, noon).unwrap();
        let entropy = Arc::new(Seeded::new(1));
        let app = App::new(Parts {
            store: open(),
            hashing: HashPool::new(1, 1, 1).unwrap(),
            master: MasterKey::mint(&*entropy),
            entropy,
            clock: Arc::new(noon),
            params: Params::cheap(),
            password_lists: Lists::of(&std::env::temp_dir()),
            self_signed: true,
            registry: ringfence_guard::fence::Registry::standard(),
            limits: ringfence_app::setting::Values::limits,

            password_rules: ringfence_guard::password::policy::Rules::standard(),
            base_url_given: true,
            base_url: "https://localhost".into(),
            seal_mark: None,
            configured: Vec::new(),
        })
        .unwrap();
        let store = Arc::new(open());
        let last = Last(Some((Arc::clone(&app), Arc::clone(&store))));
        Self { app, store, _last: last, _database: database }
    }

    pub async fn plan(&self, options: &Options, file: impl AsRef<[u8]>) -> Result<Planned, Refusal> {
        self.app.plan_import(&console(), options.clone(), "test.csv", file.as_ref().to_vec(), &|_, _| {}).await
    }

    pub async fn planned(&self, kind: Kind, file: impl AsRef<[u8]>) -> Planned {
        self.plan(&Options::new(kind), file).await.unwrap()
    }

    /// Plans and applies; the totals of the dry run.
    pub async fn import(&self, kind: Kind, file: impl AsRef<[u8]>) -> Totals {
        self.import_with(kind, OnDuplicate::Skip, file).await
    }

    pub async fn import_with(&self, kind: Kind, on_duplicate: OnDuplicate, file: impl AsRef<[u8]>) -> Totals {
        let planned = self.plan(&Options { on_duplicate, ..Options::new(kind) }, file).await.unwrap();
        let totals = self.apply(planned).await.unwrap();
        self.sound();
        totals
    }

    pub async fn apply(&self, planned: Planned) -> Result<Totals, Refusal> {
        self.app.apply_import(&console(), planned.plan, quietly()).await
    }

    pub fn read<T>(&self, work: impl Fn(&mut ReadTx<'_>) -> Result<T, StoreError>) -> T {
        tokio::task::block_in_place(|| self.store.read(work)).unwrap()
    }

    pub fn subnets(&self, filter: &SubnetFilter) -> Vec<Subnet> {
        self.read(|rx| rx.subnets().list(filter, &Page::first(1_000_000))).rows
    }

    pub fn subnet(&self, prefix: &str) -> Subnet {
        let prefix = prefix.parse().unwrap();
        self.subnets(&SubnetFilter { prefix: Some(prefix), ..SubnetFilter::default() }).pop().unwrap()
    }

    pub fn addresses(&self) -> Vec<Address> {
        self.read(|rx| rx.addresses().list(&AddressFilter::default(), &Page::first(1_000_000))).rows
    }

    pub fn address(&self, text: &str) -> Address {
        self.addresses().into_iter().find(|row| row.address.to_string() == text).unwrap()
    }

    pub fn sites(&self) -> Vec<Site> {
        self.read(|rx| rx.sites().list(None, &Page::first(1_000_000))).rows
    }

    /// Names of all events, oldest first.
    pub fn events(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .read(|rx| rx.log().events(&EventFilter::default(), &Page::first(1_000)))
            .rows
            .into_iter()
            .map(|event| event.name)
            .collect();
        names.reverse();
        names
    }

    /// The store's own recomputation finds nothing.
    pub fn sound(&self) {
        let report = tokio::task::block_in_place(|| self.store.check()).unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
    }
}

/// `create/same/change/refused`.
pub fn counts(totals: &Totals) -> [usize; 4] {
    [totals.create, totals.same, totals.change, totals.refused]
}

/// The rows in short: line, verdict, label, reason.
pub fn short(rows: &[RowVerdict]) -> Vec<String> {
    rows.iter()
        .map(|row| format!("{} {} {} {}", row.line, row.verdict.as_str(), row.label, row.verdict.reason()).trim_end().to_owned())
        .collect()
}
