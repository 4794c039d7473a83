//! API keys.

use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store as store;
use store::ReadTx;
use store::tables::UserId;

use super::{Paging, list};
use crate::commands::api_key::manages_all;
use crate::shape::{self, List};
use crate::{OpCtx, Query, Refusal};

/// One's own keys, newest first; an admin's and the console's view is everybody's.
#[derive(Default)]
pub struct ListApiKeys(pub Paging);

impl Query for ListApiKeys {
    const PERMISSION: Option<Permission> = Some(Permission::ApiKeyRead);
    type Output = List<shape::ApiKey>;

    fn answer(&self, rx: &mut ReadTx<'_>, op: &OpCtx) -> Result<List<shape::ApiKey>, Refusal> {
        let actor = &op.origin.actor;
        let owner = if manages_all(actor) { None } else { Some(UserId(actor.user_id().unwrap_or(0))) };
        let page = self.0.page(|text| text.parse().ok())?;
        Ok(list(rx.api_keys().list(owner, &page)?, |k| k.id.to_string(), shape::ApiKey::from))
    }
}

/// The account of a login name.
pub struct FindUser<'a>(pub &'a str);

impl Query for FindUser<'_> {
    const PERMISSION: Option<Permission> = Some(Permission::UserRead);
    type Output = Option<(UserId, shape::User)>;

    fn is_brief(&self) -> bool {
        true
    }

    fn answer(&self, rx: &mut ReadTx<'_>, _op: &OpCtx) -> Result<Self::Output, Refusal> {
        let canonical = guard::name::canonical(self.0).map_err(|e| Refusal::invalid("name", e.to_string()))?;
        Ok(rx.accounts().find_by_name(&canonical)?.map(|user| (user.id, user.into())))
    }
}
