//! The rows of the table. To add one: an entry in [`ALL`] and its function.

mod import;
mod login;
mod page;
mod process;
mod read;
mod write;

pub(crate) use write::{Allocator, post_head};

use crate::Fallible;
use crate::load::Player;
use crate::stage::Stage;
use crate::table::Row;

/// Measures and gives the lines of the table.
type Measure = fn(&mut Stage) -> Fallible<Vec<Row>>;

/// Every row by its name on the command line, in the order of the run: what only reads comes first.
pub(crate) const ALL: &[(&str, Measure)] = &[
    ("constant", read::constant),
    ("get", read::get),
    ("list", read::list),
    ("next", read::next),
    ("search", read::search),
    ("page-tree", page::tree),
    ("page-addresses", page::addresses),
    ("page-search", page::search),
    ("login", login::login),
    ("flood", login::flood),
    ("create", write::create),
    ("allocate", write::allocate),
    ("allocate64", write::allocate_64),
    ("import", import::import),
    ("memory", process::memory),
    ("start", process::start),
];

/// A client that asks the same requests in turn and wants one status.
pub(crate) struct Fixed {
    requests: Vec<Vec<u8>>,
    turn: usize,
    status: u16,
}

impl Fixed {
    pub(crate) const fn new(requests: Vec<Vec<u8>>, status: u16) -> Self {
        Self { requests, turn: 0, status }
    }
}

impl Player for Fixed {
    fn ask(&mut self, request: &mut Vec<u8>) {
        self.turn = if self.turn + 1 < self.requests.len() { self.turn + 1 } else { 0 };
        request.extend_from_slice(self.requests.get(self.turn).map(Vec::as_slice).unwrap_or_default());
    }

    fn hear(&mut self, status: u16, _body: &[u8]) -> bool {
        status == self.status
    }
}

/// Different requests of each client: every one asks all `paths`, beginning elsewhere.
fn readers(stage: &Stage, head: &str, paths: &[String]) -> Vec<Fixed> {
    readers_of(stage, stage.plan.clients, head, paths)
}

/// The same for so many clients.
fn readers_of(stage: &Stage, clients: usize, head: &str, paths: &[String]) -> Vec<Fixed> {
    let host = stage.target.host();
    let mut requests: Vec<_> = paths.iter().map(|path| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{head}\r\n").into_bytes()).collect();
    let step = requests.len().div_ceil(clients.max(1));
    let mut players = Vec::new();
    for _ in 0..clients {
        players.push(Fixed::new(requests.clone(), 200));
        let turn = step.min(requests.len());
        requests.rotate_left(turn);
    }
    players
}

/// The header lines of a client with the key.
fn with_key(stage: &Stage) -> String {
    format!("Authorization: Bearer {}\r\n", stage.key)
}
