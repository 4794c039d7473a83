//! Where one is logged in, and how to end it; and what keeps a page that nobody uses from losing what was typed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use guard::message::Message;
use http::StatusCode;
use ringfence_app::commands::account::{EndOtherSessions, EndSession};
use ringfence_app::queries::user::ListSessions;
use ringfence_app::{App, Seat, SessionId};
use ringfence_guard as guard;
use serde_json::json;

use super::agent;
use crate::fill;
use crate::forms::{Bare, Form};
use crate::gate::Visitor;
use crate::pages::list::Id;
use crate::reply;
use crate::view::account::{SeatRow, SessionsPage};
use crate::view::{FlashKind, Nav};

const BASE: &str = "/account/sessions";

/// Sessions as a page shows them; `current` is the one that it is shown in.
pub fn rows(visitor: &Visitor, seats: Vec<Seat>, current: Option<SessionId>) -> Vec<SeatRow> {
    let row = |seat: Seat| SeatRow {
        id: seat.id.0,
        browser: agent::named(&seat.agent).unwrap_or_else(|| visitor.t("sessions-unknown").to_owned()),
        agent: seat.agent,
        client: seat.client,
        began: fill::when(&seat.created_at.rfc3339_micros()),
        seen: fill::when(&seat.last_seen_at.rfc3339_micros()),
        current: Some(seat.id) == current,
    };
    seats.into_iter().map(row).collect()
}

/// `GET /account/sessions`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    match app.ask(&visitor.op, ListSessions { lifetime: app.settings().session() }).await {
        Ok(seats) => {
            let current = visitor.session.as_ref().map(|session| session.id);
            let rows = rows(&visitor, seats, current);
            reply::page(&visitor, &SessionsPage { page: reply::own_frame(&visitor, "sessions-title", Nav::Account), rows })
        }
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /account/sessions/{id}/end`
pub async fn end(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(Bare {}): Form<Bare>) -> Response {
    match app.run(&visitor.op, EndSession(SessionId(id))).await {
        Ok(true) => reply::done(&visitor, BASE, visitor.t("sessions-ended")),
        Ok(false) => reply::told(&visitor, BASE, FlashKind::Note, visitor.t("sessions-gone")),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /account/sessions/end-others`
pub async fn end_others(State(app): State<Arc<App>>, visitor: Visitor, Form(Bare {}): Form<Bare>) -> Response {
    let Some(session) = &visitor.session else { return reply::redirect("/login") };
    match app.run(&visitor.op, EndOtherSessions { kept: session.id }).await {
        Ok(ended) => {
            let said = Message::new("sessions-others-ended").with("count", i64::try_from(ended).unwrap_or(i64::MAX));
            reply::done(&visitor, BASE, visitor.say(&said))
        }
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `GET /account/idle`: the seconds until the session ends if nobody uses it. To ask is no use.
pub async fn idle(visitor: Visitor) -> Response {
    let Some(session) = &visitor.session else { return StatusCode::NOT_FOUND.into_response() };
    let left = session.idle_end.min(session.ends_at).since(visitor.op.now());
    Json(json!({ "seconds": left.as_secs() })).into_response()
}

/// `POST /account/stay`: somebody is there.
pub async fn stay(Form(Bare {}): Form<Bare>) -> StatusCode {
    StatusCode::NO_CONTENT
}
