//! An empty database of a test's own, on any engine, gone with its value.
//!
//! On the servers it is a database with a random name that begins with `rf_`. The drivers are blocking and one of them holds a
//! runtime, so they work on a thread that is joined: the functions here may be called from synchronous and asynchronous tests alike.

use std::path::PathBuf;

use mysql::prelude::Queryable;
use tempfile::TempDir;

use crate::Engine;
use crate::surroundings::server_url;

/// An empty database. Dropping it removes it, together with the connections that are still open.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(TempDir),
    Server { admin: String, name: String },
}

impl Database {
    /// A new empty database on this engine.
    pub fn fresh(engine: Engine) -> Self {
        let variable = match engine {
            Engine::Sqlite => {
                let folder = tempfile::Builder::new().prefix("ringfence-").tempdir().expect("a temporary directory can be made");
                let url = format!("sqlite:{}", folder.path().join("ringfence.db").display());
                return Self { engine, url, place: Place::File(folder) };
            }
            Engine::Postgres => "RINGFENCE_TEST_POSTGRES",
            Engine::Mysql => "RINGFENCE_TEST_MYSQL",
        };
        let admin = server_url(variable);
        let name = random_name();
        execute(engine, &admin, &format!("CREATE DATABASE {name}"));
        Self { engine, url: with_database(&admin, &name), place: Place::Server { admin, name } }
    }

    /// The engine it is on.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// The URL as `database_url` in `ringfence.toml` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database file, on `SQLite`.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::File(folder) => Some(folder.path().join("ringfence.db")),
            Place::Server { .. } => None,
        }
    }

    /// Runs statements past the program, as somebody with the database's password could.
    pub fn run(&self, sql: &str) {
        match self.file() {
            Some(file) => rusqlite::Connection::open(file).and_then(|connection| connection.execute_batch(sql)).expect("the file obeys"),
            None => execute(self.engine, &self.url, sql),
        }
    }
}

impl Database {
    /// How many rows a table has, seen past the program.
    pub fn count(&self, table: &str) -> i64 {
        let (sql, engine, url) = (format!("SELECT COUNT(*) FROM {table}"), self.engine, self.url.as_str());
        let ask = || match engine {
            Engine::Sqlite => {
                let file = self.file().expect("SQLite has a file");
                rusqlite::Connection::open(file).and_then(|c| c.query_row(&sql, [], |row| row.get(0))).expect("the file answers")
            }
            Engine::Postgres => {
                let mut client = postgres::Client::connect(url, postgres::NoTls).expect("the PostgreSQL test server answers");
                client.query_one(&sql, &[]).expect("the PostgreSQL test server counts").get(0)
            }
            Engine::Mysql => {
                let options = mysql::Opts::from_url(url).expect("RINGFENCE_TEST_MYSQL is a URL");
                let mut client = mysql::Conn::new(options).expect("the MariaDB test server answers");
                client.query_first(&sql).expect("the MariaDB test server counts").expect("a count")
            }
        };
        std::thread::scope(|scope| scope.spawn(ask).join()).unwrap_or_else(|_| panic!("{engine}: `{table}` was not counted, see above"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Server { admin, name } = &self.place {
            let force = if self.engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
            execute(self.engine, admin, &format!("DROP DATABASE {name}{force}"));
        }
    }
}

/// One statement without an answer, on the server of a test engine.
fn execute(engine: Engine, url: &str, sql: &str) {
    let run = || match engine {
        Engine::Postgres => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).expect("the PostgreSQL test server answers");
            client.batch_execute(sql).expect("the PostgreSQL test server obeys");
        }
        Engine::Mysql => {
            let options = mysql::Opts::from_url(url).expect("RINGFENCE_TEST_MYSQL is a URL");
            let mut client = mysql::Conn::new(options).expect("the MariaDB test server answers");
            client.query_drop(sql).expect("the MariaDB test server obeys");
        }
        Engine::Sqlite => panic!("SQLite has no server to talk to"),
    };
    std::thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|_| panic!("{engine}: `{sql}` failed, see above"));
}

/// The URL of another database on the same server.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, ""), |(address, query)| (address, query));
    let (server, _) = address.rsplit_once('/').expect("the URL of a test server ends with a database or a slash");
    if query.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{query}") }
}

/// `rf_` and sixteen hexadecimal digits: what the test user of `MariaDB` may create.
fn random_name() -> String {
    let mut bytes = [0; 8];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).expect("the operating system gives random bytes");
    format!("rf_{:016x}", u64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::{Database, Engine, execute, with_database};
    use crate::engines;

    fn exists(database: &Database) -> bool {
        let (url, name) = database.url().rsplit_once('/').expect("a URL with a path");
        named(database.engine(), url, name)
    }

    fn named(engine: Engine, server: &str, name: &str) -> bool {
        let (server, name) = (server.to_owned(), name.to_owned());
        std::thread::spawn(move || match engine {
            Engine::Sqlite => true,
            Engine::Postgres => {
                let mut client = postgres::Client::connect(&format!("{server}/postgres"), postgres::NoTls).expect("a connection");
                !client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).expect("an answer").is_empty()
            }
            Engine::Mysql => {
                use mysql::prelude::Queryable as _;
                let mut client = mysql::Conn::new(mysql::Opts::from_url(&format!("{server}/")).expect("a URL")).expect("a connection");
                let found: Option<u8> =
                    client.exec_first("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", (name,)).expect("an answer");
                found.is_some()
            }
        })
        .join()
        .expect("the query ends")
    }

    #[test]
    fn the_database_of_a_url_is_replaced() {
        assert_eq!(with_database("postgres://u:p@127.0.0.1:5432/postgres", "rf_1"), "postgres://u:p@127.0.0.1:5432/rf_1");
        assert_eq!(with_database("mysql://u:p@127.0.0.1:3306/?ssl=off", "rf_1"), "mysql://u:p@127.0.0.1:3306/rf_1?ssl=off");
    }

    engines! {
        /// Two databases at once are two, take a table, and are gone when dropped.
        async fn databases_are_a_tests_own_and_vanish(engine) {
            let (one, two) = (Database::fresh(engine), Database::fresh(engine));
            assert_ne!(one.url(), two.url());
            assert!(exists(&one) && exists(&two));
            if engine == Engine::Sqlite {
                let folder = one.file().expect("a file").parent().expect("a folder").to_owned();
                assert!(folder.is_dir());
                drop(one);
                assert!(!folder.exists());
            } else {
                for database in [&one, &two] {
                    execute(engine, database.url(), "CREATE TABLE thing (id INTEGER PRIMARY KEY)");
                }
                let (server, name) = one.url().rsplit_once('/').map(|(server, name)| (server.to_owned(), name.to_owned())).expect("a path");
                drop(one);
                assert!(!named(engine, &server, &name));
                assert!(exists(&two));
            }
        }

        fn a_database_in_use_is_dropped_all_the_same(engine) {
            let database = Database::fresh(engine);
            let url = database.url().to_owned();
            match engine {
                Engine::Sqlite => drop(database),
                Engine::Postgres => {
                    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a connection");
                    drop(database);
                    assert!(client.simple_query("SELECT 1").is_err());
                }
                Engine::Mysql => {
                    use mysql::prelude::Queryable as _;
                    let mut client = mysql::Conn::new(mysql::Opts::from_url(&url).expect("a URL")).expect("a connection");
                    drop(database);
                    assert!(client.query_drop("CREATE TABLE thing (id INTEGER PRIMARY KEY)").is_err());
                }
            }
        }
    }
}
