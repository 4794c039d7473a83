//! Both forms of the fence as drafts.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const COMPLEX: &str = include_str!("../../fixtures/fence/06-complex.php");
const COMPLEX_TOML: &str = include_str!("../../fixtures/fence/complex.toml");
const FIXTURES: [&str; 6] = [
    include_str!("../../fixtures/fence/01-disabled.php"),
    include_str!("../../fixtures/fence/02-slowdown.php"),
    include_str!("../../fixtures/fence/03-no-answer.php"),
    include_str!("../../fixtures/fence/04-captcha.php"),
    include_str!("../../fixtures/fence/05-trusted.php"),
    COMPLEX,
];
const FAILED: &str = r"Combodo\iTop\Fence\Checker\LoginFailedListener";
const RANGE: &str = r"Combodo\iTop\Fence\Checker\IpRangeChecker";
const RECAPTCHA: &str = r"Combodo\iTop\Fence\Hybrid\Recaptcha";
const CAPTCHA: &str = r"Combodo\iTop\Fence\Hybrid\Captcha";

fn countermeasure(name: &str) -> String {
    format!(r"Combodo\iTop\Fence\Countermeasure\{name}")
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn parameter(name: &str, datum: Datum) -> (String, Datum) {
    (name.to_owned(), datum)
}

fn list_of(name: &str, entries: &[&str]) -> (String, Datum) {
    parameter(name, Datum::List(texts(entries)))
}

type Bounds = (Option<f64>, Option<f64>);

fn rule(index: usize, line: usize, checker: &str, countermeasure: &str, (min_level, max_level): Bounds) -> DraftRule {
    let (checker, countermeasure) = (checker.to_owned(), countermeasure.to_owned());
    let (login_mode_included, login_mode_excluded) = (Vec::new(), Vec::new());
    let line = Some(line);
    DraftRule {
        index,
        line,
        checker,
        countermeasure,
        min_level,
        max_level,
        login_mode_included,
        login_mode_excluded,
        strict: false,
        enabled: true,
    }
}

fn form_only(rule: DraftRule) -> DraftRule {
    DraftRule { login_mode_included: texts(&["form"]), ..rule }
}

fn not_form(rule: DraftRule) -> DraftRule {
    DraftRule { login_mode_excluded: texts(&["form"]), ..rule }
}

fn without_lines(mut draft: Draft) -> Draft {
    draft.rules.iter_mut().flatten().for_each(|rule| rule.line = None);
    draft
}

fn complex() -> Draft {
    let (slowdown, invalid, until) = (countermeasure("Slowdown"), countermeasure("LoginInvalid"), countermeasure("NoAnswerUntil"));
    Draft {
        parameters: vec![
            parameter("enabled", Datum::Switch(true)),
            parameter("recaptcha_public_key", Datum::Null),
            parameter("recaptcha_private_key", Datum::Null),
            list_of("trusted_ip_list", &["::1", "127.0.0.1"]),
            list_of("malicious_ip_list", &[]),
        ],
        rules: Some(vec![
            rule(0, 17, FAILED, &slowdown, (Some(3.0), None)),
            form_only(rule(1, 25, RECAPTCHA, &invalid, (None, Some(0.4)))),
            form_only(rule(2, 32, RECAPTCHA, CAPTCHA, (Some(0.4), Some(0.6)))),
            form_only(rule(3, 41, RANGE, CAPTCHA, (None, Some(1.0)))),
            not_form(rule(4, 51, RANGE, &until, (None, Some(1.0)))),
            rule(5, 61, RANGE, &until, (Some(2.0), None)),
        ]),
    }
}

#[test]
fn the_examples_of_the_document() {
    let drafts = FIXTURES.map(|text| from_php(text).unwrap());
    let no_answer = countermeasure("NoAnswer");
    let expected = [
        Draft { parameters: vec![parameter("enabled", Datum::Switch(false))], rules: None },
        Draft { parameters: vec![], rules: Some(vec![rule(0, 7, FAILED, &countermeasure("Slowdown"), (Some(3.0), None))]) },
        Draft {
            parameters: vec![parameter("no_answer_duration", Datum::Integer(3600))],
            rules: Some(vec![rule(0, 5, FAILED, &countermeasure("NoAnswerUntil"), (Some(3.0), None))]),
        },
        Draft { parameters: vec![], rules: Some(vec![form_only(rule(0, 4, CAPTCHA, &countermeasure("LoginInvalid"), (None, Some(5.0))))]) },
        Draft {
            parameters: vec![list_of("trusted_ip_list", &["::1", "127.0.0.1", "192.168.55.0/24"]), list_of("malicious_ip_list", &[])],
            rules: Some(vec![
                form_only(rule(0, 14, RANGE, CAPTCHA, (None, Some(1.0)))),
                not_form(rule(1, 22, RANGE, &no_answer, (None, Some(1.0)))),
                rule(2, 30, RANGE, &no_answer, (Some(2.0), None)),
            ]),
        },
        complex(),
    ];
    assert_eq!(drafts, expected);
    for (text, draft) in FIXTURES.iter().zip(drafts) {
        assert_eq!(from_text(text), Ok(draft.clone()));
        assert_eq!(without_lines(from_text(&to_toml(&draft)).unwrap()), without_lines(draft));
    }
}

#[test]
fn both_forms_say_the_same() {
    let draft = from_toml(COMPLEX_TOML).unwrap();
    assert_eq!(without_lines(draft.clone()), without_lines(complex()));
    assert_eq!(from_text(COMPLEX_TOML), Ok(draft.clone()));
    let headers = COMPLEX_TOML.lines().enumerate().filter(|(_, line)| *line == "[[rule]]").map(|(index, _)| Some(index + 1));
    assert_eq!(draft.rules.iter().flatten().map(|rule| rule.line).collect::<Vec<_>>(), headers.collect::<Vec<_>>());
    let without_comments = COMPLEX_TOML.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let written = to_toml(&complex()).replace(" # not set", "");
    assert_eq!(written.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>(), without_comments.collect::<Vec<_>>());
}

#[test]
fn the_order_and_every_key() {
    let text = "zeta = 1\nalpha = \"x\"\n'odd key' = -0.5\nhex = 0xFF\nmid = {}\n\
        [[rule]]\nenabled = false\nstrict = true\nchecker = \"a\"\nmin_level = {}\ncountermeasure = \"b\"\nmax_level = -2\n";
    let draft = from_toml(text).unwrap();
    let expected = [
        parameter("zeta", Datum::Integer(1)),
        parameter("alpha", Datum::Text("x".to_owned())),
        parameter("odd key", Datum::Decimal(-0.5)),
        parameter("hex", Datum::Integer(255)),
        parameter("mid", Datum::Null),
    ];
    assert_eq!(draft.parameters, expected);
    assert_eq!(draft.rules, Some(vec![DraftRule { strict: true, enabled: false, ..rule(0, 6, "a", "b", (None, Some(-2.0))) }]));
    let php = "array('zeta'=>1,'alpha'=>'x','odd key'=>-.5,'hex'=>255,'mid'=>null,'checker_to_countermeasure'=>['some'=>
        ['enabled'=>false,'strict'=>true,'checker'=>'a','min_level'=>NULL,'countermeasure'=>'b','max_level'=>-2.0]])";
    assert_eq!(without_lines(from_text(php).unwrap()), without_lines(draft));
}

