//! The audit trail, looked through and verified.

use ringfence_guard::permission::Role;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_who_what_and_which() {
    let (world, browser) = World::with_operator().await;
    browser.subnet("10.0.0.0/8").await;
    browser.post("/vrfs", &[("name", "Customers")]).await;
    let found = |path: &str| {
        let path = path.to_owned();
        let browser = &browser;
        async move {
            let html = browser.get(&path).await.html;
            let rows = html.split_once("<section class=\"card\" aria-label=\"Events\">").unwrap().1.to_owned();
            (rows.contains("subnet.created"), rows.contains("vrf.created"), rows.contains("user.created"))
        }
    };
    assert_eq!(found("/audit").await, (true, true, true));
    assert_eq!(found("/audit?actor=OPERA").await, (true, true, false));
    assert_eq!(found("/audit?actor=console").await, (false, false, true));
    assert_eq!(found("/audit?event=vrf.created").await, (false, true, false));
    assert_eq!(found("/audit?object=custom").await, (false, true, false));
    assert_eq!(found("/audit?object=10.0.0.0%2F8&event=subnet.created&actor=operator").await, (true, false, false));
    assert_eq!(found("/audit?object=100%25").await, (false, false, false));
    browser.get("/audit?cursor=zz").await.is(422);
    world.browser(Role::Viewer).await.get("/audit").await.is(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_trails_come_in_windows() {
    let (_world, browser) = World::with_operator().await;
    for n in 0..510 {
        browser.post("/tags", &[("name", &format!("t{n}"))]).await.to();
    }
    let first = browser.get("/audit?event=tag.created").await;
    let href = first.html.split_once("rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let href = href.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&");
    let second = browser.get(&href).await;
    let rows = |html: &str| html.matches("<td class=\"mono wide\">tag.created</td>").count();
    assert_eq!((rows(&first.html), rows(&second.html)), (500, 10));
    second.lacks("rel=\"next\"").has("t9").lacks("t500");
    let tags = browser.get("/tags").await;
    tags.has("rel=\"next\"").has("/tags?cursor=");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_verified_on_demand() {
    let (_world, browser) = World::with_operator().await;
    browser.post("/audit/verify", &[]).await.is(200).has("Intact.").has("wait for their seal");
    browser.post("/audit/verify", &[("csrf", "wrong")]).await.is(403);
}
