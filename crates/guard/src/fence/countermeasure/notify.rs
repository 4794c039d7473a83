//! Tells the owner of the account and the admins by mail, at most once an hour for one account.

use super::{Countermeasure, Match, Measure};
use crate::fence::registry::Descriptor;
use crate::fence::settings::Settings;

pub(super) struct Notify;

static DESCRIPTOR: Descriptor =
    Descriptor { name: "notify", aliases: &[], title: "Notify", says: "Sends a mail to the owner of the account and to the admins." };

impl Countermeasure for Notify {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn measure(&self, _hit: &Match, _settings: &Settings) -> Measure {
        Measure::Notify
    }

    fn then(&self, _settings: &Settings) -> String {
        "tell the owner and the admins by mail".to_owned()
    }
}
