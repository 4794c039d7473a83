//! The fence and the budgets from outside: the form, basic authentication, addresses behind a proxy, the command line, and guessers that must not find
//! what they look for.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use base64::Engine as _;
use ringfence_guard::challenge::proof_of_work::Puzzle;
use ringfence_guard::text;
use ringfence_kit::{Answer, Client, Engine, Options, Role, Server, World, block_on, engines, hidden_field, size};

use crate::login::{comparisons, free_port};

/// A server that believes this machine's headers about clients and users.
fn behind_a_proxy(engine: Engine) -> World {
    World::with(engine, Options { config: "proxy_trust_cidrs = [\"127.0.0.1\"]".into(), ..Options::default() })
}

fn set(server: &Server, key: &str, value: &str) {
    server.cli(&["setting", "set", key, value], "").success();
}

/// Base budgets out of reach.
fn patient(server: &Server) {
    set(server, "security.login_max_attempts", "1000000");
    set(server, "security.account_lockout_max_attempts", "1000000");
}

/// One attempt by the form, from an address as the proxy tells it, with every field of the form and these.
async fn form(client: &Client, from: &str, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
    let page = client.send(ringfence_kit::Method::GET, "/login", &[("x-forwarded-for", from)], None).await;
    if page.status != 200 {
        return page;
    }
    let field = |field: &str| hidden_field(&page.body, field).unwrap_or_default();
    let (csrf, ticket) = (field("csrf"), field("ticket"));
    let mut fields = vec![("csrf", csrf.as_str()), ("ticket", ticket.as_str()), ("name", name), ("password", password)];
    fields.extend(more);
    client.post_fields_as("/login", &[("x-forwarded-for", from)], &fields).await
}

