//! `POST /subnets/{id}/addresses/next` and `POST /subnets/{id}/subnets/next`: what is free is handed out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use guard::hash::Running;
use guard::{entropy, text};
use plan::allocate::Strategy;
use ringfence_app::commands::address::{AddressPatch, AllocateAddresses};
use ringfence_app::commands::subnet::{AllocateSubnets, SubnetPatch};
use ringfence_app::limit::Problems;
use ringfence_app::{AddressFacts, App, IdempotencyKey, OpCtx, Refusal, SubnetFacts, SubnetId, shape};
use ringfence_guard as guard;
use ringfence_plan as plan;

use super::{Windows, show};
use crate::forms::Form;
use crate::gate::Visitor;
use crate::pages::field;
use crate::pages::list::Id;
use crate::reply;
use crate::view::subnet::{AllocateValues, CarveValues, SubnetPage};
use crate::view::{FieldError, Form as Shown};

/// Hands out the next free address.
pub async fn address(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<AllocateValues>) -> Response {
    let patch = AddressPatch { hostname: Some(field::line(&values.hostname)), ..AddressPatch::default() };
    let facts = patch.apply(&AddressFacts::default());
    let allocate = async {
        let op = once(&visitor.op, &values.once, &["address", &id.to_string(), &values.hostname])?;
        app.run(&op, AllocateAddresses { subnet: SubnetId(id), count: 1, facts }).await
    };
    match allocate.await {
        Ok(made) => {
            let words =
                made.iter().map(|a| if a.hostname.is_empty() { a.address.clone() } else { format!("{} ({})", a.address, a.hostname) });
            let text = format!("Allocated {}.", words.collect::<Vec<_>>().join(", "));
            reply::done(&visitor, &format!("/subnets/{id}"), text)
        }
        Err(refusal) => {
            again(&app, &visitor, id, &refusal, |page, errors| page.allocate = Shown { values, errors, ..page.allocate.clone() }).await
        }
    }
}

/// Makes a subnet of the next free prefix of a length.
pub async fn subnet(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<CarveValues>) -> Response {
    match carve(&app, &visitor, id, &values).await {
        Ok(made) => reply::done(&visitor, &format!("/subnets/{}", made.id), format!("Made {}.", made.prefix)),
        Err(refusal) => {
            again(&app, &visitor, id, &refusal, |page, errors| page.carve = Shown { values, errors, ..page.carve.clone() }).await
        }
    }
}

async fn carve(app: &Arc<App>, visitor: &Visitor, id: i64, values: &CarveValues) -> Result<shape::Subnet, Refusal> {
    let mut problems = Problems::default();
    let length = field::parsed(&mut problems, "length", length, &values.length);
    let strategy = field::parsed(&mut problems, "strategy", str::parse::<Strategy>, &values.strategy);
    problems.done()?;
    let (Some(length), Some(strategy)) = (length, strategy) else { return Err(Refusal::invalid("length", "must not be empty")) };
    let seed = if strategy == Strategy::Random { u128::from_be_bytes(entropy::bytes(app.entropy().as_ref())) } else { 0 };
    let facts = SubnetPatch { name: Some(field::line(&values.name)), ..SubnetPatch::default() }.apply(&SubnetFacts::default());
    let command = AllocateSubnets { within: SubnetId(id), length, count: 1, strategy, seed, facts };
    let op = once(&visitor.op, &values.once, &["subnet", &id.to_string(), &values.length, &values.strategy, &values.name])?;
    let made = app.run(&op, command).await?;
    made.into_iter().next().ok_or_else(|| Refusal::NoSpace(format!("there is no free /{length}")))
}

/// The request as one that is done once, however often the button was pressed: the same form of the same page with the same values.
fn once(op: &OpCtx, drawn: &str, values: &[&str]) -> Result<OpCtx, Refusal> {
    let mut op = op.clone();
    if !drawn.is_empty() {
        let mut form = Running::new(drawn.as_bytes());
        for value in values {
            form.add(&(value.len() as u64).to_be_bytes());
            form.add(value.as_bytes());
        }
        op.idempotency = Some(IdempotencyKey::new(&text::hex(&form.end()), &[])?);
    }
    Ok(op)
}

/// A prefix length, with or without its slash.
fn length(text: &str) -> Result<u8, &'static str> {
    let digits = text.strip_prefix('/').unwrap_or(text).trim();
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or("write a prefix length like /27")
}

/// The page again, with what is wrong at the form that was sent.
async fn again(
    app: &App,
    visitor: &Visitor,
    id: i64,
    refusal: &Refusal,
    put: impl FnOnce(&mut SubnetPage, Vec<FieldError>) + Send,
) -> Response {
    let Some(errors) = field::errors(refusal) else { return reply::refusal(visitor, refusal) };
    match show::page(app, visitor, id, &Windows::default()).await {
        Ok(mut page) => {
            put(&mut page, errors);
            reply::with_status(visitor, reply::status(refusal), &page)
        }
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn a_length_is_typed_with_or_without_its_slash() {
        assert_eq!(length("27"), Ok(27));
        assert_eq!(length("/27"), Ok(27));
        for wrong in ["", "/", "+27", "-1", "256", "27/", "x", "//27"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }
}
