//! How each changing route is driven with a valid request, and how the parameters of a path are filled with what really exists.
//!
//! A route without a recipe fails the coverage tests: whoever adds a route adds its line here.

use ringfence_kit::smtp::{self, SmtpSink};
use ringfence_kit::{Answer, Client, Method, World};
use serde_json::{Value, json};

use crate::contract::make;

/// Rows of their own for one request, so that recipes neither meet nor depend on order.
#[derive(Debug)]
pub struct Rows {
    number: u8,
    pub subnet: i64,
    pub address: i64,
    pub site: i64,
    pub vrf: i64,
    pub vlan: i64,
    pub tag: i64,
}

impl Rows {
    /// New rows; `number` is used once in a world, and makes names and prefixes differ.
    pub async fn make(c: &Client, number: u8) -> Self {
        let vrf = make(c, "/api/v1/vrfs", json!({"name": format!("vrf {number}")})).await;
        let subnet = make(c, "/api/v1/subnets", json!({"prefix": format!("10.{number}.0.0/16")})).await;
        make(c, "/api/v1/subnets", json!({"prefix": format!("10.{number}.8.0/24")})).await;
        Self {
            number,
            subnet,
            address: make(c, "/api/v1/addresses", json!({"address": format!("10.{number}.0.9")})).await,
            site: make(c, "/api/v1/sites", json!({"name": format!("site {number}")})).await,
            vrf,
            vlan: make(c, "/api/v1/vlans", json!({"vid": 1000 + u16::from(number)})).await,
            tag: make(c, "/api/v1/tags", json!({"name": format!("tag {number}")})).await,
        }
    }

    /// The path with its parameters filled.
    pub fn fill(&self, path: &str) -> String {
        let mut filled: Vec<String> = Vec::new();
        for segment in path.split('/') {
            let before = filled.last().map_or("", String::as_str);
            let text = match (before, segment) {
                ("subnets", "{id}") => self.subnet.to_string(),
                ("addresses", "{id}") => self.address.to_string(),
                ("sites", "{id}") => self.site.to_string(),
                ("vrfs", "{id}") => self.vrf.to_string(),
                ("vlans", "{id}") => self.vlan.to_string(),
                ("tags", "{id}") => self.tag.to_string(),
                ("api-keys" | "import" | "imports", "{id}") => "7777".to_owned(),
                ("settings", "{group}") => "session".to_owned(),
                ("users" | "sessions", "{id}") => "7777".to_owned(),
                ("setup" | "browser" | "reset" | "email", "{token}") => "no-such-token".to_owned(),
                ("assets", "{*path}") => "none.css".to_owned(),
                (_, segment) => {
                    assert!(!segment.contains('{'), "nothing is known to fill {path} with: add it to recipe.rs");
                    segment.to_owned()
                }
            };
            filled.push(text);
        }
        filled.join("/")
    }

    /// A valid body of a changing route of the API; none for a route without a recipe.
    pub fn body(&self, method: &Method, path: &str) -> Option<Value> {
        let n = self.number;
        Some(match (method.as_str(), path) {
            ("POST", "/api/v1/addresses") => json!({"address": format!("10.{n}.0.10"), "hostname": "h"}),
            ("PATCH", "/api/v1/addresses/{id}") => json!({"hostname": "changed"}),
            ("POST", "/api/v1/sites") => json!({"name": format!("new site {n}")}),
            ("PATCH", "/api/v1/sites/{id}") => json!({"name": format!("changed site {n}")}),
            ("POST", "/api/v1/subnets") => json!({"prefix": format!("10.{n}.9.0/24"), "tags": [format!("made by the way {n}")]}),
            ("PATCH", "/api/v1/subnets/{id}") => json!({"name": "changed"}),
            ("POST", "/api/v1/subnets/{id}/addresses/next") => json!({"count": 3, "tags": [format!("handed out {n}")]}),
            ("POST", "/api/v1/subnets/{id}/subnets/next") => json!({"length": 24, "count": 3}),
            ("POST", "/api/v1/tags") => json!({"name": format!("new tag {n}")}),
            ("PATCH", "/api/v1/tags/{id}") => json!({"name": format!("changed tag {n}")}),
            ("POST", "/api/v1/vlans") => json!({"vid": 2000 + u16::from(n)}),
            ("PATCH", "/api/v1/vlans/{id}") => json!({"name": "changed"}),
            ("POST", "/api/v1/vrfs") => json!({"name": format!("new vrf {n}")}),
            ("PATCH", "/api/v1/vrfs/{id}") => json!({"name": format!("changed vrf {n}")}),
            ("DELETE", "/api/v1/addresses/{id}" | "/api/v1/sites/{id}" | "/api/v1/subnets/{id}") => Value::Null,
            ("DELETE", "/api/v1/tags/{id}" | "/api/v1/vlans/{id}" | "/api/v1/vrfs/{id}") => Value::Null,
            _ => return None,
        })
    }

