//! Users, as admins keep them.

use askama::Template;
use serde::Deserialize;

use super::account::SeatRow;
use super::{Choice, Form, Frame, Shape, When};

/// A role, in words: keys of messages.
#[derive(Debug, Clone, Copy)]
pub struct RoleWords {
    /// What is sent.
    pub value: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it may do.
    pub says: &'static str,
}

/// The roles, the weakest first.
pub const ROLES: [RoleWords; 3] = [
    RoleWords { value: "viewer", name: "role-viewer", says: "role-viewer-says" },
    RoleWords { value: "operator", name: "role-operator", says: "role-operator-says" },
    RoleWords { value: "admin", name: "role-admin", says: "role-admin-says" },
];

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserState {
    kind: Kind,
    label: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Active,
    Inactive,
    Invited,
}

impl UserState {
    /// Of an account that is active or not, and has set a password or not yet; in the language of the page.
    #[must_use]
    pub fn new(page: &Frame, active: bool, has_password: bool) -> Self {
        let (kind, key) = match (active, has_password) {
            (false, _) => (Kind::Inactive, "state-inactive"),
            (true, false) => (Kind::Invited, "state-invited"),
            (true, true) => (Kind::Active, "state-active"),
        };
        Self { kind, label: page.t(key) }
    }

    /// The word.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.label
    }

    /// The figure.
    #[must_use]
    pub const fn shape(self) -> Shape {
        match self.kind {
            Kind::Active => Shape::Disc,
            Kind::Inactive => Shape::Cross,
            Kind::Invited => Shape::Ring,
        }
    }
}

/// One line.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// Row id.
    pub id: i64,
    /// Login name.
    pub name: String,
    /// Name shown, may be empty.
    pub shown: String,
    /// May be empty.
    pub email: String,
    /// The message that names the role.
    pub role: &'static str,
    /// Whether it can be used.
    pub state: UserState,
    /// That it is locked, and until when.
    pub locked: Option<String>,
    /// The last full login.
    pub last: Option<When>,
}

/// A link that is shown once.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// For whom, as a sentence.
    pub says: String,
    /// The link.
    pub url: String,
}

/// A new user as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NewUserValues {
    /// Login name.
    pub name: String,
    /// Name shown.
    pub display_name: String,
    /// E-mail address.
    pub email: String,
    /// The role.
    pub role: String,
    /// `mail` or `show`.
    pub sending: String,
}

/// `GET /users`
#[derive(Debug, Template)]
#[template(path = "user/list.html")]
pub struct UsersPage {
    /// The frame.
    pub page: Frame,
    /// By name.
    pub rows: Vec<UserRow>,
    /// Where the next window is.
    pub more: Option<String>,
    /// Posted to `/users`.
    pub form: Form<NewUserValues>,
    /// Whether links can be mailed.
    pub mails: bool,
    /// The link of the user that was made just now (send it with `Cache-Control: no-store`).
    pub fresh: Option<Fresh>,
}

/// The facts of a user as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FactValues {
    /// The version that the form was filled from.
    pub version: String,
    /// Name shown.
    pub display_name: String,
    /// E-mail address.
    pub email: String,
    /// When the password ends.
    pub expiry: String,
}

/// `GET /users/{id}`
#[derive(Debug, Template)]
#[template(path = "user/show.html")]
pub struct UserPage {
    /// The frame.
    pub page: Frame,
    /// Where its forms are posted to.
    pub base: String,
    /// Login name.
    pub name: String,
    /// Name shown, may be empty.
    pub shown: String,
    /// It is the account of whoever looks.
    pub own: bool,
    /// May log in.
    pub active: bool,
    /// The role as it is sent.
    pub role: String,
    /// Whether it can be used.
    pub state: UserState,
    /// That it is locked, and until when.
    pub locked: Option<String>,
    /// The last full login.
    pub last: Option<When>,
    /// When the password was set.
    pub password_set: Option<When>,
    /// When it was made.
    pub made: When,
    /// That another address waits for an answer.
    pub pending: Option<String>,
    /// Posted to `/users/{id}`.
    pub facts: Form<FactValues>,
    /// When passwords end.
    pub expiries: Vec<Choice>,
    /// Whether links can be mailed.
    pub mails: bool,
    /// The sessions that are alive.
    pub sessions: Vec<SeatRow>,
    /// A link that was made just now (send it with `Cache-Control: no-store`).
    pub fresh: Option<Fresh>,
    /// Why an act was refused, as sentences.
    pub refused: Vec<String>,
    /// The reason that was typed with it.
    pub typed_reason: String,
    /// What leads to the page that asks before it deletes.
    pub delete: String,
}

