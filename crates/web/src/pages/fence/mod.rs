//! The fence's page: rules, simulator, parameters, import and export. Each part has a form of its own; a form that comes back with errors brings
//! the whole page, the other parts as they are saved.

pub mod import;
pub mod rules;
pub mod settings;
pub mod simulate;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use guard::fence::{Descriptor, Registry};
use guard::login::mode::Mode;
use http::StatusCode;
use ringfence_app::App;
use ringfence_guard as guard;

use crate::gate::Visitor;
use crate::reply;
use crate::view::fence::{FencePage, Part};
use crate::view::{Choice, Form, Nav};

const BASE: &str = "/security/fence";

fn part(descriptor: &Descriptor) -> Part {
    Part { name: descriptor.name, title: descriptor.title, says: descriptor.says }
}

fn checkers(registry: &Registry) -> Vec<Part> {
    registry.checkers().iter().map(|checker| part(checker.descriptor())).collect()
}

fn countermeasures(registry: &Registry) -> Vec<Part> {
    registry.countermeasures().iter().map(|countermeasure| part(countermeasure.descriptor())).collect()
}

/// The modes of this version, and others that a rule names already: an import may bring them.
fn modes(page: &FencePage) -> Vec<String> {
    let named = |mode: &Mode| page.rules.form.values.iter().any(|rule| rule.includes(mode.as_str()) || rule.excludes(mode.as_str()));
    Mode::ALL.iter().filter(|mode| mode.is_built() || named(mode)).map(|mode| mode.as_str().to_owned()).collect()
}

/// The page as everything is saved, before a part of it is replaced by what somebody sent.
fn page(app: &App, visitor: &Visitor) -> FencePage {
    let values = app.settings();
    let fence = values.fence();
    FencePage {
        page: reply::frame(visitor, "Fence", Nav::Security),
        enabled: fence.settings().enabled,
        warnings: values.lint(),
        checkers: checkers(app.registry()),
        countermeasures: countermeasures(app.registry()),
        modes: Vec::new(),
        rules: rules::stored(&values),
        simulate: Form::new("simulate", simulate::ACTION, simulate::fresh(visitor)),
        answer: None,
        ways: Mode::ALL.iter().filter(|mode| mode.is_built()).map(|mode| Choice::new(mode.as_str(), mode.as_str())).collect(),
        settings: Form::new("set", settings::ACTION, ()),
        groups: settings::groups(&values, &[]),
        import: Form::new("import", import::ACTION, crate::view::fence::ImportValues::default()),
        preview: None,
    }
}

fn answer(visitor: &Visitor, status: StatusCode, mut page: FencePage) -> Response {
    page.modes = modes(&page);
    reply::with_status(visitor, status, &page)
}

/// `GET /security/fence`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    answer(&visitor, StatusCode::OK, page(&app, &visitor))
}
