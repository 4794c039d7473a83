//! Faults under load, with a ledger of what the server acknowledged: nothing acknowledged may be lost, nothing half-done may stay.
//!
//! The process is killed, and the disk fills up. The clock does not jump here: every decision takes the time as an argument, and the tests of
//! the crates `guard` and `jobs` let it jump. A database server that dies is ended in the tests of the store, which own a server.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

use ringfence_kit::{Client, Engine, Options, Role, Server, World, block_on};

use crate::load::{Measured, drive};
use crate::rows::{Allocator, post_head};
use crate::stage::{make_subnet, target};
use crate::{Fallible, out, proc, tell};

/// Clients at a time.
const CLIENTS: usize = 16;
/// The most that one load may last, in case that nothing goes wrong.
const LOAD: Duration = Duration::from_secs(5);
/// Disk of the second fault, at first and after it was enlarged.
const SMALL_DISK: &str = "24m";
const LARGE_DISK: &str = "512m";

/// A server in which clients race for addresses.
struct Field {
    server: Server,
    key: String,
    subnet: i64,
    ledger: HashSet<Ipv4Addr>,
    sound: bool,
}

/// All faults; true if every promise was kept.
pub(crate) fn run(engine: Engine, kills: u32) -> Fallible<bool> {
    let mut sound = killed(engine, kills)?;
    if engine != Engine::Sqlite {
        out("\ndisk full: only with SQLite; a database server has a disk of its own")?;
    } else if proc::is_root() {
        sound &= full()?;
    } else {
        out("\ndisk full: left out, only root can mount a small disk")?;
    }
    out("clock jumps: left out, the time is an argument and the tests of the crates let it jump")?;
    out(if sound { "\nnothing acknowledged was lost, nothing half-done stayed" } else { "\na promise was broken, see above" })?;
    Ok(sound)
}

/// kill -9 under load, again and again.
fn killed(engine: Engine, kills: u32) -> Fallible<bool> {
    let mut field = Field::new(Server::start(engine));
    out(&format!("kill -9 under load, engine {engine}, {CLIENTS} clients\n"))?;
    out("| kill | acknowledged | lost | there unacknowledged | check | audit | start again ms |\n|---|---|---|---|---|---|---|")?;
    for kill in 1..=kills {
        tell(&format!("kill {kill} of {kills}"));
        // Different moments, the same in every run; beyond the warm-up of the load.
        field.load_until(Duration::from_millis(300 + u64::from(kill) * 137 % 900))?;
        let start = field.server.restart().as_secs_f64() * 1_000.0;
        let verdict = field.verdict()?;
        out(&format!("| {kill} | {verdict} | {start:.0} |"))?;
    }
    Ok(field.sound)
}

/// The disk fills up under load, is enlarged, and all goes on.
fn full() -> Fallible<bool> {
    let mut server = Server::stopped(Engine::Sqlite, Options::default());
    let disk = server.data_dir();
    std::fs::create_dir(&disk)?;
    let place = disk.display().to_string();
    command("mount", &["-t", "tmpfs", "-o", &format!("size={SMALL_DISK},mode=700"), "ringfence-bench", &place])?;
    let _mounted = Mounted(place.clone());
    server.restart();
    let mut field = Field::new(server);
    tell("filling the disk");
    let mut first = None;
    for _ in 0..20 {
        let measured = field.load(LOAD)?;
        if measured.errors > 0 {
            first = measured.first_error;
            break;
        }
    }
    out(&format!(
        "\ndisk full, tmpfs of {SMALL_DISK}: {} acknowledged before, then {}",
        field.ledger.len(),
        first.as_deref().unwrap_or("no error")
    ))?;
    field.sound &= first.is_some();
    let reads = block_on(field.api().get("/api/v1/subnets")).status;
    field.sound &= reads == 200;
    command("mount", &["-o", &format!("remount,size={LARGE_DISK}"), &place])?;
    let after = field.load(Duration::from_secs(1))?;
    field.sound &= after.errors == 0 && after.rate() > 0.0;
    let errors = after.first_error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
    out(&format!("reading meanwhile: {reads}; with more room: {:.0} allocations/s, {} errors{errors}", after.rate(), after.errors))?;
    out("\n| | acknowledged | lost | there unacknowledged | check | audit |\n|---|---|---|---|---|---|")?;
    let verdict = field.verdict()?;
    out(&format!("| served on | {verdict} |"))?;
    field.server.kill9();
    field.server.restart();
    let verdict = field.verdict()?;
    out(&format!("| started again | {verdict} |"))?;
    let sound = field.sound;
    field.server.terminate();
    Ok(sound)
}

