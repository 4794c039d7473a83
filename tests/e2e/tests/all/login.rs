//! Coming in through the pages: the first admin, logins that tell nothing, guesses that are paid for, sessions that end.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use ringfence_kit::{Answer, Client, Engine, Method, Options, Role, Server, World, barrier_race, block_on, engines, hidden_field, wire};

use crate::audit::raw;

/// What a browser would send back of the cookies that an answer sets, as one header.
fn cookies(answer: &Answer) -> String {
    answer.all("set-cookie").iter().filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("; ")
}

/// One cookie of an answer: the session's has the shortest name.
fn session_cookie(answer: &Answer) -> String {
    let mut pairs = answer.all("set-cookie").into_iter().filter_map(|line| line.split(';').next());
    pairs.find(|pair| !pair.split('=').next().unwrap_or_default().ends_with("-device")).expect("a session cookie").to_owned()
}

/// Opens the home page with exactly these cookies: 200 is in, 303 is out.
async fn home(server: &Server, cookie: &str) -> u16 {
    server.anon().send(Method::GET, "/", &[("cookie", cookie)], None).await.status
}

/// A failed login with forged or honest headers.
async fn guess(client: &Client, headers: &[(&str, &str)], name: &str, password: &str) -> Answer {
    let csrf = client.csrf("/login").await;
    client.post_fields_as("/login", headers, &[("csrf", &csrf), ("name", name), ("password", password)]).await
}

fn set(server: &Server, key: &str, value: &str) {
    server.cli(&["setting", "set", key, value], "").success();
}

const FIRST: &[(&str, &str)] = &[("name", "root"), ("email", "root@example.org"), ("password", World::PASSWORD)];

