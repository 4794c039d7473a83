//! What a page shows, as plain values: one struct per page and per part of a page, each with its template in
//! `templates/`. Nothing here decides, asks or formats a secret; handlers fill these structs from what `app` answers.
//!
//! - Every page holds a [`Frame`]: title, user, CSRF token, theme, navigation, message.
//! - Every form is a [`Form`]: what was typed comes back with an error at its field.
//! - Lists are windows: `more` is the address of the next window, given to a person as a link and to htmx as a row.
//! - Parts (`*Rows`, `ImportProgress`) are what htmx asks for; the same template draws them inside the page.
//! - Each struct has a `sample()` for its tests; `tests.rs` renders every sample and every variant of it.
//!
//! To add a page: a struct here, a template there, a line in `tests::pages`.

pub mod account;
pub mod address;
pub mod audit;
pub mod change;
pub mod delete;
pub mod error;
pub mod fence;
pub mod form;
pub mod frame;
pub mod home;
pub mod import;
pub mod key;
pub mod look;
pub mod mail;
pub mod search;
pub mod setting;
pub mod shape;
pub mod sign;
pub mod sign_in;
pub mod site;
pub mod subnet;
pub mod tag;
pub mod usage;
pub mod user;
pub mod vlan;
pub mod vrf;

#[cfg(test)]
mod tests;

pub use change::{Change, FieldChange, When};
pub use form::{Choice, FieldError, Form};
pub use frame::{Flash, FlashKind, Frame, Nav, Tab, Theme, UserBadge};
pub use look::Look;
pub use shape::Shape;
pub use usage::{Bar, Usage};
