//! `ringfence user …`.

use std::process::ExitCode;

use ringfence_app::account::link::{Made, Sending};
use ringfence_app::account::password::{Hashed, Owner};
use ringfence_app::commands::lock::UnlockUser;
use ringfence_app::commands::user::{CreateUser, NewAccount};
use ringfence_app::queries::Paging;
use ringfence_app::queries::api_key::FindUser;
use ringfence_app::queries::user::{ListUsers, after};
use ringfence_guard::password::Import;
use ringfence_guard::password::expiry::Expiry;
use ringfence_guard::permission::Role;
use ringfence_guard::secret::Secret;

use super::{Context, Outcome};
use crate::args::{ExpiryArg, RoleArg, UserVerb};
use crate::{open, out};

/// Where the password of a new account comes from.
enum From {
    Owner,
    Typed,
    Hash,
}

pub(super) async fn run(context: &Context, verb: UserVerb) -> Outcome {
    match verb {
        UserVerb::Create { name, role, email, expiry, link, password_stdin: _, hash_stdin } => {
            let role = match role {
                RoleArg::Viewer => Role::Viewer,
                RoleArg::Operator => Role::Operator,
                RoleArg::Admin => Role::Admin,
            };
            let expiry = match expiry {
                ExpiryArg::Never => Expiry::Never,
                ExpiryArg::Can => Expiry::Can,
                ExpiryArg::Forced => Expiry::Forced,
                ExpiryArg::OneTime => Expiry::OneTime,
            };
            let from = match (link, hash_stdin) {
                (true, _) => From::Owner,
                (false, true) => From::Hash,
                (false, false) => From::Typed,
            };
            create(context, NewAccount { expiry, ..NewAccount::new(name, email, role) }, from).await
        }
        UserVerb::Link { name } => {
            let url = link(context, &name).await?;
            said(context, &serde_json::json!({ "name": name, "url": url, "expires_in_seconds": 86_400 }), &url);
            Ok(ExitCode::SUCCESS)
        }
        UserVerb::List => list(context).await,
        UserVerb::Unlock { name, reason } => unlock(context, name, reason).await,
    }
}

async fn create(context: &Context, account: NewAccount, from: From) -> Outcome {
    let app = &context.app;
    let password = match from {
        From::Owner => None,
        From::Typed => {
            let owner = Owner { username: account.username.clone(), email: account.email.clone() };
            Some(app.first_password(owner, &Secret::new(super::typed()?), "console").await?)
        }
        From::Hash => Some(Hashed::imported(&Import::parse(super::typed()?.trim()).map_err(|e| format!("the hash {e}"))?)),
    };
    let user = app.run(&open::console(app), CreateUser::from(NewAccount { password, ..account })).await?;
    let made = format!("user {} ({}) made", user.username, user.role);
    match from {
        From::Owner => {
            let url = link(context, &user.username).await?;
            let mut json = serde_json::to_value(&user)?;
            if let Some(object) = json.as_object_mut() {
                object.insert("url".to_owned(), url.clone().into());
            }
            said(context, &json, &format!("{made}; the link to set a password, good for a day:\n{url}"));
        }
        From::Typed | From::Hash => said(context, &serde_json::to_value(&user)?, &made),
    }
    Ok(ExitCode::SUCCESS)
}

fn said(context: &Context, json: &serde_json::Value, text: &str) {
    if context.json { out::line(json) } else { out::line(text) }
}

async fn link(context: &Context, name: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let op = open::console(&context.app);
    let (id, _) = context.app.ask(&op, FindUser(name)).await?.ok_or_else(|| format!("there is no account named {name}"))?;
    match context.app.link_for(&op, id, Sending::Show).await? {
        Made::Shown(url) => Ok(url.expose().clone()),
        Made::Mailed(_) => Err("the link was mailed".into()),
    }
}

async fn list(context: &Context) -> Outcome {
    let mut paging = Paging { limit: Some(1_000), cursor: None };
    let mut all = Vec::new();
    loop {
        let window = context.app.ask(&open::console(&context.app), ListUsers(paging.clone())).await?;
        paging.cursor = after(&window);
        all.extend(window.rows);
        if paging.cursor.is_none() {
            break;
        }
    }
    if context.json {
        let rows: Vec<_> = all.into_iter().map(|row| ringfence_app::shape::User::from(row.user)).collect();
        out::line(serde_json::to_string(&rows)?);
        return Ok(ExitCode::SUCCESS);
    }
    for row in all {
        let facts = &row.user.facts;
        let state = match (facts.active, row.user.password_changed_at.is_some()) {
            (false, _) => ", inactive",
            (true, false) => ", has set no password",
            (true, true) => "",
        };
        let locked = row.locked_until.map_or_else(String::new, |until| format!(", locked until {until}"));
        out::line(format!("{} ({}{state}{locked})", facts.username, facts.role));
    }
    Ok(ExitCode::SUCCESS)
}

async fn unlock(context: &Context, name: String, reason: String) -> Outcome {
    let shown = name.clone();
    let held = context.app.run(&open::console(&context.app), UnlockUser { name, reason }).await?;
    let text = if held { format!("{shown} is open again") } else { format!("nothing held {shown}") };
    said(context, &serde_json::json!({ "name": shown, "unlocked": held }), &text);
    Ok(ExitCode::SUCCESS)
}
