//! The audit trail, to be read only.

use ringfence_app::queries::audit::ListEvents;
use ringfence_app::{EventFilter, UserId};

use super::{CURSOR, LIMIT, paging};
use crate::answer::Answer;
use crate::door::{Call, Outcome, Spec};
use crate::field::Id;
use crate::input::{Field, Form};

const NAME: Field<String> = Field::new("name", "That event; with a trailing dot or star all that begin so");
const OBJECT_KIND: Field<String> = Field::new("object_kind", "About that kind of object");
const OBJECT_ID: Field<Id> = Field::new("object_id", "About the object of that id");
const USER_ID: Field<UserId> = Field::new("user_id", "By that user");

pub(crate) const LIST: Spec =
    Spec { query: Form::of(&[&NAME, &OBJECT_KIND, &OBJECT_ID, &USER_ID, &LIMIT, &CURSOR]), body: None, answer: Answer::List("Event") };

pub(crate) async fn list(mut call: Call) -> Outcome {
    let query = &mut call.query;
    let filter = EventFilter {
        name: query.take(&NAME),
        object_kind: query.take(&OBJECT_KIND),
        object_id: query.take(&OBJECT_ID).map(Id::row),
        user_id: query.take(&USER_ID).map(|id| id.0),
        since: None,
    };
    let paging = paging(query);
    let asked = call.query.done(Some(ListEvents { filter, paging }))?;
    call.find(asked).await
}
