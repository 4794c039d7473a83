//! `ringfence setting …`.

use std::process::ExitCode;

use ringfence_app::commands::setting::PutSetting;
use ringfence_app::setting::{self, Setting, Values};

use super::{Context, Outcome};
use crate::args::SettingVerb;
use crate::{open, out};

pub(super) async fn run(context: &Context, verb: SettingVerb) -> Outcome {
    let values = context.app.settings();
    match verb {
        SettingVerb::Get { key } => {
            let setting = setting::find(&key)?;
            let value = shown(setting, &values);
            if context.json { out::line(serde_json::json!({ "key": setting.key, "value": value })) } else { out::line(value) }
        }
        SettingVerb::Set { key, value, default: _ } => {
            let setting = setting::find(&key)?;
            context.app.run(&open::console(&context.app), PutSetting { setting, value }).await?;
        }
        SettingVerb::List => list(&values, context.json),
    }
    Ok(ExitCode::SUCCESS)
}

fn shown<'v>(setting: &'static Setting, values: &'v Values) -> &'v str {
    if setting.secret && values.is_stored(setting) { "***" } else { values.text(setting) }
}

fn list(values: &Values, json: bool) {
    if json {
        let all: Vec<_> = setting::ALL
            .iter()
            .map(|s| serde_json::json!({ "key": s.key, "value": shown(s, values), "default": s.default, "stored": values.is_stored(s), "doc": s.doc }))
            .collect();
        out::line(serde_json::Value::Array(all));
        return;
    }
    for setting in setting::ALL {
        let source = if values.is_stored(setting) { format!(" (default {})", setting.default) } else { String::new() };
        out::line(format!("{} = {}{source}\n    {}", setting.key, shown(setting, values), setting.doc));
    }
}
