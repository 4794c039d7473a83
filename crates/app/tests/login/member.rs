//! Accounts as admins keep them: somebody always keeps the keys, and what an account is asked by mail tells nothing of it.

use std::sync::Arc;
use std::time::Duration;

use ringfence_app::commands::user::{DeleteUser, SetActive, SetRole};
use ringfence_app::login::LoginRefusal;
use ringfence_app::{OpCtx, Refusal};
use ringfence_guard::audit::{Actor, Door, Origin};
use ringfence_guard::permission::Role;
use ringfence_kit::smtp::{self, SmtpSink};
use ringfence_kit::{barrier_race, engines};
use ringfence_store::tables::UserId;

use crate::letter::{mail_to, send};
use crate::world::{HERE, World};

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

#[derive(Clone, Copy, Debug)]
enum Act {
    Demote,
    Disable,
    Delete,
}

async fn act(world: &World, act: Act, by: UserId, on: UserId, name: &str) -> Result<(), Refusal> {
    let op = OpCtx::new(Origin { actor: Actor::User { id: by.0, role: Role::Admin }, door: Door::Web, ..world.origin(HERE) });
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
}
