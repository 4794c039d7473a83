//! The settings of the mail server.

use ringfence_guard::permission::Role;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_set_and_its_password_never_shown() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    admin.get("/settings/mail").await.is(200).has("Mail is off.").has("value=\"admin@example.org\"");
    let wrong = admin.post("/settings/mail", &[("smtp.port", "0"), ("smtp.host", "mail.example.org"), ("smtp.auth_pass", "hunter2")]).await;
    wrong.is(422).has("set-smtp.port-error").has("mail.example.org").lacks("hunter2");
    let good = [("smtp.port", "2525"), ("smtp.host", "mail.example.org"), ("smtp.auth_pass", "hunter2"), ("smtp.enabled", "true")];
    assert_eq!(admin.post("/settings/mail", &good).await.to(), "/settings/mail");
    let page = admin.get("/settings/mail").await;
    page.has("Mail is on.").has("value=\"2525\"").has("set: leave empty to keep it").lacks("hunter2");
    // Settings of other pages do not come in through this one.
    admin.post("/settings/mail", &[("fence.enabled", "false")]).await.to();
    admin.get("/security/fence").await.has("The fence is on.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_that_fails_says_why_at_its_field() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    admin.post("/settings/mail/test", &[("to", "ada@example.org")]).await.is(409).has("Mail is switched off");
    // Nothing listens on this port of the own machine.
    let nowhere = [
        ("smtp.enabled", "true"),
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", "1"),
        ("smtp.encryption", "none"),
        ("smtp.from_address", "ipam@example.org"),
    ];
    admin.post("/settings/mail", &nowhere).await.to();
    admin.post("/settings/mail/test", &[("to", "ada@example.org")]).await.is(422).has("test-to-error").has("value=\"ada@example.org\"");
}
