//! `ringfence setup`: a fresh one-time link for the first admin.

use std::process::ExitCode;
use std::sync::Arc;

use ringfence_app::commands::setup::CreateSetupLink;
use ringfence_app::{App, Refusal};
use ringfence_guard::session;

use super::{Context, Outcome};
use crate::config::Config;
use crate::{open, out};

pub(super) async fn run(context: &Context) -> Outcome {
    let link = link(&context.app, &base(&context.config)).await?;
    if context.json {
        out::line(serde_json::json!({ "url": link, "expires_in_seconds": 3600 }));
    } else {
        out::line(link);
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a link that works once, for an hour; earlier ones die.
pub(crate) async fn link(app: &Arc<App>, base: &str) -> Result<String, Refusal> {
    let token = session::mint(app.entropy().as_ref());
    app.run(&open::console(app), CreateSetupLink { token_hash: token.hash() }).await?;
    Ok(format!("{base}/setup/{}", token.expose()))
}

/// The address people use, as far as it is known.
fn base(config: &Config) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("https://localhost:{}", config.listen.port()))
}
