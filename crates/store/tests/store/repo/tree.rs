//! The tree against a naive model: prefixes, sites and addresses that come and go in any order, one by one or in batches.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ringfence_kit::{engines, size};
use ringfence_plan::{Address as Ip, Prefix, tree};
use ringfence_store::repo::{AddressFilter, NewSubnet, Page, SubnetFilter};
use ringfence_store::tables::address::{AddressFacts, AddressStatus};
use ringfence_store::tables::subnet::SubnetFacts;
use ringfence_store::tables::{GLOBAL, SiteId, SubnetId, VrfId};

use crate::world::{World, add_address, add_subnet, allowed, done, ip, prefix, raw, remove_subnet};

const WORLDS: [&str; 4] = ["10.0.0.0/24", "255.255.255.0/24", "2001:db8::/120", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120"];

#[derive(Clone, Debug)]
enum Step {
    Add(Prefix, Option<usize>),
    /// Site of the nth subnet.
    Site(usize, Option<usize>),
    Remove(usize),
    Put(Ip, AddressStatus),
    Turn(usize, AddressStatus),
    Drop(usize),
    Graft(Vec<(Prefix, Option<usize>)>),
}

fn a_prefix() -> impl Strategy<Value = Prefix> {
    let inside = (prop::sample::select(WORLDS.to_vec()), any::<u8>(), 0u8..=8).prop_map(|(world, offset, depth)| {
        let world = prefix(world);
        Prefix::containing(world.first().checked_add(offset.into()).unwrap(), world.length() + depth).unwrap()
    });
    let outside =
        prop::sample::select(vec!["0.0.0.0/0", "::/0", "10.0.0.0/8", "2001:db8::/32", "255.0.0.0/8", "f000::/4"]).prop_map(prefix);
    prop_oneof![5 => inside, 1 => outside]
}

fn an_ip() -> impl Strategy<Value = Ip> {
    // Edges of likely prefixes are the interesting places.
    let offset = prop_oneof![any::<u8>(), prop::sample::select(vec![0, 1, 63, 64, 127, 128, 191, 192, 254, 255])];
    (prop::sample::select(WORLDS.to_vec()), offset).prop_map(|(world, offset)| prefix(world).first().checked_add(offset.into()).unwrap())
}

fn a_status() -> impl Strategy<Value = AddressStatus> {
    prop::sample::select(AddressStatus::ALL.to_vec())
}

fn a_step() -> impl Strategy<Value = Step> {
    let site = || prop::option::weighted(0.4, 0usize..3);
    prop_oneof![
        6 => (a_prefix(), site()).prop_map(|(p, s)| Step::Add(p, s)),
        3 => (any::<usize>(), site()).prop_map(|(n, s)| Step::Site(n, s)),
        3 => any::<usize>().prop_map(Step::Remove),
        5 => (an_ip(), a_status()).prop_map(|(a, s)| Step::Put(a, s)),
        2 => (any::<usize>(), a_status()).prop_map(|(n, s)| Step::Turn(n, s)),
        1 => any::<usize>().prop_map(Step::Drop),
        2 => prop::collection::vec((a_prefix(), site()), 1..8).prop_map(Step::Graft),
    ]
}

/// What ought to be there.
#[derive(Default)]
struct Model {
    subnets: BTreeMap<Prefix, Option<SiteId>>,
    addresses: BTreeMap<Ip, AddressStatus>,
}

impl Model {
    fn nth(&self, n: usize) -> Option<Prefix> {
        (!self.subnets.is_empty()).then(|| *self.subnets.keys().nth(n % self.subnets.len()).unwrap())
    }

    fn has(&self, prefix: Prefix) -> bool {
        self.subnets.contains_key(&prefix)
    }

    fn nth_address(&self, n: usize) -> Option<Ip> {
        (!self.addresses.is_empty()).then(|| *self.addresses.keys().nth(n % self.addresses.len()).unwrap())
    }

    fn tightest(&self, address: Ip) -> Option<Prefix> {
        self.subnets.keys().filter(|p| p.contains_address(address)).max_by_key(|p| p.length()).copied()
    }

    /// The nearest of the prefix and its ancestors that has a site.
    fn site(&self, prefix: Prefix) -> Option<SiteId> {
        let mut holders: Vec<_> = self.subnets.iter().filter(|(p, site)| p.contains(&prefix) && site.is_some()).collect();
        holders.sort_by_key(|(p, _)| p.length());
        holders.last().and_then(|(_, site)| **site)
    }
}

fn find(world: &World, vrf: VrfId, prefix: Prefix) -> SubnetId {
    world.read(|rx| rx.subnets().find_prefix(vrf, prefix)).unwrap().id
}

fn facts(site: Option<SiteId>) -> SubnetFacts {
    SubnetFacts { site_id: site, ..SubnetFacts::default() }
}

fn apply(world: &World, vrf: VrfId, model: &mut Model, sites: &[SiteId], step: Step) {
    let site_of = |site: Option<usize>| site.map(|n| sites[n]);
    match step {
        Step::Add(prefix, site) => {
            let site = site_of(site);
            if model.has(prefix) {
                let result = world.try_write(move |tx| {
                    let change = add_subnet(tx, vrf, prefix, &facts(site))?;
                    done(tx, change)
                });
                assert!(result.is_err_and(|e| e.is_unique()));
            } else {
                world.write(move |tx| {
                    let change = add_subnet(tx, vrf, prefix, &facts(site))?;
                    done(tx, change)
                });
                model.subnets.insert(prefix, site);
            }
        }
        Step::Graft(wanted) => {
            let new: BTreeMap<Prefix, Option<SiteId>> =
                wanted.into_iter().filter(|(p, _)| !model.has(*p)).map(|(p, s)| (p, site_of(s))).collect();
            model.subnets.extend(new.clone());
            world.write(move |tx| {
                tx.vrfs().lock(vrf)?;
                let new = new.iter().rev().map(|(p, site)| NewSubnet { prefix: *p, facts: facts(*site) }).collect();
                let change = tx.subnets().graft(vrf, new)?;
                done(tx, change)
            });
        }
        Step::Site(n, site) => {
            let (Some(prefix), site) = (model.nth(n), site_of(site)) else { return };
            model.subnets.insert(prefix, site);
            let id = find(world, vrf, prefix);
            world.write(move |tx| {
                tx.vrfs().lock(vrf)?;
                let subnet = tx.subnets().lock(id)?.unwrap();
                let change = tx.subnets().change(&allowed(subnet), &facts(site))?;
                done(tx, change)
            });
        }
        Step::Remove(n) => {
            let Some(prefix) = model.nth(n) else { return };
            model.addresses =
                std::mem::take(&mut model.addresses).into_iter().filter(|(a, _)| model.tightest(*a) != Some(prefix)).collect();
            model.subnets.remove(&prefix);
            let id = find(world, vrf, prefix);
            world.write(move |tx| {
                let change = remove_subnet(tx, vrf, id)?;
                done(tx, change)
            });
        }
        Step::Put(address, status) => {
            if model.tightest(address).is_none() || model.addresses.contains_key(&address) {
                return;
            }
            model.addresses.insert(address, status);
            world.write(move |tx| {
                let change = add_address(tx, vrf, address, &AddressFacts { status, ..AddressFacts::default() })?;
                done(tx, change)
            });
        }
        Step::Turn(n, status) => {
            let Some(address) = model.nth_address(n) else { return };
            model.addresses.insert(address, status);
            world.write(move |tx| {
                let row = tx.addresses().find_ip(vrf, address)?.unwrap();
                let (row, subnet) = tx.addresses().lock(row.id)?.unwrap();
                let change = tx.addresses().update(&allowed(row), &subnet, &AddressFacts { status, ..AddressFacts::default() })?;
                done(tx, change)
            });
        }
        Step::Drop(n) => {
            let Some(address) = model.nth_address(n) else { return };
            model.addresses.remove(&address);
            world.write(move |tx| {
                let row = tx.addresses().find_ip(vrf, address)?.unwrap();
                let (row, subnet) = tx.addresses().lock(row.id)?.unwrap();
                let change = tx.addresses().remove(&allowed(row), &subnet)?;
                done(tx, change)
            });
        }
    }
}

fn compare(world: &World, vrf: VrfId, model: &Model) {
    world.assert_sound();
    let subnets = world.all_subnets(&SubnetFilter { vrf_id: Some(vrf), ..SubnetFilter::default() });
    let prefixes: Vec<Prefix> = subnets.iter().map(|s| s.prefix).collect();
    assert_eq!(prefixes, model.subnets.keys().copied().collect::<Vec<_>>());
    let parents = tree::nest(&prefixes).unwrap();
    for (subnet, parent) in subnets.iter().zip(&parents) {
        assert_eq!(subnet.derived.parent_id, parent.map(|p| subnets[p].id), "{}", subnet.prefix);
        assert_eq!(subnet.facts.site_id, model.subnets[&subnet.prefix]);
        assert_eq!(subnet.site.as_ref().map(|s| s.id), model.site(subnet.prefix), "{}", subnet.prefix);
        assert_eq!(
            subnet.derived.children,
            i64::try_from(parents.iter().filter(|p| p.is_some_and(|p| subnets[p].id == subnet.id)).count()).unwrap()
        );
    }
    let rows =
        world.read(|rx| rx.addresses().list(&AddressFilter { vrf_id: Some(vrf), ..AddressFilter::default() }, &Page::first(5000))).rows;
    assert_eq!(
        rows.iter().map(|r| (r.address, r.facts.status)).collect::<Vec<_>>(),
        model.addresses.iter().map(|(a, s)| (*a, *s)).collect::<Vec<_>>()
    );
    for row in &rows {
        let home = subnets.iter().find(|s| s.id == row.subnet_id).unwrap();
        assert_eq!(Some(home.prefix), model.tightest(row.address), "{}", row.address);
    }
    // The lowest free address of each subnet, by looking at every one (the small ones only).
    for subnet in subnets.iter().filter(|s| s.prefix.host_bits() <= 8) {
        let children: Vec<Prefix> =
            prefixes.iter().filter(|p| p.length() > subnet.prefix.length() && subnet.prefix.contains(p)).copied().collect();
        let usable = subnet.prefix.usable();
        let free = std::iter::successors(Some(usable.first()), |a| a.checked_add(1).filter(|a| usable.contains(*a)))
            .filter(|a| !children.iter().any(|c| c.contains_address(*a)))
            .filter(|a| model.addresses.get(a).is_none_or(|s| *s == AddressStatus::Free));
        let expected: Vec<(Ip, bool)> = free.map(|a| (a, model.addresses.contains_key(&a))).take(3).collect();
        let found = world.read(|rx| rx.addresses().next_free(subnet, 3));
        assert_eq!(found.iter().map(|v| (v.address, v.noted)).collect::<Vec<_>>(), expected, "{}", subnet.prefix);
    }
}

engines! {
    fn the_tree_follows_a_naive_model(engine) {
        let world = World::open(engine);
        let sites: Vec<SiteId> = ["Oslo", "Bergen", "Narvik"].iter().map(|name| world.add_site(name)).collect();
        let cases = size(6, 60).try_into().unwrap();
        let number = RefCell::new(0);
        let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 40, failure_persistence: None, ..Config::default() });
        runner.run(&prop::collection::vec(a_step(), 30..60), |steps| {
            *number.borrow_mut() += 1;
            let vrf = world.add_vrf(&format!("case {}", number.borrow()));
            let mut model = Model::default();
            for step in steps {
                apply(&world, vrf, &mut model, &sites, step);
                compare(&world, vrf, &model);
            }
            while !model.subnets.is_empty() {
                apply(&world, vrf, &mut model, &sites, Step::Remove(7));
            }
            compare(&world, vrf, &model);
            Ok(())
        }).unwrap();
    }

    /// One by one and all at once end alike, also in a tree that is there already and holds addresses.
    fn a_batch_ends_like_single_steps(engine) {
        let world = World::open(engine);
        let site = world.add_site("Oslo");
        let (single, batch) = (world.add_vrf("single"), world.add_vrf("batch"));
        let given: [(&str, Option<SiteId>); 9] = [
            ("10.0.0.0/25", None), ("10.0.0.0/26", Some(site)), ("10.0.0.0/27", None), ("10.0.0.128/25", None), ("10.0.0.0/16", Some(site)),
            ("::/0", None), ("2001:db8::/64", None), ("2001:db8::/48", Some(site)), ("0.0.0.0/0", None),
        ];
        for vrf in [single, batch] {
            world.add_subnet(vrf, "10.0.0.0/8");
            world.add_subnet(vrf, "10.0.0.0/24");
            world.add_subnet(vrf, "10.0.0.16/28");
            world.add_subnet(vrf, "2001:db8::/96");
            for (n, text) in ["10.0.0.0", "10.0.0.5", "10.0.0.17", "10.0.0.31", "10.0.0.63", "10.0.0.127", "10.0.0.128", "10.0.0.255", "10.9.9.9", "2001:db8::1"].iter().enumerate() {
                let status = AddressStatus::ALL[n % 3];
                world.add_address(vrf, text, AddressFacts { status, ..AddressFacts::default() });
            }
        }
        for (text, site) in given {
            world.add_subnet_with(single, text, facts(site));
        }
        let ids = world.write(move |tx| {
            tx.vrfs().lock(batch)?;
            let new = given.iter().map(|(text, site)| NewSubnet { prefix: prefix(text), facts: facts(*site) }).collect();
            let change = tx.subnets().graft(batch, new)?;
            done(tx, change)
        });
        for (id, (text, _)) in ids.iter().zip(given) {
            assert_eq!(world.subnet(*id).prefix, prefix(text));
        }
        world.assert_sound();
        let view = |vrf| -> Vec<_> {
            let subnets = world.all_subnets(&SubnetFilter { vrf_id: Some(vrf), ..SubnetFilter::default() });
            let name = |id: Option<SubnetId>| id.map(|id| subnets.iter().find(|s| s.id == id).unwrap().prefix);
            subnets.iter().map(|s| {
                let d = s.derived;
                let rows = world.read(|rx| rx.addresses().count(s.id));
                (s.prefix, name(d.parent_id), d.depth, d.children, d.covered, d.used, d.reserved, name(d.site_from), d.site_effective, rows)
            }).collect()
        };
        assert_eq!(view(single), view(batch));
        assert_eq!(view(single).len(), 13);
    }

    fn the_whole_space_comes_and_goes(engine) {
        let world = World::open(engine);
        for (whole, inside, address) in [("0.0.0.0/0", "10.0.0.0/8", "10.0.0.1"), ("::/0", "2001:db8::/32", "2001:db8::1")] {
            let small = world.add_subnet(GLOBAL, inside);
            world.add_address(GLOBAL, address, AddressFacts::default());
            let id = world.add_subnet(GLOBAL, whole);
            world.assert_sound();
            assert_eq!(world.subnet(small).derived.parent_id, Some(id));
            assert_eq!(world.subnet(id).derived.covered, prefix(inside).size());
            world.write(move |tx| { let change = remove_subnet(tx, GLOBAL, id)?; done(tx, change) });
            world.assert_sound();
            assert_eq!(world.subnet(small).derived.parent_id, None);
            assert_eq!(world.subnet(small).derived.used, 1);
        }
        let halves = ["::/1", "8000::/1"].map(|half| world.add_subnet(GLOBAL, half));
        let whole = world.add_subnet(GLOBAL, "::/0");
        assert_eq!(world.subnet(whole).derived.covered.to_string(), "340282366920938463463374607431768211456");
        world.assert_sound();
        for half in halves {
            world.write(move |tx| { let change = remove_subnet(tx, GLOBAL, half)?; done(tx, change) });
            world.assert_sound();
        }
        assert_eq!(world.all_subnets(&SubnetFilter::default()).len(), 3);
    }

    /// The same prefix lives in two routing tables without touching the other.
    fn routing_tables_are_worlds_of_their_own(engine) {
        let world = World::open(engine);
        let other = world.add_vrf("other");
        for vrf in [GLOBAL, other] {
            world.add_subnet(vrf, "10.0.0.0/24");
            world.add_subnet(vrf, "10.0.0.0/25");
            world.add_address(vrf, "10.0.0.1", AddressFacts::default());
        }
        let id = find(&world, other, prefix("10.0.0.0/25"));
        world.write(move |tx| { let change = remove_subnet(tx, other, id)?; done(tx, change) });
        world.assert_sound();
        assert_eq!(world.all_subnets(&SubnetFilter { vrf_id: Some(GLOBAL), ..SubnetFilter::default() }).len(), 2);
        assert!(world.read(|rx| rx.addresses().find_ip(GLOBAL, ip("10.0.0.1"))).is_some());
        assert!(world.read(|rx| rx.addresses().find_ip(other, ip("10.0.0.1"))).is_none());
    }

    fn a_subnet_with_addresses_is_not_removed_by_itself(engine) {
        let world = World::open(engine);
        let id = world.add_subnet(GLOBAL, "10.0.0.0/24");
        world.add_address(GLOBAL, "10.0.0.1", AddressFacts::default());
        let result = world.try_write(move |tx| {
            let subnet = allowed(tx.subnets().lock(id)?.unwrap());
            let change = tx.subnets().remove(&subnet)?;
            done(tx, change)
        });
        assert!(result.is_err(), "{result:?}");
        world.assert_sound();
    }

    /// Many at once in one tree: the lock on the routing table makes it one after the other.
    fn parallel_changes_of_one_tree_leave_it_sound(engine) {
        let world = World::open(engine);
        world.add_subnet(GLOBAL, "10.0.0.0/8");
        crate::world::race(8, |number| {
            for round in 0..4 {
                let text = format!("10.{number}.0.0/{}", 16 + round * 2);
                let id = world.add_subnet(GLOBAL, &text);
                if round == 2 {
                    world.write(move |tx| { let change = remove_subnet(tx, GLOBAL, id)?; done(tx, change) });
                }
            }
        });
        world.assert_sound();
        assert_eq!(world.all_subnets(&SubnetFilter::default()).len(), 1 + 8 * 3);
    }

    /// The check sees what it is for.
    fn the_check_finds_what_was_bent(engine) {
        let world = World::open(engine);
        world.add_subnet(GLOBAL, "10.0.0.0/8");
        world.add_subnet(GLOBAL, "10.0.0.0/24");
        world.add_address(GLOBAL, "10.0.0.1", AddressFacts::default());
        world.assert_sound();
        let hint = ip("10.0.0.9").to_bytes().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let hint = if engine == ringfence_kit::Engine::Postgres { format!("'\\x{hint}'") } else { format!("x'{hint}'") };
        let bends = [
            ("UPDATE subnet SET depth = 5 WHERE length = 24".to_owned(), "UPDATE subnet SET depth = 1 WHERE length = 24"),
            ("UPDATE subnet SET parent_id = NULL WHERE length = 24".to_owned(), "UPDATE subnet SET parent_id = 1 WHERE length = 24"),
            ("UPDATE subnet SET used = 2 WHERE length = 24".to_owned(), "UPDATE subnet SET used = 1 WHERE length = 24"),
            ("UPDATE subnet SET covered = '0' WHERE length = 8".to_owned(), "UPDATE subnet SET covered = '256' WHERE length = 8"),
            ("UPDATE address SET subnet_id = 1".to_owned(), "UPDATE address SET subnet_id = 2"),
        ];
        for (bend, mend) in bends {
            raw(&world.database, &bend).unwrap();
            assert!(world.store.check().unwrap().drift > 0, "{bend}");
            raw(&world.database, mend).unwrap();
            world.assert_sound();
        }
        raw(&world.database, &format!("UPDATE subnet SET free_from = {hint} WHERE length = 24")).unwrap();
        let report = world.store.check().unwrap();
        assert!(report.findings[0].contains("10.0.0.2 is free below the hint"), "{report:?}");
    }
}
