//! What goes wrong, and that it is told as a problem with the field that is wrong.

use ringfence_kit::{Answer, Client, Method, World, engines};
use serde_json::{Value, json};

use crate::contract::make;

/// The answer is a problem document of this status; gives the fields that it names.
#[track_caller]
fn problem(answer: Answer, status: u16) -> Vec<String> {
    let answer = answer.expect(status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.body);
    let json = answer.json();
    assert_eq!(json["status"], status);
    assert!(
        json["type"].as_str().is_some_and(|kind| kind.starts_with('/')) && json["title"].is_string() && json["detail"].is_string(),
        "{json:#}"
    );
    let errors = json["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    client.post(path, &body).await
}

engines! {
    async fn bad_input_names_its_field(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        for (path, body, fields) in [
            ("/api/v1/subnets", json!({}), vec!["prefix"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.1/24"}), vec!["prefix"]),
            ("/api/v1/subnets", json!({"prefix": "010.0.0.0/24"}), vec!["prefix"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "colour": "red"}), vec!["colour"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "id": 4, "used": "3"}), vec!["id", "used"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "status": "live"}), vec!["status"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "gateway": "10.0.1.1"}), vec!["gateway"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "site_id": 7777}), vec!["site_id"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "vlan_id": 7777}), vec!["vlan_id"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "vrf_id": 7777}), vec!["vrf_id"]),
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "name": "x".repeat(256)}), vec!["name"]),
            ("/api/v1/addresses", json!({"address": "10.0.0.256"}), vec!["address"]),
            ("/api/v1/addresses", json!({"address": "fe80::1%eth0"}), vec!["address"]),
            ("/api/v1/addresses", json!({"address": "10.0.0.1"}), vec!["address"]),
            ("/api/v1/vlans", json!({"vid": 4095}), vec!["vid"]),
            ("/api/v1/sites", json!({"name": ""}), vec!["name"]),
            ("/api/v1/vrfs", json!({"name": "\u{0}"}), vec!["name"]),
            ("/api/v1/tags", json!({"name": "x", "colour": "red"}), vec!["colour"]),
        ] {
            let found = problem(post(c, path, body.clone()).await, 422);
            assert_eq!(found, fields, "{path} {body}");
        }
        let host_bits = post(c, "/api/v1/subnets", json!({"prefix": "10.0.0.1/24"})).await.expect(422);
        assert!(host_bits.body.contains("10.0.0.0/24"), "the corrected text stands in the message: {}", host_bits.body);
        for query in ["nonsense=1", "limit=0", "limit=1001", "family=5", "cursor=zz", "vrf_id=x", "within=10.0.0.1/8"] {
            let found = problem(c.get(&format!("/api/v1/subnets?{query}")).await, 400);
            assert_eq!(found, [query.split('=').next().unwrap()], "{query}");
        }
        let id = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        assert_eq!(problem(c.patch(&format!("/api/v1/subnets/{id}"), &json!({"prefix": "10.0.1.0/24"})).await, 422), ["prefix"]);
    }

    async fn nobody_and_nothing(engine) {
        let world = World::start(engine);
        let (anon, viewer, c) = (&world.anon, &world.viewer, &world.operator);
        problem(anon.get("/api/v1/subnets").await, 401);
        problem(Client::key(&world.server.base(), "rf_abcdefgh_0000000000000000000000000000000000000000000").get("/api/v1/subnets").await, 401);
        assert!(anon.get("/api/v1/sites").await.header("www-authenticate").is_some_and(|text| text.starts_with("Bearer")));
        problem(post(viewer, "/api/v1/sites", json!({"name": "Oslo"})).await, 403);
        for path in ["/api/v1/subnets/7777", "/api/v1/subnets/0", "/api/v1/subnets/x", "/api/v1/nothing", "/api/v2/subnets", "/api"] {
            problem(c.get(path).await, 404);
        }
        for noun in ["addresses", "sites", "subnets", "tags", "vlans", "vrfs"] {
            problem(c.patch(&format!("/api/v1/{noun}/7777"), &json!({})).await, 404);
            problem(c.delete(&format!("/api/v1/{noun}/7777")).await, 404);
        }
        let put = c.send(Method::PUT, "/api/v1/subnets", &[], Some(&json!({}))).await;
        assert!(put.header("allow").is_some_and(|allow| allow.contains("GET") && allow.contains("POST")), "{:?}", put.headers);
        problem(put, 405);
        problem(c.send(Method::POST, "/api/v1/sites", &[("content-type", "text/plain")], Some(&json!({"name": "a"}))).await, 415);
        problem(post(c, "/api/v1/sites", json!({"name": "x".repeat(1 << 20)})).await, 413);
    }

    async fn duplicates_and_what_is_in_use_name_the_row(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        make(c, "/api/v1/subnets", json!({"prefix": "192.0.2.0/24"})).await;
        for (path, body) in [
            ("/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})),
            ("/api/v1/addresses", json!({"address": "192.0.2.7"})),
            ("/api/v1/sites", json!({"name": "Oslo"})),
            ("/api/v1/vrfs", json!({"name": "Red"})),
            ("/api/v1/tags", json!({"name": "lab"})),
            ("/api/v1/vlans", json!({"vid": 10})),
        ] {
            let id = make(c, path, body.clone()).await;
            let again = post(c, path, body).await;
            assert_eq!(again.number("/conflict/id"), id, "{path}");
            problem(again, 409);
        }
        let subnet = c.get("/api/v1/subnets?prefix=192.0.2.0/24").await.number("/data/0/id");
        problem(c.delete(&format!("/api/v1/subnets/{subnet}")).await, 409);
        c.delete(&format!("/api/v1/subnets/{subnet}?cascade=true")).await.expect(204);
        problem(c.delete("/api/v1/vrfs/1").await, 409);
    }

    async fn what_cannot_be_read_is_malformed(engine) {
        let world = World::start(engine);
        let key = world.server.create_key("operator", "wire", "write");
        let port = world.server.port();
        for body in ["{\"name\":", "[]", "null", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\"}x", "\u{feff}{\"name\":\"a\"}"] {
            let request = format!(
                "POST /api/v1/sites HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            problem(ringfence_kit::wire::exchange(port, request.as_bytes()), 400);
        }
        assert_eq!(world.admin.get("/api/v1/sites").await.expect(200).json()["data"], json!([]));
    }
}
