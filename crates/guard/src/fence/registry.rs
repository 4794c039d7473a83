//! The checkers, countermeasures and challenges that rules may name: one slice each of built-in ones, and whatever the composition root adds.

use super::checker::{self, Checker};
use super::countermeasure::{self, Countermeasure};
use crate::challenge::{self, Challenge};

/// What people and rules call a part, and what it does in a sentence.
#[derive(Debug)]
pub struct Descriptor {
    /// The word in rules.
    pub name: &'static str,
    /// Other words for it: iTop's class, with single backslashes.
    pub aliases: &'static [&'static str],
    /// The word on pages.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub says: &'static str,
}

impl Descriptor {
    /// Whether `word` means this part. A leading backslash and doubled ones, as PHP writes them, do not matter.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        let word = word.trim().replace("\\\\", "\\");
        let word = word.strip_prefix('\\').unwrap_or(&word);
        word == self.name || self.aliases.contains(&word)
    }
}

/// All parts that rules may name.
#[derive(Clone)]
pub struct Registry {
    checkers: Vec<&'static dyn Checker>,
    countermeasures: Vec<&'static dyn Countermeasure>,
    challenges: Vec<&'static dyn Challenge>,
}

impl Registry {
    /// The built-in ones.
    #[must_use]
    pub fn standard() -> Self {
        Self { checkers: checker::ALL.to_vec(), countermeasures: countermeasure::ALL.to_vec(), challenges: challenge::ALL.to_vec() }
    }

    /// With a checker of one's own.
    #[must_use]
    pub fn with_checker(mut self, checker: &'static dyn Checker) -> Self {
        self.checkers.push(checker);
        self
    }

    /// With a countermeasure of one's own.
    #[must_use]
    pub fn with_countermeasure(mut self, countermeasure: &'static dyn Countermeasure) -> Self {
        self.countermeasures.push(countermeasure);
        self
    }

    /// With a challenge of one's own, for a countermeasure that asks it.
    #[must_use]
    pub fn with_challenge(mut self, challenge: &'static dyn Challenge) -> Self {
        self.challenges.push(challenge);
        self
    }

    /// The checker called so.
    #[must_use]
    pub fn checker(&self, word: &str) -> Option<&'static dyn Checker> {
        self.checkers.iter().copied().find(|c| c.descriptor().is_called(word))
    }

    /// The countermeasure called so.
    #[must_use]
    pub fn countermeasure(&self, word: &str) -> Option<&'static dyn Countermeasure> {
        self.countermeasures.iter().copied().find(|c| c.descriptor().is_called(word))
    }

    /// The challenge called so.
    #[must_use]
    pub fn challenge(&self, name: &str) -> Option<&'static dyn Challenge> {
        self.challenges.iter().copied().find(|c| c.descriptor().is_called(name))
    }

    /// Every challenge.
    #[must_use]
    pub fn challenges(&self) -> &[&'static dyn Challenge] {
        &self.challenges
    }

    /// Every checker.
    #[must_use]
    pub fn checkers(&self) -> &[&'static dyn Checker] {
        &self.checkers
    }

    /// Every countermeasure.
    #[must_use]
    pub fn countermeasures(&self) -> &[&'static dyn Countermeasure] {
        &self.countermeasures
    }

    /// The names of the checkers.
    #[must_use]
    pub fn checker_names(&self) -> Vec<&'static str> {
        self.checkers.iter().map(|c| c.descriptor().name).collect()
    }

    /// The names of the countermeasures.
    #[must_use]
    pub fn countermeasure_names(&self) -> Vec<&'static str> {
        self.countermeasures.iter().map(|c| c.descriptor().name).collect()
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("checkers", &self.checker_names())
            .field("countermeasures", &self.countermeasure_names())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slices_are_sorted_and_every_name_means_one_part() {
        let registry = Registry::standard();
        let challenges: Vec<_> = challenge::ALL.iter().map(|c| c.descriptor()).collect();
        let checkers: Vec<_> = registry.checkers().iter().map(|c| c.descriptor()).collect();
        let countermeasures: Vec<_> = registry.countermeasures().iter().map(|c| c.descriptor()).collect();
        for list in [&challenges, &checkers, &countermeasures] {
            assert!(list.is_sorted_by_key(|d| d.name));
            for one in list {
                assert!(one.says.ends_with('.') && !one.title.is_empty(), "{}", one.name);
                assert_eq!(list.iter().filter(|other| other.is_called(one.name)).count(), 1, "{}", one.name);
            }
        }
        // What a countermeasure asks exists.
        for countermeasure in registry.countermeasures() {
            if let Some(name) = countermeasure.asks() {
                assert!(registry.challenge(name).is_some(), "{name}");
            }
        }
        for checker in registry.checkers() {
            if let Some(name) = checker.shows() {
                assert!(registry.challenge(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn php_spellings_of_a_class_are_one() {
        let registry = Registry::standard();
        for word in ["captcha", "Combodo\\iTop\\Fence\\Hybrid\\Captcha", "\\Combodo\\\\iTop\\\\Fence\\\\Hybrid\\\\Captcha"] {
            assert_eq!(registry.checker(word).map(|c| c.descriptor().name), Some("captcha"), "{word}");
            assert_eq!(registry.countermeasure(word).map(|c| c.descriptor().name), Some("captcha"), "{word}");
        }
        assert!(registry.checker("Captcha ").is_none());
    }
}
