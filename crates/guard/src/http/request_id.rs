//! A name for every request, which ties its log lines, events and changes together. Always our own: an id taken from outside could be
//! made to look like another request's.

use crate::entropy::{self, Entropy};
use crate::text;
use http::HeaderName;

/// The header of the answer that carries the id.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id, put into the request's extensions by the [gate](super::gate): 16 hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// A new id.
#[must_use]
pub fn mint(entropy: &dyn Entropy) -> String {
    text::hex(&entropy::bytes::<8>(entropy))
}
