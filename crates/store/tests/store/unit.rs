//! The unit of work: all or nothing, on record, and of no harm to its neighbours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringfence_guard::audit::Event;
use ringfence_kit::engines;
use ringfence_store::tables::group::TagFacts;
use ringfence_store::tables::subnet::SubnetFacts;
use ringfence_store::{Quiet, Recorded, StoreError, WriteTx};

use crate::world::{World, add_subnet, done, origin, prefix, race, raw_number};

fn tag(tx: &mut WriteTx<'_>, name: &str) -> Result<ringfence_store::Change<ringfence_store::tables::TagId>, StoreError> {
    tx.tags().insert(&TagFacts { name: name.into(), colour: String::new() })
}

fn has(world: &World, name: &str) -> bool {
    world.read(|rx| rx.tags().find_by_name(name)).is_some()
}

#[derive(Debug)]
enum Refused {
    Store,
    Reason,
}

impl From<StoreError> for Refused {
    fn from(_: StoreError) -> Self {
        Self::Store
    }
}

engines! {
    fn what_was_written_is_there_when_write_returns(engine) {
        let world = World::open(engine);
        for number in 0..20 {
            let name = format!("t{number}");
            let wanted = name.clone();
            world.write(move |tx| { let change = tag(tx, &name)?; done(tx, change) });
            assert!(has(&world, &wanted));
        }
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM audit_event"), 20);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM object_change"), 20);
    }

    fn a_refusal_rolls_back(engine) {
        let world = World::open(engine);
        let result: Result<(), Refused> = world.store.write(&origin(), |tx| {
            let change = tag(tx, "gone")?;
            let _recorded: Recorded<_> = done(tx, change)?;
            Err(Refused::Reason)
        });
        assert!(matches!(result, Err(Refused::Reason)), "{result:?}");
        assert!(!has(&world, "gone"));
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM audit_event"), 0);
    }

    fn a_panic_rolls_back_and_the_store_goes_on(engine) {
        let world = World::open(engine);
        for _ in 0..15 {
            let result = world.try_write::<()>(|tx| {
                let change = tag(tx, "gone")?;
                let _recorded = done(tx, change)?;
                panic!("on purpose");
            });
            assert!(matches!(result, Err(StoreError::Panicked)), "{result:?}");
        }
        assert!(!has(&world, "gone"));
        world.write(|tx| { let change = tag(tx, "stays")?; done(tx, change) });
        assert!(has(&world, "stays"));
    }

    fn a_reader_that_panics_leaves_no_open_view(engine) {
        let world = World::open(engine);
        for _ in 0..15 {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                world.store.read::<(), StoreError>(|rx| { rx.tags().find_by_name("late")?; panic!("on purpose") })
            }));
            assert!(result.is_err());
        }
        world.write(|tx| { let change = tag(tx, "late")?; done(tx, change) });
        for _ in 0..15 {
            assert!(has(&world, "late"));
        }
    }

    fn a_change_without_an_event_is_refused(engine) {
        let world = World::open(engine);
        let result = world.try_write(|tx| {
            let one = tag(tx, "covered")?;
            let _two = tag(tx, "forgotten")?;
            done(tx, one)
        });
        assert!(matches!(result, Err(StoreError::Unrecorded { changes: 1 })), "{result:?}");
        assert!(!has(&world, "covered") && !has(&world, "forgotten"));
        let result = world.try_write(|tx| {
            let _dropped = tag(tx, "forgotten")?;
            Ok(tx.unchanged(()))
        });
        assert!(matches!(result, Err(StoreError::Unrecorded { changes: 1 })), "{result:?}");
        assert!(!has(&world, "forgotten"));
    }

    /// PostgreSQL would answer COMMIT with a silent rollback.
    fn a_unit_that_swallows_a_refusal_of_the_database_is_refused(engine) {
        let world = World::open(engine);
        world.write(|tx| { let change = tag(tx, "taken")?; done(tx, change) });
        let result = world.try_write(|tx| {
            let change = tag(tx, "lost")?;
            let _refused = tag(tx, "taken").is_err();
            Ok(tx.quiet(Quiet::JobHeartbeat, change))
        });
        assert!(result.as_ref().is_err_and(StoreError::is_unique), "{result:?}");
        assert!(!has(&world, "lost"));
    }

    fn one_event_covers_many_changes(engine) {
        let world = World::open(engine);
        let count = world.write(|tx| {
            let many = (0..2500).map(|n| tag(tx, &format!("t{n}"))).collect::<Result<Vec<_>, _>>()?;
            let change = ringfence_store::Change::all(many);
            done(tx, change.map(|ids| ids.len()))
        });
        assert_eq!(count, 2500);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM audit_event"), 1);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM object_change"), 2500);
    }

    /// Failing, panicking and good units side by side, many in one group.
    fn neighbours_are_unharmed(engine) {
        let world = World::open(engine);
        let results = race(24, |number| {
            (0..10).map(|round| {
                let name = format!("n{number}-{round}");
                world.try_write(move |tx| {
                    let change = tag(tx, &name)?;
                    match number % 4 {
                        0 => panic!("on purpose"),
                        1 => Err(StoreError::Corrupt("on purpose".into())),
                        2 => { drop(change); Ok(tx.unchanged(())) }
                        _ => done(tx, change).map(|recorded| recorded.map(drop)),
                    }
                }).is_ok()
            }).collect::<Vec<_>>()
        });
        for (number, rounds) in results.iter().enumerate() {
            assert!(rounds.iter().all(|ok| *ok == (number % 4 == 3)), "{number}: {rounds:?}");
        }
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM tag"), 60);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM audit_event"), 60);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM object_change"), 60);
    }

    fn one_thread_sees_its_own_order(engine) {
        let world = World::open(engine);
        race(8, |number| {
            let mut before = 0;
            for round in 0..15 {
                let name = format!("o{number}-{round}");
                let id = world.write(move |tx| { let change = tag(tx, &name)?; done(tx, change) }).0;
                assert!(id > before);
                before = id;
            }
        });
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM tag"), 120);
    }

    fn submit_answers_once(engine) {
        let world = World::open(engine);
        let answered = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = std::sync::mpsc::channel();
        for number in 0..50 {
            let (answered, sender) = (Arc::clone(&answered), sender.clone());
            world.store.submit::<_, StoreError>(
                origin(),
                move |tx| { let change = tag(tx, &format!("s{number}"))?; done(tx, change) },
                move |result| {
                    answered.fetch_add(1, Ordering::SeqCst);
                    sender.send(result.is_ok()).unwrap();
                },
            );
        }
        drop(sender);
        assert_eq!(receiver.iter().filter(|ok| *ok).count(), 50);
        assert_eq!(answered.load(Ordering::SeqCst), 50);
    }

    fn ids_of_many_rows_are_those_of_the_rows(engine) {
        let world = World::open(engine);
        world.write(|tx| { let change = add_subnet(tx, ringfence_store::tables::GLOBAL, prefix("10.0.0.0/8"), &SubnetFacts::default())?; done(tx, change) });
        let wanted: Vec<String> = (0..2300).map(|n| format!("10.{}.{}.0/24", n / 256, n % 256)).collect();
        let given = wanted.clone();
        let ids = world.write(move |tx| {
            tx.vrfs().lock(ringfence_store::tables::GLOBAL)?;
            let facts = |text: &String| SubnetFacts { name: format!("named {text}"), tags: vec!["t".into()], ..SubnetFacts::default() };
            let new = given.iter().map(|text| ringfence_store::repo::NewSubnet { prefix: prefix(text), facts: facts(text) }).collect();
            let change = tx.subnets().graft(ringfence_store::tables::GLOBAL, new)?;
            done(tx, change)
        });
        let found = world.read(|rx| ids.iter().map(|id| rx.subnets().find(*id)).collect::<Result<Vec<_>, _>>());
        let found: Vec<String> = found.into_iter().map(|subnet| subnet.unwrap().prefix.to_string()).collect();
        assert_eq!(found, wanted);
        // One at a time: the search index that a trigger fills has numbers of its own.
        for n in 0..5 {
            let id = world.add_subnet_with(ringfence_store::tables::GLOBAL, &format!("11.0.{n}.0/24"), SubnetFacts { name: "x".repeat(n), ..SubnetFacts::default() });
            assert_eq!(world.subnet(id).prefix.to_string(), format!("11.0.{n}.0/24"));
        }
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM object_change c JOIN subnet s ON s.id = c.object_id AND c.kind = 'subnet'"), 2306);
    }

    fn an_event_alone_is_enough(engine) {
        let world = World::open(engine);
        world.write(|tx| tx.record(&Event::new("login.failed").with("reason", "x"), ringfence_store::Change::none()));
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM audit_event"), 1);
    }
}

/// Whoever answers on the writer thread cannot end it.
#[test]
fn a_receiver_that_panics_does_not_stop_the_writer() {
    let world = World::open(ringfence_kit::Engine::Sqlite);
    let receive = |_: Result<_, StoreError>| panic!("on purpose");
    world.store.submit(
        origin(),
        |tx| {
            let change = tag(tx, "first")?;
            done(tx, change)
        },
        receive,
    );
    world.write(|tx| {
        let change = tag(tx, "second")?;
        done(tx, change)
    });
    assert!(has(&world, "first") && has(&world, "second"));
}

/// A `Recorded` comes from `record`, `quiet` and `unchanged` alone, and a unit must return one.
#[test]
fn forgetting_the_record_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/refusals/*.rs");
}
