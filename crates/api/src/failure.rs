//! Why a request was not done, as problem+json (RFC 9457): the one place that turns a reason into a status, and that logs its cause.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use guard::clock::Timestamp;
use guard::http::request_id::RequestId;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use ringfence_app::{Problem, Refusal};
use ringfence_guard as guard;
use serde::Serialize;
use utoipa::ToSchema;

/// Seconds after which a database that does not answer is worth another try.
const UNAVAILABLE: u64 = 2;

/// Why a request was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The application refused.
    Refusal(Refusal),
    /// The request cannot be read: query, headers, JSON.
    Malformed(Vec<Problem>),
    /// No API key came.
    NoKey,
    /// The API key is none that is valid.
    BadKey,
    /// Name and password are not right, or may not be told from those that are not.
    BadLogin,
    /// The password is right, but has to be replaced before it opens anything.
    Renew,
    /// A block or a rule of the fence gives no answer.
    Silent {
        /// The status.
        status: u16,
        /// When trying again makes sense, where that is known.
        until: Option<Timestamp>,
        /// What to say all the same.
        message: String,
    },
    /// The object's tag in `If-Match` can never be one of ours.
    NeverMatches,
    /// No route has this path.
    NoRoute,
    /// The path has no such method.
    NoMethod,
    /// The body is no JSON.
    MediaType,
    /// The body is longer than this many bytes.
    TooLarge(usize),
    /// Our own fault; the text is for the log.
    Defect(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// A problem as the client reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    /// What kind of problem, for programs: never changes.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The same in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// This very problem, for people.
    detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The object in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<Conflict>,
    /// The version now, where the one sent is stale.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    /// Names this request in the log.
    request_id: String,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// A field of the body, a parameter or a header; empty for the input as a whole.
    field: String,
    /// What is wrong and what to do.
    message: String,
}

/// The object in the way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conflict {
    /// Kind of object.
    kind: &'static str,
    /// Its id.
    id: i64,
    /// What people call it.
    label: String,
    /// The field that clashes.
    field: &'static str,
}

impl Failure {
    /// One thing that cannot be read.
    pub(crate) fn malformed(field: &str, message: impl Into<String>) -> Self {
        Self::Malformed(vec![Problem::new(field, message)])
    }

