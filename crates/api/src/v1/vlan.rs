//! VLANs.

use ringfence_app::commands::vlan::{CreateVlan, DeleteVlan, UpdateVlan, VlanPatch};
use ringfence_app::queries::group::{GetVlan, ListVlans};
use ringfence_app::{VlanFacts, VlanFilter, VlanId};

use super::{CREATED_AT, CURSOR, DESCRIPTION, ID, LIMIT, NAME, OWN_SITE, Q, SITE_ID, TAGS, UPDATED_AT, VERSION, paging};
use crate::answer::Answer;
use crate::door::{Call, Outcome, Spec};
use crate::field::Number;
use crate::input::{Described, Field, Form, Input};

const VID: Field<Number<1, 4094>> = Field::new("vid", "Unique within its site");
const HAS_VID: Field<Number<1, 4094>> = Field::new("vid", "With that number");

const FIELDS: &[&dyn Described] = &[&VID, &NAME, &OWN_SITE, &DESCRIPTION, &TAGS];
const READ_ONLY: &[(&str, &str)] = &[ID, VERSION, CREATED_AT, UPDATED_AT, ("site", "set site_id")];

pub(crate) const LIST: Spec =
    Spec { query: Form::of(&[&HAS_VID, &SITE_ID, &Q, &LIMIT, &CURSOR]), body: None, answer: Answer::List("Vlan") };

pub(crate) async fn list(mut call: Call) -> Outcome {
    let query = &mut call.query;
    let filter = VlanFilter { vid: query.take(&HAS_VID).map(Number::to), site_id: query.take(&SITE_ID), q: query.take(&Q) };
    let paging = paging(query);
    let asked = call.query.done(Some(ListVlans { filter, paging }))?;
    call.find(asked).await
}

pub(crate) const CREATE: Spec = Spec {
    query: Form::EMPTY,
    body: Some(Form { fields: FIELDS, required: &["vid"], read_only: READ_ONLY }),
    answer: Answer::Made("Vlan"),
};

pub(crate) async fn create(mut call: Call) -> Outcome {
    let patch = patch(&mut call.body);
    let bare = |vid| VlanFacts { vid, name: String::new(), site_id: None, description: String::new(), tags: Vec::new() };
    let command = patch.vid.map(|vid| CreateVlan(patch.apply(&bare(vid))));
    let command = call.body.done(command)?;
    call.make(command).await
}

fn patch(body: &mut Input) -> VlanPatch {
    VlanPatch {
        vid: body.take(&VID).map(Number::to),
        name: body.take(&NAME),
        site_id: body.take(&OWN_SITE),
        description: body.take(&DESCRIPTION),
        tags: body.take(&TAGS),
    }
}

pub(crate) const GET: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::One("Vlan") };

pub(crate) async fn get(call: Call) -> Outcome {
    let id = VlanId(call.id);
    call.show(GetVlan(id)).await
}

pub(crate) const UPDATE: Spec =
    Spec { query: Form::EMPTY, body: Some(Form { fields: FIELDS, required: &[], read_only: READ_ONLY }), answer: Answer::Changed("Vlan") };

pub(crate) async fn update(mut call: Call) -> Outcome {
    let (id, expect) = (VlanId(call.id), call.expected()?);
    let patch = patch(&mut call.body);
    let command = call.body.done(Some(UpdateVlan { id, expect, patch }))?;
    call.change(command).await
}

pub(crate) const DELETE: Spec = Spec { query: Form::EMPTY, body: None, answer: Answer::Gone };

pub(crate) async fn delete(call: Call) -> Outcome {
    let (id, expect) = (VlanId(call.id), call.expected()?);
    call.remove(DeleteVlan { id, expect }).await
}
