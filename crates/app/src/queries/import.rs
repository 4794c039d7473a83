//! Imports of the last day: what was tried, and what became of it. The verdicts of one are read with [`App::kept_plan`](crate::App::kept_plan).

use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{ImportPlan, ImportState, Page};
use store::tables::ImportPlanId;
use store::{ReadTx, StoreError};

use crate::import::Totals;
use crate::{OpCtx, Query, Refusal};

/// One dry run that is kept, without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The row.
    pub id: i64,
    /// `sites`, `vrfs`, `vlans`, `subnets` or `addresses`.
    pub kind: String,
    /// Name of the file.
    pub source: String,
    /// Where it stands.
    pub state: ImportState,
    /// Why it failed; empty unless it did.
    pub failure: String,
    /// The numbers.
    pub totals: Totals,
    /// When the dry run was made: RFC 3339, UTC.
    pub created_at: String,
}

impl TryFrom<ImportPlan> for Import {
    type Error = Refusal;

    fn try_from(plan: ImportPlan) -> Result<Self, Refusal> {
        let totals = serde_json::from_str(&plan.totals).map_err(|e| StoreError::Corrupt(format!("a kept import plan: {e}")))?;
        Ok(Self {
            id: plan.id.0,
            kind: plan.kind,
            source: plan.source,
            state: plan.state,
            failure: plan.failure,
            totals,
            created_at: plan.created_at.rfc3339_micros(),
        })
    }
}

/// One's own import; somebody else's looks like none.
pub struct GetImport(pub ImportPlanId);

impl Query for GetImport {
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = Import;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Import, Refusal> {
        let found = rx.import_plans().find(self.0)?.filter(|plan| plan.owner == op.owner());
        found.ok_or_else(|| Refusal::missing("import", self.0.0))?.try_into()
    }
}

/// One's own imports, newest first.
pub struct RecentImports {
    /// At most so many.
    pub limit: u64,
}

impl Query for RecentImports {
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = Vec<Import>;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Vec<Import>, Refusal> {
        rx.import_plans().list(&op.owner(), &Page::first(self.limit))?.rows.into_iter().map(Import::try_from).collect()
    }
}
