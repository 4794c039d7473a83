//! The deployment rows S2–S13 and S16 of the hardening list: what is never served, the headers on every answer, modes of files, and
//! that nothing secret reaches a log.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use ringfence_kit::{Answer, Client, Engine, Method, Options, Role, Server, World, binary, block_on, wire};
use serde_json::json;

use crate::contract::make;

/// S2–S4: folders that installations of other products have, and ours. The server's working directory holds `data` and
/// `ringfence.toml`, so one that served files would be caught.
const CLOSED: &[&str] = &[
    "/conf/",
    "/conf/production/config-itop.php",
    "/conf",
    "/data/",
    "/data/master.key",
    "/data/ringfence.db",
    "/data",
    "/lib/",
    "/lib/x.js",
    "/log/",
    "/log/error.log",
    "/log/x.css",
    "/datamodels/",
    "/datamodels/2.x/a.php",
    "/datamodels/a.xml",
    "/datamodels/a",
    "/env-production/",
    "/env-production/a.json",
    "/env-x/a.yml",
    "/extensions/",
    "/extensions/a/b.php",
    "/setup/permissions-test-folder/permissions-test-subfolder/",
    "/setup/permissions-test-folder/permissions-test-subfolder/permissions-test-file",
    "/ringfence.toml",
    "/stderr.log",
    "/.git/config",
    "/.env",
    "/master.key",
    "/assets/",
    "/assets",
    "/assets/app.css",
    "/static/",
    "/web/ui/",
    "/Cargo.toml",
    "/icons/",
];

/// Other spellings of the same path.
fn tricks(path: &str) -> Vec<String> {
    let rest = path.trim_start_matches('/');
    let mut all = vec![
        path.to_owned(),
        path.to_uppercase(),
        format!("/%2e%2e{path}"),
        format!("/..{path}"),
        format!("/.{path}"),
        format!("/%2f{rest}"),
        format!("/{}", rest.replace('/', "%2f")),
        format!("/{}", rest.replace('/', "%5c")),
        format!("/{path}"),
        path.replace('/', "//"),
        format!("{path}."),
        format!("{path};x=.css"),
        format!("{path};"),
        format!("/{}", rest.replace('/', "\\")),
        format!("/\\{rest}"),
        format!("{path}%00"),
        format!("{path}%00.css"),
        format!("{path}%20"),
        format!("{path}?x=/assets/app.css"),
        format!("/assets/..{path}"),
        format!("/assets/%2e%2e{path}"),
        format!("/assets/..%2f{rest}"),
        format!("/assets/..%5c{rest}"),
        format!("/assets/%252e%252e{path}"),
        format!("/login/..{path}"),
        format!("/healthz{path}"),
    ];
    if let Some(first) = rest.chars().next() {
        all.push(format!("/%{:02x}{}", u32::from(first), rest.get(first.len_utf8()..).unwrap_or_default()));
    }
    all
}

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
    media-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// S7–S9, S16 and ours: on every answer over https, once.
#[track_caller]
fn is_hardened(what: &str, answer: &Answer) {
    for (name, expected) in [
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", CSP),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.all(name), [expected], "{name} of {what} ({})", answer.status);
    }
    let referrer = answer.header("referrer-policy").unwrap_or_default();
    assert!(["strict-origin-when-cross-origin", "no-referrer"].contains(&referrer), "{what}: {referrer}");
    let permissions = answer.header("permissions-policy").unwrap_or_default();
    assert!(permissions.contains("camera=()") && permissions.contains("geolocation=()"), "{what}: {permissions}");
    assert_eq!(answer.header("server"), None, "{what} names its program");
}

