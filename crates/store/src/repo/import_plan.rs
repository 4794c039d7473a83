//! Planned imports: the dry run's verdicts, kept until they are applied or expire.

use guard::clock::Timestamp;
use ringfence_guard as guard;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};

use super::{ImportPlans, Page, Window};
use crate::error::{DriverError, StoreError};
use crate::tables::group::time;
use crate::tables::{ImportPlanId, words};
use crate::unit::{Access, Change, Insert, Quiet, Recorded, WriteTx, insert};

static INSERT: Insert =
    insert!(TABLE, &["kind", "source", "owner", "state", "done", "total", "totals", "plan", "failure", "created_at", "expires_at"]);
const TABLE: &str = "import_plan";

words! {
    /// Where an import stands.
    ImportState {
        /// The dry run is there; nothing was changed.
        Planned = "planned",
        /// Being applied.
        Running = "running",
        /// Applied.
        Applied = "applied",
        /// Refused or failed; nothing was changed.
        Failed = "failed",
    }
}

/// A plan to keep.
pub struct NewImportPlan {
    /// `sites`, `vrfs`, `vlans`, `subnets` or `addresses`.
    pub kind: &'static str,
    /// File name as given.
    pub source: String,
    /// Who may see and apply it.
    pub owner: String,
    /// Rows in all.
    pub total: i64,
    /// Totals as JSON.
    pub totals: String,
    /// The plan itself, as `app::import` writes it.
    pub plan: Vec<u8>,
    /// When it is thrown away.
    pub expires_at: Timestamp,
}

/// A kept plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPlan {
    /// The row.
    pub id: ImportPlanId,
    /// `sites`, `vrfs`, `vlans`, `subnets` or `addresses`.
    pub kind: String,
    /// File name as given.
    pub source: String,
    /// Who may see and apply it.
    pub owner: String,
    /// Where it stands.
    pub state: ImportState,
    /// Rows done so far.
    pub done: i64,
    /// Rows in all.
    pub total: i64,
    /// Totals as JSON.
    pub totals: String,
    /// Why it failed.
    pub failure: String,
    /// When the dry run was made.
    pub created_at: Timestamp,
}

fn read(row: &mut crate::driver::Row<'_>) -> Result<ImportPlan, DriverError> {
    Ok(ImportPlan {
        id: row.take()?,
        kind: row.take()?,
        source: row.take()?,
        owner: row.take()?,
        state: row.take()?,
        done: row.take()?,
        total: row.take()?,
        totals: row.take()?,
        failure: row.take()?,
        created_at: time(row)?,
    })
}

fn select() -> SelectStatement {
    let columns = ["id", "kind", "source", "owner", "state", "done", "total", "totals", "failure", "created_at"];
    Query::select().columns(columns).from(TABLE).take()
}

impl<A: Access> ImportPlans<'_, A> {
    /// The plan without its body.
    pub fn find(&mut self, id: ImportPlanId) -> Result<Option<ImportPlan>, StoreError> {
        self.0.row(select().and_where(Expr::col("id").eq(id.0)), read)
    }

    /// One owner's plans without their bodies, newest first.
    pub fn list(&mut self, owner: &str, page: &Page<ImportPlanId>) -> Result<Window<ImportPlan>, StoreError> {
        let mut query = select();
        query.and_where(Expr::col("owner").eq(owner));
        if let Some(after) = page.after {
            query.and_where(Expr::col("id").lt(after.0));
        }
        query.order_by("id", Order::Desc).limit(page.limit + 1);
        Ok(Window::cut(self.0.rows(&mut query, read)?, page.limit))
    }

    /// The plan's body.
    pub fn body(&mut self, id: ImportPlanId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = Query::select();
        query.column("plan").from(TABLE).and_where(Expr::col("id").eq(id.0));
        self.0.row(&mut query, |row| row.take())
    }
}

impl ImportPlans<'_, WriteTx<'_>> {
    /// Keeps a plan.
    pub fn insert(&mut self, new: NewImportPlan) -> Result<Change<ImportPlanId>, StoreError> {
        let now = self.0.origin().at.micros();
        let values = [
            new.kind.into(),
            new.source.into(),
            new.owner.into(),
            ImportState::Planned.as_str().into(),
            0i64.into(),
            new.total.into(),
            new.totals.into(),
            new.plan.into(),
            "".into(),
            now.into(),
            new.expires_at.micros().into(),
        ];
        let id = ImportPlanId(self.0.insert(&INSERT.one, &values)?);
        Ok(Change::bare(id))
    }

    /// Moves a plan from one state to the next; false when it is not in `from` any more.
    pub fn advance(&mut self, id: ImportPlanId, from: ImportState, to: ImportState, failure: &str) -> Result<Change<bool>, StoreError> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("state", to.as_str())
            .value("failure", failure)
            .and_where(Expr::col("id").eq(id.0))
            .and_where(Expr::col("state").eq(from.as_str()));
        Ok(Change::bare(self.0.execute(&mut update)? == 1))
    }

    /// Notes how far it is, in a unit of its own.
    pub fn progress(&mut self, id: ImportPlanId, done: i64) -> Result<Recorded<()>, StoreError> {
        let mut update = Query::update();
        update.table(TABLE).value("done", done).and_where(Expr::col("id").eq(id.0));
        let change = Change::bare(self.0.execute(&mut update)?);
        Ok(self.0.quiet(Quiet::JobHeartbeat, change).map(drop))
    }
}
