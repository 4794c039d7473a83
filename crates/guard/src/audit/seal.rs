//! Making changes to the audit trail visible. Every stored row has one canonical byte form and its digest; a seal is a keyed hash over
//! the seal before it and the digests of a batch of rows. Whoever alters, removes, inserts or reorders rows cannot make a matching
//! seal without the key, which is not in the database.
//!
//! The byte form is unambiguous: a version word, then every column in fixed order, absent as one byte, present as one byte, its length
//! in eight bytes big-endian, and its content. Changing it means a new version word.

use crate::clock::Timestamp;
use crate::hash::sha256;
use crate::key::Key;

const ROW: &[u8] = b"ringfence audit row 1";
const SEAL: &[u8] = b"ringfence audit seal 1";

/// What the first seal of an installation is chained to.
pub const BEGINNING: [u8; 32] = [0; 32];

/// One stored event with all its columns, as read back from the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Row number, rising.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Event name.
    pub name: String,
    /// [`super::Actor::kind`].
    pub actor_kind: String,
    /// [`super::Actor::id`].
    pub actor_id: Option<i64>,
    /// [`super::Door::as_str`].
    pub door: String,
    /// The client's address as text.
    pub client: Option<String>,
    /// The request it belongs to.
    pub request_id: String,
    /// Kind of the object.
    pub object_kind: Option<String>,
    /// Row of the object.
    pub object_id: Option<i64>,
    /// Name of the object then.
    pub object_label: Option<String>,
    /// The details as stored: JSON text, byte for byte.
    pub details: String,
}

/// The canonical byte form of a row.
struct Canonical(Vec<u8>);

impl Canonical {
    fn field(&mut self, content: Option<&[u8]>) {
        match content {
            None => self.0.push(0),
            Some(content) => {
                self.0.push(1);
                self.0.extend_from_slice(&(content.len() as u64).to_be_bytes());
                self.0.extend_from_slice(content);
            }
        }
    }

    fn number(&mut self, number: Option<i64>) {
        self.field(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    }

    fn text(&mut self, text: Option<&str>) {
        self.field(text.map(str::as_bytes));
    }

    fn of(row: &EventRow) -> Self {
        // Taken apart by name, so that a new column does not compile until it is sealed.
        let EventRow { id, at, name, actor_kind, actor_id, door, client, request_id, object_kind, object_id, object_label, details } = row;
        let mut canonical = Self(ROW.to_vec());
        canonical.number(Some(*id));
        canonical.number(Some(at.micros()));
        canonical.text(Some(name));
        canonical.text(Some(actor_kind));
        canonical.number(*actor_id);
        canonical.text(Some(door));
        canonical.text(client.as_deref());
        canonical.text(Some(request_id));
        canonical.text(object_kind.as_deref());
        canonical.number(*object_id);
        canonical.text(object_label.as_deref());
        canonical.text(Some(details));
        canonical
    }
}

/// SHA-256 of the row's canonical byte form.
#[must_use]
pub fn digest(row: &EventRow) -> [u8; 32] {
    sha256(&Canonical::of(row).0)
}

/// The seal over a batch: the rows' numbers and digests in order, chained to the seal before ([`BEGINNING`] for the first).
#[must_use]
pub fn chain(key: &Key, previous: [u8; 32], digests: &[(i64, [u8; 32])]) -> [u8; 32] {
    let mut message = Vec::with_capacity(SEAL.len() + 40 + digests.len() * 40);
    message.extend_from_slice(SEAL);
    message.extend_from_slice(&previous);
    message.extend_from_slice(&(digests.len() as u64).to_be_bytes());
    for (id, digest) in digests {
        message.extend_from_slice(&id.to_be_bytes());
        message.extend_from_slice(digest);
    }
    key.sign(&message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{AUDIT_SEAL, MasterKey};
    use crate::text;
    use proptest::prelude::*;

    fn row() -> EventRow {
        EventRow {
            id: 7,
            at: Timestamp::from_micros(1_785_585_600_000_000),
            name: "subnet.created".to_owned(),
            actor_kind: "user".to_owned(),
            actor_id: Some(1),
            door: "web".to_owned(),
            client: Some("203.0.113.9".to_owned()),
            request_id: "00000000deadbeef".to_owned(),
            object_kind: Some("subnet".to_owned()),
            object_id: Some(3),
            object_label: Some("10.0.0.0/8".to_owned()),
            details: "{}".to_owned(),
        }
    }

    /// The form is stored in seals for years: this value changes only together with the version word.
    #[test]
    fn the_form_is_fixed() {
        assert_eq!(text::hex(&digest(&row())), "af90e558070c8906a2fd1b0ced88e976dab107d946ec411622be1e5205fc30b6");
    }

    #[test]
    fn every_column_counts() {
        type Edit = fn(&mut EventRow);
        let edits: &[Edit] = &[
            |row| row.id = 8,
            |row| row.at = Timestamp::from_micros(0),
            |row| row.name.push('x'),
            |row| row.actor_kind = "key".to_owned(),
            |row| row.actor_id = None,
            |row| row.door = "api".to_owned(),
            |row| row.client = None,
            |row| row.client = Some(String::new()),
            |row| row.request_id.clear(),
            |row| row.object_kind = None,
            |row| row.object_id = Some(4),
            |row| row.object_label = None,
            |row| row.details = "{ }".to_owned(),
        ];
        let mut digests = vec![digest(&row())];
        for edit in edits {
            let mut edited = row();
            edit(&mut edited);
            digests.push(digest(&edited));
        }
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    #[test]
    fn any_change_of_a_batch_breaks_its_seal() {
        let key = MasterKey::new([3; 32]).derive(AUDIT_SEAL, 1);
        let batch = [(1, [1; 32]), (2, [2; 32]), (3, [3; 32])];
        let seal = chain(&key, BEGINNING, &batch);
        assert_eq!(seal, chain(&key, BEGINNING, &batch));
        for other in [
            chain(&key, BEGINNING, &batch[..2]),
            chain(&key, BEGINNING, &[batch[1], batch[0], batch[2]]),
            chain(&key, BEGINNING, &[(1, [1; 32]), (2, [9; 32]), (3, [3; 32])]),
            chain(&key, BEGINNING, &[(1, [1; 32]), (4, [2; 32]), (3, [3; 32])]),
            chain(&key, [1; 32], &batch),
            chain(&key, BEGINNING, &[]),
            chain(&MasterKey::new([4; 32]).derive(AUDIT_SEAL, 1), BEGINNING, &batch),
        ] {
            assert_ne!(seal, other);
        }
    }

    proptest! {
        /// Text moved over a column border is the classic way to forge a row with the same bytes.
        #[test]
        fn columns_do_not_run_into_each_other(text in "[a-z]{1,12}", cut in 0usize..12, other in 0usize..12) {
            let (cut, other) = (cut % (text.len() + 1), other % (text.len() + 1));
            prop_assume!(cut != other);
            let split = |at: usize| EventRow { name: text[..at].to_owned(), actor_kind: text[at..].to_owned(), ..row() };
            prop_assert_ne!(digest(&split(cut)), digest(&split(other)));
        }
    }
}
