//! All values at one moment, as the types that code works with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use guard::budget::{Limits, Rule};
use guard::challenge::{self, provider};
use guard::envelope::Sealer;
use guard::fence::settings::Networks;
use guard::fence::{Block, Fence, Level, Outage, Registry, Settings as FenceSettings, rule};
use guard::login::mode::Mode;
use guard::password::policy::{Pattern, Policy};
use guard::secret::SecretText;
use jiff::tz::TimeZone;
use ringfence_guard as guard;
use tracing::level_filters::LevelFilter;

use super::{ALL, Kind, Setting, find, zone};

/// All values at one moment.
#[derive(Clone, Debug)]
pub struct Values {
    version: i64,
    stored: BTreeMap<String, String>,
    secrets: BTreeMap<&'static str, Arc<SecretText>>,
    modes: Vec<Mode>,
    fence: Arc<Fence>,
    key_blocks: Vec<Block>,
    policy: Arc<Policy>,
    dearest_import: Option<u32>,
    timezone: TimeZone,
}

/// What is kept elsewhere in the database and read along with the settings, because every login needs it.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Blocks of addresses that hold API keys.
    pub(super) key_blocks: Vec<Block>,
    /// The dearest imported password hash.
    pub(super) dearest_import: Option<u32>,
}

impl Values {
    /// Reads what is stored. A stored text that does not fit any more counts as its default, and rules that cannot be read are an error: to go on
    /// without them would open the door.
    pub(super) fn read(
        version: i64,
        stored: BTreeMap<String, String>,
        beside: Beside,
        registry: &Registry,
        sealer: &Sealer,
    ) -> Result<Self, String> {
        let stored = sound(stored, registry);
        let mut values = Self {
            version,
            stored,
            secrets: BTreeMap::new(),
            modes: Vec::new(),
            fence: Arc::new(nothing(registry)),
            key_blocks: beside.key_blocks,
            policy: Arc::default(),
            dearest_import: beside.dearest_import,
            timezone: TimeZone::UTC,
        };
        for setting in ALL.iter().filter(|setting| setting.is_secret()) {
            let Some(text) = values.stored.get(setting.key).filter(|text| !text.is_empty()) else { continue };
            match sealer.open_text(setting.key.as_bytes(), text) {
                Ok(secret) => drop(values.secrets.insert(setting.key, Arc::new(secret))),
                // That one feature fails closed; everything else goes on.
                Err(error) => tracing::error!(setting = setting.key, %error, "a secret setting is lost: enter it again"),
            }
        }
        values.settle(registry)?;
        Ok(values)
    }

