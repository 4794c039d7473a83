//! One box for everything.

use ringfence_app::queries::search::Search;

use super::Q;
use crate::answer::Answer;
use crate::door::{Call, Outcome, Spec};
use crate::field::Number;
use crate::input::{Field, Form};

/// Rows of each kind if the client does not say.
const ROWS: u64 = 20;

const LIMIT: Field<Number<1, 100>> = Field::new("limit", "Rows of each kind at most; 20 if absent");

pub(crate) const FIND: Spec =
    Spec { query: Form { fields: &[&Q, &LIMIT], required: &["q"], read_only: &[] }, body: None, answer: Answer::One("Found") };

pub(crate) async fn find(mut call: Call) -> Outcome {
    let (q, limit) = (call.query.take(&Q), call.query.take(&LIMIT).map_or(ROWS, Number::to));
    let search = call.query.done(q.map(|q| Search { q, limit }))?;
    call.find(search).await
}
