//! One address and its forms.

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_added_changed_and_deleted() {
    let (_world, person) = World::with_operator().await;
    let subnet = person.subnet("10.4.0.0/24").await;
    let home = subnet.to_string();
    let form = person.get(&format!("/addresses/new?subnet={subnet}&address=10.4.0.9")).await;
    form.is(200).has("value=\"10.4.0.9\"").lacks("name=\"vrf\"");
    let fields = [("subnet_id", home.as_str()), ("address", "10.4.0.9"), ("hostname", "db"), ("expires_at", "2027-03-31")];
    assert_eq!(person.post("/addresses", &fields).await.to(), format!("/subnets/{subnet}"));
    let made = person.post("/addresses", &[("vrf", "1"), ("address", "10.4.0.10"), ("mac", "52-54-00-1A-9C-0F")]).await;
    let id = made.id();
    assert_eq!(made.to(), format!("/addresses/{id}"));
    person.get(made.to()).await.is(200).has("10.4.0.10").has("52-54-00-1A-9C-0F").has("10.4.0.0/24").has("Address created");

    let page = format!("/addresses/{id}/edit");
    let version = person.get(&page).await.field("version");
    let change = [("version", version.as_str()), ("status", "reserved"), ("hostname", "gw"), ("tags", "core edge")];
    assert_eq!(person.post(&page, &change).await.to(), format!("/addresses/{id}"));
    person.get(&format!("/addresses/{id}")).await.has("reserved").has("gw").has("edge").lacks("data-copy=\"52-54");
    let late = person.post(&page, &[("version", version.as_str()), ("hostname", "mine"), ("status", "used")]).await;
    late.is(412).has("Is now: gw").has("Is now: reserved").has("value=\"mine\"").has("value=\"10.4.0.10\"");
    person.post(&page, &[("hostname", "mine")]).await.is(422).has("without its version");

    let page = format!("/addresses/{id}/delete");
    let version = person.get(&page).await.field("version");
    assert_eq!(person.post(&page, &[("version", &version)]).await.to(), format!("/subnets/{subnet}"));
    person.get(&page).await.is(404);
    person.post(&page, &[("version", &version)]).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_at_its_field() {
    let (_world, person) = World::with_operator().await;
    let subnet = person.subnet("10.4.0.0/24").await.to_string();
    person.subnet("10.5.0.0/24").await;
    let from = |address: &'static str| [("subnet_id", subnet.as_str()), ("address", address), ("hostname", "kept")];
    let wrong = person.post("/addresses", &from("10.4.0.017")).await;
    wrong.is(422).has("id=\"address-address-error\"").has("write 10.4.0.17").has("value=\"kept\"").has("value=\"10.4.0.017\"");
    person.post("/addresses", &from("10.5.0.1")).await.is(422).has("10.5.0.1 is not inside 10.4.0.0/24");
    person.post("/addresses", &from("10.4.0.1")).await.is(303);
    person.post("/addresses", &from("10.4.0.1")).await.is(409).has("exists already");
    person.post("/addresses", &[("vrf", "1"), ("address", "192.0.2.1")]).await.is(422).has("make one first");
    let day = [("vrf", "1"), ("address", "10.4.0.2"), ("expires_at", "31.3.2027")];
    person.post("/addresses", &day).await.is(422).has("id=\"address-expires_at-error\"");
    person.post("/addresses", &[("vrf", "9"), ("address", "10.4.0.2")]).await.is(422).has("id=\"address-vrf-error\"");
    person.post("/addresses", &[("subnet_id", "999"), ("address", "10.4.0.2")]).await.is(404);
    person.get("/addresses/new?subnet=999").await.is(404);
    person.get("/addresses/new").await.is(200).has("name=\"vrf\"");
}
