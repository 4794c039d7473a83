//! The parts in a fence: what rules with them say, do, and are warned of.

use std::collections::BTreeMap;
use std::time::Duration;

use ringfence_fence_extension::{Question, extend};
use ringfence_guard::challenge::{Challenge, Prompt, Sent};
use ringfence_guard::clock::Timestamp;
use ringfence_guard::fence::simulate::Scene;
use ringfence_guard::fence::{Facts, Fence, Grade, Grades, Outage, Registry, Settings, Verdict, Written, import, rule};
use ringfence_guard::login::mode::Mode;

/// Monday, 2026-08-03, 12:00 UTC.
const NOON: Timestamp = Timestamp::from_micros(1_785_758_400_000_000);

const RULES: &str = r#"
    [[rule]]
    checker = "office_hours"
    countermeasure = "wait_fixed"

    [[rule]]
    checker = "Acme\\Fence\\OfficeHours"
    countermeasure = "no_answer"
    login_mode_excluded = ["form"]

    [[rule]]
    checker = "login_failed"
    countermeasure = "question"
    min_level = 3
    login_mode_included = ["form"]
"#;

/// As at an installation: rules from a TOML file, looked up in the registry.
fn fence(rules: &str) -> Fence {
    let registry = extend(Registry::standard());
    let written: Vec<Written> = import::from_toml(rules).unwrap().rules.into_iter().flatten().map(Written::from).collect();
    let rules = rule::resolve(&written, &registry).unwrap();
    Fence::new(registry, Settings::default(), rules, None, Outage::default())
}

fn midnight() -> Timestamp {
    NOON.plus(Duration::from_secs(12 * 3_600))
}

fn judged(fence: &Fence, now: Timestamp, mode: Mode, failures: u32, grades: &Grades) -> Verdict {
    let facts = Facts { failures: Some(failures), opening: false, ..Facts::opening(now, mode, "203.0.113.9".parse().ok(), 0, grades) };
    fence.judge(&facts, &[], false)
}

/// What became of the question on a form that was sent with these fields.
fn graded(kept: &str, answer: Option<&str>) -> Grade {
    let fields: BTreeMap<String, String> = answer.map(|text| ("answer-question".to_owned(), text.to_owned())).into_iter().collect();
    Question.grade(&Sent { kept, fields: &fields, issued_at: NOON, now: NOON, min_time: Duration::ZERO })
}

#[test]
fn rules_speak_of_them_as_of_any_other_part() {
    let fence = fence(RULES);
    let said: Vec<String> = fence.rules().iter().map(|rule| fence.sentence(rule)).collect();
    assert_eq!(
        said,
        [
            "After an attempt outside of office hours, make the answer wait 2 s.",
            "After an attempt outside of office hours (not in form), stop with status 429 and no answer.",
            "After 3 or more failures in a row for a name (only in form), ask the house question.",
        ]
    );
    assert_eq!(fence.lint(&[Mode::Form, Mode::Basic]), [], "nothing to warn of");
}

#[test]
fn at_night_pages_are_slow_and_programs_get_no_answer() {
    let (fence, none) = (fence(RULES), Grades::new());
    for mode in [Mode::Form, Mode::Basic, Mode::Token] {
        assert_eq!(judged(&fence, NOON, mode, 0, &none), Verdict::default(), "{mode} at noon");
    }
    let form = judged(&fence, midnight(), Mode::Form, 0, &none);
    assert_eq!((form.wait, form.stop), (Duration::from_secs(2), false));
    assert_eq!(form.trace(), "1:office_hours>wait_fixed@1");
    for mode in [Mode::Basic, Mode::Token] {
        assert!(judged(&fence, midnight(), mode, 0, &none).stop, "{mode} at night");
    }
}

#[test]
fn the_simulator_imagines_any_hour() {
    let fence = fence(RULES);
    let scene = Scene {
        at: NOON,
        mode: Mode::Form,
        address: "203.0.113.9".parse().unwrap(),
        failures: 0,
        known: false,
        spraying: 0,
        new_place: false,
        solved: false,
        allowed: true,
    };
    assert_eq!(fence.simulate(&Scene { at: midnight(), ..scene.clone() }).seen, "After 2 s: The password is compared.");
    let day = fence.simulate(&scene);
    assert_eq!(day.seen, "The password is compared.");
    assert_eq!(day.lines[0].why, "office_hours finds it harmless.");
}

#[test]
fn after_failures_the_question_is_asked_before_anything_is_compared() {
    let fence = fence(RULES);
    assert_eq!(judged(&fence, NOON, Mode::Form, 2, &Grades::new()).ask, Vec::<&str>::new());
    assert_eq!(judged(&fence, NOON, Mode::Form, 3, &Grades::new()).ask, ["question"]);
    let with = |answer| judged(&fence, NOON, Mode::Form, 3, &Grades::from([("question".to_owned(), graded("0", answer))]));
    let right = with(Some(" OSLO "));
    assert_eq!((right.ask.len(), right.wrong), (0, false));
    assert!(with(Some("Bergen")).wrong);
    assert!(with(None).wrong, "the field left out");
}

#[test]
fn as_a_checker_it_stands_on_every_form() {
    let everybody = "[[rule]]\nchecker = \"question\"\ncountermeasure = \"login_invalid\"\nlogin_mode_included = [\"form\"]\n";
    let (fence, none) = (fence(everybody), Grades::new());
    assert_eq!(fence.judge(&Facts::opening(NOON, Mode::Form, None, 0, &none), &[], false).ask, ["question"]);
    assert!(judged(&fence, NOON, Mode::Form, 0, &none).invalid, "not answered");
    assert!(!judged(&fence, NOON, Mode::Form, 0, &Grades::from([("question".to_owned(), graded("1", Some("otter")))])).invalid);
    assert!(judged(&fence, NOON, Mode::Form, 0, &Grades::from([("question".to_owned(), graded("1", Some("oslo")))])).invalid);
    assert_eq!(fence.lint(&[Mode::Form]), []);
}

#[test]
fn the_lint_knows_their_bounds() {
    let texts = |rules: &str| fence(rules).lint(&[Mode::Form, Mode::Basic]).into_iter().map(|warning| warning.text).collect::<Vec<_>>();
    let beyond = "[[rule]]\nchecker = \"office_hours\"\ncountermeasure = \"slowdown\"\nmin_level = 2\n";
    assert_eq!(texts(beyond), ["Rule 1 is unreachable: office_hours never gives a level from 2 to any."]);
    let everywhere = "[[rule]]\nchecker = \"office_hours\"\ncountermeasure = \"question\"\n";
    assert!(texts(everywhere)[0].contains("only the form can"), "{:?}", texts(everywhere));
}

#[test]
fn every_question_has_an_answer_and_the_form_does_not_show_it() {
    for first in 0..=u8::MAX {
        let offer = Question.offer([first; 32]);
        let Prompt::Question(text) = offer.prompt else { panic!("a question") };
        assert!(text.ends_with('?') && !text.to_lowercase().contains("oslo"));
        assert!(!graded(&offer.kept, Some("")).passed() && !graded(&offer.kept, None).passed());
    }
    assert!(!graded("99", Some("oslo")).passed(), "no question of ours");
    assert!(!graded("", Some("")).passed());
}
