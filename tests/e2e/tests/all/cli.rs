//! The command line, beside a running server: every verb, in words and in JSON, and how a server begins and ends.

use std::io::{Read, Write};

use ringfence_kit::{Client, Engine, Method, Options, Server, World, block_on, engines, wire};
use serde_json::{Value, json};

use crate::audit::raw;
use crate::contract::make;
use crate::login::free_port;

engines! {
    async fn every_verb_works_while_the_server_runs(engine) {
        let server = Server::start(engine);
        let link = server.cli(&["setup"], "").success();
        assert!(link.starts_with("https://localhost") && link.contains("/setup/") && link.lines().count() == 1, "{link}");
        let link = server.cli(&["setup", "--json"], "").json();
        assert!(link["url"].as_str().is_some_and(|url| url.contains("/setup/")) && link["expires_in_seconds"] == 3600, "{link}");

        let make_user = |name: &str, role: &str, password: &str, more: &[&str]| {
            server.cli(&[&["user", "create", name, "--role", role, "--password-stdin"], more].concat(), password)
        };
        assert!(make_user("ann", "admin", "kelp-orbit-Lantern-58\n", &[]).success().contains("ann"));
        let user = make_user("bob", "viewer", "kelp-orbit-Lantern-58", &["--email", "bob@example.org", "--json"]).json();
        assert_eq!((&user["username"], &user["role"], &user["email"]), (&json!("bob"), &json!("viewer"), &json!("bob@example.org")));
        assert!(!user.to_string().contains("argon2"), "{user}");
        for (name, role, password, said) in [("ANN", "viewer", "kelp-orbit-Lantern-58\n", "already"), ("eve", "viewer", "elevenchars\n", "12"), ("", "viewer", "kelp-orbit-Lantern-58\n", "name")] {
            let refused = make_user(name, role, password, &[]).failure(1);
            assert!(refused.to_lowercase().contains(said), "{name:?}: {refused}");
        }
        assert_eq!(make_user("eve", "root", "kelp-orbit-Lantern-58\n", &[]).code, Some(2));

        let key = server.cli(&["api-key", "create", "--owner", "bob", "--name", "script", "--scope", "read", "--expires", "90d"], "").success();
        assert_eq!((key.lines().count(), key.trim().split(char::is_whitespace).count()), (1, 1), "the key alone: {key:?}");
        Client::key(&server.base(), &key).get("/api/v1/subnets").await.expect(200);
        let made = server.cli(&["api-key", "create", "--owner", "ann", "--name", "script", "--scope", "admin", "--json"], "").json();
        let admin = Client::key(&server.base(), made["key"].as_str().expect("a key"));
        admin.get("/api/v1/audit").await.expect(200);
        server.cli(&["api-key", "create", "--owner", "nobody", "--name", "x", "--scope", "read"], "").failure(1);
        server.cli(&["api-key", "create", "--owner", "bob", "--name", "x", "--scope", "read", "--expires", "soon"], "").failure(1);

        let list = server.cli(&["setting", "list", "--json"], "").json();
        let keys: Vec<&str> = list.as_array().expect("a list").iter().map(|setting| setting["key"].as_str().expect("a key")).collect();
        assert!(keys.is_sorted() && keys.contains(&"security.login_max_attempts"), "{keys:?}");
        let listed = server.cli(&["setting", "list"], "").success();
        assert!(keys.iter().all(|key| listed.contains(key)), "{listed}");
        let get = || server.cli(&["setting", "get", "password_policy.min_length"], "").success().trim().to_owned();
        assert_eq!(get(), "12");
        server.cli(&["setting", "set", "password_policy.min_length", "16"], "").success();
        assert_eq!(get(), "16");
        assert_eq!(server.cli(&["setting", "get", "password_policy.min_length", "--json"], "").json()["value"], "16");
        server.cli(&["setting", "set", "password_policy.min_length", "--default"], "").success();
        assert_eq!(get(), "12");
        assert!(server.cli(&["setting", "set", "password_policy.min_length", "4"], "").failure(1).contains("between 8 and 128"));
        assert!(server.cli(&["setting", "get", "password_policy.min_lenght"], "").failure(1).contains("password_policy.min_length"));

        make(&admin, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        assert!(server.cli(&["check"], "").success().contains("1 subnets, 0 addresses: no drift"));
        let checked = server.cli(&["check", "--json"], "").json();
        assert_eq!((&checked["subnets"], &checked["drift"], &checked["findings"]), (&json!(1), &json!(0), &json!([])));
        let verified = server.cli(&["audit", "verify", "--json"], "").json();
        assert_eq!(verified["fault"], Value::Null);
        assert!(verified["sealed"].as_i64().unwrap() + verified["open"].as_i64().unwrap() >= 8, "every verb that changed something is in the trail: {verified}");
        assert_eq!(server.cli(&["no-such-verb"], "").code, Some(2));
        assert!(server.cli(&["--help"], "").success().contains("audit"));
        assert!(server.cli(&["--version"], "").success().starts_with("ringfence "));
    }

    async fn a_setting_takes_effect_on_the_next_request(engine) {
        let world = World::start(engine);
        let attempt = async || world.server.anon().login("nobody", "wrong").await.status;
        assert_eq!((attempt().await, attempt().await), (401, 401));
        world.server.cli(&["setting", "set", "security.login_max_attempts", "3"], "").success();
        assert_eq!((attempt().await, attempt().await), (401, 429));
    }

    async fn drift_is_found(engine) {
        let world = World::start(engine);
        let c = &world.operator;
        make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/8"})).await;
        let child = make(c, "/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
        c.post(&format!("/api/v1/subnets/{child}/addresses/next"), &json!({"count": 3})).await.expect(201);
        world.server.cli(&["check"], "").success();
        for (spoil, mend) in [
            ("used = used + 1", "used = used - 1"),
            ("reserved = 7", "reserved = 0"),
            ("depth = 5", "depth = 1"),
            ("parent_id = NULL", "parent_id = (SELECT parent_id FROM (SELECT MIN(id) AS parent_id FROM subnet) AS roots)"),
            ("children = 4", "children = 0"),
        ] {
            raw(&world.server, &format!("UPDATE subnet SET {spoil} WHERE id = {child}")).unwrap();
            let found = world.server.cli(&["check"], "");
            assert_eq!(found.code, Some(1), "{spoil}: {found:?}");
            assert!(found.stdout.contains("10.0.0.0/24"), "{spoil}: {found:?}");
            let json = world.server.cli(&["check", "--json"], "");
            assert_eq!(json.code, Some(1));
            let json: Value = serde_json::from_str(&json.stdout).unwrap();
            assert!(json["drift"].as_i64() > Some(0) && json["findings"][0].is_string(), "{json:#}");
            raw(&world.server, &format!("UPDATE subnet SET {mend} WHERE id = {child}")).unwrap();
            world.server.cli(&["check"], "").success();
        }
    }

    async fn the_end_finishes_what_is_in_flight(engine) {
        let mut world = World::start(engine);
        let key = world.server.create_key("operator", "slow", "write");
        let port = world.server.port();
        let body = b"{\"name\":\"Oslo\"}";
        let mut stream = wire::open(port);
        let head = format!(
            "POST /api/v1/sites HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // The server asks for the body: the request is in its hands.
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        assert!(asked.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&asked));
        world.server.signal_term();
        let answer = wire::finish(stream, body).expect(201);
        assert_eq!(answer.text("/name"), "Oslo");
        assert_eq!(world.server.wait().code(), Some(0));
        world.server.restart();
        assert_eq!(world.viewer.get("/api/v1/sites").await.expect(200).text("/data/0/name"), "Oslo");
        assert_eq!(world.server.terminate().code(), Some(0));
    }

    async fn probes_tell_the_process_from_the_database(engine) {
        let port = free_port();
        let config = format!("metrics_listen = \"127.0.0.1:{port}\"");
        let world = World::with(engine, Options { config, ..Options::default() });
        for path in ["/healthz", "/readyz"] {
            assert_eq!(world.anon.get(path).await.expect(200).body, "ok\n");
        }
        world.anon.get("/metrics").await.expect(404);
        world.admin.get("/metrics").await.expect(404);
        let measured = Client::anon(&format!("http://localhost:{port}")).get("/metrics").await.expect(200).body;
        assert!(measured.contains("# TYPE ringfence_http_requests_total counter") && measured.contains("route=\"/healthz\""), "{measured}");
        assert!(!measured.contains(World::PASSWORD) && !measured.contains("rf_"), "{measured}");
    }
}

/// A database that goes away and comes back.
#[test]
fn without_its_database_the_server_says_so_postgres() {
    block_on(async {
        let world = World::start(Engine::Postgres);
        let url = world.server.database_url().expect("a URL").to_owned();
        let (server, name) = url.rsplit_once('/').expect("a database");
        let admin = format!("{server}/postgres");
        let run = |sql: String| {
            let admin = admin.clone();
            let work = move || postgres::Client::connect(&admin, postgres::NoTls).and_then(|mut client| client.batch_execute(&sql));
            std::thread::scope(|scope| scope.spawn(work).join()).expect("the statement ends").expect("the server obeys");
        };
        run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
        run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
        world.anon.get("/healthz").await.expect(200);
        let down = world.anon.get("/readyz").await.expect(503);
        assert!(down.header("retry-after").is_some() && !down.body.contains(name), "{down:?}");
        world.viewer.get("/api/v1/subnets").await.expect(503);
        world.operator.post("/api/v1/sites", &json!({"name": "Oslo"})).await.expect(503);
        assert_eq!(world.server.anon().get("/").await.status, 303, "nobody is nobody without a look");
        run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
        world.anon.get("/readyz").await.expect(200);
        world.operator.post("/api/v1/sites", &json!({"name": "Oslo"})).await.expect(201);
        let password = url.split_once("ringfence:").and_then(|(_, rest)| rest.split_once('@')).expect("a password").0;
        assert!(!world.server.log().contains(password));
    });
}

#[test]
fn one_data_directory_has_one_server_sqlite() {
    let mut server = Server::start(Engine::Sqlite);
    let second = server.cli(&["serve", "--listen", "127.0.0.1:0"], "");
    assert_eq!((second.code, second.stdout.as_str()), (Some(1), ""), "{second:?}");
    assert!(second.stderr.contains("another ringfence serves the data directory"), "{second:?}");
    server.kill9();
    server.restart();
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn options_win_over_variables_over_the_file_sqlite() {
    let server = Server::stopped(Engine::Sqlite, Options { config: "public_url = \"https://file.example\"".into(), ..Options::default() });
    let link = |server: &Server, more: &[&str]| server.cli(&[&["setup"], more].concat(), "").success();
    assert!(link(&server, &[]).starts_with("https://file.example/setup/"));
    assert!(link(&server, &["--public-url", "https://option.example"]).starts_with("https://option.example/setup/"));
    let variables = vec![("RINGFENCE_PUBLIC_URL".to_owned(), "https://variable.example".to_owned())];
    let server = Server::stopped(
        Engine::Sqlite,
        Options { config: "public_url = \"https://file.example\"".into(), variables, ..Options::default() },
    );
    assert!(link(&server, &[]).starts_with("https://variable.example/setup/"));
    let server = Server::stopped(Engine::Sqlite, Options { config: "pubic_url = \"https://file.example\"".into(), ..Options::default() });
    assert!(server.cli(&["setup"], "").failure(1).contains("the nearest is public_url"));
}

#[test]
fn a_port_that_is_taken_ends_the_start_sqlite() {
    let server = Server::start(Engine::Sqlite);
    let other = Server::stopped(Engine::Sqlite, Options::default());
    let said = other.cli(&["serve", "--listen", &format!("127.0.0.1:{}", server.port())], "").failure(1);
    assert!(said.contains("listen on 127.0.0.1"), "{said}");
}

/// Every request that was answered before the end was done, and nothing was answered that was not.
#[test]
fn nothing_is_lost_at_the_end_sqlite() {
    block_on(async {
        let mut world = World::start(Engine::Sqlite);
        let subnet = make(&world.operator, "/api/v1/subnets", json!({"prefix": "10.0.0.0/12"})).await;
        let path = format!("/api/v1/subnets/{subnet}/addresses/next");
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (client, path, told) = (world.operator.clone(), path.clone(), told.clone());
            clients.spawn(async move {
                while let Ok(answer) = client.attempt(Method::POST, &path, &[], Some(&json!({}))).await {
                    told.send(answer.expect(201).number("/data/0/id")).expect("the test listens");
                }
            });
        }
        drop(told);
        let mut acknowledged = 0;
        while acknowledged < 100 {
            heard.recv().await.expect("the clients are at work");
            acknowledged += 1;
        }
        assert_eq!(world.server.terminate().code(), Some(0));
        while heard.recv().await.is_some() {
            acknowledged += 1;
        }
        clients.join_all().await;
        world.server.restart();
        let held = world.viewer.get(&format!("/api/v1/subnets/{subnet}")).await.expect(200).text("/used");
        let held: i64 = held.parse().unwrap();
        assert!((acknowledged..acknowledged + 8).contains(&held), "{acknowledged} acknowledged, {held} held");
        world.server.cli(&["check"], "").success();
    });
}
