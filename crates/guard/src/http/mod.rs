//! The security core where it touches HTTP, and nothing else of it does. Each part is a decision over plain values, testable without a
//! server, and a thin layer for axum.
//!
//! Order, outermost first: [`header`] (so that every answer, also of the layers below, carries the headers), [`request_id`],
//! [`host`], [`client`]; then the router built by [`route`], whose page doors ask [`origin`].

pub mod client;
pub mod header;
pub mod host;
pub mod origin;
pub mod request_id;
pub mod route;
