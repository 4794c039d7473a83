//! What owners and admins are told: at the next login, and by mail that a real server takes.

use ringfence_guard::message::{Language, Message};
use ringfence_kit::smtp::{Behaviour, Options, Security, SmtpSink, Stage};
use ringfence_kit::{Engine, block_on, engines};
use std::time::{Duration, Instant};

use crate::world::{End, World, attempt};

pub async fn mail_to(world: &World, sink: &SmtpSink) {
    for (key, value) in [
        ("smtp.enabled", "true"),
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", &sink.port().to_string()),
        ("smtp.encryption", "none"),
        ("smtp.from_address", "ringfence@example.org"),
    ] {
        world.set(key, value).await;
    }
}

fn sink() -> SmtpSink {
    SmtpSink::start(Options { security: Security::Plain, ..Options::default() })
}

/// Notices in English.
fn said(notices: &[Message]) -> Vec<String> {
    notices.iter().map(|notice| notice.text(Language::ENGLISH)).collect()
}

/// Sends what is due; a letter that somebody asked for is written down behind the answer.
pub async fn send(world: &World, letters: u64) {
    let (begun, mut sent) = (Instant::now(), 0);
    while sent < letters && begun.elapsed() < Duration::from_secs(20) {
        sent += world.app.send_mail().await.unwrap();
    }
    assert_eq!(sent, letters);
}

/// A server that refuses every recipient with this code.
fn refusing(code: u16) -> Behaviour {
    Behaviour::Refuse(Stage::Recipient, format!("{code} no"))
}

/// What the sink has got, as recipient and subject.
fn received(sink: &SmtpSink, count: usize) -> Vec<(String, String)> {
    let mails = sink.wait_for(count, Duration::from_secs(20));
    let mut seen: Vec<_> = mails.iter().map(|mail| (mail.to.join(" "), mail.subject.clone())).collect();
    seen.sort();
    seen
}

