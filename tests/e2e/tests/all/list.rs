//! Windows, filters and the search box.

use ringfence_kit::{Client, World, engines};
use serde_json::{Value, json};

use crate::contract::make;

async fn column(client: &Client, path: &str, field: &str) -> Value {
    let list = client.get(path).await.expect(200).json();
    list["data"].as_array().expect("a list").iter().map(|row| row[field].clone()).collect()
}

/// Follows `next` to the end; gives the field of every row, and the number of windows.
pub async fn walk(client: &Client, path: &str, field: &str) -> (Vec<Value>, usize) {
    let (mut seen, mut cursor, mut windows) = (Vec::new(), String::new(), 0);
    loop {
        let list = client.get(&format!("{path}{cursor}")).await.expect(200).json();
        seen.extend(list["data"].as_array().expect("a list").iter().map(|row| row[field].clone()));
        windows += 1;
        let Some(next) = list["next"].as_str() else { return (seen, windows) };
        cursor = format!("&cursor={next}");
    }
}

engines! {
    async fn windows_follow_one_another(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let subnet = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        c.post(&format!("/api/v1/subnets/{subnet}/addresses/next"), &json!({"count": 25})).await.expect(201);
        let (seen, windows) = walk(c, "/api/v1/addresses?limit=10", "address").await;
        let all: Vec<Value> = (1..=25).map(|n| json!(format!("10.0.0.{n}"))).collect();
        assert_eq!((seen, windows), (all, 3));
        for noun in ["sites", "tags", "vrfs", "vlans", "subnets"] {
            for number in [3, 1, 2] {
                let body = match noun {
                    "vlans" => json!({"vid": number}),
                    "subnets" => json!({"prefix": format!("172.16.{number}.0/24")}),
                    _ => json!({"name": format!("n{number}")}),
                };
                make(c, &format!("/api/v1/{noun}"), body).await;
            }
            let field = match noun { "vlans" => "vid", "subnets" => "prefix", _ => "name" };
            let (by_one, windows) = walk(c, &format!("/api/v1/{noun}?limit=1"), field).await;
            assert_eq!(json!(by_one), column(c, &format!("/api/v1/{noun}"), field).await, "{noun}");
            assert!(windows >= 3, "{noun}");
        }
    }

    async fn every_filter_finds_what_it_says(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let vrf = make(c, "/api/v1/vrfs", json!({"name": "Red"})).await;
        let site = make(c, "/api/v1/sites", json!({"name": "Oslo"})).await;
        make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/16", "status": "container", "site_id": site})).await;
        let leaf = make(c, "/api/v1/subnets", json!({"prefix": "10.0.1.0/24", "name": "Drucker 100%", "tags": ["lab"]})).await;
        make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/16", "vrf_id": vrf})).await;
        make(c, "/api/v1/subnets", json!({"prefix": "2001:db8::/32", "name": "Printers_b"})).await;
        for (query, expected) in [
            (format!("vrf_id={vrf}"), json!(["10.0.0.0/16"])),
            ("prefix=10.0.1.0/24".into(), json!(["10.0.1.0/24"])),
            ("within=10.0.0.0/16&vrf_id=1".into(), json!(["10.0.0.0/16", "10.0.1.0/24"])),
            ("within=10.0.1.0/24".into(), json!(["10.0.1.0/24"])),
            ("contains=10.0.1.7&vrf_id=1".into(), json!(["10.0.0.0/16", "10.0.1.0/24"])),
            ("contains=10.0.0.0/23&vrf_id=1".into(), json!(["10.0.0.0/16"])),
            (format!("site_id={site}"), json!(["10.0.0.0/16", "10.0.1.0/24"])),
            ("status=container".into(), json!(["10.0.0.0/16"])),
            ("family=6".into(), json!(["2001:db8::/32"])),
            ("tag=lab".into(), json!(["10.0.1.0/24"])),
            ("tag=nothing".into(), json!([])),
            ("q=DRUCK".into(), json!(["10.0.1.0/24"])),
            ("q=100%25".into(), json!(["10.0.1.0/24"])),
            ("q=r%25b".into(), json!([])),
            ("q=rs_b".into(), json!(["2001:db8::/32"])),
            ("q=r__b".into(), json!([])),
            ("family=4&tag=lab&vrf_id=1&status=active".into(), json!(["10.0.1.0/24"])),
        ] {
            assert_eq!(column(c, &format!("/api/v1/subnets?{query}"), "prefix").await, expected, "{query}");
        }
        make(c, "/api/v1/addresses", json!({"address": "10.0.1.1", "hostname": "Web-01.example", "tags": ["lab"]})).await;
        make(c, "/api/v1/addresses", json!({"address": "10.0.1.2", "status": "reserved"})).await;
        make(c, "/api/v1/addresses", json!({"address": "10.0.1.1", "vrf_id": vrf})).await;
        for (query, expected) in [
            (format!("subnet_id={leaf}"), json!(["10.0.1.1", "10.0.1.2"])),
            (format!("vrf_id={vrf}"), json!(["10.0.1.1"])),
            ("address=10.0.1.1".into(), json!(["10.0.1.1", "10.0.1.1"])),
            ("status=reserved".into(), json!(["10.0.1.2"])),
            ("hostname=web-01.EXAMPLE".into(), json!(["10.0.1.1"])),
            ("tag=lab".into(), json!(["10.0.1.1"])),
            ("q=b-01".into(), json!(["10.0.1.1"])),
        ] {
            assert_eq!(column(c, &format!("/api/v1/addresses?{query}"), "address").await, expected, "{query}");
        }
        assert_eq!(column(c, "/api/v1/vrfs?q=re", "name").await, json!(["Red"]));
        assert_eq!(column(c, "/api/v1/sites?q=os", "name").await, json!(["Oslo"]));
        assert_eq!(column(c, "/api/v1/tags?q=la", "name").await, json!(["lab"]));
    }

    async fn one_box_finds_by_address_prefix_and_part_of_a_name(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "name": "Printers"})).await;
        make(c, "/api/v1/addresses", json!({"address": "10.0.0.7", "hostname": "laser-7.example", "mac": "00:11:22:aa:bb:cc"})).await;
        make(c, "/api/v1/sites", json!({"name": "Printer house"})).await;
        let found = async |q: &str| world.viewer.get(&format!("/api/v1/search?q={q}")).await.expect(200).json();
        let by_address = found("10.0.0.7").await;
        assert_eq!(by_address["addresses"][0]["hostname"], "laser-7.example", "{by_address:#}");
        assert_eq!(by_address["contained_in"][0]["subnets"][0]["prefix"], "10.0.0.0/24", "{by_address:#}");
        assert_eq!(found("10.0.0.0/24").await["subnets"][0]["name"], "Printers");
        assert_eq!(found("ser-7.ex").await["addresses"][0]["address"], "10.0.0.7");
        let by_name = found("PRINT").await;
        assert_eq!((&by_name["subnets"][0]["prefix"], &by_name["sites"][0]["name"]), (&json!("10.0.0.0/24"), &json!("Printer house")));
        let nothing = found("xyzzy").await;
        assert!(nothing.as_object().unwrap().values().all(|rows| rows == &json!([])), "{nothing:#}");
        c.get("/api/v1/search").await.expect(400);
    }
}
