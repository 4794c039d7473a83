//! Passwords over time: which may come back, when they end, and what is stored again in a stronger form. The cases P10 to P12 of the policy.

use ringfence_app::account::LoggedIn;
use ringfence_app::account::change::NewSecret;
use ringfence_app::account::link::{Made, Sending};
use ringfence_app::account::password::{Hashed, Owner};
use ringfence_app::commands::user::{CreateUser, NewAccount};
use ringfence_app::login::Entry;
use ringfence_app::{OpCtx, Refusal};
use ringfence_guard::audit::{Door, Origin};
use ringfence_guard::login::mode::Mode;
use ringfence_guard::message::Language;
use ringfence_guard::password::expiry::Expiry;
use ringfence_guard::password::policy::Kept;
use ringfence_guard::password::{Import, Params};
use ringfence_guard::permission::Role;
use ringfence_guard::secret::SecretText;
use ringfence_kit::{Engine, block_on, engines};

use crate::world::{End, HERE, PASSWORD, World, attempt, request};

const SECOND: &str = "quince-Marble-orbit-77";
const THIRD: &str = "walrus-Ember-canoe-31";
const FOURTH: &str = "teapot-Glacier-wisp-58";

/// `PASSWORD` as PHP stores it, at the lowest cost.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
/// 72 times `a`: all that bcrypt reads.
const BLIND: &str = "$2y$05$abcdefghijklmnopqrstuuGUnCqbfgs3htOkLrFduUjAyLBw1Rq/u";

async fn account(world: &World, name: &str, expiry: Expiry, hash: Option<&str>) {
    let password = match hash {
        Some(hash) => Hashed::imported(&Import::parse(hash).unwrap()),
        None => world.app.first_password(Owner::default(), &SecretText::new(PASSWORD.into()), "").await.unwrap(),
    };
    let account = NewAccount { password: Some(password), expiry, ..NewAccount::new(name, "", Role::Viewer) };
    world.app.run(&world.console(), CreateUser::from(account)).await.unwrap();
}

async fn session(world: &World, entry: &Entry) -> LoggedIn {
    world.app.session(entry.session.expose(), world.now(), true).await.unwrap().unwrap()
}

async fn enter(world: &World, name: &str, password: &str) -> LoggedIn {
    let mut with = attempt(name);
    password.clone_into(&mut with.password);
    session(world, &world.try_login(with).await.unwrap()).await
}

