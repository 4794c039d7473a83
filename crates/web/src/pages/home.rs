//! `GET /`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::App;
use ringfence_app::queries::home::ShowHome;

use crate::fill;
use crate::gate::Visitor;
use crate::reply;
use crate::view::Nav;
use crate::view::home::{Count, FullSubnet, HomePage};

/// The home page.
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let home = match app.ask(&visitor.op, ShowHome).await {
        Ok(home) => home,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let count = |label: &str, value: i64, href: &str, icon: &'static str| Count {
        label: label.to_owned(),
        value: fill::grouped(&value.to_string()),
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
        fullest: home
            .fullest
            .into_iter()
            .map(|s| FullSubnet { id: s.id, usage: fill::usage(&s), prefix: s.prefix, name: s.name, vrf: s.vrf.name })
            .collect(),
        changes: home.events.iter().map(fill::change_line).collect(),
        todo: Vec::new(),
        empty: home.subnets == 0 && home.addresses == 0,
        page: reply::frame(&visitor, "Home", Nav::Home),
    };
    reply::page(&visitor, &page)
}
