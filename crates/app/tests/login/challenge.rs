//! Challenges from end to end: made, answered, judged, spent; providers asked for real, by their own protocols.

use ringfence_app::login::Shown;
use ringfence_guard::challenge::proof_of_work::Puzzle;
use ringfence_guard::login::mode::Mode;
use ringfence_guard::text;
use ringfence_kit::provider::{Expected, StandIn};
use ringfence_kit::{Engine, block_on, engines};

use crate::world::{Attempt, BROWSER, End, HERE, World, attempt};

/// What the picture of a form shows: read from the ticket, as nobody outside can.
fn phrase(world: &World, form: &ringfence_app::login::FormPage) -> String {
    world.app.ticket(&world.origin(HERE), &BROWSER, &form.ticket).unwrap().asked["captcha"].clone()
}

impl Attempt {
    fn answering(mut self, world: &World, form: &ringfence_app::login::FormPage, fields: &[(&str, &str)]) -> Self {
        self.answers = world.answers(form, fields);
        self
    }
}

engines! {
    async fn e4_a_picture_is_answered_once_and_exactly(engine) {
        let world = World::open(engine).await;
        world.set("login.allowed_modes", "form|basic").await;
        world.set("fence.rules", r#"[{"checker":"captcha","countermeasure":"login_invalid","max_level":5,"login_mode_included":["form"]}]"#).await;
        assert_eq!(world.app.opening(&world.origin(HERE)).unwrap(), ["captcha"]);
        let form = world.form(&["captcha"]).await;
        assert!(matches!(form.shown.as_slice(), [Shown::Picture { png }] if png.starts_with(b"\x89PNG")));
        let right = phrase(&world, &form).to_uppercase();
        let sound = world.app.sound(&world.origin(HERE), &BROWSER, &form.ticket).await.unwrap().unwrap();
        assert!(sound.starts_with(b"RIFF"));
        assert!(world.app.sound(&world.origin(HERE), &[8; 32], &form.ticket).await.unwrap().is_none(), "of another browser it is nothing");
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-captcha", &right)])).await, End::In);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-captcha", &right)])).await, End::Invalid, "once only");
        for wrong in ["", "?", "????", &"x".repeat(500)] {
            let form = world.form(&["captcha"]).await;
            assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-captcha", wrong)])).await, End::Invalid, "{wrong}");
        }
        let form = world.form(&["captcha"]).await;
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[])).await, End::Invalid, "absent");
        assert_eq!(world.end(attempt("ada").right()).await, End::Invalid, "without a form of ours");
        let (form, before) = (world.form(&["captcha"]).await, world.comparisons());
        let right = phrase(&world, &form);
        world.pass(301);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-captcha", &right)])).await, End::Invalid, "too late");
        assert_eq!(world.comparisons(), before, "none of these was compared");
        assert_eq!(world.end(attempt("ada").right().by(Mode::Basic)).await, End::In, "no captcha at all");
    }

    async fn a_puzzle_is_asked_from_the_fifth_failure_on(engine) {
        let world = World::shipped(engine).await;
        for key in ["security.login_max_attempts", "security.account_lockout_max_attempts"] {
            world.set(key, "1000000").await;
        }
        world.slow(1).await;
        for name in ["ada", "nobody"] {
            world.fail(name, 5).await;
            let before = world.comparisons();
            assert_eq!(world.end(attempt(name).right()).await, End::Ask(vec!["proof_of_work"]), "{name}");
            assert_eq!(world.comparisons(), before, "nothing is compared or spent");
        }
        assert_eq!(world.failures("ada"), 5);
        let form = world.form(&["proof_of_work"]).await;
        let [Shown::Puzzle { seed, .. }] = form.shown.as_slice() else { panic!("{form:?}") };
        let answer = Puzzle::new(text::hex_32(seed).unwrap()).solve();
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-proof_of_work", "1.2.3")])).await, End::Invalid);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-proof_of_work", &answer)])).await, End::Invalid, "spent");
        let form = world.form(&["proof_of_work"]).await;
        let [Shown::Puzzle { seed, .. }] = form.shown.as_slice() else { panic!("{form:?}") };
        let answer = Puzzle::new(text::hex_32(seed).unwrap()).solve();
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-proof_of_work", &answer)])).await, End::In);
        // Without a script a picture stands in its place.
        world.fail("ada", 5).await;
        let form = world.app.form(&world.origin(HERE), &["proof_of_work"], None, &BROWSER, true).await.unwrap();
        let right = phrase(&world, &form);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-captcha", &right)])).await, End::In);
    }

    async fn a_form_is_spent_once_however_many_send_it(engine) {
        let world = World::open(engine).await;
        world.set("login_protection.method", "captcha").await;
        let form = world.form(&["captcha"]).await;
        let right = phrase(&world, &form);
        let ends = world.race((0..20).map(|_| attempt("ada").answering(&world, &form, &[("answer-captcha", &right)])).collect()).await;
        assert_eq!(world.comparisons(), 1, "{ends:?}");
    }

    async fn programs_that_fill_in_everything_or_are_too_quick_are_wrong(engine) {
        let world = World::open(engine).await;
        world.set("login_protection.method", "honeypot").await;
        let form = world.form(&["honeypot"]).await;
        assert_eq!(world.end(attempt("ada").right()).await, End::Ask(vec!["honeypot"]));
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-honeypot", "http://spam.example")])).await, End::Invalid);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[])).await, End::Invalid);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[("answer-honeypot", "")])).await, End::In);
        world.set("login_protection.method", "time_check").await;
        let form = world.form(&["time_check"]).await;
        world.pass(2);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[])).await, End::Invalid, "quicker than a person");
        // The form that comes again counts from the first: sending it once more is enough.
        let first = world.app.ticket(&world.origin(HERE), &BROWSER, &form.ticket).unwrap();
        let form = world.app.form(&world.origin(HERE), &["time_check"], Some(&first), &BROWSER, false).await.unwrap();
        world.pass(1);
        assert_eq!(world.end(attempt("ada").right().answering(&world, &form, &[])).await, End::In);
    }
}

