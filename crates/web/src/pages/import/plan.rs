//! Step 2: what every line would do.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::import::{Difference, Kept, RowVerdict, Verdict as Found};
use ringfence_app::{App, ImportPlanId, ImportState};
use serde::Deserialize;

use crate::forms::Query;
use crate::gate::Visitor;
use crate::pages::board::count;
use crate::pages::list::{self, Id};
use crate::reply;
use crate::view::Nav;
use crate::view::import::{ImportPlanPage, PlanRow, Verdict};

/// Lines on one page.
const WINDOW: usize = 500;
/// Names of one kind that are shown.
const NAMES: usize = 20;

/// Which lines are asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    verdict: String,
    /// After this line.
    after: Option<usize>,
}

fn verdict(found: &Found) -> Verdict {
    match found {
        Found::Create => Verdict::Create,
        Found::Same => Verdict::Same,
        Found::Change(_) => Verdict::Change,
        Found::Refused(_) => Verdict::Refused,
    }
}

fn reason(row: &RowVerdict) -> String {
    let side = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("“{text}”") };
    let change = |d: &Difference| format!("{}: {} → {}", d.field, side(&d.before), side(&d.after));
    let left = |d: &Difference| format!("{} is {}, the file has {}", d.field, side(&d.before), side(&d.after));
    match &row.verdict {
        Found::Refused(why) => why.clone(),
        Found::Create => String::new(),
        Found::Change(_) => row.details.iter().map(change).collect::<Vec<_>>().join("; "),
        Found::Same if row.details.is_empty() => String::new(),
        Found::Same => format!("Left as it is: {}.", row.details.iter().map(left).collect::<Vec<_>>().join("; ")),
    }
}

fn line(row: &RowVerdict) -> PlanRow {
    PlanRow { line: count(row.line), verdict: verdict(&row.verdict), object: row.label.clone(), reason: reason(row) }
}

/// The window of lines, and the last line in it when more follow.
fn window(rows: &[RowVerdict], asked: &Asked) -> (Vec<PlanRow>, Option<usize>) {
    let wanted = |row: &&RowVerdict| {
        (asked.verdict.is_empty() || row.verdict.as_str() == asked.verdict) && asked.after.is_none_or(|after| row.line > after)
    };
    let mut found = rows.iter().filter(wanted);
    let shown: Vec<&RowVerdict> = found.by_ref().take(WINDOW).collect();
    let more = found.next().and(shown.last()).map(|row| row.line);
    (shown.into_iter().map(line).collect(), more)
}

/// `3 sites: Oslo, Riga, Turku`
fn along(also: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let noun = |kind: &str| match kind {
        "vlans" => "VLAN".to_owned(),
        "vrfs" => "VRF".to_owned(),
        other => other.trim_end_matches('s').to_owned(),
    };
    let sentence = |(kind, names): (&String, &Vec<String>)| {
        let shown = names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
        let rest = if names.len() > NAMES { ", …" } else { "" };
        format!("{}: {shown}{rest}", list::number(count(names.len()), &noun(kind)))
    };
    also.iter().map(sentence).collect()
}

fn stale(kept: &Kept) -> Option<String> {
    match kept.state {
        ImportState::Planned => None,
        ImportState::Running => Some("It is being applied.".to_owned()),
        ImportState::Applied => Some("It has been applied.".to_owned()),
        ImportState::Failed => Some(format!("It was tried and failed: {}", reply::sentence(&kept.failure))),
    }
}

/// `GET /import/{id}`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Query(asked): Query<Asked>) -> Response {
    let kept = match app.kept_plan(&visitor.op, ImportPlanId(id)).await {
        Ok(kept) => kept,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let filter = Verdict::ALL.iter().map(|v| v.label()).find(|label| *label == asked.verdict).unwrap_or_default();
    let (rows, more) = window(&kept.rows, &Asked { verdict: filter.to_owned(), ..asked });
    let part = if filter.is_empty() { String::new() } else { format!("verdict={filter}&") };
    let page = ImportPlanPage {
        page: reply::frame(&visitor, "Import: dry run", Nav::Import),
        id,
        kind: kept.kind.to_string(),
        totals: super::totals(&kept.totals),
        filter: filter.to_owned(),
        along: along(&kept.totals.also),
        rows,
        more: more.map(|line| format!("/import/{id}?{part}after={line}")),
        stale: stale(&kept),
        file: kept.source,
        format: kept.format,
    };
    reply::page(&visitor, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: usize, verdict: Found) -> RowVerdict {
        let details = vec![Difference { field: "name".into(), before: String::new(), after: "lab".into() }];
        RowVerdict { line, verdict, label: format!("l{line}"), details }
    }

    #[test]
    fn lines_come_in_windows_of_one_verdict() {
        let rows: Vec<RowVerdict> = (2..1_204).map(|n| row(n, if n % 2 == 0 { Found::Create } else { Found::Same })).collect();
        let asked = |verdict: &str, after| Asked { verdict: verdict.into(), after };
        let (first, more) = window(&rows, &asked("create", None));
        assert_eq!((first.len(), more), (500, Some(1_000)));
        let (rest, more) = window(&rows, &asked("create", more));
        assert_eq!((rest.len(), rest.first().map(|row| row.line), more), (101, Some(1_002), None));
        assert_eq!(window(&rows, &asked("refused", None)).0.len(), 0);
        assert_eq!(window(&rows[..500], &asked("", None)).1, None);
    }

    #[test]
    fn reasons_say_what_changes_or_why_not() {
        assert_eq!(reason(&row(2, Found::Change("name".into()))), "name: nothing → “lab”");
        assert_eq!(reason(&row(2, Found::Same)), "Left as it is: name is nothing, the file has “lab”.");
        assert_eq!(reason(&row(2, Found::Refused("host bits are set".into()))), "host bits are set");
    }

    #[test]
    fn what_is_made_along_is_named() {
        let also = BTreeMap::from([("vlans".to_owned(), vec!["12".to_owned()]), ("sites".to_owned(), vec!["x".to_owned(); 21])]);
        let lines = along(&also);
        assert!(lines[0].starts_with("21 sites: x, x,") && lines[0].ends_with(", …"), "{lines:?}");
        assert_eq!(lines[1], "1 VLAN: 12");
    }
}
