//! Setup, login, logout, theme.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use guard::budget::address_key;
use guard::http::request_id::RequestId;
use guard::secret::SecretText;
use guard::session;
use http::header::{REFERER, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use ringfence_app::commands::setup::CompleteSetup;
use ringfence_app::commands::user::NewAccount;
use ringfence_app::login::{DEVICE_AGE, Entry, LoginRefusal, LoginRequest};
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;
use serde::Deserialize;

use crate::forms::{Bare, Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::sign::{LoginPage, LoginValues, SetupPage, SetupValues};
use crate::view::{FieldError, Form as Shown, Nav, Theme};

/// Where to go after the login.
#[derive(Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// A page before anybody is known gets a cookie that binds its form.
fn visited(app: &App, mut visitor: Visitor) -> (Visitor, Option<HeaderValue>) {
    if visitor.session.is_some() || visitor.cookies.visit.is_some() {
        return (visitor, None);
    }
    let token = session::mint(app.entropy().as_ref());
    visitor.csrf = session::csrf(app.csrf_key(), &token.hash());
    let value = visitor.cookies.set_visit(&token);
    (visitor, value)
}

/// `GET /login`: writes nothing.
pub async fn login(State(app): State<Arc<App>>, visitor: Visitor, Query(next): Query<Next>) -> Response {
    let next = reply::local(&next.next).to_owned();
    if visitor.session.is_some() {
        return reply::redirect(&next);
    }
    let (visitor, cookie) = visited(&app, visitor);
    let mut response = reply::page(&visitor, &login_page(&visitor, LoginValues { name: String::new(), next }, Vec::new(), None));
    reply::cookie(&mut response, cookie);
    response
}

fn login_page(visitor: &Visitor, values: LoginValues, errors: Vec<FieldError>, retry: Option<String>) -> LoginPage {
    LoginPage {
        page: reply::frame(visitor, "Log in", Nav::Nowhere),
        form: Shown { errors, ..Shown::new("login", "/login", values) },
        retry,
    }
}

/// What the login form sends.
#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: SecretText,
    #[serde(default)]
    next: String,
}

/// `POST /login`
pub async fn log_in(State(app): State<Arc<App>>, visitor: Visitor, headers: HeaderMap, Form(form): Form<LoginForm>) -> Response {
    let agent = headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let request = LoginRequest {
        name: form.name.clone(),
        password: form.password,
        device: visitor.cookies.device.clone(),
        agent,
        replaces: visitor.session.as_ref().map(|session| session.id),
    };
    let next = reply::local(&form.next).to_owned();
    let again = |visitor: &Visitor, status: StatusCode, error: Option<&str>, retry: Option<String>| {
        let errors = error.map(|text| FieldError { field: String::new(), message: text.to_owned() }).into_iter().collect();
        let values = LoginValues { name: form.name.clone(), next: next.clone() };
        reply::with_status(visitor, status, &login_page(visitor, values, errors, retry))
    };
    match app.log_in(&visitor.op.origin, request).await {
        Ok(entry) => entered(&visitor, &entry, &next),
        Err(LoginRefusal::Invalid) => again(&visitor, StatusCode::UNAUTHORIZED, Some("Name or password is wrong."), None),
        Err(LoginRefusal::Blocked { until }) => {
            let seconds = until.since(visitor.op.now()).as_secs().max(1);
            let text = format!("Too many attempts. Try again in {}.", span(seconds));
            let mut response = again(&visitor, StatusCode::TOO_MANY_REQUESTS, None, Some(text));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(LoginRefusal::Other(refusal)) => reply::refusal(&visitor, &refusal),
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} seconds"),
        91..=5_400 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

fn entered(visitor: &Visitor, entry: &Entry, next: &str) -> Response {
    let mut response = reply::redirect(next);
    reply::cookie(&mut response, visitor.cookies.set_session(&entry.session));
    if let Some(device) = &entry.device {
        reply::cookie(&mut response, visitor.cookies.set_device(device, DEVICE_AGE));
    }
    response
}

/// `POST /logout`
pub async fn log_out(State(app): State<Arc<App>>, visitor: Visitor, Form(Bare {}): Form<Bare>) -> Response {
    if let Some(session) = &visitor.session
        && let Err(refusal) = app.log_out(&visitor.op, session).await
    {
        return reply::refusal(&visitor, &refusal);
    }
    let mut response = reply::redirect("/login");
    reply::cookie(&mut response, visitor.cookies.end_session());
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    response
}

/// `GET /setup/{token}`: looking spends nothing.
pub async fn setup(State(app): State<Arc<App>>, visitor: Visitor, Path(token): Path<String>) -> Response {
    match app.setup_is_open(&token, visitor.op.now()) {
        Ok(true) => {}
        Ok(false) => {
            return reply::error(
                &visitor,
                StatusCode::NOT_FOUND,
                Some("This setup link was used or has expired. Print a new one with `ringfence setup`."),
            );
        }
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    }
    let (visitor, cookie) = visited(&app, visitor);
    let mut response = reply::page(&visitor, &setup_page(&app, &visitor, &token, SetupValues::default(), Vec::new()));
    reply::cookie(&mut response, cookie);
    response
}

fn setup_page(app: &App, visitor: &Visitor, token: &str, values: SetupValues, errors: Vec<FieldError>) -> SetupPage {
    let action = format!("/setup/{}", reply::escaped(token));
    SetupPage {
        page: reply::frame(visitor, "Set up", Nav::Nowhere),
        form: Shown { errors, ..Shown::new("setup", action, values) },
        password_length: app.settings().password_min_length(),
    }
}

/// What the setup form sends.
#[derive(Deserialize)]
pub struct SetupForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretText,
}

/// `POST /setup/{token}`: makes the first admin and logs in.
pub async fn set_up(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(form): Form<SetupForm>,
) -> Response {
    match first_admin(&app, &visitor, &headers, &token, &form).await {
        Ok(entry) => entered(&visitor, &entry, "/"),
        Err(refusal) => match reply::field_errors(&refusal) {
            Some(errors) => {
                let values = SetupValues { name: form.name, email: form.email };
                reply::with_status(&visitor, reply::status(&refusal), &setup_page(&app, &visitor, &token, values, errors))
            }
            None => reply::refusal(&visitor, &refusal),
        },
    }
}

async fn first_admin(app: &Arc<App>, visitor: &Visitor, headers: &HeaderMap, token: &str, form: &SetupForm) -> Result<Entry, Refusal> {
    if !app.setup_is_open(token, visitor.op.now())? {
        return Err(Refusal::Conflict("this link was used or has expired: print a new one with `ringfence setup`".into()));
    }
    if form.email.trim().is_empty() {
        return Err(Refusal::invalid("email", "must not be empty"));
    }
    let bucket = visitor.op.origin.client.map_or_else(String::new, address_key);
    let password_hash = app.hash_password(&form.password, &bucket).await?;
    let account =
        NewAccount { username: form.name.clone(), email: form.email.clone(), role: guard::permission::Role::Admin, password_hash };
    app.run(&visitor.op, CompleteSetup { token_hash: session::hash(token), account }).await?;
    let agent = headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let request = LoginRequest {
        name: form.name.clone(),
        password: SecretText::new(form.password.expose().clone()),
        device: None,
        agent,
        replaces: None,
    };
    app.log_in(&visitor.op.origin, request).await.map_err(|refused| match refused {
        LoginRefusal::Other(refusal) => refusal,
        LoginRefusal::Blocked { until } => Refusal::TooMany { until },
        LoginRefusal::Invalid => Refusal::Conflict("the account was made, but could not be logged in: use the login page".into()),
    })
}

/// What the theme menu sends.
#[derive(Deserialize)]
pub struct ThemeForm {
    #[serde(default)]
    theme: String,
}

/// `POST /theme`: for browsers without script; it changes nothing on the server and goes back to the page it was sent from.
pub async fn theme(_visitor: Visitor, headers: HeaderMap, Form(form): Form<ThemeForm>) -> Response {
    let from = headers.get(REFERER).and_then(|value| Uri::try_from(value.as_bytes()).ok());
    let back = from.as_ref().and_then(Uri::path_and_query).map_or("/", http::uri::PathAndQuery::as_str);
    let mut response = reply::redirect(reply::local(back));
    reply::cookie(&mut response, crate::cookie::Jar::set_theme(Theme::parse(&form.theme)));
    response
}

/// The request's id, for pages outside the gate.
#[must_use]
pub fn request_id(extensions: &http::Extensions) -> String {
    extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}
