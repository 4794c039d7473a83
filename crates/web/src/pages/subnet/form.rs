//! The form that makes a subnet and the one that changes it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use plan::{Address, Prefix};
use ringfence_app::commands::subnet::{CreateSubnet, SubnetPatch, UpdateSubnet};
use ringfence_app::limit::Problems;
use ringfence_app::queries::subnet::GetSubnet;
use ringfence_app::{App, GLOBAL, Refusal, SiteId, SubnetFacts, SubnetId, SubnetStatus, VlanId, VrfId, shape};
use ringfence_plan as plan;

use crate::forms::{Form, Query, filled};
use crate::gate::Visitor;
use crate::pages::list::Id;
use crate::pages::{field, pick};
use crate::reply;
use crate::view::subnet::{SubnetFormPage, SubnetValues};
use crate::view::{FieldError, Form as Shown, Nav};

/// `GET /subnets/new`: any field can be given in the address.
pub async fn new(State(app): State<Arc<App>>, visitor: Visitor, Query(mut values): Query<SubnetValues>) -> Response {
    if values.vrf.is_empty() {
        values.vrf = GLOBAL.to_string();
    }
    match page(&app, &visitor, None, values, Vec::new()).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /subnets`
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<SubnetValues>) -> Response {
    match make(&app, &visitor, &values).await {
        Ok(made) => reply::done(&visitor, &format!("/subnets/{}", made.id), format!("Made {}.", made.prefix)),
        Err(refusal) => again(&app, &visitor, None, values, &refusal).await,
    }
}

async fn make(app: &Arc<App>, visitor: &Visitor, values: &SubnetValues) -> Result<shape::Subnet, Refusal> {
    let mut problems = Problems::default();
    let vrf = field::row(&mut problems, "vrf", &values.vrf).map_or(GLOBAL, VrfId);
    let prefix = field::parsed(&mut problems, "prefix", Prefix::parse, &values.prefix);
    let patch = patch(&mut problems, values);
    problems.done()?;
    let Some(prefix) = prefix else { return Err(Refusal::invalid("prefix", "must not be empty")) };
    app.run(&visitor.op, CreateSubnet { vrf, prefix, facts: patch.apply(&SubnetFacts::default()) }).await
}

/// `GET /subnets/{id}/edit`
pub async fn edit(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    let subnet = match app.ask(&visitor.op, GetSubnet(SubnetId(id))).await {
        Ok(subnet) => subnet,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    match page(&app, &visitor, Some(&subnet), values(&subnet), Vec::new()).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /subnets/{id}/edit`
pub async fn update(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<SubnetValues>) -> Response {
    match change(&app, &visitor, id, &values).await {
        Ok(subnet) => reply::done(&visitor, &format!("/subnets/{id}"), format!("Saved {}.", subnet.prefix)),
        Err(refusal) => again(&app, &visitor, Some(id), values, &refusal).await,
    }
}

async fn change(app: &Arc<App>, visitor: &Visitor, id: i64, values: &SubnetValues) -> Result<shape::Subnet, Refusal> {
    let mut problems = Problems::default();
    let patch = patch(&mut problems, values);
    problems.done()?;
    let expect = Some(field::version(&values.version)?);
    app.run(&visitor.op, UpdateSubnet { id: SubnetId(id), expect, patch }).await
}

/// Everything that the form holds beside prefix and VRF, which never change.
fn patch(problems: &mut Problems, values: &SubnetValues) -> SubnetPatch {
    SubnetPatch {
        name: Some(field::line(&values.name)),
        description: Some(field::line(&values.description)),
        notes: Some(field::lines(&values.notes)),
        status: field::word(problems, "status", SubnetStatus::parse, &values.status),
        site_id: Some(field::row(problems, "site", &values.site).map(SiteId)),
        vlan_id: Some(field::row(problems, "vlan", &values.vlan).map(VlanId)),
        gateway: Some(filled(&values.gateway).and_then(|text| field::parsed(problems, "gateway", Address::parse, text))),
        tags: Some(field::tags(&values.tags)),
    }
}

/// A subnet as its form shows it: an inherited site is none of its own.
fn values(subnet: &shape::Subnet) -> SubnetValues {
    let own = subnet.site.as_ref().filter(|site| !site.inherited);
    SubnetValues {
        vrf: subnet.vrf.id.to_string(),
        prefix: subnet.prefix.clone(),
        name: subnet.name.clone(),
        site: own.map_or_else(String::new, |site| site.id.to_string()),
        vlan: subnet.vlan.as_ref().map_or_else(String::new, |vlan| vlan.id.to_string()),
        status: subnet.status.clone(),
        gateway: subnet.gateway.clone().unwrap_or_default(),
        tags: field::tag_text(&subnet.tags),
        description: subnet.description.clone(),
        notes: subnet.notes.clone(),
        version: subnet.version.to_string(),
    }
}

async fn page(
    app: &App,
    visitor: &Visitor,
    subnet: Option<&shape::Subnet>,
    values: SubnetValues,
    errors: Vec<FieldError>,
) -> Result<SubnetFormPage, Refusal> {
    let (title, action) = match subnet {
        Some(subnet) => (format!("Edit {}", subnet.prefix), format!("/subnets/{}/edit", subnet.id)),
        None => ("New subnet".to_owned(), "/subnets".to_owned()),
    };
    let (mut vrfs, mut sites, mut vlans) =
        (pick::vrfs(app, visitor).await?, pick::sites(app, visitor).await?, pick::vlans(app, visitor).await?);
    let vlan = subnet.and_then(|s| s.vlan.as_ref()).map(|vlan| format!("{} {}", vlan.vid, vlan.name));
    pick::keep(&mut vrfs, &values.vrf, subnet.map(|s| s.vrf.name.as_str()));
    pick::keep(&mut sites, &values.site, subnet.and_then(|s| s.site.as_ref()).map(|site| site.name.as_str()));
    pick::keep(&mut vlans, &values.vlan, vlan.as_deref());
    Ok(SubnetFormPage {
        page: reply::frame(visitor, title, Nav::Subnets),
        form: Shown { errors, ..Shown::new("subnet", action, values) },
        id: subnet.map(|subnet| subnet.id),
        vrfs,
        sites,
        vlans,
    })
}

/// The same form with what is wrong in it.
async fn again(app: &App, visitor: &Visitor, id: Option<i64>, typed: SubnetValues, refusal: &Refusal) -> Response {
    let Some(errors) = field::errors(refusal) else { return reply::refusal(visitor, refusal) };
    match refused(app, visitor, id, typed, errors, refusal).await {
        Ok(page) => reply::with_status(visitor, reply::status(refusal), &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

async fn refused(
    app: &App,
    visitor: &Visitor,
    id: Option<i64>,
    mut typed: SubnetValues,
    mut errors: Vec<FieldError>,
    refusal: &Refusal,
) -> Result<SubnetFormPage, Refusal> {
    let Some(id) = id else { return page(app, visitor, None, typed, errors).await };
    let subnet = app.ask(&visitor.op, GetSubnet(SubnetId(id))).await?;
    let now = values(&subnet);
    typed.prefix.clone_from(&now.prefix);
    typed.vrf.clone_from(&now.vrf);
    if matches!(refusal, Refusal::Stale { .. }) {
        typed.version.clone_from(&now.version);
        let site = subnet.site.as_ref().filter(|_| now.site != typed.site && !now.site.is_empty()).map_or("", |site| site.name.as_str());
        let vlan = subnet.vlan.as_ref().map_or_else(String::new, |vlan| format!("{} {}", vlan.vid, vlan.name));
        field::differences(
            &mut errors,
            [
                ("name", now.name.as_str(), typed.name.as_str()),
                ("status", &now.status, &typed.status),
                ("site", site, if now.site == typed.site { site } else { "\u{0}" }),
                ("vlan", &vlan, if now.vlan == typed.vlan { &vlan } else { "\u{0}" }),
                ("gateway", &now.gateway, &typed.gateway),
                ("tags", &now.tags, &field::tag_text(&field::tags(&typed.tags))),
                ("description", &now.description, &typed.description),
                ("notes", &now.notes, &typed.notes),
            ],
        );
    }
    page(app, visitor, Some(&subnet), typed, errors).await
}