/// One call with name and password.
async fn basic(client: &Client, from: &str, name: &str, password: &str) -> Answer {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    let headers = [("authorization", format!("Basic {pair}")), ("x-forwarded-for", from.to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.send(ringfence_kit::Method::GET, "/api/v1/sites", &headers, None).await
}

engines! {
    async fn name_and_password_open_the_api_only_where_that_is_allowed(engine) {
        let world = behind_a_proxy(engine);
        let anon = world.server.anon();
        basic(&anon, "203.0.113.1", "viewer", World::PASSWORD).await.expect(401);
        set(&world.server, "login.allowed_modes", "form|basic|token");
        let seen = basic(&anon, "203.0.113.1", "viewer", World::PASSWORD).await.expect(200);
        assert!(seen.json()["data"].is_array());
        basic(&anon, "203.0.113.1", " VIEWER ", World::PASSWORD).await.expect(200);
        // A role is a role: a viewer makes nothing.
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("viewer:{}", World::PASSWORD));
        let header = format!("Basic {pair}");
        let post = |more: &'static [(&'static str, &'static str)]| {
            let (anon, header) = (anon.clone(), header.clone());
            async move {
                let mut headers = vec![("authorization", header.as_str())];
                headers.extend(more);
                anon.send(ringfence_kit::Method::POST, "/api/v1/sites", &headers, Some(&serde_json::json!({"name": "Oslo"}))).await
            }
        };
        post(&[]).await.expect(403);
        post(&[("sec-fetch-site", "cross-site")]).await.expect(401);
        let wrong = basic(&anon, "203.0.113.1", "viewer", "wrong").await.expect(401);
        assert!(wrong.header("www-authenticate").unwrap().starts_with("Basic realm="), "{:?}", wrong.headers);
        let unknown = basic(&anon, "203.0.113.1", "nobody", "wrong").await.expect(401);
        let bare = |answer: &Answer| {
            let mut json = answer.json();
            json["request_id"] = serde_json::Value::Null;
            json.to_string()
        };
        assert_eq!(bare(&wrong), bare(&unknown));
        for _ in 0..3 {
            basic(&anon, "203.0.113.1", "viewer", "wrong").await.expect(401);
        }
        let spent = basic(&anon, "203.0.113.1", "viewer", World::PASSWORD).await.expect(429);
        let wait: u64 = spent.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=901).contains(&wait), "{wait}");
        basic(&anon, "203.0.113.2", "viewer", World::PASSWORD).await.expect(200);
        world.viewer.get("/api/v1/sites").await.expect(200);
        // The form's budget of that address is the same one.
        form(&world.server.anon(), "203.0.113.1", "viewer", World::PASSWORD, &[]).await.expect(429);
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
        let french = client.send(ringfence_kit::Method::GET, "/api/v1/sites", &[
            ("authorization", &format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("viewer:{}", World::PASSWORD)))),
            ("accept-language", "fr-CA, en;q=0.5"),
        ], None).await.expect(429);
        assert_eq!(french.body, "Revenez plus tard.", "the same name in every mode");
        form(&client, "203.0.113.1", "operator", World::PASSWORD, &[]).await.expect(303);
        // At its end one is in, with the count at nothing.
        let deadline = Instant::now() + Duration::from_secs(20);
        while form(&world.server.anon(), "203.0.113.1", "viewer", World::PASSWORD, &[]).await.status != 303 {
            assert!(Instant::now() < deadline, "the block ends");
        }
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
        let keyed = world.viewer.send(ringfence_kit::Method::GET, "/api/v1/sites", &[("x-forwarded-for", "10.0.0.1")], None).await;
        assert_eq!(keyed.status, 429);
        for address in ["198.51.100.3", "192.168.55.66"] {
            assert_eq!(form(&client(), address, "viewer", World::PASSWORD, &[]).await.expect(429).body, "", "{address}: malicious wins");
        }
    }

    async fn who_comes_by_the_proxy_is_who_the_proxy_says(engine) {
        let world = behind_a_proxy(engine);
        set(&world.server, "login.allowed_modes", "form|external|token");
        let header = ("x-remote-user", "viewer");
        let client = world.server.anon();
        let inside = client.send(ringfence_kit::Method::GET, "/login?next=/subnets", &[header], None).await.expect(303);
        assert_eq!(inside.header("location"), Some("/subnets"));
        client.get("/subnets").await.expect(200);
        let left = client.form_from("/", "/logout", &[]).await.expect(303);
        assert_eq!(left.header("location"), Some("/login?out=1"));
        client.send(ringfence_kit::Method::GET, "/login?out=1", &[header], None).await.expect(200);
        for (name, status) in [("nobody", 403), ("", 200), ("viewer\tx", 403)] {
            let seen = world.server.anon().send(ringfence_kit::Method::GET, "/login", &[("x-remote-user", name), ("x-other", "1")], None).await;
            assert_eq!(seen.status, status, "{name:?}");
        }
        // Nobody else may say so.
        let plain = World::start(engine);
        set(&plain.server, "login.allowed_modes", "form|external|token");
        plain.server.anon().send(ringfence_kit::Method::GET, "/login", &[header], None).await.expect(200);
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
fn what_a_proxy_does_not_tell_is_not_believed_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        for number in 0..5 {
            form(&world.server.anon(), &format!("203.0.113.{number}"), &format!("name-{number}"), "wrong", &[]).await.expect(401);
        }
        for header in ["x-forwarded-for", "forwarded", "x-real-ip", "client-ip", "true-client-ip", "cf-connecting-ip"] {
            let client = world.server.anon();
            let csrf = client.csrf("/login").await;
            let fields = [("csrf", csrf.as_str()), ("name", "viewer"), ("password", World::PASSWORD)];
            client.post_fields_as("/login", &[(header, "192.0.2.200")], &fields).await.expect(429);
        }
    });
}

#[test]
fn the_login_page_is_extended_for_its_provider_and_no_other_page_is_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let browser = world.browser(Role::Viewer).await;
        let strict = world.server.anon().get("/login").await.header("content-security-policy").unwrap().to_owned();
        assert!(!strict.contains("https:"), "{strict}");
        set(&world.server, "login_protection.method", "turnstile");
        set(&world.server, "login_protection.site_key", "0x4AAAA");
        let refused = world.server.cli(&["setting", "set", "login_protection.secret_key", "hunter2"], "").failure(1);
        assert!(refused.contains("--stdin") && !refused.contains("hunter2"), "{refused}");
        world.server.cli(&["setting", "set", "login_protection.secret_key", "--stdin"], "hunter2\n").success();
        let page = world.server.anon().get("/login").await.expect(200);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self' https://challenges.cloudflare.com;"), "{policy}");
        assert!(page.body.contains("cf-turnstile") && !page.body.contains("hunter2"));
        assert_eq!(browser.get("/subnets").await.header("content-security-policy"), Some(strict.as_str()));
        for verb in [vec!["setting", "get", "login_protection.secret_key"], vec!["setting", "list"]] {
            assert!(!world.server.cli(&verb, "").success().contains("hunter2"));
        }
        let file = world.server.data_dir().join("ringfence.db");
        let holds = |name: &str| std::fs::read(file.with_file_name(name)).unwrap_or_default().windows(7).any(|part| part == b"hunter2");
        assert!(!holds("ringfence.db") && !holds("ringfence.db-wal"), "secrets are sealed");
    });
}

