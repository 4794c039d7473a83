//! The audit trail.

use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::repo::EventFilter;
pub use store::repo::TrailSearch;

use super::{Paging, list};
use crate::shape::{self, List};
use crate::{OpCtx, Query, Refusal};

/// Events, newest first.
#[derive(Default)]
pub struct ListEvents {
    /// Which.
    pub filter: EventFilter,
    /// Which window.
    pub paging: Paging,
}

impl Query for ListEvents {
    const PERMISSION: Option<Permission> = Some(Permission::AuditRead);
    type Output = List<shape::Event>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::Event>, Refusal> {
        let page = self.paging.page(|text| text.parse().ok())?;
        Ok(list(rx.log().events(&self.filter, &page)?, |e| e.id.to_string(), shape::Event::from))
    }
}

/// Events as a person looks for them, newest first.
#[derive(Default)]
pub struct SearchEvents {
    /// Which.
    pub search: TrailSearch,
    /// Which window.
    pub paging: Paging,
}

impl Query for SearchEvents {
    const PERMISSION: Option<Permission> = Some(Permission::AuditRead);
    type Output = List<shape::Event>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<List<shape::Event>, Refusal> {
        let page = self.paging.page(|text| text.parse().ok())?;
        Ok(list(rx.log().search(&self.search, &page)?, |e| e.id.to_string(), shape::Event::from))
    }
}
