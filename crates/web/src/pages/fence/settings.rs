//! The parameters of the fence and of the login.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::App;
use ringfence_app::setting::Values;

use super::super::setting::{self, Group, Pairs};
use crate::forms::Form;
use crate::gate::Visitor;
use crate::reply;
use crate::view::Form as Shown;
use crate::view::setting::SettingGroup;

pub(super) const ACTION: &str = "/security/fence/settings#parameters";

const GROUPS: &[Group] = &[
    Group { title: "Fence", note: "", holds: |key| key.starts_with("fence.") },
    Group {
        title: "Login",
        note: "The ways in, a challenge that stands on every login form, and the budgets that hold whatever the rules say.",
        holds: |key| {
            ["login.", "login_protection.", "recaptcha_enterprise.", "security.login_", "security.account_"]
                .iter()
                .any(|prefix| key.starts_with(prefix))
        },
    },
];

/// The fields, with what was typed where something was.
pub(super) fn groups(values: &Values, typed: &[(String, String)]) -> Vec<SettingGroup> {
    setting::groups(values, GROUPS, typed)
}

/// `POST /security/fence/settings`
pub async fn save(State(app): State<Arc<App>>, visitor: Visitor, Form(typed): Form<Pairs>) -> Response {
    let refusal = match setting::save(&app, &visitor.op, GROUPS, &typed).await {
        Ok(count) => return reply::done(&visitor, super::BASE, setting::told(count)),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
    let mut page = super::page(&app, &visitor);
    page.settings = Shown { errors, ..Shown::new("set", ACTION, ()) };
    page.groups = groups(&app.settings(), &typed);
    super::answer(&visitor, reply::status(&refusal), page)
}
