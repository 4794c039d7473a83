//! Migrations: once, under a lock, never backwards, and on MariaDB from where they were interrupted.

use ringfence_kit::{Database, Engine, engines};
use ringfence_store::{Store, StoreError};

use crate::world::{World, location, noon, race, raw, raw_number};

fn refusal(database: &Database) -> String {
    match Store::open(&location(database), 2, noon) {
        Err(StoreError::Setup(text)) => text,
        Err(other) => panic!("another refusal: {other}"),
        Ok(_) => panic!("the database was opened"),
    }
}

engines! {
    fn a_second_start_changes_nothing(engine) {
        let world = World::open(engine);
        world.write(|tx| { let change = tx.settings().put("a", Some("1"), true)?; crate::world::done(tx, change) });
        let again = Store::open(&location(&world.database), 2, noon).unwrap();
        assert_eq!(again.read(|rx| rx.settings().all()).map_err(|e: StoreError| e).unwrap().1["a"], "1");
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM migration"), 1);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM vrf"), 1);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM site"), 1);
        again.ping().unwrap();
        world.assert_sound();
    }

    fn a_database_of_a_newer_release_is_refused(engine) {
        let World { store, database } = World::open(engine);
        drop(store);
        raw(&database, "INSERT INTO migration (number, name, checksum, at) VALUES (9999, 'later', 'x', 1)").unwrap();
        assert!(refusal(&database).contains("newer ringfence (schema 9999"), "{}", refusal(&database));
        raw(&database, "DELETE FROM migration WHERE number = 9999").unwrap();
        Store::open(&location(&database), 2, noon).unwrap();
    }

    fn an_altered_migration_is_refused(engine) {
        let World { store, database } = World::open(engine);
        drop(store);
        raw(&database, "UPDATE migration SET checksum = 'altered' WHERE number = 1").unwrap();
        assert!(refusal(&database).contains("another checksum"));
    }

    fn many_first_starts_at_once_make_one_schema(engine) {
        let database = Database::fresh(engine);
        let stores = race(6, |_| Store::open(&location(&database), 1, noon));
        for store in &stores {
            store.as_ref().unwrap().ping().unwrap();
        }
        assert_eq!(raw_number(&database, "SELECT COUNT(*) FROM migration"), 1);
        assert_eq!(raw_number(&database, "SELECT COUNT(*) FROM vrf"), 1);
    }
}

/// MariaDB commits every step by itself: a run that was killed after any of them goes on there.
#[test]
fn an_interrupted_run_goes_on_mysql() {
    let World { store, database } = World::open(Engine::Mysql);
    drop(store);
    let steps = raw_number(&database, "SELECT COUNT(*) FROM migration_step");
    assert!(steps > 30, "{steps}");
    for kept in [0, 1, steps / 2, steps - 1] {
        raw(&database, "DELETE FROM migration").unwrap();
        raw(&database, &format!("DELETE FROM migration_step WHERE step >= 10000 + {kept}")).unwrap();
        Store::open(&location(&database), 1, noon).unwrap();
        assert_eq!(raw_number(&database, "SELECT COUNT(*) FROM migration_step"), steps);
        assert_eq!(raw_number(&database, "SELECT COUNT(*) FROM vrf"), 1);
    }
    // And with the later tables really missing.
    raw(&database, "DELETE FROM migration").unwrap();
    raw(&database, "DELETE FROM migration_step WHERE step >= 10020").unwrap();
    raw(&database, "DROP TABLE job").unwrap();
    Store::open(&location(&database), 1, noon).unwrap();
    assert_eq!(raw_number(&database, "SELECT COUNT(*) FROM job"), 0);
}
