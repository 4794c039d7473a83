//! Setup, login, logout, theme.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use guard::budget::address_key;
use guard::clock::Timestamp;
use guard::http::client::ByProxy;
use guard::http::header::MoreSources;
use guard::http::host;
use guard::http::request_id::RequestId;
use guard::login::mode::Mode;
use guard::login::ticket::Ticket;
use guard::message::{Language, Message};
use guard::secret::SecretText;
use guard::session;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use ringfence_app::account::password::Owner;
use ringfence_app::commands::setup::CompleteSetup;
use ringfence_app::commands::user::NewAccount;
use ringfence_app::login::{Answers, DEVICE_AGE, Entry, LoginRefusal, LoginRequest, Shown};
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;
use serde::Deserialize;

use super::account;
use crate::forms::{Bare, Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::sign::{
    BrowserPage, Challenge, EmailPage, ForgotPage, ForgotValues, LoginPage, LoginValues, ResetPage, ResetValues, SetupPage, SetupValues,
};
use crate::view::{FieldError, Flash, FlashKind, Form as Blank, Nav, Theme};

/// Where to go after the login, and why it comes.
#[derive(Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    next: String,
    /// Somebody logged out and is not to be logged in again by a proxy at once.
    #[serde(default)]
    out: String,
    /// The session ended because nobody used it.
    #[serde(default)]
    idle: String,
}

/// A page before anybody is known gets a cookie that binds its form; with the hash that stands for this browser.
fn visited(app: &App, mut visitor: Visitor) -> (Visitor, [u8; 32], Option<HeaderValue>) {
    match (&visitor.session, &visitor.cookies.visit) {
        (Some(session), _) => (visitor.clone(), session.token_hash, None),
        (None, Some(visit)) => (visitor.clone(), session::hash(visit), None),
        (None, None) => {
            let token = session::mint(app.entropy().as_ref());
            visitor.csrf = session::csrf(app.csrf_key(), &token.hash());
            let value = visitor.cookies.set_visit(&token);
            (visitor, token.hash(), value)
        }
    }
}

/// What a login form shows again, and with what.
struct Again {
    status: StatusCode,
    values: LoginValues,
    /// A message.
    error: Option<&'static str>,
    retry: Option<String>,
    ask: Vec<&'static str>,
    before: Option<Ticket>,
    plain: bool,
    /// Sent before anybody knew what was to be asked.
    one_more: bool,
}

impl Again {
    fn new(status: StatusCode, values: LoginValues) -> Self {
        Self { status, values, error: None, retry: None, ask: Vec::new(), before: None, plain: false, one_more: false }
    }
}

