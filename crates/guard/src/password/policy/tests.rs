//! All validators together: the cases of the reference (P1 to P13 as far as they need no database), and every objection at once.

use super::*;
use crate::message::{Language, keys};
use crate::password::{self, Params};
use crate::secret::{Secret, SecretText};
use std::collections::BTreeMap;

/// A list with one word.
struct OneWord;

impl Listed for OneWord {
    fn contains(&self, candidate: &str) -> Result<bool, Unreadable> {
        Ok(candidate == "password")
    }
}

/// A list that was deleted.
struct Gone;

impl Listed for Gone {
    fn contains(&self, _candidate: &str) -> Result<bool, Unreadable> {
        Err(Unreadable("no such file".to_owned()))
    }
}

fn about() -> About<'static> {
    About {
        username: "alice",
        email: "alice@example.org",
        product: "Ringfence",
        names: &["Harbour"],
        listed: Some(&OneWord),
        reuse: Reuse::New,
    }
}

fn typed(text: &str) -> SecretText {
    Secret::new(text.to_owned())
}

fn objections_of(rules: &Rules, text: &str, about: &About<'_>, policy: &Policy) -> Vec<Objection> {
    match Candidate::parse(&typed(text)) {
        Ok(candidate) => rules.check(candidate, about, policy).err().unwrap_or_default(),
        Err(objection) => vec![objection],
    }
}

/// The keys of what is objected by the built-in ones.
fn keys_of(text: &str, policy: &Policy) -> Vec<&'static str> {
    objections_of(&Rules::standard(), text, &about(), policy).iter().map(|objection| objection.message.key()).collect()
}

/// iTop's default: eight characters of four kinds.
fn itop() -> Policy {
    Policy {
        min_length: 8,
        require_uppercase: true,
        require_lowercase: true,
        require_number: true,
        require_symbol: true,
        ..Policy::default()
    }
}