engines! {
    async fn the_first_admin_comes_by_a_link_that_works_once(engine) {
        let server = Server::start(engine);
        let dead = server.setup_path();
        let path = server.setup_path();
        server.anon().get(&dead).await.expect(404);
        let browser = server.anon();
        let short = browser.form(&path, &[("name", "root"), ("email", "root@example.org"), ("password", "elevenchars")]).await.expect(422);
        assert!(short.body.contains("12"), "it says how long: {}", short.body);
        browser.get(&path).await.expect(200);
        let entered = browser.form(&path, FIRST).await.expect(303);
        assert_eq!(entered.header("location"), Some("/"));
        let page = browser.get("/").await.expect(200);
        assert!(page.body.contains("root"), "the first admin is in: {}", page.body);
        server.anon().get(&path).await.expect(404);
        let late = server.anon();
        let csrf = late.csrf("/login").await;
        let second = late.post_fields(&path, &[("csrf", &csrf), ("name", "other"), ("email", ""), ("password", World::PASSWORD)]).await;
        assert!([404, 409].contains(&second.status), "{}", second.status);
        late.login("other", World::PASSWORD).await.expect(401);
        let said = server.cli(&["setup"], "").failure(1);
        assert!(said.contains("admin"), "{said}");
        server.anon().login("ROOT", World::PASSWORD).await.expect(303);
        server.anon().login("root@example.org", World::PASSWORD).await.expect(303);
    }

    async fn five_browsers_with_one_link_make_one_admin(engine) {
        let server = Server::start(engine);
        let path = server.setup_path();
        let mut browsers = Vec::new();
        for _ in 0..5 {
            let browser = server.anon();
            let csrf = browser.csrf(&path).await;
            browsers.push((browser, csrf));
        }
        let answers = barrier_race(5, |number| {
            let ((browser, csrf), path) = (browsers.get(number).cloned().expect("five browsers"), path.clone());
            async move {
                let name = format!("root{number}");
                browser.post_fields(&path, &[("csrf", &csrf), ("name", &name), ("email", "r@example.org"), ("password", World::PASSWORD)]).await.status
            }
        })
        .await;
        assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| [303, 404, 409].contains(status)), "{answers:?}");
    }

    async fn a_guess_is_paid_for_before_it_is_checked(engine) {
        let world = World::start(engine);
        let guests: Vec<(Client, String)> = {
            let mut guests = Vec::new();
            for _ in 0..20 {
                let client = world.server.anon();
                let csrf = client.csrf("/login").await;
                guests.push((client, csrf));
            }
            guests
        };
        let answers = barrier_race(20, |number| {
            let (client, csrf) = guests.get(number).cloned().expect("twenty guests");
            async move {
                let name = format!("name-{number}");
                client.post_fields("/login", &[("csrf", &csrf), ("name", &name), ("password", "wrong")]).await.status
            }
        })
        .await;
        let mut count: BTreeMap<u16, usize> = BTreeMap::new();
        for status in &answers {
            *count.entry(*status).or_default() += 1;
        }
        assert_eq!(count.get(&401), Some(&5), "five guesses and no more are compared: {count:?}");
        assert_eq!(count.get(&429), Some(&15), "{count:?}");
    }

    /// A login in a browser that is logged in ends the session before.
    async fn a_second_login_ends_the_first(engine) {
        let world = World::start(engine);
        let browser = world.server.anon();
        let admin = session_cookie(&browser.login("admin", World::PASSWORD).await.expect(303));
        assert_eq!(home(&world.server, &admin).await, 200);
        let viewer = session_cookie(&browser.form_from("/", "/login", &[("name", "viewer"), ("password", World::PASSWORD)]).await.expect(303));
        assert_eq!((home(&world.server, &admin).await, home(&world.server, &viewer).await), (303, 200));
    }

    /// Somebody begins a request, loses the right to it, and sends the rest.
    async fn a_request_is_judged_when_it_is_whole(engine) {
        let world = World::start(engine);
        let port = world.server.port();
        let browser = world.server.anon();
        let entered = browser.login("operator", World::PASSWORD).await.expect(303);
        let (cookie, page) = (cookies(&entered), browser.get("/tags").await.expect(200));
        let body = format!("csrf={}&name=late", hidden_field(&page.body, "csrf").unwrap());
        let key = world.server.create_key("operator", "slow", "write");
        let json = r#"{"name":"late"}"#;
        let form = format!("Origin: https://localhost:{port}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded");
        let api = format!("Authorization: Bearer {key}\r\nContent-Type: application/json");
        let begin = |path: &str, headers: &str, body: &str| {
            let (first, last) = body.split_at(body.len() - 1);
            let length = body.len();
            let mut stream = wire::open(port);
            let head = format!("POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{first}");
            stream.write_all(head.as_bytes()).unwrap();
            stream.flush().unwrap();
            (stream, last.as_bytes().to_vec())
        };
        let (by_form, form_rest) = begin("/tags", &form, &body);
        let (by_key, key_rest) = begin("/api/v1/tags", &api, json);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        browser.form_from("/", "/logout", &[]).await.expect(303);
        raw(&world.server, "DELETE FROM api_key WHERE name = 'slow'").unwrap();
        assert_eq!(wire::finish(by_form, &form_rest).status, 403);
        assert_eq!(wire::finish(by_key, &key_rest).status, 401);
        assert_eq!(world.viewer.get("/api/v1/tags").await.expect(200).json()["data"].as_array().unwrap().len(), 0);
    }

    async fn a_session_ends_with_the_logout(engine) {
        let world = World::start(engine);
        let browser = world.server.anon();
        let entered = browser.login("viewer", World::PASSWORD).await.expect(303);
        let (all, session) = (cookies(&entered), session_cookie(&entered));
        assert_eq!((home(&world.server, &session).await, home(&world.server, &all).await), (200, 200));
        let second = session_cookie(&world.server.anon().login("viewer", World::PASSWORD).await.expect(303));
        assert_ne!(session, second, "every login has a session of its own");
        let left = browser.form_from("/", "/logout", &[]).await.expect(303);
        assert_eq!(left.header("location"), Some("/login?out=1"));
        assert_eq!((home(&world.server, &all).await, home(&world.server, &second).await), (303, 200), "the other session goes on");
        world.server.cli(&["check"], "").success();
    }
}

