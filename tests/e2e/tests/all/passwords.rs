//! The lists of passwords that nobody may choose, by the command line beside a running server: what goes in, what is said of it, and what
//! is said when it is no longer what it was.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ringfence_guard::password::blocklist::Lists;
use ringfence_guard::password::policy::Listed as _;
use ringfence_kit::{Engine, Options, Server, World, engines};
use serde_json::{Value, json};

/// SHA-1 and NT hash of `blue harbour`.
const SHA1: &str = "b3836860113a9167d9a376c79f903eff3799868a";
const NT: &str = "085de04477f308ab4ff006c33c61a7d3";

/// A list in a file of its own.
fn list(server: &Server, text: impl AsRef<[u8]>) -> String {
    let path = server.room().join("list.txt");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn filter(server: &Server) -> PathBuf {
    server.data_dir().join("passwordBlacklist.filter")
}

/// Whether the server would find it in a list.
fn listed(server: &Server, candidate: &str) -> Result<bool, String> {
    Lists::of(&server.data_dir()).open().contains(candidate).map_err(|error| error.0)
}

engines! {
    async fn an_import_is_in_use_at_once_and_in_the_trail(engine) {
        let world = World::start(engine);
        let server = &world.server;
        assert_eq!(server.cli(&["passwords", "status", "--json"], "").json()["imported"], Value::Null);
        let said = server.cli(&["passwords", "import", &list(server, "blue harbour\r\nzephyr quay\r\nblue harbour\r\n")], "").success();
        assert!(said.starts_with("imported and in use: 3 entries (plain), 2 of them different, "), "{said}");
        assert_eq!((listed(server, "zephyr quay"), listed(server, "red harbour")), (Ok(true), Ok(false)));

        let events = world.admin.get("/api/v1/audit?name=password_list.imported").await.expect(200);
        assert_eq!(events.number("/data/0/details/entries"), 3);
        assert_eq!((events.text("/data/0/actor_kind"), events.text("/data/0/details/kind")), ("console".to_owned(), "plain".to_owned()));
        assert!(!events.body.contains("harbour"), "{}", events.body);
        server.cli(&["audit", "verify"], "").success();
        server.cli(&["check"], "").success();
    }
}

#[test]
fn each_kind_goes_in_guessed_or_named_sqlite() {
    let server = Server::start(Engine::Sqlite);
    for (text, kind) in
        [("blue harbour\nquay\n".to_owned(), "plain"), (format!("{SHA1}:7\n"), "sha1"), (format!("{}\n", NT.to_uppercase()), "nt")]
    {
        let path = list(&server, &text);
        for more in [&[][..], &["--kind", kind]] {
            let made = server.cli(&[&["passwords", "import", &path, "--json"][..], more].concat(), "").json();
            assert_eq!((&made["kind"], &made["entries"]), (&json!(kind), &json!(text.lines().count())), "{made}");
            assert_eq!(listed(&server, "blue harbour"), Ok(true), "{kind}");
            assert_eq!(fs::metadata(filter(&server)).unwrap().permissions().mode() & 0o777, 0o600);
            let status = server.cli(&["passwords", "status", "--json"], "").json();
            assert_eq!((&status["imported"], &status["own"], &status["troubles"]), (&made, &Value::Null, &json!([])));
            assert!(status["shipped"]["entries"].as_u64() >= Some(10_000), "{status}");
        }
    }
    let said = server.cli(&["passwords", "status"], "").success();
    assert!(said.contains("text file: none") && said.contains("imported: 1 entries (nt)") && said.contains("whole"), "{said}");
}

#[test]
fn what_does_not_go_in_leaves_what_was_there_sqlite() {
    let server = Server::start(Engine::Sqlite);
    server.cli(&["passwords", "import", &list(&server, "blue harbour\n")], "").success();
    let before = fs::read(filter(&server)).unwrap();
    for (text, kind, said) in [
        (&b"\n\n"[..], "plain", "the list is empty"),
        (format!("{SHA1}\nsecret words\n").as_bytes(), "sha1", "line 2 is not a SHA-1 hash"),
        (b"\xff\xfea\0\n\0", "plain", "UTF-16"),
        (b"PK\x03\x04", "plain", "compressed"),
    ] {
        let refused = server.cli(&["passwords", "import", &list(&server, text), "--kind", kind], "").failure(1);
        assert!(refused.contains(said) && !refused.contains("secret"), "{refused}");
    }
    let path = list(&server, format!("{SHA1}\n{NT}\n"));
    assert!(server.cli(&["passwords", "import", &path], "").failure(1).contains("--kind"));
    assert!(server.cli(&["passwords", "import", "/no/such/list"], "").failure(1).contains("/no/such/list"));
    assert_eq!(server.cli(&["passwords", "import", &path, "--kind", "md5"], "").code, Some(2));
    assert_eq!(fs::read(filter(&server)).unwrap(), before);
}

#[test]
fn the_text_file_counts_as_it_stands_sqlite() {
    let server = Server::start(Engine::Sqlite);
    let own = server.data_dir().join("passwordBlacklist.txt");
    fs::write(&own, "  Blue Harbour \r\n\r\ncr\u{e8}me\r\n").unwrap();
    assert_eq!((listed(&server, "blue harbour"), listed(&server, "quay")), (Ok(true), Ok(false)));
    let status = server.cli(&["passwords", "status", "--json"], "").json();
    assert_eq!(status["own"]["entries"], json!(2));
    fs::write(&own, "x".repeat(2 << 20)).unwrap();
    for verb in [&["passwords", "status"][..], &["check"]] {
        let output = server.cli(verb, "");
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(output.stdout.contains("passwordBlacklist.txt") && output.stdout.contains("ringfence passwords import"), "{output:?}");
    }
    assert!(listed(&server, "quay").is_err());
}

#[test]
fn a_list_that_is_damaged_or_gone_is_told_by_check_by_status_and_at_the_start_sqlite() {
    let mut server = Server::with(Engine::Sqlite, Options::default());
    server.cli(&["passwords", "import", &list(&server, "blue harbour\n")], "").success();
    server.cli(&["check"], "").success();
    let good = fs::read(filter(&server)).unwrap();
    let mut bad = good.clone();
    bad[4_200] ^= 1;
    for (bytes, said) in [(Some(&bad[..]), "is damaged"), (Some(&good[..5_000]), "is cut off"), (None, "has gone")] {
        match bytes {
            Some(bytes) => fs::write(filter(&server), bytes).unwrap(),
            None => fs::remove_file(filter(&server)).unwrap(),
        }
        assert!(listed(&server, "quay").unwrap_err().contains(said));
        for verb in [&["check"][..], &["passwords", "status"]] {
            let output = server.cli(verb, "");
            assert_eq!(output.code, Some(1), "{output:?}");
            assert!(output.stdout.contains(said) && output.stdout.contains("passwordBlacklist.filter"), "{output:?}");
        }
        server.terminate();
        server.restart();
        let started = Instant::now();
        while !server.log().contains(said) {
            assert!(started.elapsed() < Duration::from_secs(30), "{said}: {}", server.log());
            std::thread::yield_now();
        }
    }
    server.cli(&["passwords", "import", &list(&server, "zephyr quay\n")], "").success();
    server.cli(&["check"], "").success();
    assert_eq!(listed(&server, "zephyr quay"), Ok(true));
}
