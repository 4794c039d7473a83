//! Tags: the list with its form, changing, deleting.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use ringfence_app::commands::tag::{CreateTag, DeleteTag, TagPatch, UpdateTag};
use ringfence_app::queries::group::{GetTag, ListTags};
use ringfence_app::queries::tally::Tally;
use ringfence_app::shape::Tag;
use ringfence_app::{App, Refusal, TagFacts, TagId};

use super::field;
use super::list::{self, Asked, Confirmed, Id, Removal, Side, Typed};
use crate::fill;
use crate::forms::{Form, Query};
use crate::gate::Visitor;
use crate::reply;
use crate::view::Nav;
use crate::view::tag::{TagRow, TagValues, TagsPage};

const BASE: &str = "/tags";

/// How a tag without a colour is drawn. A colour field cannot be empty, so this one stands for none.
const NO_COLOUR: &str = "#868e96";

fn painted(colour: String) -> String {
    if colour.is_empty() { NO_COLOUR.to_owned() } else { colour }
}

impl Typed for TagValues {
    fn version(&mut self) -> &mut String {
        &mut self.version
    }

    fn typed(&self) -> Vec<(&'static str, &str)> {
        vec![("name", self.name.as_str()), ("colour", self.colour.as_str())]
    }
}

impl TagValues {
    fn of(tag: Tag) -> Self {
        Self { name: tag.name, colour: painted(tag.colour), version: tag.version.to_string() }
    }

    fn facts(&self) -> TagFacts {
        let colour = self.colour.trim().to_lowercase();
        TagFacts { name: self.name.trim().to_owned(), colour: if colour == NO_COLOUR { String::new() } else { colour } }
    }
}

fn new(values: TagValues) -> Side<TagValues> {
    Side::new("tag", BASE, values)
}

async fn show(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: Side<TagValues>) -> Response {
    match page(app, visitor, asked, &side).await {
        Ok(page) => reply::with_status(visitor, side.status, &page),
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

async fn page(app: &Arc<App>, visitor: &Visitor, asked: &Asked, side: &Side<TagValues>) -> Result<TagsPage, Refusal> {
    let tags = app.ask(&visitor.op, ListTags { q: None, paging: asked.paging() }).await?;
    let uses = app.ask(&visitor.op, Tally::Tags(tags.data.iter().map(|tag| TagId(tag.id)).collect())).await?;
    let row = |tag: Tag| TagRow {
        id: tag.id,
        uses: fill::grouped(uses.get(&tag.id).copied().unwrap_or(0)),
        name: tag.name,
        colour: painted(tag.colour),
    };
    Ok(TagsPage {
        page: reply::frame(visitor, "Tags", Nav::Tags),
        more: list::next(BASE, tags.next.as_deref()),
        rows: tags.data.into_iter().map(row).collect(),
        form: side.form.clone(),
        editing: side.editing,
    })
}

async fn again(app: &Arc<App>, visitor: &Visitor, side: Side<TagValues>, refusal: Refusal) -> Response {
    let now = match side.overtaken(&refusal) {
        Some(id) => app.ask(&visitor.op, GetTag(TagId(id))).await.ok().map(TagValues::of),
        None => None,
    };
    match side.wrong(refusal, now) {
        Ok(side) => show(app, visitor, &Asked::default(), side).await,
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

/// `GET /tags`
pub async fn all(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    show(&app, &visitor, &asked, new(TagValues { colour: painted(String::new()), ..TagValues::default() })).await
}

/// `POST /tags`
pub async fn create(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<TagValues>) -> Response {
    match app.run(&visitor.op, CreateTag(values.facts())).await {
        Ok(tag) => reply::done(&visitor, BASE, format!("Tag {} is made.", tag.name)),
        Err(refusal) => again(&app, &visitor, new(values), refusal).await,
    }
}

/// `GET /tags/{id}/edit`
pub async fn edit(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Query(asked): Query<Asked>) -> Response {
    match app.ask(&visitor.op, GetTag(TagId(id))).await {
        Ok(tag) => show(&app, &visitor, &asked, Side::edit("tag", BASE, id, TagValues::of(tag))).await,
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

async fn save(app: &Arc<App>, visitor: &Visitor, id: i64, values: &TagValues) -> Result<Tag, Refusal> {
    let facts = values.facts();
    let patch = TagPatch { name: Some(facts.name), colour: Some(facts.colour) };
    app.run(&visitor.op, UpdateTag { id: TagId(id), expect: Some(field::version(&values.version)?), patch }).await
}

/// `POST /tags/{id}/edit`
pub async fn update(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(values): Form<TagValues>) -> Response {
    match save(&app, &visitor, id, &values).await {
        Ok(tag) => reply::done(&visitor, BASE, format!("Tag {} is saved.", tag.name)),
        Err(refusal) => again(&app, &visitor, Side::edit("tag", BASE, id, values), refusal).await,
    }
}

async fn removal(app: &Arc<App>, visitor: &Visitor, id: i64) -> Result<Removal, Refusal> {
    let tag = app.ask(&visitor.op, GetTag(TagId(id))).await?;
    let uses = app.ask(&visitor.op, Tally::Tags(vec![TagId(id)])).await?.get(&id).copied().unwrap_or(0);
    let stays = if uses > 0 { vec![format!("{}, without this tag", list::number(uses, "object"))] } else { Vec::new() };
    Ok(Removal { kind: "tag", nav: Nav::Tags, base: BASE, id, version: tag.version, name: tag.name, stays, refused: None })
}

/// `GET /tags/{id}/delete`
pub async fn ask_delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id) -> Response {
    match removal(&app, &visitor, id).await {
        Ok(removal) => reply::page(&visitor, &removal.page(&visitor)),
        Err(refusal) => reply::refusal(&visitor, &refusal),
    }
}

/// `POST /tags/{id}/delete`
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Id(id): Id, Form(confirmed): Form<Confirmed>) -> Response {
    let removal = match removal(&app, &visitor, id).await {
        Ok(removal) => removal,
        Err(refusal) => return reply::refusal(&visitor, &refusal),
    };
    let deleted = match confirmed.expected() {
        Ok(version) => app.run(&visitor.op, DeleteTag { id: TagId(id), expect: Some(version) }).await,
        Err(refusal) => Err(refusal),
    };
    match deleted {
        Ok(()) => reply::done(&visitor, BASE, format!("Tag {} is deleted.", removal.name)),
        Err(refusal) => removal.refused(&visitor, &refusal),
    }
}
