//! The password of whoever is logged in, and what stands around every field for a new one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, response::AppendHeaders};
use guard::budget::address_key;
use guard::message::Message;
use guard::secret::SecretText;
use http::header::USER_AGENT;
use http::{HeaderMap, StatusCode};
use ringfence_app::account::change::NewSecret;
use ringfence_app::account::password::Owner;
use ringfence_app::login::DEVICE_AGE;
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;
use serde::Deserialize;
use serde_json::json;

use crate::forms::Form;
use crate::gate::Visitor;
use crate::reply;
use crate::view::account::{PasswordPage, Secret};
use crate::view::{FieldError, Form as Shown, Nav};

const BASE: &str = "/account/password";

/// What a new password must be, in the visitor's language. `token` is that of the page's link, where nobody is logged in.
pub fn secret(app: &App, visitor: &Visitor, token: Option<&str>) -> Secret {
    let settings = app.settings();
    let policy = settings.policy();
    let mut rules = vec![visitor.say(&Message::new("rule-length").with("min", policy.min_length))];
    let mut rule = |on: bool, key: &'static str| {
        if on {
            rules.push(visitor.t(key).to_owned());
        }
    };
    rule(policy.require_uppercase, "rule-uppercase");
    rule(policy.require_lowercase, "rule-lowercase");
    rule(policy.require_number, "rule-number");
    rule(policy.require_symbol, "rule-symbol");
    rule(policy.pattern.is_set(), "rule-pattern");
    rule(policy.refuse_weak, "rule-strong");
    if policy.history > 0 {
        rules.push(visitor.say(&Message::new("rule-history").with("count", usize::from(policy.history))));
    }
    Secret { rules, judge: "/password/judge", token: token.map(str::to_owned) }
}

fn page(app: &App, visitor: &Visitor, errors: Vec<FieldError>) -> Result<PasswordPage, Refusal> {
    let Some(session) = &visitor.session else {
        return Err(Refusal::Denied { permission: guard::permission::Permission::SelfRead, anonymous: true });
    };
    let (has_password, must) = (app.has_password(session)?, session.must_renew(app, visitor.op.now()));
    Ok(PasswordPage {
        page: reply::own_frame(visitor, "password-title", Nav::Account),
        form: Shown { errors, ..Shown::new("pass", BASE, ()) },
        username: session.user.facts.username.clone(),
        has_password,
        must,
        elsewhere: !has_password && !must,
        secret: secret(app, visitor, None),
    })
}

fn shown(app: &App, visitor: &Visitor, status: StatusCode, errors: Vec<FieldError>) -> Response {
    match page(app, visitor, errors) {
        Ok(page) => reply::with_status(visitor, status, &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

/// `GET /account/password`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    shown(&app, &visitor, StatusCode::OK, Vec::new())
}

/// A change as it is sent.
#[derive(Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    current: SecretText,
    #[serde(default)]
    new: SecretText,
}

/// `POST /account/password`
pub async fn change(State(app): State<Arc<App>>, visitor: Visitor, headers: HeaderMap, Form(form): Form<ChangeForm>) -> Response {
    let Some(session) = &visitor.session else { return reply::redirect("/login") };
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let secret = NewSecret { current: form.current, new: form.new, device: visitor.cookies.device.clone(), agent };
    match app.change_password(&visitor.op, session, secret).await {
        Ok(renewed) => {
            let mut response = reply::done(&visitor, "/account", visitor.t("password-done"));
            reply::cookie(&mut response, visitor.cookies.set_session(&renewed.session));
            reply::cookie(&mut response, visitor.cookies.set_device(&renewed.device, DEVICE_AGE));
            response
        }
        Err(refusal) => match reply::field_errors_in(visitor.language, &refusal) {
            Some(errors) => shown(&app, &visitor, reply::status(&refusal), errors),
            None => reply::refusal(&visitor, &refusal),
        },
    }
}

/// A candidate while it is typed.
#[derive(Deserialize)]
pub struct JudgeForm {
    #[serde(default)]
    password: SecretText,
    #[serde(default)]
    token: String,
}

/// `POST /password/judge`: how hard a password is to guess and what speaks against it, for whoever is logged in or has a link to set one. Nothing is
/// compared with what is stored.
pub async fn judge(State(app): State<Arc<App>>, visitor: Visitor, Form(form): Form<JudgeForm>) -> Response {
    let owner = match owner(&app, &visitor, &form.token) {
        Ok(Some(owner)) => owner,
        Ok(None) => return reply::error(&visitor, StatusCode::NOT_FOUND, None),
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let bucket = visitor.op.origin.client.map_or_else(String::new, address_key);
    match app.look_at_password(owner, &form.password, &bucket).await {
        Ok(look) => {
            let say = |messages: &[Message]| messages.iter().map(|message| visitor.say(message)).collect::<Vec<_>>();
            let body = json!({ "score": look.score, "says": say(&look.says), "objections": say(&look.objections) });
            (AppendHeaders([("cache-control", "no-store")]), Json(body)).into_response()
        }
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// Whose password it is to be.
fn owner(app: &App, visitor: &Visitor, token: &str) -> Result<Option<Owner>, Refusal> {
    if let Some(session) = &visitor.session {
        return Ok(Some(Owner::from(&session.user)));
    }
    if let Some(invited) = app.invited(&visitor.op.origin, token)? {
        return Ok(Some(Owner::from(&invited.user)));
    }
    Ok(app.setup_is_open(token, visitor.op.now())?.then(Owner::default))
}
