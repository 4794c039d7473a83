//! The gate before every page: who comes, whether the request comes from our own pages, and whether the page's access lets them in.
//!
//! It reads the route table, so no handler checks for itself and none can forget to. A handler takes the [`Visitor`] that the gate leaves in the
//! request.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Extension;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use guard::audit::{Actor, Door, Origin};
use guard::http::client::Client;
use guard::http::request_id::RequestId;
use guard::http::route::{Access, Route, RouteError};
use guard::http::{host, origin};
use guard::message::{Language, Message};
use guard::permission::{Permission, granted};
use guard::session;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, REFERER};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use ringfence_app::account::LoggedIn;
use ringfence_app::setting::zone;
use ringfence_app::{App, OpCtx, Refusal};
use ringfence_guard as guard;

use crate::cookie::Names;
use crate::forms::{self, FORM};
use crate::pages::board::Board;
use crate::reply;
use crate::view::Look;

/// Who looks at a page, and what a handler needs to know of the request.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The request as commands and queries see it.
    pub op: OpCtx,
    /// The session, on pages that need one.
    pub session: Option<LoggedIn>,
    /// Binds the page's forms: the session, or before the login a cookie of its own.
    pub csrf: String,
    /// The theme and flash cookies, and the names of all of ours.
    pub cookies: crate::cookie::Jar,
    /// The page is asked for by htmx, which wants a part.
    pub partial: bool,
    /// The language to answer in.
    pub language: Language,
    /// After how long without a request the session ends.
    pub idle: Option<Duration>,
    /// The page of ours that the request came from.
    pub back: String,
    /// How the settings of now want the answer to look.
    pub look: Look,
}

