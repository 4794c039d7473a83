//! Another e-mail address: it counts once somebody has answered from it. Until then the present one stays, and is told.

use std::sync::Arc;

use guard::audit::{Actor, Event, Origin};
use guard::budget::{Account, account_key};
use guard::message::Message;
use guard::password;
use guard::permission::Permission;
use guard::secret::SecretText;
use guard::session;
use ringfence_guard as guard;
use ringfence_store as store;
use store::Change;
use store::tables::account::{User, UserFacts};

use super::LoggedIn;
use super::link::{DAY, letter_charge};
use super::proof::{Bill, Finding};
use crate::commands::user::{self, NewFacts, UpdateUser};
use crate::{App, OpCtx, Refusal, event};

/// To confirm an address.
pub(crate) const EMAIL: &str = "email";

impl App {
    /// Asks for an answer from the address that an account is to have. An empty one takes back what was asked for before.
    pub async fn change_email(
        self: &Arc<Self>,
        op: &OpCtx,
        session: &LoggedIn,
        typed: &str,
        current: &SecretText,
        device: Option<&str>,
    ) -> Result<(), Refusal> {
        self.refresh_now()?;
        let owner = session.user.clone();
        let email = user::email(typed)?;
        if email.is_empty() {
            return Err(Refusal::said("email", Message::new("email-empty")));
        }
        if email == owner.facts.email {
            return Err(Refusal::said("email", Message::new("email-same")));
        }
        if !self.sends_links() {
            return Err(Refusal::said("email", Message::new("email-no-mail")));
        }
        let bill = self.prove(&op.origin, &owner, current, device).await?;
        let token = session::mint(self.entropy.as_ref());
        let link = format!("{}/email/{}", self.base_url, token.expose());
        let ask = self.letter(&owner, &email, "mail-email-subject", Message::new("mail-email-body").with("link", link));
        let old = &owner.facts.email;
        let told = (!old.is_empty()).then(|| {
            self.letter(&owner, old, "mail-email-asked-subject", Message::new("mail-email-asked-body").with("link", self.base_url.clone()))
        });
        let (hash, now, post) = (token.hash(), self.now(), self.post.clone());
        let letters = [letter_charge(EMAIL, owner.id)];
        let spent = self
            .unit(op.origin.clone(), move |tx| {
                let weighed = match tx.budgets().weigh(&letters, now)? {
                    Ok(weighed) => weighed,
                    Err(spent) => return Ok(tx.unchanged(Some(spent.until))),
                };
                let _paid = tx.budgets().pay(&weighed)?;
                let mut changes = match &bill {
                    Some(bill) => bill.settle(tx, now)?,
                    None => Change::none(),
                };
                changes = changes.and(tx.accounts().await_email(owner.id, &email)?).map(drop);
                changes = changes.and(tx.links().insert(EMAIL, Some(owner.id), &hash, now.plus(DAY))?).map(drop);
                changes = changes.and(post.queue(tx, &ask)?).map(drop);
                if let Some(told) = &told {
                    changes = changes.and(post.queue(tx, told)?).map(drop);
                }
                let event = Event::new(event::USER_EMAIL_REQUESTED).on("user", owner.id.0, owner.facts.username.as_str());
                Ok(tx.record(&event, changes)?.map(|()| None))
            })
            .await?;
        match spent {
            Some(until) => Err(Refusal::TooMany { until }),
            None => Ok(()),
        }
    }

    /// Compares the present password of an account that has one, for a paid attempt; none where it has none.
    async fn prove(
        self: &Arc<Self>,
        origin: &Origin,
        user: &User,
        current: &SecretText,
        device: Option<&str>,
    ) -> Result<Option<Bill>, Refusal> {
        let kept = self.glance(|rx| Ok(rx.accounts().passwords(user.id)?))?;
        let Some(stored) = kept.current else { return Ok(None) };
        let charges = self.charges_of(origin, account_key(Account::User(user.id.0)), self.own_device(user, device)?.as_ref());
        let (effort, current) = (self.effort(), SecretText::new(current.expose().clone()));
        let paid = self
            .pay_and(origin, charges, move |attempt| {
                let right = password::verify(attempt, &current, Some(&stored), effort);
                (if right { Finding::Right } else { Finding::Wrong }, right)
            })
            .await?;
        if paid.found {
            return Ok(Some(paid.bill));
        }
        self.proof_failed(origin, user).await?;
        Err(Refusal::said("current", Message::new("password-current-wrong")))
    }

