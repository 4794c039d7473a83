//! The import's pages: a file ([`upload`]), its dry run line by line ([`plan`]), and applying it in the background ([`run`]).

pub mod plan;
pub mod run;
pub mod upload;

use std::sync::Arc;

use ringfence_app::queries::import::{Import, RecentImports};
use ringfence_app::{App, GLOBAL, ImportState, Refusal, import};

use super::board::count;
use super::pick;
use crate::fill;
use crate::gate::Visitor;
use crate::reply;
use crate::view::import::{ImportPage, ImportValues, PastImport, Totals};
use crate::view::{Form, Nav};

/// Past imports on the page.
const PAST: u64 = 20;

/// The numbers as views hold them.
pub(super) fn totals(totals: &import::Totals) -> Totals {
    Totals { create: count(totals.create), same: count(totals.same), change: count(totals.change), refused: count(totals.refused) }
}

/// The numbers that are not zero, in words.
fn numbers(totals: &import::Totals, words: [&str; 4]) -> String {
    let [create, same, change, refused] = words;
    let parts = [(totals.create, create), (totals.change, change), (totals.same, same), (totals.refused, refused)];
    let shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", fill::grouped(n))).collect();
    if shown.is_empty() { "no lines".to_owned() } else { shown.join(", ") }
}

fn past(import: Import) -> PastImport {
    let result = match import.state {
        ImportState::Planned | ImportState::Running => {
            format!("only tried: {}", numbers(&import.totals, ["to create", "same", "to change", "refused"]))
        }
        ImportState::Applied => format!("applied: {}", numbers(&import.totals, ["created", "same", "changed", "refused"])),
        ImportState::Failed => format!("failed: {}", import.failure),
    };
    PastImport { id: import.id, when: fill::when(&import.created_at), kind: import.kind, file: import.source, result }
}

/// What stands in the form before anybody typed.
fn fresh() -> ImportValues {
    ImportValues {
        kind: import::Kind::Subnets.as_str().to_owned(),
        vrf: GLOBAL.0.to_string(),
        on_duplicate: import::OnDuplicate::Skip.as_str().to_owned(),
        ignore: String::new(),
    }
}

/// The first page, with the form as it stands.
async fn start(app: &Arc<App>, visitor: &Visitor, form: Form<ImportValues>) -> Result<ImportPage, Refusal> {
    let imports = app.ask(&visitor.op, RecentImports { limit: PAST }).await?;
    Ok(ImportPage {
        page: reply::frame(visitor, "Import", Nav::Import),
        form,
        vrfs: pick::vrfs(app, visitor).await?,
        most: app.settings().import_limit() >> 20,
        past: imports.into_iter().map(past).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_words() {
        let found = import::Totals { create: 11_012, refused: 1, ..import::Totals::default() };
        assert_eq!(numbers(&found, ["created", "same", "changed", "refused"]), "11,012 created, 1 refused");
        assert_eq!(numbers(&import::Totals::default(), ["", "", "", ""]), "no lines");
    }
}