#[test]
fn nothing_is_served_that_is_no_route_sqlite() {
    let server = Server::start(Engine::Sqlite);
    let key = fs::read_to_string(server.data_dir().join("master.key")).unwrap();
    for path in CLOSED {
        for target in tricks(path) {
            let answer = wire::get(server.port(), &target, &[]);
            assert!([400, 404].contains(&answer.status), "GET {target} answered {}:\n{}", answer.status, answer.body);
            for content in [key.trim(), "SQLite format", "database_url", "Index of", "[tls]"] {
                assert!(!answer.body.contains(content), "GET {target} shows {content:?}");
            }
            // What cannot be read as a request at all is answered before anything of ours is reached.
            if answer.status != 400 || !answer.body.is_empty() {
                is_hardened(&target, &answer);
            }
        }
    }
    let control = wire::get(server.port(), "/login", &[]);
    assert_eq!(control.status, 200, "the same request for a page is answered");
}

#[test]
fn every_answer_carries_the_headers_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let (port, c) = (world.server.port(), &world.operator);
        let site = make(c, "/api/v1/sites", json!({"name": "Oslo"})).await;
        let browser = world.browser(Role::Admin).await;
        let viewer = world.browser(Role::Viewer).await;
        let path = format!("/api/v1/sites/{site}");
        let answers = [
            ("a page", browser.get("/").await.expect(200)),
            ("the login page", world.anon.get("/login").await.expect(200)),
            ("a redirect", world.anon.get("/").await.expect(303)),
            ("an object", c.get(&path).await.expect(200)),
            ("a probe", world.anon.get("/healthz").await.expect(200)),
            ("what is unchanged", c.send(Method::GET, &path, &[("if-none-match", "\"1\"")], None).await.expect(304)),
            ("bad input", c.get("/api/v1/sites?limit=x").await.expect(400)),
            ("no key", world.anon.get("/api/v1/sites").await.expect(401)),
            ("a wrong password", world.anon.login("viewer", "wrong").await.expect(401)),
            ("no right", world.viewer.post("/api/v1/sites", &json!({"name": "x"})).await.expect(403)),
            ("no right to a page", viewer.get("/audit").await.expect(403)),
            ("no CSRF token", browser.post_fields("/theme", &[]).await.expect(403)),
            ("no page", browser.get("/nowhere").await.expect(404)),
            ("no object", c.get("/api/v1/sites/777").await.expect(404)),
            ("no asset", world.anon.get("/assets/none.js").await.expect(404)),
            ("a setup link that is none", world.anon.get("/setup/none").await.expect(404)),
            ("a wrong method", world.anon.send(Method::PUT, "/login", &[], None).await.expect(405)),
            ("a wrong method of the API", c.send(Method::PUT, &path, &[], None).await.expect(405)),
            ("a duplicate", c.post("/api/v1/sites", &json!({"name": "Oslo"})).await.expect(409)),
            ("an old version", c.send(Method::PATCH, &path, &[("if-match", "\"9\"")], Some(&json!({}))).await.expect(412)),
            ("too much", c.post("/api/v1/sites", &json!({"name": "x".repeat(1 << 20)})).await.expect(413)),
            ("no JSON", c.send(Method::POST, "/api/v1/sites", &[("content-type", "text/plain")], Some(&json!({}))).await.expect(415)),
            ("another host", wire::exchange(port, b"GET /login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").expect(421)),
            ("input that does not do", c.post("/api/v1/sites", &json!({"name": ""})).await.expect(422)),
            ("nothing left", c.delete(&path).await.expect(204)),
        ];
        for (what, answer) in &answers {
            is_hardened(what, answer);
        }
        let token = answers.iter().find(|(what, _)| what.starts_with("a setup link")).map(|(_, answer)| answer);
        assert_eq!(token.and_then(|answer| answer.header("referrer-policy")), Some("no-referrer"), "a token in the address goes nowhere");
        for _ in 0..4 {
            world.anon.login("viewer", "wrong").await.expect(401);
        }
        is_hardened("a spent budget", &world.anon.login("viewer", "wrong").await.expect(429));

        let page = browser.get("/").await.body;
        let (_, rest) = page.split_once("/assets/").expect("a page loads an asset");
        let asset = world.anon.get(&format!("/assets/{}", rest.split('"').next().unwrap())).await.expect(200);
        assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(asset.all("x-content-type-options"), ["nosniff"]);
    });
}

