use ringfence_store::tables::group::TagFacts;
use ringfence_store::{Store, StoreError};

fn cheat(store: &Store) -> Result<(), StoreError> {
    store.read(|rx| rx.tags().insert(&TagFacts::default()).map(drop))
}

fn main() {}
