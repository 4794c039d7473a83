//! Sign-in activity: what is locked until when and why, which names fail, what happened last.

use guard::clock::Timestamp;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::repo::{EventFilter, Page};

use crate::{OpCtx, Query, Refusal, shape};

/// Rows of each part.
const ROWS: u64 = 50;

/// What there is to see.
pub struct Overview;

/// What is locked.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Its key, for opening it.
    pub subject: String,
    /// What people call it: an address, an account's name, what stands for a name of nobody.
    pub label: String,
    /// The account, where it is one.
    pub user_id: Option<i64>,
    /// Its end.
    pub until: Timestamp,
    /// Why, as a sentence without its stop.
    pub why: String,
}

/// A name that fails.
#[derive(Clone, Debug)]
pub struct Failing {
    /// Its key.
    pub subject: String,
    /// What people call it.
    pub label: String,
    /// Failures in a row.
    pub failures: u32,
    /// The first of them.
    pub since: Option<Timestamp>,
    /// The last.
    pub last: Option<Timestamp>,
    /// Where the last came from.
    pub client: String,
    /// Its mode.
    pub mode: String,
    /// The rules that matched then.
    pub rules: String,
}

/// The answer.
pub struct Activity {
    /// What is locked, those that open last first.
    pub locks: Vec<Lock>,
    /// Names that fail, the latest first.
    pub failing: Vec<Failing>,
    /// The last attempts in the trail, newest first.
    pub events: Vec<shape::Event>,
    /// Letters that wait, and why one could not be sent.
    pub mail: (i64, Option<String>),
}

impl Query for Overview {
    const PERMISSION: Option<Permission> = Some(Permission::AuditRead);
    type Output = Activity;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<Activity, Refusal> {
        let now = op.now();
        let mut locks = Vec::new();
        for named in rx.blocks().holding(now, ROWS)? {
            let what = if named.block.kind == guard::fence::BlockKind::NoAnswer { "gets no answer" } else { "is answered \"wrong\"" };
            locks.push(Lock {
                why: format!("{what}, by rule {} of the fence", named.block.rule),
                subject: named.block.subject,
                label: named.label,
                user_id: named.user.map(|user| user.0),
                until: named.block.until,
            });
        }
        for budget in rx.budgets().locked(now, ROWS)? {
            let (label, user_id, whose) = named(rx, &budget.name)?;
            let why = format!("{} {whose}", failures(budget.failures));
            locks.push(Lock { subject: budget.name, label, user_id, until: budget.until, why });
        }
        locks.sort_by(|a, b| b.until.cmp(&a.until).then_with(|| a.subject.cmp(&b.subject)));
        let failing = rx.login_audits().failing(ROWS)?.into_iter().map(|row| Failing {
            label: if row.name.starts_with("browser:") { format!("{} (a known browser)", row.label) } else { row.label },
            subject: row.name,
            failures: row.failures,
            since: row.first_failure_at,
            last: row.last_failure_at,
            client: row.last_client,
            mode: row.last_mode,
            rules: row.last_rules,
        });
        let failing = failing.collect();
        let filter = EventFilter { name: Some("auth.login*".into()), ..EventFilter::default() };
        let events = rx.log().events(&filter, &Page::first(ROWS))?.rows.into_iter().map(shape::Event::from).collect();
        Ok(Activity { locks, failing, events, mail: rx.mails().state()? })
    }
}

/// What people call a budget, the account behind it, and what it counts.
fn named(rx: &mut ReadTx<'_>, key: &str) -> Result<(String, Option<i64>, &'static str), Refusal> {
    if let Some(id) = key.strip_prefix("user:").and_then(|id| id.parse::<i64>().ok()) {
        let user = rx.accounts().find(store::tables::UserId(id))?;
        return Ok((
            user.map_or_else(|| key.to_owned(), |user| user.facts.username),
            Some(id),
            "from browsers that are not known to the account",
        ));
    }
    let row = rx.login_audits().find(key)?;
    Ok(match key.split_once(':') {
        Some(("v4" | "v6", address)) => (address.to_owned(), None, "from this address, whatever the name"),
        Some(("key", bucket)) => {
            (bucket.split_once(':').map_or(bucket, |(_, address)| address).to_owned(), None, "with unknown API keys from this address")
        }
        Some(("browser", _)) => {
            let (label, user) = row.map_or((String::new(), None), |row| (row.label, row.user.map(|user| user.0)));
            (format!("{label} (a known browser)"), user, "from this one browser")
        }
        Some(("name", hash)) => {
            (row.map_or_else(|| format!("unknown name {}", hash.get(..4).unwrap_or(hash)), |row| row.label), None, "of a name of nobody")
        }
        Some(("link", _)) => ("links by mail".to_owned(), None, "wanted a link"),
        _ => (key.to_owned(), None, ""),
    })
}

fn failures(count: u32) -> String {
    if count == 1 { "1 attempt failed".to_owned() } else { format!("{count} attempts failed") }
}
