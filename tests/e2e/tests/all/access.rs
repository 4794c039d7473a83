//! Coverage of the route tables: everybody is refused where they should be, every change is recorded once, no other site can cause one.
//!
//! Nothing here lists routes: a new one is covered the moment it stands in its table, and fails until `recipe.rs` knows how to drive it.

use std::time::{Duration, Instant};

use ringfence_guard::audit::Actor;
use ringfence_guard::http::route::Access;
use ringfence_guard::permission::{self, Permission, Scope, granted};
use ringfence_kit::{Answer, Client, Engine, Method, Options, Role, World, block_on, engines};
use serde_json::json;

use crate::recipe::{self, Rows};

/// How long an import may take on a machine under load.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a coverage test needs of a route.
#[derive(Debug)]
struct Entry {
    method: Method,
    path: &'static str,
    access: Access,
    mutates: bool,
}

fn api() -> Vec<Entry> {
    let entries = ringfence_api::ROUTES.iter();
    entries.map(|r| Entry { method: r.method.clone(), path: r.path, access: r.access, mutates: r.mutates }).collect()
}

fn pages() -> Vec<Entry> {
    let entries = ringfence_web::routes();
    entries.iter().map(|r| Entry { method: r.method.clone(), path: r.path, access: r.access, mutates: r.mutates }).collect()
}

const fn role(role: Role) -> permission::Role {
    match role {
        Role::Viewer => permission::Role::Viewer,
        Role::Operator => permission::Role::Operator,
        Role::Admin => permission::Role::Admin,
    }
}

fn by_key(who: Role, scope: Scope, permission: Permission) -> bool {
    granted(&Actor::Key { key_id: 1, owner_id: 1, role: role(who), scope }, permission)
}

fn by_session(who: Role, permission: Permission) -> bool {
    granted(&Actor::User { id: 1, role: role(who) }, permission)
}

/// A request that a permitted actor is not refused for its rights, whatever else may be wrong with it.
async fn knock(client: &Client, entry: &Entry, path: &str) -> Answer {
    let body = json!({"nonsense": true});
    let body = (entry.method != Method::GET).then_some(&body);
    client.send(entry.method.clone(), path, &[], body).await
}

#[test]
fn the_tables_are_not_empty() {
    assert!(api().len() > 30 && pages().len() > 5);
    assert!(api().iter().any(|entry| entry.mutates) && pages().iter().any(|entry| entry.mutates));
}

#[test]
fn every_key_opens_what_its_role_and_scope_allow_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let rows = Rows::make(&world.operator, 1).await;
        let mut holders = Vec::new();
        for who in Role::ALL {
            for scope in Scope::ALL {
                let key = world.server.create_key(who.name(), scope.as_str(), scope.as_str());
                holders.push((who, *scope, Client::key(&world.server.base(), &key)));
            }
        }
        for entry in api() {
            let path = rows.fill(entry.path);
            let anonymous = knock(&world.anon, &entry, &path).await;
            let Access::Api(permission) = entry.access else {
                assert_eq!(entry.access, Access::Public, "{entry:?} is no route for programs");
                assert_eq!(anonymous.status, 200, "{entry:?}");
                continue;
            };
            assert_eq!(anonymous.status, 401, "{entry:?} by nobody");
            for (who, scope, client) in &holders {
                let status = knock(client, &entry, &path).await.status;
                if by_key(*who, *scope, permission) {
                    assert!(![401, 403].contains(&status) && status < 500, "{entry:?} by {who:?} with {scope}: {status}");
                } else {
                    assert_eq!(status, 403, "{entry:?} by {who:?} with {scope}");
                }
            }
            // A session is no key.
            let browser = world.browser(Role::Admin).await;
            assert_eq!(knock(&browser, &entry, &path).await.status, 401, "{entry:?} by a session");
        }
    });
}

