//! The fence from a file and into one: TOML, or the PHP of an iTop configuration. What a text would change is shown first; only "apply" saves.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use ringfence_app::fence::{self, Proposal};
use ringfence_app::setting::{self, Values};
use ringfence_app::{App, Problem, Refusal};

use super::super::{field, list, setting as settings};
use crate::forms::Form;
use crate::gate::Visitor;
use crate::reply;
use crate::view::Form as Shown;
use crate::view::fence::{ImportValues, Planned, Preview};

pub(super) const ACTION: &str = "/security/fence/import#import";

/// What the text means, and what everything would be with it. Problems stand at the text, each with the parameter it is about.
fn read(app: &App, text: &str) -> Result<(Proposal, Values), Refusal> {
    let proposal = fence::propose(text).map_err(at_text)?;
    if proposal.is_empty() {
        return Err(Refusal::invalid("text", "names no parameter and no rule"));
    }
    let pairs: Vec<(&str, Option<&str>)> = proposal.iter().map(|(key, text)| (*key, text.as_deref())).collect();
    app.put_settings(&pairs).map_err(at_text)?;
    let after = app.settings().with(&proposal, app.registry()).map_err(|error| Refusal::invalid("text", error))?;
    Ok((proposal, after))
}

fn at_text(refusal: Refusal) -> Refusal {
    let Refusal::Invalid(problems) = refusal else { return refusal };
    let moved = |problem: Problem| {
        let about =
            if problem.field == "text" { String::new() } else { format!("parameter {}: ", problem.field.trim_start_matches("fence.")) };
        Problem::new("text", format!("{about}{}", problem.message))
    };
    Refusal::Invalid(problems.into_iter().map(moved).collect())
}

/// A value as the list of changes shows it; a secret only as a word.
fn shown(values: &Values, key: &'static str) -> String {
    let Ok(setting) = setting::find(key) else { return String::new() };
    if setting.is_secret() {
        return if values.secret(key).is_some() { "set".to_owned() } else { "not set".to_owned() };
    }
    if key == "fence.rules" {
        return list::number(i64::try_from(values.fence().rules().len()).unwrap_or(i64::MAX), "rule");
    }
    let text = values.text(setting);
    let text = if text.is_empty() { "empty" } else { text };
    if values.is_stored(setting) { text.to_owned() } else { format!("{text} (default)") }
}

fn preview(before: &Values, proposal: &[settings::Change], after: &Values) -> Preview {
    let differs =
        |key: &'static str| setting::find(key).is_ok_and(|setting| setting.is_secret() || before.text(setting) != after.text(setting));
    let keys = proposal.iter().map(|(key, _)| *key);
    let changed: Vec<&'static str> = keys.clone().filter(|key| differs(key)).collect();
    let fence = after.fence();
    let brings_rules = keys.clone().any(|key| key == "fence.rules");
    Preview {
        same: proposal.len() - changed.len(),
        changes: changed.into_iter().map(|key| Planned { key, before: shown(before, key), after: shown(after, key) }).collect(),
        rules: if brings_rules { fence.rules().iter().map(|rule| fence.sentence(rule)).collect() } else { Vec::new() },
        warnings: after.lint(),
    }
}

/// `POST /security/fence/import`: shows what the text would change, or applies it.
pub async fn send(State(app): State<Arc<App>>, visitor: Visitor, Form(mut values): Form<ImportValues>) -> Response {
    values.text = field::lines(&values.text);
    let read = match read(&app, &values.text) {
        Ok((proposal, _)) if !values.apply.is_empty() => match settings::put(&app, &visitor.op, &proposal).await {
            Ok(_) => return reply::done(&visitor, super::BASE, "The import is applied and holds from now on."),
            Err(refusal) => Err(refusal),
        },
        other => other,
    };
    let mut page = super::page(&app, &visitor);
    page.import = Shown::new("import", ACTION, values);
    match read {
        Ok((proposal, after)) => {
            page.preview = Some(preview(&app.settings(), &proposal, &after));
            super::answer(&visitor, StatusCode::OK, page)
        }
        Err(refusal) => {
            let Some(errors) = reply::field_errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
            page.import.errors = errors;
            super::answer(&visitor, reply::status(&refusal), page)
        }
    }
}

/// `GET /security/fence.toml`
pub async fn export(State(app): State<Arc<App>>) -> Response {
    let mut response = Response::new(fence::export(&app.settings()).into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"fence.toml\""));
    response
}
