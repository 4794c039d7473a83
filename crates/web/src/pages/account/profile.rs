//! What one's own account shows and how it is shown, and its e-mail address.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use guard::message::{LANGUAGES, Message};
use guard::secret::SecretText;
use http::StatusCode;
use ringfence_app::account::LoggedIn;
use ringfence_app::commands::account::{SaveProfile, THEMES};
use ringfence_app::setting::zone;
use ringfence_app::{App, Refusal};
use ringfence_guard as guard;
use serde::Deserialize;

use crate::cookie::Jar;
use crate::forms::Form;
use crate::gate::Visitor;
use crate::reply;
use crate::view::account::{EmailValues, ProfilePage, ProfileValues};
use crate::view::{Choice, Form as Shown, Nav, Theme};

const BASE: &str = "/account";

fn page(app: &App, visitor: &Visitor, session: &LoggedIn) -> Result<ProfilePage, Refusal> {
    let (user, t) = (&session.user, |key| visitor.t(key));
    let facts = user.facts.clone();
    let values = ProfileValues { display_name: facts.display_name, timezone: facts.timezone, language: facts.language, theme: facts.theme };
    let mut languages = vec![Choice::new("", t("profile-language-browser"))];
    languages.extend(LANGUAGES.iter().map(|language| Choice::new(language.tag(), language.name())));
    let pending = Message::new("profile-email-pending").with("email", user.pending_email.clone());
    Ok(ProfilePage {
        page: reply::own_frame(visitor, "account-title", Nav::Account),
        form: Shown::new("profile", BASE, values),
        name_hint: visitor.say(&Message::new("profile-name-hint").with("name", facts.username)),
        zone_hint: visitor
            .say(&Message::new("profile-zone-hint").with("zone", app.settings().timezone().iana_name().unwrap_or("UTC").to_owned())),
        zones: zone::names(),
        languages,
        themes: Theme::ALL.iter().map(|theme| Choice::new(theme.name(), t(theme.label()))).collect(),
        email: Shown::new("email", "/account/email", EmailValues::default()),
        address: facts.email,
        verified: user.email_verified,
        pending: (!user.pending_email.is_empty()).then(|| visitor.say(&pending)),
        has_password: app.has_password(session)?,
    })
}

/// The page with what `change` does to it.
fn shown(app: &App, visitor: &Visitor, status: StatusCode, change: impl FnOnce(&mut ProfilePage)) -> Response {
    let Some(session) = &visitor.session else { return reply::redirect("/login") };
    match page(app, visitor, session) {
        Ok(mut page) => {
            change(&mut page);
            reply::with_status(visitor, status, &page)
        }
        Err(refusal) => reply::refusal(visitor, &refusal),
    }
}

/// `GET /account`
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    shown(&app, &visitor, StatusCode::OK, |_| {})
}

/// `POST /account`
pub async fn save(State(app): State<Arc<App>>, visitor: Visitor, Form(values): Form<ProfileValues>) -> Response {
    let theme = if THEMES.contains(&values.theme.as_str()) { Theme::parse(&values.theme) } else { visitor.cookies.theme };
    let command = SaveProfile {
        display_name: values.display_name.clone(),
        timezone: values.timezone.trim().to_owned(),
        language: values.language.clone(),
        theme: values.theme.clone(),
    };
    let refusal = match app.run(&visitor.op, command).await {
        Ok(()) => {
            let language = guard::message::Language::parse(&values.language).unwrap_or(visitor.language);
            let mut response = reply::done(&visitor, BASE, language.say("profile-saved"));
            reply::cookie(&mut response, Jar::set_theme(theme));
            return response;
        }
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors_in(visitor.language, &refusal) else { return reply::refusal(&visitor, &refusal) };
    shown(&app, &visitor, reply::status(&refusal), |page| {
        page.form.values = values;
        page.form.errors = errors;
    })
}

/// A new address as it is sent.
#[derive(Deserialize)]
pub struct EmailForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    current: SecretText,
}

/// `POST /account/email`
pub async fn email(State(app): State<Arc<App>>, visitor: Visitor, Form(form): Form<EmailForm>) -> Response {
    let Some(session) = &visitor.session else { return reply::redirect("/login") };
    let device = visitor.cookies.device.as_deref();
    let refusal = match app.change_email(&visitor.op, session, &form.email, &form.current, device).await {
        Ok(()) => {
            let said = Message::new("email-sent").with("email", form.email.trim().to_owned());
            return reply::done(&visitor, BASE, visitor.say(&said));
        }
        Err(refusal) => refusal,
    };
    let Some(errors) = reply::field_errors_in(visitor.language, &refusal) else { return reply::refusal(&visitor, &refusal) };
    shown(&app, &visitor, reply::status(&refusal), |page| {
        page.email.values.email = form.email;
        page.email.errors = errors;
    })
}
