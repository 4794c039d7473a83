//! How long a session lasts: while somebody is there, and no longer than it may.

use ringfence_kit::engines;

use crate::world::{World, attempt};

engines! {
    async fn a_session_lives_while_it_is_used_and_not_by_what_a_page_asks_by_itself(engine) {
        let world = World::open(engine).await;
        for idle in ["60", "1800"] {
            world.set("security.session_idle_seconds", idle).await;
            let idle: i64 = idle.parse().unwrap();
            let entry = world.try_login(attempt("ada").right()).await.unwrap();
            let lives = async |uses: bool| world.app.session(entry.session.expose(), world.now(), uses).await.unwrap().is_some();
            for turn in 0..10 {
                world.pass(idle * 8 / 10);
                assert!(lives(true).await, "{idle} s, turn {turn}");
            }
            world.pass(idle * 6 / 10);
            assert!(lives(false).await);
            world.pass(idle * 6 / 10);
            assert!(!lives(true).await, "asking does not keep it, and nobody revives it");
        }
    }

    async fn a_session_ends_whatever_happens_and_follows_the_settings(engine) {
        let world = World::open(engine).await;
        world.set("session.absolute_lifetime_minutes", "60").await;
        let entry = world.try_login(attempt("ada").right()).await.unwrap();
        let lives = async || world.app.session(entry.session.expose(), world.now(), true).await.unwrap().is_some();
        for _ in 0..5 {
            world.pass(10 * 60);
            assert!(lives().await);
        }
        world.set("session.absolute_lifetime_minutes", "480").await;
        world.pass(9 * 60);
        assert!(lives().await, "59 minutes");
        world.pass(60);
        assert!(!lives().await, "a longer time revives none that began with a shorter one");
    }
}
