//! Sealing the audit trail in batches, and verifying it: the first bad row is named.

mod mark;

use std::sync::Arc;
use std::time::Duration;

use guard::audit::seal::{BEGINNING, ChangeRow, Changes, EventRow, chain, digest};
use ringfence_guard as guard;
use ringfence_store as store;
use store::StoreError;
use store::tables::log::{Seal, StoredChange};

use self::mark::Mark;
pub(crate) use self::mark::MarkFile;
use crate::{App, Refusal};

/// Events of one seal at most.
const BATCH: u64 = 1000;
/// How long an event may wait for its seal: a server seals every ten seconds, and whoever acts without one seals at once.
const PATIENCE: Duration = Duration::from_mins(10);
/// Changes read at once.
const STEP: u64 = 2000;

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
    /// Seals what is not sealed yet; gives the number of events sealed. Refuses when the log does not reach to the last seal that was made here.
    pub async fn seal(self: &Arc<Self>) -> Result<usize, Refusal> {
        let mut total = 0;
        loop {
            let marked = tokio::task::block_in_place(|| self.marked())?;
            let app = Arc::clone(self);
            let origin = self.system(self.now());
            let (mark, count) = self
                .unit(origin, move |tx| {
                    tx.log().hold()?;
                    if let Some(fault) = app.cut_off(tx.log().seal_hash(marked.map_or(0, |mark| mark.id))?, marked) {
                        return Err(Refusal::Store(StoreError::Corrupt(fault)));
                    }
                    let last = tx.log().last_seal()?;
                    if let Some(fault) = last.as_ref().and_then(|last| app.forged(last)) {
                        return Err(Refusal::Store(StoreError::Corrupt(fault)));
                    }
                    let rows = tx.log().rows_between(last.as_ref().map_or(i64::MIN, |s| s.last_id), i64::MAX, BATCH)?;
                    let Some(seal) = make(&app, last.as_ref(), &rows) else {
                        return Ok(tx.unchanged((last.map(|s| Mark { id: s.id, hash: s.hash }), 0)));
                    };
                    let (hash, count) = (seal.hash, rows.len());
                    Ok(tx.log().seal(&seal)?.map(|id| (Some(Mark { id, hash }), count)))
                })
                .await?;
            tokio::task::block_in_place(|| self.mark(mark.filter(|mark| marked != Some(*mark))))?;
            total += count;
            if u64::try_from(count).unwrap_or(0) < BATCH {
                return Ok(total);
            }
        }
    }

    fn marked(&self) -> Result<Option<Mark>, StoreError> {
        self.seal_mark.as_ref().map_or(Ok(None), MarkFile::read)
    }

    fn mark(&self, mark: Option<Mark>) -> Result<(), StoreError> {
        match (&self.seal_mark, mark) {
            (Some(file), Some(mark)) => file.write(mark),
            _ => Ok(()),
        }
    }

    /// What is wrong when the marked seal is not what stands in the database under its number.
    fn cut_off(&self, stands: Option<[u8; 32]>, marked: Option<Mark>) -> Option<String> {
        let (file, mark) = self.seal_mark.as_ref().zip(marked)?;
        (stands != Some(mark.hash)).then(|| file.broken(mark))
    }

    /// Verifies the whole trail; blocks.
    pub fn verify_audit(&self) -> Result<Verified, StoreError> {
        let mut found = Verified::default();
        let marked = self.marked()?;
        // From the very beginning of the numbers: a row that somebody put before the first one is one too many.
        let mut trail = Trail { store: &self.store, changes: Vec::new().into_iter(), read_to: (i64::MIN, i64::MIN), all_to: i64::MIN };
        let (mut at, mut previous, mut seen) = (i64::MIN, BEGINNING, i64::MIN);
        loop {
            let seals = self.store.read(|rx| rx.log().seals_after(at, 100))?;
            if seals.is_empty() {
                break;
            }
            for seal in seals {
                let rows = self.store.read(|rx| rx.log().rows_between(seen, seal.last_id, BATCH * 2))?;
                if let Some(fault) = self.fault(&seal, previous, &rows) {
                    return Ok(Verified { fault: Some(fault), ..found });
                }
                if let Some(fault) = trail.fault(&rows)? {
                    return Ok(Verified { fault: Some(fault), ..found });
                }
                found.sealed += rows.len() as u64;
                (at, previous, seen) = (seal.id, seal.hash, seal.last_id);
            }
        }
        if let Some(mark) = marked
            && let Some(fault) = self.cut_off(self.store.read(|rx| rx.log().seal_hash(mark.id))?, marked)
        {
            return Ok(Verified { fault: Some(fault), ..found });
        }
        loop {
            let rows = self.store.read(|rx| rx.log().rows_between(seen, i64::MAX, BATCH))?;
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(found) };
            if found.open == 0 && self.now().since(first.at) > PATIENCE {
                let why = "have waited for their seal for too long: does a server run, and its job audit.seal?";
                return Ok(Verified { fault: Some(format!("event {} and those after it {why}", first.id)), ..found });
            }
            if let Some(fault) = trail.fault(&rows)? {
                return Ok(Verified { fault: Some(fault), ..found });
            }
            seen = last.id;
            found.open += rows.len() as u64;
        }
    }

    /// What is wrong with a seal by itself: whoever moves its end decides what is sealed next.
    fn forged(&self, seal: &Seal) -> Option<String> {
        if chain(&self.keys.seal, seal.previous, &seal.digests) != seal.hash {
            return Some(format!("seal {} does not match its own hash", seal.id));
        }
        let ends = (seal.digests.first().map(|(id, _)| *id), seal.digests.last().map(|(id, _)| *id));
        (ends != (Some(seal.first_id), Some(seal.last_id)))
            .then(|| format!("seal {} says that it covers the events {} to {}, and covers others", seal.id, seal.first_id, seal.last_id))
    }

    /// The first contradiction between a seal and the rows it covers.
    fn fault(&self, seal: &Seal, previous: [u8; 32], rows: &[EventRow]) -> Option<String> {
        if seal.previous != previous {
            return Some(format!("seal {} does not follow the seal before it", seal.id));
        }
        if let Some(fault) = self.forged(seal) {
            return Some(fault);
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

/// The changes behind the events, read once from the first to the last, in steps.
struct Trail<'a> {
    store: &'a store::Store,
    changes: std::vec::IntoIter<StoredChange>,
    /// The change read last: its event and its own number.
    read_to: (i64, i64),
    /// All changes of the events up to this one have been read.
    all_to: i64,
}

impl Trail<'_> {
    /// The next change of the events up to `to`, if it belongs to `event`.
    fn next_of(&mut self, event: i64, to: i64) -> Result<Option<StoredChange>, StoreError> {
        if self.changes.as_slice().is_empty() && self.all_to < to {
            let read = self.store.read(|rx| rx.log().changes_between(self.read_to, to, STEP))?;
            self.read_to = read.last().map_or(self.read_to, |change| (change.event_id, change.id));
            self.all_to = if (read.len() as u64) < STEP { to } else { self.all_to };
            self.changes = read.into_iter();
        }
        let mine = self.changes.as_slice().first().is_some_and(|change| change.event_id == event);
        Ok(if mine { self.changes.next() } else { None })
    }

    /// The first of these events whose changes are not those that it recorded.
    fn fault(&mut self, rows: &[EventRow]) -> Result<Option<String>, StoreError> {
        let Some(to) = rows.last().map(|row| row.id) else { return Ok(None) };
        for row in rows {
            let mut changes = Changes::default();
            while let Some(change) = self.next_of(row.id, to)? {
                changes.add(&ChangeRow {
                    at: change.at,
                    kind: &change.kind,
                    object_id: change.object_id,
                    action: &change.action,
                    before: change.before.as_deref(),
                    after: change.after.as_deref(),
                });
            }
            if changes.digest() != row.changes {
                return Ok(Some(format!("what event {} changed was altered", row.id)));
            }
        }
        Ok(None)
    }
}

fn make(app: &App, last: Option<&Seal>, rows: &[EventRow]) -> Option<Seal> {
    let (first, end) = (rows.first()?, rows.last()?);
    let digests: Vec<(i64, [u8; 32])> = rows.iter().map(|row| (row.id, digest(row))).collect();
    let previous = last.map_or(BEGINNING, |s| s.hash);
    let hash = chain(&app.keys.seal, previous, &digests);
    Some(Seal { id: 0, first_id: first.id, last_id: end.id, digests, previous, hash, key_version: app.keys.seal.version() })
}
