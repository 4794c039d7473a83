//! Logins with a password, against the bare hash.

use ringfence_kit::{World, block_on, hidden_field};

use super::Fixed;
use super::page::cookies;
use crate::Fallible;
use crate::stage::Stage;
use crate::table::{Goal, Row};

/// The budgets count attempts that are under way: so many clients are not an attack here.
const BUDGETS: [&str; 2] = ["security.login_max_attempts", "security.account_lockout_max_attempts"];

/// Right passwords of one account.
pub(super) fn login(stage: &mut Stage) -> Fallible<Vec<Row>> {
    for budget in BUDGETS {
        stage.server.cli(&["setting", "set", budget, "1000"], "").success();
    }
    let form = block_on(stage.server.anon().get("/login")).expect(200);
    let csrf = hidden_field(&form.body, "csrf").ok_or("the login page has no field `csrf`")?;
    let body = format!("csrf={csrf}&name=admin&password={}", World::PASSWORD);
    let (host, cookies, length) = (stage.target.host(), cookies(&form), body.len());
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookies}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    // Half as many clients as one address may have in the queue.
    let players = (0..stage.plan.clients.min(8)).map(|_| Fixed::new(vec![request.clone().into_bytes()], 303)).collect();
    let (measured, _) = stage.drive(players, stage.plan.span)?;
    Ok(vec![Row::rate("password logins (8 clients)", &measured, Some(stage.limits.argon2), Goal::Share(0.8))])
}