/// Two answers to failed logins are the same to whoever sees them.
#[track_caller]
fn alike(what: &str, known: &Answer, other: &Answer, names: (&str, &str)) {
    let headers = |answer: &Answer| {
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in &answer.headers {
            if !["date", "x-request-id", "content-length"].contains(&name.as_str()) {
                all.push((name.to_string(), value.to_str().expect("text").to_owned()));
            }
        }
        all.sort();
        all
    };
    assert_eq!(known.status, other.status, "{what}");
    assert_eq!(headers(known), headers(other), "{what}");
    // What the form carries is sealed with chance, and as long for everybody.
    let ticket = |answer: &Answer| hidden_field(&answer.body, "ticket").unwrap_or_default();
    assert_eq!(ticket(known).len(), ticket(other).len(), "{what}");
    let bare = |answer: &Answer, name: &str| answer.body.replace(&ticket(answer), "").replace(name, "*");
    assert_eq!(bare(known, names.0), bare(other, names.1), "{what}");
}

#[test]
fn known_and_unknown_names_are_answered_alike_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        set(&world.server, "security.login_max_attempts", "1000");
        set(&world.server, "fence.rules", "[]");
        world.server.create_user("sleeper", Role::Viewer, World::PASSWORD);
        raw(&world.server, "UPDATE user_account SET active = 0 WHERE username = 'sleeper'").unwrap();
        let browser = world.server.anon();
        let known = guess(&browser, &[], "viewer", "wrong password").await.expect(401);
        for (what, name, password) in [
            ("an unknown name", "nobody", "wrong password"),
            ("a name that is no name", "\u{feff}bad", "wrong password"),
            ("an empty password", "viewer", ""),
            ("an unknown name without a password", "nobody", ""),
            ("a very long password", "viewer", &"x".repeat(20_000)),
            ("an inactive account with the right password", "sleeper", World::PASSWORD),
        ] {
            alike(what, &known, &guess(&browser, &[], name, password).await, ("viewer", name));
        }
        for _ in 0..20 {
            guess(&browser, &[], "viewer", "wrong").await;
            guess(&browser, &[], "nobody", "wrong").await;
        }
        let spent = guess(&browser, &[], "viewer", "wrong").await.expect(429);
        alike("a spent account", &spent, &guess(&browser, &[], "nobody", "wrong").await, ("viewer", "nobody"));
    });
}

