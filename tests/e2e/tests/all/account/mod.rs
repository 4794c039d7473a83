//! Passwords, accounts and sessions, as people and programs meet them over https. One file per matter.

mod language;
mod link;
mod password;
mod secret;
mod session;
mod user;

use std::time::Duration;

use ringfence_kit::smtp::{self, SmtpSink};
use ringfence_kit::{Answer, Client, Engine, Method, Options, Server, World};

const NEW: &str = "quince-Marble-orbit-77";

/// A world whose server mails links to a sink.
fn mailing(engine: Engine) -> (World, SmtpSink) {
    mailing_with(engine, "")
}

/// The same with these lines in its configuration.
fn mailing_with(engine: Engine, config: &str) -> (World, SmtpSink) {
    let world = World::with(engine, Options { public: true, config: config.to_owned(), ..Options::default() });
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