#[test]
fn the_slice_is_sorted_and_described() {
    let descriptors: Vec<_> = ALL.iter().map(|validator| validator.descriptor()).collect();
    assert!(descriptors.is_sorted_by(|one, other| one.name < other.name), "sorted, and no name twice");
    for one in descriptors {
        assert!(one.says.ends_with('.') && !one.title.is_empty() && !one.name.is_empty(), "{}", one.name);
    }
    assert_eq!(format!("{:?}", Rules::standard()), r#"["blocklist", "classes", "context", "history", "length", "pattern", "strength"]"#);
}

#[test]
fn p1_the_policy_of_itop() {
    for (text, objected) in [
        ("Abcdef1!", &[][..]),
        ("abcdef1!", &["policy-lacks-uppercase"]),
        ("ABCDEF1!", &["policy-lacks-lowercase"]),
        ("Abcdefg!", &["policy-lacks-number"]),
        ("Abcdefg1", &["policy-lacks-symbol"]),
        ("Abc1!", &["policy-listed-bare", "policy-too-short"]),
    ] {
        assert_eq!(keys_of(text, &itop()), objected, "{text}");
    }
}

#[test]
fn p2_accents_are_letters_and_one_character() {
    assert_eq!(keys_of("\u{c9}clair12", &itop()), ["policy-lacks-symbol"], "\u{c9} is upper case, and no symbol");
    assert_eq!(keys_of("\u{c9}clair1 ", &itop()), [""; 0], "a blank is a symbol");
    assert_eq!(keys_of("E\u{301}clai1 ", &itop()), ["policy-too-short"], "seven characters, however they are typed");
}

#[test]
fn p3_empty_is_refused_whatever_is_off() {
    let lax = Policy { blocklist: false, context: false, min_length: 0, ..Policy::default() };
    assert_eq!(keys_of("", &lax), ["policy-empty"]);
    assert_eq!(keys_of("0", &lax), ["policy-too-short"], "no policy asks for fewer than eight");
    assert_eq!(keys_of("00000000", &lax), [""; 0]);
}

#[test]
fn p4_a_broken_pattern_refuses_everything_and_says_so() {
    let policy = Policy { pattern: Pattern::stored("(", BTreeMap::new()), ..Policy::default() };
    let found = objections_of(&Rules::standard(), "correct horse battery", &about(), &policy);
    let [objection] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((objection.validator, objection.message.key()), ("pattern", "policy-pattern-broken"));
    assert!(objection.trouble.as_deref().unwrap().contains("regular expression"));
}

#[test]
fn p5_and_p9_all_objections_at_once_in_the_language_of_the_reader() {
    let phrases = BTreeMap::from([("en".to_owned(), "Begin with an x.".to_owned()), ("fr".to_owned(), "Commencez par un x.".to_owned())]);
    let policy = Policy { min_length: 12, pattern: Pattern::parse("^x", phrases).unwrap(), history: 2, refuse_weak: true, ..itop() };
    let about = About { username: "word", reuse: Reuse::Former(2), ..about() };
    let found = objections_of(&Rules::standard(), "passWORD", &about, &policy);
    let said = |language: &str| -> Vec<String> {
        let language = Language::choose(None, language);
        found.iter().map(|objection| format!("{}: {}", objection.validator, objection.message.text(language))).collect()
    };
    assert_eq!(
        said("de, en"),
        [
            "blocklist: This password is in a list of those that are guessed first.",
            "classes: Use at least one digit.",
            "classes: Use at least one character that is neither a letter nor a digit, such as a blank.",
            "context: Leave out your user name.",
            "history: This is one of the last 2 passwords that you had before. Choose another one.",
            "length: Use at least 12 characters (this has 8).",
            "pattern: Begin with an x.",
            "strength: This password is too easy to guess.",
        ]
    );
    assert_eq!(
        said("fr"),
        [
            "blocklist: Ce mot de passe figure dans une liste de ceux que l’on essaie en premier.",
            "classes: Utilisez au moins un chiffre.",
            "classes: Utilisez au moins un caractère qui n’est ni une lettre ni un chiffre, par exemple une espace.",
            "context: N’y mettez pas votre nom d’utilisateur.",
            "history: C’est l’un de vos 2 mots de passe précédents. Choisissez-en un autre.",
            "length: Utilisez au moins 12 caractères (celui-ci en compte 8).",
            "pattern: Commencez par un x.",
            "strength: Ce mot de passe est trop facile à deviner.",
        ]
    );
    assert_eq!(said("de"), said("en"));
}

#[test]
fn p6_a_list_that_is_gone_refuses_and_says_so() {
    let found = objections_of(&Rules::standard(), "correct horse battery", &About { listed: Some(&Gone), ..about() }, &Policy::default());
    let [objection] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((objection.message.key(), objection.trouble.as_deref()), ("policy-list-unreadable", Some("no such file")));
}

#[test]
fn p8_a_text_that_looks_like_a_hash_is_a_text() {
    let like_a_hash = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK";
    let candidate = Candidate::parse(&typed(like_a_hash)).unwrap();
    let new = Rules::standard().check(candidate, &about(), &Policy::default()).unwrap();
    let stored = password::hash(Params::cheap(), &new, [3; 16]).unwrap();
    assert!(stored.starts_with("$argon2id$"));
    assert_eq!(password::compare(like_a_hash.as_bytes(), &stored), Some(true));
    assert_eq!(password::compare(b"U*U*", &stored), Some(false));
}

#[test]
fn p13_the_present_password_is_refused_whatever_is_kept() {
    for history in [0, 5] {
        let policy = Policy { history, ..Policy::default() };
        let found = objections_of(&Rules::standard(), "correct horse battery", &About { reuse: Reuse::Current, ..about() }, &policy);
        assert_eq!(found.iter().map(|objection| objection.message.key()).collect::<Vec<_>>(), ["policy-current"]);
    }
}

#[test]
fn the_ends_of_what_is_allowed() {
    let policy = Policy::default();
    let good = "correct horse battery staple ".repeat(5);
    for (text, objected) in [
        (good.get(..128).unwrap(), &[][..]),
        (good.get(..129).unwrap(), &["policy-too-long"]),
        (&"x".repeat(1 << 20), &["policy-too-long"]),
        ("elevenchars", &["policy-too-short"]),
        ("  two blanks  ", &[]),
        ("twelve\u{0}chars", &[]),
        ("0", &["policy-listed-bare", "policy-too-short"]),
        ("123456789012", &["policy-listed-bare"]),
        ("Password2026", &["policy-listed"]),
    ] {
        assert_eq!(keys_of(text, &policy), objected, "{} bytes", text.len());
    }
}

#[test]
fn twins_of_one_text_are_one_password() {
    let set = |text: &str| {
        let candidate = Candidate::parse(&typed(text)).unwrap();
        let new = Rules::standard().check(candidate, &about(), &Policy::default()).unwrap();
        password::hash(Params::cheap(), &new, [3; 16]).unwrap()
    };
    assert_eq!(set("cre\u{300}me bru\u{302}le\u{301}e"), set("cr\u{e8}me br\u{fb}l\u{e9}e"));
}

#[test]
fn who_knows_nothing_passes_nothing() {
    let found = objections_of(&Rules::standard(), "correct horse battery", &About::default(), &Policy::default());
    let keys: Vec<_> = found.iter().map(|objection| objection.message.key()).collect();
    assert_eq!(keys, ["policy-list-unreadable", "policy-former-unknown"]);
    assert!(found.iter().all(|objection| objection.trouble.is_some()));
}

/// A validator from elsewhere.
struct NoBlanks;

impl Validator for NoBlanks {
    fn descriptor(&self) -> &'static Descriptor {
        &Descriptor { name: "no_blanks", title: "No blanks", says: "Refuses blanks." }
    }

    fn check(&self, candidate: &Candidate, about: &About<'_>, _policy: &Policy) -> Result<Vec<Message>, Undecided> {
        let message = Message::written(BTreeMap::from([("en".to_owned(), "No blanks, please.".to_owned())]));
        if about.username.is_empty() {
            return Err(Undecided { message, why: "whose password?".to_owned() });
        }
        Ok(candidate.text().contains(' ').then_some(message).into_iter().collect())
    }
}

