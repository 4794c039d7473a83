//! The two pages before anyone is known: the first admin's setup, and the login.

use askama::Template;
use guard::challenge::provider::{Look, Script};
use ringfence_app::login::Shown;
use ringfence_guard as guard;

use super::account::Secret;
use super::{Form, Frame};

/// What the login form shows again; never the password.
#[derive(Debug, Clone, Default)]
pub struct LoginValues {
    /// The name as typed.
    pub name: String,
    /// The page to go to afterwards (a path of this server, or empty).
    pub next: String,
}

/// A challenge on the form.
#[derive(Debug, Clone)]
pub enum Challenge {
    /// A picture, with its sound.
    Picture {
        /// A data: URL.
        src: String,
    },
    /// A puzzle that a script solves.
    Puzzle {
        /// 64 hex digits.
        seed: String,
        /// Numbers wanted.
        count: u8,
        /// Leading zero bits.
        bits: u32,
    },
    /// A question in words.
    Question {
        /// The field.
        field: String,
        /// The question.
        text: String,
    },
    /// A field that people do not see.
    Trap,
    /// A provider's box.
    Box {
        /// Its class.
        class: &'static str,
        /// Its other attributes.
        attributes: Vec<(&'static str, String)>,
        /// Its script.
        script: Script,
    },
    /// A provider's score: its script is asked when the form is sent.
    Score {
        /// The field for the answer.
        field: String,
        /// The script's object.
        object: &'static str,
        /// The public key.
        site_key: String,
        /// The action.
        action: String,
        /// Its script.
        script: Script,
    },
}

impl From<Shown> for Challenge {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Picture { png } => Self::Picture { src: format!("data:image/png;base64,{}", guard::text::base64(&png)) },
            Shown::Puzzle { seed, count, bits } => Self::Puzzle { seed, count, bits },
            Shown::Question { name, text } => Self::Question { field: format!("answer-{name}"), text },
            Shown::Trap => Self::Trap,
            Shown::Widget { look: Look::Widget { class, attributes }, script, .. } => Self::Box { class, attributes, script },
            Shown::Widget { name, look: Look::Score { object, site_key, action }, script, .. } => {
                Self::Score { field: format!("answer-{name}"), object, site_key, action, script }
            }
        }
    }
}

/// `GET /login`
#[expect(clippy::struct_excessive_bools, reason = "each part of the page is there or not, whatever the others are")]
#[derive(Debug, Template)]
#[template(path = "sign/login.html")]
pub struct LoginPage {
    /// The frame, without a user.
    pub page: Frame,
    /// Posted to `/login` with name, password, next, ticket and answers.
    pub form: Form<LoginValues>,
    /// When to try again, after too many attempts: a whole sentence.
    pub retry: Option<String>,
    /// Whether passwords are taken at all.
    pub takes_passwords: bool,
    /// Whether a proxy may log people in.
    pub takes_proxy: bool,
    /// What the form asks besides.
    pub challenges: Vec<Challenge>,
    /// What the form carries, sealed.
    pub ticket: String,
    /// Whether a link that makes a browser known can be mailed.
    pub link: bool,
    /// Whether a link to set a password can be mailed.
    pub forgot: bool,
    /// The form was sent, and something has to be answered before it counts.
    pub one_more: bool,
}

impl LoginPage {
    /// Whether something needs a script, for which there is a picture instead.
    #[must_use]
    pub fn has_puzzle(&self) -> bool {
        self.challenges.iter().any(|challenge| matches!(challenge, Challenge::Puzzle { .. }))
    }
}

/// `GET /browser/{token}`
#[derive(Debug, Template)]
#[template(path = "sign/browser.html")]
pub struct BrowserPage {
    /// The frame, without a user.
    pub page: Frame,
    /// Where the button posts to.
    pub action: String,
}

/// What the setup form shows again.
#[derive(Debug, Clone, Default)]
pub struct SetupValues {
    /// Login name.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// `GET /setup/{token}`
#[derive(Debug, Template)]
#[template(path = "sign/setup.html")]
pub struct SetupPage {
    /// The frame, without a user.
    pub page: Frame,
    /// Posted to `/setup/{token}` with name, email, password.
    pub form: Form<SetupValues>,
    /// What stands around the password.
    pub secret: Secret,
}

/// Who has forgotten a password.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct ForgotValues {
    /// Login name or e-mail address.
    pub name: String,
}

