//! The form that makes an address and the one that changes it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use plan::{Address as Ip, Prefix};
use ringfence_app::commands::address::{AddressPatch, CreateAddress, UpdateAddress};
use ringfence_app::limit::Problems;
use ringfence_app::queries::address::GetAddress;
use ringfence_app::queries::subnet::GetSubnet;
use ringfence_app::{AddressFacts, AddressId, AddressStatus, App, GLOBAL, Refusal, SubnetId, VrfId, shape};
use ringfence_plan as plan;
use serde::Deserialize;

use crate::forms::{Form, Query, filled};
use crate::gate::Visitor;
use crate::pages::list::Id;
use crate::pages::{field, pick};
use crate::reply;
use crate::view::address::{AddressFormPage, AddressValues};
use crate::view::{FieldError, Form as Shown, Nav};

/// What a new address begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Start {
    /// Where it is added.
    subnet: String,
    /// Its VRF, without a subnet.
    vrf: String,
    /// The address.
    address: String,
}

/// `GET /addresses/new?subnet=&address=`
pub async fn new(State(app): State<Arc<App>>, visitor: Visitor, Query(start): Query<Start>) -> Response {
    let vrf = if start.vrf.is_empty() { GLOBAL.to_string() } else { start.vrf };
    let values = AddressValues { subnet_id: start.subnet, vrf, address: start.address, ..AddressValues::default() };
    match fresh(&app, &visitor, values, Vec::new()).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /addresses`: back to the subnet that it was added from.
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<AddressValues>) -> Response {
    match make(&app, &visitor, &values).await {
        Ok(made) => {
            let from = filled(&values.subnet_id).map(|id| format!("/subnets/{id}"));
            reply::done(&visitor, &from.unwrap_or_else(|| format!("/addresses/{}", made.id)), format!("Added {}.", made.address))
        }
        Err(refusal) => {
            let Some(errors) = field::errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
            match fresh(&app, &visitor, values, errors).await {
                Ok(page) => reply::with_status(&visitor, reply::status(&refusal), &page),
                Err(refusal) => reply::refusal(&visitor, &refusal),
            }
        }
    }
}

async fn make(app: &Arc<App>, visitor: &Visitor, values: &AddressValues) -> Result<shape::Address, Refusal> {
    let mut problems = Problems::default();
    let home = home(app, visitor, &values.subnet_id).await?;
    let vrf = match &home {
        Some(subnet) => VrfId(subnet.vrf.id),
        None => field::row(&mut problems, "vrf", &values.vrf).map_or(GLOBAL, VrfId),
    };
    let address = field::parsed(&mut problems, "address", Ip::parse, &values.address);
    if let (Some(subnet), Some(address)) = (&home, address)
        && !Prefix::parse(&subnet.prefix).is_ok_and(|prefix| prefix.contains_address(address))
    {
        problems.add("address", format!("{address} is not inside {}", subnet.prefix));
    }
    let patch = patch(&mut problems, values);
    problems.done()?;
    let Some(address) = address else { return Err(Refusal::invalid("address", "must not be empty")) };
    app.run(&visitor.op, CreateAddress { vrf, address, facts: patch.apply(&AddressFacts::default()) }).await
}

/// The subnet that an address is added from.
async fn home(app: &App, visitor: &Visitor, id: &str) -> Result<Option<shape::Subnet>, Refusal> {
    let Some(text) = filled(id) else { return Ok(None) };
    let id = text.parse().unwrap_or(0);
    app.ask(&visitor.op, GetSubnet(SubnetId(id))).await.map(Some)
}

/// The form of a new address.
async fn fresh(app: &App, visitor: &Visitor, values: AddressValues, errors: Vec<FieldError>) -> Result<AddressFormPage, Refusal> {
    let home = home(app, visitor, &values.subnet_id).await?;
    let mut vrfs = if home.is_none() { pick::vrfs(app, visitor).await? } else { Vec::new() };
    pick::keep(&mut vrfs, &values.vrf, None);
    let title = home.as_ref().map_or_else(|| "New address".to_owned(), |subnet| format!("New address in {}", subnet.prefix));
    Ok(AddressFormPage {
        page: reply::frame(visitor, title, Nav::Subnets),
        form: Shown { errors, ..Shown::new("address", "/addresses", values) },
        id: None,
        vrfs,
        back: home.map_or_else(|| "/subnets".to_owned(), |subnet| format!("/subnets/{}", subnet.id)),
    })
}

/// `GET /addresses/{id}/edit`
pub async fn edit(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    match app.ask(&visitor.op, GetAddress(AddressId(id))).await {
        Ok(address) => reply::page(&visitor, &changing(&visitor, &address, values(&address), Vec::new())),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /addresses/{id}/edit`
pub async fn update(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<AddressValues>) -> Response {
    let refusal = match change(&app, &visitor, id, &values).await {
        Ok(saved) => return reply::done(&visitor, &format!("/addresses/{id}"), format!("Saved {}.", saved.address)),
        Err(refusal) => refusal,
    };
    let Some(errors) = field::errors(&refusal) else { return reply::refusal(&visitor, &refusal) };
    match app.ask(&visitor.op, GetAddress(AddressId(id))).await {
        Ok(now) => reply::with_status(&visitor, reply::status(&refusal), &refused(&visitor, &now, values, errors, &refusal)),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

async fn change(app: &Arc<App>, visitor: &Visitor, id: i64, values: &AddressValues) -> Result<shape::Address, Refusal> {
    let mut problems = Problems::default();
    let patch = patch(&mut problems, values);
    problems.done()?;
    let expect = Some(field::version(&values.version)?);
    app.run(&visitor.op, UpdateAddress { id: AddressId(id), expect, patch }).await
}

/// Everything that the form holds beside the address, which never changes.
fn patch(problems: &mut Problems, values: &AddressValues) -> AddressPatch {
    AddressPatch {
        status: field::word(problems, "status", AddressStatus::parse, &values.status),
        hostname: Some(field::line(&values.hostname)),
        owner: Some(field::line(&values.owner)),
        mac: Some(field::line(&values.mac)),
        description: Some(field::line(&values.description)),
        notes: Some(field::lines(&values.notes)),
        expires_on: Some(filled(&values.expires_at).map(str::to_owned)),
        tags: Some(field::tags(&values.tags)),
    }
}

fn values(address: &shape::Address) -> AddressValues {
    AddressValues {
        subnet_id: address.subnet_id.to_string(),
        vrf: address.vrf.id.to_string(),
        address: address.address.clone(),
        status: address.status.clone(),
        hostname: address.hostname.clone(),
        owner: address.owner.clone(),
        mac: address.mac.clone(),
        description: address.description.clone(),
        notes: address.notes.clone(),
        expires_at: address.expires_at.clone().unwrap_or_default(),
        tags: field::tag_text(&address.tags),
        version: address.version.to_string(),
    }
}

/// The form of an address that is there.
fn changing(visitor: &Visitor, address: &shape::Address, values: AddressValues, errors: Vec<FieldError>) -> AddressFormPage {
    AddressFormPage {
        page: reply::frame(visitor, format!("Edit {}", address.address), Nav::Subnets),
        form: Shown { errors, ..Shown::new("address", format!("/addresses/{}/edit", address.id), values) },
        id: Some(address.id),
        vrfs: Vec::new(),
        back: format!("/addresses/{}", address.id),
    }
}

/// The same form with what is wrong in it, and after somebody was faster with what stands there now.
fn refused(
    visitor: &Visitor,
    address: &shape::Address,
    mut typed: AddressValues,
    mut errors: Vec<FieldError>,
    refusal: &Refusal,
) -> AddressFormPage {
    let now = values(address);
    typed.address.clone_from(&now.address);
    if matches!(refusal, Refusal::Stale { .. }) {
        typed.version.clone_from(&now.version);
        field::differences(
            &mut errors,
            [
                ("status", now.status.as_str(), typed.status.as_str()),
                ("hostname", &now.hostname, &typed.hostname),
                ("owner", &now.owner, &typed.owner),
                ("mac", &now.mac, &typed.mac),
                ("expires_at", &now.expires_at, &typed.expires_at),
                ("tags", &now.tags, &field::tag_text(&field::tags(&typed.tags))),
                ("description", &now.description, &typed.description),
                ("notes", &now.notes, &typed.notes),
            ],
        );
    }
    changing(visitor, address, typed, errors)
}
