//! Passwords as people and programs set them: what is refused, what ends with the old one, and what opens with one that is over.

use ringfence_guard::http::route::SecretDoor;
use ringfence_kit::{Engine, Server, World, block_on, engines};

use super::{NEW, account, change, cookies, enter, make, set};
use crate::fence::basic;

engines! {
    async fn a_password_is_changed_by_whoever_knows_it_and_everything_older_ends(engine) {
        let world = World::start(engine);
        make(&world.server, "ada", &[]);
        let other = world.server.anon().login("ada", World::PASSWORD).await.expect(303);
        let first = world.server.anon();
        let entered = first.login("ada", World::PASSWORD).await.expect(303);
        let wrong = change(&first, "not-it-at-all", NEW).await.expect(422);
        assert!(wrong.body.contains("This is not your present password."), "{}", wrong.body);
        let same = change(&first, World::PASSWORD, World::PASSWORD).await.expect(422);
        assert!(same.body.contains("This is your present password. Choose another one."), "P13: {}", same.body);
        let weak = change(&first, World::PASSWORD, "password").await.expect(422);
        for objection in ["Use at least 12 characters (this has 8).", "This password is in a list of those that are guessed first."] {
            assert!(weak.body.contains(objection), "all at once: {objection}");
        }
        assert!(!weak.body.contains(World::PASSWORD), "what was typed is not shown");
        let done = change(&first, World::PASSWORD, NEW).await.expect(303);
        first.get("/account").await.expect(200);
        assert_eq!(account(&world.server, &cookies(&other)).await, 303, "the other session is over");
        assert_eq!(account(&world.server, &cookies(&entered)).await, 303, "the old id of this one too");
        assert_eq!(account(&world.server, &cookies(&done)).await, 200);
        world.server.anon().login("ada", World::PASSWORD).await.expect(401);
        enter(&world.server, "ada", NEW).await;
        let events = world.admin.get("/api/v1/audit?limit=100").await.expect(200).body;
        assert!(events.contains("user.password_changed") && events.contains("auth.proof_failed"));
    }

    async fn a_password_that_is_over_opens_nothing_but_the_form_for_a_new_one(engine) {
        let world = World::start(engine);
        set(&world.server, "login.allowed_modes", "form|basic|token");
        make(&world.server, "forced", &["--expiry", "forced"]);
        make(&world.server, "once", &["--expiry", "one-time"]);
        for name in ["forced", "once"] {
            let call = basic(&world.server.anon(), "", name, World::PASSWORD).await;
            assert_eq!((call.status, call.text("/type")), (403, "/problems/password-expired".to_owned()), "P10 {name}");
            let browser = enter(&world.server, name, World::PASSWORD).await;
            for path in ["/", "/account", "/subnets"] {
                assert_eq!(browser.get(path).await.expect(303).header("location"), Some("/account/password"), "{path}");
            }
            let csrf = browser.csrf("/account/password").await;
            let post = browser.post_fields("/sites", &[("csrf", &csrf), ("name", "s")]).await;
            assert_eq!(post.header("location"), Some("/account/password"), "nothing else is done");
            if name == "once" {
                world.server.anon().login(name, World::PASSWORD).await.expect(401);
            }
            let page = browser.get("/account/password").await.expect(200).body;
            assert_eq!(page.contains("name=\"current\""), name == "forced", "one that is used up is not asked for");
            change(&browser, World::PASSWORD, NEW).await.expect(303);
            browser.get("/account").await.expect(200);
            enter(&world.server, name, NEW).await.get("/").await.expect(200);
        }
    }
}

/// The doors that take a secret by which a password is set, and how each is driven with one that must not be.
const SETS_PASSWORDS: [&str; 3] = ["/account/password", "/reset/{token}", "/setup/{token}"];

#[test]
fn every_way_to_set_a_password_runs_the_same_validators_sqlite() {
    block_on(async {
        let server = Server::start(Engine::Sqlite);
        let doors: Vec<&str> = ringfence_web::routes()
            .iter()
            .filter(|route| matches!(route.door, Some(SecretDoor::Link | SecretDoor::Password | SecretDoor::Setup)))
            .map(|route| route.path)
            .filter(|path| !["/account/email", "/browser/{token}", "/email/{token}"].contains(path))
            .collect();
        assert_eq!(doors, SETS_PASSWORDS, "a new door is driven here, or does not set passwords");
        assert!(ringfence_api::ROUTES.iter().all(|route| route.door.is_none_or(|door| door == SecretDoor::Login)), "programs set none");
        let setup = server.setup_path();
        for bad in ["password1234", "short", ""] {
            let said = server.cli(&["user", "create", "ada", "--role", "admin", "--password-stdin"], bad);
            assert!(!said.failure(1).is_empty(), "by the command line: {bad}");
            let fields = [("name", "root"), ("email", "root@example.org"), ("password", bad)];
            server.anon().form(&setup, &fields).await.expect(422);
        }
        server.anon().form(&setup, &[("name", "root"), ("email", "root@example.org"), ("password", World::PASSWORD)]).await.expect(303);
        let url = server.cli(&["user", "link", "root"], "").success();
        let reset = format!("/reset/{}", url.trim().rsplit('/').next().unwrap());
        let browser = enter(&server, "root", World::PASSWORD).await;
        for bad in ["password1234", "short", "", World::PASSWORD] {
            server.anon().form(&reset, &[("password", bad)]).await.expect(422);
            change(&browser, World::PASSWORD, bad).await.expect(422);
        }
        server.anon().form(&reset, &[("password", NEW)]).await.expect(303);
    });
}
