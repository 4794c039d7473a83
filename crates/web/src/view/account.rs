//! One's own account: profile, password, sessions. Also what a field for a new password shows, wherever one stands.

use askama::Template;
use serde::Deserialize;

use super::{Choice, Form, Frame, When};

/// What stands around a field for a new password.
#[derive(Debug, Clone, Default)]
pub struct Secret {
    /// What it must be, as sentences.
    pub rules: Vec<String>,
    /// Where a script has it judged while it is typed.
    pub judge: &'static str,
    /// What lets somebody who is not logged in have it judged: the token of the page's link.
    pub token: Option<String>,
}

/// A profile as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProfileValues {
    /// Name shown.
    pub display_name: String,
    /// IANA name.
    pub timezone: String,
    /// Tag of a language, or nothing.
    pub language: String,
    /// The colours.
    pub theme: String,
}

/// A new address as typed; the password is never shown again.
#[derive(Debug, Clone, Default)]
pub struct EmailValues {
    /// The address.
    pub email: String,
}

/// `GET /account`
#[derive(Debug, Template)]
#[template(path = "account/profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub page: Frame,
    /// Posted to `/account`.
    pub form: Form<ProfileValues>,
    /// What stands below the name.
    pub name_hint: String,
    /// What stands below the time zone.
    pub zone_hint: String,
    /// The names of time zones.
    pub zones: Vec<String>,
    /// The languages.
    pub languages: Vec<Choice>,
    /// The colours.
    pub themes: Vec<Choice>,
    /// Posted to `/account/email`.
    pub email: Form<EmailValues>,
    /// The present address.
    pub address: String,
    /// Whether somebody answered from it.
    pub verified: bool,
    /// That another address waits for an answer, as a sentence.
    pub pending: Option<String>,
    /// Whether there is a password to ask for.
    pub has_password: bool,
}

/// `GET /account/password`
#[derive(Debug, Template)]
#[template(path = "account/password.html")]
pub struct PasswordPage {
    /// The frame.
    pub page: Frame,
    /// Posted to `/account/password`.
    pub form: Form<()>,
    /// For password managers.
    pub username: String,
    /// Whether there is a password to ask for.
    pub has_password: bool,
    /// Nothing else is open before it is done.
    pub must: bool,
    /// The account has no password here.
    pub elsewhere: bool,
    /// What stands around the new one.
    pub secret: Secret,
}

/// A session in a list.
#[derive(Debug, Clone)]
pub struct SeatRow {
    /// Row id.
    pub id: i64,
    /// The browser in a few words.
    pub browser: String,
    /// The browser as it names itself.
    pub agent: String,
    /// The address that it began from.
    pub client: String,
    /// When it began.
    pub began: When,
    /// When it was last used.
    pub seen: When,
    /// The one that the page is shown in.
    pub current: bool,
}

/// `GET /account/sessions`
#[derive(Debug, Template)]
#[template(path = "account/sessions.html")]
pub struct SessionsPage {
    /// The frame.
    pub page: Frame,
    /// The last used first.
    pub rows: Vec<SeatRow>,
}

#[cfg(test)]
impl Secret {
    pub(crate) fn sample() -> Self {
        Self { rules: vec!["At least 12 characters.".into(), "A digit.".into()], judge: "/password/judge", token: Some("t0ken".into()) }
    }
}

#[cfg(test)]
impl ProfilePage {
    pub(crate) fn sample() -> Self {
        let values =
            ProfileValues { display_name: "Ada".into(), timezone: "Europe/Berlin".into(), language: "fr".into(), theme: "dark".into() };
        Self {
            page: Frame::sample_own("Your account", super::Nav::Account),
            form: Form::new("profile", "/account", values).wrong("timezone", "There is no such time zone."),
            name_hint: "Empty: your login name, ada.".into(),
            zone_hint: "Times are shown in it. Empty: UTC.".into(),
            zones: vec!["Europe/Berlin".into(), "UTC".into()],
            languages: vec![Choice::new("", "What the browser asks for"), Choice::new("fr", "Français")],
            themes: vec![Choice::new("dark", "Dark"), Choice::new("light", "Light")],
            email: Form::new("email", "/account/email", EmailValues { email: "new@example.org".into() }).wrong("current", "Wrong."),
            address: "ada@example.org".into(),
            verified: true,
            pending: Some("A letter went to new@example.org.".into()),
            has_password: true,
        }
    }

    pub(crate) fn sample_bare() -> Self {
        let email = Form::new("email", "/account/email", EmailValues::default());
        Self { address: String::new(), pending: None, has_password: false, email, ..Self::sample() }
    }
}

#[cfg(test)]
impl PasswordPage {
    pub(crate) fn sample() -> Self {
        let form = Form::new("pass", "/account/password", ());
        Self {
            page: Frame::sample_own("Password", super::Nav::Account),
            form: form.wrong("current", "This is not your present password.").wrong("new", "Too short.").wrong("new", "A digit."),
            username: "ada".into(),
            has_password: true,
            must: true,
            elsewhere: false,
            secret: Secret { token: None, ..Secret::sample() },
        }
    }

    pub(crate) fn sample_elsewhere() -> Self {
        Self { has_password: false, must: false, elsewhere: true, form: Form::new("pass", "/account/password", ()), ..Self::sample() }
    }
}

#[cfg(test)]
impl SeatRow {
    pub(crate) fn sample(id: i64) -> Self {
        Self {
            id,
            browser: "Firefox on Linux".into(),
            agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
            client: "2001:db8::1".into(),
            began: When::sample(),
            seen: When::sample(),
            current: id == 1,
        }
    }
}

#[cfg(test)]
impl SessionsPage {
    pub(crate) fn sample() -> Self {
        Self { page: Frame::sample_own("Sessions", super::Nav::Account), rows: vec![SeatRow::sample(1), SeatRow::sample(2)] }
    }
}
