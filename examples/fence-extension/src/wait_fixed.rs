//! A countermeasure: the answer waits, equally long at every level.

use std::time::Duration;

use ringfence_guard::fence::countermeasure::{Countermeasure, Match, Measure};
use ringfence_guard::fence::{Descriptor, Settings};

/// Makes the answer wait.
#[derive(Clone, Copy, Debug)]
pub struct WaitFixed {
    /// How long.
    pub wait: Duration,
}

static DESCRIPTOR: Descriptor =
    Descriptor { name: "wait_fixed", aliases: &[], title: "Fixed wait", says: "Makes the answer wait, always equally long." };

impl Countermeasure for WaitFixed {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// It does not wait itself: it says what to do, and the login does it, in its own order and with its bounds on how many may wait at once. Of
    /// two rules that wait, the longer counts.
    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::Wait(self.wait)
    }

    /// The second half of the rule's sentence: "…, make the answer wait 2 s."
    fn then(&self, _settings: &Settings) -> String {
        format!("make the answer wait {} s", self.wait.as_secs_f64())
    }
}
