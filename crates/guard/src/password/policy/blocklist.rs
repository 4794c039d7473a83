//! `blocklist`: no password that is guessed first. The lists are made and read elsewhere; here they are asked.
//!
//! A candidate is looked up as typed, in lower case, and in lower case without the digits and symbols at both ends: people dress a common
//! word with them, and so do those who guess. What is left of fewer than four letters says nothing (lists hold `abc` and `666`): such a
//! candidate is nearly all digits and symbols, and is judged by how hard it is to guess.

use super::strength::{ENOUGH, score};
use super::{About, Candidate, Descriptor, Policy, Undecided, Validator};
use crate::message::Message;
use std::fmt;

/// In so many spellings a candidate is looked up at most. Lists that are wrong now and then are wrong so many times as often.
pub const MOST_SPELLINGS: usize = 3;

/// What is left of a candidate is looked up from so many characters on.
const SHORTEST_STRIPPED: usize = 4;

/// Lists of forbidden passwords.
pub trait Listed: Send + Sync {
    /// Whether this text stands in one of them. Lists hold their entries as they were found or in lower case; the text comes in each
    /// spelling that is to be looked up. A list that is missing, cut or damaged is an error, never a "no".
    fn contains(&self, candidate: &str) -> Result<bool, Unreadable>;
}

/// A list could not be read; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// The validator.
pub(super) struct Blocklist;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "blocklist",
    title: "Forbidden passwords",
    says: "Refuses what stands in the lists of common passwords, also with capitals, or with digits and symbols at its ends.",
};

impl Validator for Blocklist {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, candidate: &Candidate, about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided> {
        if !policy.blocklist {
            return Ok(Vec::new());
        }
        let unreadable = |why| Undecided { message: Message::new("policy-list-unreadable"), why };
        let listed = about.listed.ok_or_else(|| unreadable("no list was given".to_owned()))?;
        let (spellings, bare) = spellings(candidate);
        for spelling in spellings.into_iter().flatten() {
            if listed.contains(spelling).map_err(|error| unreadable(error.0))? {
                return Ok(vec![Message::new("policy-listed")]);
            }
        }
        let weak = bare && score(candidate, about)? < ENOUGH;
        Ok(weak.then(|| Message::new("policy-listed-bare")).into_iter().collect())
    }
}

/// What is looked up for a candidate, each spelling once; and whether too little of it is left for one of them.
pub(in crate::password) fn spellings(candidate: &Candidate) -> ([Option<&str>; MOST_SPELLINGS], bool) {
    let (typed, folded) = (candidate.text(), candidate.folded());
    let stripped = folded.trim_matches(|letter: char| !letter.is_alphabetic());
    let bare = stripped.chars().count() < SHORTEST_STRIPPED;
    ([Some(typed), (folded != typed).then_some(folded), (stripped != folded && !bare).then_some(stripped)], bare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use std::sync::Mutex;

    /// A list that remembers what it was asked.
    #[derive(Default)]
    struct Asked(Mutex<Vec<String>>);

    impl Listed for Asked {
        fn contains(&self, candidate: &str) -> Result<bool, Unreadable> {
            self.0.lock().unwrap().push(candidate.to_owned());
            match candidate {
                "password" | "Secret" | "abc" | "12345678" => Ok(true),
                "broken" => Err(Unreadable("cut off".to_owned())),
                _ => Ok(false),
            }
        }
    }

    fn check(text: &str) -> (Result<Vec<&'static str>, &'static str>, Vec<String>) {
        let list = Asked::default();
        let about = About { listed: Some(&list), ..About::default() };
        let candidate = Candidate::parse(&Secret::new(text.to_owned())).unwrap();
        let said = Blocklist.check(&candidate, &about, &Policy::default());
        let said = said.map(|messages| messages.iter().map(Message::key).collect()).map_err(|undecided| undecided.message.key());
        (said, list.0.into_inner().unwrap())
    }

    #[test]
    fn a_dressed_password_is_undressed() {
        for (typed, asked, said) in [
            ("password", &["password"][..], &["policy-listed"][..]),
            ("PassWord", &["PassWord", "password"], &["policy-listed"]),
            ("  12Password34!  ", &["  12Password34!  ", "  12password34!  ", "password"], &["policy-listed"]),
            ("Secret", &["Secret"], &["policy-listed"]),
            ("correct horse", &["correct horse"], &[]),
            ("Pass1word 1", &["Pass1word 1", "pass1word 1", "pass1word"], &[]),
            ("\u{c9}clair12", &["\u{c9}clair12", "\u{e9}clair12", "\u{e9}clair"], &[]),
            ("12345678", &["12345678"], &["policy-listed"]),
            ("123456789012", &["123456789012"], &["policy-listed-bare"]),
            ("123abc123", &["123abc123"], &["policy-listed-bare"]),
            ("!!!!!!!!!!!!!!!!", &["!!!!!!!!!!!!!!!!"], &["policy-listed-bare"]),
            ("83/61:94 abc =7?2", &["83/61:94 abc =7?2"], &[]),
            ("7#9$2!4%8&1*6", &["7#9$2!4%8&1*6"], &[]),
        ] {
            let (found, list) = check(typed);
            assert_eq!((found, list.iter().map(String::as_str).collect::<Vec<_>>()), (Ok(said.to_vec()), asked.to_vec()), "{typed:?}");
        }
    }

    #[test]
    fn without_a_list_nothing_may_be_chosen() {
        assert_eq!(check("broken").0, Err("policy-list-unreadable"));
        assert_eq!(check("1Broken!").0, Err("policy-list-unreadable"));
        let candidate = Candidate::parse(&Secret::new("correct horse battery".to_owned())).unwrap();
        let none = Blocklist.check(&candidate, &About::default(), &Policy::default()).unwrap_err();
        assert_eq!(none.why, "no list was given");
        let off = Policy { blocklist: false, ..Policy::default() };
        assert_eq!(Blocklist.check(&candidate, &About::default(), &off), Ok(Vec::new()));
    }
}