#[test]
fn the_configuration_of_all_modules() {
    let draft = from_php("<?php\n$MyModuleSettings = array(\n'itop-fence' => array('enabled' => false));").unwrap();
    assert_eq!(draft.parameters, [parameter("enabled", Datum::Switch(false))]);
    assert_eq!(from_php("array()"), Ok(Draft::default()));
    let none = Draft { rules: Some(Vec::new()), ..Draft::default() };
    assert_eq!(from_php("['checker_to_countermeasure' => []]"), Ok(none.clone()), "a list without a rule is a list");
    assert_eq!(from_toml("rule = []"), Ok(none.clone()));
    assert_eq!(from_toml(&to_toml(&none)), Ok(none));
}

#[test]
fn lists_have_any_keys() {
    let draft = from_php("['trusted_ip_list' => ['home' => '::1', 7 => '10.0.0.1', '10.0.0.2']]").unwrap();
    assert_eq!(draft.parameters, [list_of("trusted_ip_list", &["::1", "10.0.0.1", "10.0.0.2"])]);
}

#[test]
fn bad_php_names_rule_and_line() {
    let rule = |fields: &str| {
        format!("[\n'checker_to_countermeasure' => [\n['checker' => 'a', 'countermeasure' => 'b'],\n[\n'checker' => 'a',\n{fields}]]]")
    };
    for (text, line, message) in [
        (rule("'min_level' => 3"), 4, "rule 2: countermeasure is missing"),
        (rule("'countermeasure' => ''"), 4, "rule 2: countermeasure is missing"),
        (rule("'countermeasure' => 'b', 'min_level' => '3'"), 6, "rule 2: min_level must be a number"),
        (rule("'max_level' =>\n['3']"), 6, "rule 2: max_level must be a number"),
        (rule("'max_level' => true"), 6, "rule 2: max_level must be a number"),
        (rule("'countermeasure' => 7"), 6, "rule 2: countermeasure must be a text"),
        (rule("'countermeasure' => NULL"), 6, "rule 2: countermeasure must be a text"),
        (rule("\n'strict' => 1"), 7, "rule 2: strict must be true or false"),
        (rule("'enabled' => 'yes'"), 6, "rule 2: enabled must be true or false"),
        (rule("'login_mode_included' => 'form'"), 6, "rule 2: login_mode_included must be a list of texts"),
        (rule("'login_mode_excluded' => NULL"), 6, "rule 2: login_mode_excluded must be a list of texts"),
        (rule("'login_mode_excluded' => ['form',\n3]"), 7, "rule 2: login_mode_excluded may hold texts only; entry 2 is none"),
        (rule("'login_modes' => ['form']"), 6, "rule 2: login_modes is not a key of a rule"),
        (rule("'Checker' => 'a'"), 6, "rule 2: Checker is not a key of a rule"),
        (rule("'form'"), 6, "rule 2: the entry 0 has no name"),
        (rule("'checker' => 'c'"), 6, "the key 'checker' stands twice"),
        ("[\n'checker_to_countermeasure' => NULL]".to_owned(), 2, "checker_to_countermeasure must be an array"),
        ("['checker_to_countermeasure' => [\n'checker' => 'a']]".to_owned(), 2, "rule 1: must be an array"),
        ("['enabled' => true,\n'enabled' => false]".to_owned(), 2, "the key 'enabled' stands twice"),
        ("['enabled' => true,\n'Combodo']".to_owned(), 2, "the entry 0 has no name"),
        ("['trusted_ip_list' => ['::1',\n['::2']]]".to_owned(), 2, "trusted_ip_list may hold texts only; entry 2 is none"),
        ("['trusted_ip_list' => [null]]".to_owned(), 1, "trusted_ip_list may hold texts only; entry 1 is none"),
        ("['rule' => 1]".to_owned(), 1, "`rule` is not a parameter"),
        ("['enabled' => true,\n'itop-fence' => []]".to_owned(), 2, "stands beside other entries"),
        ("['itop-fence' => [], 'authent-ldap' => []]".to_owned(), 1, "stands beside other entries"),
        ("['itop-fence' => 1]".to_owned(), 1, "'itop-fence' must be an array"),
        ("['a' => getenv('A')]".to_owned(), 1, "is a call"),
    ] {
        let error = from_php(&text).expect_err(&text);
        assert_eq!(error.line, Some(line), "{text}: {error}");
        assert!(error.to_string().starts_with(&format!("line {line}: {message}")) || error.message.contains(message), "{text}: {error}");
    }
}