    /// A refused question: what is wrong with it stands in its query string.
    pub(crate) fn asked(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(problems) => Self::Malformed(problems),
            other => Self::Refusal(other),
        }
    }

    /// The answer to a request that reached no route.
    pub(crate) fn answer(self, request: &Request) -> Response {
        let id = request.extensions().get::<RequestId>().map_or("", |RequestId(id)| id.as_str());
        self.render(id, Timestamp::MAX)
    }

    /// The answer. `now` is the time of the request; waiting times are counted from it.
    pub(crate) fn render(self, request_id: &str, now: Timestamp) -> Response {
        if let Self::Silent { status, until, message } = self {
            return silent(status, until.map(|until| until.since(now).as_secs().saturating_add(1)), message);
        }
        self.log(request_id);
        let (status, kind, title) = self.kind();
        let header = self.header(now);
        let detail = self.detail();
        let mut document = Document {
            kind,
            title,
            status: status.as_u16(),
            detail,
            errors: Vec::new(),
            conflict: None,
            version: None,
            request_id: request_id.to_owned(),
        };
        match self {
            Self::Malformed(problems) | Self::Refusal(Refusal::Invalid(problems)) => {
                document.errors = problems.into_iter().map(|p| FieldError { field: p.field, message: p.message }).collect();
            }
            Self::Refusal(Refusal::Duplicate { kind, id, label, field }) => document.conflict = Some(Conflict { kind, id, label, field }),
            Self::Refusal(Refusal::Stale { version }) => document.version = Some(version),
            _ => {}
        }
        // A struct of texts and numbers cannot fail to be written; if it did, the status alone would still be right.
        let mut response = Response::new(Body::from(serde_json::to_vec(&document).unwrap_or_default()));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }

    fn log(&self, request_id: &str) {
        match self {
            Self::Refusal(Refusal::Store(error)) => tracing::error!(request_id, %error, "the store failed"),
            Self::Defect(error) => tracing::error!(request_id, %error, "a defect"),
            _ => {}
        }
    }

    /// Status, type and title.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        use Refusal as R;
        use StatusCode as S;
        match self {
            Self::Malformed(_) => (S::BAD_REQUEST, "/problems/malformed", "The request cannot be read"),
            Self::NoKey | Self::Refusal(R::Denied { anonymous: true, .. }) => (S::UNAUTHORIZED, "/problems/no-key", "An API key is needed"),
            Self::BadKey => (S::UNAUTHORIZED, "/problems/bad-key", "The API key is not valid"),
            Self::BadLogin => (S::UNAUTHORIZED, "/problems/bad-login", "Name or password is wrong"),
            Self::Renew => (S::FORBIDDEN, "/problems/password-expired", "A new password has to be set"),
            Self::Silent { .. } => (S::TOO_MANY_REQUESTS, "/problems/too-many", "Too many attempts"),
            Self::Refusal(R::Denied { .. }) => (S::FORBIDDEN, "/problems/denied", "This is not allowed"),
            Self::NoRoute => (S::NOT_FOUND, "/problems/no-route", "There is no such path"),
            Self::Refusal(R::NotFound { .. }) => (S::NOT_FOUND, "/problems/not-found", "There is no such object"),
            Self::NoMethod => (S::METHOD_NOT_ALLOWED, "/problems/method", "The path has no such method"),
            Self::Refusal(R::Duplicate { .. }) => (S::CONFLICT, "/problems/duplicate", "It exists already"),
            // Two made the same at once and the database refused the second: what is there now answers the next try.
            Self::Refusal(R::Store(error)) if error.is_unique() => (S::CONFLICT, "/problems/duplicate", "It exists already"),
            Self::Refusal(R::InUse(_)) => (S::CONFLICT, "/problems/in-use", "It is in use"),
            Self::Refusal(R::NoSpace(_)) => (S::CONFLICT, "/problems/no-space", "There is too little space"),
            Self::Refusal(R::Conflict(_) | R::Told(_)) => (S::CONFLICT, "/problems/conflict", "Its state does not allow this"),
            Self::NeverMatches | Self::Refusal(R::Stale { .. }) => (S::PRECONDITION_FAILED, "/problems/stale", "It was changed meanwhile"),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "/problems/too-large", "The body is too large"),
            Self::MediaType => (S::UNSUPPORTED_MEDIA_TYPE, "/problems/media-type", "The body must be JSON"),
            Self::Refusal(R::Invalid(_)) => (S::UNPROCESSABLE_ENTITY, "/problems/invalid", "The input does not do"),
            Self::Refusal(R::KeyReused) => (S::UNPROCESSABLE_ENTITY, "/problems/key-reused", "The Idempotency-Key was used before"),
            Self::Refusal(R::TooMany { .. }) => (S::TOO_MANY_REQUESTS, "/problems/too-many", "Too many attempts"),
            Self::Refusal(R::Busy { .. }) => (S::SERVICE_UNAVAILABLE, "/problems/busy", "Too much to do right now"),
            Self::Refusal(R::Store(error)) if error.is_unavailable() => {
                (S::SERVICE_UNAVAILABLE, "/problems/unavailable", "The database does not answer")
            }
            Self::Refusal(R::Store(_)) | Self::Defect(_) => (S::INTERNAL_SERVER_ERROR, "/problems/internal", "Something went wrong inside"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Refusal(Refusal::Store(error)) if error.is_unique() => {
                "somebody made the same at this moment: look for it, or try again".into()
            }
            Self::Refusal(Refusal::Denied { anonymous: true, .. }) | Self::NoKey => "send an API key: Authorization: Bearer rf_…".into(),
            Self::BadKey => "the key is unknown, revoked or expired".into(),
            Self::BadLogin => "name or password is wrong".into(),
            Self::Renew => "the password was right and has to be replaced: log in to the pages and set a new one, or use an API key".into(),
            Self::Silent { message, .. } => message.clone(),
            Self::Refusal(refusal) => refusal.to_string(),
            Self::Malformed(problems) => Refusal::Invalid(problems.clone()).to_string(),
            Self::NeverMatches => "If-Match must be the object's ETag, such as \"3\"; weak and foreign tags never match".into(),
            Self::NoRoute => "the paths are listed at /api/v1/openapi.json".into(),
            Self::NoMethod => "the header Allow lists the methods of this path".into(),
            Self::MediaType => "send the body with Content-Type: application/json".into(),
            Self::TooLarge(most) => format!("at most {most} bytes are read"),
            Self::Defect(_) => "something went wrong inside; the log has the details under this request's id".into(),
        }
    }

    fn header(&self, now: Timestamp) -> Option<(HeaderName, HeaderValue)> {
        let wait = |seconds: u64| Some((RETRY_AFTER, HeaderValue::from(seconds.max(1))));
        match self {
            Self::NoKey | Self::Refusal(Refusal::Denied { anonymous: true, .. }) => {
                Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ringfence\"")))
            }
            Self::BadKey => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ringfence\", error=\"invalid_token\""))),
            Self::BadLogin => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"ringfence\", charset=\"UTF-8\""))),
            Self::Refusal(Refusal::TooMany { until }) => wait(until.since(now).as_secs().saturating_add(1)),
            Self::Refusal(Refusal::Busy { retry_after }) => wait(*retry_after),
            Self::Refusal(Refusal::Store(error)) if error.is_unavailable() => wait(UNAVAILABLE),
            _ => None,
        }
    }
}

