//! The embedded files.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use http::{HeaderMap, StatusCode};

use crate::asset;

/// `GET /assets/{*path}`
pub async fn get(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(found) = asset::get(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let accepts = headers.get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let gzip = found.gzip.filter(|_| accepts.split(',').any(|word| word.trim().split(';').next() == Some("gzip")));
    let mut response = gzip.unwrap_or(found.bytes).into_response();
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(found.content_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(asset::CACHE_CONTROL));
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if gzip.is_some() {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
