//! Accounts, kept by admins. An admin makes them and says what they may, but never chooses a password, and cannot lock the door behind the last of them.
//!
//! Whatever takes something away from somebody asks for a reason, which the trail keeps.

use std::str::FromStr as _;

use guard::audit::Event;
use guard::message::Message;
use guard::name;
use guard::password::expiry::Expiry;
use guard::permission::{Permission, Role};
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{NewMail, NewUser};
use store::tables::UserId;
use store::tables::account::{User, UserFacts};
use store::{Change, Recorded, StoreError, WriteTx};

use super::lock::reason;
use crate::account::email::EMAIL;
use crate::account::link::Invitation;
use crate::account::password::Hashed;
use crate::limit::{self, Problems};
use crate::mail::Post;
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "user";

/// What an account is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// As the person writes it.
    pub username: String,
    /// Name shown, may be empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// What it may do.
    pub role: Role,
    /// When its password ends.
    pub expiry: Expiry,
    /// Its password, if it has one from the start.
    pub password: Option<Hashed>,
    /// The password was chosen by a configuration.
    pub given: bool,
}

impl NewAccount {
    /// An account without a password.
    #[must_use]
    pub fn new(username: impl Into<String>, email: impl Into<String>, role: Role) -> Self {
        Self {
            username: username.into(),
            display_name: String::new(),
            email: email.into(),
            role,
            expiry: Expiry::Never,
            password: None,
            given: false,
        }
    }
}

/// Makes an account, perhaps with a link for its owner to set a password.
pub struct CreateUser {
    /// What it is made from.
    pub account: NewAccount,
    /// The link.
    pub invitation: Option<Invitation>,
}

impl From<NewAccount> for CreateUser {
    fn from(account: NewAccount) -> Self {
        Self { account, invitation: None }
    }
}

impl Command for CreateUser {
    const NAME: &'static str = "user.create";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = shape::User;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<shape::User>, Refusal> {
        let (change, role) = (insert(tx, &self.account)?, self.account.role);
        let id = *change.value();
        let mut event = Event::new(event::USER_CREATED).on(KIND, id.0, self.account.username.trim()).with("role", role.as_str());
        let change = match &self.invitation {
            Some(invitation) => {
                event = event.with("link", if invitation.is_mailed() { "mailed" } else { "shown" });
                change.and(invitation.put(tx, id)?).map(|(id, ())| id)
            }
            None => change,
        };
        let recorded = tx.record(&event, change)?;
        let user = tx.accounts().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?;
        Ok(recorded.map(|_| user.into()))
    }
}

/// Checks and makes the account; the caller records.
pub(crate) fn insert(tx: &mut WriteTx<'_>, new: &NewAccount) -> Result<Change<UserId>, Refusal> {
    let mut problems = Problems::default();
    let canonical = match name::canonical(&new.username) {
        Ok(canonical) => canonical,
        Err(error) => {
            problems.add("name", error.to_string());
            String::new()
        }
    };
    if canonical.contains('@') {
        problems.say("name", Message::new("user-name-email"));
    }
    let email = email(&new.email).unwrap_or_else(|refusal| {
        problems.take(refusal);
        String::new()
    });
    problems.line("display_name", new.display_name.trim(), limit::NAME);
    problems.done()?;
    if tx.accounts().find_by_name(&canonical)?.is_some() {
        return Err(Refusal::said("name", Message::new("user-exists")));
    }
    free(tx, &email, None)?;
    let facts = UserFacts {
        username: new.username.trim().to_owned(),
        canonical,
        display_name: new.display_name.trim().to_owned(),
        email,
        role: new.role,
        active: true,
        expiry: new.expiry,
        timezone: String::new(),
        language: String::new(),
        theme: "system".into(),
    };
    let password_hash = new.password.as_ref().map(|hashed| hashed.text().to_owned());
    if password_hash.as_deref().is_some_and(|hash| hash.starts_with("$2")) {
        // What comparisons cost follows the imported hashes: every instance reads it with its settings.
        tx.settings().bump()?;
    }
    Ok(tx.accounts().insert(&NewUser { facts, password_hash, password_given: new.given })?)
}

/// An e-mail address as it is kept, or nothing.
pub(crate) fn email(typed: &str) -> Result<String, Refusal> {
    let email = typed.trim().to_lowercase();
    let mut problems = Problems::default();
    problems.line("email", &email, name::MAX_ADDRESS);
    // Read as it is read when a letter is sent to it.
    if !email.is_empty() && lettre::Address::from_str(&email).is_err() {
        problems.say("email", Message::new("email-malformed"));
    }
    problems.done().map(|()| email)
}

