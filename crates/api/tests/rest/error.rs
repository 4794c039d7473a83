//! What goes wrong, and how it is told.

use http::Method;
use ringfence_api::ROUTES;
use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_body_at_once() {
    let (_world, admin) = World::with_admin().await;
    let body = json!({
        "prefix": "10.1.4.9/24", "id": 3, "site": null, "status": "live", "vlan_id": "x", "tags": "a", "nam": "b", "gateway": "10.1.4.01",
    });
    insta::assert_snapshot!(admin.post("/api/v1/subnets", body).await.shown(), @r#"
    422
    content-type: application/problem+json
    {
      "detail": "id: is read-only; nam: is no field of this request; site: is read-only: set site_id; prefix: 10.1.4.9/24 has host bits set beyond /24; write 10.1.4.0/24; gateway: \"10.1.4.01\" has leading zeros or hexadecimal, which systems read differently: write plain decimals; write 10.1.4.1; status: must be one of active, container, reserved, deprecated; vlan_id: must be a whole number from 1; tags: must be a list of strings",
      "errors": [
        {
          "field": "id",
          "message": "is read-only"
        },
        {
          "field": "nam",
          "message": "is no field of this request"
        },
        {
          "field": "site",
          "message": "is read-only: set site_id"
        },
        {
          "field": "prefix",
          "message": "10.1.4.9/24 has host bits set beyond /24; write 10.1.4.0/24"
        },
        {
          "field": "gateway",
          "message": "\"10.1.4.01\" has leading zeros or hexadecimal, which systems read differently: write plain decimals; write 10.1.4.1"
        },
        {
          "field": "status",
          "message": "must be one of active, container, reserved, deprecated"
        },
        {
          "field": "vlan_id",
          "message": "must be a whole number from 1"
        },
        {
          "field": "tags",
          "message": "must be a list of strings"
        }
      ],
      "request_id": "0123456789abcdef",
      "status": 422,
      "title": "The input does not do",
      "type": "/problems/invalid"
    }
    "#);
    let answer = admin.patch("/api/v1/subnets/1", json!({"prefix": "10.0.0.0/8", "used": "1", "version": 2})).await.expect(422);
    assert_eq!(
        answer.errors(),
        ["prefix: is read-only: it stays as it was made", "used: is read-only", "version: is read-only: send it as If-Match"]
    );
    assert_eq!(
        admin.post("/api/v1/vlans", json!({"vid": 4095})).await.expect(422).errors(),
        ["vid: must be a whole number from 1 to 4094"]
    );
    assert_eq!(admin.post("/api/v1/sites", json!({"name": ""})).await.expect(422).errors(), ["name: must not be empty"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_name_the_row() {
    let (_world, admin) = World::with_admin().await;
    admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
    insta::assert_snapshot!(admin.post("/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await.shown(), @r#"
    409
    content-type: application/problem+json
    {
      "conflict": {
        "field": "prefix",
        "id": 1,
        "kind": "subnet",
        "label": "10.0.0.0/24 in vrf Global"
      },
      "detail": "10.0.0.0/24 in vrf Global exists already: subnet 1",
      "request_id": "0123456789abcdef",
      "status": 409,
      "title": "It exists already",
      "type": "/problems/duplicate"
    }
    "#);
    admin.make("/api/v1/addresses", json!({"address": "10.0.0.1"})).await;
    let answer = admin.post("/api/v1/addresses", json!({"address": "10.0.0.1"})).await.expect(409);
    assert_eq!(answer.json()["conflict"], json!({"kind": "address", "id": 1, "label": "10.0.0.1 in vrf Global", "field": "address"}));
    for (path, body) in [
        ("/api/v1/sites", json!({"name": "AMS"})),
        ("/api/v1/vrfs", json!({"name": "Red"})),
        ("/api/v1/tags", json!({"name": "lab"})),
        ("/api/v1/vlans", json!({"vid": 10})),
    ] {
        let id = admin.make(path, body.clone()).await;
        let conflict = admin.post(path, body).await.expect(409).json()["conflict"].clone();
        assert_eq!(conflict["id"], id, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_without_looking_further() {
    let (_world, admin) = World::with_admin().await;
    let send = async |kind: &str, body: &str| {
        let headers: &[(&str, &str)] = if kind.is_empty() { &[] } else { &[("content-type", kind)] };
        admin.send(Method::POST, "/api/v1/sites", headers, body.to_owned()).await
    };
    insta::assert_snapshot!(send("application/json", "{\"name\":").await.shown(), @r#"
    400
    content-type: application/problem+json
    {
      "detail": "the body: EOF while parsing a value at line 1 column 8",
      "errors": [
        {
          "field": "",
          "message": "the body: EOF while parsing a value at line 1 column 8"
        }
      ],
      "request_id": "0123456789abcdef",
      "status": 400,
      "title": "The request cannot be read",
      "type": "/problems/malformed"
    }
    "#);
    for body in ["[]", "null", "\u{feff}{}", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"\\ud800\"}", "{\"name\":\"a\"}x"] {
        assert_eq!(send("application/json", body).await.expect(400).json()["type"], "/problems/malformed", "{body}");
    }
    insta::assert_snapshot!(send("text/plain", "{\"name\":\"a\"}").await.shown(), @r#"
    415
    content-type: application/problem+json
    {
      "detail": "send the body with Content-Type: application/json",
      "request_id": "0123456789abcdef",
      "status": 415,
      "title": "The body must be JSON",
      "type": "/problems/media-type"
    }
    "#);
    send("", "{\"name\":\"a\"}").await.expect(415);
    send("application/x-www-form-urlencoded", "name=a").await.expect(415);
    send("application/json; charset=utf-8", "{\"name\":\"a\"}").await.expect(201);
    send("Application/JSON", "{\"name\":\"b\"}").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_end_at_a_mebibyte() {
    let (_world, admin) = World::with_admin().await;
    let body = |length: usize| {
        let frame = "{\"name\":\"\"}".len();
        format!("{{\"name\":\"{}\"}}", "x".repeat(length - frame))
    };
    let json = ("content-type", "application/json");
    admin.send(Method::POST, "/api/v1/sites", &[json], body(1 << 20)).await.expect(422);
    insta::assert_snapshot!(admin.send(Method::POST, "/api/v1/sites", &[json], body((1 << 20) + 1)).await.shown(), @r#"
    413
    content-type: application/problem+json
    {
      "detail": "at most 1048576 bytes are read",
      "request_id": "0123456789abcdef",
      "status": 413,
      "title": "The body is too large",
      "type": "/problems/too-large"
    }
    "#);
    let announced = [json, ("content-length", "1048577")];
    admin.send(Method::POST, "/api/v1/sites", &announced, "{}").await.expect(413);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_methods_that_are_not_there() {
    let (_world, admin) = World::with_admin().await;
    insta::assert_snapshot!(admin.get("/api/v1/subnets/9").await.shown(), @r#"
    404
    content-type: application/problem+json
    {
      "detail": "no subnet with id 9",
      "request_id": "0123456789abcdef",
      "status": 404,
      "title": "There is no such object",
      "type": "/problems/not-found"
    }
    "#);
    insta::assert_snapshot!(admin.get("/api/v1/subnet").await.shown(), @r#"
    404
    content-type: application/problem+json
    {
      "detail": "the paths are listed at /api/v1/openapi.json",
      "request_id": "0123456789abcdef",
      "status": 404,
      "title": "There is no such path",
      "type": "/problems/no-route"
    }
    "#);
    insta::assert_snapshot!(admin.send(Method::PUT, "/api/v1/subnets/9", &[], "").await.shown(), @r#"
    405
    content-type: application/problem+json
    allow: GET,HEAD,PATCH,DELETE
    {
      "detail": "the header Allow lists the methods of this path",
      "request_id": "0123456789abcdef",
      "status": 405,
      "title": "The path has no such method",
      "type": "/problems/method"
    }
    "#);
    for path in
        ["/api/v1/subnets/x", "/api/v1/subnets/0", "/api/v1/subnets/01", "/api/v1/subnets/-1", "/api/v1/subnets/", "/api/v2/subnets"]
    {
        admin.get(path).await.expect(404);
    }
    for noun in ["addresses", "sites", "tags", "vlans", "vrfs"] {
        admin.get(&format!("/api/v1/{noun}/777")).await.expect(404);
        admin.patch(&format!("/api/v1/{noun}/777"), json!({})).await.expect(404);
        admin.delete(&format!("/api/v1/{noun}/777")).await.expect(404);
    }
    admin.get("/api/v1/subnets/777/addresses/next").await.expect(404);
    admin.post("/api/v1/subnets/777/subnets/next", json!({"length": 24})).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_swallows_what_it_does_not_know() {
    let (_world, admin) = World::with_admin().await;
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/")) {
        let path = route.path.replace("{id}", "1");
        let json = ("content-type", "application/json");
        let answer = admin.send(route.method.clone(), &format!("{path}?nonsense=1"), &[json], "{}").await.expect(400);
        assert!(answer.errors().contains(&"nonsense: is no parameter of this request".to_owned()), "{route:?}");
        if matches!(route.method, Method::POST | Method::PATCH) {
            let answer = admin.send(route.method.clone(), &path, &[json], "{\"nonsense\":1}").await.expect(422);
            assert!(answer.errors().contains(&"nonsense: is no field of this request".to_owned()), "{route:?}");
        }
    }
    insta::assert_snapshot!(admin.get("/api/v1/subnets?site=1&limit=0&limit=5&family=5&within=10.0.0.1/8").await.shown(), @r#"
    400
    content-type: application/problem+json
    {
      "detail": "limit: is there more than once; site: is no parameter of this request; within: 10.0.0.1/8 has host bits set beyond /8; write 10.0.0.0/8; family: must be 4 or 6; limit: must be a whole number from 1 to 1000",
      "errors": [
        {
          "field": "limit",
          "message": "is there more than once"
        },
        {
          "field": "site",
          "message": "is no parameter of this request"
        },
        {
          "field": "within",
          "message": "10.0.0.1/8 has host bits set beyond /8; write 10.0.0.0/8"
        },
        {
          "field": "family",
          "message": "must be 4 or 6"
        },
        {
          "field": "limit",
          "message": "must be a whole number from 1 to 1000"
        }
      ],
      "request_id": "0123456789abcdef",
      "status": 400,
      "title": "The request cannot be read",
      "type": "/problems/malformed"
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_that_never_match_and_tags_that_are_none() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/sites", json!({"name": "AMS"})).await;
    let path = format!("/api/v1/sites/{id}");
    for (tag, status) in [("3", 400), ("\"1\", \"2\"", 400), ("W/\"1\"", 412), ("\"x\"", 412), ("\"2\"", 412), ("*", 200), ("\"1\"", 200)] {
        admin.patch_if(&path, tag, json!({})).await.expect(status);
    }
    insta::assert_snapshot!(admin.patch_if(&path, "\"7\"", json!({"name": "LHR"})).await.shown(), @r#"
    412
    content-type: application/problem+json
    {
      "detail": "it was changed meanwhile (now version 1): load it again",
      "request_id": "0123456789abcdef",
      "status": 412,
      "title": "It was changed meanwhile",
      "type": "/problems/stale",
      "version": 1
    }
    "#);
    admin.send(Method::DELETE, &path, &[("if-match", "\"7\"")], "").await.expect(412);
    admin.send(Method::DELETE, &path, &[("if-match", "\"1\"")], "").await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_space_says_how_much_there_is() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/30"})).await;
    let next = format!("/api/v1/subnets/{id}/addresses/next");
    insta::assert_snapshot!(admin.post(&next, json!({"count": 3})).await.shown(), @r#"
    409
    content-type: application/problem+json
    {
      "detail": "10.0.0.0/30 has 2 addresses free, 3 wanted",
      "request_id": "0123456789abcdef",
      "status": 409,
      "title": "There is too little space",
      "type": "/problems/no-space"
    }
    "#);
    admin.post(&next, json!({"count": 2})).await.expect(201);
    admin.get(&next).await.expect(409);
    let answer = admin.post(&format!("/api/v1/subnets/{id}/subnets/next"), json!({"length": 31})).await.expect(409);
    assert_eq!(answer.json()["detail"], "10.0.0.0/30 has no room for a /31: its largest free block is a /32");
    let id = admin.make("/api/v1/subnets", json!({"prefix": "10.0.1.0/30"})).await;
    let carve = format!("/api/v1/subnets/{id}/subnets/next");
    let answer = admin.post(&carve, json!({"length": 31, "count": 3})).await.expect(409);
    assert_eq!(answer.json()["detail"], "10.0.1.0/30 has room for 2 of the 3 /31 asked for; its largest free block is a /30");
    assert_eq!(admin.get(&format!("{carve}?length=30")).await.expect(400).errors().len(), 1);
    assert_eq!(admin.get(&carve).await.expect(400).errors(), ["length: is required"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_stays_unless_told() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
    admin.make("/api/v1/addresses", json!({"address": "10.0.0.1"})).await;
    insta::assert_snapshot!(admin.delete(&format!("/api/v1/subnets/{id}")).await.shown(), @r#"
    409
    content-type: application/problem+json
    {
      "detail": "10.0.0.0/24 holds 1 address: delete them first, or delete with cascade=true, which takes them along",
      "request_id": "0123456789abcdef",
      "status": 409,
      "title": "It is in use",
      "type": "/problems/in-use"
    }
    "#);
    admin.delete(&format!("/api/v1/subnets/{id}?cascade=yes")).await.expect(400);
    let gone = admin.delete(&format!("/api/v1/subnets/{id}?cascade=true")).await.expect(204);
    assert_eq!(gone.text, "");
    assert_eq!(admin.delete("/api/v1/vrfs/1").await.expect(409).json()["type"], "/problems/conflict");
}
