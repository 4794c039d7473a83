//! What others script against: every documented field of every object, made, read, changed and removed over the API.

use ringfence_kit::{Client, Method, World, engines};
use serde_json::{Value, json};

const SUBNET: &[&str] = &[
    "id",
    "version",
    "vrf",
    "prefix",
    "family",
    "name",
    "description",
    "status",
    "site",
    "vlan",
    "parent_id",
    "depth",
    "children",
    "gateway",
    "notes",
    "capacity",
    "used",
    "reserved",
    "utilization",
    "tags",
    "created_at",
    "updated_at",
];
const ADDRESS: &[&str] = &[
    "id",
    "version",
    "vrf",
    "subnet_id",
    "address",
    "family",
    "status",
    "hostname",
    "owner",
    "mac",
    "description",
    "notes",
    "expires_at",
    "tags",
    "created_at",
    "updated_at",
];

/// Makes an object and gives its id.
pub async fn make(client: &Client, path: &str, body: Value) -> i64 {
    client.post(path, &body).await.expect(201).number("/id")
}

/// Every field of `expected` stands in `object` with that value.
#[track_caller]
fn holds(object: &Value, expected: &Value) {
    for (field, value) in expected.as_object().expect("an object is expected") {
        assert_eq!(&object[field], value, "{field} of {object:#}");
    }
}

#[track_caller]
fn has_fields(object: &Value, fields: &[&str]) {
    let there = object.as_object().expect("an object");
    let missing: Vec<_> = fields.iter().filter(|field| !there.contains_key(**field)).collect();
    assert!(missing.is_empty(), "missing {missing:?} in {object:#}");
}