#[test]
fn a_foreign_validator_objects_like_any_other() {
    let rules = Rules::standard().with_validator(&NoBlanks);
    assert_eq!(rules.validators().len(), ALL.len() + 1);
    let policy = Policy::default();
    let found = objections_of(&rules, "too short", &about(), &policy);
    let names: Vec<_> = found.iter().map(|objection| objection.validator).collect();
    assert_eq!(names, ["length", "no_blanks"]);
    assert_eq!(found.last().unwrap().message.text(Language::parse("fr").unwrap()), "No blanks, please.");
    assert!(objections_of(&rules, "correct-horse-battery", &about(), &policy).is_empty());
    let found = objections_of(&rules, "correct-horse-battery", &About { username: "", ..about() }, &policy);
    assert_eq!(found.iter().map(|objection| objection.trouble.as_deref()).collect::<Vec<_>>(), [Some("whose password?")]);
}

#[test]
fn no_objection_repeats_the_password_or_lacks_an_argument() {
    let policy = Policy { pattern: Pattern::stored("^$", BTreeMap::new()), history: 1, refuse_weak: true, ..itop() };
    let languages = crate::message::LANGUAGES;
    for text in ["", "alicealice", "harbour", "p", &"z".repeat(129)] {
        for reuse in [Reuse::Unchecked, Reuse::Current, Reuse::Former(1)] {
            for objection in objections_of(&Rules::standard(), text, &About { reuse, ..about() }, &policy) {
                assert!(keys().iter().any(|key| key == objection.message.key()));
                for language in languages {
                    let said = objection.message.text(*language);
                    assert!(!said.contains(['{', '$', '}']), "{said}");
                    assert!(text.len() < 5 || !said.contains(text), "{said}");
                }
            }
        }
    }
}
