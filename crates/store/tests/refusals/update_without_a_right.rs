use ringfence_store::tables::group::{Tag, TagFacts};
use ringfence_store::{StoreError, WriteTx};

fn cheat(tx: &mut WriteTx<'_>, tag: &Tag) -> Result<(), StoreError> {
    tx.tags().update(tag, &TagFacts::default()).map(drop)
}

fn main() {}
