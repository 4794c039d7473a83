//! VLANs: the list with its form, changing, deleting.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::commands::vlan::{CreateVlan, DeleteVlan, UpdateVlan, VlanPatch};
use ringfence_app::limit::Problems;
use ringfence_app::queries::group::{GetVlan, ListVlans};
use ringfence_app::queries::tally::Tally;
use ringfence_app::shape::Vlan;
use ringfence_app::{App, Refusal, SiteId, VlanFacts, VlanFilter, VlanId};

use super::list::{self, Asked, Confirmed, Id, Removal, Side, Typed};
use super::{field, pick};
use crate::fill;
use crate::forms::{Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::Nav;
use crate::view::vlan::{VlanRow, VlanValues, VlansPage};

const BASE: &str = "/vlans";

impl Typed for VlanValues {
    fn version(&mut self) -> &mut String {
        &mut self.version
    }

    fn typed(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("vid", self.vid.as_str()),
            ("name", self.name.as_str()),
            ("description", self.description.as_str()),
            ("tags", self.tags.as_str()),
        ]
    }
}

impl VlanValues {
    fn of(vlan: Vlan) -> Self {
        Self {
            vid: vlan.vid.to_string(),
            name: vlan.name,
            site: vlan.site.map_or_else(String::new, |site| site.id.to_string()),
            description: vlan.description,
            tags: field::tag_text(&vlan.tags),
            version: vlan.version.to_string(),
        }
    }

    fn facts(&self) -> Result<VlanFacts, Refusal> {
        let mut problems = Problems::default();
        let vid = self.vid.trim().parse().ok();
        if vid.is_none() {
            problems.add("vid", "must be a number between 1 and 4094");
        }
        let site_id = field::row(&mut problems, "site", &self.site).map(SiteId);
        problems.done()?;
        Ok(VlanFacts {
            vid: vid.unwrap_or(0),
            name: self.name.trim().to_owned(),
            site_id,
            description: self.description.trim().to_owned(),
            tags: field::tags(&self.tags),
        })
    }
}

/// What people call it.
fn label(vlan: &Vlan) -> String {
    format!("{} {}", vlan.vid, vlan.name).trim_end().to_owned()
}

fn new(values: VlanValues) -> Side<VlanValues> {
    Side::new("vlan", BASE, values)
}

async fn show(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: Side<VlanValues>) -> Response {
    match page(app, visitor, asked, &side).await {
        Ok(page) => reply::with_status(visitor, side.status, &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

async fn page(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: &Side<VlanValues>) -> Result<VlansPage, Refusal> {
    let vlans = app.ask(&visitor.op, ListVlans { filter: VlanFilter::default(), paging: asked.paging() }).await?;
    let held = app.ask(&visitor.op, Tally::Vlans(vlans.data.iter().map(|vlan| VlanId(vlan.id)).collect())).await?;
    let row = |vlan: Vlan| VlanRow {
        id: vlan.id,
        subnets: fill::grouped(held.get(&vlan.id).copied().unwrap_or(0)),
        vid: i64::from(vlan.vid),
        name: vlan.name,
        site: vlan.site.map(|site| site.name),
        description: vlan.description,
        tags: vlan.tags,
    };
    Ok(VlansPage {
        page: reply::frame(visitor, "VLANs", Nav::Vlans),
        more: list::next(BASE, vlans.next.as_deref()),
        rows: vlans.data.into_iter().map(row).collect(),
        form: side.form.clone(),
        editing: side.editing,
        sites: pick::sites(app, visitor).await?,
    })
}

async fn again(app: &Arc<App>, visitor: &Visitor, side: Side<VlanValues>, refusal: Refusal) -> Response {
    let now = match side.overtaken(&refusal) {
        Some(id) => app.ask(&visitor.op, GetVlan(VlanId(id))).await.ok().map(VlanValues::of),
        None => None,
    };
    match side.wrong(refusal, now) {
        Ok(side) => show(app, visitor, &Asked::default(), side).await,
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

/// `GET /vlans`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    show(&app, &visitor, &asked, new(VlanValues::default())).await
}

/// `POST /vlans`
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<VlanValues>) -> Response {
    let made = match values.facts() {
        Ok(facts) => app.run(&visitor.op, CreateVlan(facts)).await,
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok(vlan) => reply::done(&visitor, BASE, format!("VLAN {} is made.", label(&vlan))),
        Err(refusal) => again(&app, &visitor, new(values), refusal).await,
    }
}

/// `GET /vlans/{id}/edit`
pub async fn edit(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Query(asked): Query<Asked>) -> Response {
    match app.ask(&visitor.op, GetVlan(VlanId(id))).await {
        Ok(vlan) => show(&app, &visitor, &asked, Side::edit("vlan", BASE, id, VlanValues::of(vlan))).await,
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

async fn save(app: &Arc<App>, visitor: &Visitor, id: i64, values: &VlanValues) -> Result<Vlan, Refusal> {
    let facts = values.facts()?;
    let patch = VlanPatch {
        vid: Some(facts.vid),
        name: Some(facts.name),
        site_id: Some(facts.site_id),
        description: Some(facts.description),
        tags: Some(facts.tags),
    };
    app.run(&visitor.op, UpdateVlan { id: VlanId(id), expect: Some(field::version(&values.version)?), patch }).await
}

/// `POST /vlans/{id}/edit`
pub async fn update(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<VlanValues>) -> Response {
    match save(&app, &visitor, id, &values).await {
        Ok(vlan) => reply::done(&visitor, BASE, format!("VLAN {} is saved.", label(&vlan))),
        Err(refusal) => again(&app, &visitor, Side::edit("vlan", BASE, id, values), refusal).await,
    }
}

async fn removal(app: &Arc<App>, visitor: &Visitor, id: i64) -> Result<Removal, Refusal> {
    let vlan = app.ask(&visitor.op, GetVlan(VlanId(id))).await?;
    let held = app.ask(&visitor.op, Tally::Vlans(vec![VlanId(id)])).await?.get(&id).copied().unwrap_or(0);
    let refused = (held > 0).then(|| format!("It is used by {}: change them first.", list::number(held, "subnet")));
    let name = label(&vlan);
    Ok(Removal { kind: "VLAN", nav: Nav::Vlans, base: BASE, id, version: vlan.version, name, stays: Vec::new(), refused })
}

/// `GET /vlans/{id}/delete`
pub async fn ask_delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    match removal(&app, &visitor, id).await {
        Ok(removal) => reply::page(&visitor, &removal.page(&visitor)),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /vlans/{id}/delete`
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(confirmed): Form<Confirmed>) -> Response {
    let removal = match removal(&app, &visitor, id).await {
        Ok(removal) => removal,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let deleted = match confirmed.expected() {
        Ok(version) => app.run(&visitor.op, DeleteVlan { id: VlanId(id), expect: Some(version) }).await,
        Err(refusal) => Err(refusal),
    };
    match deleted {
        Ok(()) => reply::done(&visitor, BASE, format!("VLAN {} is deleted.", removal.name)),
        Err(refusal) => removal.refused(&visitor, &refusal),
    }
}
