//! Handing out addresses to many at once: never one twice, never one too few.

use std::collections::BTreeSet;

use ringfence_kit::engines;
use ringfence_store::StoreError;
use ringfence_store::tables::GLOBAL;
use ringfence_store::tables::address::AddressFacts;
use ringfence_store::tables::subnet::SubnetFacts;

use crate::world::{World, add_subnet, done, prefix, race};

engines! {
    fn thirty_two_at_once_get_each_address_once(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/26");
        let handed: Vec<_> = race(32, |_| {
            let mut mine = Vec::new();
            loop {
                let one = world.write(move |tx| {
                    let subnet = tx.subnets().lock(id)?.unwrap();
                    let free = tx.addresses().next_free(&subnet, 1)?;
                    let Some(vacancy) = free.first().copied() else { return Ok(tx.unchanged(None)) };
                    let change = tx.addresses().allocate(&subnet, &free, &AddressFacts::default())?;
                    done(tx, change.map(|_| Some(vacancy.address)))
                });
                match one {
                    Some(address) => mine.push(address),
                    None => return mine,
                }
            }
        }).into_iter().flatten().collect();
        assert_eq!(handed.len(), 62);
        assert_eq!(handed.iter().collect::<BTreeSet<_>>().len(), 62);
        let subnet = world.subnet(id);
        assert_eq!(subnet.derived.used, 62);
        assert_eq!(subnet.derived.free_from.to_string(), "10.0.0.63");
        world.assert_sound();
    }

    /// The tree changes under those who allocate.
    fn allocations_and_a_growing_tree_agree(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/24");
        race(12, |number| {
            if number < 4 {
                let text = format!("10.0.0.{}/27", number * 32);
                let prefix = prefix(&text);
                world.write(move |tx| { let change = add_subnet(tx, GLOBAL, prefix, &SubnetFacts::default())?; done(tx, change) });
                return;
            }
            for _ in 0..5 {
                world.write(move |tx| {
                    let subnet = tx.subnets().lock(id)?.unwrap();
                    let free = tx.addresses().next_free(&subnet, 1)?;
                    let change = tx.addresses().allocate(&subnet, &free, &AddressFacts::default())?;
                    done(tx, change.map(drop))
                });
            }
        });
        world.assert_sound();
        assert_eq!(world.read(|rx| rx.addresses().total()), 40);
    }

    /// Of two that write down the same address one wins; the loser is told that it is taken.
    fn one_address_is_taken_once(engine) {
        let world = World::open(engine);
        world.add_subnet(GLOBAL, "10.0.0.0/24");
        let results = race(16, |_| world.try_write(|tx| {
            let change = crate::world::add_address(tx, GLOBAL, crate::world::ip("10.0.0.9"), &AddressFacts::default())?;
            done(tx, change)
        }));
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
        assert!(results.iter().filter_map(|r| r.as_ref().err()).all(StoreError::is_unique), "{results:?}");
        world.assert_sound();
    }
}
