//! The first admin: a one-time link from the console, and the account that it makes. There is no default account.

use std::time::Duration;

use guard::audit::Event;
use guard::clock::Timestamp;
use guard::permission::{Permission, Role};
use guard::session;
use ringfence_guard as guard;
use ringfence_store as store;
use store::{Change, Recorded, WriteTx};

use super::user::{self, NewAccount};
use crate::{App, Command, OpCtx, Refusal, event};

/// What the link is for.
pub(crate) const PURPOSE: &str = "setup";
/// How long a link can be used.
pub const LINK: Duration = Duration::from_hours(1);

impl App {
    /// Whether there is any account.
    pub fn has_accounts(&self) -> Result<bool, Refusal> {
        self.glance(|rx| Ok(rx.accounts().exist()?))
    }

    /// Whether a setup link can still be used. Looking spends nothing.
    pub fn setup_is_open(&self, token: &str, now: Timestamp) -> Result<bool, Refusal> {
        self.refresh_now()?;
        self.glance(|rx| Ok(rx.links().is_open(PURPOSE, &session::hash(token), now)? && rx.accounts().active_admins()? == 0))
    }
}

/// Makes the first account of an installation that nobody sets up by hand; false when there is one already.
pub struct Bootstrap(pub NewAccount);

impl Command for Bootstrap {
    const NAME: &'static str = "setup.bootstrap";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = bool;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<bool>, Refusal> {
        if tx.accounts().exist()? {
            return Ok(tx.unchanged(false));
        }
        let change = user::insert(tx, &self.0)?;
        let id = *change.value();
        let event = Event::new(event::SETUP_COMPLETED).on("user", id.0, self.0.username.trim()).with("by", "configuration");
        Ok(tx.record(&event, change)?.map(|_| true))
    }
}

/// Makes a setup link while no admin exists; an earlier one dies.
pub struct CreateSetupLink {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
}

impl Command for CreateSetupLink {
    const NAME: &'static str = "setup.create_link";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        refuse_when_done(tx)?;
        let change = tx.links().insert(PURPOSE, None, &self.token_hash, op.now().plus(LINK))?;
        Ok(tx.record(&Event::new(event::SETUP_LINK_CREATED), change)?)
    }
}

fn refuse_when_done(tx: &mut WriteTx<'_>) -> Result<(), Refusal> {
    if tx.accounts().active_admins()? > 0 {
        return Err(Refusal::Conflict("an admin exists already: log in, or ask that admin".into()));
    }
    Ok(())
}

/// Makes the first admin; the token is used up.
pub struct CompleteSetup {
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// Name, e-mail and password hash; the role is admin.
    pub account: NewAccount,
}

impl Command for CompleteSetup {
    const NAME: &'static str = "setup.complete";
    const PERMISSION: Option<Permission> = None;
    type Output = i64;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<i64>, Refusal> {
        refuse_when_done(tx)?;
        let used = tx.links().consume(PURPOSE, &self.token_hash)?;
        if !*used.value() {
            return Err(Refusal::Conflict("this link was used or has expired: print a new one with `ringfence setup`".into()));
        }
        let account = NewAccount { role: Role::Admin, ..self.account.clone() };
        let change = user::insert(tx, &account)?;
        let id = *change.value();
        let event = Event::new(event::SETUP_COMPLETED).on("user", id.0, account.username.trim());
        let change: Change<(bool, store::tables::UserId)> = used.and(change);
        Ok(tx.record(&event, change)?.map(|(_, id)| id.0))
    }
}
