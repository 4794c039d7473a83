//! `GET /`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::App;
use ringfence_app::queries::home::ShowHome;
use ringfence_app::shape;
use ringfence_guard::permission::Permission;

use crate::fill;
use crate::gate::Visitor;
use crate::reply;
use crate::view::Nav;
use crate::view::home::{Count, FullSubnet, HomePage, Todo};

/// The home page.
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let home = match app.ask(&visitor.op, ShowHome).await {
        Ok(home) => home,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let count = |label: &str, value: i64, href: &str, icon: &'static str| Count {
        label: label.to_owned(),
        value: fill::grouped(value),
        href: href.to_owned(),
        icon,
    };
    let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let page = HomePage {
        counts: vec![
            count("Subnets", home.subnets, "/subnets", "sitemap"),
            count("Addresses", home.addresses, "/search", "hash"),
            count("Sites", length(home.sites), "/sites", "building"),
            count("VLANs", length(home.vlans), "/vlans", "network"),
        ],
        todo: todo(&visitor, &home.fullest, app.is_self_signed()),
        fullest: home
            .fullest
            .into_iter()
            .map(|s| FullSubnet { id: s.id, usage: fill::usage(&s), prefix: s.prefix, name: s.name, vrf: s.vrf.name })
            .collect(),
        changes: home.events.iter().map(fill::change_line).collect(),
        empty: home.subnets == 0 && home.addresses == 0,
        page: reply::frame(&visitor, "Home", Nav::Home),
    };
    reply::page(&visitor, &page)
}

/// A subnet this full wants a look, in percent.
const FULL: f64 = 90.0;

/// What wants doing: subnets that run out of addresses, and for admins a certificate that no browser trusts.
fn todo(visitor: &Visitor, fullest: &[shape::Subnet], self_signed: bool) -> Vec<Todo> {
    let mut items: Vec<Todo> = fullest
        .iter()
        .filter(|subnet| subnet.children == 0 && subnet.utilization.is_some_and(|percent| percent >= FULL))
        .map(|subnet| Todo {
            text: format!("{} is {} full.", subnet.prefix, fill::usage(subnet).text),
            action: Some(("Open it".to_owned(), format!("/subnets/{}", subnet.id))),
            urgent: true,
        })
        .collect();
    if self_signed && visitor.may(Permission::SettingWrite) {
        items.push(Todo {
            text: "The server shows a certificate that it made itself, so browsers warn. Name yours under [tls] in ringfence.toml."
                .to_owned(),
            action: None,
            urgent: false,
        });
    }
    items
}
