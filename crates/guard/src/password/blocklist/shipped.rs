//! The most common passwords, shipped with the program: where they come from stands in `crates/guard/data/common-passwords.md`.
//!
//! A finite state transducer of them (crate `fst`; Mihov and Maurel, *Direct Construction of Minimal Acyclic Subsequential Transducers*,
//! 2001) is part of the program: it needs no memory of its own and is looked up where it lies. `common-passwords.txt` beside it is the list
//! that it is made from, the most common ones first. After a change of that, the test below makes the set anew and says where to move it.

use fst::Set;
use std::sync::LazyLock;

static BYTES: &[u8] = include_bytes!("../../../data/common-passwords.fst");

/// None if the bytes are no set, which a test rules out.
static SET: LazyLock<Option<Set<&'static [u8]>>> = LazyLock::new(|| Set::new(BYTES).ok());

/// Whether `candidate` is one of the most common passwords. They are in lower case. No wrong answer either way.
pub(super) fn is_common(candidate: &str) -> bool {
    // Without the set nothing may be chosen: never "not listed" for want of a list.
    SET.as_ref().is_none_or(|set| set.contains(candidate))
}

/// How many they are.
pub(super) fn count() -> usize {
    SET.as_ref().map_or(0, Set::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn listed() -> BTreeSet<&'static str> {
        include_str!("../../../data/common-passwords.txt").lines().collect()
    }

    fn built() -> Vec<u8> {
        Set::from_iter(listed()).unwrap().into_fst().into_inner()
    }

    #[test]
    fn the_set_is_the_one_of_the_list() {
        let built = built();
        if built != BYTES {
            let path = std::env::temp_dir().join("common-passwords.fst");
            std::fs::write(&path, built).unwrap();
            panic!("the list has changed: move {} to crates/guard/data", path.display());
        }
        let set = SET.as_ref().unwrap();
        set.as_fst().verify().unwrap();
        assert_eq!((set.len(), count()), (listed().len(), listed().len()));
    }

    #[test]
    fn the_list_is_long_and_in_lower_case() {
        let lines = include_str!("../../../data/common-passwords.txt").lines();
        assert_eq!(lines.clone().count(), listed().len(), "a line stands there twice");
        assert!(listed().len() >= 10_000);
        for line in lines {
            assert!(!line.is_empty() && line.trim() == line && line.to_lowercase() == line, "{line:?}");
        }
    }

    #[test]
    fn what_is_listed_is_common_and_nothing_else() {
        assert!(listed().into_iter().all(is_common));
        for common in ["123456", "password", "654321", "qwerty", "iloveyou", "пароль"] {
            assert!(is_common(common), "{common}");
        }
        for other in ["", "Password", "correct horse battery", "asswordpa", "passwordpasswordpassword"] {
            assert!(!is_common(other), "{other}");
        }
    }
}
