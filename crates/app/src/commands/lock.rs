//! Opening what is locked: an account for its owner, or one lock of an address or a name.

use guard::audit::Event;
use guard::budget::{Account, account_key, browser_key};
use guard::message::Message;
use guard::name;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store::tables::UserId;
use ringfence_store::{Change, Recorded, WriteTx};

use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event};

/// Opens an account for everybody who knows its password: its budgets, counts and blocks are gone.
pub struct UnlockUser {
    /// The login name.
    pub name: String,
    /// Why, for the trail.
    pub reason: String,
}

impl Command for UnlockUser {
    const NAME: &'static str = "user.unlock";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = bool;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<bool>, Refusal> {
        let reason = reason(&self.reason)?;
        let canonical = name::canonical(&self.name).map_err(|e| Refusal::invalid("name", e.to_string()))?;
        let found = tx.accounts().find_by_name(&canonical)?;
        let user = found.ok_or_else(|| Refusal::invalid("name", "there is no account of that name: see the list of users"))?;
        let change = open_account(tx, user.id)?;
        let event = Event::new(event::USER_UNLOCKED).on("user", user.id.0, user.facts.username.as_str()).with("reason", reason);
        Ok(tx.record(&event, change)?)
    }
}

/// Opens one lock, named as the list of locks names it: a budget or the subject of a block.
pub struct LiftLock {
    /// Its key.
    pub subject: String,
    /// Why, for the trail.
    pub reason: String,
}

impl Command for LiftLock {
    const NAME: &'static str = "lock.lift";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = bool;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<bool>, Refusal> {
        let reason = reason(&self.reason)?;
        if let Some(id) = self.subject.strip_prefix("user:").and_then(|id| id.parse().ok()) {
            let id = UserId(id);
            let label = tx.accounts().find(id)?.map_or_else(String::new, |user| user.facts.username);
            let change = open_account(tx, id)?;
            let event = Event::new(event::USER_UNLOCKED).on("user", id.0, label).with("reason", reason);
            return Ok(tx.record(&event, change)?);
        }
        let change = open(tx, &self.subject)?;
        tx.settings().bump()?;
        // A name of nobody stays a keyed hash also here.
        let event = Event::new(event::AUTH_LOCK_LIFTED).with("subject", self.subject.clone()).with("reason", reason);
        Ok(tx.record(&event, change)?)
    }
}

pub(super) fn reason(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let mut problems = Problems::default();
    if text.is_empty() {
        problems.say("reason", Message::new("reason-empty"));
    }
    problems.line("reason", text, limit::NAME);
    problems.done()?;
    Ok(text.to_owned())
}

pub(super) fn open_account(tx: &mut WriteTx<'_>, user: UserId) -> Result<Change<bool>, Refusal> {
    let mut opened = open(tx, &account_key(Account::User(user.0)))?;
    for hash in tx.known_devices().of(user)? {
        let browser = open(tx, &browser_key(&hash))?;
        opened = opened.and(browser).map(|(one, other)| one || other);
    }
    Ok(opened)
}

/// Removes budget, count and blocks of one key; gives whether there was anything.
fn open(tx: &mut WriteTx<'_>, key: &str) -> Result<Change<bool>, Refusal> {
    let held = tx.budgets().find(key)?.is_some();
    tx.budgets().clear(key)?;
    let forgotten = tx.login_audits().forget(key)?;
    let lifted = tx.blocks().lift(key, None)?;
    Ok(forgotten.and(lifted).map(|(names, blocks)| held || names + blocks > 0))
}
