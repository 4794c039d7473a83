//! The cases of the design (E1 to E15) as far as they are a matter of judgement alone; those of storage and time stand in `app`.

use std::net::IpAddr;
use std::time::Duration;

use super::rule::resolve;
use super::settings::Networks;
use super::*;
use crate::clock::Timestamp;

const NOW: Timestamp = Timestamp::from_micros(1_785_585_600_000_000);

/// A rule without bounds.
pub(super) fn rule(checker: &str, countermeasure: &str) -> Rule {
    resolve(&[written(checker, countermeasure)], &Registry::standard()).unwrap().remove(0)
}

fn written(checker: &str, countermeasure: &str) -> Written {
    Written { checker: checker.into(), countermeasure: countermeasure.into(), ..Written::default() }
}

fn fence(settings: Settings, rules: &[Written]) -> Fence {
    let registry = Registry::standard();
    let rules = resolve(rules, &registry).unwrap();
    Fence::new(registry, settings, rules, None, Outage::default())
}

/// An attempt, by what it differs from a plain one.
struct Try {
    mode: Mode,
    address: &'static str,
    failures: Option<u32>,
    own: Option<u32>,
    grades: Grades,
}

fn form() -> Try {
    Try { mode: Mode::Form, address: "203.0.113.9", failures: Some(0), own: None, grades: Grades::new() }
}

impl Try {
    fn judged(self, fence: &Fence) -> Verdict {
        let address: IpAddr = self.address.parse().unwrap();
        let facts = Facts {
            now: NOW,
            mode: self.mode,
            address: Some(address),
            failures: self.failures,
            own_failures: self.own,
            spraying: 0,
            new_place: Some(false),
            grades: &self.grades,
            opening: false,
        };
        fence.judge(&facts, &[], self.own.is_some())
    }

    fn with(mut self, challenge: &str, grade: Grade) -> Self {
        self.grades.insert(challenge.to_owned(), grade);
        self
    }
}

fn wait_of(fence: &Fence, failures: u32) -> Duration {
    Try { failures: Some(failures), ..form() }.judged(fence).wait
}

fn slowdown() -> Written {
    Written { min_level: Some(3.0), ..written("login_failed", "slowdown") }
}

#[test]
fn e1_a_fence_that_is_off_says_nothing() {
    let off = Settings { enabled: false, malicious: Networks::parse("203.0.113.9").unwrap(), ..Settings::default() };
    let fence = fence(off, &[slowdown(), written("ip_range", "no_answer")]);
    assert_eq!(Try { failures: Some(50), ..form() }.judged(&fence), Verdict::default());
}

#[test]
fn e2_failures_make_the_answer_wait() {
    let fence = fence(Settings::default(), &[slowdown()]);
    let waits: Vec<u128> = (0..5).map(|failures| wait_of(&fence, failures).as_millis()).collect();
    assert_eq!(waits, [0, 0, 0, 500, 1_000]);
    assert_eq!(wait_of(&fence, 1_000), Duration::from_secs(5));
    // In every mode, and never for a browser that is known to the account.
    assert_eq!(Try { mode: Mode::Basic, failures: Some(3), ..form() }.judged(&fence).wait, Duration::from_millis(500));
    assert!(Try { failures: Some(9), own: Some(0), ..form() }.judged(&fence).wait.is_zero());
    assert_eq!(Try { failures: Some(0), own: Some(3), ..form() }.judged(&fence).wait, Duration::from_millis(500));
}

#[test]
fn a_strict_rule_counts_strangers_against_the_owner() {
    let fence = fence(Settings::default(), &[Written { strict: true, ..slowdown() }]);
    assert_eq!(Try { failures: Some(3), own: Some(0), ..form() }.judged(&fence).wait, Duration::from_millis(500));
}

#[test]
fn a_rule_without_bounds_begins_where_the_setting_says() {
    let fence = fence(Settings { free_tries: 7, ..Settings::default() }, &[written("login_failed", "slowdown")]);
    assert!(wait_of(&fence, 6).is_zero());
    assert_eq!(wait_of(&fence, 7), Duration::from_millis(500));
}

#[test]
fn e3_no_answer_for_a_time_stops_and_arms_a_block_of_the_name() {
    let settings = Settings { silent_for: Duration::from_hours(1), ..Settings::default() };
    let fence = fence(settings, &[Written { min_level: Some(3.0), ..written("login_failed", "no_answer_until") }]);
    let verdict = Try { failures: Some(3), ..form() }.judged(&fence);
    assert!(verdict.stop);
    let [arm] = verdict.arms.as_slice() else { panic!("one block: {verdict:?}") };
    assert_eq!((arm.scope, arm.kind, arm.lasting), (checker::Scope::Name, BlockKind::NoAnswer, Duration::from_hours(1)));
    assert_eq!(arm.modes, [Mode::Form, Mode::Basic], "who types no name is not meant");
}

