//! One-time links that are mailed to the owner of an account, or made by an admin. A link is 256 bits, kept as a hash, good once and for a while; a newer
//! one of its kind ends it. None of them logs in.
//!
//! Whoever asks for a letter is answered before anything depends on whether somebody is called that: what it costs is paid in one unit of work, alike
//! for everybody, and the rest happens when the answer is on its way.

use std::sync::Arc;
use std::time::Duration;

use guard::audit::{Event, Origin};
use guard::budget::{Account, Rule, account_key, address_buckets};
use guard::login::LoginName;
use guard::login::mode::Mode;
use guard::message::{Language, Message};
use guard::permission::Permission;
use guard::secret::SecretText;
use guard::session;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{Charge, NewMail};
use store::tables::UserId;
use store::tables::account::User;
use store::{Change, WriteTx};

use crate::commands::user::{CreateUser, MakeLink, NewAccount};
use crate::login::LoginRefusal;
use crate::{App, OpCtx, Refusal, event};

/// To make a browser known.
const BROWSER: &str = "browser";
/// To set a password, asked for by whoever has forgotten it.
pub(crate) const RESET: &str = "reset";
/// To set a password, made by an admin.
pub(crate) const INVITE: &str = "invite";

/// How long a link can be used that its owner asked for.
pub(crate) const HOUR: Duration = Duration::from_hours(1);
/// How long a link can be used that an admin made.
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// By then an answer has left.
const AFTER_THE_ANSWER: Duration = Duration::from_millis(100);

/// Letters to one account, and questions for one name, in an hour.
const AN_HOUR: Rule = Rule { limit: 3, window: HOUR, lock: HOUR, lock_max: HOUR };

/// What somebody who is not logged in asks a letter for.
struct Errand {
    purpose: &'static str,
    event: &'static str,
    page: &'static str,
    subject: &'static str,
    body: &'static str,
}

static KNOW_BROWSER: Errand = Errand {
    purpose: BROWSER,
    event: event::AUTH_BROWSER_LINK_SENT,
    page: "browser",
    subject: "mail-browser-subject",
    body: "mail-browser-body",
};
static RESET_PASSWORD: Errand =
    Errand { purpose: RESET, event: event::USER_RESET_SENT, page: "reset", subject: "mail-reset-subject", body: "mail-reset-body" };

/// How a link that an admin makes gets to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// By mail.
    Mail,
    /// By whoever made it.
    Show,
}

/// A link that an admin made.
pub enum Made {
    /// It is on its way to this address.
    Mailed(String),
    /// To be handed over: shown this once.
    Shown(SecretText),
}

/// The language of a person who is written to.
pub(crate) fn language_of(user: &User) -> Language {
    Language::parse(&user.facts.language).unwrap_or_default()
}

/// Who is written to.
pub(crate) struct Addressee {
    username: String,
    shown: String,
    email: String,
    language: Language,
    /// What the installation is called.
    site: String,
}

impl Addressee {
    fn new(site: &str, user: &User) -> Self {
        Self {
            username: user.facts.username.clone(),
            shown: user.shown_name().to_owned(),
            email: user.facts.email.clone(),
            language: language_of(user),
            site: site.to_owned(),
        }
    }

    /// Somebody whose account is about to be made.
    fn of(site: &str, account: &NewAccount, email: &str) -> Self {
        let username = account.username.trim().to_owned();
        let shown = if account.display_name.trim().is_empty() { username.clone() } else { account.display_name.trim().to_owned() };
        Self { username, shown, email: email.to_owned(), language: Language::ENGLISH, site: site.to_owned() }
    }

    /// A letter in the language of its reader.
    fn letter(&self, subject: &'static str, body: Message) -> NewMail {
        let subject = Message::new(subject).with("site", self.site.clone()).text(self.language);
        let body = body.with("name", self.shown.clone()).with("site", self.site.clone()).text(self.language) + "\n";
        NewMail { recipient: self.email.clone(), subject, body }
    }
}

impl App {
    /// A letter to somebody who has an account, perhaps to another address of theirs.
    pub(super) fn letter(&self, user: &User, recipient: &str, subject: &'static str, body: Message) -> NewMail {
        let to = Addressee::new(self.settings().site_name(), user);
        // To an address that nobody has answered from yet goes no text that the account chose: the name shown could be one.
        let shown = if recipient == user.facts.email { to.shown } else { to.username.clone() };
        Addressee { email: recipient.to_owned(), shown, ..to }.letter(subject, body)
    }

    /// Whether links can be mailed at all: there is a mail server, and the address that links begin with was given.
    #[must_use]
    pub fn sends_links(&self) -> bool {
        self.base_url_given && self.mail_server().is_some()
    }

