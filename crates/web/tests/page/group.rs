//! VRFs, sites, VLANs and tags: a list, a form beside it, and a page that asks before deleting.

use ringfence_guard::permission::Role;

use super::world::{Browser, World};

/// The id of the row whose edit link carries that label.
async fn id(browser: &Browser, base: &str, name: &str) -> i64 {
    let html = browser.get(base).await.html;
    let (before, _) = html.split_once(&format!("aria-label=\"Edit {name}\"")).unwrap_or_else(|| panic!("{name} is not in {html}"));
    let (_, path) = before.rsplit_once(&format!("{base}/")).unwrap();
    path.split_once('/').unwrap().0.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vrf_is_made_changed_and_deleted() {
    let (_world, browser) = World::with_operator().await;
    let made = browser.post("/vrfs", &[("name", " Customers "), ("rd", "65000:20"), ("import_targets", "65000:1, 65000:2")]).await;
    assert_eq!(made.to(), "/vrfs");
    browser.get("/vrfs").await.has("Customers").has("65000:20");
    browser.post("/vrfs", &[("name", "Customers"), ("rd", "kept")]).await.is(409).has("exists already").has("value=\"kept\"");
    let vrf = id(&browser, "/vrfs", "Customers").await;
    let form = browser.get(&format!("/vrfs/{vrf}/edit")).await;
    form.is(200).has("value=\"65000:1 65000:2\"");
    let edit = format!("/vrfs/{vrf}/edit");
    let fields = [("name", "Clients"), ("rd", ""), ("version", "1")];
    assert_eq!(browser.post(&edit, &fields).await.to(), "/vrfs");
    let late = browser.post(&edit, &[("name", "Others"), ("version", "1")]).await;
    late.is(412).has("Is now: Clients").has("value=\"Others\"");
    assert_eq!(late.field("version"), "2");
    browser.post(&edit, &[("name", "Others")]).await.is(422);
    let ask = browser.get(&format!("/vrfs/{vrf}/delete")).await;
    ask.is(200).has("Delete the VRF");
    assert_eq!(browser.post(&format!("/vrfs/{vrf}/delete"), &[("version", &ask.field("version"))]).await.to(), "/vrfs");
    browser.get("/vrfs").await.lacks("Clients");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_stays() {
    let (_world, browser) = World::with_operator().await;
    browser.post("/vrfs", &[("name", "Lab")]).await;
    browser.post("/sites", &[("name", "Oslo")]).await;
    let (vrf, site) = (id(&browser, "/vrfs", "Lab").await, id(&browser, "/sites", "Oslo").await);
    browser.post("/vlans", &[("vid", "120"), ("name", "servers"), ("site", &site.to_string()), ("tags", "prod \"two words\"")]).await;
    let vlan = id(&browser, "/vlans", "servers").await;
    let fields = [("vrf", vrf.to_string()), ("prefix", "10.0.0.0/8".into()), ("site", site.to_string()), ("vlan", vlan.to_string())];
    browser.post("/subnets", &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await.id();
    for (base, id, reason) in [
        ("/vrfs", vrf, "It holds 1 subnet"),
        ("/vrfs", 1, "The global routing table cannot be deleted."),
        ("/sites", site, "It is named by 1 vlan, 1 subnet"),
        ("/vlans", vlan, "It is used by 1 subnet"),
    ] {
        let path = format!("{base}/{id}/delete");
        browser.get(&path).await.is(200).has(reason).lacks("> Delete</button>");
        browser.post(&path, &[("version", "1")]).await.is(409).has(reason);
    }
    browser.get("/vlans").await.has("two words").has(&format!("/subnets?vlan={vlan}"));
    browser.get(&format!("/vlans/{vlan}/edit")).await.has("value=\"prod &#34;two words&#34;\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_nest_but_never_in_a_circle() {
    let (_world, browser) = World::with_operator().await;
    browser.post("/sites", &[("name", "Europe")]).await;
    let europe = id(&browser, "/sites", "Europe").await.to_string();
    browser.post("/sites", &[("name", "Asgard"), ("parent", &europe)]).await;
    let asgard = id(&browser, "/sites", "Asgard").await.to_string();
    let html = browser.get("/sites").await.html;
    let inside = html.find("class=\"in-1\"").unwrap();
    assert!(html.find("<strong>Europe").unwrap() < inside && inside < html.find("<strong>Asgard").unwrap(), "{html}");
    let circle = browser.post(&format!("/sites/{europe}/edit"), &[("name", "Europe"), ("parent", &asgard), ("version", "1")]).await;
    circle.is(422).has("A site cannot lie inside itself.").has("id=\"site-parent-error\"");
    browser.post("/sites", &[("name", "X"), ("parent", "9000")]).await.is(422).has("site-parent-error");
    browser.post("/sites", &[("name", "X"), ("parent", "x")]).await.is(422).has("site-parent-error");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_colours_are_checked_at_their_fields() {
    let (_world, browser) = World::with_operator().await;
    for wrong in ["", "x", "0", "4095", "70000"] {
        browser.post("/vlans", &[("vid", wrong), ("name", "kept")]).await.is(422).has("vlan-vid-error").has("value=\"kept\"");
    }
    browser.post("/tags", &[("name", "prod"), ("colour", "red")]).await.is(422).has("tag-colour-error");
    assert_eq!(browser.post("/tags", &[("name", "a b"), ("colour", "#868e96")]).await.to(), "/tags");
    let tag = id(&browser, "/tags", "a b").await;
    assert_eq!(browser.get(&format!("/tags/{tag}/edit")).await.field("version"), "1");
    browser.post("/subnets", &[("vrf", "1"), ("prefix", "10.0.0.0/8"), ("tags", "\"a b\"")]).await.id();
    browser.get(&format!("/tags/{tag}/delete")).await.has("1 object, without this tag");
    assert_eq!(browser.post(&format!("/tags/{tag}/delete"), &[("version", "1")]).await.to(), "/tags");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_looks_and_unknown_rows_are_no_pages() {
    let world = World::open();
    let viewer = world.browser(Role::Viewer).await;
    for base in ["/vrfs", "/sites", "/vlans", "/tags"] {
        viewer.get(base).await.is(200).lacks("<section class=\"card\" aria-labelledby=\"form-title\">");
        viewer.post(base, &[("name", "x"), ("vid", "1")]).await.is(403);
        viewer.get(&format!("{base}/1/edit")).await.is(403);
        viewer.post(&format!("{base}/1/delete"), &[]).await.is(403);
    }
    let operator = world.browser(Role::Operator).await;
    for base in ["/vrfs", "/sites", "/vlans", "/tags"] {
        for path in ["999/edit", "x/edit", "999/delete"] {
            operator.get(&format!("{base}/{path}")).await.is(404);
        }
        operator.get(&format!("{base}?cursor=zz")).await.is(422);
    }
}
