//! Rows named in a path: text that is no row number is a page that does not exist, not a malformed request.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use ringfence_app::App;

use crate::gate::Visitor;
use crate::reply;

/// The row of `/…/{id}`.
pub struct Id(pub i64);

impl FromRequestParts<Arc<App>> for Id {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let text = Path::<String>::from_request_parts(parts, app).await.map(|Path(text)| text).unwrap_or_default();
        if let Some(id) = row(&text) {
            return Ok(Self(id));
        }
        let visitor = Visitor::from_request_parts(parts, app).await.map_err(|status| reply::plain(status, "not behind the gate"))?;
        Err(reply::error(&visitor, StatusCode::NOT_FOUND, None))
    }
}

/// A row number as we write it: digits alone, not zero, no sign.
fn row(text: &str) -> Option<i64> {
    let id = text.parse::<i64>().ok().filter(|id| *id > 0)?;
    (id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn only_plain_numbers_are_rows() {
        assert_eq!(row("17"), Some(17));
        for wrong in ["", "0", "-1", "+1", "01", "1 ", "x", "9223372036854775808"] {
            assert_eq!(row(wrong), None, "{wrong}");
        }
    }
}