#[test]
fn plain_http_leads_to_https_or_nowhere_sqlite() {
    let server = Server::start(Engine::Sqlite);
    let port = server.port();
    let plain = |method: &str, target: &str| wire::exchange_plain(port, &wire::request(method, port, target, &[]));
    for target in ["/", "/login", "/subnets?q=1", "/nowhere"] {
        let answer = plain("GET", target).expect(308);
        assert_eq!(answer.header("location"), Some(format!("https://localhost:{port}{target}").as_str()));
        assert_eq!(answer.header("strict-transport-security"), None, "on https only");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    for (method, target) in
        [("GET", "/api/v1/subnets"), ("GET", "/api"), ("POST", "/api/v1/subnets"), ("POST", "/login"), ("DELETE", "/"), ("PUT", "/x")]
    {
        let answer = plain(method, target).expect(403);
        assert_eq!((answer.header("location"), answer.header("set-cookie")), (None, None), "{method} {target}");
    }
    // A forwarded header of a stranger makes no https out of http.
    let forged = wire::exchange_plain(port, &wire::request("GET", port, "/login", &["X-Forwarded-Proto: https"]));
    forged.expect(308);
}

#[test]
fn every_cookie_is_locked_to_this_host_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let browser = world.server.anon();
        let mut lines: Vec<String> = browser.get("/login").await.all("set-cookie").iter().map(ToString::to_string).collect();
        let entered = browser.login("admin", World::PASSWORD).await.expect(303);
        assert_eq!(entered.all("set-cookie").len(), 2, "a session and a known browser: {:?}", entered.headers);
        lines.extend(entered.all("set-cookie").iter().map(ToString::to_string));
        lines.extend(browser.form_from("/", "/logout", &[]).await.expect(303).all("set-cookie").iter().map(ToString::to_string));
        assert!(lines.len() >= 4, "{lines:?}");
        for line in &lines {
            let attributes: Vec<&str> = line.split(';').skip(1).map(str::trim).collect();
            assert!(line.starts_with("__Host-"), "{line}");
            for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
                assert!(attributes.contains(&attribute), "{attribute}: {line}");
            }
            assert!(!attributes.iter().any(|attribute| attribute.to_ascii_lowercase().starts_with("domain")), "{line}");
        }
        let session = entered.all("set-cookie").into_iter().find(|line| !line.contains("-device=")).expect("a session").to_owned();
        assert!(!session.contains("Max-Age") && !session.contains("Expires"), "it ends with the browser: {session}");
    });
}

#[test]
fn other_names_are_misdirected_sqlite() {
    let server = Server::start(Engine::Sqlite);
    let port = server.port();
    let ask = |target: &str, hosts: &[&str]| {
        let lines: String = hosts.iter().flat_map(|host| ["Host: ", *host, "\r\n"]).collect();
        wire::exchange(port, format!("GET {target} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n").as_bytes())
    };
    for host in [
        "evil.example",
        "localhost.evil.example",
        "evil.example:443",
        "127.0.0.1.evil.example",
        "169.254.169.254",
        "[::2]",
        "localhost@evil.example",
    ] {
        let answer = ask("/login", &[host]);
        assert!([400, 421].contains(&answer.status), "{host}: {}", answer.status);
        assert!(answer.status == 400 || answer.body.contains("public_url"), "it says what to set: {}", answer.body);
        assert!(!answer.body.contains("evil"), "{host} is not repeated");
    }
    assert_eq!(ask("https://evil.example/login", &["localhost"]).status, 421);
    assert!([400, 421].contains(&ask("/login", &["localhost", "evil.example"]).status));
    assert!([400, 421].contains(&ask("/login", &[]).status));
    for host in ["localhost", "LOCALHOST.:1", "127.0.0.1", "[::1]:8443"] {
        ask("/login", &[host]).expect(200);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o7777
}

#[test]
fn what_is_written_is_ours_alone_even_without_an_umask_sqlite() {
    let server = Server::stopped(Engine::Sqlite, Options::default());
    let data = server.data_dir();
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" serve --listen 127.0.0.1:0 --config \"$1\" --data-dir \"$2\""])
        .args([binary(), server.config_file(), data.clone()])
        .current_dir(server.room())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    assert!(ready.starts_with("ready https://"), "{ready:?}");
    assert_eq!(mode(&data), 0o700, "the directory is tightened");
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for name in ["ringfence.db", "ringfence.db-wal", "ringfence.db-shm", "master.key", "self-signed.key"] {
        assert!(names.iter().any(|there| there == name), "{name} is missing in {names:?}");
    }
}

