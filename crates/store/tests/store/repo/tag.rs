//! Tags, VRFs, sites and VLANs: what everything else is sorted by.

use ringfence_kit::engines;
use ringfence_store::repo::{Page, SubnetFilter, VlanFilter};
use ringfence_store::tables::address::AddressFacts;
use ringfence_store::tables::group::{SiteFacts, TagFacts, VlanFacts, VrfFacts};
use ringfence_store::tables::subnet::SubnetFacts;
use ringfence_store::tables::{GLOBAL, NOWHERE};

use crate::world::{World, allowed, done, raw_number};

fn vlan(world: &World, vid: u16, name: &str, site_id: Option<ringfence_store::tables::SiteId>) -> ringfence_store::tables::VlanId {
    let facts = VlanFacts { vid, name: name.into(), site_id, description: String::new(), tags: vec!["net".into()] };
    world.write(move |tx| {
        let change = tx.vlans().insert(&facts)?;
        done(tx, change)
    })
}

engines! {
    fn tags_come_and_go_with_what_carries_them(engine) {
        let world = World::open(engine);
        let subnet = world.add_subnet_with(GLOBAL, "10.0.0.0/24", SubnetFacts { tags: vec!["core".into(), "Ärger".into()], ..SubnetFacts::default() });
        world.add_address(GLOBAL, "10.0.0.1", AddressFacts { tags: vec!["core".into()], ..AddressFacts::default() });
        vlan(&world, 7, "v", None);
        let tag = world.read(|rx| rx.tags().find_by_name("core")).unwrap();
        assert_eq!(world.read(|rx| rx.tags().uses(tag.id)), 2);
        assert_eq!(world.subnet(subnet).facts.tags, ["core", "Ärger"]);
        world.write(move |tx| {
            let tag = allowed(tx.tags().find(tag.id)?.unwrap());
            let change = tx.tags().update(&tag, &TagFacts { name: "Kern".into(), colour: "#112233".into() })?;
            done(tx, change)
        });
        let kern = world.read(|rx| rx.tags().find(tag.id)).unwrap();
        assert_eq!((kern.version, kern.facts.colour.as_str()), (2, "#112233"));
        assert_eq!(world.subnet(subnet).facts.tags, ["Kern", "Ärger"]);
        world.write(move |tx| {
            let tag = allowed(tx.tags().find(tag.id)?.unwrap());
            let change = tx.tags().remove(&tag)?;
            done(tx, change)
        });
        assert_eq!(world.subnet(subnet).facts.tags, ["Ärger"]);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM address_tag"), 0);
        let names = |q: Option<&str>| -> Vec<String> {
            world.read(|rx| rx.tags().list(q, &Page::first(9))).rows.into_iter().map(|t| t.facts.name).collect()
        };
        assert_eq!(names(None), ["net", "Ärger"]);
        assert_eq!(names(Some("äRG")), ["Ärger"]);
        assert!(names(Some("%")).is_empty() && names(Some("_")).is_empty());
    }

    fn one_new_tag_on_many_objects_is_made_once(engine) {
        let world = World::open(engine);
        let vrfs: Vec<_> = (0..8).map(|n| world.add_vrf(&format!("v{n}"))).collect();
        crate::world::race(8, |number| {
            let vrf = vrfs[number];
            world.add_subnet_with(vrf, "10.0.0.0/24", SubnetFacts { tags: vec!["shared".into()], ..SubnetFacts::default() });
        });
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM tag"), 1);
        assert_eq!(raw_number(&world.database, "SELECT COUNT(*) FROM subnet_tag"), 8);
    }

    fn sites_nest_and_nowhere_is_not_shown(engine) {
        let world = World::open(engine);
        let country = world.add_site("Norge");
        let city = world.write(move |tx| {
            let change = tx.sites().insert(&SiteFacts { name: "Ålesund".into(), parent_id: Some(country), description: String::new() })?;
            done(tx, change)
        });
        let site = world.read(|rx| rx.sites().find(city)).unwrap();
        assert_eq!((site.parent_name.as_deref(), site.facts.parent_id), (Some("Norge"), Some(country)));
        assert_eq!(world.read(|rx| rx.sites().ancestors(city)), [city, country]);
        assert!(world.read(|rx| rx.sites().find(NOWHERE)).is_none());
        assert!(world.read(|rx| rx.sites().find_by_name("")).is_none());
        let names = |q: Option<&str>| -> Vec<String> {
            world.read(|rx| rx.sites().list(q, &Page::first(9))).rows.into_iter().map(|t| t.facts.name).collect()
        };
        assert_eq!(names(None), ["Norge", "Ålesund"]);
        assert_eq!(names(Some("åLE")), ["Ålesund"]);
        vlan(&world, 5, "x", Some(city));
        world.add_subnet_with(GLOBAL, "10.0.0.0/8", SubnetFacts { site_id: Some(country), ..SubnetFacts::default() });
        assert_eq!(world.read(|rx| rx.sites().uses(country)), [("sites", 1), ("vlans", 0), ("subnets", 1)]);
        let result = world.try_write(move |tx| { let site = allowed(tx.sites().lock(country)?.unwrap()); let change = tx.sites().remove(&site)?; done(tx, change) });
        assert!(result.is_err());
        world.write(move |tx| {
            let site = allowed(tx.sites().lock(country)?.unwrap());
            let change = tx.sites().update(&site, &SiteFacts { name: "Noreg".into(), ..SiteFacts::default() })?;
            done(tx, change)
        });
        assert_eq!(names(Some("noreg")), ["Noreg"]);
    }

    fn a_vlan_number_is_unique_in_its_site(engine) {
        let world = World::open(engine);
        let oslo = world.add_site("Oslo");
        let id = vlan(&world, 10, "Büro", None);
        vlan(&world, 10, "Lab", Some(oslo));
        vlan(&world, 9, "Büro", Some(oslo));
        let again = world.try_write(|tx| {
            let facts = VlanFacts { vid: 10, name: "x".into(), site_id: None, description: String::new(), tags: Vec::new() };
            let change = tx.vlans().insert(&facts)?;
            done(tx, change)
        });
        assert!(again.is_err_and(|e| e.is_unique()));
        let row = world.read(|rx| rx.vlans().find_by_vid(10, None)).unwrap();
        assert_eq!((row.id, row.site, row.facts.tags), (id, None, vec!["net".to_owned()]));
        let list = |filter: &VlanFilter, limit| -> Vec<(u16, String)> {
            let (mut page, mut found) = (Page::first(limit), Vec::new());
            loop {
                let window = world.read(|rx| rx.vlans().list(filter, &page));
                page.after = window.rows.last().map(|v| (v.facts.vid, v.id));
                found.extend(window.rows.into_iter().map(|v| (v.facts.vid, v.facts.name)));
                if !window.more { return found }
            }
        };
        let all = VlanFilter::default();
        for limit in 1..5 {
            assert_eq!(list(&all, limit), [(9, "Büro".into()), (10, "Büro".into()), (10, "Lab".into())]);
        }
        assert_eq!(list(&VlanFilter { q: Some("BÜ".into()), ..all.clone() }, 9).len(), 2);
        assert_eq!(list(&VlanFilter { vid: Some(10), site_id: Some(oslo), ..all.clone() }, 9).len(), 1);
        world.add_subnet_with(GLOBAL, "10.0.0.0/8", SubnetFacts { vlan_id: Some(id), ..SubnetFacts::default() });
        assert_eq!(world.read(|rx| rx.vlans().uses(id)), 1);
        world.write(move |tx| {
            let row = allowed(tx.vlans().lock(id)?.unwrap());
            let facts = VlanFacts { vid: 11, name: "Ny".into(), tags: Vec::new(), ..row.get().facts.clone() };
            let change = tx.vlans().update(&row, &facts)?;
            done(tx, change)
        });
        let row = world.read(|rx| rx.vlans().find(id)).unwrap();
        assert_eq!((row.version, row.facts.vid, row.facts.tags.len()), (2, 11, 0));
        let subnet = &world.all_subnets(&SubnetFilter::default())[0];
        assert_eq!(subnet.vlan.as_ref().map(|v| (v.vid, v.name.as_str())), Some((11, "Ny")));
    }

    fn routing_tables_have_unique_names(engine) {
        let world = World::open(engine);
        let id = world.add_vrf("Blå");
        let result = world.try_write(|tx| { let change = tx.vrfs().insert(&VrfFacts { name: "Blå".into(), ..VrfFacts::default() })?; done(tx, change) });
        assert!(result.is_err_and(|e| e.is_unique()));
        assert_eq!(world.read(|rx| rx.vrfs().find(GLOBAL)).unwrap().facts.name, "Global");
        let facts = VrfFacts { name: "Blått".into(), rd: "65000:1".into(), import_targets: vec!["65000:2".into(), "x\"y".into()], ..VrfFacts::default() };
        let wanted = facts.clone();
        world.write(move |tx| {
            let vrf = allowed(tx.vrfs().lock(id)?.unwrap());
            let change = tx.vrfs().update(&vrf, &facts)?;
            done(tx, change)
        });
        assert_eq!(world.read(|rx| rx.vrfs().find_by_name("Blått")).unwrap().facts, wanted);
        assert_eq!(world.read(|rx| rx.vrfs().list(Some("BLÅ"), &Page::first(1))).rows.len(), 1);
        world.add_subnet(id, "10.0.0.0/8");
        assert_eq!(world.read(|rx| rx.vrfs().subnet_counts()), [(id, 1)]);
        let result = world.try_write(move |tx| { let vrf = allowed(tx.vrfs().lock(id)?.unwrap()); let change = tx.vrfs().remove(&vrf)?; done(tx, change) });
        assert!(result.is_err());
    }
}
