//! Finding by a part of a text: the same answers on every engine, whatever is typed.

use ringfence_kit::{Engine, engines};
use ringfence_store::repo::{AddressFilter, Page, SubnetFilter};
use ringfence_store::tables::GLOBAL;
use ringfence_store::tables::address::AddressFacts;
use ringfence_store::tables::subnet::SubnetFacts;

use crate::world::{World, allowed, done, ip, raw, raw_number};

const HOSTS: [&str; 10] =
    ["web-01.example.org", "WEB-02.Example.org", "db_1", "dbx1", "100%", "100x", "a\"quote\"b", "it's!", "Größe-Ä", "x"];

fn plan(engine: Engine) -> World {
    let world = World::open(engine);
    world.add_subnet(GLOBAL, "10.0.0.0/24");
    for (n, host) in HOSTS.iter().enumerate() {
        world.add_address(GLOBAL, &format!("10.0.0.{}", n + 1), AddressFacts { hostname: (*host).into(), ..AddressFacts::default() });
    }
    world
}

fn find(world: &World, q: &str, limit: u64) -> Vec<String> {
    let (mut page, mut found) = (Page::first(limit), Vec::new());
    loop {
        let filter = AddressFilter { q: Some(q.into()), ..AddressFilter::default() };
        let window = world.read(|rx| rx.addresses().list(&filter, &page));
        page.after = window.rows.last().map(|s| s.place());
        found.extend(window.rows.into_iter().map(|a| a.facts.hostname));
        if !window.more {
            return found;
        }
    }
}

