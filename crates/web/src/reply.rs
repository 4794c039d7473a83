//! What goes back to a browser: pages, redirects with a message, errors. The cause of a failure is logged here, once.

use askama::Template;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use guard::clock::Timestamp;
use guard::http::request_id::RequestId;
use guard::message::Language;
use guard::permission::Permission;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::request::Parts;
use http::{Method, StatusCode};
use ringfence_app::{Problem, Refusal};
use ringfence_guard as guard;

use crate::gate::Visitor;
use crate::view::error::ErrorPage;
use crate::view::{FieldError, Flash, FlashKind, Frame, Nav, UserBadge};

/// The frame of a page.
#[must_use]
pub fn frame(visitor: &Visitor, title: impl Into<String>, active: Nav) -> Frame {
    let given = visitor.session.as_ref().is_some_and(|session| session.user.password_given);
    let user = visitor.session.as_ref().map(|session| {
        let facts = &session.user.facts;
        UserBadge {
            name: session.user.shown_name().to_owned(),
            role: facts.role.as_str().to_owned(),
            can_write: visitor.may(Permission::SubnetWrite),
            is_admin: visitor.may(Permission::AuditRead),
            keeps_settings: visitor.may(Permission::SettingRead),
        }
    });
    Frame {
        title: title.into(),
        user,
        csrf: visitor.csrf.clone(),
        theme: visitor.cookies.theme,
        active,
        flash: visitor.cookies.flash.clone(),
        search: String::new(),
        language: visitor.language,
        is_translated: false,
        idle: visitor.idle.map(|idle| idle.as_secs()),
        banner: given.then_some(("banner-given", "/account/password")),
        look: visitor.look.clone(),
    }
}

/// The frame of a page that is written in the visitor's language; `title` is a message.
#[must_use]
pub fn own_frame(visitor: &Visitor, title: &'static str, active: Nav) -> Frame {
    Frame { is_translated: true, ..frame(visitor, visitor.t(title), active) }
}

/// A page with status 200. The message of the act before is shown now and taken away.
pub fn page(visitor: &Visitor, template: &impl Template) -> Response {
    with_status(visitor, StatusCode::OK, template)
}

/// A page with a status of its own: a form with errors is 422.
pub fn with_status(visitor: &Visitor, status: StatusCode, template: &impl Template) -> Response {
    match template.render_with_values(&visitor.look) {
        Ok(html) => {
            let mut response = html_response(status, html);
            if visitor.cookies.flash.is_some() && !visitor.partial {
                cookie(&mut response, visitor.cookies.clear_flash());
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, id = visitor.op.origin.request_id, "a page could not be rendered");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be made")
        }
    }
}

fn html_response(status: StatusCode, html: String) -> Response {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// One line of text.
pub fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, format!("{text}\n")).into_response()
}

