//! The only place that reads a form's body: it demands the CSRF token, and gives the fields as typed text.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use guard::session;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use ringfence_app::App;
use ringfence_guard as guard;
use serde::de::DeserializeOwned;

use crate::gate::Visitor;
use crate::reply;

/// Longest form, in bytes.
pub(crate) const LONGEST: usize = 256 * 1024;

/// Longest form of a page that everybody may send, in bytes: many of them may be in our hands at once.
pub(crate) const LONGEST_OF_STRANGERS: usize = 32 * 1024;

/// The type of a form that holds no file.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A form of ours, with its token checked.
pub struct Form<T>(pub T);

/// A form that is only a button: nothing but the token.
#[derive(serde::Deserialize)]
pub struct Bare {}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await.map_err(|status| reply::plain(status, "not behind the gate"))?;
        let typed = parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !typed.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case(FORM)) {
            return Err(reply::error(&visitor, StatusCode::UNSUPPORTED_MEDIA_TYPE, None));
        }
        let Ok(bytes) = to_bytes(body, LONGEST).await else { return Err(reply::error(&visitor, StatusCode::PAYLOAD_TOO_LARGE, None)) };
        // What reads a form puts a sign for "unreadable" in the place of broken bytes: passwords of other bytes would be the same.
        let readable = percent_encoding::percent_decode(&bytes).decode_utf8().is_ok();
        let read = serde_urlencoded::from_bytes::<Vec<(String, String)>>(&bytes);
        let Some(pairs) = read.ok().filter(|_| readable) else {
            return Err(reply::error(&visitor, StatusCode::BAD_REQUEST, None));
        };
        let given = pairs.iter().find(|(name, _)| name == "csrf").map_or("", |(_, value)| value.as_str());
        if !token_fits(app, &visitor, given) {
            return Err(too_old(&visitor));
        }
        match serde_urlencoded::from_bytes(&bytes) {
            Ok(form) => Ok(Self(form)),
            Err(error) => Err(reply::error(&visitor, StatusCode::BAD_REQUEST, Some(&error.to_string()))),
        }
    }
}

/// The query of a page's address; one that cannot be read gets an answer in the pages' clothes.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(asked)) => Ok(Self(asked)),
            Err(_) => {
                let visitor =
                    Visitor::from_request_parts(parts, app).await.map_err(|status| reply::plain(status, "not behind the gate"))?;
                Err(reply::error(&visitor, StatusCode::BAD_REQUEST, Some("The address of this page asks for something it cannot mean.")))
            }
        }
    }
}

/// The answer to a form whose token does not fit.
pub(crate) fn too_old(visitor: &Visitor) -> Response {
    reply::stale(visitor)
}

/// Whether the token belongs to this session, or before the login to this visit.
pub(crate) fn token_fits(app: &App, visitor: &Visitor, given: &str) -> bool {
    let bound = match (&visitor.session, &visitor.cookies.visit) {
        (Some(session), _) => session.token_hash,
        (None, Some(visit)) => session::hash(visit),
        (None, None) => return false,
    };
    session::csrf_matches(app.csrf_key(), &bound, given)
}

/// Empty text as nothing.
#[must_use]
pub fn filled(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}
