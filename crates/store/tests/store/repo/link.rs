//! One-time links are used once.

use std::time::Duration;

use ringfence_guard::permission::Role;
use ringfence_kit::engines;

use super::add_user;
use crate::world::{NOON, World, done, race};

engines! {
    fn fifty_at_once_use_it_once(engine) {
        let world = World::open(engine);
        let ends = NOON.plus(Duration::from_hours(1));
        world.write(move |tx| { let change = tx.links().insert("setup", None, &[5; 32], ends)?; done(tx, change) });
        assert!(world.read(|rx| rx.links().is_open("setup", &[5; 32], NOON)));
        assert!(!world.read(|rx| rx.links().is_open("reset", &[5; 32], NOON)));
        assert!(!world.read(|rx| rx.links().is_open("setup", &[5; 32], ends)));
        let used = race(50, |_| world.write(|tx| { let change = tx.links().consume("setup", &[5; 32])?; done(tx, change) }));
        assert_eq!(used.iter().filter(|used| **used).count(), 1);
        assert!(!world.read(|rx| rx.links().is_open("setup", &[5; 32], NOON)));
    }

    fn a_new_link_ends_the_older_one_of_its_purpose_and_user(engine) {
        let world = World::open(engine);
        let (alice, bob) = (add_user(&world, "alice", "", Role::Admin), add_user(&world, "bob", "", Role::Admin));
        let ends = NOON.plus(Duration::from_hours(1));
        for (number, purpose, user) in [(1, "reset", Some(alice)), (2, "reset", Some(bob)), (3, "setup", None), (4, "reset", Some(alice)), (5, "setup", None)] {
            world.write(move |tx| { let change = tx.links().insert(purpose, user, &[number; 32], ends)?; done(tx, change) });
        }
        let open = |number, purpose| world.read(|rx| rx.links().is_open(purpose, &[number; 32], NOON));
        assert_eq!([open(1, "reset"), open(2, "reset"), open(3, "setup"), open(4, "reset"), open(5, "setup")], [false, true, false, true, true]);
    }

    fn an_expired_or_foreign_link_is_not_used(engine) {
        let world = World::open(engine);
        world.write(|tx| { let change = tx.links().insert("reset", None, &[1; 32], NOON)?; done(tx, change) });
        for (purpose, hash) in [("reset", [1; 32]), ("setup", [1; 32]), ("reset", [2; 32])] {
            assert!(!world.write(move |tx| { let change = tx.links().consume(purpose, &hash)?; done(tx, change) }));
        }
    }
}
