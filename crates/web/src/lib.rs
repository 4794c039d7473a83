//! The door for people: pages, forms, templates and what the browser loads beside them.
//!
//! ```text
//! routes ─▶ gate (who, from our own page?, access of the table) ─▶ pages (parse, ask or run) ─▶ view (typed values) ─▶ templates
//! ```
//!
//! To add a page: a view in `view/` with its template, a handler in `pages/`, a line in [`routes`].

pub mod asset;
mod cookie;
mod fill;
mod forms;
mod gate;
mod pages;
mod reply;
mod routes;
pub mod view;

pub use gate::router;
pub use pages::{not_found, wrong_method};
pub use routes::routes;
