//! Handing out addresses and subnets: never twice, never lost, and with a reason when there is no more.

use std::collections::BTreeSet;

use ringfence_kit::{Client, Method, World, barrier_race, engines, size};
use serde_json::{Value, json};

use crate::contract::make;

/// Clients that race for one subnet.
const CLIENTS: usize = 200;
/// The addresses of a /22.
const ADDRESSES: usize = 1022;

/// Takes addresses one by one until there are none; gives what it was given.
async fn take_all(client: Client, path: String, number: usize) -> Vec<String> {
    let mut taken = Vec::new();
    loop {
        let answer = client.post(&path, &json!({"count": 1, "hostname": format!("client-{number}")})).await;
        match answer.status {
            201 => {
                let data = answer.json()["data"].clone();
                assert_eq!(data.as_array().map(Vec::len), Some(1), "{data}");
                taken.push(data[0]["address"].as_str().expect("an address").to_owned());
            }
            409 => return taken,
            status => panic!("client {number} was answered {status}: {}", answer.body),
        }
    }
}

async fn next(client: &Client, id: i64, body: Value) -> Value {
    let rows = client.post(&format!("/api/v1/subnets/{id}/subnets/next"), &body).await.expect(201).json();
    rows["data"].as_array().expect("a list").iter().map(|row| row["prefix"].clone()).collect()
}

