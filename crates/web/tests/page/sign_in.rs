//! Sign-in activity: what is locked is seen, and opened with a reason.

use ringfence_guard::permission::Role;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_seen_and_opened_with_a_reason() {
    let (world, operator) = World::with_operator().await;
    let admin = world.browser(Role::Admin).await;
    admin.get("/security/sign-ins").await.is(200).has("Nothing is locked").has("No name has failed").has("Mail is off");
    admin.post("/security/fence/settings", &[("security.login_max_attempts", "2")]).await.to();
    admin.get("/security/fence").await.is(200);
    for _ in 0..3 {
        world.fail("operator", "203.0.113.9").await;
    }
    let page = admin.get("/security/sign-ins").await;
    page.has("203.0.113.9")
        .has("from this address, whatever the name.")
        .has("Login failed")
        .has("Login blocked")
        .lacks("Nothing is locked");
    let subject = page.field("subject");
    operator.get("/security/sign-ins").await.is(200).has("203.0.113.9").lacks("/security/sign-ins/open");
    operator.post("/security/sign-ins/open", &[("subject", &subject), ("reason", "please")]).await.is(403);
    let at = "/security/sign-ins/open";
    admin.post(at, &[("subject", &subject), ("reason", " ")]).await.is(422).has("open-1-error").has("<details class=\"open-lock\" open>");
    assert_eq!(admin.post(at, &[("subject", &subject), ("reason", "He called me")]).await.to(), "/security/sign-ins");
    admin.get("/security/sign-ins").await.has("Nothing is locked");
    admin.get("/audit?event=auth.lock_lifted").await.has("He called me");
    assert_eq!(admin.post(at, &[("subject", &subject), ("reason", "again")]).await.to(), "/security/sign-ins");
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_come_as_a_part() {
    let (world, operator) = World::with_operator().await;
    operator.get("/security/sign-ins").await.has("counters?again=60");
    operator.part("/security/sign-ins/counters?again=60").await.is(200).has("every 10s").has("counters?again=59").lacks("<html");
    // A page that is left open does not keep its session alive for ever.
    operator.part("/security/sign-ins/counters?again=1").await.is(200).lacks("every 10s").has("Load the page again");
    operator.part("/security/sign-ins/counters?again=4000").await.has("counters?again=59");
    assert_eq!(operator.get("/security/sign-ins/counters").await.to(), "/security/sign-ins");
    world.browser(Role::Viewer).await.get("/security/sign-ins").await.is(403);
}
