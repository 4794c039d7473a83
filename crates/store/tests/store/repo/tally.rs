//! Many at once: rows made in batches, found in batches, counted in batches.

use ringfence_kit::engines;
use ringfence_plan::Family;
use ringfence_store::repo::Referred;
use ringfence_store::tables::group::{SiteFacts, VlanFacts, VrfFacts};
use ringfence_store::tables::subnet::SubnetFacts;
use ringfence_store::tables::{GLOBAL, SubnetId};

use crate::world::{World, done, prefix, race};

engines! {
    fn batches_of_small_things_keep_their_order(engine) {
        let world = World::open(engine);
        let sites = world.write(|tx| {
            let facts: Vec<SiteFacts> = (0..450).map(|n| SiteFacts { name: format!("site {n:03}"), ..SiteFacts::default() }).collect();
            let change = tx.sites().insert_all(&facts)?;
            done(tx, change)
        });
        assert_eq!(sites.len(), 450);
        assert_eq!(world.read(|rx| rx.sites().find(sites[321])).unwrap().facts.name, "site 321");
        let vrfs = world.write(|tx| {
            let facts: Vec<VrfFacts> = (0..3).map(|n| VrfFacts { name: format!("vrf {n}"), rd: format!("1:{n}"), ..VrfFacts::default() }).collect();
            let change = tx.vrfs().insert_all(&facts)?;
            done(tx, change)
        });
        assert_eq!(world.read(|rx| rx.vrfs().find(vrfs[2])).unwrap().facts.rd, "1:2");
        let home = sites[5];
        let vlans = world.write(move |tx| {
            let tags = |n: u16| if n.is_multiple_of(2) { vec!["even".to_owned()] } else { Vec::new() };
            let facts: Vec<VlanFacts> = (1..=4)
                .map(|n| VlanFacts { vid: n, name: format!("v{n}"), site_id: (n > 2).then_some(home), description: String::new(), tags: tags(n) })
                .collect();
            let change = tx.vlans().insert_all(&facts)?;
            done(tx, change)
        });
        let last = world.read(|rx| rx.vlans().find(vlans[3])).unwrap();
        assert_eq!((last.facts.vid, last.site.map(|s| s.name), last.facts.tags), (4, Some("site 005".into()), vec!["even".to_owned()]));
        assert_eq!(world.write(|tx| { let change = tx.sites().insert_all(&[])?; done(tx, change) }), []);
    }

    fn numbers_beside_a_list(engine) {
        let world = World::open(engine);
        let sites = [world.add_site("a"), world.add_site("b"), world.add_site("c")];
        let vlan = world.write(|tx| {
            let change = tx.vlans().insert(&VlanFacts { vid: 5, name: "v".into(), site_id: None, description: String::new(), tags: vec!["t".into()] })?;
            done(tx, change)
        });
        let facts = |site| SubnetFacts { site_id: Some(site), vlan_id: Some(vlan), tags: vec!["t".into()], ..SubnetFacts::default() };
        world.add_subnet_with(GLOBAL, "10.0.0.0/8", facts(sites[0]));
        world.add_subnet_with(GLOBAL, "10.0.0.0/16", facts(sites[0]));
        world.add_subnet_with(GLOBAL, "11.0.0.0/8", facts(sites[2]));
        world.add_subnet(GLOBAL, "10.0.0.0/24");
        let sorted = |mut counts: Vec<(ringfence_store::tables::SiteId, i64)>| { counts.sort(); counts };
        assert_eq!(sorted(world.read(|rx| rx.sites().subnet_counts(&sites))), [(sites[0], 2), (sites[2], 1)]);
        assert_eq!(world.read(|rx| rx.sites().subnet_counts(&sites[1..2])), []);
        assert_eq!(world.read(|rx| rx.sites().subnet_counts(&[])), []);
        assert_eq!(world.read(|rx| rx.vlans().subnet_counts(&[vlan])), [(vlan, 3)]);
        let tag = world.read(|rx| rx.tags().find_by_name("t")).unwrap().id;
        assert_eq!(world.read(|rx| rx.tags().use_counts(&[tag])), [(tag, 3), (tag, 1)]);
    }

    fn what_changes_refer_to_has_a_name(engine) {
        let world = World::open(engine);
        let (vrf, site) = (world.add_vrf("red"), world.add_site("Oslo"));
        let vlans = world.write(|tx| {
            let vlan = |vid, name: &str| VlanFacts { vid, name: name.into(), site_id: None, description: String::new(), tags: Vec::new() };
            let change = tx.vlans().insert_all(&[vlan(7, "office"), vlan(8, "")])?;
            done(tx, change)
        });
        let names = |of, id: i64| world.read(|rx| rx.log().names(of, &[id, 9_999])).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!((names(Referred::Vrf, vrf.0), names(Referred::Site, site.0)), (vec!["red".to_owned()], vec!["Oslo".to_owned()]));
        assert_eq!((names(Referred::Vlan, vlans[0].0), names(Referred::Vlan, vlans[1].0)), (vec!["7 office".to_owned()], vec!["8".to_owned()]));
    }

    fn many_prefixes_are_found_at_once(engine) {
        let world = World::open(engine);
        let other = world.add_vrf("other");
        world.add_subnet(other, "10.0.0.0/8");
        for text in ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.1.0.0/16", "2001:db8::/32"] {
            world.add_subnet(GLOBAL, text);
        }
        let mut wanted: Vec<_> = (0..1100u32).map(|n| prefix(&format!("172.{}.{}.0/24", 16 + n / 256, n % 256))).collect();
        wanted.extend(["10.0.0.0/24", "10.0.0.0/8", "10.1.0.0/17", "2001:db8::/32"].map(prefix));
        let found = world.read(|rx| rx.subnets().find_prefixes(GLOBAL, &wanted));
        assert!(found.iter().all(|s| s.vrf.id == GLOBAL));
        let mut prefixes: Vec<String> = found.iter().map(|s| s.prefix.to_string()).collect();
        prefixes.sort();
        assert_eq!(prefixes, ["10.0.0.0/24", "10.0.0.0/8", "2001:db8::/32"]);
        let outline = world.read(|rx| rx.subnets().outline(GLOBAL, Family::V4));
        assert!(outline.iter().map(|o| o.prefix.to_string()).eq(["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.1.0.0/16"]));
        assert_eq!(world.subnet(outline[2].id).prefix, outline[2].prefix);
        assert!(world.read(|rx| rx.subnets().find_prefixes(GLOBAL, &[])).is_empty());
    }

    /// Locks taken in the order of ids never wait in a circle, and really hold.
    fn locks_of_many_subnets_hold(engine) {
        let world = World::open(engine);
        let ids: Vec<SubnetId> = (0..6).map(|n| world.add_subnet(GLOBAL, &format!("10.0.{n}.0/24"))).collect();
        race(8, |number| {
            let mine = ids.iter().copied().cycle().skip(number % 6).take(4).collect::<std::collections::BTreeSet<_>>();
            world.write(move |tx| {
                tx.subnets().lock_all(&mine)?;
                let mut changes = Vec::new();
                for id in &mine {
                    let subnet = tx.subnets().find(*id)?.unwrap();
                    let free = tx.addresses().next_free(&subnet, 1)?;
                    changes.push(tx.addresses().allocate(&subnet, &free, &ringfence_store::tables::address::AddressFacts::default())?);
                }
                let change = ringfence_store::Change::all(changes);
                done(tx, change)
            });
        });
        assert_eq!(world.read(|rx| rx.addresses().total()), 32);
        world.assert_sound();
    }
}
