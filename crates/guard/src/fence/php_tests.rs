//! What the reader of PHP arrays takes and refuses.

use super::*;
use proptest::prelude::*;

const FIXTURES: [&str; 6] = [
    include_str!("../../fixtures/fence/01-disabled.php"),
    include_str!("../../fixtures/fence/02-slowdown.php"),
    include_str!("../../fixtures/fence/03-no-answer.php"),
    include_str!("../../fixtures/fence/04-captcha.php"),
    include_str!("../../fixtures/fence/05-trusted.php"),
    include_str!("../../fixtures/fence/06-complex.php"),
];

fn entries(text: &str) -> Vec<Entry> {
    match parse(text) {
        Ok(Value::Array(entries)) => entries,
        other => panic!("{text}: {other:?}"),
    }
}

/// The one value in `[ … ]`.
fn one(text: &str) -> Value {
    let mut entries = entries(&format!("[{text}]"));
    assert_eq!(entries.len(), 1, "{text}");
    entries.remove(0).value
}

fn keys(text: &str) -> Vec<Key> {
    entries(text).into_iter().map(|entry| entry.key).collect()
}

fn name(text: &str) -> Key {
    Key::Name(text.to_owned())
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn scalars() {
    for (text, value) in [
        ("NULL", Value::Null),
        ("Null", Value::Null),
        ("true", Value::Switch(true)),
        ("FALSE", Value::Switch(false)),
        ("0", Value::Integer(0)),
        ("-0", Value::Integer(0)),
        ("3600", Value::Integer(3600)),
        ("-7", Value::Integer(-7)),
        ("9223372036854775807", Value::Integer(i64::MAX)),
        ("-9223372036854775808", Value::Integer(i64::MIN)),
        ("0.4", Value::Decimal(0.4)),
        ("-.5", Value::Decimal(-0.5)),
        ("6.", Value::Decimal(6.0)),
        ("1e3", Value::Decimal(1000.0)),
        ("2.5E-3", Value::Decimal(0.0025)),
        ("1E+2", Value::Decimal(100.0)),
        ("007.5", Value::Decimal(7.5)),
        ("[]", Value::Array(vec![])),
        ("ARRAY ( )", Value::Array(vec![])),
    ] {
        assert_eq!(one(text), value, "{text}");
    }
}

#[test]
fn texts() {
    for (text, value) in [
        (r"''", ""),
        (r"'Combodo\\iTop'", r"Combodo\iTop"),
        (r"'Combodo\iTop'", r"Combodo\iTop"),
        (r"'\\'", r"\"),
        (r"'it\'s $x {$y} \n'", r"it's $x {$y} \n"),
        (r"'// no /* comment # at all ?>'", "// no /* comment # at all ?>"),
        (r#""a\\b\"c\$d\n\r\te""#, "a\\b\"c$d\n\r\te"),
        (r#""it's 5$ {5} $ $5""#, "it's 5$ {5} $ $5"),
        ("'two\nlines'", "two\nlines"),
        ("'é ⇒ 😀'", "é ⇒ 😀"),
    ] {
        assert_eq!(one(text), Value::Text(value.to_owned()), "{text}");
    }
}

#[test]
fn keys_are_counted_as_php_counts() {
    let index = |keys: &[i64]| keys.iter().copied().map(Key::Index).collect::<Vec<_>>();
    assert_eq!(keys("[1, 2, 3]"), index(&[0, 1, 2]));
    assert_eq!(keys("[5 => 1, 2, 3 => 3, 4]"), index(&[5, 6, 3, 7]));
    assert_eq!(keys("['7' => 1, 2]"), index(&[7, 8]));
    assert_eq!(keys("['07' => 1, '-0' => 2, '+1' => 3, \"a\" => 4]"), [name("07"), name("-0"), name("+1"), name("a")]);
    assert_eq!(keys("['-3' => 1]"), index(&[-3]));
    assert_eq!(keys("[9223372036854775807 => 1]"), index(&[i64::MAX]));
}

#[test]
fn what_may_stand_around_the_array() {
    for text in [
        "[1]",
        "\u{feff}<?php [1];",
        "<?PHP\n[1]",
        " \n<?php\n$config = [1];",
        "$x=array(1)",
        "$_été9 /* a */ = // b\n [1,],",
        "'itop-fence' => [1],",
        "<?php \"itop-fence\" # c\n=> array(1,) ; // end",
        "// one\n# two\n/* three\n*/array/**/(/*'*/1/*/ , */,//x\r)",
    ] {
        assert_eq!(entries(text).len(), 1, "{text}");
    }
    assert!(entries("<?php array()").is_empty());
}

#[test]
fn entries_know_their_line() {
    let lines = |text: &str| entries(text).iter().map(|entry| entry.line).collect::<Vec<_>>();
    assert_eq!(lines("[\n1,\n\n'a'\n=>\n2, 3]"), [2, 4, 6]);
    assert_eq!(lines("[1,\r\n2,\r3,\n\r4]"), [1, 2, 3, 5]);
    assert_eq!(lines("/*\n*/['x\ny', //\n 2]"), [2, 4]);
}

#[test]
fn the_examples_of_the_document() {
    let first_keys = ["enabled", "checker_to_countermeasure", "no_answer_duration", "checker_to_countermeasure", "trusted_ip_list"];
    for (text, key) in FIXTURES.into_iter().zip(first_keys) {
        assert_eq!(keys(text)[0], name(key));
    }
    let complex = entries(FIXTURES[5]);
    assert_eq!(complex.len(), 6);
    assert_eq!((&complex[1].value, complex[1].line), (&Value::Null, 7));
    let Value::Array(rules) = &complex[5].value else { panic!("{complex:?}") };
    assert_eq!(rules.iter().map(|rule| rule.line).collect::<Vec<_>>(), [17, 25, 32, 41, 51, 61]);
    let Value::Array(second) = &rules[1].value else { panic!("{rules:?}") };
    assert_eq!(second[0].value, Value::Text(r"Combodo\iTop\Fence\Hybrid\Recaptcha".to_owned()));
    assert_eq!(second[2], Entry { key: name("max_level"), line: 28, value: Value::Decimal(0.4) });
}

/// Each text with the line and a part of the message it is refused with.
fn assert_refused(table: &[(&str, usize, &str)]) {
    for &(text, line, part) in table {
        let error = parse(text).expect_err(text);
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
        assert!(error.to_string().starts_with(&format!("line {line}: ")), "{error}");
    }
}

#[test]
fn what_would_be_executed_names_its_line() {
    assert_refused(&[
        // Nothing, or not an array.
        ("", 1, "ends where a value"),
        ("<?php\n// nothing\n", 3, "ends where a value"),
        ("42", 1, "array is expected"),
        ("<?php\n$x = 'text';", 2, "array is expected"),
        ("null", 1, "array is expected"),
        // Around the array.
        ("<?= [1]", 1, "tags"),
        ("<?phparray()", 1, "tags"),
        ("// first\n<?php [1]", 2, "tags"),
        ("$x == [1]", 1, "$name = array"),
        ("\n$x['itop-fence'] = [1]", 2, "$name = array"),
        ("$1 = [1]", 1, "$name = array"),
        ("$x = 'itop-fence' => [1]", 1, "array is expected"),
        ("\n'other' => [1]", 2, "'itop-fence'"),
        ("'itop-fence', [1]", 1, "'itop-fence'"),
        ("return [1];", 1, "`return`"),
        ("[1],\n'more' => [2]", 2, "remove what follows it, from `'more' => [2]`"),
        ("[1];;", 1, "from `;`"),
        ("[1]\n?>", 2, "from `?>`"),
        ("[1][0]", 1, "from `[0]`"),
        ("[1] + [2]", 1, "from `+ [2]`"),
        // Executed in PHP.
        ("[\n'a' => getenv('X')]", 2, "getenv(…) is a call"),
        ("['a' => \\exec\n('X')]", 1, "\\exec(…) is a call"),
        ("[null()]", 1, "null(…) is a call"),
        ("['a' => new Thing()]", 1, "`new`"),
        ("[fn() => 1]", 1, "fn(…) is a call"),
        ("[\n\nPHP_INT_MAX]", 3, "`PHP_INT_MAX`"),
        ("[Captcha::class]", 1, "Captcha:: is not looked up"),
        ("[\\true]", 1, "`\\true`"),
        ("[array]", 1, "`array`"),
        ("[array\n[1]]", 1, "`array`"),
        ("['a' =>\n$x]", 2, "variables"),
        ("[`id`]", 1, "nothing is executed"),
        ("[(int)3]", 1, "casts"),
        ("[<<<X\nX]", 1, "<<< texts"),
        ("[...[1]]", 1, "a value is expected"),
        ("[&$x]", 1, "calculations"),
        ("[1 + 1]", 1, "calculations"),
        ("[+1]", 1, "calculations"),
        ("[- 1]", 1, "a value is expected"),
        ("[--1]", 1, "a value is expected"),
        ("[!true]", 1, "calculations"),
        ("[true ? 1 : 2]", 1, "calculations"),
        ("['a'\n. 'b']", 2, "not joined"),
        ("[1 . 2]", 1, "not joined"),
        ("['abc'[0]]", 1, "single element"),
        ("[\n#[Attribute]\n1]", 2, "attribute"),
        ("[1, // done ?>\n]", 1, "?> ends"),
    ]);
}

#[test]
fn what_is_misspelt_names_its_line() {
    assert_refused(&[
        // Keys.
        ("[1.5 => 1]", 1, "key must be"),
        ("[true => 1]", 1, "key must be"),
        ("[NULL => 1]", 1, "key must be"),
        ("[[] => 1]", 1, "key must be"),
        ("[a => 1]", 1, "`a`"),
        ("['a' = 1]", 1, "joined to its value by =>"),
        ("['a' => 1,\n'a' => 2]", 2, "'a' stands twice"),
        ("[1, 2,\n'1' => 3]", 2, "key 1 stands twice"),
        ("[9223372036854775807 => 1,\n2]", 2, "no integer is left"),
        // Brackets and commas.
        ("\n[1,", 2, "no end; add ]"),
        ("\narray(1\n\n", 2, "no end; add )"),
        ("[1)", 1, "ends with ], not )"),
        ("array(1]", 1, "ends with ), not ]"),
        ("[,]", 1, "missing before `,`"),
        ("[1,,2]", 1, "missing before `,`"),
        ("['a' => ]", 1, "missing before `]`"),
        ("[=> 1]", 1, "missing before `=`"),
        ("['a' =>", 1, "ends where a value"),
        ("['a' => 1\n'b' => 2]", 2, "a comma is missing before `'b' => 2]`"),
        ("[1; 2]", 1, "a comma is missing before `; 2]`"),
        ("['a' => 'x' => 'y']", 1, "joined to its value by =>"),
        // Texts and comments.
        ("[\n'abc\n", 2, "text that begins here has no end"),
        ("[\"abc]", 1, "text that begins here has no end"),
        ("['abc\\']", 1, "text that begins here has no end"),
        ("[1,\n/* abc\n\n]", 2, "comment that begins here"),
        ("[/*/ 1]", 1, "comment that begins here"),
        ("[\"a\n$x\"]", 2, "not replaced"),
        ("[\"${x}\"]", 1, "not replaced"),
        ("[\"{$x}\"]", 1, "not replaced"),
        ("[\"$é\"]", 1, "not replaced"),
        ("[\"\\x41\"]", 1, "in double quotes only"),
        ("[\"Combodo\\iTop\"]", 1, "in double quotes only"),
        ("[\"\\0\"]", 1, "in double quotes only"),
        ("[\n‘a’]", 2, "`‘a’` is not PHP"),
        ("['a' ⇒ 1]", 1, "`⇒ 1]` is not PHP"),
        ("[\u{a0}1]", 1, "`\\u{a0}1` is not PHP"),
        ("[\u{0}]", 1, "`\\0`"),
        // Numbers.
        ("[0x1F]", 1, "decimal digits only"),
        ("[1_000]", 1, "decimal digits only"),
        ("[0b1]", 1, "decimal digits only"),
        ("[1e]", 1, "decimal digits only"),
        ("[1.5e+]", 1, "decimal digits only"),
        ("[010]", 1, "octal"),
        ("[-00]", 1, "octal"),
        ("[9223372036854775808]", 1, "too large"),
        ("[1e999]", 1, "too large"),
        ("[1.2.3]", 1, "not joined"),
        ("[127.0.0.1]", 1, "not joined"),
    ]);
}

#[test]
fn bounds() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(parse(&nested(MAX_DEPTH)).map(|value| depth(&value)), Ok(MAX_DEPTH));
    assert!(parse(&nested(MAX_DEPTH + 1)).is_err_and(|error| error.message.contains("deep")));
    assert!(parse(&"[".repeat(MAX_BYTES)).is_err_and(|error| error.message.contains("deep")));
    let long = |bytes: usize| format!("['{}']", "a".repeat(bytes - 4));
    assert!(parse(&long(MAX_BYTES)).is_ok());
    assert!(parse(&long(MAX_BYTES + 1)).is_err_and(|error| error.message.contains("256 KiB")));
    assert_eq!(entries(&format!("[{}]", "1,".repeat(MAX_BYTES / 2 - 1))).len(), MAX_BYTES / 2 - 1);
    let error = parse(&format!("[{}]", "a".repeat(1000))).expect_err("a long word");
    assert!(error.message.len() < 200, "{error}");
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        let _ = parse(&text);
    }

    /// Text made of the pieces of the language gets much further than chance.
    #[test]
    fn no_mixture_is_too_strange(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        if let Ok(value) = parse(&pieces.concat()) {
            prop_assert!(depth(&value) <= MAX_DEPTH);
        }
    }

    #[test]
    fn no_mutation_is_too_strange(which in 0..6usize, from in any::<prop::sample::Index>(), length in 0..30usize, put in "\\PC{0,4}") {
        let chars: Vec<char> = FIXTURES[which].chars().collect();
        let from = from.index(chars.len());
        let to = chars.len().min(from + length);
        let text: String = chars[..from].iter().copied().chain(put.chars()).chain(chars[to..].iter().copied()).collect();
        if let Err(error) = parse(&text) {
            prop_assert!((1..=text.lines().count() + 1).contains(&error.line), "{}", error);
        }
    }

    /// Any text survives single quotes.
    #[test]
    fn texts_come_back(text in any::<String>()) {
        let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
        prop_assert_eq!(one(&format!("'{escaped}'")), Value::Text(text));
    }
}

const PIECES: [&str; 32] = [
    "array",
    "(",
    ")",
    "[",
    "]",
    ",",
    "=>",
    "=",
    ";",
    "'",
    "\"",
    "\\",
    "$x",
    "{$",
    "//",
    "/*",
    "*/",
    "#",
    "\n",
    "\r",
    " ",
    "null",
    "true",
    "-",
    ".",
    "1",
    "0",
    "e",
    "'a'",
    "é",
    "<?php",
    "'itop-fence'",
];
