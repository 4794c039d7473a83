//! How many guesses a place or an account has, decided without a clock or a database.
//!
//! An attempt is paid for **before** the secret is compared: [`reserve`] counts it as a failure, [`refund`] gives it back after a
//! success. So a hundred parallel guesses cost a hundred, whatever order they end in.
//!
//! ```text
//!            reserve, fewer than `limit`            reserve, the `limit`th (still compared)
//!   open ───────────────────────────────▶ open ───────────────────────────────▶ locked
//!    ▲  window over: count from zero                                               │
//!    └───────────────── lock over: count from zero, the next lock is twice as long ┘
//! ```
//!
//! An attempt from a stranger's browser spends from the address bucket and its parents and from the account; one from a browser that is known to the
//! account spends from that browser's budget alone. Refused attempts are not counted and move no date.
//!
//! A clock that jumps back neither frees nor lengthens: what lies in the future is drawn back to the present ([`rebase`]), so that
//! from the jump on a lock lasts at most its own duration.

use crate::clock::{SKEW, Timestamp};
use crate::hash::sha256;
use crate::text;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// The size of one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Failures allowed in a window; the one that reaches it locks. Zero counts as one.
    pub limit: u32,
    /// How long a window lasts from its first failure.
    pub window: Duration,
    /// The first lock.
    pub lock: Duration,
    /// The longest lock, which doubling does not exceed; also the quiet time after a lock that brings the first lock back.
    pub lock_max: Duration,
}

impl Rule {
    /// The default for one address and all names: 5 in 900 s, then 900 s doubling to 4 h.
    pub const ADDRESS: Self = Self::doubling(5);
    /// The default for one account and all unknown browsers together: 10 in 900 s, then 900 s doubling to 4 h.
    pub const ACCOUNT: Self = Self::doubling(10);

    /// The default for wrong API keys from one address: 20 in 300 s, then 300 s and never longer.
    pub const API_KEY: Self = {
        let lock = Duration::from_mins(5);
        Self { limit: 20, window: lock, lock, lock_max: lock }
    };

    /// The same with room for `factor` times as many.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self { limit: self.limit.saturating_mul(factor), ..self }
    }

    const fn doubling(limit: u32) -> Self {
        let quarter = Duration::from_mins(15);
        Self { limit, window: quarter, lock: quarter, lock_max: Duration::from_hours(4) }
    }

    /// The length of the `streak`th lock in a row, counted from 1.
    fn lock_for(&self, streak: u32) -> Duration {
        let factor = 1u32.checked_shl(streak.saturating_sub(1)).unwrap_or(u32::MAX);
        self.lock.saturating_mul(factor).min(self.lock_max.max(self.lock))
    }
}

/// The sizes of all budgets of the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One address, all names; its parents have several times as much.
    pub address: Rule,
    /// One account, all browsers that are not known to it.
    pub account: Rule,
    /// One account, one browser that is known to it.
    pub browser: Rule,
    /// Wrong API keys from one address.
    pub api_key: Rule,
}

impl Limits {
    /// After so many failures in a row a known browser is known no more: whoever took its cookie has no further guesses than that.
    pub const STRIKES: u32 = 30;

    /// **For tests.** No limits at all: the control that shows that an attack would succeed without them.
    #[must_use]
    pub const fn none() -> Self {
        let endless = Rule { limit: u32::MAX, ..Rule::ADDRESS };
        Self { address: endless, account: endless, browser: endless, api_key: endless }
    }
}

/// The stored state of one budget, one row a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Attempts of the current window that have not been given back.
    pub failures: u32,
    /// When the current window began.
    pub window_start: Timestamp,
    /// End of the latest lock. It belongs to the current window while it is later than `window_start`; otherwise it is over and only
    /// remembered for `streak`.
    pub locked_until: Option<Timestamp>,
    /// Locks in a row, for doubling.
    pub streak: u32,
}

impl Counter {
    const fn fresh(now: Timestamp) -> Self {
        Self { failures: 0, window_start: now, locked_until: None, streak: 0 }
    }

    /// End of the lock of the current window, whether or not it has passed.
    fn live_lock(&self) -> Option<Timestamp> {
        self.locked_until.filter(|until| *until > self.window_start)
    }

    /// From when on this row says nothing any more and may be removed: no lock, no count and no streak would follow from it.
    #[must_use]
    pub fn stale_at(&self, rule: &Rule) -> Timestamp {
        let window_end = self.window_start.plus(rule.window);
        self.locked_until.map_or(window_end, |until| until.plus(rule.lock_max).max(window_end))
    }
}

/// The budget is spent. Nothing may be compared, nothing is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// When trying again makes sense.
    pub until: Timestamp,
}

/// Draws what lies in the future back to `now`: needed when the clock has jumped back by more than [`SKEW`], and then to be stored even if the
/// attempt is refused. `None` if the counter stands as it is.
#[must_use]
pub fn rebase(rule: &Rule, counter: &Counter, now: Timestamp) -> Option<Counter> {
    let mut drawn = *counter;
    if counter.window_start > now.plus(SKEW) {
        drawn.window_start = now;
    }
    if let Some(until) = counter.live_lock() {
        let most = now.plus(rule.lock_for(counter.streak));
        drawn.locked_until = Some(if until > most.plus(SKEW) { most } else { until });
    } else if let Some(until) = counter.locked_until {
        // What is over stays over: no later than the window that came after it.
        drawn.locked_until = Some(until.min(drawn.window_start));
    }
    (drawn != *counter).then_some(drawn)
}