/// Adds a cookie to an answer.
pub fn cookie(response: &mut Response, value: Option<HeaderValue>) {
    if let Some(value) = value {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// Goes to a page of ours, after a POST.
pub fn redirect(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let value = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, value);
    response
}

/// Goes to a page of ours and leaves a message there.
pub fn done(visitor: &Visitor, to: &str, text: impl Into<String>) -> Response {
    told(visitor, to, FlashKind::Done, text)
}

/// Goes to a page of ours and leaves a message of that kind there.
pub fn told(visitor: &Visitor, to: &str, kind: FlashKind, text: impl Into<String>) -> Response {
    let mut response = redirect(to);
    cookie(&mut response, visitor.cookies.set_flash(&Flash { kind, text: text.into() }));
    response
}

/// An error page; htmx gets it too and shows it.
pub fn error(visitor: &Visitor, status: StatusCode, detail: Option<&str>) -> Response {
    with_status(visitor, status, &error_page(visitor, status, detail))
}

fn error_page(visitor: &Visitor, status: StatusCode, detail: Option<&str>) -> ErrorPage {
    ErrorPage {
        page: own_frame(visitor, ErrorPage::heading(status.as_u16()), Nav::Nowhere),
        status: status.as_u16(),
        detail: detail.map(str::to_owned),
        request_id: (!visitor.op.origin.request_id.is_empty()).then(|| visitor.op.origin.request_id.clone()),
        again: None,
    }
}

/// The answer to a form that was open too long: its page is loaded again, and a script puts back what was typed.
pub fn stale(visitor: &Visitor) -> Response {
    let page = error_page(visitor, StatusCode::FORBIDDEN, Some(visitor.t("error-stale")));
    let again = Some((visitor.back.clone(), visitor.t("error-load-again")));
    with_status(visitor, StatusCode::FORBIDDEN, &ErrorPage { again, ..page })
}

/// Goes to another page of ours, also where only a part was asked for.
pub fn elsewhere(visitor: &Visitor, to: &str) -> Response {
    let mut response = redirect(to);
    if visitor.partial {
        *response.status_mut() = StatusCode::OK;
        if let Some(to) = response.headers_mut().remove(LOCATION) {
            response.headers_mut().insert(HeaderName::from_static("hx-redirect"), to);
        }
    }
    response
}

/// The status of a refusal.
#[must_use]
pub fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Denied { .. } => StatusCode::FORBIDDEN,
        Refusal::NotFound { .. } => StatusCode::NOT_FOUND,
        Refusal::Invalid(_) | Refusal::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Duplicate { .. } | Refusal::InUse(_) | Refusal::NoSpace(_) | Refusal::Conflict(_) | Refusal::Told(_) => {
            StatusCode::CONFLICT
        }
        Refusal::Stale { .. } => StatusCode::PRECONDITION_FAILED,
        Refusal::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Store(error) if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Store(error) if error.is_unique() => StatusCode::CONFLICT,
        Refusal::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A refusal as a page.
pub fn refusal(visitor: &Visitor, refusal: &Refusal) -> Response {
    note(refusal, &visitor.op.origin.request_id);
    let detail = match refusal {
        Refusal::Told(message) => visitor.say(message),
        other => sentence(&other.to_string()),
    };
    let mut response = error(visitor, status(refusal), Some(&detail));
    retry(&mut response, refusal, visitor.op.now());
    response
}

/// Before anybody is known: a refusal without a frame.
pub fn bare(refusal: &Refusal, parts: &Parts) -> Response {
    let id = parts.extensions.get::<RequestId>().map(|id| id.0.as_str()).unwrap_or_default();
    note(refusal, id);
    let mut response = (status(refusal), format!("{refusal}\n")).into_response();
    retry(&mut response, refusal, Timestamp::from_micros(0));
    response
}

/// A refusal that nobody waits for, as a sentence to show later; a failure of the store is logged as `what`.
pub fn background(refusal: &Refusal, what: &'static str) -> String {
    if let Refusal::Store(error) = refusal {
        tracing::error!(%error, "{what}");
    }
    sentence(&refusal.to_string())
}

fn note(refusal: &Refusal, id: &str) {
    if let Refusal::Store(error) = refusal {
        tracing::error!(%error, id, "a page failed");
    }
}

fn retry(response: &mut Response, refusal: &Refusal, now: Timestamp) {
    let seconds = match refusal {
        Refusal::TooMany { until } => until.since(now).as_secs().max(1),
        Refusal::Busy { retry_after } => *retry_after,
        Refusal::Store(error) if error.is_unavailable() => 5,
        _ => return,
    };
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
}

/// What is wrong with a form, field by field; `None` when the refusal is no matter of the form.
#[must_use]
pub fn field_errors(refusal: &Refusal) -> Option<Vec<FieldError>> {
    field_errors_in(Language::ENGLISH, refusal)
}

/// The same in a language, as far as the catalogue has it.
#[must_use]
pub fn field_errors_in(language: Language, refusal: &Refusal) -> Option<Vec<FieldError>> {
    let error = |field: &str, text: &str| FieldError { field: field.to_owned(), message: sentence(text) };
    match refusal {
        Refusal::Invalid(problems) => {
            let said = |p: &Problem| p.said.as_ref().map_or_else(|| p.message.clone(), |message| message.text(language));
            Some(problems.iter().map(|p| error(&p.field, &said(p))).collect())
        }
        Refusal::Told(message) => Some(vec![error("", &message.text(language))]),
        Refusal::Duplicate { field, label, .. } => Some(vec![error(field, &format!("{label} exists already"))]),
        Refusal::InUse(text) | Refusal::NoSpace(text) | Refusal::Conflict(text) => Some(vec![error("", text)]),
        Refusal::Stale { .. } => Some(vec![error("", language.say("form-stale"))]),
        _ => None,
    }
}

/// With a capital and a full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), chars.as_str())
}

/// A page that asks for its own address again, so that the browser comes from here.
pub fn bounce() -> Response {
    let page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0\"><title>One moment</title></head><body></body></html>";
    html_response(StatusCode::OK, page.to_owned())
}

/// Nobody is logged in: the way to the login and back.
pub fn to_login(visitor: &Visitor, parts: &Parts) -> Response {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let page = error_page(visitor, StatusCode::FORBIDDEN, Some(visitor.t("error-logged-out")));
        let again = Some((format!("/login?next={}", escaped(&visitor.back)), visitor.t("login-button")));
        return with_status(visitor, StatusCode::FORBIDDEN, &ErrorPage { again, ..page });
    }
    let fetched = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if visitor.cookies.session.is_none() && fetched("sec-fetch-site") == "cross-site" && fetched("sec-fetch-mode") == "navigate" {
        // A link from a mail or a chat: the browser keeps strict cookies back until it comes from our own page.
        return bounce();
    }
    let wanted = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let to = if wanted == "/" || visitor.partial { "/login".to_owned() } else { format!("/login?next={}", escaped(wanted)) };
    elsewhere(visitor, &to)
}

/// Percent-encodes everything but unreserved characters and slashes.
#[must_use]
pub fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A path of this site to go back to; anything else leads home.
#[must_use]
pub fn local(path: &str) -> &str {
    let own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\n', '\r', '\t']) && path.is_ascii();
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_back_to() {
        assert_eq!(local("/subnets?q=1"), "/subnets?q=1");
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/\t/evil.example", "/ü"] {
            assert_eq!(local(foreign), "/", "{foreign}");
        }
    }

    #[test]
    fn paths_are_escaped_for_a_query() {
        assert_eq!(escaped("/subnets?q=a b&x=ü"), "/subnets%3Fq%3Da%20b%26x%3D%C3%BC");
    }

    #[test]
    fn refusals_become_sentences() {
        assert_eq!(sentence("host bits are set: write 10.0.0.0/8"), "Host bits are set: write 10.0.0.0/8.");
    }
}
