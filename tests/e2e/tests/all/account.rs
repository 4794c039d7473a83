//! Passwords, accounts and sessions, as people and programs meet them over https.

use std::time::Duration;

use ringfence_guard::http::route::SecretDoor;
use ringfence_kit::smtp::{self, SmtpSink};
use ringfence_kit::{Answer, Client, Engine, Method, Options, Role, Server, World, barrier_race, block_on, engines};
use serde_json::json;

use crate::audit::raw;

const NEW: &str = "quince-Marble-orbit-77";

/// A world whose server mails links to a sink.
fn mailing(engine: Engine) -> (World, SmtpSink) {
    let world = World::with(engine, Options { public: true, ..Options::default() });
    let sink = SmtpSink::start(smtp::Options::default());
    for (key, value) in [
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", &sink.port().to_string()),
        ("smtp.encryption", "none"),
        ("smtp.from_address", "ringfence@example.org"),
        ("smtp.enabled", "true"),
    ] {
        set(&world.server, key, value);
    }
    (world, sink)
}

fn set(server: &Server, key: &str, value: &str) {
    server.cli(&["setting", "set", key, value], "").success();
}

/// An account with the password of the world and an address.
fn make(server: &Server, name: &str, more: &[&str]) {
    let email = format!("{name}@example.org");
    let arguments = [&["user", "create", name, "--role", "viewer", "--email", &email, "--password-stdin"][..], more].concat();
    server.cli(&arguments, World::PASSWORD).success();
}

async fn enter(server: &Server, name: &str, password: &str) -> Client {
    let browser = server.anon();
    browser.login(name, password).await.expect(303);
    browser
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    answer.all("set-cookie").iter().filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("; ")
}

/// Opens the account page with exactly these cookies: 200 is in, 303 is out.
async fn account(server: &Server, cookie: &str) -> u16 {
    server.anon().send(Method::GET, "/account", &[("cookie", cookie)], None).await.status
}

async fn change(browser: &Client, current: &str, new: &str) -> Answer {
    browser.form("/account/password", &[("current", current), ("new", new)]).await
}

/// The path of the link in the last of so many letters.
fn link(sink: &SmtpSink, letters: usize, page: &str) -> String {
    let mails = sink.wait_for(letters, Duration::from_secs(30));
    assert_eq!(mails.len(), letters, "{mails:?}");
    let text = &mails[letters - 1].text;
    let (_, rest) = text.split_once(&format!("/{page}/")).unwrap_or_else(|| panic!("no link in {text}"));
    format!("/{page}/{}", rest.split_whitespace().next().unwrap())
}

