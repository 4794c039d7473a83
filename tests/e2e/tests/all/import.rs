//! Import from the command line: the demo's files on every engine, twice, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use ringfence_kit::{Engine, Output, Server, World, block_on, engines};
use serde_json::{Value, json};

use crate::contract::make;
use crate::list::walk;

fn demo(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(name)
}

fn import(server: &Server, kind: &str, file: &Path, more: &[&str]) -> Output {
    let file = file.to_str().expect("a path that is text");
    server.cli(&[&["import", kind, file], more].concat(), "")
}

/// create, same, change and refused of an import.
fn totals(output: &Output) -> [i64; 4] {
    let json: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    ["create", "same", "change", "refused"].map(|name| json[name].as_i64().unwrap_or_else(|| panic!("no {name} in {json:#}")))
}

fn written(server: &Server, name: &str, text: &str) -> PathBuf {
    let path = server.room().join(name);
    fs::write(&path, text).expect("the file is written");
    path
}

engines! {
    async fn eleven_thousand_prefixes_and_again(engine) {
        let world = World::start(engine);
        let (s, c) = (&world.server, &world.operator);
        let aws = demo("aws-ip-ranges.csv");
        assert_eq!(totals(&import(s, "subnets", &aws, &["--json"])), [11_012, 0, 0, 0]);
        assert_eq!(c.get("/api/v1/subnets?limit=1").await.expect(200).json()["data"], json!([]), "a dry run changes nothing");
        assert_eq!(totals(&import(s, "subnets", &aws, &["--apply", "--json"])), [11_012, 0, 0, 0]);
        let before = c.get("/api/v1/audit?limit=1").await.expect(200).number("/data/0/id");
        assert_eq!(totals(&import(s, "subnets", &aws, &["--apply", "--json"])), [0, 11_012, 0, 0]);
        let (ids, _) = walk(c, "/api/v1/subnets?limit=1000", "version").await;
        assert_eq!(ids.len(), 11_012);
        assert!(ids.iter().all(|version| version == 1), "the second run changed nothing");
        assert_eq!(walk(c, "/api/v1/sites?limit=1000", "name").await.0.len(), 43);
        let events = c.get("/api/v1/audit?limit=10").await.expect(200).json();
        let names: Vec<_> = events["data"].as_array().unwrap().iter().filter(|e| e["id"].as_i64() > Some(before)).map(|e| e["name"].clone()).collect();
        assert!(names.iter().all(|name| name.as_str().is_some_and(|name| name.starts_with("import."))) && names.len() <= 2, "{names:?}");
        s.cli(&["check"], "").success();

        let roots = async |family: u8| {
            let mut roots = walk(c, &format!("/api/v1/subnets?parent_id=none&family={family}&limit=1000"), "id").await.0;
            roots.sort_by_key(Value::as_i64);
            roots
        };
        let (four, six) = (roots(4).await, roots(6).await);
        assert_eq!((four.len(), six.len()), (5_360, 2_688));
        let all = make(c, "/api/v1/subnets", json!({"prefix": "0.0.0.0/0"})).await;
        assert_eq!((roots(4).await, roots(6).await), (vec![json!(all)], six.clone()));
        let mut adopted = walk(c, &format!("/api/v1/subnets?parent_id={all}&limit=1000"), "id").await.0;
        adopted.sort_by_key(Value::as_i64);
        assert_eq!(adopted, four, "exactly the IPv4 roots");
        s.cli(&["check"], "").success();
        c.delete(&format!("/api/v1/subnets/{all}")).await.expect(204);
        assert_eq!((roots(4).await, roots(6).await), (four, six));
        s.cli(&["check"], "").success();
        s.cli(&["audit", "verify"], "").success();
    }

    async fn the_netbox_demo_and_again(engine) {
        let world = World::start(engine);
        let (s, c) = (&world.server, &world.operator);
        for (round, (kind, rows, more)) in [
            ("sites", 24, &["--ignore", "region"][..]),
            ("vrfs", 6, &["--ignore", "enforce_unique"]),
            ("vlans", 63, &[]),
            ("subnets", 90, &[]),
            ("addresses", 180, &[]),
        ].into_iter().enumerate() {
            let file = demo(&format!("netbox-demo-{kind}.csv"));
            let with = |last: &[&'static str]| [more, last].concat();
            let planned = totals(&import(s, kind, &file, &with(&["--json"])));
            assert_eq!(planned.iter().sum::<i64>(), rows, "{kind}");
            assert_eq!(planned[3], 0, "{kind}: nothing is refused");
            assert_eq!(totals(&import(s, kind, &file, &with(&["--apply", "--json"]))), planned, "{kind}: exactly the dry run");
            assert_eq!(totals(&import(s, kind, &file, &with(&["--apply", "--json"]))), [0, rows, 0, 0], "{kind} again, step {round}");
        }
        s.cli(&["check"], "").success();
        let address = c.get("/api/v1/addresses?address=192.168.0.1").await.expect(200).json();
        assert_eq!((&address["data"][0]["status"], &address["data"][0]["address"]), (&json!("reserved"), &json!("192.168.0.1")));
        let subnet = c.get(&format!("/api/v1/subnets/{}", address["data"][0]["subnet_id"])).await.expect(200);
        assert!(["192.168.0.0/22"].contains(&subnet.text("/prefix").as_str()), "{}", subnet.body);
    }
}

#[test]
fn what_does_not_do_is_refused_with_its_line_sqlite() {
    let server = Server::start(Engine::Sqlite);
    let other = written(&server, "other.csv", "name,colour\nOslo,red\n");
    let unknown = import(&server, "sites", &other, &["--apply"]);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(unknown.stderr.contains("colour"), "the column is named: {unknown:?}");
    assert_eq!(totals(&import(&server, "sites", &other, &["--ignore", "colour", "--json"])), [1, 0, 0, 0]);
    let file = written(
        &server,
        "bad.csv",
        "cidr,vrf,description\n10.0.0.0/24,,fine\n10.0.0.1/24,,host bits\nnonsense,,x\n10.0.1.0/24,,\"two\nlines\"\n",
    );
    let dry = import(&server, "subnets", &file, &[]);
    assert_eq!(dry.code, Some(1), "a script notices");
    for text in ["line 3", "10.0.0.0/24", "line 4", "line 5", "1 create, 0 same, 0 change, 3 refused", "--apply"] {
        assert!(dry.stdout.contains(text), "{text}: {}", dry.stdout);
    }
    let json: Value = serde_json::from_str(&import(&server, "subnets", &file, &["--json"]).stdout).unwrap();
    assert_eq!((&json["refusals"][0]["line"], &json["applied"]), (&json!(3), &json!(false)), "{json:#}");
    for (kind, file, mode, said) in [
        ("nothing", demo("netbox-demo-sites.csv"), "skip", "nothing"),
        ("sites", server.room().join("none.csv"), "skip", "none.csv"),
        ("sites", demo("netbox-demo-sites.csv"), "never", "never"),
    ] {
        let output = import(&server, kind, &file, &["--on-duplicate", mode]);
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(output.stderr.contains(said), "{output:?}");
    }
}

#[test]
fn what_is_there_already_is_treated_as_told_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let (s, c) = (&world.server, &world.operator);
        let first = written(s, "first.csv", "\u{feff}cidr;description;site\r\n10.0.0.0/24;old;\r\n10.0.1.0/24;;\r\n");
        let second = written(s, "second.csv", "cidr\tdescription\tsite\n10.0.0.0/24\tnew\tOslo\n10.0.1.0/24\tnew\tOslo\n");
        assert_eq!(totals(&import(s, "subnets", &first, &["--apply", "--json"])), [2, 0, 0, 0]);
        let shown = async || {
            let rows = c.get("/api/v1/subnets").await.expect(200).json();
            let texts = |field: &str| rows["data"].as_array().unwrap().iter().map(|row| row[field].clone()).collect::<Vec<_>>();
            (json!(texts("description")), json!(texts("version")))
        };
        assert_eq!(totals(&import(s, "subnets", &second, &["--apply", "--json"]))[2], 0, "skip leaves all as it is");
        assert_eq!(shown().await, (json!(["old", ""]), json!([1, 1])));
        assert_eq!(totals(&import(s, "subnets", &second, &["--apply", "--json", "--on-duplicate", "fill"])), [0, 0, 2, 0]);
        assert_eq!(shown().await, (json!(["old", "new"]), json!([2, 2])));
        assert_eq!(totals(&import(s, "subnets", &second, &["--apply", "--json", "--on-duplicate", "overwrite"])), [0, 1, 1, 0]);
        assert_eq!(shown().await, (json!(["new", "new"]), json!([3, 2])));
        assert_eq!(c.get("/api/v1/sites").await.expect(200).json()["data"][0]["name"], "Oslo");
        let red = import(s, "subnets", &first, &["--apply", "--json", "--vrf", "Red"]);
        assert_eq!(totals(&red), [2, 0, 0, 0], "rows without a VRF go to the one that is named");
        s.cli(&["check"], "").success();
    });
}