    /// Whether whoever has forgotten a password can ask for a letter.
    #[must_use]
    pub fn resets_passwords(&self) -> bool {
        self.sends_links() && self.settings().modes().contains(&Mode::Form)
    }

    /// Mails the owner of this name a link that makes one browser known, if somebody is called that. The answer is the same for everybody.
    pub async fn mail_browser_link(self: &Arc<Self>, origin: &Origin, typed: &str) -> Result<(), LoginRefusal> {
        self.refresh_now()?;
        if !self.sends_links() {
            return Err(LoginRefusal::NoMode);
        }
        self.mail_link(origin, typed, &KNOW_BROWSER).await
    }

    /// Mails the owner of this name, or of this address, a link to set a password, if there is one. The answer is the same for everybody.
    pub async fn mail_reset_link(self: &Arc<Self>, origin: &Origin, typed: &str) -> Result<(), LoginRefusal> {
        self.refresh_now()?;
        if !self.resets_passwords() {
            return Err(LoginRefusal::NoMode);
        }
        self.mail_link(origin, typed, &RESET_PASSWORD).await
    }

    async fn mail_link(self: &Arc<Self>, origin: &Origin, typed: &str, errand: &'static Errand) -> Result<(), LoginRefusal> {
        let name = LoginName::read(typed);
        let found = self.glance(|rx| Ok(rx.accounts().credentials(name.canonical().unwrap_or_default())?))?;
        // By what was typed, whether somebody is called that or not: an account that has two names would tell that both are its own.
        let typed = account_key(Account::Unknown(name.tag(&self.keys.unknown_name)));
        let limits = (self.limits)(&self.settings());
        let mut charges = vec![Charge { name: format!("link:{}:{typed}", errand.purpose), rule: AN_HOUR }];
        for (bucket, factor) in origin.client.map(address_buckets).unwrap_or_default() {
            charges.push(Charge { name: format!("link:{bucket}"), rule: limits.address.times(factor) });
        }
        let now = self.now();
        let spent = self
            .unit(origin.clone(), move |tx| {
                let bill = match tx.budgets().weigh(&charges, now)? {
                    Ok(bill) => bill,
                    Err(spent) => return Ok(tx.quiet(store::Quiet::FenceCounter, Change::none()).map(|()| Some(spent.until))),
                };
                let _paid = tx.budgets().pay(&bill)?;
                Ok(tx.quiet(store::Quiet::FenceCounter, Change::none()).map(|()| None))
            })
            .await?;
        if let Some(until) = spent {
            return Err(LoginRefusal::Blocked { until });
        }
        let owner = found.map(|found| found.user).filter(|user| user.facts.active && !user.facts.email.is_empty());
        let (app, origin) = (Arc::clone(self), origin.clone());
        // Not waited for: how long it takes tells whether there is somebody. Nor while the answer is on its way: what takes a core then tells too.
        tokio::spawn(async move {
            tokio::time::sleep(AFTER_THE_ANSWER).await;
            if let Some(owner) = owner
                && let Err(refusal) = app.send_link(&origin, &owner, errand).await
            {
                tracing::error!(error = %refusal.cause(), "a link that somebody asked for could not be written down");
            }
        });
        Ok(())
    }

    async fn send_link(self: &Arc<Self>, origin: &Origin, owner: &User, errand: &'static Errand) -> Result<(), Refusal> {
        let token = session::mint(self.entropy.as_ref());
        let link = format!("{}/{}/{}", self.base_url, errand.page, token.expose());
        let mail = self.letter(owner, &owner.facts.email, errand.subject, Message::new(errand.body).with("link", link));
        let (hash, user, name, post) = (token.hash(), owner.id, owner.facts.username.clone(), self.post.clone());
        let until = self.now().plus(HOUR);
        let letters = [letter_charge(errand.purpose, user)];
        let now = self.now();
        self.unit(origin.clone(), move |tx| {
            // Who is asked for by several names gets no more letters for that, and whoever asks is not told.
            let Ok(bill) = tx.budgets().weigh(&letters, now)? else { return Ok(tx.unchanged(())) };
            let _paid = tx.budgets().pay(&bill)?;
            let link = put(tx, errand.purpose, user, &hash, until)?;
            let queued = post.queue(tx, &mail)?;
            let event = Event::new(errand.event).on("user", user.0, name.as_str());
            Ok(tx.record(&event, link.and(queued))?.map(drop))
        })
        .await
    }

    /// Whether such a link can still be used. Looking spends nothing.
    pub fn browser_link_is_open(&self, origin: &Origin, token: &str) -> Result<bool, Refusal> {
        self.glance(|rx| Ok(rx.links().is_open(BROWSER, &session::hash(token), origin.at)?))
    }

