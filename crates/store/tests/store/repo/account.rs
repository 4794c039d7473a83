//! Accounts and API keys.

use std::time::Duration;

use ringfence_guard::permission::{Role, Scope};
use ringfence_kit::engines;
use ringfence_store::repo::{NewApiKey, Page};
use ringfence_store::tables::account::UserFacts;
use ringfence_store::tables::{ApiKeyId, UserId};

use super::add_user;
use crate::world::{NOON, World, allowed, done};

fn add_key(world: &World, number: u8, owner: UserId) -> ApiKeyId {
    world.write(move |tx| {
        let new = NewApiKey {
            hash: [number; 32],
            display: format!("rf_{number}"),
            name: "k".into(),
            owner_id: owner,
            scope: Scope::Write,
            expires_at: Some(NOON),
        };
        let change = tx.api_keys().insert(&new)?;
        done(tx, change)
    })
}

engines! {
    fn an_account_is_found_by_name_and_by_its_own_mail_address(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "Alice@Example.org", Role::Admin);
        add_user(&world, "bob", "shared@example.org", Role::Viewer);
        add_user(&world, "carol", "shared@example.org", Role::Viewer);
        add_user(&world, "dave", "", Role::Viewer);
        let login = |name: &str| world.read(|rx| rx.accounts().credentials(name)).map(|c| c.user.facts.canonical);
        assert_eq!(login("alice").as_deref(), Some("alice"));
        assert_eq!(login("alice@example.org").as_deref(), Some("alice"));
        assert_eq!(login("shared@example.org"), None);
        assert_eq!(login(""), None);
        assert_eq!(login("nobody"), None);
        assert_eq!(login("alice' OR '1'='1"), None);
        let credentials = world.read(|rx| rx.accounts().credentials("alice")).unwrap();
        assert_eq!(credentials.password_hash.as_deref(), Some("$argon2id$x"));
        assert!(!format!("{credentials:?}").contains("argon2"));
        assert_eq!(world.read(|rx| rx.accounts().find_by_name("alice")).unwrap().password_changed_at, Some(NOON));
        assert_eq!(world.read(|rx| rx.accounts().find(alice)).unwrap().facts.email, "Alice@Example.org");
    }

    fn canonical_names_are_unique(engine) {
        let world = World::open(engine);
        add_user(&world, "alice", "", Role::Admin);
        let facts = world.read(|rx| rx.accounts().find_by_name("alice")).unwrap().facts;
        let result = world.try_write(move |tx| {
            let new = ringfence_store::repo::NewUser { facts: facts.clone(), password_hash: None };
            let change = tx.accounts().insert(&new)?;
            done(tx, change)
        });
        assert!(result.is_err_and(|e| e.is_unique()));
    }

    fn a_change_gives_a_new_version_and_keeps_the_rest(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "a@example.org", Role::Admin);
        assert_eq!(world.read(|rx| rx.accounts().active_admins()), 1);
        world.write(move |tx| {
            let user = tx.accounts().find(alice)?.unwrap();
            let facts = UserFacts { email: "New@Example.org".into(), timezone: "Europe/Oslo".into(), active: false, ..user.facts.clone() };
            let change = tx.accounts().update(&allowed(user), &facts)?;
            tx.accounts().logged_in(alice, NOON)?;
            tx.accounts().rehash(alice, "$argon2id$x", "$argon2id$y")?;
            tx.accounts().rehash(alice, "$argon2id$old", "$argon2id$never")?;
            done(tx, change)
        });
        let credentials = world.read(|rx| rx.accounts().credentials("new@example.org")).unwrap();
        assert_eq!((credentials.user.version, credentials.user.facts.timezone.as_str(), credentials.user.last_login_at), (2, "Europe/Oslo", Some(NOON)));
        assert_eq!(credentials.password_hash.as_deref(), Some("$argon2id$y"));
        assert!(world.read(|rx| rx.accounts().credentials("a@example.org")).is_none());
        assert_eq!(world.read(|rx| rx.accounts().active_admins()), 0);
    }

    fn accounts_are_listed_by_name(engine) {
        let world = World::open(engine);
        for name in ["dora", "anna", "carl", "bert", "emil"] {
            add_user(&world, name, "", Role::Viewer);
        }
        for limit in 1..7 {
            let (mut page, mut names) = (Page::first(limit), Vec::new());
            loop {
                let window = world.read(|rx| rx.accounts().list(&page));
                names.extend(window.rows.iter().map(|u| u.facts.canonical.clone()));
                page.after = names.last().cloned();
                if !window.more { break }
            }
            assert_eq!(names, ["anna", "bert", "carl", "dora", "emil"]);
        }
    }

    fn a_key_comes_with_its_owner(engine) {
        let world = World::open(engine);
        let (alice, bob) = (add_user(&world, "alice", "", Role::Operator), add_user(&world, "bob", "", Role::Viewer));
        let id = add_key(&world, 1, alice);
        add_key(&world, 2, bob);
        add_key(&world, 3, alice);
        let key = world.read(|rx| rx.api_keys().find_by_hash(&[1; 32])).unwrap();
        assert_eq!((key.id, key.owner_name.as_str(), key.owner_role, key.owner_active, key.facts.scope), (id, "alice", Role::Operator, true, Scope::Write));
        assert_eq!((key.facts.expires_at, key.last_used_at, key.version), (Some(NOON), None, 1));
        assert_eq!(key.settings_version, world.read(|rx| rx.settings().version()));
        assert!(world.read(|rx| rx.api_keys().find_by_hash(&[9; 32])).is_none());
        let later = NOON.plus(Duration::from_mins(1));
        world.write(move |tx| tx.api_keys().seen(id, later));
        world.write(move |tx| {
            let key = tx.api_keys().find(id)?.unwrap();
            let change = tx.api_keys().revoke(&allowed(key))?;
            done(tx, change)
        });
        let key = world.read(|rx| rx.api_keys().find(id)).unwrap();
        assert_eq!((key.facts.active, key.last_used_at, key.version), (false, Some(later), 2));
        let list = |owner, page: &Page<ApiKeyId>| world.read(|rx| rx.api_keys().list(owner, page));
        assert_eq!(list(None, &Page::first(9)).rows.iter().map(|k| k.facts.display.as_str()).collect::<Vec<_>>(), ["rf_3", "rf_2", "rf_1"]);
        let first = list(Some(alice), &Page::first(1));
        assert!(first.more);
        let second = list(Some(alice), &Page { limit: 1, after: Some(first.rows[0].id) });
        assert_eq!((second.rows[0].id, second.more), (id, false));
    }
}
