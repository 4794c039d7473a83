//! Settings: every change moves the version, secrets stay out of the log.

use ringfence_kit::engines;

use crate::world::{World, done, race, raw_number};

engines! {
    fn every_change_moves_the_version(engine) {
        let world = World::open(engine);
        let put = |key: &'static str, value: Option<&'static str>, shown| {
            world.write(move |tx| { let change = tx.settings().put(key, value, shown)?; done(tx, change) });
        };
        let start = world.read(|rx| rx.settings().version());
        put("a.b", Some("1"), true);
        put("a.b", Some("ä'\"; --"), true);
        put("c.d", Some("secret word"), false);
        put("c.d", Some("another secret word"), false);
        let (version, all) = world.read(|rx| rx.settings().all());
        assert_eq!((version, all["a.b"].as_str(), all["c.d"].as_str()), (start + 4, "ä'\"; --", "another secret word"));
        put("a.b", None, true);
        put("never.set", None, true);
        let (version, all) = world.read(|rx| rx.settings().all());
        assert_eq!((version, all.contains_key("a.b"), all.len()), (start + 6, false, 1));
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM object_change WHERE before_state LIKE '%secret word%' OR after_state LIKE '%secret word%'"), 0);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM object_change WHERE after_state LIKE '%***%'"), 2);
    }

    fn parallel_changes_are_all_counted(engine) {
        let world = World::open(engine);
        let start = world.read(|rx| rx.settings().version());
        race(12, |number| world.write(move |tx| { let change = tx.settings().put(&format!("k{}", number % 3), Some("x"), true)?; done(tx, change) }));
        let (version, all) = world.read(|rx| rx.settings().all());
        assert_eq!((version, all.len()), (start + 12, 3));
    }
}