    /// The same with other values, as they would be once saved; none is the default. For a look before saving: the texts are those that
    /// [`App::put_settings`](crate::App::put_settings) takes, secrets among them open.
    pub fn with(&self, changes: &[(&'static str, Option<String>)], registry: &Registry) -> Result<Self, String> {
        let mut values = self.clone();
        for (key, text) in changes {
            let Some(setting) = ALL.iter().find(|setting| setting.key == *key) else { continue };
            let text = text.as_deref().map(|text| setting.kind.normal(text, registry)).transpose()?;
            values.secrets.remove(key);
            match text {
                None => drop(values.stored.remove(*key)),
                Some(text) if setting.is_secret() => drop(values.secrets.insert(key, Arc::new(SecretText::new(text)))),
                Some(text) => drop(values.stored.insert((*key).to_owned(), text)),
            }
        }
        values.settle(registry)?;
        Ok(values)
    }

    /// Makes what is made of texts once and read often.
    fn settle(&mut self, registry: &Registry) -> Result<(), String> {
        self.modes = Mode::parse_list(self.by_key("login.allowed_modes")).unwrap_or_else(|_| vec![Mode::Form, Mode::Token]);
        self.timezone = zone::find(self.by_key("branding.timezone")).unwrap_or(TimeZone::UTC);
        self.fence = Arc::new(self.build_fence(registry).map_err(|e| format!("fence.rules: {e}"))?);
        self.policy = Arc::new(self.build_policy()?);
        Ok(())
    }

    /// The stored text, or the default; of a secret the sealed form.
    #[must_use]
    pub fn text(&self, setting: &'static Setting) -> &str {
        self.stored.get(setting.key).map_or(setting.default, String::as_str)
    }

    /// Whether these are the values of that version.
    pub(crate) const fn is_version(&self, version: i64) -> bool {
        self.version == version
    }

    /// Whether the value was set by somebody.
    #[must_use]
    pub fn is_stored(&self, setting: &Setting) -> bool {
        self.stored.contains_key(setting.key)
    }

    pub(super) const fn version(&self) -> i64 {
        self.version
    }

    fn by_key(&self, key: &str) -> &str {
        match (self.stored.get(key), find(key)) {
            (Some(text), _) => text,
            (None, Ok(setting)) => setting.default,
            (None, Err(_)) => "",
        }
    }

    fn number(&self, key: &str) -> u64 {
        self.by_key(key).parse().unwrap_or(0)
    }

    fn switch(&self, key: &str) -> bool {
        self.by_key(key) == "true"
    }

    fn seconds(&self, key: &str) -> Duration {
        Duration::from_secs(self.number(key))
    }

    fn share(&self, key: &str) -> Level {
        self.by_key(key).parse().ok().and_then(Level::decimal).unwrap_or_default()
    }

    fn small(&self, key: &str) -> u32 {
        u32::try_from(self.number(key)).unwrap_or(u32::MAX)
    }

    /// A secret, if it is set and can be opened.
    #[must_use]
    pub fn secret(&self, key: &'static str) -> Option<Arc<SecretText>> {
        self.secrets.get(key).cloned()
    }

    /// What a new password must be: `password_policy.*`.
    #[must_use]
    pub const fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The age at which passwords end that can; zero: none does. `password_policy.max_password_age_days`
    #[must_use]
    pub fn password_age(&self) -> Duration {
        Duration::from_hours(24) * self.small("password_policy.max_password_age_days")
    }

    /// The dearest imported password hash that is stored, as it was when the settings were read.
    #[must_use]
    pub const fn dearest_import(&self) -> Option<u32> {
        self.dearest_import
    }

    fn build_policy(&self) -> Result<Policy, String> {
        let phrases = serde_json::from_str(self.by_key("password_policy.pattern_message")).unwrap_or_default();
        // A rule that cannot be read is never left out: whoever starts with one starts not at all.
        let pattern =
            Pattern::parse(self.by_key("password_policy.pattern"), phrases).map_err(|e| format!("password_policy.pattern: {e}"))?;
        Ok(Policy {
            min_length: usize::try_from(self.number("password_policy.min_length")).unwrap_or(12),
            require_uppercase: self.switch("password_policy.require_uppercase"),
            require_lowercase: self.switch("password_policy.require_lowercase"),
            require_number: self.switch("password_policy.require_number"),
            require_symbol: self.switch("password_policy.require_symbol"),
            pattern,
            blocklist: self.switch("password_policy.blocklist"),
            context: self.switch("password_policy.context"),
            history: u8::try_from(self.number("password_policy.history")).unwrap_or(0),
            refuse_weak: self.switch("password_policy.refuse_weak"),
        })
    }

    /// The sizes of the login's budgets.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let doubling = |attempts: &str, seconds: &str| {
            let window = self.seconds(seconds);
            Rule { limit: self.small(attempts), window, lock: window, lock_max: Rule::ADDRESS.lock_max.max(window) }
        };
        let account = doubling("security.account_lockout_max_attempts", "security.account_lockout_seconds");
        let lock = self.seconds("api.lockout_seconds");
        Limits {
            address: doubling("security.login_max_attempts", "security.login_lockout_seconds"),
            account,
            browser: account,
            api_key: Rule { limit: self.small("api.max_attempts"), window: lock, lock, lock_max: lock },
        }
    }

    /// How long sessions live.
    #[must_use]
    pub fn session(&self) -> guard::session::Lifetime {
        guard::session::Lifetime {
            idle: self.seconds("security.session_idle_seconds"),
            absolute: self.seconds("session.absolute_lifetime_minutes") * 60,
        }
    }

