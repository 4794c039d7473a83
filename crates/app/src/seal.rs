//! Sealing the audit trail in batches, and verifying it: the first bad row is named.

use std::sync::Arc;

use guard::audit::seal::{BEGINNING, EventRow, chain, digest};
use ringfence_guard as guard;
use ringfence_store as store;
use store::StoreError;
use store::tables::log::Seal;

use crate::{App, Refusal};

/// Events of one seal at most.
const BATCH: u64 = 1000;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Events under a seal.
    pub sealed: u64,
    /// Events not sealed yet.
    pub open: u64,
    /// The first contradiction, naming the row.
    pub fault: Option<String>,
}

impl App {
    /// Seals what is not sealed yet; gives the number of events sealed.
    pub async fn seal(self: &Arc<Self>) -> Result<usize, Refusal> {
        let mut total = 0;
        loop {
            let app = Arc::clone(self);
            let origin = self.system(self.now());
            let sealed = self
                .unit(origin, move |tx| {
                    tx.log().hold()?;
                    let last = tx.log().last_seal()?;
                    let rows = tx.log().rows_between(last.as_ref().map_or(0, |s| s.last_id), i64::MAX, BATCH)?;
                    let Some(seal) = make(&app, last.as_ref(), &rows) else { return Ok(tx.unchanged(0)) };
                    let count = rows.len();
                    Ok(tx.log().seal(&seal)?.map(|()| count))
                })
                .await?;
            total += sealed;
            if u64::try_from(sealed).unwrap_or(0) < BATCH {
                return Ok(total);
            }
        }
    }

    /// Verifies the whole trail; blocks.
    pub fn verify_audit(&self) -> Result<Verified, StoreError> {
        let mut found = Verified::default();
        let (mut at, mut previous, mut seen) = (0, BEGINNING, 0);
        loop {
            let seals = self.store.read(|rx| rx.log().seals_after(at, 100))?;
            if seals.is_empty() {
                break;
            }
            for seal in seals {
                let rows = self.store.read(|rx| rx.log().rows_between(seen, seal.last_id, BATCH * 2))?;
                if let Some(fault) = self.fault(&seal, previous, &rows) {
                    found.fault = Some(fault);
                    return Ok(found);
                }
                found.sealed += rows.len() as u64;
                (at, previous, seen) = (seal.id, seal.hash, seal.last_id);
            }
        }
        loop {
            let rows = self.store.read(|rx| rx.log().rows_between(seen, i64::MAX, BATCH))?;
            let Some(last) = rows.last() else { return Ok(found) };
            seen = last.id;
            found.open += rows.len() as u64;
        }
    }

    /// The first contradiction between a seal and the rows it covers.
    fn fault(&self, seal: &Seal, previous: [u8; 32], rows: &[EventRow]) -> Option<String> {
        if seal.previous != previous {
            return Some(format!("seal {} does not follow the seal before it", seal.id));
        }
        if chain(&self.keys.seal, previous, &seal.digests) != seal.hash {
            return Some(format!("seal {} (events {} to {}) does not match its own hash", seal.id, seal.first_id, seal.last_id));
        }
        let mut rows = rows.iter().peekable();
        for (id, expected) in &seal.digests {
            match rows.next() {
                Some(row) if row.id == *id && digest(row) == *expected => {}
                Some(row) if row.id == *id => return Some(format!("event {id} was changed")),
                Some(row) if row.id < *id => return Some(format!("event {} was added afterwards", row.id)),
                _ => return Some(format!("event {id} is missing")),
            }
        }
        rows.next().map(|row| format!("event {} was added afterwards", row.id))
    }
}

fn make(app: &App, last: Option<&Seal>, rows: &[EventRow]) -> Option<Seal> {
    let (first, end) = (rows.first()?, rows.last()?);
    let digests: Vec<(i64, [u8; 32])> = rows.iter().map(|row| (row.id, digest(row))).collect();
    let previous = last.map_or(BEGINNING, |s| s.hash);
    let hash = chain(&app.keys.seal, previous, &digests);
    Some(Seal { id: 0, first_id: first.id, last_id: end.id, digests, previous, hash, key_version: app.keys.seal.version() })
}
