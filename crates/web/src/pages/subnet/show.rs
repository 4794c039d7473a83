//! `GET /subnets/{id}`, and the windows of its lists.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::queries::Paging;
use ringfence_app::queries::address::ListAddresses;
use ringfence_app::queries::subnet::{GetSubnet, ShowSubnet};
use ringfence_app::queries::tree::ListChildren;
use ringfence_app::shape::{self, List};
use ringfence_app::{App, Refusal, SubnetId};
use ringfence_guard as guard;
use ringfence_plan::{Count, Family, Prefix};
use serde::Deserialize;

use super::{WINDOW, Windows, cursor, row};
use crate::forms::Query;
use crate::gate::Visitor;
use crate::pages::address::row::line;
use crate::pages::list::Id;
use crate::view::address::{AddressRows, AddressValues};
use crate::view::subnet::{AllocateValues, CarveValues, SubnetFacts, SubnetPage, SubnetRows};
use crate::view::{Form, Nav};
use crate::{fill, reply};

/// Digits of the largest capacity that is told: shares of more say nothing.
const TOLD: usize = 12;

/// One subnet; to htmx the next window of its addresses.
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Query(at): Query<Windows>) -> Response {
    if visitor.partial && !at.after.is_empty() {
        return match more_addresses(&app, &visitor, id, &at).await {
            Ok(rows) => reply::page(&visitor, &rows),
            Err(refusal) => reply::refusal(&visitor, &refusal),
        };
    }
    match page(&app, &visitor, id, &at).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// Which children.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Unfolded {
    /// Line before the window.
    after: String,
    /// Steps below the first line of the list.
    depth: String,
}

