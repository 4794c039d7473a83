//! Budgets: a hundred parallel guesses cost a hundred.

use std::time::Duration;

use ringfence_guard::budget::Rule;
use ringfence_kit::engines;
use ringfence_store::repo::{Charge, Settle};

use crate::world::{NOON, World, done, race};

fn charge(name: &str, limit: u32) -> Charge {
    Charge { name: name.into(), rule: Rule { limit, ..Rule::ADDRESS } }
}

fn reserve(world: &World, charges: &[Charge]) -> bool {
    let charges = charges.to_vec();
    world.write(move |tx| tx.budgets().reserve(&charges, NOON)).is_ok()
}

fn failures(world: &World, name: &str) -> Option<u32> {
    world.read(|rx| rx.budgets().find(name)).map(|counter| counter.failures)
}

fn settle(world: &World, charges: Vec<(Charge, Settle)>) {
    world.write(move |tx| {
        let change = tx.budgets().settle(NOON, &charges, NOON)?;
        done(tx, change)
    });
}

engines! {
    fn twenty_at_once_get_five(engine) {
        let world = World::open(engine);
        for name in ["v4:203.0.113.9", "user:1"] {
            let results = race(20, |_| reserve(&world, &[charge(name, 5)]));
            assert_eq!(results.iter().filter(|ok| **ok).count(), 5);
            assert_eq!(failures(&world, name), Some(5));
        }
    }

    /// Two budgets in either order, many at once: no circle of waits, and a refusal charges neither.
    fn all_or_none(engine) {
        let world = World::open(engine);
        let (small, large) = (charge("b:small", 3), charge("a:large", 100));
        let results = race(12, |number| {
            let both = if number % 2 == 0 { [small.clone(), large.clone()] } else { [large.clone(), small.clone()] };
            reserve(&world, &both)
        });
        assert_eq!(results.iter().filter(|ok| **ok).count(), 3);
        assert_eq!((failures(&world, "b:small"), failures(&world, "a:large")), (Some(3), Some(3)));
        assert!(reserve(&world, std::slice::from_ref(&large)));
        assert_eq!(failures(&world, "a:large"), Some(4));
    }

    fn the_refusal_says_when_the_last_one_opens(engine) {
        let world = World::open(engine);
        let short = Charge { name: "short".into(), rule: Rule { limit: 1, lock: Duration::from_mins(1), ..Rule::ADDRESS } };
        let long = Charge { name: "long".into(), rule: Rule { limit: 1, lock: Duration::from_hours(1), ..Rule::ADDRESS } };
        assert!(reserve(&world, &[short.clone(), long.clone()]));
        let blocked = world.write(move |tx| tx.budgets().reserve(&[long.clone(), short.clone()], NOON)).unwrap_err();
        assert_eq!(blocked.until, NOON.plus(Duration::from_hours(1)));
    }

    fn a_right_secret_gives_back_or_clears(engine) {
        let world = World::open(engine);
        let (bucket, account) = (charge("v6:2001:db8::/64", 5), charge("user:7", 5));
        for _ in 0..3 {
            assert!(reserve(&world, &[bucket.clone(), account.clone()]));
        }
        settle(&world, vec![(bucket.clone(), Settle::Refund), (account.clone(), Settle::Clear)]);
        assert_eq!((failures(&world, &bucket.name), failures(&world, &account.name)), (Some(2), None));
        settle(&world, vec![(account.clone(), Settle::Refund)]);
        assert_eq!(failures(&world, &account.name), None);
    }

    fn locked_accounts_stand_before_locked_addresses(engine) {
        let world = World::open(engine);
        for (name, hours) in [("v4:203.0.113.1", 3), ("user:7", 1), ("v4:203.0.113.2", 2)] {
            let rule = Rule { limit: 1, lock: Duration::from_hours(hours), ..Rule::ADDRESS };
            assert!(reserve(&world, &[Charge { name: name.into(), rule }]));
        }
        let locked = world.read(|rx| rx.budgets().locked(NOON, 2));
        assert_eq!(locked.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["user:7", "v4:203.0.113.1"]);
    }

    fn the_receipt_names_what_was_charged(engine) {
        let world = World::open(engine);
        let attempt = world.write(|tx| tx.budgets().reserve(&[charge("b", 5), charge("a", 5)], NOON)).unwrap();
        assert_eq!(attempt.reservation().budgets, ["a", "b"]);
        assert_eq!(attempt.reservation().at, NOON);
    }
}
