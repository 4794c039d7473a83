//! Settings on pages: the slice of settings gives label, hint and control of each, and what was typed becomes new values, all problems at once.
//!
//! Which settings stand together is said once, by [`ringfence_app::setting::GROUPS`]; a page names the groups that it shows.

pub mod all;

use std::collections::BTreeMap;
use std::sync::Arc;

use guard::fence::Registry;
use ringfence_app::setting::{Group, Kind, Setting, Values, zone};
use ringfence_app::{App, OpCtx, Problem, Refusal};
use ringfence_guard as guard;

use crate::view::Choice;
use crate::view::setting::{Control, Origin, SettingField, SettingGroup};

/// A form's fields as they came, in order.
pub type Pairs = Vec<(String, String)>;

/// A new value by key; none is the default.
pub type Change = (&'static str, Option<String>);

/// The groups of these names.
pub fn named(slugs: &[&str]) -> Vec<&'static Group> {
    slugs.iter().filter_map(|slug| Group::find(slug)).collect()
}

/// What can be typed into a form; rules have an editor of their own.
fn typeable(group: &'static Group) -> impl Iterator<Item = &'static Setting> {
    group.settings().filter(|setting| !matches!(setting.kind, Kind::Rules))
}

/// What a key is called where the key itself says too little.
const NAMES: &[(&str, &str)] = &[
    ("display.utilization_critical", "Full from"),
    ("display.utilization_warn", "Warn from"),
    ("fence.enabled", "Ask the rules of the fence"),
    ("limits.import_csv_max_mb", "Largest file to import, in MiB"),
    ("recaptcha_enterprise.enabled", "reCAPTCHA is Enterprise"),
    ("smtp.auth_pass", "Password"),
    ("smtp.auth_user", "User"),
    ("smtp.enabled", "Send mail"),
    ("smtp.from_address", "Sender's address"),
    ("smtp.from_name", "Sender's name"),
    ("smtp.host", "Server"),
    ("smtp.verify_peer", "Check the server's certificate"),
];

/// What people call a setting: the last part of its key as words, so that who knows the documents finds it again.
fn label(key: &str) -> String {
    if let Some((_, name)) = NAMES.iter().find(|(of, _)| *of == key) {
        return (*name).to_owned();
    }
    let words = key.rsplit('.').next().unwrap_or(key).split('_').map(|word| match word {
        "api" | "http" | "id" | "ip" => word.to_uppercase(),
        "recaptcha" => "reCAPTCHA".to_owned(),
        other => other.to_owned(),
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let mut chars = text.chars();
    if text.starts_with("reCAPTCHA") { text } else { chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect() }
}

fn hint(setting: &Setting, value: &str) -> String {
    let more = match setting.kind {
        Kind::Integer { .. } if setting.doc.starts_with("Microseconds") => {
            let micros = value.trim().parse::<u64>().ok();
            micros.map_or_else(String::new, |micros| format!(" {value} is {} s.", std::time::Duration::from_micros(micros).as_secs_f64()))
        }
        Kind::Networks => " One a line: an address, or a network such as 192.0.2.0/24.".to_owned(),
        Kind::Phrases => " A line for each language: en = Come back later. Write \\n for a new line.".to_owned(),
        Kind::Modes => " Joined by |.".to_owned(),
        Kind::Share => " From 0 to 1.".to_owned(),
        _ => String::new(),
    };
    format!("{}{more}", setting.doc)
}

fn control(setting: &'static Setting, values: &Values) -> Control {
    match setting.kind {
        Kind::Integer { .. } | Kind::OffOr { .. } | Kind::Share => Control::Number,
        Kind::Switch => Control::Switch,
        Kind::OneOf(words) => {
            Control::Pick(words.iter().map(|word| Choice::new(*word, if word.is_empty() { "none" } else { word })).collect())
        }
        Kind::Secret { .. } => Control::Secret { set: values.is_stored(setting) && !values.text(setting).is_empty() },
        Kind::Networks | Kind::Phrases => Control::Area,
        Kind::Rules => Control::Elsewhere { href: "/security/fence#rules", label: "Edit them on the page Fence" },
        Kind::Text { .. } | Kind::Modes | Kind::Pattern => Control::Line,
        Kind::Timezone => Control::Pick(zone::names().into_iter().map(|name| Choice::new(name.clone(), name)).collect()),
    }
}

/// A value as a field shows it.
fn shown(setting: &'static Setting, values: &Values) -> String {
    match setting.kind {
        Kind::Secret { .. } => String::new(),
        Kind::Phrases => phrase_lines(values.text(setting)),
        Kind::Rules => String::new(),
        _ => values.text(setting).to_owned(),
    }
}

/// Where a value comes from, and what it would be if nobody had set it.
fn origin(setting: &'static Setting, values: &Values) -> Origin {
    if !values.is_stored(setting) {
        return Origin::Default;
    }
    let default = match (setting.kind, setting.default) {
        (Kind::Rules, _) => "those it came with",
        (_, "") => "empty",
        (Kind::Switch, "true") => "on",
        (Kind::Switch, _) => "off",
        (_, text) => text,
    };
    Origin::Database { default }
}

fn field(setting: &'static Setting, values: &Values, typed: &[(String, String)]) -> SettingField {
    let value = last(typed, setting.key).filter(|_| !setting.is_secret()).map_or_else(|| shown(setting, values), str::to_owned);
    SettingField {
        key: setting.key,
        label: label(setting.key),
        hint: hint(setting, &value),
        control: control(setting, values),
        was: (!setting.is_secret()).then(|| shown(setting, values)),
        value,
        origin: origin(setting, values),
        find: String::new(),
        hidden: false,
    }
}

/// The groups with what is stored, or with what was typed where something was.
pub fn groups(values: &Values, groups: &[&'static Group], typed: &[(String, String)]) -> Vec<SettingGroup> {
    let group = |group: &&'static Group| SettingGroup {
        title: group.title,
        note: group.note,
        fields: typeable(group).map(|setting| field(setting, values, typed)).collect(),
    };
    groups.iter().map(group).collect()
}

/// The field that carries what a setting was when its form was made.
fn was(key: &str) -> String {
    format!("{key}.was")
}

/// A text whose lines end as ours do, whatever the browser made of them.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The last value of a name: a switch that is on comes after the one that says it is off.
fn last<'p>(typed: &'p [(String, String)], name: &str) -> Option<&'p str> {
    typed.iter().rev().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
}

/// What differs from what is stored. A field that did not come changes nothing; a value that is the default is not stored.
pub fn changes(
    values: &Values,
    registry: &Registry,
    groups: &[&'static Group],
    typed: &[(String, String)],
) -> Result<Vec<Change>, Vec<Problem>> {
    let (mut changes, mut problems) = (Vec::new(), Vec::new());
    for setting in groups.iter().flat_map(|group| typeable(group)) {
        let Some(text) = last(typed, setting.key) else { continue };
        let was = last(typed, &was(setting.key)).map(lines);
        if was.as_ref().is_some_and(|was| *was == lines(text)) && !setting.is_secret() {
            // Nobody touched this field: whatever it is now, it stays.
            continue;
        }
        let now = shown(setting, values);
        let clash = was.is_some_and(|was| was != lines(&now));
        if setting.is_secret() {
            let remove = last(typed, &format!("{}.remove", setting.key)).is_some();
            match (text.trim().is_empty(), remove) {
                (false, _) => changes.push((setting.key, Some(text.to_owned()))),
                (true, true) => changes.push((setting.key, None)),
                (true, false) => {}
            }
            continue;
        }
        let text = match setting.kind {
            Kind::Phrases => match phrases(text) {
                Ok(json) => json,
                Err(message) => {
                    problems.push(Problem::new(setting.key, message));
                    continue;
                }
            },
            _ => text.to_owned(),
        };
        match setting.kind.normal(&text, registry) {
            Ok(same) if same == values.text(setting) => {}
            Ok(_) if clash => {
                let message =
                    format!("was changed by somebody else meanwhile: it is \"{now}\" now. Look at it, and save again if yours is right");
                problems.push(Problem::new(setting.key, message));
            }
            Ok(default) if default == setting.default => changes.push((setting.key, None)),
            Ok(normal) => changes.push((setting.key, Some(normal))),
            Err(message) => problems.push(Problem::new(setting.key, message)),
        }
    }
    if problems.is_empty() { Ok(changes) } else { Err(problems) }
}

/// Saves what differs; gives how many settings that were.
pub async fn save(app: &Arc<App>, op: &OpCtx, groups: &[&'static Group], typed: &[(String, String)]) -> Result<usize, Refusal> {
    let changes = changes(&app.settings(), app.registry(), groups, typed).map_err(Refusal::Invalid)?;
    put(app, op, &changes).await
}

/// Saves these values; without any nothing is recorded.
pub async fn put(app: &Arc<App>, op: &OpCtx, changes: &[Change]) -> Result<usize, Refusal> {
    if !changes.is_empty() {
        let pairs: Vec<(&str, Option<&str>)> = changes.iter().map(|(key, text)| (*key, text.as_deref())).collect();
        app.run(op, app.put_settings(&pairs)?).await?;
    }
    Ok(changes.len())
}

/// What a save came to, for the message after it.
pub fn told(count: usize) -> String {
    match count {
        0 => "Nothing was changed: everything was so already.".to_owned(),
        1 => "Saved: one setting is changed.".to_owned(),
        count => format!("Saved: {count} settings are changed."),
    }
}

/// `{"en":"Later"}` as `en = Later`, a line for each language.
fn phrase_lines(json: &str) -> String {
    let map: BTreeMap<String, String> = serde_json::from_str(json).unwrap_or_default();
    map.iter().map(|(language, text)| format!("{language} = {}", text.replace('\n', "\\n"))).collect::<Vec<_>>().join("\n")
}

/// The other way.
fn phrases(text: &str) -> Result<String, String> {
    let mut map = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (language, phrase) = line.split_once('=').ok_or_else(|| format!("line {} is not of the form language = text", index + 1))?;
        let language = language.trim().to_ascii_lowercase();
        if map.insert(language.clone(), phrase.trim().replace("\\n", "\n")).is_some() {
            return Err(format!("line {} names {language} again", index + 1));
        }
    }
    if map.is_empty() { Ok(String::new()) } else { serde_json::to_string(&map).map_err(|e| e.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_app::setting;

    #[test]
    fn keys_become_words_that_are_found_again() {
        for (key, words) in [
            ("fence.trusted_ip_list", "Trusted IP list"),
            ("fence.recaptcha_public_key", "reCAPTCHA public key"),
            ("fence.no_answer_http_response_code", "No answer HTTP response code"),
            ("recaptcha_enterprise.project_id", "Project ID"),
            ("smtp.auth_pass", "Password"),
        ] {
            assert_eq!(label(key), words);
        }
    }

    #[test]
    fn names_are_those_of_settings() {
        for (key, _) in NAMES {
            assert!(setting::ALL.iter().any(|setting| setting.key == *key), "{key}");
        }
    }

    #[test]
    fn microseconds_are_told_in_seconds() {
        let slowdown = setting::find("fence.slowdown_initial_duration").unwrap();
        assert!(hint(slowdown, "500000").ends_with("500000 is 0.5 s."));
        assert_eq!(hint(slowdown, "soon"), slowdown.doc);
    }

    #[test]
    fn phrases_are_lines() {
        let json = phrases("en = Later\\nPlease\r\n\nFR = Plus tard = demain").unwrap();
        assert_eq!(json, r#"{"en":"Later\nPlease","fr":"Plus tard = demain"}"#);
        assert_eq!(phrase_lines(&json), "en = Later\\nPlease\nfr = Plus tard = demain");
        assert_eq!(phrases(" \n").unwrap(), "");
        assert!(phrases("en = a\nLater").unwrap_err().starts_with("line 2"));
        assert!(phrases("en = a\nen = b").unwrap_err().contains("again"));
    }

    #[test]
    fn a_switch_that_is_on_comes_last() {
        let typed = [("a".to_owned(), "false".to_owned()), ("a".to_owned(), "true".to_owned())];
        assert_eq!((last(&typed, "a"), last(&typed, "b")), (Some("true"), None));
    }
}
