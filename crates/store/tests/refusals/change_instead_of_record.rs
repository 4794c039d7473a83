use ringfence_guard::audit::Origin;
use ringfence_store::tables::group::TagFacts;
use ringfence_store::{Store, StoreError};

fn forget(store: &Store, origin: &Origin) -> Result<(), StoreError> {
    store.write(origin, |tx| {
        let change = tx.tags().insert(&TagFacts::default())?;
        Ok(change)
    })
}

fn main() {}
