//! Lists: every page size gives the same whole, and filters mean what they say.

use ringfence_kit::{Engine, engines};
use ringfence_store::repo::{AddressFilter, Page, SubnetFilter, Under};
use ringfence_store::tables::GLOBAL;
use ringfence_store::tables::address::{AddressFacts, AddressStatus};
use ringfence_store::tables::subnet::{SubnetFacts, SubnetStatus};

use crate::world::{World, ip, prefix};

fn subnets(world: &World, filter: &SubnetFilter, limit: u64) -> Vec<String> {
    let (mut page, mut found) = (Page::first(limit), Vec::new());
    loop {
        let window = world.read(|rx| rx.subnets().list(filter, &page));
        assert!(window.rows.len() as u64 <= limit && (window.rows.len() as u64 == limit || !window.more));
        page.after = window.rows.last().map(|s| s.place());
        found.extend(
            window.rows.into_iter().map(|s| if s.vrf.id == GLOBAL { s.prefix.to_string() } else { format!("{}@{}", s.prefix, s.vrf.name) }),
        );
        if !window.more {
            return found;
        }
    }
}

fn addresses(world: &World, filter: &AddressFilter, limit: u64) -> Vec<String> {
    let (mut page, mut found) = (Page::first(limit), Vec::new());
    loop {
        let window = world.read(|rx| rx.addresses().list(filter, &page));
        page.after = window.rows.last().map(|s| s.place());
        found.extend(
            window
                .rows
                .into_iter()
                .map(|a| if a.vrf.id == GLOBAL { a.address.to_string() } else { format!("{}@{}", a.address, a.vrf.name) }),
        );
        if !window.more {
            return found;
        }
    }
}

fn plan(engine: Engine) -> World {
    let world = World::open(engine);
    let site = world.add_site("Oslo");
    let red = world.add_vrf("red");
    let with = |site_id| SubnetFacts { site_id, ..SubnetFacts::default() };
    world.add_subnet(red, "10.0.0.0/8");
    world.add_subnet(GLOBAL, "2001:db8::/32");
    world.add_subnet(GLOBAL, "10.1.1.0/24");
    world.add_subnet_with(GLOBAL, "10.0.0.0/8", with(Some(site)));
    world.add_subnet_with(GLOBAL, "10.1.0.0/16", SubnetFacts { status: SubnetStatus::Container, tags: vec!["core".into()], ..with(None) });
    world.add_subnet(GLOBAL, "172.16.0.0/12");
    world.add_subnet(GLOBAL, "10.1.0.0/24");
    world.add_subnet_with(GLOBAL, "2001:db8::/48", SubnetFacts { tags: vec!["core".into()], ..with(Some(site)) });
    for (vrf, text) in [
        (red, "10.0.0.1"),
        (GLOBAL, "10.1.0.9"),
        (GLOBAL, "10.1.0.1"),
        (GLOBAL, "2001:db8::1"),
        (GLOBAL, "10.1.1.1"),
        (GLOBAL, "10.255.255.255"),
    ] {
        let status = if text.ends_with('9') { AddressStatus::Reserved } else { AddressStatus::Used };
        world.add_address(
            vrf,
            text,
            AddressFacts { status, hostname: format!("Host-{}", text.replace(['.', ':'], "-")), ..AddressFacts::default() },
        );
    }
    world
}