    /// The query that makes a deletion complete.
    pub fn query(method: &Method, path: &str) -> &'static str {
        if *method == Method::DELETE && path == "/api/v1/subnets/{id}" { "?cascade=true" } else { "" }
    }
}

/// Sends these fields to a changing page, in the encoding that its form has.
pub async fn post(client: &Client, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
    if path == "/import" {
        client.upload(path, headers, fields, ("plan.csv", b"name\n")).await
    } else {
        client.post_fields_as(path, headers, fields).await
    }
}

/// What must be there before a page's form can be sent, made outside the count: gives the path that the form is sent to.
pub async fn prepare(world: &World, browser: &Client, rows: &Rows, path: &str) -> String {
    match path {
        "/account/sessions/{id}/end" => {
            let shown = browser.get("/account/sessions").await.expect(200);
            let (before, _) = shown.body.split_once("/end\"").expect("there are other sessions");
            format!("{}/end", before.rsplit('"').next().expect("the path before"))
        }
        path if path.starts_with("/users/{id}") => {
            let name = format!("kept-{}", rows.number);
            let made = world.server.cli(&["--json", "user", "create", &name, "--role", "viewer", "--password-stdin"], World::PASSWORD);
            let made: Value = serde_json::from_str(&made.success()).expect("JSON");
            path.replace("{id}", &made["id"].to_string())
        }
        "/account/email" | "/forgot" | "/login/link" | "/settings/mail/test" => {
            mail_to_a_sink(world);
            let mailed = ["user", "create", "mailed", "--role", "viewer", "--email", "mailed@example.org", "--password-stdin"];
            // There already when the other of the two came before.
            let _made = world.server.cli(&mailed, World::PASSWORD);
            path.to_owned()
        }
        "/security/sign-ins/open" => {
            // Six wrong keys of a stranger, and there is something to open.
            world.server.cli(&["setting", "set", "security.login_max_attempts", "2"], "").success();
            for _ in 0..3 {
                world.server.anon().form("/login", &[("name", "nobody"), ("password", "wrong")]).await;
            }
            path.to_owned()
        }
        "/api-keys/{id}/revoke" => {
            let shown = browser.submit("/api-keys", "/api-keys", &[("name", "to be revoked")]).await.expect(200);
            let (before, _) = shown.body.split_once("/revoke\"").expect("the new key can be revoked");
            format!("{}/revoke", before.rsplit('"').next().expect("the path before"))
        }
        "/import/{id}/apply" => format!("{}/apply", plan(browser, rows.number).await.header("location").expect("a plan")),
        path => rows.fill(path),
    }
}

/// From now on mail goes to a server that takes everything and delivers nothing, as long as the test runs.
fn mail_to_a_sink(world: &World) {
    let sink = Box::leak(Box::new(SmtpSink::start(smtp::Options::default())));
    let port = sink.port().to_string();
    for (key, value) in [
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", port.as_str()),
        ("smtp.encryption", "none"),
        ("smtp.from_address", "ringfence@example.org"),
        ("smtp.enabled", "true"),
    ] {
        world.server.cli(&["setting", "set", key, value], "").success();
    }
}

/// The dry run of a file with one new site.
async fn plan(browser: &Client, number: u8) -> Answer {
    let csrf = browser.csrf("/import").await;
    let fields = [("csrf", csrf.as_str()), ("kind", "sites"), ("vrf", ""), ("on_duplicate", "skip"), ("ignore", "")];
    browser.upload("/import", &[], &fields, ("plan.csv", format!("name\nimported {number}\n").as_bytes())).await
}

