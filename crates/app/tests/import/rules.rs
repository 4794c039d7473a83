//! What a row may be, what becomes of what is there, and that only the plan that was shown is applied.

use std::fmt::Write as _;

use crate::world::{World, console, counts, quietly, role, short};
use ringfence_app::commands::address::{AddressPatch, CreateAddress, UpdateAddress};
use ringfence_app::commands::site::CreateSite;
use ringfence_app::commands::subnet::{CreateSubnet, DeleteSubnet, SubnetPatch, UpdateSubnet};
use ringfence_app::import::{Kind, OnDuplicate, Options};
use ringfence_app::{GLOBAL, ImportPlanId, Refusal};
use ringfence_guard::permission::Role;
use ringfence_kit::{Engine, block_on, engines};
use ringfence_store::repo::ImportState;
use ringfence_store::tables::address::AddressFacts;
use ringfence_store::tables::group::SiteFacts;
use ringfence_store::tables::subnet::SubnetFacts;

/// A story that no engine can change.
fn on_sqlite(story: impl AsyncFnOnce(World)) {
    block_on(async { story(World::open(Engine::Sqlite)).await });
}

async fn verdicts(world: &World, kind: Kind, file: &str) -> Vec<String> {
    short(&world.planned(kind, file).await.rows)
}

async fn refusal(world: &World, kind: Kind, file: impl AsRef<[u8]>) -> String {
    world.plan(&Options::new(kind), file).await.unwrap_err().to_string()
}

#[test]
fn a_file_that_is_no_table_is_refused_whole() {
    on_sqlite(async |world| {
        let cases: [(&[u8], &str); 8] = [
            (b"", "file: is empty: its first line must name the columns"),
            (b"cidr\n\xff", "file: line 2 is not UTF-8: save the file as UTF-8"),
            (b"cidr\n\n10.0.0.0/8\0", "file: line 3 holds a NUL character: this is no CSV file"),
            (b"cidr,region2\n", "file: unknown column region2: rename it, or ignore it with --ignore region2"),
            (b"cidr,region\n", "file: unknown column region: rename it, or ignore it with --ignore region"),
            (b"cidr,Prefix\n", "file: the column cidr is there twice: keep one"),
            (b"cidr,vrf,VRF \n", "file: the column vrf is there twice: keep one"),
            (b"cidr,,vrf\n", "file: column 2 has no name"),
        ];
        for (file, expected) in cases {
            assert_eq!(refusal(&world, Kind::Subnets, file).await, expected);
        }
        assert!(refusal(&world, Kind::Addresses, "vrf\n").await.starts_with("file: there is no column address"));
        let options = Options { ignore: vec!["Region2".into()], ..Options::new(Kind::Subnets) };
        assert_eq!(world.plan(&options, "cidr,region2\n10.0.0.0/8,x\n").await.unwrap().totals.create, 1);
    });
}

#[test]
fn too_much_is_refused_whole() {
    on_sqlite(async |world| {
        let many = format!("name\n{}", "x\n".repeat(200_001));
        assert_eq!(refusal(&world, Kind::Sites, many).await, "file: has more than 200000 rows: split it");
        let large = vec![b'x'; 64 * 1024 * 1024 + 1];
        assert_eq!(refusal(&world, Kind::Sites, large).await, "file: has 65 MiB, at most 64 fit: split it");
    });
}

#[test]
fn a_header_alone_is_fine() {
    on_sqlite(async |world| {
        let planned = world.planned(Kind::Subnets, "cidr").await;
        assert_eq!(counts(&planned.totals), [0; 4]);
        world.apply(planned).await.unwrap();
        assert_eq!(world.events(), Vec::<String>::new());
    });
}

