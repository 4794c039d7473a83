//! The users' page, as admins work with it.

use ringfence_kit::{Role, World, engines};

use super::NEW;

engines! {
    async fn admins_keep_users_and_cannot_lock_the_door_behind_themselves(engine) {
        let world = World::start(engine);
        let admin = world.browser(Role::Admin).await;
        let made = admin.form("/users", &[("name", "cleo"), ("email", "cleo@example.org"), ("role", "admin"), ("sending", "show")]).await.expect(200);
        let (_, url) = made.body.split_once("/reset/").unwrap();
        let path = format!("/reset/{}", url.split('"').next().unwrap());
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let cleo = world.server.anon();
        cleo.form(&path, &[("password", NEW)]).await.expect(303);
        cleo.login("cleo", NEW).await.expect(303);
        let list: serde_json::Value = world.server.cli(&["--json", "user", "list"], "").json();
        let id = |name: &str| list.as_array().unwrap().iter().find(|user| user["username"] == name).unwrap()["id"].as_i64().unwrap();
        let (own, hers) = (format!("/users/{}", id("admin")), format!("/users/{}", id("cleo")));
        for (act, fields) in [("role", ("role", "viewer")), ("active", ("active", "no")), ("delete", ("name", "admin"))] {
            let refused = admin.form_from("/users", &format!("{own}/{act}"), &[fields, ("reason", "a test")]).await.expect(409);
            assert!(refused.body.contains("You cannot take your own rights away."), "{act}: {}", refused.body);
        }
        let nameless = admin.form_from("/users", &format!("{hers}/role"), &[("role", "viewer"), ("reason", " ")]).await.expect(422);
        assert!(nameless.body.contains("Say why"), "{}", nameless.body);
        admin.form_from("/users", &format!("{hers}/role"), &[("role", "viewer"), ("reason", "moves on")]).await.expect(303);
        cleo.get("/users").await.expect(303);
        cleo.login("cleo", NEW).await.expect(303);
        cleo.get("/users").await.expect(403);
        admin.form_from("/users", &format!("{hers}/active"), &[("active", "no"), ("reason", "has left")]).await.expect(303);
        cleo.get("/").await.expect(303);
        world.server.anon().login("cleo", NEW).await.expect(401);
        admin.form_from("/users", &format!("{hers}/delete"), &[("name", "cleopatra"), ("reason", "has left")]).await.expect(422);
        admin.form_from("/users", &format!("{hers}/delete"), &[("name", "cleo"), ("reason", "has left")]).await.expect(303);
        let events = world.admin.get("/api/v1/audit?limit=100").await.expect(200).body;
        for event in ["user.created", "user.password_reset", "user.role_changed", "user.deactivated", "user.deleted", "moves on", "has left"] {
            assert!(events.contains(event), "{event}");
        }
        world.server.cli(&["check"], "").success();
    }
}
