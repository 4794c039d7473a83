//! The audit trail: it cannot be changed, and if it was all the same, that is found.

use mysql::prelude::Queryable as _;
use ringfence_kit::{Engine, Server, World, engines};
use serde_json::json;

use crate::contract::make;

const LOGS: [&str; 3] = ["audit_event", "audit_seal", "object_change"];

/// A statement on the database itself, past the program.
pub fn raw(server: &Server, sql: &str) -> Result<(), String> {
    let run = || match server.engine() {
        Engine::Sqlite => {
            let file = server.data_dir().join("ringfence.db");
            let connection = rusqlite::Connection::open(file).expect("the file opens");
            connection.execute_batch(sql).map_err(|error| error.to_string())
        }
        Engine::Postgres => {
            let url = server.database_url().expect("a server has a URL");
            let mut client = postgres::Client::connect(url, postgres::NoTls).expect("the server answers");
            client.batch_execute(sql).map_err(|error| format!("{error:?}"))
        }
        Engine::Mysql => {
            let url = server.database_url().expect("a server has a URL");
            let mut client = mysql::Conn::new(mysql::Opts::from_url(url).expect("a URL")).expect("the server answers");
            client.query_drop(sql).map_err(|error| error.to_string())
        }
    };
    // The drivers block, and one of them holds a runtime of its own.
    std::thread::scope(|scope| scope.spawn(run).join()).expect("the statement ends")
}

/// Takes a trigger away, as somebody with the password of the database could.
fn drop_trigger(server: &Server, table: &str, verb: &str) {
    let on = if server.engine() == Engine::Postgres { format!(" ON {table}") } else { String::new() };
    raw(server, &format!("DROP TRIGGER {table}_no_{verb}{on}")).unwrap();
}

/// Asks until the job has sealed the first events: it runs every few seconds.
fn wait_for_seal(server: &Server) {
    while server.cli(&["audit", "verify", "--json"], "").json()["sealed"] == 0 {}
}

/// What `ringfence audit verify` says of a trail that was changed.
fn fault(server: &Server) -> String {
    let json = server.cli(&["audit", "verify", "--json"], "");
    assert_eq!(json.code, Some(1), "{json:?}");
    let output = server.cli(&["audit", "verify"], "");
    assert_eq!(output.code, Some(1), "{output:?}");
    output.stdout
}

