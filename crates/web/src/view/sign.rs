//! The two pages before anyone is known: the first admin's setup, and the login.

use askama::Template;

use super::{Form, Frame};

/// What the login form shows again; never the password.
#[derive(Debug, Clone, Default)]
pub struct LoginValues {
    /// The name as typed.
    pub name: String,
    /// The page to go to afterwards (a path of this server, or empty).
    pub next: String,
}

/// `GET /login`
#[derive(Debug, Template)]
#[template(path = "sign/login.html")]
pub struct LoginPage {
    /// The frame, without a user.
    pub page: Frame,
    /// Posted to `/login` with name, password, next.
    pub form: Form<LoginValues>,
    /// When to try again, after too many attempts: a whole sentence.
    pub retry: Option<String>,
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
    /// The least number of characters of a password.
    pub password_length: usize,
}

impl SetupPage {
    /// What stands below the password.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("At least {} characters. A few words are better than a few symbols.", self.password_length)
    }
}

#[cfg(test)]
impl LoginPage {
    pub(crate) fn sample() -> Self {
        let form = Form::new("login", "/login", LoginValues { name: "ada".into(), next: "/subnets".into() });
        Self {
            page: Frame { title: "Log in".into(), csrf: "t0ken".into(), ..Frame::default() },
            form: form.wrong("", "Name or password is wrong."),
            retry: Some("Too many attempts. Try again in 14 minutes.".into()),
        }
    }
}

#[cfg(test)]
impl SetupPage {
    pub(crate) fn sample() -> Self {
        let form = Form::new("setup", "/setup/abc", SetupValues { name: "ada".into(), email: "ada@example".into() });
        Self {
            page: Frame { title: "Set up".into(), csrf: "t0ken".into(), ..Frame::default() },
            form: form.wrong("email", "An e-mail address has a name, an @ and a domain.").wrong("password", "At least 12 characters."),
            password_length: 12,
        }
    }
}
