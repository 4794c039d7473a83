//! Subnets: the tree in [`list`], one of them in [`show`], the forms that make, change and delete one, and what is handed out of one in [`next`].

mod delete;
mod form;
mod list;
mod next;
pub(crate) mod row;
mod show;

pub use delete::{ask as ask_delete, delete};
pub use form::{create, edit, new, update};
pub use list::list;
pub use next::{address as next_address, subnet as next_subnet};
pub use show::{children, show};

use serde::Deserialize;

/// Lines of a subnet's page, and of one unfolded subnet.
const WINDOW: u64 = 100;

/// Where the windows of a subnet's page begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Windows {
    /// Of its addresses.
    after: String,
    /// Of its children.
    children: String,
}

fn cursor(text: &str) -> Option<String> {
    crate::forms::filled(text).map(str::to_owned)
}
