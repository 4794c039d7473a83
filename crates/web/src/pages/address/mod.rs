//! Addresses: one of them in [`show`], and the forms that make, change and delete one.

mod delete;
mod form;
pub(crate) mod row;
mod show;

pub use delete::{ask as ask_delete, delete};
pub use form::{create, edit, new, update};
pub use show::show;