engines! {
    async fn two_hundred_clients_get_each_address_once(engine) {
        let world = World::start(engine);
        let key = world.server.create_key("operator", "race", "write");
        let subnet = make(&world.operator, "/api/v1/subnets", json!({"prefix": "10.20.0.0/22"})).await;
        let (base, path) = (world.server.base(), format!("/api/v1/subnets/{subnet}/addresses/next"));
        let taken: Vec<String> = barrier_race(CLIENTS, |number| take_all(Client::key(&base, &key), path.clone(), number))
            .await
            .into_iter()
            .flatten()
            .collect();
        let distinct: BTreeSet<&String> = taken.iter().collect();
        assert_eq!((taken.len(), distinct.len()), (ADDRESSES, ADDRESSES));
        assert!(!distinct.contains(&"10.20.0.0".to_owned()) && !distinct.contains(&"10.20.3.255".to_owned()));
        let row = world.viewer.get(&format!("/api/v1/subnets/{subnet}")).await.expect(200).json();
        assert_eq!((&row["used"], &row["utilization"]), (&json!("1022"), &json!(100.0)));
        world.viewer.get(&path).await.expect(409);
        world.server.cli(&["check"], "").success();
        world.server.cli(&["audit", "verify"], "").success();
    }

    async fn a_key_repeated_at_once_takes_one_address(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let subnet = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        let path = format!("/api/v1/subnets/{subnet}/addresses/next");
        for round in 0..size(3, 30) {
            let key = format!("round-{round}");
            let send = |body: Value| {
                let (client, path, key) = (c.clone(), path.clone(), key.clone());
                async move { client.send(Method::POST, &path, &[("idempotency-key", &key)], Some(&body)).await }
            };
            let body = json!({"count": 1, "hostname": "once"});
            let answers = barrier_race(5, |_| send(body.clone())).await;
            let first = answers.first().expect("five answers").clone().expect(201);
            for answer in answers {
                assert_eq!((answer.status, &answer.body), (201, &first.body), "five equal answers");
            }
            assert_eq!(send(body).await.expect(201).body, first.body, "later too");
            send(json!({"count": 2})).await.expect(422);
            let held = c.get(&format!("/api/v1/addresses?subnet_id={subnet}")).await.json();
            assert_eq!(held["data"].as_array().map(Vec::len), Some(round + 1), "one address for each key");
        }
        // Another owner's same key is another key.
        world.admin.send(Method::POST, &path, &[("idempotency-key", "round-0")], Some(&json!({"count": 2}))).await.expect(201);
        // And so is that of another program of the same user.
        let second = Client::key(&world.server.base(), &world.server.create_key("operator", "second", "write"));
        let body = json!({"count": 1});
        let ours = c.send(Method::POST, &path, &[("idempotency-key", "count-1")], Some(&body)).await.expect(201);
        let theirs = second.send(Method::POST, &path, &[("idempotency-key", "count-1")], Some(&body)).await.expect(201);
        assert_ne!(ours.text("/data/0/address"), theirs.text("/data/0/address"));
        c.send(Method::POST, &path, &[("idempotency-key", "with blank")], Some(&json!({}))).await.expect(400);
    }

    async fn the_next_address_is_the_lowest_free_one(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let subnet = make(c, "/api/v1/subnets", json!({"prefix": "192.0.2.0/29"})).await;
        let path = format!("/api/v1/subnets/{subnet}/addresses/next");
        let peek = async || c.get(&path).await.expect(200).text("/address");
        assert_eq!((peek().await, peek().await), ("192.0.2.1".into(), "192.0.2.1".into()), "looking takes nothing");
        make(c, "/api/v1/addresses", json!({"address": "192.0.2.1", "status": "reserved"})).await;
        let free = make(c, "/api/v1/addresses", json!({"address": "192.0.2.2", "status": "free", "notes": "broken socket"})).await;
        assert_eq!(peek().await, "192.0.2.2");
        let taken = c.post(&path, &json!({"count": 2, "hostname": "h", "owner": "o", "tags": ["lab"]})).await.expect(201).json();
        let rows = taken["data"].as_array().unwrap();
        assert_eq!((&rows[0]["address"], &rows[1]["address"]), (&json!("192.0.2.2"), &json!("192.0.2.3")));
        assert_eq!((&rows[0]["id"], &rows[0]["hostname"], &rows[1]["tags"]), (&json!(free), &json!("h"), &json!(["lab"])));
        c.delete(&format!("/api/v1/addresses/{}", rows[0]["id"])).await.expect(204);
        assert_eq!(peek().await, "192.0.2.2", "what was given back comes first");
        let refused = c.post(&path, &json!({"count": 5})).await.expect(409);
        assert!(refused.text("/detail").contains('4'), "it says how much there is: {}", refused.body);
        assert_eq!(peek().await, "192.0.2.2", "all or nothing");
        c.post(&path, &json!({"count": 0})).await.expect(422);
        c.post(&path, &json!({"address": "192.0.2.4"})).await.expect(422);
        for (prefix, first, room) in [("10.0.0.0/31", "10.0.0.0", 2), ("10.0.0.8/32", "10.0.0.8", 1), ("2001:db8::/127", "2001:db8::", 2)] {
            let id = make(c, "/api/v1/subnets", json!({"prefix": prefix})).await;
            let path = format!("/api/v1/subnets/{id}/addresses/next");
            assert_eq!(c.get(&path).await.expect(200).text("/address"), first);
            c.post(&path, &json!({"count": room})).await.expect(201);
            c.get(&path).await.expect(409);
        }
    }

    async fn a_child_is_not_handed_out_of_its_parent(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let parent = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/25"})).await;
        assert_eq!(c.get(&format!("/api/v1/subnets/{parent}/addresses/next")).await.expect(200).text("/address"), "10.0.0.128");
    }

    async fn subnets_go_where_the_strategy_says(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let plan = async |name: &str| {
            let vrf = make(c, "/api/v1/vrfs", json!({"name": name})).await;
            let id = make(c, "/api/v1/subnets", json!({"vrf_id": vrf, "prefix": "10.0.0.0/16"})).await;
            // Free: 10.0.1.0/24, 10.0.4.0/22 … 10.0.64.0/18, and 10.0.129.0/24 … 10.0.192.0/18.
            for prefix in ["10.0.0.0/24", "10.0.2.0/23", "10.0.128.0/24"] {
                make(c, "/api/v1/subnets", json!({"vrf_id": vrf, "prefix": prefix})).await;
            }
            id
        };
        for (strategy, length, expected) in [
            ("first", 23, "10.0.4.0/23"),
            ("last", 26, "10.0.255.192/26"),
            ("best", 26, "10.0.1.0/26"),
            ("best", 23, "10.0.130.0/23"),
            ("sparse", 24, "10.0.64.0/24"),
        ] {
            let id = plan(&format!("{strategy} {length}")).await;
            assert_eq!(next(c, id, json!({"length": length, "strategy": strategy})).await, json!([expected]), "{strategy} /{length}");
        }
        let id = plan("random").await;
        let drawn = next(c, id, json!({"length": 28, "strategy": "random", "count": 20, "name": "cell", "tags": ["drawn"]})).await;
        let distinct: BTreeSet<String> = drawn.as_array().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(distinct.len(), 20, "{drawn}");
        assert_ne!(next(c, id, json!({"length": 28, "strategy": "random"})).await, next(c, id, json!({"length": 28, "strategy": "random"})).await);
        let rows = c.get("/api/v1/subnets?tag=drawn").await.expect(200).json();
        assert!(rows["data"].as_array().unwrap().iter().all(|row| row["name"] == "cell" && row["parent_id"] == id), "{rows:#}");
        let looked = c.get(&format!("/api/v1/subnets/{id}/subnets/next?length=24")).await.expect(200).text("/prefix");
        assert_eq!(next(c, id, json!({"length": 24})).await, json!([looked]), "first, if nothing is said");
        world.server.cli(&["check"], "").success();
    }

    async fn too_little_space_says_how_much_there_is(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        let id = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/28"})).await;
        let path = format!("/api/v1/subnets/{id}/subnets/next");
        let refused = c.post(&path, &json!({"length": 30, "count": 5})).await.expect(409);
        assert!(refused.text("/detail").contains("room for 4 of the 5 /30"), "{}", refused.body);
        assert_eq!(next(c, id, json!({"length": 30, "count": 4})).await.as_array().map(Vec::len), Some(4));
        let refused = c.post(&path, &json!({"length": 32})).await.expect(409);
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        for (body, field) in [(json!({"length": 28}), "length"), (json!({"length": 129}), "length"), (json!({}), "length"), (json!({"length": 30, "strategy": "x"}), "strategy")] {
            let errors = c.post(&path, &body).await.expect(422).json()["errors"].clone();
            assert_eq!(errors[0]["field"], field, "{body}");
        }
    }

    async fn fifty_clients_carve_without_overlap(engine) {
        let world = World::start(engine);
        let id = make(&world.operator, "/api/v1/subnets", json!({"prefix": "10.0.0.0/20"})).await;
        let c = &world.operator;
        let answers = barrier_race(50, |_| {
            let client = c.clone();
            async move { client.post(&format!("/api/v1/subnets/{id}/subnets/next"), &json!({"length": 25})).await }
        })
        .await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)), "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        let prefixes: BTreeSet<String> = answers.iter().filter(|a| a.status == 201).map(|a| a.text("/data/0/prefix")).collect();
        assert_eq!((made, prefixes.len()), (32, 32));
        world.server.cli(&["check"], "").success();
    }
}
