//! The transport against the sink, on every path that a mail server can take.
#![cfg(test)]

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ringfence_app::mail::{Encryption, Letter, SendError, Sender, Server, probe, send};
use ringfence_guard::secret::SecretText;
use ringfence_kit::smtp::{Behaviour, Mail, Options, Security, SmtpSink, Stage};

const PASSWORD: &str = "correct horse battery";

const STAGES: [Stage; 8] =
    [Stage::Greeting, Stage::Hello, Stage::Starttls, Stage::Login, Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content];

fn server(sink: &SmtpSink, encryption: Encryption) -> Server {
    Server {
        host: "127.0.0.1".into(),
        port: sink.port(),
        encryption,
        user: None,
        password: None,
        verify_peer: true,
        authority: Some(sink.authority().into()),
        name: "ipam.example".into(),
        timeout: Duration::from_secs(10),
    }
}

fn with_login(mut server: Server, password: &str) -> Server {
    (server.user, server.password) = (Some("ringfence".into()), Some(SecretText::new(password.into())));
    server
}

fn letter() -> Letter {
    Letter {
        from: Sender { name: "Ringfence".into(), address: "ipam@example.org".into() },
        to: "owner@example.net".into(),
        subject: "Somebody tries to log in".into(),
        text: "Three wrong codes.\n.\n..and a dot\nBye\n".into(),
        id: "notice-42".into(),
        written: 1_790_000_000,
    }
}

fn options(security: Security) -> Options {
    Options { security, ..Options::default() }
}

fn guarded(security: Security) -> Options {
    Options { login: Some(("ringfence".into(), PASSWORD.into())), ..options(security) }
}

fn behaving(behaviour: Behaviour) -> SmtpSink {
    SmtpSink::start(Options { behaviour, ..Options::default() })
}

fn only(sink: &SmtpSink) -> Mail {
    let mails = sink.wait_for(1, Duration::from_secs(10));
    assert_eq!(mails.len(), 1);
    mails.into_iter().next().unwrap()
}

fn later(outcome: Result<(), SendError>) -> String {
    let Err(SendError::Later(text)) = outcome else { panic!("{outcome:?}") };
    text
}

fn refused(outcome: Result<(), SendError>) -> String {
    let Err(SendError::Refused(text)) = outcome else { panic!("{outcome:?}") };
    text
}

fn setup(outcome: Result<(), SendError>) -> String {
    let Err(SendError::Setup(text)) = outcome else { panic!("{outcome:?}") };
    text
}

#[tokio::test]
async fn a_plain_letter_arrives_as_it_was_written() {
    let sink = SmtpSink::start(Options::default());
    send(&server(&sink, Encryption::None), &letter()).await.unwrap();
    let mail = only(&sink);
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("ipam@example.org", ["owner@example.net".to_owned()].as_slice()));
    assert_eq!((mail.hello.as_str(), mail.encrypted, mail.user.as_deref()), ("ipam.example", false, None));
    assert_eq!((mail.subject.as_str(), mail.text.trim_end()), ("Somebody tries to log in", letter().text.trim_end()));
    for (name, value) in [
        ("From", "Ringfence <ipam@example.org>"),
        ("To", "owner@example.net"),
        ("Date", "Mon, 21 Sep 2026 14:13:20 +0000"),
        ("Message-ID", "<1790000000.notice-42@ipam.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(mail.header(name).unwrap_or_default().replace('"', ""), value, "{name}");
    }
}

#[tokio::test]
async fn the_same_letter_is_the_same_to_the_byte() {
    let sink = SmtpSink::start(Options::default());
    for _ in 0..2 {
        send(&server(&sink, Encryption::None), &letter()).await.unwrap();
    }
    let mails = sink.wait_for(2, Duration::from_secs(10));
    assert_eq!(mails[0].raw, mails[1].raw);
}