#[test]
fn e4_a_captcha_that_is_not_right_is_invalid() {
    let checked = Written { max_level: Some(5.0), login_mode_included: vec!["form".into()], ..written("captcha", "login_invalid") };
    let fence = fence(Settings::default(), &[checked]);
    assert!(!form().with("captcha", Grade::Passed { score: None }).judged(&fence).invalid);
    for wrong in 1..=5 {
        assert!(form().with("captcha", Grade::Failed { level: Level::whole(wrong) }).judged(&fence).invalid, "{wrong} wrong");
    }
    assert!(form().judged(&fence).invalid, "absent");
    assert_eq!(Try { mode: Mode::Basic, ..form() }.judged(&fence), Verdict::default(), "no captcha outside the form");
    let opening = fence.judge(&Facts::opening(NOW, Mode::Form, None, 0, &Grades::new()), &[], false);
    assert_eq!((opening.ask, opening.invalid), (vec!["captcha"], false), "it stands on every form");
}

fn trusted() -> Fence {
    let settings = Settings { trusted: Networks::parse("::1 127.0.0.1 192.168.55.0/24").unwrap(), ..Settings::default() };
    let rules = [
        Written { max_level: Some(1.0), login_mode_included: vec!["form".into()], ..written("ip_range", "captcha") },
        Written { max_level: Some(1.0), login_mode_excluded: vec!["form".into()], ..written("ip_range", "no_answer") },
        Written { min_level: Some(2.0), ..written("ip_range", "no_answer") },
    ];
    fence(settings, &rules)
}

#[test]
fn e5_strangers_solve_a_captcha_and_programs_get_no_answer() {
    let fence = trusted();
    for mode in [Mode::Form, Mode::Basic, Mode::Token] {
        assert_eq!(Try { mode, address: "192.168.55.7", ..form() }.judged(&fence), Verdict::default(), "{mode}");
    }
    let strange = Try { address: "10.0.0.1", ..form() }.judged(&fence);
    assert_eq!((strange.ask, strange.stop), (vec!["captcha"], false));
    let program = Try { mode: Mode::Basic, address: "10.0.0.1", ..form() }.judged(&fence);
    assert_eq!((program.ask, program.stop), (vec![], true));
    let warnings = fence.lint(&[Mode::Form, Mode::Basic]);
    assert!(warnings.iter().any(|w| w.rule == 3 && w.text.contains("unreachable")), "{warnings:?}");
    assert!(!warnings.iter().any(|w| w.rule == 1), "{warnings:?}");
}

fn complex(keys: bool, malicious: &str) -> Fence {
    let form_only = |rule: Written| Written { login_mode_included: vec!["form".into()], ..rule };
    let settings = Settings {
        trusted: Networks::parse("::1 127.0.0.1").unwrap(),
        malicious: Networks::parse(malicious).unwrap(),
        recaptcha_ready: keys,
        ..Settings::default()
    };
    let rules = [
        slowdown(),
        form_only(Written { max_level: Some(0.4), ..written("recaptcha", "login_invalid") }),
        form_only(Written { min_level: Some(0.4), max_level: Some(0.6), ..written("recaptcha", "captcha") }),
        form_only(Written { max_level: Some(1.0), ..written("ip_range", "captcha") }),
        Written { max_level: Some(1.0), login_mode_excluded: vec!["form".into()], ..written("ip_range", "no_answer_until") },
        Written { min_level: Some(2.0), ..written("ip_range", "no_answer_until") },
    ];
    fence(settings, &rules)
}