#[test]
fn every_page_opens_to_whom_the_policy_says_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let rows = Rows::make(&world.operator, 1).await;
        for entry in pages() {
            let path = rows.fill(entry.path);
            let permission = match entry.access {
                Access::Session(permission) => permission,
                Access::Pending => Permission::SelfRead,
                access => {
                    assert_eq!(access, Access::Public, "{entry:?} is no page");
                    continue;
                }
            };
            if entry.method == Method::GET {
                let anonymous = world.anon.get(&path).await;
                assert_eq!(anonymous.status, 303, "{entry:?} by nobody: {}", anonymous.body);
                assert!(anonymous.header("location").is_some_and(|to| to == "/login" || to.starts_with("/login?next=")), "{entry:?}");
                let key = world.admin.get(&path).await;
                assert_eq!(key.status, 303, "{entry:?} by a key");
            } else {
                let csrf = world.anon.csrf("/login").await;
                assert_eq!(world.anon.post_fields(&path, &[("csrf", &csrf)]).await.status, 403, "{entry:?} by nobody");
            }
            for who in Role::ALL {
                let browser = world.browser(who).await;
                let answer = if entry.method == Method::GET {
                    browser.get(&path).await
                } else {
                    let csrf = browser.csrf("/").await;
                    recipe::post(&browser, &path, &[], &[("csrf", &csrf)]).await
                };
                let status = answer.status;
                if by_session(who, permission) {
                    assert!(![401, 403].contains(&status) && status < 500, "{entry:?} by {who:?}: {status}\n{}", answer.body);
                    let away = entry.path != "/logout" && answer.header("location").is_some_and(|to| to.starts_with("/login"));
                    assert!(!away && (entry.method != Method::GET || [200, 303, 404].contains(&status)), "{entry:?} by {who:?}: {status}");
                } else {
                    assert_eq!(status, 403, "{entry:?} by {who:?}");
                }
            }
        }
    });
}

/// The id of the newest event.
async fn newest(world: &World) -> i64 {
    world.admin.get("/api/v1/audit?limit=1").await.expect(200).number("/data/0/id")
}

/// The names of the events after that one, oldest first.
async fn since(world: &World, id: i64) -> Vec<String> {
    let list = world.admin.get("/api/v1/audit?limit=100").await.expect(200).json();
    let rows = list["data"].as_array().expect("a list").iter().rev();
    rows.filter(|event| event["id"].as_i64() > Some(id)).map(|event| event["name"].as_str().expect("a name").to_owned()).collect()
}

engines! {
    async fn every_change_over_the_api_leaves_one_event(engine) {
        let world = World::start(engine);
        for (number, entry) in api().into_iter().enumerate() {
            let rows = Rows::make(&world.operator, u8::try_from(number).unwrap()).await;
            let before = newest(&world).await;
            let path = rows.fill(entry.path);
            if !entry.mutates {
                knock(&world.admin, &entry, &path).await;
                assert_eq!(since(&world, before).await, Vec::<String>::new(), "{entry:?} changes nothing");
                continue;
            }
            let body = rows.body(&entry.method, entry.path).unwrap_or_else(|| panic!("{entry:?} has no recipe: add one to recipe.rs"));
            let path = format!("{path}{}", Rows::query(&entry.method, entry.path));
            let answer = world.admin.send(entry.method.clone(), &path, &[], (!body.is_null()).then_some(&body)).await;
            assert!((200..300).contains(&answer.status), "{entry:?} answered {}: {}", answer.status, answer.body);
            let events = since(&world, before).await;
            assert_eq!(events.len(), 1, "{entry:?} left {events:?}");
            // The same again, refused or not, never leaves a second one without a change.
            let before = newest(&world).await;
            let viewer = world.viewer.send(entry.method.clone(), &path, &[], (!body.is_null()).then_some(&body)).await;
            assert_eq!((viewer.status, since(&world, before).await), (403, vec!["access.denied".to_owned()]), "{entry:?} by a viewer");
        }
        world.server.cli(&["check"], "").success();
    }

    async fn every_change_on_a_page_leaves_one_event(engine) {
        let world = World::with(engine, Options { public: true, ..Options::default() });
        for (number, entry) in pages().into_iter().enumerate().filter(|(_, entry)| entry.method != Method::GET) {
            // One-time links and passwords have stories of their own.
            if ["/account/password", "/browser/{token}", "/email/{token}", "/reset/{token}", "/setup/{token}"].contains(&entry.path) {
                continue;
            }
            let rows = Rows::make(&world.operator, u8::try_from(number).unwrap()).await;
            let browser = world.browser(Role::Admin).await;
            let at = recipe::prepare(&world, &browser, &rows, entry.path).await;
            let before = newest(&world).await;
            let answer = recipe::page(&world, &browser, &rows, entry.path, &at).await;
            let answer = answer.unwrap_or_else(|| panic!("{entry:?} has no recipe: add one to recipe.rs"));
            assert!([200, 204, 303].contains(&answer.status), "{entry:?} answered {}: {}", answer.status, answer.body);
            let expected = if entry.mutates { recipe::events(entry.path) } else { 0 };
            // An import goes on behind its answer: its event is the last thing that it does. Asking is what takes the time.
            let begun = Instant::now();
            while since(&world, before).await.len() < expected && begun.elapsed() < PATIENCE {}
            let events = since(&world, before).await;
            assert_eq!(events.len(), expected, "{entry:?} left {events:?}");
        }
        world.server.cli(&["check"], "").success();
    }
}

