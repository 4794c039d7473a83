//! A setting that nothing reads is a lie on the settings page. Two proofs that there is none: each setting, changed alone, changes what the readers of
//! [`Values`] give; and each reader is called by code that runs, outside tests and outside this module. Together: what is saved is what counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use guard::challenge;
use guard::entropy::Seeded;
use guard::fence::Registry;
use guard::key::{MasterKey, SEALED_SETTING};
use ringfence_guard as guard;

use super::{ALL, Kind, Setting, Values};

/// What every test starts from: everything that hides other settings is on.
const SHOWN: &[(&str, &str)] = &[
    ("fence.recaptcha_endpoint", "https://one.example"),
    ("fence.recaptcha_private_key", "one"),
    ("fence.recaptcha_public_key", "one"),
    ("login_protection.endpoint", "https://one.example"),
    ("login_protection.method", "recaptcha"),
    ("login_protection.secret_key", "one"),
    ("login_protection.site_key", "one"),
    ("password_policy.pattern", "one"),
    ("recaptcha_enterprise.api_key", "one"),
    ("recaptcha_enterprise.project_id", "one"),
    ("smtp.auth_pass", "one"),
    ("smtp.auth_user", "one"),
    ("smtp.enabled", "true"),
];

/// All that live code can learn, in words. A new reader gets a line here.
fn seen(values: &Values) -> String {
    let mut seen = String::new();
    let fence = values.fence();
    let _ = writeln!(seen, "{:?}\n{:?}\n{:?}", values.limits(), values.session(), values.modes());
    let _ = writeln!(seen, "{:?} {:?} {:?}", values.external_header(), values.min_time(), values.fence_log());
    let _ = writeln!(seen, "{fence:?}");
    let _ = writeln!(seen, "{} {}", values.import_limit(), values.password_age().as_secs());
    let _ = writeln!(seen, "{:?}", values.policy());
    let _ = writeln!(seen, "{} {:?} {:?}", values.site_name(), values.timezone(), values.utilization_marks());
    for challenge in challenge::ALL {
        if let Some((_, keys)) = values.provider(challenge.descriptor().name) {
            let _ = writeln!(seen, "{keys:?} {}", keys.secret.expose());
        }
    }
    if let Some((server, sender)) = values.mail_server("ipam.example.org") {
        let _ = writeln!(seen, "{server:?} {:?} {sender:?}", server.password.as_ref().map(|secret| secret.expose().clone()));
    }
    seen
}

/// Another value than the one in force.
fn other(setting: &Setting, now: &str) -> String {
    let pick = |one: &str, two: &str| if now == one { two.to_owned() } else { one.to_owned() };
    match setting.kind {
        Kind::Integer { min, max } => pick(&max.to_string(), &min.to_string()),
        Kind::OffOr { max, .. } => pick("0", &max.to_string()),
        Kind::Switch => pick("true", "false"),
        Kind::Text { .. } if setting.key.ends_with("_endpoint") || setting.key.ends_with(".endpoint") => "https://two.example".into(),
        Kind::Text { .. } | Kind::Secret { .. } => "two".into(),
        Kind::OneOf(words) => {
            words.iter().find(|word| **word != now && !word.is_empty()).map_or_else(String::new, |word| (*word).to_owned())
        }
        Kind::Share => pick("0.9", "0.1"),
        Kind::Networks => "192.0.2.0/24".into(),
        Kind::Modes => pick("basic", "form"),
        Kind::Rules => "[]".into(),
        Kind::Phrases => r#"{"en":"Later"}"#.into(),
        Kind::Pattern => "[a-z]".to_owned(),
        Kind::Timezone => pick("Europe/Berlin", "UTC"),
    }
}

fn base(registry: &Registry) -> Values {
    let sealer = MasterKey::new([1; 32]).sealer(SEALED_SETTING, 1);
    let put = |key: &str, text: &str| sealer.seal(&Seeded::new(1), key.as_bytes(), text.as_bytes());
    let stored: BTreeMap<String, String> = SHOWN
        .iter()
        .map(|(key, text)| {
            let secret = super::find(key).unwrap().is_secret();
            ((*key).to_owned(), if secret { put(key, text) } else { (*text).to_owned() })
        })
        .collect();
    Values::read(1, stored, super::values::Beside::default(), registry, &sealer).unwrap()
}

#[test]
fn every_setting_changed_alone_changes_what_live_code_sees() {
    let registry = Registry::standard();
    let before = base(&registry);
    // Without a change nothing changes: what differs below differs because of the setting.
    assert_eq!(seen(&before), seen(&before.with(&[], &registry).unwrap()));
    assert!(seen(&before).contains("https://one.example"));
    for setting in ALL {
        let text = other(setting, before.text(setting));
        assert_ne!(text, before.text(setting), "{}", setting.key);
        let after = before.with(&[(setting.key, Some(text))], &registry).unwrap();
        // Enterprise stands between the version and the plain service, so each is looked at from the other's side too.
        let apart = [("recaptcha_enterprise.enabled", Some("true".to_owned()))];
        let (there, then) = (before.with(&apart, &registry).unwrap(), after.with(&apart, &registry).unwrap());
        assert!(seen(&before) != seen(&after) || seen(&there) != seen(&then), "nothing reads {}", setting.key);
    }
}

/// The part of a source that runs: what comes before its tests, without blanks.
fn running(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| line.chars().filter(|c| !c.is_whitespace())).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_reader_is_called_by_code_that_runs() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let here = crates.join("app/src/setting");
    let mut files = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut files);
    }
    let elsewhere: Vec<String> = files.iter().filter(|file| !file.starts_with(&here)).map(|file| running(file)).collect();
    let values = fs::read_to_string(here.join("values.rs")).unwrap();
    let code = values.split("#[cfg(test)]").next().unwrap();
    let readers: Vec<&str> = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub fn ").or_else(|| line.trim().strip_prefix("pub const fn ")))
        // Those that are asked by key give what is stored, for pages and files, and tell nothing about one setting.
        .filter(|line| line.contains("(&self") && !["key:", "setting:", "changes:"].iter().any(|word| line.contains(word)))
        .map(|line| line.split('(').next().unwrap())
        .collect();
    assert!(readers.len() > 10 && readers.contains(&"site_name") && elsewhere.len() > 100, "{readers:?}");
    for reader in readers {
        let calls =
            [format!("settings().{reader}("), format!("settings.{reader}("), format!("values.{reader}("), format!("Values::{reader}")];
        let called = elsewhere.iter().any(|code| calls.iter().any(|call| code.contains(call)));
        assert!(called, "nobody calls Values::{reader}");
    }
    assert!(!elsewhere.iter().any(|code| code.contains("settings().no_such_reader(")));
}

#[test]
fn the_reference_is_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let written = fs::read_to_string(path).unwrap();
    assert_eq!(written, super::reference(), "write it again: ringfence setting reference > docs/settings.md");
}
