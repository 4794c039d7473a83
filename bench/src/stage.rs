//! The server under load, with the data set, a user, a key, and the numbers of what is there.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use ringfence_kit::{Client, Engine, Options, Role, Server, World, block_on};

use crate::client::Target;
use crate::data::Size;
use crate::load::{Measured, Player, drive};
use crate::proc::time_of;
use crate::raw::Limits;
use crate::{Fallible, tell};

/// What is to be measured, and how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) engine: Engine,
    pub(crate) size: Size,
    pub(crate) clients: usize,
    pub(crate) span: Duration,
}

/// Everything that the rows need.
pub(crate) struct Stage {
    pub(crate) plan: Plan,
    pub(crate) server: Server,
    pub(crate) target: Target,
    pub(crate) limits: Limits,
    /// An API key that may write.
    pub(crate) key: String,
    /// Ids of the /24.
    pub(crate) subnets: Arc<Vec<i64>>,
    /// Ids of addresses of the data set, at most [`IDS`].
    pub(crate) addresses: Arc<Vec<i64>>,
    /// Free addresses that were given out already.
    pub(crate) spent: Arc<AtomicU32>,
    /// How long the data set took to import, in words.
    pub(crate) imported: String,
}

/// Ids that are gathered: the whole standard set.
const IDS: usize = 100_000;

impl Stage {
    /// Starts a server, fills it and measures the raw limits.
    pub(crate) fn set(plan: Plan) -> Fallible<Self> {
        let mut server = Server::stopped(plan.engine, Options::default());
        tell("importing the data set");
        let imported = import_all(&server, plan.size)?;
        server.restart();
        server.create_user("admin", Role::Admin, World::PASSWORD);
        let key = server.create_key("admin", "bench", "admin");
        let target = target(&server)?;
        tell("measuring the raw limits");
        let (certificate, private) = (certificate(&server), server.data_dir().join("self-signed.key"));
        let limits = Limits::measure(&certificate, &private, server.room(), plan.clients)?;
        let client = Client::key(&server.base(), &key);
        let subnets = block_on(ids(&client, "/api/v1/subnets?limit=1000", Some("/24"), plan.size.subnets as usize))?;
        let addresses = block_on(ids(&client, "/api/v1/addresses?limit=1000", None, IDS))?;
        let spent = Arc::new(AtomicU32::new(0));
        Ok(Self { plan, server, target, limits, key, subnets: Arc::new(subnets), addresses: Arc::new(addresses), spent, imported })
    }

    /// A client of the API for single requests.
    pub(crate) fn api(&self) -> Client {
        Client::key(&self.server.base(), &self.key)
    }

    /// Lets the players play against the server, and notes what that cost it.
    pub(crate) fn drive<P: Player>(&self, players: Vec<P>, span: Duration) -> Fallible<(Measured, Vec<P>)> {
        let before = time_of(self.server.pid())?;
        let (mut measured, players) = drive(&self.target, players, span)?;
        measured.server = Some(time_of(self.server.pid())?.saturating_sub(before));
        Ok((measured, players))
    }

    /// Makes a subnet and gives its id.
    pub(crate) fn make_subnet(&self, prefix: &str) -> i64 {
        make_subnet(&self.api(), prefix)
    }
}

/// Makes a subnet and gives its id.
pub(crate) fn make_subnet(api: &Client, prefix: &str) -> i64 {
    block_on(api.post("/api/v1/subnets", &serde_json::json!({ "prefix": prefix }))).expect(201).number("/id")
}

/// How to reach a server that has made its certificate.
pub(crate) fn target(server: &Server) -> Fallible<Target> {
    Target::new(server.port(), &certificate(server))
}

fn certificate(server: &Server) -> PathBuf {
    server.data_dir().join("self-signed.crt")
}

/// Writes a file beside the server's data and imports it; gives how long that took.
pub(crate) fn import(server: &Server, kind: &str, text: &str) -> Fallible<Duration> {
    let file = write(server, kind, text)?;
    let start = Instant::now();
    server.cli(&["import", kind, &file, "--apply", "--json"], "").success();
    Ok(start.elapsed())
}

/// A file beside the server's data, by its name.
pub(crate) fn write(server: &Server, kind: &str, text: &str) -> Fallible<String> {
    let file = server.room().join(format!("{kind}.csv"));
    fs::write(&file, text)?;
    Ok(file.display().to_string())
}

fn import_all(server: &Server, size: Size) -> Fallible<String> {
    let subnets = import(server, "subnets", &size.subnet_file())?;
    let mut addresses = Duration::ZERO;
    for text in size.address_files() {
        addresses += import(server, "addresses", &text)?;
    }
    let rate = f64::from(size.addresses()) / addresses.as_secs_f64();
    let (s, a) = (subnets.as_secs_f64(), addresses.as_secs_f64());
    Ok(format!("{} subnets imported in {s:.2} s, {} addresses in {a:.2} s ({rate:.0}/s)", size.subnets, size.addresses()))
}

/// The ids of a list, at most so many; of prefixes only those that end so.
async fn ids(client: &Client, path: &str, ending: Option<&str>, most: usize) -> Fallible<Vec<i64>> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    while ids.len() < most {
        let page = client.get(&format!("{path}{cursor}")).await.expect(200).json();
        for row in page.get("data").and_then(|data| data.as_array()).ok_or("a list without data")? {
            let prefix = row.get("prefix").and_then(|prefix| prefix.as_str());
            if ending.is_none_or(|ending| prefix.is_some_and(|prefix| prefix.ends_with(ending))) {
                ids.push(row.get("id").and_then(serde_json::Value::as_i64).ok_or("a row without an id")?);
            }
        }
        match page.get("next").and_then(|next| next.as_str()) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    if ids.is_empty() { Err(format!("{path} lists nothing").into()) } else { Ok(ids) }
}
