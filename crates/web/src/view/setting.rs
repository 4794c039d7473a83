//! Settings as fields of a form. Which control a setting gets follows from its kind, so a page only says which settings it shows.

use askama::Template;

use super::{Choice, Form, Frame};

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
    /// On a page of its own.
    Elsewhere {
        /// Where.
        href: &'static str,
        /// What the link says.
        label: &'static str,
    },
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// Somebody set it.
    Database {
        /// What it would be otherwise, in words.
        default: &'static str,
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
    /// Where the value comes from.
    pub origin: Origin,
    /// What a search reads, in small letters; empty where nothing is searched.
    pub find: String,
    /// Does not fit the search.
    pub hidden: bool,
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

/// A group with its form on the page of all settings.
#[derive(Debug, Clone)]
pub struct SettingCard {
    /// Its name in addresses; also the card's id.
    pub slug: &'static str,
    /// Posted to `/settings/{group}`; errors are named by key.
    pub form: Form<()>,
    /// Heading and fields.
    pub group: SettingGroup,
    /// The page with more about it: where, and what the link says.
    pub link: Option<(&'static str, &'static str)>,
}

impl SettingCard {
    /// Whether nothing in it fits the search.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.group.fields.iter().all(|field| field.hidden)
    }
}

/// One key of the configuration, which cannot be changed here.
#[derive(Debug, Clone)]
pub struct ConfiguredRow {
    /// As it stands in the file.
    pub key: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The value in force.
    pub value: String,
    /// Where it comes from, in words.
    pub source: String,
    /// What a search reads, in small letters.
    pub find: String,
    /// Does not fit the search.
    pub hidden: bool,
}

/// `GET /settings`
#[derive(Debug, Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub page: Frame,
    /// What is looked for.
    pub query: String,
    /// May change them.
    pub can_save: bool,
    /// A card for each group.
    pub cards: Vec<SettingCard>,
    /// What is configured outside the database.
    pub configured: Vec<ConfiguredRow>,
}

impl SettingsPage {
    /// How many fit the search.
    #[must_use]
    pub fn found(&self) -> usize {
        let fields = self.cards.iter().flat_map(|card| &card.group.fields).filter(|field| !field.hidden).count();
        fields + self.configured.iter().filter(|row| !row.hidden).count()
    }

    /// Whether nothing of the configuration fits the search.
    #[must_use]
    pub fn hides_configured(&self) -> bool {
        self.configured.iter().all(|row| row.hidden)
    }
}

#[cfg(test)]
impl SettingsPage {
    pub(crate) fn sample() -> Self {
        let card = |slug, group, link| SettingCard { slug, form: Form::new(slug, format!("/settings/{slug}#{slug}"), ()), group, link };
        let row = |key, value: &str, hidden| ConfiguredRow {
            key,
            doc: "What it does.",
            value: value.into(),
            source: "file ringfence.toml".into(),
            find: format!("{key} what it does."),
            hidden,
        };
        let mut groups = SettingGroup::samples().into_iter();
        let cards = ["fence", "login"]
            .into_iter()
            .zip(&mut groups)
            .map(|(slug, group)| card(slug, group, (slug == "fence").then_some(("/security/fence", "Rules"))));
        Self {
            page: Frame::sample("Settings", super::Nav::Settings),
            query: String::new(),
            can_save: true,
            cards: cards.collect(),
            configured: vec![row("listen", "127.0.0.1:8443", false), row("public_url", "", false)],
        }
    }

    pub(crate) fn sample_found() -> Self {
        let mut sample = Self::sample();
        for field in sample.cards.iter_mut().flat_map(|card| &mut card.group.fields) {
            field.hidden = field.key != "fence.enabled";
        }
        sample.configured.iter_mut().for_each(|row| row.hidden = true);
        Self { query: "enabled".into(), ..sample }
    }

    pub(crate) fn sample_wrong() -> Self {
        let mut sample = Self::sample();
        if let Some(card) = sample.cards.first_mut() {
            card.form = card.form.clone().wrong("fence.no_answer_duration", "Must be a whole number.");
        }
        Self { can_save: false, ..sample }
    }
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
            origin: if value == "900" { Origin::Database { default: "600" } } else { Origin::Default },
            find: format!("{key} a label what it does."),
            hidden: false,
        };
        let first = Self {
            title: "Fence",
            note: "",
            fields: vec![
                field("fence.enabled", Control::Switch, "true"),
                field("fence.no_answer_duration", Control::Number, "900"),
                field("fence.trusted_ip_list", Control::Area, "10.0.0.0/8\n::1"),
                field("fence.recaptcha_private_key", Control::Secret { set: true }, ""),
                field("fence.rules", Control::Elsewhere { href: "/security/fence#rules", label: "Edit them" }, ""),
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