/// The comparisons that the server has made, from its own measurements.
pub async fn comparisons(metrics: &Client) -> u64 {
    let text = metrics.get("/metrics").await.expect(200).body;
    let line = text.lines().find(|line| line.starts_with("ringfence_password_comparisons_total")).expect("the measure");
    line.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// A port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

#[test]
fn a_spent_budget_compares_nothing_and_spares_known_browsers_sqlite() {
    block_on(async {
        let port = free_port();
        let config = format!("metrics_listen = \"127.0.0.1:{port}\"");
        let mut world = World::with(Engine::Sqlite, Options { config, ..Options::default() });
        let metrics = Client::anon(&format!("http://localhost:{port}"));
        let owner = world.browser(Role::Viewer).await;
        owner.form_from("/", "/logout", &[]).await.expect(303);
        let attacker = world.server.anon();
        for number in 0..5 {
            guess(&attacker, &[], &format!("name-{number}"), "wrong").await.expect(401);
        }
        let before = comparisons(&metrics).await;
        for name in ["viewer", "nobody", "admin"] {
            let refused = guess(&attacker, &[], name, World::PASSWORD).await.expect(429);
            let wait: u64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
            assert!((1..=900).contains(&wait), "{wait}");
            assert!(refused.all("set-cookie").iter().all(|line| !line.contains("-device")), "nobody is in");
        }
        assert_eq!(comparisons(&metrics).await, before, "not even the right password is compared");
        owner.login("viewer", World::PASSWORD).await.expect(303);
        owner.get("/").await.expect(200);
        // A known browser of one account is a stranger to another.
        owner.form_from("/", "/logout", &[]).await.expect(303);
        owner.login("admin", World::PASSWORD).await.expect(429);
        world.server.kill9();
        world.server.restart();
        guess(&world.server.anon(), &[], "viewer", World::PASSWORD).await.expect(429);
        let blocked = world.admin.get("/api/v1/audit?name=auth.login_blocked").await.expect(200).json();
        let count = blocked["data"].as_array().expect("a list").len();
        assert!((1..=2).contains(&count), "once a window and process, not once an attempt: {blocked:#}");
    });
}

#[test]
fn an_account_is_closed_to_strangers_only_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        set(&world.server, "security.login_max_attempts", "1000");
        set(&world.server, "fence.rules", "[]");
        let owner = world.browser(Role::Viewer).await;
        owner.form_from("/", "/logout", &[]).await.expect(303);
        for _ in 0..10 {
            guess(&world.server.anon(), &[], "viewer", "wrong").await.expect(401);
        }
        guess(&world.server.anon(), &[], "VIEWER ", World::PASSWORD).await.expect(429);
        world.server.anon().login("admin", World::PASSWORD).await.expect(303);
        owner.login("viewer", World::PASSWORD).await.expect(303);
        // The known browser's own budget is bounded too.
        owner.form_from("/", "/logout", &[]).await.expect(303);
        for _ in 0..10 {
            guess(&owner, &[], "viewer", "wrong").await.expect(401);
        }
        guess(&owner, &[], "viewer", World::PASSWORD).await.expect(429);
    });
}

#[test]
fn a_good_login_gives_back_its_own_attempt_only_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        for number in 0..4 {
            guess(&world.server.anon(), &[], &format!("victim-{number}"), "wrong").await.expect(401);
            world.server.anon().login("viewer", World::PASSWORD).await.expect(303);
        }
        guess(&world.server.anon(), &[], "victim-4", "wrong").await.expect(401);
        guess(&world.server.anon(), &[], "victim-5", "wrong").await.expect(429);
    });
}

#[test]
fn cookies_are_taken_exactly_or_not_at_all_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let browser = world.server.anon();
        let before = cookies(&browser.get("/login").await);
        let entered = browser.login("viewer", World::PASSWORD).await.expect(303);
        let session = session_cookie(&entered);
        let (name, token) = session.split_once('=').unwrap();
        let device = cookies(&entered).split("; ").find(|pair| pair.contains("-device=")).expect("a known browser").to_owned();
        let device_token = device.split_once('=').unwrap().1;
        assert_eq!(home(&world.server, &session).await, 200);
        let flipped = if token.starts_with('A') { "B" } else { "A" };
        for (what, cookie) in [
            ("nothing", String::new()),
            ("a token of nobody", format!("{name}={}", "A".repeat(token.len()))),
            ("one letter else", format!("{name}={flipped}{}", &token[1..])),
            ("a cut token", format!("{name}={}", &token[..token.len() - 1])),
            ("a longer token", format!("{name}={token}A")),
            ("an empty token", format!("{name}=")),
            ("a known browser alone", device.clone()),
            ("a known browser's token as a session", format!("{name}={device_token}")),
            ("what bound the login form", before.clone()),
            ("the visit's token as a session", format!("{name}={}", before.split_once('=').unwrap().1)),
            ("another name", format!("session={token}")),
            ("without the prefix", format!("{}={token}", name.trim_start_matches("__Host-"))),
            ("upper case", format!("{name}={}", token.to_uppercase())),
        ] {
            assert_eq!(home(&world.server, &cookie).await, 303, "{what}: {cookie}");
        }
        assert_eq!(home(&world.server, &format!("other=1; {session}; x=y")).await, 200);
        // A token that somebody planted before the login is not the session's after it.
        let planted = format!("{name}={}", "A".repeat(token.len()));
        let victim = world.server.anon();
        let csrf = victim.csrf("/login").await;
        let visit = cookies(&world.server.anon().get("/login").await);
        assert_ne!(visit, before);
        victim.post_fields("/login", &[("csrf", &csrf), ("name", "viewer"), ("password", World::PASSWORD)]).await.expect(303);
        assert_eq!(home(&world.server, &planted).await, 303);
    });
}

