//! The audit trail: looking through it, and verifying its chain.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::queries::audit::{SearchEvents, TrailSearch};
use ringfence_app::seal::Verified;
use ringfence_app::shape::Event;
use ringfence_app::{App, Refusal, event};
use serde_json::Value;

use super::list::{self, Asked};
use crate::fill;
use crate::forms::{Bare, Form, Query, filled};
use crate::gate::Visitor;
use crate::reply;
use crate::view::audit::{AuditFilter, AuditPage, AuditRow, AuditVerdict};
use crate::view::{Choice, Nav};

const BASE: &str = "/audit";

/// The list under the same filter.
fn address(filter: &AuditFilter) -> String {
    let parts = [("actor", &filter.actor), ("event", &filter.event), ("object", &filter.object)];
    let set: Vec<String> =
        parts.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name}={}", reply::escaped(text))).collect();
    if set.is_empty() { BASE.to_owned() } else { format!("{BASE}?{}", set.join("&")) }
}

/// The further facts of an event in one line.
fn details(facts: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match facts {
        Value::Object(facts) => {
            facts.iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), plain(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Null => String::new(),
        other => plain(other),
    }
}

fn row(event: Event) -> AuditRow {
    AuditRow {
        id: event.id,
        when: fill::when(&event.at),
        actor: fill::actor(&event),
        object: fill::object_name(&event).unwrap_or_default(),
        href: fill::object_page(&event),
        details: details(&event.details),
        event: event.name,
        client: event.client.unwrap_or_default(),
        door: event.door,
    }
}

async fn page(
    app: &Arc<App>,
    visitor: &Visitor,
    filter: AuditFilter,
    asked: &Asked,
    verdict: Option<AuditVerdict>,
) -> Result<AuditPage, Refusal> {
    let part = |text: &str| filled(text).map(str::to_owned);
    let search = TrailSearch { actor: part(&filter.actor), name: part(&filter.event), object: part(&filter.object) };
    let events = app.ask(&visitor.op, SearchEvents { search, paging: asked.paging() }).await?;
    Ok(AuditPage {
        page: reply::frame(visitor, "Audit trail", Nav::Audit),
        more: list::next(&address(&filter), events.next.as_deref()),
        rows: events.data.into_iter().map(row).collect(),
        events: event::ALL.iter().map(|name| Choice::new(*name, *name)).collect(),
        filter,
        verdict,
    })
}

/// `GET /audit`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor, Query(filter): Query<AuditFilter>, Query(asked): Query<Asked>) -> Response {
    match page(&app, &visitor, filter, &asked, None).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

fn verdict(found: &Verified) -> AuditVerdict {
    let count = |n: u64| fill::grouped(n);
    let text = match &found.fault {
        Some(fault) => reply::sentence(fault),
        None if found.open == 0 => format!("{} events are sealed.", count(found.sealed)),
        None => format!("{} events are sealed, {} newer ones wait for their seal.", count(found.sealed), count(found.open)),
    };
    AuditVerdict { intact: found.fault.is_none(), text }
}

/// `POST /audit/verify`: reads the whole trail, changes nothing, and shows the verdict above the list.
pub async fn verify(State(app): State<Arc<App>>, visitor: Visitor, Form(Bare {}): Form<Bare>) -> Response {
    let reading = Arc::clone(&app);
    let found = match tokio::task::spawn_blocking(move || reading.verify_audit()).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return reply::refusal(&visitor, &Refusal::Store(error)),
        Err(error) => {
            tracing::error!(%error, id = visitor.op.origin.request_id, "the audit trail could not be verified");
            return reply::error(&visitor, http::StatusCode::INTERNAL_SERVER_ERROR, None);
        }
    };
    match page(&app, &visitor, AuditFilter::default(), &Asked::default(), Some(verdict(&found))).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_stays_in_the_address() {
        let filter = AuditFilter { actor: "a b".into(), event: String::new(), object: "10.0.0.0/8".into() };
        assert_eq!(address(&filter), "/audit?actor=a%20b&object=10.0.0.0/8");
        assert_eq!(address(&AuditFilter::default()), "/audit");
    }

    #[test]
    fn details_are_one_line() {
        assert_eq!(details(&serde_json::json!({"owner_id": 3, "scope": "read"})), "owner id: 3, scope: read");
        assert_eq!(details(&serde_json::json!({})), "");
    }

    #[test]
    fn a_fault_is_not_intact() {
        let broken = verdict(&Verified { sealed: 3, open: 0, fault: Some("event 2 was changed".into()) });
        assert_eq!((broken.intact, broken.text.as_str()), (false, "Event 2 was changed."));
        let sound = verdict(&Verified { sealed: 1200, open: 2, fault: None });
        assert_eq!((sound.intact, sound.text.as_str()), (true, "1,200 events are sealed, 2 newer ones wait for their seal."));
    }
}
