//! Both demo data sets, imported as users import them, twice.

use crate::world::{World, console, counts, demo};
use ringfence_app::GLOBAL;
use ringfence_app::commands::subnet::{CreateSubnet, DeleteSubnet};
use ringfence_app::import::Kind;
use ringfence_kit::engines;
use ringfence_plan::{Family, Prefix};
use ringfence_store::repo::{SubnetFilter, Under};
use ringfence_store::tables::subnet::{Subnet, SubnetFacts};

const FILES: [(Kind, &str, usize); 5] = [
    (Kind::Sites, "netbox-demo-sites", 24),
    (Kind::Vrfs, "netbox-demo-vrfs", 6),
    (Kind::Vlans, "netbox-demo-vlans", 63),
    (Kind::Subnets, "netbox-demo-subnets", 90),
    (Kind::Addresses, "netbox-demo-addresses", 180),
];

fn roots(world: &World) -> Vec<Subnet> {
    world.subnets(&SubnetFilter { under: Some(Under::Nothing), ..SubnetFilter::default() })
}

fn by_family(subnets: &[Subnet]) -> [usize; 2] {
    [Family::V4, Family::V6].map(|family| subnets.iter().filter(|s| s.prefix.family() == family).count())
}

engines! {
    async fn aws_comes_in_once_and_nests(engine) {
        let world = World::open(engine);
        let first = world.import(Kind::Subnets, demo("aws-ip-ranges")).await;
        assert_eq!(counts(&first), [11_012, 0, 0, 0]);
        assert_eq!(first.also["sites"].len(), 43);
        assert_eq!(world.sites().len(), 43);
        assert_eq!(world.events(), ["import.applied"]);
        let before = roots(&world);
        assert_eq!(by_family(&before), [5_360, 2_688]);

        let again = world.import(Kind::Subnets, demo("aws-ip-ranges")).await;
        assert_eq!(counts(&again), [0, 11_012, 0, 0]);
        assert!(again.also.is_empty());
        assert_eq!(world.events(), ["import.applied"]);

        let all: Prefix = "0.0.0.0/0".parse().unwrap();
        let create = CreateSubnet { vrf: GLOBAL, prefix: all, facts: SubnetFacts::default() };
        let made = world.app.run(&console(), create).await.unwrap();
        assert_eq!(made.children, 5_360);
        assert_eq!(by_family(&roots(&world)), [1, 2_688]);
        world.sound();
        let delete = DeleteSubnet { id: ringfence_app::SubnetId(made.id), expect: None, cascade: false };
        world.app.run(&console(), delete).await.unwrap();
        assert_eq!(roots(&world), before);
        world.sound();
    }

    async fn netbox_comes_in_file_by_file(engine) {
        let world = World::open(engine);
        for (kind, file, rows) in FILES {
            let totals = world.import(kind, demo(file)).await;
            assert_eq!(counts(&totals), [rows, 0, 0, 0], "{kind}: {totals:?}");
        }
        assert_eq!(world.events(), ["import.applied"; 5]);
        let sites = world.sites();
        let albany = sites.iter().find(|site| site.facts.name == "DM-Albany").unwrap();
        assert_eq!(albany.parent_name.as_deref(), Some("New York"));
        let subnet = world.subnets(&SubnetFilter { site_id: Some(albany.id), tag: Some("Access - Data".into()), ..SubnetFilter::default() });
        let [data] = subnet.as_slice() else { panic!("{subnet:?}") };
        assert_eq!(data.vlan.as_ref().map(|vlan| (vlan.vid, vlan.name.as_str())), Some((100, "Data")));
        assert!(data.facts.tags.iter().any(|tag| tag == "Dunder-Mifflin, Inc."), "{:?}", data.facts.tags);
        assert_eq!(world.addresses().len(), 180);

        for (kind, file, rows) in FILES {
            let totals = world.import(kind, demo(file)).await;
            assert_eq!(counts(&totals), [0, rows, 0, 0], "{kind}: {totals:?}");
            assert!(totals.also.is_empty(), "{kind}: {totals:?}");
        }
        assert_eq!(world.events().len(), 5);
    }

    /// The second set comes to a plan that is full already.
    async fn both_sets_live_together(engine) {
        let world = World::open(engine);
        world.import(Kind::Addresses, demo("netbox-demo-addresses")).await;
        world.import(Kind::Subnets, demo("aws-ip-ranges")).await;
        let totals = world.import(Kind::Subnets, demo("netbox-demo-subnets")).await;
        assert_eq!(counts(&totals)[3], 0);
        world.sound();
    }
}
