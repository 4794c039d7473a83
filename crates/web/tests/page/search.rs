//! One box.

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_found_in_one_box() {
    let (_world, person) = World::with_operator().await;
    person.get("/search").await.is(200).has("Type an address");
    person.get("/search?q=nowhere").await.is(200).has("Nothing matches");
    let outer = person.subnet("10.0.0.0/8").await;
    let inner = person.subnet("10.4.0.0/24").await;
    let fields = [("vrf", "1"), ("address", "10.4.0.9"), ("hostname", "database-01"), ("tags", "prod")];
    let id = person.post("/addresses", &fields).await.id();

    let found = person.get("/search?q=10.4.0.9").await;
    found.is(200).has(&format!("/addresses/{id}\"")).has(&format!("/subnets/{outer}\"")).has(&format!("/subnets/{inner}\""));
    found.lacks("Add 10.4.0.9").has("name=\"q\" value=\"10.4.0.9\"");
    let free = person.get("/search?q=10.4.0.10").await;
    free.has("Add 10.4.0.10").has(&format!("subnet={inner}"));
    person.get("/search?q=10.4.0.0/24").await.lacks("Add 10.4.0.0/24");
    person.get("/search?q=10.4.0.0/26").await.has("Add 10.4.0.0/26").has("/subnets/new?vrf=1");
    person.get("/search?q=atabase").await.has("database-01").has("10.4.0.0/24");
    person.get("/search?q=prod").await.has("/subnets?tag=prod");
    person.get(&format!("/search?q={}", "x".repeat(201))).await.is(422);
    person.get("/search?q=%3Cscript%3Ealert(1)").await.is(200).lacks("<script>alert");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_said() {
    let (_world, person) = World::with_operator().await;
    let id = person.subnet("10.4.0.0/24").await;
    for _ in 0..51 {
        person.post(&format!("/subnets/{id}/addresses/next"), &[("hostname", "worker")]).await.is(303);
    }
    let found = person.get("/search?q=worker").await;
    found.has("Only the first 50 addresses").has("10.4.0.50<").lacks("10.4.0.51<");
}
