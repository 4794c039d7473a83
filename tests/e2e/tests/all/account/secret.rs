//! What a copy of the database is worth to whoever took it: nothing that opens a door.

use ringfence_kit::{Engine, World, block_on, smtp};

use super::{NEW, change, cookies, mailing, make};

#[test]
fn a_copy_of_the_database_opens_nothing_sqlite() {
    block_on(async {
        let (mut world, sink) = mailing(Engine::Sqlite);
        make(&world.server, "ada", &[]);
        sink.behave(smtp::Behaviour::Refuse(smtp::Stage::Recipient, "451 later".into()));
        let browser = world.server.anon();
        let entered = browser.login("ada", World::PASSWORD).await.expect(303);
        browser.form("/forgot", &[("name", "ada")]).await;
        let link = world.server.cli(&["user", "link", "ada"], "").success();
        let key = world.server.create_key("ada", "planted", "read");
        change(&browser, World::PASSWORD, NEW).await.expect(303);
        world.server.cli(&["setting", "set", "smtp.auth_pass", "--stdin"], "planted-Secret-of-mail").success();
        let mut planted: Vec<String> = vec![World::PASSWORD.into(), NEW.into(), key.clone(), "planted-Secret-of-mail".into()];
        planted.push(link.trim().rsplit('/').next().unwrap().to_owned());
        planted.extend(cookies(&entered).split("; ").filter_map(|pair| pair.split_once('=').map(|(_, value)| value.to_owned())));
        world.server.terminate();
        let mut bytes = Vec::new();
        for file in ["ringfence.db", "ringfence.db-wal"] {
            bytes.extend(std::fs::read(world.server.data_dir().join(file)).unwrap_or_default());
        }
        assert!(bytes.windows(3).any(|window| window == b"ada"), "this is the database");
        let database = rusqlite::Connection::open(world.server.data_dir().join("ringfence.db")).unwrap();
        let waiting: i64 = database.query_row("SELECT COUNT(*) FROM mail WHERE state = 'waiting'", [], |row| row.get(0)).unwrap();
        assert!(waiting > 0, "a letter with a link waits");
        assert!(!bytes.windows(7).any(|window| window == b"/reset/"), "letters are sealed");
        for secret in planted {
            assert!(secret.len() > 12, "{secret}");
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in the database");
        }
    });
}
