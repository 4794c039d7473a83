//! What changes the plan: each answer comes after the commit has reached the disk.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Fallible;
use crate::data::{Size, host_name};
use crate::load::Player;
use crate::stage::Stage;
use crate::table::Row;

/// A client that creates addresses which nobody has.
pub(super) struct Creator {
    head: String,
    size: Size,
    next: Arc<AtomicU32>,
}

impl Creator {
    /// As many as there are clients.
    pub(super) fn team(stage: &Stage) -> Vec<Self> {
        let head = post(stage, "/api/v1/addresses");
        (0..stage.plan.clients).map(|_| Self { head: head.clone(), size: stage.plan.size, next: Arc::clone(&stage.spent) }).collect()
    }
}

impl Player for Creator {
    fn ask(&mut self, request: &mut Vec<u8>) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        send(request, &self.head, &format!("{{\"address\":\"{}\",\"hostname\":\"new-{}\"}}", self.size.free_address(n), host_name(n)));
    }

    fn hear(&mut self, status: u16, _body: &[u8]) -> bool {
        status == 201
    }
}

/// A client that takes the next free address, and remembers what it was given: the ledger of acknowledged writes.
pub(crate) struct Allocator {
    head: String,
    /// What the server said it had allocated.
    pub(crate) taken: Vec<Ipv4Addr>,
}

impl Allocator {
    /// `head` is all of the request but its length and body.
    pub(crate) const fn new(head: String) -> Self {
        Self { head, taken: Vec::new() }
    }
}

impl Player for Allocator {
    fn ask(&mut self, request: &mut Vec<u8>) {
        send(request, &self.head, "{\"count\":1,\"hostname\":\"racer.example.net\"}");
    }

    fn hear(&mut self, status: u16, body: &[u8]) -> bool {
        let address = given(body).filter(|_| status == 201);
        self.taken.extend(address);
        address.is_some()
    }
}

/// The first address of an answer.
fn given(body: &[u8]) -> Option<Ipv4Addr> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("\"address\":\"")?;
    rest.split_once('"')?.0.parse().ok()
}

/// The head of a request with a JSON body, up to its length.
pub(crate) fn post_head(host: &str, key: &str, path: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n")
}

fn post(stage: &Stage, path: &str) -> String {
    post_head(&stage.target.host(), &stage.key, path)
}

fn send(request: &mut Vec<u8>, head: &str, body: &str) {
    // Writing to a vector does not fail.
    let _ = write!(request, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
}

/// Addresses of the caller's choice.
pub(super) fn create(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let (measured, _) = stage.drive(Creator::team(stage), stage.plan.span)?;
    let row = Row::rate("API create address", &measured, Some(stage.limits.group(stage.plan.clients)), stage.limits.at_least(12_000.0));
    Ok(vec![sound(stage, row)])
}

/// The usual number of clients in one subnet.
pub(super) fn allocate(stage: &mut Stage) -> Fallible<Vec<Row>> {
    let clients = stage.plan.clients;
    race(stage, clients, 0, 12_000.0)
}

/// Sixty-four of them.
pub(super) fn allocate_64(stage: &mut Stage) -> Fallible<Vec<Row>> {
    race(stage, 64, 1, 20_000.0)
}

fn race(stage: &Stage, clients: usize, number: usize, least: f64) -> Fallible<Vec<Row>> {
    let prefix = stage.plan.size.races.get(number).ok_or("there is no prefix for this race")?;
    let head = post(stage, &format!("/api/v1/subnets/{}/addresses/next", stage.make_subnet(prefix)));
    let players = (0..clients).map(|_| Allocator::new(head.clone())).collect();
    let (measured, players) = stage.drive(players, stage.plan.span)?;
    let mut taken: Vec<_> = players.into_iter().flat_map(|player| player.taken).collect();
    let all = taken.len();
    taken.sort_unstable();
    taken.dedup();
    let twice = all - taken.len();
    let name = format!("API allocate next free, {clients} clients in one subnet");
    let mut row = Row::rate(&name, &measured, Some(stage.limits.group(clients)), stage.limits.at_least(least));
    row.errors += twice;
    Ok(vec![sound(stage, row.noted(&format!("{all} allocated, {twice} of them twice")))])
}

/// Counts it as an error if the plan has drifted.
fn sound(stage: &Stage, mut row: Row) -> Row {
    let check = stage.server.cli(&["check"], "");
    if check.code == Some(0) {
        return row.noted("`ringfence check` is clean");
    }
    row.errors += 1;
    row.noted(&format!("`ringfence check` says {}", check.stdout.trim()))
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn the_address_of_an_answer_is_found() {
        assert_eq!(given(br#"{"data":[{"id":1,"address":"10.0.0.7","status":"used"}]}"#), Some([10, 0, 0, 7].into()));
        assert_eq!(given(br#"{"title":"no space"}"#), None);
    }
}
