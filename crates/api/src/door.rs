//! The way in: the one place where a request becomes an actor with a right, and its query and body become fields.
//!
//! A handler takes a [`Call`], which only [`open`] makes, and only after the right of the route's own table entry was asked for.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use guard::audit::{Actor, Door, Origin};
use guard::clock::Timestamp;
use guard::http::client::Client;
use guard::http::request_id::{self, RequestId};
use guard::permission::Permission;
use guard::secret::SecretText;
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ringfence_app::account::KeyRefusal;
use ringfence_app::login::LoginRefusal;
use ringfence_app::{App, IdempotencyKey, OpCtx, Refusal};
use ringfence_guard as guard;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::input::{Form, Input};

/// Longest body, in bytes.
pub(crate) const BODY: usize = 1024 * 1024;

/// A body that takes longer is read by somebody whose rights have to be looked up again.
const PROMPT: Duration = Duration::from_secs(1);

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What a handler gives.
pub(crate) type Outcome = Result<Response, Failure>;

/// What a route takes and gives.
pub(crate) struct Spec {
    /// The parameters of its query string.
    pub(crate) query: Form,
    /// The fields of its body, if it has one.
    pub(crate) body: Option<Form>,
    /// What it gives.
    pub(crate) answer: Answer,
}

/// A route as the door and the description need it.
pub(crate) struct Endpoint {
    /// Method and path, as the audit trail names it.
    pub(crate) name: &'static str,
    /// Its method, in capitals.
    pub(crate) method: &'static str,
    /// The same for the router.
    pub(crate) filter: MethodFilter,
    /// Its path.
    pub(crate) path: &'static str,
    /// The right it needs.
    pub(crate) permission: Permission,
    /// One line.
    pub(crate) summary: &'static str,
    /// What it takes and gives.
    pub(crate) spec: &'static Spec,
}

/// A request of a known actor who holds the route's right.
pub(crate) struct Call {
    /// The application.
    pub(crate) app: Arc<App>,
    /// Who, where from, when.
    pub(crate) op: OpCtx,
    /// The object that the path names; 0 where it names none.
    pub(crate) id: i64,
    /// The query string.
    pub(crate) query: Input,
    /// The body; empty where the route has none.
    pub(crate) body: Input,
    /// The headers.
    pub(crate) headers: HeaderMap,
}

static NO_BODY: Form = Form::EMPTY;

/// Binds a handler to an entry of the table.
pub(crate) fn open<F, O>(endpoint: &'static Endpoint, handler: F) -> MethodRouter<Arc<App>>
where
    F: Fn(Call) -> O + Clone + Send + Sync + 'static,
    O: Future<Output = Outcome> + Send,
{
    on(endpoint.filter, async move |State(app): State<Arc<App>>, request: Request| {
        let (now, request_id) = (app.now(), request_id(&request, &app));
        let outcome = match enter(endpoint, app, request, &request_id, now).await {
            Ok(call) => handler(call).await,
            Err(failure) => Err(failure),
        };
        outcome.unwrap_or_else(|failure| failure.render(&request_id, now))
    })
}

/// Binds a handler that anyone may reach.
pub(crate) fn public<F, O>(filter: MethodFilter, handler: F) -> MethodRouter<Arc<App>>
where
    F: Fn(Arc<App>) -> O + Clone + Send + Sync + 'static,
    O: Future<Output = Outcome> + Send,
{
    on(filter, async move |State(app): State<Arc<App>>, request: Request| {
        let (now, request_id) = (app.now(), request_id(&request, &app));
        handler(app).await.unwrap_or_else(|failure| failure.render(&request_id, now))
    })
}

/// The id that the layer gave, or a new one where no layer stands before us.
fn request_id(request: &Request, app: &App) -> String {
    let given = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone());
    given.unwrap_or_else(|| request_id::mint(app.entropy().as_ref()))
}

