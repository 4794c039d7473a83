//! Accounts as admins keep them: somebody always keeps the keys, and what an account is asked by mail tells nothing of it.

use std::sync::Arc;
use std::time::Duration;

use ringfence_app::account::LoggedIn;
use ringfence_app::account::link::Sending;
use ringfence_app::commands::account::SaveProfile;
use ringfence_app::commands::user::{CreateUser, DeleteUser, EndSessions, NewAccount, NewFacts, SetActive, SetRole};
use ringfence_app::login::LoginRefusal;
use ringfence_app::{OpCtx, Refusal};
use ringfence_guard::audit::{Actor, Door, Origin};
use ringfence_guard::password::expiry::Expiry;
use ringfence_guard::permission::Role;
use ringfence_guard::secret::SecretText;
use ringfence_kit::smtp::{self, SmtpSink};
use ringfence_kit::{barrier_race, engines};
use ringfence_store::tables::UserId;

use crate::letter::{mail_to, send};
use crate::world::{HERE, PASSWORD, World, attempt};

fn id(world: &World, name: &'static str) -> UserId {
    world.read(move |rx| Ok(rx.accounts().find_by_name(name)?.unwrap().id))
}

/// Names of those who may log in as admins.
fn admins(world: &World) -> usize {
    world.read(|rx| {
        let mut count = 0;
        for name in ["ada", "bob"] {
            count += usize::from(rx.accounts().find_by_name(name)?.is_some_and(|user| user.facts.active && user.facts.role == Role::Admin));
        }
        Ok(count)
    })
}

const PATIENCE: Duration = Duration::from_secs(20);

/// What this account does on pages.
fn by(world: &World, user: UserId) -> OpCtx {
    OpCtx::new(Origin { actor: Actor::User { id: user.0, role: Role::Admin }, door: Door::Web, ..world.origin(HERE) })
}

async fn session(world: &World, name: &str) -> LoggedIn {
    let entry = world.try_login(attempt(name).right()).await.unwrap();
    world.app.session(entry.session.expose(), world.now(), true).await.unwrap().unwrap()
}

async fn update(world: &World, actor: UserId, user: UserId, email: &str) -> Result<(), Refusal> {
    let version = world.read(move |rx| Ok(rx.accounts().find(user)?.unwrap().version));
    let facts = NewFacts { user, version, display_name: String::new(), email: email.to_owned(), expiry: Expiry::Never };
    world.app.update_user(&by(world, actor), facts).await
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Demote,
    Disable,
    Delete,
}

async fn act(world: &World, act: Act, by: UserId, on: UserId, name: &str) -> Result<(), Refusal> {
    let op = self::by(world, by);
    let reason = "a test".to_owned();
    match act {
        Act::Demote => world.app.run(&op, SetRole { user: on, role: Role::Viewer, reason }).await,
        Act::Disable => world.app.run(&op, SetActive { user: on, active: false, reason }).await,
        Act::Delete => world.app.run(&op, DeleteUser { user: on, name: name.to_owned(), reason }).await,
    }
}

