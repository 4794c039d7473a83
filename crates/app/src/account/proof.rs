//! The present password, asked for again by somebody who is logged in already: it spends the same budgets as a login, before it is compared. Rules of the
//! fence are not asked: those guard the way in.

use std::sync::Arc;

use guard::audit::{Event, Origin};
use guard::budget::{Account, account_key};
use guard::clock::Timestamp;
use guard::login::Attempt;
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::{Charge, Settle};
use store::tables::UserId;
use store::tables::account::User;
use store::{Change, Quiet, WriteTx};

use crate::{App, Refusal, event};

/// What a comparison found out about what was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The secret was right.
    Right,
    /// It was wrong, or somebody learned what it is: the guess stays paid.
    Wrong,
    /// Nothing was learned about any secret: the guess is given back.
    Unasked,
}

/// What came of a comparison that was paid for.
pub(crate) struct Paid<T> {
    /// What the job gave.
    pub(crate) found: T,
    /// What is left to settle.
    pub(crate) bill: Bill,
}

/// What is to be given back.
#[derive(Clone)]
pub(crate) struct Bill {
    charges: Vec<(Charge, Settle)>,
    at: Timestamp,
}

impl Bill {
    fn new(finding: Finding, charges: Vec<(Charge, Settle)>, at: Timestamp) -> Self {
        let charges = match finding {
            Finding::Right => charges,
            Finding::Wrong => Vec::new(),
            Finding::Unasked => charges.into_iter().map(|(charge, _)| (charge, Settle::Refund)).collect(),
        };
        Self { charges, at }
    }

    /// Gives it back.
    pub(crate) fn settle(&self, tx: &mut WriteTx<'_>, now: Timestamp) -> Result<Change<()>, Refusal> {
        Ok(tx.budgets().settle(self.at, &self.charges, now)?)
    }
}

impl App {
    /// Pays from every budget, or from none, and runs `job` with the receipt on a hash thread. What was right is for the caller to settle, together with
    /// what it led to; everything else is settled here.
    pub(crate) async fn pay_and<T: Send + 'static>(
        self: &Arc<Self>,
        origin: &Origin,
        charges: Vec<(Charge, Settle)>,
        job: impl FnOnce(&Attempt) -> (Finding, T) + Send + 'static,
    ) -> Result<Paid<T>, Refusal> {
        let now = self.now();
        let costs: Vec<Charge> = charges.iter().map(|(charge, _)| charge.clone()).collect();
        let reserved = self
            .unit(origin.clone(), move |tx| {
                let reserved = tx.budgets().reserve(&costs, now)?;
                match reserved.value() {
                    Err(spent) if !spent.untold.is_empty() => {
                        let until = spent.until;
                        let event = Event::new(event::AUTH_LOGIN_BLOCKED).with("until", until.to_string());
                        Ok(tx.record(&event, Change::none())?.map(|()| Err(until)))
                    }
                    _ => Ok(reserved.map(|outcome| outcome.map_err(|spent| spent.until))),
                }
            })
            .await?;
        let attempt = reserved.map_err(|until| Refusal::TooMany { until })?;
        let done = self.hashing.run(&crate::login::bucket(origin), move || job(&attempt)).await;
        let (finding, found) = match done {
            Ok((finding, found)) => (finding, Ok(found)),
            Err(busy) => (Finding::Unasked, Err(crate::login::busy_for(busy))),
        };
        let bill = Bill::new(finding, charges, now);
        if finding == Finding::Unasked {
            self.give_back(origin, bill.clone()).await?;
        }
        Ok(Paid { found: found?, bill })
    }

    /// Settles a bill with nothing else to do.
    pub(super) async fn give_back(self: &Arc<Self>, origin: &Origin, bill: Bill) -> Result<(), Refusal> {
        let now = self.now();
        self.unit(origin.clone(), move |tx| {
            let settled = bill.settle(tx, now)?;
            Ok(tx.quiet(Quiet::FenceCounter, settled))
        })
        .await
    }

    /// What stands for a known-browser cookie, if the browser is known to this account.
    pub(super) fn own_device(&self, user: &User, device: Option<&str>) -> Result<Option<[u8; 32]>, Refusal> {
        let Some(hash) = device.map(guard::session::hash) else { return Ok(None) };
        let owner = self.glance(|rx| Ok(rx.known_devices().find(&hash)?))?;
        Ok((owner == Some(user.id)).then_some(hash))
    }

    /// The trail learns that somebody who is logged in did not know the password.
    pub(super) async fn proof_failed(self: &Arc<Self>, origin: &Origin, user: &User) -> Result<(), Refusal> {
        let event = Event::new(event::AUTH_PROOF_FAILED).on("user", user.id.0, user.facts.username.as_str());
        self.unit(origin.clone(), move |tx| Ok(tx.record(&event, Change::none())?)).await
    }

    /// What a comparison with the passwords of an account costs whoever has a link to set one: of its own, so that strangers who fail to log in cannot
    /// keep the owner from it.
    pub(super) fn link_charge(&self, user: UserId) -> Charge {
        let limits = (self.limits)(&self.settings());
        Charge { name: format!("reset:{}", account_key(Account::User(user.0))), rule: limits.account }
    }
}
