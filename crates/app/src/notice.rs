//! What the owner of an account should know: unusual events as sentences at the next login, and by mail where mail is set up.

use std::time::Duration;

use guard::clock::Timestamp;
use guard::permission::Role;
use ringfence_guard as guard;
use ringfence_store as store;
use serde_json::json;
use store::repo::NewMail;
use store::tables::UserId;
use store::{Change, WriteTx};

use crate::Refusal;

/// Many failures came before a login.
pub(crate) const FAILURES: &str = "failures";
/// The account was used from a browser and network for the first time.
pub(crate) const NEW_PLACE: &str = "new_place";
/// A known browser failed so often that it is known no more.
pub(crate) const BROWSER_DROPPED: &str = "browser_dropped";
/// A rule of the fence asked for it.
pub(crate) const RULE: &str = "rule";

/// From so many failures on they are worth telling.
const MANY: u32 = 5;

/// At most one letter of a kind about one account in this time.
const PAUSE: Duration = Duration::from_hours(1);

/// What is known of an attempt that may be worth telling.
#[derive(Clone)]
pub(crate) struct Unusual {
    /// Whose account.
    pub(crate) user: UserId,
    /// Its name.
    pub(crate) name: String,
    /// Its address, perhaps empty.
    pub(crate) email: String,
    /// Where from.
    pub(crate) client: String,
    /// When.
    pub(crate) at: Timestamp,
    /// The rules that matched, if one of them wants it told.
    pub(crate) rules: String,
    /// Whether mail is set up.
    pub(crate) mail: bool,
    /// What the installation is called.
    pub(crate) site: String,
    /// Where the installation is reached.
    pub(crate) base_url: String,
}

impl Unusual {
    /// After a login: notes what was unusual about it, and gives what the owner has to be told now, as sentences.
    pub(crate) fn after_login(
        &self,
        tx: &mut WriteTx<'_>,
        failures: u32,
        last: Option<Timestamp>,
        new_place: bool,
    ) -> Result<Change<Vec<String>>, Refusal> {
        let mut changes = Change::none();
        let told = tx.notices().last(self.user, FAILURES)?;
        if failures >= MANY && last.is_some_and(|last| told.is_none_or(|told| last > told)) {
            let details = json!({ "failures": failures }).to_string();
            changes = changes.and(tx.notices().add(self.user, FAILURES, &details)?).map(drop);
            if told.is_none_or(|told| self.at.since(told) >= PAUSE) {
                let text = format!("your account was logged in to after {failures} failed attempts in a row");
                changes = changes
                    .and(self.letter(tx, &self.email, &format!("A login to {} after many failed ones", self.site), &text)?)
                    .map(drop);
            }
        }
        let waiting = tx.notices().unseen(self.user)?;
        let sentences: Vec<String> = waiting.iter().map(|notice| sentence(&notice.kind, &notice.details, notice.at)).collect();
        if !sentences.is_empty() {
            changes = changes.and(tx.notices().seen(self.user)?).map(drop);
        }
        if new_place {
            // Told at the next login, and now by mail: whoever logs in now knows where from.
            let details = json!({ "client": self.client }).to_string();
            let subject = format!("A login to {} from a new place", self.site);
            let text =
                format!("somebody logged in to your account from {}, with a browser and a network that were not used before", self.client);
            changes = changes.and(self.tell_owner(tx, NEW_PLACE, &details, &subject, &text)?).map(drop);
        }
        changes = changes.and(self.rule(tx, "The login succeeded.")?).map(drop);
        Ok(changes.map(|()| sentences))
    }

    /// After a failed attempt.
    pub(crate) fn after_failure(&self, tx: &mut WriteTx<'_>) -> Result<Change<()>, Refusal> {
        self.rule(tx, "The login was refused.")
    }

    /// A rule wants owner and admins to know, at most once an hour for one account.
    fn rule(&self, tx: &mut WriteTx<'_>, outcome: &str) -> Result<Change<()>, Refusal> {
        let lately = tx.notices().last(self.user, RULE)?.is_some_and(|told| self.at.since(told) < PAUSE);
        if self.rules.is_empty() || lately {
            return Ok(Change::none());
        }
        let details = json!({ "client": self.client, "rules": self.rules }).to_string();
        let mut changes = tx.notices().add(self.user, RULE, &details)?;
        let text = format!(
            "a rule of the login fence asked to tell you of an attempt on the account {} from {}. {outcome}",
            self.name, self.client
        );
        let mut recipients = tx.accounts().emails(Role::Admin)?;
        recipients.push(self.email.clone());
        recipients.sort();
        recipients.dedup();
        for recipient in recipients {
            changes = changes.and(self.letter(tx, &recipient, &format!("An attempt to log in to {}", self.site), &text)?).map(drop);
        }
        Ok(changes)
    }

    fn tell_owner(
        &self,
        tx: &mut WriteTx<'_>,
        kind: &'static str,
        details: &str,
        subject: &str,
        text: &str,
    ) -> Result<Change<()>, Refusal> {
        let lately = tx.notices().last(self.user, kind)?.is_some_and(|told| self.at.since(told) < PAUSE);
        let noted = tx.notices().add(self.user, kind, details)?;
        if lately {
            return Ok(noted);
        }
        Ok(noted.and(self.letter(tx, &self.email, subject, text)?).map(drop))
    }

    fn letter(&self, tx: &mut WriteTx<'_>, recipient: &str, subject: &str, what: &str) -> Result<Change<()>, Refusal> {
        if !self.mail || recipient.is_empty() {
            return Ok(Change::none());
        }
        let body = format!(
            "Hello,\n\non {} {what}.\n\nIf that was you, there is nothing to do. If not, change your password and tell an admin:\n{}/\n",
            self.at, self.base_url
        );
        Ok(tx.mails().queue(&NewMail { recipient: recipient.to_owned(), subject: subject.to_owned(), body })?.map(drop))
    }
}

/// A notice for its owner.
fn sentence(kind: &str, details: &str, at: Timestamp) -> String {
    let details: serde_json::Value = serde_json::from_str(details).unwrap_or_default();
    let text =
        |key: &str| details.get(key).map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    match kind {
        FAILURES => format!("{} failed attempts in a row came before this login.", text("failures")),
        NEW_PLACE => format!("On {at} your account was used from a new place: {}.", text("client")),
        BROWSER_DROPPED => format!("On {at} a browser that was known to your account failed so often that it is a stranger now."),
        RULE => format!("On {at} a rule of the fence reported an attempt on your account from {}.", text("client")),
        _ => format!("Something unusual happened to your account on {at}."),
    }
}
