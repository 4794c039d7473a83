//! A new browser for an account that is closed to strangers: a link that is mailed to the owner makes one browser known. It never logs in.

use std::sync::Arc;
use std::time::Duration;

use guard::audit::{Event, Origin};
use guard::budget::{Account, Rule, account_key, address_buckets};
use guard::login::LoginName;
use guard::session;
use ringfence_guard as guard;
use ringfence_store as store;
use store::Change;
use store::repo::{Charge, NewMail, Peek};

use super::LoginRefusal;
use crate::{App, Refusal, event};

/// What the link is for.
const PURPOSE: &str = "browser";

/// How long a link can be used.
const LINK: Duration = Duration::from_hours(1);

/// Links of one account, or of one name of nobody, in an hour.
const AN_HOUR: Rule = Rule { limit: 3, window: Duration::from_hours(1), lock: Duration::from_hours(1), lock_max: Duration::from_hours(1) };

impl App {
    /// Whether such links can be sent at all.
    #[must_use]
    pub fn sends_browser_links(&self) -> bool {
        self.mail_server().is_some()
    }

    /// Mails the owner of this name a link, if somebody is called that. The answer is the same for everybody, and comes before any mail is sent.
    pub async fn mail_browser_link(self: &Arc<Self>, origin: &Origin, typed: &str) -> Result<(), LoginRefusal> {
        self.refresh_now()?;
        if !self.sends_browser_links() {
            return Err(LoginRefusal::NoMode);
        }
        let name = LoginName::read(typed);
        let found = self.glance(|rx| Ok(rx.accounts().credentials(name.canonical().unwrap_or_default())?))?;
        let account = account_key(match &found {
            Some(found) => Account::User(found.user.id.0),
            None => Account::Unknown(name.tag(&self.keys.unknown_name)),
        });
        let limits = (self.limits)(&self.settings());
        let mut charges = vec![Charge { name: format!("link:{account}"), rule: AN_HOUR }];
        for (bucket, factor) in origin.client.map(address_buckets).unwrap_or_default() {
            charges.push(Charge { name: format!("link:{bucket}"), rule: limits.address.times(factor) });
        }
        let token = session::mint(self.entropy.as_ref());
        let (hash, text) = (token.hash(), letter(self.settings().site_name(), &self.base_url, token.expose()));
        let subject = format!("Make a browser known to {}", self.settings().site_name());
        let owner = found.filter(|found| found.user.facts.active && !found.user.facts.email.is_empty());
        let owner = owner.map(|found| (found.user.id, found.user.facts.username, found.user.facts.email));
        let now = self.now();
        if let Peek::Spent(until) = self.glance(|rx| Ok(rx.budgets().peek(&charges, now)?))? {
            return Err(LoginRefusal::Blocked { until });
        }
        let until = self
            .unit(origin.clone(), move |tx| {
                let bill = match tx.budgets().weigh(&charges, now)? {
                    Ok(bill) => bill,
                    Err(spent) => return Ok(tx.quiet(store::Quiet::FenceCounter, Change::none()).map(|()| Some(spent.until))),
                };
                let _paid = tx.budgets().pay(&bill)?;
                let Some((user, name, email)) = &owner else {
                    return Ok(tx.quiet(store::Quiet::FenceCounter, Change::none()).map(|()| None));
                };
                let link = tx.links().insert(PURPOSE, Some(*user), &hash, now.plus(LINK))?;
                let mail = NewMail { recipient: email.clone(), subject: subject.clone(), body: text.clone() };
                let queued = tx.mails().queue(&mail)?;
                let event = Event::new(event::AUTH_BROWSER_LINK_SENT).on("user", user.0, name.as_str());
                Ok(tx.record(&event, link.and(queued))?.map(|_| None))
            })
            .await?;
        match until {
            Some(until) => Err(LoginRefusal::Blocked { until }),
            None => Ok(()),
        }
    }

    /// Whether such a link can still be used. Looking spends nothing.
    pub fn browser_link_is_open(&self, origin: &Origin, token: &str) -> Result<bool, Refusal> {
        self.glance(|rx| Ok(rx.links().is_open(PURPOSE, &session::hash(token), origin.at)?))
    }

    /// Uses the link up: the browser that gets the token of the answer is known to the account. None when the link cannot be used.
    pub async fn know_browser(self: &Arc<Self>, origin: &Origin, token: &str) -> Result<Option<session::Token>, Refusal> {
        let hash = session::hash(token);
        let token = session::mint(self.entropy.as_ref());
        let device_hash = token.hash();
        let done = self
            .unit(origin.clone(), move |tx| {
                let Some(user) = tx.links().owner(PURPOSE, &hash)? else { return Ok(tx.unchanged(false)) };
                let spent = tx.links().consume(PURPOSE, &hash)?;
                if !*spent.value() {
                    return Ok(tx.unchanged(false));
                }
                let known = tx.known_devices().insert(&device_hash, user)?;
                let name = tx.accounts().find(user)?.map_or_else(String::new, |user| user.facts.username);
                let event = Event::new(event::AUTH_BROWSER_KNOWN).on("user", user.0, name);
                Ok(tx.record(&event, spent.and(known))?.map(|_| true))
            })
            .await?;
        Ok(done.then_some(token))
    }
}

fn letter(site: &str, base_url: &str, token: &str) -> String {
    format!(
        "Hello,\n\nsomebody, probably you, wants to log in to {site} with a browser that is not known to your account. While an account is \
         closed because of failed attempts, only browsers that are known to it go on.\n\nOpen this link in that browser, within an hour. It makes the browser known; it does \
         not log in.\n{base_url}/browser/{token}\n\nIf you did not ask for this, do nothing.\n"
    )
}
