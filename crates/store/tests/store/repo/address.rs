//! Addresses: what is free, who holds what, and what counts.

use std::collections::BTreeSet;

use ringfence_kit::engines;
use ringfence_store::repo::{AddressFilter, Page, SubnetFilter, Vacancy};
use ringfence_store::tables::address::{AddressFacts, AddressStatus};
use ringfence_store::tables::subnet::SubnetFacts;
use ringfence_store::tables::{GLOBAL, SubnetId};

use crate::world::{World, allowed, done, ip, prefix, remove_subnet};

fn free(world: &World, id: SubnetId, count: usize) -> Vec<String> {
    let subnet = world.subnet(id);
    world.read(|rx| rx.addresses().next_free(&subnet, count)).iter().map(|v| v.address.to_string()).collect()
}

fn allocate(world: &World, id: SubnetId, count: usize, status: AddressStatus) -> Vec<String> {
    world.write(move |tx| {
        let subnet = tx.subnets().lock(id)?.unwrap();
        let free = tx.addresses().next_free(&subnet, count)?;
        let named: Vec<String> = free.iter().map(|v| v.address.to_string()).collect();
        let change = tx.addresses().allocate(&subnet, &free, &AddressFacts { status, ..AddressFacts::default() })?;
        done(tx, change.map(|_| named.clone()))
    })
}

fn release(world: &World, text: &str) {
    let address = ip(text);
    world.write(move |tx| {
        let row = tx.addresses().find_ip(GLOBAL, address)?.unwrap();
        let (row, subnet) = tx.addresses().lock(row.id)?.unwrap();
        let change = tx.addresses().remove(&allowed(row), &subnet)?;
        done(tx, change)
    });
}

fn facts(status: AddressStatus) -> AddressFacts {
    AddressFacts { status, ..AddressFacts::default() }
}