#[test]
fn bad_toml_names_rule_and_line() {
    let rule = |fields: &str| format!("enabled = true\n[[rule]]\nchecker='a'\ncountermeasure='b'\n[[rule]]\nchecker = 'a'\n{fields}\n");
    for (text, line, message) in [
        (rule("min_level = 3"), 5, "rule 2: countermeasure is missing"),
        (rule("min_level = '3'"), 7, "rule 2: min_level must be a number"),
        (rule("min_level = nan"), 7, "rule 2: min_level must be a finite number"),
        (rule("min_level = -inf"), 7, "rule 2: min_level must be a finite number"),
        (rule("min_level = 1e999"), 7, "rule 2: min_level must be a finite number"),
        (rule("min_level = 9223372036854775808"), 7, "rule 2: min_level is too large"),
        (rule("min_level = 1979-05-27"), 7, "rule 2: min_level must be one value"),
        (rule("\nstrict = 'yes'"), 8, "rule 2: strict must be true or false"),
        (rule("enabled = 1"), 7, "rule 2: enabled must be true or false"),
        (rule("countermeasure = false"), 7, "rule 2: countermeasure must be a text"),
        (rule("login_mode_included = 'form'"), 7, "rule 2: login_mode_included must be a list of texts"),
        (rule("login_mode_included = ['form', 1]"), 7, "rule 2: login_mode_included may hold texts only; entry 2 is none"),
        (rule("no_answer_duration = 5"), 7, "rule 2: no_answer_duration is not a key of a rule"),
        (rule("sub.key = 5"), 7, "rule 2: sub must be one value"),
        (rule("checker = 'b'"), 7, "duplicate key"),
        (rule("[rule.deeper]\nx = 1"), 7, "rule 2: deeper must be one value"),
        ("[rule]\nchecker = 'a'".to_owned(), 1, "write each rule as a [[rule]] table"),
        ("\nrule = 1".to_owned(), 2, "write each rule as a [[rule]] table"),
        ("rule = [\n1]".to_owned(), 2, "rule 1: must be a table"),
        ("checker_to_countermeasure = []".to_owned(), 1, "is the PHP form"),
        ("\n[itop-fence]\nenabled = true".to_owned(), 2, "itop-fence must be one value"),
        ("enabled = true\n[fence]".to_owned(), 2, "fence must be one value"),
        ("[[itop-fence]]\nenabled = true".to_owned(), 1, "itop-fence may hold texts only"),
        ("trusted_ip_list = [['::1']]".to_owned(), 1, "trusted_ip_list may hold texts only; entry 1 is none"),
        ("a = 1\r\nb = 2\r\na = 3".to_owned(), 3, "duplicate key"),
        ("a = 1\n\nb = ".to_owned(), 3, ""),
        ("a = ".to_owned() + &"[".repeat(php::MAX_BYTES / 2), 1, ""),
    ] {
        let error = from_toml(&text).expect_err(&text);
        assert_eq!(error.line, Some(line), "{text}: {error}");
        assert!(error.message.contains(message) && !error.message.is_empty(), "{text}: {error}");
        assert_eq!(from_text(&text), Err(error));
    }
    let error = from_text(&"#".repeat(php::MAX_BYTES + 1)).expect_err("too long");
    assert_eq!(error.to_string(), "the text is longer than 256 KiB; keep only the settings of the fence");
}

