//! What every test that drives the real program needs, so that a test reads as a story: a database on each engine, a running
//! server, and clients that are users.
//!
//! ```no_run
//! use ringfence_kit::{World, engines};
//! use serde_json::json;
//!
//! engines! {
//!     async fn a_viewer_cannot_make_a_site(engine) {
//!         let world = World::start(engine);
//!         world.viewer.post("/api/v1/sites", &json!({"name": "Oslo"})).await.expect(403);
//!     }
//! }
//! ```
//!
//! Promises: every [`Database`] and [`Server`] is a test's own and is gone when its value is dropped; nothing here waits by sleeping;
//! an engine whose server is not there makes the test fail, never pass by default. The kit knows the program only from outside, by
//! its command line, its files and HTTP; what is inside is left to the tests of each crate.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "the kit is test code that is shared: to panic with a clear sentence is how it fails a test, and checks are called for that"
)]

mod client;
mod database;
mod engine;
mod page;
pub mod provider;
mod race;
mod server;
pub mod smtp;
mod surroundings;
pub mod wire;
mod world;

pub use client::{Answer, Client};
pub use database::Database;
pub use engine::{Engine, block_on};
pub use page::{form_fields, hidden_field};
pub use race::barrier_race;
pub use reqwest::Method;
pub use server::{Options, Output, Server};
pub use surroundings::{authority, binary, size};
pub use world::{Role, World};
