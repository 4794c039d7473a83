//! What answers questions: one file per noun.

pub mod address;
pub mod api_key;
pub mod audit;
pub mod fence;
pub mod group;
mod history;
pub mod home;
pub mod import;
pub mod search;
pub mod sign_in;
pub mod subnet;
pub mod tally;
pub mod tree;
pub mod user;

use std::fmt;

use guard::text;
use plan::{Address, Prefix};
use ringfence_guard as guard;
use ringfence_plan as plan;
use ringfence_store as store;
use store::repo::{AddressPlace, Page, Place, SubnetPlace, Window};
use store::tables::{AddressId, SubnetId, VrfId};

use crate::shape::List;
use crate::{Refusal, limit};

/// Which window of a list a client asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Rows at most; the default is 100.
    pub limit: Option<u64>,
    /// Where the window before ended, as that answer's `next` said.
    pub cursor: Option<String>,
}

impl Paging {
    /// The store's page, with the cursor read by `parse`.
    pub(crate) fn page<C>(&self, parse: impl Fn(&str) -> Option<C>) -> Result<Page<C>, Refusal> {
        let limit = self.limit.unwrap_or(100);
        if limit == 0 || limit > limit::WINDOW {
            return Err(Refusal::invalid("limit", format!("must be between 1 and {}", limit::WINDOW)));
        }
        let after = match self.cursor.as_deref() {
            None | Some("") => None,
            Some(text) => {
                Some(decode(text).as_deref().and_then(parse).ok_or_else(|| Refusal::invalid("cursor", "is not one that this list gave"))?)
            }
        };
        Ok(Page { limit, after })
    }
}

/// A list in the API's form; `key` names a row for the cursor.
pub(crate) fn list<R, S>(window: Window<R>, key: impl Fn(&R) -> String, shape: impl Fn(R) -> S) -> List<S> {
    let next = if window.more { window.rows.last().map(|row| encode(&key(row))) } else { None };
    List { data: window.rows.into_iter().map(shape).collect(), next }
}

/// The cursor behind a subnet or an address: its row, its routing table and where it lies there.
pub(crate) fn place<I: fmt::Display, K: fmt::Display>(place: &Place<I, K>) -> String {
    format!("{} {} {}", place.id, place.vrf, place.key)
}

fn parts(text: &str) -> Option<(i64, VrfId, &str)> {
    let mut parts = text.splitn(3, ' ');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?))
}

/// Reads what [`place`] wrote of a subnet.
pub(crate) fn subnet_place(text: &str) -> Option<SubnetPlace> {
    let (id, vrf, key) = parts(text)?;
    Some(Place { id: SubnetId(id), vrf, key: Prefix::parse(key).ok()? })
}

/// Reads what [`place`] wrote of an address.
pub(crate) fn address_place(text: &str) -> Option<AddressPlace> {
    let (id, vrf, key) = parts(text)?;
    Some(Place { id: AddressId(id), vrf, key: Address::parse(key).ok()? })
}

/// Cursors are opaque: hex of the key.
fn encode(key: &str) -> String {
    text::hex(key.as_bytes())
}

fn decode(text: &str) -> Option<String> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok()).collect::<Option<_>>()?;
    String::from_utf8(bytes).ok().filter(|key| rest.is_empty() && !key.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_went() {
        for key in ["1", "ams-ü", ""] {
            assert_eq!(decode(&encode(key)).as_deref(), Some(key));
        }
        for wrong in ["x", "zz", "+1", "ff", "6100"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