    /// `branding.site_name`; one that is empty is the product's.
    #[must_use]
    pub fn site_name(&self) -> &str {
        match self.by_key("branding.site_name") {
            "" => "Ringfence",
            name => name,
        }
    }

    /// `branding.timezone`
    #[must_use]
    pub const fn timezone(&self) -> &TimeZone {
        &self.timezone
    }

    /// `display.utilization_warn` and `display.utilization_critical`, in percent.
    #[must_use]
    pub fn utilization_marks(&self) -> (u16, u16) {
        let percent = |key| u16::try_from(self.number(key)).unwrap_or(100);
        (percent("display.utilization_warn"), percent("display.utilization_critical"))
    }

    /// `limits.import_csv_max_mb`, in bytes.
    #[must_use]
    pub fn import_limit(&self) -> usize {
        usize::try_from(self.number("limits.import_csv_max_mb")).unwrap_or(1) << 20
    }

    /// `login.allowed_modes`
    #[must_use]
    pub fn modes(&self) -> &[Mode] {
        &self.modes
    }

    /// What is allowed of the ways in, the rules and the challenges and is probably not meant: whole sentences, each with what to do.
    #[must_use]
    pub fn lint(&self) -> Vec<String> {
        let fence = self.fence();
        let mut warnings: Vec<String> = fence.lint(self.modes()).into_iter().map(|warning| warning.text).collect();
        if !self.modes.contains(&Mode::Form) && !self.modes.contains(&Mode::External) {
            warnings.push(
                "Nobody can log in to the pages: login.allowed_modes has neither form nor external. API keys and the command line go on."
                    .into(),
            );
        }
        if let Some(method) = self.protection(fence.registry())
            && fence.registry().challenge(method).is_some_and(|challenge| challenge.provider().is_some())
            && self.provider(method).is_none()
        {
            warnings.push(format!(
                "The challenge on every form ({}) is not set up: its keys are missing or wrong, and what login_protection.on_outage says is \
                 asked instead.",
                self.by_key("login_protection.method")
            ));
        }
        warnings
    }

    /// `login.external_header`
    #[must_use]
    pub fn external_header(&self) -> &str {
        self.by_key("login.external_header")
    }

    /// The fence.
    #[must_use]
    pub const fn fence(&self) -> &Arc<Fence> {
        &self.fence
    }

    /// Blocks of addresses that hold API keys, as they stood when the settings were read.
    #[must_use]
    pub fn key_blocks(&self) -> &[Block] {
        &self.key_blocks
    }

    /// `login_protection.min_seconds`
    #[must_use]
    pub fn min_time(&self) -> Duration {
        self.seconds("login_protection.min_seconds")
    }

    /// `fence.log_level`
    #[must_use]
    pub fn fence_log(&self) -> LevelFilter {
        match self.by_key("fence.log_level") {
            "debug" => LevelFilter::DEBUG,
            "error" => LevelFilter::ERROR,
            "off" => LevelFilter::OFF,
            "warning" => LevelFilter::WARN,
            _ => LevelFilter::INFO,
        }
    }

    fn build_fence(&self, registry: &Registry) -> Result<Fence, String> {
        let networks = |key| Networks::parse(self.by_key(key)).unwrap_or_default();
        let micros = |key| Duration::from_micros(self.number(key));
        let settings = FenceSettings {
            enabled: self.switch("fence.enabled"),
            trusted: networks("fence.trusted_ip_list"),
            malicious: networks("fence.malicious_ip_list"),
            recaptcha_ready: self.provider(challenge::RECAPTCHA).is_some(),
            recaptcha_minimum: self.share("fence.recaptcha_minimum_score"),
            slowdown_initial: micros("fence.slowdown_initial_duration"),
            slowdown_step: micros("fence.slowdown_duration_incrementation"),
            slowdown_max: micros("fence.slowdown_duration_max"),
            invalid_for: self.seconds("fence.login_always_invalid_duration"),
            silent_for: self.seconds("fence.no_answer_duration"),
            silent_status: u16::try_from(self.number("fence.no_answer_http_response_code")).unwrap_or(429),
            silent_message: serde_json::from_str(self.by_key("fence.no_answer_message")).unwrap_or_default(),
            free_tries: self.small("fence.max_try_without_security"),
        };
        let written = rule::read(self.by_key("fence.rules")).map_err(|e| e.to_string())?;
        let rules = rule::resolve(&written, registry).map_err(|e| e.to_string())?;
        let on_outage = match self.by_key("login_protection.on_outage") {
            "captcha" => Outage::Ask(challenge::CAPTCHA),
            "refuse" => Outage::Refuse,
            _ => Outage::Ask(challenge::PROOF_OF_WORK),
        };
        Ok(Fence::new(registry.clone(), settings, rules, self.protection(registry), on_outage))
    }

