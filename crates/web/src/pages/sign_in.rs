//! Sign-in activity: what the login counts, what is locked and how to open it, which names fail, the last attempts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use guard::permission::Permission;
use ringfence_app::commands::lock::LiftLock;
use ringfence_app::login::Counters;
use ringfence_app::queries::sign_in::{Activity, Failing, Lock, Overview};
use ringfence_app::shape::Event;
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;
use serde::Deserialize;

use super::list;
use crate::fill;
use crate::forms::{Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::sign_in::{AttemptRow, Counts, CountsPart, FailingRow, LockRow, MailState, OpenValues, SignInsPage};
use crate::view::{Form as Shown, Nav};

const BASE: &str = "/security/sign-ins";

/// How often a page asks for the counters by itself, every ten seconds: ten minutes, well below the time after which an idle session ends.
const AGAIN: u32 = 60;

/// How often the counters are still asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    again: u32,
}

fn open_form(values: OpenValues) -> Shown<OpenValues> {
    Shown::new("open", "/security/sign-ins/open", values)
}

/// Why an attempt was refused, in words; the words of the log stand in the documentation.
fn reason(word: &'static str) -> &'static str {
    match word {
        "mode" => "by a way that is not allowed",
        "silent" => "without an answer",
        "budget" => "because a budget is spent",
        "rule" => "by a rule, as if the password were wrong",
        "challenge" => "because a challenge was not solved",
        "credentials" => "because name or password is wrong",
        "inactive" => "because the account is inactive",
        "factor" => "for want of a second factor",
        other => other,
    }
}

fn counts(counters: &Counters, queue: usize, again: u32) -> Counts {
    Counts {
        again,
        figures: vec![
            ("Passwords compared", fill::grouped(counters.comparisons)),
            ("Logins", fill::grouped(counters.entered)),
            ("Made to wait now", fill::grouped(counters.sleeping)),
            ("Waiting for a comparison now", fill::grouped(queue)),
        ],
        refused: counters.refused.iter().map(|(word, count)| (reason(word), fill::grouped(count))).collect(),
    }
}

fn lock(lock: Lock) -> LockRow {
    LockRow { subject: lock.subject, label: lock.label, why: reply::sentence(&lock.why), until: fill::when(&lock.until.rfc3339_micros()) }
}

fn failing(row: Failing) -> FailingRow {
    let when = |at: Option<guard::clock::Timestamp>| at.map(|at| fill::when(&at.rfc3339_micros()));
    FailingRow {
        label: row.label,
        failures: fill::grouped(row.failures),
        since: when(row.since),
        last: when(row.last),
        client: row.client,
        mode: row.mode,
        rules: row.rules,
    }
}

fn attempt(event: &Event) -> AttemptRow {
    let fact = |name: &str| event.details.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
    let details = ["mode", "reason", "rules"].into_iter().filter_map(|name| fact(name).map(|text| format!("{name} {text}")));
    AttemptRow {
        when: fill::when(&event.at),
        what: fill::phrase(&event.name),
        who: event.object_label.clone().or_else(|| fact("name").map(str::to_owned)).unwrap_or_else(|| fill::actor(event)),
        client: event.client.clone().unwrap_or_default(),
        details: details.collect::<Vec<_>>().join(", "),
    }
}

async fn page(app: &Arc<App>, visitor: &Visitor, form: Shown<OpenValues>) -> Result<SignInsPage, Refusal> {
    let Activity { locks, failing: names, events, mail: (waiting, trouble) } = app.ask(&visitor.op, Overview).await?;
    let waiting = match waiting {
        0 => "no letter waits".to_owned(),
        1 => "1 letter waits".to_owned(),
        count => format!("{} wait", list::number(count, "letter")),
    };
    Ok(SignInsPage {
        page: reply::frame(visitor, "Sign-in activity", Nav::Security),
        counts: counts(&app.login_counters(), app.hash_queue(), AGAIN),
        locks: locks.into_iter().map(lock).collect(),
        can_open: visitor.may(Permission::UserWrite),
        form,
        failing: names.into_iter().map(failing).collect(),
        attempts: events.iter().map(attempt).collect(),
        mail: MailState { on: app.mail_server().is_some(), waiting, trouble },
    })
}

/// `GET /security/sign-ins`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    match page(&app, &visitor, open_form(OpenValues::default())).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `GET /security/sign-ins/counters`: what htmx asks for; everybody else gets the page.
pub async fn counters(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    if !visitor.partial {
        return reply::redirect(BASE);
    }
    let again = asked.again.min(AGAIN).saturating_sub(1);
    reply::page(&visitor, &CountsPart { counts: counts(&app.login_counters(), app.hash_queue(), again) })
}

/// `POST /security/sign-ins/open`
pub async fn open(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<OpenValues>) -> Response {
    let lift = LiftLock { subject: values.subject.clone(), reason: values.reason.clone() };
    let refusal = match app.run(&visitor.op, lift).await {
        Ok(true) => return reply::done(&visitor, BASE, "The lock is open. The audit trail says why."),
        Ok(false) => return reply::told(&visitor, BASE, crate::view::FlashKind::Note, "That lock had gone already."),
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
    let status = reply::status(&refusal);
    match page(&app, &visitor, Shown { errors, ..open_form(values) }).await {
        Ok(page) => reply::with_status(&visitor, status, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(label: Option<&str>, details: serde_json::Value) -> Event {
        Event {
            id: 1,
            at: "2026-01-01T00:00:00.000000Z".into(),
            name: "auth.login_failed".into(),
            actor_kind: "anonymous".into(),
            actor_id: None,
            actor_name: None,
            door: "web".into(),
            client: None,
            request_id: String::new(),
            object_kind: None,
            object_id: None,
            object_label: label.map(str::to_owned),
            details,
        }
    }

    #[test]
    fn an_attempt_names_the_account_or_what_stands_for_a_name_of_nobody() {
        let known = attempt(&event(Some("ada"), serde_json::json!({"mode": "form", "reason": "credentials", "rules": ""})));
        assert_eq!(
            (known.what.as_str(), known.who.as_str(), known.details.as_str()),
            ("Login failed", "ada", "mode form, reason credentials")
        );
        let nobody = attempt(&event(None, serde_json::json!({"name": "unknown name 7f3a", "rules": "1 2"})));
        assert_eq!((nobody.who.as_str(), nobody.details.as_str()), ("unknown name 7f3a", "rules 1 2"));
        assert_eq!(attempt(&event(None, serde_json::json!({}))).who, "anonymous");
    }

    #[test]
    fn every_reason_has_words() {
        let counters = Counters { comparisons: 1200, entered: 3, refused: vec![("budget", 2)], sleeping: 1 };
        let counts = counts(&counters, 4, AGAIN);
        assert_eq!(counts.figures.iter().map(|(_, n)| n.as_str()).collect::<Vec<_>>(), ["1,200", "3", "1", "4"]);
        assert_eq!(counts.refused, [("because a budget is spent", "2".to_owned())]);
    }
}
