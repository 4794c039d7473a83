//! The catalogue is whole in every language, and a reader gets his own.

use super::*;
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const FRENCH: &str = "fr";

fn french() -> Language {
    Language::parse(FRENCH).unwrap()
}

/// What a message is made of.
#[derive(Debug, Default)]
struct Parts {
    variables: BTreeSet<String>,
    texts: Vec<String>,
    /// Whatever else a message may be made of and none here is: terms, functions, references.
    others: usize,
}

impl Parts {
    fn read(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.texts.push((*value).to_owned()),
                PatternElement::Placeable { expression } => match expression {
                    Expression::Inline(inline) => self.read_inline(inline),
                    Expression::Select { selector, variants } => {
                        self.read_inline(selector);
                        for variant in variants {
                            self.read(&variant.value);
                        }
                    }
                },
            }
        }
    }

    fn read_inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => drop(self.variables.insert(id.name.to_owned())),
            InlineExpression::StringLiteral { value } => self.texts.push((*value).to_owned()),
            _ => self.others += 1,
        }
    }
}

/// Every message of a file, by key.
fn messages(language: Language) -> BTreeMap<String, Parts> {
    let resource = parser::parse(language.file).unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
    let mut messages = BTreeMap::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                let mut parts = Parts::default();
                parts.read(message.value.as_ref().unwrap_or_else(|| panic!("{}: no text", message.id.name)));
                assert!(message.attributes.is_empty(), "{}", message.id.name);
                assert!(messages.insert(message.id.name.to_owned(), parts).is_none(), "{} stands twice in {language:?}", message.id.name);
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(_) | Entry::Junk { .. } => panic!("{language:?}: {entry:?}"),
        }
    }
    messages
}

#[test]
fn all_languages_say_the_same_things() {
    let english = messages(Language::ENGLISH);
    assert_eq!(keys(), english.keys().cloned().collect::<Vec<_>>());
    for language in LANGUAGES {
        let other = messages(*language);
        assert_eq!(other.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{language:?}");
        for (key, parts) in &other {
            assert_eq!(parts.variables, english[key].variables, "{language:?}: {key}");
            assert_eq!(parts.others, 0, "{language:?}: {key}");
            let says = parts.texts.iter().any(|text| !text.trim().is_empty());
            assert!(says || !parts.variables.is_empty(), "{language:?}: {key} is empty");
        }
    }
}

#[test]
fn the_typography_is_the_one_of_the_language() {
    for language in LANGUAGES {
        for (key, parts) in messages(*language) {
            for text in &parts.texts {
                assert!(!text.contains(['\'', '"']), "{language:?}: {key}: the printed forms are ’ “ ” « »: {text}");
                assert!(!text.contains("  ") && !text.contains("..."), "{language:?}: {key}: {text}");
                if language.tag == FRENCH {
                    assert!(is_french(text), "{key}: {text}");
                }
            }
        }
    }
    assert!(is_french("Attention\u{202f}! Un\u{a0}: deux, «\u{a0}trois\u{a0}», https://example.org"));
    for wrong in ["Attention!", "Un : deux", "Un: deux", "Quoi ?", "«trois\u{a0}»", "«\u{a0}trois»", "; donc"] {
        assert!(!is_french(wrong), "{wrong}");
    }
}

/// Whether a space that does not break stands before : ; ? ! » and after «. The colon of an address does not count.
fn is_french(text: &str) -> bool {
    let no_break = |letter: Option<char>| matches!(letter, Some('\u{a0}' | '\u{202f}'));
    text.char_indices().all(|(at, letter)| match letter {
        ':' if text[at..].starts_with("://") => true,
        ':' | ';' | '?' | '!' | '»' => no_break(text[..at].chars().next_back()),
        '«' => no_break(text[at..].chars().nth(1)),
        _ => true,
    })
}

/// The sources below `dir`.
fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            out.push(path);
        }
    }
}

#[test]
fn what_the_sources_name_exists_and_what_exists_is_named() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let keys = keys();
    // This line is not among them: tests.rs files are left out.
    for named in text.split("Message::new(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(keys.iter().any(|key| key == named), "{named} is in no file of messages");
    }
    for key in keys.iter().filter(|key| key.starts_with("policy-") || key.starts_with("strength-")) {
        assert!(text.contains(&format!("\"{key}\"")), "nobody says {key}");
    }
}

