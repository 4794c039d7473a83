//! Import from CSV: a dry run that decides every row, and applying exactly what it decided.
//!
//! ```text
//! bytes ─ sheet ─▶ rows ─ column ─▶ noun (site, vrf, vlan, subnet, address) ─ decide ─▶ verdicts + Plan
//!                                                                                        │ keep (a day, compressed)
//!                                                                                        ▼
//!                                                     apply: one unit of work, one event, all changes
//! ```
//!
//! A plan holds what is to be made or changed in full, and the version of each row that it was decided on. Applying reads those rows again under
//! their locks: when one was changed, made or removed meanwhile, nothing is done and the refusal names the first line that does not fit any more.
//!
//! - An empty cell gives nothing: it neither changes nor clears a field.
//! - `skip` (the default) leaves an object that is there alone: its verdict is `same`, and the details show what the file has otherwise.
//! - `overwrite` takes what the file gives; `fill` only where the object has nothing. A status always has something.
//! - The subnet that a mask names is made for new addresses only. Tags are a set: `tags`, `role` and `tenant` together are the file's value.
//! - `enforce_unique` is read and checked, but has no effect: prefixes and addresses are always unique within their VRF.
//!
//! To add a column: its name in [`Kind::columns`], its field in the noun's `Given`, and a line in the noun's `merge`. To add a kind: a file with a
//! [`Noun`](decide::Noun), its arm in `dry` and in `apply`.

mod address;
mod apply;
mod column;
mod decide;
mod dry;
mod keep;
mod merge;
mod name;
mod notes;
mod plan;
mod resolve;
mod sheet;
mod site;
mod subnet;
mod tree;
mod vlan;
mod vrf;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use guard::clock::Timestamp;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use serde::{Deserialize, Serialize};
use store::repo::ImportState;
use store::tables::ImportPlanId;

use crate::{App, OpCtx, Refusal};

pub use plan::Plan;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Places.
    Sites,
    /// Routing tables.
    Vrfs,
    /// VLANs.
    Vlans,
    /// Prefixes.
    Subnets,
    /// Addresses.
    Addresses,
}

impl Kind {
    /// All kinds, in the order in which they build on each other.
    pub const ALL: &[Self] = &[Self::Sites, Self::Vrfs, Self::Vlans, Self::Subnets, Self::Addresses];

    /// The word on the command line and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sites => "sites",
            Self::Vrfs => "vrfs",
            Self::Vlans => "vlans",
            Self::Subnets => "subnets",
            Self::Addresses => "addresses",
        }
    }

    /// The columns that have a meaning; the first one must be there. `prefix` is another word for `cidr`, `hostname` for `dns_name`.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Sites => &["name", "description", "region"],
            Self::Vrfs => &["name", "rd", "description", "enforce_unique"],
            Self::Vlans => &["vid", "name", "site", "status", "role", "description", "tags", "tenant"],
            Self::Subnets => {
                &["cidr", "vrf", "site", "vlan", "name", "status", "role", "tenant", "description", "tags", "gateway", "notes"]
            }
            Self::Addresses => &[
                "address",
                "vrf",
                "status",
                "role",
                "dns_name",
                "device",
                "interface",
                "tenant",
                "description",
                "owner",
                "mac",
                "tags",
                "notes",
                "expires_at",
            ],
        }
    }

    const fn permission(self) -> Permission {
        match self {
            Self::Sites => Permission::SiteWrite,
            Self::Vrfs => Permission::VrfWrite,
            Self::Vlans => Permission::VlanWrite,
            Self::Subnets => Permission::SubnetWrite,
            Self::Addresses => Permission::AddressWrite,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word names none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord(&'static str);

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", self.0)
    }
}

impl std::error::Error for UnknownWord {}

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().find(|kind| kind.as_str() == word).copied().ok_or(UnknownWord("sites, vrfs, vlans, subnets, addresses"))
    }
}

/// What happens to an object that is there and differs from the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDuplicate {
    /// It is left as it is.
    #[default]
    Skip,
    /// It takes what the file gives.
    Overwrite,
    /// It takes what the file gives where it has nothing.
    Fill,
}

impl OnDuplicate {
    /// All of them, the default first.
    pub const ALL: &[Self] = &[Self::Skip, Self::Overwrite, Self::Fill];

    /// The word on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Overwrite => "overwrite",
            Self::Fill => "fill",
        }
    }
}

impl fmt::Display for OnDuplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OnDuplicate {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().find(|mode| mode.as_str() == word).copied().ok_or(UnknownWord("skip, overwrite, fill"))
    }
}

/// How a file is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What it holds.
    pub kind: Kind,
    /// Name of the VRF of rows that name none; the global one when not given.
    pub vrf: Option<String>,
    /// What happens to objects that are there.
    pub on_duplicate: OnDuplicate,
    /// Columns to leave out, whatever the case.
    pub ignore: Vec<String>,
}

impl Options {
    /// The defaults for a kind.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind, vrf: None, on_duplicate: OnDuplicate::Skip, ignore: Vec::new() }
    }
}