engines! {
    fn parts_are_found_whatever_the_case_and_the_characters(engine) {
        let world = plan(engine);
        for (q, wanted) in [
            ("web", vec!["web-01.example.org", "WEB-02.Example.org"]),
            ("EXAMPLE", vec!["web-01.example.org", "WEB-02.Example.org"]),
            ("b-02.e", vec!["WEB-02.Example.org"]),
            ("db_", vec!["db_1"]),
            ("b_1", vec!["db_1"]),
            ("00%", vec!["100%"]),
            ("a\"q", vec!["a\"quote\"b"]),
            ("\"quote\"", vec!["a\"quote\"b"]),
            ("t's", vec!["it's!"]),
            ("'s!", vec!["it's!"]),
            ("größe", vec!["Größe-Ä"]),
            ("SSE-", vec![]),
            ("e-ä", vec!["Größe-Ä"]),
            ("nothing", vec![]),
            ("exa*", vec![]),
            ("web OR db", vec![]),
            ("web AND", vec![]),
            ("^web", vec![]),
            ("\"", vec![]),
            ("%", vec![]),
            ("_", vec![]),
            ("%%%", vec![]),
            // Under three letters: names that begin with them.
            ("x", vec!["x"]),
            ("we", vec!["web-01.example.org", "WEB-02.Example.org"]),
            ("eb", vec![]),
            ("GR", vec!["Größe-Ä"]),
            ("  web-0 ", vec!["web-01.example.org", "WEB-02.Example.org"]),
        ] {
            for limit in [1, 100] {
                assert_eq!(find(&world, q, limit), wanted, "{q:?} by {limit}");
            }
        }
        assert_eq!(find(&world, "  ", 3).len(), HOSTS.len());
    }

    fn owner_mac_and_description_are_searched_too(engine) {
        let world = plan(engine);
        world.add_address(GLOBAL, "10.0.0.99", AddressFacts {
            hostname: "h".into(), owner: "Frau  Müller".into(), mac: "AA:BB:cc-0d.12".into(), description: "two\nlines".into(), ..AddressFacts::default()
        });
        for q in ["frau müller", "MÜLLER", "aabbcc0d", "two lines"] {
            assert_eq!(find(&world, q, 9), ["h"], "{q}");
        }
    }

    fn changes_and_removals_are_seen(engine) {
        let world = plan(engine);
        let host = |name: &'static str| {
            world.write(move |tx| {
                let row = tx.addresses().find_ip(GLOBAL, ip("10.0.0.1"))?.unwrap();
                let (row, subnet) = tx.addresses().lock(row.id)?.unwrap();
                let change = tx.addresses().update(&allowed(row), &subnet, &AddressFacts { hostname: name.into(), ..AddressFacts::default() })?;
                done(tx, change)
            });
        };
        host("mail-01");
        assert_eq!((find(&world, "web", 9), find(&world, "mail", 9)), (vec!["WEB-02.Example.org".to_owned()], vec!["mail-01".to_owned()]));
        host("");
        assert!(find(&world, "mail", 9).is_empty());
        host("mail-02");
        world.write(|tx| {
            let row = tx.addresses().find_ip(GLOBAL, ip("10.0.0.1"))?.unwrap();
            let (row, subnet) = tx.addresses().lock(row.id)?.unwrap();
            let change = tx.addresses().remove(&allowed(row), &subnet)?;
            done(tx, change)
        });
        assert!(find(&world, "mail", 9).is_empty());
    }

    fn subnets_are_found_by_name_and_description_beside_other_filters(engine) {
        let world = World::open(engine);
        let other = world.add_vrf("other");
        for (vrf, prefix, name, description) in [(GLOBAL, "10.0.0.0/8", "Core Büro", ""), (GLOBAL, "10.0.0.0/24", "", "the core of it"), (other, "10.0.0.0/24", "core", "")] {
            world.add_subnet_with(vrf, prefix, SubnetFacts { name: name.into(), description: description.into(), ..SubnetFacts::default() });
        }
        let filter = SubnetFilter { q: Some("CORE".into()), ..SubnetFilter::default() };
        assert_eq!(world.all_subnets(&filter).len(), 3);
        assert_eq!(world.all_subnets(&SubnetFilter { vrf_id: Some(other), ..filter.clone() }).len(), 1);
        assert_eq!(world.all_subnets(&SubnetFilter { family: Some(ringfence_plan::Family::V6), ..filter }).len(), 0);
        assert_eq!(world.all_subnets(&SubnetFilter { q: Some("re bü".into()), ..SubnetFilter::default() }).len(), 1);
    }

    /// Lower case can be longer than what was typed; the name still fits its column.
    fn the_longest_names_fit(engine) {
        let world = World::open(engine);
        let name = "İ".repeat(255);
        world.add_subnet_with(GLOBAL, "10.0.0.0/24", SubnetFacts { name: name.clone(), ..SubnetFacts::default() });
        world.add_address(GLOBAL, "10.0.0.1", AddressFacts { hostname: name.clone(), ..AddressFacts::default() });
        world.add_vrf(&name);
        world.add_site(&name);
        let filter = AddressFilter { hostname: Some(name), ..AddressFilter::default() };
        assert_eq!(world.read(|rx| rx.addresses().list(&filter, &Page::first(9))).rows.len(), 1);
    }
}

/// The index holds one entry per text that is not empty, and none for what is gone.
#[test]
fn the_trigram_index_follows_its_table_on_sqlite() {
    let world = plan(Engine::Sqlite);
    assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM address_search WHERE address_search MATCH '\"exa\"'"), 2);
    let id = world.all_subnets(&SubnetFilter::default())[0].id;
    world.write(move |tx| {
        let change = crate::world::remove_subnet(tx, GLOBAL, id)?;
        done(tx, change)
    });
    assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM address_search WHERE address_search MATCH '\"exa\"'"), 0);
    assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM address_search_due"), 0, "nothing is left to settle");
    world.add_subnet(GLOBAL, "10.9.0.0/24");
    // What somebody changed past the store is settled with the next commit.
    raw(&world.database, "UPDATE subnet SET search = 'changed by hand' WHERE id = (SELECT MAX(id) FROM subnet)").unwrap();
    let found = "SELECT COUNT(*) FROM subnet_search WHERE subnet_search MATCH '\"by hand\"'";
    assert_eq!(raw_number(&world.database, found), 0);
    world.add_site("Oslo");
    assert_eq!(raw_number(&world.database, found), 1);
}