engines! {
    async fn of_two_admins_who_lock_each_other_out_one_stays(engine) {
        let world = Arc::new(World::open(engine).await);
        world.user("bob").await;
        let (ada, bob) = (id(&world, "ada"), id(&world, "bob"));
        for (first, second) in [(Act::Demote, Act::Demote), (Act::Disable, Act::Disable), (Act::Demote, Act::Disable)] {
            for _ in 0..4 {
                let acts = barrier_race(2, |number| {
                    let world = Arc::clone(&world);
                    async move {
                        match number {
                            0 => act(&world, first, ada, bob, "bob").await.is_ok(),
                            _ => act(&world, second, bob, ada, "ada").await.is_ok(),
                        }
                    }
                }).await;
                assert_eq!(acts.iter().filter(|done| **done).count(), 1, "{first:?} {second:?}: {acts:?}");
                assert_eq!(admins(&world), 1);
                for user in [ada, bob] {
                    world.app.run(&world.console(), SetActive { user, active: true, reason: String::new() }).await.unwrap();
                    world.app.run(&world.console(), SetRole { user, role: Role::Admin, reason: String::new() }).await.unwrap();
                }
            }
        }
        let acts = barrier_race(2, |number| {
            let world = Arc::clone(&world);
            async move {
                match number {
                    0 => act(&world, Act::Delete, ada, bob, "bob").await.is_ok(),
                    _ => act(&world, Act::Delete, bob, ada, "ada").await.is_ok(),
                }
            }
        }).await;
        assert_eq!((acts.iter().filter(|done| **done).count(), admins(&world)), (1, 1), "{acts:?}");
    }

    async fn the_last_admin_who_can_log_in_stays(engine) {
        let world = World::open(engine).await;
        world.user("bob").await;
        let (ada, bob) = (id(&world, "ada"), id(&world, "bob"));
        // An admin who may not log in is none.
        act(&world, Act::Disable, ada, bob, "bob").await.unwrap();
        for what in [Act::Demote, Act::Disable, Act::Delete] {
            let refused = match what {
                Act::Demote => world.app.run(&world.console(), SetRole { user: ada, role: Role::Operator, reason: "a test".into() }).await,
                Act::Disable => world.app.run(&world.console(), SetActive { user: ada, active: false, reason: "a test".into() }).await,
                Act::Delete => world.app.run(&world.console(), DeleteUser { user: ada, name: "ada".into(), reason: "a test".into() }).await,
            };
            assert!(matches!(refused, Err(Refusal::Told(_))), "{what:?}: {refused:?}");
        }
        act(&world, Act::Delete, ada, bob, "bob").await.unwrap();
        assert_eq!(admins(&world), 1);
        assert_eq!(world.events("user.deleted").len(), 1);
    }

    async fn letters_tell_nothing_of_whose_names_belong_together(engine) {
        let world = World::open(engine).await;
        let sink = SmtpSink::start(smtp::Options::default());
        mail_to(&world, &sink).await;
        let mut ends = Vec::new();
        for (name, mail) in [("ada", "ada@example.org"), ("nobody", "nobody@example.org")] {
            let mut answers = Vec::new();
            for typed in [name, name, name, name, mail, mail, mail, mail] {
                match world.app.mail_reset_link(&world.origin(HERE), typed).await {
                    Ok(()) => answers.push(true),
                    Err(LoginRefusal::Blocked { .. }) => answers.push(false),
                    Err(other) => panic!("{typed}: {other:?}"),
                }
            }
            ends.push(answers);
        }
        assert_eq!(ends[0], ends[1], "who exists is answered as who does not");
        assert_eq!(ends[0], [true, true, true, false, true, true, true, false]);
        send(&world, 3).await;
        assert_eq!(world.events("user.reset_sent").len(), 3, "three letters an hour, by whatever name");
        assert_eq!(sink.wait_for(3, Duration::from_secs(20)).len(), 3);
    }

    async fn links_are_over_with_the_address_that_they_went_to(engine) {
        let world = World::open(engine).await;
        world.user("bob").await;
        let sink = SmtpSink::start(smtp::Options::default());
        mail_to(&world, &sink).await;
        let (ada, bob) = (id(&world, "ada"), id(&world, "bob"));
        let token = |mails: &[smtp::Mail], page: &str| {
            let text = &mails.iter().rev().find(|mail| mail.text.contains(page)).unwrap().text;
            text.split(page).nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
        };
        world.app.mail_reset_link(&world.origin(HERE), "ada").await.unwrap();
        send(&world, 1).await;
        let reset = token(&sink.wait_for(1, PATIENCE), "/reset/");
        let held = session(&world, "ada").await;
        let op = by(&world, ada);
        world.app.run(&op, SaveProfile { display_name: "Call https://evil.example now".into(), timezone: String::new(), language: String::new(), theme: "dark".into() }).await.unwrap();
        world.app.change_email(&op, &held, "ada@new.example", &SecretText::new(PASSWORD.into()), None).await.unwrap();
        send(&world, 2).await;
        let mails = sink.wait_for(3, PATIENCE);
        let asked = mails.iter().find(|mail| mail.to.iter().any(|to| to.contains("new.example"))).unwrap();
        assert!(!asked.text.contains("evil"), "nobody sends strangers a text of theirs: {}", asked.text);
        let email = token(&mails, "/email/");
        assert!(world.app.invited(&world.origin(HERE), &reset).unwrap().is_some());
        assert!(world.app.awaited_email(&world.origin(HERE), &email).unwrap().is_some());
        // An admin ends the sessions: the address that was asked for from one of them is over too.
        world.app.run(&by(&world, bob), EndSessions { user: ada, reason: "a test".into() }).await.unwrap();
        assert!(world.app.awaited_email(&world.origin(HERE), &email).unwrap().is_none());
        assert!(world.app.invited(&world.origin(HERE), &reset).unwrap().is_some(), "it went to the address that still counts");
        update(&world, bob, ada, "ada@other.example").await.unwrap();
        assert!(world.app.invited(&world.origin(HERE), &reset).unwrap().is_none());
        send(&world, 1).await;
        let told = sink.wait_for(4, PATIENCE);
        assert!(told[3].to.iter().any(|to| to.contains("ada@example.org")), "the address before is told: {:?}", told[3].to);
    }

    async fn an_admin_gets_past_no_password_of_the_own_account(engine) {
        let world = World::open(engine).await;
        let ada = id(&world, "ada");
        update(&world, ada, ada, "ada@new.example").await.unwrap();
        let sink = SmtpSink::start(smtp::Options::default());
        mail_to(&world, &sink).await;
        assert!(matches!(update(&world, ada, ada, "thief@evil.example").await, Err(Refusal::Invalid(_))), "where links are mailed");
        let link = world.app.link_for(&by(&world, ada), ada, Sending::Show).await;
        assert!(matches!(link, Err(Refusal::Told(_))));
        world.app.link_for(&world.console(), ada, Sending::Show).await.map(drop).unwrap();
    }

    async fn an_address_is_of_one_account(engine) {
        let world = Arc::new(World::open(engine).await);
        world.user("bob").await;
        let bob = id(&world, "bob");
        let account = |name: &str, email: &str| CreateUser::from(NewAccount::new(name, email, Role::Viewer));
        for email in ["ada@example.org", "ADA@Example.ORG"] {
            let refused = world.app.run(&world.console(), account("carl", email)).await;
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{refused:?}");
            assert!(matches!(update(&world, bob, bob, email).await, Err(Refusal::Invalid(_))));
        }
        let racers = barrier_race(8, |number| {
            let world = Arc::clone(&world);
            async move {
                let account = NewAccount::new(format!("racer-{number}"), "one@example.org", Role::Viewer);
                world.app.run(&world.console(), CreateUser::from(account)).await.is_ok()
            }
        }).await;
        assert_eq!(racers.iter().filter(|made| **made).count(), 1, "{racers:?}");
        for number in 0..3 {
            world.app.run(&world.console(), account(&format!("none-{number}"), "")).await.unwrap();
        }
        for odd in ["<a@b.org>", "a@b,c.org", "\"ab,c\"@", "bad@-", "a;b@c.org", "a@b>c.org", "a b@c.org", "a@@b.org", "@b.org", "a@"] {
            let refused = world.app.run(&world.console(), account("odd", odd)).await;
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{odd}: {refused:?}");
        }
        let long = format!("uma@{}.{}.example.org", "a".repeat(60), "b".repeat(60));
        for fine in ["root@localhost", "first.last+tag@sub.example.org", "\u{e9}ve@example.org", &long] {
            world.app.run(&world.console(), account(&format!("fine-{}", fine.chars().count()), fine)).await.unwrap();
        }
        assert!(world.read(move |rx| rx.accounts().credentials(&long)).is_some(), "as long as it may be, it is a name to log in by");
    }

    async fn whoever_is_no_admin_any_more_acts_as_none(engine) {
        let world = World::open(engine).await;
        for name in ["bob", "carl"] {
            world.user(name).await;
        }
        let (ada, bob, carl) = (id(&world, "ada"), id(&world, "bob"), id(&world, "carl"));
        act(&world, Act::Demote, ada, bob, "bob").await.unwrap();
        for what in [Act::Demote, Act::Disable, Act::Delete] {
            let refused = act(&world, what, bob, carl, "carl").await;
            assert!(matches!(refused, Err(Refusal::Denied { .. })), "{what:?}: {refused:?}");
        }
    }
}
