//! The slice: every setting there is.

use super::Setting;
use super::kind::Kind;

const fn setting(key: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Setting {
    Setting { key, kind, default, doc }
}

const fn integer(key: &'static str, default: &'static str, min: i64, max: i64, doc: &'static str) -> Setting {
    setting(key, Kind::Integer { min, max }, default, doc)
}

const fn switch(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    setting(key, Kind::Switch, default, doc)
}

const fn text(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    setting(key, Kind::Text { max: 255 }, default, doc)
}

const fn secret(key: &'static str, doc: &'static str) -> Setting {
    setting(key, Kind::Secret { max: 1_024 }, "", doc)
}

/// A minute in microseconds: the longest wait that a slowdown may make.
const MINUTE: i64 = 60_000_000;

/// The challenges that `login_protection.method` may name; empty is none.
pub(super) const METHODS: &[&str] =
    &["", "captcha", "friendly_captcha", "hcaptcha", "honeypot", "proof_of_work", "recaptcha", "time_check", "turnstile"];

/// Every setting, sorted by key. Keys and defaults are those of the documents that the product implements.
pub const ALL: &[Setting] = &[
    integer("api.lockout_seconds", "300", 10, 86_400, "Window in which wrong API keys from one address count, and how long it is refused."),
    integer("api.max_attempts", "20", 1, 100_000, "Wrong API keys from one address before it is refused."),
    text("branding.site_name", "Ringfence", "What this installation is called: in titles, on the login page and in letters."),
    setting(
        "branding.timezone",
        Kind::Timezone,
        "UTC",
        "The time zone of the times on pages, for people who chose none. Stored times and the API are UTC.",
    ),
    integer("display.utilization_critical", "95", 0, 100, "From so many percent on a bar has the colour of a full subnet."),
    integer("display.utilization_warn", "80", 0, 100, "From so many percent on a bar has the colour of a warning."),
    switch("fence.enabled", "true", "Whether the rules of the fence are asked."),
    setting(
        "fence.log_level",
        Kind::OneOf(&["debug", "error", "info", "off", "warning"]),
        "info",
        "How talkative the log channel \"fence\" is.",
    ),
    integer("fence.login_always_invalid_duration", "900", 1, 604_800, "Seconds for which login_invalid_until answers \"wrong\"."),
    setting("fence.malicious_ip_list", Kind::Networks, "", "Addresses and networks that are malicious."),
    integer("fence.max_try_without_security", "3", 1, 1_000, "The min_level of a login_failed rule that names no bound."),
    integer("fence.no_answer_duration", "900", 1, 604_800, "Seconds for which no_answer_until gives no answer."),
    integer("fence.no_answer_http_response_code", "429", 400, 599, "The status of an attempt that is stopped without an answer."),
    setting("fence.no_answer_message", Kind::Phrases, "", "What a stopped attempt reads, by language; empty: nothing."),
    text("fence.recaptcha_endpoint", "", "Another base address of the verification of the fence's reCAPTCHA; empty: Google's."),
    setting("fence.recaptcha_minimum_score", Kind::Share, "0.4", "Below this score the countermeasure recaptcha refuses."),
    secret("fence.recaptcha_private_key", "Secret key of the fence's reCAPTCHA (version 3)."),
    text("fence.recaptcha_public_key", "", "Site key of the fence's reCAPTCHA (version 3)."),
    setting("fence.rules", Kind::Rules, SHIPPED_RULES, "The rules of the fence."),
    integer(
        "fence.slowdown_duration_incrementation",
        "500000",
        0,
        MINUTE,
        "Microseconds by which slowdown grows with each further failure.",
    ),
    integer("fence.slowdown_duration_max", "5000000", 0, MINUTE, "Microseconds that slowdown never exceeds."),
    integer("fence.slowdown_initial_duration", "500000", 0, MINUTE, "Microseconds of the first wait of slowdown."),
    setting("fence.trusted_ip_list", Kind::Networks, "", "Addresses and networks that are trusted."),
    integer(
        "limits.import_csv_max_mb",
        "5",
        1,
        50,
        "The largest file that a person may upload to import it, in MiB. The command line has a bound of its own.",
    ),
    setting("login.allowed_modes", Kind::Modes, "form|token", "The ways in, in order: form, basic, external, token."),
    text("login.external_header", "X-Remote-User", "The header in which a trusted proxy names the user, for the mode external."),
    text("login_protection.endpoint", "", "Another base address of the provider's verification; empty: its own."),
    setting("login_protection.method", Kind::OneOf(METHODS), "", "A challenge on every login form; empty: none."),
    integer("login_protection.min_seconds", "3", 0, 60, "Seconds that a person needs at least to fill in the form, for time_check."),
    setting(
        "login_protection.on_outage",
        Kind::OneOf(&["captcha", "proof_of_work", "refuse"]),
        "proof_of_work",
        "What is asked instead when a provider does not answer.",
    ),
    secret("login_protection.secret_key", "Secret key of the provider."),
    text("login_protection.site_key", "", "Site key of the provider."),
    integer("login_protection.version", "2", 2, 3, "Version of reCAPTCHA: 2 is a checkbox, 3 a score."),
    switch("password_policy.blocklist", "true", "Whether a new password must not be one of those that are guessed first."),
    switch(
        "password_policy.context",
        "true",
        "Whether a new password must not hold the names around its account: user, e-mail, sites, this program.",
    ),
    integer("password_policy.history", "0", 0, 10, "Former passwords that must not be set again; the present one never may."),
    integer(
        "password_policy.max_password_age_days",
        "0",
        0,
        3_650,
        "Days after which a password has to be replaced, on accounts whose password can expire; 0: never.",
    ),
    integer("password_policy.min_length", "12", 8, 128, "Shortest password, in characters."),
    setting("password_policy.pattern", Kind::Pattern, "", "A regular expression that a new password must match somewhere; empty: none."),
    setting(
        "password_policy.pattern_message",
        Kind::Phrases,
        "",
        "What is said when the expression does not match, by language; empty: our own words.",
    ),
    switch("password_policy.refuse_weak", "false", "Whether a password that is easy to guess is refused, and not only shown as weak."),
    switch("password_policy.require_lowercase", "false", "Whether a new password needs a small letter."),
    switch("password_policy.require_number", "false", "Whether a new password needs a digit."),
    switch("password_policy.require_symbol", "false", "Whether a new password needs a character that is neither letter nor digit."),
    switch("password_policy.require_uppercase", "false", "Whether a new password needs a capital letter."),
    secret("recaptcha_enterprise.api_key", "API key of the Google Cloud project."),
    switch("recaptcha_enterprise.enabled", "false", "Whether login_protection.method recaptcha is reCAPTCHA Enterprise."),
    text("recaptcha_enterprise.expected_action", "login", "The action that a score must be for; capitals count."),
    text("recaptcha_enterprise.project_id", "", "The Google Cloud project."),
    setting("recaptcha_enterprise.score_threshold", Kind::Share, "0.5", "Below this score reCAPTCHA version 3 and Enterprise refuse."),
    integer(
        "security.account_lockout_max_attempts",
        "10",
        1,
        1_000_000,
        "Failed logins of one account, from unknown browsers together, before it is refused.",
    ),
    integer(
        "security.account_lockout_seconds",
        "900",
        10,
        86_400,
        "Window in which failed logins of one account count, and how long it is refused.",
    ),
    integer(
        "security.login_lockout_seconds",
        "900",
        10,
        86_400,
        "Window in which failed logins from one address count, and how long it is refused.",
    ),
    integer("security.login_max_attempts", "5", 1, 1_000_000, "Failed logins from one address, whatever the name, before it is refused."),
    integer("security.session_idle_seconds", "1800", 60, 86_400, "A session ends after so many seconds without a request."),
    setting(
        "session.absolute_lifetime_minutes",
        Kind::OffOr { min: 5, max: 43_200 },
        "480",
        "A session ends after so many minutes whatever happens; 0: only when it is idle.",
    ),
    secret("smtp.auth_pass", "Password at the mail server."),
    text("smtp.auth_user", "", "User at the mail server; empty: no login there."),
    switch("smtp.enabled", "false", "Whether mail is sent."),
    setting("smtp.encryption", Kind::OneOf(&["none", "ssl", "starttls"]), "starttls", "How the line to the mail server is protected."),
    text("smtp.from_address", "", "The address that mail comes from."),
    text("smtp.from_name", "", "The name that mail comes from; empty: branding.site_name."),
    text("smtp.host", "", "The mail server."),
    integer("smtp.port", "587", 1, 65_535, "Port of the mail server."),
    integer("smtp.timeout_seconds", "10", 1, 120, "How long one step of sending may take."),
    switch("smtp.verify_peer", "true", "Whether the mail server's certificate must be good."),
];

/// The rules of [`guard::fence::shipped`](ringfence_guard::fence::shipped) as stored; a test compares them.
const SHIPPED_RULES: &str = concat!(
    r#"[{"checker":"login_failed","countermeasure":"slowdown","min_level":3.0},"#,
    r#"{"checker":"login_failed","countermeasure":"proof_of_work","min_level":5.0,"login_mode_included":["form"]}]"#
);