#[test]
fn the_form_is_guessed() {
    for (text, php) in [
        ("'itop-fence' => x", true),
        ("Array (1, x)", true),
        ("// nothing", true),
        ("<?php", true),
        ("$x", true),
        ("['a', 1", false),
        ("", false),
        ("enabled = yes", false),
        ("# => array(\nenabled = yes # no array here", false),
    ] {
        assert_eq!(looks_like_php(text), php, "{text}");
        assert_eq!(from_text(text), if php { from_php(text) } else { from_toml(text) }, "{text}");
    }
    assert_eq!(from_text("\u{feff}enabled = true\r\n").map(|draft| draft.parameters.len()), Ok(1));
    let misleading = "note = 'array(1 => 2)'";
    assert_eq!(from_text(misleading), from_toml(misleading));
    assert!(from_text(misleading).is_ok());
}

fn any_level() -> impl Strategy<Value = Option<f64>> {
    let number = prop_oneof![any::<i32>().prop_map(f64::from), any::<f64>().prop_filter("finite", |number| number.is_finite())];
    prop::option::of(number)
}

fn any_datum() -> impl Strategy<Value = Datum> {
    prop_oneof![
        Just(Datum::Null),
        any::<bool>().prop_map(Datum::Switch),
        any::<i64>().prop_map(Datum::Integer),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Datum::Decimal),
        any::<String>().prop_map(Datum::Text),
        prop::collection::vec(any::<String>(), 0..4).prop_map(Datum::List),
    ]
}

fn any_rule() -> impl Strategy<Value = DraftRule> {
    let modes = || prop::collection::vec("[a-z\\\\'\"\n]{0,6}", 0..3);
    let names = (".{1,20}", "[ -~]{1,40}");
    (names, any_level(), any_level(), modes(), modes(), any::<(bool, bool)>()).prop_map(
        |((checker, countermeasure), min_level, max_level, login_mode_included, login_mode_excluded, (strict, enabled))| DraftRule {
            index: 0,
            line: None,
            checker,
            countermeasure,
            min_level,
            max_level,
            login_mode_included,
            login_mode_excluded,
            strict,
            enabled,
        },
    )
}

fn any_draft() -> impl Strategy<Value = Draft> {
    let name = prop_oneof!["[a-z_]{1,12}", any::<String>()].prop_filter("free", |name| name != TOML_RULES && name != PHP_RULES);
    let parameters = prop::collection::vec((name, any_datum()), 0..6);
    (parameters, prop::collection::vec(any_rule(), 0..5)).prop_map(|(mut parameters, mut rules)| {
        let mut seen = BTreeSet::new();
        parameters.retain(|(name, _)| seen.insert(name.clone()));
        rules.iter_mut().enumerate().for_each(|(index, rule)| rule.index = index);
        Draft { parameters, rules: Some(rules) }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(draft in any_draft()) {
        let text = to_toml(&draft);
        prop_assert_eq!(from_toml(&text).map(without_lines), Ok(draft.clone()), "{}", text);
        prop_assert_eq!(from_text(&text).map(without_lines), Ok(draft), "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        let _ = (from_text(&text), from_php(&text), from_toml(&text));
    }

    #[test]
    fn no_mutation_is_too_strange(which in 0..7usize, from in any::<prop::sample::Index>(), length in 0..30usize, put in "\\PC{0,4}") {
        let chars: Vec<char> = FIXTURES.get(which).unwrap_or(&COMPLEX_TOML).chars().collect();
        let from = from.index(chars.len());
        let to = chars.len().min(from + length);
        let text: String = chars[..from].iter().copied().chain(put.chars()).chain(chars[to..].iter().copied()).collect();
        if let Ok(draft) = from_text(&text) {
            prop_assert_eq!(from_toml(&to_toml(&draft)).map(without_lines), Ok(without_lines(draft)));
        }
    }
}
