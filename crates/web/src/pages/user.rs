//! Users, kept by admins: who there is, what they may, and how they get in and are kept out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use guard::message::Message;
use guard::password::expiry::Expiry;
use guard::permission::Role;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use ringfence_app::account::link::{Made, Sending};
use ringfence_app::commands::lock::UnlockUser;
use ringfence_app::commands::user::{DeleteUser, EndSessions, NewAccount, NewFacts, SetActive, SetRole};
use ringfence_app::queries::user::{Kept, ListUsers, ShowUser, after};
use ringfence_app::{App, Refusal, UserId};
use ringfence_guard as guard;
use serde::Deserialize;

use super::account;
use super::list::{Asked, Id, next};
use crate::fill;
use crate::forms::{Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::user::{
    DeleteUserValues, FactValues, Fresh, NewUserValues, ROLES, UserDeletePage, UserPage, UserRow, UserState, UsersPage,
};
use crate::view::{Choice, Form as Shown, Frame, Nav, When};

const BASE: &str = "/users";

fn at(time: guard::clock::Timestamp) -> When {
    fill::when(&time.rfc3339_micros())
}

/// The message that names a role.
fn role_name(role: Role) -> &'static str {
    ROLES.iter().find(|words| words.value == role.as_str()).map_or("", |words| words.name)
}

fn locked(visitor: &Visitor, kept: &Kept) -> Option<String> {
    let until = kept.locked_until?.to_string();
    Some(visitor.say(&Message::new("state-locked").with("until", until)))
}

fn row(visitor: &Visitor, page: &Frame, kept: Kept) -> UserRow {
    let locked = locked(visitor, &kept);
    let user = kept.user;
    UserRow {
        id: user.id.0,
        state: UserState::new(page, user.facts.active, user.password_changed_at.is_some()),
        name: user.facts.username,
        shown: user.facts.display_name,
        email: user.facts.email,
        role: role_name(user.facts.role),
        locked,
        last: user.last_login_at.map(at),
    }
}

fn new_form() -> Shown<NewUserValues> {
    let values = NewUserValues { role: "viewer".into(), sending: "mail".into(), ..NewUserValues::default() };
    Shown::new("user", BASE, values)
}

async fn list(app: &App, visitor: &Visitor, asked: &Asked, form: Shown<NewUserValues>, fresh: Option<Fresh>) -> Result<UsersPage, Refusal> {
    let window = app.ask(&visitor.op, ListUsers(asked.paging())).await?;
    let more = next(BASE, after(&window).as_deref());
    let page = reply::own_frame(visitor, "users-title", Nav::Users);
    let rows = window.rows.into_iter().map(|kept| row(visitor, &page, kept)).collect();
    Ok(UsersPage { rows, more, form, mails: app.sends_links(), fresh, page })
}

