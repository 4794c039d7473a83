//! Lines that other programs read: one for each refused attempt, in a form that is documented and does not change (`docs/login.md`), and those of the
//! log channel `fence`. Nothing that a stranger typed stands in them: names are numbers of accounts or keyed hashes.

use guard::audit::Origin;
use guard::login::machine::{Admission, Reason};
use guard::login::mode::Mode;
use ringfence_guard as guard;
use tracing::level_filters::LevelFilter;

use super::Looked;
use crate::App;

impl App {
    /// What a line says of whom an attempt is about: `user:3`, or `name:7f3a…` for a name of nobody.
    fn who(&self, looked: &Looked) -> String {
        let mut account = self.account(looked);
        account.truncate("name:0123456789abcdef".len());
        account
    }

    /// The one line of a refused attempt.
    pub(super) fn refused_line(&self, origin: &Origin, mode: Mode, looked: Option<&Looked>, reason: Reason) {
        self.limiter.refused(reason);
        let client = origin.client.map_or_else(|| "-".to_owned(), |client| client.to_string());
        let who = looked.map_or_else(|| "-".to_owned(), |looked| self.who(looked));
        tracing::warn!(target: "auth", client = %client, mode = %mode, reason = %reason.as_str(), who = %who, id = %origin.request_id, "login refused");
    }

    /// What the rules said of an attempt, if one matched.
    pub(super) fn fence_line(&self, origin: &Origin, mode: Mode, looked: &Looked, rules: &str, admission: &Admission) {
        let level = self.settings().fence_log();
        if rules.is_empty() || level < LevelFilter::INFO {
            return;
        }
        let answer = match admission {
            Admission::Stopped { .. } => "no answer",
            Admission::Spent { .. } => "spent",
            Admission::Invalid { .. } => "invalid",
            Admission::Ask(_) => "asked",
            Admission::Paid { .. } => "checked",
        };
        let client = origin.client.map_or_else(|| "-".to_owned(), |client| client.to_string());
        tracing::info!(target: "fence", client = %client, mode = %mode, who = %self.who(looked), rules, answer, id = %origin.request_id, "rules matched");
    }

    /// A checker or a provider that gave no answer.
    pub(super) fn fence_fault(&self, fault: &str) {
        if self.settings().fence_log() >= LevelFilter::ERROR {
            tracing::error!(target: "fence", fault, "counts as a challenge to be solved");
        }
    }
}
