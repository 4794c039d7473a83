//! `history`: not the present password again, and none of the last N before it.
//!
//! Stored hashes have salts of their own, so the candidate in clear is compared with each: [`reuse`], on the hash threads, before the
//! validators are asked. What came of it is handed to them in [`About`](super::About). Not compared is not passed.

use super::{About, Candidate, Descriptor, Policy, Undecided, Validator};
use crate::login::Attempt;
use crate::message::Message;
use crate::password::{Effort, compare, normal_form};
use crate::secret::SecretText;

/// At most so many former passwords are kept and compared: each costs a hash.
pub const MOST_FORMER: u8 = 10;

/// Whether the candidate was the password of the account before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// It was not compared. Refuses.
    #[default]
    Unchecked,
    /// It is none of those that were compared, or the account had no password yet.
    New,
    /// It is the present one.
    Current,
    /// It is a former one: 1 is the one before the present one.
    Former(u8),
}

/// The passwords of an account, as hashes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The present one, if one is set.
    pub current: Option<String>,
    /// One that was good for one login, which is over: nobody comes in with it, and it is not set again.
    pub used: Option<String>,
    /// Those before it, the newest first.
    pub former: Vec<String>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({} former)", self.former.len())
    }
}

impl Kept {
    /// Which of them the candidate is, of as many former ones as the policy asks for. What is no hash that anybody could log in with is passed
    /// over: nobody's password is behind it.
    fn which(&self, candidate: &Candidate, policy: &Policy) -> Reuse {
        let is_behind = |stored: &str| compare(candidate.text().as_bytes(), stored).unwrap_or(false);
        if self.current.as_deref().or(self.used.as_deref()).is_some_and(is_behind) {
            return Reuse::Current;
        }
        let mut numbered = (1..=policy.history.min(MOST_FORMER)).zip(&self.former);
        numbered.find(|(_, stored)| is_behind(stored)).map_or(Reuse::New, |(number, _)| Reuse::Former(number))
    }
}

/// Compares the candidate with the account's passwords. One attempt pays for all, as they are answered together; used before, nothing is
/// compared. Costs up to eleven hashes.
#[must_use]
pub fn reuse(attempt: &Attempt, candidate: &Candidate, kept: &Kept, policy: &Policy) -> Reuse {
    if attempt.spend() { kept.which(candidate, policy) } else { Reuse::Unchecked }
}

/// Compares what was typed as the present password, and only if it is right the candidate for a new one. None: it is not right. One attempt
/// pays for all: who knows the present password has nothing left to guess.
#[must_use]
pub fn prove(attempt: &Attempt, typed: &SecretText, kept: &Kept, candidate: (&Candidate, &Policy), effort: Effort) -> Option<Reuse> {
    if !attempt.spend() {
        return None;
    }
    let normal = normal_form(typed)?;
    effort.compare(normal.expose().as_bytes(), kept.current.as_deref()).then(|| kept.which(candidate.0, candidate.1))
}

/// The validator.
pub(super) struct History;

static DESCRIPTOR: Descriptor =
    Descriptor { name: "history", title: "Former passwords", says: "Refuses the present password, and as many former ones as you say." };

