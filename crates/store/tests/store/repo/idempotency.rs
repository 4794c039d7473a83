//! A retried request gets the first one's answer and does nothing twice.

use std::time::Duration;

use ringfence_kit::engines;
use ringfence_store::repo::Answered;
use ringfence_store::tables::group::TagFacts;

use crate::world::{NOON, World, done, race, raw_number};

engines! {
    fn ten_at_once_work_once(engine) {
        let world = World::open(engine);
        let outputs = race(10, |number| world.write(move |tx| {
            if let Some(earlier) = tx.idempotency().find("key:1", &[9; 32], NOON)? {
                return Ok(tx.unchanged(earlier.output));
            }
            let change = tx.tags().insert(&TagFacts { name: format!("t{number}"), colour: String::new() })?;
            let output = format!("{{\"id\":{}}}", change.value().0);
            let answered = Answered { fingerprint: [3; 32], output: output.clone() };
            tx.idempotency().keep("key:1", &[9; 32], "tag.create", &answered, NOON.plus(Duration::from_hours(24)))?;
            done(tx, change.map(|_| output.clone()))
        }));
        assert!(outputs.iter().all(|output| *output == outputs[0]), "{outputs:?}");
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM tag"), 1);
        let kept = world.read(|rx| rx.idempotency().find("key:1", &[9; 32], NOON)).unwrap();
        assert_eq!((kept.fingerprint, kept.output), ([3; 32], outputs[0].clone()));
    }

    fn keys_are_their_owners_and_expire(engine) {
        let world = World::open(engine);
        let ends = NOON.plus(Duration::from_hours(1));
        let keep = |at, output: &'static str| {
            world.write_at(at, move |tx| {
                let answered = Answered { fingerprint: [3; 32], output: output.into() };
                tx.idempotency().keep("key:1", &[9; 32], "x", &answered, at.plus(Duration::from_hours(1)))?;
                done(tx, ringfence_store::Change::none())
            });
        };
        keep(NOON, "first");
        let find = |owner, at| world.read(|rx| rx.idempotency().find(owner, &[9; 32], at)).map(|a| a.output);
        assert_eq!(find("key:1", NOON).as_deref(), Some("first"));
        assert_eq!(find("key:2", NOON), None);
        assert_eq!(find("key:1", ends), None);
        keep(ends, "second");
        assert_eq!(find("key:1", ends).as_deref(), Some("second"));
    }
}