/// An address is one account's: it is a name to log in by. Two that come at once meet the index.
fn free(tx: &mut WriteTx<'_>, email: &str, owner: Option<UserId>) -> Result<(), Refusal> {
    match tx.accounts().with_email(email)? {
        Some(other) if Some(other) != owner => Err(Refusal::said("email", Message::new("email-taken"))),
        _ => Ok(()),
    }
}

fn locked(tx: &mut WriteTx<'_>, id: UserId) -> Result<User, Refusal> {
    tx.accounts().lock(id)?.ok_or_else(|| Refusal::missing(KIND, id.0))
}

fn about(event: &'static str, user: &User) -> Event {
    Event::new(event).on(KIND, user.id.0, user.facts.username.as_str())
}

/// The admins, whom nobody changes until the unit ends. Who is none any more since the request began is refused.
fn admins(tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Vec<UserId>, Refusal> {
    let admins = tx.accounts().lock_admins()?;
    if let Some(id) = op.origin.actor.user_id() {
        let actor = tx.accounts().find(UserId(id))?.filter(|actor| actor.facts.active && actor.facts.role == Role::Admin);
        if actor.is_none() {
            return Err(Refusal::Denied { permission: Permission::UserWrite, anonymous: false });
        }
    }
    Ok(admins)
}

/// Nobody takes away from themselves what they could not give back, and one admin who can log in is always left.
fn spare_the_last(admins: &[UserId], op: &OpCtx, user: UserId) -> Result<(), Refusal> {
    if op.origin.actor.user_id() == Some(user.0) {
        return Err(Refusal::Told(Message::new("user-not-yourself")));
    }
    if admins == [user] {
        return Err(Refusal::Told(Message::new("user-last-admin")));
    }
    Ok(())
}

/// Makes a one-time link for somebody to set a password.
pub(crate) struct MakeLink {
    pub(crate) user: UserId,
    pub(crate) invitation: Invitation,
}

impl Command for MakeLink {
    const NAME: &'static str = "user.link";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let user = locked(tx, self.user)?;
        if op.origin.actor.user_id() == Some(user.id.0) {
            // Else whoever finds a session of an admin open would need no password to take the account.
            return Err(Refusal::Told(Message::new("user-link-yourself")));
        }
        if !user.facts.active {
            return Err(Refusal::Told(Message::new("user-inactive-link")));
        }
        let change = self.invitation.put(tx, user.id)?;
        let event = about(event::USER_LINK_CREATED, &user).with("link", if self.invitation.is_mailed() { "mailed" } else { "shown" });
        Ok(tx.record(&event, change)?)
    }
}

/// Changes the facts of an account that take nothing away; made by [`App::update_user`](crate::App::update_user).
pub(crate) struct UpdateUser {
    pub(crate) facts: NewFacts,
    /// What tells the owner that letters go elsewhere, if they do.
    pub(crate) told: Option<(Post, NewMail)>,
    /// Links are mailed: then one's own address is changed where the password is asked for.
    pub(crate) links: bool,
}

/// What an admin wants an account to be.
#[derive(Clone, Debug)]
pub struct NewFacts {
    /// Whose.
    pub user: UserId,
    /// What the form showed; somebody else may have changed it meanwhile.
    pub version: i64,
    /// Name shown, may be empty.
    pub display_name: String,
    /// May be empty.
    pub email: String,
    /// When its password ends.
    pub expiry: Expiry,
}

impl Command for UpdateUser {
    const NAME: &'static str = "user.update";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let new = &self.facts;
        let mut problems = Problems::default();
        let email = email(&new.email).unwrap_or_else(|refusal| {
            problems.take(refusal);
            String::new()
        });
        problems.line("display_name", new.display_name.trim(), limit::NAME);
        let user = locked(tx, new.user)?;
        let own = op.origin.actor.user_id() == Some(user.id.0);
        if own && new.expiry == Expiry::OneTime && user.facts.expiry != Expiry::OneTime {
            problems.say("expiry", Message::new("user-one-time-yourself"));
        }
        let moves = email != user.facts.email;
        if own && moves && self.links {
            problems.say("email", Message::new("user-email-yourself"));
        }
        problems.done()?;
        if user.version != new.version {
            return Err(Refusal::Stale { version: user.version });
        }
        free(tx, &email, Some(user.id))?;
        let facts = UserFacts { display_name: new.display_name.trim().to_owned(), email, expiry: new.expiry, ..user.facts.clone() };
        if facts == user.facts {
            return Ok(tx.unchanged(()));
        }
        let event = about(event::USER_UPDATED, &user);
        let told = match &self.told {
            Some((post, mail)) if moves && mail.recipient == user.facts.email => post.queue(tx, mail)?.map(drop),
            _ => Change::none(),
        };
        let allowed = op.allow(Permission::UserWrite, user)?;
        let change = tx.accounts().update(&allowed, &facts)?;
        Ok(tx.record(&event, change.and(told).map(drop))?)
    }
}

