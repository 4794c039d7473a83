//! The settings of the mail server, and a letter to try them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use ringfence_app::App;

use super::setting::{self, Pairs};
use crate::forms::Form;
use crate::gate::Visitor;
use crate::reply;
use crate::view::mail::{MailPage, TestValues};
use crate::view::{Form as Shown, Nav};

const BASE: &str = "/settings/mail";

/// The group of settings that stands here too.
const GROUP: &str = "smtp";

/// The page with what was typed where something was; the test goes to whoever looks.
fn page(app: &App, visitor: &Visitor, typed: &[(String, String)]) -> MailPage {
    let to = visitor.session.as_ref().map_or_else(String::new, |session| session.user.facts.email.clone());
    MailPage {
        page: reply::frame(visitor, "Mail", Nav::Security),
        on: app.mail_server().is_some(),
        settings: Shown::new("set", BASE, ()),
        groups: setting::groups(&app.settings(), &setting::named(&[GROUP]), typed),
        test: Shown::new("test", "/settings/mail/test", TestValues { to }),
    }
}

/// `GET /settings/mail`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    reply::with_status(&visitor, StatusCode::OK, &page(&app, &visitor, &[]))
}

/// `POST /settings/mail`
pub async fn save(State(app): State<Arc<App>>, visitor: Visitor, Form(typed): Form<Pairs>) -> Response {
    let refusal = match setting::save(&app, &visitor.op, &setting::named(&[GROUP]), &typed).await {
        Ok(count) => return reply::done(&visitor, BASE, setting::told(count)),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
    let mut page = page(&app, &visitor, &typed);
    page.settings.errors = errors;
    reply::with_status(&visitor, reply::status(&refusal), &page)
}

/// `POST /settings/mail/test`
pub async fn test(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<TestValues>) -> Response {
    let refusal = match app.try_mail(&visitor.op, &values.to).await {
        Ok(()) => return reply::done(&visitor, BASE, format!("The mail server took the letter for {}.", values.to.trim())),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
    let mut page = page(&app, &visitor, &[]);
    page.test = Shown { values, errors, ..page.test };
    reply::with_status(&visitor, reply::status(&refusal), &page)
}