/// `GET /subnets/{id}/children`: lines to put below an unfolded one. Without htmx they stand on the subnet's own page.
pub async fn children(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Query(at): Query<Unfolded>) -> Response {
    if !visitor.partial {
        let window = if at.after.is_empty() { String::new() } else { format!("?children={}", reply::escaped(&at.after)) };
        return reply::redirect(&format!("/subnets/{id}{window}"));
    }
    let depth = at.depth.parse::<u8>().map_or(0, usize::from);
    let paging = Paging { limit: Some(WINDOW), cursor: cursor(&at.after) };
    match app.ask(&visitor.op, ListChildren { of: SubnetId(id), paging }).await {
        Ok(found) => {
            let more = more_children(id, depth, found.next);
            reply::page(&visitor, &SubnetRows { rows: found.data.into_iter().map(|s| row::branch(s, depth)).collect(), more })
        }
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

fn more_children(id: i64, depth: usize, next: Option<String>) -> Option<String> {
    next.map(|after| format!("/subnets/{id}/children?depth={depth}&after={after}"))
}

async fn addresses(app: &App, visitor: &Visitor, id: i64, at: &Windows) -> Result<List<shape::Address>, Refusal> {
    let mut ask = ListAddresses { paging: Paging { limit: Some(WINDOW), cursor: cursor(&at.after) }, ..ListAddresses::default() };
    ask.filter.subnet_id = Some(SubnetId(id));
    app.ask(&visitor.op, ask).await
}

async fn more_addresses(app: &App, visitor: &Visitor, id: i64, at: &Windows) -> Result<AddressRows, Refusal> {
    let subnet = app.ask(&visitor.op, GetSubnet(SubnetId(id))).await?;
    let found = addresses(app, visitor, id, at).await?;
    Ok(AddressRows {
        page: reply::frame(visitor, subnet.prefix, Nav::Subnets),
        rows: found.data.into_iter().map(|address| line(address, subnet.gateway.as_deref())).collect(),
        more: found.next.map(|after| format!("/subnets/{id}?after={after}")),
    })
}

/// The page with its forms as nobody has sent them yet.
pub(super) async fn page(app: &App, visitor: &Visitor, id: i64, at: &Windows) -> Result<SubnetPage, Refusal> {
    let around = app.ask(&visitor.op, ShowSubnet { id: SubnetId(id), children: WINDOW }).await?;
    let children = match cursor(&at.children) {
        None => around.children,
        some => app.ask(&visitor.op, ListChildren { of: SubnetId(id), paging: Paging { limit: Some(WINDOW), cursor: some } }).await?,
    };
    let addresses = if around.addresses > 0 { addresses(app, visitor, id, at).await? } else { List { data: Vec::new(), next: None } };
    let gateway = around.subnet.gateway.clone();
    let carve = CarveValues { length: usual_length(around.prefix), strategy: "first".into(), ..CarveValues::default() };
    let add = AddressValues { subnet_id: id.to_string(), status: "used".into(), ..AddressValues::default() };
    Ok(SubnetPage {
        page: reply::frame(visitor, around.subnet.prefix.clone(), Nav::Subnets),
        subnet: facts(around.subnet, around.prefix),
        path: around.ancestors.iter().map(row::crumb).collect(),
        children: children.data.into_iter().map(|subnet| row::branch(subnet, 0)).collect(),
        children_more: more_children(id, 0, children.next),
        next_address: around.next_free.map(|address| address.to_string()),
        once: guard::http::request_id::mint(app.entropy().as_ref()),
        allocate: Form::new("allocate", format!("/subnets/{id}/addresses/next"), AllocateValues::default()),
        carve: Form::new("carve", format!("/subnets/{id}/subnets/next"), carve),
        addresses: addresses.data.into_iter().map(|address| line(address, gateway.as_deref())).collect(),
        addresses_more: addresses.next.map(|after| format!("/subnets/{id}?after={after}")),
        add: Form::new("add", "/addresses", add),
        changes: around.history.into_iter().map(fill::change).collect(),
    })
}

fn facts(subnet: shape::Subnet, prefix: Prefix) -> SubnetFacts {
    let number = |text: &str| Count::parse(text).unwrap_or(Count::ZERO);
    let free = number(&subnet.capacity).saturating_sub(number(&subnet.used)).saturating_sub(number(&subnet.reserved));
    let told = subnet.children == 0 && subnet.capacity.len() <= TOLD;
    SubnetFacts {
        id: subnet.id,
        vrf_id: subnet.vrf.id,
        family: subnet.family,
        site: row::site(&subnet),
        vlan: row::vlan(&subnet),
        status: row::status(&subnet.status),
        utilization: fill::usage(&subnet),
        span: (prefix.first().to_string(), prefix.last().to_string()),
        netmask: netmask(prefix),
        capacity: if told { fill::grouped(&subnet.capacity) } else { String::new() },
        used: fill::grouped(&subnet.used),
        reserved: fill::grouped(&subnet.reserved),
        free: fill::grouped(free),
        created_at: fill::when(&subnet.created_at),
        updated_at: fill::when(&subnet.updated_at),
        prefix: subnet.prefix,
        name: subnet.name,
        vrf: subnet.vrf.name,
        gateway: subnet.gateway,
        description: subnet.description,
        notes: subnet.notes,
        tags: subnet.tags,
    }
}

fn netmask(prefix: Prefix) -> Option<String> {
    let ones = u32::MAX.checked_shl(u32::from(prefix.host_bits())).unwrap_or(0);
    (prefix.family() == Family::V4).then(|| Ipv4Addr::from(ones).to_string())
}

/// The length that is carved most often out of such a prefix; none where there is no longer one.
fn usual_length(prefix: Prefix) -> String {
    let usual: &[u8] = match prefix.family() {
        Family::V4 => &[8, 16, 24, 27, 30, 32],
        Family::V6 => &[32, 48, 56, 64, 127, 128],
    };
    usual.iter().find(|length| **length > prefix.length()).map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        Prefix::parse(text).unwrap()
    }

    #[test]
    fn netmasks_are_for_ipv4() {
        let mask = |text| netmask(prefix(text));
        assert_eq!(mask("10.0.0.0/22").as_deref(), Some("255.255.252.0"));
        assert_eq!(mask("0.0.0.0/0").as_deref(), Some("0.0.0.0"));
        assert_eq!(mask("10.0.0.1/32").as_deref(), Some("255.255.255.255"));
        assert_eq!(mask("2001:db8::/32"), None);
        assert_eq!(mask("::/0"), None);
    }

    #[test]
    fn a_length_is_proposed_only_where_one_fits() {
        let length = |text| usual_length(prefix(text));
        assert_eq!([length("0.0.0.0/0"), length("10.0.0.0/22"), length("10.0.0.1/32")], ["8", "24", ""]);
        assert_eq!([length("2001:db8::/32"), length("::1/128")], ["48", ""]);
    }
}
