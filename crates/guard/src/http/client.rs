//! The client's address of a request: the one place that reads it. See [`crate::client`] for the decision.

use crate::client::{self, BadForwarded, TrustedProxies};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The resolved address, put into the request's extensions by [`layer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

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
pub fn address(parts: &Parts, trusted: &TrustedProxies) -> Result<IpAddr, NoClient> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or(NoClient::Unwired)?;
    let lines = parts.headers.get_all("x-forwarded-for");
    // A line that is no text can be no list of addresses; as an empty hop it is refused if, and only if, it comes to be read.
    let lines: Vec<&str> = lines.iter().map(|line| line.to_str().unwrap_or("")).collect();
    client::resolve(peer.ip(), &lines, trusted).map_err(NoClient::Forwarded)
}

/// The layer, for `axum::middleware::from_fn_with_state(Arc::new(trusted), client::layer)`.
pub async fn layer(State(trusted): State<Arc<TrustedProxies>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match address(&parts, &trusted) {
        Ok(address) => {
            parts.extensions.insert(Client(address));
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => {
            tracing::warn!(%error, "no client address");
            let status = match error {
                NoClient::Forwarded(_) => StatusCode::BAD_REQUEST,
                NoClient::Unwired => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, format!("{error}\n")).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use axum::{Extension, Router};
    use http::HeaderValue;
    use tower::ServiceExt;

    async fn ask(peer: Option<&str>, forwarded: &[&[u8]]) -> (StatusCode, String) {
        let trusted = Arc::new(TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]));
        let router = Router::new()
            .route("/", get(|Extension(Client(address)): Extension<Client>| async move { address.to_string() }))
            .layer(from_fn_with_state(trusted, layer));
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        for line in forwarded {
            request.headers_mut().append("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
        }
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4_711)));
        }
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        (status, String::from_utf8(to_bytes(response.into_body(), 1_000).await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_address_reaches_the_handler() {
        assert_eq!(ask(Some("203.0.113.9"), &[b"1.1.1.1"]).await.1, "203.0.113.9");
        assert_eq!(ask(Some("10.0.0.1"), &[b"1.1.1.1", b"203.0.113.9, 10.0.0.2"]).await.1, "203.0.113.9");
        assert_eq!(ask(Some("::ffff:10.0.0.1"), &[b"\xff", b"203.0.113.9"]).await.1, "203.0.113.9");
    }

    #[tokio::test]
    async fn nothing_is_guessed() {
        assert_eq!(ask(Some("10.0.0.1"), &[b"\xff\xfe"]).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(ask(Some("10.0.0.1"), &[b"203.0.113.9, oops"]).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(ask(None, &[b"203.0.113.9"]).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
