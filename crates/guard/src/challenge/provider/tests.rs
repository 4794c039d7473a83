use super::*;
use proptest::prelude::*;

fn keys() -> Keys {
    Keys {
        site_key: "site&key".to_owned(),
        secret: SecretText::new("s3cret +&".to_owned()),
        version: 2,
        project: "project-1".to_owned(),
        expected_action: "login".to_owned(),
        threshold_thousandths: 500,
        endpoint: None,
    }
}

fn v3() -> Keys {
    Keys { version: 3, ..keys() }
}

fn passed(score: impl Into<Option<u32>>) -> Finding {
    Finding::Passed { score_thousandths: score.into() }
}

fn failed(reason: &'static str) -> Finding {
    Finding::failed(reason)
}

fn scored(reason: &'static str, score: u32) -> Finding {
    Finding::Failed { reason, score_thousandths: Some(score) }
}

fn outage(reason: &str) -> Finding {
    Finding::outage(reason)
}

fn check(provider: &Provider, keys: &Keys, rows: &[(u16, &str, Finding)]) {
    for (status, body, finding) in rows {
        assert_eq!((provider.read)(keys, *status, body.as_bytes(), "Example.COM:8443"), *finding, "{provider:?} {status} {body}");
        if let Finding::Failed { reason, .. } = finding {
            assert!(REASONS.contains(reason), "{reason}");
        }
    }
}

