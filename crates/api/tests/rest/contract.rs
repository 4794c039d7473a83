//! What others script against: shapes, statuses, headers.

use http::Method;
use serde_json::{Value as Json, json};

use crate::world::{Client, World};

/// A body with every field that the description lists for that request.
async fn complete(admin: &Client, method: &str, path: &str, body: Json) -> Json {
    let document = admin.get("/api/v1/openapi.json").await.expect(200).json();
    let pointer = format!("/paths/{}/{method}/requestBody/content/application~1json/schema/properties", path.replace('/', "~1"));
    let described: Vec<&String> = document.pointer(&pointer).unwrap().as_object().unwrap().keys().collect();
    let mut sent: Vec<&String> = body.as_object().unwrap().keys().collect();
    sent.sort();
    let mut expected = described;
    expected.sort();
    assert_eq!(sent, expected, "{method} {path}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subnet() {
    let (_world, admin) = World::with_admin().await;
    let site = admin.make("/api/v1/sites", json!({"name": "AMS"})).await;
    let vlan = admin.make("/api/v1/vlans", json!({"vid": 10, "name": "office"})).await;
    let body = json!({
        "vrf_id": 1, "prefix": "10.1.4.0/22", "name": "Office", "description": "third floor", "notes": "a\nb", "status": "active",
        "site_id": site, "vlan_id": vlan, "gateway": "10.1.4.1", "tags": ["lab", "a", "lab"],
    });
    let body = complete(&admin, "post", "/api/v1/subnets", body).await;
    insta::assert_snapshot!(admin.post("/api/v1/subnets", body).await.shown(), @r#"
    201
    content-type: application/json
    etag: "1"
    location: /api/v1/subnets/1
    {
      "capacity": "1022",
      "children": 0,
      "covered": "0",
      "created_at": "2026-08-01T12:00:00.000000Z",
      "depth": 0,
      "description": "third floor",
      "family": 4,
      "gateway": "10.1.4.1",
      "id": 1,
      "name": "Office",
      "notes": "a\nb",
      "parent_id": null,
      "prefix": "10.1.4.0/22",
      "reserved": "0",
      "site": {
        "id": 2,
        "inherited": false,
        "name": "AMS"
      },
      "status": "active",
      "tags": [
        "a",
        "lab"
      ],
      "updated_at": "2026-08-01T12:00:00.000000Z",
      "used": "0",
      "utilization": 0.0,
      "version": 1,
      "vlan": {
        "id": 1,
        "name": "office",
        "vid": 10
      },
      "vrf": {
        "id": 1,
        "name": "Global"
      }
    }
    "#);

    let wanted = json!({
        "name": "", "description": "x", "notes": "", "status": "deprecated", "site_id": null, "vlan_id": null, "gateway": null, "tags": [],
    });
    let wanted = complete(&admin, "patch", "/api/v1/subnets/{id}", wanted).await;
    let changed = admin.patch_if("/api/v1/subnets/1", "\"1\"", wanted).await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let json = changed.json();
    assert_eq!((&json["site"], &json["vlan"], &json["gateway"], &json["tags"]), (&json!(null), &json!(null), &json!(null), &json!([])));
    let same = admin.patch("/api/v1/subnets/1", json!({})).await.expect(200);
    assert_eq!(same.json(), json, "absent is unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address() {
    let (_world, admin) = World::with_admin().await;
    let vrf = admin.make("/api/v1/vrfs", json!({"name": "Red"})).await;
    let subnet = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "vrf_id": vrf})).await;
    let body = json!({
        "address": "10.0.0.7", "subnet_id": subnet, "status": "used", "hostname": "web", "owner": "ops", "mac": "00:11:22:33:44:55",
        "description": "d", "notes": "n", "expires_at": "2027-01-31", "tags": ["lab"],
    });
    insta::assert_snapshot!(admin.post("/api/v1/addresses", body.clone()).await.shown(), @r#"
    201
    content-type: application/json
    etag: "1"
    location: /api/v1/addresses/1
    {
      "address": "10.0.0.7",
      "created_at": "2026-08-01T12:00:00.000000Z",
      "description": "d",
      "expires_at": "2027-01-31",
      "family": 4,
      "hostname": "web",
      "id": 1,
      "mac": "00:11:22:33:44:55",
      "notes": "n",
      "owner": "ops",
      "status": "used",
      "subnet_id": 1,
      "tags": [
        "lab"
      ],
      "updated_at": "2026-08-01T12:00:00.000000Z",
      "version": 1,
      "vrf": {
        "id": 2,
        "name": "Red"
      }
    }
    "#);

    let mut both = body.clone();
    both["vrf_id"] = json!(vrf);
    let both = complete(&admin, "post", "/api/v1/addresses", both).await;
    assert_eq!(admin.post("/api/v1/addresses", both).await.expect(422).errors(), ["subnet_id: send either vrf_id or subnet_id"]);
    let outside = json!({"address": "10.0.1.7", "subnet_id": subnet});
    let errors = admin.post("/api/v1/addresses", outside).await.expect(422).errors();
    assert_eq!(errors, ["address: 10.0.1.7 is not inside 10.0.0.0/24, the prefix of subnet 1"]);
    let nowhere = json!({"address": "10.0.0.8", "subnet_id": 77});
    assert_eq!(admin.post("/api/v1/addresses", nowhere).await.expect(422).errors(), ["subnet_id: there is no subnet 77"]);
    admin.post("/api/v1/addresses", json!({"address": "10.0.0.8"})).await.expect(422);
    admin.post("/api/v1/addresses", json!({"address": "10.0.0.8", "vrf_id": vrf})).await.expect(201);

    let wanted = json!({
        "status": "reserved", "hostname": "", "owner": "", "mac": "", "description": "", "notes": "", "expires_at": null, "tags": [],
    });
    let wanted = complete(&admin, "patch", "/api/v1/addresses/{id}", wanted).await;
    let changed = admin.patch("/api/v1/addresses/1", wanted).await.expect(200).json();
    assert_eq!((&changed["status"], &changed["expires_at"], &changed["version"]), (&json!("reserved"), &json!(null), &json!(2)));
    let errors = admin.patch("/api/v1/addresses/1", json!({"expires_at": "2027-02-30"})).await.expect(422).errors();
    assert_eq!(errors, ["expires_at: must be a day as YYYY-MM-DD"]);
    admin.delete("/api/v1/addresses/1").await.expect(204);
    admin.get("/api/v1/addresses/1").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_out() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/16"})).await;
    let carve = format!("/api/v1/subnets/{id}/subnets/next");
    assert_eq!(admin.get(&format!("{carve}?length=26")).await.expect(200).json(), json!({"prefix": "10.0.0.0/26"}));
    let body = json!({
        "length": 26, "count": 2, "strategy": "last", "name": "n", "description": "", "notes": "", "status": "reserved", "site_id": null,
        "vlan_id": null, "tags": ["lab"],
    });
    let body = complete(&admin, "post", "/api/v1/subnets/{id}/subnets/next", body).await;
    let carved = admin.post(&carve, body).await.expect(201);
    assert_eq!(carved.header("location"), None);
    let carved = carved.json();
    assert_eq!(carved.as_object().unwrap().len(), 1);
    let mut prefixes: Vec<&str> = carved["data"].as_array().unwrap().iter().map(|row| row["prefix"].as_str().unwrap()).collect();
    prefixes.sort_unstable();
    assert_eq!(prefixes, ["10.0.255.128/26", "10.0.255.192/26"]);
    for strategy in ["first", "best", "sparse", "random"] {
        let one = admin.post(&carve, json!({"length": 28, "strategy": strategy})).await.expect(201);
        let id = one.json()["data"][0]["id"].clone();
        assert_eq!(one.header("location"), Some(format!("/api/v1/subnets/{id}").as_str()));
    }

    let small = admin.make("/api/v1/subnets", json!({"prefix": "192.0.2.0/29"})).await;
    let next = format!("/api/v1/subnets/{small}/addresses/next");
    assert_eq!(admin.get(&next).await.expect(200).json(), json!({"address": "192.0.2.1"}));
    let body = json!({
        "count": 2, "status": "reserved", "hostname": "h", "owner": "o", "mac": "001b.6384.45e6", "description": "d", "notes": "n",
        "expires_at": "2027-01-31", "tags": ["lab"],
    });
    let body = complete(&admin, "post", "/api/v1/subnets/{id}/addresses/next", body).await;
    let taken = admin.post(&next, body).await.expect(201).json();
    assert_eq!((&taken["data"][0]["address"], &taken["data"][1]["address"]), (&json!("192.0.2.1"), &json!("192.0.2.2")));
    let bare = admin.send(Method::POST, &next, &[], "").await.expect(201);
    assert_eq!(bare.json()["data"][0]["address"], "192.0.2.3", "no body asks for one address");
    assert_eq!(admin.post(&next, json!({"count": 0})).await.expect(422).errors(), ["count: must be a whole number from 1 to 1000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_small_nouns() {
    let (_world, admin) = World::with_admin().await;
    let parent = admin.make("/api/v1/sites", json!({"name": "NL"})).await;
    for (noun, body, change) in [
        (
            "sites",
            json!({"name": "AMS", "parent_id": parent, "description": "d"}),
            json!({"name": "A", "parent_id": null, "description": ""}),
        ),
        (
            "vrfs",
            json!({"name": "Red", "rd": "65000:1", "description": "d", "import_targets": ["1:1"], "export_targets": ["1:2"]}),
            json!({"name": "Blue", "rd": "", "description": "", "import_targets": [], "export_targets": []}),
        ),
        ("tags", json!({"name": "lab", "colour": "#aabbcc"}), json!({"name": "lab2", "colour": ""})),
        (
            "vlans",
            json!({"vid": 10, "name": "office", "site_id": parent, "description": "d", "tags": ["x"]}),
            json!({"vid": 11, "name": "", "site_id": null, "description": "", "tags": []}),
        ),
    ] {
        let body = complete(&admin, "post", &format!("/api/v1/{noun}"), body).await;
        let change = complete(&admin, "patch", &format!("/api/v1/{noun}/{{id}}"), change).await;
        let made = admin.post(&format!("/api/v1/{noun}"), body.clone()).await.expect(201);
        let path = made.header("location").unwrap().to_owned();
        assert_eq!(made.header("etag"), Some("\"1\""));
        let read = admin.get(&path).await.expect(200);
        assert_eq!((read.json(), read.header("etag")), (made.json(), Some("\"1\"")));
        for (field, value) in body.as_object().unwrap().iter().filter(|(field, _)| !field.ends_with("_id")) {
            assert_eq!(&made.json()[field], value, "{noun} {field}");
        }
        let changed = admin.patch_if(&path, "\"1\"", change.clone()).await.expect(200).json();
        for (field, value) in change.as_object().unwrap().iter().filter(|(field, _)| !field.ends_with("_id")) {
            assert_eq!(&changed[field], value, "{noun} {field}");
        }
        assert_eq!(changed["version"], 2);
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_has_is_not_sent_again() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/tags", json!({"name": "lab"})).await;
    let path = format!("/api/v1/tags/{id}");
    let unchanged = admin.send(Method::GET, &path, &[("if-none-match", "\"1\"")], "").await.expect(304);
    assert_eq!((unchanged.header("etag"), unchanged.text.as_str()), (Some("\"1\""), ""));
    admin.send(Method::GET, &path, &[("if-none-match", "\"2\"")], "").await.expect(200);
    let head = admin.send(Method::HEAD, &path, &[], "").await.expect(200);
    assert_eq!((head.header("etag"), head.text.as_str()), (Some("\"1\""), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_leaves_one_event() {
    let (_world, admin) = World::with_admin().await;
    let before = admin.get("/api/v1/audit?limit=1000").await.expect(200).json()["data"].as_array().unwrap().len();
    admin.post("/api/v1/subnets", json!({"prefix": "10.0.0.0/24", "tags": ["lab"]})).await.expect(201);
    admin.patch("/api/v1/subnets/1", json!({"name": "x"})).await.expect(200);
    admin.patch("/api/v1/subnets/1", json!({"name": "x"})).await.expect(200);
    admin.post("/api/v1/subnets/1/addresses/next", json!({"count": 3})).await.expect(201);
    admin.post("/api/v1/subnets/1/subnets/next", json!({"length": 26, "count": 2})).await.expect(201);
    admin.delete("/api/v1/subnets/1?cascade=true").await.expect(204);
    let events = admin.get("/api/v1/audit?limit=1000").await.expect(200).json();
    let events = events["data"].as_array().unwrap();
    let names: Vec<&str> = events[..events.len() - before].iter().rev().map(|event| event["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["subnet.created", "subnet.updated", "address.allocated", "subnet.allocated", "subnet.deleted"]);
    assert_eq!(
        (&events[0]["door"], &events[0]["client"], &events[0]["request_id"]),
        (&json!("api"), &json!("127.0.0.1"), &json!("0123456789abcdef"))
    );
    let about = admin.get("/api/v1/audit?object_kind=subnet&object_id=1&name=subnet.&limit=1").await.expect(200).json();
    assert_eq!(about["data"][0]["name"], "subnet.deleted");
    assert!(about["next"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_openapi() {
    let (_world, admin) = World::with_admin().await;
    let document = admin.get("/api/v1/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    insta::assert_snapshot!(document["paths"]["/api/v1/subnets/{id}"]["delete"]["parameters"], @r#"
    [{"in":"path","name":"id","required":true,"schema":{"format":"int64","minimum":1,"type":"integer"}},{"description":"Delete its addresses too","in":"query","name":"cascade","required":false,"schema":{"type":"boolean"}},{"description":"The object's ETag: refused with 412 if it is another by now","in":"header","name":"If-Match","schema":{"type":"string"}}]
    "#);
    let body = &document["paths"]["/api/v1/subnets/{id}/subnets/next"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!((&body["required"], &body["additionalProperties"]), (&json!(["length"]), &json!(false)));
    assert_eq!(body["properties"]["site_id"]["type"], json!(["integer", "null"]));
    assert_eq!(body["properties"]["strategy"]["enum"], json!(["first", "last", "best", "sparse", "random"]));
    let subnet = &document["components"]["schemas"]["Subnet"]["properties"];
    assert_eq!(subnet["utilization"]["type"], json!(["number", "null"]));
}
