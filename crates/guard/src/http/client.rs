//! The client's address of a request: the one place that reads it. See [`crate::client`] for the decision.

use crate::client::{self, BadForwarded, TrustedProxies};
use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, HeaderName};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The header in which proxies say whom they speak for.
pub const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The resolved address, put into the request's extensions by the [gate](super::gate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

/// The request was handed over by a proxy that we were told to trust, and only then may a header say who the user is. Put into the request's
/// extensions by the [gate](super::gate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByProxy;

/// Whether the peer itself is a trusted proxy.
#[must_use]
pub fn came_by_proxy(extensions: &Extensions, trusted: &TrustedProxies) -> bool {
    extensions.get::<ConnectInfo<SocketAddr>>().is_some_and(|ConnectInfo(peer)| trusted.contains(peer.ip()))
}

/// Why there is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoClient {
    /// A trusted proxy sent a hop that is no address: the proxy's fault, 400.
    Forwarded(BadForwarded),
    /// The server was wired without connection information: our fault, 500. Never treated as "some address".
    Unwired,
}

impl fmt::Display for NoClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forwarded(error) => error.fmt(f),
            Self::Unwired => f.write_str("the server does not know its peer's address"),
        }
    }
}

impl std::error::Error for NoClient {}

/// The client's address of this request.
pub fn address(extensions: &Extensions, headers: &HeaderMap, trusted: &TrustedProxies) -> Result<IpAddr, NoClient> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>().ok_or(NoClient::Unwired)?;
    let lines = headers.get_all(FORWARDED);
    // A line that is no text can be no list of addresses; as an empty hop it is refused if, and only if, it comes to be read.
    let lines: Vec<&str> = lines.iter().map(|line| line.to_str().unwrap_or("")).collect();
    client::resolve(peer.ip(), &lines, trusted).map_err(NoClient::Forwarded)
}
