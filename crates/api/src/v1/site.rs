//! Sites.

use ringfence_app::commands::site::{CreateSite, DeleteSite, SitePatch, UpdateSite};
use ringfence_app::queries::group::{GetSite, ListSites};
use ringfence_app::{SiteFacts, SiteId};

use super::{BY_TEXT, CREATED_AT, DESCRIPTION, ID, NAME, UPDATED_AT, VERSION, by_text};
use crate::answer::Answer;
use crate::door::{Call, Outcome, Spec};
use crate::input::{Described, Field, Form, Input};

const PARENT_ID: Field<Option<SiteId>> = Field::new("parent_id", "The place it lies in");

const FIELDS: &[&dyn Described] = &[&NAME, &PARENT_ID, &DESCRIPTION];
const READ_ONLY: &[(&str, &str)] = &[ID, VERSION, CREATED_AT, UPDATED_AT, ("parent", "set parent_id")];

pub(crate) const LIST: Spec = Spec { query: BY_TEXT, body: None, answer: Answer::List("Site") };

pub(crate) async fn list(mut call: Call) -> Outcome {
    let (q, paging) = by_text(&mut call.query)?;
    call.find(ListSites { q, paging }).await
}

pub(crate) const CREATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form { fields: FIELDS, required: &["name"], read_only: READ_ONLY }),
    answer: Answer::Made("Site"),
};

pub(crate) async fn create(mut call: Call) -> Outcome {
    let facts = patch(&mut call.body).apply(&SiteFacts::default());
    let command = call.body.done(Some(CreateSite(facts)))?;
    call.make(command).await
}

fn patch(body: &mut Input) -> SitePatch {
    SitePatch { name: body.take(&NAME), parent_id: body.take(&PARENT_ID), description: body.take(&DESCRIPTION) }
}

pub(crate) const GET: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::One("Site") };

pub(crate) async fn get(call: Call) -> Outcome {
    let id = SiteId(call.id);
    call.show(GetSite(id)).await
}

pub(crate) const UPDATE: Spec =
    Spec { query: Form::EMPTY, body: Some(Form { fields: FIELDS, required: &[], read_only: READ_ONLY }), answer: Answer::Changed("Site") };

pub(crate) async fn update(mut call: Call) -> Outcome {
    let (id, expect) = (SiteId(call.id), call.expected()?);
    let patch = patch(&mut call.body);
    let command = call.body.done(Some(UpdateSite { id, expect, patch }))?;
    call.change(command).await
}

pub(crate) const DELETE: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::Gone };

pub(crate) async fn delete(call: Call) -> Outcome {
    let (id, expect) = (SiteId(call.id), call.expected()?);
    call.remove(DeleteSite { id, expect }).await
}
