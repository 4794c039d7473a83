//! Routing tables.

use ringfence_app::commands::vrf::{CreateVrf, DeleteVrf, UpdateVrf, VrfPatch};
use ringfence_app::queries::group::{GetVrf, ListVrfs};
use ringfence_app::{VrfFacts, VrfId};

use super::{BY_TEXT, CREATED_AT, DESCRIPTION, ID, NAME, UPDATED_AT, VERSION, by_text};
use crate::answer::Answer;
use crate::door::{Call, Outcome, Spec};
use crate::input::{Described, Field, Form, Input};

const RD: Field<String> = Field::new("rd", "Route distinguisher, at most 64 characters");
const IMPORT_TARGETS: Field<Vec<String>> = Field::new("import_targets", "Import route targets");
const EXPORT_TARGETS: Field<Vec<String>> = Field::new("export_targets", "Export route targets");

const FIELDS: &[&dyn Described] = &[&NAME, &RD, &DESCRIPTION, &IMPORT_TARGETS, &EXPORT_TARGETS];
const READ_ONLY: &[(&str, &str)] = &[ID, VERSION, CREATED_AT, UPDATED_AT];

pub(crate) const LIST: Spec = Spec { query: BY_TEXT, body: None, answer: Answer::List("Vrf") };

pub(crate) async fn list(mut call: Call) -> Outcome {
    let (q, paging) = by_text(&mut call.query)?;
    call.find(ListVrfs { q, paging }).await
}

pub(crate) const CREATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form { fields: FIELDS, required: &["name"], read_only: READ_ONLY }),
    answer: Answer::Made("Vrf"),
};

pub(crate) async fn create(mut call: Call) -> Outcome {
    let facts = patch(&mut call.body).apply(&VrfFacts::default());
    let command = call.body.done(Some(CreateVrf(facts)))?;
    call.make(command).await
}

fn patch(body: &mut Input) -> VrfPatch {
    VrfPatch {
        name: body.take(&NAME),
        rd: body.take(&RD),
        description: body.take(&DESCRIPTION),
        import_targets: body.take(&IMPORT_TARGETS),
        export_targets: body.take(&EXPORT_TARGETS),
    }
}

pub(crate) const GET: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::One("Vrf") };

pub(crate) async fn get(call: Call) -> Outcome {
    let id = VrfId(call.id);
    call.show(GetVrf(id)).await
}

pub(crate) const UPDATE: Spec =
    Spec { query: Form::EMPTY, body: Some(Form { fields: FIELDS, required: &[], read_only: READ_ONLY }), answer: Answer::Changed("Vrf") };

pub(crate) async fn update(mut call: Call) -> Outcome {
    let (id, expect) = (VrfId(call.id), call.expected()?);
    let patch = patch(&mut call.body);
    let command = call.body.done(Some(UpdateVrf { id, expect, patch }))?;
    call.change(command).await
}

pub(crate) const DELETE: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::Gone };

pub(crate) async fn delete(call: Call) -> Outcome {
    let (id, expect) = (VrfId(call.id), call.expected()?);
    call.remove(DeleteVrf { id, expect }).await
}
