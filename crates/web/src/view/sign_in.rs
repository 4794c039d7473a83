//! Sign-in activity: what the login counts, what is locked, which names fail, the last attempts, and the mail that should tell of it.

use askama::Template;
use serde::Deserialize;

use super::{Form, Frame, When};

/// What the login did since the program started, and what goes on now.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Numbers with their words, in order.
    pub figures: Vec<(&'static str, String)>,
    /// Attempts refused: why in words, and how many.
    pub refused: Vec<(&'static str, String)>,
    /// How often they are still asked for again by themselves: a page that is left open must not keep its session alive for ever.
    pub again: u32,
}

/// One lock.
#[derive(Debug, Clone)]
pub struct LockRow {
    /// Its key, for opening it.
    pub subject: String,
    /// An address, an account, what stands for a name of nobody.
    pub label: String,
    /// Why, as a sentence.
    pub why: String,
    /// Its end.
    pub until: When,
}

/// A name that fails.
#[derive(Debug, Clone)]
pub struct FailingRow {
    /// What people call it.
    pub label: String,
    /// Failures in a row.
    pub failures: String,
    /// The first of them.
    pub since: Option<When>,
    /// The last.
    pub last: Option<When>,
    /// Where the last came from.
    pub client: String,
    /// Its mode.
    pub mode: String,
    /// The rules that matched then.
    pub rules: String,
}

/// One attempt in the trail.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// When.
    pub when: When,
    /// What came of it, in words.
    pub what: String,
    /// Whose name.
    pub who: String,
    /// Where from, maybe empty.
    pub client: String,
    /// Mode, reason and rules in one line.
    pub details: String,
}

/// A lock that is to be opened, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OpenValues {
    /// Which.
    pub subject: String,
    /// Why, for the trail.
    pub reason: String,
}

/// The mail that waits.
#[derive(Debug, Clone)]
pub struct MailState {
    /// Mail is sent at all.
    pub on: bool,
    /// Letters that wait, in words.
    pub waiting: String,
    /// Why one could not be sent.
    pub trouble: Option<String>,
}

/// `GET /security/sign-ins`
#[derive(Debug, Template)]
#[template(path = "sign_in/page.html")]
pub struct SignInsPage {
    /// The frame.
    pub page: Frame,
    /// The counters.
    pub counts: Counts,
    /// What is locked, those that open last first.
    pub locks: Vec<LockRow>,
    /// This person may open locks.
    pub can_open: bool,
    /// The form of the lock that was to be opened; its errors stand at that lock.
    pub form: Form<OpenValues>,
    /// Names that fail, the latest first.
    pub failing: Vec<FailingRow>,
    /// The last attempts, newest first.
    pub attempts: Vec<AttemptRow>,
    /// The mail.
    pub mail: MailState,
}

/// `GET /security/sign-ins/counters`: the counters by themselves.
#[derive(Debug, Template)]
#[template(path = "sign_in/counts.html")]
pub struct CountsPart {
    /// The counters.
    pub counts: Counts,
}

#[cfg(test)]
impl CountsPart {
    pub(crate) fn sample() -> Self {
        let figures = vec![("Passwords compared", "1,204".into()), ("Logins", "88".into()), ("Waiting now", "0".into())];
        Self { counts: Counts { figures, refused: vec![("because name or password is wrong", "17".into())], again: 60 } }
    }
}

#[cfg(test)]
impl SignInsPage {
    pub(crate) fn sample() -> Self {
        let lock = |subject: &str, label: &str| LockRow {
            subject: subject.into(),
            label: label.into(),
            why: "5 attempts failed from this address, whatever the name.".into(),
            until: When::sample(),
        };
        let failing = |label: &str| FailingRow {
            label: label.into(),
            failures: "12".into(),
            since: Some(When::sample()),
            last: None,
            client: "2001:db8:12:34:56:78:9abc:def0".into(),
            mode: "form".into(),
            rules: "1 2".into(),
        };
        let attempt = AttemptRow {
            when: When::sample(),
            what: "Login failed".into(),
            who: "unknown name 7f3a".into(),
            client: "203.0.113.9".into(),
            details: "mode form, reason credentials".into(),
        };
        let values = OpenValues { subject: "user:3".into(), reason: String::new() };
        Self {
            page: Frame::sample("Sign-in activity", super::Nav::Security),
            counts: CountsPart::sample().counts,
            locks: vec![lock("v4:203.0.113.9", "203.0.113.9"), lock("user:3", "ada")],
            can_open: true,
            form: Form::new("open", "/security/sign-ins/open", values).wrong("reason", "Must not be empty: the audit trail keeps it."),
            failing: vec![failing("ada"), failing("unknown name 7f3a")],
            attempts: vec![attempt],
            mail: MailState { on: true, waiting: "2 letters wait".into(), trouble: Some("connection refused".into()) },
        }
    }

    pub(crate) fn sample_empty() -> Self {
        Self {
            counts: Counts::default(),
            locks: Vec::new(),
            can_open: false,
            form: Form::new("open", "/security/sign-ins/open", OpenValues::default()),
            failing: Vec::new(),
            attempts: Vec::new(),
            mail: MailState { on: false, waiting: "no letter waits".into(), trouble: None },
            ..Self::sample()
        }
    }
}
