//! Who may do what, from the route table.

use http::Method;
use ringfence_api::ROUTES;
use ringfence_guard::audit::Actor;
use ringfence_guard::http::route::Access;
use ringfence_guard::permission::{Permission, Role, Scope, granted};
use serde_json::json;

use crate::world::{Answer, Client, World};

/// Every route under the API with its right.
fn routes() -> impl Iterator<Item = (Method, String, Permission)> {
    ROUTES.iter().filter_map(|route| match route.access {
        Access::Api(permission) => Some((route.method.clone(), route.path.replace("{id}", "7777"), permission)),
        _ => None,
    })
}

async fn knock(client: &Client, method: &Method, path: &str) -> Answer {
    client.send(method.clone(), path, &[("content-type", "application/json")], "{}").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_every_route_is_closed() {
    let world = World::open();
    world.set("api.max_attempts", "100000").await;
    let wrong = format!("rf_abcdefgh_{}", "A".repeat(43));
    for (method, path, _) in routes() {
        let answer = knock(&world.anonymous(), &method, &path).await.expect(401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"ringfence\""), "{method} {path}");
        for key in [wrong.as_str(), "", "x"] {
            let answer = knock(&world.holder_of(key), &method, &path).await.expect(401);
            assert_eq!(answer.json()["type"], "/problems/bad-key", "{method} {path} {key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_opens_what_its_role_and_scope_allow_and_nothing_else() {
    let world = World::open();
    for role in Role::ALL {
        for scope in Scope::ALL {
            let client = world.client(*role, *scope).await;
            let actor = Actor::Key { key_id: 1, owner_id: 1, role: *role, scope: *scope };
            for (method, path, permission) in routes() {
                let status = knock(&client, &method, &path).await.status.as_u16();
                if granted(&actor, permission) {
                    assert!([200, 204, 400, 404, 422].contains(&status), "{role} {scope} {method} {path}: {status}");
                } else {
                    assert_eq!(status, 403, "{role} {scope} {method} {path}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_is_asked_for_before_the_body_is_read() {
    let world = World::open();
    let viewer = world.client(Role::Viewer, Scope::Admin).await;
    let answer = viewer.send(Method::POST, "/api/v1/subnets", &[("content-type", "text/plain")], "x".repeat(2_000_000)).await.expect(403);
    assert_eq!(answer.json()["detail"], "this needs the permission subnet:write");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_is_recorded() {
    let (world, admin) = World::with_admin().await;
    let viewer = world.client(Role::Viewer, Scope::Write).await;
    viewer.post("/api/v1/sites", json!({"name": "AMS"})).await.expect(403);
    let events = admin.get("/api/v1/audit?name=access.denied").await.expect(200).json();
    assert_eq!(events["data"].as_array().unwrap().len(), 1);
    assert_eq!(events["data"][0]["details"], json!({"command": "POST /api/v1/sites", "permission": "site:write"}));
    assert_eq!(events["data"][0]["actor_kind"], "key");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_no_log() {
    let (world, admin) = World::with_admin().await;
    for _ in 0..3 {
        world.anonymous().get("/api/v1/sites").await.expect(401);
    }
    let events = admin.get("/api/v1/audit?name=access.denied").await.expect(200).json();
    assert_eq!(events["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_are_open_and_strangers_elsewhere_are_told_apart() {
    let world = World::open();
    for path in ["/healthz", "/readyz"] {
        let answer = world.anonymous().get(path).await.expect(200);
        assert_eq!(answer.text, "ok\n");
    }
    world.anonymous().get("/api/v1/nonsense").await.expect(404);
}
