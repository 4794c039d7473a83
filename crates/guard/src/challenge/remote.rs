//! Challenges that a provider outside judges. `app` asks the provider; here stand only their names.

use super::provider::{self, Provider};
use super::{Challenge, Offer, Prompt, RECAPTCHA, Sent};
use crate::fence::{Descriptor, Grade, Level};

/// A challenge of a provider.
pub(super) struct Remote {
    descriptor: &'static Descriptor,
    provider: &'static Provider,
}

const fn called(name: &'static str, title: &'static str) -> Descriptor {
    Descriptor { name, aliases: &[], title, says: "The page loads a script of the provider, which judges the visitor." }
}

/// Declares challenges: the static, its name, its title, its provider.
macro_rules! remotes {
    ($($(#[$doc:meta])* $constant:ident, $name:expr, $title:literal, $provider:ident;)*) => {
        $($(#[$doc])* pub(super) static $constant: Remote = {
            static DESCRIPTOR: Descriptor = called($name, $title);
            Remote { descriptor: &DESCRIPTOR, provider: &provider::$provider }
        };)*
    };
}

remotes! {
    FRIENDLY_CAPTCHA, "friendly_captcha", "Friendly Captcha", FRIENDLY_CAPTCHA;
    HCAPTCHA, "hcaptcha", "hCaptcha", HCAPTCHA;
    /// As the fence asks it, with its own keys.
    FENCE_RECAPTCHA, RECAPTCHA, "reCAPTCHA score", RECAPTCHA;
    /// As `login_protection.method` asks it.
    RECAPTCHA_CHECK, "recaptcha_check", "reCAPTCHA", RECAPTCHA;
    RECAPTCHA_ENTERPRISE, "recaptcha_enterprise", "reCAPTCHA Enterprise", RECAPTCHA_ENTERPRISE;
    TURNSTILE, "turnstile", "Cloudflare Turnstile", TURNSTILE;
}

impl Challenge for Remote {
    fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    fn offer(&self, _chance: [u8; 32]) -> Offer {
        Offer { prompt: Prompt::Widget(self.provider), kept: String::new() }
    }

    fn grade(&self, _sent: &Sent<'_>) -> Grade {
        // Whoever forgets to ask the provider gets no one in.
        Grade::Undecided("the provider was not asked".to_owned())
    }

    fn worst(&self) -> Grade {
        Grade::Failed { level: Level::ZERO }
    }

    /// The provider counts a second look at its token as a replay.
    fn is_single_use(&self) -> bool {
        false
    }

    fn provider(&self) -> Option<&'static Provider> {
        Some(self.provider)
    }
}
