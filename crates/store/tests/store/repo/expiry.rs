//! What has expired goes, and nothing else.

use std::time::Duration;

use ringfence_guard::budget::Rule;
use ringfence_guard::clock::Timestamp;
use ringfence_guard::permission::Role;
use ringfence_kit::engines;
use ringfence_store::repo::{Answered, Charge, NewImportPlan, NewSession};

use super::add_user;
use crate::world::{NOON, World, done};

fn later(hours: u64) -> Timestamp {
    NOON.plus(Duration::from_hours(hours))
}

engines! {
    fn only_what_has_expired_goes(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "", Role::Admin);
        for (number, ends) in [(1u8, 1), (2, 100)] {
            world.write(move |tx| {
                let session = NewSession { token_hash: [number; 32], user_id: alice, epoch: 1, client: String::new(), agent: String::new(), ends_at: later(ends) };
                let session = tx.sessions().insert(&session)?.map(drop);
                let link = tx.links().insert(if number == 1 { "a" } else { "b" }, None, &[number; 32], later(ends))?;
                let answered = Answered { fingerprint: [0; 32], output: "{}".into() };
                tx.idempotency().keep("o", &[number; 32], "x", &answered, later(ends))?;
                let plan = NewImportPlan { kind: "sites", source: String::new(), owner: String::new(), total: 0, totals: "{}".into(), plan: Vec::new(), expires_at: later(ends) };
                let plan = tx.import_plans().insert(plan)?.map(drop);
                let all = session.and(link).and(plan);
                done(tx, all.map(drop))
            });
        }
        let lasting = Charge { name: "lasting".into(), rule: Rule { limit: 1, lock: Duration::from_hours(50), lock_max: Duration::from_hours(50), ..Rule::ADDRESS } };
        let passing = Charge { name: "passing".into(), rule: Rule::ADDRESS };
        let _attempt = world.write(move |tx| tx.budgets().reserve(&[lasting.clone(), passing.clone()], NOON)).unwrap();
        let purge = |now, idle, stale| -> Vec<u64> {
            world.write(move |tx| tx.expiry().purge(now, idle, stale)).into_iter().map(|(_, gone)| gone).collect()
        };
        assert_eq!(purge(NOON, NOON, NOON), [0; 5]);
        assert_eq!(purge(later(2), NOON, later(2)), [1; 5]);
        assert!(world.read(|rx| rx.sessions().find(&[2; 32])).is_some() && world.read(|rx| rx.sessions().find(&[1; 32])).is_none());
        assert!(world.read(|rx| rx.links().is_open("b", &[2; 32], later(2))));
        assert!(world.read(|rx| rx.budgets().find("lasting")).is_some() && world.read(|rx| rx.budgets().find("passing")).is_none());
        // An idle session goes before its end; a budget when its lock is over.
        assert_eq!(purge(later(2), later(1), later(51)), [1, 0, 0, 0, 1]);
    }

    fn much_goes_in_steps(engine) {
        let world = World::open(engine);
        world.write(|tx| {
            for number in 0..700u32 {
                let charge = Charge { name: format!("v4:{number}"), rule: Rule::ADDRESS };
                let _attempt = tx.budgets().reserve(&[charge], NOON)?.map(|attempt| attempt.is_ok());
            }
            Ok(tx.unchanged(()))
        });
        let purge = || world.write(|tx| tx.expiry().purge(later(2), NOON, later(2)))[4].1;
        assert_eq!([purge(), purge(), purge()], [500, 200, 0]);
    }
}
