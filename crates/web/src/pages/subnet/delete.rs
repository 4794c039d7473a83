//! Deleting a subnet: the page says what goes along and what moves up, and asks for the prefix.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use ringfence_app::commands::subnet::DeleteSubnet;
use ringfence_app::queries::Paging;
use ringfence_app::queries::address::ListAddresses;
use ringfence_app::queries::subnet::{ShowSubnet, Surroundings};
use ringfence_app::{App, Refusal, SubnetId};
use serde::Deserialize;

use crate::forms::Form;
use crate::gate::Visitor;
use crate::pages::field;
use crate::pages::list::Id;
use crate::view::delete::{Along, DeletePage, DeleteValues};
use crate::view::{FieldError, Form as Shown, Nav};
use crate::{fill, reply};

/// Addresses named on the page.
const NAMED: u64 = 5;

/// What the page's form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    /// The prefix as typed.
    confirm: String,
    /// The version that was shown.
    version: String,
    /// Filled where the page said that addresses go along.
    cascade: String,
}

/// `GET /subnets/{id}/delete`
pub async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    answer(&app, &visitor, id, StatusCode::OK, "", Vec::new()).await
}

/// `POST /subnets/{id}/delete`
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(sent): Form<Sent>) -> Response {
    match remove(&app, &visitor, id, &sent).await {
        Ok((back, text)) => reply::done(&visitor, &back, text),
        Err(refusal) => {
            let errors = match &refusal {
                Refusal::InUse(_) => vec![FieldError {
                    field: String::new(),
                    message: "Addresses were added meanwhile: look at what would go along.".to_owned(),
                }],
                other => match field::errors(other) {
                    Some(errors) => errors,
                    None => return reply::refusal(&visitor, other),
                },
            };
            answer(&app, &visitor, id, reply::status(&refusal), &sent.confirm, errors).await
        }
    }
}

/// Deletes it and says where to go and what to tell there.
async fn remove(app: &Arc<App>, visitor: &Visitor, id: i64, sent: &Sent) -> Result<(String, String), Refusal> {
    let around = surroundings(app, visitor, id).await?;
    let subnet = &around.subnet;
    if sent.confirm.trim() != subnet.prefix {
        return Err(Refusal::invalid("confirm", format!("type {} to confirm", subnet.prefix)));
    }
    let expect = Some(field::version(&sent.version)?);
    app.run(&visitor.op, DeleteSubnet { id: SubnetId(id), expect, cascade: sent.cascade == "yes" }).await?;
    let back = subnet.parent_id.map_or_else(|| format!("/subnets?vrf={}", subnet.vrf.id), |parent| format!("/subnets/{parent}"));
    Ok((back, format!("Deleted {}.", subnet.prefix)))
}

async fn surroundings(app: &App, visitor: &Visitor, id: i64) -> Result<Surroundings, Refusal> {
    app.ask(&visitor.op, ShowSubnet { id: SubnetId(id), children: 1 }).await
}

async fn answer(app: &App, visitor: &Visitor, id: i64, status: StatusCode, confirm: &str, errors: Vec<FieldError>) -> Response {
    match page(app, visitor, id, confirm, errors).await {
        Ok(page) => reply::with_status(visitor, status, &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

async fn page(app: &App, visitor: &Visitor, id: i64, confirm: &str, errors: Vec<FieldError>) -> Result<DeletePage, Refusal> {
    let around = surroundings(app, visitor, id).await?;
    let subnet = &around.subnet;
    let mut along = Vec::new();
    if around.addresses > 0 {
        let mut ask = ListAddresses { paging: Paging { limit: Some(NAMED), cursor: None }, ..ListAddresses::default() };
        ask.filter.subnet_id = Some(SubnetId(id));
        let some = app.ask(&visitor.op, ask).await?;
        let mut names: Vec<String> = some.data.into_iter().map(|address| address.address).collect();
        if some.next.is_some() {
            names.push("…".into());
        }
        along.push(Along { what: count(around.addresses, "address", "addresses"), names });
    }
    let mut stays = Vec::new();
    if subnet.children > 0 {
        let children = count(subnet.children, "subnet", "subnets");
        let verb = |one: &'static str, many: &'static str| if subnet.children == 1 { one } else { many };
        stays.push(match around.ancestors.last() {
            Some(parent) => format!("{children} {} up to {}", verb("moves", "move"), parent.prefix),
            None => format!("{children} {} to the top of {}", verb("moves", "move"), subnet.vrf.name),
        });
    }
    let values = DeleteValues { confirm: confirm.to_owned(), version: subnet.version.to_string() };
    Ok(DeletePage {
        page: reply::frame(visitor, format!("Delete {}", subnet.prefix), Nav::Subnets),
        kind: "subnet".into(),
        name: subnet.prefix.clone(),
        form: Shown { errors, ..Shown::new("delete", format!("/subnets/{id}/delete"), values) },
        along,
        stays,
        refused: None,
        ask_name: true,
        back: format!("/subnets/{id}"),
    })
}

fn count(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", fill::grouped(number), if number == 1 { one } else { many })
}
