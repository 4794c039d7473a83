//! The base layer: what a place and an account have to spend, and that nobody is locked out by somebody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ringfence_app::commands::lock::{LiftLock, UnlockUser};
use ringfence_app::login::{FormPage, LoginRefusal};
use ringfence_app::setting::Values;
use ringfence_guard::budget::Limits;
use ringfence_guard::fence::Registry;
use ringfence_guard::login::mode::Mode;
use ringfence_kit::{engines, size};

use crate::world::{End, HERE, World, attempt};

/// The ends of an attack: how many were answered as wrong, how many refused, and whether somebody got in.
fn tally(ends: &[End]) -> (usize, usize, usize) {
    let count = |wanted: &End| ends.iter().filter(|end| *end == wanted).count();
    (count(&End::Invalid), count(&End::Blocked), count(&End::In))
}

engines! {
    async fn one_address_has_five_guesses_whatever_the_names(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        let ends = world.race((0..20).map(|_| attempt("ada")).collect()).await;
        assert_eq!(tally(&ends), (5, 15, 0));
        assert_eq!((world.failures("ada"), world.comparisons()), (5, 5));
        assert_eq!(world.end(attempt("ada").right()).await, End::Blocked, "not even the right one is compared");
        assert_eq!(world.comparisons(), 5);
        assert_eq!(world.events("auth.login_blocked").len(), 1, "said once a window, whoever asks");
        world.pass(901);
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
    }

    async fn many_addresses_have_ten_guesses_of_one_account(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        let ends = world.race((0..20).map(|number| attempt("ada").from(&format!("203.0.113.{number}"))).collect()).await;
        assert_eq!(tally(&ends), (10, 10, 0));
        assert_eq!((world.failures("ada"), world.comparisons()), (10, 10));
    }

    async fn two_hundred_at_once_compare_no_more_than_the_budget(engine) {
        for round in 0..size(2, 100) {
            let world = World::shipped(engine).await;
            world.set("fence.rules", "[]").await;
            let guess = |number: usize| attempt("ada").from(&format!("10.1.{}.{}", number / 100, number % 100));
            let ends = world.race((0..200).map(guess).collect()).await;
            assert_eq!((tally(&ends), world.comparisons()), ((10, 190, 0), 10), "round {round}");
        }
    }

    /// A right one among them gives back what the account spent before it, so that others may follow; never more than the budget again.
    async fn a_right_password_among_two_hundred_gives_back_what_the_account_spent(engine) {
        for round in 0..size(2, 50) {
            let world = World::shipped(engine).await;
            world.set("fence.rules", "[]").await;
            let guess = |number: usize| attempt("ada").from(&format!("10.1.{}.{}", number / 100, number % 100));
            let ends = world.race((0..200).map(|number| if number == 137 { guess(number).right() } else { guess(number) }).collect()).await;
            let (wrong, refused, inside) = tally(&ends);
            assert_eq!(wrong + refused + inside, 200, "round {round}");
            assert_eq!(wrong + inside, usize::try_from(world.comparisons()).unwrap(), "round {round}");
            assert!(world.comparisons() <= 10 + 10 * u64::try_from(inside).unwrap(), "round {round}: {} comparisons", world.comparisons());
        }
    }

    async fn parents_of_an_ipv6_address_bite(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        world.set("security.account_lockout_max_attempts", "1000000").await;
        let mut ends = Vec::new();
        // Thousands of addresses of one /64 are one place.
        let many = size(8, 5_000);
        for number in 0..many {
            ends.push(world.end(attempt("ada").from(&format!("2001:db8:0:100::{number:x}:1"))).await);
        }
        assert_eq!(tally(&ends), (5, many - 5, 0));
        // Five /64 of one /56: four times five, the first five among them.
        ends.clear();
        for network in 1..9 {
            for _ in 0..4 {
                ends.push(world.end(attempt("ada").from(&format!("2001:db8:0:10{network}::1"))).await);
            }
        }
        assert_eq!(tally(&ends), (15, 17, 0));
        // Mapped IPv4 is IPv4, and has nothing to do with them.
        for address in ["203.0.113.50", "::ffff:203.0.113.50", "203.0.113.50", "::ffff:203.0.113.50", "203.0.113.50"] {
            assert_eq!(world.end(attempt("ada").from(address)).await, End::Invalid, "{address}");
        }
        assert_eq!(world.end(attempt("ada").from("::ffff:203.0.113.50")).await, End::Blocked);
    }

    async fn the_time_of_a_request_that_came_slowly_does_not_count(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", r#"[{"checker":"login_failed","countermeasure":"no_answer_until","min_level":3}]"#).await;
        let early = world.origin(HERE);
        world.pass(100);
        world.fail("ada", 3).await;
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(900)));
        assert_eq!(world.end_at(&early, attempt("ada").right()).await, End::Silent(429, Some(900)), "it began before the block");
        world.set("fence.rules", "[]").await;
        world.set("security.login_max_attempts", "5").await;
        let early = world.origin("198.51.100.1");
        world.pass(1_000);
        for number in 0..5 {
            assert_eq!(world.end(attempt(&format!("x{number}")).from("198.51.100.1")).await, End::Invalid);
        }
        let until = |world: &World| world.read(|rx| rx.budgets().find("v4:198.51.100.1")).unwrap().locked_until;
        let locked = until(&world);
        assert_eq!(world.end_at(&early, attempt("y").from("198.51.100.1")).await, End::Blocked);
        assert_eq!(until(&world), locked, "the lock is as long as it was");
        assert_eq!(world.events("auth.login_blocked").iter().filter(|event| event.details.contains("budgets")).count(), 1);
    }

    async fn who_is_refused_makes_no_rows(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        for number in 0..5 {
            assert_eq!(world.end(attempt(&format!("x{number}"))).await, End::Invalid);
        }
        let rows = |world: &World| world.database.count("budget");
        let before = rows(&world);
        for number in 0..20 {
            assert_eq!(world.end(attempt(&format!("y{number}"))).await, End::Blocked);
        }
        assert_eq!(rows(&world), before);
        // Nor does who asks for links when there are no more.
        world.set("smtp.enabled", "true").await;
        world.set("smtp.host", "localhost").await;
        world.set("smtp.from_address", "ringfence@example.org").await;
        let origin = world.origin("198.51.100.1");
        for number in 0..5 {
            world.app.mail_browser_link(&origin, &format!("x{number}")).await.unwrap();
        }
        let before = rows(&world);
        for number in 0..20 {
            assert!(matches!(world.app.mail_browser_link(&origin, &format!("y{number}")).await, Err(LoginRefusal::Blocked { .. })));
        }
        assert_eq!(rows(&world), before);
    }

    async fn who_solves_nothing_does_not_fill_the_trail(engine) {
        let world = World::open(engine).await;
        world.set("login_protection.method", "honeypot").await;
        let wrong = |form: &FormPage| {
            let mut wrong = attempt("ada");
            wrong.answers = world.answers(form, &[("answer-honeypot", "spam")]);
            wrong
        };
        let form = world.form(&["honeypot"]).await;
        for _ in 0..20 {
            assert_eq!(world.end(wrong(&form)).await, End::Invalid);
        }
        assert_eq!(world.events("auth.login_failed").len(), 1, "once a window");
        world.pass(901);
        let form = world.form(&["honeypot"]).await;
        assert_eq!(world.end(wrong(&form)).await, End::Invalid);
        assert_eq!(world.events("auth.login_failed").len(), 2);
        assert_eq!(world.failures("ada"), 0);
    }

    async fn what_a_rule_tells_the_owner_is_told_though_the_trail_is_full(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", r#"[{"checker":"login_failed","countermeasure":"login_invalid","min_level":3},
            {"checker":"login_failed","countermeasure":"notify","min_level":3}]"#).await;
        for name in ["nobody", "ada"] {
            world.fail(name, 3).await;
            let before = world.database.count("notice");
            world.fail(name, 2).await;
            assert_eq!(world.database.count("notice") - before, i64::from(name == "ada"), "{name}");
        }
    }

    async fn a_shared_computer_does_not_use_up_the_known_browsers(engine) {
        let world = World::open(engine).await;
        world.user("bob").await;
        let home = world.known_browser("ada").await;
        let mut shared = world.known_browser("bob").await;
        for round in 0..44 {
            let name = if round % 2 == 0 { "ada" } else { "bob" };
            shared = world.try_login(attempt(name).right().in_browser(&shared)).await.unwrap().device.unwrap().expose().to_owned();
        }
        let known = |token: &str| world.read(|rx| rx.known_devices().find(&ringfence_guard::session::hash(token)));
        assert!(known(&home).is_some(), "the owner's own browser is known");
        assert!(known(&shared).is_some());
        // Who comes by a proxy types no password and needs no such cookie.
        world.set("login.allowed_modes", "form|external").await;
        assert!(world.try_login(attempt("ada").by(Mode::External)).await.unwrap().device.is_none());
    }

    async fn spellings_of_a_name_are_one_account(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        let spellings = ["ada", " ADA ", "Ada", "ada@example.org", "ADA@EXAMPLE.ORG", "\u{ff41}\u{ff44}\u{ff41}", "aDa", "adA", "ada ", "ada"];
        for (number, name) in spellings.iter().enumerate() {
            assert_eq!(world.end(attempt(name).from(&format!("203.0.113.{number}"))).await, End::Invalid, "{name}");
        }
        assert_eq!(world.failures("ada"), 10);
        assert_eq!(world.end(attempt("ada").right().from("203.0.113.99")).await, End::Blocked);
        // What only looks like it is a name of nobody, counted by itself.
        for odd in ["a\u{200b}da", "\u{430}da", "ada\u{0}"] {
            assert_eq!(world.end(attempt(odd).right().from("203.0.113.98")).await, End::Invalid, "{odd:?}");
        }
    }

    async fn a_known_browser_has_a_budget_that_strangers_cannot_spend(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        let browser = world.known_browser("ada").await;
        for number in 0..12 {
            world.end(attempt("ada").from(&format!("203.0.113.{number}"))).await;
        }
        for _ in 0..5 {
            world.end(attempt("x").from("203.0.113.200")).await;
        }
        assert_eq!(world.end(attempt("ada").right().from("198.51.100.77")).await, End::Blocked, "the account is closed to strangers");
        let owner = || attempt("ada").in_browser(&browser).from("203.0.113.200");
        assert_eq!(world.end(owner().right()).await, End::In, "and open to its owner, even at a spent address");
        assert_eq!(world.end(attempt("bob").in_browser(&browser).from("203.0.113.200")).await, End::Blocked, "known to one account only");
        // Its own budget is bounded, and after thirty failures in a row the browser is a stranger.
        for round in 0..3 {
            for number in 0..10 {
                assert_eq!(world.end(owner()).await, End::Invalid, "round {round}, guess {number}");
            }
            if round < 2 {
                assert_eq!(world.end(owner().right()).await, End::Blocked, "round {round}");
            }
            world.pass(4 * 3_600 + 1);
        }
        assert_eq!(world.failures("ada"), 10, "what it fails raises no count of strangers");
        let entry = world.try_login(owner().right()).await.unwrap();
        assert!(entry.device.is_some(), "it logged in as a stranger, and is known anew");
    }

    async fn a_success_gives_back_its_own_and_no_more(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        for number in 0..4 {
            assert_eq!(world.end(attempt(&format!("victim-{number}"))).await, End::Invalid);
            assert_eq!(world.end(attempt("ada").right()).await, End::In);
        }
        assert_eq!(world.end(attempt("victim-4")).await, End::Invalid);
        assert_eq!(world.end(attempt("victim-5")).await, End::Blocked, "an attacker's own good login buys him nothing");
    }

    async fn an_admin_opens_what_is_locked(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", r#"[{"checker":"login_failed","countermeasure":"no_answer_until","min_level":9}]"#).await;
        for number in 0..10 {
            world.end(attempt("ada").from(&format!("203.0.113.{number}"))).await;
        }
        assert!(matches!(world.end(attempt("ada").right().from("203.0.113.99")).await, End::Silent(429, Some(_))));
        let without_a_reason = UnlockUser { name: "ada".into(), reason: " ".into() };
        assert!(world.app.run(&world.console(), without_a_reason).await.unwrap_err().to_string().contains("reason"));
        let unlock = || UnlockUser { name: "ADA".into(), reason: "called from the desk".into() };
        assert!(world.app.run(&world.console(), unlock()).await.unwrap());
        assert_eq!(world.end(attempt("ada").right().from("203.0.113.99")).await, End::In);
        assert!(!world.app.run(&world.console(), unlock()).await.unwrap(), "nothing held it any more");
        let told = world.events("user.unlocked");
        assert!(told[0].details.contains("called from the desk"), "{}", told[0].details);
        for _ in 0..5 {
            world.end(attempt("x").from("203.0.113.200")).await;
        }
        assert_eq!(world.end(attempt("ada").right().from("203.0.113.200")).await, End::Blocked);
        let lift = LiftLock { subject: "v4:203.0.113.200".into(), reason: "the office".into() };
        assert!(world.app.run(&world.console(), lift).await.unwrap());
        assert_eq!(world.end(attempt("ada").right().from("203.0.113.200")).await, End::In);
    }

    async fn a_clock_that_jumps_back_lengthens_nothing(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        for _ in 0..6 {
            world.end(attempt("ada")).await;
        }
        assert_eq!(world.end(attempt("ada").right()).await, End::Blocked);
        world.pass(-86_400);
        assert_eq!(world.end(attempt("ada").right()).await, End::Blocked, "the lock stands");
        world.pass(901);
        assert_eq!(world.end(attempt("ada").right()).await, End::In, "and lasts no longer than it was meant to");
    }

    async fn what_only_asks_fills_no_table(engine) {
        let world = World::open(engine).await;
        world.set("fence.malicious_ip_list", "203.0.113.0/24").await;
        world.set("fence.rules", r#"[{"checker":"ip_range","countermeasure":"captcha","login_mode_included":["form"]}]"#).await;
        for number in 0..20 {
            assert_eq!(world.end(attempt(&format!("name-{number}"))).await, End::Ask(vec!["captcha"]));
        }
        world.set("fence.rules", r#"[{"checker":"ip_range","countermeasure":"login_invalid"}]"#).await;
        for number in 0..20 {
            assert_eq!(world.end(attempt(&format!("name-{number}"))).await, End::Invalid);
        }
        let rows = world.read(|rx| {
            let mut rows = 0;
            for number in 0..20 {
                rows += usize::from(rx.budgets().find(&format!("v4:203.0.113.{number}"))?.is_some());
            }
            Ok((rows, rx.login_audits().failing(100)?.len(), rx.budgets().find("v4:203.0.113.9")?))
        });
        assert_eq!(rows, (0, 0, None));
        assert_eq!(world.comparisons(), 0);
    }

    async fn wrong_api_keys_are_counted_and_good_ones_are_not_hindered(engine) {
        use ringfence_app::account::KeyRefusal;
        use ringfence_app::commands::api_key::CreateApiKey;
        let world = World::shipped(engine).await;
        let (text, display, hash) = ringfence_guard::api_key::mint(world.app.entropy().as_ref());
        let owner = world.read(|rx| rx.accounts().find_by_name("ada")).unwrap().id;
        let make = CreateApiKey { hash, display, name: "ci".into(), owner, scope: ringfence_guard::permission::Scope::Read, expires_at: None };
        world.app.run(&world.console(), make).await.unwrap();
        let unknown = format!("rf_{}", "x".repeat(40));
        for _ in 0..20 {
            assert!(matches!(world.app.key(&unknown, &world.origin("203.0.113.9")).await, Ok(None)));
        }
        assert!(matches!(world.app.key(&unknown, &world.origin("203.0.113.9")).await, Err(KeyRefusal::Refused(_))));
        assert!(world.app.key(text.expose(), &world.origin("203.0.113.9")).await.unwrap().is_some());
        world.pass(301);
        assert!(matches!(world.app.key(&unknown, &world.origin("203.0.113.9")).await, Ok(None)));
        // Rules that need no name hold for keys too.
        world.set("fence.malicious_ip_list", "203.0.113.9").await;
        world.set("fence.rules", r#"[{"checker":"ip_range","countermeasure":"no_answer","min_level":2}]"#).await;
        assert!(world.app.key(text.expose(), &world.origin("198.51.100.9")).await.unwrap().is_some());
        assert!(matches!(world.app.key(text.expose(), &world.origin("203.0.113.9")).await, Err(KeyRefusal::Silent { status: 429, .. })));
        world.set("login.allowed_modes", "form").await;
        assert!(matches!(world.app.key(text.expose(), &world.origin("198.51.100.9")).await, Err(KeyRefusal::NoMode)));
    }

    async fn a_block_for_an_address_that_sprays_holds_its_keys_too(engine) {
        use ringfence_app::account::KeyRefusal;
        let world = World::open(engine).await;
        world.set("fence.rules", r#"[{"checker":"spraying","countermeasure":"no_answer_until","min_level":4}]"#).await;
        for number in 0..4 {
            assert_eq!(world.end(attempt(&format!("name-{number}"))).await, End::Invalid);
        }
        assert!(matches!(world.end(attempt("ada").right()).await, End::Silent(429, Some(900))));
        assert_eq!(world.end(attempt("ada").right().from("198.51.100.9")).await, End::In, "stored for the address, not for the name");
        world.app.opening(&world.origin("203.0.113.9")).unwrap();
        assert!(matches!(world.app.key("rf_x", &world.origin("203.0.113.9")).await, Err(KeyRefusal::Silent { .. })));
        world.pass(901);
        assert!(world.app.key("rf_x", &world.origin("203.0.113.9")).await.unwrap().is_none());
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
    }

    /// The control of the attacks: without the base layer, the fence off, the right password is found.
    async fn without_limits_a_guesser_gets_in(engine) {
        let world = World::with(engine, Registry::standard(), |_: &Values| Limits::none());
        world.user("ada").await;
        world.set("fence.enabled", "false").await;
        let guesses = size(60, 2_000);
        for _ in 0..guesses {
            assert_eq!(world.end(attempt("ada")).await, End::Invalid);
        }
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
    }
}

#[test]
fn a_mode_that_is_not_allowed_does_not_exist_sqlite() {
    ringfence_kit::block_on(async {
        let world = World::open(ringfence_kit::Engine::Sqlite).await;
        assert_eq!(world.end(attempt("ada").right().by(Mode::Basic)).await, End::NoMode);
        world.set("login.allowed_modes", "basic").await;
        assert_eq!(world.end(attempt("ada").right().by(Mode::Basic)).await, End::In);
        assert_eq!(world.end(attempt("ada").right()).await, End::NoMode);
        for mode in [Mode::Oidc, Mode::Passkey, Mode::External] {
            assert_eq!(world.end(attempt("ada").right().by(mode)).await, End::NoMode, "{mode}");
        }
    });
}

engines! {
    /// Strangers guess as fast as they can; the owner logs in from a known browser every single time.
    async fn the_owner_gets_in_while_strangers_guess(engine) {
        let world = World::shipped(engine).await;
        let mut browser = world.known_browser("ada").await;
        let (made, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let attackers: Vec<_> = (0..4u32)
            .map(|lane| {
                let (app, made, stop, now) = (Arc::clone(&world.app), Arc::clone(&made), Arc::clone(&stop), world.now());
                tokio::spawn(async move {
                    for number in 0u32.. {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let guess = attempt("ada").from(&format!("10.{lane}.{}.{}", number / 250 % 250, number % 250));
                        let _refused = app.log_in(&crate::world::origin(&guess.from, now), crate::world::request(guess)).await;
                        made.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                    }
                })
            })
            .collect();
        let mut number = 0;
        // As many logins as are wanted, and a hundred guesses at least beside them.
        while number < size(60, 1_000) || made.load(Ordering::Relaxed) < 100 {
            let entry = world.try_login(attempt("ada").right().from("198.51.100.1").in_browser(&browser)).await;
            let entry = entry.unwrap_or_else(|refusal| panic!("login {number}: {refusal:?}"));
            if let Some(device) = entry.device {
                device.expose().clone_into(&mut browser);
            }
            number += 1;
        }
        stop.store(true, Ordering::Relaxed);
        for attacker in attackers {
            attacker.await.unwrap();
        }
        assert!(world.failures("ada") <= 10, "and no more than the budget were compared");
    }
}