engines! {
    async fn every_page_opens_for_an_admin(engine) {
        let world = World::start(engine);
        let rows = Rows::make(&world.operator, 1).await;
        let browser = world.browser(Role::Admin).await;
        for entry in pages().into_iter().filter(|entry| entry.method == Method::GET && matches!(entry.access, Access::Session(_))) {
            let answer = browser.get(&rows.fill(entry.path)).await;
            assert!([200, 303, 404].contains(&answer.status), "{entry:?}: {}\n{}", answer.status, answer.body);
        }
    }
}

/// What another site can make a browser send: with the cookies that it has, but from there.
const FOREIGN: &[(&str, &[(&str, &str)])] = &[
    ("cross-site", &[("sec-fetch-site", "cross-site")]),
    ("same-site", &[("sec-fetch-site", "same-site")]),
    ("none", &[("sec-fetch-site", "none")]),
    ("cross-site with our origin", &[("sec-fetch-site", "cross-site")]),
    ("foreign origin", &[("sec-fetch-site", ""), ("origin", "https://evil.example")]),
    ("null origin", &[("sec-fetch-site", ""), ("origin", "null")]),
    ("no origin", &[("sec-fetch-site", ""), ("origin", "")]),
];

#[test]
fn no_other_site_changes_anything_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        let rows = Rows::make(&world.operator, 1).await;
        for entry in pages().into_iter().filter(|entry| entry.method != Method::GET) {
            let path = rows.fill(entry.path);
            let (client, page) = match entry.access {
                Access::Public => (world.server.anon(), "/login"),
                _ => (world.browser(Role::Admin).await, "/"),
            };
            let csrf = client.csrf(page).await;
            for (case, headers) in FOREIGN {
                let answer = recipe::post(&client, &path, headers, &[("csrf", &csrf)]).await;
                assert_eq!(answer.status, 403, "{entry:?}: {case}");
            }
            for (case, token) in [("none", None), ("empty", Some("")), ("wrong", Some("AAAA")), ("cut", csrf.get(..20))] {
                let fields: Vec<(&str, &str)> = token.map(|token| ("csrf", token)).into_iter().collect();
                let answer = recipe::post(&client, &path, &[], &fields).await;
                assert_eq!(answer.status, 403, "{entry:?}: token {case}");
            }
            let stolen = world.server.anon().csrf("/login").await;
            assert_eq!(recipe::post(&client, &path, &[], &[("csrf", &stolen)]).await.status, 403, "{entry:?}: somebody else's token");
            let own = recipe::post(&client, &path, &[], &[("csrf", &csrf)]).await;
            assert_ne!(own.status, 403, "{entry:?}: the same from our own page is let in");
            let old = recipe::post(&client, &path, &[("sec-fetch-site", "")], &[("csrf", &csrf)]).await;
            assert!(old.status != 403 || entry.path == "/logout", "{entry:?}: an old browser sends Origin alone");
        }
    });
}
