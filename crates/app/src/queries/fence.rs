//! What is known of a login name, for the simulator.

use guard::budget::{Account, account_key};
use guard::name;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store::ReadTx;

use crate::{OpCtx, Query, Refusal};

/// Failures in a row of an account's name; none if nobody is called that.
pub struct FailuresOf<'n>(pub &'n str);

impl Query for FailuresOf<'_> {
    const PERMISSION: Option<Permission> = Some(Permission::SettingRead);
    type Output = Option<u32>;

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Option<u32>, Refusal> {
        let Ok(canonical) = name::canonical(self.0) else { return Ok(None) };
        let Some(found) = rx.accounts().credentials(&canonical)? else { return Ok(None) };
        Ok(Some(rx.login_audits().failures(&account_key(Account::User(found.user.id.0)))?))
    }
}
