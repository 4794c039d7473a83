//! The power cut: what was acknowledged is there, nothing half-done stays, and the server is back at once.

use std::collections::BTreeSet;
use std::time::Duration;

use ringfence_kit::{Client, Engine, Method, World, block_on, size};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::contract::make;
use crate::list::walk;

const CLIENTS: usize = 16;
/// Answers of one round before the process is killed.
const ACKNOWLEDGED: usize = 150;
/// What a start may take on a machine under load; the real figure is printed.
const START: Duration = Duration::from_secs(5);

/// Allocates until the server is gone; tells of every address that was acknowledged.
async fn allocate(client: Client, path: String, told: mpsc::UnboundedSender<String>) {
    while let Ok(answer) = client.attempt(Method::POST, &path, &[], Some(&json!({"count": 1}))).await {
        if answer.status == 201 {
            told.send(answer.text("/data/0/address")).expect("the test listens");
        } else {
            assert!(answer.status == 503, "only an ending server refuses: {} {}", answer.status, answer.body);
        }
    }
}

async fn kill_and_look(engine: Engine, rounds: usize) {
    let mut world = World::start(engine);
    let subnet = make(&world.operator, "/api/v1/subnets", json!({"prefix": "10.0.0.0/12"})).await;
    let key = world.server.create_key("operator", "kill", "write");
    let mut acknowledged = BTreeSet::new();
    for round in 1..=rounds {
        let (told, mut heard) = mpsc::unbounded_channel();
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let client = Client::key(&world.server.base(), &key);
            clients.spawn(allocate(client, format!("/api/v1/subnets/{subnet}/addresses/next"), told.clone()));
        }
        drop(told);
        for _ in 0..ACKNOWLEDGED {
            let address = heard.recv().await.expect("the clients are at work");
            assert!(acknowledged.insert(address.clone()), "{address} was handed out twice");
        }
        world.server.kill9();
        while let Some(address) = heard.recv().await {
            assert!(acknowledged.insert(address.clone()), "{address} was handed out twice");
        }
        clients.join_all().await;
        let took = world.server.restart();
        eprintln!("{engine}, round {round}: {} acknowledged, ready after {took:?}", acknowledged.len());
        assert!(took < START, "the start took {took:?}");
        let (held, _) = walk(&world.viewer, &format!("/api/v1/addresses?subnet_id={subnet}&limit=1000"), "address").await;
        let held: BTreeSet<String> = held.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let lost: Vec<_> = acknowledged.difference(&held).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        world.server.cli(&["check"], "").success();
        world.server.cli(&["audit", "verify"], "").success();
    }
}

#[test]
fn acknowledged_is_kept_sqlite() {
    block_on(kill_and_look(Engine::Sqlite, size(3, 10)));
}

#[test]
fn acknowledged_is_kept_postgres() {
    block_on(kill_and_look(Engine::Postgres, 1));
}

#[test]
fn acknowledged_is_kept_mysql() {
    block_on(kill_and_look(Engine::Mysql, 1));
}