async fn enter(endpoint: &'static Endpoint, app: Arc<App>, request: Request, request_id: &str, now: Timestamp) -> Result<Call, Failure> {
    let (parts, body) = request.into_parts();
    let Some(Client(client)) = parts.extensions.get::<Client>().copied() else {
        return Err(Failure::Defect("the client's address is not known: the layer is missing".into()));
    };
    let mut origin = Origin { actor: Actor::Anonymous, door: Door::Api, client: Some(client), request_id: request_id.to_owned(), at: now };
    let proof = proof(&parts.headers)?;
    origin.actor = identify(&app, &origin, &parts.headers, &proof).await?;
    let mut op = OpCtx::new(origin);
    admit(endpoint, &app, &op, !matches!(proof, Proof::None)).await?;
    let proven = app.now();
    let id = if endpoint.path.contains("{id}") { path_id(parts.uri.path())? } else { 0 };
    let pairs = parameters(&parts)?;
    let mut query = Input::query(&endpoint.spec.query, pairs);
    query.check()?;
    let body = match &endpoint.spec.body {
        Some(form) => {
            let bytes = read(&parts.headers, body).await?;
            let late = app.now();
            if late.since(proven) > PROMPT {
                // Meanwhile the key may have been revoked, or the user's rights cut.
                op.origin.at = late;
                op.origin.actor = identify(&app, &op.origin, &parts.headers, &proof).await?;
                admit(endpoint, &app, &op, !matches!(proof, Proof::None)).await?;
            }
            op.idempotency = idempotency(endpoint, &parts, &bytes)?;
            Input::body(form, &bytes)?
        }
        None => Input::query(&NO_BODY, Vec::new()),
    };
    Ok(Call { app, op, id, query, body, headers: parts.headers })
}

/// Asks for the route's right before anything of the request is read; a refusal is recorded as `App::run` does it.
async fn admit(endpoint: &'static Endpoint, app: &Arc<App>, op: &OpCtx, sent: bool) -> Result<(), Failure> {
    app.admit(op, endpoint.name, endpoint.permission).await.map_err(|refusal| match refusal {
        Refusal::Denied { anonymous: true, .. } if sent => Failure::BadKey,
        Refusal::Denied { anonymous: true, .. } => Failure::NoKey,
        other => other.into(),
    })
}

/// What came to say who this is.
enum Proof<'h> {
    /// Nothing that we know.
    None,
    /// An API key.
    Key(&'h str),
    /// Name and password (RFC 7617).
    Password(String, SecretText),
}

/// Reads the one `Authorization` header. Two of them are none that is valid.
fn proof(headers: &HeaderMap) -> Result<Proof<'_>, Failure> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = sent.next() else { return Ok(Proof::None) };
    if sent.next().is_some() {
        return Err(Failure::BadKey);
    }
    let text = value.to_str().map_err(|_| Failure::BadKey)?;
    let Some((scheme, rest)) = text.split_once(' ') else { return Ok(Proof::None) };
    let rest = rest.trim_start_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Proof::Key(rest));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(Proof::None);
    }
    // The first colon ends the name: a password may hold colons. What is no text is nobody's name and costs like any other wrong one.
    let pair = SecretText::new(guard::text::base64_text(rest.trim_end()).unwrap_or_default());
    let (name, password) = pair.expose().split_once(':').unwrap_or((pair.expose(), ""));
    Ok(Proof::Password(name.to_owned(), SecretText::new(password.to_owned())))
}

/// Who this is: one pass of the login machine for name and password, a look-up for a key.
async fn identify(app: &Arc<App>, origin: &Origin, headers: &HeaderMap, proof: &Proof<'_>) -> Result<Actor, Failure> {
    match proof {
        Proof::None => Ok(Actor::Anonymous),
        Proof::Key(text) => match app.key(text, origin).await {
            Ok(actor) => Ok(actor.unwrap_or(Actor::Anonymous)),
            Err(KeyRefusal::NoMode) => Err(Failure::BadKey),
            Err(KeyRefusal::Silent { status, until }) => Err(silent(app, headers, status, until)),
            Err(KeyRefusal::Refused(refusal)) => Err(refusal.into()),
        },
        Proof::Password(name, password) => {
            // A browser keeps such a password and sends it along with what other sites make it ask.
            if headers.get_all("sec-fetch-site").iter().any(|site| site != "same-origin" && site != "none") {
                return Err(Failure::BadLogin);
            }
            match app.call(origin, name, SecretText::new(password.expose().clone())).await {
                Ok(actor) => Ok(actor),
                Err(LoginRefusal::NoMode) => Err(Failure::NoKey),
                Err(LoginRefusal::Invalid { .. } | LoginRefusal::Ask(_)) => Err(Failure::BadLogin),
                Err(LoginRefusal::Renew) => Err(Failure::Renew),
                Err(LoginRefusal::Blocked { until }) => Err(Refusal::TooMany { until }.into()),
                Err(LoginRefusal::Silent { status, until }) => Err(silent(app, headers, status, until)),
                Err(LoginRefusal::Other(refusal)) => Err(refusal.into()),
            }
        }
    }
}