    /// The challenge that stands on every form. A provider that is not set up says so in the log and leaves its place to the one for outages.
    fn protection(&self, registry: &Registry) -> Option<&'static str> {
        let method = match self.by_key("login_protection.method") {
            "" => return None,
            "recaptcha" if self.switch("recaptcha_enterprise.enabled") => "recaptcha_enterprise",
            "recaptcha" => "recaptcha_check",
            other => other,
        };
        registry.challenge(method).map(|challenge| challenge.descriptor().name)
    }

    /// The keys of the provider behind a challenge; none while they do not do.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<(&'static provider::Provider, provider::Keys)> {
        let at = challenge::ALL.iter().find(|c| c.descriptor().name == name)?.provider()?;
        let fence = name == challenge::RECAPTCHA;
        let enterprise = name == "recaptcha_enterprise";
        let (site, secret) = match name {
            challenge::RECAPTCHA => ("fence.recaptcha_public_key", "fence.recaptcha_private_key"),
            "recaptcha_enterprise" => ("login_protection.site_key", "recaptcha_enterprise.api_key"),
            _ => ("login_protection.site_key", "login_protection.secret_key"),
        };
        let secret = self.secret(secret)?;
        let action = if fence { "login" } else { self.by_key("recaptcha_enterprise.expected_action") };
        let version = if fence { 3 } else { u8::try_from(self.number("login_protection.version")).unwrap_or(2) };
        let threshold = if fence { 0 } else { self.share("recaptcha_enterprise.score_threshold").as_thousandths() };
        // Each has an endpoint of its own, or the key of one provider would be sent to another.
        let endpoint = if fence { "fence.recaptcha_endpoint" } else { "login_protection.endpoint" };
        let endpoint = Some(self.by_key(endpoint)).filter(|text| !text.is_empty());
        let keys = provider::Keys {
            site_key: self.by_key(site).to_owned(),
            secret: SecretText::new(secret.expose().clone()),
            version,
            project: if enterprise { self.by_key("recaptcha_enterprise.project_id").to_owned() } else { String::new() },
            expected_action: if name == "turnstile" || name == "hcaptcha" || name == "friendly_captcha" {
                String::new()
            } else {
                action.to_owned()
            },
            threshold_thousandths: threshold,
            endpoint: endpoint.map(str::to_owned),
        };
        match at.trouble(&keys) {
            None => Some((at, keys)),
            Some(what) => {
                tracing::warn!(provider = at.name, what, "the provider of a login challenge is not set up");
                None
            }
        }
    }

    /// The mail server, if mail is to be sent. `name` is how this installation is known.
    #[must_use]
    pub fn mail_server(&self, name: &str) -> Option<(crate::mail::Server, crate::mail::Sender)> {
        if !self.switch("smtp.enabled") {
            return None;
        }
        let text = |key| self.by_key(key).to_owned();
        let server = crate::mail::Server {
            host: text("smtp.host"),
            port: u16::try_from(self.number("smtp.port")).unwrap_or(587),
            encryption: match self.by_key("smtp.encryption") {
                "none" => crate::mail::Encryption::None,
                "ssl" => crate::mail::Encryption::Tls,
                _ => crate::mail::Encryption::Starttls,
            },
            user: Some(text("smtp.auth_user")).filter(|user| !user.is_empty()),
            password: self.secret("smtp.auth_pass").map(|secret| SecretText::new(secret.expose().clone())),
            verify_peer: self.switch("smtp.verify_peer"),
            authority: None,
            name: name.to_owned(),
            timeout: self.seconds("smtp.timeout_seconds"),
        };
        let name = Some(text("smtp.from_name")).filter(|name| !name.is_empty()).unwrap_or_else(|| self.site_name().to_owned());
        Some((server, crate::mail::Sender { name, address: text("smtp.from_address") }))
    }
}

