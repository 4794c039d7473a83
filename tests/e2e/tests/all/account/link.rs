//! Links by mail: to a new password, to a new address. Each works once, for whom it was meant, and says nothing to anybody else.

use std::time::{Duration, Instant};

use ringfence_kit::{Answer, Engine, World, barrier_race, block_on, engines, hidden_field, size};

use super::{NEW, account, cookies, enter, link, mailing, mailing_with, make};

engines! {
    async fn a_forgotten_password_is_set_by_a_link_that_works_once(engine) {
        let (world, sink) = mailing(engine);
        make(&world.server, "ada", &[]);
        let session = world.server.anon().login("ada", World::PASSWORD).await.expect(303);
        let stranger = world.server.anon();
        let known = stranger.form("/forgot", &[("name", "ada")]).await.expect(200);
        let old = link(&sink, 1, "reset");
        let unknown = stranger.form("/forgot", &[("name", "nobody-at-all")]).await.expect(200);
        let shape = |answer: &Answer, name: &str| answer.body.replace(name, "NAME").replace(&hidden_field(&answer.body, "csrf").unwrap(), "CSRF");
        assert_eq!(shape(&known, "ada"), shape(&unknown, "nobody-at-all"), "one answer for everybody");
        stranger.form("/forgot", &[("name", "ADA@example.org")]).await.expect(200);
        let fresh = link(&sink, 2, "reset");
        world.server.anon().get(&old).await.expect(404);
        stranger.form(&fresh, &[("password", "short")]).await.expect(422);
        let racers = barrier_race(50, |number| {
            let (client, path) = (world.server.anon(), fresh.clone());
            async move { client.form(&path, &[("password", &format!("{NEW}-{number}"))]).await.status }
        });
        let statuses = racers.await;
        let won: Vec<usize> = statuses.iter().enumerate().filter(|(_, status)| **status == 303).map(|(number, _)| number).collect();
        assert_eq!(won.len(), 1, "{statuses:?}");
        world.server.anon().get(&fresh).await.expect(404);
        assert_eq!(account(&world.server, &cookies(&session)).await, 303, "sessions are over");
        world.server.anon().login("ada", World::PASSWORD).await.expect(401);
        enter(&world.server, "ada", &format!("{NEW}-{}", won[0])).await;
    }

    async fn an_address_counts_when_somebody_answers_from_it(engine) {
        let (world, sink) = mailing(engine);
        make(&world.server, "ada", &[]);
        let browser = enter(&world.server, "ada", World::PASSWORD).await;
        let ask = |email: &'static str, current: &'static str| {
            let browser = browser.clone();
            async move { browser.form_from("/account", "/account/email", &[("email", email), ("current", current)]).await }
        };
        ask("new@example.org", "wrong").await.expect(422);
        ask("no address", World::PASSWORD).await.expect(422);
        ask("new@example.org", World::PASSWORD).await.expect(303);
        let mails = sink.wait_for(2, Duration::from_secs(30));
        let asked = mails.iter().find(|mail| mail.to.iter().any(|to| to.contains("new@"))).unwrap();
        assert!(mails.iter().any(|mail| mail.to.iter().any(|to| to.contains("ada@")) && !mail.text.contains("/email/")), "the old one is told, without the link");
        let path = format!("/email/{}", asked.text.split("/email/").nth(1).unwrap().split_whitespace().next().unwrap());
        let page = browser.get("/account").await.expect(200);
        assert!(page.body.contains("ada@example.org") && page.body.contains("new@example.org"), "not yet");
        world.server.anon().get(&path).await.expect(200);
        world.server.anon().get(&path).await.expect(200);
        world.server.anon().form(&path, &[]).await.expect(303);
        world.server.anon().get(&path).await.expect(404);
        let page = browser.get("/account").await.expect(200);
        assert!(!page.body.contains("ada@example.org") && page.body.contains("confirmed"), "{}", page.body);
        enter(&world.server, "new@example.org", World::PASSWORD).await;
    }
}

#[test]
fn what_is_typed_as_a_host_never_reaches_a_letter_sqlite() {
    block_on(async {
        let (world, sink) = mailing(Engine::Sqlite);
        make(&world.server, "ada", &[]);
        let stranger = world.server.anon();
        let csrf = stranger.csrf("/forgot").await;
        let tricks: [&[(&str, &str)]; 5] = [
            &[("host", "evil.example")],
            &[("x-forwarded-host", "evil.example")],
            &[("forwarded", "host=evil.example")],
            &[("x-forwarded-proto", "http"), ("x-forwarded-port", "80")],
            &[("x-original-url", "https://evil.example/")],
        ];
        let mut letters = 0;
        for headers in tricks {
            world.server.cli(&["user", "unlock", "ada"], "").success();
            let answer = stranger.post_fields_as("/forgot", headers, &[("csrf", &csrf), ("name", "ada")]).await;
            assert!([200, 403, 421, 429].contains(&answer.status), "{headers:?}: {}", answer.status);
            letters += usize::from(answer.status == 200);
        }
        assert!(letters > 0);
        for mail in sink.wait_for(letters, Duration::from_secs(30)) {
            assert!(!mail.text.contains("evil") && mail.text.contains(&format!("{}/reset/", world.server.base())), "{}", mail.text);
        }
    });
}

/// How long a question for a link takes, from an address of its own.
async fn ask(world: &World, name: &str, number: usize) -> Duration {
    let client = world.server.anon();
    let csrf = client.csrf("/forgot").await;
    let address = format!("203.0.{}.{}", number / 250, number % 250 + 1);
    let began = Instant::now();
    let answer = client.post_fields_as("/forgot", &[("x-forwarded-for", &address)], &[("csrf", &csrf), ("name", name)]).await;
    answer.expect(200);
    began.elapsed()
}

/// Only in `make prove`: a machine that does other things at the same time says nothing about medians.
#[test]
fn a_link_for_nobody_takes_as_long_as_one_for_somebody_sqlite() {
    if size(0, 1) == 0 {
        return;
    }
    block_on(async {
        let (world, _sink) = mailing_with(Engine::Sqlite, "proxy_trust_cidrs = [\"127.0.0.1\"]");
        // Each is asked for once: three an hour are answered alike, but no longer with a letter.
        for number in 0..500 {
            make(&world.server, &format!("member-{number}"), &[]);
        }
        // In turns, so that whatever else happens happens to both.
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for number in 0..500 {
            known.push(ask(&world, &format!("member-{number}"), number).await);
            unknown.push(ask(&world, &format!("nobody-{number}"), 1_000 + number).await);
        }
        known.sort_unstable();
        unknown.sort_unstable();
        let (known, unknown) = (known[250].as_secs_f64(), unknown[250].as_secs_f64());
        assert!((known / unknown - 1.0).abs() < 0.05, "{:.2} ms and {:.2} ms", known * 1e3, unknown * 1e3);
    });
}
