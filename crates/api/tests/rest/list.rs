//! Windows and filters.

use serde_json::{Value as Json, json};

use crate::world::{Client, World};

async fn found(client: &Client, path: &str, field: &str) -> Vec<Json> {
    let list = client.get(path).await.expect(200).json();
    assert_eq!(list.as_object().unwrap().len(), 2, "{path}");
    list["data"].as_array().unwrap().iter().map(|row| row[field].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_follow_one_another() {
    let (_world, admin) = World::with_admin().await;
    for name in ["c", "a", "b"] {
        admin.make("/api/v1/sites", json!({"name": name})).await;
    }
    for prefix in ["10.0.2.0/24", "10.0.0.0/16", "10.0.1.0/24"] {
        admin.make("/api/v1/subnets", json!({"prefix": prefix})).await;
    }
    for (noun, field, expected) in
        [("sites", "name", json!(["a", "b", "c"])), ("subnets", "prefix", json!(["10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24"]))]
    {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let list = admin.get(&format!("/api/v1/{noun}?limit=1{cursor}")).await.expect(200).json();
            seen.extend(list["data"].as_array().unwrap().iter().map(|row| row[field].clone()));
            let Some(next) = list["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(json!(seen), expected);
    }
    assert_eq!(admin.get("/api/v1/sites?cursor=zz").await.expect(400).errors(), ["cursor: is not one that this list gave"]);
    assert_eq!(admin.get("/api/v1/sites?limit=1001").await.expect(400).errors(), ["limit: must be a whole number from 1 to 1000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_of_subnets() {
    let (_world, admin) = World::with_admin().await;
    let vrf = admin.make("/api/v1/vrfs", json!({"name": "Red"})).await;
    let site = admin.make("/api/v1/sites", json!({"name": "AMS"})).await;
    let vlan = admin.make("/api/v1/vlans", json!({"vid": 10, "name": "office", "site_id": site})).await;
    let root = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/16", "status": "container", "site_id": site})).await;
    admin.make("/api/v1/subnets", json!({"prefix": "10.0.1.0/24", "name": "Printers", "vlan_id": vlan, "tags": ["lab"]})).await;
    admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/16", "vrf_id": vrf})).await;
    admin.make("/api/v1/subnets", json!({"prefix": "2001:db8::/32"})).await;
    for (query, expected) in [
        (format!("vrf_id={vrf}"), json!(["10.0.0.0/16"])),
        ("prefix=10.0.1.0/24".into(), json!(["10.0.1.0/24"])),
        ("within=10.0.0.0/16&vrf_id=1".into(), json!(["10.0.0.0/16", "10.0.1.0/24"])),
        ("contains=10.0.1.7&vrf_id=1".into(), json!(["10.0.0.0/16", "10.0.1.0/24"])),
        ("contains=10.0.0.0/23&vrf_id=1".into(), json!(["10.0.0.0/16"])),
        (format!("site_id={site}"), json!(["10.0.0.0/16", "10.0.1.0/24"])),
        (format!("vlan_id={vlan}"), json!(["10.0.1.0/24"])),
        ("status=container".into(), json!(["10.0.0.0/16"])),
        ("family=6".into(), json!(["2001:db8::/32"])),
        ("tag=lab".into(), json!(["10.0.1.0/24"])),
        ("q=printer".into(), json!(["10.0.1.0/24"])),
        (format!("parent_id={root}"), json!(["10.0.1.0/24"])),
        ("parent_id=none&vrf_id=1".into(), json!(["10.0.0.0/16", "2001:db8::/32"])),
        ("tag=none".into(), json!([])),
    ] {
        assert_eq!(json!(found(&admin, &format!("/api/v1/subnets?{query}"), "prefix").await), expected, "{query}");
    }
    assert_eq!(json!(found(&admin, &format!("/api/v1/vlans?vid=10&site_id={site}&q=off"), "vid").await), json!([10]));
    assert_eq!(json!(found(&admin, "/api/v1/vlans?vid=11", "vid").await), json!([]));
    assert_eq!(json!(found(&admin, "/api/v1/vrfs?q=re", "name").await), json!(["Red"]));
    assert_eq!(json!(found(&admin, "/api/v1/tags?q=la", "name").await), json!(["lab"]));
    assert_eq!(json!(found(&admin, "/api/v1/sites?q=am", "name").await), json!(["AMS"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_of_addresses() {
    let (_world, admin) = World::with_admin().await;
    let vrf = admin.make("/api/v1/vrfs", json!({"name": "Red"})).await;
    let subnet = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
    admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "vrf_id": vrf})).await;
    admin.make("/api/v1/addresses", json!({"address": "10.0.0.1", "hostname": "Web-01.example", "tags": ["lab"]})).await;
    admin.make("/api/v1/addresses", json!({"address": "10.0.0.2", "status": "reserved"})).await;
    admin.make("/api/v1/addresses", json!({"address": "10.0.0.1", "vrf_id": vrf})).await;
    for (query, expected) in [
        (format!("subnet_id={subnet}"), json!(["10.0.0.1", "10.0.0.2"])),
        (format!("vrf_id={vrf}"), json!(["10.0.0.1"])),
        ("address=10.0.0.1".into(), json!(["10.0.0.1", "10.0.0.1"])),
        ("status=reserved".into(), json!(["10.0.0.2"])),
        ("hostname=web-01.example".into(), json!(["10.0.0.1"])),
        ("tag=lab".into(), json!(["10.0.0.1"])),
        ("q=WEB".into(), json!(["10.0.0.1"])),
    ] {
        assert_eq!(json!(found(&admin, &format!("/api/v1/addresses?{query}"), "address").await), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_box_finds_by_address_prefix_and_name() {
    let (_world, admin) = World::with_admin().await;
    admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "name": "Printers"})).await;
    admin.make("/api/v1/addresses", json!({"address": "10.0.0.7", "hostname": "laser-7"})).await;
    let found = async |q: &str| admin.get(&format!("/api/v1/search?q={q}")).await.expect(200).json();
    assert_eq!(found("10.0.0.7").await["addresses"][0]["hostname"], "laser-7");
    assert_eq!(found("10.0.0.7").await["contained_in"][0]["subnets"][0]["prefix"], "10.0.0.0/24");
    assert_eq!(found("printers").await["subnets"][0]["prefix"], "10.0.0.0/24");
    assert_eq!(found("laser").await["addresses"][0]["address"], "10.0.0.7");
    assert_eq!(admin.get("/api/v1/search").await.expect(400).errors(), ["q: is required"]);
    assert_eq!(admin.get(&format!("/api/v1/search?q={}", "x".repeat(201))).await.expect(400).errors(), ["q: at most 200 characters"]);
}