/// A page that may hold a link.
fn once(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /users`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match list(&app, &visitor, &asked, new_form(), None).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

fn fresh(visitor: &Visitor, name: &str, url: String) -> Fresh {
    Fresh { says: visitor.say(&Message::new("users-fresh").with("name", name.to_owned())), url }
}

async fn invite(app: &Arc<App>, visitor: &Visitor, values: &NewUserValues) -> Result<Made, Refusal> {
    let role = values.role.parse::<Role>().map_err(|e| Refusal::invalid("role", e.to_string()))?;
    let account =
        NewAccount { display_name: values.display_name.clone(), ..NewAccount::new(values.name.clone(), values.email.clone(), role) };
    app.invite(&visitor.op, account, sending(&values.sending)).await
}

fn sending(word: &str) -> Sending {
    if word == "mail" { Sending::Mail } else { Sending::Show }
}

/// `POST /users`: where a link is shown, the answer is the one page that shows it.
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<NewUserValues>) -> Response {
    let (status, form, fresh) = match invite(&app, &visitor, &values).await {
        Ok(Made::Mailed(_)) => {
            let said = Message::new("users-created").with("name", values.name.trim().to_owned());
            return reply::done(&visitor, BASE, visitor.say(&said));
        }
        Ok(Made::Shown(url)) => (StatusCode::OK, new_form(), Some(fresh(&visitor, values.name.trim(), url.expose().clone()))),
        Err(refusal) => match reply::field_errors_in(visitor.language, &refusal) {
            Some(errors) => (reply::status(&refusal), Shown { values, errors, ..new_form() }, None),
            None => return reply::refusal(&visitor, &refusal),
        },
    };
    match list(&app, &visitor, &Asked::default(), form, fresh).await {
        Ok(page) => once(reply::with_status(&visitor, status, &page)),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

async fn show_page(app: &App, visitor: &Visitor, id: i64) -> Result<UserPage, Refusal> {
    let (kept, seats) = app.ask(&visitor.op, ShowUser { user: UserId(id), lifetime: app.settings().session() }).await?;
    let locked = locked(visitor, &kept);
    let user = kept.user;
    let mut page = reply::own_frame(visitor, "users-title", Nav::Users);
    page.title.clone_from(&user.facts.username);
    let values = FactValues {
        version: user.version.to_string(),
        display_name: user.facts.display_name.clone(),
        email: user.facts.email.clone(),
        expiry: user.facts.expiry.as_str().to_owned(),
    };
    let expiry = |expiry: &Expiry| {
        let key = match expiry {
            Expiry::Never => "expiry-never",
            Expiry::Can => "expiry-can",
            Expiry::Forced => "expiry-forced",
            Expiry::OneTime => "expiry-one-time",
        };
        Choice::new(expiry.as_str(), visitor.t(key))
    };
    Ok(UserPage {
        base: format!("{BASE}/{id}"),
        own: visitor.op.origin.actor.user_id() == Some(id),
        state: UserState::new(&page, user.facts.active, user.password_changed_at.is_some()),
        active: user.facts.active,
        role: user.facts.role.as_str().to_owned(),
        locked,
        last: user.last_login_at.map(at),
        password_set: user.password_changed_at.map(at),
        made: at(user.created_at),
        pending: (!user.pending_email.is_empty())
            .then(|| visitor.say(&Message::new("profile-email-pending").with("email", user.pending_email.clone()))),
        facts: Shown::new("facts", format!("{BASE}/{id}"), values),
        expiries: Expiry::ALL.iter().map(expiry).collect(),
        mails: app.sends_links() && !user.facts.email.is_empty(),
        sessions: account::rows(visitor, seats, None),
        fresh: None,
        refused: Vec::new(),
        typed_reason: String::new(),
        delete: visitor.say(&Message::new("user-delete-title").with("name", user.facts.username.clone())),
        name: user.facts.username,
        shown: user.facts.display_name,
        page,
    })
}

async fn shown(app: &App, visitor: &Visitor, id: i64, status: StatusCode, change: impl FnOnce(&mut UserPage)) -> Response {
    match show_page(app, visitor, id).await {
        Ok(mut page) => {
            change(&mut page);
            once(reply::with_status(visitor, status, &page))
        }
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

/// `GET /users/{id}`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    shown(&app, &visitor, id, StatusCode::OK, |_| {}).await
}

/// An act that was refused: the page again, with why, and the reason that was typed.
async fn refused(app: &App, visitor: &Visitor, id: i64, refusal: Refusal, reason: String) -> Response {
    let Some(errors) = reply::field_errors_in(visitor.language, &refusal) else { return reply::refusal(visitor, &refusal) };
    shown(app, visitor, id, reply::status(&refusal), |page| {
        page.refused = errors.into_iter().map(|error| error.message).collect();
        page.typed_reason = reason;
    })
    .await
}

fn told(visitor: &Visitor, to: &str, message: &Message) -> Response {
    reply::done(visitor, to, visitor.say(message))
}

/// `POST /users/{id}`
pub async fn update(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<FactValues>) -> Response {
    let command = values.expiry.parse::<Expiry>().map_err(|e| Refusal::invalid("expiry", e.to_string())).map(|expiry| NewFacts {
        user: UserId(id),
        version: values.version.parse().unwrap_or(0),
        display_name: values.display_name.clone(),
        email: values.email.clone(),
        expiry,
    });
    let done = match command {
        Ok(facts) => app.update_user(&visitor.op, facts).await,
        Err(refusal) => Err(refusal),
    };
    let refusal = match done {
        Ok(()) => return reply::done(&visitor, &format!("{BASE}/{id}"), visitor.t("user-saved")),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors_in(visitor.language, &refusal) else { return reply::refusal(&visitor, &refusal) };
    shown(&app, &visitor, id, reply::status(&refusal), |page| {
        // The version is the one of now: whoever sends it again has seen what stands there.
        page.facts.values = FactValues { version: page.facts.values.version.clone(), ..values };
        page.facts.errors = errors;
    })
    .await
}

/// The forms that do something to an account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ActForm {
    reason: String,
    role: String,
    active: String,
    sending: String,
}

/// The login name of an account, for what is said of it.
async fn name(app: &App, visitor: &Visitor, id: i64) -> Result<String, Refusal> {
    let (kept, _) = app.ask(&visitor.op, ShowUser { user: UserId(id), lifetime: app.settings().session() }).await?;
    Ok(kept.user.facts.username)
}

/// `POST /users/{id}/role`
pub async fn role(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(form): Form<ActForm>) -> Response {
    let done = async {
        let role = form.role.parse::<Role>().map_err(|e| Refusal::invalid("role", e.to_string()))?;
        app.run(&visitor.op, SetRole { user: UserId(id), role, reason: form.reason.clone() }).await?;
        Ok((name(&app, &visitor, id).await?, role))
    };
    match done.await {
        Ok((name, role)) => {
            let said = Message::new("user-role-done").with("name", name).with("role", visitor.t(role_name(role)).to_owned());
            told(&visitor, &format!("{BASE}/{id}"), &said)
        }
        Err(refusal) => refused(&app, &visitor, id, refusal, form.reason).await,
    }
}

/// `POST /users/{id}/active`
pub async fn active(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(form): Form<ActForm>) -> Response {
    let active = form.active == "yes";
    let done = async {
        app.run(&visitor.op, SetActive { user: UserId(id), active, reason: form.reason.clone() }).await?;
        name(&app, &visitor, id).await
    };
    match done.await {
        Ok(name) => {
            let said = Message::new(if active { "user-activated" } else { "user-deactivated" }).with("name", name);
            told(&visitor, &format!("{BASE}/{id}"), &said)
        }
        Err(refusal) => refused(&app, &visitor, id, refusal, form.reason).await,
    }
}

/// `POST /users/{id}/unlock`
pub async fn unlock(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(form): Form<ActForm>) -> Response {
    let done = async {
        let name = name(&app, &visitor, id).await?;
        let held = app.run(&visitor.op, UnlockUser { name: name.clone(), reason: form.reason.clone() }).await?;
        Ok((name, held))
    };
    match done.await {
        Ok((name, held)) => {
            let said = Message::new(if held { "user-unlocked" } else { "user-not-locked" }).with("name", name);
            told(&visitor, &format!("{BASE}/{id}"), &said)
        }
        Err(refusal) => refused(&app, &visitor, id, refusal, form.reason).await,
    }
}

/// `POST /users/{id}/sessions/end`
pub async fn end_sessions(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(form): Form<ActForm>) -> Response {
    match app.run(&visitor.op, EndSessions { user: UserId(id), reason: form.reason.clone() }).await {
        Ok(ended) => {
            let said = Message::new("user-sessions-done").with("count", i64::try_from(ended).unwrap_or(i64::MAX));
            told(&visitor, &format!("{BASE}/{id}"), &said)
        }
        Err(refusal) => refused(&app, &visitor, id, refusal, form.reason).await,
    }
}

/// `POST /users/{id}/link`: where it is shown, the answer is the one page that shows it.
pub async fn link(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(form): Form<ActForm>) -> Response {
    match app.link_for(&visitor.op, UserId(id), sending(&form.sending)).await {
        Ok(Made::Mailed(email)) => told(&visitor, &format!("{BASE}/{id}"), &Message::new("user-link-mailed").with("email", email)),
        Ok(Made::Shown(url)) => {
            let url = url.expose().clone();
            shown(&app, &visitor, id, StatusCode::OK, |page| page.fresh = Some(fresh(&visitor, &page.name, url))).await
        }
        Err(refusal) => refused(&app, &visitor, id, refusal, String::new()).await,
    }
}

async fn delete_page(app: &App, visitor: &Visitor, id: i64, form: Shown<DeleteUserValues>) -> Result<UserDeletePage, Refusal> {
    let name = name(app, visitor, id).await?;
    let mut page = reply::own_frame(visitor, "users-title", Nav::Users);
    page.title = visitor.say(&Message::new("user-delete-title").with("name", name.clone()));
    Ok(UserDeletePage { page, form, ask: visitor.say(&Message::new("user-delete-name").with("name", name)), back: format!("{BASE}/{id}") })
}

fn delete_form(id: i64, values: DeleteUserValues) -> Shown<DeleteUserValues> {
    Shown::new("delete", format!("{BASE}/{id}/delete"), values)
}

/// `GET /users/{id}/delete`
pub async fn ask_delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    match delete_page(&app, &visitor, id, delete_form(id, DeleteUserValues::default())).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /users/{id}/delete`
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<DeleteUserValues>) -> Response {
    let command = DeleteUser { user: UserId(id), name: values.name.clone(), reason: values.reason.clone() };
    let refusal = match app.run(&visitor.op, command).await {
        Ok(()) => return told(&visitor, BASE, &Message::new("user-deleted").with("name", values.name.trim().to_owned())),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors_in(visitor.language, &refusal) else { return reply::refusal(&visitor, &refusal) };
    match delete_page(&app, &visitor, id, Shown { errors, ..delete_form(id, values) }).await {
        Ok(page) => reply::with_status(&visitor, reply::status(&refusal), &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}
