//! `ringfence api-key …`.

use std::process::ExitCode;
use std::time::Duration;

use ringfence_app::commands::api_key::CreateApiKey;
use ringfence_app::queries::api_key::FindUser;
use ringfence_guard::api_key;
use ringfence_guard::permission::Scope;

use super::{Context, Outcome};
use crate::args::{ApiKeyVerb, ScopeArg};
use crate::{open, out};

pub(super) async fn run(context: &Context, verb: ApiKeyVerb) -> Outcome {
    let ApiKeyVerb::Create { owner, name, scope, expires } = verb;
    let op = open::console(&context.app);
    let Some((owner_id, _)) = context.app.ask(&op, FindUser(&owner)).await? else {
        return Err(format!("there is no user {owner:?}: make one with `ringfence user create`").into());
    };
    let expires_at = expires.as_deref().map(span).transpose()?.map(|span| op.now().plus(span));
    let scope = match scope {
        ScopeArg::Read => Scope::Read,
        ScopeArg::Write => Scope::Write,
        ScopeArg::Admin => Scope::Admin,
    };
    let (text, display, hash) = api_key::mint(context.app.entropy().as_ref());
    let id = context.app.run(&op, CreateApiKey { hash, display, name, owner: owner_id, scope, expires_at }).await?;
    if context.json {
        out::line(serde_json::json!({ "id": id, "key": text.expose() }));
    } else {
        out::line(text.expose());
    }
    Ok(ExitCode::SUCCESS)
}

/// `90d`, `12h`, `30m`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("--expires: {text:?} must look like 90d, 12h or 30m");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        _ => return Err(wrong()),
    };
    if number == 0 || number > 36_500 {
        return Err(wrong());
    }
    Ok(Duration::from_secs(number * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        assert_eq!(span("90d").unwrap(), Duration::from_hours(90 * 24));
        for wrong in ["", "d", "0d", "90", "-1d", "9x", "ü"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
