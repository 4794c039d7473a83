//! What the owner of an account should know: unusual events as sentences at the next login, and by mail where mail is set up.

use std::time::Duration;

use guard::clock::Timestamp;
use guard::message::{Language, Message};
use guard::permission::Role;
use ringfence_guard as guard;
use ringfence_store as store;
use serde_json::json;
use store::repo::NewMail;
use store::tables::UserId;
use store::{Change, WriteTx};

use crate::Refusal;
use crate::mail::Post;

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
    /// The language of the owner.
    pub(crate) language: Language,
    /// What letters are queued with, where mail is set up.
    pub(crate) post: Option<Post>,
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
    ) -> Result<Change<Vec<Message>>, Refusal> {
        let mut changes = Change::none();
        let told = tx.notices().last(self.user, FAILURES)?;
        if failures >= MANY && last.is_some_and(|last| told.is_none_or(|told| last > told)) {
            let details = json!({ "failures": failures }).to_string();
            changes = changes.and(tx.notices().add(self.user, FAILURES, &details)?).map(drop);
            if told.is_none_or(|told| self.at.since(told) >= PAUSE) {
                let what = Message::new("mail-failures-what").with("failures", i64::from(failures));
                changes = changes.and(self.letter(tx, &self.email, "mail-failures-subject", &what)?).map(drop);
            }
        }
        let waiting = tx.notices().unseen(self.user)?;
        let sentences: Vec<Message> = waiting.iter().map(|notice| sentence(&notice.kind, &notice.details, notice.at)).collect();
        if !sentences.is_empty() {
            changes = changes.and(tx.notices().seen(self.user)?).map(drop);
        }
        if new_place {
            // Told at the next login, and now by mail: whoever logs in now knows where from.
            let details = json!({ "client": self.client }).to_string();
            let what = Message::new("mail-new-place-what").with("client", self.client.clone());
            changes = changes.and(self.tell_owner(tx, NEW_PLACE, &details, "mail-new-place-subject", &what)?).map(drop);
        }
        changes = changes.and(self.rule(tx, "mail-rule-in")?).map(drop);
        Ok(changes.map(|()| sentences))
    }

    /// After a failed attempt.
    pub(crate) fn after_failure(&self, tx: &mut WriteTx<'_>) -> Result<Change<()>, Refusal> {
        self.rule(tx, "mail-rule-refused")
    }

    /// A rule wants owner and admins to know, at most once an hour for one account.
    fn rule(&self, tx: &mut WriteTx<'_>, what: &'static str) -> Result<Change<()>, Refusal> {
        let lately = tx.notices().last(self.user, RULE)?.is_some_and(|told| self.at.since(told) < PAUSE);
        if self.rules.is_empty() || lately {
            return Ok(Change::none());
        }
        let details = json!({ "client": self.client, "rules": self.rules }).to_string();
        let mut changes = tx.notices().add(self.user, RULE, &details)?;
        let what = Message::new(what).with("account", self.name.clone()).with("client", self.client.clone());
        let mut recipients = tx.accounts().emails(Role::Admin)?;
        recipients.push(self.email.clone());
        recipients.sort();
        recipients.dedup();
        for recipient in recipients {
            changes = changes.and(self.letter(tx, &recipient, "mail-rule-subject", &what)?).map(drop);
        }
        Ok(changes)
    }

    fn tell_owner(
        &self,
        tx: &mut WriteTx<'_>,
        kind: &'static str,
        details: &str,
        subject: &'static str,
        what: &Message,
    ) -> Result<Change<()>, Refusal> {
        let lately = tx.notices().last(self.user, kind)?.is_some_and(|told| self.at.since(told) < PAUSE);
        let noted = tx.notices().add(self.user, kind, details)?;
        if lately {
            return Ok(noted);
        }
        Ok(noted.and(self.letter(tx, &self.email, subject, what)?).map(drop))
    }

    fn letter(&self, tx: &mut WriteTx<'_>, recipient: &str, subject: &'static str, what: &Message) -> Result<Change<()>, Refusal> {
        let Some(post) = self.post.as_ref().filter(|_| !recipient.is_empty()) else { return Ok(Change::none()) };
        let body = Message::new("mail-notice-body")
            .with("at", self.at.to_string())
            .with("what", what.text(self.language))
            .with("link", self.base_url.clone());
        let subject = Message::new(subject).with("site", self.site.clone()).text(self.language);
        let mail = NewMail { recipient: recipient.to_owned(), subject, body: body.text(self.language) + "\n" };
        Ok(post.queue(tx, &mail)?.map(drop))
    }
}

/// A notice for its owner.
fn sentence(kind: &str, details: &str, at: Timestamp) -> Message {
    let details: serde_json::Value = serde_json::from_str(details).unwrap_or_default();
    let text =
        |key: &str| details.get(key).map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let at = at.to_string();
    match kind {
        FAILURES => Message::new("notice-failures").with("failures", text("failures").parse::<i64>().unwrap_or(0)),
        NEW_PLACE => Message::new("notice-new-place").with("at", at).with("client", text("client")),
        BROWSER_DROPPED => Message::new("notice-browser-dropped").with("at", at),
        RULE => Message::new("notice-rule").with("at", at).with("client", text("client")),
        _ => Message::new("notice-other").with("at", at),
    }
}