/// `GET /forgot`
#[derive(Debug, Template)]
#[template(path = "sign/forgot.html")]
pub struct ForgotPage {
    /// The frame, without a user.
    pub page: Frame,
    /// Posted to `/forgot`.
    pub form: Form<ForgotValues>,
    /// What came of it.
    pub said: Option<String>,
}

/// For whom a password is set; shown, not typed.
#[derive(Debug, Clone, Default)]
pub struct ResetValues {
    /// Login name.
    pub name: String,
}

/// `GET /reset/{token}`
#[derive(Debug, Template)]
#[template(path = "sign/reset.html")]
pub struct ResetPage {
    /// The frame, without a user.
    pub page: Frame,
    /// Posted to `/reset/{token}`.
    pub form: Form<ResetValues>,
    /// For whom, as a sentence.
    pub for_whom: String,
    /// What stands around the password.
    pub secret: Secret,
}

/// `GET /email/{token}`
#[derive(Debug, Template)]
#[template(path = "sign/email.html")]
pub struct EmailPage {
    /// The frame, without a user.
    pub page: Frame,
    /// Where the button posts to.
    pub action: String,
    /// What it does, as a sentence.
    pub says: String,
}

#[cfg(test)]
impl LoginPage {
    pub(crate) fn sample() -> Self {
        let form = Form::new("login", "/login", LoginValues { name: "ada".into(), next: "/subnets".into() });
        Self {
            page: Frame { title: "Log in".into(), csrf: "t0ken".into(), ..Frame::default() },
            form: form.wrong("", "Name or password is wrong."),
            retry: Some("Too many attempts. Try again in 14 minutes.".into()),
            takes_passwords: true,
            takes_proxy: false,
            challenges: Vec::new(),
            ticket: "s3aled".into(),
            link: true,
            forgot: true,
            one_more: false,
        }
    }

    pub(crate) fn sample_asking() -> Self {
        let script = Script { url: "https://challenges.example/api.js".into(), module: false, integrity: Some("sha384-x") };
        Self {
            retry: None,
            challenges: vec![
                Challenge::Picture { src: "data:image/png;base64,AAAA".into() },
                Challenge::Puzzle { seed: "00".repeat(32), count: 8, bits: 16 },
                Challenge::Question { field: "answer-sum".into(), text: "What is two and three?".into() },
                Challenge::Trap,
                Challenge::Box { class: "cf-turnstile", attributes: vec![("data-sitekey", "k".into())], script: script.clone() },
                Challenge::Score {
                    field: "answer-recaptcha".into(),
                    object: "grecaptcha",
                    site_key: "k".into(),
                    action: "login".into(),
                    script,
                },
            ],
            takes_proxy: true,
            one_more: true,
            ..Self::sample()
        }
    }
}

#[cfg(test)]
impl BrowserPage {
    pub(crate) fn sample() -> Self {
        let page = Frame { title: "Make this browser known".into(), csrf: "t0ken".into(), ..Frame::default() };
        Self { page, action: "/browser/abc".into() }
    }
}

#[cfg(test)]
impl SetupPage {
    pub(crate) fn sample() -> Self {
        let form = Form::new("setup", "/setup/abc", SetupValues { name: "ada".into(), email: "ada@example".into() });
        Self {
            page: Frame { title: "Set up".into(), csrf: "t0ken".into(), ..Frame::default() },
            form: form.wrong("email", "An e-mail address has a name, an @ and a domain.").wrong("password", "At least 12 characters."),
            secret: Secret::sample(),
        }
    }
}

#[cfg(test)]
impl ForgotPage {
    pub(crate) fn sample() -> Self {
        let page = Frame { title: "Set a new password".into(), csrf: "t0ken".into(), ..Frame::default() };
        let form = Form::new("forgot", "/forgot", ForgotValues { name: "ada".into() });
        Self { page, form, said: Some("A letter is on its way.".into()) }
    }
}

#[cfg(test)]
impl ResetPage {
    pub(crate) fn sample() -> Self {
        let page = Frame { title: "Set your password".into(), csrf: "t0ken".into(), ..Frame::default() };
        let form = Form::new("reset", "/reset/abc", ResetValues { name: "ada".into() }).wrong("password", "Too short.");
        Self { page, form, for_whom: "For the account ada.".into(), secret: Secret::sample() }
    }
}

#[cfg(test)]
impl EmailPage {
    pub(crate) fn sample() -> Self {
        let page = Frame { title: "Confirm your address".into(), csrf: "t0ken".into(), ..Frame::default() };
        Self { page, action: "/email/abc".into(), says: "The account will use ada@example.org.".into() }
    }
}