engines! {
    fn the_fullest_come_first(engine) {
        let world = World::open(engine);
        for subnet in ["10.0.0.0/30", "10.0.1.0/24", "10.0.2.0/31", "10.0.3.0/24", "2001:db8::/64"] {
            world.add_subnet(GLOBAL, subnet);
        }
        for address in ["10.0.0.1", "10.0.1.1", "10.0.1.2", "10.0.2.0", "10.0.2.1", "2001:db8::1"] {
            world.add_address(GLOBAL, address, AddressFacts::default());
        }
        let fullest = world.read(|rx| rx.subnets().fullest(5));
        assert_eq!(fullest.iter().map(|s| s.prefix.to_string()).collect::<Vec<_>>(), ["10.0.2.0/31", "10.0.0.0/30", "10.0.1.0/24"]);
        assert_eq!(world.read(|rx| rx.subnets().fullest(1)).len(), 1);
    }

    fn every_page_size_gives_the_same_whole(engine) {
        let world = plan(engine);
        let whole = ["10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24", "10.1.1.0/24", "172.16.0.0/12", "2001:db8::/32", "2001:db8::/48", "10.0.0.0/8@red"];
        let rows = ["10.1.0.1", "10.1.0.9", "10.1.1.1", "10.255.255.255", "2001:db8::1", "10.0.0.1@red"];
        for limit in 1..10 {
            assert_eq!(subnets(&world, &SubnetFilter::default(), limit), whole, "{limit}");
            assert_eq!(addresses(&world, &AddressFilter::default(), limit), rows, "{limit}");
        }
    }

    fn filters_of_subnets(engine) {
        let world = plan(engine);
        let all = SubnetFilter::default();
        let site = world.read(|rx| rx.sites().find_by_name("Oslo")).unwrap().id;
        let ten = world.read(|rx| rx.subnets().find_prefix(GLOBAL, prefix("10.0.0.0/8"))).unwrap();
        let global = SubnetFilter { vrf_id: Some(GLOBAL), ..all.clone() };
        let cases: Vec<(SubnetFilter, Vec<&str>)> = vec![
            (SubnetFilter { within: Some(prefix("10.1.0.0/16")), ..all.clone() }, vec!["10.1.0.0/16", "10.1.0.0/24", "10.1.1.0/24"]),
            (SubnetFilter { within: Some(prefix("0.0.0.0/0")), ..global.clone() }, vec!["10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24", "10.1.1.0/24", "172.16.0.0/12"]),
            (SubnetFilter { within: Some(prefix("::/0")), ..all.clone() }, vec!["2001:db8::/32", "2001:db8::/48"]),
            (SubnetFilter { contains: Some(ip("10.1.0.200")), ..global.clone() }, vec!["10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24"]),
            (SubnetFilter { contains: Some(ip("10.1.0.0")), contains_length: Some(16), ..global.clone() }, vec!["10.0.0.0/8", "10.1.0.0/16"]),
            (SubnetFilter { contains: Some(ip("2001:db8::9")), ..all.clone() }, vec!["2001:db8::/32", "2001:db8::/48"]),
            (SubnetFilter { contains: Some(ip("11.0.0.0")), ..all.clone() }, vec![]),
            (SubnetFilter { prefix: Some(prefix("10.0.0.0/8")), ..all.clone() }, vec!["10.0.0.0/8", "10.0.0.0/8@red"]),
            (SubnetFilter { site_id: Some(site), ..all.clone() }, vec!["10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24", "10.1.1.0/24", "2001:db8::/48"]),
            (SubnetFilter { tag: Some("core".into()), ..all.clone() }, vec!["10.1.0.0/16", "2001:db8::/48"]),
            (SubnetFilter { tag: Some("none".into()), ..all.clone() }, vec![]),
            (SubnetFilter { status: Some(SubnetStatus::Container), ..all.clone() }, vec!["10.1.0.0/16"]),
            (SubnetFilter { family: Some(ringfence_plan::Family::V6), ..all.clone() }, vec!["2001:db8::/32", "2001:db8::/48"]),
            (SubnetFilter { under: Some(Under::Nothing), ..global.clone() }, vec!["10.0.0.0/8", "172.16.0.0/12", "2001:db8::/32"]),
            (SubnetFilter { under: Some(Under::Subnet(ten.id)), ..all.clone() }, vec!["10.1.0.0/16"]),
        ];
        for (filter, wanted) in cases {
            for limit in [1, 2, 100] {
                assert_eq!(subnets(&world, &filter, limit), wanted, "{filter:?} by {limit}");
            }
        }
        assert!(world.read(|rx| rx.subnets().path_to(GLOBAL, ip("10.1.1.7"))).iter().map(|s| s.prefix.to_string()).eq(["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24"]));
        let leaf = world.read(|rx| rx.subnets().find_prefix(GLOBAL, prefix("10.1.1.0/24"))).unwrap();
        assert!(leaf.site_is_inherited() && leaf.site.as_ref().unwrap().name == "Oslo");
        assert_eq!(world.read(|rx| rx.subnets().ancestors(&leaf)).len(), 2);
        assert_eq!(world.read(|rx| rx.subnets().find_many(&[leaf.id, ten.id])).iter().map(|s| s.id).collect::<Vec<_>>(), [ten.id, leaf.id]);
        assert_eq!((world.read(|rx| rx.subnets().count(None)), world.read(|rx| rx.subnets().count(Some(GLOBAL)))), (8, 7));
        assert!(world.read(|rx| rx.subnets().find_many(&[])).is_empty());
    }

    fn filters_of_addresses(engine) {
        let world = plan(engine);
        let all = AddressFilter::default();
        let home = world.read(|rx| rx.subnets().find_prefix(GLOBAL, prefix("10.1.0.0/24"))).unwrap().id;
        let cases: Vec<(AddressFilter, Vec<&str>)> = vec![
            (AddressFilter { subnet_id: Some(home), ..all.clone() }, vec!["10.1.0.1", "10.1.0.9"]),
            (AddressFilter { vrf_id: Some(GLOBAL), within: Some(prefix("10.1.0.0/16").span()), ..all.clone() }, vec!["10.1.0.1", "10.1.0.9", "10.1.1.1"]),
            (AddressFilter { within: Some(prefix("::/0").span()), ..all.clone() }, vec!["2001:db8::1"]),
            (AddressFilter { address: Some(ip("10.0.0.1")), ..all.clone() }, vec!["10.0.0.1@red"]),
            (AddressFilter { status: Some(AddressStatus::Reserved), ..all.clone() }, vec!["10.1.0.9"]),
            (AddressFilter { hostname: Some("hOST-10-1-1-1".into()), ..all.clone() }, vec!["10.1.1.1"]),
        ];
        for (filter, wanted) in cases {
            for limit in [1, 2, 100] {
                assert_eq!(addresses(&world, &filter, limit), wanted, "{filter:?} by {limit}");
            }
        }
    }
}
