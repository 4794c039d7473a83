//! Step 3: applying, in the background. It goes on when the page is left.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::Response;
use ringfence_app::queries::import::{GetImport, Import};
use ringfence_app::{App, ImportPlanId, ImportState, OpCtx};

use crate::forms::{Bare, Form};
use crate::gate::Visitor;
use crate::pages::board::{Board, Run, What};
use crate::pages::list::Id;
use crate::reply;
use crate::view::import::{self as view, ImportProgress, ImportRunPage};
use crate::view::{FlashKind, Nav};

/// What a second import at the same time is told.
pub(in crate::pages) const BUSY: &str = "One of your imports is still running: wait for its end.";

/// `POST /import/{id}/apply`
pub async fn apply(
    State(app): State<Arc<App>>,
    Extension(board): Extension<Arc<Board>>,
    visitor: Visitor,
    Id(id): Id,
    Form(Bare {}): Form<Bare>,
) -> Response {
    let import = match app.ask(&visitor.op, GetImport(ImportPlanId(id))).await {
        Ok(import) => import,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let to = format!("/import/{id}/run");
    if import.state != ImportState::Planned {
        return reply::redirect(&to);
    }
    match board.begin(&visitor.op.owner(), What::Plan(id), import.totals.rows(), app.now()) {
        Some(run) => begin(app, visitor.op, id, run),
        None if board.find(&visitor.op.owner(), What::Plan(id)).is_none() => {
            return reply::told(&visitor, &format!("/import/{id}"), FlashKind::Warning, BUSY);
        }
        None => {}
    }
    reply::redirect(&to)
}

fn begin(app: Arc<App>, op: OpCtx, id: i64, run: Arc<Run>) {
    let (worker, reporter) = (Arc::clone(&app), Arc::clone(&run));
    let work =
        tokio::spawn(
            async move { worker.apply_import(&op, ImportPlanId(id), Arc::new(move |done, total| reporter.report(done, total))).await },
        );
    tokio::spawn(async move {
        match work.await {
            Ok(Ok(totals)) => run.succeed(app.now(), super::totals(&totals)),
            Ok(Err(refusal)) => run.fail(app.now(), false, reply::background(&refusal, "an import failed")),
            Err(error) => {
                tracing::error!(%error, "an import broke off");
                run.fail(app.now(), false, "Something went wrong inside; the log has the details.".to_owned());
            }
        }
    });
}

/// Where an import stands that this process does not remember.
fn remembered(import: &Import) -> Option<view::ImportState> {
    match import.state {
        ImportState::Planned => None,
        ImportState::Running => Some(view::ImportState::Running { done: 0, total: super::totals(&import.totals).rows() }),
        ImportState::Applied => Some(view::ImportState::Done { totals: super::totals(&import.totals), took: None }),
        ImportState::Failed => Some(view::ImportState::Failed { partly: false, reason: reply::sentence(&import.failure) }),
    }
}

/// `GET /import/{id}/run`
pub async fn show(State(app): State<Arc<App>>, Extension(board): Extension<Arc<Board>>, visitor: Visitor, Id(id): Id) -> Response {
    let import = match app.ask(&visitor.op, GetImport(ImportPlanId(id))).await {
        Ok(import) => import,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let file = import.source.clone();
    let running = board.find(&visitor.op.owner(), What::Plan(id)).map(|run| run.state());
    let Some(state) = running.or_else(|| remembered(&import)) else { return reply::redirect(&format!("/import/{id}")) };
    let at = format!("/import/{id}");
    let page = ImportRunPage { page: reply::frame(&visitor, "Import", Nav::Import), lines: Some(at.clone()), at, file, state };
    reply::page(&visitor, &page)
}

/// `GET /import/{id}/progress`: what htmx asks for; everybody else gets the page.
pub async fn progress(State(app): State<Arc<App>>, Extension(board): Extension<Arc<Board>>, visitor: Visitor, Id(id): Id) -> Response {
    let at = format!("/import/{id}");
    if !visitor.partial {
        return reply::redirect(&format!("{at}/run"));
    }
    let state = match board.find(&visitor.op.owner(), What::Plan(id)) {
        Some(run) => run.state(),
        None => match app.ask(&visitor.op, GetImport(ImportPlanId(id))).await {
            Ok(import) => remembered(&import).unwrap_or_else(|| view::ImportState::Failed {
                partly: false,
                reason: "Ringfence was started again meanwhile. The dry run is still there: apply it again.".to_owned(),
            }),
            Err(refusal) => return reply::refusal(&visitor, &refusal),
        },
    };
    reply::page(&visitor, &ImportProgress { lines: Some(at.clone()), at, state })
}
