//! VRFs: the list with its form, changing, deleting.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::commands::vrf::{CreateVrf, DeleteVrf, UpdateVrf, VrfPatch};
use ringfence_app::queries::group::{GetVrf, ListVrfs};
use ringfence_app::queries::tally::Tally;
use ringfence_app::shape::Vrf;
use ringfence_app::{App, GLOBAL, Refusal, VrfFacts, VrfId};

use super::field;
use super::list::{self, Asked, Confirmed, Id, Removal, Side, Typed};
use crate::fill;
use crate::forms::{Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::Nav;
use crate::view::vrf::{VrfRow, VrfValues, VrfsPage};

const BASE: &str = "/vrfs";

impl Typed for VrfValues {
    fn version(&mut self) -> &mut String {
        &mut self.version
    }

    fn typed(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("name", self.name.as_str()),
            ("rd", self.rd.as_str()),
            ("description", self.description.as_str()),
            ("import_targets", self.import_targets.as_str()),
            ("export_targets", self.export_targets.as_str()),
        ]
    }
}

impl VrfValues {
    fn of(vrf: Vrf) -> Self {
        Self {
            name: vrf.name,
            rd: vrf.rd,
            description: vrf.description,
            import_targets: vrf.import_targets.join(" "),
            export_targets: vrf.export_targets.join(" "),
            version: vrf.version.to_string(),
        }
    }

    fn facts(&self) -> VrfFacts {
        let text = |text: &str| text.trim().to_owned();
        VrfFacts {
            name: text(&self.name),
            rd: text(&self.rd),
            description: text(&self.description),
            import_targets: list::words(&self.import_targets, &[' ', ',']),
            export_targets: list::words(&self.export_targets, &[' ', ',']),
        }
    }
}

fn new(values: VrfValues) -> Side<VrfValues> {
    Side::new("vrf", BASE, values)
}

async fn show(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: Side<VrfValues>) -> Response {
    match page(app, visitor, asked, &side).await {
        Ok(page) => reply::with_status(visitor, side.status, &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

async fn page(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: &Side<VrfValues>) -> Result<VrfsPage, Refusal> {
    let vrfs = app.ask(&visitor.op, ListVrfs { q: None, paging: asked.paging() }).await?;
    let held = app.ask(&visitor.op, Tally::Vrfs).await?;
    let row = |vrf: Vrf| VrfRow {
        id: vrf.id,
        subnets: fill::grouped(held.get(&vrf.id).copied().unwrap_or(0)),
        fixed: vrf.id == GLOBAL.0,
        name: vrf.name,
        rd: vrf.rd,
        description: vrf.description,
    };
    Ok(VrfsPage {
        page: reply::frame(visitor, "VRFs", Nav::Vrfs),
        more: list::next(BASE, vrfs.next.as_deref()),
        rows: vrfs.data.into_iter().map(row).collect(),
        form: side.form.clone(),
        editing: side.editing,
    })
}

async fn again(app: &Arc<App>, visitor: &Visitor, side: Side<VrfValues>, refusal: Refusal) -> Response {
    let now = match side.overtaken(&refusal) {
        Some(id) => app.ask(&visitor.op, GetVrf(VrfId(id))).await.ok().map(VrfValues::of),
        None => None,
    };
    match side.wrong(refusal, now) {
        Ok(side) => show(app, visitor, &Asked::default(), side).await,
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

/// `GET /vrfs`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    show(&app, &visitor, &asked, new(VrfValues::default())).await
}

/// `POST /vrfs`
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<VrfValues>) -> Response {
    match app.run(&visitor.op, CreateVrf(values.facts())).await {
        Ok(vrf) => reply::done(&visitor, BASE, format!("VRF {} is made.", vrf.name)),
        Err(refusal) => again(&app, &visitor, new(values), refusal).await,
    }
}

/// `GET /vrfs/{id}/edit`
pub async fn edit(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Query(asked): Query<Asked>) -> Response {
    match app.ask(&visitor.op, GetVrf(VrfId(id))).await {
        Ok(vrf) => show(&app, &visitor, &asked, Side::edit("vrf", BASE, id, VrfValues::of(vrf))).await,
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

async fn save(app: &Arc<App>, visitor: &Visitor, id: i64, values: &VrfValues) -> Result<Vrf, Refusal> {
    let facts = values.facts();
    let patch = VrfPatch {
        name: Some(facts.name),
        rd: Some(facts.rd),
        description: Some(facts.description),
        import_targets: Some(facts.import_targets),
        export_targets: Some(facts.export_targets),
    };
    app.run(&visitor.op, UpdateVrf { id: VrfId(id), expect: Some(field::version(&values.version)?), patch }).await
}

/// `POST /vrfs/{id}/edit`
pub async fn update(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<VrfValues>) -> Response {
    match save(&app, &visitor, id, &values).await {
        Ok(vrf) => reply::done(&visitor, BASE, format!("VRF {} is saved.", vrf.name)),
        Err(refusal) => again(&app, &visitor, Side::edit("vrf", BASE, id, values), refusal).await,
    }
}

async fn removal(app: &Arc<App>, visitor: &Visitor, id: i64) -> Result<Removal, Refusal> {
    let vrf = app.ask(&visitor.op, GetVrf(VrfId(id))).await?;
    let held = app.ask(&visitor.op, Tally::Vrfs).await?.get(&id).copied().unwrap_or(0);
    let refused = if id == GLOBAL.0 {
        Some("The global routing table cannot be deleted.".to_owned())
    } else {
        (held > 0).then(|| format!("It holds {}: delete or move them first.", list::number(held, "subnet")))
    };
    Ok(Removal { kind: "VRF", nav: Nav::Vrfs, base: BASE, id, version: vrf.version, name: vrf.name, stays: Vec::new(), refused })
}

/// `GET /vrfs/{id}/delete`
pub async fn ask_delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    match removal(&app, &visitor, id).await {
        Ok(removal) => reply::page(&visitor, &removal.page(&visitor)),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /vrfs/{id}/delete`
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(confirmed): Form<Confirmed>) -> Response {
    let removal = match removal(&app, &visitor, id).await {
        Ok(removal) => removal,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let deleted = match confirmed.expected() {
        Ok(version) => app.run(&visitor.op, DeleteVrf { id: VrfId(id), expect: Some(version) }).await,
        Err(refusal) => Err(refusal),
    };
    match deleted {
        Ok(()) => reply::done(&visitor, BASE, format!("VRF {} is deleted.", removal.name)),
        Err(refusal) => removal.refused(&visitor, &refusal),
    }
}
