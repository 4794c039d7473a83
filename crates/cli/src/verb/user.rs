//! `ringfence user …`.

use std::io::Read as _;
use std::process::ExitCode;

use ringfence_app::commands::user::{CreateUser, NewAccount};
use ringfence_guard::permission::Role;
use ringfence_guard::secret::Secret;

use super::{Context, Outcome};
use crate::args::{RoleArg, UserVerb};
use crate::{open, out};

/// More than any password.
const MOST: u64 = 64 * 1024;

pub(super) async fn run(context: &Context, verb: UserVerb) -> Outcome {
    let UserVerb::Create { name, role, email, password_stdin: _ } = verb;
    let mut typed = String::new();
    std::io::stdin().take(MOST).read_to_string(&mut typed).map_err(|e| format!("standard input: {e}"))?;
    // The newline that a shell's echo or here-document adds is not part of the password.
    let password = typed.strip_suffix('\n').map_or(typed.as_str(), |t| t.strip_suffix('\r').unwrap_or(t));
    let password_hash = context.app.hash_password(&Secret::new(password.to_owned()), "console").await?;
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
