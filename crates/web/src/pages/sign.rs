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
use guard::secret::SecretText;
use guard::session;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, REFERER, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use ringfence_app::commands::setup::CompleteSetup;
use ringfence_app::commands::user::NewAccount;
use ringfence_app::login::{Answers, DEVICE_AGE, Entry, LoginRefusal, LoginRequest, Shown};
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;
use serde::Deserialize;

use crate::forms::{Bare, Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::sign::{BrowserPage, Challenge, LoginPage, LoginValues, SetupPage, SetupValues};
use crate::view::{FieldError, Flash, FlashKind, Form as Blank, Nav, Theme};

/// Where to go after the login.
#[derive(Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
    /// Somebody logged out and is not to be logged in again by a proxy at once.
    #[serde(default)]
    out: String,
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
    let errors = again.error.map(|text| FieldError { field: String::new(), message: text.to_owned() }).into_iter().collect();
    let link = again.retry.is_some() && app.sends_browser_links();
    let view = LoginPage {
        page: reply::frame(&visitor, "Log in", Nav::Nowhere),
        form: Blank { errors, ..Blank::new("login", "/login", again.values) },
        retry: again.retry,
        takes_passwords: settings.modes().contains(&Mode::Form),
        takes_proxy: settings.modes().contains(&Mode::External),
        challenges: made.shown.into_iter().map(Challenge::from).collect(),
        ticket: made.ticket,
        link,
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
    Query(asked): Query<Next>,
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
                again.error =
                    Some("You are logged in at the proxy, but not with a name that may log in here. Ask an admin for an account.");
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
            again.error = Some("Name or password is wrong.");
            again.ask = both(opening, ask);
        }
        Err(LoginRefusal::Ask(ask)) => {
            again.ask = both(opening, ask);
            again.one_more = true;
        }
        Err(LoginRefusal::Blocked { until }) => return blocked(&app, visitor, again, until).await,
        Err(LoginRefusal::Silent { status, until }) => return silent(&app, &visitor, &headers, status, until),
        Err(LoginRefusal::NoMode) => {
            again.status = StatusCode::FORBIDDEN;
            again.error = Some("Passwords are not taken here.");
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
    again.retry = Some(format!("Too many attempts. Try again in {}.", span(seconds)));
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

fn span(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} seconds"),
        91..=5_400 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

fn entered(visitor: &Visitor, entry: &Entry, next: &str) -> Response {
    let mut response = reply::redirect(next);
    if !entry.notices.is_empty() {
        let text = format!("{} Look at the audit trail, or ask an admin, if that was not you.", entry.notices.join(" "));
        reply::cookie(&mut response, visitor.cookies.set_flash(&Flash { kind: FlashKind::Warning, text }));
    }
    reply::cookie(&mut response, visitor.cookies.set_session(&entry.session));
    if let Some(device) = &entry.device {
        reply::cookie(&mut response, visitor.cookies.set_device(device, DEVICE_AGE));
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
            again.retry = Some(
                "If an account is called that and has an e-mail address, a link is on its way. Open it in this browser, then log in."
                    .into(),
            );
            page(&app, visitor, again).await
        }
        Err(LoginRefusal::Blocked { until }) => blocked(&app, visitor, again, until).await,
        Err(LoginRefusal::Other(refusal)) => reply::refusal(&visitor, &refusal),
        Err(_) => reply::error(&visitor, StatusCode::NOT_FOUND, None),
    }
}

/// The sentence for a link that is over.
const LINK_OVER: &str = "This link was used or has expired. Ask for a new one on the login page.";

/// `GET /browser/{token}`: looking spends nothing.
pub async fn browser(State(app): State<Arc<App>>, visitor: Visitor, Path(token): Path<String>) -> Response {
    match app.browser_link_is_open(&visitor.op.origin, &token) {
        Ok(true) => {}
        Ok(false) => return reply::error(&visitor, StatusCode::NOT_FOUND, Some(LINK_OVER)),
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    }
    let (visitor, _, cookie) = visited(&app, visitor);
    let view = BrowserPage {
        page: reply::frame(&visitor, "Make this browser known", Nav::Nowhere),
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
            let mut response = reply::done(&visitor, "/login", "This browser is known now. Log in with your password.");
            reply::cookie(&mut response, visitor.cookies.set_device(&device, DEVICE_AGE));
            response
        }
        Ok(None) => reply::error(&visitor, StatusCode::NOT_FOUND, Some(LINK_OVER)),
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
            return reply::error(
                &visitor,
                StatusCode::NOT_FOUND,
                Some("This setup link was used or has expired. Print a new one with `ringfence setup`."),
            );
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
        page: reply::frame(visitor, "Set up", Nav::Nowhere),
        form: Blank { errors, ..Blank::new("setup", action, values) },
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
