//! The two questions of whoever watches over the process: is it there, can it work.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use ringfence_app::{App, Refusal};

use crate::failure::Failure;

/// The process answers.
pub(crate) async fn health(_app: Arc<App>) -> Result<Response, Failure> {
    Ok("ok\n".into_response())
}

/// The database answers.
pub(crate) async fn ready(app: Arc<App>) -> Result<Response, Failure> {
    let pinged = tokio::task::spawn_blocking(move || app.ping()).await.map_err(|error| Failure::Defect(error.to_string()))?;
    pinged.map_err(Refusal::from)?;
    Ok("ok\n".into_response())
}
