//! Makes the answer wait: the initial duration at the level where the rule begins, one increment more for each level above it, capped.

use std::time::Duration;

use super::{Countermeasure, Match, Measure, span};
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct Slowdown;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "slowdown",
    aliases: &["Combodo\\iTop\\Fence\\Countermeasure\\Slowdown"],
    title: "Slow down",
    says: "Makes the answer wait, longer with each further failure.",
};

impl Countermeasure for Slowdown {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, hit: &Match, settings: &Settings) -> Measure {
        let steps = hit.level.steps_above(hit.from);
        let wait = settings.slowdown_step.checked_mul(steps).and_then(|more| settings.slowdown_initial.checked_add(more));
        Measure::Wait(wait.unwrap_or(Duration::MAX).min(settings.slowdown_max))
    }

    fn then(&self, settings: &Settings) -> String {
        let (initial, step, max) = (span(settings.slowdown_initial), span(settings.slowdown_step), span(settings.slowdown_max));
        format!("make the answer wait {initial}, {step} more with each further step, at most {max}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fence::level::Level;

    #[test]
    fn e2a_the_wait_grows_with_the_level_and_is_capped() {
        let wait = |level| Slowdown.measure(&Match { level: Level::whole(level), from: Level::whole(3) }, &Settings::default());
        for (level, millis) in [(3, 500), (4, 1_000), (5, 1_500), (12, 5_000), (13, 5_000), (u32::MAX, 5_000)] {
            assert_eq!(wait(level), Measure::Wait(Duration::from_millis(millis)), "{level}");
        }
    }
}
