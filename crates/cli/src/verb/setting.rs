//! `ringfence setting …`.

use std::process::ExitCode;

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
        SettingVerb::Set { key, value, default: _, stdin } => {
            let value = if stdin { Some(super::typed()?) } else { value };
            if value.as_deref().is_some_and(|text| !text.is_empty()) && !stdin && setting::find(&key)?.is_secret() {
                return Err(format!("{key} is a secret: give it on the standard input, with --stdin").into());
            }
            let put = context.app.put_settings(&[(&key, value.as_deref())])?;
            context.app.run(&open::console(&context.app), put).await?;
        }
        SettingVerb::List => list(&values, context.json),
        SettingVerb::Reference => out::line(setting::reference().trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn shown<'v>(setting: &'static Setting, values: &'v Values) -> &'v str {
    if setting.is_secret() && values.is_stored(setting) { "***" } else { values.text(setting) }
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
