//! Sessions, as their owners see and end them.

use ringfence_kit::{Engine, Role, World, block_on, engines};

use super::{NEW, account, change, cookies, enter, make};

engines! {
    async fn sessions_are_seen_and_ended_from_the_list(engine) {
        let world = World::start(engine);
        make(&world.server, "ada", &[]);
        let mut held = Vec::new();
        for _ in 0..10 {
            held.push(cookies(&world.server.anon().login("ada", World::PASSWORD).await.expect(303)));
        }
        let browser = enter(&world.server, "ada", World::PASSWORD).await;
        assert_eq!(account(&world.server, &held[0]).await, 303, "the oldest of eleven is over");
        assert_eq!(account(&world.server, &held[1]).await, 200);
        let page = browser.get("/account/sessions").await.expect(200).body;
        assert!(page.contains("this one") && page.matches("/end\"").count() == 9, "{page}");
        let last = page.split("/account/sessions/").filter_map(|part| part.split_once("/end\"").map(|(id, _)| id)).last().unwrap();
        browser.form_from("/account/sessions", &format!("/account/sessions/{last}/end"), &[]).await.expect(303);
        assert_eq!(account(&world.server, &held[1]).await, 303, "the one that was used longest ago");
        browser.form_from("/account/sessions", "/account/sessions/end-others", &[]).await.expect(303);
        for cookie in &held {
            assert_eq!(account(&world.server, cookie).await, 303);
        }
        browser.get("/account").await.expect(200);
        let strange = world.browser(Role::Admin).await;
        let page = browser.get("/account/sessions").await.expect(200).body;
        assert_eq!(page.matches("/end\"").count(), 0, "sessions of others are not seen");
        strange.get("/account").await.expect(200);
    }
}

/// What ends a session ends it on every instance: nobody waits for another one to hear of it.
async fn an_end_is_an_end_everywhere(engine: Engine) {
    let world = World::start(engine);
    let twin = world.server.twin();
    let admin = world.browser(Role::Admin).await;
    for end in ["logout", "password", "role", "inactive", "ended by an admin", "ended by the owner", "reset", "deleted"] {
        let name = format!("ada-{}", end.replace(' ', "-"));
        make(&world.server, &name, &[]);
        let made: serde_json::Value = world.server.cli(&["--json", "user", "list"], "").json();
        let of = |row: &&serde_json::Value| row["username"] == name.as_str();
        let page = format!("/users/{}", made.as_array().unwrap().iter().find(of).unwrap()["id"]);
        let browser = world.server.anon();
        let held = cookies(&browser.login(&name, World::PASSWORD).await.expect(303));
        assert_eq!((account(&world.server, &held).await, account(&twin, &held).await), (200, 200), "{end}");
        match end {
            "logout" => browser.form_from("/account", "/logout", &[]).await.expect(303),
            "password" => change(&browser, World::PASSWORD, NEW).await.expect(303),
            "role" => admin.form_from(&page, &format!("{page}/role"), &[("role", "operator")]).await.expect(303),
            "inactive" => admin.form_from(&page, &format!("{page}/active"), &[("active", "no"), ("reason", "has left")]).await.expect(303),
            "ended by an admin" => {
                admin.form_from(&page, &format!("{page}/sessions/end"), &[("reason", "a lost machine")]).await.expect(303)
            }
            "ended by the owner" => {
                let other = enter(&twin, &name, World::PASSWORD).await;
                other.form_from("/account/sessions", "/account/sessions/end-others", &[]).await.expect(303)
            }
            "reset" => {
                let url = world.server.cli(&["user", "link", &name], "").success();
                let path = format!("/reset/{}", url.trim().rsplit('/').next().unwrap());
                twin.anon().form(&path, &[("password", NEW)]).await.expect(303)
            }
            _ => admin.form_from(&page, &format!("{page}/delete"), &[("name", &name), ("reason", "has left")]).await.expect(303),
        };
        // The very next request, not one within a second.
        assert_eq!((account(&twin, &held).await, account(&world.server, &held).await), (303, 303), "{end}");
    }
}

#[test]
fn an_end_is_an_end_everywhere_postgres() {
    block_on(an_end_is_an_end_everywhere(Engine::Postgres));
}

#[test]
fn an_end_is_an_end_everywhere_mysql() {
    block_on(an_end_is_an_end_everywhere(Engine::Mysql));
}