#[test]
fn a_configuration_with_a_password_is_not_for_others_sqlite() {
    let server = Server::stopped(Engine::Sqlite, Options::default());
    let config = server.config_file();
    fs::write(&config, "database_url = \"postgres://ringfence:pl4nted-secret@127.0.0.1:1/x\"\n").unwrap();
    for loose in [0o644, 0o640, 0o604, 0o660] {
        fs::set_permissions(&config, Permissions::from_mode(loose)).unwrap();
        for verb in [&["serve"][..], &["check"], &["setup"]] {
            let said = server.cli(verb, "").failure(1);
            assert!(said.contains("chmod 600") && !said.contains("pl4nted"), "{loose:o} {verb:?}: {said}");
        }
    }
    fs::set_permissions(&config, Permissions::from_mode(0o600)).unwrap();
    assert!(!server.cli(&["check"], "").failure(1).contains("chmod 600"));
}

#[test]
fn a_master_key_that_others_can_read_is_refused_sqlite() {
    let mut server = Server::start(Engine::Sqlite);
    server.terminate();
    fs::set_permissions(server.data_dir().join("master.key"), Permissions::from_mode(0o644)).unwrap();
    let said = server.cli(&["check"], "").failure(1);
    assert!(said.contains("chmod 600"), "{said}");
}

#[test]
fn secrets_reach_no_log_sqlite() {
    const SECRET: &str = "pl4nted-secret-7731";
    let log = || vec![("RINGFENCE_LOG".to_owned(), "debug".to_owned()), ("RUST_BACKTRACE".to_owned(), "full".to_owned())];
    for url in [
        "postgres://ringfence:{}@127.0.0.1:1/x",
        "mysql://ringfence:{}@127.0.0.1:1/x",
        "postgres://ringfence:{}@no-such-host.invalid/x",
        "oracle://a:{}@b/c",
    ] {
        let config = format!("database_url = \"{}\"", url.replace("{}", SECRET));
        let server = Server::stopped(Engine::Sqlite, Options { config, variables: log(), ..Options::default() });
        for verb in [&["serve"][..], &["check"], &["setting", "list"]] {
            let output = server.cli(verb, "");
            assert_eq!(output.code, Some(1), "{url} {verb:?}: {output:?}");
            assert!(!output.stdout.contains(SECRET) && !output.stderr.contains(SECRET), "{url} {verb:?}: {output:?}");
            assert!(!output.stderr.trim().is_empty(), "it says why");
        }
    }
    block_on(async {
        let world = World::with(Engine::Sqlite, Options { variables: log(), ..Options::default() });
        world.server.anon().login("admin", SECRET).await.expect(401);
        world.server.anon().login(SECRET, "x").await.expect(401);
        Client::key(&world.server.base(), SECRET).get("/api/v1/sites").await.expect(401);
        world.anon.get(&format!("/setup/{SECRET}")).await.expect(404);
        world.anon.get(&format!("/login?next=/{SECRET}")).await.expect(200);
        world.anon.get(&format!("/{SECRET}")).await.expect(404);
        world.operator.post("/api/v1/sites", &json!({"name": SECRET, "nonsense": SECRET})).await.expect(422);
        let log = world.server.log();
        assert!(log.contains("request"), "the log is at work: {log}");
        assert!(!log.contains(SECRET) && !log.contains(World::PASSWORD), "{log}");
        let events = world.admin.get("/api/v1/audit?limit=100").await.expect(200).body;
        assert!(!events.contains(SECRET), "people type passwords into the name field: {events}");
    });
}