#[test]
fn a_login_form_is_bound_to_the_browser_that_opened_it_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let attacker = world.server.anon();
        let csrf = attacker.csrf("/login").await;
        let fields = [("csrf", csrf.as_str()), ("name", "viewer"), ("password", World::PASSWORD)];
        let victim = world.server.anon();
        let refused = victim.post_fields("/login", &fields).await.expect(403);
        assert!(refused.all("set-cookie").iter().all(|line| !line.contains("-device")), "{:?}", refused.headers);
        victim.get("/login").await.expect(200);
        victim.post_fields("/login", &fields).await.expect(403);
        attacker.post_fields("/login", &fields).await.expect(303);
    });
}

/// The client address of the newest failed login.
async fn seen_from(world: &World) -> String {
    let events = world.admin.get("/api/v1/audit?name=auth.login_failed&limit=1").await.expect(200);
    events.text("/data/0/client")
}

#[test]
fn a_stranger_cannot_say_where_he_is_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        for number in 0..5 {
            let forged = format!("203.0.113.{number}");
            let headers = [("x-forwarded-for", forged.as_str()), ("forwarded", "for=203.0.113.9"), ("x-real-ip", "203.0.113.9")];
            guess(&world.server.anon(), &headers, "viewer", "wrong").await.expect(401);
            assert_eq!(seen_from(&world).await, "127.0.0.1");
        }
        guess(&world.server.anon(), &[("x-forwarded-for", "198.51.100.1")], "viewer", "wrong").await.expect(429);
    });
}

#[test]
fn a_trusted_proxy_says_where_the_client_is_sqlite() {
    block_on(async {
        let config = "proxy_trust_cidrs = [\"127.0.0.0/8\"]".to_owned();
        let world = World::with(Engine::Sqlite, Options { config, ..Options::default() });
        for (sent, seen) in [
            ("203.0.113.9", "203.0.113.9"),
            ("198.51.100.1, 203.0.113.10", "203.0.113.10"),
            ("203.0.113.11, 127.0.0.2", "203.0.113.11"),
            ("::ffff:203.0.113.12", "203.0.113.12"),
            ("2001:db8::9", "2001:db8::9"),
        ] {
            guess(&world.server.anon(), &[("x-forwarded-for", sent)], "viewer", "wrong").await.expect(401);
            assert_eq!(seen_from(&world).await, seen, "{sent}");
        }
        guess(&world.server.anon(), &[("x-forwarded-for", "203.0.113.9, oops")], "viewer", "wrong").await.expect(400);
        for _ in 0..4 {
            guess(&world.server.anon(), &[("x-forwarded-for", "203.0.113.9")], "nobody", "wrong").await.expect(401);
        }
        guess(&world.server.anon(), &[("x-forwarded-for", "203.0.113.9")], "nobody", "wrong").await.expect(429);
        guess(&world.server.anon(), &[("x-forwarded-for", "203.0.113.99")], "other", "wrong").await.expect(401);
        // All of a /64 is one client.
        for number in 0..4 {
            let sent = format!("2001:db8::{number}:1");
            guess(&world.server.anon(), &[("x-forwarded-for", &sent)], &format!("six-{number}"), "wrong").await.expect(401);
        }
        guess(&world.server.anon(), &[("x-forwarded-for", "2001:db8::ffff")], "six", "wrong").await.expect(429);
        guess(&world.server.anon(), &[("x-forwarded-for", "2001:db8:0:1::1")], "seven", "wrong").await.expect(401);
    });
}