/// What a row would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Makes something.
    Create,
    /// Changes nothing.
    Same,
    /// Changes something: the fields, separated by commas.
    Change(String),
    /// Cannot be taken, and why.
    Refused(String),
}

impl Verdict {
    /// The word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Same => "same",
            Self::Change(_) => "change",
            Self::Refused(_) => "refused",
        }
    }

    /// Why it is refused, or what would change.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Create | Self::Same => "",
            Self::Change(text) | Self::Refused(text) => text,
        }
    }
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The column.
    pub field: String,
    /// What the object has.
    pub before: String,
    /// What the file has.
    pub after: String,
}

/// The verdict on one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowVerdict {
    /// The first physical line of the row; the header is line 1.
    pub line: usize,
    /// What it would do.
    pub verdict: Verdict,
    /// What people call the object: `10.4.0.0/24 in Global`. The raw text when it could not be read.
    pub label: String,
    /// What changes, or, with `skip`, what stays different.
    pub details: Vec<Difference>,
}

/// How many rows got which verdict, and what is made on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows that make something.
    pub create: usize,
    /// Rows that change nothing.
    pub same: usize,
    /// Rows that change something.
    pub change: usize,
    /// Rows that cannot be taken.
    pub refused: usize,
    /// What rows need and the import makes along, by name: `sites`, `subnets`, `tags`, `vlans`, `vrfs`; kinds without any are left out.
    pub also: BTreeMap<String, Vec<String>>,
}

impl Totals {
    /// All rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.create + self.same + self.change + self.refused
    }

    /// Whether applying would do anything.
    #[must_use]
    pub const fn anything(&self) -> bool {
        self.create + self.change > 0
    }
}

/// The answer of a dry run.
#[derive(Debug)]
pub struct Planned {
    /// How the file was read: `semicolon-separated, UTF-8`.
    pub format: String,
    /// The numbers.
    pub totals: Totals,
    /// Every row of the file, in its order.
    pub rows: Vec<RowVerdict>,
    /// What applying does.
    pub plan: Plan,
}

/// A dry run that was kept.
#[derive(Debug)]
pub struct Kept {
    /// The row.
    pub id: ImportPlanId,
    /// What the file holds.
    pub kind: Kind,
    /// Name of the file.
    pub source: String,
    /// How the file was read.
    pub format: String,
    /// Where it stands.
    pub state: ImportState,
    /// Why it failed; empty unless it did.
    pub failure: String,
    /// When the dry run was made.
    pub created_at: Timestamp,
    /// The numbers.
    pub totals: Totals,
    /// Every row of the file, in its order.
    pub rows: Vec<RowVerdict>,
}

/// Told how many of how many rows are done. It is called from another thread, and again from the start when the unit of work is run again.
pub type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// What to apply.
#[derive(Debug)]
pub enum What {
    /// A plan in hand.
    Plan(Box<Plan>),
    /// One's own kept plan; it can be applied once.
    Kept(ImportPlanId),
}

impl From<Plan> for What {
    fn from(plan: Plan) -> Self {
        Self::Plan(Box::new(plan))
    }
}

impl From<ImportPlanId> for What {
    fn from(id: ImportPlanId) -> Self {
        Self::Kept(id)
    }
}

impl App {
    /// The dry run: decides every row of the file and stores nothing.
    ///
    /// Refused as a whole when the file cannot be read as a table of that kind; the field is `file`.
    pub async fn plan_import(
        self: &Arc<Self>,
        op: &OpCtx,
        options: Options,
        source_name: &str,
        bytes: Vec<u8>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Planned, Refusal> {
        self.ask(op, dry::DryRun { options, source: source_name.to_owned(), bytes, progress }).await
    }

    /// Keeps a dry run for a day, for whoever made it.
    pub async fn keep_plan(self: &Arc<Self>, op: &OpCtx, planned: &Planned) -> Result<ImportPlanId, Refusal> {
        let keep = tokio::task::block_in_place(|| keep::Keep::new(planned))?;
        self.run(op, keep).await
    }

    /// One's own kept dry run.
    pub async fn kept_plan(&self, op: &OpCtx, id: ImportPlanId) -> Result<Kept, Refusal> {
        self.ask(op, keep::Look(id)).await
    }

    /// Does what the plan says, all of it or nothing.
    ///
    /// [`Refusal::Conflict`] names the first row that was changed meanwhile; a kept plan has then failed for good.
    pub async fn apply_import(self: &Arc<Self>, op: &OpCtx, what: impl Into<What>, progress: Progress) -> Result<Totals, Refusal> {
        let (plan, kept) = match what.into() {
            What::Plan(plan) => (*plan, None),
            What::Kept(id) => (self.ask(op, keep::Load(id)).await?, Some(id)),
        };
        let plan = Arc::new(plan);
        let result = self.run(op, apply::Apply { plan: Arc::clone(&plan), kept, progress }).await;
        if let Err(Refusal::Conflict(why)) = &result {
            let failed = keep::Fail { kind: plan.kind, source: plan.source.clone(), kept, why: why.clone() };
            if let Err(error) = self.run(op, failed).await {
                tracing::error!(%error, "a failed import could not be recorded");
            }
        }
        result
    }
}
