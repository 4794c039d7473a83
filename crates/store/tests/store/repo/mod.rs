//! One file per noun, as in `src/repo`.

mod account;
mod address;
mod budget;
mod expiry;
mod idempotency;
mod import_plan;
mod job;
mod link;
mod list;
mod race;
mod search;
mod session;
mod setting;
mod tag;
mod tally;
mod trail;
mod tree;

use ringfence_guard::permission::Role;
use ringfence_store::repo::NewUser;
use ringfence_store::tables::UserId;
use ringfence_store::tables::account::UserFacts;

use crate::world::{World, done};

/// A user of that canonical name.
pub fn add_user(world: &World, name: &str, email: &str, role: Role) -> UserId {
    let facts = UserFacts {
        username: name.into(),
        canonical: name.into(),
        display_name: String::new(),
        email: email.into(),
        role,
        active: true,
        expiry: ringfence_guard::password::expiry::Expiry::Never,
        timezone: String::new(),
        language: String::new(),
        theme: "system".into(),
    };
    world.write(move |tx| {
        let change =
            tx.accounts().insert(&NewUser { facts: facts.clone(), password_hash: Some("$argon2id$x".into()), password_given: false })?;
        done(tx, change)
    })
}