impl Validator for History {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, _candidate: &Candidate, about: &About<'_>, policy: &Policy) -> Result<Vec<Message>, Undecided> {
        let kept = policy.history.min(MOST_FORMER);
        match about.reuse {
            Reuse::Unchecked => {
                let why = "the candidate was not compared with the account's passwords".to_owned();
                Err(Undecided { message: Message::new("policy-former-unknown"), why })
            }
            Reuse::Current => Ok(vec![Message::new("policy-current")]),
            Reuse::Former(number) if number <= kept => Ok(vec![Message::new("policy-former").with("count", usize::from(kept))]),
            Reuse::Former(_) | Reuse::New => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::login::Reservation;
    use crate::password::{NewPassword, Params, hash};
    use crate::secret::Secret;

    fn attempt() -> Attempt {
        Attempt::reserved(Reservation { budgets: Vec::new(), at: Timestamp::from_micros(0) })
    }

    fn candidate(text: &str) -> Candidate {
        Candidate::parse(&Secret::new(text.to_owned())).unwrap()
    }

    fn stored(text: &str) -> String {
        hash(Params::cheap(), &NewPassword::sample(text), [7; 16]).unwrap()
    }

    fn kept(current: Option<&str>, former: &[&str]) -> Kept {
        Kept { current: current.map(str::to_owned), used: None, former: former.iter().map(|hash| (*hash).to_owned()).collect() }
    }

    fn keeping(history: u8) -> Policy {
        Policy { history, ..Policy::default() }
    }

    fn refused(reuse: Reuse, policy: &Policy) -> bool {
        let about = About { reuse, ..About::default() };
        !History.check(&candidate("any"), &about, policy).unwrap().is_empty()
    }

    #[test]
    fn the_last_n_and_the_present_one_are_refused() {
        let (first, second, third, fourth) = (stored("first"), stored("second"), stored("third"), stored("fourth"));
        let is_refused = |text: &str, current: &str, former: &[&String], of: u8| {
            let former: Vec<&str> = former.iter().map(|hash| hash.as_str()).collect();
            let policy = keeping(of);
            refused(reuse(&attempt(), &candidate(text), &kept(Some(current), &former), &policy), &policy)
        };
        // Two kept, after A, B, C: then D is set, and A is free again.
        for text in ["first", "second", "third"] {
            assert!(is_refused(text, &third, &[&second, &first], 2), "{text}");
        }
        assert!(!is_refused("fourth", &third, &[&second, &first], 2));
        assert!(!is_refused("first", &fourth, &[&third, &second, &first], 2));
        assert!(is_refused("second", &fourth, &[&third, &second, &first], 2));
        // None kept: the present one alone (P13).
        assert!(is_refused("third", &third, &[&second, &first], 0));
        assert!(!is_refused("second", &third, &[&second, &first], 0));
    }

    #[test]
    fn spellings_and_imported_hashes_are_the_same_password() {
        let policy = keeping(1);
        assert_eq!(reuse(&attempt(), &candidate("e\u{301}t\u{e9}"), &kept(Some(&stored("\u{e9}t\u{e9}")), &[]), &policy), Reuse::Current);
        let bcrypt = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK";
        assert_eq!(reuse(&attempt(), &candidate("U*U*"), &kept(None, &[bcrypt]), &policy), Reuse::Former(1));
    }

    #[test]
    fn no_more_is_compared_than_is_asked_for() {
        let eleven: Vec<String> = (0..11).map(|number| stored(&number.to_string())).collect();
        let eleven = Kept { former: eleven, ..Kept::default() };
        let found = |text: &str, history| reuse(&attempt(), &candidate(text), &eleven, &keeping(history));
        assert_eq!(found("9", 10), Reuse::Former(10));
        assert_eq!(found("10", 10), Reuse::New);
        assert_eq!(found("10", u8::MAX), Reuse::New, "never more than ten");
        assert_eq!(found("3", 3), Reuse::New);
        let junk = kept(Some("!disabled"), &["", "!disabled", "$argon2id$v=19$m=8,t=1,p=1"]);
        assert_eq!(reuse(&attempt(), &candidate("!disabled"), &junk, &keeping(3)), Reuse::New);
    }

    #[test]
    fn not_compared_is_not_passed() {
        let attempt = attempt();
        let other = kept(Some(&stored("other")), &[]);
        assert_eq!(reuse(&attempt, &candidate("any"), &other, &keeping(0)), Reuse::New);
        assert_eq!(reuse(&attempt, &candidate("any"), &other, &keeping(0)), Reuse::Unchecked);
        let undecided = History.check(&candidate("any"), &About::default(), &keeping(0)).unwrap_err();
        assert_eq!(undecided.message.key(), "policy-former-unknown");
        assert!(!refused(Reuse::Former(3), &keeping(2)), "compared with more than the policy asks for");
    }

    #[test]
    fn nothing_is_said_of_the_new_one_before_the_present_one_is_right() {
        let policy = keeping(1);
        let mine = kept(Some(&stored("present")), &[&stored("former")]);
        let prove = |typed: &str, new: &str| {
            let typed = Secret::new(typed.to_owned());
            super::prove(&attempt(), &typed, &mine, (&candidate(new), &policy), Effort::of(Params::cheap()))
        };
        assert_eq!(prove("present", "another"), Some(Reuse::New));
        assert_eq!(prove("present", "present"), Some(Reuse::Current));
        assert_eq!(prove("present", "former"), Some(Reuse::Former(1)));
        for wrong in ["former", "Present", "", "present "] {
            assert_eq!(prove(wrong, "former"), None, "{wrong}");
        }
        let spent = attempt();
        assert!(spent.spend());
        let typed = Secret::new("present".to_owned());
        assert_eq!(super::prove(&spent, &typed, &mine, (&candidate("x"), &policy), Effort::of(Params::cheap())), None);
    }
}
