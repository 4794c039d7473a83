//! The cases of the design against the running program, by the form and by basic authentication. Times are short here, as nobody can turn the clock
//! of a running program; their rules with injected time stand in `crates/app/tests/login/case.rs`.

use std::time::{Duration, Instant};

use base64::Engine as _;
use ringfence_guard::challenge::proof_of_work::Puzzle;
use ringfence_guard::text;
use ringfence_kit::provider::{Expected, StandIn};
use ringfence_kit::{Answer, Client, Engine, Method, Role, Server, World, block_on, engines, hidden_field};

use super::{Guest, basic, behind_a_proxy, form, patient, set, until};
use crate::audit::raw;

const HERE: &str = "203.0.113.1";

/// A world with budgets out of reach, in which programs may use passwords, with these rules.
fn fenced(engine: Engine, rules: &str) -> World {
    let world = behind_a_proxy(engine);
    patient(&world.server);
    set(&world.server, "login.allowed_modes", "form|basic|token");
    set(&world.server, "fence.rules", rules);
    world
}

/// An attempt by a way in.
async fn tried(mode: &str, client: &Client, name: &str, password: &str) -> Answer {
    match mode {
        "form" => form(client, HERE, name, password, &[]).await,
        _ => basic(client, HERE, name, password).await,
    }
}

/// From now on nothing can be paid for: the file is locked by somebody else, or the server says that it is read-only.
fn refuse(server: &Server) -> Option<rusqlite::Connection> {
    let statement = match server.engine() {
        Engine::Sqlite => {
            let file = rusqlite::Connection::open(server.data_dir().join("ringfence.db")).expect("the file opens");
            file.execute_batch("BEGIN IMMEDIATE").expect("the file can be locked");
            return Some(file);
        }
        Engine::Postgres => {
            "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'; END $$; \
             CREATE TRIGGER refused BEFORE UPDATE ON budget FOR EACH STATEMENT EXECUTE FUNCTION refused()"
        }
        Engine::Mysql => {
            "CREATE TRIGGER refused BEFORE UPDATE ON budget FOR EACH ROW \
             SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = 'read-only'"
        }
    };
    raw(server, statement).unwrap();
    None
}

/// The end of it.
fn allow(server: &Server, lock: Option<rusqlite::Connection>) {
    match (lock, server.engine()) {
        (Some(file), _) => file.execute_batch("ROLLBACK").unwrap(),
        (None, Engine::Postgres) => raw(server, "DROP TRIGGER refused ON budget").unwrap(),
        (None, _) => raw(server, "DROP TRIGGER refused").unwrap(),
    }
}

/// How often the log says that a rule has slowed an attempt down.
fn slowed(server: &Server) -> usize {
    server.log().lines().filter(|line| line.contains(" fence: ") && line.contains("login_failed>slowdown")).count()
}

/// The ways in, and what a right password is answered there.
const WAYS: [(&str, u16); 2] = [("form", 303), ("basic", 200)];

