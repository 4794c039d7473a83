//! API keys.

use guard::audit::{Actor, Event};
use guard::clock::Timestamp;
use guard::permission::{Permission, Role, Scope};
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::NewApiKey;
use store::tables::{ApiKeyId, UserId};
use store::{Recorded, WriteTx};

use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event};

const KIND: &str = "api_key";

/// Makes a key. Its text was drawn before and is shown once by the door.
pub struct CreateApiKey {
    /// SHA-256 of the key's text.
    pub hash: [u8; 32],
    /// Its first characters.
    pub display: String,
    /// What people call it.
    pub name: String,
    /// Whose rights it has at most: oneself, or from the console anybody.
    pub owner: UserId,
    /// What of them.
    pub scope: Scope,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl Command for CreateApiKey {
    const NAME: &'static str = "api_key.create";
    const PERMISSION: Option<Permission> = Some(Permission::ApiKeyWrite);
    type Output = i64;

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<i64>, Refusal> {
        let mut problems = Problems::default();
        problems.name("name", &self.name, limit::NAME);
        if self.expires_at.is_some_and(|end| end <= op.now()) {
            problems.add("expires_at", "must lie in the future");
        }
        problems.done()?;
        let owner = tx.accounts().find(self.owner)?.ok_or_else(|| Refusal::missing("user", self.owner.0))?;
        if !owns(&op.origin.actor, owner.id) {
            return Err(Refusal::Denied { permission: Permission::ApiKeyWrite, anonymous: false });
        }
        let change = tx.api_keys().insert(&NewApiKey {
            hash: self.hash,
            display: self.display.clone(),
            name: self.name.clone(),
            owner_id: owner.id,
            scope: self.scope,
            expires_at: self.expires_at,
        })?;
        let id = *change.value();
        let event = Event::new(event::APIKEY_CREATED)
            .on(KIND, id.0, self.name.as_str())
            .with("owner_id", owner.id.0)
            .with("scope", self.scope.as_str());
        Ok(tx.record(&event, change)?.map(|id| id.0))
    }
}

/// People make keys for themselves, the console for anybody: a key acts in its owner's name.
fn owns(actor: &Actor, owner: UserId) -> bool {
    matches!(actor, Actor::Console | Actor::System) || actor.user_id() == Some(owner.0)
}

/// Who sees and revokes everybody's keys: a leaked key must not wait for its owner.
pub(crate) const fn manages_all(actor: &Actor) -> bool {
    matches!(
        actor,
        Actor::Console | Actor::System | Actor::User { role: Role::Admin, .. } | Actor::Key { role: Role::Admin, scope: Scope::Admin, .. }
    )
}

/// Revokes a key at once; it stays in the list.
pub struct RevokeApiKey(pub ApiKeyId);

impl Command for RevokeApiKey {
    const NAME: &'static str = "api_key.revoke";
    const PERMISSION: Option<Permission> = Some(Permission::ApiKeyWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let key = tx.api_keys().find(self.0)?.ok_or_else(|| Refusal::missing(KIND, self.0.0))?;
        if !manages_all(&op.origin.actor) && !owns(&op.origin.actor, key.facts.owner_id) {
            // As if there were none: who may not see it need not know that it exists.
            return Err(Refusal::missing(KIND, self.0.0));
        }
        if !key.facts.active {
            return Ok(tx.unchanged(()));
        }
        let event = Event::new(event::APIKEY_REVOKED).on(KIND, key.id.0, key.facts.name.as_str());
        let allowed = op.allow(Permission::ApiKeyWrite, key)?;
        let change = tx.api_keys().revoke(&allowed)?;
        Ok(tx.record(&event, change)?)
    }
}