/// A changing page, driven as a person does: its form is opened, filled and sent. None for a page without a recipe. `at` is what [`prepare`]
/// gave.
pub async fn page(world: &World, browser: &Client, rows: &Rows, path: &str, at: &str) -> Option<Answer> {
    let n = rows.number;
    let (name, prefix, address) = (format!("by page {n}"), format!("10.{n}.77.0/24"), format!("10.{n}.0.78"));
    let (vid, subnet) = ((3000 + u16::from(n)).to_string(), format!("/subnets/{}", rows.subnet));
    let name = ("name", name.as_str());
    Some(match path {
        "/login" => world.server.anon().form("/login", &[("name", "operator"), ("password", World::PASSWORD)]).await,
        "/account" => browser.submit("/account", at, &[("display_name", "Somebody else")]).await,
        "/account/email" => browser.form_from("/account", at, &[("email", "another@example.org"), ("current", World::PASSWORD)]).await,
        "/account/sessions/end-others" | "/account/sessions/{id}/end" | "/account/stay" => {
            browser.form_from("/account/sessions", at, &[]).await
        }
        "/forgot" => world.server.anon().form_from("/forgot", at, &[("name", "mailed")]).await,
        "/language" => world.server.anon().form_from("/login", at, &[("language", "fr")]).await,
        "/password/judge" => browser.form_from("/account/password", at, &[("password", "correct horse")]).await,
        "/users" => {
            let name = format!("invited-{n}");
            browser.form_from("/users", at, &[("name", &name), ("role", "viewer"), ("sending", "show")]).await
        }
        "/users/{id}" => browser.submit(at, at, &[("display_name", "Somebody else")]).await,
        path if path.starts_with("/users/{id}/") => {
            let kept = format!("kept-{n}");
            let fields = [("name", kept.as_str()), ("reason", "a test"), ("active", "no"), ("role", "operator"), ("sending", "show")];
            browser.form_from("/users", at, &fields).await
        }
        "/login/link" => {
            let anon = world.server.anon();
            anon.form_from("/login", at, &[("name", "mailed")]).await
        }
        "/security/fence/import" => browser.form_from("/security/fence", at, &[("text", "no_answer_duration = 901"), ("apply", "1")]).await,
        "/security/fence/rules" => browser.submit("/security/fence", at, &[("act", "save"), ("min_level", "4")]).await,
        "/security/fence/settings" => browser.submit("/security/fence", at, &[("fence.no_answer_duration", "902")]).await,
        "/security/sign-ins/open" => browser.submit("/security/sign-ins", at, &[("reason", "it was me")]).await,
        "/settings/mail" => browser.submit("/settings/mail", at, &[("smtp.from_name", "Ringfence of the test")]).await,
        "/settings/{group}" => browser.form_from("/settings", at, &[("security.session_idle_seconds", "1801")]).await,
        "/settings/mail/test" => browser.submit("/settings/mail", at, &[("to", "admin@example.org")]).await,
        "/logout" | "/audit/verify" => browser.form_from("/", at, &[]).await,
        "/theme" => browser.form_from("/", at, &[("theme", "dark"), ("back", "/")]).await,
        "/api-keys/{id}/revoke" => browser.form_from("/api-keys", at, &[]).await,
        "/demo" => browser.form_from("/", at, &[]).await,
        "/import" => plan(browser, n).await,
        "/import/{id}/apply" => browser.submit(at.trim_end_matches("/apply"), at, &[]).await,
        "/api-keys" | "/sites" | "/tags" | "/vrfs" => browser.submit(path, at, &[name]).await,
        "/vlans" => browser.submit(path, at, &[("vid", &vid)]).await,
        "/subnets" => browser.submit("/subnets/new", at, &[("prefix", &prefix), ("tags", "new-by-page")]).await,
        "/addresses" => browser.submit(&subnet, at, &[("address", &address)]).await,
        "/subnets/{id}/addresses/next" => browser.submit(&subnet, at, &[("hostname", "by-page")]).await,
        "/subnets/{id}/subnets/next" => browser.submit(&subnet, at, &[("length", "/27")]).await,
        "/vlans/{id}/edit" | "/sites/{id}/edit" | "/tags/{id}/edit" | "/vrfs/{id}/edit" | "/subnets/{id}/edit" => {
            browser.submit(at, at, &[name]).await
        }
        "/addresses/{id}/edit" => browser.submit(at, at, &[("hostname", "changed")]).await,
        "/subnets/{id}/delete" => browser.submit(at, at, &[("confirm", &format!("10.{n}.0.0/16"))]).await,
        "/addresses/{id}/delete" | "/vlans/{id}/delete" | "/sites/{id}/delete" | "/tags/{id}/delete" | "/vrfs/{id}/delete" => {
            browser.submit(at, at, &[]).await
        }
        _ => return None,
    })
}

/// How many events a changing page leaves: one, but for the demo, which is a dry run and an import of each of its six files.
pub fn events(path: &str) -> usize {
    if path == "/demo" { 6 } else { 1 }
}
