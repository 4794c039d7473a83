//! The import's three steps: a file, what it would do line by line, and doing it.

use askama::Template;

use super::{Choice, Form, Frame, Shape, When};

/// Step 1 as typed; the file itself never comes back.
#[derive(Debug, Clone, Default)]
pub struct ImportValues {
    /// sites, vrfs, vlans, subnets or addresses.
    pub kind: String,
    /// VRF id for lines that name none.
    pub vrf: String,
    /// skip, overwrite or fill.
    pub on_duplicate: String,
    /// Columns to leave out, comma-separated.
    pub ignore: String,
}

impl ImportValues {
    /// What can be imported.
    #[must_use]
    pub fn kinds() -> Vec<Choice> {
        ["sites", "vrfs", "vlans", "subnets", "addresses"].map(|kind| Choice::new(kind, kind)).into()
    }

    /// What to do with lines whose object exists.
    #[must_use]
    pub fn duplicates() -> Vec<Choice> {
        vec![
            Choice::new("skip", "leave it as it is"),
            Choice::new("fill", "fill its empty fields"),
            Choice::new("overwrite", "overwrite it"),
        ]
    }
}

/// An import of the past.
#[derive(Debug, Clone)]
pub struct PastImport {
    /// Row id.
    pub id: i64,
    /// When.
    pub when: When,
    /// What is in it.
    pub kind: String,
    /// Name of the file.
    pub file: String,
    /// In words: "applied: 43 created, 2 changed".
    pub result: String,
}

/// `GET /import`
#[derive(Debug, Template)]
#[template(path = "import/start.html")]
pub struct ImportPage {
    /// The frame.
    pub page: Frame,
    /// Posted to `/import` as multipart: csrf, kind, vrf, `on_duplicate`, ignore, file.
    pub form: Form<ImportValues>,
    /// VRFs to choose from.
    pub vrfs: Vec<Choice>,
    /// The largest file, in MiB.
    pub most: usize,
    /// Those of the last day.
    pub past: Vec<PastImport>,
}

/// What the dry run says about one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Makes something.
    Create,
    /// Changes nothing.
    Same,
    /// Changes something.
    Change,
    /// Cannot be done.
    Refused,
}

impl Verdict {
    /// Every verdict, in the order of the totals.
    pub const ALL: [Self; 4] = [Self::Create, Self::Same, Self::Change, Self::Refused];

    /// The word, also the value of the filter.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Same => "same",
            Self::Change => "change",
            Self::Refused => "refused",
        }
    }

    /// The figure.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Self::Create => Shape::Disc,
            Self::Same => Shape::Ring,
            Self::Change => Shape::Triangle,
            Self::Refused => Shape::Cross,
        }
    }
}

/// How many lines got which verdict.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// Lines that make something.
    pub create: i64,
    /// Lines that change nothing.
    pub same: i64,
    /// Lines that change something.
    pub change: i64,
    /// Lines that cannot be done.
    pub refused: i64,
}

impl Totals {
    /// The number of one verdict.
    #[must_use]
    pub fn of(self, verdict: Verdict) -> i64 {
        match verdict {
            Verdict::Create => self.create,
            Verdict::Same => self.same,
            Verdict::Change => self.change,
            Verdict::Refused => self.refused,
        }
    }

    /// All lines.
    #[must_use]
    pub fn rows(self) -> i64 {
        self.create + self.same + self.change + self.refused
    }

    /// Whether applying would do anything.
    #[must_use]
    pub fn anything(self) -> bool {
        self.create + self.change > 0
    }
}

/// One line of the file.
#[derive(Debug, Clone)]
pub struct PlanRow {
    /// Line number in the file; the header is line 1.
    pub line: i64,
    /// What would happen.
    pub verdict: Verdict,
    /// The object: "10.4.0.0/24 in Global".
    pub object: String,
    /// Why it is refused, or what would change.
    pub reason: String,
}

/// `GET /import/{id}`: the dry run's result.
#[derive(Debug, Template)]
#[template(path = "import/plan.html")]
pub struct ImportPlanPage {
    /// The frame.
    pub page: Frame,
    /// Row id of the plan.
    pub id: i64,
    /// What is imported.
    pub kind: String,
    /// Name of the file.
    pub file: String,
    /// How it was read: "semicolon-separated, UTF-8".
    pub format: String,
    /// The numbers.
    pub totals: Totals,
    /// The verdict that is shown alone, or empty.
    pub filter: String,
    /// What lines need and the import makes along: "3 sites: Oslo, Riga, Turku".
    pub along: Vec<String>,
    /// The lines of this window.
    pub rows: Vec<PlanRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// Why the plan can't be applied any more: rows changed, already applied, expired.
    pub stale: Option<String>,
}