#[test]
fn e6_the_complex_example_without_keys() {
    let fence = complex(false, "");
    let opened = |address: &str| {
        let facts = Grades::new();
        fence.judge(&Facts::opening(NOW, Mode::Form, address.parse().ok(), 0, &facts), &[], false).ask
    };
    assert_eq!(opened("127.0.0.1"), Vec::<&str>::new(), "no captcha, no third party");
    assert_eq!(opened("203.0.113.9"), ["captcha"]);
    let program = Try { mode: Mode::Basic, ..form() }.judged(&fence);
    assert!(program.stop);
    assert_eq!((program.arms[0].scope, program.arms[0].rule), (checker::Scope::Address, 5));
    assert!(!program.arms[0].modes.contains(&Mode::Form), "the form of that address is the captcha's matter");
    let solved = || Try { failures: Some(3), ..form() }.with("captcha", Grade::Passed { score: None });
    let verdict = solved().judged(&fence);
    assert_eq!((verdict.wait, verdict.ask.len(), verdict.wrong), (Duration::from_millis(500), 0, false));
    assert_eq!(verdict.trace(), "1:login_failed>slowdown@3 4:ip_range>captcha@1");
    let malicious = complex(false, "198.51.100.0/24");
    for mode in [Mode::Form, Mode::Basic] {
        let verdict = Try { mode, address: "198.51.100.3", ..form() }.judged(&malicious);
        assert_eq!((verdict.stop, verdict.ask.len()), (true, 0), "{mode}");
    }
    assert!(fence.lint(&[Mode::Form]).iter().any(|w| w.rule == 2 && w.text.contains("keys")));
}

#[test]
fn e6g_the_strictest_of_two_scores_wins() {
    let fence = complex(true, "");
    let scored = |thousandths| {
        let level = Level::thousandths(thousandths);
        let verdict = Try { address: "127.0.0.1", ..form() }.with("recaptcha", Grade::Passed { score: Some(level) }).judged(&fence);
        (verdict.invalid, verdict.ask)
    };
    assert!(scored(200).0);
    assert!(scored(400).0, "both rules match, and invalid wins");
    assert_eq!(scored(500), (false, vec!["captcha"]));
    assert_eq!(scored(600), (false, vec!["captcha"]));
    assert_eq!(scored(900), (false, vec![]));
    assert!(Try { address: "127.0.0.1", ..form() }.judged(&fence).invalid, "no answer at all scores 0");
}

#[test]
fn e10_invalid_for_a_time_checks_the_attempt_that_arms_it() {
    let fence = fence(Settings::default(), &[Written { min_level: Some(3.0), ..written("login_failed", "login_invalid_until") }]);
    let verdict = Try { failures: Some(3), ..form() }.judged(&fence);
    assert!(!verdict.invalid);
    assert_eq!((verdict.arms[0].kind, verdict.arms[0].lasting), (BlockKind::Invalid, Duration::from_mins(15)));
    let until = NOW.plus(Duration::from_mins(15));
    let block =
        Block { subject: "user:1".into(), kind: BlockKind::Invalid, until, strict: false, modes: Mode::ALL.to_vec(), rule: 1, since: NOW };
    let facts = Facts {
        now: NOW,
        mode: Mode::Form,
        address: None,
        failures: Some(4),
        own_failures: None,
        spraying: 0,
        new_place: None,
        grades: &Grades::new(),
        opening: false,
    };
    let held = fence.judge(&facts, std::slice::from_ref(&block), false);
    assert_eq!((held.invalid, held.arms.len()), (true, 0), "a block that holds is not armed again");
    let after = fence.judge(&Facts { now: until, ..facts }, &[block], false);
    assert_eq!((after.invalid, after.arms.len()), (false, 1), "after its end one attempt is checked, and arms it again");
}

#[test]
fn e15_without_a_typed_name_failures_do_not_count_and_addresses_do() {
    let settings = Settings { malicious: Networks::parse("203.0.113.9").unwrap(), ..Settings::default() };
    let fence = fence(settings, &[slowdown(), written("ip_range", "no_answer")]);
    let verdict = Try { mode: Mode::External, failures: None, ..form() }.judged(&fence);
    assert_eq!((verdict.wait, verdict.stop), (Duration::ZERO, true));
}