/// What the three `siteverify` services have in common.
fn check_siteverify(provider: &Provider, keys: &Keys) {
    check(
        provider,
        keys,
        &[
            (200, r#"{"success":false,"error-codes":["invalid-input-response"]}"#, failed("invalid")),
            (400, r#"{"success":false,"error-codes":["invalid-input-response"],"messages":[]}"#, failed("invalid")),
            (200, r#"{"success":false,"error-codes":["missing-input-response"]}"#, failed("missing")),
            (200, r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#, failed("stale")),
            (200, r#"{"success":false,"error-codes":["missing-input-secret"]}"#, outage("missing-input-secret")),
            (200, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#, outage("invalid-input-secret")),
            (400, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#, outage("invalid-input-secret")),
            (200, r#"{"success":false,"error-codes":["invalid-input-response","invalid-input-secret"]}"#, outage("invalid-input-secret")),
            (200, r#"{"success":false,"error-codes":["bad-request","invalid-input-response"]}"#, failed("invalid")),
            (200, r#"{"success":false,"error-codes":["bad-request"]}"#, outage("bad-request")),
            (200, r#"{"success":false,"error-codes":["internal-error"]}"#, outage("internal-error")),
            (200, r#"{"success":false,"error-codes":["brand-new"]}"#, outage("brand-new")),
            (200, r#"{"success":false,"error-codes":["<script>\n"]}"#, outage("unreadable code")),
            (200, r#"{"success":false,"error-codes":[]}"#, outage("refused without a code")),
            (200, r#"{"success":false}"#, outage("refused without a code")),
            (200, r#"{"success":"true","hostname":"example.com"}"#, outage("unreadable answer")),
            (200, r#"{"success":1}"#, outage("unreadable answer")),
            (200, r#"{"success":null}"#, outage("unreadable answer")),
            (200, r#"{"success":false,"success":true}"#, outage("unreadable answer")),
            (200, r#"{"success":true,"hostname":7}"#, outage("unreadable answer")),
            (200, r"[true,null,null,null,null,null]", outage("unreadable answer")),
            (200, "{}", outage("unreadable answer")),
            (200, "", outage("unreadable answer")),
            (200, "true", outage("unreadable answer")),
            (200, "<!doctype html>", outage("unreadable answer")),
            (400, "<!doctype html>", outage("status 400")),
            (400, r#"{"success":true,"hostname":"example.com"}"#, outage("status 400")),
            (201, r#"{"success":true,"hostname":"example.com"}"#, outage("status 201")),
            (302, r#"{"success":true,"hostname":"example.com"}"#, outage("status 302")),
            (429, r#"{"success":false,"error-codes":["invalid-input-response"]}"#, outage("status 429")),
            (503, r#"{"success":true,"hostname":"example.com"}"#, outage("status 503")),
        ],
    );
    let long = format!(r#"{{"success":true{}}}"#, " ".repeat(LONGEST_ANSWER));
    assert_eq!((provider.read)(keys, 200, long.as_bytes(), "example.com"), outage("unreadable answer"));
}

#[test]
fn answers_of_turnstile() {
    check_siteverify(&turnstile::PROVIDER, &keys());
    let rows = [
        // The examples of the documentation.
        (
            200,
            r#"{"success":true,"challenge_ts":"2022-02-28T15:14:30.096Z","hostname":"example.com","error-codes":[],"action":"login","cdata":"sessionid-123456789","metadata":{"ephemeral_id":"x:9f78e0ed210960d7693b167e"}}"#,
            passed(None),
        ),
        (200, r#"{"success":true,"error-codes":[],"challenge_ts":"2022-10-06T00:07:23.274Z","hostname":"example.com"}"#, passed(None)),
        (200, r#"{"success":true,"hostname":"example.com","action":""}"#, passed(None)),
        (200, r#"{"success":true,"hostname":"example.com","action":"Login"}"#, failed("action")),
        (200, r#"{"success":true,"hostname":"example.org","action":"login"}"#, failed("hostname")),
        (200, r#"{"success":true,"hostname":"","action":"login"}"#, failed("hostname")),
        (200, r#"{"success":true,"hostname":"example.com.evil.example","action":"login"}"#, failed("hostname")),
        (200, r#"{"success":true}"#, passed(None)),
    ];
    check(&turnstile::PROVIDER, &keys(), &rows);
    let any = Keys { expected_action: String::new(), ..keys() };
    check(&turnstile::PROVIDER, &any, &[(200, r#"{"success":true,"hostname":"example.com","action":"Login"}"#, passed(None))]);
}

#[test]
fn answers_of_hcaptcha() {
    check_siteverify(&hcaptcha::PROVIDER, &keys());
    let rows = [
        (200, r#"{"success":true,"challenge_ts":"2020-11-02T10:00:00.000000Z","hostname":"example.com","credit":true}"#, passed(None)),
        (200, r#"{"success":true,"hostname":"not-provided"}"#, passed(None)),
        (200, r#"{"success":true,"hostname":"dummy-key-pass"}"#, failed("hostname")),
        (200, r#"{"success":true,"hostname":"example.com","score":0.05,"score_reason":["safe"]}"#, passed(950)),
        (200, r#"{"success":true,"hostname":"example.com","score":1}"#, passed(0)),
        (200, r#"{"success":true,"hostname":"example.org","score":0.2}"#, scored("hostname", 800)),
        (200, r#"{"success":true,"hostname":"example.com","score":1.2}"#, outage("score out of range")),
        (200, r#"{"success":true,"hostname":"example.com","score":"0.2"}"#, outage("unreadable answer")),
        (200, r#"{"success":false,"error-codes":["invalid-or-already-seen-response"]}"#, failed("stale")),
        (200, r#"{"success":false,"error-codes":["already-seen-response"]}"#, failed("duplicate")),
        (200, r#"{"success":false,"error-codes":["expired-input-response"]}"#, failed("expired")),
        (200, r#"{"success":false,"error-codes":["sitekey-secret-mismatch"]}"#, outage("sitekey-secret-mismatch")),
        (200, r#"{"success":false,"error-codes":["not-using-dummy-passcode"]}"#, outage("not-using-dummy-passcode")),
        (200, r#"{"success":false,"error-codes":["invalid-remoteip"]}"#, outage("invalid-remoteip")),
    ];
    check(&hcaptcha::PROVIDER, &keys(), &rows);
}

#[test]
fn answers_of_recaptcha() {
    check_siteverify(&recaptcha::PROVIDER, &keys());
    check_siteverify(&recaptcha::PROVIDER, &v3());
    let plain = r#"{"success":true,"challenge_ts":"2026-02-28T15:14:30Z","hostname":"example.com"}"#;
    let rows = [
        (200, plain, passed(None)),
        (200, r#"{"success":true,"hostname":"testkey.google.com"}"#, failed("hostname")),
        (200, r#"{"success":true,"apk_package_name":"com.example.app"}"#, failed("hostname")),
        (200, r#"{"success":true,"hostname":"example.com","score":0.9,"action":"other"}"#, passed(900)),
        (200, r#"{"success":true,"hostname":"example.com","score":0.1,"action":"login"}"#, scored("score", 100)),
    ];
    check(&recaptcha::PROVIDER, &keys(), &rows);
    let rows = [
        (
            200,
            r#"{"success":true,"challenge_ts":"2026-02-28T15:14:30Z","hostname":"example.com","score":0.9,"action":"login"}"#,
            passed(900),
        ),
        (200, r#"{"success":true,"hostname":"example.com","score":0.5,"action":"login"}"#, passed(500)),
        (200, r#"{"success":true,"hostname":"example.com","score":0.4,"action":"login"}"#, scored("score", 400)),
        (200, r#"{"success":true,"hostname":"example.com","score":1,"action":"login"}"#, passed(1000)),
        (200, r#"{"success":true,"hostname":"example.com","score":0,"action":"login"}"#, scored("score", 0)),
        (200, r#"{"success":true,"hostname":"example.com","score":0.9,"action":"LOGIN"}"#, scored("action", 900)),
        (200, r#"{"success":true,"hostname":"example.com","score":0.9}"#, scored("action", 900)),
        (200, r#"{"success":true,"hostname":"example.org","score":0.9,"action":"login"}"#, scored("hostname", 900)),
        (200, r#"{"success":true,"hostname":"example.com","score":1.1,"action":"login"}"#, outage("score out of range")),
        (200, r#"{"success":true,"hostname":"example.com","score":-0.1,"action":"login"}"#, outage("score out of range")),
        (200, r#"{"success":true,"hostname":"example.com","score":1e999,"action":"login"}"#, outage("unreadable answer")),
        (200, plain, outage("no score: these are no keys of version 3")),
        (200, r#"{"success":false,"hostname":"","error-codes":["browser-error"]}"#, failed("browser")),
    ];
    check(&recaptcha::PROVIDER, &v3(), &rows);
}

#[test]
fn answers_of_recaptcha_enterprise() {
    let assessment = |valid: bool, reason: &str, host: &str, action: &str, score: &str| {
        format!(
            r#"{{"name":"projects/1/assessments/b6ac310000000000","event":{{"token":"t","siteKey":"site"}},"riskAnalysis":{{"score":{score},"reasons":["LOW_CONFIDENCE_SCORE"]}},"tokenProperties":{{"valid":{valid},"invalidReason":"{reason}","hostname":"{host}","androidPackageName":"","iosBundleId":"","action":"{action}","createTime":"2026-03-28T12:24:17.894Z"}}}}"#
        )
    };
    let fine = "INVALID_REASON_UNSPECIFIED";
    for (body, finding) in [
        (assessment(true, fine, "example.com", "login", "0.9"), passed(900)),
        (assessment(true, fine, "example.com", "login", "0.899999976158142"), passed(900)),
        (assessment(true, fine, "example.com", "login", "0.10000000149011612"), scored("score", 100)),
        (assessment(true, fine, "example.com", "Login", "0.9"), scored("action", 900)),
        (assessment(true, fine, "example.com", "", "0.9"), scored("action", 900)),
        (assessment(true, fine, "example.org", "login", "0.9"), scored("hostname", 900)),
        (assessment(true, fine, "", "login", "0.9"), scored("hostname", 900)),
        (assessment(true, fine, "example.com", "login", "2"), outage("score out of range")),
        (assessment(true, fine, "example.com", "login", "null"), outage("unreadable answer")),
        (assessment(false, "MALFORMED", "", "", "0"), failed("invalid")),
        (assessment(false, "EXPIRED", "example.com", "login", "0"), failed("expired")),
        (assessment(false, "DUPE", "example.com", "login", "0"), failed("duplicate")),
        (assessment(false, "MISSING", "", "", "0"), failed("missing")),
        (assessment(false, "BROWSER_ERROR", "", "", "0"), failed("browser")),
        (assessment(false, "UNKNOWN_INVALID_REASON", "", "", "0"), failed("invalid")),
        (assessment(false, fine, "", "", "0"), failed("invalid")),
    ] {
        check(&recaptcha_enterprise::PROVIDER, &keys(), &[(200, &body, finding)]);
    }
    let app = assessment(true, fine, "example.com", "login", "0.9").replace(r#""iosBundleId":"""#, r#""iosBundleId":"com.example""#);
    let challenge = assessment(true, fine, "example.com", "login", "0.9").replace(r#""reasons""#, r#""challenge":"FAILED","reasons""#);
    let rows = [
        (200, app.as_str(), scored("hostname", 900)),
        (200, &challenge, scored("challenge", 900)),
        (200, r#"{"tokenProperties":{"valid":true,"hostname":"example.com","action":"login"}}"#, outage("no risk analysis")),
        (200, r#"{"tokenProperties":{"valid":true,"hostname":"example.com","action":"login"},"riskAnalysis":{}}"#, scored("score", 0)),
        (200, r#"{"tokenProperties":{},"riskAnalysis":{"score":1}}"#, failed("invalid")),
        (200, r#"{"tokenProperties":{"valid":"true"},"riskAnalysis":{"score":1}}"#, outage("unreadable answer")),
        (200, r#"{"riskAnalysis":{"score":1}}"#, outage("unreadable answer")),
        (200, "{}", outage("unreadable answer")),
        (200, "", outage("unreadable answer")),
        (503, &app, outage("status 503")),
        // As reported in ambethia/recaptcha#414 and chvarkov/google-recaptcha#155.
        (
            400,
            r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"recaptchaenterprise.googleapis.com"}}]}}"#,
            outage("status 400 INVALID_ARGUMENT API_KEY_INVALID"),
        ),
        (
            403,
            r#"{"error":{"code":403,"message":"Requests from this referer are blocked.","status":"PERMISSION_DENIED"}}"#,
            outage("status 403 PERMISSION_DENIED"),
        ),
        (429, r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#, outage("status 429 RESOURCE_EXHAUSTED")),
        (404, "<!doctype html>", outage("status 404")),
        (400, r#"{"error":{"status":"a b\nc"}}"#, outage("status 400 unreadable code")),
    ];
    check(&recaptcha_enterprise::PROVIDER, &keys(), &rows);
}

#[test]
fn answers_of_friendly_captcha() {
    let error = |code: &str| format!(r#"{{"success":false,"error":{{"error_code":"{code}","detail":"..."}}}}"#);
    let rows = [
        (
            200,
            r#"{"success":true,"data":{"event_id":"ev_CkK-YXwlFf-15_f","challenge":{"timestamp":"2025-03-18T13:01:25Z","origin":"https://example.com"}}}"#,
            passed(None),
        ),
        (200, r#"{"success":true,"data":{"challenge":{"timestamp":1685098040,"origin":"example.com"}}}"#, passed(None)),
        (200, r#"{"success":true,"data":{"challenge":{"origin":"https://example.com:8443"}}}"#, passed(None)),
        (200, r#"{"success":true,"data":{"challenge":{"origin":""}}}"#, passed(None)),
        (200, r#"{"success":true,"data":{"challenge":{"origin":"https://example.com"},"risk_intelligence":{"x":[1]}}}"#, passed(None)),
        (200, r#"{"success":true}"#, passed(None)),
        (200, r#"{"success":true,"data":{"challenge":{"origin":"https://example.org"}}}"#, failed("hostname")),
        (200, r#"{"success":true,"data":{"challenge":{"origin":"null"}}}"#, failed("hostname")),
        (200, &error("response_invalid"), failed("invalid")),
        (200, &error("response_timeout"), failed("expired")),
        (200, &error("response_duplicate"), failed("duplicate")),
        (200, &error("brand_new"), outage("brand_new")),
        (200, r#"{"success":false}"#, outage("unreadable code")),
        (400, &error("response_missing"), outage("status 400 response_missing")),
        (400, &error("sitekey_invalid"), outage("status 400 sitekey_invalid")),
        (400, &error("bad_request"), outage("status 400 bad_request")),
        (401, &error("auth_required"), outage("status 401 auth_required")),
        (401, &error("auth_invalid"), outage("status 401 auth_invalid")),
        (401, r#"{"success":true}"#, outage("status 401")),
        (500, r#"{"success":true}"#, outage("status 500")),
        (503, "", outage("status 503")),
        (200, r#"{"success":"true"}"#, outage("unreadable answer")),
        (200, "[true,null,null]", outage("unreadable answer")),
        (200, "", outage("unreadable answer")),
    ];
    check(&friendly_captcha::PROVIDER, &keys(), &rows);
}

#[test]
fn questions_are_exact() {
    let client = Some("::ffff:203.0.113.9".parse().unwrap());
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    let secret = || "s3cret +&".to_owned();
    for (name, url, content_type, key, body, bare) in [
        (
            "friendly_captcha",
            "https://global.frcapi.com/api/v2/captcha/siteverify",
            json,
            Some(("x-api-key", secret())),
            r#"{"response":"a+b&\"c","sitekey":"site&key"}"#,
            r#"{"response":"a+b&\"c","sitekey":"site&key"}"#,
        ),
        (
            "hcaptcha",
            "https://api.hcaptcha.com/siteverify",
            form,
            None,
            "secret=s3cret+%2B%26&response=a%2Bb%26%22c&remoteip=203.0.113.9&sitekey=site%26key",
            "secret=s3cret+%2B%26&response=a%2Bb%26%22c&sitekey=site%26key",
        ),
        (
            "recaptcha",
            "https://www.google.com/recaptcha/api/siteverify",
            form,
            None,
            "secret=s3cret+%2B%26&response=a%2Bb%26%22c&remoteip=203.0.113.9",
            "secret=s3cret+%2B%26&response=a%2Bb%26%22c",
        ),
        (
            "recaptcha_enterprise",
            "https://recaptchaenterprise.googleapis.com/v1/projects/project-1/assessments",
            json,
            Some(("x-goog-api-key", secret())),
            r#"{"event":{"token":"a+b&\"c","siteKey":"site&key","expectedAction":"login","userIpAddress":"203.0.113.9"}}"#,
            r#"{"event":{"token":"a+b&\"c","siteKey":"site&key","expectedAction":"login"}}"#,
        ),
        (
            "turnstile",
            "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            form,
            None,
            "secret=s3cret+%2B%26&response=a%2Bb%26%22c&remoteip=203.0.113.9",
            "secret=s3cret+%2B%26&response=a%2Bb%26%22c",
        ),
    ] {
        let provider = find(name).unwrap();
        let call = (provider.request)(&keys(), "a+b&\"c", client);
        assert_eq!((call.url.as_str(), call.content_type), (url, content_type), "{name}");
        let mut headers = vec![("accept", json.to_owned())];
        headers.extend(key);
        assert_eq!(call.headers, headers, "{name}");
        assert_eq!(String::from_utf8(call.body).unwrap(), body, "{name}");
        assert_eq!(String::from_utf8((provider.request)(&keys(), "a+b&\"c", None).body).unwrap(), bare, "{name}");

        let moved = Keys { endpoint: Some("http://127.0.0.1:9/r/".to_owned()), ..keys() };
        let path = url.strip_prefix(provider.base).unwrap();
        assert_eq!((provider.request)(&moved, "t", None).url, format!("http://127.0.0.1:9/r{path}"), "{name}");
    }
    let any = Keys { expected_action: String::new(), ..keys() };
    let call = (recaptcha_enterprise::PROVIDER.request)(&any, "t", None);
    assert_eq!(call.body, br#"{"event":{"token":"t","siteKey":"site&key"}}"#);
}

#[test]
fn pages() {
    let site = || ("data-sitekey", "site&key".to_owned());
    let widget = |class, more: &[(&'static str, &str)]| {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Look::Widget { class, attributes: std::iter::once(site()).chain(more).collect() }
    };
    let score = |object| Look::Score { object, site_key: "site&key".to_owned(), action: "login".to_owned() };
    let eu = Keys { endpoint: Some("https://eu.frcapi.com/".to_owned()), ..keys() };
    for (name, keys, look, url) in [
        ("friendly_captcha", keys(), widget("frc-captcha", &[]), "https://cdn.jsdelivr.net/npm/@friendlycaptcha/sdk@1.0.2/site.min.js"),
        (
            "friendly_captcha",
            eu,
            widget("frc-captcha", &[("data-api-endpoint", "eu")]),
            "https://cdn.jsdelivr.net/npm/@friendlycaptcha/sdk@1.0.2/site.min.js",
        ),
        ("hcaptcha", keys(), widget("h-captcha", &[]), "https://js.hcaptcha.com/1/api.js?recaptchacompat=off"),
        ("recaptcha", keys(), widget("g-recaptcha", &[]), "https://www.google.com/recaptcha/api.js"),
        ("recaptcha", v3(), score("grecaptcha"), "https://www.google.com/recaptcha/api.js?render=site%26key"),
        (
            "recaptcha_enterprise",
            keys(),
            score("grecaptcha.enterprise"),
            "https://www.google.com/recaptcha/enterprise.js?render=site%26key",
        ),
        ("turnstile", keys(), widget("cf-turnstile", &[("data-action", "login")]), "https://challenges.cloudflare.com/turnstile/v0/api.js"),
    ] {
        let provider = find(name).unwrap();
        assert_eq!((provider.look)(&keys), look, "{name}");
        let script = (provider.script)(&keys);
        assert_eq!(script.url, url, "{name}");
        assert_eq!((script.module, script.integrity.is_some()), (name == "friendly_captcha", name == "friendly_captcha"), "{name}");
        assert!(provider.sources.script.iter().any(|source| url.starts_with(&source.replace("*.", "js."))), "{name} may load its script");
    }
}

#[test]
fn the_list_is_in_order_and_its_sources_are_narrow() {
    assert!(ALL.is_sorted_by(|a, b| a.name < b.name));
    assert_eq!(find("nobody").map(|provider| provider.name), None);
    for provider in ALL {
        assert_eq!(find(provider.name).map(|found| found.label), Some(provider.label));
        assert!(!provider.sources.script.is_empty() && !provider.sources.frame.is_empty(), "{provider:?}");
        for source in provider.sources.directives().iter().flat_map(|(_, sources)| *sources) {
            let host = source.strip_prefix("https://").unwrap();
            assert!(host.contains('.') && !host.contains([' ', ';', ',', '\'']), "{source}");
            // The path, or a package host would be a door for every script.
            assert!(!host.starts_with("cdn.") || source.ends_with("/site.min.js"), "{source}");
        }
        assert!(is_base(provider.base) && !provider.base.ends_with('/'), "{provider:?}");
    }
}

#[test]
fn tokens_are_looked_at_before_they_are_sent() {
    for provider in ALL {
        assert_eq!(provider.refuse(""), Some(failed("missing")));
        assert_eq!(provider.refuse("a\nb"), Some(failed("malformed")));
        assert_eq!(provider.refuse("a\u{85}b"), Some(failed("malformed")));
        assert_eq!(provider.refuse(&"a".repeat(provider.longest_token)), None);
        assert_eq!(provider.refuse(&"a".repeat(provider.longest_token + 1)), Some(failed("oversized")));
    }
}

type Change = fn(Keys) -> Keys;

#[test]
fn keys_that_cannot_work_are_named() {
    let fine = || Keys { secret: SecretText::new("s3cret".to_owned()), ..keys() };
    let common: [(&str, Change); 8] = [
        ("site_key", |keys| Keys { site_key: String::new(), ..keys }),
        ("site_key", |keys| Keys { site_key: "a b".to_owned(), ..keys }),
        ("secret", |keys| Keys { secret: SecretText::default(), ..keys }),
        ("secret", |keys| Keys { secret: SecretText::new("a\r\nb: c".to_owned()), ..keys }),
        ("threshold", |keys| Keys { threshold_thousandths: 1001, ..keys }),
        ("endpoint", |keys| Keys { endpoint: Some("ftp://example.com".to_owned()), ..keys }),
        ("endpoint", |keys| Keys { endpoint: Some("https://a@example.com".to_owned()), ..keys }),
        ("endpoint", |keys| Keys { endpoint: Some("https://example.com/?x=".to_owned()), ..keys }),
    ];
    for provider in ALL {
        assert_eq!(provider.trouble(&fine()), None, "{provider:?}");
        for (trouble, change) in &common {
            assert_eq!(provider.trouble(&change(fine())), Some(*trouble), "{provider:?}");
        }
    }
    let enterprise = &recaptcha_enterprise::PROVIDER;
    for (project, fits) in [("my-project-1", true), ("example.com:p", true), ("123", true), ("", false), ("..", false), ("a/b", false)] {
        assert_eq!(enterprise.trouble(&Keys { project: project.to_owned(), ..fine() }).is_none(), fits, "{project}");
    }
    for (provider, version, action, trouble) in [
        (enterprise, 2, "log-in", Some("expected_action")),
        (&recaptcha::PROVIDER, 3, "log-in", Some("expected_action")),
        (&recaptcha::PROVIDER, 3, "log_in/now", None),
        (&recaptcha::PROVIDER, 2, "log-in", None),
        (&recaptcha::PROVIDER, 1, "", Some("version")),
        (&turnstile::PROVIDER, 2, "log-in", None),
        (&turnstile::PROVIDER, 2, "log/in", Some("expected_action")),
        (&turnstile::PROVIDER, 2, "a-name-that-is-longer-than-32-bytes", Some("expected_action")),
    ] {
        let keys = Keys { version, expected_action: action.to_owned(), ..fine() };
        assert_eq!(provider.trouble(&keys), trouble, "{provider:?} {version} {action}");
    }
}

#[test]
fn hosts() {
    for (reported, ours, same) in [
        ("example.com", "example.com", true),
        ("EXAMPLE.com", "example.COM:8443", true),
        ("example.com", "example.com.", true),
        ("example.com:443", "example.com", true),
        ("[2001:db8::1]", "[2001:db8::1]:8443", true),
        ("2001:db8::1", "[2001:db8::1]", true),
        ("2001:db8::1", "2001:db8::2", false),
        ("127.0.0.1", "127.0.0.1:8080", true),
        ("", "", false),
        ("www.example.com", "example.com", false),
        ("example.com.evil", "example.com", false),
        ("example.com:evil", "example.com", false),
    ] {
        assert_eq!(same_host(reported, ours), same, "{reported} {ours}");
    }
    assert!(same_origin_host("https://example.com:8443", "example.com"));
    assert!(!same_origin_host("https://evil.example/https://example.com", "example.com"));
}

#[test]
fn debugging_shows_no_secret() {
    for provider in ALL {
        let call = (provider.request)(&keys(), "the-token", None);
        let text = format!("{call:?} {:?}", keys());
        assert!(!text.contains("s3cret") && !text.contains("the-token") && text.contains(&call.url), "{text}");
        assert!(!call.url.contains("s3cret"), "{}", call.url);
    }
}

/// Answers that look right with something odd in each place.
fn answer() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        any::<f64>().prop_map(|number| number.to_string()),
        "\"(example.com|login|invalid-input-response|[ -!#-\\[\\]-~]{0,12})\"",
        "\\[\"(invalid-input-secret|timeout-or-duplicate|x)\"\\]",
    ];
    let name = prop_oneof![
        Just("success"),
        Just("hostname"),
        Just("action"),
        Just("score"),
        Just("error-codes"),
        Just("data"),
        Just("tokenProperties"),
        Just("riskAnalysis"),
        Just("valid")
    ];
    let inner = prop::collection::vec((name.clone(), word.clone()), 0..5).prop_map(|pairs| object_of(&pairs));
    prop::collection::vec((name, prop_oneof![word, inner]), 0..8).prop_map(|pairs| object_of(&pairs))
}

fn object_of<N: fmt::Display, V: fmt::Display>(pairs: &[(N, V)]) -> String {
    let fields: Vec<_> = pairs.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

proptest! {
    #[test]
    fn reading_never_panics(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200), host in "\\PC{0,20}") {
        for provider in ALL {
            let finding = (provider.read)(&v3(), status, &body, &host);
            prop_assert!(matches!(finding, Finding::Outage { .. }), "{provider:?} {finding:?}");
        }
    }

    /// Nothing passes without a literal true in the answer, or with another status.
    #[test]
    fn nothing_passes_by_accident(status in prop_oneof![Just(200_u16), 100_u16..600], body in answer(), version in 2_u8..4) {
        for provider in ALL {
            let keys = Keys { version, ..keys() };
            match (provider.read)(&keys, status, body.as_bytes(), "example.com") {
                Finding::Passed { score_thousandths } => {
                    prop_assert_eq!(status, 200);
                    prop_assert!(body.contains("\"success\":true") || body.contains("\"valid\":true"), "{}", body);
                    prop_assert!(score_thousandths.is_none_or(|score| score <= 1000));
                }
                Finding::Failed { reason, .. } => prop_assert!(REASONS.contains(&reason)),
                Finding::Outage { reason } => prop_assert!(!reason.contains("s3cret")),
            }
        }
    }

    #[test]
    fn scores_in_range_are_thousandths(thousandth in 0_u32..=1000) {
        prop_assert_eq!(thousandths(f64::from(thousandth) / 1000.0), Some(thousandth));
        // Some services compute with fewer bits.
        prop_assert_eq!(thousandths(f64::from(f32::from(u16::try_from(thousandth).unwrap()) / 1000.0)), Some(thousandth));
        prop_assert_eq!(thousandths(1.0 + f64::from(thousandth + 1) / 1000.0), None);
    }
}
