//! All settings on one page: found, changed by group, kept apart from secrets, and in force at once on every instance.

use ringfence_app::setting::{ALL, GROUPS};
use ringfence_guard::permission::Role;

use super::world::World;

/// The part of a page that belongs to one setting.
fn part<'h>(html: &'h str, key: &str) -> &'h str {
    let (_, rest) = html.split_once(&format!("<div class=\"setting\" id=\"{key}\"")).unwrap_or_else(|| panic!("no {key}"));
    rest.split("<div class=\"setting\"").next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_is_shown_with_its_source() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let page = admin.get("/settings").await;
    page.is(200);
    for setting in ALL {
        assert!(part(&page.html, setting.key).contains("</code> default"), "{}", setting.key);
    }
    for group in GROUPS {
        page.has(&format!("action=\"/settings/{0}#{0}\"", group.slug));
    }
    assert_eq!(admin.post("/settings/session", &[("security.session_idle_seconds", "900")]).await.to(), "/settings");
    let page = admin.get("/settings").await;
    let idle = part(&page.html, "security.session_idle_seconds");
    assert!(
        idle.contains("value=\"900\"") && idle.contains("<strong>database</strong>, default <span class=\"mono\">1800</span>"),
        "{idle}"
    );
    // A default that is typed is no value of its own.
    admin.post("/settings/session", &[("security.session_idle_seconds", "1800")]).await.to();
    assert!(part(&admin.get("/settings").await.html, "security.session_idle_seconds").contains("</code> default"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_hides_what_does_not_fit() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let hidden = |html: &str, key: &str| part(html, key).split('>').next().unwrap().ends_with(" hidden");
    for query in ["idle_seconds", "SESSION+idle", "without+a+request"] {
        let page = admin.get(&format!("/settings?q={query}")).await;
        assert!(!hidden(&page.html, "security.session_idle_seconds") && hidden(&page.html, "smtp.host"), "{query}");
        page.has("data-settings-none hidden").has(" found</span>").lacks(">0 found");
    }
    let page = admin.get("/settings?q=%3Cscript%3Enowhere").await;
    page.is(200).lacks("<script>nowhere").lacks("data-settings-none hidden").has("0 found");
    // The configuration is searched too.
    admin.get("/settings?q=proxies").await.has("<tr id=\"proxy_trust_cidrs\" data-find=\"proxy_trust_cidrs proxies");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_saved_whole_or_not_at_all() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let wrong = [("session.absolute_lifetime_minutes", "4"), ("security.session_idle_seconds", "1234")];
    let refused = admin.post("/settings/session", &wrong).await;
    refused.is(422).has("session-session.absolute_lifetime_minutes-error").has("0 for off, or a whole number between 5 and 43200");
    refused.has("value=\"4\"").has("value=\"1234\"");
    admin.get("/settings").await.has("value=\"480\"").lacks("value=\"1234\"");
    admin.post("/settings/session", &[("session.absolute_lifetime_minutes", "0")]).await.to();
    admin.get("/settings").await.lacks("value=\"480\"");
    // Settings of other groups do not come in through this one, and rules have their own editor.
    admin.post("/settings/session", &[("smtp.host", "mail.example.org")]).await.to();
    admin.post("/settings/fence", &[("fence.rules", "[]")]).await.to();
    admin.get("/settings").await.lacks("mail.example.org");
    admin.get("/security/fence").await.has("After 3 or more");
    admin.post("/settings/nothing", &[]).await.is(404);
    let clash = [("security.session_idle_seconds.was", "900"), ("security.session_idle_seconds", "901")];
    admin.post("/settings/session", &clash).await.is(422).has("changed by somebody else meanwhile").has("value=\"901\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_never_sent_back() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let secrets: Vec<&str> = ALL.iter().filter(|setting| setting.is_secret()).map(|setting| setting.key).collect();
    assert!(secrets.len() >= 4, "{secrets:?}");
    for key in &secrets {
        let group = GROUPS.iter().find(|group| group.holds(key)).unwrap();
        let at = format!("/settings/{}", group.slug);
        let planted = format!("planted-{key}");
        assert_eq!(admin.post(&at, &[(key, &planted)]).await.to(), "/settings");
        let page = admin.get("/settings").await;
        let sealed = world.stored(key);
        assert!(!sealed.is_empty() && !sealed.contains("planted"), "{key}");
        page.lacks("planted-").lacks(&sealed);
        assert!(part(&page.html, key).contains("set: leave empty to keep it"), "{key}");
        // A form that comes back does not bring it along either, and an empty field keeps it.
        let wrong = admin
            .post(&at, &[(key, &planted), ("smtp.port", "x"), ("fence.no_answer_duration", "x"), ("login_protection.version", "x")])
            .await;
        wrong.is(422).lacks("planted-");
        admin.post(&at, &[(key, "")]).await.to();
        assert!(part(&admin.get("/settings").await.html, key).contains("set: leave empty to keep it"), "{key}");
        admin.post(&at, &[(key, ""), (&format!("{key}.remove"), "true")]).await.to();
        assert!(part(&admin.get("/settings").await.html, key).contains("not set"), "{key}");
    }
    admin.get("/audit").await.lacks("planted-");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_configured_can_be_read_here() {
    let world = World::open();
    let page = world.browser(Role::Admin).await.get("/settings").await;
    page.has("<tr id=\"proxy_trust_cidrs\"").has("192.0.2.0/24").has("file /etc/ringfence.toml");
    page.lacks("name=\"proxy_trust_cidrs\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_the_zone_and_the_marks_are_those_of_the_next_request_everywhere() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    // An instance that has answered before and knows the values of that moment.
    let other = world.twin();
    let there = other.same(&admin);
    there.get("/").await.has("Home · Ringfence</title>").has("data-zone=\"UTC\"");
    other.stranger().get("/login").await.has("Log in · Ringfence</title>");
    admin.subnet("10.4.0.0/24").await;

    let named = [("branding.site_name", "Net <of> Ada"), ("branding.timezone", "europe/berlin")];
    admin.post("/settings/branding", &named).await.to();
    other.stranger().get("/login").await.has("Log in · Net &#60;of&#62; Ada</title>").has("data-zone=\"Europe/Berlin\"");
    there.get("/").await.has("Home · Net &#60;of&#62; Ada</title>").has("</svg>Net &#60;of&#62; Ada</a>");
    there.get("/audit").await.has(" CEST</time>").lacks(" UTC</time>");
    admin.post("/settings/branding", &[("branding.timezone", "Mars/Olympus")]).await.is(422).has("branding-branding.timezone-error");
    // An empty name is the product's.
    admin.post("/settings/branding", &[("branding.site_name", "")]).await.to();
    there.get("/").await.has("Home · Ringfence</title>");

    there.get("/subnets").await.has("bar-fine").lacks("bar-warn");
    admin.post("/settings/display", &[("display.utilization_warn", "0")]).await.to();
    there.get("/subnets").await.has("bar-warn").lacks("bar-full");
    admin.post("/settings/display", &[("display.utilization_critical", "0")]).await.to();
    there.get("/subnets").await.has("bar-full");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_be_as_large_as_the_setting_says() {
    let world = World::open();
    let admin = world.browser(Role::Admin).await;
    let fields = [("kind", "sites"), ("vrf", ""), ("on_duplicate", "skip"), ("ignore", "")];
    let large = format!("name,description\n{}", "x,yyyyyyyy\n".repeat(110_000));
    admin.get("/import").await.has("Up to 5 MiB");
    admin.post("/settings/limits", &[("limits.import_csv_max_mb", "1")]).await.to();
    admin.get("/import").await.has("Up to 1 MiB");
    let refused = admin.upload("/import", &fields, ("large.csv", &large)).await;
    refused.is(422).has("import-file-error").has("A file may have 1 MiB").has("limits.import_csv_max_mb");
    admin.post("/settings/limits", &[("limits.import_csv_max_mb", "51")]).await.is(422).has("between 1 and 50");
    admin.post("/settings/limits", &[("limits.import_csv_max_mb", "2")]).await.to();
    admin.upload("/import", &fields, ("large.csv", &large)).await.to();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_find_the_settings() {
    let (world, operator) = World::with_operator().await;
    operator.get("/").await.lacks("href=\"/settings\"");
    operator.get("/settings").await.is(403);
    operator.post("/settings/session", &[("security.session_idle_seconds", "60")]).await.is(403);
    world.browser(Role::Admin).await.get("/").await.has("href=\"/settings\"");
}