#[test]
fn the_order_of_the_rules_makes_no_difference() {
    let rules = [
        slowdown(),
        Written { min_level: Some(3.0), ..written("login_failed", "captcha") },
        Written { min_level: Some(4.0), ..written("login_failed", "login_invalid") },
        written("ip_range", "proof_of_work"),
    ];
    let settings = Settings { trusted: Networks::parse("127.0.0.1").unwrap(), ..Settings::default() };
    let mut seen = Vec::new();
    for turn in 0..rules.len() {
        let mut turned = rules.clone();
        turned.rotate_left(turn);
        let mut verdict = Try { failures: Some(5), ..form() }.judged(&fence(settings.clone(), &turned));
        verdict.ask.sort_unstable();
        verdict.hits.clear();
        seen.push(verdict);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
    assert_eq!((seen[0].ask.as_slice(), seen[0].invalid), (["captcha", "proof_of_work"].as_slice(), true));
}

#[test]
fn what_a_provider_cannot_say_is_asked_otherwise_and_never_open() {
    let outage = || form().with("turnstile", Grade::Undecided("no answer".into()));
    let with = |on_outage| Fence::new(Registry::standard(), Settings::default(), Vec::new(), Some("turnstile"), on_outage);
    let verdict = outage().judged(&with(Outage::default()));
    assert_eq!((verdict.ask.as_slice(), verdict.faults.len()), (["proof_of_work"].as_slice(), 1));
    let solved = outage().with("proof_of_work", Grade::Passed { score: None }).judged(&with(Outage::default()));
    assert_eq!((solved.ask.len(), solved.wrong, solved.invalid), (0, false, false));
    assert!(outage().with("proof_of_work", Grade::Failed { level: Level::whole(1) }).judged(&with(Outage::default())).wrong);
    assert!(outage().judged(&with(Outage::Refuse)).invalid);
    assert_eq!(form().judged(&with(Outage::Refuse)).ask, ["turnstile"], "not asked yet");
    assert!(form().with("turnstile", Grade::Failed { level: Level::whole(1) }).judged(&with(Outage::Refuse)).wrong);
}

#[test]
fn without_script_the_picture_stands_for_the_puzzle() {
    let fence = fence(Settings::default(), &[Written { min_level: Some(5.0), ..written("login_failed", "proof_of_work") }]);
    let tried = |grades: &[(&str, Grade)]| {
        let mut attempt = Try { failures: Some(5), ..form() };
        for (name, grade) in grades {
            attempt = attempt.with(name, grade.clone());
        }
        let verdict = attempt.judged(&fence);
        (verdict.ask, verdict.wrong)
    };
    assert_eq!(tried(&[]), (vec!["proof_of_work"], false));
    assert_eq!(tried(&[("captcha", Grade::Passed { score: None })]), (vec![], false));
    assert_eq!(tried(&[("captcha", Grade::Failed { level: Level::whole(2) })]), (vec![], true));
}

#[test]
fn the_shipped_rules_do_what_they_say() {
    let fence = fence(Settings::default(), &shipped());
    assert!(fence.lint(&[Mode::Form, Mode::Basic, Mode::Token]).is_empty(), "{:?}", fence.lint(&[Mode::Form, Mode::Basic, Mode::Token]));
    let said: Vec<String> = fence.rules().iter().map(|rule| fence.sentence(rule)).collect();
    assert_eq!(
        said,
        [
            "After 3 or more failures in a row for a name, make the answer wait 0.5 s, 0.5 s more with each further step, at most 5 s.",
            "After 5 or more failures in a row for a name (only in form), make the browser solve a puzzle."
        ]
    );
    assert_eq!(Try { failures: Some(5), ..form() }.judged(&fence).ask, ["proof_of_work"]);
}

#[test]
fn empty_and_strict_sets_are_warned_of() {
    let texts = |fence: &Fence| fence.lint(&[Mode::Form, Mode::Basic]).into_iter().map(|w| w.text).collect::<Vec<_>>().join("\n");
    assert!(texts(&fence(Settings::default(), &[])).contains("There is no rule"));
    assert!(texts(&fence(Settings { enabled: false, ..Settings::default() }, &shipped())).contains("switched off"));
    let strict = Written { strict: true, ..written("login_failed", "no_answer_until") };
    assert!(texts(&fence(Settings::default(), &[strict])).contains("Rule 1 is strict"));
    assert!(texts(&fence(Settings::default(), &[written("login_failed", "captcha")])).contains("only the form can"));
    assert!(texts(&fence(Settings::default(), &[written("new_place", "captcha")])).contains("can be seen by strangers"));
    assert!(texts(&fence(Settings::default(), &[written("ip_range", "no_answer")])).contains("both address lists are empty"));
    assert!(texts(&fence(Settings::default(), &[written("new_place", "require_factor")])).contains("no second factor"));
    let elsewhere = Written { login_mode_included: vec!["external".into()], ..written("login_failed", "slowdown") };
    assert!(texts(&fence(Settings::default(), &[elsewhere])).contains("no login mode that is allowed"));
}

#[test]
fn the_simulator_says_why() {
    let fence = complex(false, "198.51.100.0/24");
    let scene = simulate::Scene {
        at: NOW,
        mode: Mode::Form,
        address: "203.0.113.9".parse().unwrap(),
        failures: 4,
        known: false,
        spraying: 0,
        new_place: false,
        solved: false,
        allowed: true,
    };
    let answer = fence.simulate(&scene);
    assert_eq!(answer.seen, "The form again, asking: captcha. Nothing is compared yet.");
    let lines: Vec<(usize, bool)> = answer.lines.iter().map(|line| (line.rule, line.hit)).collect();
    assert_eq!(lines, [(1, true), (2, false), (3, false), (4, true), (5, false), (6, false)]);
    assert!(answer.lines[4].why.contains("does not cover the mode form"), "{:?}", answer.lines[4]);
    assert!(answer.lines[5].why.contains("outside its bounds"), "{:?}", answer.lines[5]);
    let malicious =
        fence.simulate(&simulate::Scene { address: "::ffff:198.51.100.7".parse().unwrap(), mode: Mode::Basic, ..scene.clone() });
    assert_eq!(malicious.seen, "Status 429 and no answer; nothing is compared. From then on a block holds for 900 s.");
    let trusted = fence.simulate(&simulate::Scene { address: "127.0.0.1".parse().unwrap(), ..scene.clone() });
    assert_eq!(trusted.seen, "After 1 s: The password is compared.");
    let solved = fence.simulate(&simulate::Scene { solved: true, ..scene.clone() });
    assert_eq!(solved.seen, "After 1 s: The password is compared.");
    let key = simulate::Scene { mode: Mode::Token, address: "127.0.0.1".parse().unwrap(), ..scene.clone() };
    assert_eq!(fence.simulate(&key).seen, "The key is looked up: other measures do not concern keys.");
    let bad_key = simulate::Scene { mode: Mode::Token, address: "198.51.100.7".parse().unwrap(), ..scene.clone() };
    assert_eq!(fence.simulate(&bad_key).seen, "Status 429 and no answer; nothing is compared.");
    let elsewhere = fence.simulate(&simulate::Scene { mode: Mode::Basic, allowed: false, ..scene });
    assert!(elsewhere.seen.contains("the mode basic is not among"), "{}", elsewhere.seen);
}

/// A checker of one's own that looks at nothing but the time: the first second of each minute is bad.
struct Minute;

impl checker::Checker for Minute {
    fn descriptor(&self) -> &'static Descriptor {
        static MINUTE: Descriptor = Descriptor { name: "minute", aliases: &[], title: "Minute", says: "Looks at the clock." };
        &MINUTE
    }

    fn read(&self, facts: &Facts<'_>, _rule: &Rule, _settings: &Settings) -> checker::Reading {
        checker::Reading::Level(Level::whole(u32::from(facts.now.micros() % 60_000_000 < 1_000_000)))
    }

    fn levels(&self, _settings: &Settings) -> Option<checker::Levels> {
        Some((Level::whole(1), Level::whole(1)))
    }

    fn when(&self, _min: Option<Level>, _max: Option<Level>) -> String {
        "the first second of a minute".to_owned()
    }
}

