//! The fence: rules on top of the budgets. Checkers watch every attempt, countermeasures answer, and a rule joins one to the other.
//!
//! ```text
//! facts of an attempt ─▶ checkers (how bad?) ─▶ rules (levels, modes) ─▶ countermeasures (what then?) ─▶ one verdict
//! ```
//!
//! Implements what the documentation of the iTop extension "Fence" describes, with its parameter names; iTop's class names are aliases. Requests of
//! connected users never pass it. Everything is pure: [`Fence::judge`] is told what is known of an attempt and says what to do; the simulator
//! ([`simulate`]) and the login run the same function.
//!
//! To add a checker or a countermeasure: [`checker`], [`countermeasure`]. To write one of your own: `docs/fence.md`.

pub mod block;
pub mod checker;
pub mod countermeasure;
pub mod facts;
pub mod import;
mod judge;
mod level;
pub mod lint;
pub mod php;
pub mod registry;
pub mod rule;
pub mod settings;
pub mod simulate;

pub use block::{Block, BlockKind};
pub use facts::{Facts, Grade, Grades};
pub use judge::{Arm, Hit, Verdict};
pub use level::Level;
pub use registry::{Descriptor, Registry};
pub use rule::{BadRule, Rule, Written};
pub use settings::Settings;

use crate::login::mode::Mode;

/// What happens when a challenge cannot be decided because its provider does not answer (`login_protection.on_outage`). Never open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// Another challenge is asked.
    Ask(&'static str),
    /// The attempt is refused.
    Refuse,
}

/// The rules that a new installation has: failures make the answer wait from 3 on, and cost the browser some computing from 5 on.
#[must_use]
pub fn shipped() -> Vec<Written> {
    let rule = |countermeasure: &str, level| Written {
        checker: "login_failed".into(),
        countermeasure: countermeasure.into(),
        min_level: Some(level),
        ..Written::default()
    };
    vec![rule("slowdown", 3.0), Written { login_mode_included: vec!["form".into()], ..rule("proof_of_work", 5.0) }]
}

/// The fence of an installation at one moment.
#[derive(Clone, Debug)]
pub struct Fence {
    registry: Registry,
    settings: Settings,
    rules: Vec<Rule>,
    protection: Option<&'static str>,
    on_outage: Outage,
}

impl Fence {
    /// Puts it together. `protection` is the challenge that stands on every form whatever the rules say (`login_protection.method`).
    #[must_use]
    pub const fn new(
        registry: Registry,
        settings: Settings,
        rules: Vec<Rule>,
        protection: Option<&'static str>,
        on_outage: Outage,
    ) -> Self {
        Self { registry, settings, rules, protection, on_outage }
    }

    /// The parts that rules may name.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The parameters.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that are asked about attempts in this mode.
    pub fn rules_for(&self, mode: Mode) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| self.settings.enabled && rule.enabled && rule.covers(mode))
    }

    /// Whether any rule for this mode looks at where an account was used from.
    #[must_use]
    pub fn looks_at_places(&self, mode: Mode) -> bool {
        self.rules_for(mode).any(|rule| self.registry.checker(rule.checker).is_some_and(|c| c.tells_of_account()))
    }

    /// Whether any rule for this mode looks at more than the failures of a name.
    #[must_use]
    pub fn looks_beyond_names(&self, mode: Mode) -> bool {
        self.rules_for(mode).any(|rule| self.registry.checker(rule.checker).is_some_and(|c| c.scope() == checker::Scope::Address))
    }

    /// Whether any rule for this mode counts the names that failed from an address.
    #[must_use]
    pub fn counts_names(&self, mode: Mode) -> bool {
        self.rules_for(mode).any(|rule| self.registry.checker(rule.checker).is_some_and(|c| c.counts_names()))
    }
}

#[cfg(test)]
mod tests;