    /// Uses the link up: the browser that gets the token of the answer is known to the account. None when the link cannot be used.
    pub async fn know_browser(self: &Arc<Self>, origin: &Origin, token: &str) -> Result<Option<session::Token>, Refusal> {
        let hash = session::hash(token);
        let token = session::mint(self.entropy.as_ref());
        let device_hash = token.hash();
        let done = self
            .unit(origin.clone(), move |tx| {
                let Some(user) = tx.links().owner(BROWSER, &hash)? else { return Ok(tx.unchanged(false)) };
                let spent = tx.links().consume(BROWSER, &hash)?;
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

    /// Makes a link to set a password for somebody else, and mails or shows it.
    pub async fn link_for(self: &Arc<Self>, op: &OpCtx, user: UserId, sending: Sending) -> Result<Made, Refusal> {
        self.admit(op, "user.link", Permission::UserWrite).await?;
        self.refresh_now()?;
        let found = self.glance(|rx| Ok(rx.accounts().find(user)?))?.ok_or_else(|| Refusal::missing("user", user.0))?;
        let (url, invitation) = self.invitation(&Addressee::new(self.settings().site_name(), &found), sending)?;
        self.run(op, MakeLink { user, invitation }).await?;
        Ok(match sending {
            Sending::Mail => Made::Mailed(found.facts.email),
            Sending::Show => Made::Shown(url),
        })
    }

    /// Makes an account without a password, and a link for its owner to set one.
    pub async fn invite(self: &Arc<Self>, op: &OpCtx, account: NewAccount, sending: Sending) -> Result<Made, Refusal> {
        self.admit(op, "user.create", Permission::UserWrite).await?;
        self.refresh_now()?;
        let email = crate::commands::user::email(&account.email)?;
        let (url, invitation) = self.invitation(&Addressee::of(self.settings().site_name(), &account, &email), sending)?;
        self.run(op, CreateUser { account, invitation: Some(invitation) }).await?;
        Ok(match sending {
            Sending::Mail => Made::Mailed(email),
            Sending::Show => Made::Shown(url),
        })
    }

    /// A link to set a password, and the letter around it.
    fn invitation(&self, to: &Addressee, sending: Sending) -> Result<(SecretText, Invitation), Refusal> {
        let token = session::mint(self.entropy.as_ref());
        let url = format!("{}/reset/{}", self.base_url, token.expose());
        let mail = match sending {
            Sending::Show => None,
            Sending::Mail if !self.sends_links() => return Err(Refusal::Told(Message::new("link-no-mail"))),
            Sending::Mail if to.email.is_empty() => return Err(Refusal::Told(Message::new("link-no-address"))),
            Sending::Mail => {
                let body = Message::new("mail-invite-body").with("link", url.clone()).with("login", to.username.clone());
                Some(to.letter("mail-invite-subject", body))
            }
        };
        Ok((SecretText::new(url), Invitation { hash: token.hash(), mail, post: self.post.clone() }))
    }
}

/// A link for somebody else, drawn before the unit of work that makes it count.
pub struct Invitation {
    hash: [u8; 32],
    mail: Option<NewMail>,
    post: crate::mail::Post,
}

impl Invitation {
    /// Makes it count for that account.
    pub(crate) fn put(&self, tx: &mut WriteTx<'_>, user: UserId) -> Result<Change<()>, Refusal> {
        let until = tx.origin().at.plus(DAY);
        let link = put(tx, INVITE, user, &self.hash, until)?;
        match &self.mail {
            Some(mail) => Ok(link.and(self.post.queue(tx, mail)?).map(drop)),
            None => Ok(link),
        }
    }

    /// Whether it is mailed.
    pub(crate) const fn is_mailed(&self) -> bool {
        self.mail.is_some()
    }
}

/// What a letter of one kind costs an account.
pub(super) fn letter_charge(purpose: &str, user: UserId) -> Charge {
    Charge { name: format!("letter:{purpose}:{}", account_key(Account::User(user.0))), rule: AN_HOUR }
}

/// A new link, and the end of an older one of its kind. What an admin makes also ends what the owner asked for; not the other way round: anybody can ask in
/// the owner's name.
fn put(
    tx: &mut WriteTx<'_>,
    purpose: &'static str,
    user: UserId,
    hash: &[u8; 32],
    until: guard::clock::Timestamp,
) -> Result<Change<()>, Refusal> {
    let older = match purpose {
        INVITE => tx.links().remove(RESET, user)?,
        _ => Change::none().map(|()| 0),
    };
    Ok(tx.links().insert(purpose, Some(user), hash, until)?.and(older).map(drop))
}
