//! The values in force: read again as soon as a request sees a newer version, which every look-up of a session or key brings along.

use std::sync::{Arc, PoisonError, RwLock};

use guard::clock::Timestamp;
use guard::envelope::Sealer;
use guard::fence::Registry;
use ringfence_guard as guard;
use ringfence_store::{Store, StoreError};

use super::Values;
use super::values::Beside;

/// The settings of this instance.
pub struct Live {
    values: RwLock<Arc<Values>>,
    registry: Registry,
    sealer: Sealer,
}

impl Live {
    /// Reads them for the first time; rules of the fence that do not do are refused, by their number.
    pub(crate) fn read(store: &Store, now: Timestamp, registry: Registry, sealer: Sealer) -> Result<Self, StoreError> {
        let values =
            load(store, now, &registry, &sealer)?.map_err(|error| StoreError::Setup(format!("a setting cannot be read: {error}")))?;
        Ok(Self { values: RwLock::new(Arc::new(values)), registry, sealer })
    }

    /// The values as last read.
    pub(crate) fn now(&self) -> Arc<Values> {
        Arc::clone(&self.values.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The parts that rules may name.
    pub(crate) const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What seals secret settings.
    pub(crate) const fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Reads again when `version` is not the one in force; blocks then. Values that do not do leave those before in force.
    pub(crate) fn refresh(&self, version: i64, now: Timestamp, store: &Store) -> Result<(), StoreError> {
        if self.now().version() == version {
            return Ok(());
        }
        match load(store, now, &self.registry, &self.sealer)? {
            Ok(fresh) => *self.values.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh),
            Err(error) => tracing::error!(error, "a setting cannot be read: those before stay in force"),
        }
        Ok(())
    }
}

fn load(store: &Store, now: Timestamp, registry: &Registry, sealer: &Sealer) -> Result<Result<Values, String>, StoreError> {
    let (version, stored, beside) = store.read::<_, StoreError>(|rx| {
        let (version, stored) = rx.settings().all()?;
        let beside = Beside { key_blocks: rx.blocks().of_keys(now)?, dearest_import: rx.accounts().dearest_import()? };
        Ok((version, stored, beside))
    })?;
    Ok(Values::read(version, stored, beside, registry, sealer))
}