    /// Changes the facts of somebody's account. Where letters go from now on, the address before is told.
    pub async fn update_user(self: &Arc<Self>, op: &OpCtx, facts: NewFacts) -> Result<(), Refusal> {
        self.admit(op, "user.update", Permission::UserWrite).await?;
        self.refresh_now()?;
        let found = self.glance(|rx| Ok(rx.accounts().find(facts.user)?))?;
        let told = found.filter(|user| !user.facts.email.is_empty() && self.mail_server().is_some()).map(|user| {
            let body = Message::new("mail-email-changed-body").with("link", self.base_url.clone());
            (self.post.clone(), self.letter(&user, &user.facts.email, "mail-email-changed-subject", body))
        });
        self.run(op, UpdateUser { facts, told, links: self.sends_links() }).await
    }

    /// The address that such a link confirms; none if it cannot be used. Looking spends nothing.
    pub fn awaited_email(&self, origin: &Origin, token: &str) -> Result<Option<String>, Refusal> {
        let hash = session::hash(token);
        self.glance(|rx| {
            if !rx.links().is_open(EMAIL, &hash, origin.at)? {
                return Ok(None);
            }
            let Some(id) = rx.links().owner(EMAIL, &hash)? else { return Ok(None) };
            let user = rx.accounts().find(id)?.filter(|user| user.facts.active && !user.pending_email.is_empty());
            Ok(user.map(|user| user.pending_email))
        })
    }

    /// Somebody has answered from the address: it counts from now on.
    pub async fn confirm_email(self: &Arc<Self>, op: &OpCtx, token: &str) -> Result<(), Refusal> {
        let over = || Refusal::Told(Message::new("link-over"));
        let hash = session::hash(token);
        let owner = self.glance(|rx| Ok(rx.links().owner(EMAIL, &hash)?))?.ok_or_else(over)?;
        let (post, mailed, app) = (self.post.clone(), self.mail_server().is_some(), Arc::clone(self));
        let origin = Origin { actor: Actor::Anonymous, ..op.origin.clone() };
        let done = self
            .unit(origin, move |tx| {
                let spent = tx.links().consume(EMAIL, &hash)?;
                let locked = tx.accounts().lock(owner)?.filter(|user| user.facts.active && !user.pending_email.is_empty());
                let Some(user) = locked.filter(|_| *spent.value()) else { return Ok(tx.unchanged(false)) };
                let email = user.pending_email.clone();
                if tx.accounts().with_email(&email)?.is_some_and(|other| other != owner) {
                    return Err(Refusal::Told(Message::new("email-taken")));
                }
                let facts = UserFacts { email: email.clone(), ..user.facts.clone() };
                let told = (mailed && !user.facts.email.is_empty()).then(|| {
                    let body = Message::new("mail-email-changed-body").with("link", app.base_url.clone());
                    app.letter(&user, &user.facts.email, "mail-email-changed-subject", body)
                });
                let event = Event::new(event::USER_EMAIL_CHANGED).on("user", owner.0, user.facts.username.as_str());
                // The link is the right: it was mailed to this very address, and asked for by whoever knew the password.
                let own = guard::permission::authorize(&Actor::System, Permission::UserWrite, user)?;
                let mut changes = tx.accounts().update(&own, &facts)?.and(spent).map(drop);
                changes = changes.and(tx.accounts().verify_email(owner)?).map(drop);
                if let Some(told) = &told {
                    changes = changes.and(post.queue(tx, told)?).map(drop);
                }
                Ok(tx.record(&event, changes)?.map(|()| true))
            })
            .await?;
        if done { Ok(()) } else { Err(over()) }
    }
}
