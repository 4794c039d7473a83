//! What the stories share: a store on a database of its own, an origin, and the few things that `app` does around the store's verbs.

use std::sync::{Arc, Barrier};

use mysql::prelude::Queryable as _;
use ringfence_guard::audit::{Actor, Door, Event, Origin};
use ringfence_guard::clock::Timestamp;
use ringfence_guard::permission::{Allowed, Permission, authorize};
use ringfence_kit::{Database, Engine};
use ringfence_plan::{Address as Ip, Prefix};
use ringfence_store::repo::{NewSubnet, Page, SubnetFilter};
use ringfence_store::tables::address::AddressFacts;
use ringfence_store::tables::group::VrfFacts;
use ringfence_store::tables::subnet::{Subnet, SubnetFacts};
use ringfence_store::tables::{AddressId, SiteId, SubnetId, VrfId};
use ringfence_store::{Change, Location, ReadTx, Recorded, Store, StoreError, WriteTx};

/// The instant of every test.
pub const NOON: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);

pub fn noon() -> Timestamp {
    NOON
}

pub fn origin() -> Origin {
    origin_at(NOON)
}

pub fn origin_at(at: Timestamp) -> Origin {
    Origin { actor: Actor::Console, door: Door::Cli, client: None, request_id: "test".into(), at }
}

/// A store on an empty database, which is gone with this value.
pub struct World {
    pub store: Arc<Store>,
    pub database: Database,
}

impl World {
    pub fn open(engine: Engine) -> Self {
        let database = Database::fresh(engine);
        let store = Arc::new(Store::open(&location(&database), 10, noon).unwrap());
        Self { store, database }
    }

    pub fn write<T: Send + 'static>(&self, work: impl Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, StoreError> + Send + 'static) -> T {
        self.try_write(work).unwrap()
    }

    pub fn try_write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.store.write(&origin(), work)
    }

    pub fn write_at<T: Send + 'static>(
        &self,
        at: Timestamp,
        work: impl Fn(&mut WriteTx<'_>) -> Result<Recorded<T>, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(&origin_at(at), work).unwrap()
    }

    pub fn read<T>(&self, work: impl Fn(&mut ReadTx<'_>) -> Result<T, StoreError>) -> T {
        self.store.read(work).unwrap()
    }

    pub fn add_subnet(&self, vrf: VrfId, prefix: &str) -> SubnetId {
        self.add_subnet_with(vrf, prefix, SubnetFacts::default())
    }

    pub fn add_subnet_with(&self, vrf: VrfId, text: &str, facts: SubnetFacts) -> SubnetId {
        let prefix = prefix(text);
        self.write(move |tx| {
            let change = add_subnet(tx, vrf, prefix, &facts)?;
            done(tx, change)
        })
    }

    pub fn add_address(&self, vrf: VrfId, text: &str, facts: AddressFacts) -> AddressId {
        let ip = ip(text);
        self.write(move |tx| {
            let change = add_address(tx, vrf, ip, &facts)?;
            done(tx, change)
        })
    }

    pub fn subnet(&self, id: SubnetId) -> Subnet {
        self.read(|rx| rx.subnets().find(id)).unwrap()
    }

    pub fn add_vrf(&self, name: &str) -> VrfId {
        let facts = VrfFacts { name: name.into(), ..VrfFacts::default() };
        self.write(move |tx| {
            let change = tx.vrfs().insert(&facts)?;
            done(tx, change)
        })
    }

    pub fn add_site(&self, name: &str) -> SiteId {
        let facts = ringfence_store::tables::group::SiteFacts { name: name.into(), ..Default::default() };
        self.write(move |tx| {
            let change = tx.sites().insert(&facts)?;
            done(tx, change)
        })
    }

    pub fn all_subnets(&self, filter: &SubnetFilter) -> Vec<Subnet> {
        self.read(|rx| rx.subnets().list(filter, &Page::first(10_000))).rows
    }

    /// The store's own recomputation finds nothing.
    pub fn assert_sound(&self) {
        let report = self.store.check().unwrap();
        assert_eq!(report.findings, Vec::<String>::new());
        assert_eq!(report.drift, 0);
    }
}

