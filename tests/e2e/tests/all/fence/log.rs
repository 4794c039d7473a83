//! What other programs read: the log by fail2ban, and the documents by people.

use ringfence_kit::{Engine, Server, block_on};

use super::{behind_a_proxy, form};

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
