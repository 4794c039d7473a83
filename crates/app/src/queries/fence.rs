//! What is known of a login name, for the simulator.

use guard::budget::{Account, account_key};
use guard::login::LoginName;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store::ReadTx;

use crate::{App, OpCtx, Query, Refusal};

/// Failures in a row of a login name, somebody's or nobody's: see [`App::failures_of`].
pub struct FailuresOf {
    name: LoginName,
    /// The key of the name if it is nobody's.
    nobody: String,
}

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Failures in a row.
    pub failures: u32,
    /// Whether an account is called so.
    pub known: bool,
}

impl App {
    /// Asks how often logins with this name have failed in a row.
    #[must_use]
    pub fn failures_of(&self, typed: &str) -> FailuresOf {
        let name = LoginName::read(typed);
        let nobody = account_key(Account::Unknown(name.tag(&self.keys.unknown_name)));
        FailuresOf { name, nobody }
    }
}

impl Query for FailuresOf {
    const PERMISSION: Option<Permission> = Some(Permission::SettingRead);
    type Output = Counted;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Counted, Refusal> {
        let found = rx.accounts().credentials(self.name.canonical().unwrap_or_default())?;
        let key = found.as_ref().map_or_else(|| self.nobody.clone(), |found| account_key(Account::User(found.user.id.0)));
        Ok(Counted { failures: rx.login_audits().failures(&key)?, known: found.is_some() })
    }
}