engines! {
    async fn e1_without_a_fence_nothing_is_said(engine) {
        let world = fenced(engine, r#"[{"checker":"ip_range","countermeasure":"no_answer"},{"checker":"login_failed","countermeasure":"login_invalid","min_level":1}]"#);
        set(&world.server, "fence.malicious_ip_list", HERE);
        set(&world.server, "fence.enabled", "false");
        for (mode, inside) in WAYS {
            for _ in 0..25 {
                tried(mode, &world.server.anon(), "viewer", "wrong").await.expect(401);
            }
            tried(mode, &world.server.anon(), "viewer", World::PASSWORD).await.expect(inside);
        }
    }

    async fn e2_failures_make_the_answer_wait(engine) {
        let world = fenced(engine, r#"[{"checker":"login_failed","countermeasure":"slowdown","min_level":3}]"#);
        for (key, value) in [("initial_duration", "700000"), ("duration_incrementation", "700000"), ("duration_max", "1400000")] {
            set(&world.server, &format!("fence.slowdown_{key}"), value);
        }
        for ((mode, inside), name) in WAYS.into_iter().zip(["viewer", "operator"]) {
            let timed = async |name: &str, password: &str, status: u16| {
                let began = Instant::now();
                tried(mode, &world.server.anon(), name, password).await.expect(status);
                began.elapsed()
            };
            let before = slowed(&world.server);
            for _ in 0..3 {
                timed(name, "wrong", 401).await;
            }
            assert_eq!(slowed(&world.server), before, "{mode}: the rule begins with the fourth");
            for least in [700, 1_400, 1_400] {
                let took = timed(name, "wrong", 401).await;
                assert!(took >= Duration::from_millis(least), "{mode}: {took:?} for {least} ms");
            }
            let took = timed(name, World::PASSWORD, inside).await;
            assert!(took >= Duration::from_millis(1_400), "{mode}: a right password waits as well");
            // The count is at nothing, and other names have none: no rule matches.
            let before = slowed(&world.server);
            timed(name, "wrong", 401).await;
            timed("admin", World::PASSWORD, inside).await;
            assert_eq!(slowed(&world.server), before, "{mode}");
        }
    }

    async fn e4_a_picture_is_answered_once_and_exactly(engine) {
        let world = fenced(engine, r#"[{"checker":"captcha","countermeasure":"login_invalid","max_level":5,"login_mode_included":["form"]}]"#);
        let (guest, page) = Guest::open(&world.server, HERE).await;
        let right = guest.phrase(&page);
        let answered = async |answer: &str| {
            let page = guest.page().await.expect(200);
            guest.send(&page, "viewer", World::PASSWORD, &[("answer-captcha", answer)]).await.status
        };
        let [one, five] = [format!("#{}", right.get(1..).unwrap()), "#####".to_owned()];
        for wrong in [one.as_str(), &five, "", &"x".repeat(500), "\u{0}", right.as_str()] {
            assert_eq!(answered(wrong).await, 401, "{wrong:?}: wrong, or right for another picture");
        }
        let absent = guest.page().await;
        guest.send(&absent, "viewer", World::PASSWORD, &[]).await.expect(401);
        let answer = [("answer-captcha", right.as_str())];
        guest.send(&absent, "viewer", World::PASSWORD, &answer).await.expect(401);
        let stranger = world.server.anon();
        stranger.send(Method::GET, "/login", &[], None).await.expect(200);
        super::send(&stranger, HERE, &page, "viewer", World::PASSWORD, &answer).await.expect(403);
        let upper = right.to_uppercase();
        guest.send(&page, "viewer", World::PASSWORD, &[("answer-captcha", &upper)]).await.expect(303);
        let (other, page) = Guest::open(&world.server, HERE).await;
        let answer = other.phrase(&page);
        other.send(&page, "viewer", "wrong", &[("answer-captcha", &answer)]).await.expect(401);
        other.send(&page, "viewer", World::PASSWORD, &[("answer-captcha", &answer)]).await.expect(401);
        other.solve("viewer", World::PASSWORD).await.expect(303);
        let seen = basic(&world.server.anon(), HERE, "viewer", World::PASSWORD).await.expect(200);
        assert!(!seen.body.contains("captcha"));
    }

    async fn e6_the_complex_example_without_keys(engine) {
        let world = fenced(engine, "[]");
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/guard/fixtures/fence/06-complex.php");
        world.server.cli(&["fence", "import", file], "").success();
        for key in ["initial_duration", "duration_incrementation", "duration_max"] {
            set(&world.server, &format!("fence.slowdown_{key}"), "600000");
        }
        let (_, home) = Guest::open(&world.server, "127.0.0.1").await;
        for part in ["answer-captcha", "recaptcha", "https://www.google.com"] {
            assert!(!home.body.contains(part), "{part}: {}", home.body);
        }
        assert!(!home.header("content-security-policy").unwrap().contains("https:"), "no third party");
        form(&world.server.anon(), "127.0.0.1", "viewer", World::PASSWORD, &[]).await.expect(303);
        // Far away: a picture, and no programs.
        let (guest, page) = Guest::open(&world.server, "203.0.113.9").await;
        assert!(page.body.contains("answer-captcha"));
        guest.solve("viewer", World::PASSWORD).await.expect(303);
        let (guest, _) = Guest::open(&world.server, "203.0.113.9").await;
        let program = basic(&world.server.anon(), "203.0.113.9", "viewer", World::PASSWORD).await.expect(429);
        assert_eq!((program.body.as_str(), program.header("retry-after").is_some()), ("", true));
        // The bad address has blocked itself and not the name.
        basic(&world.server.anon(), "127.0.0.1", "viewer", World::PASSWORD).await.expect(200);
        // Three wrong passwords behind solved pictures: picture and wait together.
        for _ in 0..3 {
            guest.solve("operator", "wrong").await.expect(401);
        }
        assert_eq!(slowed(&world.server), 0);
        let began = Instant::now();
        let page = guest.page().await.expect(200);
        assert!(page.body.contains("answer-captcha"));
        guest.send(&page, "operator", World::PASSWORD, &[("answer-captcha", "wrong")]).await.expect(401);
        guest.solve("operator", World::PASSWORD).await.expect(303);
        assert!(began.elapsed() >= Duration::from_millis(600) && slowed(&world.server) > 0);
        set(&world.server, "fence.malicious_ip_list", "198.51.100.0/24");
        for mode in ["form", "basic"] {
            let client = world.server.anon();
            let seen = match mode {
                "form" => form(&client, "198.51.100.3", "viewer", World::PASSWORD, &[]).await,
                _ => basic(&client, "198.51.100.3", "viewer", World::PASSWORD).await,
            };
            assert_eq!((seen.status, seen.body.as_str()), (429, ""), "{mode}");
        }
    }

    async fn e10_checked_once_then_invalid_for_a_time(engine) {
        let world = fenced(engine, r#"[{"checker":"login_failed","countermeasure":"login_invalid_until","min_level":3}]"#);
        set(&world.server, "fence.login_always_invalid_duration", "3");
        for ((mode, inside), name) in WAYS.into_iter().zip(["viewer", "operator"]) {
            let attempt = async |password: &str| tried(mode, &world.server.anon(), name, password).await;
            for _ in 0..3 {
                attempt("wrong").await.expect(401);
            }
            attempt(World::PASSWORD).await.expect(inside);
            for _ in 0..4 {
                attempt("wrong").await.expect(401);
            }
            attempt(World::PASSWORD).await.expect(401);
            // E11: at its end a right password is in, and the count is at nothing.
            until(inside, async || attempt(World::PASSWORD).await).await;
            for _ in 0..3 {
                attempt("wrong").await.expect(401);
            }
            attempt(World::PASSWORD).await.expect(inside);
        }
    }

    async fn e13_without_a_writable_database_nothing_is_compared(engine) {
        let world = fenced(engine, "[]");
        let browser = world.browser(Role::Viewer).await;
        tried("form", &world.server.anon(), "viewer", "wrong").await.expect(401);
        let lock = refuse(&world.server);
        let every = [("form", "wrong"), ("form", World::PASSWORD), ("basic", "wrong"), ("basic", World::PASSWORD)];
        // A locked file is waited for, half a minute each time: there one is enough.
        let few = if lock.is_some() { 1 } else { 4 };
        for (mode, password) in every.into_iter().rev().take(few) {
            tried(mode, &world.server.anon(), "viewer", password).await.expect(503);
        }
        browser.get("/").await.expect(200);
        allow(&world.server, lock);
        for (mode, inside) in WAYS {
            tried(mode, &world.server.anon(), "viewer", World::PASSWORD).await.expect(inside);
        }
    }

    async fn e15_who_comes_by_a_proxy_has_typed_no_name(engine) {
        let world = fenced(engine, r#"[{"checker":"login_failed","countermeasure":"no_answer_until","min_level":3}]"#);
        set(&world.server, "login.allowed_modes", "form|external|token");
        for _ in 0..3 {
            form(&world.server.anon(), HERE, "viewer", "wrong", &[]).await.expect(401);
        }
        form(&world.server.anon(), HERE, "viewer", World::PASSWORD, &[]).await.expect(429);
        let external = [("x-remote-user", "viewer"), ("x-forwarded-for", HERE)];
        world.server.anon().send(Method::GET, "/login", &external, None).await.expect(303);
        set(&world.server, "fence.malicious_ip_list", HERE);
        set(&world.server, "fence.rules", r#"[{"checker":"ip_range","countermeasure":"no_answer"}]"#);
        world.server.anon().send(Method::GET, "/login", &external, None).await.expect(429);
    }

    async fn e3_no_answer_is_none_and_ends(engine) {
        let world = behind_a_proxy(engine);
        patient(&world.server);
        set(&world.server, "login.allowed_modes", "form|basic|token");
        set(&world.server, "fence.rules", r#"[{"checker":"login_failed","countermeasure":"no_answer_until","min_level":3}]"#);
        set(&world.server, "fence.no_answer_duration", "3");
        set(&world.server, "fence.no_answer_message", r#"{"en":"Come back later.","fr":"Revenez plus tard."}"#);
        let client = world.server.anon();
        for _ in 0..3 {
            form(&client, "203.0.113.1", "viewer", "wrong", &[]).await.expect(401);
        }
        let stopped = form(&client, "203.0.113.1", "viewer", World::PASSWORD, &[]).await.expect(429);
        assert_eq!(stopped.body, "Come back later.");
        assert!(stopped.header("retry-after").is_some());
        let french = client.send(Method::GET, "/api/v1/sites", &[
            ("authorization", &format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("viewer:{}", World::PASSWORD)))),
            ("accept-language", "fr-CA, en;q=0.5"),
        ], None).await.expect(429);
        assert_eq!(french.body, "Revenez plus tard.", "the same name in every mode");
        form(&client, "203.0.113.1", "operator", World::PASSWORD, &[]).await.expect(303);
        // At its end one is in, with the count at nothing.
        until(303, async || form(&world.server.anon(), "203.0.113.1", "viewer", World::PASSWORD, &[]).await).await;
    }

    async fn e5_and_e7_addresses_are_those_that_the_proxy_tells(engine) {
        let world = behind_a_proxy(engine);
        set(&world.server, "login.allowed_modes", "form|basic|token");
        set(&world.server, "fence.trusted_ip_list", "::1, 127.0.0.1, 192.168.55.0/24");
        set(&world.server, "fence.malicious_ip_list", "198.51.100.0/24 192.168.55.66");
        set(&world.server, "fence.rules", r#"[
            {"checker":"ip_range","countermeasure":"captcha","max_level":1,"login_mode_included":["form"]},
            {"checker":"ip_range","countermeasure":"no_answer","max_level":1,"login_mode_excluded":["form"]},
            {"checker":"ip_range","countermeasure":"no_answer","min_level":2}]"#);
        let client = || world.server.anon();
        form(&client(), "192.168.55.7", "viewer", World::PASSWORD, &[]).await.expect(303);
        form(&client(), "::ffff:192.168.55.7", "viewer", World::PASSWORD, &[]).await.expect(303);
        basic(&client(), "192.168.55.7", "viewer", World::PASSWORD).await.expect(200);
        let shown = form(&client(), "10.0.0.1", "viewer", World::PASSWORD, &[]).await.expect(401);
        assert!(shown.body.contains("answer-captcha") && shown.body.contains("data:image/png;base64,"), "{}", shown.body);
        assert_eq!(basic(&client(), "10.0.0.1", "viewer", World::PASSWORD).await.expect(429).body, "");
        // Programs with a key are told the same.
        let keyed = world.viewer.send(Method::GET, "/api/v1/sites", &[("x-forwarded-for", "10.0.0.1")], None).await;
        assert_eq!(keyed.status, 429);
        for address in ["198.51.100.3", "192.168.55.66"] {
            assert_eq!(form(&client(), address, "viewer", World::PASSWORD, &[]).await.expect(429).body, "", "{address}: malicious wins");
        }
    }
}

#[test]
fn the_shipped_rules_ask_for_a_puzzle_and_a_browser_solves_it_sqlite() {
    block_on(async {
        let world = behind_a_proxy(Engine::Sqlite);
        patient(&world.server);
        set(&world.server, "fence.slowdown_initial_duration", "1000");
        set(&world.server, "fence.slowdown_duration_max", "1000");
        let client = world.server.anon();
        for _ in 0..5 {
            form(&client, "203.0.113.1", "viewer", "wrong", &[]).await.expect(401);
        }
        let asked = form(&client, "203.0.113.1", "viewer", World::PASSWORD, &[]).await.expect(200);
        assert!(asked.body.contains("value=\"viewer\""), "the name is kept");
        let puzzle = asked.body.split("data-seed=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a puzzle");
        let answer = Puzzle::new(text::hex_32(puzzle).unwrap()).solve();
        let (csrf, ticket) = (hidden_field(&asked.body, "csrf").unwrap(), hidden_field(&asked.body, "ticket").unwrap());
        let post = async |answer: &str, ticket: &str| {
            let fields = [
                ("csrf", csrf.as_str()),
                ("ticket", ticket),
                ("name", "viewer"),
                ("password", World::PASSWORD),
                ("answer-proof_of_work", answer),
            ];
            client.post_fields_as("/login", &[("x-forwarded-for", "203.0.113.1")], &fields).await
        };
        let without = post("1.2.3.4.5.6.7.8", &ticket).await.expect(401);
        post(&answer, &ticket).await.expect(401);
        // A form without a script gets a picture instead.
        let fields = [("csrf", csrf.as_str()), ("ticket", ticket.as_str()), ("name", "viewer"), ("plain", "1")];
        let plain = client.post_fields_as("/login", &[("x-forwarded-for", "203.0.113.1")], &fields).await.expect(200);
        assert!(plain.body.contains("answer-captcha") && !plain.body.contains("data-seed"), "{}", plain.body);
        let sound = plain.body.split("/login/sound?").nth(1).and_then(|rest| rest.split('"').next()).expect("a sound");
        let wav = client.get(&format!("/login/sound?{}", sound.replace("&amp;", "&"))).await.expect(200);
        assert_eq!(wav.header("content-type"), Some("audio/wav"));
        world.server.anon().get(&format!("/login/sound?{sound}")).await.expect(404);
        let seed = without.body.split("data-seed=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the next puzzle");
        let answer = Puzzle::new(text::hex_32(seed).unwrap()).solve();
        let ticket = hidden_field(&without.body, "ticket").unwrap();
        post(&answer, &ticket).await.expect(303);
    });
}

#[test]
fn e12_the_channel_of_the_fence_is_as_talkative_as_it_is_told_sqlite() {
    block_on(async {
        for (level, lines) in [("error", 0), ("info", 1)] {
            let world = behind_a_proxy(Engine::Sqlite);
            patient(&world.server);
            set(&world.server, "fence.log_level", level);
            set(&world.server, "fence.rules", r#"[{"checker":"login_failed","countermeasure":"no_answer_until","min_level":3}]"#);
            let client = world.server.anon();
            for _ in 0..3 {
                form(&client, "203.0.113.1", "viewer", "hunter2 hunter2", &[]).await.expect(401);
            }
            form(&client, "203.0.113.1", "viewer", World::PASSWORD, &[]).await.expect(429);
            let log = world.server.log();
            let said: Vec<&str> = log.lines().filter(|line| line.contains(" fence: ")).collect();
            assert_eq!(said.len(), lines, "{level}: {said:#?}");
            for line in said {
                for part in ["client=203.0.113.1", "mode=form", "who=user:", "1:login_failed>no_answer_until@3"] {
                    assert!(line.contains(part), "{part}: {line}");
                }
            }
            assert!(!log.contains("hunter2") && !log.contains(World::PASSWORD), "never a password");
        }
    });
}

#[test]
fn e6g_the_complex_example_with_keys_sqlite() {
    block_on(async {
        let stand_in = StandIn::start(Expected { site_key: "public".into(), scores: true, ..Expected::new("private") }).unwrap();
        let world = fenced(Engine::Sqlite, "[]");
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/guard/fixtures/fence/06-complex.php");
        world.server.cli(&["fence", "import", file], "").success();
        set(&world.server, "fence.recaptcha_public_key", "public");
        world.server.cli(&["setting", "set", "fence.recaptcha_private_key", "--stdin"], "private\n").success();
        set(&world.server, "fence.recaptcha_endpoint", &stand_in.endpoint("recaptcha"));
        let scored = async |token: &str, solve: bool| {
            let (guest, page) = Guest::open(&world.server, "127.0.0.1").await;
            assert!(page.header("content-security-policy").unwrap().contains("https://www.google.com"), "{:?}", page.headers);
            let shown = guest.send(&page, "viewer", World::PASSWORD, &[("answer-recaptcha", token)]).await;
            if !solve {
                return shown;
            }
            let phrase = guest.phrase(&shown);
            guest.send(&shown, "viewer", World::PASSWORD, &[("answer-recaptcha", token), ("answer-captcha", &phrase)]).await
        };
        for token in ["score-200", "score-400"] {
            let refused = scored(token, false).await.expect(401);
            assert!(!refused.body.contains("answer-captcha"), "{token}: the strictest of two rules");
        }
        for token in ["score-500", "score-600"] {
            let asked = scored(token, false).await.expect(200);
            assert!(asked.body.contains("answer-captcha"), "{token}: a picture");
            scored(token, true).await.expect(303);
        }
        scored("score-900", false).await.expect(303);
        basic(&world.server.anon(), "127.0.0.1", "viewer", World::PASSWORD).await.expect(200);
    });
}

#[test]
fn e14_bad_rules_are_refused_by_the_page_and_the_command_line_sqlite() {
    block_on(async {
        let world = fenced(Engine::Sqlite, "[]");
        let browser = world.browser(Role::Admin).await;
        for (rules, says) in [
            (r#"[{"checker":"login_failed","countermeasure":"slowdown"},{"checker":"x","countermeasure":"slowdown"}]"#, "rule 2"),
            (r#"[{"checker":"login_failed","countermeasure":"slowdown","min_level":5,"max_level":3}]"#, "rule 1"),
            (
                r#"[{"checker":"ip_range","countermeasure":"no_answer","login_mode_included":["form"],"login_mode_excluded":["form"]}]"#,
                "rule 1",
            ),
        ] {
            let refused = world.server.cli(&["setting", "set", "fence.rules", rules], "").failure(1);
            assert!(refused.contains(says), "{refused}");
        }
        let refused = world.server.cli(&["setting", "set", "fence.trusted_ip_list", "10.0.0.0/33"], "").failure(1);
        assert!(refused.contains("10.0.0.0/33"), "{refused}");
        let row = [
            ("rule", "a"),
            ("checker", "login_failed"),
            ("countermeasure", "slowdown"),
            ("min_level", "5"),
            ("max_level", "3"),
            ("act", "save"),
        ];
        let refused = browser.submit("/security/fence", "/security/fence/rules", &row).await.expect(422);
        assert!(refused.body.contains("min_level 5 is above max_level 3"), "{}", refused.body);
        assert_eq!(world.server.cli(&["setting", "get", "fence.rules"], "").success().trim(), "[]");
    });
}