pub fn location(database: &Database) -> Location {
    Location::parse(database.url()).unwrap()
}

pub fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

pub fn ip(text: &str) -> Ip {
    Ip::parse(text).unwrap()
}

/// A right over a thing, as the policy gives it to the console.
pub fn allowed<T>(thing: T) -> Allowed<T> {
    authorize(&Actor::Console, Permission::SubnetWrite, thing).unwrap()
}

/// One event over the change.
pub fn done<T>(tx: &mut WriteTx<'_>, change: Change<T>) -> Result<Recorded<T>, StoreError> {
    tx.record(&Event::new("test.done"), change)
}

pub fn add_subnet(tx: &mut WriteTx<'_>, vrf: VrfId, prefix: Prefix, facts: &SubnetFacts) -> Result<Change<SubnetId>, StoreError> {
    tx.vrfs().lock(vrf)?.unwrap();
    tx.subnets().insert(vrf, &NewSubnet { prefix, facts: facts.clone() })
}

/// Removes a subnet with its own address rows.
pub fn remove_subnet(tx: &mut WriteTx<'_>, vrf: VrfId, id: SubnetId) -> Result<Change<()>, StoreError> {
    tx.vrfs().lock(vrf)?.unwrap();
    let subnet = allowed(tx.subnets().lock(id)?.unwrap());
    let addresses = tx.addresses().remove_all(&subnet)?;
    let gone = tx.subnets().remove(&subnet)?;
    Ok(addresses.and(gone).map(|_| ()))
}

pub fn add_address(tx: &mut WriteTx<'_>, vrf: VrfId, ip: Ip, facts: &AddressFacts) -> Result<Change<AddressId>, StoreError> {
    let subnet = tx.subnets().tightest(vrf, ip)?.unwrap();
    let subnet = tx.subnets().lock(subnet.id)?.unwrap();
    tx.addresses().insert(&subnet, ip, facts)
}

/// Runs `work` on `n` threads that start together; gives the results by number.
pub fn race<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(n);
    std::thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let threads: Vec<_> = (0..n)
            .map(|number| {
                scope.spawn(move || {
                    barrier.wait();
                    work(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// One statement past the store, as somebody with the database's password would run it.
pub fn raw(database: &Database, sql: &str) -> Result<(), String> {
    match database.engine() {
        Engine::Sqlite => {
            let conn = rusqlite::Connection::open(database.file().unwrap()).unwrap();
            conn.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            conn.execute_batch(sql).map_err(|e| e.to_string())
        }
        Engine::Postgres => {
            let mut client = postgres::Client::connect(database.url(), postgres::NoTls).unwrap();
            client.batch_execute(sql).map_err(|e| e.as_db_error().map_or_else(|| e.to_string(), |db| db.message().to_owned()))
        }
        Engine::Mysql => {
            let mut client = mysql::Conn::new(mysql::Opts::from_url(database.url()).unwrap()).unwrap();
            client.query_drop(sql).map_err(|e| e.to_string())
        }
    }
}

/// One number, read past the store.
pub fn raw_number(database: &Database, sql: &str) -> i64 {
    match database.engine() {
        Engine::Sqlite => {
            let conn = rusqlite::Connection::open(database.file().unwrap()).unwrap();
            conn.query_row(sql, [], |row| row.get(0)).unwrap()
        }
        Engine::Postgres => {
            let mut client = postgres::Client::connect(database.url(), postgres::NoTls).unwrap();
            client.query_one(sql, &[]).unwrap().get(0)
        }
        Engine::Mysql => {
            let mut client = mysql::Conn::new(mysql::Opts::from_url(database.url()).unwrap()).unwrap();
            client.query_first(sql).unwrap().unwrap()
        }
    }
}