/// What is stored, in its one form, without what does not fit any more. Rules stay as they are: those that cannot be read are an error.
fn sound(stored: BTreeMap<String, String>, registry: &Registry) -> BTreeMap<String, String> {
    let kept = stored.into_iter().filter_map(|(key, text)| {
        let kind = find(&key).ok()?.kind;
        let text =
            if matches!(kind, Kind::Secret { .. } | Kind::Rules | Kind::Pattern) { text } else { kind.normal(&text, registry).ok()? };
        Some((key, text))
    });
    kept.collect()
}

/// A fence without rules, until the real one is built.
fn nothing(registry: &Registry) -> Fence {
    Fence::new(registry.clone(), FenceSettings::default(), Vec::new(), None, Outage::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard::entropy::Seeded;
    use guard::key::{MasterKey, SEALED_SETTING};

    fn values(stored: &[(&str, &str)]) -> Result<Values, String> {
        let stored = stored.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Values::read(1, stored, Beside::default(), &Registry::standard(), &MasterKey::new([1; 32]).sealer(SEALED_SETTING, 1))
    }

    #[test]
    fn values_out_of_bounds_never_take_effect() {
        let values = values(&[("security.session_idle_seconds", "-5"), ("login.allowed_modes", "?")]).unwrap();
        assert_eq!(values.session().idle, Duration::from_mins(30));
        assert_eq!(values.modes(), [Mode::Form, Mode::Token]);
    }

    #[test]
    fn rules_that_cannot_be_read_are_no_open_door() {
        assert!(values(&[("fence.rules", "[{\"checker\":\"x\",\"countermeasure\":\"slowdown\"}]")]).unwrap_err().contains("rule 1"));
        assert!(values(&[("fence.rules", "nonsense")]).is_err());
    }

    #[test]
    fn values_can_be_looked_at_before_they_are_saved() {
        let before = values(&[("fence.max_try_without_security", "7")]).unwrap();
        let rules = r#"[{"checker":"captcha","countermeasure":"slowdown"}]"#;
        let changes = [
            ("fence.max_try_without_security", None),
            ("fence.recaptcha_private_key", Some("sesame".to_owned())),
            ("fence.recaptcha_public_key", Some("open".to_owned())),
            ("fence.rules", Some(rules.to_owned())),
        ];
        let after = before.with(&changes, &Registry::standard()).unwrap();
        assert_eq!((before.fence().settings().free_tries, after.fence().settings().free_tries), (7, 3));
        assert_eq!((before.fence().rules().len(), after.fence().rules().len()), (2, 1));
        assert!(after.fence().settings().recaptcha_ready && !before.fence().settings().recaptcha_ready);
        assert!(before.with(&[("fence.rules", Some("[{}]".to_owned()))], &Registry::standard()).is_err());
    }

    #[test]
    fn secrets_are_opened_with_their_own_name_only() {
        let sealer = MasterKey::new([1; 32]).sealer(SEALED_SETTING, 1);
        let closed = sealer.seal(&Seeded::new(1), b"smtp.auth_pass", b"hunter2");
        let known = values(&[("smtp.auth_pass", &closed), ("login_protection.secret_key", &closed)]).unwrap();
        assert_eq!(known.secret("smtp.auth_pass").unwrap().expose(), "hunter2");
        assert!(known.secret("login_protection.secret_key").is_none(), "moved to another setting it is nothing");
        assert!(!format!("{known:?}").contains("hunter2"));
    }

    #[test]
    fn the_limits_are_the_documents() {
        let limits = values(&[]).unwrap().limits();
        assert_eq!(
            (limits.address, limits.account, limits.browser, limits.api_key),
            (Rule::ADDRESS, Rule::ACCOUNT, Rule::ACCOUNT, Rule::API_KEY)
        );
    }
}
