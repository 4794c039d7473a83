//! The parameters of the fence and of the login.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::App;
use ringfence_app::setting::Values;

use super::super::setting::{self, Pairs};
use crate::forms::Form;
use crate::gate::Visitor;
use crate::reply;
use crate::view::Form as Shown;
use crate::view::setting::SettingGroup;

pub(super) const ACTION: &str = "/security/fence/settings#parameters";

/// The groups of settings that stand here too.
const GROUPS: [&str; 3] = ["fence", "login", "security"];

/// The fields, with what was typed where something was.
pub(super) fn groups(values: &Values, typed: &[(String, String)]) -> Vec<SettingGroup> {
    setting::groups(values, &setting::named(&GROUPS), typed)
}

/// `POST /security/fence/settings`
pub async fn save(State(app): State<Arc<App>>, visitor: Visitor, Form(typed): Form<Pairs>) -> Response {
    let refusal = match setting::save(&app, &visitor.op, &setting::named(&GROUPS), &typed).await {
        Ok(count) => return reply::done(&visitor, super::BASE, setting::told(count)),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
    let mut page = super::page(&app, &visitor);
    page.settings = Shown { errors, ..Shown::new("set", ACTION, ()) };
    page.groups = groups(&app.settings(), &typed);
    super::answer(&visitor, reply::status(&refusal), page)
}
