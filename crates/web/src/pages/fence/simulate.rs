//! "What if": a login is imagined with the rules that are saved, and each says why it matches or not.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use guard::fence::simulate::{Answer, Scene};
use guard::login::mode::Mode;
use http::StatusCode;
use ringfence_app::limit::Problems;
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;

use super::super::{field, list};
use crate::forms::{Query, filled};
use crate::gate::Visitor;
use crate::reply;
use crate::view::Form as Shown;
use crate::view::fence::{Imagined, SimulateValues};

pub(super) const ACTION: &str = "/security/fence/simulate#simulator";

/// What the form says before anybody typed: the person who looks, from where they are.
pub(super) fn fresh(visitor: &Visitor) -> SimulateValues {
    SimulateValues {
        mode: Mode::Form.as_str().to_owned(),
        address: visitor.op.origin.client.map_or_else(String::new, |client| client.to_canonical().to_string()),
        ..SimulateValues::default()
    }
}

fn count(problems: &mut Problems, name: &'static str, text: &str) -> Option<u32> {
    let number = filled(text)?.parse().ok();
    if number.is_none() {
        problems.add(name, "must be a whole number of at least 0, or empty");
    }
    number
}

/// The attempt that is imagined, with its failures in words.
async fn scene(app: &Arc<App>, visitor: &Visitor, values: &SimulateValues) -> Result<(Scene, String), Refusal> {
    let mut problems = Problems::default();
    let mode = field::parsed(&mut problems, "mode", Mode::parse, &values.mode);
    let parse = |text: &str| text.parse::<IpAddr>().map_err(|_| "must be an address such as 192.0.2.7 or 2001:db8::7");
    let address = field::parsed(&mut problems, "address", parse, &values.address);
    let typed = count(&mut problems, "failures", &values.failures);
    let spraying = count(&mut problems, "spraying", &values.spraying).unwrap_or(0);
    problems.done()?;
    let (Some(mode), Some(address)) = (mode, address) else { return Err(Refusal::invalid("address", "must not be empty")) };
    let told = |failures: u32| list::number(i64::from(failures), "failure");
    let (failures, words) = match (typed, filled(&values.name)) {
        (Some(failures), _) => (failures, told(failures)),
        (None, None) => (0, told(0)),
        (None, Some(name)) => {
            let counted = app.ask(&visitor.op, app.failures_of(name)).await?;
            let whose = if counted.known { "of this account" } else { "of a name of nobody" };
            (counted.failures, format!("{} {whose}, as counted now,", told(counted.failures)))
        }
    };
    let (known, new_place) = (!values.known.is_empty(), !values.new_place.is_empty());
    let (solved, allowed) = (!values.solved.is_empty(), app.settings().modes().contains(&mode));
    Ok((Scene { at: visitor.op.now(), mode, address, failures, known, spraying, new_place, solved, allowed }, words))
}

fn imagined(answer: Answer, failures: String) -> Imagined {
    Imagined { failures, seen: answer.seen, lines: answer.lines.into_iter().map(|line| (line.rule, line.hit, line.why)).collect() }
}

/// `GET /security/fence/simulate`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Query(values): Query<SimulateValues>) -> Response {
    let mut page = super::page(&app, &visitor);
    if values.mode.is_empty() && values.address.is_empty() {
        // Nobody has asked anything yet.
        return super::answer(&visitor, StatusCode::OK, page);
    }
    let status = match scene(&app, &visitor, &values).await {
        Ok((scene, words)) => {
            page.answer = Some(imagined(app.settings().fence().simulate(&scene), words));
            StatusCode::OK
        }
        Err(refusal) => match reply::field_errors(&refusal) {
            Some(errors) => {
                page.simulate.errors = errors;
                reply::status(&refusal)
            }
            None => return reply::refusal(&visitor, &refusal),
        },
    };
    page.simulate = Shown { values, ..page.simulate };
    super::answer(&visitor, status, page)
}