engines! {
    async fn the_trail_cannot_be_changed_unseen(engine) {
        let mut world = World::start(engine);
        make(&world.operator, "/api/v1/sites", json!({"name": "Oslo"})).await;
        wait_for_seal(&world.server);
        for table in LOGS {
            for sql in [format!("UPDATE {table} SET id = id"), format!("DELETE FROM {table}")] {
                let refused = raw(&world.server, &sql).expect_err(&sql);
                assert!(refused.contains("append-only"), "{sql}: {refused}");
            }
        }
        if engine == Engine::Postgres {
            raw(&world.server, "TRUNCATE audit_event CASCADE").expect_err("no truncation either");
        }
        let said = world.server.cli(&["audit", "verify"], "").success();
        assert!(said.contains("unchanged"), "{said}");

        assert_eq!(world.server.terminate().code(), Some(0));
        let created = "SELECT id FROM audit_event WHERE name = 'site.created'";
        drop_trigger(&world.server, "object_change", "update");
        let alter = |from: &str, to: &str| {
            let sql = format!("UPDATE object_change SET after_state = REPLACE(after_state, '{from}', '{to}') WHERE event_id IN ({created})");
            raw(&world.server, &sql).unwrap();
        };
        alter("Oslo", "Omsk");
        assert!(fault(&world.server).contains("changed was altered"), "{}", fault(&world.server));
        alter("Omsk", "Oslo");
        world.server.cli(&["audit", "verify"], "").success();

        drop_trigger(&world.server, "audit_event", "update");
        raw(&world.server, "UPDATE audit_event SET request_id = 'forged' WHERE id = 1").unwrap();
        assert!(fault(&world.server).contains("event 1 was changed"), "{}", fault(&world.server));

        drop_trigger(&world.server, "audit_event", "delete");
        drop_trigger(&world.server, "object_change", "delete");
        raw(&world.server, "DELETE FROM object_change WHERE event_id = 1").unwrap();
        raw(&world.server, "DELETE FROM audit_event WHERE id = 1").unwrap();
        assert!(fault(&world.server).contains("event 1 is missing"), "{}", fault(&world.server));

        drop_trigger(&world.server, "audit_seal", "update");
        raw(&world.server, "UPDATE audit_seal SET first_id = first_id, last_id = last_id + 1, hash = previous WHERE id = 1").unwrap();
        assert!(fault(&world.server).contains("seal 1"), "{}", fault(&world.server));
    }

    /// Whoever may write to the database cuts off the end of the log, seals and all, and the rest is sound by itself.
    async fn the_end_of_the_trail_cannot_be_cut_off_unseen(engine) {
        let mut world = World::start(engine);
        make(&world.operator, "/api/v1/sites", json!({"name": "Oslo"})).await;
        wait_for_seal(&world.server);
        assert_eq!(world.server.terminate().code(), Some(0));
        for table in LOGS {
            drop_trigger(&world.server, table, "delete");
        }
        for table in ["object_change", "audit_seal", "audit_event"] {
            raw(&world.server, &format!("DELETE FROM {table}")).unwrap();
        }
        assert!(fault(&world.server).contains("the end of the log was cut off"), "{}", fault(&world.server));

        // An older database was put back on purpose: the operator says so.
        std::fs::remove_file(world.server.data_dir().join("audit.seal")).unwrap();
        world.server.cli(&["audit", "verify"], "").success();
    }

    /// Rows before the first number are no place to hide, and a seal's end cannot be moved to keep what follows from being sealed.
    async fn nothing_is_hidden_before_the_first_or_behind_the_last_row(engine) {
        let mut world = World::start(engine);
        make(&world.operator, "/api/v1/sites", json!({"name": "Oslo"})).await;
        wait_for_seal(&world.server);
        assert_eq!(world.server.terminate().code(), Some(0));
        let columns = "at, name, actor_kind, actor_id, door, client, request_id, object_kind, object_id, object_label, object_key, details";
        raw(&world.server, &format!("INSERT INTO audit_event (id, {columns}) SELECT -5, {columns} FROM audit_event WHERE name = 'site.created'")).unwrap();
        assert!(fault(&world.server).contains("event -5 was added afterwards"), "{}", fault(&world.server));
        drop_trigger(&world.server, "audit_event", "delete");
        raw(&world.server, "DELETE FROM audit_event WHERE id = -5").unwrap();
        world.server.cli(&["audit", "verify"], "").success();

        drop_trigger(&world.server, "audit_seal", "update");
        raw(&world.server, "UPDATE audit_seal SET last_id = last_id + 1000000 WHERE id = 1").unwrap();
        assert!(fault(&world.server).contains("covers others"), "{}", fault(&world.server));
    }

    /// What is done last, and what is done while no server runs, is sealed before anybody can take it back.
    async fn nothing_waits_for_the_next_server_to_be_sealed(engine) {
        let mut world = World::start(engine);
        make(&world.operator, "/api/v1/sites", json!({"name": "Oslo"})).await;
        assert_eq!(world.server.terminate().code(), Some(0));
        let open = || world.server.cli(&["audit", "verify", "--json"], "").json()["open"].clone();
        assert_eq!(open(), 0, "sealed at the end");
        let new = ["user", "create", "late", "--role", "viewer", "--password-stdin"];
        world.server.cli(&new, World::PASSWORD).success();
        assert_eq!(open(), 0, "sealed by the command");
        // What has waited for longer than any server lets it wait is told.
        let columns = "name, actor_kind, actor_id, door, client, request_id, object_kind, object_id, object_label, object_key, details";
        let old = format!("INSERT INTO audit_event (at, {columns}) SELECT 1, {columns} FROM audit_event WHERE name = 'site.created'");
        raw(&world.server, &old).unwrap();
        assert!(fault(&world.server).contains("waited for their seal"), "{}", fault(&world.server));
    }
}