/// What is typed before an account goes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DeleteUserValues {
    /// The login name again.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// `GET /users/{id}/delete`
#[derive(Debug, Template)]
#[template(path = "user/delete.html")]
pub struct UserDeletePage {
    /// The frame.
    pub page: Frame,
    /// Posted to `/users/{id}/delete`.
    pub form: Form<DeleteUserValues>,
    /// What is to be typed.
    pub ask: String,
    /// Where Cancel leads.
    pub back: String,
}

#[cfg(test)]
impl UsersPage {
    pub(crate) fn sample() -> Self {
        let page = Frame::sample_own("Users", super::Nav::Users);
        let row = |id, name: &str, role, active, has_password| UserRow {
            id,
            name: name.into(),
            shown: if id == 1 { "Ada Lindqvist".into() } else { String::new() },
            email: format!("{name}@example.org"),
            role,
            state: UserState::new(&page, active, has_password),
            locked: (id == 2).then(|| "locked until 12:00".to_owned()),
            last: (id < 3).then(When::sample),
        };
        let rows = vec![
            row(1, "ada", "role-admin", true, true),
            row(2, "bob", "role-operator", false, true),
            row(3, "cleo", "role-viewer", true, false),
        ];
        let values = NewUserValues { role: "viewer".into(), sending: "mail".into(), ..NewUserValues::default() };
        let form = Form::new("user", "/users", values).wrong("name", "There is a user of that name already.");
        let fresh = Some(Fresh { says: "The link for dora.".into(), url: "https://localhost/reset/abc".into() });
        Self { page, rows, more: Some("/users?cursor=x".into()), form, mails: true, fresh }
    }
}

#[cfg(test)]
impl UserPage {
    pub(crate) fn sample() -> Self {
        let page = Frame::sample_own("bob", super::Nav::Users);
        let values = FactValues { version: "3".into(), display_name: "Bob".into(), email: "b@example.org".into(), expiry: "can".into() };
        Self {
            state: UserState::new(&page, true, true),
            page,
            base: "/users/2".into(),
            name: "bob".into(),
            shown: "Bob".into(),
            own: false,
            active: true,
            role: "operator".into(),
            locked: Some("locked until 12:00".into()),
            last: Some(When::sample()),
            password_set: None,
            made: When::sample(),
            pending: Some("A letter went to ada@new.example.".into()),
            facts: Form::new("facts", "/users/2", values).wrong("email", "Enter an e-mail address."),
            expiries: vec![Choice::new("never", "Never"), Choice::new("can", "At the age that the settings say")],
            mails: true,
            sessions: vec![SeatRow::sample(1)],
            fresh: Some(Fresh { says: "The link for bob.".into(), url: "https://localhost/reset/abc".into() }),
            refused: vec!["Say why.".into()],
            typed_reason: "left".into(),
            delete: "Delete bob".into(),
        }
    }

    pub(crate) fn sample_own() -> Self {
        let sample = Self::sample();
        let state = UserState::new(&sample.page, false, false);
        Self {
            own: true,
            active: false,
            state,
            locked: None,
            sessions: Vec::new(),
            fresh: None,
            refused: Vec::new(),
            mails: false,
            ..sample
        }
    }

    pub(crate) fn sample_inactive() -> Self {
        Self { own: false, ..Self::sample_own() }
    }
}

#[cfg(test)]
impl UserDeletePage {
    pub(crate) fn sample() -> Self {
        Self {
            page: Frame::sample_own("Delete bob", super::Nav::Users),
            form: Form::new("delete", "/users/2/delete", DeleteUserValues::default()).wrong("name", "Type the login name exactly: bob."),
            ask: "Type the login name: bob".into(),
            back: "/users/2".into(),
        }
    }
}
