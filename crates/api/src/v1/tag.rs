//! Tags.

use ringfence_app::commands::tag::{CreateTag, DeleteTag, TagPatch, UpdateTag};
use ringfence_app::queries::group::{GetTag, ListTags};
use ringfence_app::{TagFacts, TagId};

use super::{BY_TEXT, CREATED_AT, ID, NAME, UPDATED_AT, VERSION, by_text};
use crate::answer::Answer;
use crate::door::{Call, Outcome, Spec};
use crate::input::{Described, Field, Form, Input};

const COLOUR: Field<String> = Field::new("colour", "#rrggbb, or empty");

const FIELDS: &[&dyn Described] = &[&NAME, &COLOUR];
const READ_ONLY: &[(&str, &str)] = &[ID, VERSION, CREATED_AT, UPDATED_AT];

pub(crate) const LIST: Spec = Spec { query: BY_TEXT, body: None, answer: Answer::List("Tag") };

pub(crate) async fn list(mut call: Call) -> Outcome {
    let (q, paging) = by_text(&mut call.query)?;
    call.find(ListTags { q, paging }).await
}

pub(crate) const CREATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form { fields: FIELDS, required: &["name"], read_only: READ_ONLY }),
    answer: Answer::Made("Tag"),
};

pub(crate) async fn create(mut call: Call) -> Outcome {
    let facts = patch(&mut call.body).apply(&TagFacts::default());
    let command = call.body.done(Some(CreateTag(facts)))?;
    call.make(command).await
}

fn patch(body: &mut Input) -> TagPatch {
    TagPatch { name: body.take(&NAME), colour: body.take(&COLOUR) }
}

pub(crate) const GET: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::One("Tag") };

pub(crate) async fn get(call: Call) -> Outcome {
    let id = TagId(call.id);
    call.show(GetTag(id)).await
}

pub(crate) const UPDATE: Spec =
    Spec { query: Form::EMPTY, body: Some(Form { fields: FIELDS, required: &[], read_only: READ_ONLY }), answer: Answer::Changed("Tag") };

pub(crate) async fn update(mut call: Call) -> Outcome {
    let (id, expect) = (TagId(call.id), call.expected()?);
    let patch = patch(&mut call.body);
    let command = call.body.done(Some(UpdateTag { id, expect, patch }))?;
    call.change(command).await
}

pub(crate) const DELETE: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::Gone };

pub(crate) async fn delete(call: Call) -> Outcome {
    let (id, expect) = (TagId(call.id), call.expected()?);
    call.remove(DeleteTag { id, expect }).await
}
