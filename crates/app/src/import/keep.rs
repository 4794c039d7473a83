//! Dry runs that are kept for a day: the plan and the verdicts, compressed, apart from each other so that a page reads the verdicts alone.
//!
//! The body is the length of the first part (8 bytes, big-endian), the plan, the format and the verdicts; each part is zlib over JSON. 200,000 rows
//! come to some 8 MiB, which fits the packets that MariaDB takes by default (16 MiB).

use std::io::{Read as _, Write as _};
use std::time::Duration;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use guard::audit::Event;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::repo::{ImportPlan, ImportState, NewImportPlan};
use store::tables::ImportPlanId;
use store::{Change, ReadTx, Recorded, StoreError, WriteTx};

use super::{Kept, Kind, Plan, Planned, RowVerdict};
use crate::{Command, OpCtx, Query, Refusal, event};

/// How long a plan is kept.
const KEPT: Duration = Duration::from_hours(24);
/// A part larger than this was not written by us.
const LARGEST: u64 = 1 << 30;
pub(super) const KIND: &str = "import_plan";

fn corrupt(error: impl std::fmt::Display) -> Refusal {
    Refusal::Store(StoreError::Corrupt(format!("a kept import plan: {error}")))
}

fn pack(value: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    let mut to = std::io::BufWriter::with_capacity(1 << 16, ZlibEncoder::new(Vec::new(), Compression::fast()));
    serde_json::to_writer(&mut to, value).map_err(corrupt)?;
    to.flush().map_err(corrupt)?;
    to.into_inner().map_err(corrupt)?.finish().map_err(corrupt)
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut json = Vec::new();
    ZlibDecoder::new(bytes).take(LARGEST).read_to_end(&mut json).map_err(corrupt)?;
    serde_json::from_slice(&json).map_err(corrupt)
}

/// Both parts of a body.
fn parts(body: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let (length, rest) = body.split_first_chunk::<8>().ok_or_else(|| corrupt("too short"))?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(corrupt)?;
    rest.split_at_checked(length).ok_or_else(|| corrupt("cut short"))
}

/// Keeps a dry run.
pub(super) struct Keep {
    kind: Kind,
    source: String,
    total: usize,
    totals: String,
    body: Vec<u8>,
}

impl Keep {
    pub(super) fn new(planned: &Planned) -> Result<Self, Refusal> {
        let plan = pack(&planned.plan)?;
        let mut body = (plan.len() as u64).to_be_bytes().to_vec();
        body.extend(plan);
        body.extend(pack(&(&planned.format, &planned.rows))?);
        let totals = serde_json::to_string(&planned.totals).map_err(corrupt)?;
        Ok(Self { kind: planned.plan.kind, source: planned.plan.source.clone(), total: planned.totals.rows(), totals, body })
    }
}

impl Command for Keep {
    const NAME: &'static str = "import.plan";
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = ImportPlanId;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<ImportPlanId>, Refusal> {
        let change = tx.import_plans().insert(NewImportPlan {
            kind: self.kind.as_str(),
            source: self.source.clone(),
            owner: op.owner(),
            total: i64::try_from(self.total).unwrap_or(i64::MAX),
            totals: self.totals.clone(),
            plan: self.body.clone(),
            expires_at: op.now().plus(KEPT),
        })?;
        let id = change.value().0;
        let event = Event::new(event::IMPORT_PLANNED).on(KIND, id, self.source.clone()).with("kind", self.kind.as_str());
        Ok(tx.record(&event.with("rows", self.total), change)?)
    }
}

/// One's own plan that has not expired; somebody else's looks like none.
fn own(found: Option<ImportPlan>, id: ImportPlanId, op: &OpCtx) -> Result<ImportPlan, Refusal> {
    found.filter(|plan| plan.owner == op.owner() && op.now().since(plan.created_at) < KEPT).ok_or_else(|| Refusal::missing(KIND, id.0))
}

/// Reads the verdicts of a kept dry run.
pub(super) struct Look(pub(super) ImportPlanId);

impl Query for Look {
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = Kept;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Kept, Refusal> {
        let plan = own(rx.import_plans().find(self.0)?, self.0, op)?;
        let body = rx.import_plans().body(self.0)?.ok_or_else(|| Refusal::missing(KIND, self.0.0))?;
        let (format, rows): (String, Vec<RowVerdict>) = unpack(parts(&body)?.1)?;
        Ok(Kept {
            id: plan.id,
            kind: plan.kind.parse().map_err(corrupt)?,
            source: plan.source,
            format,
            state: plan.state,
            failure: plan.failure,
            created_at: plan.created_at,
            totals: serde_json::from_str(&plan.totals).map_err(corrupt)?,
            rows,
        })
    }
}

/// Reads a kept plan that can still be applied.
pub(super) struct Load(pub(super) ImportPlanId);

impl Query for Load {
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = Plan;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Plan, Refusal> {
        let plan = own(rx.import_plans().find(self.0)?, self.0, op)?;
        if plan.state != ImportState::Planned {
            return Err(done_before(&plan));
        }
        let body = rx.import_plans().body(self.0)?.ok_or_else(|| Refusal::missing(KIND, self.0.0))?;
        unpack(parts(&body)?.0)
    }
}

/// Why a plan cannot be applied again. Not a [`Refusal::Conflict`]: that would mark it failed.
fn done_before(plan: &ImportPlan) -> Refusal {
    Refusal::InUse(match plan.state {
        ImportState::Failed => format!("this import has failed: {}", plan.failure),
        _ => "this import has been applied already".to_owned(),
    })
}

/// Takes the kept plan for this unit; of two at once the second is refused.
pub(super) fn take(tx: &mut WriteTx<'_>, id: ImportPlanId, op: &OpCtx) -> Result<Change<()>, Refusal> {
    let taken = tx.import_plans().advance(id, ImportState::Planned, ImportState::Applied, "")?;
    if *taken.value() {
        return Ok(taken.map(drop));
    }
    Err(done_before(&own(tx.import_plans().find(id)?, id, op)?))
}

/// Records that an import was refused.
pub(super) struct Fail {
    pub(super) kind: Kind,
    pub(super) source: String,
    pub(super) kept: Option<ImportPlanId>,
    pub(super) why: String,
}

impl Command for Fail {
    const NAME: &'static str = "import.fail";
    const PERMISSION: Option<Permission> = Some(Permission::ImportRun);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let mut event = Event::new(event::IMPORT_FAILED).with("kind", self.kind.as_str()).with("source", self.source.clone());
        let mut change = Change::none();
        if let Some(id) = self.kept {
            event = event.on(KIND, id.0, self.source.clone());
            change = tx.import_plans().advance(id, ImportState::Planned, ImportState::Failed, &self.why)?.map(drop);
        }
        Ok(tx.record(&event.with("why", self.why.clone()), change)?)
    }
}