#[test]
fn every_spelling_of_a_table_is_read() {
    on_sqlite(async |world| {
        let table = [["CIDR", "Description", " notes "], ["10.0.0.0/8", "a, b; c", "two\r\nlines"], ["10.1.0.0/16", "", "x"]];
        for (number, separator) in [",", ";", "\t"].into_iter().enumerate() {
            for end in ["\n", "\r\n"] {
                for bom in ["", "\u{feff}"] {
                    let line = |row: &[&str; 3]| row.map(|cell| format!("\"{cell}\"")).join(separator);
                    let file = format!("{bom}{}", table.iter().map(line).collect::<Vec<_>>().join(end));
                    let planned = world.planned(Kind::Subnets, &file).await;
                    assert_eq!(short(&planned.rows), ["2 create 10.0.0.0/8 in Global", "4 create 10.1.0.0/16 in Global"], "{file:?}");
                    let format = ["comma", "semicolon", "tab"][number];
                    assert_eq!(planned.format, format!("{format}-separated, UTF-8"));
                }
            }
        }
        world.import(Kind::Subnets, "prefix;notes\r\n10.0.0.0/8;\"two\r\nlines\"\r\n\r\n").await;
        assert_eq!(world.subnet("10.0.0.0/8").facts.notes, "two\nlines");
    });
}

#[test]
fn refused_subnets_say_why() {
    on_sqlite(async |world| {
        let file = "cidr,vrf,site,vlan,status,gateway,tags,name\n\
            10.0.0.1/8,,,,,,,\n\
            10.0.0.0/8,,,,,,,\n\
            10.0.0.0/8,Global,,,,,,again\n\
            10.0.0.0/9\n\
            10.1.0.0/16,,,4095,nonsense,,,\n\
            10.2.0.0/16,,,,,10.3.0.1,,\n\
            10.3.0.0/16,,,,,x,,\n\
            nonsense,,,,,,,\n\
            10.4.0.0/16,,,,,,,\"a\u{1}b\"\n";
        let long = format!("{file}10.5.0.0/16,,,,,,{},\n", "t".repeat(65));
        assert_eq!(
            verdicts(&world, Kind::Subnets, &long).await,
            [
                "2 refused 10.0.0.1/8 cidr: 10.0.0.1/8 has host bits set beyond /8; write 10.0.0.0/8",
                "3 create 10.0.0.0/8 in Global",
                "4 refused 10.0.0.0/8 in Global is the same as line 3: keep one of the two",
                "5 refused 10.0.0.0/9 has 1 cells, the header has 8",
                "6 refused 10.1.0.0/16 vlan: must be a number between 1 and 4094; status: must be container, active, reserved or deprecated",
                "7 refused 10.2.0.0/16 gateway: 10.3.0.1 is not inside 10.2.0.0/16",
                "8 refused 10.3.0.0/16 gateway: \"x\" is neither an IPv4 nor an IPv6 address",
                "9 refused nonsense cidr: \"nonsense\" is neither an IPv4 nor an IPv6 address",
                "10 refused 10.4.0.0/16 name: must be one line without control or invisible characters",
                &format!("11 refused 10.5.0.0/16 tags: a tag has 1 to 64 characters and no blank at its ends: {:?}", "t".repeat(65)),
            ]
        );
    });
}

#[test]
fn refused_addresses_say_why() {
    on_sqlite(async |world| {
        let file = "address,status,expires_at,dns_name\n\
            10.0.0.1,,,\n\
            10.0.0.2/24,gone,,\n\
            10.0.1.3/24,,2027-02-30,\n\
            10.0.2.4/24,dhcp,2027-02-28,a\n\
            10.0.2.5,slaac,,b\n\
            10.0.2.4,,,\n\
            10.0.02.6,,,\n";
        assert_eq!(
            verdicts(&world, Kind::Addresses, file).await,
            [
                "2 refused 10.0.0.1 in Global address: no subnet of this VRF contains it: write its mask, or make a subnet first",
                "3 refused 10.0.0.2/24 status: must be active, dhcp, slaac, used, reserved, deprecated or free",
                "4 refused 10.0.1.3/24 expires_at: must be a day as YYYY-MM-DD",
                "5 create 10.0.2.4 in Global",
                "6 create 10.0.2.5 in Global",
                "7 refused 10.0.2.4 in Global is the same as line 5: keep one of the two",
                "8 refused 10.0.02.6 address: \"10.0.02.6\" has leading zeros or hexadecimal, which systems read differently: write plain decimals; write 10.0.2.6",
            ]
        );
    });
}

