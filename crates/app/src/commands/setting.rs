//! Changing settings.

use guard::audit::Event;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store::{Recorded, WriteTx};

use crate::setting::{self, Setting};
use crate::{Command, OpCtx, Refusal, event};

/// Sets a setting, or with none puts it back to its default.
pub struct PutSetting {
    /// Which.
    pub setting: &'static Setting,
    /// The new value as text.
    pub value: Option<String>,
}

impl Command for PutSetting {
    const NAME: &'static str = "setting.put";
    const PERMISSION: Option<Permission> = Some(Permission::SettingWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let value = match &self.value {
            Some(text) => Some(setting::normal(self.setting, text)?),
            None => None,
        };
        let change = tx.settings().put(self.setting.key, value.as_deref(), !self.setting.secret)?;
        let event = Event::new(event::SETTING_UPDATED).with("key", self.setting.key).with("default", value.is_none());
        Ok(tx.record(&event, change)?)
    }
}
