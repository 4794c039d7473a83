//! The values in force: read again as soon as a request sees a newer version, which every look-up of a session or key brings along.

use std::sync::{Arc, PoisonError, RwLock};

use ringfence_store::{Store, StoreError};

use super::Values;

/// The settings of this instance.
pub struct Live(RwLock<Arc<Values>>);

impl Live {
    pub(crate) fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self(RwLock::new(Arc::new(load(store)?))))
    }

    /// The values as last read.
    pub(crate) fn now(&self) -> Arc<Values> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads again when `version` is not the one in force; blocks then.
    pub(crate) fn refresh(&self, version: i64, store: &Store) -> Result<(), StoreError> {
        if self.now().version == version {
            return Ok(());
        }
        let fresh = Arc::new(load(store)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

fn load(store: &Store) -> Result<Values, StoreError> {
    let (version, stored) = store.read(|rx| rx.settings().all())?;
    Ok(Values { version, stored })
}
