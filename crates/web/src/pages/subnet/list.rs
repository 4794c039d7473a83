//! `GET /subnets`: the tree by VRF while nothing but a VRF is chosen, else the subnets that fit in one flat list.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::limit::Problems;
use ringfence_app::queries::Paging;
use ringfence_app::queries::tree::{Forest, ShowForest, SiftSubnets};
use ringfence_app::{App, Refusal, SiteId, SubnetStatus, VlanId, VrfId};
use ringfence_plan::Family;
use serde::Deserialize;

use super::{cursor, row};
use crate::forms::{Query, filled};
use crate::gate::Visitor;
use crate::pages::{field, pick};
use crate::view::Nav;
use crate::view::subnet::{SubnetFilter, SubnetRows, SubnetsPage, VrfGroup};
use crate::{fill, reply};

/// Lines of one VRF, or of the flat list.
const WINDOW: u64 = 200;
/// VRFs on one page.
const VRFS: usize = 20;

/// Where the window begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Window {
    /// Line before it.
    after: String,
    /// VRF before it.
    from: String,
}

/// The tree, or the subnets that fit the filter.
pub async fn list(State(app): State<Arc<App>>, visitor: Visitor, Query(filter): Query<SubnetFilter>, Query(at): Query<Window>) -> Response {
    let found = if filter.is_flat() { flat(&app, &visitor, &filter, &at).await } else { tree(&app, &visitor, &filter, &at).await };
    let (groups, next) = match found {
        Ok(found) => found,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    if visitor.partial && !at.after.is_empty() {
        let (rows, more) = groups.into_iter().next().map_or_else(|| (Vec::new(), None), |group| (group.rows, group.more));
        return reply::page(&visitor, &SubnetRows { rows, more });
    }
    match page(&app, &visitor, filter, groups, next).await {
        Ok(page) => reply::page(&visitor, &page),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

type Groups = (Vec<VrfGroup>, Option<String>);

async fn page(
    app: &App,
    visitor: &Visitor,
    filter: SubnetFilter,
    groups: Vec<VrfGroup>,
    next: Option<String>,
) -> Result<SubnetsPage, Refusal> {
    let mut page = SubnetsPage {
        page: reply::frame(visitor, "Subnets", Nav::Subnets),
        vrfs: pick::vrfs(app, visitor).await?,
        sites: pick::sites(app, visitor).await?,
        vlans: pick::vlans(app, visitor).await?,
        tags: pick::tags(app, visitor).await?,
        filter,
        groups,
        next,
    };
    pick::keep(&mut page.vrfs, &page.filter.vrf, None);
    pick::keep(&mut page.sites, &page.filter.site, None);
    pick::keep(&mut page.vlans, &page.filter.vlan, None);
    pick::keep(&mut page.tags, &page.filter.tag, Some(&page.filter.tag));
    Ok(page)
}

async fn tree(app: &App, visitor: &Visitor, filter: &SubnetFilter, at: &Window) -> Result<Groups, Refusal> {
    let mut problems = Problems::default();
    let vrf = field::row(&mut problems, "vrf", &filter.vrf).map(VrfId);
    let after = field::row(&mut problems, "from", &at.from).map(VrfId);
    problems.done()?;
    // A cursor belongs to one VRF.
    let cursor = if vrf.is_some() { cursor(&at.after) } else { None };
    let paging = Paging { limit: Some(WINDOW), cursor };
    let Forest { trees, next } = app.ask(&visitor.op, ShowForest { vrf, after, trees: VRFS, paging }).await?;
    let groups = trees.into_iter().map(|tree| VrfGroup {
        id: tree.vrf.id,
        more: tree.roots.next.map(|after| format!("/subnets?vrf={}&after={after}", tree.vrf.id)),
        name: tree.vrf.name,
        rd: tree.vrf.rd,
        count: count(&tree.subnets.to_string()),
        rows: tree.roots.data.into_iter().map(|subnet| row::branch(subnet, 0)).collect(),
    });
    Ok((groups.collect(), next.map(|id| format!("/subnets?from={id}"))))
}

async fn flat(app: &App, visitor: &Visitor, filter: &SubnetFilter, at: &Window) -> Result<Groups, Refusal> {
    let found = app.ask(&visitor.op, sieve(filter, at)?).await?;
    let count = match (&found.next, at.after.is_empty()) {
        (None, true) => count(&found.data.len().to_string()),
        (Some(_), true) => format!("the first {WINDOW}"),
        (_, false) => String::new(),
    };
    let group = VrfGroup {
        id: 0,
        name: "Matching subnets".into(),
        rd: String::new(),
        count,
        more: found.next.map(|after| format!("/subnets?{}&after={after}", filter.query())),
        rows: found.data.into_iter().map(row::leaf).collect(),
    };
    Ok((if group.rows.is_empty() { Vec::new() } else { vec![group] }, None))
}

fn sieve(typed: &SubnetFilter, at: &Window) -> Result<SiftSubnets, Refusal> {
    let mut problems = Problems::default();
    let mut sieve = SiftSubnets { paging: Paging { limit: Some(WINDOW), cursor: cursor(&at.after) }, ..SiftSubnets::default() };
    let filter = &mut sieve.filter;
    filter.q = filled(&typed.q).map(str::to_owned);
    filter.vrf_id = field::row(&mut problems, "vrf", &typed.vrf).map(VrfId);
    filter.site_id = field::row(&mut problems, "site", &typed.site).map(SiteId);
    filter.vlan_id = field::row(&mut problems, "vlan", &typed.vlan).map(VlanId);
    filter.status = field::word(&mut problems, "status", SubnetStatus::parse, &typed.status);
    filter.family = field::word(&mut problems, "family", |text| Family::from_number(text.parse().ok()?), &typed.family);
    filter.tag = filled(&typed.tag).map(str::to_owned);
    problems.done().map(|()| sieve)
}

fn count(number: &str) -> String {
    format!("{} subnet{}", fill::grouped(number), if number == "1" { "" } else { "s" })
}
