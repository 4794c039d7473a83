//! The import: a file, its dry run, applying it; and the demo.

use std::time::Duration;

use ringfence_guard::permission::Role;

use super::world::{Answer, Browser, World};

const FIELDS: [(&str, &str); 4] = [("kind", "subnets"), ("vrf", "1"), ("on_duplicate", "skip"), ("ignore", "")];

/// Waits for the end of what runs, as htmx does.
async fn ended(browser: &Browser, path: &str) -> Answer {
    for _ in 0..600 {
        let answer = browser.part(path).await;
        answer.is(200);
        if !answer.html.contains("hx-get") {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_tried_and_applied() {
    let (world, browser) = World::with_operator().await;
    browser.get("/import").await.is(200).has("Global");
    let file = "cidr;site;name\r\n10.0.0.0/8;Oslo;all\r\n10.1.0.1/16;Oslo;host bits\r\n";
    let tried = browser.upload("/import", &FIELDS, ("C:\\plans\\plan.csv", file)).await;
    let id = tried.id();
    let at = format!("/import/{id}");
    let plan = browser.get(&at).await;
    plan.is(200).has("plan.csv").has("semicolon-separated, UTF-8").has("1 site: Oslo").has("10.1.0.0/16").has(&format!("{at}/apply"));
    browser.get(&format!("{at}?verdict=create")).await.has("10.0.0.0/8").lacks("10.1.0.0/16");
    browser.get("/subnets").await.lacks("10.0.0.0/8");
    assert_eq!(browser.get(&format!("{at}/run")).await.to(), at);
    let other = world.browser(Role::Admin).await;
    other.get(&at).await.is(404);
    other.post(&format!("{at}/apply"), &[]).await.is(404);
    assert_eq!(browser.post(&format!("{at}/apply"), &[]).await.to(), format!("{at}/run"));
    ended(&browser, &format!("{at}/progress")).await.has("Imported in 0.0 s.");
    assert_eq!(browser.get(&format!("{at}/progress")).await.to(), format!("{at}/run"));
    browser.get(&format!("{at}/run")).await.has("Imported in").has("plan.csv");
    browser.get("/subnets").await.has("10.0.0.0/8");
    browser.get(&at).await.has("It has been applied.").lacks("/apply\"");
    browser.get("/import").await.has("applied: 1 created, 1 refused");
    assert_eq!(browser.post(&format!("{at}/apply"), &[]).await.to(), format!("{at}/run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_not_fit_any_more_is_refused() {
    let (_world, browser) = World::with_operator().await;
    let id = browser.upload("/import", &FIELDS, ("plan.csv", "cidr\n10.0.0.0/8\n")).await.id();
    browser.subnet("10.0.0.0/8").await;
    browser.post(&format!("/import/{id}/apply"), &[]).await.to();
    ended(&browser, &format!("/import/{id}/progress")).await.has("nothing was changed").has("10.0.0.0/8");
    browser.get(&format!("/import/{id}")).await.has("It was tried and failed").lacks("/apply\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plan_comes_back_to_the_form() {
    let (world, browser) = World::with_operator().await;
    let upload = async |fields: &[(&str, &str)], file: (&str, &str)| browser.upload("/import", fields, file).await;
    upload(&FIELDS, ("", "")).await.is(422).has("import-file-error").has("Choose a file.");
    let unknown = upload(&FIELDS, ("x.csv", "cidr,rack\n10.0.0.0/8,1\n")).await;
    unknown.is(422).has("Unknown column rack").has("“Leave out”").lacks("--ignore");
    assert_eq!(
        upload(&[("ignore", " rack ,"), ("kind", "subnets"), ("on_duplicate", "fill")], ("x.csv", "cidr,rack\n")).await.to(),
        "/import/1"
    );
    upload(&[("kind", "devices"), ("on_duplicate", "skip")], ("x.csv", "a")).await.is(422).has("import-kind-error");
    upload(&[("kind", "sites"), ("on_duplicate", "drop")], ("x.csv", "a")).await.is(422).has("import-on_duplicate-error");
    upload(&[("kind", "sites"), ("on_duplicate", "skip"), ("vrf", "77")], ("x.csv", "a")).await.is(422).has("import-vrf-error");
    upload(&FIELDS, ("x.csv", &"x".repeat(64 * 1024 * 1024 + 1))).await.is(422).has("import-file-error");
    upload(&[("csrf", "wrong"), ("kind", "subnets")], ("x.csv", "cidr\n")).await.is(403);
    browser.post("/import", &FIELDS).await.is(415);
    let viewer = world.browser(Role::Viewer).await;
    viewer.upload("/import", &FIELDS, ("x.csv", "cidr\n")).await.is(403);
    viewer.post("/demo", &[]).await.is(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_imported_from_the_empty_home_page() {
    let (_world, browser) = World::with_operator().await;
    browser.get("/").await.has("action=\"/demo\"");
    assert_eq!(browser.get("/demo/run").await.to(), "/");
    assert_eq!(browser.post("/demo", &[]).await.to(), "/demo/run");
    ended(&browser, "/demo/progress").await.has("Imported in").lacks("nothing was changed");
    browser.get("/demo/run").await.has("Demo data");
    browser.get("/").await.has("11,102").lacks("action=\"/demo\"");
    // Again changes nothing.
    browser.post("/demo", &[]).await.to();
    ended(&browser, "/demo/progress").await.has("Imported in");
    browser.get("/audit?event=import.applied").await.has("aws-ip-ranges.csv");
}
