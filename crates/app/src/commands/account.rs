//! One's own account: what it shows, how it is shown, and its sessions.

use guard::audit::Event;
use guard::message::{Language, Message};
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::tables::account::{User, UserFacts};
use store::tables::{SessionId, UserId};
use store::{Recorded, WriteTx};

use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event, setting};

const KIND: &str = "user";

/// The words for colours.
pub const THEMES: &[&str] = &["light", "dark", "system"];

/// What a person sets on the own account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveProfile {
    /// Name shown, may be empty.
    pub display_name: String,
    /// IANA name, empty for the installation's.
    pub timezone: String,
    /// BCP 47 tag, empty for what the browser asks for.
    pub language: String,
    /// `light`, `dark` or `system`.
    pub theme: String,
}

/// The account of whoever asks.
fn own(tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<User, Refusal> {
    let nobody = || Refusal::Denied { permission: Permission::SelfRead, anonymous: true };
    let id = op.origin.actor.user_id().map(UserId).ok_or_else(nobody)?;
    tx.accounts().lock(id)?.ok_or_else(nobody)
}

impl Command for SaveProfile {
    const NAME: &'static str = "account.save";
    const PERMISSION: Option<Permission> = Some(Permission::SelfRead);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let mut problems = Problems::default();
        let display_name = self.display_name.trim();
        problems.line("display_name", display_name, limit::NAME);
        let zone = setting::zone::find(&self.timezone).and_then(|zone| zone.iana_name().map(str::to_owned));
        if !self.timezone.is_empty() && zone.is_none() {
            problems.say("timezone", Message::new("profile-no-zone"));
        }
        if !self.language.is_empty() && Language::parse(&self.language).is_none() {
            problems.say("language", Message::new("profile-no-language"));
        }
        if !THEMES.contains(&self.theme.as_str()) {
            problems.add("theme", "must be light, dark or system");
        }
        problems.done()?;
        let user = own(tx, op)?;
        let facts = UserFacts {
            display_name: display_name.to_owned(),
            timezone: zone.unwrap_or_default(),
            language: Language::parse(&self.language).map_or_else(String::new, |language| language.tag().to_owned()),
            theme: self.theme.clone(),
            ..user.facts.clone()
        };
        if facts == user.facts {
            return Ok(tx.unchanged(()));
        }
        let event = Event::new(event::USER_PROFILE_UPDATED).on(KIND, user.id.0, user.facts.username.as_str());
        let allowed = op.allow(Permission::SelfRead, user)?;
        let change = tx.accounts().update(&allowed, &facts)?;
        Ok(tx.record(&event, change)?)
    }
}

/// Ends one session of one's own.
pub struct EndSession(pub SessionId);

impl Command for EndSession {
    const NAME: &'static str = "session.end";
    const PERMISSION: Option<Permission> = Some(Permission::SelfRead);
    type Output = bool;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<bool>, Refusal> {
        let user = own(tx, op)?;
        let ended = tx.sessions().remove_of(user.id, self.0)?;
        if !*ended.value() {
            return Ok(tx.unchanged(false));
        }
        let event = Event::new(event::SESSION_ENDED).on(KIND, user.id.0, user.facts.username).with("session", self.0.0);
        Ok(tx.record(&event, ended)?)
    }
}

/// Ends every session of one's own but this one.
pub struct EndOtherSessions {
    /// The one that stays.
    pub kept: SessionId,
}

impl Command for EndOtherSessions {
    const NAME: &'static str = "session.end_others";
    const PERMISSION: Option<Permission> = Some(Permission::SelfRead);
    type Output = u64;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<u64>, Refusal> {
        let user = own(tx, op)?;
        let ended = tx.sessions().remove_others(user.id, self.kept)?;
        if *ended.value() == 0 {
            return Ok(tx.unchanged(0));
        }
        let event = Event::new(event::SESSION_ENDED).on(KIND, user.id.0, user.facts.username).with("sessions", *ended.value());
        Ok(tx.record(&event, ended)?)
    }
}
