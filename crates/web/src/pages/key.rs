//! API keys: one's own list, making one, and revoking.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use guard::api_key;
use guard::permission::{Permission, Scope};
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use ringfence_app::commands::api_key::{CreateApiKey, RevokeApiKey};
use ringfence_app::queries::api_key::ListApiKeys;
use ringfence_app::shape::ApiKey;
use ringfence_app::{ApiKeyId, App, Refusal};
use ringfence_guard as guard;

use super::list::{self, Asked, Id};
use crate::fill;
use crate::forms::{Bare, Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::key::{KeyRow, KeyState, KeyValues, KeysPage};
use crate::view::{Choice, Form as Shown, Nav};

const BASE: &str = "/api-keys";

/// What the form says before anybody typed.
fn fresh_values() -> KeyValues {
    KeyValues { scope: Scope::Read.as_str().to_owned(), expires: "90d".to_owned(), ..KeyValues::default() }
}

/// The scopes that carry something this person may do.
fn scopes(visitor: &Visitor) -> Vec<Choice> {
    let label = |scope| match scope {
        Scope::Read => "read",
        Scope::Write => "read and write",
        Scope::Admin => "all that I may",
    };
    let offered = |scope: &Scope| *scope != Scope::Write || visitor.may(Permission::SubnetWrite);
    Scope::ALL.iter().copied().filter(offered).map(|scope| Choice::new(scope.as_str(), label(scope))).collect()
}

/// Times of the application compare as text: they have one form.
fn row(key: ApiKey, now: &str) -> KeyRow {
    let state = match (key.active, key.expires_at.as_deref()) {
        (false, _) => KeyState::Revoked,
        (true, Some(end)) if end <= now => KeyState::Expired,
        (true, _) => KeyState::Active,
    };
    KeyRow {
        id: key.id,
        name: key.name,
        prefix: key.display,
        owner: key.owner,
        scope: key.scope,
        state,
        created_at: fill::when(&key.created_at),
        expires_at: key.expires_at.as_deref().map(fill::when),
        last_used_at: key.last_used_at.as_deref().map(fill::when),
    }
}

async fn page(
    app: &Arc<App>,
    visitor: &Visitor,
    asked: &Asked,
    form: Shown<KeyValues>,
    fresh: Option<String>,
) -> Result<KeysPage, Refusal> {
    let keys = app.ask(&visitor.op, ListApiKeys(asked.paging())).await?;
    let now = visitor.op.now().rfc3339_micros();
    Ok(KeysPage {
        page: reply::frame(visitor, "API keys", Nav::Keys),
        more: list::next(BASE, keys.next.as_deref()),
        rows: keys.data.into_iter().map(|key| row(key, &now)).collect(),
        form,
        scopes: scopes(visitor),
        fresh,
    })
}

/// `GET /api-keys`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match page(&app, &visitor, &asked, Shown::new("key", BASE, fresh_values()), None).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `30d` is thirty days; nothing is for ever.
fn lifetime(text: &str) -> Result<Option<Duration>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let days = KeyValues::lifetimes().iter().any(|choice| choice.value == text).then(|| text.trim_end_matches('d').parse::<u64>().ok());
    let days = days.flatten().ok_or_else(|| Refusal::invalid("expires", "choose one of the list"))?;
    Ok(Some(Duration::from_hours(days * 24)))
}

/// Makes the key and gives its text.
async fn make(app: &Arc<App>, visitor: &Visitor, values: &KeyValues) -> Result<String, Refusal> {
    let Some(session) = &visitor.session else {
        return Err(Refusal::Denied { permission: Permission::ApiKeyWrite, anonymous: true });
    };
    let scope = values.scope.parse::<Scope>().map_err(|e| Refusal::invalid("scope", e.to_string()))?;
    let expires_at = lifetime(&values.expires)?.map(|span| visitor.op.now().plus(span));
    let (text, display, hash) = api_key::mint(app.entropy().as_ref());
    let name = values.name.trim().to_owned();
    app.run(&visitor.op, CreateApiKey { hash, display, name, owner: session.user.id, scope, expires_at }).await?;
    Ok(text.expose().clone())
}

/// `POST /api-keys`: the answer is the one page that shows the key.
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<KeyValues>) -> Response {
    let (status, form, fresh) = match make(&app, &visitor, &values).await {
        Ok(text) => (StatusCode::OK, Shown::new("key", BASE, fresh_values()), Some(text)),
        Err(refusal) => match reply::field_errors(&refusal) {
            Some(errors) => (reply::status(&refusal), Shown { errors, ..Shown::new("key", BASE, values) }, None),
            None => return reply::refusal(&visitor, &refusal),
        },
    };
    match page(&app, &visitor, &Asked::default(), form, fresh).await {
        Ok(page) => {
            let mut response = reply::with_status(&visitor, status, &page);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /api-keys/{id}/revoke`
pub async fn revoke(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(Bare {}): Form<Bare>) -> Response {
    match app.run(&visitor.op, RevokeApiKey(ApiKeyId(id))).await {
        Ok(()) => reply::done(&visitor, BASE, "The key is revoked: it opens nothing any more."),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lifetimes_of_the_list_are_taken() {
        assert_eq!(lifetime("").unwrap(), None);
        assert_eq!(lifetime("30d").unwrap(), Some(Duration::from_hours(720)));
        for wrong in ["31d", "30", "d", "-1d", "99999999999999999999d"] {
            assert!(lifetime(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_active_until_its_end_or_its_revocation() {
        let key = |active: bool, end: Option<&str>| ApiKey {
            id: 1,
            name: "n".into(),
            display: "rf_x".into(),
            owner: "o".into(),
            scope: "read".into(),
            active,
            expires_at: end.map(str::to_owned),
            last_used_at: None,
            created_at: "2026-01-01T00:00:00.000000Z".into(),
        };
        let state = |key| row(key, "2026-06-01T00:00:00.000000Z").state;
        assert_eq!(state(key(true, None)), KeyState::Active);
        assert_eq!(state(key(true, Some("2026-06-01T00:00:00.000001Z"))), KeyState::Active);
        assert_eq!(state(key(true, Some("2026-06-01T00:00:00.000000Z"))), KeyState::Expired);
        assert_eq!(state(key(false, Some("2030-01-01T00:00:00.000000Z"))), KeyState::Revoked);
    }
}
