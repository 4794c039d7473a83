//! The security core where it touches HTTP, and nothing else of it does. Each part is a decision over plain values, testable without a
//! server.
//!
//! [`gate`] puts [`request_id`], [`host`], [`client`] and [`header`] around the router in that order; the router is built by [`route`], and its
//! page doors ask [`origin`].

pub mod client;
pub mod gate;
pub mod header;
pub mod host;
pub mod origin;
pub mod request_id;
pub mod route;