/// Where an import that runs stands.
#[derive(Debug, Clone)]
pub enum ImportState {
    /// It runs: done of all lines.
    Running {
        /// Lines that are done.
        done: i64,
        /// All lines.
        total: i64,
    },
    /// It has come to its end.
    Done {
        /// The numbers.
        totals: Totals,
        /// In words: "1.2 s"; nothing when another process did it.
        took: Option<String>,
    },
    /// It was refused or broke off.
    Failed {
        /// Something before the failure was done and stays.
        partly: bool,
        /// One sentence.
        reason: String,
    },
}

/// The part that htmx asks for while an import runs: `GET /import/{id}/progress`, `GET /demo/progress`.
#[derive(Debug, Template)]
#[template(path = "import/progress.html")]
pub struct ImportProgress {
    /// Path of the import: `/import/5`.
    pub at: String,
    /// Where its lines are shown.
    pub lines: Option<String>,
    /// Where it stands.
    pub state: ImportState,
}

/// `GET /import/{id}/run`, `GET /demo/run`
#[derive(Debug, Template)]
#[template(path = "import/run.html")]
pub struct ImportRunPage {
    /// The frame.
    pub page: Frame,
    /// Path of the import: `/import/5`.
    pub at: String,
    /// Where its lines are shown.
    pub lines: Option<String>,
    /// Name of the file.
    pub file: String,
    /// Where it stands.
    pub state: ImportState,
}

#[cfg(test)]
mod sample {
    use super::super::Nav;
    use super::*;

    impl ImportPage {
        pub(crate) fn sample() -> Self {
            let values = ImportValues { kind: "subnets".into(), vrf: "1".into(), on_duplicate: "skip".into(), ignore: "tenant".into() };
            Self {
                page: Frame::sample("Import", Nav::Import),
                form: Form::new("import", "/import", values).wrong("file", "Unknown column “rack”. Name it under “Leave out” to go on."),
                vrfs: vec![Choice::new("1", "Global")],
                most: 5,
                past: vec![PastImport {
                    id: 4,
                    when: When::sample(),
                    kind: "subnets".into(),
                    file: "aws-prefixes.csv".into(),
                    result: "applied: 11,012 created".into(),
                }],
            }
        }
    }

    impl ImportPlanPage {
        pub(crate) fn sample() -> Self {
            let row = |line, verdict, object: &str, reason: &str| PlanRow { line, verdict, object: object.into(), reason: reason.into() };
            Self {
                page: Frame::sample("Import: dry run", Nav::Import),
                id: 5,
                kind: "subnets".into(),
                file: "plan-2026.csv".into(),
                format: "semicolon-separated, UTF-8".into(),
                totals: Totals { create: 214, same: 11, change: 3, refused: 1 },
                filter: String::new(),
                along: vec!["2 sites: Oslo, Riga".into(), "1 VRF: Customers".into()],
                rows: vec![
                    row(2, Verdict::Create, "10.4.0.0/24 in Global", ""),
                    row(3, Verdict::Same, "10.4.1.0/24 in Global", ""),
                    row(4, Verdict::Change, "10.4.2.0/24 in Global", "name: “Lab” → “Lab Oslo”"),
                    row(5, Verdict::Refused, "10.4.3.7/24", "Host bits are set: the subnet is 10.4.3.0/24."),
                ],
                more: Some("/import/5?cursor=x".into()),
                stale: None,
            }
        }

        pub(crate) fn sample_stale() -> Self {
            let stale = Some("Somebody changed 10.4.2.0/24 since this dry run. Upload the file again.".into());
            Self { stale, filter: "refused".into(), along: Vec::new(), ..Self::sample() }
        }
    }

    impl ImportState {
        pub(crate) fn samples() -> [Self; 3] {
            let totals = Totals { create: 214, same: 11, change: 3, refused: 1 };
            [
                Self::Running { done: 80, total: 229 },
                Self::Done { totals, took: Some("1.2 s".into()) },
                Self::Failed { partly: false, reason: "Somebody changed 10.4.2.0/24 since the dry run.".into() },
            ]
        }
    }

    impl ImportRunPage {
        pub(crate) fn sample(state: ImportState) -> Self {
            Self {
                page: Frame::sample("Import: running", Nav::Import),
                at: "/import/5".into(),
                lines: Some("/import/5".into()),
                file: "plan-2026.csv".into(),
                state,
            }
        }
    }
}
