//! Changing settings.

use guard::audit::Event;
use guard::permission::Permission;
use ringfence_guard as guard;
use ringfence_store::{Change, Recorded, WriteTx};

use crate::setting::{self, Setting};
use crate::{App, Command, OpCtx, Problem, Refusal, event};

/// Sets settings, or puts them back to their defaults; all or none. Made by [`App::put_settings`], which checks and seals the values.
pub struct PutSettings(Vec<(&'static Setting, Option<String>)>);

impl App {
    /// Checks new values, all problems at once, and seals those that are secret. A value of none means the default.
    pub fn put_settings(&self, values: &[(&str, Option<&str>)]) -> Result<PutSettings, Refusal> {
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        for (key, value) in values {
            let setting = setting::find(key)?;
            let normal = value.map(|text| setting.kind.normal(text, self.registry())).transpose();
            match normal {
                Ok(text) => entries.push((setting, text.map(|text| self.sealed(setting, text)))),
                Err(message) => problems.push(Problem::new(setting.key, message)),
            }
        }
        if problems.is_empty() { Ok(PutSettings(entries)) } else { Err(Refusal::Invalid(problems)) }
    }

    fn sealed(&self, setting: &'static Setting, text: String) -> String {
        if setting.is_secret() && !text.is_empty() {
            self.settings.sealer().seal(self.entropy.as_ref(), setting.key.as_bytes(), text.as_bytes())
        } else {
            text
        }
    }
}

impl Command for PutSettings {
    const NAME: &'static str = "setting.put";
    const PERMISSION: Option<Permission> = Some(Permission::SettingWrite);
    type Output = ();

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<()>, Refusal> {
        let mut changes = Change::none();
        for (setting, value) in &self.0 {
            changes = changes.and(tx.settings().put(setting.key, value.as_deref(), !setting.is_secret())?).map(drop);
        }
        let keys: Vec<&str> = self.0.iter().map(|(setting, _)| setting.key).collect();
        let event = Event::new(event::SETTING_UPDATED).with("key", keys.join(" "));
        Ok(tx.record(&event, changes)?)
    }
}
