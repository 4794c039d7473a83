//! Settings: one slice in code says of each its key, type, default, bounds and meaning. Validation, the command line, `docs/settings.md` and the
//! settings page all read this slice; values live in the database and take effect on the next request of every instance.
//!
//! To add one: an entry in [`ALL`] (sorted), a reader of [`Values`], and a line for it in `proof::seen`. [`GROUPS`] finds its place on the page by its
//! key. What must be known before the database opens is no setting: [`Configured`].

mod configured;
mod group;
mod kind;
mod live;
#[cfg(test)]
mod proof;
mod reference;
mod registry;
mod values;
pub mod zone;

pub use configured::{Configured, Source};
pub use group::{GROUPS, Group};
pub use kind::Kind;
pub use live::Live;
pub use reference::reference;
pub use registry::ALL;
pub use values::Values;

use crate::Refusal;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Dotted.
    pub key: &'static str,
    /// Type and bounds.
    pub kind: Kind,
    /// Default, as text.
    pub default: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

impl Setting {
    /// Whether it is sealed and never shown.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret { .. })
    }
}

/// The setting of that key; an unknown one is refused with the nearest known.
pub fn find(key: &str) -> Result<&'static Setting, Refusal> {
    ALL.iter().find(|s| s.key == key).ok_or_else(|| {
        let nearest = ALL.iter().min_by_key(|s| strsim::levenshtein(s.key, key)).map_or("", |s| s.key);
        Refusal::invalid("key", format!("there is no setting {key:?}; the nearest is {nearest}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard::fence::{Registry, rule, shipped};
    use ringfence_guard as guard;

    #[test]
    fn the_slice_is_sorted_and_its_defaults_pass_their_own_bounds() {
        let registry = Registry::standard();
        assert!(ALL.is_sorted_by_key(|s| s.key));
        for setting in ALL {
            assert_eq!(setting.kind.normal(setting.default, &registry).as_deref(), Ok(setting.default), "{}", setting.key);
            assert!(setting.doc.ends_with('.'), "{}", setting.key);
        }
    }

    #[test]
    fn the_default_rules_are_the_shipped_ones() {
        assert_eq!(find("fence.rules").unwrap().default, rule::write(&shipped()));
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        let refusal = find("security.login_max_attempt").unwrap_err();
        assert!(refusal.to_string().contains("security.login_max_attempts"), "{refusal}");
    }

    #[test]
    fn values_are_stored_in_one_form_and_refused_with_what_they_must_be() {
        let registry = Registry::standard();
        let normal = |key: &str, text: &str| find(key).unwrap().kind.normal(text, &registry);
        for (key, text, stored) in [
            ("security.session_idle_seconds", " 060 ", "60"),
            ("smtp.enabled", "yes", "true"),
            ("fence.recaptcha_minimum_score", "0.40", "0.4"),
            ("fence.trusted_ip_list", "10.0.0.7/8, ::1", "10.0.0.0/8\n::1"),
            ("login.allowed_modes", "token, form", "token|form"),
            (
                "fence.rules",
                r#"[{"checker":"captcha","countermeasure":"Combodo\\iTop\\Fence\\Countermeasure\\LoginInvalid","max_level":5}]"#,
                r#"[{"checker":"captcha","countermeasure":"login_invalid","max_level":5.0}]"#,
            ),
            ("fence.no_answer_message", r#"{"fr":"Non","en":"No"}"#, r#"{"en":"No","fr":"Non"}"#),
            ("login_protection.method", "turnstile", "turnstile"),
            ("branding.timezone", "europe/berlin", "Europe/Berlin"),
            ("session.absolute_lifetime_minutes", "0", "0"),
            ("session.absolute_lifetime_minutes", "5", "5"),
        ] {
            assert_eq!(normal(key, text).as_deref(), Ok(stored), "{key}");
        }
        for (key, text, says) in [
            ("security.session_idle_seconds", "0", "between 60 and 86400"),
            ("smtp.enabled", "perhaps", "true or false"),
            ("fence.recaptcha_minimum_score", "1.1", "from 0 to 1"),
            ("fence.trusted_ip_list", "10.0.0.0/33", "10.0.0.0/33"),
            ("login.allowed_modes", "form|carrier-pigeon", "carrier-pigeon"),
            ("login.allowed_modes", "oidc", "not part of this version"),
            ("fence.rules", r#"[{"checker":"captcha","countermeasure":"applause"}]"#, "rule 1"),
            ("fence.no_answer_message", "No", "each language"),
            ("fence.no_answer_message", r#"{"Klingon!":"x"}"#, "no language"),
            ("login_protection.method", "tea_leaves", "one of captcha"),
            ("smtp.host", "a\nb", "one line"),
            ("branding.timezone", "Mars/Olympus", "Europe/Berlin"),
            ("session.absolute_lifetime_minutes", "1", "0 for off"),
            ("session.absolute_lifetime_minutes", "4", "between 5 and 43200"),
        ] {
            assert!(normal(key, text).unwrap_err().contains(says), "{key}: {:?}", normal(key, text));
        }
    }
}
