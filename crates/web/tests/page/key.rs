//! API keys: shown once, and revoked for good.

use ringfence_guard::permission::Role;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_revoked() {
    let (_world, browser) = World::with_operator().await;
    let made = browser.post("/api-keys", &[("name", "ci"), ("scope", "write"), ("expires", "90d")]).await;
    made.is(200).has("data-copy=\"rf_").has("It is shown once");
    assert_eq!(made.headers.get("cache-control").unwrap(), "no-store");
    let list = browser.get("/api-keys").await;
    list.is(200).has("ci").has("active").lacks("data-copy=\"rf_");
    let (before, _) = list.html.split_once("/revoke\"").unwrap();
    let id: i64 = before.rsplit_once("/api-keys/").unwrap().1.parse().unwrap();
    assert_eq!(browser.post(&format!("/api-keys/{id}/revoke"), &[]).await.to(), "/api-keys");
    browser.get("/api-keys").await.has("revoked").lacks("/revoke\"");
    browser.post("/api-keys/999/revoke", &[]).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_one_s_own_and_its_form_is_checked() {
    let (world, operator) = World::with_operator().await;
    operator.post("/api-keys", &[("name", "secret-plan"), ("scope", "read")]).await.is(200);
    let viewer = world.browser(Role::Viewer).await;
    viewer.get("/api-keys").await.is(200).lacks("secret-plan").lacks("read and write");
    viewer.post("/api-keys/1/revoke", &[]).await.is(404);
    operator.get("/api-keys").await.has("/api-keys/1/revoke");
    operator.post("/api-keys", &[("name", ""), ("scope", "read")]).await.is(422).has("key-name-error");
    operator.post("/api-keys", &[("name", "kept"), ("scope", "root")]).await.is(422).has("key-scope-error").has("value=\"kept\"");
    operator.post("/api-keys", &[("name", "x"), ("scope", "read"), ("expires", "9999d")]).await.is(422).has("key-expires-error");
}

/// A leaked key does not wait for its owner.
#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_and_revokes_everybody_s_keys() {
    let (world, operator) = World::with_operator().await;
    operator.post("/api-keys", &[("name", "leaked"), ("scope", "read")]).await.is(200);
    let admin = world.browser(Role::Admin).await;
    admin.get("/api-keys").await.is(200).has("leaked").has("operator");
    assert_eq!(admin.post("/api-keys/1/revoke", &[]).await.to(), "/api-keys");
    operator.get("/api-keys").await.has("revoked").lacks("/api-keys/1/revoke");
}