#[tokio::test]
async fn encrypted_and_logged_in() {
    for (security, encryption) in [(Security::Starttls, Encryption::Starttls), (Security::Tls, Encryption::Tls)] {
        for mechanisms in ["PLAIN LOGIN", "LOGIN"] {
            let sink = SmtpSink::start(Options { mechanisms, ..guarded(security) });
            let server = with_login(server(&sink, encryption), PASSWORD);
            probe(&server).await.unwrap();
            assert!(sink.mails().is_empty());
            send(&server, &letter()).await.unwrap();
            let mail = only(&sink);
            assert_eq!((mail.encrypted, mail.user.as_deref()), (true, Some("ringfence")), "{security:?} {mechanisms}");
        }
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_refused_unless_none_is_checked() {
    for (security, encryption) in [(Security::Starttls, Encryption::Starttls), (Security::Tls, Encryption::Tls)] {
        let sink = SmtpSink::start(guarded(security));
        let mut server = with_login(server(&sink, encryption), PASSWORD);

        server.authority = None;
        let text = later(send(&server, &letter()).await);
        assert_eq!(text, "the server's certificate is not trusted: its issuer is unknown to this system");
        assert_eq!(later(probe(&server).await), text);

        let other = SmtpSink::start(Options::default());
        server.authority = Some(other.authority().into());
        let text = later(send(&server, &letter()).await);
        assert_eq!(text, "the server's certificate is not trusted: its issuer is not the authority of the settings");

        assert!(!sink.lines().iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{:?}", sink.lines());
        server.verify_peer = false;
        send(&server, &letter()).await.unwrap();
        assert!(only(&sink).encrypted);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_unless_none_is_checked() {
    let sink = SmtpSink::start(Options { names: vec!["elsewhere.example".into()], ..options(Security::Starttls) });
    let mut server = server(&sink, Encryption::Starttls);
    let text = later(send(&server, &letter()).await);
    assert!(text.starts_with("the server's certificate is not trusted: ") && text.contains("elsewhere.example"), "{text}");
    server.verify_peer = false;
    send(&server, &letter()).await.unwrap();
}

#[tokio::test]
async fn an_authority_that_is_none_is_a_matter_of_settings() {
    let sink = SmtpSink::start(options(Security::Tls));
    for pem in ["", "what?", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let mut server = server(&sink, Encryption::Tls);
        server.authority = Some(pem.into());
        assert!(setup(probe(&server).await).contains("PEM"), "{pem}");
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn starttls_is_never_done_without() {
    let sink = SmtpSink::start(Options { login: Some(("ringfence".into(), PASSWORD.into())), ..Options::default() });
    let server = with_login(server(&sink, Encryption::Starttls), PASSWORD);
    assert!(setup(send(&server, &letter()).await).contains("offers no STARTTLS"));
    assert!(sink.lines().iter().all(|line| line.starts_with("EHLO")), "{:?}", sink.lines());
}

#[tokio::test]
async fn starttls_that_is_refused_ends_it() {
    let sink = SmtpSink::start(options(Security::Starttls));
    sink.behave(Behaviour::Refuse(Stage::Starttls, "454 4.7.0 TLS not available".into()));
    assert!(later(send(&server(&sink, Encryption::Starttls), &letter()).await).contains("454"));
    sink.behave(Behaviour::Refuse(Stage::Starttls, "502 no".into()));
    assert!(setup(send(&server(&sink, Encryption::Starttls), &letter()).await).contains("refused STARTTLS: 502 no"));
}

#[tokio::test]
async fn replies_slipped_in_before_the_encryption_do_not_count() {
    let sink = SmtpSink::start(options(Security::Starttls));
    sink.behave(Behaviour::Inject("250-sink\r\n250 AUTH PLAIN".into()));
    let outcome = send(&server(&sink, Encryption::Starttls), &letter()).await;
    assert!(later(outcome).contains("could not be encrypted"));
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn the_wrong_protection_is_told() {
    let plain = SmtpSink::start(Options::default());
    let text = later(probe(&server(&plain, Encryption::Tls)).await);
    assert!(text.contains("does not speak TLS from the start"), "{text}");

    let tls = SmtpSink::start(options(Security::Tls));
    let mut server = server(&tls, Encryption::Starttls);
    server.timeout = Duration::from_millis(300);
    let text = later(probe(&server).await);
    assert!(text.contains("said nothing for 300 ms") && text.contains("TLS from the start"), "{text}");
}

#[tokio::test]
async fn a_wrong_password_is_a_matter_of_settings() {
    for mechanisms in ["PLAIN", "LOGIN"] {
        let sink = SmtpSink::start(Options { mechanisms, ..guarded(Security::Starttls) });
        let server = with_login(server(&sink, Encryption::Starttls), "wrong-password");
        for outcome in [send(&server, &letter()).await, probe(&server).await] {
            assert_eq!(setup(outcome), "the login was refused (535): check user and password");
        }
        assert!(!format!("{server:?}").contains("wrong-password"));
    }
}

#[tokio::test]
async fn a_login_that_cannot_be_checked_is_tried_later() {
    let sink = SmtpSink::start(guarded(Security::Tls));
    let server = with_login(server(&sink, Encryption::Tls), PASSWORD);
    sink.behave(Behaviour::Refuse(Stage::Login, format!("454 4.7.0 down, {PASSWORD}")));
    assert_eq!(later(send(&server, &letter()).await), "the server cannot check the login right now (454)");
    sink.behave(Behaviour::Refuse(Stage::Login, "534 5.7.9 application-specific password required".into()));
    assert!(setup(send(&server, &letter()).await).contains("app password"));
    sink.behave(Behaviour::Accept);
    send(&server, &letter()).await.unwrap();
}

#[tokio::test]
async fn a_login_that_is_missing_or_not_offered_is_a_matter_of_settings() {
    let sink = SmtpSink::start(guarded(Security::Tls));
    let text = setup(send(&server(&sink, Encryption::Tls), &letter()).await);
    assert!(text.contains("wants a login") && text.contains("530"), "{text}");

    let open = SmtpSink::start(options(Security::Tls));
    let text = setup(send(&with_login(server(&open, Encryption::Tls), PASSWORD), &letter()).await);
    assert!(text.contains("offers no login"), "{text}");

    let odd = SmtpSink::start(Options { mechanisms: "GSSAPI", ..guarded(Security::Tls) });
    assert!(setup(probe(&with_login(server(&odd, Encryption::Tls), PASSWORD)).await).contains("offers no login"));

    let mut half = with_login(server(&sink, Encryption::Tls), PASSWORD);
    half.password = None;
    assert!(setup(probe(&half).await).contains("no password"));
}

#[tokio::test]
async fn a_password_crosses_no_open_line_but_to_this_machine() {
    let sink = SmtpSink::start(guarded(Security::Plain));
    for host in ["127.0.0.1", "localhost"] {
        let mut server = with_login(server(&sink, Encryption::None), PASSWORD);
        server.host = host.into();
        probe(&server).await.unwrap();
    }
    for host in ["mail.example", "192.0.2.1", "localhost.example", "127.0.0.1.example", "[2001:db8::1]"] {
        let mut server = with_login(server(&sink, Encryption::None), PASSWORD);
        server.host = host.into();
        let text = setup(send(&server, &letter()).await);
        assert!(text.starts_with("a password is not sent over an unencrypted line"), "{text}");
    }
}

#[tokio::test]
async fn answers_of_4xx_are_for_later_and_5xx_for_good() {
    for stage in [Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content] {
        let sink = behaving(Behaviour::Refuse(stage, "451 4.3.0 come back".into()));
        let server = server(&sink, Encryption::None);
        let text = later(send(&server, &letter()).await);
        assert!(text.contains("451") && text.contains("come back"), "{stage:?} {text}");

        sink.behave(Behaviour::Refuse(stage, "550-5.1.1 no such\r\n550 5.1.1 thing".into()));
        let text = refused(send(&server, &letter()).await);
        assert!(text.contains("550") && text.contains("no such") && text.contains("thing"), "{stage:?} {text}");
        assert!(sink.mails().is_empty());

        sink.behave(Behaviour::Accept);
        send(&server, &letter()).await.unwrap();
        only(&sink);
    }
    let sink = behaving(Behaviour::Refuse(Stage::Recipient, "550 5.1.1 no such user".into()));
    assert!(refused(send(&server(&sink, Encryption::None), &letter()).await).starts_with("the server refused the recipient: "));
}

#[tokio::test]
async fn a_server_that_takes_nobody_is_not_about_the_letter() {
    for stage in [Stage::Greeting, Stage::Hello] {
        for reply in ["554 5.3.2 no service here", "421 too busy"] {
            let sink = behaving(Behaviour::Refuse(stage, reply.into()));
            let text = later(send(&server(&sink, Encryption::None), &letter()).await);
            assert!(text.contains(&reply[..3]), "{text}");
        }
    }
}

#[tokio::test]
async fn what_a_server_says_is_cut_cleaned_and_never_the_password() {
    let sink = SmtpSink::start(guarded(Security::Tls));
    let server = with_login(server(&sink, Encryption::Tls), PASSWORD);
    sink.behave(Behaviour::Refuse(Stage::Recipient, format!("550 no \u{1b}[31m{}", "x".repeat(600))));
    let text = refused(send(&server, &letter()).await);
    assert!(!text.contains(char::is_control) && text.len() < 300, "{text}");
    sink.behave(Behaviour::Refuse(Stage::Recipient, format!("550 you said {PASSWORD}")));
    let text = refused(send(&server, &letter()).await);
    assert!(!text.contains(PASSWORD) && text.contains("repeat the password"), "{text}");
}

#[tokio::test]
async fn silence_ends_in_time_wherever_it_falls() {
    let mut tasks = tokio::task::JoinSet::new();
    for stage in STAGES {
        tasks.spawn(async move {
            let sink = SmtpSink::start(guarded(Security::Starttls));
            sink.behave(Behaviour::Slow(stage, Duration::from_mins(10)));
            let mut server = with_login(server(&sink, Encryption::Starttls), PASSWORD);
            server.timeout = Duration::from_secs(1);
            let start = Instant::now();
            let text = later(send(&server, &letter()).await);
            assert!(text.contains("1 s"), "{stage:?} {text}");
            assert!(start.elapsed() < Duration::from_secs(8), "{stage:?}");
            assert!(sink.mails().is_empty());
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn a_slow_answer_within_time_will_do_and_no_goodbye_changes_nothing() {
    let sink = behaving(Behaviour::Slow(Stage::Content, Duration::from_millis(200)));
    send(&server(&sink, Encryption::None), &letter()).await.unwrap();
    sink.behave(Behaviour::Slow(Stage::Quit, Duration::from_mins(10)));
    send(&server(&sink, Encryption::None), &letter()).await.unwrap();
    sink.behave(Behaviour::Close(Stage::Quit));
    send(&server(&sink, Encryption::None), &letter()).await.unwrap();
    assert_eq!(sink.mails().len(), 3);
}

#[tokio::test]
async fn a_server_that_hangs_up_is_tried_later() {
    for stage in STAGES {
        let sink = SmtpSink::start(guarded(Security::Starttls));
        sink.behave(Behaviour::Close(stage));
        let text = later(send(&with_login(server(&sink, Encryption::Starttls), PASSWORD), &letter()).await);
        assert!(text.contains("closed the connection"), "{stage:?} {text}");
        assert!(sink.mails().is_empty());
    }
}

#[tokio::test]
async fn nobody_there_is_tried_later() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sink = SmtpSink::start(Options::default());
    for encryption in [Encryption::None, Encryption::Starttls, Encryption::Tls] {
        let mut server = server(&sink, encryption);
        server.port = port;
        let text = later(send(&server, &letter()).await);
        assert!(text.starts_with(&format!("127.0.0.1:{port} cannot be reached: ")), "{text}");
    }
}

#[tokio::test]
async fn odd_hosts_and_names_are_a_matter_of_settings() {
    let sink = SmtpSink::start(Options::default());
    for host in ["", " ", "mail example", "a\r\nb", "mail..example", "-\u{0}", "exämple"] {
        let mut server = server(&sink, Encryption::None);
        server.host = host.into();
        assert!(setup(probe(&server).await).contains("host"), "{host:?}");
    }
    for name in ["", "a b", "x\r\nMAIL FROM:<>", "a..b"] {
        let mut server = server(&sink, Encryption::None);
        server.name = name.into();
        assert!(setup(probe(&server).await).contains("own name"), "{name:?}");
    }
    assert_eq!(sink.connections(), 0);
    let mut server = server(&sink, Encryption::None);
    server.name = "192.0.2.7".into();
    send(&server, &letter()).await.unwrap();
    assert_eq!(only(&sink).header("Message-ID").unwrap(), "<1790000000.notice-42@[192.0.2.7]>");
}

#[tokio::test]
async fn line_breaks_reach_no_header_and_no_command() {
    let sink = SmtpSink::start(Options::default());
    let server = server(&sink, Encryption::None);
    for bad in ["\r\nBcc: victim@example.org", "\n", "\r", "\0", "\u{85}"] {
        for field in 0..5 {
            let mut letter = letter();
            let text = match field {
                0 => &mut letter.subject,
                1 => &mut letter.from.name,
                2 => &mut letter.from.address,
                3 => &mut letter.to,
                _ => &mut letter.id,
            };
            for at in [0, text.len() / 2, text.len()] {
                let mut letter = letter.clone();
                let text = match field {
                    0 => &mut letter.subject,
                    1 => &mut letter.from.name,
                    2 => &mut letter.from.address,
                    3 => &mut letter.to,
                    _ => &mut letter.id,
                };
                text.insert_str(at, bad);
                let outcome = send(&server, &letter).await;
                let expected = if matches!(field, 1 | 2) { setup(outcome) } else { refused(outcome) };
                assert!(!expected.contains("Bcc"), "{expected}");
            }
        }
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn odd_addresses_are_refused_before_anybody_is_called() {
    let sink = SmtpSink::start(Options::default());
    for bad in [
        "",
        "owner",
        "@example.net",
        "owner@",
        "a@b@c",
        "Owner <owner@example.net>",
        "owner@example.net, other@example.net",
        "owner@example.net;other@example.net",
        "owner@example.net> SIZE=1",
        "\"a b\"@example.net",
        "\"a\\\" b\"@example.net",
        "owner @example.net",
        "owner@exa mple.net",
        "owner@example.net\u{2028}",
        "owner(comment)@example.net",
    ] {
        let outcome = send(&server(&sink, Encryption::None), &Letter { to: bad.into(), ..letter() }).await;
        assert_eq!(refused(outcome), "the recipient's address is no e-mail address", "{bad:?}");
        let from = Sender { name: String::new(), address: bad.into() };
        let outcome = send(&server(&sink, Encryption::None), &Letter { from, ..letter() }).await;
        assert_eq!(setup(outcome), "the sender's address is no e-mail address", "{bad:?}");
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn addresses_beyond_ascii_need_a_server_that_takes_them() {
    let letter = Letter { to: "jürgen@exämple.net".into(), ..letter() };
    let old = SmtpSink::start(Options::default());
    assert!(refused(send(&server(&old, Encryption::None), &letter).await).contains("beyond ASCII"));
    let new = SmtpSink::start(Options { utf8: true, ..Options::default() });
    send(&server(&new, Encryption::None), &letter).await.unwrap();
    assert_eq!(only(&new).to, ["jürgen@exämple.net"]);
    assert!(new.lines().iter().any(|line| line.starts_with("MAIL") && line.contains("SMTPUTF8")));
}

#[tokio::test]
async fn every_language_comes_through() {
    let sink = SmtpSink::start(Options::default());
    let texts = [
        ("Jemand meldet sich an: Größe", "Drei falsche Codes für Müller.\nGrüße\n"),
        ("ログインの失敗", "三回間違えました。\n\nさようなら\n"),
        ("=?utf-8?q?not_encoded?=", "= signs =3D stay\n=\n"),
        ("Emoji 🔐 and \"quotes\", <brackets>", "🔐\ttab\n"),
        ("=?utf-8?q?a=0D=0ABcc:_victim@example.org?= =?x", "."),
        ("", ""),
        ("line\u{2028}separator", "From the start\n.\n"),
    ];
    for (subject, text) in texts {
        let from = Sender { name: "Ümlaut, \"IPAM\" <x@y>".into(), address: "ipam@example.org".into() };
        send(&server(&sink, Encryption::None), &Letter { from, subject: subject.into(), text: text.into(), ..letter() }).await.unwrap();
    }
    let mails = sink.mails();
    assert_eq!(mails.len(), texts.len());
    for (mail, (subject, text)) in mails.iter().zip(texts) {
        assert_eq!((mail.subject.as_str(), mail.text.trim_end()), (subject, text.trim_end()));
        assert!(mail.raw.is_ascii());
        assert!(mail.raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 100));
        let from = mail.header("From").unwrap();
        assert!(from.contains("Ümlaut") && from.ends_with("<ipam@example.org>"), "{from}");
    }
}

#[tokio::test]
async fn long_lines_and_odd_bytes_become_fit_to_be_sent() {
    let sink = SmtpSink::start(Options::default());
    let texts = [
        ("x".repeat(5000), "y".repeat(100_000)),
        ("word ".repeat(400).trim_end().to_owned(), format!("{}\nshort\n{}", "z".repeat(998), "z".repeat(999))),
        ("ü".repeat(2000), "ü".repeat(50_000)),
    ];
    for (subject, text) in &texts {
        let letter = Letter { subject: subject.clone(), text: text.clone(), ..letter() };
        send(&server(&sink, Encryption::None), &letter).await.unwrap();
    }
    for (mail, (subject, text)) in sink.mails().iter().zip(&texts) {
        assert_eq!(mail.text.trim_end(), text);
        assert_eq!(&mail.subject, subject);
    }
    send(&server(&sink, Encryption::None), &Letter { text: "a\0b\rc\r\nd\u{7}\n".into(), ..letter() }).await.unwrap();
    assert_eq!(sink.mails()[3].text.trim_end(), "a\u{fffd}b\nc\nd\u{fffd}");
}

#[tokio::test]
async fn a_long_name_is_folded_or_refused() {
    let sink = SmtpSink::start(Options::default());
    for name in ["x".repeat(100), "ü".repeat(100), "word ".repeat(20).trim_end().to_owned()] {
        let from = Sender { name: name.clone(), address: "ipam@example.org".into() };
        send(&server(&sink, Encryption::None), &Letter { from, ..letter() }).await.unwrap();
        let shown = sink.mails().pop().unwrap().header("From").unwrap().replace('"', "");
        assert_eq!(shown, format!("{name} <ipam@example.org>"));
    }
    let from = Sender { name: "x".repeat(101), address: "ipam@example.org".into() };
    assert!(setup(send(&server(&sink, Encryption::None), &Letter { from, ..letter() }).await).contains("100 characters"));
}

#[tokio::test]
async fn odd_dates_do_no_harm() {
    let sink = SmtpSink::start(Options::default());
    for written in [i64::MIN, -1, 0, i64::MAX] {
        send(&server(&sink, Encryption::None), &Letter { written, ..letter() }).await.unwrap();
    }
    let dates: Vec<_> = sink.mails().iter().map(|mail| mail.header("Date").unwrap()).collect();
    assert_eq!((dates[0].as_str(), dates[3].as_str()), ("Thu, 01 Jan 1970 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 +0000"));
}
