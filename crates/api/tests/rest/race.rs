//! Many at once.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{Answer, World};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_of_one_version_one_is_made() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/sites", json!({"name": "AMS"})).await;
    let mut all = JoinSet::new();
    for n in 0..16 {
        let admin = admin.clone();
        all.spawn(async move { admin.patch_if(&format!("/api/v1/sites/{id}"), "\"1\"", json!({"description": format!("by {n}")})).await });
    }
    let answers = all.join_all().await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1..].iter().all(|status| *status == 412)), (200, true), "{statuses:?}");
    assert_eq!(admin.get(&format!("/api/v1/sites/{id}")).await.header("etag"), Some("\"2\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_handed_out_once_and_then_none() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/27"})).await;
    let mut all = JoinSet::new();
    for _ in 0..40 {
        let admin = admin.clone();
        all.spawn(async move { admin.post(&format!("/api/v1/subnets/{id}/addresses/next"), json!({})).await });
    }
    let answers = all.join_all().await;
    let given = |answer: &Answer| answer.json()["data"][0]["address"].as_str().map(str::to_owned);
    let distinct: BTreeSet<String> = answers.iter().filter(|a| a.status == 201).filter_map(given).collect();
    assert_eq!(distinct.len(), 30);
    assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 10);
    assert_eq!(admin.get(&format!("/api/v1/subnets/{id}")).await.json()["used"], "30");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_one_answer_however_often_it_comes() {
    let (_world, admin) = World::with_admin().await;
    let id = admin.make("/api/v1/subnets", json!({"prefix": "10.0.0.0/24"})).await;
    let path = format!("/api/v1/subnets/{id}/addresses/next");
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let mut all = JoinSet::new();
    for _ in 0..5 {
        let (admin, path) = (admin.clone(), path.clone());
        all.spawn(async move { admin.send(Method::POST, &path, &headers, "{\"hostname\":\"web\"}").await });
    }
    let answers = all.join_all().await;
    let shown: BTreeSet<String> = answers.iter().map(Answer::shown).collect();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(answers[0].status, 201);
    assert_eq!(admin.get(&format!("/api/v1/subnets/{id}")).await.json()["used"], "1");
    let reused = admin.send(Method::POST, &path, &headers, "{\"hostname\":\"other\"}").await;
    insta::assert_snapshot!(reused.shown(), @r#"
    422
    content-type: application/problem+json
    {
      "detail": "this Idempotency-Key was used for another request: choose a new one",
      "request_id": "0123456789abcdef",
      "status": 422,
      "title": "The Idempotency-Key was used before",
      "type": "/problems/key-reused"
    }
    "#);
    let elsewhere = admin.send(Method::POST, "/api/v1/sites", &headers, "{\"name\":\"AMS\"}").await;
    assert_eq!(elsewhere.expect(422).json()["type"], "/problems/key-reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_repetition_is_one_line_of_visible_ascii() {
    let (_world, admin) = World::with_admin().await;
    let send = async |keys: &[&str], name: &str| {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(keys.iter().map(|key| ("idempotency-key", *key)));
        admin.send(Method::POST, "/api/v1/tags", &headers, json!({"name": name}).to_string()).await
    };
    for keys in [&[""][..], &["a b"], &["ä"], &["a", "b"], &["x".repeat(256).as_str()]] {
        assert_eq!(send(keys, "a").await.expect(400).errors(), ["Idempotency-Key: must be 1 to 255 visible ASCII characters"]);
    }
    let first = send(&["k1"], "a").await.expect(201);
    assert_eq!(send(&["k1"], "a").await.shown(), first.shown());
    send(&["k2"], "a").await.expect(409);
}