impl Field {
    fn new(server: Server) -> Self {
        server.create_user("admin", Role::Admin, World::PASSWORD);
        let key = server.create_key("admin", "faults", "admin");
        let subnet = make_subnet(&Client::key(&server.base(), &key), "10.0.0.0/8");
        Self { server, key, subnet, ledger: HashSet::new(), sound: true }
    }

    fn api(&self) -> Client {
        Client::key(&self.server.base(), &self.key)
    }

    /// Clients race for a while; what they were given is in the ledger, once.
    fn load(&mut self, span: Duration) -> Fallible<Measured> {
        let target = target(&self.server)?;
        let head = post_head(&target.host(), &self.key, &format!("/api/v1/subnets/{}/addresses/next", self.subnet));
        let (measured, players) = drive(&target, (0..CLIENTS).map(|_| Allocator::new(head.clone())).collect(), span)?;
        for address in players.into_iter().flat_map(|player| player.taken) {
            if !self.ledger.insert(address) {
                self.sound = false;
                out(&format!("{address} was given twice"))?;
            }
        }
        Ok(measured)
    }

    /// The same, ended by killing the server so long after the start.
    fn load_until(&mut self, moment: Duration) -> Fallible<()> {
        let pid = self.server.pid().to_string();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(moment);
            command("kill", &["-s", "KILL", &pid])
        });
        self.load(LOAD)?;
        killer.join().map_err(|_| "the killer panicked")??;
        self.server.wait();
        Ok(())
    }

    /// Compares the ledger with what is there, and lets the program check itself; cells of a table.
    fn verdict(&mut self) -> Fallible<String> {
        let there = block_on(listed(&self.api(), self.subnet))?;
        let lost = self.ledger.difference(&there).count();
        let known = self.ledger.len();
        let more = there.len() + lost - known;
        // Unacknowledged writes may be there, whole; from now on they are known.
        self.ledger.extend(&there);
        let check = self.server.cli(&["check"], "").code == Some(0);
        let audit = self.server.cli(&["audit", "verify"], "").code == Some(0);
        self.sound &= lost == 0 && check && audit;
        let word = |fine: bool| if fine { "clean" } else { "**not clean**" };
        Ok(format!("{known} | {lost} | {more} | {} | {}", word(check), word(audit)))
    }
}

/// All addresses of a subnet.
async fn listed(api: &Client, subnet: i64) -> Fallible<HashSet<Ipv4Addr>> {
    let (mut there, mut cursor) = (HashSet::new(), String::new());
    loop {
        let page = api.get(&format!("/api/v1/addresses?subnet_id={subnet}&limit=1000{cursor}")).await.expect(200).json();
        for row in page.get("data").and_then(|data| data.as_array()).ok_or("a list without data")? {
            there.insert(row.get("address").and_then(|address| address.as_str()).ok_or("a row without an address")?.parse()?);
        }
        match page.get("next").and_then(|next| next.as_str()) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(there),
        }
    }
}

/// A disk that is taken away with its value.
struct Mounted(String);

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Err(error) = command("umount", &["--lazy", &self.0]) {
            tell(&error.to_string());
        }
    }
}

fn command(program: &str, arguments: &[&str]) -> Fallible<()> {
    let status = Command::new(program).args(arguments).status()?;
    if status.success() { Ok(()) } else { Err(format!("`{program} {}` failed: {status}", arguments.join(" ")).into()) }
}
