//! Findings of attacks on the running program, kept as stories: each was seen before it was mended.

use ringfence_kit::{Engine, Options, Role, Server, World, barrier_race, block_on, engines};
use serde_json::json;

use crate::contract::make;

engines! {
    /// No engine takes a NUL as text: what holds one is refused before a database sees it.
    async fn a_nul_is_refused(engine) {
        let world = World::start(engine);
        for path in ["search?q=a%00b", "subnets?q=%00", "addresses?hostname=%00", "subnets?tag=%00", "sites?cursor=00", "vrfs?cursor=6100"] {
            let answer = world.admin.get(&format!("/api/v1/{path}")).await.expect(400);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        }
        let browser = world.browser(Role::Viewer).await;
        browser.get("/search?q=a%00b").await.expect(400);
        browser.get(&format!("/search?q={}", "a".repeat(9_000))).await.expect(414);
        world.admin.get(&format!("/api/v1/sites?q={}", "a".repeat(9_000))).await.expect(414);
        world.admin.get(&format!("/api/v1/sites?q={}", "a".repeat(8_000))).await.expect(200);
        world.server.anon().login("a\u{0}b", World::PASSWORD).await.expect(401);
    }

    /// A list goes on behind its place also when the row that stood there was deleted: nothing is left out, nothing comes twice.
    async fn a_list_goes_on_behind_what_was_deleted(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let subnet = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        let rows = c.post(&format!("/api/v1/subnets/{subnet}/addresses/next"), &json!({"count": 10})).await.expect(201).json();
        let list = format!("/api/v1/addresses?subnet_id={subnet}&limit=3");
        let cursor = c.get(&list).await.expect(200).text("/next");
        c.delete(&format!("/api/v1/addresses/{}", rows["data"][2]["id"])).await.expect(204);
        let rest = c.get(&format!("{list}&cursor={cursor}")).await.expect(200).json();
        assert_eq!(rest["data"][0]["id"], rows["data"][3]["id"], "{rest}");

        for third in ["10.1.0.0/26", "10.1.0.64/26", "10.1.0.128/26"] {
            make(c, "/api/v1/subnets", json!({"prefix": third})).await;
        }
        let list = "/api/v1/subnets?within=10.1.0.0/24&limit=2";
        let first = c.get(list).await.expect(200).json();
        c.delete(&format!("/api/v1/subnets/{}", first["data"][1]["id"])).await.expect(204);
        let rest = c.get(&format!("{list}&cursor={}", first["next"].as_str().expect("more follows"))).await.expect(200).json();
        assert_eq!(rest["data"][0]["prefix"], "10.1.0.128/26", "{rest}");
    }

    /// Space with addresses in use is not free.
    async fn the_next_subnet_spares_what_is_in_use(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let subnet = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "gateway": "10.0.0.254"})).await;
        c.post(&format!("/api/v1/subnets/{subnet}/addresses/next"), &json!({"count": 3})).await.expect(201);
        let next = format!("/api/v1/subnets/{subnet}/subnets/next");
        assert_eq!(c.get(&format!("{next}?length=28")).await.expect(200).text("/prefix"), "10.0.0.16/28");
        let last = c.post(&next, &json!({"length": 25, "strategy": "last"})).await;
        assert_eq!(last.status, 409, "either half holds something: {}", last.body);
        let made = c.post(&next, &json!({"length": 28, "strategy": "last"})).await.expect(201);
        assert_eq!(made.text("/data/0/prefix"), "10.0.0.224/28");
    }

    /// Two moves at once never make a circle of sites.
    async fn sites_never_lie_in_each_other(engine) {
        let world = World::start(engine);
        for round in 0..10 {
            let u = make(&world.admin, "/api/v1/sites", json!({"name": format!("u{round}")})).await;
            let v = make(&world.admin, "/api/v1/sites", json!({"name": format!("v{round}")})).await;
            let mut statuses: Vec<u16> = barrier_race(2, |number| {
                let (own, other) = if number == 0 { (u, v) } else { (v, u) };
                let client = world.admin.clone();
                async move { client.patch(&format!("/api/v1/sites/{own}"), &json!({"parent_id": other})).await.status }
            })
            .await;
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 422], "round {round}");
        }
        world.server.cli(&["check"], "").success();
    }

    /// Who deletes what another one begins to use gets a reason, not a failure.
    async fn deleting_against_using_is_decided(engine) {
        let world = World::start(engine);
        for round in 0..8 {
            let site = make(&world.admin, "/api/v1/sites", json!({"name": format!("s{round}")})).await;
            let statuses: Vec<u16> = barrier_race(2, |number| {
                let client = world.admin.clone();
                async move {
                    if number == 0 {
                        return client.delete(&format!("/api/v1/sites/{site}")).await.status;
                    }
                    client.post("/api/v1/subnets", &json!({"prefix": format!("10.{round}.0.0/16"), "site_id": site})).await.status
                }
            })
            .await;
            assert!(statuses.iter().all(|status| *status < 500), "round {round}: {statuses:?}");
        }
        world.server.cli(&["check"], "").success();
    }
}

/// A database knows its master key: without it, or with another one, nothing is opened and no new key is made.
#[test]
fn a_database_keeps_to_its_master_key_sqlite() {
    let server = Server::stopped(Engine::Sqlite, Options::default());
    server.cli(&["check"], "").success();
    let file = server.data_dir().join("master.key");
    let key = std::fs::read(&file).expect("a key");
    std::fs::remove_file(&file).expect("the key's file");
    assert!(server.cli(&["check"], "").failure(1).contains("put it back"));
    assert!(!file.exists(), "no new key is made");
    let other = Server::stopped(Engine::Sqlite, Options::default());
    other.cli(&["check"], "").success();
    std::fs::copy(other.data_dir().join("master.key"), &file).expect("a copy");
    assert!(server.cli(&["check"], "").failure(1).contains("not the one"));
    std::fs::write(&file, key).expect("the key's file");
    server.cli(&["check"], "").success();
}

/// Names that are not ours are shown no way to https.
#[test]
fn plain_http_leads_to_our_own_names_only_sqlite() {
    block_on(async {
        let server = Server::start(Engine::Sqlite);
        let port = server.base().rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).expect("a port");
        for (host, status) in [("evil.example", "421"), ("localhost", "308")] {
            let answer = plain(port, host);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {answer}");
            assert!(!answer.contains("evil.example"), "{answer}");
        }
    });
}

fn plain(port: u16, host: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    write!(stream, "GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}