engines! {
    async fn a_subnet_has_every_documented_field(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let site = make(c, "/api/v1/sites", json!({"name": "Oslo"})).await;
        let vlan = make(c, "/api/v1/vlans", json!({"vid": 20, "name": "office", "site_id": site})).await;
        let vrf = make(c, "/api/v1/vrfs", json!({"name": "Red"})).await;
        let made = c.post("/api/v1/subnets", &json!({
            "vrf_id": vrf, "prefix": "10.1.4.0/22", "name": "Büro", "description": "third floor", "notes": "a\nb", "status": "active",
            "site_id": site, "vlan_id": vlan, "gateway": "10.1.4.1", "tags": ["lab", "a", "lab"],
        })).await.expect(201);
        let id = made.number("/id");
        let subnet = made.json();
        has_fields(&subnet, SUBNET);
        holds(&subnet, &json!({
            "version": 1, "vrf": {"id": vrf, "name": "Red"}, "prefix": "10.1.4.0/22", "family": 4, "name": "Büro",
            "description": "third floor", "status": "active", "site": {"id": site, "name": "Oslo", "inherited": false},
            "vlan": {"id": vlan, "vid": 20, "name": "office"}, "parent_id": null, "depth": 0, "children": 0, "gateway": "10.1.4.1",
            "notes": "a\nb", "capacity": "1022", "used": "0", "reserved": "0", "tags": ["a", "lab"],
        }));
        assert_eq!(made.header("location"), Some(format!("/api/v1/subnets/{id}").as_str()));
        let path = format!("/api/v1/subnets/{id}");
        assert_eq!(c.get(&path).await.expect(200).json(), subnet);

        let child = c.post("/api/v1/subnets", &json!({"vrf_id": vrf, "prefix": "10.1.5.0/24"})).await.expect(201).json();
        holds(&child, &json!({"site": {"id": site, "name": "Oslo", "inherited": true}, "vlan": null, "parent_id": id, "depth": 1, "gateway": null}));

        let changed = c.patch(&path, &json!({
            "name": "", "description": "x", "notes": "", "status": "deprecated", "site_id": null, "vlan_id": null, "gateway": null, "tags": [],
        })).await.expect(200).json();
        holds(&changed, &json!({
            "version": 2, "name": "", "description": "x", "notes": "", "status": "deprecated", "site": null, "vlan": null, "gateway": null,
            "tags": [], "children": 1, "created_at": subnet["created_at"],
        }));
        assert_eq!(c.get(&format!("/api/v1/subnets/{}", child["id"])).await.expect(200).json()["site"], Value::Null, "nothing left to inherit");

        let six = c.post("/api/v1/subnets", &json!({"prefix": "2001:DB8::/48"})).await.expect(201).json();
        holds(&six, &json!({
            "vrf": {"id": 1, "name": "Global"}, "prefix": "2001:db8::/48", "family": 6, "capacity": "1208925819614629174706176",
            "utilization": null, "status": "active",
        }));
        c.delete(&path).await.expect(204);
        c.get(&path).await.expect(404);
    }

    async fn an_address_has_every_documented_field(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let vrf = make(c, "/api/v1/vrfs", json!({"name": "Red"})).await;
        let subnet = make(c, "/api/v1/subnets", json!({"vrf_id": vrf, "prefix": "10.0.0.0/24"})).await;
        let made = c.post("/api/v1/addresses", &json!({
            "vrf_id": vrf, "address": "10.0.0.7", "status": "used", "hostname": "Web-01.example", "owner": "ops", "mac": "00:11:22:33:44:55",
            "description": "d", "notes": "n", "expires_at": "2031-01-31", "tags": ["lab"],
        })).await.expect(201);
        let address = made.json();
        has_fields(&address, ADDRESS);
        holds(&address, &json!({
            "version": 1, "vrf": {"id": vrf, "name": "Red"}, "subnet_id": subnet, "address": "10.0.0.7", "family": 4, "status": "used",
            "owner": "ops", "mac": "00:11:22:33:44:55", "description": "d", "notes": "n", "expires_at": "2031-01-31", "tags": ["lab"],
        }));
        assert!(address["hostname"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("web-01.example")), "{address}");
        let path = format!("/api/v1/addresses/{}", address["id"]);
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!(c.get(&path).await.expect(200).json(), address);
        let counts = async || {
            let subnet = c.get(&format!("/api/v1/subnets/{subnet}")).await.expect(200).json();
            (subnet["used"].clone(), subnet["reserved"].clone(), subnet["version"].clone())
        };
        assert_eq!(counts().await, (json!("1"), json!("0"), json!(1)));
        let changed = c.patch(&path, &json!({
            "status": "reserved", "hostname": "", "owner": "", "mac": "", "description": "", "notes": "", "expires_at": null, "tags": [],
        })).await.expect(200).json();
        holds(&changed, &json!({"version": 2, "status": "reserved", "hostname": "", "expires_at": null, "tags": []}));
        assert_eq!(counts().await, (json!("0"), json!("1"), json!(1)), "counters are no change of the subnet");
        c.delete(&path).await.expect(204);
        c.get(&path).await.expect(404);
        assert_eq!(counts().await, (json!("0"), json!("0"), json!(1)));
    }

    async fn the_small_nouns_are_made_read_changed_and_removed(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let parent = make(c, "/api/v1/sites", json!({"name": "Norway"})).await;
        for (noun, body, change) in [
            ("sites", json!({"name": "Oslo", "parent_id": parent, "description": "d"}), json!({"name": "Bergen", "parent_id": null, "description": ""})),
            (
                "vrfs",
                json!({"name": "Red", "rd": "65000:1", "description": "d", "import_targets": ["1:1"], "export_targets": ["1:2", "1:3"]}),
                json!({"name": "Blue", "rd": "", "description": "", "import_targets": [], "export_targets": []}),
            ),
            ("tags", json!({"name": "lab", "colour": "#aabbcc"}), json!({"name": "lab 2", "colour": ""})),
            (
                "vlans",
                json!({"vid": 10, "name": "office", "site_id": parent, "description": "d", "tags": ["x"]}),
                json!({"vid": 11, "name": "", "site_id": null, "description": "", "tags": []}),
            ),
        ] {
            let made = c.post(&format!("/api/v1/{noun}"), &body).await.expect(201);
            let path = format!("/api/v1/{noun}/{}", made.number("/id"));
            assert_eq!((made.header("location"), made.header("etag")), (Some(path.as_str()), Some("\"1\"")));
            has_fields(&made.json(), &["id", "version", "created_at", "updated_at"]);
            assert_eq!(c.get(&path).await.expect(200).json(), made.json());
            let plain = |body: &Value| {
                let mut body = body.clone();
                body.as_object_mut().unwrap().retain(|field, _| !field.ends_with("_id"));
                body
            };
            holds(&made.json(), &plain(&body));
            let changed = c.patch(&path, &change).await.expect(200).json();
            holds(&changed, &plain(&change));
            assert_eq!(changed["version"], 2);
            let listed = c.get(&format!("/api/v1/{noun}")).await.expect(200).json();
            assert!(listed["data"].as_array().unwrap().contains(&changed), "{noun}: {listed:#}");
            c.delete(&path).await.expect(204);
            c.get(&path).await.expect(404);
            c.delete(&path).await.expect(404);
        }
    }

    async fn a_version_guards_what_one_has_seen(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let id = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        let path = format!("/api/v1/subnets/{id}");
        let read = c.get(&path).await.expect(200);
        assert_eq!(read.header("etag"), Some("\"1\""));
        c.send(Method::GET, &path, &[("if-none-match", "\"1\"")], None).await.expect(304);
        let patch = async |tag: &str, name: &str| c.send(Method::PATCH, &path, &[("if-match", tag)], Some(&json!({"name": name}))).await;
        let changed = patch("\"1\"", "one").await.expect(200);
        assert_eq!((changed.header("etag"), changed.number("/version")), (Some("\"2\""), 2));
        let stale = patch("\"1\"", "two").await.expect(412);
        assert_eq!((stale.header("content-type"), stale.number("/version")), (Some("application/problem+json"), 2));
        patch("W/\"2\"", "two").await.expect(412);
        patch("2", "two").await.expect(400);
        patch("*", "two").await.expect(200);
        c.send(Method::DELETE, &path, &[("if-match", "\"2\"")], None).await.expect(412);
        c.send(Method::DELETE, &path, &[("if-match", "\"3\"")], None).await.expect(204);
    }

    async fn the_tree_nests_in_any_order(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        // Prefix, depth, direct children, and the prefix of the parent.
        let tree = [
            ("10.0.0.0/8", 0, 2, None),
            ("10.1.0.0/16", 1, 1, Some("10.0.0.0/8")),
            ("10.1.2.0/24", 2, 1, Some("10.1.0.0/16")),
            ("10.1.2.128/25", 3, 0, Some("10.1.2.0/24")),
            ("10.2.0.0/16", 1, 0, Some("10.0.0.0/8")),
            ("2001:db8::/32", 0, 1, None),
            ("2001:db8::/128", 1, 0, Some("2001:db8::/32")),
        ];
        for (number, order) in [[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0], [3, 0, 6, 2, 4, 5, 1], [1, 3, 5, 4, 0, 6, 2]].iter().enumerate() {
            let vrf = make(c, "/api/v1/vrfs", json!({"name": format!("order {number}")})).await;
            for index in order {
                make(c, "/api/v1/subnets", json!({"vrf_id": vrf, "prefix": tree[*index].0})).await;
            }
            let list = c.get(&format!("/api/v1/subnets?vrf_id={vrf}")).await.expect(200).json();
            let rows = list["data"].as_array().unwrap().clone();
            let prefix_of = |id: &Value| rows.iter().find(|row| &row["id"] == id).map(|row| row["prefix"].as_str().unwrap());
            let seen: Vec<_> = rows
                .iter()
                .map(|row| (row["prefix"].as_str().unwrap(), row["depth"].as_i64().unwrap(), row["children"].as_i64().unwrap(), prefix_of(&row["parent_id"])))
                .collect();
            assert_eq!(seen, tree, "order {order:?}");
        }
        let list = c.get("/api/v1/subnets?vrf_id=2&prefix=10.1.2.0/24").await.expect(200);
        c.delete(&format!("/api/v1/subnets/{}", list.number("/data/0/id"))).await.expect(204);
        let orphan = c.get("/api/v1/subnets?vrf_id=2&prefix=10.1.2.128/25").await.expect(200);
        let parent = c.get(&format!("/api/v1/subnets/{}", orphan.number("/data/0/parent_id"))).await.expect(200);
        assert_eq!((orphan.number("/data/0/depth"), parent.text("/prefix").as_str(), parent.number("/children")), (2, "10.1.0.0/16", 1));
        world.server.cli(&["check"], "").success();
    }
}