/// The settings that make a method ask our stand-in.
async fn provider(world: &World, method: &str, stand_in: &StandIn) {
    for (key, value) in [
        ("login_protection.method", method),
        ("login_protection.site_key", "site-key"),
        ("login_protection.secret_key", "provider-secret"),
        ("login_protection.endpoint", &stand_in.endpoint(method)),
    ] {
        world.set(key, value).await;
    }
}

fn expected() -> Expected {
    Expected { site_key: "site-key".into(), host: "ipam.example.org".into(), ..Expected::new("provider-secret") }
}

#[test]
fn providers_are_asked_by_their_own_protocols_sqlite() {
    block_on(async {
        let stand_in = StandIn::start(expected()).unwrap();
        for (method, challenge, field) in [
            ("turnstile", "turnstile", "cf-turnstile-response"),
            ("hcaptcha", "hcaptcha", "h-captcha-response"),
            ("recaptcha", "recaptcha_check", "g-recaptcha-response"),
            ("friendly_captcha", "friendly_captcha", "frc-captcha-response"),
        ] {
            let world = World::open(Engine::Sqlite).await;
            provider(&world, method, &stand_in).await;
            assert_eq!(world.app.opening(&world.origin(HERE)).unwrap(), [challenge]);
            let form = world.form(&[challenge]).await;
            assert!(matches!(form.shown.as_slice(), [Shown::Widget { .. }]), "{form:?}");
            let tried = async |token: &str| world.end(attempt("ada").right().answering(&world, &form, &[(field, token)])).await;
            assert_eq!(tried("good").await, End::In, "{method}");
            for bad in ["bad", "", "wrong-host", "expired", &"x".repeat(20_000)] {
                assert_eq!(tried(bad).await, End::Invalid, "{method}: {bad:.20}");
            }
            let used = format!("used-{method}");
            assert_eq!((tried(&used).await, tried(&used).await), (End::In, End::Invalid), "{method}: a token is good once");
            // An outage is never an open door.
            for broken in ["down", "garbage", "hang-up", "redirect"] {
                assert_eq!(tried(broken).await, End::Ask(vec!["proof_of_work", challenge]), "{method}: {broken}");
            }
            world.set("login_protection.on_outage", "refuse").await;
            assert_eq!(tried("down").await, End::Invalid, "{method}");
            world.set("login_protection.secret_key", "another").await;
            assert_eq!(tried("good").await, End::Invalid, "{method}: a wrong key is an outage");
        }
    });
}

