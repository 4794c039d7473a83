//! Sessions and known browsers: found by hash, bounded per user.

use std::time::Duration;

use ringfence_guard::permission::Role;
use ringfence_kit::engines;
use ringfence_store::repo::NewSession;
use ringfence_store::tables::account::UserFacts;
use ringfence_store::tables::{SessionId, UserId};

use super::add_user;
use crate::world::{NOON, World, allowed, done};

fn hash(number: u8) -> [u8; 32] {
    let mut hash = [0xfe; 32];
    hash[0] = number;
    hash[31] = 0;
    hash
}

fn begin(world: &World, user: UserId, number: u8) -> SessionId {
    world.write(move |tx| {
        let new = NewSession {
            token_hash: hash(number),
            user_id: user,
            epoch: 1,
            mode: ringfence_guard::login::mode::Mode::Form,
            client: "2001:db8::1".into(),
            agent: "Browser".into(),
            ends_at: NOON.plus(Duration::from_hours(12)),
        };
        let change = tx.sessions().insert(&new)?.map(|(id, _)| id);
        done(tx, change)
    })
}

engines! {
    fn a_user_has_ten_sessions_at_most(engine) {
        let world = World::open(engine);
        let (alice, bob) = (add_user(&world, "alice", "", Role::Admin), add_user(&world, "bob", "", Role::Viewer));
        begin(&world, bob, 200);
        for number in 0..13 {
            begin(&world, alice, number);
        }
        for number in 0..13 {
            assert_eq!(world.read(|rx| rx.sessions().find(&hash(number))).is_some(), number >= 3, "{number}");
        }
        assert!(world.read(|rx| rx.sessions().find(&hash(200))).is_some());
        let ended = world.write(move |tx| { let change = tx.sessions().remove_all(alice)?; done(tx, change) });
        assert_eq!(ended, 10);
    }

    fn a_session_comes_with_its_user_and_the_settings_version(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "Alice@Example.org", Role::Operator);
        let id = begin(&world, alice, 1);
        world.write(|tx| { let change = tx.settings().put("a", Some("1"), true)?; done(tx, change) });
        let later = NOON.plus(Duration::from_secs(90));
        world.write(move |tx| tx.sessions().seen(id, later));
        world.write(move |tx| tx.sessions().seen(id, NOON));
        let session = world.read(|rx| rx.sessions().find(&hash(1))).unwrap();
        assert_eq!((session.id, session.epoch, session.user.id, session.user.facts.role), (id, 1, alice, Role::Operator));
        assert_eq!((session.created_at, session.last_seen_at, session.ends_at), (NOON, later, NOON.plus(Duration::from_hours(12))));
        assert_eq!(session.settings_version, world.read(|rx| rx.settings().version()));
        assert!(world.read(|rx| rx.sessions().find(&hash(2))).is_none());
        assert_eq!(world.write(move |tx| { let change = tx.sessions().remove(id)?; done(tx, change) }), 1);
        assert!(world.read(|rx| rx.sessions().find(&hash(1))).is_none());
    }

    fn a_new_role_raises_the_epoch(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "", Role::Admin);
        for (role, active, epoch) in [(Role::Admin, true, 1), (Role::Viewer, true, 2), (Role::Viewer, false, 3)] {
            world.write(move |tx| {
                let user = tx.accounts().find(alice)?.unwrap();
                let facts = UserFacts { role, active, ..user.facts.clone() };
                let change = tx.accounts().update(&allowed(user), &facts)?;
                done(tx, change)
            });
            assert_eq!(world.read(|rx| rx.accounts().find(alice)).unwrap().session_epoch, epoch);
        }
    }

    fn a_user_has_twenty_known_browsers_at_most(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "", Role::Admin);
        let at = |number: u8| NOON.plus(Duration::from_secs(number.into()));
        for number in 0..20 {
            world.write_at(at(number), move |tx| { let change = tx.known_devices().insert(&hash(number), alice)?; done(tx, change) });
        }
        world.write_at(at(100), |tx| { let change = tx.known_devices().used(&hash(0))?; done(tx, change) });
        world.write_at(at(101), move |tx| { let change = tx.known_devices().insert(&hash(20), alice)?; done(tx, change) });
        for number in 0..=20 {
            let known = world.read(|rx| rx.known_devices().find(&hash(number)));
            assert_eq!(known, (number != 1).then_some(alice), "{number}");
        }
    }
}
