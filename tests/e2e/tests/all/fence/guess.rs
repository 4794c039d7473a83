//! Guessers that must not find what they look for, and what the time of an answer tells them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use ringfence_guard::challenge::proof_of_work::Puzzle;
use ringfence_guard::text;
use ringfence_kit::{Client, Engine, Options, Server, World, barrier_race, block_on, hidden_field, size};

use super::{patient, set};
use crate::login::{comparisons, free_port};

/// A guesser by the form, from these addresses in turn, who tries a list and comes to the right password at `position`; where it was found.
async fn guesser(server: &Server, addresses: &[IpAddr], guesses: usize, position: usize) -> Option<usize> {
    let clients: Vec<Client> = addresses.iter().map(|address| Client::from_address(&server.base(), *address)).collect();
    for number in 1..=guesses {
        let client = clients.get(number % clients.len()).expect("an address");
        let password = if number == position { World::PASSWORD.to_owned() } else { format!("guess-{number}") };
        let page = client.get("/login").await;
        let field = |field: &str| hidden_field(&page.body, field).unwrap_or_default();
        let (csrf, ticket) = (field("csrf"), field("ticket"));
        let solved = page.body.split("data-seed=\"").nth(1).and_then(|rest| rest.split('"').next()).and_then(text::hex_32);
        let solved = solved.map(|seed| Puzzle::new(seed).solve()).unwrap_or_default();
        let fields = [
            ("csrf", csrf.as_str()),
            ("ticket", ticket.as_str()),
            ("name", "viewer"),
            ("password", password.as_str()),
            ("answer-proof_of_work", solved.as_str()),
        ];
        if client.post_fields("/login", &fields).await.status == 303 {
            return Some(number);
        }
    }
    None
}

fn loopback(count: u32) -> Vec<IpAddr> {
    (0..count).map(|number| IpAddr::V4(Ipv4Addr::from(0x7f01_0001 + number))).collect()
}

#[test]
fn a_guesser_does_not_find_what_is_not_among_the_first_sqlite() {
    block_on(async {
        let guesses = size(300, 10_000);
        for addresses in [loopback(1), loopback(500)] {
            let port = free_port();
            let config = format!("metrics_listen = \"127.0.0.1:{port}\"");
            let world = World::with(Engine::Sqlite, Options { config, ..Options::default() });
            // The waits of the shipped rules would only make the test long.
            set(&world.server, "fence.slowdown_initial_duration", "0");
            set(&world.server, "fence.slowdown_duration_incrementation", "0");
            assert_eq!(guesser(&world.server, &addresses, guesses, guesses - 1).await, None, "{} addresses", addresses.len());
            let compared = comparisons(&Client::anon(&format!("http://localhost:{port}"))).await;
            assert!(compared <= 10, "{} addresses: {compared} comparisons", addresses.len());
            let fresh = World::start(Engine::Sqlite);
            assert_eq!(guesser(&fresh.server, &addresses, guesses, 2).await, Some(2), "the test finds what may be found");
        }
    });
}

#[test]
fn hydra_does_not_find_it_by_basic_authentication_sqlite() {
    block_on(async {
        let hunt = |position: usize, guesses: usize| {
            let world = World::start(Engine::Sqlite);
            set(&world.server, "login.allowed_modes", "form|basic|token");
            set(&world.server, "fence.enabled", "false");
            let list: Vec<String> = (1..=guesses)
                .map(|number| if number == position { World::PASSWORD.to_owned() } else { format!("guess-{number}") })
                .collect();
            // One after the other where the order is what is shown, else as many at once as hydra likes.
            let tasks = if position == 2 { "1" } else { "16" };
            let file = world.server.room().join("words.txt");
            std::fs::write(&file, list.join("\n")).unwrap();
            let output = std::process::Command::new("hydra")
                .args([
                    "-l",
                    "viewer",
                    "-P",
                    &file.display().to_string(),
                    "-t",
                    tasks,
                    "-f",
                    "-I",
                    "-S",
                    "-s",
                    &world.server.port().to_string(),
                ])
                .args(["localhost", "https-get", "/api/v1/sites"])
                .current_dir(world.server.room())
                .output()
                .expect("hydra is on the machine: scripts/need installs it");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            (said.contains("1 valid password found"), said)
        };
        let guesses = size(300, 10_000);
        let (found, said) = hunt(guesses - 1, guesses);
        assert!(!found, "{said}");
        let (found, said) = hunt(2, guesses);
        assert!(found, "{said}");
    });
}

#[test]
fn what_finds_no_place_to_be_compared_is_told_when_to_come_back_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        patient(&world.server);
        set(&world.server, "fence.rules", "[]");
        let mut guests = Vec::new();
        for _ in 0..60 {
            let client = world.server.anon();
            guests.push((client.csrf("/login").await, client));
        }
        let answers = barrier_race(guests.len(), |number| {
            let (csrf, client) = guests.get(number).cloned().expect("a guest");
            async move { client.post_fields("/login", &[("csrf", &csrf), ("name", "viewer"), ("password", "wrong")]).await }
        })
        .await;
        let busy: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
        assert!(answers.iter().all(|answer| [401, 503].contains(&answer.status)));
        assert!(!busy.is_empty() && busy.len() < 60, "sixteen places are one address's: {} of 60 found none", busy.len());
        for answer in busy {
            let seconds: u64 = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
            assert!((1..=60).contains(&seconds), "{seconds}");
        }
        world.server.anon().login("viewer", World::PASSWORD).await.expect(303);
    });
}

/// The median time of so many refused attempts on a name, from addresses in turn.
async fn median(client: &Client, name: &str, samples: usize) -> Duration {
    let mut times = Vec::with_capacity(samples);
    for number in 0..samples {
        let page = client.get("/login").await;
        let field = |field: &str| hidden_field(&page.body, field).unwrap_or_default();
        let (csrf, ticket) = (field("csrf"), field("ticket"));
        let password = format!("guess-{number}");
        let fields = [("csrf", csrf.as_str()), ("ticket", ticket.as_str()), ("name", name), ("password", password.as_str())];
        let began = Instant::now();
        client.post_fields("/login", &fields).await.expect(401);
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times.get(samples / 2).copied().unwrap_or_default()
}

/// Only in `make prove`: a machine that does other things at the same time says nothing about medians.
#[test]
fn known_and_unknown_names_take_the_same_time_sqlite() {
    if size(0, 1) == 0 {
        return;
    }
    block_on(async {
        let world = World::start(Engine::Sqlite);
        patient(&world.server);
        set(&world.server, "fence.rules", "[]");
        let client = world.server.anon();
        median(&client, "viewer", 50).await;
        // In turns, so that whatever else happens happens to both.
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for _ in 0..10 {
            known.push(median(&client, "viewer", 50).await);
            unknown.push(median(&client, "nobody", 50).await);
        }
        known.sort_unstable();
        unknown.sort_unstable();
        let (known, unknown) = (known[5].as_secs_f64(), unknown[5].as_secs_f64());
        assert!((known / unknown - 1.0).abs() < 0.05, "{:.2} ms and {:.2} ms", known * 1e3, unknown * 1e3);
    });
}
