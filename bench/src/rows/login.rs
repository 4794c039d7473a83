//! Logins with a password: against the bare hash, and a flood of them beside readers.

use std::collections::BTreeMap;
use std::time::Duration;

use ringfence_kit::{Role, World, block_on, hidden_field};

use super::page::cookies;
use super::read::spread;
use super::{Fixed, with_key};
use crate::Fallible;
use crate::load::{Measured, Player, drive};
use crate::proc::memory;
use crate::stage::Stage;
use crate::table::{Goal, Limit, Row};

/// The budgets count attempts that are under way: so many clients are not an attack here.
const BUDGETS: [&str; 2] = ["security.login_max_attempts", "security.account_lockout_max_attempts"];

/// Connections of the flood.
const FLOOD: usize = 200;

/// Readers beside the flood, and how long each thinks between two requests.
const READERS: (usize, Duration) = (16, Duration::from_millis(40));

/// The request of the login form with this name and password.
fn request(stage: &Stage, name: &str, password: &str) -> Fallible<Vec<u8>> {
    let form = block_on(stage.server.anon().get("/login")).expect(200);
    let csrf = hidden_field(&form.body, "csrf").ok_or("the login page has no field `csrf`")?;
    let body = format!("csrf={csrf}&name={name}&password={password}");
    let (host, cookies, length) = (stage.target.host(), cookies(&form), body.len());
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookies}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    Ok(request.into_bytes())
}

/// The base budgets: out of the way, or as they are shipped.
fn budgets(stage: &Stage, values: [&str; 2]) {
    for (budget, value) in BUDGETS.iter().zip(values) {
        stage.server.cli(&["setting", "set", budget, value], "").success();
    }
}

/// Right passwords, each client with an account of its own: attempts that are under way count as failures until they end.
pub(super) fn login(stage: &mut Stage) -> Fallible<Vec<Row>> {
    budgets(stage, ["1000", "1000"]);
    let mut players = Vec::new();
    // Half as many clients as one address may have in the queue.
    for number in 0..stage.plan.clients.min(8) {
        let name = format!("bench-{number}");
        stage.server.create_user(&name, Role::Viewer, World::PASSWORD);
        players.push(Fixed::new(vec![request(stage, &name, World::PASSWORD)?], 303));
    }
    let (measured, _) = stage.drive(players, stage.plan.span)?;
    budgets(stage, ["5", "10"]);
    Ok(vec![Row::rate("password logins (8 clients)", &measured, Some(stage.limits.argon2), Goal::Share(0.8))])
}

/// Somebody who reads now and then.
struct Reader(Fixed);

impl Player for Reader {
    fn ask(&mut self, request: &mut Vec<u8>) {
        self.0.ask(request);
    }

    fn hear(&mut self, status: u16, body: &[u8]) -> bool {
        self.0.hear(status, body)
    }

    fn pause(&self) -> Duration {
        READERS.1
    }
}

/// Somebody who tries passwords as fast as they are answered; counts the answers by status.
struct Attacker {
    request: Vec<u8>,
    seen: BTreeMap<u16, usize>,
}

impl Player for Attacker {
    fn ask(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(&self.request);
    }

    fn hear(&mut self, status: u16, _body: &[u8]) -> bool {
        *self.seen.entry(status).or_default() += 1;
        [200, 401, 429, 503].contains(&status)
    }
}

/// Reads while nobody else is there, and while strangers flood the login: first with budgets out of the way, so that every attempt
/// wants to be compared, then with those that hold.
pub(super) fn flood(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let read = |span: Duration| -> Fallible<Measured> {
        let paths = spread(&stage.addresses, |id| format!("/api/v1/addresses/{id}"));
        let readers = super::readers_of(stage, READERS.0, &with_key(stage), &paths).into_iter().map(Reader).collect();
        Ok(stage.drive(readers, span)?.0)
    };
    let idle = read(stage.plan.span)?;
    let quiet = Limit { value: idle.within(990), what: "with nobody else" };
    let mut rows = Vec::new();
    for (name, values, fence) in [("every attempt to be compared", ["1000000", "1000000"], "false"), ("as shipped", ["5", "10"], "true")] {
        budgets(stage, values);
        stage.server.cli(&["setting", "set", "fence.enabled", fence], "").success();
        let request = request(stage, "admin", "wrong")?;
        let attackers = (0..FLOOD).map(|_| Attacker { request: request.clone(), seen: BTreeMap::new() }).collect();
        let before = memory(stage.server.pid())?;
        let span = stage.plan.span;
        let (flooded, measured) = std::thread::scope(|scope| {
            let flood = scope.spawn(|| drive(&stage.target, attackers, span));
            let measured = read(span);
            (flood.join(), measured)
        });
        let (measured, after) = (measured?, memory(stage.server.pid())?);
        let (flooded, attackers) = flooded.map_err(|_| "a thread of the flood panicked")??;
        let mut seen = BTreeMap::new();
        for (status, count) in attackers.into_iter().flat_map(|attacker| attacker.seen) {
            *seen.entry(status).or_insert(0) += count;
        }
        let note = format!("answers of the login by status {seen:?}, {:.0} a second; {} of them lost", flooded.rate(), flooded.errors);
        let row = Row::figure(&format!("p99 of reads under a flood, {name}"), measured.within(990), "ms", Goal::Times(3.0));
        rows.push(Row { limit: Some(quiet), errors: measured.errors, ..row }.noted(&note));
        let more = after.peak.max(after.resident) - before.resident;
        rows.push(Row::figure(&format!("memory that the flood took, {name}"), more, "MB", Goal::AtMost(100.0)));
    }
    budgets(stage, ["5", "10"]);
    stage.server.cli(&["setting", "set", "fence.enabled", "true"], "").success();
    Ok(rows)
}
