//! Making changes to the audit trail visible. Every stored row has one canonical byte form and its digest; a seal is a keyed hash over
//! the seal before it and the digests of a batch of rows. Whoever alters, removes, inserts or reorders rows cannot make a matching
//! seal without the key, which is not in the database. The before and after of the objects that an event changed belong to its row by their
//! own digest ([`Changes`]).
//!
//! The byte form is unambiguous: a version word, then every column in fixed order, absent as one byte, present as one byte, its length
//! in eight bytes big-endian, and its content. Changing it means a new version word.

use crate::clock::Timestamp;
use crate::hash::{Running, sha256};
use crate::key::Key;

const ROW: &[u8] = b"ringfence audit row 1";
const CHANGES: &[u8] = b"ringfence audit changes 1";
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
    /// The name as the trail is searched by it.
    pub object_key: String,
    /// The details as stored: JSON text, byte for byte.
    pub details: String,
    /// What [`Changes`] makes of the changes that the event covers; none when it covers none.
    pub changes: Option<[u8; 32]>,
}

/// One stored change of an object with all its columns but its number, which nobody knows before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeRow<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// Kind of the object.
    pub kind: &'a str,
    /// Row of the object.
    pub object_id: i64,
    /// `create`, `update` or `delete`.
    pub action: &'a str,
    /// JSON before, byte for byte.
    pub before: Option<&'a str>,
    /// JSON after, byte for byte.
    pub after: Option<&'a str>,
}

/// The digest over the changes of one event, which takes them one after the other in their stored order.
#[derive(Clone, Default)]
pub struct Changes(Option<Running>);

impl Changes {
    /// Takes the next change in.
    pub fn add(&mut self, row: &ChangeRow<'_>) {
        let ChangeRow { at, kind, object_id, action, before, after } = row;
        let mut canonical = Canonical(Vec::new());
        canonical.number(Some(at.micros()));
        canonical.text(Some(kind));
        canonical.number(Some(*object_id));
        canonical.text(Some(action));
        canonical.text(*before);
        canonical.text(*after);
        self.0.get_or_insert_with(|| Running::new(CHANGES)).add(&canonical.0);
    }

    /// The digest; none when nothing was taken in.
    #[must_use]
    pub fn digest(self) -> Option<[u8; 32]> {
        self.0.map(Running::end)
    }
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
        let EventRow {
            id,
            at,
            name,
            actor_kind,
            actor_id,
            door,
            client,
            request_id,
            object_kind,
            object_id,
            object_label,
            object_key,
            details,
            changes,
        } = row;
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
        canonical.text(Some(object_key));
        canonical.text(Some(details));
        canonical.field(changes.as_ref().map(<[u8; 32]>::as_slice));
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
            object_key: "10.0.0.0/8".to_owned(),
            details: "{}".to_owned(),
            changes: Some([5; 32]),
        }
    }

    fn change() -> ChangeRow<'static> {
        ChangeRow {
            at: Timestamp::from_micros(1_785_585_600_000_000),
            kind: "subnet",
            object_id: 3,
            action: "update",
            before: Some("{}"),
            after: Some(r#"{"a":1}"#),
        }
    }

    fn changes(rows: &[ChangeRow<'_>]) -> Option<[u8; 32]> {
        let mut changes = Changes::default();
        for row in rows {
            changes.add(row);
        }
        changes.digest()
    }

    #[test]
    fn every_column_of_every_change_counts_and_so_does_their_order() {
        let row = change();
        let other = [
            ChangeRow { at: Timestamp::from_micros(1), ..row },
            ChangeRow { kind: "vrf", ..row },
            ChangeRow { object_id: 4, ..row },
            ChangeRow { action: "delete", ..row },
            ChangeRow { before: None, ..row },
            ChangeRow { before: Some(""), ..row },
            ChangeRow { after: Some("{}"), ..row },
            ChangeRow { after: None, ..row },
        ];
        let mut digests: Vec<_> =
            other.iter().flat_map(|other| [changes(&[*other]), changes(&[row, *other]), changes(&[*other, row])]).collect();
        digests.extend([changes(&[]), changes(&[row]), changes(&[row, row])]);
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), count);
        assert_eq!(changes(&[]), None);
    }

    /// The form is stored in seals for years: this value changes only together with the version word.
    #[test]
    fn the_form_is_fixed() {
        assert_eq!(text::hex(&digest(&row())), "c5251b4cea6aac5b69c3209b27e11d1c8a8af5e078e1270009598b544e74c17a");
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
            |row| row.object_key.clear(),
            |row| row.details = "{ }".to_owned(),
            |row| row.changes = None,
            |row| row.changes = Some([6; 32]),
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
