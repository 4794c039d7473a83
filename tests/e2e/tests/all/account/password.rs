//! Passwords as people and programs set them: what is refused, what ends with the old one, and what opens with one that is over.

use base64::Engine as _;
use ringfence_guard::http::route::SecretDoor;
use ringfence_kit::{Engine, Method, Options, Server, World, block_on, engines};

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

/// A password of so many characters that no list and no rule has anything against.
fn long(characters: usize) -> String {
    (b'a'..=b'z')
        .flat_map(|letter| format!("kelp Orbit 58 lantern {}-", char::from(letter)).chars().collect::<Vec<_>>())
        .take(characters)
        .collect()
}

#[test]
fn odd_passwords_are_taken_as_they_are_or_refused_in_words_sqlite() {
    block_on(async {
        let world = World::start(Engine::Sqlite);
        set(&world.server, "login.allowed_modes", "form|basic|token");
        set(&world.server, "security.login_max_attempts", "1000");
        set(&world.server, "security.account_lockout_max_attempts", "1000");
        set(&world.server, "fence.rules", "[]");
        make(&world.server, "ada", &[]);
        let browser = enter(&world.server, "ada", World::PASSWORD).await;
        let most = long(128);
        let over = change(&browser, World::PASSWORD, &long(129)).await.expect(422);
        assert!(over.body.contains("128 characters"), "{}", over.body);
        // Nothing ends at a NUL.
        let nul = "kelp-orbit-marble\0Lantern-58";
        change(&browser, World::PASSWORD, nul).await.expect(303);
        for cut in ["kelp-orbit-marble", "kelp-orbit-marble\0", "kelp-orbit-marbleLantern-58"] {
            world.server.anon().login("ada", cut).await.expect(401);
        }
        enter(&world.server, "ada", nul).await;
        change(&browser, nul, World::PASSWORD).await.expect(303);
        change(&browser, World::PASSWORD, &"k".repeat(1 << 20)).await.expect(413);
        let csrf = browser.csrf("/account/password").await;
        let mut bytes = format!("csrf={csrf}&current={}&new=kelp-orbit-", World::PASSWORD).into_bytes();
        bytes.extend(b"%ff%fe-Lantern-58-\xff\xc0");
        browser.post_form_bytes("/account/password", bytes).await.expect(400);
        let broken = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(b"ada:kelp-orbit-\xff\xc0-58"));
        world.server.anon().send(Method::GET, "/api/v1/sites", &[("authorization", &broken)], None).await.expect(401);
        let zero = change(&browser, World::PASSWORD, "0").await.expect(422);
        assert!(zero.body.contains("Use at least 12 characters (this has 1)."), "{}", zero.body);
        change(&browser, World::PASSWORD, &most).await.expect(303);
        enter(&world.server, "ada", &most).await;
        // What is no password of anybody is as wrong as any other, at every way in.
        for odd in [&long(129), &long(127), "0", "", " ", &format!("{most} "), "\0", &"k".repeat(1 << 20)] {
            let form = world.server.anon().login("ada", odd).await.status;
            assert!([400, 401, 413, 422].contains(&form), "{} characters: {form}", odd.len());
            let call = if odd.len() > 8_192 { 401 } else { basic(&world.server.anon(), "", "ada", odd).await.status };
            assert_eq!(call, 401, "{} characters by a program", odd.len());
        }
        // The first colon ends the name; the others are of the password.
        let colons = ":kelp:orbit::Lantern-58:";
        change(&browser, &most, colons).await.expect(303);
        basic(&world.server.anon(), "", "ada", colons).await.expect(200);
        enter(&world.server, "ada", colons).await;
        // As a command line sends it: the end of its line is none of the password, other blanks are.
        let typed = "  two before, two behind  ";
        world.server.cli(&["user", "create", "blanks", "--role", "viewer", "--password-stdin"], &format!("{typed}\n")).success();
        world.server.anon().login("blanks", typed.trim()).await.expect(401);
        enter(&world.server, "blanks", typed).await;
        let hash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";
        world.server.cli(&["user", "create", "hash", "--role", "viewer", "--password-stdin"], hash).success();
        enter(&world.server, "hash", hash).await;
    });
}

#[test]
fn the_admin_of_a_configuration_has_a_password_like_everybody_sqlite() {
    block_on(async {
        use std::os::unix::fs::PermissionsExt as _;
        let mut server = Server::stopped(Engine::Sqlite, Options::default());
        let file = server.room().join("first-password");
        let config = std::fs::read_to_string(server.config_file()).unwrap();
        let table = format!("\n[bootstrap_admin]\nname = \"root\"\nemail = \"root@example.org\"\npassword_file = \"{}\"\n", file.display());
        std::fs::write(server.config_file(), config + &table).unwrap();
        let write = |text: &str, mode: u32| {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for (text, mode, said) in
            [("password1234\n", 0o600, "guessed first"), (World::PASSWORD, 0o644, "chmod 600"), ("", 0o600, "Enter a password")]
        {
            write(text, mode);
            let refused = server.cli(&["serve", "--listen", "127.0.0.1:0"], "").failure(1);
            assert!(refused.contains(said), "{refused}");
            assert!(text.is_empty() || !refused.contains(text.trim()), "{refused}");
        }
        write(&format!("{}\n", World::PASSWORD), 0o600);
        server.restart();
        let browser = enter(&server, "root", World::PASSWORD).await;
        let told = "Your password was chosen by somebody else.";
        assert!(browser.get("/").await.expect(200).body.contains(told), "on every page");
        change(&browser, World::PASSWORD, NEW).await.expect(303);
        assert!(!browser.get("/").await.expect(200).body.contains(told));
        server.terminate();
        server.restart();
        server.anon().login("root", World::PASSWORD).await.expect(401);
        enter(&server, "root", NEW).await;
    });
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
