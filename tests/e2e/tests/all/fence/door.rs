//! The ways in: which are open to whom, what a proxy may say, what stands on the page, how rules come in, and that every door closes.

use std::collections::BTreeMap;

use base64::Engine as _;
use ringfence_guard::http::route::SecretDoor;
use ringfence_kit::{Answer, Engine, Method, Options, Role, World, block_on, engines};

use super::{basic, behind_a_proxy, form, set};

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
                anon.send(Method::POST, "/api/v1/sites", &headers, Some(&serde_json::json!({"name": "Oslo"}))).await
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

    async fn who_comes_by_the_proxy_is_who_the_proxy_says(engine) {
        let world = behind_a_proxy(engine);
        set(&world.server, "login.allowed_modes", "form|external|token");
        let header = ("x-remote-user", "viewer");
        let client = world.server.anon();
        let inside = client.send(Method::GET, "/login?next=/subnets", &[header], None).await.expect(303);
        assert_eq!(inside.header("location"), Some("/subnets"));
        client.get("/subnets").await.expect(200);
        let left = client.form_from("/", "/logout", &[]).await.expect(303);
        assert_eq!(left.header("location"), Some("/login?out=1"));
        client.send(Method::GET, "/login?out=1", &[header], None).await.expect(200);
        for (name, status) in [("nobody", 403), ("", 200), ("viewer\tx", 403)] {
            let seen = world.server.anon().send(Method::GET, "/login", &[("x-remote-user", name), ("x-other", "1")], None).await;
            assert_eq!(seen.status, status, "{name:?}");
        }
        // Nor may another page: an image of it logs nobody in, and a link from it comes back from here first.
        let from = async |headers: &[(&str, &str)]| {
            let headers = [&[header, ("sec-fetch-site", "cross-site")], headers].concat();
            world.server.anon().send(Method::GET, "/login", &headers, None).await.expect(200)
        };
        let image = from(&[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")]).await;
        let link = from(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]).await;
        assert!(link.body.contains("http-equiv=\"refresh\""), "{}", link.body);
        for answer in [image, link] {
            assert!(answer.all("set-cookie").iter().all(|cookie| cookie.contains("-visit=")), "{:?}", answer.headers);
        }
        // Nobody else may say so.
        let plain = World::start(engine);
        set(&plain.server, "login.allowed_modes", "form|external|token");
        plain.server.anon().send(Method::GET, "/login", &[header], None).await.expect(200);
    }
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
    set(&world.server, "login.allowed_modes", "token");
    set(&world.server, "login_protection.method", "turnstile");
    let lint = world.server.cli(&["fence", "lint"], "").failure(1);
    assert!(lint.contains("Nobody can log in to the pages") && lint.contains("(turnstile) is not set up"), "{lint}");
    set(&world.server, "login.allowed_modes", "form|token");
    set(&world.server, "login_protection.method", "");
    let simulate = |arguments: &[&str]| world.server.cli(&[&["fence", "simulate"], arguments].concat(), "").success();
    let said = simulate(&["--address", "203.0.113.9", "--failures", "4"]);
    assert!(said.contains("rule 1 matches") && said.contains("rule 4 matches") && said.contains("asking: captcha"), "{said}");
    let program = simulate(&["--mode", "basic", "--address", "203.0.113.9"]);
    assert!(program.contains("the mode basic is not among login.allowed_modes"), "{program}");
    set(&world.server, "login.allowed_modes", "form|basic|token");
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

#[test]
fn every_door_that_takes_something_guessable_closes_sqlite() {
    block_on(async {
        let doors: Vec<_> = ringfence_web::routes().into_iter().filter_map(|route| Some((route.method, route.path, route.door?))).collect();
        assert!(doors.iter().any(|(_, path, _)| *path == "/login"), "the table lists its doors");
        for (method, path, door) in doors {
            if !door.is_guessable() {
                continue;
            }
            assert_eq!(method, Method::POST, "{path}");
            let world = World::with(Engine::Sqlite, Options { public: true, ..Options::default() });
            set(&world.server, "smtp.enabled", "true");
            set(&world.server, "smtp.host", "127.0.0.1");
            set(&world.server, "smtp.from_address", "ringfence@example.org");
            let within = door == SecretDoor::Password;
            let member = world.browser(Role::Viewer).await;
            let mut seen = Vec::new();
            // A browser that is known has ten.
            for number in 0..11 {
                let client = if within { member.clone() } else { world.server.anon() };
                let csrf = client.csrf(if within { "/account" } else { "/login" }).await;
                let name = format!("name-{number}");
                let fields = [("csrf", csrf.as_str()), ("name", name.as_str()), ("password", "wrong"), ("code", "000000")];
                let more = [("current", "wrong"), ("new", "quince-Marble-orbit-77"), ("email", "new@example.org")];
                seen.push(client.post_fields(path, &[&fields[..], &more[..]].concat()).await.status);
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
    // The sources of the pages: a handler whose form holds a secret belongs to a route with a door.
    let known = BTreeMap::from([("account/password.rs", 3), ("account/profile.rs", 1), ("sign.rs", 3)]);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/web/src/pages");
    let mut found = BTreeMap::new();
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let fields = text.lines().filter(|line| line.trim_end().ends_with(": SecretText,")).count();
            if fields > 0 {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fields);
            }
        }
    }
    let found: BTreeMap<&str, usize> = found.iter().map(|(name, fields)| (name.as_str(), *fields)).collect();
    assert_eq!(found, known, "a form that reads a secret: give its route a door, and this test its name");
}
