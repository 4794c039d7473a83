//! The cases of the design that need storage and time. Those of judgement alone stand in `guard::fence`.

use std::time::Duration;

use ringfence_guard::login::mode::Mode;
use ringfence_kit::{Engine, block_on, engines};

use crate::world::{Attempt, End, HERE, World, attempt, timed};

const SLOWDOWN: &str = r#"[{"checker":"login_failed","countermeasure":"slowdown","min_level":3}]"#;
const SILENT: &str = r#"[{"checker":"login_failed","countermeasure":"no_answer_until","min_level":3}]"#;
const INVALID: &str = r#"[{"checker":"login_failed","countermeasure":"login_invalid_until","min_level":3}]"#;

/// The wait that an attempt is made to take, in steps of 60 ms.
async fn steps(world: &World, attempt: Attempt) -> (End, u128) {
    let (end, took) = timed(world.end(attempt)).await;
    (end, took.as_millis() / 60)
}

engines! {
    async fn e1_without_a_fence_nothing_is_said(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", r#"[{"checker":"ip_range","countermeasure":"no_answer"},{"checker":"login_failed","countermeasure":"login_invalid","min_level":1}]"#).await;
        world.set("fence.malicious_ip_list", HERE).await;
        world.set("fence.enabled", "false").await;
        world.fail("ada", 50).await;
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
        // The base layer still counts.
        world.pass(901);
        world.set("security.login_max_attempts", "2").await;
        world.fail("ada", 2).await;
        assert_eq!(world.end(attempt("ada").right()).await, End::Blocked);
    }

    async fn e2_failures_make_the_answer_wait(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", SLOWDOWN).await;
        world.slow(60).await;
        for _ in 0..3 {
            assert_eq!(world.end(attempt("ada")).await, End::Invalid);
        }
        assert_eq!(world.failures("ada"), 3);
        for (number, least) in [(4, 1), (5, 2)] {
            let (end, waited) = steps(&world, attempt("ada")).await;
            assert!(end == End::Invalid && waited >= least, "attempt {number} waited {waited} steps");
        }
        // A right password waits, and then it is in.
        let (end, waited) = steps(&world, attempt("ada").right()).await;
        assert!(end == End::In && waited >= 3, "{end:?} after {waited} steps");
        assert_eq!(world.failures("ada"), 0);
    }

    async fn e2c_only_failures_in_a_row_of_that_name_count(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", SLOWDOWN).await;
        world.slow(2_000).await;
        world.user("bob").await;
        world.fail("ada", 3).await;
        let quick = async |attempt: Attempt| timed(world.end(attempt)).await.1 < Duration::from_secs(2);
        assert!(quick(attempt("bob").right()).await, "another name from the same address");
        assert!(!quick(attempt("ada").by(Mode::Basic)).await || !world.app.settings().modes().contains(&Mode::Basic), "every mode counts");
        // Two failures, a success, two failures: no three in a row.
        world.fail("bob", 2).await;
        assert_eq!(world.end(attempt("bob").right()).await, End::In);
        world.fail("bob", 2).await;
        assert!(quick(attempt("bob")).await);
        // A name of nobody is slowed exactly like a known one.
        for _ in 0..3 {
            assert!(quick(attempt("nobody")).await);
        }
        assert!(!quick(attempt("nobody")).await);
    }

    async fn e2d_twenty_at_once_count_twenty_in_one_row(engine) {
        let world = World::open(engine).await;
        let ends = world.race((0..20).map(|_| attempt("ada")).collect()).await;
        assert!(ends.iter().all(|end| *end == End::Invalid), "{ends:?}");
        assert_eq!(world.failures("ada"), 20);
        let rows = world.read(|rx| rx.login_audits().failing(100));
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(world.comparisons(), 20);
        // Also for a name of nobody.
        let ends = world.race((0..20).map(|_| attempt("nobody")).collect()).await;
        assert!(ends.iter().all(|end| *end == End::Invalid), "{ends:?}");
        let rows = world.read(|rx| rx.login_audits().failing(100));
        assert_eq!(rows.iter().map(|row| row.failures).collect::<Vec<_>>(), [20, 20]);
    }

    async fn e3_no_answer_for_a_time(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", SILENT).await;
        world.set("fence.no_answer_duration", "3600").await;
        let session = world.try_login(attempt("ada").right()).await.unwrap().session;
        world.fail("ada", 3).await;
        let before = world.comparisons();
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(3_600)));
        world.pass(10);
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(3_590)), "its end does not move");
        assert_eq!(world.end(attempt("ada@example.org").right()).await, End::Silent(429, Some(3_590)), "the address is the same account");
        assert_eq!(world.comparisons(), before, "nothing was compared");
        assert!(world.app.session(session.expose(), world.now(), true).await.unwrap().is_some(), "who is in stays in");
        world.user("bob").await;
        assert_eq!(world.end(attempt("bob").right()).await, End::In, "another name is not concerned");
        world.pass(3_588);
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(2)));
        world.pass(3);
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
        assert_eq!(world.failures("ada"), 0);
    }

    async fn e3b_after_its_end_the_count_begins_at_nothing(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", SILENT).await;
        world.set("fence.no_answer_duration", "3600").await;
        world.fail("ada", 3).await;
        assert_eq!(world.end(attempt("ada")).await, End::Silent(429, Some(3_600)));
        world.pass(3_601);
        assert_eq!(world.end(attempt("ada")).await, End::Invalid, "an ordinary refusal");
        assert_eq!(world.failures("ada"), 1);
    }

    async fn e10_checked_once_then_invalid_for_a_time(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", INVALID).await;
        world.user("bob").await;
        // The fourth is really checked: a right one is in, and clears everything.
        world.fail("ada", 3).await;
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
        // A wrong fourth arms it: a right fifth is invalid, and not compared.
        world.fail("bob", 4).await;
        let before = world.comparisons();
        assert_eq!(world.end(attempt("bob").right()).await, End::Invalid);
        assert_eq!(world.comparisons(), before);
        assert_eq!(world.failures("bob"), 4, "what is not compared raises no counter");
        // After its end one attempt is checked, and arms it again.
        world.pass(901);
        assert_eq!(world.end(attempt("bob")).await, End::Invalid);
        assert_eq!(world.comparisons(), before + 1);
        assert_eq!(world.end(attempt("bob").right()).await, End::Invalid);
        world.pass(901);
        assert_eq!(world.end(attempt("bob").right()).await, End::In);
        assert_eq!(world.failures("bob"), 0);
    }

    async fn a_name_that_strangers_block_goes_on_in_a_known_browser(engine) {
        let world = World::open(engine).await;
        let browser = world.known_browser("ada").await;
        world.set("fence.rules", SILENT).await;
        world.fail("ada", 3).await;
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(900)));
        assert_eq!(world.end(attempt("ada").right().in_browser(&browser)).await, End::In, "strangers cannot lock the owner out");
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(900)), "and the block of strangers stands");
        // A rule that says so spares nobody.
        world.set("fence.rules", &SILENT.replace('}', r#","strict":true}"#)).await;
        world.pass(901);
        world.fail("ada", 3).await;
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(900)));
        assert_eq!(world.end(attempt("ada").right().in_browser(&browser)).await, End::Silent(429, Some(900)));
    }

    async fn a_known_browser_that_fails_is_held_by_itself_and_for_its_time(engine) {
        let world = World::open(engine).await;
        let browser = world.known_browser("ada").await;
        let own = || attempt("ada").in_browser(&browser);
        world.set("fence.rules", SILENT).await;
        for _ in 0..3 {
            assert_eq!(world.end(own()).await, End::Invalid);
        }
        assert_eq!(world.end(own().right()).await, End::Silent(429, Some(900)));
        assert_eq!(world.end(attempt("ada").right().from("198.51.100.1")).await, End::In, "nobody else is held");
        world.pass(890);
        assert_eq!(world.end(own().right()).await, End::Silent(429, Some(10)), "its end does not move");
        world.pass(11);
        assert_eq!(world.end(own().right()).await, End::In, "it ends");
        // Blocks are no forgiveness: thirty failures in a row make it a stranger all the same.
        for round in 0..10 {
            for _ in 0..3 {
                assert_eq!(world.end(own()).await, End::Invalid, "round {round}");
            }
            if round < 9 {
                assert_eq!(world.end(own()).await, End::Silent(429, Some(900)), "round {round}");
            }
            world.pass(901);
        }
        let hash = ringfence_guard::session::hash(&browser);
        assert_eq!(world.read(|rx| rx.known_devices().find(&hash)), None);
        // The other block: the attempt that arms it is checked, and the next is not.
        let browser = world.known_browser("ada").await;
        let own = || attempt("ada").in_browser(&browser);
        world.set("fence.rules", INVALID).await;
        for _ in 0..4 {
            assert_eq!(world.end(own()).await, End::Invalid);
        }
        let before = world.comparisons();
        assert_eq!(world.end(own().right()).await, End::Invalid);
        assert_eq!(world.comparisons(), before, "its own block holds it");
        assert_eq!(world.end(attempt("ada").right().from("198.51.100.2")).await, End::In);
        world.pass(901);
        assert_eq!(world.end(own().right()).await, End::In);
    }

    async fn no_rules_block_ends_anothers(engine) {
        let world = World::open(engine).await;
        world.set("login.allowed_modes", "form|basic").await;
        let rule = |mode: &str| format!(r#"{{"checker":"login_failed","countermeasure":"no_answer_until","min_level":3,"login_mode_included":["{mode}"]}}"#);
        for order in [["form", "basic"], ["basic", "form"]] {
            world.set("fence.rules", &format!("[{}]", order.map(rule).join(","))).await;
            for mode in [Mode::Form, Mode::Basic] {
                for _ in 0..3 {
                    assert_eq!(world.end(attempt("ada").by(mode)).await, End::Invalid);
                }
                assert_eq!(world.end(attempt("ada").by(mode)).await, End::Silent(429, Some(900)), "{mode}");
            }
            world.pass(890);
            for mode in [Mode::Form, Mode::Basic] {
                assert_eq!(world.end(attempt("ada").right().by(mode)).await, End::Silent(429, Some(10)), "{order:?}: {mode}");
            }
            world.pass(11);
            assert_eq!(world.end(attempt("ada").right()).await, End::In);
        }
    }

    async fn what_was_never_checked_arms_nothing(engine) {
        let world = World::open(engine).await;
        world.set("fence.rules", r#"[{"checker":"login_failed","countermeasure":"login_invalid_until","min_level":3},
            {"checker":"login_failed","countermeasure":"slowdown","min_level":3}]"#).await;
        let name = |number: usize| format!("name-{number}");
        for number in 0..16 {
            for _ in 0..3 {
                assert_eq!(world.end(attempt(&name(number)).from(&format!("10.9.0.{number}"))).await, End::Invalid);
            }
        }
        world.fail("ada", 3).await;
        world.slow(1_000).await;
        // Sixteen of one address may wait at once. Who finds no place is not checked, and that keeps nobody out.
        let crowd = world.race((0..16).map(|number| attempt(&name(number))).collect());
        let late = async {
            while world.app.login_counters().sleeping < 16 {
                tokio::task::yield_now().await;
            }
            world.end(attempt("ada").right()).await
        };
        let (crowd, late) = tokio::join!(crowd, late);
        assert!(crowd.iter().all(|end| *end == End::Invalid), "{crowd:?}");
        assert_eq!(late, End::Busy);
        assert_eq!(world.end(attempt("ada").right()).await, End::In);
    }

    async fn e6h_a_bad_address_blocks_itself_and_nobodys_name(engine) {
        let world = World::open(engine).await;
        world.set("login.allowed_modes", "form|basic|token").await;
        world.set("fence.trusted_ip_list", "127.0.0.1").await;
        world.set("fence.rules", r#"[{"checker":"ip_range","countermeasure":"no_answer_until","max_level":1,"login_mode_excluded":["form"]},
            {"checker":"ip_range","countermeasure":"captcha","max_level":1,"login_mode_included":["form"]}]"#).await;
        assert_eq!(world.end(attempt("ada").right().by(Mode::Basic)).await, End::Silent(429, Some(900)));
        assert_eq!(world.end(attempt("ada").right().by(Mode::Basic).from("127.0.0.1")).await, End::In);
        assert_eq!(world.end(attempt("ada").right().from("127.0.0.1")).await, End::In);
        // The form of the bad address stays the captcha's matter, and the block ends.
        assert_eq!(world.end(attempt("ada").right()).await, End::Ask(vec!["captcha"]));
        world.pass(600);
        assert_eq!(world.end(attempt("ada").right().by(Mode::Basic)).await, End::Silent(429, Some(300)), "the date does not move");
        let blocks = world.read(|rx| rx.blocks().holding(ringfence_guard::clock::Timestamp::from_micros(0), 10));
        assert_eq!(blocks.len(), 1);
        assert_eq!((blocks[0].block.subject.as_str(), blocks[0].label.as_str()), ("v4:203.0.113.9", HERE));
    }

    async fn e13_without_a_writable_database_nothing_is_compared(engine) {
        let world = World::open(engine).await;
        let session = world.try_login(attempt("ada").right()).await.unwrap().session;
        let before = world.comparisons();
        world.refuse_writes();
        let mut ends = Vec::new();
        for tried in [attempt("ada"), attempt("ada").right(), attempt("nobody")] {
            ends.push(world.end(tried).await);
        }
        assert_eq!(ends, [End::Unavailable, End::Unavailable, End::Unavailable]);
        assert_eq!(world.comparisons(), before);
        assert!(world.app.session(session.expose(), world.now(), true).await.unwrap().is_some(), "sessions go on");
    }

    async fn e15_who_comes_by_a_proxy_has_typed_no_name(engine) {
        let world = World::open(engine).await;
        world.set("login.allowed_modes", "form|external").await;
        world.set("fence.rules", SILENT).await;
        world.fail("ada", 3).await;
        assert_eq!(world.end(attempt("ada").by(Mode::External)).await, End::In, "failures of the name do not count");
        assert_eq!(world.end(attempt("ada").right()).await, End::Silent(429, Some(900)));
        assert_eq!(world.end(attempt("ada").by(Mode::External)).await, End::In, "nor does the block that they armed");
        assert_eq!(world.end(attempt("nobody").by(Mode::External)).await, End::Invalid);
        world.set("fence.malicious_ip_list", HERE).await;
        world.set("fence.rules", r#"[{"checker":"ip_range","countermeasure":"no_answer"}]"#).await;
        assert_eq!(world.end(attempt("ada").by(Mode::External)).await, End::Silent(429, None), "its address does");
        world.set("login.allowed_modes", "form").await;
        assert_eq!(world.end(attempt("ada").by(Mode::External).from("198.51.100.7")).await, End::NoMode);
    }
}

#[test]
fn e14_bad_rules_are_refused_when_they_are_saved_sqlite() {
    block_on(async {
        let world = World::open(Engine::Sqlite).await;
        for (rules, says) in [
            (
                r#"[{"checker":"login_failed","countermeasure":"slowdown"},{"checker":"x","countermeasure":"slowdown"}]"#,
                "rule 2: there is no checker",
            ),
            (r#"[{"checker":"login_failed","countermeasure":"slowdown","min_level":5,"max_level":3}]"#, "rule 1: min_level 5 is above"),
            (
                r#"[{"checker":"login_failed","countermeasure":"slowdown","login_mode_included":["form"],"login_mode_excluded":["form"]}]"#,
                "rule 1: the mode form is both included and excluded",
            ),
        ] {
            let refusal = world.try_set("fence.rules", rules).await.unwrap_err().to_string();
            assert!(refusal.contains(says), "{refusal}");
        }
        let refusal = world.try_set("fence.trusted_ip_list", "10.0.0.0/33").await.unwrap_err().to_string();
        assert!(refusal.contains("10.0.0.0/33"), "{refusal}");
        assert!(world.app.opening(&world.origin(HERE)).unwrap().is_empty());
        assert!(world.app.settings().fence().rules().is_empty(), "nothing of it took effect");
    });
}
