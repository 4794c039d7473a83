//! The door for people: pages, forms, templates and what the browser loads beside them.

pub mod asset;
pub mod view;