const ELSEWHERE: &[&str] = &[
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "HTTPS:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "",
    "/ü",
    "/\u{0}/evil",
    "//",
    "/\\/evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2fevil.example",
    "/\r\nSet-Cookie: a=b",
];

/// A browser that follows this `Location` stays here.
fn is_local(location: &str) -> bool {
    let mut chars = location.chars();
    chars.next() == Some('/')
        && !matches!(chars.next(), Some('/' | '\\'))
        && location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02x}"))
}

#[test]
fn the_login_leads_nowhere_else_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        // Of one account only the newest sessions live on: each has its own.
        let browser = world.browser(Role::Operator).await;
        for next in ELSEWHERE {
            let answer = browser.get(&format!("/login?next={}", encoded(next))).await;
            if next.contains('\0') {
                answer.expect(400);
                continue;
            }
            let answer = answer.expect(303);
            let location = answer.header("location").expect("a target");
            assert!(is_local(location), "{next:?} led to {location:?}");
            let again = world.server.anon();
            let entered = again.form("/login", &[("name", "viewer"), ("password", World::PASSWORD), ("next", next)]).await.expect(303);
            let location = entered.header("location").expect("a target");
            assert!(is_local(location), "{next:?} led to {location:?} after the login");
            // Whoever has ten sessions is told so, in a cookie of its own.
            let cookies = entered.all("set-cookie").into_iter().filter(|cookie| !cookie.contains("flash")).count();
            assert_eq!(cookies, 2, "{next:?} set no cookie of its own");
        }
        for next in ["/subnets?q=10.0.0.0", "/audit"] {
            let answer = browser.get(&format!("/login?next={}", encoded(next))).await.expect(303);
            assert_eq!(answer.header("location"), Some(next));
        }
        let page = world.anon.get("/subnets?q=%22%3E%3Cscript%3E").await.expect(303);
        let login = page.header("location").expect("a target").to_owned();
        assert!(login.starts_with("/login?next="), "{login}");
        let form = world.anon.get(&login).await.expect(200).body;
        assert!(!form.contains("\"><script>"), "{form}");
    });
}

/// Instances that share a database share sessions, budgets and settings.
async fn two_instances_are_one(engine: Engine) {
    let world = World::start(engine);
    let twin = world.server.twin();
    set(&world.server, "fence.rules", "[]");
    let entered = world.server.anon().login("viewer", World::PASSWORD).await.expect(303);
    let session = session_cookie(&entered);
    assert_eq!((home(&world.server, &session).await, home(&twin, &session).await), (200, 200));
    for number in 0..5 {
        let server = if number % 2 == 0 { &world.server } else { &twin };
        guess(&server.anon(), &[], "admin", "wrong").await.expect(401);
    }
    guess(&world.server.anon(), &[], "viewer", "wrong").await.expect(429);
    guess(&twin.anon(), &[], "viewer", "wrong").await.expect(429);
    set(&world.server, "security.login_max_attempts", "50");
    raw(&world.server, "DELETE FROM budget").unwrap();
    for _ in 0..6 {
        guess(&twin.anon(), &[], "nobody", "wrong").await.expect(401);
    }
    let browser = twin.anon();
    browser.login("operator", World::PASSWORD).await.expect(303);
    browser.form_from("/", "/logout", &[]).await.expect(303);
    raw(&world.server, "UPDATE user_account SET session_epoch = session_epoch + 1 WHERE username = 'viewer'").unwrap();
    assert_eq!((home(&world.server, &session).await, home(&twin, &session).await), (303, 303), "a bump of the epoch ends every session");
}

#[test]
fn two_instances_are_one_postgres() {
    block_on(two_instances_are_one(Engine::Postgres));
}

#[test]
fn two_instances_are_one_mysql() {
    block_on(two_instances_are_one(Engine::Mysql));
}