/// Changes it in a session: the session that goes on, or what is said against it.
async fn change(world: &World, session: &LoggedIn, current: &str, new: &str) -> Result<LoggedIn, String> {
    let op = OpCtx::new(Origin { actor: session.actor(), door: Door::Web, ..world.origin(HERE) });
    let secret =
        NewSecret { current: SecretText::new(current.into()), new: SecretText::new(new.into()), device: None, agent: "test".into() };
    match world.app.change_password(&op, session, secret).await {
        Ok(renewed) => Ok(world.app.session(renewed.session.expose(), world.now(), true).await.unwrap().unwrap()),
        Err(Refusal::Invalid(problems)) => {
            let said: Vec<String> = problems.iter().map(|problem| problem.said.as_ref().unwrap().text(Language::ENGLISH)).collect();
            Err(said.join(" "))
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn kept(world: &World, name: &'static str) -> Kept {
    world.read(move |rx| {
        let user = rx.accounts().find_by_name(name)?.unwrap();
        rx.accounts().passwords(user.id)
    })
}

fn stored(world: &World, name: &'static str) -> String {
    kept(world, name).current.unwrap()
}

engines! {
    async fn former_passwords_come_back_when_enough_lie_between(engine) {
        let world = World::open(engine).await;
        let former = "This is one of the last 2 passwords that you had before. Choose another one.";
        let first = enter(&world, "ada", PASSWORD).await;
        let second = change(&world, &first, PASSWORD, SECOND).await.unwrap();
        let again = change(&world, &second, SECOND, PASSWORD).await.unwrap();
        assert_eq!(kept(&world, "ada").former.len(), 0, "none are kept that nobody asked to keep");
        world.set("password_policy.history", "2").await;
        let second = change(&world, &again, PASSWORD, SECOND).await.unwrap();
        let third = change(&world, &second, SECOND, THIRD).await.unwrap();
        assert_eq!(kept(&world, "ada").former.len(), 2);
        for old in [PASSWORD, SECOND] {
            assert_eq!(change(&world, &third, THIRD, old).await.unwrap_err(), former, "{old}");
        }
        let fourth = change(&world, &third, THIRD, FOURTH).await.unwrap();
        assert_eq!(kept(&world, "ada").former.len(), 2, "no more than are asked for");
        assert_eq!(change(&world, &fourth, FOURTH, SECOND).await.unwrap_err(), former);
        let back = change(&world, &fourth, FOURTH, PASSWORD).await.unwrap();
        world.set("password_policy.history", "0").await;
        change(&world, &back, PASSWORD, FOURTH).await.unwrap();
        assert_eq!(kept(&world, "ada").former.len(), 0, "forgotten with the next change");
    }

    async fn a_password_ends_at_its_age(engine) {
        let world = World::open(engine).await;
        world.set("password_policy.max_password_age_days", "90").await;
        world.set("login.allowed_modes", "form|basic|token").await;
        for (name, expiry) in [("can", Expiry::Can), ("never", Expiry::Never)] {
            account(&world, name, expiry, None).await;
        }
        world.pass(90 * 86_400 - 3_600);
        let early = enter(&world, "can", PASSWORD).await;
        assert!(!early.must_renew(&world.app, world.now()), "89 days and 23 hours");
        assert_eq!(world.end(attempt("can").right().by(Mode::Basic)).await, End::In);
        world.pass(3_601);
        assert!(early.must_renew(&world.app, world.now()), "90 days and a second: a session that was in before is held too");
        assert_eq!(world.end(attempt("can").right().by(Mode::Basic)).await, End::Renew);
        let late = enter(&world, "can", PASSWORD).await;
        assert!(late.must_renew(&world.app, world.now()));
        let fresh = change(&world, &late, PASSWORD, SECOND).await.unwrap();
        assert!(!fresh.must_renew(&world.app, world.now()));
        world.pass(810 * 86_400);
        assert!(!enter(&world, "never", PASSWORD).await.must_renew(&world.app, world.now()), "900 days");
        world.set("password_policy.max_password_age_days", "0").await;
        assert!(!enter(&world, "can", SECOND).await.must_renew(&world.app, world.now()), "off");
    }

    async fn a_password_for_one_login_lets_one_in_however_many_try(engine) {
        let world = World::open(engine).await;
        world.set("login.allowed_modes", "form|basic|token").await;
        account(&world, "once", Expiry::OneTime, None).await;
        assert_eq!(world.end(attempt("once").right().by(Mode::Basic)).await, End::Renew, "a call uses nothing up");
        let ends = world.race((0..50).map(|_| attempt("once").right()).collect()).await;
        assert_eq!(ends.iter().filter(|end| **end == End::In).count(), 1, "{ends:?}");
        assert!(ends.iter().all(|end| matches!(end, End::In | End::Invalid | End::Meanwhile)), "{ends:?}");
        assert_eq!(world.end(attempt("once").right()).await, End::Invalid, "P11");
        assert_eq!(kept(&world, "once").current, None);
    }

    async fn a_password_for_one_login_is_not_set_again(engine) {
        let world = World::open(engine).await;
        let same = "This is your present password. Choose another one.";
        for name in ["by-form", "by-link"] {
            account(&world, name, Expiry::OneTime, None).await;
            let held = enter(&world, name, PASSWORD).await;
            if name == "by-form" {
                assert_eq!(change(&world, &held, "", PASSWORD).await.unwrap_err(), same);
                change(&world, &held, "", SECOND).await.unwrap();
            } else {
                let Made::Shown(url) = world.app.link_for(&world.console(), held.user.id, Sending::Show).await.unwrap() else { panic!("shown") };
                let token = url.expose().rsplit('/').next().unwrap().to_owned();
                let op = OpCtx::new(world.origin(HERE));
                let refused = world.app.set_by_link(&op, &token, &SecretText::new(PASSWORD.into())).await;
                assert!(matches!(refused, Err(Refusal::Invalid(_))), "{refused:?}");
                world.app.set_by_link(&op, &token, &SecretText::new(SECOND.into())).await.unwrap();
            }
            assert_eq!(world.end(attempt(name).right()).await, End::Invalid);
            enter(&world, name, SECOND).await;
        }
    }

    async fn a_session_that_was_ended_meanwhile_does_not_go_on_with_a_new_password(engine) {
        let world = World::open(engine).await;
        let held = enter(&world, "ada", PASSWORD).await;
        let op = OpCtx::new(Origin { actor: held.actor(), door: Door::Web, ..world.origin(HERE) });
        world.app.log_out(&op, &held).await.unwrap();
        let secret = NewSecret {
            current: SecretText::new(PASSWORD.into()),
            new: SecretText::new(SECOND.into()),
            device: None,
            agent: "test".into(),
        };
        assert!(matches!(world.app.change_password(&op, &held, secret).await.err(), Some(Refusal::Told(_))));
        assert_eq!(world.end(attempt("ada").right()).await, End::In, "nothing was changed");
    }

    async fn a_forced_change_is_done_with_the_change(engine) {
        let world = World::open(engine).await;
        account(&world, "forced", Expiry::Forced, None).await;
        let held = enter(&world, "forced", PASSWORD).await;
        assert!(held.must_renew(&world.app, world.now()), "P10");
        let weak = change(&world, &held, PASSWORD, "password1234").await.unwrap_err();
        assert!(weak.contains("guessed first"), "{weak}");
        assert!(enter(&world, "forced", PASSWORD).await.must_renew(&world.app, world.now()), "nothing was changed");
        let free = change(&world, &held, PASSWORD, SECOND).await.unwrap();
        assert!(!free.must_renew(&world.app, world.now()));
        assert_eq!(free.user.facts.expiry, Expiry::Can);
    }

    async fn a_hash_from_elsewhere_is_stored_again_by_the_first_login(engine) {
        let world = World::open(engine).await;
        account(&world, "php", Expiry::Never, Some(BCRYPT)).await;
        world.fail("php", 1).await;
        assert_eq!(stored(&world, "php"), BCRYPT, "a wrong password changes nothing");
        let ends = world.race((0..8).map(|_| attempt("php").right()).collect()).await;
        assert_eq!(ends, vec![End::In; 8], "those that come at once do not disturb each other");
        let strong = stored(&world, "php");
        assert!(strong.starts_with("$argon2id$"), "{strong}");
        assert_eq!(world.end(attempt("php").right()).await, End::In);
        assert_eq!(stored(&world, "php"), strong, "once");
        world.fail("php", 1).await;
    }

    async fn what_bcrypt_does_not_read_opens_nothing(engine) {
        let world = World::open(engine).await;
        account(&world, "blind", Expiry::Never, Some(BLIND)).await;
        for typed in ["a".repeat(72), "a".repeat(73), "a".repeat(72) + "b", "a".repeat(71)] {
            let mut with = attempt("blind");
            with.password.clone_from(&typed);
            assert_eq!(world.end(with).await, End::Invalid, "{} characters", typed.len());
        }
        assert_eq!(stored(&world, "blind"), BLIND);
    }

    async fn other_costs_reach_every_hash_with_its_next_login(engine) {
        let mut world = World::open(engine).await;
        let before = stored(&world, "ada");
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
        assert_eq!(stored(&world, "ada"), before);
        let other = world.instance(Params::STANDARD);
        assert!(other.log_in(&world.origin(HERE), request(attempt("ada"))).await.is_err());
        assert_eq!(stored(&world, "ada"), before);
        other.log_in(&world.origin(HERE), request(attempt("ada").right())).await.unwrap();
        let after = stored(&world, "ada");
        assert_ne!(after, before);
        assert!(after.contains("m=19456,t=2,p=1"), "{after}");
        assert_eq!(world.end(attempt("ada").right()).await, End::In, "either reads both");
        assert_eq!(kept(&world, "ada").former.len(), 0, "the same password is not a former one");
    }
}

#[test]
fn twins_of_unicode_are_one_password_and_blanks_are_part_of_it_sqlite() {
    block_on(async {
        let world = World::open(Engine::Sqlite).await;
        let composed = "Caf\u{e9}-orbit-marble-77";
        let apart = "Cafe\u{301}-orbit-marble-77";
        let ada = enter(&world, "ada", PASSWORD).await;
        let ada = change(&world, &ada, PASSWORD, composed).await.unwrap();
        let ada = match change(&world, &ada, apart, apart).await {
            Err(same) => {
                assert_eq!(same, "This is your present password. Choose another one.");
                ada
            }
            Ok(_) => panic!("the twin is the same password"),
        };
        enter(&world, "ada", apart).await;
        let blanks = "  two before, two behind  ";
        change(&world, &ada, composed, blanks).await.unwrap();
        for typed in [blanks.trim(), blanks.trim_start(), blanks.trim_end()] {
            let mut with = attempt("ada");
            typed.clone_into(&mut with.password);
            assert_eq!(world.end(with).await, End::Invalid, "{typed:?}");
        }
        enter(&world, "ada", blanks).await;
    });
}
