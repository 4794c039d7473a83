//! Blocks that outlast the attempt that armed them, kept for an address or a login name.

use crate::clock::{SKEW, Timestamp};
use crate::login::mode::Mode;

/// What a block does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlockKind {
    /// Attempts are stopped without an answer.
    NoAnswer,
    /// Attempts are answered as wrong.
    Invalid,
}

impl BlockKind {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Invalid => "login_invalid",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::NoAnswer, Self::Invalid].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A block as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is kept for: an address bucket or an account, as in [`crate::budget`].
    pub subject: String,
    /// What it does.
    pub kind: BlockKind,
    /// Its end.
    pub until: Timestamp,
    /// Whether browsers known to the account are not spared. Behind a block of their address they meet the rule that armed it, and its own judgement.
    pub strict: bool,
    /// The modes it holds in.
    pub modes: Vec<Mode>,
    /// The rule that armed it, from 1.
    pub rule: usize,
    /// When it was armed.
    pub since: Timestamp,
}

impl Block {
    /// Whether it is over. A clock that jumped back behind its beginning does not make it longer than it was meant to be: it is over then. Clocks of
    /// two instances, or of two requests that met, differ by a little: that is no jump.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until || now.plus(SKEW) < self.since
    }

    /// Whether it holds an attempt in this mode, from a browser that is known to the account or not.
    #[must_use]
    pub fn holds(&self, mode: Mode, known: bool, now: Timestamp) -> bool {
        !self.is_over(now) && self.modes.contains(&mode) && (self.strict || !known)
    }

    /// The modes as stored: words joined by `|`.
    #[must_use]
    pub fn mode_words(&self) -> String {
        self.modes.iter().map(|mode| mode.as_str()).collect::<Vec<_>>().join("|")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_block_holds_its_modes_for_its_time_and_spares_the_owner() {
        let since = Timestamp::from_micros(1_000_000_000);
        let until = since.plus(Duration::from_mins(15));
        let modes = vec![Mode::Basic];
        let block = Block { subject: "user:1".into(), kind: BlockKind::NoAnswer, until, strict: false, modes, rule: 1, since };
        assert!(block.holds(Mode::Basic, false, since));
        assert!(block.holds(Mode::Basic, false, until.minus(Duration::from_micros(1))));
        assert!(!block.holds(Mode::Basic, false, until));
        assert!(!block.holds(Mode::Form, false, since));
        assert!(!block.holds(Mode::Basic, true, since));
        assert!(Block { strict: true, ..block.clone() }.holds(Mode::Basic, true, since));
        assert!(!block.holds(Mode::Basic, false, since.minus(Duration::from_hours(1))));
        assert!(block.holds(Mode::Basic, false, since.minus(SKEW)), "a request that began before");
        assert_eq!(BlockKind::parse(block.kind.as_str()), Some(block.kind));
    }
}
