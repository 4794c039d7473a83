//! A new password: by its owner, who knows the one before, or by a one-time link. Either way every session, link and known browser of the account is over;
//! whoever changed it goes on in a session of a new id.

use std::sync::Arc;

use guard::audit::{Actor, Event, Origin};
use guard::budget::{Account, account_key};
use guard::message::Message;
use guard::password::policy::{Kept, Reuse, prove};
use guard::secret::SecretText;
use guard::session;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{NewHash, NewSession};
use store::tables::account::User;
use store::{Change, Quiet};

use super::LoggedIn;
use super::link::{INVITE, RESET};
use super::password::{Hashed, Judged, Owner, candidate, problems};
use super::proof::{Bill, Finding};
use crate::{App, OpCtx, Refusal, event};

/// What somebody who changes the own password sends.
pub struct NewSecret {
    /// The present password; empty where none is set.
    pub current: SecretText,
    /// The new one.
    pub new: SecretText,
    /// The known-browser cookie, if one came.
    pub device: Option<String>,
    /// The browser as it names itself.
    pub agent: String,
}

/// What the browser goes on with.
pub struct Renewed {
    /// For the session cookie.
    pub session: session::Token,
    /// For the known-browser cookie.
    pub device: session::Token,
}

/// Whom a one-time link is for.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The account.
    pub user: User,
    /// The purpose it was made for.
    purpose: &'static str,
}

/// What was typed as the new password was judged, or the present one was wrong.
enum Answer {
    Wrong,
    Judged(Judged),
}

impl LoggedIn {
    /// Whether a new password has to be set before anything else. Who came in without one is not asked.
    #[must_use]
    pub fn must_renew(&self, app: &App, now: guard::clock::Timestamp) -> bool {
        self.mode.is_typed() && self.user.must_renew(app.settings().password_age(), now)
    }
}

impl App {
    /// Whether the account of a session has a password, which is asked for before it changes.
    pub fn has_password(&self, session: &LoggedIn) -> Result<bool, Refusal> {
        Ok(self.glance(|rx| Ok(rx.accounts().passwords(session.user.id)?))?.current.is_some())
    }

    /// Changes the password of whoever is logged in.
    pub async fn change_password(self: &Arc<Self>, op: &OpCtx, session: &LoggedIn, secret: NewSecret) -> Result<Renewed, Refusal> {
        self.refresh_now()?;
        let user = session.user.clone();
        let kept = self.glance(|rx| Ok(rx.accounts().passwords(user.id)?))?;
        let (hashed, bill) = match &kept.current {
            Some(_) => self.replace(&op.origin, &user, &kept, &secret).await?,
            None if session.must_renew(self, op.now()) => {
                // It was good for one login, which this session is: there is none any more to ask for.
                let hashed = self.next_password(op, &user, kept.clone(), &secret.new).await.map_err(|e| at_field(e, "new"))?;
                (hashed, None)
            }
            None => return Err(Refusal::Told(Message::new("password-elsewhere"))),
        };
        self.renew(op, session, kept, hashed, bill, secret.agent).await
    }

    /// Compares the present password and judges the new one, for one paid attempt.
    async fn replace(
        self: &Arc<Self>,
        origin: &Origin,
        user: &User,
        kept: &Kept,
        secret: &NewSecret,
    ) -> Result<(Hashed, Option<Bill>), Refusal> {
        let new = candidate("new", &secret.new)?;
        let judge = self.judge(Owner::from(user))?;
        let known = self.own_device(user, secret.device.as_deref())?;
        let charges = self.charges_of(origin, account_key(Account::User(user.id.0)), known.as_ref());
        let (effort, kept, current) = (self.effort(), kept.clone(), SecretText::new(secret.current.expose().clone()));
        let paid = self
            .pay_and(origin, charges, move |attempt| match prove(attempt, &current, &kept, (&new, &judge.policy), effort) {
                None | Some(Reuse::Unchecked) => (Finding::Wrong, Answer::Wrong),
                Some(reuse) => (Finding::Right, Answer::Judged(judge.judge(new, reuse))),
            })
            .await?;
        let judged = match paid.found {
            Answer::Wrong => {
                self.proof_failed(origin, user).await?;
                return Err(Refusal::said("current", Message::new("password-current-wrong")));
            }
            Answer::Judged(judged) => judged.map_err(|e| Refusal::Store(store::StoreError::Corrupt(e.to_string())))?,
        };
        match judged {
            Ok(hashed) => Ok((hashed, Some(paid.bill))),
            Err(objections) => {
                self.give_back(origin, paid.bill).await?;
                Err(problems("new", objections))
            }
        }
    }

