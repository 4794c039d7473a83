//! Accounts.

use guard::audit::Event;
use guard::name;
use guard::permission::{Permission, Role};
use ringfence_guard as guard;
use ringfence_store as store;
use store::repo::NewUser;
use store::tables::account::UserFacts;
use store::{Recorded, StoreError, WriteTx};

use crate::limit::{self, Problems};
use crate::{Command, OpCtx, Refusal, event, shape};

const KIND: &str = "user";

/// What an account is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// As the person writes it.
    pub username: String,
    /// May be empty.
    pub email: String,
    /// What it may do.
    pub role: Role,
    /// PHC string; hashed before, outside any transaction.
    pub password_hash: String,
}

/// Makes an account.
pub struct CreateUser(pub NewAccount);

impl Command for CreateUser {
    const NAME: &'static str = "user.create";
    const PERMISSION: Option<Permission> = Some(Permission::UserWrite);
    type Output = shape::User;

    fn execute(&self, tx: &mut WriteTx<'_>, _op: &OpCtx) -> Result<Recorded<shape::User>, Refusal> {
        let (change, role) = (insert(tx, &self.0)?, self.0.role);
        let id = *change.value();
        let event = Event::new(event::USER_CREATED).on(KIND, id.0, self.0.username.trim()).with("role", role.as_str());
        let recorded = tx.record(&event, change)?;
        let user = tx.accounts().find(id)?.ok_or(StoreError::Missing { table: KIND, id: id.0 })?;
        Ok(recorded.map(|_| user.into()))
    }
}

/// Checks and makes the account; the caller records.
pub(crate) fn insert(tx: &mut WriteTx<'_>, new: &NewAccount) -> Result<store::Change<store::tables::UserId>, Refusal> {
    let mut problems = Problems::default();
    let canonical = name::canonical(&new.username).map_err(|e| Refusal::invalid("name", e.to_string()))?;
    if canonical.contains('@') {
        problems.add("name", "must not look like an e-mail address: that is a field of its own");
    }
    let email = new.email.trim().to_lowercase();
    problems.line("email", &email, limit::NAME);
    if !email.is_empty() && !looks_like_email(&email) {
        problems.add("email", "must be an e-mail address, such as ada@example.org");
    }
    problems.done()?;
    if let Some(twin) = tx.accounts().find_by_name(&canonical)? {
        return Err(Refusal::Duplicate {
            kind: KIND,
            id: twin.id.0,
            label: format!("a user named {}", twin.facts.username),
            field: "name",
        });
    }
    let facts = UserFacts {
        username: new.username.trim().to_owned(),
        canonical,
        display_name: String::new(),
        email,
        role: new.role,
        active: true,
        timezone: String::new(),
        theme: "system".into(),
    };
    Ok(tx.accounts().insert(&NewUser { facts, password_hash: Some(new.password_hash.clone()) })?)
}

fn looks_like_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.chars().any(char::is_whitespace)
    })
}