/// Gives an account another role. Its sessions end.
pub struct SetRole {
    /// Whose.
    pub user: UserId,
    /// The new one.
    pub role: Role,
    /// Why, for the trail; needed where it takes something away.
    pub reason: String,
}

impl Command for SetRole {
    const NAME: &'static str = "user.set_role";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let admins = admins(tx, op)?;
        let user = locked(tx, self.user)?;
        if user.facts.role == self.role {
            return Ok(tx.unchanged(()));
        }
        let mut event = about(event::USER_ROLE_CHANGED, &user).with("from", user.facts.role.as_str()).with("to", self.role.as_str());
        if self.role < user.facts.role {
            event = event.with("reason", reason(&self.reason)?);
        }
        if admins.contains(&user.id) || op.origin.actor.user_id() == Some(user.id.0) {
            spare_the_last(&admins, op, user.id)?;
        }
        let facts = UserFacts { role: self.role, ..user.facts.clone() };
        end(tx, op, user, &facts, &event)
    }
}

/// Lets an account log in, or no more. Its sessions end.
pub struct SetActive {
    /// Whose.
    pub user: UserId,
    /// Whether it may log in.
    pub active: bool,
    /// Why, for the trail; needed where it takes something away.
    pub reason: String,
}

impl Command for SetActive {
    const NAME: &'static str = "user.set_active";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let admins = admins(tx, op)?;
        let user = locked(tx, self.user)?;
        if user.facts.active == self.active {
            return Ok(tx.unchanged(()));
        }
        let event = if self.active {
            about(event::USER_ACTIVATED, &user)
        } else {
            let event = about(event::USER_DEACTIVATED, &user).with("reason", reason(&self.reason)?);
            spare_the_last(&admins, op, user.id)?;
            event
        };
        let facts = UserFacts { active: self.active, ..user.facts.clone() };
        end(tx, op, user, &facts, &event)
    }
}

/// Writes the facts of an account whose sessions end with them.
fn end(tx: &mut WriteTx<'_>, op: &OpCtx, user: User, facts: &UserFacts, event: &Event) -> Result<Recorded<()>, Refusal> {
    let id = user.id;
    let allowed = op.allow(Permission::UserWrite, user)?;
    let change = tx.accounts().update(&allowed, facts)?;
    let sessions = tx.sessions().remove_all(id)?;
    Ok(tx.record(event, change.and(sessions).map(drop))?)
}

/// Ends every session of an account.
pub struct EndSessions {
    /// Whose.
    pub user: UserId,
    /// Why, for the trail.
    pub reason: String,
}

impl Command for EndSessions {
    const NAME: &'static str = "user.end_sessions";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = u64;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<u64>, Refusal> {
        let reason = reason(&self.reason)?;
        let user = locked(tx, self.user)?;
        let ended = tx.sessions().remove_all(user.id)?;
        let event = about(event::USER_SESSIONS_ENDED, &user).with("reason", reason).with("sessions", *ended.value());
        // Whoever was in may have asked for another address to come back by.
        let awaited = tx.links().remove(EMAIL, user.id)?.and(tx.accounts().await_email(user.id, "")?);
        Ok(tx.record(&event, ended.and(awaited).map(|(ended, _)| ended))?)
    }
}

/// Removes an account with its sessions and keys; what it did stays in the trail.
pub struct DeleteUser {
    /// Whose.
    pub user: UserId,
    /// Its name again, so that nobody removes another one by mistake.
    pub name: String,
    /// Why, for the trail.
    pub reason: String,
}

impl Command for DeleteUser {
    const NAME: &'static str = "user.delete";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let reason = reason(&self.reason)?;
        let admins = admins(tx, op)?;
        let user = locked(tx, self.user)?;
        if name::canonical(&self.name).ok().as_deref() != Some(user.facts.canonical.as_str()) {
            return Err(Refusal::said("name", Message::new("user-type-name").with("name", user.facts.username.clone())));
        }
        spare_the_last(&admins, op, user.id)?;
        let event = about(event::USER_DELETED, &user).with("role", user.facts.role.as_str()).with("reason", reason);
        let opened = super::lock::open_account(tx, user.id)?;
        let allowed = op.allow(Permission::UserWrite, user)?;
        let removed = tx.accounts().remove(&allowed)?;
        Ok(tx.record(&event, opened.and(removed).map(drop))?)
    }
}