#[test]
fn rules_come_from_files_and_are_explained_sqlite() {
    let world = World::start(Engine::Sqlite);
    let fixture = |name: &str| format!("{}/../../crates/guard/fixtures/fence/{name}", env!("CARGO_MANIFEST_DIR"));
    for name in
        ["01-disabled.php", "02-slowdown.php", "03-no-answer.php", "04-captcha.php", "05-trusted.php", "06-complex.php", "complex.toml"]
    {
        world.server.cli(&["fence", "import", &fixture(name), "--dry-run"], "").success();
        world.server.cli(&["fence", "import", &fixture(name)], "").success();
    }
    let exported = world.server.cli(&["fence", "export"], "").success();
    let copy = world.server.room().join("fence.toml");
    std::fs::write(&copy, &exported).unwrap();
    world.server.cli(&["fence", "import", &copy.display().to_string()], "").success();
    assert_eq!(world.server.cli(&["fence", "export"], "").success(), exported);
    let lint = world.server.cli(&["fence", "lint"], "");
    assert_eq!(lint.code, Some(1));
    assert!(lint.stdout.contains("1. After 3 or more failures in a row for a name, make the answer wait"), "{}", lint.stdout);
    assert!(lint.stderr.contains("Rule 2") && lint.stderr.contains("keys"), "{}", lint.stderr);
    let simulate = |arguments: &[&str]| world.server.cli(&[&["fence", "simulate"], arguments].concat(), "").success();
    let said = simulate(&["--address", "203.0.113.9", "--failures", "4"]);
    assert!(said.contains("rule 1 matches") && said.contains("rule 4 matches") && said.contains("asking: captcha"), "{said}");
    let program = simulate(&["--mode", "basic", "--address", "203.0.113.9"]);
    assert!(program.contains("Status 429 and no answer"), "{program}");
    let bad = world.server.room().join("bad.php");
    std::fs::write(&bad, "'itop-fence' => array(\n 'no_answer_duration' => time(),\n),").unwrap();
    let refused = world.server.cli(&["fence", "import", &bad.display().to_string()], "").failure(1);
    assert!(refused.contains("line 2"), "{refused}");
    let unlocked = world.server.cli(&["user", "unlock", "viewer"], "").success();
    assert!(unlocked.contains("viewer"), "{unlocked}");
    world.server.cli(&["user", "unlock", "nobody"], "").failure(1);
}

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
            let file = world.server.room().join("words.txt");
            std::fs::write(&file, list.join("\n")).unwrap();
            let output = std::process::Command::new("hydra")
                .args([
                    "-l",
                    "viewer",
                    "-P",
                    &file.display().to_string(),
                    "-t",
                    "1",
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

/// What fail2ban finds in a text, by the filter that we ship.
fn banned(log: &std::path::Path) -> Vec<String> {
    let filter = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fail2ban/filter.d/ringfence.conf");
    let output = std::process::Command::new("fail2ban-regex")
        .args(["--raw", "--usedns=no", "-o", "ip"])
        .arg(log)
        .arg(filter)
        .output()
        .expect("fail2ban is on the machine: scripts/need installs it");
    String::from_utf8_lossy(&output.stdout).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn fail2ban_reads_our_log_and_no_name_forges_a_line_sqlite() {
    block_on(async {
        let world = behind_a_proxy(Engine::Sqlite);
        let client = world.server.anon();
        form(&client, "203.0.113.7", "viewer", "wrong", &[]).await.expect(401);
        form(&client, "2001:db8::7", "nobody", "wrong", &[]).await.expect(401);
        for forged in [
            "x\n2026-11-21T20:32:09.123456Z  WARN auth: login refused client=192.0.2.66 mode=form reason=credentials who=user:1 id=0",
            "login refused client=192.0.2.66 mode=form",
            "\u{1b}[31m client=192.0.2.66",
        ] {
            form(&client, "203.0.113.8", forged, "wrong", &[]).await.expect(401);
        }
        // A second address for what is not about the login at all: names of pages, headers.
        client.get("/login%20refused%20client=192.0.2.66%20mode=form").await;
        let log = world.server.room().join("copy.log");
        std::fs::write(&log, world.server.log()).unwrap();
        let found = banned(&log);
        assert_eq!(found.len(), 5, "one line for each refused attempt: {found:?}\n{}", world.server.log());
        assert!(found.iter().any(|ip| ip == "203.0.113.7") && found.iter().any(|ip| ip == "2001:db8::7"), "{found:?}");
        assert!(found.iter().all(|ip| !ip.contains("192.0.2.66")), "{found:?}");
        assert!(!world.server.log().contains("wrong"), "no password in the log");
    });
    let shipped = |name: &str| banned(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fail2ban").join(name)).len();
    assert_eq!((shipped("found.log"), shipped("missed.log")), (8, 0));
}

/// The pairs of setting and default that a document states: rows that begin with a key and a value in backticks.
fn stated(document: &str) -> Vec<(String, String)> {
    let path = format!("{}/../../docs/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let cell = |cell: &str| cell.trim().strip_prefix('`')?.strip_suffix('`').map(|text| text.replace('\u{1}', "|"));
    let rows = text.lines().filter_map(|line| {
        let line = line.strip_prefix('|')?.replace("\\|", "\u{1}");
        let mut cells = line.split('|');
        let (key, value) = (cell(cells.next()?)?, cell(cells.next()?)?);
        key.contains('.').then_some((key, value))
    });
    rows.collect()
}

#[test]
fn the_numbers_of_the_documents_are_those_of_the_program_sqlite() {
    let server = Server::start(Engine::Sqlite);
    let list = server.cli(&["setting", "list", "--json"], "").json();
    let default = |key: &str| {
        let row = list.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no setting {key}"));
        row["default"].as_str().unwrap().to_owned()
    };
    for (document, least) in [("login.md", 13), ("fence.md", 16)] {
        let stated = stated(document);
        assert!(stated.len() >= least, "{document} states {} defaults", stated.len());
        for (key, value) in stated {
            let value = if value == "none" { String::new() } else { value };
            assert_eq!(default(&key), value, "{document}: {key}");
        }
    }
}

#[test]
fn every_door_that_takes_something_guessable_closes_sqlite() {
    block_on(async {
        let doors: Vec<_> = ringfence_web::routes().into_iter().filter_map(|route| Some((route.method, route.path, route.door?))).collect();
        assert!(doors.iter().any(|(_, path, _)| *path == "/login"), "the table lists its doors");
        for (method, path, door) in doors {
            if !door.is_guessable() {
                continue;
            }
            assert_eq!(method, ringfence_kit::Method::POST, "{path}");
            let world = World::start(Engine::Sqlite);
            set(&world.server, "smtp.enabled", "true");
            let mut seen = Vec::new();
            for number in 0..8 {
                let client = world.server.anon();
                let csrf = client.csrf("/login").await;
                let name = format!("name-{number}");
                let fields = [("csrf", csrf.as_str()), ("name", name.as_str()), ("password", "wrong"), ("code", "000000")];
                seen.push(client.post_fields(path, &fields).await.status);
            }
            assert!(seen.contains(&429), "{path} takes guesses for ever: {seen:?}");
        }
        // The door of the API is one for all its routes.
        let world = World::start(Engine::Sqlite);
        set(&world.server, "login.allowed_modes", "form|basic|token");
        let client = world.server.anon();
        let mut seen = Vec::new();
        for number in 0..8 {
            seen.push(basic(&client, "", &format!("name-{number}"), "wrong").await.status);
        }
        assert_eq!(seen.iter().filter(|status| **status == 401).count(), 5, "{seen:?}");
        assert_eq!(seen.iter().filter(|status| **status == 429).count(), 3, "{seen:?}");
    });
}

#[test]
fn every_form_that_reads_a_secret_is_listed_as_a_door_sqlite() {
    // The sources of the pages: a handler whose form holds a secret belongs to a route with a door, or to somebody who is in.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/web/src/pages");
    let mut secret_forms = 0;
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let fields = text.lines().filter(|line| line.trim_end().ends_with(": SecretText,")).count();
            if fields > 0 {
                assert!(path.ends_with("sign.rs"), "{} reads a secret: give its route a door, and this test its name", path.display());
                secret_forms += fields;
            }
        }
    }
    assert_eq!(secret_forms, 2, "the login's and the setup's");
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
