//! Version 1: one file per noun. Each holds the fields of its noun, a `Spec` per route, and the handlers.
//!
//! Fields that several nouns share stand here.

pub(crate) mod address;
pub(crate) mod audit;
pub(crate) mod search;
pub(crate) mod site;
pub(crate) mod subnet;
pub(crate) mod tag;
pub(crate) mod vlan;
pub(crate) mod vrf;

use ringfence_app::limit;
use ringfence_app::queries::Paging;
use ringfence_app::{SiteId, VrfId};

use crate::field::Number;
use crate::input::{Described, Field, Form, Input};

const VRF_ID: Field<VrfId> = Field::new("vrf_id", "The routing table; 1 is the global one");
const NAME: Field<String> = Field::new("name", "At most 255 characters");
const DESCRIPTION: Field<String> = Field::new("description", "A line of at most 1,000 characters");
const NOTES: Field<String> = Field::new("notes", "At most 20,000 characters");
const TAGS: Field<Vec<String>> = Field::new("tags", "All tag names; new ones are made");
const OWN_SITE: Field<Option<SiteId>> = Field::new("site_id", "Its site");
const COUNT: Field<Number<1, { limit::BATCH.cast_signed() as i64 }>> = Field::new("count", "How many; 1 if absent");

const SITE_ID: Field<SiteId> = Field::new("site_id", "Of that site");
const TAG: Field<String> = Field::new("tag", "Carrying that tag");
const Q: Field<String> = Field::new("q", "A part of the texts that describe it");
const LIMIT: Field<Number<1, { limit::WINDOW.cast_signed() }>> = Field::new("limit", "Rows at most; 100 if absent");
const CURSOR: Field<String> = Field::new("cursor", "Where to go on: the `next` of the window before");

/// What nobody writes on any object.
const ID: (&str, &str) = ("id", "");
const VERSION: (&str, &str) = ("version", "send it as If-Match");
const CREATED_AT: (&str, &str) = ("created_at", "");
const UPDATED_AT: (&str, &str) = ("updated_at", "");
/// What stays as it was made.
const FIXED: &str = "it stays as it was made";

/// The query of a list that is only searched by text.
const BY_TEXT: Form = Form::of(&[&Q as &dyn Described, &LIMIT, &CURSOR]);

fn paging(query: &mut Input) -> Paging {
    Paging { limit: query.take(&LIMIT).map(Number::to), cursor: query.take(&CURSOR) }
}

/// The two things that a list by name takes.
fn by_text(query: &mut Input) -> Result<(Option<String>, Paging), crate::failure::Failure> {
    let taken = (query.take(&Q), paging(query));
    query.done(Some(taken))
}