impl Visitor {
    /// Whether the actor has the permission: for hiding what would be refused.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        granted(&self.op.origin.actor, permission)
    }

    /// The text of a message without arguments.
    #[must_use]
    pub fn t(&self, key: &'static str) -> &'static str {
        self.language.say(key)
    }

    /// The text of a message.
    #[must_use]
    pub fn say(&self, message: &Message) -> String {
        message.text(self.language)
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, StatusCode> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// What the gate is told: the application and the access of every route.
struct Watch {
    app: Arc<App>,
    names: Names,
    access: BTreeMap<&'static str, Vec<Listed>>,
}

/// What the gate knows of a route.
struct Listed {
    method: Method,
    access: Access,
    polls: bool,
}

/// The router of the pages behind their gate.
pub fn router(app: &Arc<App>, routes: &[Route<Arc<App>>]) -> Result<Router<Arc<App>>, RouteError> {
    let mut access: BTreeMap<&'static str, Vec<Listed>> = BTreeMap::new();
    for route in routes {
        access.entry(route.path).or_default().push(Listed { method: route.method.clone(), access: route.access, polls: route.polls });
    }
    let watch = Watch { app: Arc::clone(app), names: Names::new(&app.cookie_suffix()), access };
    Ok(guard::http::route::router(routes)?.layer(from_fn_with_state(Arc::new(watch), gate)).layer(Extension(Arc::<Board>::default())))
}

async fn gate(State(watch): State<Arc<Watch>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    let path = parts.extensions.get::<MatchedPath>().map(|p| p.as_str().to_owned()).unwrap_or_default();
    let Some(listed) = watch.access.get(path.as_str()).and_then(|methods| methods.iter().find(|listed| listed.method == method)) else {
        // No such method here: the router says so.
        return next.run(Request::from_parts(parts, body)).await;
    };
    // A form is judged when it is whole: by then its sender may have lost the session that the first bytes came with.
    let access = listed.access;
    let longest = if access == Access::Public { forms::LONGEST_OF_STRANGERS } else { forms::LONGEST };
    let body = if is_form(&parts) { to_bytes(body, longest).await.map(Body::from) } else { Ok(body) };
    let stranger_sees = access == Access::Public && !path.starts_with("/assets/");
    let visitor = match visitor(&watch, &parts, stranger_sees, !listed.polls).await {
        Ok(visitor) => visitor,
        Err(refusal) => return reply::bare(&refusal, &parts),
    };
    if !method.is_safe() && !is_own(&parts) {
        return reply::error(&visitor, StatusCode::FORBIDDEN, Some(visitor.t("error-foreign")));
    }
    match (access, &visitor.session) {
        (Access::Session(_) | Access::Pending, None) => return reply::to_login(&visitor, &parts),
        (Access::Session(_), Some(session)) if session.must_renew(&watch.app, visitor.op.now()) => {
            return reply::elsewhere(&visitor, "/account/password");
        }
        (Access::Session(permission), Some(_)) => {
            if let Err(refusal) = watch.app.admit(&visitor.op, "page", permission).await {
                return reply::refusal(&visitor, &refusal);
            }
        }
        (Access::Api(_), _) => return reply::error(&visitor, StatusCode::NOT_FOUND, None),
        (Access::Public, _) | (Access::Pending, Some(_)) => {}
    }
    let Ok(body) = body else { return reply::error(&visitor, StatusCode::PAYLOAD_TOO_LARGE, None) };
    parts.extensions.insert(visitor);
    next.run(Request::from_parts(parts, body)).await
}

/// Whether a body is a form, which is read here whole and nowhere at length.
fn is_form(parts: &Parts) -> bool {
    let typed = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    typed.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case(FORM))
}

/// A state-changing request must come from a page of ours.
fn is_own(parts: &Parts) -> bool {
    let Some(host) = host::requested(&parts.uri, &parts.headers) else { return false };
    origin::check(&parts.method, &parts.headers, &origin::own(true, host)).is_ok()
}

/// The look of a page for whoever is logged in: their own zone goes before the installation's.
pub fn look(app: &App, session: Option<&LoggedIn>) -> Look {
    let settings = app.settings();
    let (warn, full) = settings.utilization_marks();
    let own = session.and_then(|session| zone::find(&session.user.facts.timezone));
    let zone = own.unwrap_or_else(|| settings.timezone().clone());
    Look { site: settings.site_name().to_owned(), zone, warn: warn * 10, full: full * 10 }
}

/// `stranger_sees`: somebody without a session is shown a page that settings change. `uses`: somebody is there, and no page asks by itself.
async fn visitor(watch: &Watch, parts: &Parts, stranger_sees: bool, uses: bool) -> Result<Visitor, Refusal> {
    let app = &watch.app;
    let now = app.now();
    let cookies = watch.names.read(&parts.headers);
    let session = match &cookies.session {
        Some(token) => app.session(token, now, uses).await?,
        None => None,
    };
    if session.is_none() && stranger_sees {
        // A session brings the version of the settings along; strangers bring nothing.
        app.refresh_now()?;
    }
    let bound = match (&session, &cookies.visit) {
        (Some(session), _) => Some(session.token_hash),
        (None, Some(visit)) => Some(session::hash(visit)),
        (None, None) => None,
    };
    let csrf = bound.map_or_else(String::new, |bound| session::csrf(app.csrf_key(), &bound));
    let actor = session.as_ref().map_or(Actor::Anonymous, LoggedIn::actor);
    let client: Option<IpAddr> = parts.extensions.get::<Client>().map(|c| c.0);
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let op = OpCtx::new(Origin { actor, door: Door::Web, client, request_id, at: now });
    let chosen = session.as_ref().and_then(|session| Language::parse(&session.user.facts.language)).or(cookies.language);
    let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let language = Language::choose(chosen, accepted);
    let idle = session.as_ref().map(|_| app.settings().session().idle);
    let look = look(app, session.as_ref());
    Ok(Visitor { op, session, csrf, cookies, partial: is_partial(&parts.headers), look, language, idle, back: back(&parts.headers) })
}

/// The page of ours that a request names as its origin; home if it names none.
fn back(headers: &HeaderMap) -> String {
    let from = headers.get(REFERER).and_then(|value| http::Uri::try_from(value.as_bytes()).ok());
    let path = from.as_ref().and_then(http::Uri::path_and_query).map_or("/", http::uri::PathAndQuery::as_str);
    reply::local(path).to_owned()
}

fn is_partial(headers: &HeaderMap) -> bool {
    headers.get("hx-request").is_some_and(|v| v == "true")
}
