//! The servers behind the drivers: connections that die, locks that wait in a circle, and transport security.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use mysql::prelude::Queryable as _;
use ringfence_kit::{Database, Engine, authority};
use ringfence_store::tables::group::TagFacts;
use ringfence_store::{Location, Store, StoreError};

use crate::world::{World, allowed, done, noon, race, raw};

/// Ends every connection to this database but the one that asks.
fn kill_all(database: &Database) {
    match database.engine() {
        Engine::Sqlite => {}
        Engine::Postgres => raw(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap(),
        Engine::Mysql => {
            let mut client = mysql::Conn::new(mysql::Opts::from_url(database.url()).unwrap()).unwrap();
            let own = client.connection_id();
            let ids: Vec<u32> =
                client.query("SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE db = DATABASE()").unwrap();
            for id in ids.into_iter().filter(|id| *id != own) {
                let _gone = client.query_drop(format!("KILL {id}"));
            }
        }
    }
}

fn connections_that_died_are_replaced(engine: Engine) {
    let world = World::open(engine);
    // Several connections idle in the pool, all of which the server closes.
    race(8, |_| world.read(|rx| rx.settings().version()));
    kill_all(&world.database);
    world.write(|tx| {
        let change = tx.tags().insert(&TagFacts { name: "a".into(), ..TagFacts::default() })?;
        done(tx, change)
    });
    race(8, |_| world.read(|rx| rx.settings().version()));
    kill_all(&world.database);
    assert!(world.read(|rx| rx.tags().find_by_name("a")).is_some());
}

#[test]
fn connections_that_died_are_replaced_postgres() {
    connections_that_died_are_replaced(Engine::Postgres);
}

#[test]
fn connections_that_died_are_replaced_mysql() {
    connections_that_died_are_replaced(Engine::Mysql);
}

/// Two units that wait for each other: the server ends one of them, and it is run again.
fn a_circle_of_waits_is_run_again(engine: Engine) {
    let world = World::open(engine);
    let vrfs = [world.add_vrf("one"), world.add_vrf("two")];
    let met = std::sync::Arc::new(Barrier::new(2));
    let runs = std::sync::Arc::new(AtomicUsize::new(0));
    race(2, |number| {
        let (met, runs) = (std::sync::Arc::clone(&met), std::sync::Arc::clone(&runs));
        let order = if number == 0 { vrfs } else { [vrfs[1], vrfs[0]] };
        world.write(move |tx| {
            let _first = tx.vrfs().lock(order[0])?;
            if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                met.wait();
            }
            let second = allowed(tx.vrfs().lock(order[1])?.unwrap());
            let mut facts = second.get().facts.clone();
            facts.description.push('x');
            let change = tx.vrfs().update(&second, &facts)?;
            done(tx, change)
        });
    });
    assert_eq!(runs.load(Ordering::SeqCst), 3);
    for vrf in vrfs {
        assert_eq!(world.read(|rx| rx.vrfs().find(vrf)).unwrap().facts.description, "x");
    }
}

#[test]
fn a_circle_of_waits_is_run_again_postgres() {
    a_circle_of_waits_is_run_again(Engine::Postgres);
}

#[test]
fn a_circle_of_waits_is_run_again_mysql() {
    a_circle_of_waits_is_run_again(Engine::Mysql);
}

fn transport_security_is_verified(engine: Engine) {
    let database = Database::fresh(engine);
    let open = |query: &str| Store::open(&Location::parse(&format!("{}?{query}", database.url())).unwrap(), 2, noon);
    let root = authority();
    let store = open(&format!("sslmode=verify-full&sslrootcert={}", root.display())).unwrap();
    store.ping().unwrap();
    let encrypted = match engine {
        Engine::Postgres => "SELECT COUNT(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND datname = current_database()",
        _ => "SELECT 1",
    };
    assert!(crate::world::raw_number(&database, encrypted) > 0);
    // The authority of this run is not one of the system's.
    let stranger = open("sslmode=verify-full").err().unwrap();
    assert!(stranger.is_unavailable() && matches!(stranger, StoreError::Driver(_)), "{stranger}");
    assert!(!stranger.to_string().contains(database.url().split(':').nth(2).unwrap().split('@').next().unwrap()), "a password shows");
}

#[test]
fn transport_security_is_verified_postgres() {
    transport_security_is_verified(Engine::Postgres);
}

#[test]
fn transport_security_is_verified_mysql() {
    transport_security_is_verified(Engine::Mysql);
}

#[test]
fn an_unreachable_server_is_unavailable_and_shows_no_password() {
    for url in ["postgres://u:hushhush@127.0.0.1:1/x", "mysql://u:hushhush@127.0.0.1:1/x"] {
        let refusal = Store::open(&Location::parse(url).unwrap(), 2, noon).err().unwrap();
        assert!(refusal.is_unavailable(), "{refusal}");
        assert!(!refusal.to_string().contains("hushhush"), "{refusal}");
    }
}

#[test]
fn urls_name_their_engine() {
    use ringfence_store::Engine as Kind;
    assert_eq!(Location::parse("sqlite:data/x.db").unwrap().file().unwrap().to_str(), Some("data/x.db"));
    assert_eq!(Location::parse("sqlite:///x.db").unwrap().file().unwrap().to_str(), Some("/x.db"));
    assert!(matches!(Location::parse("postgresql://h/x").unwrap(), Location::Server(Kind::Postgres, url) if url == "postgres://h/x"));
    assert!(matches!(Location::parse("mariadb://h/x").unwrap(), Location::Server(Kind::Mysql, url) if url == "mysql://h/x"));
    for bad in ["", "sqlite:", "oracle://x", "data/x.db"] {
        assert!(matches!(Location::parse(bad), Err(StoreError::Setup(_))), "{bad}");
    }
}
