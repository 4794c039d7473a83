//! A name for every request, which ties its log lines, events and changes together. Always our own: an id taken from outside could be
//! made to look like another request's.

use crate::entropy::{self, Entropy};
use crate::text;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use std::sync::Arc;

/// The header of the answer that carries the id.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id, put into the request's extensions by [`layer`]: 16 hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// A new id.
#[must_use]
pub fn mint(entropy: &dyn Entropy) -> String {
    text::hex(&entropy::bytes::<8>(entropy))
}

/// The layer, for `axum::middleware::from_fn_with_state(entropy, request_id::layer)`. What the client sent in [`HEADER`] is removed.
pub async fn layer(State(entropy): State<Arc<dyn Entropy>>, mut request: Request, next: Next) -> Response {
    let id = mint(entropy.as_ref());
    let value = HeaderValue::from_str(&id).ok();
    request.headers_mut().remove(HEADER);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    if let Some(value) = value {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Seeded;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use axum::{Extension, Router};
    use http::HeaderMap;
    use tower::ServiceExt;

    #[tokio::test]
    async fn ids_are_ours_and_differ() {
        let entropy: Arc<dyn Entropy> = Arc::new(Seeded::new(1));
        let handler = |Extension(RequestId(id)): Extension<RequestId>, headers: HeaderMap| async move {
            assert!(!headers.contains_key(HEADER));
            id
        };
        let router = Router::new().route("/", get(handler)).layer(from_fn_with_state(entropy, layer));
        let mut seen = Vec::new();
        for _ in 0..2 {
            let request = Request::get("/").header(HEADER, "forged").body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let header = response.headers()[HEADER].to_str().unwrap().to_owned();
            let body = to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(body, header);
            assert!(header.len() == 16 && header.bytes().all(|byte| byte.is_ascii_hexdigit()), "{header}");
            seen.push(header);
        }
        assert_ne!(seen[0], seen[1]);
    }
}
