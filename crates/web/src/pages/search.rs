//! `GET /search?q=`

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use plan::{Address, Prefix};
use ringfence_app::queries::Paging;
use ringfence_app::queries::group::ListTags;
use ringfence_app::queries::search::{Found, Search};
use ringfence_app::queries::tree::SubnetsOf;
use ringfence_app::{App, Refusal, SubnetId, shape};
use ringfence_plan as plan;
use serde::Deserialize;

use super::address::row::status as address_status;
use super::subnet::row::{crumb, status as subnet_status};
use crate::forms::Query;
use crate::gate::Visitor;
use crate::view::Nav;
use crate::view::search::{AddressHit, Around, OtherHit, SearchPage, SubnetHit};
use crate::view::subnet::Crumb;
use crate::{fill, reply};

/// Lines of each kind.
const SHOWN: usize = 50;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
}

/// What matches, or a hint while nothing is typed.
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match page(&app, &visitor, asked.q.trim()).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

async fn page(app: &App, visitor: &Visitor, q: &str) -> Result<SearchPage, Refusal> {
    let found = app.ask(&visitor.op, Search { q: q.to_owned(), limit: SHOWN as u64 + 1 }).await?;
    let cut = cut(&found);
    let contained_in = found.contained_in.iter().map(|path| around(path, &found, q)).collect();
    let mut others = others(&found);
    others.extend(tags(app, visitor, q).await?);
    let homes = homes(app, visitor, &found.addresses).await?;
    let mut frame = reply::frame(visitor, "Search", Nav::Nowhere);
    q.clone_into(&mut frame.search);
    Ok(SearchPage {
        page: frame,
        contained_in,
        addresses: found.addresses.into_iter().take(SHOWN).filter_map(|address| address_hit(address, &homes)).collect(),
        subnets: found.subnets.into_iter().take(SHOWN).map(subnet_hit).collect(),
        others,
        cut,
    })
}

fn cut(found: &Found) -> Option<String> {
    let kinds = [(found.addresses.len(), "addresses"), (found.subnets.len(), "subnets"), (found.vlans.len(), "VLANs")];
    let kinds = kinds.into_iter().chain([(found.sites.len(), "sites"), (found.vrfs.len(), "VRFs")]);
    let cut: Vec<&str> = kinds.filter(|(rows, _)| *rows > SHOWN).map(|(_, name)| name).collect();
    (!cut.is_empty()).then(|| format!("Only the first {SHOWN} {} are shown. Type more to narrow it down.", cut.join(" and ")))
}

/// The subnets of the addresses, all with one question.
async fn homes(app: &App, visitor: &Visitor, addresses: &[shape::Address]) -> Result<BTreeMap<i64, Crumb>, Refusal> {
    let mut ids: Vec<SubnetId> = addresses.iter().map(|address| SubnetId(address.subnet_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let subnets = app.ask(&visitor.op, SubnetsOf(ids)).await?;
    Ok(subnets.iter().map(|subnet| (subnet.id, crumb(subnet))).collect())
}

/// Where it lies in one VRF, and where to add it when it has no row there.
fn around(path: &shape::Path, found: &Found, q: &str) -> Around {
    let add = match (Address::parse(q), Prefix::parse(q)) {
        (Ok(address), _) => {
            let text = address.to_string();
            let known = found.addresses.iter().any(|a| a.vrf == path.vrf && a.address == text);
            path.subnets
                .last()
                .filter(|_| !known)
                .map(|subnet| format!("/addresses/new?subnet={}&address={}", subnet.id, reply::escaped(&text)))
        }
        (_, Ok(prefix)) => {
            let text = prefix.to_string();
            let known = path.subnets.last().is_some_and(|subnet| subnet.prefix == text);
            (!known).then(|| format!("/subnets/new?vrf={}&prefix={}", path.vrf.id, reply::escaped(&text)))
        }
        _ => None,
    };
    Around { vrf: path.vrf.name.clone(), path: path.subnets.iter().map(crumb).collect(), add }
}

fn address_hit(address: shape::Address, homes: &BTreeMap<i64, Crumb>) -> Option<AddressHit> {
    Some(AddressHit {
        id: address.id,
        status: address_status(&address.status),
        subnet: homes.get(&address.subnet_id).cloned()?,
        address: address.address,
        vrf: address.vrf.name,
        hostname: address.hostname,
        owner: address.owner,
    })
}

fn subnet_hit(subnet: shape::Subnet) -> SubnetHit {
    SubnetHit {
        id: subnet.id,
        usage: fill::usage(&subnet),
        status: subnet_status(&subnet.status),
        site: subnet.site.map(|site| site.name).unwrap_or_default(),
        prefix: subnet.prefix,
        name: subnet.name,
        vrf: subnet.vrf.name,
    }
}

fn others(found: &Found) -> Vec<OtherHit> {
    let hit = |kind: &str, name: String, note: &str, href: String| OtherHit { kind: kind.to_owned(), name, note: note.to_owned(), href };
    let vrfs = found.vrfs.iter().take(SHOWN).map(|vrf| hit("VRF", vrf.name.clone(), &vrf.description, format!("/subnets?vrf={}", vrf.id)));
    let sites =
        found.sites.iter().take(SHOWN).map(|site| hit("Site", site.name.clone(), &site.description, format!("/subnets?site={}", site.id)));
    let vlans = found.vlans.iter().take(SHOWN).map(|vlan| {
        let site = vlan.site.as_ref().map_or("", |site| site.name.as_str());
        hit("VLAN", format!("{} {}", vlan.vid, vlan.name), site, format!("/subnets?vlan={}", vlan.id))
    });
    vrfs.chain(sites).chain(vlans).collect()
}

/// Tags with a part of that name; an address or a prefix is no name.
async fn tags(app: &App, visitor: &Visitor, q: &str) -> Result<Vec<OtherHit>, Refusal> {
    if q.is_empty() || Address::parse(q).is_ok() || Prefix::parse(q).is_ok() {
        return Ok(Vec::new());
    }
    let paging = Paging { limit: Some(SHOWN as u64), cursor: None };
    let found = app.ask(&visitor.op, ListTags { q: Some(q.to_owned()), paging }).await?;
    let hit = |tag: shape::Tag| OtherHit {
        kind: "Tag".into(),
        href: format!("/subnets?tag={}", reply::escaped(&tag.name)),
        name: tag.name,
        note: String::new(),
    };
    Ok(found.data.into_iter().map(hit).collect())
}