    /// Sets it, and begins a session in the place of the one that it was changed in.
    async fn renew(
        self: &Arc<Self>,
        op: &OpCtx,
        session: &LoggedIn,
        kept: Kept,
        hashed: Hashed,
        bill: Option<Bill>,
        agent: String,
    ) -> Result<Renewed, Refusal> {
        let fresh = Renewed { session: session::mint(self.entropy.as_ref()), device: session::mint(self.entropy.as_ref()) };
        let (token_hash, device_hash) = (fresh.session.hash(), fresh.device.hash());
        let settings = self.settings();
        let (history, now) = (settings.policy().history, self.now());
        let ends_at = settings.session().absolute_end(now);
        let client = op.origin.client.map_or_else(String::new, |client| client.to_string());
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
        let (id, mode, current, epoch) = (session.user.id, session.mode, session.id, session.user.session_epoch);
        let notice = self.notice_of_change(&session.user, "mail-changed-body");
        let post = self.post.clone();
        let done = self
            .unit(op.origin.clone(), move |tx| {
                // Budgets are locked before accounts, as a login does it.
                let settled = match &bill {
                    Some(bill) => bill.settle(tx, now)?,
                    None => Change::none(),
                };
                let locked = tx.accounts().lock(id)?.filter(|user| user.facts.active && user.session_epoch == epoch);
                let same = tx.accounts().passwords(id)? == kept;
                let Some(user) = locked.filter(|_| same) else {
                    return Ok(tx.quiet(Quiet::FenceCounter, settled).map(|()| false));
                };
                // Somebody may have ended this very session meanwhile: then it does not go on in another one.
                let replaced = tx.sessions().remove_of(id, current)?;
                if !*replaced.value() {
                    return Ok(tx.quiet(Quiet::FenceCounter, settled.and(replaced)).map(|_| false));
                }
                let new = NewHash { hash: hashed.text().to_owned(), expiry: user.facts.expiry.renewed(), history };
                let set = tx.accounts().set_password(id, &new)?;
                let session = tx.sessions().insert(&NewSession {
                    token_hash,
                    user_id: id,
                    epoch: user.session_epoch + 1,
                    mode,
                    client: client.clone(),
                    agent: agent.clone(),
                    ends_at,
                })?;
                let device = tx.known_devices().insert(&device_hash, id)?;
                let told = match &notice {
                    Some(mail) => post.queue(tx, mail)?.map(drop),
                    None => Change::none(),
                };
                let event = Event::new(event::USER_PASSWORD_CHANGED).on("user", id.0, user.facts.username.as_str());
                let changes = set.and(replaced).and(session).and(device).and(settled).and(told).map(drop);
                Ok(tx.record(&event, changes)?.map(|()| true))
            })
            .await?;
        if done { Ok(fresh) } else { Err(Refusal::Told(Message::new("password-changed-meanwhile"))) }
    }

    /// Tells the owner that the password is another one, where mail is set up.
    fn notice_of_change(&self, user: &User, body: &'static str) -> Option<store::repo::NewMail> {
        let told = !user.facts.email.is_empty() && self.mail_server().is_some();
        told.then(|| self.letter(user, &user.facts.email, "mail-changed-subject", Message::new(body).with("link", self.base_url.clone())))
    }

    /// Whom a link to set a password is for; none if it was used, is over, or the account may not log in. Looking spends nothing.
    pub fn invited(&self, origin: &Origin, token: &str) -> Result<Option<Invited>, Refusal> {
        self.refresh_now()?;
        let hash = session::hash(token);
        self.glance(|rx| {
            for purpose in [RESET, INVITE] {
                if rx.links().is_open(purpose, &hash, origin.at)?
                    && let Some(id) = rx.links().owner(purpose, &hash)?
                {
                    let user = rx.accounts().find(id)?.filter(|user| user.facts.active);
                    return Ok(user.map(|user| Invited { user, purpose }));
                }
            }
            Ok(None)
        })
    }

    /// Sets a password by a one-time link. Gives what makes the browser known: whoever has the owner's mail is no stranger, and is let try the new password
    /// even while strangers keep the account closed. It does not log in.
    pub async fn set_by_link(self: &Arc<Self>, op: &OpCtx, token: &str, typed: &SecretText) -> Result<session::Token, Refusal> {
        let over = || Refusal::Told(Message::new("link-over"));
        let Invited { user, purpose } = self.invited(&op.origin, token)?.ok_or_else(over)?;
        let kept = self.glance(|rx| Ok(rx.accounts().passwords(user.id)?))?;
        let hashed = self.next_password(op, &user, kept.clone(), typed).await?;
        let device = session::mint(self.entropy.as_ref());
        let (hash, device_hash, id) = (session::hash(token), device.hash(), user.id);
        let history = self.settings().policy().history;
        let notice = if kept.current.is_some() { self.notice_of_change(&user, "mail-reset-done-body") } else { None };
        let post = self.post.clone();
        let origin = Origin { actor: Actor::Anonymous, ..op.origin.clone() };
        let done = self
            .unit(origin, move |tx| {
                let spent = tx.links().consume(purpose, &hash)?;
                let Some(user) = tx.accounts().lock(id)?.filter(|user| user.facts.active && *spent.value()) else {
                    return Ok(tx.unchanged(false));
                };
                if tx.accounts().passwords(id)? != kept {
                    return Err(Refusal::Told(Message::new("password-changed-meanwhile")));
                }
                let new = NewHash { hash: hashed.text().to_owned(), expiry: user.facts.expiry.renewed(), history };
                let mut changes = tx.accounts().set_password(id, &new)?.and(spent).map(drop);
                changes = changes.and(tx.known_devices().insert(&device_hash, id)?).map(drop);
                if purpose == RESET {
                    changes = changes.and(tx.accounts().verify_email(id)?).map(drop);
                }
                if let Some(mail) = &notice {
                    changes = changes.and(post.queue(tx, mail)?).map(drop);
                }
                let event = Event::new(event::USER_PASSWORD_RESET).on("user", id.0, user.facts.username.as_str()).with("link", purpose);
                Ok(tx.record(&event, changes)?.map(|()| true))
            })
            .await?;
        if done { Ok(device) } else { Err(over()) }
    }
}

/// The same problems at another field.
fn at_field(refusal: Refusal, field: &str) -> Refusal {
    match refusal {
        Refusal::Invalid(problems) => {
            Refusal::Invalid(problems.into_iter().map(|problem| crate::Problem { field: field.to_owned(), ..problem }).collect())
        }
        other => other,
    }
}
