//! The validators among the built-in ones, as an installation asks them.

use std::io;

use ringfence_guard::message::Language;
use ringfence_guard::password::policy::{About, Candidate, Listed, Objection, Policy, Reuse, Rules, Unreadable};
use ringfence_guard::secret::Secret;
use ringfence_password_validator::extend;

/// The product's lists are not asked here.
struct NothingListed;

impl Listed for NothingListed {
    fn contains(&self, _candidate: &str) -> Result<bool, Unreadable> {
        Ok(false)
    }
}

fn rules() -> Rules {
    extend(Rules::standard(), Ok("Bluebird\n\n  Old Mill  \n".to_owned()))
}

fn objections(rules: &Rules, text: &str) -> Vec<Objection> {
    let about = About { username: "alice", listed: Some(&NothingListed), reuse: Reuse::New, ..About::default() };
    let candidate = Candidate::parse(&Secret::new(text.to_owned())).unwrap();
    rules.check(candidate, &about, &Policy::default()).err().unwrap_or_default()
}

fn names(text: &str) -> Vec<&'static str> {
    objections(&rules(), text).iter().map(|objection| objection.validator).collect()
}

#[test]
fn they_object_after_the_built_in_ones() {
    assert_eq!(names("correct horse battery"), [""; 0]);
    assert_eq!(names("Summer2026!!"), ["season"]);
    assert_eq!(names("A\u{6f}u\u{302}t-2026-bluebird"), ["house_words"], "more than a month");
    assert_eq!(names("ao\u{fb}t 26 alice"), ["context"], "eight characters besides the month");
    assert_eq!(names("OLD MILL"), ["length", "house_words"]);
    assert_eq!(names("winter"), ["length", "season"]);
}

#[test]
fn the_reader_gets_his_language() {
    let found = objections(&rules(), "Summer2026!!");
    let said = |tags: &str| found[0].message.text(Language::choose(None, tags));
    assert_eq!(said("en"), "Do not build it from a season or a month.");
    assert_eq!(said("fr-FR"), "Ne le formez pas à partir d’une saison ou d’un mois.");
    assert_eq!(said("de"), said("en"));
}

#[test]
fn without_the_file_no_password_can_be_set() {
    let rules = extend(Rules::standard(), Err(io::Error::from(io::ErrorKind::NotFound)));
    let found = objections(&rules, "correct horse battery");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].validator, found[0].trouble.as_deref()), ("house_words", Some("entity not found")));
}
