//! `ringfence user …`.

use std::process::ExitCode;

use ringfence_app::commands::lock::UnlockUser;
use ringfence_app::commands::user::{CreateUser, NewAccount};
use ringfence_guard::permission::Role;
use ringfence_guard::secret::Secret;

use super::{Context, Outcome};
use crate::args::{RoleArg, UserVerb};
use crate::{open, out};

pub(super) async fn run(context: &Context, verb: UserVerb) -> Outcome {
    let (name, role, email) = match verb {
        UserVerb::Create { name, role, email, password_stdin: _ } => (name, role, email),
        UserVerb::Unlock { name, reason } => return unlock(context, name, reason).await,
    };
    let password = super::typed()?;
    let password_hash = context.app.hash_password(&Secret::new(password), "console").await?;
    let role = match role {
        RoleArg::Viewer => Role::Viewer,
        RoleArg::Operator => Role::Operator,
        RoleArg::Admin => Role::Admin,
    };
    let account = NewAccount { username: name, email, role, password_hash };
    let user = context.app.run(&open::console(&context.app), CreateUser(account)).await?;
    if context.json {
        out::line(serde_json::to_string(&user)?);
    } else {
        out::line(format!("user {} ({}) made", user.username, user.role));
    }
    Ok(ExitCode::SUCCESS)
}

async fn unlock(context: &Context, name: String, reason: String) -> Outcome {
    let shown = name.clone();
    let held = context.app.run(&open::console(&context.app), UnlockUser { name, reason }).await?;
    let text = if held { format!("{shown} is open again") } else { format!("nothing held {shown}") };
    if context.json {
        out::line(serde_json::json!({ "name": shown, "unlocked": held }));
    } else {
        out::line(text);
    }
    Ok(ExitCode::SUCCESS)
}