/// The login page, with whatever its form has to ask.
async fn page(app: &App, visitor: Visitor, again: Again) -> Response {
    let (visitor, browser, cookie) = visited(app, visitor);
    let made = app.form(&visitor.op.origin, &again.ask, again.before.as_ref(), &browser, again.plain).await;
    let made = match made {
        Ok(made) => made,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let settings = app.settings();
    let widgets = made.shown.iter().filter_map(|shown| match shown {
        Shown::Widget { sources, .. } => Some(*sources),
        _ => None,
    });
    let sources: Vec<_> = widgets.collect();
    let errors = again.error.map(|key| FieldError { field: String::new(), message: visitor.t(key).to_owned() }).into_iter().collect();
    let link = again.retry.is_some() && app.sends_links();
    let view = LoginPage {
        page: reply::own_frame(&visitor, "login-title", Nav::Nowhere),
        form: Blank { errors, ..Blank::new("login", "/login", again.values) },
        retry: again.retry,
        takes_passwords: settings.modes().contains(&Mode::Form),
        takes_proxy: settings.modes().contains(&Mode::External),
        challenges: made.shown.into_iter().map(Challenge::from).collect(),
        ticket: made.ticket,
        link,
        forgot: app.resets_passwords(),
        one_more: again.one_more,
    };
    let mut response = reply::with_status(&visitor, again.status, &view);
    reply::cookie(&mut response, cookie);
    if !sources.is_empty() {
        response.extensions_mut().insert(MoreSources(sources));
    }
    response
}

/// `GET /login`: writes nothing, unless a trusted proxy says who this is.
pub async fn login(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    by_proxy: Option<Extension<ByProxy>>,
    headers: HeaderMap,
    Query(asked): Query<Coming>,
) -> Response {
    let next = reply::local(&asked.next).to_owned();
    if visitor.session.is_some() {
        return reply::redirect(&next);
    }
    let ask = match app.opening(&visitor.op.origin) {
        Ok(ask) => ask,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let mut again = Again { ask, ..Again::new(StatusCode::OK, LoginValues { name: String::new(), next: next.clone() }) };
    let mut visitor = visitor;
    if !asked.idle.is_empty() && visitor.cookies.flash.is_none() {
        visitor.cookies.flash = Some(Flash { kind: FlashKind::Note, text: visitor.t("login-idle").to_owned() });
    }
    if by_proxy.is_some()
        && asked.out.is_empty()
        && is_visit(&headers)
        && let Some(name) = proxy_name(&app, &headers)
    {
        if fetched(&headers, "sec-fetch-site") == "cross-site" {
            // A link from a mail or a chat: our own page asks again, and then a session that the browser has comes along.
            return reply::bounce();
        }
        match app.log_in(&visitor.op.origin, request(&visitor, &headers, Mode::External, name)).await {
            Ok(entry) => return entered(&visitor, &entry, &next),
            Err(LoginRefusal::Silent { status, until }) => return silent(&app, &visitor, &headers, status, until),
            Err(LoginRefusal::Other(refusal)) => return reply::refusal(&visitor, &refusal),
            Err(_) => {
                again.status = StatusCode::FORBIDDEN;
                again.error = Some("login-proxy-unknown");
            }
        }
    }
    page(&app, visitor, again).await
}

fn fetched<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether somebody opens the page: not an image, frame or script of another one.
fn is_visit(headers: &HeaderMap) -> bool {
    let top = ["", "document"].contains(&fetched(headers, "sec-fetch-dest"));
    top && ["", "navigate"].contains(&fetched(headers, "sec-fetch-mode"))
}

/// The name that a trusted proxy gives, if the mode is allowed and one header, exactly, gives one.
fn proxy_name(app: &App, headers: &HeaderMap) -> Option<String> {
    let settings = app.settings();
    if !settings.modes().contains(&Mode::External) {
        return None;
    }
    let mut sent = headers.get_all(settings.external_header()).iter();
    let name = sent.next()?.to_str().ok()?.trim();
    (sent.next().is_none() && !name.is_empty()).then(|| name.to_owned())
}

fn request(visitor: &Visitor, headers: &HeaderMap, mode: Mode, name: String) -> LoginRequest {
    LoginRequest {
        mode,
        name,
        password: SecretText::default(),
        device: visitor.cookies.device.clone(),
        agent: headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned(),
        replaces: visitor.session.as_ref().map(|session| session.id),
        answers: Answers::default(),
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
    #[serde(default)]
    ticket: String,
    /// Not an attempt: the form again, with another picture.
    #[serde(default)]
    again: String,
    /// Not an attempt: the form again, with a picture in the place of what needs a script.
    #[serde(default)]
    plain: String,
    /// The answers to challenges.
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

/// `POST /login`
pub async fn log_in(State(app): State<Arc<App>>, visitor: Visitor, uri: Uri, headers: HeaderMap, Form(form): Form<LoginForm>) -> Response {
    let (visitor, browser, _) = visited(&app, visitor);
    let origin = visitor.op.origin.clone();
    let ticket = app.ticket(&origin, &browser, &form.ticket);
    let next = reply::local(&form.next).to_owned();
    let mut again = Again::new(StatusCode::OK, LoginValues { name: form.name.clone(), next: next.clone() });
    again.before.clone_from(&ticket);
    let opening = match app.opening(&origin) {
        Ok(opening) => opening,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let asked = ticket.as_ref().map(|ticket| ticket.asked.keys().filter_map(|name| app.challenge_name(name)).collect::<Vec<_>>());
    // Who has asked for a picture instead keeps it.
    again.plain = !form.plain.is_empty() || ticket.as_ref().is_some_and(|ticket| ticket.plain);
    if !form.again.is_empty() || !form.plain.is_empty() {
        again.ask = both(opening, asked.unwrap_or_default());
        return page(&app, visitor, again).await;
    }
    let host = host::requested(&uri, &headers).unwrap_or_default().to_owned();
    let mut request = request(&visitor, &headers, Mode::Form, form.name.clone());
    request.password = form.password;
    // The attempt may have to wait: it keeps what it needs.
    let fields = form.fields.into_iter().filter(|(name, _)| guard::challenge::is_answer(name)).collect();
    request.answers = Answers { ticket, fields, host };
    match app.log_in(&origin, request).await {
        Ok(entry) => return entered(&visitor, &entry, &next),
        Err(LoginRefusal::Invalid { ask }) => {
            again.status = StatusCode::UNAUTHORIZED;
            again.error = Some("login-wrong");
            again.ask = both(opening, ask);
        }
        Err(LoginRefusal::Ask(ask)) => {
            again.ask = both(opening, ask);
            again.one_more = true;
        }
        Err(LoginRefusal::Blocked { until }) => return blocked(&app, visitor, again, until).await,
        Err(LoginRefusal::Silent { status, until }) => return silent(&app, &visitor, &headers, status, until),
        Err(LoginRefusal::NoMode | LoginRefusal::Renew) => {
            again.status = StatusCode::FORBIDDEN;
            again.error = Some("login-no-passwords");
        }
        Err(LoginRefusal::Other(refusal)) => return reply::refusal(&visitor, &refusal),
    }
    page(&app, visitor, again).await
}

fn both(mut one: Vec<&'static str>, other: Vec<&'static str>) -> Vec<&'static str> {
    one.extend(other);
    one
}

/// A budget is spent: when to come back, and what to do meanwhile, the same for every name.
async fn blocked(app: &App, visitor: Visitor, mut again: Again, until: Timestamp) -> Response {
    let seconds = until.since(visitor.op.now()).as_secs().max(1);
    again.status = StatusCode::TOO_MANY_REQUESTS;
    again.retry = Some(visitor.say(&span(seconds)));
    let mut response = page(app, visitor, again).await;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The answer that is none.
fn silent(app: &App, visitor: &Visitor, headers: &HeaderMap, status: u16, until: Option<Timestamp>) -> Response {
    let languages = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = Response::new(Body::from(app.silent_message(languages)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Some(until) = until {
        let seconds = until.since(visitor.op.now()).as_secs().saturating_add(1);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// That there were too many attempts, and how long to wait.
fn span(seconds: u64) -> Message {
    let (key, count) = match seconds {
        0..=90 => ("login-wait-seconds", seconds),
        91..=5_400 => ("login-wait-minutes", seconds.div_ceil(60)),
        _ => ("login-wait-hours", seconds.div_ceil(3_600)),
    };
    Message::new(key).with("count", i64::try_from(count).unwrap_or(i64::MAX))
}

fn entered(visitor: &Visitor, entry: &Entry, next: &str) -> Response {
    let mut response = reply::redirect(next);
    let language = entry.language.unwrap_or(visitor.language);
    if !entry.notices.is_empty() {
        let mut said: Vec<String> = entry.notices.iter().map(|notice| notice.text(language)).collect();
        said.push(language.say("notice-advice").to_owned());
        let text = said.join(" ");
        reply::cookie(&mut response, visitor.cookies.set_flash(&Flash { kind: FlashKind::Warning, text }));
    }
    reply::cookie(&mut response, visitor.cookies.set_session(&entry.session));
    if let Some(device) = &entry.device {
        reply::cookie(&mut response, visitor.cookies.set_device(device, DEVICE_AGE));
    }
    if entry.theme != Theme::System.name() {
        reply::cookie(&mut response, crate::cookie::Jar::set_theme(Theme::parse(&entry.theme)));
    }
    response
}

/// The form whose sound is asked for.
#[derive(Deserialize)]
pub struct Sound {
    #[serde(default)]
    ticket: String,
}

/// `GET /login/sound`: the picture of a form, for the ear.
pub async fn sound(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Sound>) -> Response {
    let (visitor, browser, _) = visited(&app, visitor);
    match app.sound(&visitor.op.origin, &browser, &asked.ticket).await {
        Ok(Some(wav)) => {
            let mut response = Response::new(Body::from(wav));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
            response
        }
        Ok(None) => reply::error(&visitor, StatusCode::NOT_FOUND, Some("The form is too old: load it again.")),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// Whose browser is to be known.
#[derive(Deserialize)]
pub struct LinkForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    next: String,
}

/// `POST /login/link`: one answer for everybody.
pub async fn link(State(app): State<Arc<App>>, visitor: Visitor, Form(form): Form<LinkForm>) -> Response {
    let values = LoginValues { name: form.name.clone(), next: reply::local(&form.next).to_owned() };
    let mut again = Again::new(StatusCode::OK, values);
    match app.mail_browser_link(&visitor.op.origin, &form.name).await {
        Ok(()) => {
            again.retry = Some(visitor.t("login-link-sent").to_owned());
            page(&app, visitor, again).await
        }
        Err(LoginRefusal::Blocked { until }) => blocked(&app, visitor, again, until).await,
        Err(LoginRefusal::Other(refusal)) => reply::refusal(&visitor, &refusal),
        Err(_) => reply::error(&visitor, StatusCode::NOT_FOUND, None),
    }
}

/// `GET /browser/{token}`: looking spends nothing.
pub async fn browser(State(app): State<Arc<App>>, visitor: Visitor, Path(token): Path<String>) -> Response {
    match app.browser_link_is_open(&visitor.op.origin, &token) {
        Ok(true) => {}
        Ok(false) => return reply::error(&visitor, StatusCode::NOT_FOUND, Some(visitor.t("link-over"))),
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    }
    let (visitor, _, cookie) = visited(&app, visitor);
    let view = BrowserPage {
        page: reply::own_frame(&visitor, "browser-title", Nav::Nowhere),
        action: format!("/browser/{}", reply::escaped(&token)),
    };
    let mut response = reply::page(&visitor, &view);
    reply::cookie(&mut response, cookie);
    response
}

/// `POST /browser/{token}`
pub async fn know_browser(State(app): State<Arc<App>>, visitor: Visitor, Path(token): Path<String>, Form(Bare {}): Form<Bare>) -> Response {
    match app.know_browser(&visitor.op.origin, &token).await {
        Ok(Some(device)) => {
            let mut response = reply::done(&visitor, "/login", visitor.t("browser-done"));
            reply::cookie(&mut response, visitor.cookies.set_device(&device, DEVICE_AGE));
            response
        }
        Ok(None) => reply::error(&visitor, StatusCode::NOT_FOUND, Some(visitor.t("link-over"))),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /logout`
pub async fn log_out(State(app): State<Arc<App>>, visitor: Visitor, Form(Bare {}): Form<Bare>) -> Response {
    if let Some(session) = &visitor.session
        && let Err(refusal) = app.log_out(&visitor.op, session).await
    {
        return reply::refusal(&visitor, &refusal);
    }
    let mut response = reply::redirect("/login?out=1");
    reply::cookie(&mut response, visitor.cookies.end_session());
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    response
}

/// `GET /setup/{token}`: looking spends nothing.
pub async fn setup(State(app): State<Arc<App>>, visitor: Visitor, Path(token): Path<String>) -> Response {
    match app.setup_is_open(&token, visitor.op.now()) {
        Ok(true) => {}
        Ok(false) => {
            return reply::error(&visitor, StatusCode::NOT_FOUND, Some(visitor.t("setup-over")));
        }
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    }
    let (visitor, _, cookie) = visited(&app, visitor);
    let mut response = reply::page(&visitor, &setup_page(&app, &visitor, &token, SetupValues::default(), Vec::new()));
    reply::cookie(&mut response, cookie);
    response
}

fn setup_page(app: &App, visitor: &Visitor, token: &str, values: SetupValues, errors: Vec<FieldError>) -> SetupPage {
    let action = format!("/setup/{}", reply::escaped(token));
    SetupPage {
        page: reply::own_frame(visitor, "setup-title", Nav::Nowhere),
        form: Blank { errors, ..Blank::new("setup", action, values) },
        secret: account::secret(app, visitor, Some(token)),
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
        Err(refusal) => match reply::field_errors_in(visitor.language, &refusal) {
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
        return Err(Refusal::Told(Message::new("setup-over")));
    }
    if form.email.trim().is_empty() {
        return Err(Refusal::said("email", Message::new("setup-email-empty")));
    }
    let bucket = visitor.op.origin.client.map_or_else(String::new, address_key);
    let owner = Owner { username: form.name.clone(), email: form.email.clone() };
    let hashed = app.first_password(owner, &form.password, &bucket).await?;
    let account =
        NewAccount { password: Some(hashed), ..NewAccount::new(form.name.clone(), form.email.clone(), guard::permission::Role::Admin) };
    app.run(&visitor.op, CompleteSetup { token_hash: session::hash(token), account }).await?;
    let mut request = request(visitor, headers, Mode::Form, form.name.clone());
    request.password = SecretText::new(form.password.expose().clone());
    request.device = None;
    request.replaces = None;
    app.log_in(&visitor.op.origin, request).await.map_err(|refused| match refused {
        LoginRefusal::Other(refusal) => refusal,
        LoginRefusal::Blocked { until } => Refusal::TooMany { until },
        _ => Refusal::Conflict("the account was made, but could not be logged in: use the login page".into()),
    })
}

/// `GET /forgot`
pub async fn forgot(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    if !app.resets_passwords() {
        return reply::error(&visitor, StatusCode::NOT_FOUND, None);
    }
    let (visitor, _, cookie) = visited(&app, visitor);
    let mut response = reply::page(&visitor, &forgot_page(&visitor, ForgotValues::default(), None));
    reply::cookie(&mut response, cookie);
    response
}

fn forgot_page(visitor: &Visitor, values: ForgotValues, said: Option<String>) -> ForgotPage {
    ForgotPage { page: reply::own_frame(visitor, "forgot-title", Nav::Nowhere), form: Blank::new("forgot", "/forgot", values), said }
}

/// `POST /forgot`: one answer for everybody.
pub async fn ask_for_link(State(app): State<Arc<App>>, visitor: Visitor, Form(form): Form<ForgotValues>) -> Response {
    match app.mail_reset_link(&visitor.op.origin, &form.name).await {
        Ok(()) => reply::page(&visitor, &forgot_page(&visitor, form, Some(visitor.t("forgot-sent").to_owned()))),
        Err(LoginRefusal::Blocked { until }) => {
            let seconds = until.since(visitor.op.now()).as_secs().max(1);
            let view = forgot_page(&visitor, form, Some(visitor.say(&span(seconds))));
            let mut response = reply::with_status(&visitor, StatusCode::TOO_MANY_REQUESTS, &view);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(LoginRefusal::Other(refusal)) => reply::refusal(&visitor, &refusal),
        Err(_) => reply::error(&visitor, StatusCode::NOT_FOUND, None),
    }
}

/// `GET /reset/{token}`: looking spends nothing.
pub async fn reset(State(app): State<Arc<App>>, visitor: Visitor, Path(token): Path<String>) -> Response {
    reset_page(&app, visitor, &token, StatusCode::OK, Vec::new())
}

fn reset_page(app: &App, visitor: Visitor, token: &str, status: StatusCode, errors: Vec<FieldError>) -> Response {
    let invited = match app.invited(&visitor.op.origin, token) {
        Ok(Some(invited)) => invited,
        Ok(None) => return reply::error(&visitor, StatusCode::NOT_FOUND, Some(visitor.t("link-over"))),
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let (visitor, _, cookie) = visited(app, visitor);
    let name = invited.user.facts.username;
    let view = ResetPage {
        page: reply::own_frame(&visitor, "reset-title", Nav::Nowhere),
        for_whom: visitor.say(&Message::new("reset-for").with("name", name.clone())),
        form: Blank { errors, ..Blank::new("reset", format!("/reset/{}", reply::escaped(token)), ResetValues { name }) },
        secret: account::secret(app, &visitor, Some(token)),
    };
    let mut response = reply::with_status(&visitor, status, &view);
    reply::cookie(&mut response, cookie);
    response
}

/// A new password by a link.
#[derive(Deserialize)]
pub struct ResetForm {
    #[serde(default)]
    password: SecretText,
}

/// `POST /reset/{token}`: sets the password and logs nobody in.
pub async fn set_by_link(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(token): Path<String>,
    Form(form): Form<ResetForm>,
) -> Response {
    let refusal = match app.set_by_link(&visitor.op, &token, &form.password).await {
        Ok(device) => {
            let mut response = reply::done(&visitor, "/login", visitor.t("reset-done"));
            reply::cookie(&mut response, visitor.cookies.set_device(&device, DEVICE_AGE));
            return response;
        }
        Err(refusal) => refusal,
    };
    match reply::field_errors_in(visitor.language, &refusal) {
        Some(errors) => reset_page(&app, visitor, &token, reply::status(&refusal), errors),
        None => reply::refusal(&visitor, &refusal),
    }
}

/// `GET /email/{token}`: looking spends nothing.
pub async fn email(State(app): State<Arc<App>>, visitor: Visitor, Path(token): Path<String>) -> Response {
    let email = match app.awaited_email(&visitor.op.origin, &token) {
        Ok(Some(email)) => email,
        Ok(None) => return reply::error(&visitor, StatusCode::NOT_FOUND, Some(visitor.t("link-over"))),
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let (visitor, _, cookie) = visited(&app, visitor);
    let view = EmailPage {
        page: reply::own_frame(&visitor, "email-title", Nav::Nowhere),
        action: format!("/email/{}", reply::escaped(&token)),
        says: visitor.say(&Message::new("email-says").with("email", email)),
    };
    let mut response = reply::page(&visitor, &view);
    reply::cookie(&mut response, cookie);
    response
}

/// `POST /email/{token}`
pub async fn confirm_email(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(token): Path<String>,
    Form(Bare {}): Form<Bare>,
) -> Response {
    match app.confirm_email(&visitor.op, &token).await {
        Ok(()) => {
            let to = if visitor.session.is_some() { "/account" } else { "/login" };
            reply::done(&visitor, to, visitor.t("email-done"))
        }
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// What the choice of a language sends.
#[derive(Deserialize)]
pub struct LanguageForm {
    #[serde(default)]
    language: String,
}

/// `POST /language`: for whoever is not logged in; it changes nothing on the server.
pub async fn language(visitor: Visitor, Form(form): Form<LanguageForm>) -> Response {
    let mut response = reply::redirect(&visitor.back);
    if let Some(language) = Language::parse(&form.language) {
        reply::cookie(&mut response, visitor.cookies.set_language(language));
    }
    response
}

/// What the theme menu sends.
#[derive(Deserialize)]
pub struct ThemeForm {
    #[serde(default)]
    theme: String,
}

/// `POST /theme`: for browsers without script; it changes nothing on the server and goes back to the page it was sent from.
pub async fn theme(visitor: Visitor, Form(form): Form<ThemeForm>) -> Response {
    let mut response = reply::redirect(&visitor.back);
    reply::cookie(&mut response, crate::cookie::Jar::set_theme(Theme::parse(&form.theme)));
    response
}

/// The request's id, for pages outside the gate.
#[must_use]
pub fn request_id(extensions: &http::Extensions) -> String {
    extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}