#[test]
fn refused_sites_vrfs_and_vlans_say_why() {
    on_sqlite(async |world| {
        let sites = "name,region\n,\nA,A\nB,C\nC,D\nD,B\nE,D\n";
        assert_eq!(
            verdicts(&world, Kind::Sites, sites).await,
            [
                "2 refused  name: must not be empty",
                "3 refused A region: A lies inside A: a site cannot lie inside itself",
                "4 create B",
                "5 create C",
                "6 refused D region: B lies inside D: a site cannot lie inside itself",
                "7 create E",
            ]
        );
        let vrfs = "name,enforce_unique\nA,true\nB,perhaps\nA,\n";
        assert_eq!(
            verdicts(&world, Kind::Vrfs, vrfs).await,
            ["2 create A", "3 refused B enforce_unique: must be true or false", "4 refused A is the same as line 2: keep one of the two"]
        );
        let vlans = "vid,site,name\n0,,\n5,Oslo,a\n5,,b\n5,Oslo,c\n";
        assert_eq!(
            verdicts(&world, Kind::Vlans, vlans).await,
            [
                "2 refused 0 vid: must be a number between 1 and 4094",
                "3 create 5 of Oslo",
                "4 create 5",
                "5 refused 5 of Oslo is the same as line 3: keep one of the two",
            ]
        );
    });
}

