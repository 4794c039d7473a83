//! Accounts as admins see them, and the sessions of whoever asks.

use std::collections::BTreeMap;

use guard::budget::{Account, account_key};
use guard::clock::Timestamp;
use guard::permission::Permission;
use guard::session::alive;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::repo::Window;
use store::tables::UserId;
use store::tables::account::{Seat, User};

use super::Paging;
use crate::{OpCtx, Query, Refusal};

/// Locks that are looked at for a list of accounts.
const LOCKS: u64 = 1_000;

/// An account with what the login has against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The account.
    pub user: User,
    /// Until when it is closed to browsers that are not known to it.
    pub locked_until: Option<Timestamp>,
}

/// The end of the locks of accounts, by their keys.
fn locks(rx: &mut ReadTx<'_>, now: Timestamp) -> Result<BTreeMap<String, Timestamp>, Refusal> {
    let mut locks: BTreeMap<String, Timestamp> = BTreeMap::new();
    let budgets = rx.budgets().locked(now, LOCKS)?.into_iter().map(|locked| (locked.name, locked.until));
    let blocks = rx.blocks().holding(now, LOCKS)?.into_iter().map(|named| (named.block.subject, named.block.until));
    for (key, until) in budgets.chain(blocks) {
        locks.entry(key).and_modify(|at| *at = (*at).max(until)).or_insert(until);
    }
    Ok(locks)
}

fn kept(user: User, locks: &BTreeMap<String, Timestamp>) -> Kept {
    let locked_until = locks.get(&account_key(Account::User(user.id.0))).copied();
    Kept { user, locked_until }
}

/// Accounts by name.
pub struct ListUsers(pub Paging);

impl Query for ListUsers {
    const PERMISSION: Option<Permission> = Some(Permission::UserRead);
    type Output = Window<Kept>;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Self::Output, Refusal> {
        let page = self.0.page(|text| Some(text.to_owned()))?;
        let window = rx.accounts().list(&page)?;
        let locks = locks(rx, op.now())?;
        Ok(Window { rows: window.rows.into_iter().map(|user| kept(user, &locks)).collect(), more: window.more })
    }
}

/// Where the next window of accounts begins.
#[must_use]
pub fn after(window: &Window<Kept>) -> Option<String> {
    window.rows.last().filter(|_| window.more).map(|row| super::encode(&row.user.facts.canonical))
}

/// One account, and its sessions that are alive.
pub struct ShowUser {
    /// Whose.
    pub user: UserId,
    /// How long sessions live.
    pub lifetime: guard::session::Lifetime,
}

impl Query for ShowUser {
    const PERMISSION: Option<Permission> = Some(Permission::UserRead);
    type Output = (Kept, Vec<Seat>);

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Self::Output, Refusal> {
        let user = rx.accounts().find(self.user)?.ok_or_else(|| Refusal::missing("user", self.user.0))?;
        let seats = seats(rx, &user, &self.lifetime, op.now())?;
        let locks = locks(rx, op.now())?;
        Ok((kept(user, &locks), seats))
    }
}

/// The sessions of whoever asks that are alive, the last used first.
pub struct ListSessions {
    /// How long sessions live.
    pub lifetime: guard::session::Lifetime,
}

impl Query for ListSessions {
    const PERMISSION: Option<Permission> = Some(Permission::SelfRead);
    type Output = Vec<Seat>;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Vec<Seat>, Refusal> {
        let Some(id) = op.origin.actor.user_id() else { return Ok(Vec::new()) };
        let user = rx.accounts().find(UserId(id))?.ok_or_else(|| Refusal::missing("user", id))?;
        seats(rx, &user, &self.lifetime, op.now())
    }
}

fn seats(rx: &mut ReadTx<'_>, user: &User, lifetime: &guard::session::Lifetime, now: Timestamp) -> Result<Vec<Seat>, Refusal> {
    let mut seats = rx.sessions().of(user.id, user.session_epoch)?;
    seats.retain(|seat| alive(seat.created_at, seat.last_seen_at, seat.ends_at, now, lifetime));
    Ok(seats)
}