/// The answer that is none: a status, perhaps when to come back, perhaps a sentence that an admin wrote.
fn silent(status: u16, retry_after: Option<u64>, message: String) -> Response {
    let mut response = Response::new(Body::from(message));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard::permission::Permission;
    use ringfence_store::{StoreError, tables::AddressId};
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);

    fn head(failure: Failure) -> (u16, Option<String>) {
        let response = failure.render("1", NOW);
        let header = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), header)
    }

    #[test]
    fn each_refusal_has_its_status() {
        let text = || "why".to_owned();
        for (refusal, status, wait) in [
            (Refusal::Denied { permission: Permission::SubnetRead, anonymous: true }, 401, None),
            (Refusal::Denied { permission: Permission::SubnetRead, anonymous: false }, 403, None),
            (Refusal::missing("subnet", 7), 404, None),
            (Refusal::invalid("name", "bad"), 422, None),
            (Refusal::Duplicate { kind: "site", id: 2, label: text(), field: "name" }, 409, None),
            (Refusal::Stale { version: 3 }, 412, None),
            (Refusal::InUse(text()), 409, None),
            (Refusal::NoSpace(text()), 409, None),
            (Refusal::Conflict(text()), 409, None),
            (Refusal::KeyReused, 422, None),
            (Refusal::TooMany { until: NOW.plus(Duration::from_millis(1_500)) }, 429, Some("2")),
            (Refusal::Busy { retry_after: 4 }, 503, Some("4")),
            (Refusal::Store(StoreError::Closed), 503, Some("2")),
            (Refusal::Store(StoreError::Missing { table: "address", id: AddressId(1).0 }), 500, None),
        ] {
            let shown = refusal.to_string();
            assert_eq!(head(refusal.into()), (status, wait.map(str::to_owned)), "{shown}");
        }
        assert_eq!(head(Failure::asked(Refusal::invalid("cursor", "bad"))).0, 400);
        assert_eq!(head(Failure::Defect("secret".into())).0, 500);
    }

    #[tokio::test]
    async fn causes_stay_inside() {
        let failure = Failure::from(Refusal::Store(StoreError::Corrupt("password=hunter2".into())));
        let body = axum::body::to_bytes(failure.render("1", NOW).into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8(body.to_vec()).unwrap().contains("hunter2"));
    }
}