engines! {
    fn small_subnets_use_every_address(engine) {
        let world = World::open(engine);
        for (text, all) in [
            ("10.0.0.0/31", vec!["10.0.0.0", "10.0.0.1"]),
            ("10.0.1.7/32", vec!["10.0.1.7"]),
            ("10.0.2.0/30", vec!["10.0.2.1", "10.0.2.2"]),
            ("255.255.255.255/32", vec!["255.255.255.255"]),
            ("255.255.255.252/31", vec!["255.255.255.252", "255.255.255.253"]),
            ("2001:db8::/127", vec!["2001:db8::", "2001:db8::1"]),
            ("2001:db8::8/128", vec!["2001:db8::8"]),
            ("2001:db8::10/126", vec!["2001:db8::11", "2001:db8::12", "2001:db8::13"]),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", vec!["ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]),
        ] {
            let id = world.add_subnet(GLOBAL, text);
            assert_eq!(free(&world, id, 10), all, "{text}");
            let mut handed = Vec::new();
            for _ in &all {
                handed.extend(allocate(&world, id, 1, AddressStatus::Used));
                world.assert_sound();
            }
            assert_eq!(handed, all, "{text}");
            assert!(free(&world, id, 10).is_empty(), "{text}");
            assert!(allocate(&world, id, 1, AddressStatus::Used).is_empty());
            release(&world, all[0]);
            world.assert_sound();
            assert_eq!(free(&world, id, 10), all[..1], "{text}");
        }
    }

    /// More rows than one look, children in between, holes, notes.
    fn the_lowest_free_ones_come_first(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/23");
        world.add_subnet(GLOBAL, "10.0.0.128/26");
        world.add_subnet(GLOBAL, "10.0.1.0/28");
        assert_eq!(allocate(&world, id, 200, AddressStatus::Used).len(), 200);
        world.assert_sound();
        let holes = ["10.0.0.1", "10.0.0.77", "10.0.0.200", "10.0.1.20"];
        assert_eq!(free(&world, id, 1), ["10.0.1.25"]);
        for hole in holes.iter().rev() {
            release(&world, hole);
            world.assert_sound();
            assert_eq!(free(&world, id, 1), [*hole]);
        }
        assert_eq!(free(&world, id, 6), ["10.0.0.1", "10.0.0.77", "10.0.0.200", "10.0.1.20", "10.0.1.25", "10.0.1.26"]);
        world.add_address(GLOBAL, "10.0.0.77", AddressFacts { notes: "kept".into(), ..facts(AddressStatus::Free) });
        assert_eq!(allocate(&world, id, 3, AddressStatus::Reserved), ["10.0.0.1", "10.0.0.77", "10.0.0.200"]);
        world.assert_sound();
        let subnet = world.subnet(id);
        assert_eq!((subnet.derived.used, subnet.derived.reserved), (196, 3));
        let row = world.read(|rx| rx.addresses().find_ip(GLOBAL, ip("10.0.0.77"))).unwrap();
        assert_eq!((row.version, row.facts.status), (2, AddressStatus::Reserved));
        assert_eq!(free(&world, id, 600).len(), 512 - 2 - 64 - 16 - 199);
    }

    /// Network and broadcast rows may be written down, but they neither count nor are handed out.
    fn the_gateway_is_never_handed_out(engine) {
        let world = World::open(engine);
        let at = |text: Option<&str>| SubnetFacts { gateway: text.map(ip), ..SubnetFacts::default() };
        let id = world.add_subnet_with(GLOBAL, "10.0.0.0/28", at(Some("10.0.0.1")));
        world.add_subnet(GLOBAL, "10.0.0.8/29");
        assert_eq!(allocate(&world, id, 3, AddressStatus::Used), ["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
        for gateway in [Some("10.0.0.5"), None] {
            world.write(move |tx| {
                let subnet = allowed(tx.subnets().lock(id)?.unwrap());
                let change = tx.subnets().change(&subnet, &at(gateway))?;
                done(tx, change)
            });
            let expected = if gateway.is_some() { &["10.0.0.1", "10.0.0.6", "10.0.0.7"][..] } else { &["10.0.0.1", "10.0.0.5", "10.0.0.6"] };
            assert_eq!(free(&world, id, 3), expected);
            world.assert_sound();
        }
        assert_eq!(allocate(&world, id, 4, AddressStatus::Used), ["10.0.0.1", "10.0.0.5", "10.0.0.6", "10.0.0.7"]);
        world.assert_sound();
    }

    fn edges_do_not_count(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/24");
        for (text, status) in [("10.0.0.0", AddressStatus::Used), ("10.0.0.255", AddressStatus::Reserved), ("10.0.0.63", AddressStatus::Used), ("10.0.0.64", AddressStatus::Used)] {
            world.add_address(GLOBAL, text, facts(status));
        }
        assert_eq!((world.subnet(id).derived.used, world.subnet(id).derived.reserved), (2, 0));
        // The broadcast of one half and the network of the other leave the count with the subnet they belong to.
        let low = world.add_subnet(GLOBAL, "10.0.0.0/26");
        let high = world.add_subnet(GLOBAL, "10.0.0.64/26");
        world.assert_sound();
        assert_eq!([id, low, high].map(|s| world.subnet(s).derived.used), [0, 0, 0]);
        release(&world, "10.0.0.63");
        world.assert_sound();
        // IPv6 has no broadcast; its first address is never handed out but counts when somebody writes it down.
        let six = world.add_subnet(GLOBAL, "2001:db8::/64");
        world.add_address(GLOBAL, "2001:db8::", facts(AddressStatus::Used));
        assert_eq!(world.subnet(six).derived.used, 1);
        assert_eq!(free(&world, six, 1), ["2001:db8::1"]);
        world.assert_sound();
    }

    fn two_releases_in_one_unit_keep_the_lower_hint(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/24");
        allocate(&world, id, 50, AddressStatus::Used);
        world.write(|tx| {
            let mut changes = Vec::new();
            let rows: Vec<_> = ["10.0.0.5", "10.0.0.30"].into_iter().map(|text| tx.addresses().find_ip(GLOBAL, ip(text))).collect::<Result<_, _>>()?;
            let (_, subnet) = tx.addresses().lock(rows[0].as_ref().unwrap().id)?.unwrap();
            for row in rows {
                changes.push(tx.addresses().remove(&allowed(row.unwrap()), &subnet)?);
            }
            let change = ringfence_store::Change::all(changes);
            done(tx, change)
        });
        world.assert_sound();
        assert_eq!(free(&world, id, 2), ["10.0.0.5", "10.0.0.30"]);
    }

    fn what_is_allocated_as_free_stays_free(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/29");
        assert_eq!(allocate(&world, id, 1, AddressStatus::Free), ["10.0.0.1"]);
        world.assert_sound();
        let subnet = world.subnet(id);
        let found = world.read(|rx| rx.addresses().next_free(&subnet, 1));
        assert_eq!(found, [Vacancy { address: ip("10.0.0.1"), noted: true }]);
    }

    fn a_change_of_status_moves_the_counters(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/29");
        allocate(&world, id, 6, AddressStatus::Used);
        for (status, used, reserved) in [(AddressStatus::Reserved, 5, 1), (AddressStatus::Free, 5, 0), (AddressStatus::Used, 6, 0)] {
            world.write(move |tx| {
                let row = tx.addresses().find_ip(GLOBAL, ip("10.0.0.3"))?.unwrap();
                let (row, subnet) = tx.addresses().lock(row.id)?.unwrap();
                let after = AddressFacts { status, hostname: "Core.Example".into(), expires_on: Some("2027-01-31".into()), mac: "AA:bb-0c".into(),
                    owner: "Müller".into(), tags: vec!["b".into(), "a".into()], ..AddressFacts::default() };
                let change = tx.addresses().update(&allowed(row), &subnet, &after)?;
                done(tx, change)
            });
            world.assert_sound();
            let derived = world.subnet(id).derived;
            assert_eq!((derived.used, derived.reserved), (used, reserved));
            assert_eq!(free(&world, id, 9).is_empty(), status != AddressStatus::Free);
        }
        let row = world.read(|rx| rx.addresses().find_ip(GLOBAL, ip("10.0.0.3"))).unwrap();
        assert_eq!((row.version, row.facts.expires_on.as_deref(), row.facts.owner.as_str(), row.facts.mac.as_str()), (4, Some("2027-01-31"), "Müller", "AA:bb-0c"));
        assert_eq!(row.facts.tags, ["a", "b"]);
    }

    fn an_address_has_one_row_in_a_routing_table(engine) {
        let world = World::open(engine);
        world.add_subnet(GLOBAL, "10.0.0.0/24");
        world.add_address(GLOBAL, "10.0.0.1", AddressFacts::default());
        let result = world.try_write(|tx| {
            let change = crate::world::add_address(tx, GLOBAL, ip("10.0.0.1"), &AddressFacts::default())?;
            done(tx, change)
        });
        assert!(result.is_err_and(|e| e.is_unique()));
        world.assert_sound();
    }

    fn many_rows_at_once_are_like_single_ones(engine) {
        let world = World::open(engine);
        let ids = ["10.0.0.0/24", "10.0.0.0/25", "2001:db8::/64"].map(|text| world.add_subnet(GLOBAL, text));
        let status = |n: usize| AddressStatus::ALL[n % 3];
        world.write(move |tx| {
            let four = (0..256).map(|n| {
                let (home, own) = if n < 128 { (ids[1], "10.0.0.0/25") } else { (ids[0], "10.0.0.0/24") };
                let tags = if n % 50 == 0 { vec!["fifty".to_owned(), format!("t{n}")] } else { Vec::new() };
                (home, prefix(own), GLOBAL, prefix("10.0.0.0/24").first().checked_add(n as u128).unwrap(), AddressFacts { tags, ..facts(status(n)) })
            });
            let six = (0..1200).map(|n| (ids[2], prefix("2001:db8::/64"), GLOBAL, prefix("2001:db8::/64").first().checked_add(n as u128).unwrap(), facts(status(n))));
            let change = tx.addresses().insert_all(&four.chain(six).collect::<Vec<_>>())?;
            done(tx, change)
        });
        world.assert_sound();
        assert_eq!(world.read(|rx| rx.addresses().total()), 1456);
        assert_eq!(ids.map(|id| world.read(|rx| rx.addresses().count(id))), [128, 128, 1200]);
        let tagged = AddressFilter { tag: Some("fifty".into()), ..AddressFilter::default() };
        let rows = world.read(|rx| rx.addresses().list(&tagged, &Page::first(50))).rows;
        assert_eq!(rows.iter().map(|r| r.address.to_string()).collect::<Vec<_>>(), ["10.0.0.0", "10.0.0.50", "10.0.0.100", "10.0.0.150", "10.0.0.200", "10.0.0.250"]);
        assert_eq!(rows[2].facts.tags, ["fifty", "t100"]);
        let wanted: Vec<_> = (0..600).map(|n| prefix("2001:db8::/64").first().checked_add(n * 3).unwrap()).collect();
        let found: BTreeSet<_> = world.read(|rx| rx.addresses().find_ips(GLOBAL, &wanted)).into_iter().map(|r| r.address).collect();
        assert_eq!(found.len(), 400);
        world.write(move |tx| { let change = remove_subnet(tx, GLOBAL, ids[1])?; done(tx, change) });
        world.assert_sound();
        assert_eq!(world.read(|rx| rx.addresses().total()), 1456 - 128);
        assert_eq!(world.all_subnets(&SubnetFilter::default()).len(), 2);
    }

    /// The hint passes the rows that lie side by side from it on, and no other; nothing below it is free whatever came in.
    fn many_rows_at_once_move_the_hint(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/28");
        let add = |last: &[u8], status: AddressStatus| {
            let rows: Vec<_> = last.iter().map(|n| (id, prefix("10.0.0.0/28"), GLOBAL, ip(&format!("10.0.0.{n}")), facts(status))).collect();
            world.write(move |tx| { let change = tx.addresses().insert_all(&rows)?; done(tx, change) });
            world.assert_sound();
            world.read(|rx| rx.subnets().find(id)).unwrap().derived.free_from.to_string()
        };
        assert_eq!(add(&[9, 8], AddressStatus::Used), "10.0.0.1", "a run behind the hint does not move it");
        assert_eq!(add(&[3, 0, 1, 2, 5], AddressStatus::Used), "10.0.0.4", "up to the gap");
        assert_eq!(add(&[4], AddressStatus::Free), "10.0.0.4", "a note about a free address takes nothing");
        assert_eq!(add(&[6, 7], AddressStatus::Reserved), "10.0.0.4");
        assert_eq!(add(&[10, 11, 12, 13, 14, 15], AddressStatus::Used), "10.0.0.4");
    }

    fn remove_all_empties_a_subnet_that_stays(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/24");
        world.add_subnet(GLOBAL, "10.0.0.64/26");
        world.add_address(GLOBAL, "10.0.0.65", AddressFacts::default());
        allocate(&world, id, 30, AddressStatus::Used);
        let count = world.write(move |tx| {
            let subnet = allowed(tx.subnets().lock(id)?.unwrap());
            let change = tx.addresses().remove_all(&subnet)?;
            done(tx, change)
        });
        assert_eq!(count, 30);
        world.assert_sound();
        assert_eq!(free(&world, id, 1), ["10.0.0.1"]);
        assert_eq!(world.read(|rx| rx.addresses().total()), 1);
    }
}