engines! {
    async fn a_password_is_changed_by_whoever_knows_it_and_everything_older_ends(engine) {
        let world = World::start(engine);
        make(&world.server, "ada", &[]);
        let other = world.server.anon().login("ada", World::PASSWORD).await.expect(303);
        let first = world.server.anon();
        let entered = first.login("ada", World::PASSWORD).await.expect(303);
        let wrong = change(&first, "not-it-at-all", NEW).await.expect(422);
        assert!(wrong.body.contains("This is not your present password."), "{}", wrong.body);
        let same = change(&first, World::PASSWORD, World::PASSWORD).await.expect(422);
        assert!(same.body.contains("This is your present password. Choose another one."), "P13: {}", same.body);
        let weak = change(&first, World::PASSWORD, "password").await.expect(422);
        for objection in ["Use at least 12 characters (this has 8).", "This password is in a list of those that are guessed first."] {
            assert!(weak.body.contains(objection), "all at once: {objection}");
        }
        assert!(!weak.body.contains(World::PASSWORD), "what was typed is not shown");
        let done = change(&first, World::PASSWORD, NEW).await.expect(303);
        first.get("/account").await.expect(200);
        assert_eq!(account(&world.server, &cookies(&other)).await, 303, "the other session is over");
        assert_eq!(account(&world.server, &cookies(&entered)).await, 303, "the old id of this one too");
        assert_eq!(account(&world.server, &cookies(&done)).await, 200);
        world.server.anon().login("ada", World::PASSWORD).await.expect(401);
        enter(&world.server, "ada", NEW).await;
        let events = world.admin.get("/api/v1/audit?limit=100").await.expect(200).body;
        assert!(events.contains("user.password_changed") && events.contains("auth.proof_failed"));
    }

    async fn a_forgotten_password_is_set_by_a_link_that_works_once(engine) {
        let (world, sink) = mailing(engine);
        make(&world.server, "ada", &[]);
        let session = world.server.anon().login("ada", World::PASSWORD).await.expect(303);
        let stranger = world.server.anon();
        let known = stranger.form("/forgot", &[("name", "ada")]).await.expect(200);
        let old = link(&sink, 1, "reset");
        let unknown = stranger.form("/forgot", &[("name", "nobody-at-all")]).await.expect(200);
        let shape = |answer: &Answer, name: &str| answer.body.replace(name, "NAME").replace(&hidden(&answer.body), "CSRF");
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

    async fn admins_keep_users_and_cannot_lock_the_door_behind_themselves(engine) {
        let world = World::start(engine);
        let admin = world.browser(Role::Admin).await;
        let made = admin.form("/users", &[("name", "cleo"), ("email", "cleo@example.org"), ("role", "admin"), ("sending", "show")]).await.expect(200);
        let (_, url) = made.body.split_once("/reset/").unwrap();
        let path = format!("/reset/{}", url.split('"').next().unwrap());
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let cleo = world.server.anon();
        cleo.form(&path, &[("password", NEW)]).await.expect(303);
        cleo.login("cleo", NEW).await.expect(303);
        let list: serde_json::Value = world.server.cli(&["--json", "user", "list"], "").json();
        let id = |name: &str| list.as_array().unwrap().iter().find(|user| user["username"] == name).unwrap()["id"].as_i64().unwrap();
        let (own, hers) = (format!("/users/{}", id("admin")), format!("/users/{}", id("cleo")));
        for (act, fields) in [("role", ("role", "viewer")), ("active", ("active", "no")), ("delete", ("name", "admin"))] {
            let refused = admin.form_from("/users", &format!("{own}/{act}"), &[fields, ("reason", "a test")]).await.expect(409);
            assert!(refused.body.contains("You cannot take your own rights away."), "{act}: {}", refused.body);
        }
        let nameless = admin.form_from("/users", &format!("{hers}/role"), &[("role", "viewer"), ("reason", " ")]).await.expect(422);
        assert!(nameless.body.contains("Say why"), "{}", nameless.body);
        admin.form_from("/users", &format!("{hers}/role"), &[("role", "viewer"), ("reason", "moves on")]).await.expect(303);
        cleo.get("/users").await.expect(303);
        cleo.login("cleo", NEW).await.expect(303);
        cleo.get("/users").await.expect(403);
        admin.form_from("/users", &format!("{hers}/active"), &[("active", "no"), ("reason", "has left")]).await.expect(303);
        cleo.get("/").await.expect(303);
        world.server.anon().login("cleo", NEW).await.expect(401);
        admin.form_from("/users", &format!("{hers}/delete"), &[("name", "cleopatra"), ("reason", "has left")]).await.expect(422);
        admin.form_from("/users", &format!("{hers}/delete"), &[("name", "cleo"), ("reason", "has left")]).await.expect(303);
        let events = world.admin.get("/api/v1/audit?limit=100").await.expect(200).body;
        for event in ["user.created", "user.password_reset", "user.role_changed", "user.deactivated", "user.deleted", "moves on", "has left"] {
            assert!(events.contains(event), "{event}");
        }
        world.server.cli(&["check"], "").success();
    }

    async fn sessions_are_seen_and_ended_from_the_list(engine) {
        let world = World::start(engine);
        make(&world.server, "ada", &[]);
        let mut held = Vec::new();
        for _ in 0..10 {
            held.push(cookies(&world.server.anon().login("ada", World::PASSWORD).await.expect(303)));
        }
        let browser = enter(&world.server, "ada", World::PASSWORD).await;
        assert_eq!(account(&world.server, &held[0]).await, 303, "the oldest of eleven is over");
        assert_eq!(account(&world.server, &held[1]).await, 200);
        let page = browser.get("/account/sessions").await.expect(200).body;
        assert!(page.contains("this one") && page.matches("/end\"").count() == 9, "{page}");
        let (_, rest) = page.rsplit_once("/account/sessions/").unwrap();
        let last = page.split("/account/sessions/").filter_map(|part| part.split_once("/end\"").map(|(id, _)| id)).last().unwrap();
        assert!(!rest.is_empty());
        browser.form_from("/account/sessions", &format!("/account/sessions/{last}/end"), &[]).await.expect(303);
        assert_eq!(account(&world.server, &held[1]).await, 303, "the one that was used longest ago");
        browser.form_from("/account/sessions", "/account/sessions/end-others", &[]).await.expect(303);
        for cookie in &held {
            assert_eq!(account(&world.server, cookie).await, 303);
        }
        browser.get("/account").await.expect(200);
        let strange = world.browser(Role::Admin).await;
        let page = browser.get("/account/sessions").await.expect(200).body;
        assert_eq!(page.matches("/end\"").count(), 0, "sessions of others are not seen");
        strange.get("/account").await.expect(200);
    }

    async fn a_password_that_is_over_opens_nothing_but_the_form_for_a_new_one(engine) {
        let world = World::start(engine);
        set(&world.server, "login.allowed_modes", "form|basic|token");
        make(&world.server, "forced", &["--expiry", "forced"]);
        make(&world.server, "once", &["--expiry", "one-time"]);
        let basic = |name: &str| {
            use std::fmt::Write as _;
            let pair = format!("{name}:{}", World::PASSWORD);
            let mut text = String::new();
            for byte in pair.bytes() { let _ = write!(text, "{}", char::from(byte)); }
            format!("Basic {}", base64(&text))
        };
        for name in ["forced", "once"] {
            let call = world.server.anon().send(Method::GET, "/api/v1/sites", &[("authorization", &basic(name))], None).await;
            assert_eq!((call.status, call.text("/type")), (403, "/problems/password-expired".to_owned()), "P10 {name}");
            let browser = enter(&world.server, name, World::PASSWORD).await;
            for path in ["/", "/account", "/subnets"] {
                assert_eq!(browser.get(path).await.expect(303).header("location"), Some("/account/password"), "{path}");
            }
            let csrf = browser.csrf("/account/password").await;
            let post = browser.post_fields("/sites", &[("csrf", &csrf), ("name", "s")]).await;
            assert_eq!(post.header("location"), Some("/account/password"), "nothing else is done");
            if name == "once" {
                world.server.anon().login(name, World::PASSWORD).await.expect(401);
            }
            let page = browser.get("/account/password").await.expect(200).body;
            assert_eq!(page.contains("name=\"current\""), name == "forced", "one that is used up is not asked for");
            change(&browser, World::PASSWORD, NEW).await.expect(303);
            browser.get("/account").await.expect(200);
            enter(&world.server, name, NEW).await.get("/").await.expect(200);
        }
    }
}

/// The value of the CSRF field.
fn hidden(html: &str) -> String {
    ringfence_kit::hidden_field(html, "csrf").unwrap()
}

/// Base64 of ASCII.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let group = chunk.iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                out.push(char::from(LETTERS[(group >> (18 - 6 * place)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// The doors that take a secret by which a password is set, and how each is driven with one that must not be.
const SETS_PASSWORDS: [&str; 3] = ["/account/password", "/reset/{token}", "/setup/{token}"];

#[test]
fn every_way_to_set_a_password_runs_the_same_validators_sqlite() {
    block_on(async {
        let server = Server::start(Engine::Sqlite);
        let doors: Vec<&str> = ringfence_web::routes()
            .iter()
            .filter(|route| matches!(route.door, Some(SecretDoor::Link | SecretDoor::Password | SecretDoor::Setup)))
            .map(|route| route.path)
            .filter(|path| !["/account/email", "/browser/{token}", "/email/{token}"].contains(path))
            .collect();
        assert_eq!(doors, SETS_PASSWORDS, "a new door is driven here, or does not set passwords");
        assert!(ringfence_api::ROUTES.iter().all(|route| route.door.is_none_or(|door| door == SecretDoor::Login)), "programs set none");
        let setup = server.setup_path();
        for bad in ["password1234", "short", ""] {
            let said = server.cli(&["user", "create", "ada", "--role", "admin", "--password-stdin"], bad);
            assert!(!said.failure(1).is_empty(), "by the command line: {bad}");
            let fields = [("name", "root"), ("email", "root@example.org"), ("password", bad)];
            server.anon().form(&setup, &fields).await.expect(422);
        }
        server.anon().form(&setup, &[("name", "root"), ("email", "root@example.org"), ("password", World::PASSWORD)]).await.expect(303);
        let url = server.cli(&["user", "link", "root"], "").success();
        let reset = format!("/reset/{}", url.trim().rsplit('/').next().unwrap());
        let browser = enter(&server, "root", World::PASSWORD).await;
        for bad in ["password1234", "short", "", World::PASSWORD] {
            server.anon().form(&reset, &[("password", bad)]).await.expect(422);
            change(&browser, World::PASSWORD, bad).await.expect(422);
        }
        server.anon().form(&reset, &[("password", NEW)]).await.expect(303);
    });
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

#[test]
fn two_languages_and_a_third_would_be_one_file_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        make(&world.server, "ada", &[]);
        let french = world.server.anon();
        let page = french.send(Method::GET, "/login", &[("accept-language", "fr-CA,fr;q=0.9,en;q=0.5")], None).await.expect(200);
        assert!(page.body.contains("<html lang=\"fr\"") && page.body.contains("Mot de passe"), "{}", page.body);
        french.form_from("/login", "/language", &[("language", "fr")]).await.expect(303);
        let wrong = french.login("ada", "wrong").await.expect(401);
        assert!(wrong.body.contains("Le nom ou le mot de passe est incorrect."), "{}", wrong.body);
        french.login("ada", World::PASSWORD).await.expect(303);
        let short = change(&french, World::PASSWORD, "court").await.expect(422);
        assert!(short.body.contains("Utilisez au moins 12"), "{}", short.body);
        french.submit("/account", "/account", &[("language", "en")]).await.expect(303);
        assert!(french.get("/account").await.expect(200).body.contains("Your account"), "one's own setting goes first");
        french.submit("/account", "/account", &[("language", "xx")]).await.expect(422);
        french.submit("/account", "/account", &[("timezone", "Mars/Olympus")]).await.expect(422);
    });
}