#[test]
fn a_checker_of_ones_own_is_told_the_time() {
    let registry = Registry::standard().with_checker(&Minute);
    let rules = resolve(&[written("minute", "no_answer")], &registry).unwrap();
    let fence = Fence::new(registry, Settings::default(), rules, None, Outage::default());
    assert!(form().judged(&fence).stop, "NOW is a whole minute");
    let grades = Grades::new();
    let later = Facts::opening(NOW.plus(Duration::from_secs(1)), Mode::Basic, None, 0, &grades);
    assert!(!fence.judge(&later, &[], false).stop);
    let scene = simulate::Scene {
        at: NOW,
        mode: Mode::Token,
        address: "203.0.113.9".parse().unwrap(),
        failures: 0,
        known: false,
        spraying: 0,
        new_place: false,
        solved: false,
        allowed: true,
    };
    assert!(fence.simulate(&scene).verdict.stop);
    assert!(!fence.simulate(&simulate::Scene { at: NOW.plus(Duration::from_secs(1)), ..scene }).verdict.stop);
}

#[test]
fn only_rules_that_count_names_have_nothing_to_say_of_keys() {
    assert!(!fence(Settings::default(), &shipped()).looks_beyond_names(Mode::Token));
    assert!(fence(Settings::default(), &[written("ip_range", "no_answer")]).looks_beyond_names(Mode::Token));
    let form_only = Written { login_mode_included: vec!["form".into()], ..written("ip_range", "no_answer") };
    assert!(!fence(Settings::default(), &[form_only]).looks_beyond_names(Mode::Token));
}