engines! {
    async fn sites_nest_in_any_order(engine) {
        let world = World::open(engine);
        let totals = world.import(Kind::Sites, "name,region,description\nRoom,House,r\nHouse,Town,h\nYard,House,y\n").await;
        assert_eq!(counts(&totals), [3, 0, 0, 0]);
        assert_eq!(totals.also["sites"], ["Town"]);
        let parents: Vec<_> = world.sites().into_iter().map(|site| (site.facts.name, site.parent_name.unwrap_or_default())).collect();
        let expected = [("House", "Town"), ("Room", "House"), ("Town", ""), ("Yard", "House")];
        assert_eq!(parents, expected.map(|(name, parent)| (name.to_owned(), parent.to_owned())));
        let moved = world.import_with(Kind::Sites, OnDuplicate::Overwrite, "name,region\nTown,Land\nYard,Town\n").await;
        assert_eq!(counts(&moved), [0, 0, 2, 0]);
        assert_eq!(moved.also["sites"], ["Land"]);
        let file = "name,region\nLand,Room\n";
        let circle = world.plan(&Options { on_duplicate: OnDuplicate::Fill, ..Options::new(Kind::Sites) }, file).await.unwrap();
        assert_eq!(short(&circle.rows), ["2 refused Land region: Room lies inside Land: a site cannot lie inside itself"]);
    }

    async fn what_is_missing_is_made_and_said(engine) {
        let world = World::open(engine);
        let file = "cidr,vrf,site,vlan,role,tenant,tags\n\
            10.0.0.0/8,,Oslo,7,Edge of it,\"Acme, Inc.\",b a\n\
            10.0.0.0/8,Red,,8,,,a\n\
            10.1.0.0/16,Red,Riga,7,,,\n";
        let planned = world.planned(Kind::Subnets, file).await;
        let also = planned.totals.also.clone();
        assert_eq!(also["sites"], ["Oslo", "Riga"]);
        assert_eq!(also["vrfs"], ["Red"]);
        assert_eq!(also["vlans"], ["7 of Oslo", "7 of Riga", "8"]);
        assert_eq!(also["tags"], ["Acme, Inc.", "Edge of it", "a", "b"]);
        assert_eq!(world.sites().len(), 0);
        world.apply(planned).await.unwrap();
        world.sound();
        assert_eq!(world.import(Kind::Subnets, file).await.same, 3);
        let subnet = world.subnets(&ringfence_store::repo::SubnetFilter::default()).remove(0);
        assert_eq!(subnet.facts.tags, ["Acme, Inc.", "Edge of it", "a", "b"]);
        assert_eq!(subnet.site.map(|site| site.name).as_deref(), Some("Oslo"));
        assert_eq!(subnet.vlan.map(|vlan| vlan.vid), Some(7));
    }

    async fn addresses_go_home(engine) {
        let world = World::open(engine);
        world.import(Kind::Subnets, "cidr\n10.0.0.0/8\n10.0.0.0/24\n").await;
        let file = "address,device,interface,role,status,notes\n\
            10.0.0.7,sw1,ge-0/0/1,VIP,active,seen\n\
            10.0.0.200/25,,,,reserved,\n\
            10.9.9.9,,,,deprecated,\n\
            2001:db8::5/64,,,,slaac,\n";
        let planned = world.planned(Kind::Addresses, file).await;
        assert_eq!(planned.totals.also["subnets"], ["10.0.0.128/25 in Global", "2001:db8::/64 in Global"]);
        world.apply(planned).await.unwrap();
        world.sound();
        for (ip, home) in [("10.0.0.7", "10.0.0.0/24"), ("10.0.0.200", "10.0.0.128/25"), ("10.9.9.9", "10.0.0.0/8"), ("2001:db8::5", "2001:db8::/64")] {
            assert_eq!(world.address(ip).subnet_id, world.subnet(home).id, "{ip}");
        }
        let first = world.address("10.0.0.7").facts;
        assert_eq!(first.notes, "seen\ndevice: sw1\ninterface: ge-0/0/1");
        assert_eq!(first.tags, ["VIP"]);
        assert_eq!(world.address("10.9.9.9").facts.status.as_str(), "reserved");
        for mode in OnDuplicate::ALL {
            assert_eq!(counts(&world.import_with(Kind::Addresses, *mode, file).await), [0, 4, 0, 0], "{mode}");
        }
    }

    /// Many new homes at once, for addresses that are there.
    async fn subnets_take_the_addresses_that_are_there(engine) {
        let world = World::open(engine);
        let mut addresses = "address\n10.0.0.1/8\n".to_owned();
        let mut subnets = "cidr\n10.0.0.0/9\n".to_owned();
        for n in 1..60 {
            writeln!(addresses, "10.0.{n}.0\n10.0.{n}.5\n10.0.{n}.255\n10.200.0.{n}").unwrap();
            writeln!(subnets, "10.0.{n}.0/24").unwrap();
        }
        world.import(Kind::Addresses, &addresses).await;
        world.import(Kind::Subnets, &subnets).await;
        assert_eq!(world.address("10.0.7.255").subnet_id, world.subnet("10.0.7.0/24").id);
        assert_eq!(world.subnet("10.0.7.0/24").derived.used, 1);
        assert_eq!(world.subnet("10.0.0.0/9").derived.used, 1);
        assert_eq!(world.subnet("10.0.0.0/8").derived.used, 59);
    }

    async fn what_is_there_is_left_overwritten_or_filled(engine) {
        let world = World::open(engine);
        world.import(Kind::Subnets, "cidr,name,description,tags,site\n10.0.0.0/8,old,,x,\n10.1.0.0/16,,,,Oslo\n").await;
        let file = "cidr,name,description,tags,site,status\n10.0.0.0/8,new,words,y z,,\n10.1.0.0/16,,,,Riga,reserved\n";

        let skip = world.planned(Kind::Subnets, file).await;
        assert_eq!(counts(&skip.totals), [0, 2, 0, 0]);
        let shown: Vec<_> = skip.rows[0].details.iter().map(|d| (d.field.as_str(), d.before.as_str(), d.after.as_str())).collect();
        assert_eq!(shown, [("name", "old", "new"), ("description", "", "words"), ("tags", "x", "y, z")]);
        world.apply(skip).await.unwrap();
        assert_eq!(world.subnet("10.0.0.0/8").facts.name, "old");

        let fill = Options { on_duplicate: OnDuplicate::Fill, ..Options::new(Kind::Subnets) };
        let fill = world.plan(&fill, file).await.unwrap();
        assert_eq!(short(&fill.rows), ["2 change 10.0.0.0/8 in Global description", "3 same 10.1.0.0/16 in Global"]);
        world.apply(fill).await.unwrap();
        let facts = world.subnet("10.0.0.0/8").facts;
        assert_eq!((facts.name.as_str(), facts.description.as_str(), facts.tags), ("old", "words", vec!["x".to_owned()]));

        let overwrite = world.import_with(Kind::Subnets, OnDuplicate::Overwrite, file).await;
        assert_eq!(counts(&overwrite), [0, 0, 2, 0]);
        assert_eq!(overwrite.also["sites"], ["Riga"]);
        let facts = world.subnet("10.0.0.0/8").facts;
        assert_eq!((facts.name.as_str(), facts.tags), ("new", vec!["y".to_owned(), "z".to_owned()]));
        let second = world.subnet("10.1.0.0/16");
        assert_eq!((second.site.unwrap().name.as_str(), second.facts.status.as_str(), second.version), ("Riga", "reserved", 2));
        assert_eq!(world.import_with(Kind::Subnets, OnDuplicate::Overwrite, file).await.same, 2);
        assert_eq!(world.events(), ["import.applied"; 3]);
    }

    async fn addresses_vlans_and_vrfs_are_overwritten(engine) {
        let world = World::open(engine);
        world.import(Kind::Addresses, "address,dns_name,notes\n10.0.0.1/24,a,mine\n10.0.0.2/24,b,\n").await;
        let file = "address,hostname,status,mac,device,tenant\n10.0.0.1,c,reserved,00:11,sw2,Acme\n10.0.0.2,,,,,\n";
        let totals = world.import_with(Kind::Addresses, OnDuplicate::Overwrite, file).await;
        assert_eq!(counts(&totals), [0, 1, 1, 0]);
        let row = world.address("10.0.0.1");
        assert_eq!((row.facts.hostname.as_str(), row.facts.notes.as_str(), row.version), ("c", "mine\ndevice: sw2", 2));
        assert_eq!(row.facts.tags, ["Acme"]);

        world.import(Kind::Vlans, "vid,name,status\n5,a,reserved\n").await;
        let totals = world.import_with(Kind::Vlans, OnDuplicate::Overwrite, "vid,name,status\n5,b,active\n").await;
        assert_eq!(counts(&totals), [0, 0, 1, 0]);
        world.import(Kind::Vrfs, "name,rd\nRed,1:1\n").await;
        let totals = world.import_with(Kind::Vrfs, OnDuplicate::Overwrite, "name,rd\nRed,1:2\nGlobal,\n").await;
        assert_eq!(counts(&totals), [0, 1, 1, 0]);
    }

    async fn a_plan_that_does_not_fit_any_more_is_refused(engine) {
        let world = World::open(engine);
        world.import(Kind::Subnets, "cidr,name\n10.0.0.0/8,a\n10.1.0.0/16,b\n").await;
        world.import(Kind::Addresses, "address\n10.1.0.1\n").await;
        let overwrite = |kind| Options { on_duplicate: OnDuplicate::Overwrite, ..Options::new(kind) };
        let file = "cidr,name\n10.0.0.0/8,z\n10.1.0.0/16,y\n10.2.0.0/16,x\n";

        let planned = world.plan(&overwrite(Kind::Subnets), file).await.unwrap();
        let id = world.subnet("10.1.0.0/16").id;
        let patch = SubnetPatch { description: Some("mine".into()), ..SubnetPatch::default() };
        world.app.run(&console(), UpdateSubnet { id, expect: None, patch }).await.unwrap();
        assert_stale(&world, planned, "line 3: 10.1.0.0/16 in Global was changed").await;
        assert_eq!(world.subnet("10.0.0.0/8").facts.name, "a");

        let planned = world.plan(&overwrite(Kind::Subnets), file).await.unwrap();
        let prefix = "10.2.0.0/16".parse().unwrap();
        world.app.run(&console(), CreateSubnet { vrf: GLOBAL, prefix, facts: SubnetFacts::default() }).await.unwrap();
        assert_stale(&world, planned, "line 4: 10.2.0.0/16 in Global was made").await;

        let planned = world.plan(&overwrite(Kind::Subnets), file).await.unwrap();
        let id = world.subnet("10.0.0.0/8").id;
        world.app.run(&console(), DeleteSubnet { id, expect: None, cascade: true }).await.unwrap();
        assert_stale(&world, planned, "line 2: 10.0.0.0/8 in Global was removed").await;

        let addresses = "address,dns_name\n10.1.0.1,n\n10.1.0.2,m\n";
        let planned = world.plan(&overwrite(Kind::Addresses), addresses).await.unwrap();
        let facts = AddressFacts::default();
        world.app.run(&console(), CreateAddress { vrf: GLOBAL, address: "10.1.0.2".parse().unwrap(), facts }).await.unwrap();
        assert_stale(&world, planned, "line 3: 10.1.0.2 in Global was made").await;
        let planned = world.plan(&overwrite(Kind::Addresses), addresses).await.unwrap();
        let patch = AddressPatch { owner: Some("me".into()), ..AddressPatch::default() };
        world.app.run(&console(), UpdateAddress { id: world.address("10.1.0.1").id, expect: None, patch }).await.unwrap();
        assert_stale(&world, planned, "line 2: 10.1.0.1 in Global was changed").await;

        let planned = world.planned(Kind::Subnets, "cidr,site\n10.3.0.0/16,Oslo\n").await;
        let oslo = SiteFacts { name: "Oslo".into(), ..SiteFacts::default() };
        world.app.run(&console(), CreateSite(oslo)).await.unwrap();
        assert_stale(&world, planned, "the site Oslo was made").await;
        assert_eq!(world.events().iter().filter(|name| *name == "import.failed").count(), 6);
        world.sound();
    }

    async fn a_kept_plan_is_applied_once_by_its_owner(engine) {
        let world = World::open(engine);
        let planned = world.planned(Kind::Subnets, "cidr,site\n10.0.0.0/8,Oslo\nnonsense,\n").await;
        let id = world.app.keep_plan(&console(), &planned).await.unwrap();
        let kept = world.app.kept_plan(&console(), id).await.unwrap();
        assert_eq!((kept.state, &kept.rows, &kept.totals, &kept.format), (ImportState::Planned, &planned.rows, &planned.totals, &planned.format));
        assert_eq!((kept.kind, kept.source.as_str()), (Kind::Subnets, "test.csv"));

        let other = role(Role::Admin);
        assert!(matches!(world.app.kept_plan(&other, id).await, Err(Refusal::NotFound { .. })));
        assert!(matches!(world.app.apply_import(&other, id, quietly()).await, Err(Refusal::NotFound { .. })));
        let mut late = console();
        late.origin.at = late.origin.at.plus(std::time::Duration::from_hours(24));
        assert!(matches!(world.app.apply_import(&late, id, quietly()).await, Err(Refusal::NotFound { .. })));

        let totals = world.app.apply_import(&console(), id, quietly()).await.unwrap();
        assert_eq!(counts(&totals), [1, 0, 0, 1]);
        assert_eq!(world.app.kept_plan(&console(), id).await.unwrap().state, ImportState::Applied);
        assert!(matches!(world.app.apply_import(&console(), id, quietly()).await, Err(Refusal::InUse(_))));
        assert_eq!(world.events(), ["import.planned", "import.applied"]);

        let stale = world.app.keep_plan(&console(), &planned).await.unwrap();
        assert!(matches!(world.app.apply_import(&console(), stale, quietly()).await, Err(Refusal::Conflict(_))));
        let kept = world.app.kept_plan(&console(), stale).await.unwrap();
        assert_eq!(kept.state, ImportState::Failed);
        assert!(kept.failure.contains("Oslo"), "{}", kept.failure);
        assert!(matches!(world.app.apply_import(&console(), ImportPlanId(99), quietly()).await, Err(Refusal::NotFound { .. })));
    }

    async fn a_viewer_imports_nothing(engine) {
        let world = World::open(engine);
        let viewer = role(Role::Viewer);
        let denied = world.app.plan_import(&viewer, Options::new(Kind::Sites), "f", b"name\n".to_vec(), &|_, _| {}).await;
        assert!(matches!(denied, Err(Refusal::Denied { .. })));
        let planned = world.planned(Kind::Sites, "name\nOslo\n").await;
        assert!(matches!(world.app.keep_plan(&viewer, &planned).await, Err(Refusal::Denied { .. })));
        assert!(matches!(world.app.apply_import(&viewer, planned.plan, quietly()).await, Err(Refusal::Denied { .. })));
        assert_eq!(world.sites().len(), 0);
        let planned = world.planned(Kind::Sites, "name\nOslo\n").await;
        assert_eq!(counts(&world.app.apply_import(&role(Role::Operator), planned.plan, quietly()).await.unwrap()), [1, 0, 0, 0]);
    }

    async fn two_hundred_thousand_rows(engine) {
        let world = World::open(engine);
        let rows = ringfence_kit::size(5_000, 200_000);
        let mut file = "cidr,name,tags\n10.0.0.0/8,all,big\n".to_owned();
        for n in 1..rows {
            writeln!(file, "10.{}.{}.{}/28,net-{n},t{}", n >> 12, (n >> 4) & 255, (n & 15) << 4, n % 50).unwrap();
        }
        let planned = world.planned(Kind::Subnets, &file).await;
        let id = world.app.keep_plan(&console(), &planned).await.unwrap();
        drop(planned);
        let seen = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let told = std::sync::Arc::clone(&seen);
        let progress = std::sync::Arc::new(move |done, _| told.store(done, std::sync::atomic::Ordering::Relaxed));
        let totals = world.app.apply_import(&console(), id, progress).await.unwrap();
        assert_eq!(counts(&totals), [rows, 0, 0, 0]);
        assert_eq!(seen.load(std::sync::atomic::Ordering::Relaxed), rows);
        assert_eq!(counts(&world.import(Kind::Subnets, &file).await), [0, rows, 0, 0]);
        let mut file = "address,dns_name\n".to_owned();
        for n in 1..rows {
            writeln!(file, "10.{}.{}.{},host-{n}", n >> 12, (n >> 4) & 255, ((n & 15) << 4) + 3).unwrap();
        }
        assert_eq!(counts(&world.import(Kind::Addresses, &file).await), [rows - 1, 0, 0, 0]);
        assert_eq!(counts(&world.import(Kind::Addresses, &file).await), [0, rows - 1, 0, 0]);
    }
}

async fn assert_stale(world: &World, planned: ringfence_app::import::Planned, expected: &str) {
    match world.apply(planned).await {
        Err(Refusal::Conflict(why)) => assert!(why.starts_with(expected), "{why}"),
        other => panic!("{other:?}"),
    }
}