#[test]
fn scores_of_recaptcha_three_and_enterprise_have_a_threshold_sqlite() {
    block_on(async {
        let stand_in = StandIn::start(Expected { project: "project".into(), scores: true, ..expected() }).unwrap();
        let world = World::open(Engine::Sqlite).await;
        provider(&world, "recaptcha", &stand_in).await;
        world.set("login_protection.version", "3").await;
        let scored = async |challenge: &'static str, token: &str| {
            let form = world.form(&[challenge]).await;
            world.end(attempt("ada").right().answering(&world, &form, &[(&format!("answer-{challenge}"), token)])).await
        };
        assert_eq!(scored("recaptcha_check", "score-900").await, End::In);
        assert_eq!(scored("recaptcha_check", "score-499").await, End::Invalid);
        assert_eq!(scored("recaptcha_check", "wrong-action").await, End::Invalid);
        for (key, value) in [
            ("recaptcha_enterprise.enabled", "true"),
            ("recaptcha_enterprise.project_id", "project"),
            ("recaptcha_enterprise.api_key", "provider-secret"),
            ("login_protection.endpoint", &stand_in.endpoint("recaptcha_enterprise")),
        ] {
            world.set(key, value).await;
        }
        assert_eq!(scored("recaptcha_enterprise", "score-500").await, End::In);
        assert_eq!(scored("recaptcha_enterprise", "score-200").await, End::Invalid);
        assert!(!format!("{:?}", stand_in.seen()).contains("key=provider-secret"), "no secret in a URL");
    });
}

#[test]
fn e6g_the_fence_asks_google_for_a_score_sqlite() {
    block_on(async {
        let stand_in = StandIn::start(Expected { scores: true, ..expected() }).unwrap();
        let world = World::open(Engine::Sqlite).await;
        world
            .set(
                "fence.rules",
                r#"[{"checker":"recaptcha","countermeasure":"login_invalid","max_level":0.4,"login_mode_included":["form"]},
                    {"checker":"recaptcha","countermeasure":"captcha","min_level":0.4,"max_level":0.6,"login_mode_included":["form"]}]"#,
            )
            .await;
        assert!(world.app.opening(&world.origin(HERE)).unwrap().is_empty(), "without keys there is no third party anywhere");
        world.set("fence.recaptcha_public_key", "site-key").await;
        world.set("fence.recaptcha_private_key", "provider-secret").await;
        world.set("fence.recaptcha_endpoint", &stand_in.endpoint("recaptcha")).await;
        assert_eq!(world.app.opening(&world.origin(HERE)).unwrap(), ["recaptcha"]);
        let scored = async |token: &str| {
            let form = world.form(&["recaptcha"]).await;
            world.end(attempt("ada").right().answering(&world, &form, &[("answer-recaptcha", token)])).await
        };
        assert_eq!(scored("score-200").await, End::Invalid);
        assert_eq!(scored("score-400").await, End::Invalid);
        assert_eq!(scored("score-500").await, End::Ask(vec!["captcha", "recaptcha"]));
        assert_eq!(scored("score-900").await, End::In);
        assert_eq!(scored("down").await, End::Ask(vec!["proof_of_work", "recaptcha"]), "what cannot be said is asked otherwise");
        for elsewhere in ["wrong-host", "wrong-action"] {
            assert_eq!(scored(elsewhere).await, End::Invalid, "{elsewhere}: a good score for something else is none");
        }
        // The key of one provider goes to that provider alone.
        let other = StandIn::start(Expected { scores: true, ..expected() }).unwrap();
        world.set("login_protection.endpoint", &other.endpoint("friendly_captcha")).await;
        assert_eq!(scored("score-900").await, End::In);
        assert!(other.seen().is_empty());
        // A rule that names no bound speaks of what is below the least score that does.
        world.set("fence.rules", r#"[{"checker":"recaptcha","countermeasure":"login_invalid","login_mode_included":["form"]}]"#).await;
        assert_eq!((scored("score-399").await, scored("score-400").await), (End::Invalid, End::In));
    });
}