/// Pays for one attempt at `now`. The answer is the row to store before anything is compared, or the refusal.
///
/// A row drawn back by [`rebase`] is part of the answer; on refusal the caller stores what `rebase` says.
pub fn reserve(rule: &Rule, counter: Option<Counter>, now: Timestamp) -> Result<Counter, Blocked> {
    let mut next = match counter {
        None => Counter::fresh(now),
        Some(counter) => rebase(rule, &counter, now).unwrap_or(counter),
    };
    match next.live_lock() {
        Some(until) if now < until => return Err(Blocked { until }),
        Some(_) => (next.failures, next.window_start) = (0, now),
        None if now.since(next.window_start) >= rule.window => (next.failures, next.window_start) = (0, now),
        None if now < next.window_start => {
            // An attempt that began before the one that opened the window belongs to it, or it could not be given back.
            next.window_start = now;
            next.locked_until = next.locked_until.map(|until| until.min(now));
        }
        None => {}
    }
    if next.locked_until.is_some_and(|until| now.since(until) >= rule.lock_max) {
        (next.locked_until, next.streak) = (None, 0);
    }
    next.failures = next.failures.saturating_add(1);
    if next.failures >= rule.limit {
        next.streak = next.streak.saturating_add(1);
        next.locked_until = Some(now.plus(rule.lock_for(next.streak)));
    }
    Ok(next)
}

/// Gives back the attempt that was reserved at `reserved_at`, after the secret was right. A lock that this attempt brought about goes
/// with it. An attempt of an earlier window is no longer counted, so nothing is given back for it.
///
/// This is what an address bucket gets: other people's failures stay, or an attacker's own good login would buy him further guesses.
/// The account's row is simply removed by its caller.
#[must_use]
pub fn refund(rule: &Rule, counter: Counter, reserved_at: Timestamp, now: Timestamp) -> Counter {
    let mut next = rebase(rule, &counter, now).unwrap_or(counter);
    if reserved_at < next.window_start {
        return next;
    }
    next.failures = next.failures.saturating_sub(1);
    if next.failures < rule.limit && next.live_lock().is_some() {
        next.streak = next.streak.saturating_sub(1);
        next.locked_until = (next.streak > 0).then_some(next.window_start);
    }
    next
}

/// The bucket of an address: IPv4 by itself, IPv6 by its /64 (`v4:203.0.113.9`, `v6:2001:db8:0:1::/64`). An IPv4-mapped address is
/// IPv4, or one client had two budgets.
#[must_use]
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("v4:{address}"),
        IpAddr::V6(address) => v6_key(address, 64),
    }
}

/// The buckets that an attempt from this address spends from, with how many times the budget of one address each has: an IPv6 address also its /56
/// (four times) and its /48 (sixteen times), because who has one /64 usually has many.
#[must_use]
pub fn address_buckets(address: IpAddr) -> Vec<(String, u32)> {
    let own = (address_key(address), 1);
    match address.to_canonical() {
        IpAddr::V4(_) => vec![own],
        IpAddr::V6(address) => vec![own, (v6_key(address, 56), 4), (v6_key(address, 48), 16)],
    }
}

fn v6_key(address: Ipv6Addr, length: u32) -> String {
    let network = u128::from(address) & (u128::MAX << (128 - length));
    format!("v6:{}/{length}", Ipv6Addr::from(network))
}

/// The network that counts as one place of an account: /24 of IPv4, /48 of IPv6.
#[must_use]
pub fn place(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("v4:{}/24", Ipv4Addr::from(u32::from(address) & (u32::MAX << 8))),
        IpAddr::V6(address) => v6_key(address, 48),
    }
}

/// Whose account budget an attempt spends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// An existing user, by row; however the name was typed.
    User(i64),
    /// A name that belongs to nobody, by the keyed hash of [`crate::login::LoginName::tag`]. Counted alike, or the difference would
    /// tell which names exist.
    Unknown([u8; 32]),
}

/// The budget key of an account: `user:42`, or `name:` and 64 hex digits.
#[must_use]
pub fn account_key(account: Account) -> String {
    match account {
        Account::User(id) => format!("user:{id}"),
        Account::Unknown(tag) => format!("name:{}", text::hex(&tag)),
    }
}

/// The budget key of a browser that is known to an account, from the hash of its token: `browser:` and 64 hex digits.
#[must_use]
pub fn browser_key(token_hash: &[u8; 32]) -> String {
    // Hashed once more: the row must not hold what the cookie's row is found by.
    format!("browser:{}", text::hex(&sha256(token_hash)))
}

/// The budget key of wrong API keys from an address bucket.
#[must_use]
pub fn api_key_key(address: IpAddr) -> String {
    format!("key:{}", address_key(address))
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
