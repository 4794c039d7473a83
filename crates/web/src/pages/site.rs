//! Sites: the list as a tree with its form, changing, deleting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::commands::site::{CreateSite, DeleteSite, SitePatch, UpdateSite};
use ringfence_app::limit::Problems;
use ringfence_app::queries::group::{GetSite, ListSites};
use ringfence_app::queries::tally::{SiteUses, Tally};
use ringfence_app::shape::Site;
use ringfence_app::{App, Refusal, SiteFacts, SiteId};

use super::list::{self, Asked, Confirmed, Id, Removal, Side, Typed};
use super::{field, pick};
use crate::fill;
use crate::forms::{Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::Nav;
use crate::view::site::{SiteRow, SiteValues, SitesPage};

const BASE: &str = "/sites";

impl Typed for SiteValues {
    fn version(&mut self) -> &mut String {
        &mut self.version
    }

    fn typed(&self) -> Vec<(&'static str, &str)> {
        vec![("name", self.name.as_str()), ("description", self.description.as_str())]
    }
}

impl SiteValues {
    fn of(site: Site) -> Self {
        Self {
            name: site.name,
            parent: site.parent.map_or_else(String::new, |parent| parent.id.to_string()),
            description: site.description,
            version: site.version.to_string(),
        }
    }

    fn facts(&self) -> Result<SiteFacts, Refusal> {
        let mut problems = Problems::default();
        let parent_id = field::row(&mut problems, "parent", &self.parent).map(SiteId);
        problems.done()?;
        Ok(SiteFacts { name: self.name.trim().to_owned(), parent_id, description: self.description.trim().to_owned() })
    }
}

/// Each site below the one around it, as far as that is in this window; brothers stay in their order.
fn tree(sites: Vec<Site>) -> Vec<(usize, Site)> {
    let here: BTreeSet<i64> = sites.iter().map(|site| site.id).collect();
    let mut inside: BTreeMap<Option<i64>, Vec<Site>> = BTreeMap::new();
    for site in sites {
        let parent = site.parent.as_ref().map(|parent| parent.id).filter(|id| here.contains(id));
        inside.entry(parent).or_default().push(site);
    }
    let mut rows = Vec::with_capacity(here.len());
    let mut open: Vec<(usize, Site)> = Vec::new();
    let mut next = inside.remove(&None);
    while let Some(top) = next {
        open.extend(top.into_iter().rev().map(|site| (0, site)));
        while let Some((depth, site)) = open.pop() {
            let below = inside.remove(&Some(site.id)).unwrap_or_default();
            open.extend(below.into_iter().rev().map(|site| (depth + 1, site)));
            rows.push((depth, site));
        }
        // What is left lies in a circle, which commands do not make: it is shown all the same.
        next = inside.pop_first().map(|(_, sites)| sites);
    }
    rows
}

fn new(values: SiteValues) -> Side<SiteValues> {
    Side::new("site", BASE, values)
}

async fn show(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: Side<SiteValues>) -> Response {
    match page(app, visitor, asked, &side).await {
        Ok(page) => reply::with_status(visitor, side.status, &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

async fn page(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: &Side<SiteValues>) -> Result<SitesPage, Refusal> {
    let sites = app.ask(&visitor.op, ListSites { q: None, paging: asked.paging() }).await?;
    let held = app.ask(&visitor.op, Tally::Sites(sites.data.iter().map(|site| SiteId(site.id)).collect())).await?;
    let row = |(depth, site): (usize, Site)| SiteRow {
        id: site.id,
        subnets: fill::grouped(held.get(&site.id).copied().unwrap_or(0)),
        name: site.name,
        depth,
        parent: site.parent.map(|parent| parent.name),
        description: site.description,
    };
    Ok(SitesPage {
        page: reply::frame(visitor, "Sites", Nav::Sites),
        more: list::next(BASE, sites.next.as_deref()),
        rows: tree(sites.data).into_iter().map(row).collect(),
        form: side.form.clone(),
        editing: side.editing,
        parents: pick::sites(app, visitor).await?,
    })
}

async fn again(app: &Arc<App>, visitor: &Visitor, side: Side<SiteValues>, refusal: Refusal) -> Response {
    let now = match side.overtaken(&refusal) {
        Some(id) => app.ask(&visitor.op, GetSite(SiteId(id))).await.ok().map(SiteValues::of),
        None => None,
    };
    match side.wrong(refusal, now) {
        Ok(side) => show(app, visitor, &Asked::default(), side).await,
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

/// `GET /sites`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    show(&app, &visitor, &asked, new(SiteValues::default())).await
}

/// `POST /sites`
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<SiteValues>) -> Response {
    let made = match values.facts() {
        Ok(facts) => app.run(&visitor.op, CreateSite(facts)).await,
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok(site) => reply::done(&visitor, BASE, format!("Site {} is made.", site.name)),
        Err(refusal) => again(&app, &visitor, new(values), refusal).await,
    }
}

/// `GET /sites/{id}/edit`
pub async fn edit(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Query(asked): Query<Asked>) -> Response {
    match app.ask(&visitor.op, GetSite(SiteId(id))).await {
        Ok(site) => show(&app, &visitor, &asked, Side::edit("site", BASE, id, SiteValues::of(site))).await,
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

async fn save(app: &Arc<App>, visitor: &Visitor, id: i64, values: &SiteValues) -> Result<Site, Refusal> {
    let facts = values.facts()?;
    let patch = SitePatch { name: Some(facts.name), parent_id: Some(facts.parent_id), description: Some(facts.description) };
    app.run(&visitor.op, UpdateSite { id: SiteId(id), expect: Some(field::version(&values.version)?), patch }).await
}

/// `POST /sites/{id}/edit`
pub async fn update(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<SiteValues>) -> Response {
    match save(&app, &visitor, id, &values).await {
        Ok(site) => reply::done(&visitor, BASE, format!("Site {} is saved.", site.name)),
        Err(refusal) => again(&app, &visitor, Side::edit("site", BASE, id, values), refusal).await,
    }
}

async fn removal(app: &Arc<App>, visitor: &Visitor, id: i64) -> Result<Removal, Refusal> {
    let site = app.ask(&visitor.op, GetSite(SiteId(id))).await?;
    let uses = app.ask(&visitor.op, SiteUses(SiteId(id))).await?;
    let uses: Vec<String> = uses.into_iter().map(|(what, count)| list::number(count, what.trim_end_matches('s'))).collect();
    let refused = (!uses.is_empty()).then(|| format!("It is named by {}: move them first.", uses.join(", ")));
    Ok(Removal { kind: "site", nav: Nav::Sites, base: BASE, id, version: site.version, name: site.name, stays: Vec::new(), refused })
}

/// `GET /sites/{id}/delete`
pub async fn ask_delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    match removal(&app, &visitor, id).await {
        Ok(removal) => reply::page(&visitor, &removal.page(&visitor)),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /sites/{id}/delete`
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(confirmed): Form<Confirmed>) -> Response {
    let removal = match removal(&app, &visitor, id).await {
        Ok(removal) => removal,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let deleted = match confirmed.expected() {
        Ok(version) => app.run(&visitor.op, DeleteSite { id: SiteId(id), expect: Some(version) }).await,
        Err(refusal) => Err(refusal),
    };
    match deleted {
        Ok(()) => reply::done(&visitor, BASE, format!("Site {} is deleted.", removal.name)),
        Err(refusal) => removal.refused(&visitor, &refusal),
    }
}

#[cfg(test)]
mod tests {
    use ringfence_app::shape::Ref;

    use super::*;

    fn site(id: i64, parent: Option<i64>) -> Site {
        Site {
            id,
            version: 1,
            name: format!("s{id}"),
            parent: parent.map(|id| Ref { id, name: format!("s{id}") }),
            description: String::new(),
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    #[test]
    fn sites_stand_below_the_site_around_them() {
        let rows = tree(vec![site(1, Some(4)), site(2, Some(1)), site(3, None), site(4, None), site(5, Some(1)), site(6, Some(99))]);
        let found: Vec<(usize, i64)> = rows.iter().map(|(depth, site)| (*depth, site.id)).collect();
        assert_eq!(found, [(0, 3), (0, 4), (1, 1), (2, 2), (2, 5), (0, 6)]);
    }

    #[test]
    fn a_circle_is_shown_and_ends() {
        let rows = tree(vec![site(1, Some(2)), site(2, Some(1)), site(3, None)]);
        let mut ids: Vec<i64> = rows.iter().map(|(_, site)| site.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2, 3]);
    }
}
