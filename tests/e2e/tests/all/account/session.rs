//! Sessions, as their owners see and end them.

use ringfence_kit::{Role, World, engines};

use super::{account, cookies, enter, make};

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
        let (_, rest) = page.rsplit_once("/account/sessions/").unwrap();
        let last = page.split("/account/sessions/").filter_map(|part| part.split_once("/end\"").map(|(id, _)| id)).last().unwrap();
        assert!(!rest.is_empty());
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
