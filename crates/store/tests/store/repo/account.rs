//! Accounts and API keys.

use std::time::Duration;

use ringfence_guard::login::mode::Mode;
use ringfence_guard::password::expiry::Expiry;
use ringfence_guard::permission::{Role, Scope};
use ringfence_kit::engines;
use ringfence_store::repo::{NewApiKey, NewHash, NewSession, Page};
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
        add_user(&world, "bob", "", Role::Viewer);
        add_user(&world, "dave", "", Role::Viewer);
        let mut facts = world.read(|rx| rx.accounts().find(alice)).unwrap().facts;
        facts.canonical = "carol".into();
        facts.email = "aliCE@example.ORG".into();
        let twice = world.try_write(move |tx| {
            let new = ringfence_store::repo::NewUser { facts: facts.clone(), password_hash: None, password_given: false };
            let change = tx.accounts().insert(&new)?;
            done(tx, change)
        });
        assert!(twice.is_err_and(|e| e.is_unique()), "an address is of one account");
        let login = |name: &str| world.read(|rx| rx.accounts().credentials(name)).map(|c| c.user.facts.canonical);
        assert_eq!(login("alice").as_deref(), Some("alice"));
        assert_eq!(login("alice@example.org").as_deref(), Some("alice"));
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
            let new = ringfence_store::repo::NewUser { facts: facts.clone(), password_hash: None, password_given: false };
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
            let rehashed = tx.accounts().rehash(alice, "$argon2id$x", "$argon2id$y")?;
            let too_late = tx.accounts().rehash(alice, "$argon2id$old", "$argon2id$never")?;
            assert_eq!((*rehashed.value(), *too_late.value()), (true, false));
            done(tx, change.and(rehashed).and(too_late).map(drop))
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

    fn a_new_password_ends_what_the_old_one_let_in_and_keeps_the_last_ones(engine) {
        let world = World::open(engine);
        let (alice, bob) = (add_user(&world, "alice", "a@example.org", Role::Admin), add_user(&world, "bob", "", Role::Viewer));
        let set = |hash: &str, history: u8| {
            let new = NewHash { hash: hash.to_owned(), expiry: Expiry::Can, history };
            world.write(move |tx| { let change = tx.accounts().set_password(alice, &new)?; done(tx, change) });
        };
        for user in [alice, bob] {
            world.write(move |tx| {
                let mark = u8::try_from(user.0).unwrap();
                let session = tx.sessions().insert(&NewSession {
                    token_hash: [mark; 32], user_id: user, epoch: 1, mode: Mode::Form, client: String::new(), agent: String::new(), ends_at: NOON.plus(Duration::from_hours(9)),
                })?;
                let device = tx.known_devices().insert(&[mark; 32], user)?;
                let link = tx.links().insert("reset", Some(user), &[mark; 32], NOON.plus(Duration::from_hours(1)))?;
                done(tx, session.and(device).and(link).map(drop))
            });
        }
        set("B", 2);
        let after = world.read(|rx| rx.accounts().find(alice)).unwrap();
        assert_eq!((after.session_epoch, after.facts.expiry, after.version), (2, Expiry::Can, 2));
        for (user, left) in [(alice, false), (bob, true)] {
            let mark = [u8::try_from(user.0).unwrap(); 32];
            assert_eq!(world.read(|rx| rx.sessions().find(&mark)).is_some(), left);
            assert_eq!(world.read(|rx| rx.known_devices().find(&mark)).is_some(), left);
            assert_eq!(world.read(|rx| rx.links().is_open("reset", &mark, NOON)), left);
        }
        set("C", 2);
        set("D", 2);
        let kept = world.read(|rx| rx.accounts().passwords(alice));
        assert_eq!((kept.current.as_deref(), kept.former), (Some("D"), vec!["C".to_owned(), "B".to_owned()]));
        set("E", 0);
        assert_eq!(world.read(|rx| rx.accounts().passwords(alice)).former, Vec::<String>::new());
        assert_eq!(world.read(|rx| rx.accounts().passwords(UserId(999))).current, None);
    }

    fn imported_hashes_are_told_by_their_cost(engine) {
        let world = World::open(engine);
        let (alice, bob) = (add_user(&world, "alice", "", Role::Admin), add_user(&world, "bob", "", Role::Viewer));
        assert_eq!(world.read(|rx| rx.accounts().dearest_import()), None);
        let put = |user, hash: &str| {
            let new = NewHash { hash: hash.to_owned(), expiry: Expiry::Never, history: 0 };
            world.write(move |tx| { let change = tx.accounts().set_password(user, &new)?; done(tx, change) });
        };
        put(alice, "$2y$10$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK");
        put(bob, "$2b$08$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK");
        assert_eq!(world.read(|rx| rx.accounts().dearest_import()), Some(10));
        let version = world.read(|rx| rx.settings().version());
        put(alice, "$argon2id$x");
        assert_eq!(world.read(|rx| rx.accounts().dearest_import()), Some(8));
        assert!(world.read(|rx| rx.settings().version()) > version, "every instance reads it again");
        let used = world.write(move |tx| {
            let wrong = tx.accounts().use_up_password(bob, "$argon2id$other")?;
            assert!(!*wrong.value());
            let change = tx.accounts().use_up_password(alice, "$argon2id$x")?;
            done(tx, wrong.and(change).map(|(_, used)| used))
        });
        assert!(used);
        assert_eq!(world.read(|rx| rx.accounts().passwords(alice)).current, None);
    }

    fn the_last_admins_hold_each_other(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "", Role::Admin);
        add_user(&world, "bob", "", Role::Viewer);
        let invited = world.read(|rx| rx.accounts().find(alice)).unwrap().facts;
        let invited = UserFacts { canonical: "carol".into(), ..invited };
        world.write(move |tx| {
            let change = tx.accounts().insert(&ringfence_store::repo::NewUser { facts: invited.clone(), password_hash: None, password_given: false })?;
            done(tx, change)
        });
        let admins = || world.write(|tx| { let admins = tx.accounts().lock_admins()?; Ok(tx.unchanged(admins)) });
        assert_eq!(admins(), [alice], "whoever was invited and never came is no admin yet");
        let gone = world.try_write(move |tx| {
            let user = tx.accounts().lock(alice)?.unwrap();
            let change = tx.accounts().remove(&allowed(user))?;
            done(tx, change)
        });
        assert!(gone.is_ok());
        assert!(world.read(|rx| rx.accounts().find(alice)).is_none() && admins().is_empty());
    }

    fn an_address_is_verified_until_it_changes(engine) {
        let world = World::open(engine);
        let alice = add_user(&world, "alice", "a@example.org", Role::Admin);
        let user = || world.read(|rx| rx.accounts().find(alice)).unwrap();
        world.write(move |tx| {
            let awaited = tx.accounts().await_email(alice, "b@example.org")?;
            let verified = tx.accounts().verify_email(alice)?;
            done(tx, awaited.and(verified).map(drop))
        });
        assert_eq!((user().email_verified, user().pending_email.as_str()), (true, "b@example.org"));
        for (email, verified) in [("A@Example.org", true), ("b@example.org", false)] {
            world.write(move |tx| {
                let user = tx.accounts().find(alice)?.unwrap();
                let facts = UserFacts { email: email.into(), ..user.facts.clone() };
                let change = tx.accounts().update(&allowed(user), &facts)?;
                done(tx, change)
            });
            assert_eq!(user().email_verified, verified, "{email}");
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