fn silent(app: &App, headers: &HeaderMap, status: u16, until: Option<Timestamp>) -> Failure {
    let languages = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Failure::Silent { status, until, message: app.silent_message(languages) }
}

/// The third segment behind `/api/v1`: what is no id names nothing.
fn path_id(path: &str) -> Result<i64, Failure> {
    let text = path.split('/').nth(4).unwrap_or("");
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().map_err(|_| Failure::NoRoute) } else { Err(Failure::NoRoute) }
}

fn parameters(parts: &Parts) -> Result<Vec<(String, String)>, Failure> {
    if parts.uri.query().is_none_or(str::is_empty) {
        return Ok(Vec::new());
    }
    let Query(pairs) = Query::try_from_uri(&parts.uri).map_err(|error| Failure::malformed("", error.body_text()))?;
    Ok(pairs)
}

/// The body's bytes. An empty body needs no type.
async fn read(headers: &HeaderMap, body: Body) -> Result<axum::body::Bytes, Failure> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length > BODY) {
        return Err(Failure::TooLarge(BODY));
    }
    let collected = Limited::new(body, BODY).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { Failure::TooLarge(BODY) } else { Failure::malformed("", "the body ended early") }
    })?;
    let bytes = collected.to_bytes();
    if bytes.is_empty() || is_json(headers) { Ok(bytes) } else { Err(Failure::MediaType) }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    ["application/json", "application/merge-patch+json"].iter().any(|json| kind.eq_ignore_ascii_case(json))
}

fn idempotency(endpoint: &Endpoint, parts: &Parts, body: &[u8]) -> Result<Option<IdempotencyKey>, Failure> {
    let mut sent = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = sent.next().filter(|_| endpoint.filter == MethodFilter::POST) else { return Ok(None) };
    let text = if sent.next().is_none() { value.to_str().unwrap_or("") } else { "" };
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    IdempotencyKey::new(text, &[endpoint.method.as_bytes(), target.as_bytes(), body]).map(Some).map_err(Failure::asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn proofs_stand_behind_their_scheme() {
        let read = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(AUTHORIZATION, HeaderValue::from_static(line));
            }
            proof(&headers).map_err(|_| "refused").map(|proof| match proof {
                Proof::None => "none".to_owned(),
                Proof::Key(key) => format!("key {key}"),
                Proof::Password(name, password) => format!("{name} + {}", password.expose()),
            })
        };
        for (lines, seen) in [
            (&[][..], "none"),
            (&["Bearer rf_x"], "key rf_x"),
            (&["bearer  rf_x"], "key rf_x"),
            (&["rf_x"], "none"),
            (&["Digest rf_x"], "none"),
            (&["Basic cm9vdDpyb290"], "root + root"),
            (&["basic YWRhOmE6YjpjIA=="], "ada + a:b:c "),
            (&["Basic YWRh"], "ada + "),
            (&["Basic OnNlY3JldA=="], " + secret"),
            (&["Basic ???"], " + "),
            (&["Basic /w=="], " + "),
        ] {
            assert_eq!(read(lines).as_deref(), Ok(seen), "{lines:?}");
        }
        assert_eq!(read(&["Bearer rf_x", "Bearer rf_y"]), Err("refused"));
    }

    #[test]
    fn ids_have_one_spelling() {
        assert_eq!(path_id("/api/v1/subnets/17").ok(), Some(17));
        assert_eq!(path_id("/api/v1/subnets/17/addresses/next").ok(), Some(17));
        for wrong in ["0", "017", "-1", "+1", "x", "", "9223372036854775808", "1%30"] {
            assert!(path_id(&format!("/api/v1/subnets/{wrong}")).is_err(), "{wrong}");
        }
    }
}