#[test]
fn a_copy_of_the_database_opens_nothing_sqlite() {
    block_on(async {
        let (mut world, sink) = mailing(Engine::Sqlite);
        make(&world.server, "ada", &[]);
        sink.behave(smtp::Behaviour::Refuse(smtp::Stage::Recipient, "451 later".into()));
        let browser = world.server.anon();
        let entered = browser.login("ada", World::PASSWORD).await.expect(303);
        browser.form("/forgot", &[("name", "ada")]).await;
        let link = world.server.cli(&["user", "link", "ada"], "").success();
        let key = world.server.create_key("ada", "planted", "read");
        change(&browser, World::PASSWORD, NEW).await.expect(303);
        world.server.cli(&["setting", "set", "smtp.auth_pass", "--stdin"], "planted-Secret-of-mail").success();
        let mut planted: Vec<String> = vec![World::PASSWORD.into(), NEW.into(), key.clone(), "planted-Secret-of-mail".into()];
        planted.push(link.trim().rsplit('/').next().unwrap().to_owned());
        planted.extend(cookies(&entered).split("; ").filter_map(|pair| pair.split_once('=').map(|(_, value)| value.to_owned())));
        world.server.terminate();
        let mut bytes = Vec::new();
        for file in ["ringfence.db", "ringfence.db-wal"] {
            bytes.extend(std::fs::read(world.server.data_dir().join(file)).unwrap_or_default());
        }
        assert!(bytes.windows(3).any(|window| window == b"ada"), "this is the database");
        let waiting = raw(&world, "SELECT COUNT(*) FROM mail WHERE state = 'waiting'");
        assert!(waiting > 0, "a letter with a link waits");
        assert!(!bytes.windows(7).any(|window| window == b"/reset/"), "letters are sealed");
        for secret in planted {
            assert!(secret.len() > 12, "{secret}");
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in the database");
        }
        let text = json!({}).to_string();
        assert_eq!(text, "{}");
    });
}
