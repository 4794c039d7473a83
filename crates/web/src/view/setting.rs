//! Settings as fields of a form. Which control a setting gets follows from its kind, so a page only says which settings it shows.

use super::Choice;

/// What a value is typed into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// One line of text.
    Line,
    /// One line with a number.
    Number,
    /// On or off.
    Switch,
    /// Several lines.
    Area,
    /// One of a list.
    Pick(Vec<Choice>),
    /// A secret: never shown, kept when nothing is typed.
    Secret {
        /// Whether there is one.
        set: bool,
    },
}

/// One setting.
#[derive(Debug, Clone)]
pub struct SettingField {
    /// Its key; also the field's name.
    pub key: &'static str,
    /// What people call it.
    pub label: String,
    /// What it does, and what it is measured in.
    pub hint: String,
    /// What it is typed into.
    pub control: Control,
    /// The value as typed or stored; of a secret nothing.
    pub value: String,
    /// The value as stored when the form was made; none of a secret.
    pub was: Option<String>,
}

/// Settings that belong together.
#[derive(Debug, Clone)]
pub struct SettingGroup {
    /// Its heading.
    pub title: &'static str,
    /// What they are for.
    pub note: &'static str,
    /// The settings.
    pub fields: Vec<SettingField>,
}

#[cfg(test)]
impl SettingGroup {
    /// One of each control.
    pub(crate) fn samples() -> Vec<Self> {
        let field = |key, control, value: &str| SettingField {
            key,
            label: "A label".into(),
            hint: "What it does.".into(),
            control,
            value: value.into(),
            was: Some(value.into()),
        };
        let first = Self {
            title: "Fence",
            note: "",
            fields: vec![
                field("fence.enabled", Control::Switch, "true"),
                field("fence.no_answer_duration", Control::Number, "900"),
                field("fence.trusted_ip_list", Control::Area, "10.0.0.0/8\n::1"),
                field("fence.recaptcha_private_key", Control::Secret { set: true }, ""),
            ],
        };
        let second = Self {
            title: "Login",
            note: "For every way in.",
            fields: vec![
                field("login.external_header", Control::Line, "X-Remote-User"),
                field(
                    "login_protection.method",
                    Control::Pick(vec![Choice::new("", "none"), Choice::new("captcha", "captcha")]),
                    "captcha",
                ),
                field("login_protection.secret_key", Control::Secret { set: false }, ""),
            ],
        };
        vec![first, second]
    }
}
