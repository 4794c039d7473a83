//! The demo: the files of `demo/`, embedded, through the import that everybody has.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use ringfence_app::import::{Kind, Options, Totals};
use ringfence_app::{App, OpCtx, Refusal};

use super::board::{Board, Run, What};
use super::import::{self, run::BUSY};
use crate::forms::{Bare, Form};
use crate::gate::Visitor;
use crate::reply;
use crate::view::import::{ImportProgress, ImportRunPage, ImportState};
use crate::view::{FlashKind, Nav};

/// Declares the files by kind and name.
macro_rules! files {
    ($($kind:ident $name:literal),* $(,)?) => {
        &[$((Kind::$kind, $name, include_bytes!(concat!("../../../../demo/", $name)))),*]
    };
}

/// Each builds on those before it.
const FILES: &[(Kind, &str, &[u8])] = files! {
    Sites "netbox-demo-sites.csv",
    Vrfs "netbox-demo-vrfs.csv",
    Vlans "netbox-demo-vlans.csv",
    Subnets "netbox-demo-subnets.csv",
    Addresses "netbox-demo-addresses.csv",
    Subnets "aws-ip-ranges.csv",
};

const TITLE: &str = "Demo data";

/// Rows of a file, for the progress.
fn rows(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count().saturating_sub(1)
}

/// `POST /demo`
pub async fn start(
    State(app): State<Arc<App>>,
    Extension(board): Extension<Arc<Board>>,
    visitor: Visitor,
    Form(Bare {}): Form<Bare>,
) -> Response {
    let total = FILES.iter().map(|(_, _, bytes)| rows(bytes)).sum();
    let owner = visitor.op.owner();
    match board.begin(&owner, What::Demo, total, app.now()) {
        Some(run) => begin(app, visitor.op, total, run),
        None if board.find(&owner, What::Demo).is_none() => return reply::told(&visitor, "/", FlashKind::Warning, BUSY),
        None => {}
    }
    reply::redirect("/demo/run")
}

fn begin(app: Arc<App>, op: OpCtx, total: usize, run: Arc<Run>) {
    let (worker, reporter) = (Arc::clone(&app), Arc::clone(&run));
    let work = tokio::spawn(async move { all(&worker, &op, total, &reporter).await });
    tokio::spawn(async move {
        match work.await {
            Ok(Ok(totals)) => run.succeed(app.now(), import::totals(&totals)),
            Ok(Err((name, partly, refusal))) => {
                run.fail(app.now(), partly, format!("{name}: {}", reply::background(&refusal, "the demo could not be imported")));
            }
            Err(error) => {
                tracing::error!(%error, "the import of the demo broke off");
                run.fail(app.now(), true, "Something went wrong inside; the log has the details.".to_owned());
            }
        }
    });
}

/// Imports file after file; a failure names its file, and says whether one before it was imported.
async fn all(app: &Arc<App>, op: &OpCtx, total: usize, run: &Arc<Run>) -> Result<Totals, (&'static str, bool, Refusal)> {
    let mut sum = Totals::default();
    for (kind, name, bytes) in FILES {
        let before = sum.rows();
        let file = one(app, op, Options::new(*kind), (name, bytes), (before, total), run).await;
        let done = file.map_err(|refusal| (*name, before > 0, refusal))?;
        sum.create += done.create;
        sum.same += done.same;
        sum.change += done.change;
        sum.refused += done.refused;
        run.report(sum.rows(), total);
    }
    Ok(sum)
}

async fn one(
    app: &Arc<App>,
    op: &OpCtx,
    options: Options,
    (name, bytes): (&str, &[u8]),
    (before, total): (usize, usize),
    run: &Arc<Run>,
) -> Result<Totals, Refusal> {
    let planned = app.plan_import(op, options, name, bytes.to_vec(), &|_, _| {}).await?;
    let reporter = Arc::clone(run);
    app.apply_import(op, planned.plan, Arc::new(move |done, _| reporter.report(before + done, total))).await
}

/// `GET /demo/run`
pub async fn show(Extension(board): Extension<Arc<Board>>, visitor: Visitor) -> Response {
    let Some(run) = board.find(&visitor.op.owner(), What::Demo) else { return reply::redirect("/") };
    let page = ImportRunPage {
        page: reply::frame(&visitor, TITLE, Nav::Import),
        at: "/demo".to_owned(),
        lines: None,
        file: TITLE.to_owned(),
        state: run.state(),
    };
    reply::page(&visitor, &page)
}

/// `GET /demo/progress`: what htmx asks for; everybody else gets the page.
pub async fn progress(Extension(board): Extension<Arc<Board>>, visitor: Visitor) -> Response {
    if !visitor.partial {
        return reply::redirect("/demo/run");
    }
    let forgotten = || ImportState::Failed {
        partly: true,
        reason: "Ringfence was started again meanwhile. Importing the demo again does what is missing.".to_owned(),
    };
    let state = board.find(&visitor.op.owner(), What::Demo).map_or_else(forgotten, |run| run.state());
    reply::page(&visitor, &ImportProgress { at: "/demo".to_owned(), lines: None, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_those_that_the_readme_counts() {
        let counts: Vec<usize> = FILES.iter().map(|(_, _, bytes)| rows(bytes)).collect();
        assert_eq!(counts, [24, 6, 63, 90, 180, 11_012]);
    }
}
