//! Deleting an address row: the address is free again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use ringfence_app::commands::address::DeleteAddress;
use ringfence_app::queries::address::GetAddress;
use ringfence_app::{AddressId, App, Refusal, shape};

use crate::forms::Form;
use crate::gate::Visitor;
use crate::pages::field;
use crate::pages::list::Id;
use crate::reply;
use crate::view::delete::{DeletePage, DeleteValues};
use crate::view::{FieldError, Form as Shown, Nav};

/// What the page's form sends.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Sent {
    /// The version that was shown.
    version: String,
}

/// `GET /addresses/{id}/delete`
pub async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    answer(&app, &visitor, id, StatusCode::OK, Vec::new()).await
}

/// `POST /addresses/{id}/delete`
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(sent): Form<Sent>) -> Response {
    match remove(&app, &visitor, id, &sent).await {
        Ok(gone) => reply::done(&visitor, &format!("/subnets/{}", gone.subnet_id), format!("Deleted {}.", gone.address)),
        Err(refusal) => match field::errors(&refusal) {
            Some(errors) => answer(&app, &visitor, id, reply::status(&refusal), errors).await,
            None => reply::refusal(&visitor, &refusal),
        },
    }
}

async fn remove(app: &Arc<App>, visitor: &Visitor, id: i64, sent: &Sent) -> Result<shape::Address, Refusal> {
    let address = app.ask(&visitor.op, GetAddress(AddressId(id))).await?;
    let expect = Some(field::version(&sent.version)?);
    app.run(&visitor.op, DeleteAddress { id: AddressId(id), expect }).await?;
    Ok(address)
}

async fn answer(app: &App, visitor: &Visitor, id: i64, status: StatusCode, errors: Vec<FieldError>) -> Response {
    let address = match app.ask(&visitor.op, GetAddress(AddressId(id))).await {
        Ok(address) => address,
        Err(refusal) => return reply::refusal(visitor, &refusal),
    };
    let values = DeleteValues { version: address.version.to_string(), ..DeleteValues::default() };
    let page = DeletePage {
        page: reply::frame(visitor, format!("Delete {}", address.address), Nav::Subnets),
        kind: "address".into(),
        name: if address.hostname.is_empty() { address.address } else { format!("{} {}", address.address, address.hostname) },
        form: Shown { errors, ..Shown::new("delete", format!("/addresses/{id}/delete"), values) },
        along: Vec::new(),
        stays: Vec::new(),
        refused: None,
        ask_name: false,
        back: format!("/addresses/{id}"),
    };
    reply::with_status(visitor, status, &page)
}