engines! {
    async fn the_owner_is_told_of_many_failures_and_new_places(engine) {
        let world = World::open(engine).await;
        let sink = sink();
        mail_to(&world, &sink).await;
        let first = world.try_login(attempt("ada").right().from("198.51.100.1")).await.unwrap();
        assert!(first.notices.is_empty());
        world.pass(60);
        world.fail("ada", 7).await;
        world.pass(60);
        let browser = first.device.unwrap();
        let told = world.try_login(attempt("ada").right().from("198.51.100.1").in_browser(browser.expose())).await.unwrap();
        assert_eq!(said(&told.notices), ["7 failed attempts in a row came before this login."]);
        let again = world.try_login(attempt("ada").right().from("198.51.100.1").in_browser(browser.expose())).await.unwrap();
        assert!(again.notices.is_empty(), "once: {:?}", again.notices);
        world.pass(60);
        let strange = world.try_login(attempt("ada").right().from("192.0.2.77")).await.unwrap();
        assert!(strange.notices.is_empty(), "told already: {:?}", strange.notices);
        let next = world.try_login(attempt("ada").right().from("198.51.100.1").in_browser(browser.expose())).await.unwrap();
        assert!(next.notices.len() == 1 && said(&next.notices)[0].contains("192.0.2.77"), "{:?}", next.notices);
        world.app.send_mail().await.unwrap();
        let subjects: Vec<String> = received(&sink, 2).into_iter().map(|(_, subject)| subject).collect();
        assert!(subjects.contains(&"A login to Ringfence after many failed ones".to_owned()), "{subjects:?}");
        assert!(subjects.contains(&"A login to Ringfence from a new place".to_owned()), "{subjects:?}");
    }

    async fn a_rule_tells_owner_and_admins_once_an_hour(engine) {
        let world = World::open(engine).await;
        world.user("bob").await;
        let sink = sink();
        mail_to(&world, &sink).await;
        world.set("fence.rules", r#"[{"checker":"login_failed","countermeasure":"notify","min_level":3}]"#).await;
        world.fail("ada", 8).await;
        world.app.send_mail().await.unwrap();
        let seen = received(&sink, 2);
        let to: Vec<&str> = seen.iter().map(|(to, _)| to.as_str()).collect();
        assert_eq!(to, ["ada@example.org", "bob@example.org"], "both are admins, ada is the owner too");
        world.pass(3_601);
        world.fail("ada", 1).await;
        world.app.send_mail().await.unwrap();
        assert_eq!(received(&sink, 4).len(), 4);
    }

    async fn a_letter_waits_for_a_server_that_is_busy_and_is_given_up_by_one_that_refuses(engine) {
        let world = World::open(engine).await;
        let sink = sink();
        mail_to(&world, &sink).await;
        world.set("fence.rules", r#"[{"checker":"login_failed","countermeasure":"notify","min_level":1}]"#).await;
        sink.behave(refusing(451));
        world.fail("ada", 2).await;
        assert_eq!(world.app.send_mail().await.unwrap(), 0);
        assert_eq!(world.app.send_mail().await.unwrap(), 0, "not due yet");
        sink.behave(Behaviour::default());
        world.pass(61);
        assert_eq!(world.app.send_mail().await.unwrap(), 1);
        assert_eq!(received(&sink, 1).len(), 1);
        sink.behave(refusing(550));
        world.pass(3_601);
        world.fail("ada", 1).await;
        assert_eq!(world.app.send_mail().await.unwrap(), 0);
        assert_eq!(world.events("mail.send_failed").len(), 1);
        world.pass(86_400);
        sink.behave(Behaviour::default());
        assert_eq!(world.app.send_mail().await.unwrap(), 0, "given up for good");
    }

    async fn a_mailed_link_makes_one_browser_known_and_never_logs_in(engine) {
        let world = World::shipped(engine).await;
        world.set("fence.rules", "[]").await;
        let origin = || world.origin("192.0.2.5");
        assert!(world.app.mail_browser_link(&origin(), "ada").await.is_err(), "without mail there is no such link");
        let sink = sink();
        mail_to(&world, &sink).await;
        for number in 0..10 {
            world.end(attempt("ada").from(&format!("203.0.113.{number}"))).await;
        }
        assert_eq!(world.end(attempt("ada").right().from("192.0.2.5")).await, End::Blocked);
        for name in ["ada", "nobody", "\u{200b}"] {
            world.app.mail_browser_link(&origin(), name).await.unwrap();
        }
        send(&world, 1).await;
        let mails = sink.wait_for(1, Duration::from_secs(20));
        assert_eq!(mails.len(), 1, "only who exists gets mail");
        let text = &mails[0].text;
        let token = text.split("https://ipam.example.org/browser/").nth(1).unwrap().split_whitespace().next().unwrap();
        assert!(world.app.browser_link_is_open(&origin(), token).unwrap());
        let device = world.app.know_browser(&origin(), token).await.unwrap().unwrap();
        assert!(world.app.know_browser(&origin(), token).await.unwrap().is_none(), "once");
        assert_eq!(world.end(attempt("ada").right().from("192.0.2.5").in_browser(device.expose())).await, End::In);
        assert_eq!(world.end(attempt("ada").right().from("192.0.2.6")).await, End::Blocked, "other browsers stay out");
        for turn in 0..3 {
            let sent = world.app.mail_browser_link(&world.origin(&format!("192.0.2.{}", 100 + turn)), "ada").await;
            assert_eq!(sent.is_ok(), turn < 2, "three an hour, whoever asks");
        }
    }
}

#[test]
fn the_test_button_says_what_is_wrong_sqlite() {
    block_on(async {
        let world = World::open(Engine::Sqlite).await;
        let refused = world.app.try_mail(&world.console(), "ada@example.org").await.unwrap_err().to_string();
        assert!(refused.contains("smtp.enabled"), "{refused}");
        let sink = sink();
        mail_to(&world, &sink).await;
        world.app.try_mail(&world.console(), "ada@example.org").await.unwrap();
        assert_eq!(received(&sink, 1)[0].0, "ada@example.org");
        world.set("smtp.encryption", "starttls").await;
        let refused = world.app.try_mail(&world.console(), "ada@example.org").await.unwrap_err().to_string();
        assert!(refused.to_lowercase().contains("starttls"), "{refused}");
        world.set("smtp.port", "1").await;
        assert!(world.app.try_mail(&world.console(), "ada@example.org").await.is_err());
    });
}
