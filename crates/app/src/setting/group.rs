//! Which settings stand together: the one list behind the settings page and the reference. A group owns the beginnings of keys, so a new setting finds its
//! group by its name; a test refuses a setting that has none or two.

use super::{ALL, Setting};

/// Settings that are shown and saved together.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in addresses.
    pub slug: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What its settings are for.
    pub note: &'static str,
    /// How the keys of its settings begin.
    pub prefixes: &'static [&'static str],
}

const fn group(slug: &'static str, title: &'static str, note: &'static str, prefixes: &'static [&'static str]) -> Group {
    Group { slug, title, note, prefixes }
}

/// Every group, sorted by its name in addresses.
pub const GROUPS: &[Group] = &[
    group("api", "API", "What an address may get wrong before its API keys are not looked at any more.", &["api."]),
    group("branding", "Branding", "What this installation is called, and the zone of its times.", &["branding."]),
    group("display", "Display", "When bars change their colour.", &["display."]),
    group("fence", "Fence", "The parameters that checkers and countermeasures share.", &["fence."]),
    group("limits", "Limits", "How much one request may bring along.", &["limits."]),
    group(
        "login",
        "Login",
        "The ways in, and a challenge that stands on every login form.",
        &["login.", "login_protection.", "recaptcha_enterprise."],
    ),
    group("password-policy", "Passwords", "What a new password must be like.", &["password_policy."]),
    group(
        "security",
        "Lockouts",
        "The budgets against guessing, which hold whatever the rules of the fence say.",
        &["security.account_", "security.login_"],
    ),
    group("session", "Sessions", "How long a login lasts.", &["security.session_", "session."]),
    group("smtp", "Mail server", "Where letters are handed in.", &["smtp."]),
];

impl Group {
    /// The group of that name.
    #[must_use]
    pub fn find(slug: &str) -> Option<&'static Self> {
        GROUPS.iter().find(|group| group.slug == slug)
    }

    /// Whether a setting stands here.
    #[must_use]
    pub fn holds(&self, key: &str) -> bool {
        self.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }

    /// Its settings, sorted by key.
    pub fn settings(&self) -> impl Iterator<Item = &'static Setting> {
        ALL.iter().filter(|setting| self.holds(setting.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_one_group_and_every_group_settings() {
        assert!(GROUPS.is_sorted_by_key(|group| group.slug));
        for setting in ALL {
            let groups: Vec<&str> = GROUPS.iter().filter(|group| group.holds(setting.key)).map(|group| group.slug).collect();
            assert_eq!(groups.len(), 1, "{} stands in {groups:?}", setting.key);
        }
        for group in GROUPS {
            assert!(group.settings().next().is_some() && group.note.ends_with('.'), "{}", group.slug);
            assert!(group.slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", group.slug);
            assert_eq!(Group::find(group.slug), Some(group));
        }
        assert_eq!(Group::find("nothing"), None);
    }
}
