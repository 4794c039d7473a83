//! `GET /addresses/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::queries::address::{ShowAddress, Surroundings};
use ringfence_app::{AddressId, App};

use super::row;
use crate::gate::Visitor;
use crate::pages::list::Id;
use crate::pages::subnet::row::crumb;
use crate::view::Nav;
use crate::view::address::{AddressFacts, AddressPage};
use crate::{fill, reply};

/// One address.
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    let around = match app.ask(&visitor.op, ShowAddress(AddressId(id))).await {
        Ok(around) => around,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let page = AddressPage {
        page: reply::frame(&visitor, around.address.address.clone(), Nav::Subnets),
        path: around.path.iter().map(crumb).collect(),
        address: facts(&around),
        changes: around.history.into_iter().map(fill::change).collect(),
    };
    reply::page(&visitor, &page)
}

fn facts(around: &Surroundings) -> AddressFacts {
    let address = around.address.clone();
    let gateway = around.path.last().and_then(|subnet| subnet.gateway.as_deref());
    AddressFacts {
        id: address.id,
        vrf_id: address.vrf.id,
        vrf: address.vrf.name,
        status: row::status(&address.status),
        gateway: gateway == Some(address.address.as_str()),
        created_at: fill::when(&address.created_at),
        updated_at: fill::when(&address.updated_at),
        address: address.address,
        hostname: address.hostname,
        owner: address.owner,
        mac: address.mac,
        description: address.description,
        notes: address.notes,
        expires_at: address.expires_at,
        tags: address.tags,
    }
}
