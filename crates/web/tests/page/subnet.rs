//! The tree, one subnet, its forms.

use ringfence_guard::permission::Role;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_subnet_is_made_found_in_the_tree_changed_and_deleted() {
    let (_world, person) = World::with_operator().await;
    person.get("/subnets").await.is(200).has("There is no subnet yet.");
    let outer = person.subnet(" 10.0.0.0/8 ").await;
    let fields = [("vrf", "1"), ("prefix", "10.4.0.0/24"), ("name", "Frankfurt"), ("status", "reserved"), ("tags", "prod, pci")];
    let inner = person.post("/subnets", &fields).await.id();

    person.get("/subnets").await.is(200).has("10.0.0.0/8").has("2 subnets").lacks("10.4.0.0/24");
    let fold = format!("/subnets/{outer}/children?depth=1");
    person.part(&fold).await.is(200).has("10.4.0.0/24").has("data-tree=\"1\"").lacks("<html");
    assert_eq!(person.get(&fold).await.to(), format!("/subnets/{outer}"));
    person.get(&format!("/subnets/{inner}")).await.is(200).has("255.255.255.0").has("Frankfurt").has("pci").has("10.4.0.1");

    let page = format!("/subnets/{inner}/edit");
    let form = person.get(&page).await;
    form.is(200).has("readonly");
    let version = form.field("version");
    let change = [("version", version.as_str()), ("name", "Oslo"), ("gateway", "10.4.0.1"), ("status", "active"), ("notes", "a\r\nb")];
    assert_eq!(person.post(&page, &change).await.to(), format!("/subnets/{inner}"));
    person
        .get(&format!("/subnets/{inner}"))
        .await
        .has("Oslo")
        .lacks("pci</a>")
        .has("<th scope=\"row\">VRF</th>")
        .has("<ins><span class=\"visually-hidden\">after: </span>Global</ins>")
        .lacks("vrf_id");

    // Whoever saves with the old version is told what stands there now, and can then decide.
    let late = person.post(&page, &[("version", version.as_str()), ("name", "Bergen"), ("status", "active")]).await;
    late.is(412).has("Is now: Oslo").has("value=\"Bergen\"");
    assert_ne!(late.field("version"), version);

    let page = format!("/subnets/{outer}/delete");
    let ask = person.get(&page).await;
    ask.is(200).has("1 subnet moves to the top of Global").has("Nothing else goes along");
    let version = ask.field("version");
    person.post(&page, &[("version", &version), ("confirm", "10.0.0.0")]).await.is(422).has("Type 10.0.0.0/8 to confirm");
    assert_eq!(person.post(&page, &[("version", &version), ("confirm", "10.0.0.0/8")]).await.to(), "/subnets?vrf=1");
    person.get(&format!("/subnets/{outer}")).await.is(404);
    person.get("/subnets").await.has("10.4.0.0/24").lacks("10.0.0.0/8");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_go_along_only_when_the_page_said_so() {
    let (_world, person) = World::with_operator().await;
    let id = person.subnet("10.4.0.0/24").await;
    let page = format!("/subnets/{id}/delete");
    let version = person.get(&page).await.field("version");
    person.post(&format!("/subnets/{id}/addresses/next"), &[("hostname", "web")]).await.is(303);

    let answer = person.post(&page, &[("version", &version), ("confirm", "10.4.0.0/24")]).await;
    answer.is(409).has("Addresses were added meanwhile").has("1 address").has("10.4.0.1");
    assert_eq!(answer.field("cascade"), "yes");
    let sure = [("version", version.as_str()), ("confirm", "10.4.0.0/24"), ("cascade", "yes")];
    assert_eq!(person.post(&page, &sure).await.to(), "/subnets?vrf=1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let (_world, person) = World::with_operator().await;
    person.subnet("10.4.0.0/24").await;
    let wrong = |prefix: &'static str| [("vrf", "1"), ("prefix", prefix), ("name", "kept")];
    let page = person.post("/subnets", &wrong("10.4.0.7/24")).await;
    page.is(422).has("id=\"subnet-prefix-error\"").has("write 10.4.0.0/24").has("value=\"kept\"").has("value=\"10.4.0.7/24\"");
    person.post("/subnets", &wrong("")).await.is(422).has("id=\"subnet-prefix-error\"");
    person.post("/subnets", &wrong("010.0.0.0/8")).await.is(422).has("leading zeros");
    person.post("/subnets", &wrong("10.4.0.0/24")).await.is(409).has("exists already").has("id=\"subnet-prefix-error\"");

    let two = [("vrf", "1"), ("prefix", "10.9.0.0/33"), ("gateway", "x")];
    person.post("/subnets", &two).await.is(422).has("id=\"subnet-prefix-error\"").has("id=\"subnet-gateway-error\"");
    let gateway = [("vrf", "1"), ("prefix", "10.9.0.0/24"), ("gateway", "10.8.0.1")];
    person.post("/subnets", &gateway).await.is(422).has("is not inside");
    let site = [("vrf", "1"), ("prefix", "10.9.0.0/24"), ("site", "77")];
    person.post("/subnets", &site).await.is(422).has("id=\"subnet-site-error\"").has("value=\"77\" selected");
    let markup = [("vrf", "1"), ("prefix", "\"><script>alert(1)</script>")];
    person.post("/subnets", &markup).await.is(422).lacks("<script>alert");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_subnets_are_handed_out() {
    let (_world, person) = World::with_operator().await;
    let id = person.subnet("10.4.0.0/29").await;
    let allocate = format!("/subnets/{id}/addresses/next");
    let done = person.post(&allocate, &[("hostname", " web-01 ")]).await;
    assert_eq!(done.to(), format!("/subnets/{id}"));
    person.get(done.to()).await.has("web-01").has("10.4.0.2");
    for _ in 0..5 {
        person.post(&allocate, &[("hostname", "")]).await.is(303);
    }
    person.post(&allocate, &[("hostname", "late")]).await.is(409).has("no address free");

    let id = person.subnet("10.5.0.0/24").await;
    let carve = format!("/subnets/{id}/subnets/next");
    let made = person.post(&carve, &[("length", "/26"), ("strategy", "last"), ("name", "lab")]).await;
    person.get(made.to()).await.is(200).has("10.5.0.192/26").has("lab");
    person.post(&carve, &[("length", "26"), ("strategy", "random")]).await.is(303);
    let no_number = [("length", "wide"), ("strategy", "first"), ("name", "kept")];
    person.post(&carve, &no_number).await.is(422).has("carve-length-error").has("value=\"kept\"");
    person.post(&carve, &[("length", "20"), ("strategy", "first")]).await.is(422).has("carve-length-error");
    person.post(&carve, &[("length", "25"), ("strategy", "sparse"), ("name", "kept")]).await.is(409).has("/25").has("value=\"kept\"");
    person.post("/subnets/999/subnets/next", &[("length", "26"), ("strategy", "first")]).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_come_in_windows_for_everybody() {
    let (_world, person) = World::with_operator().await;
    let id = person.subnet("10.0.0.0/16").await;
    for third in 0..103 {
        person.subnet(&format!("10.0.{third}.0/24")).await;
    }
    let page = person.get(&format!("/subnets/{id}")).await;
    page.has("10.0.99.0/24").lacks("10.0.100.0/24");
    let more = page.more();
    person.part(&more).await.is(200).has("10.0.100.0/24").has("10.0.102.0/24").lacks("10.0.99.0/24").lacks("hx-get");
    // Without script the same link leads to the subnet's page with that window.
    let plain = person.get(&more).await.to().to_owned();
    person.get(&plain).await.is(200).has("10.0.102.0/24").lacks("10.0.99.0/24");

    let home = person.subnet("192.0.2.0/24").await;
    for _ in 0..102 {
        person.post(&format!("/subnets/{home}/addresses/next"), &[]).await.is(303);
    }
    let more = person.get(&format!("/subnets/{home}")).await.more();
    person.part(&more).await.is(200).has("192.0.2.102").lacks("192.0.2.100<").lacks("<html");
    person.get(&more).await.is(200).has("192.0.2.102").has("<html");
    person.get("/subnets?vrf=1&after=zz").await.is(422);

    for second in 0..201 {
        person.subnet(&format!("11.{second}.0.0/16")).await;
    }
    let more = person.get("/subnets").await.more();
    person.part(&more).await.is(200).has("11.200.0.0/16").lacks("<html");
    person.get(&more).await.is(200).has("11.200.0.0/16").lacks("11.100.0.0/16").has("<html");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_give_a_flat_list() {
    let (_world, person) = World::with_operator().await;
    person.post("/subnets", &[("vrf", "1"), ("prefix", "10.0.0.0/8"), ("name", "office")]).await.is(303);
    person.post("/subnets", &[("vrf", "1"), ("prefix", "10.4.0.0/24"), ("name", "office west"), ("tags", "prod")]).await.is(303);
    person.post("/subnets", &[("vrf", "1"), ("prefix", "2001:db8::/32"), ("status", "deprecated")]).await.is(303);
    let found = person.get("/subnets?q=west").await;
    found.is(200).has("10.4.0.0/24").lacks(">10.0.0.0/8<").has("1 subnet<").lacks("data-fold");
    person.get("/subnets?q=10.4.0.9").await.has(">10.0.0.0/8<").has(">10.4.0.0/24<").lacks("2001:db8");
    person.get("/subnets?q=10.4.").await.has(">10.4.0.0/24<").lacks(">10.0.0.0/8<");
    person.get("/subnets?family=6").await.has(">2001:db8::/32<").lacks(">10.0.0.0/8<");
    person.get("/subnets?status=deprecated&vrf=1").await.has(">2001:db8::/32<").lacks(">10.0.0.0/8<");
    person.get("/subnets?tag=prod").await.has(">10.4.0.0/24<").lacks(">10.0.0.0/8<");
    person.get("/subnets?q=nowhere").await.is(200).has("No subnet matches.");
    person.get("/subnets?vrf=1").await.has(">10.0.0.0/8<").lacks(">10.4.0.0/24<");
    for wrong in ["vrf=x", "status=odd", "family=5", "site=1x", "q=a&vlan=-"] {
        person.get(&format!("/subnets?{wrong}")).await.is(422);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_looks_and_changes_nothing() {
    let (world, person) = World::with_operator().await;
    let id = person.subnet("10.4.0.0/24").await;
    let viewer = world.browser(Role::Viewer).await;
    viewer.get(&format!("/subnets/{id}")).await.is(200).lacks("Allocate next").lacks("/edit");
    for page in ["/subnets/new".to_owned(), format!("/subnets/{id}/edit"), format!("/subnets/{id}/delete"), "/addresses/new".to_owned()] {
        viewer.get(&page).await.is(403);
    }
    viewer.post(&format!("/subnets/{id}/addresses/next"), &[("hostname", "x")]).await.is(403);
    viewer.post("/subnets", &[("vrf", "1"), ("prefix", "10.5.0.0/24")]).await.is(403);
    for nothing in ["/subnets/0", "/subnets/x", "/subnets/99999999999999999999", "/subnets/77", "/subnets/77/children"] {
        viewer.part(nothing).await.is(404);
    }
}

/// A button pressed twice hands out one address, and the form sent again with another name a second one.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_done_once() {
    let (_world, person) = World::with_operator().await;
    let id = person.subnet("10.4.0.0/24").await;
    let page = person.get(&format!("/subnets/{id}")).await;
    let once = page.field("once");
    let next = format!("/subnets/{id}/addresses/next");
    for _ in 0..2 {
        person.post(&next, &[("once", &once), ("hostname", "web")]).await.is(303);
    }
    let count = |html: String| {
        let table = html.split("id=\"addresses\"").nth(1).unwrap().split("</section>").next().unwrap();
        table.matches("<tr").count() - 1
    };
    assert_eq!(count(person.get(&format!("/subnets/{id}")).await.html), 1);
    person.post(&next, &[("once", &once), ("hostname", "db")]).await.is(303);
    assert_eq!(count(person.get(&format!("/subnets/{id}")).await.html), 2);

    let carve = format!("/subnets/{id}/subnets/next");
    let first = person.post(&carve, &[("once", &once), ("length", "28"), ("strategy", "last")]).await;
    let again = person.post(&carve, &[("once", &once), ("length", "28"), ("strategy", "last")]).await;
    assert_eq!(again.to(), first.to());
}