#[test]
fn a_reader_gets_the_language_that_he_set_or_his_browser_likes() {
    let choose = |header: &str| Language::choose(None, header).tag();
    for (header, tag) in [
        ("", "en"),
        ("fr", "fr"),
        ("FR-ca", "fr"),
        ("de, fr;q=0.5", "fr"),
        ("fr;q=0.5, en;q=0.8", "en"),
        ("fr;q=0.8,en;q=0.8", "fr"),
        ("en;q=0,fr;q=0.1", "fr"),
        ("fr;q=0", "en"),
        ("fr ; Q = 0.3 , de", "fr"),
        ("*", "en"),
        ("fr-", "fr"),
        ("français", "en"),
        ("fr;q=NaN, fr;q=2, fr;q=-1, fr;level=1, ;q=1, ,", "en"),
    ] {
        assert_eq!(choose(header), tag, "{header:?}");
    }
    assert_eq!(choose(&format!("{}fr", "de,".repeat(100))), "en", "a long header is not read to its end");
    assert_eq!(Language::choose(Language::parse("en"), "fr"), Language::ENGLISH);
    assert_eq!(Language::choose(Some(french()), "en"), french());
}

#[test]
fn a_language_is_found_by_its_tag() {
    for language in LANGUAGES {
        assert_eq!(Language::parse(language.tag()), Some(*language));
        assert_eq!(LANGUAGES.iter().filter(|other| other.tag == language.tag).count(), 1);
        assert!(!language.name().is_empty());
    }
    for unknown in ["", "de", "f", "-", "english", "-fr"] {
        assert_eq!(Language::parse(unknown), None, "{unknown:?}");
    }
    assert_eq!(Language::default().name(), "English");
    assert_eq!(format!("{:?}", french()), "Language(fr)");
}

#[test]
fn arguments_stand_in_the_text_as_they_are() {
    let short = Message::new("policy-too-short").with("min", 12_345_usize).with("has", 0_usize);
    assert_eq!(short.text(Language::ENGLISH), "Use at least 12345 characters (this has 0).");
    assert_eq!(short.text(french()), "Utilisez au moins 12345 caractères (celui-ci en compte 0).");
    let text = Message::new("as-written").with("text", Value::Text("<b> { $x } \u{5d0}".to_owned()));
    assert_eq!(text.text(Language::ENGLISH), "<b> { $x } \u{5d0}", "no marks around it, and nothing in it is read");
}

#[test]
fn plurals_are_the_ones_of_the_language() {
    let former = |count: usize, language| Message::new("policy-former").with("count", count).text(language);
    assert_eq!(former(1, Language::ENGLISH), "This is the password that you had before. Choose another one.");
    assert_eq!(former(3, Language::ENGLISH), "This is one of the last 3 passwords that you had before. Choose another one.");
    assert_eq!(former(1, french()), "C’est votre mot de passe précédent. Choisissez-en un autre.");
    assert_eq!(former(3, french()), "C’est l’un de vos 3 mots de passe précédents. Choisissez-en un autre.");
    assert!(former(0, Language::ENGLISH).contains("last 0"), "in English 0 is many");
    assert!(former(0, french()).contains("votre mot"), "in French 0 is one");
}

#[test]
fn what_somebody_wrote_is_said_in_the_language_there_is() {
    let phrases = |texts: &[(&str, &str)]| {
        Message::written(texts.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>())
    };
    let both = phrases(&[("en", "No"), ("fr", "Non")]);
    assert_eq!((both.text(Language::ENGLISH), both.text(french())), ("No".to_owned(), "Non".to_owned()));
    assert_eq!(phrases(&[("en", "No")]).text(french()), "No");
    assert_eq!(phrases(&[("de", "Nein"), ("it", "No")]).text(french()), "Nein");
    assert_eq!(phrases(&[]).text(french()), "");
}

#[test]
fn a_missing_key_or_argument_shows_its_name() {
    assert_eq!(Message::new("no-such-key").text(french()), "no-such-key");
    assert_eq!(Message::new("policy-too-long").text(Language::ENGLISH), "Use at most {$max} characters.");
    assert_eq!(Message::new("policy-too-long").key(), "policy-too-long");
}
